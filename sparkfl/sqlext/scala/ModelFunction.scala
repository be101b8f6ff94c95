package org.apache.spark.sql.sparkfl

import java.util.Locale
import java.util.concurrent.atomic.AtomicLong

import org.apache.spark.sql.{AnalysisException, Row}
import org.apache.spark.sql.catalyst.{CatalystTypeConverters, FunctionIdentifier}
import org.apache.spark.sql.catalyst.expressions.{Alias, CreateNamedStruct, Expression}
import org.apache.spark.sql.catalyst.expressions.{ExpressionInfo, Literal}
import org.apache.spark.sql.catalyst.expressions.FunctionTableSubqueryArgumentExpression
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan
import org.apache.spark.sql.catalyst.util.DateTimeUtils
import org.apache.spark.sql.classic.{Dataset, SparkSession}
import org.apache.spark.sql.types.{Decimal, IntegralType, StringType, TimestampType}
import org.apache.spark.unsafe.types.UTF8String

/** The table functions: a plan, on top of the query's if they take one; nothing runs. */
private[sparkfl] object ModelFunction {

  private type Injection =
    (FunctionIdentifier, ExpressionInfo, Seq[Expression] => LogicalPlan)

  val all: Seq[Injection] = for {
    function <- TableFunction.all
    name <- function.names
  } yield (new FunctionIdentifier(name), function.info(name), new ModelFunction(function).build)

  private val tags = new AtomicLong

  /** What tells one stand-in of an input from another. */
  private[sparkfl] def tag(): Long = tags.incrementAndGet()
}

private[sparkfl] class ModelFunction(function: TableFunction) {

  val build: Seq[Expression] => LogicalPlan = arguments =>
    function.bind(arguments) match {
      case Some(bound) => plan(bound)
      case None => throw misused(s"got ${arguments.map(shown).mkString("(", ", ", ")")}")
    }

  private def plan(bound: Map[String, Expression]): LogicalPlan = {
    val session = SparkSession.active
    val query = bound.get("query").collect { case q: FunctionTableSubqueryArgumentExpression =>
      q.plan
    }
    val standIn = query.map { input =>
      ModelInput(input.output, ModelFunction.tag(), input.isStreaming)
    }
    val result = PythonSide.transform(
      session, function.name, named(bound).map(name).orNull,
      bound.get("version").map(version).orNull, options(bound),
      standIn.map(Dataset.ofRows(session, _)).orNull)
    val answer = result.queryExecution.analyzed
    standIn.zip(query).fold(answer) { case (leaf, input) => InputGraft(answer, leaf, input) }
  }

  /** The model or the feature view. */
  private def named(bound: Map[String, Expression]): Option[Expression] =
    function.places.find(_.valueType == "model").flatMap(place => bound.get(place.kind))

  private def name(argument: Expression): String =
    (argument.dataType, constant(argument)) match {
      case (_: StringType, name: UTF8String) => name.toString
      case _ => throw misused(s"the model is ${shown(argument)}")
    }

  /** Boxed for Python: a number or an alias. */
  private def version(argument: Expression): Any =
    (argument.dataType, constant(argument)) match {
      case (_: StringType, alias: UTF8String) => alias.toString
      case (_: IntegralType, number: Number) => java.lang.Long.valueOf(number.longValue)
      case (_, null) => throw misused("the version is NULL, which is none; leave it out for the latest")
      case _ => throw misused(s"the version is ${shown(argument)}")
    }

  /** A JSON object: OPTIONS, and the values that stand in places of their own. */
  private def options(bound: Map[String, Expression]): String = {
    val named: Seq[(Expression, String)] =
      bound.get("options").toSeq.map(argument => (argument, "the options are"))
    val scalars = function.places.filter(place => place.isScalar && bound.contains(place.kind))
    val struct: Seq[(Expression, String)] = scalars.map { place =>
      val key = Literal(place.kind.toUpperCase(Locale.ROOT))
      (CreateNamedStruct(Seq(key, instant(bound(place.kind)))), s"${place.kind} is")
    }
    val objects = (named ++ struct).map { case (argument, what) =>
      CatalystTypeConverters.convertToScala(constant(argument), argument.dataType) match {
        case values: Row => values.json.trim.stripPrefix("{").stripSuffix("}")
        case _ => throw misused(s"$what ${shown(argument)}")
      }
    }
    if (objects.isEmpty) null else objects.filter(_.nonEmpty).mkString("{", ",", "}")
  }

  /** A time as text with its zone, which JSON would leave out. */
  private def instant(argument: Expression): Expression = argument.dataType match {
    case TimestampType => constant(argument) match {
      case micros: Long => Literal(DateTimeUtils.microsToInstant(micros).toString)
      case _ => argument
    }
    case _ => argument
  }

  private def constant(argument: Expression): Any = argument match {
    case Alias(variable, _) => constant(variable)
    case foldable if foldable.foldable => foldable.eval()
    case other => throw misused(s"${shown(other)} is not constant")
  }

  private def shown(argument: Expression): String = argument match {
    case _: FunctionTableSubqueryArgumentExpression => "a query"
    case Literal(number: Decimal, _) => number.toString
    case other => other.sql
  }

  private def misused(found: String): AnalysisException =
    SparkflErrors.analysis("SPARKFL_INVALID_ARGUMENTS",
      s"${function.name} takes (${function.arguments}): " +
        function.places.map(place => s"${place.kind}, ${place.meaning}").mkString("; ") +
        s". But $found. Write ${function.example}.")
}
