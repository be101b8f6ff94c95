package org.apache.spark.sql.sparkfl

import scala.util.Using

import org.json4s.{JObject, JString, JValue}
import org.json4s.jackson.JsonMethods

import org.apache.spark.sql.catalyst.expressions.{Expression, ExpressionInfo}
import org.apache.spark.sql.catalyst.expressions.FunctionTableSubqueryArgumentExpression
import org.apache.spark.sql.types.{BooleanType, DateType, IntegralType, NullType, NumericType}
import org.apache.spark.sql.types.{StringType, StructType, TimestampNTZType, TimestampType}

/** A place among a function's arguments: what stands there, and whether it may be left out. */
private[sparkfl] case class Place(
    kind: String, valueType: String, meaning: String, example: String, optional: Boolean) {

  /** Whether it is a value of the function's own, and goes to Python among its options. */
  def isScalar: Boolean =
    Set("boolean", "integer", "number", "text", "time")(valueType) ||
      valueType == "version" && kind != "version"

  def takes(argument: Expression): Boolean = argument match {
    case _: FunctionTableSubqueryArgumentExpression => valueType == "query"
    case other => (valueType, other.dataType) match {
      case ("query", _) => false
      case ("options", given) => given.isInstanceOf[StructType]
      case (_, _: StructType) => false
      case ("version", _: IntegralType | _: StringType | _: NullType) => true
      case ("version", _) => false
      case ("integer", given) => given.isInstanceOf[IntegralType]
      case ("number", given) => given.isInstanceOf[NumericType]
      case ("text", given) => given.isInstanceOf[StringType]
      case ("time", _: StringType | DateType | TimestampType | TimestampNTZType) => true
      case ("time", _) => false
      case ("boolean", given) => given == BooleanType
      case _ => true
    }
  }
}

/** A row of functions.json, which lists the table functions for Scala and Python alike. */
private[sparkfl] case class TableFunction(
    name: String,
    aliases: Seq[String],
    arguments: String,
    places: Seq[Place],
    options: Seq[(String, String)],
    columns: Seq[(String, String)],
    purpose: String) {

  def names: Seq[String] = name +: aliases

  def example: String =
    s"$name(${places.filter(_.example.nonEmpty).map(_.example).mkString(", ")})"

  /** Whether a value of its own may stand after the query. */
  def hasScalarAfterQuery: Boolean = places.lastOption.exists(_.isScalar) &&
    places.exists(_.valueType == "query")

  /** Whether it may stand without parentheses, as a table does. */
  def isRelation: Boolean = places.isEmpty && name.startsWith("ml_")

  /** From how many arguments on the last one, a bare name, is the query and no version. */
  def queryFrom: Option[Int] = places.find(_.kind == "query").map { query =>
    val isAfterVersion = query.optional && places.exists(_.kind == "version")
    places.takeWhile(_ != query).count(!_.optional) + (if (isAfterVersion) 2 else 1)
  }

  /** The argument in each place; None where they do not fit. */
  def bind(arguments: Seq[Expression]): Option[Map[String, Expression]] =
    bind(places.toList, arguments.toList)

  private def bind(
      places: List[Place], arguments: List[Expression]): Option[Map[String, Expression]] =
    (places, arguments) match {
      case (Nil, Nil) => Some(Map.empty)
      case (Nil, _) => None
      case (place :: next, _) =>
        val taken = arguments match {
          case argument :: rest if place.takes(argument) =>
            bind(next, rest).map(_ + (place.kind -> argument))
          case _ => None
        }
        if (place.optional) taken.orElse(bind(next, arguments)) else taken
    }

  /** What DESCRIBE FUNCTION EXTENDED shows. */
  def info(calledName: String): ExpressionInfo =
    new ExpressionInfo(
      getClass.getName, null, calledName, s"_FUNC_($arguments) - $purpose",
      section("Arguments", places.map(p => p.kind -> p.meaning)) + section("Options", options) +
        section("Columns", columns),
      s"\n    Examples:\n      > SELECT * FROM $example;\n  ", "", "", "", "", "built-in")

  private def section(title: String, entries: Seq[(String, String)]): String =
    if (entries.isEmpty) ""
    else entries.map { case (key, text) => s"      * $key - $text\n" }.mkString(
      s"\n    $title:\n", "", "  ")
}

private[sparkfl] object TableFunction {

  private val place = """(\[?),?\s*(\w+)""".r

  /** What is in functions.json. */
  private[sparkfl] val rows: JValue =
    Using.resource(getClass.getResourceAsStream("functions.json"))(JsonMethods.parse(_))

  val all: Seq[TableFunction] =
    (rows \ "functions").children.map(read(_, rows \ "arguments"))

  private val byName: Map[String, TableFunction] =
    all.flatMap(function => function.names.map(_ -> function)).toMap

  def of(name: String): Option[TableFunction] =
    byName.get(name.toLowerCase(java.util.Locale.ROOT))

  private def read(row: JValue, kinds: JValue): TableFunction = {
    val arguments = text(row \ "arguments")
    val places = place.findAllMatchIn(arguments).map { found =>
      val kind = kinds \ found.group(2)
      Place(
        found.group(2), text(kind \ "type"), text(kind \ "meaning"), text(kind \ "example"),
        found.group(1) == "[")
    }
    TableFunction(
      text(row \ "name"), (row \ "aliases").children.map(text), arguments, places.toSeq,
      entries(row \ "options", option => text(option \ "meaning")),
      entries(row \ "columns", text), text(row \ "purpose"))
  }

  private[sparkfl] def text(value: JValue): String = value match {
    case JString(text) => text
    case other => throw new IllegalStateException(s"functions.json: $other is no text.")
  }

  private def entries(value: JValue, read: JValue => String): Seq[(String, String)] = value match {
    case JObject(fields) => fields.map { case (key, entry) => key -> read(entry) }
    case other => throw new IllegalStateException(s"functions.json: $other is no object.")
  }
}
