package org.apache.spark.sql.sparkfl

/** Spark's analyzer puts the values in the place of parameters; its parser knows none. */
private[sparkfl] trait ParsedParameters
