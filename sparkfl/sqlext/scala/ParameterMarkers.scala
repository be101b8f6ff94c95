package org.apache.spark.sql.sparkfl

import org.apache.spark.sql.catalyst.analysis.{NamedParameter, PosParameter}
import org.apache.spark.sql.catalyst.expressions.Expression
import org.apache.spark.sql.catalyst.parser.{HybridParameterContext, NamedParameterContext}
import org.apache.spark.sql.catalyst.parser.{ParameterContext, PositionalParameterContext}
import org.apache.spark.sql.catalyst.parser.{ParameterLocation, Substitution}

/** The `:name` and `?` of a model statement, which Spark's grammar cannot find for us. */
private[sparkfl] object ParameterMarkers {

  /** Where the markers stand, and the unbound parameter that each one is. */
  def find(tokens: IndexedSeq[SqlToken]): Seq[(ParameterLocation, Expression)] =
    tokens.indices.collect {
      case i if tokens(i).text == "?" =>
        ParameterLocation(tokens(i).start, tokens(i).stop) -> PosParameter(tokens(i).start)
      case i if isNamed(tokens, i) =>
        ParameterLocation(tokens(i).start, tokens(i + 1).stop) ->
          NamedParameter(tokens(i + 1).name)
    }

  // A colon right behind a name or a bracket reads a field of a variant: `v:field`.
  private def isNamed(tokens: IndexedSeq[SqlToken], colon: Int): Boolean =
    tokens(colon).text == ":" &&
      tokens.lift(colon + 1).exists(t => t.isName && t.start == tokens(colon).stop) &&
      !tokens.lift(colon - 1).exists { t =>
        t.stop == tokens(colon).start && (t.isName || t.text == ")" || t.text == "]")
      }

  /** Binds what the caller's arguments bind; the others stay for the analyzer to report. */
  def bind(markers: Seq[Expression], context: ParameterContext): Seq[Expression] = {
    val (named, positional) = context match {
      case NamedParameterContext(params) => (params, Seq.empty[Expression])
      case PositionalParameterContext(params) => (Map.empty[String, Expression], params)
      case HybridParameterContext(args, names) =>
        (names.zip(args).filter(_._1.nonEmpty).toMap, args)
    }
    val values = positional.iterator
    markers.map {
      case marker @ NamedParameter(name) => named.getOrElse(name, marker)
      case marker => values.nextOption().getOrElse(marker)
    }
  }

  /** The statement with its bound values in place of the markers. */
  def substitute(
      sql: String, markers: Seq[ParameterLocation], values: Seq[Expression]): String =
    RewrittenSql.substitute(sql, markers.zip(values).map { case (marker, value) =>
      Substitution(marker, value.sql)
    })
}
