package org.apache.spark.sql.sparkfl

import org.apache.spark.sql.SparkSessionExtensions

/** Name to put into `spark.sql.extensions`: the list of everything sparkfl adds to a session. */
class SparkflExtensions extends (SparkSessionExtensions => Unit) {

  override def apply(extensions: SparkSessionExtensions): Unit = {
    // CREATE MODEL and its relatives, model_predict's bare query, $name variables.
    extensions.injectParser((_, delegate) => new SparkflParser(delegate))
    // What stands where a table may stand: the rows of functions.json.
    ModelFunction.all.foreach(extensions.injectTableFunction)
    // A feature view, where a table may stand and there is none of that name.
    extensions.injectResolutionRule(_ => NamedFeatureView)
    // ml_predict, where an expression may stand.
    ModelExpression.all.foreach(extensions.injectFunction)
    // What federated predictions are made of.
    (StoreRow.injection +: ScaledNumber.injection +: RowFunction.all).foreach(extensions.injectFunction)
  }
}
