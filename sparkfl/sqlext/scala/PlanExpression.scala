package org.apache.spark.sql.sparkfl

import org.apache.spark.sql.catalyst.expressions.{Alias, Attribute, Expression, ExprId}
import org.apache.spark.sql.catalyst.expressions.ScalaUDF
import org.apache.spark.sql.catalyst.plans.logical.{LogicalPlan, Project, SubqueryAlias}

/** What a plan of projections makes of each row of its input, as an expression. */
private[sparkfl] object PlanExpression {

  /**
   * The last column of a plan, given the values of its input's columns; None where the plan does
   * more than compute columns.
   */
  def apply(
      plan: LogicalPlan, standIn: ModelInput, values: Seq[Expression]): Option[Expression] =
    computed(plan, standIn, values).flatMap(columns => plan.output.lastOption.map(c => columns(c.exprId)))

  private def computed(
      plan: LogicalPlan, standIn: ModelInput,
      values: Seq[Expression]): Option[Map[ExprId, Expression]] = plan match {
    case leaf: ModelInput if leaf.tag == standIn.tag =>
      Some(leaf.output.map(_.exprId).zip(values).toMap)
    case SubqueryAlias(_, child) => computed(child, standIn, values)
    case Project(columns, child) => computed(child, standIn, values).map { below =>
      columns.collect {
        case Alias(value, _) => value
        case column => column
      }.zip(columns).map { case (value, column) =>
        // Some of MLlib's functions say that they are not deterministic, so that they run once.
        column.exprId -> value.transformUp {
          case read: Attribute => below(read.exprId)
          case function: ScalaUDF => function.copy(udfDeterministic = true)
        }
      }.toMap
    }
    case _ => None
  }
}
