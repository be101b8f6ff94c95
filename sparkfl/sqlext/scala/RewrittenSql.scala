package org.apache.spark.sql.sparkfl

import org.apache.spark.sql.catalyst.parser.ParseException
import org.apache.spark.sql.catalyst.trees.{CurrentOrigin, Origin}

/** What is put in the place of the code points from `start` until `stop` of a statement. */
private[sparkfl] case class Edit(start: Int, stop: Int, text: String)

/** A statement in Spark's words, which reports errors at the positions of the user's own. */
private[sparkfl] class RewrittenSql(original: String, edits: Seq[Edit]) {

  private val ordered = RewrittenSql.ordered(edits)

  val text: String = RewrittenSql.substitute(original, ordered)

  /** Parses with `parse`; the origins of plan and errors point into the original text. */
  def parsed[T](parse: String => T): T = {
    val origin = Release.rewritten(
      CurrentOrigin.get.copy(
        startIndex = Some(0), stopIndex = Some(text.length - 1), sqlText = Some(text)),
      original, text, ordered)
    try Release.placed(CurrentOrigin.withOrigin(origin)(parse(text)), original, text, inOriginal)
    catch {
      case e: ParseException if e.command.contains(text) =>
        throw Release.parseException(
          original, inOriginal(e.start), e.getCondition, e.messageParameters, Array.empty)
    }
  }

  private def inOriginal(start: Origin): Origin = (start.line, start.startPosition) match {
    case (Some(line), Some(column)) =>
      val before = text.linesWithSeparators.take(line - 1).map(RewrittenSql.length).sum
      val points = original.codePoints.toArray
      val head = new String(points, 0, inOriginal(before + column).min(points.length))
      start.copy(
        line = Some(head.count(_ == '\n') + 1),
        startPosition = Some(RewrittenSql.length(head.substring(head.lastIndexOf('\n') + 1))))
    case _ => start
  }

  /** The place in the original of one in the text; in what was put in, where that was done. */
  private def inOriginal(place: Int): Int = {
    val (grown, inside) = ordered.foldLeft((0, Option.empty[Int])) {
      case ((grown, None), edit) if edit.start + grown <= place =>
        val length = RewrittenSql.length(edit.text)
        if (place < edit.start + grown + length) (grown, Some(edit.start))
        else (grown + length - (edit.stop - edit.start), None)
      case (done, _) => done
    }
    inside.getOrElse(place - grown)
  }
}

private[sparkfl] object RewrittenSql {

  /** What is put in at a place goes before what is taken out there. */
  def ordered(edits: Seq[Edit]): Seq[Edit] = edits.sortBy(edit => (edit.start, edit.stop))

  /** Replaces the given ranges of code points. */
  def substitute(sql: String, edits: Seq[Edit]): String = {
    val points = sql.codePoints.toArray
    val result = new StringBuilder
    var from = 0
    ordered(edits).foreach { edit =>
      result ++= new String(points, from, edit.start - from) ++= edit.text
      from = edit.stop
    }
    (result ++= new String(points, from, points.length - from)).toString
  }

  private def length(text: String): Int = text.codePointCount(0, text.length)
}
