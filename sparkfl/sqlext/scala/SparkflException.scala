package org.apache.spark.sql.sparkfl

import org.apache.spark.sql.AnalysisException
import org.apache.spark.sql.catalyst.parser.ParseException
import org.apache.spark.sql.catalyst.trees.Origin

/** An error of sparkfl, under a condition of its own: `[SPARKFL_…] what, which value, remedy`. */
private[sparkfl] class SparkflException(condition: String, text: String)
  extends AnalysisException(
    message = s"[$condition] $text",
    line = None,
    startPosition = None,
    cause = None,
    errorClass = Some(condition),
    messageParameters = Map("message" -> text),
    context = Array.empty,
    sqlState = Some("42000"),
    messageTemplate = Some("<message>")) {

  // PySpark looks up the message of an error with a query context in Spark's own list of
  // conditions, and fails: keep the position alone.
  override def withPosition(origin: Origin): AnalysisException =
    copy(line = origin.line, startPosition = origin.startPosition)
}

/** A syntax error, shown as Spark shows its own: the statement with a mark under the position. */
private[sparkfl] class SparkflParseException(
    condition: String, text: String, statement: String, line: Int, position: Int)
  extends ParseException(
    Some(statement),
    Origin(Some(line), Some(position)),
    "PARSE_SYNTAX_ERROR",
    Map("error" -> text, "hint" -> "")) {

  override def getCondition: String = condition

  override def getSqlState: String = "42601"

  // Spark composes messages of the conditions in its own list only.
  override def getMessage: String = super.getMessage.replace(message, s"[$condition] $text")
}
