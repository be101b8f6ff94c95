package org.apache.spark.sql.sparkfl

import org.apache.spark.{ErrorInfo, QueryContext}
import org.apache.spark.sql.catalyst.expressions.SupportQueryContext
import org.apache.spark.sql.catalyst.parser.ParseException
import org.apache.spark.sql.catalyst.trees.{Origin, TreeNode}

/** What is called otherwise in other Sparks. */
private[sparkfl] object Release {

  def parseException(
      sql: String, start: Origin, condition: String, parameters: Map[String, String],
      context: Array[QueryContext]): ParseException =
    new ParseException(Some(sql), start, start, condition, parameters, context)

  def errorInfo(message: String, sqlState: String): ErrorInfo =
    ErrorInfo(Seq(message), None, Some(sqlState))

  /** The origin of a rewritten statement, whose parts `placed` moves. */
  def rewritten(origin: Origin, original: String, text: String, edits: Seq[Edit]): Origin = origin

  /**
   * What was parsed of a rewritten statement, with origins in the user's text: this Spark cannot
   * be told of another text. A node keeps its origin through every copy, so it is set in place.
   */
  def placed[T](parsed: T, original: String, text: String, place: Int => Int): T = {
    def visit(part: Any): Unit = part match {
      case node: TreeNode[_] =>
        if (node.origin.sqlText.contains(text)) {
          origin.set(node, moved(node.origin, original, place))
          shown(node)
        }
        node.productIterator.foreach(visit)
      case parts: Iterable[_] => parts.foreach(visit)
      case parts: Product => parts.productIterator.foreach(visit)
      case _ =>
    }
    visit(parsed)
    parsed
  }

  /** Has what fails when it runs show the place that it has now. */
  private def shown(node: TreeNode[_]): Unit = node match {
    case one: SupportQueryContext =>
      one.getClass.getMethods.find(_.getName.endsWith("queryContext_$eq"))
        .foreach(_.invoke(one, one.initQueryContext()))
    case _ =>
  }

  private lazy val origin = {
    val field = classOf[TreeNode[_]].getDeclaredField("origin")
    field.setAccessible(true)
    field
  }

  private def moved(found: Origin, original: String, place: Int => Int): Origin = {
    val start = found.startIndex.map(place)
    val stop = found.stopIndex.map(at => place(at).max(start.getOrElse(0)))
    val points = original.codePoints.toArray
    val head = start.map(at => new String(points, 0, at.min(points.length)))
    found.copy(
      line = head.map(_.count(_ == '\n') + 1).orElse(found.line),
      startPosition = head.map { text =>
        text.codePointCount(text.lastIndexOf('\n') + 1, text.length)
      }.orElse(found.startPosition),
      startIndex = start,
      stopIndex = stop.map(_.min(points.length - 1)),
      sqlText = Some(original))
  }
}
