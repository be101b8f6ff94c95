package org.apache.spark.sql.sparkfl

import org.apache.spark.{ErrorInfo, QueryContext}
import org.apache.spark.sql.catalyst.parser.{ParameterLocation, ParseException, PositionMapper}
import org.apache.spark.sql.catalyst.parser.Substitution
import org.apache.spark.sql.catalyst.trees.Origin

/** What is called otherwise in other Sparks. */
private[sparkfl] object Release {

  def parseException(
      sql: String, start: Origin, condition: String, parameters: Map[String, String],
      context: Array[QueryContext]): ParseException =
    new ParseException(Some(sql), start, condition, parameters, context)

  def errorInfo(message: String, sqlState: String): ErrorInfo =
    ErrorInfo(Seq(message), None, Some(sqlState), None)

  /** The origin of a rewritten statement, whose errors Spark shows in the user's text. */
  def rewritten(origin: Origin, original: String, text: String, edits: Seq[Edit]): Origin =
    origin.copy(positionMapper = Some(PositionMapper(original, text, edits.map { edit =>
      Substitution(ParameterLocation(edit.start, edit.stop), edit.text)
    }.toList)))

  /** What was parsed of a rewritten statement; by its origins Spark finds the user's text. */
  def placed[T](parsed: T, original: String, text: String, place: Int => Int): T = parsed
}
