package org.apache.spark.sql.sparkfl

import org.apache.spark.sql.catalyst.expressions.{GreaterThanOrEqual, Literal, Rand}
import org.apache.spark.sql.catalyst.plans.logical.{CTERelationDef, CTERelationRef, Filter}
import org.apache.spark.sql.catalyst.plans.logical.{GlobalLimit, LocalLimit, LogicalPlan, Offset}
import org.apache.spark.sql.catalyst.plans.logical.{AnalysisHelper, Sample, Tail, WithCTE}

/** Puts a function's real input in the place of every stand-in for it. */
private[sparkfl] object InputGraft {

  def apply(plan: LogicalPlan, standIn: ModelInput, input: LogicalPlan): LogicalPlan = {
    val leaves = plan.collectWithSubqueries { case leaf: ModelInput if is(leaf, standIn) => leaf }
    if (leaves.size == 1 && leaves.head.output == standIn.output) {
      replace(plan, standIn)(_ => input)
    } else {
      // One definition, read by all; Spark inlines it again where that cannot be noticed.
      val shared = CTERelationDef(if (isRepeatable(input)) input else keptShared(input))
      val read = replace(plan, standIn) { leaf =>
        CTERelationRef(shared.id, _resolved = true, leaf.output, leaf.isStreaming)
      }
      WithCTE(read, Seq(shared))
    }
  }

  private def is(leaf: ModelInput, standIn: ModelInput): Boolean = leaf.tag == standIn.tag

  private def replace(plan: LogicalPlan, standIn: ModelInput)(
      graft: ModelInput => LogicalPlan): LogicalPlan =
    AnalysisHelper.allowInvokingTransformsInAnalyzer {
      plan.transformUpWithSubqueries { case leaf: ModelInput if is(leaf, standIn) => graft(leaf) }
    }

  /** Whether the plan gives the same rows each time, apart from its expressions. */
  private def isRepeatable(input: LogicalPlan): Boolean = input.collectWithSubqueries {
    case cut @ (_: GlobalLimit | _: LocalLimit | _: Offset | _: Tail | _: Sample) => cut
  }.isEmpty

  // Spark shares a definition only where an expression in it is not deterministic, and takes
  // LIMIT and samples to be.
  private def keptShared(input: LogicalPlan): LogicalPlan =
    Filter(GreaterThanOrEqual(Rand(Literal(0L)), Literal(0.0)), input)
}
