package org.apache.spark.sql.sparkfl

import org.apache.spark.sql.catalyst.analysis.NamedParameter
import org.apache.spark.sql.catalyst.expressions.Expression
import org.apache.spark.sql.catalyst.parser.{HybridParameterContext, NamedParameterContext}
import org.apache.spark.sql.catalyst.parser.{ParameterContext, ParserInterface}
import org.apache.spark.sql.catalyst.parser.PositionalParameterContext
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan

/** Spark's parser is given the values of the parameters. */
private[sparkfl] trait ParsedParameters extends ParserInterface {

  protected def delegate: ParserInterface

  protected def parse(sqlText: String, bind: Seq[Expression] => Seq[Expression])(
      parseOther: String => LogicalPlan): LogicalPlan

  override def parsePlanWithParameters(sqlText: String, context: ParameterContext): LogicalPlan =
    parse(sqlText, bind(_, context))(delegate.parsePlanWithParameters(_, context))

  /** Binds what the caller's arguments bind; the others stay for the analyzer to report. */
  private def bind(markers: Seq[Expression], context: ParameterContext): Seq[Expression] = {
    val (named, positional) = context match {
      case NamedParameterContext(params) => (params, Seq.empty[Expression])
      case PositionalParameterContext(params) => (Map.empty[String, Expression], params)
      case HybridParameterContext(args, names) =>
        (names.zip(args).filter(_._1.nonEmpty).toMap, args)
    }
    val values = positional.iterator
    markers.map {
      case marker @ NamedParameter(name) => named.getOrElse(name, marker)
      case marker => values.nextOption().getOrElse(marker)
    }
  }
}
