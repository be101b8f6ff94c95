package org.apache.spark.sql.sparkfl

import scala.annotation.tailrec

import org.apache.spark.sql.catalyst.expressions.Literal
import org.apache.spark.sql.catalyst.parser.{ParameterLocation, Substitution}

/**
 * Turns `FROM model_predict(name, version, SELECT …)` into what Spark's grammar knows,
 * `FROM model_predict('name', version, TABLE(SELECT …))`. Only where a table may stand: a scalar
 * function of the user's own under that name is left alone.
 */
private[sparkfl] object FunctionCalls {

  private type Part = IndexedSeq[SqlToken]

  private val queryWords = Set("SELECT", "WITH", "VALUES", "FROM")

  // Clauses in which a comma does not announce a further table.
  private val otherClauses = Set(
    "SELECT", "WHERE", "GROUP", "HAVING", "ORDER", "SORT", "CLUSTER", "DISTRIBUTE", "WINDOW",
    "LIMIT", "SET", "VALUES", "|>", ";")

  // Functions whose arguments hold a FROM: trim(BOTH 'x' FROM y).
  private val fromFunctions = Set("EXTRACT", "TRIM", "SUBSTRING", "SUBSTR", "OVERLAY")

  def edits(tokens: Part): Seq[Substitution] =
    for {
      call <- tokens.indices
      if isCall(tokens, call) && isTable(tokens, call)
      edit <- edits(arguments(tokens, call + 2))
    } yield edit

  private def isCall(tokens: Part, at: Int): Boolean =
    ModelFunction.names(tokens(at).name.toLowerCase(java.util.Locale.ROOT)) &&
      tokens.lift(at + 1).exists(_.text == "(")

  @tailrec
  private def isTable(tokens: Part, at: Int): Boolean =
    tokens.lift(at - 1).map(_.word) match {
      case Some("FROM") => !isScalarFrom(tokens, at - 1)
      case Some("JOIN") => true
      case Some(",") => isTableList(tokens, at - 2)
      case Some("(") => isTable(tokens, at - 1)
      case _ => false
    }

  @tailrec
  private def isTableList(tokens: Part, at: Int): Boolean =
    tokens.lift(at).map(_.word) match {
      case None | Some("(") => false
      case Some(")") => isTableList(tokens, opening(tokens, at) - 1)
      case Some("FROM") if !isScalarFrom(tokens, at) => true
      case Some(word) => !otherClauses(word) && isTableList(tokens, at - 1)
    }

  /** `IS DISTINCT FROM x` and `extract(YEAR FROM x)`. */
  private def isScalarFrom(tokens: Part, from: Int): Boolean = {
    val distinct = tokens.lift(from - 1).exists(_.word == "DISTINCT") &&
      tokens.lift(from - 2).exists(t => t.word == "IS" || t.word == "NOT")
    distinct || tokens.lift(opening(tokens, from) - 1).exists(t => fromFunctions(t.word))
  }

  /** Index of the parenthesis that encloses the token at `at`, -1 if none. */
  private def opening(tokens: Part, at: Int): Int = {
    var (depth, i) = (1, at - 1)
    while (i >= 0 && depth > 0) {
      if (tokens(i).text == ")") depth += 1
      if (tokens(i).text == "(") depth -= 1
      i -= 1
    }
    if (depth == 0) i + 1 else -1
  }

  /** At most three arguments; the third goes to the closing parenthesis, commas included. */
  private def arguments(tokens: Part, first: Int): Seq[Part] = {
    val rest = tokens.drop(first)
    val depths = rest.scanLeft(0) { (depth, token) =>
      token.text match {
        case "(" | "[" => depth + 1
        case ")" | "]" => depth - 1
        case _ => depth
      }
    }
    val closing = depths.indexOf(-1) - 1
    val commas = (0 until closing).filter(i => depths(i) == 0 && rest(i).text == ",").take(2)
    if (closing < 0) Nil
    else (0 +: commas.map(_ + 1)).zip(commas :+ closing).map { case (from, until) =>
      rest.slice(from, until)
    }
  }

  private def edits(arguments: Seq[Part]): Seq[Substitution] = {
    val name = arguments.take(1).filter(isBareName).map(quoted)
    val version = arguments.slice(1, 2).filter(v => v.size == 1 && isBareName(v)).map(quoted)
    val table = arguments.drop(2).filter(t => isQuery(t) || isBareName(t)).flatMap(enclosed)
    name ++ version ++ table
  }

  private def isQuery(part: Part): Boolean =
    part.find(_.text != "(").exists(t => queryWords(t.word))

  /** `a`, `a.b`, `` `a b` ``. */
  private def isBareName(part: Part): Boolean =
    part.length % 2 == 1 && part.zipWithIndex.forall {
      case (token, i) => if (i % 2 == 0) token.isName else token.text == "."
    }

  private def quoted(part: Part): Substitution =
    Substitution(
      ParameterLocation(part.head.start, part.last.stop),
      Literal(part.map(_.name).mkString).sql)

  private def enclosed(part: Part): Seq[Substitution] =
    Seq(part.head.start -> "TABLE(", part.last.stop -> ")").map { case (at, text) =>
      Substitution(ParameterLocation(at, at), text)
    }
}
