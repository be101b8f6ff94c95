package org.apache.spark.sql.sparkfl

import java.util.concurrent.atomic.AtomicLong

import org.apache.spark.sql.AnalysisException
import org.apache.spark.sql.catalyst.FunctionIdentifier
import org.apache.spark.sql.catalyst.expressions.{Expression, ExpressionInfo}
import org.apache.spark.sql.catalyst.expressions.FunctionTableSubqueryArgumentExpression
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan
import org.apache.spark.sql.classic.{Dataset, SparkSession}
import org.apache.spark.sql.types.{IntegralType, NullType, StringType}
import org.apache.spark.unsafe.types.UTF8String

/** `model_predict` and `model_evaluate`: a plan on top of a plan; nothing runs when it is built. */
private[sparkfl] object ModelFunction {

  private type Injection =
    (FunctionIdentifier, ExpressionInfo, Seq[Expression] => LogicalPlan)

  val names: Set[String] = Set("model_predict", "model_evaluate")

  val predict: Injection = injection("model_predict",
    "Returns the rows of the query with the predictions of the model for them.")

  val evaluate: Injection = injection("model_evaluate",
    "Returns how well the model fits the rows of the query.")

  private val tags = new AtomicLong

  private def injection(name: String, purpose: String): Injection = (
    new FunctionIdentifier(name),
    new ExpressionInfo(
      getClass.getName, null, name,
      s"_FUNC_(model, version, query) - $purpose", "", "", "", "", "", "", "built-in"),
    build(name, _))

  private def build(function: String, arguments: Seq[Expression]): LogicalPlan = arguments match {
    case Seq(model, version, table: FunctionTableSubqueryArgumentExpression) =>
      val session = SparkSession.active
      val input = table.plan
      val standIn = ModelInput(input.output, tags.incrementAndGet(), input.isStreaming)
      val result = PythonSide.transform(
        session, function, modelName(function, model), modelVersion(function, version),
        Dataset.ofRows(session, standIn))
      InputGraft(result.queryExecution.analyzed, standIn, input)
    case _ => throw misused(function, s"got ${arguments.size} argument(s)")
  }

  private def modelName(function: String, argument: Expression): String =
    (argument.dataType, constant(function, argument)) match {
      case (_: StringType, name: UTF8String) => name.toString
      case _ => throw misused(function, s"the model's name is ${argument.sql}")
    }

  /** Boxed for Python: a number, an alias, or null for the latest. */
  private def modelVersion(function: String, argument: Expression): Any =
    (argument.dataType, constant(function, argument)) match {
      case (NullType, _) | (_, null) => null
      case (_: StringType, alias: UTF8String) => alias.toString
      case (_: IntegralType, number: Number) => java.lang.Long.valueOf(number.longValue)
      case _ => throw misused(function, s"the version is ${argument.sql}")
    }

  private def constant(function: String, argument: Expression): Any =
    if (argument.foldable) argument.eval() else throw misused(function, s"got ${argument.sql}")

  private def misused(function: String, found: String): AnalysisException =
    SparkflErrors.analysis("SPARKFL_INVALID_ARGUMENTS",
      s"$function takes a model, a version (a number, an alias, or NULL for the latest) and a " +
        s"query, but $found. Write $function(model, 1, SELECT ...), " +
        s"$function(model, 1, (SELECT ...)) or $function(model, 1, TABLE(name)).")
}
