package org.apache.spark.sql.sparkfl

import org.apache.spark.sql.catalyst.analysis.MultiInstanceRelation
import org.apache.spark.sql.catalyst.expressions.Attribute
import org.apache.spark.sql.catalyst.plans.logical.{LeafNode, LogicalPlan}

/**
 * Stands for a function's input query while Python builds the plan on top of it. The tag stays
 * when Spark re-instances the leaf, whose attributes do not.
 */
private[sparkfl] case class ModelInput(
    output: Seq[Attribute], tag: Long, override val isStreaming: Boolean)
  extends LeafNode with MultiInstanceRelation {

  override def newInstance(): LogicalPlan = copy(output = output.map(_.newInstance()))
}
