package org.apache.spark.sql.sparkfl

import scala.collection.mutable

import org.json4s.{JArray, JBool, JNull, JObject, JString}
import org.json4s.jackson.JsonMethods

import org.apache.spark.sql.AnalysisException
import org.apache.spark.sql.catalyst.FunctionIdentifier
import org.apache.spark.sql.catalyst.analysis.AnalysisContext
import org.apache.spark.sql.catalyst.expressions.{Alias, AttributeReference, Expression}
import org.apache.spark.sql.catalyst.expressions.{ExpressionInfo, GetStructField}
import org.apache.spark.sql.catalyst.expressions.{InheritAnalysisRules, NamedArgumentExpression}
import org.apache.spark.sql.catalyst.expressions.RuntimeReplaceable
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan
import org.apache.spark.sql.catalyst.util.toPrettySQL
import org.apache.spark.sql.classic.{Dataset, SparkSession}
import org.apache.spark.sql.types.{StringType, StructType}
import org.apache.spark.unsafe.types.UTF8String

/** A function of a model where an expression may stand, and what it computes. */
private[sparkfl] case class ModelExpression(
    name: String, parameters: Seq[Expression], replacement: Expression)
  extends RuntimeReplaceable with InheritAnalysisRules {

  override def prettyName: String = name

  override protected def withNewChildInternal(newChild: Expression): Expression =
    copy(replacement = newChild)
}

private[sparkfl] object ModelExpression {

  /** A column of the model's: its name, if it is given one, and its value. */
  private type Given = (Option[String], Expression)

  /**
   * What a model answers, once for each analysis: equal calls of a statement are then equal
   * expressions, so that one may stand in GROUP BY and the other in SELECT. The functions that MLlib
   * makes anew for each transformation would differ.
   */
  private object asked {

    private type Answer = (ModelInput, LogicalPlan)
    private val answers = new ThreadLocal[(AnyRef, mutable.Map[Any, Answer])]

    def apply(call: Any)(ask: => Answer): Answer = {
      val analysis = AnalysisContext.get.relationCache
      if (answers.get == null || (answers.get._1 ne analysis)) {
        answers.set((analysis, mutable.Map.empty))
      }
      answers.get._2.getOrElseUpdate(call, ask)
    }
  }

  val all: Seq[RowFunction.Injection] = for {
    function <- ExpressionFunction.all
    name <- function.names
  } yield (new FunctionIdentifier(name), function.info(name), build(function, name) _)

  private def build(function: ExpressionFunction, called: String)(
      arguments: Seq[Expression]): Expression = {
    val (model, rest) = arguments match {
      case model +: rest if rest.nonEmpty => (modelName(function, model), rest)
      case _ => throw misused(function, s"got ${arguments.size} arguments")
    }
    val (given, whole) = columns(function, rest)
    val names = encoded(given.map(_._1), whole)
    val types = given.map { case (_, value) => (value.dataType, value.nullable) }
    val (standIn, answer) = asked((function.name, model, names, types)) {
      val standIn = ModelInput(
        types.zipWithIndex.map { case ((dataType, nullable), i) =>
          AttributeReference(s"sparkfl_$i", dataType, nullable)()
        }, ModelFunction.tag(), isStreaming = false)
      val session = SparkSession.active
      (standIn, PythonSide.transform(
        session, function.name, model, null, names,
        Dataset.ofRows(session, standIn)).queryExecution.analyzed)
    }
    PlanExpression(answer, standIn, given.map(_._2)) match {
      case Some(value) => ModelExpression(called, arguments.map(valueOf), value)
      case None => throw SparkflErrors.analysis("SPARKFL_UNSUPPORTED_CAPABILITY",
        s"$called: model '$model' cannot be computed from a row alone. Use " +
          "FROM model_predict(model, version, query).")
    }
  }

  /** The model's columns; whether they are the fields of one struct, of which not all must be its. */
  private def columns(
      function: ExpressionFunction, arguments: Seq[Expression]): (Seq[Given], Boolean) =
    arguments match {
      case Seq(row) if row.dataType.isInstanceOf[StructType] && !isNamed(row) =>
        (row.dataType.asInstanceOf[StructType].fields.toSeq.zipWithIndex.map { case (field, i) =>
          (Some(field.name), GetStructField(row, i, Some(field.name)))
        }, true)
      case _ =>
        val named = arguments.map {
          case NamedArgumentExpression(key, value) => (Some(key), value)
          case value => (None, value)
        }
        if (named.dropWhile(_._1.isEmpty).exists(_._1.isEmpty)) {
          throw misused(function, "a value without a name stands after one with a name")
        }
        (named, false)
    }

  private def valueOf(argument: Expression): Expression = argument match {
    case NamedArgumentExpression(_, value) => value
    case value => value
  }

  private def isNamed(argument: Expression): Boolean =
    argument.isInstanceOf[NamedArgumentExpression]

  private def encoded(names: Seq[Option[String]], whole: Boolean): String =
    JsonMethods.compact(JObject(
      "names" -> JArray(names.map(_.fold[org.json4s.JValue](JNull)(JString(_))).toList),
      "whole" -> JBool(whole)))

  private def modelName(function: ExpressionFunction, argument: Expression): String = argument match {
    case NamedArgumentExpression("model" | "model_name", value) => modelName(function, value)
    case Alias(value, _) => modelName(function, value)
    case value if value.foldable && value.dataType.isInstanceOf[StringType] =>
      value.eval() match {
        case name: UTF8String => name.toString
        case _ => throw misused(function, "the model is NULL")
      }
    case other => throw misused(function, s"the model is ${toPrettySQL(other)}")
  }

  private def misused(function: ExpressionFunction, found: String): AnalysisException =
    SparkflErrors.analysis("SPARKFL_INVALID_ARGUMENTS",
      s"${function.name} takes (${function.arguments}). But $found. Write ${function.example}.")
}

/** A row of the expressions in functions.json. */
private[sparkfl] case class ExpressionFunction(
    name: String, aliases: Seq[String], arguments: String, example: String, purpose: String) {

  def names: Seq[String] = name +: aliases

  def info(calledName: String): ExpressionInfo =
    new ExpressionInfo(
      getClass.getName, null, calledName, s"_FUNC_($arguments) - $purpose", "",
      s"\n    Examples:\n      > SELECT $example;\n  ", "", "", "", "", "built-in")
}

private[sparkfl] object ExpressionFunction {

  val all: Seq[ExpressionFunction] = (TableFunction.rows \ "expressions").children.map { row =>
    ExpressionFunction(
      TableFunction.text(row \ "name"), (row \ "aliases").children.map(TableFunction.text),
      TableFunction.text(row \ "arguments"), TableFunction.text(row \ "example"),
      TableFunction.text(row \ "purpose"))
  }
}
