package org.apache.spark.sql.sparkfl

/** Spark's parser does not split scripts into statements. */
private[sparkfl] trait ParsedScripts
