package org.apache.spark.sql.sparkfl

import org.apache.spark.sql.catalyst.parser.{ParseException, PositionMapper, Substitution}
import org.apache.spark.sql.catalyst.trees.{CurrentOrigin, Origin}

/** A statement in Spark's words, which reports errors at the positions of the user's own. */
private[sparkfl] class RewrittenSql(original: String, edits: Seq[Substitution]) {

  private val substitutions = RewrittenSql.ordered(edits)

  val text: String = RewrittenSql.substitute(original, substitutions)

  private val mapper = PositionMapper(original, text, substitutions.toList)

  /** Parses with `parse`; the origins of plan and errors point into the original text. */
  def parsed[T](parse: String => T): T = {
    val origin = CurrentOrigin.get.copy(
      startIndex = Some(0),
      stopIndex = Some(text.length - 1),
      sqlText = Some(text),
      positionMapper = Some(mapper))
    try CurrentOrigin.withOrigin(origin)(parse(text))
    catch {
      case e: ParseException if e.command.contains(text) =>
        throw new ParseException(
          Some(original), inOriginal(e.start), e.getCondition, e.messageParameters, Array.empty)
    }
  }

  private def inOriginal(start: Origin): Origin = (start.line, start.startPosition) match {
    case (Some(line), Some(column)) =>
      val before = text.linesWithSeparators.take(line - 1).map(_.length).sum
      val head = original.take(mapper.mapToOriginal(before + column))
      start.copy(
        line = Some(head.count(_ == '\n') + 1),
        startPosition = Some(head.length - head.lastIndexOf('\n') - 1))
    case _ => start
  }
}

private[sparkfl] object RewrittenSql {

  /** What is put in at a place goes before what is taken out there. */
  def ordered(substitutions: Seq[Substitution]): Seq[Substitution] =
    substitutions.sortBy(s => (s.location.start, s.location.end))

  /** Replaces the given ranges of code points. */
  def substitute(sql: String, substitutions: Seq[Substitution]): String = {
    val points = sql.codePoints.toArray
    val result = new StringBuilder
    var from = 0
    ordered(substitutions).foreach { s =>
      result ++= new String(points, from, s.location.start - from) ++= s.replacement
      from = s.location.end
    }
    (result ++= new String(points, from, points.length - from)).toString
  }
}
