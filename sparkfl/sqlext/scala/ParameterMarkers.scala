package org.apache.spark.sql.sparkfl

import org.apache.spark.sql.catalyst.analysis.{NamedParameter, PosParameter}
import org.apache.spark.sql.catalyst.expressions.Expression

/** Where a parameter marker stands, in code points. */
private[sparkfl] case class ParameterMarker(start: Int, stop: Int)

/** The `:name` and `?` of a model statement, which Spark's grammar cannot find for us. */
private[sparkfl] object ParameterMarkers {

  /** Where the markers stand, and the unbound parameter that each one is. */
  def find(tokens: IndexedSeq[SqlToken]): Seq[(ParameterMarker, Expression)] =
    tokens.indices.collect {
      case i if tokens(i).text == "?" =>
        ParameterMarker(tokens(i).start, tokens(i).stop) -> PosParameter(tokens(i).start)
      case i if isNamed(tokens, i) =>
        ParameterMarker(tokens(i).start, tokens(i + 1).stop) ->
          NamedParameter(tokens(i + 1).name)
    }

  // A colon right behind a name or a bracket reads a field of a variant: `v:field`.
  private def isNamed(tokens: IndexedSeq[SqlToken], colon: Int): Boolean =
    tokens(colon).text == ":" &&
      tokens.lift(colon + 1).exists(t => t.isName && t.start == tokens(colon).stop) &&
      !tokens.lift(colon - 1).exists { t =>
        t.stop == tokens(colon).start && (t.isName || t.text == ")" || t.text == "]")
      }

  /** The statement with its bound values in place of the markers. */
  def substitute(
      sql: String, markers: Seq[ParameterMarker], values: Seq[Expression]): String =
    RewrittenSql.substitute(sql, markers.zip(values).map { case (marker, value) =>
      Edit(marker.start, marker.stop, value.sql)
    })
}
