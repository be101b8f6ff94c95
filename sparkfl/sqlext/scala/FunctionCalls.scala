package org.apache.spark.sql.sparkfl

import scala.annotation.tailrec

import org.apache.spark.sql.SparkSession
import org.apache.spark.sql.catalyst.expressions.Literal

/**
 * Turns `FROM model_predict(name, version, OPTIONS(KEY = value), SELECT …)` into what Spark's
 * grammar knows, `FROM model_predict('name', version, named_struct('KEY', value), TABLE(SELECT …))`.
 * Only where a table may stand: a scalar function of the user's own under that name is left alone.
 */
private[sparkfl] object FunctionCalls {

  private type Part = IndexedSeq[SqlToken]

  private val queryWords = Set("SELECT", "WITH", "VALUES", "FROM")

  // Clauses in which a comma does not announce a further table.
  private val otherClauses = Set(
    "SELECT", "WHERE", "GROUP", "HAVING", "ORDER", "SORT", "CLUSTER", "DISTRIBUTE", "WINDOW",
    "LIMIT", "SET", "VALUES", "|>", ";")

  // Names that are values in OPTIONS.
  private val constants = Set("TRUE", "FALSE", "NULL")

  // Functions whose arguments hold a FROM: trim(BOTH 'x' FROM y).
  private val fromFunctions = Set("EXTRACT", "TRIM", "SUBSTRING", "SUBSTR", "OVERLAY")

  def edits(tokens: Part): Seq[Edit] =
    callEdits(tokens) ++ wholeCall(tokens) ++ relations(tokens)

  private def callEdits(tokens: Part): Seq[Edit] =
    for {
      (call, given) <- tableCalls(tokens)(TableFunction.of(_).nonEmpty)
      function <- TableFunction.of(call.name).toSeq
      after = if (function.hasScalarAfterQuery && given.lastOption.exists(isScalar)) 1 else 0
      (argument, i) <- given.zipWithIndex
      isLast = i + 1 + after == given.size
      (name, value) = named(argument)
      isQuery = isLast && function.queryFrom.exists(given.size - after >= _)
      isAfter = i + after >= given.size
      edit <- name.map(replaced(_, "")) ++ (if (isAfter) Nil else edits(value, isQuery))
    } yield edit

  /**
   * `model => 'm'` or `model = 'm'`: the name and the arrow, which stand in the order without, and
   * so does AS OF before a time.
   */
  private[sparkfl] def named(argument: Part): (Part, Part) = argument match {
    case as +: of +: value if as.word == "AS" && of.word == "OF" && value.nonEmpty =>
      argument.splitAt(2)
    case name +: arrow +: value if name.isName && Set("=>", "=")(arrow.text) && value.nonEmpty =>
      argument.splitAt(2)
    case _ => (IndexedSeq.empty, argument)
  }

  /** `SELECT ml_compare_models(…)`, a statement that is nothing but this call: its rows. */
  private def wholeCall(tokens: Part): Seq[Edit] = {
    val statement = tokens.reverse.dropWhile(_.text == ";").reverse
    val isWhole = statement.headOption.exists(_.word == "SELECT") &&
      statement.lift(1).exists(t => t.word.startsWith("ML_") && TableFunction.of(t.name).nonEmpty) &&
      statement.lift(2).exists(_.text == "(") && closed(statement, 3) == statement.size - 1
    if (isWhole) {
      val asTable = tokens.patch(1, IndexedSeq(star(statement(1)), from(statement(1))), 0)
      Edit(statement(1).start, statement(1).start, "* FROM ") +:
        callEdits(asTable)
    } else Nil
  }

  private def star(before: SqlToken): SqlToken = before.copy(text = "*", stop = before.start)

  private def from(before: SqlToken): SqlToken = before.copy(text = "FROM", stop = before.start)

  /** `FROM ml_model_registry`, a function without arguments that stands as a table would. */
  private def relations(tokens: Part): Seq[Edit] = for {
    at <- tokens.indices
    token = tokens(at)
    if token.isName && !token.isQuotedName && TableFunction.of(token.name).exists(_.isRelation)
    if !tokens.lift(at + 1).exists(t => Set("(", ".")(t.text)) && isTable(tokens, at)
    if !SparkSession.getActiveSession.exists(_.catalog.tableExists(token.name))
  } yield Edit(token.stop, token.stop, "()")

  /**
   * The calls of such functions where a table may stand, with what stands between commas. Names are
   * looked at first: whether a table may stand there takes a walk through the statement.
   */
  def tableCalls(tokens: Part)(isWanted: String => Boolean): Seq[(SqlToken, Seq[Part])] =
    for {
      call <- tokens.indices
      if tokens(call).isName && tokens.lift(call + 1).exists(_.text == "(")
      if isWanted(tokens(call).name) && isTable(tokens, call)
      function = TableFunction.of(tokens(call).name)
    } yield (tokens(call), arguments(tokens, call + 2, function.exists(_.hasScalarAfterQuery)))

  /** `SELECT …`, which Spark's grammar does not take without TABLE(). */
  def isBareQuery(argument: Part): Boolean = isQuery(argument) && !isEnclosed(argument)

  @tailrec
  private def isTable(tokens: Part, at: Int): Boolean =
    tokens.lift(at - 1).map(_.word) match {
      case Some("FROM") => !isScalarFrom(tokens, at - 1)
      case Some("JOIN") => true
      case Some(",") => isTableList(tokens, at - 2)
      case Some("(" | "LATERAL") => isTable(tokens, at - 1)
      case _ => false
    }

  @tailrec
  private def isTableList(tokens: Part, at: Int): Boolean =
    tokens.lift(at).map(_.word) match {
      case None | Some("(") => false
      case Some(")") => isTableList(tokens, opening(tokens, at) - 1)
      case Some("FROM") if !isScalarFrom(tokens, at) => true
      case Some("VALUES") if isTable(tokens, at) => true
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

  /**
   * A query goes to the closing parenthesis, commas included, unless in parentheses itself, or a
   * number, a text or a boolean may stand after it and cannot belong to it.
   */
  private def arguments(tokens: Part, first: Int, isScalarLast: Boolean): Seq[Part] = {
    val closing = closed(tokens, first)
    if (closing < 0) Nil
    else {
      val parts = split(tokens.slice(first, closing))
      parts.indexWhere(isBareQuery) match {
        case -1 => parts
        case query =>
          val whole = tokens.slice(tokens.indexOf(parts(query).head), closing)
          val hasScalar = isScalarLast && parts.size > query + 1 && isScalar(parts.last)
          val before = whole.dropRight(parts.last.size + 1)
          if (hasScalar && !endsInList(before)) parts.take(query) ++ Seq(before, parts.last)
          else parts.take(query) :+ whole
      }
    }
  }

  private def isScalar(part: Part): Boolean = {
    val (_, value) = named(part)
    value.size == 1 && (value.head.text.forall(_.isDigit) || value.head.text.startsWith("'") ||
      Set("TRUE", "FALSE")(value.head.word))
  }

  /** Whether a query ends in a list that a number may go on: ORDER BY 1, 2. */
  private def endsInList(query: Part): Boolean = {
    val clauses = query.zip(depths(query)).collect {
      case (token, 0) if otherClauses(token.word) || token.word == "FROM" => token.word
    }
    clauses.lastOption.exists(Set("GROUP", "ORDER", "SORT", "CLUSTER", "DISTRIBUTE", "SELECT"))
  }

  /** Index of the parenthesis that closes what stands from `first` on, -1 if none. */
  private def closed(tokens: Part, first: Int): Int =
    depths(tokens.drop(first)).indexOf(-1) match {
      case -1 => -1
      case after => first + after - 1
    }

  private def depths(tokens: Part): IndexedSeq[Int] = tokens.scanLeft(0) { (depth, token) =>
    token.text match {
      case "(" | "[" => depth + 1
      case ")" | "]" => depth - 1
      case _ => depth
    }
  }

  /** What stands between the commas that are in no parentheses. */
  private def split(tokens: Part): Seq[Part] = {
    val depth = depths(tokens)
    val commas = tokens.indices.filter(i => depth(i) == 0 && tokens(i).text == ",")
    (0 +: commas.map(_ + 1)).zip(commas :+ tokens.size).map { case (from, until) =>
      tokens.slice(from, until)
    }.filter(_.nonEmpty)
  }

  private def edits(argument: Part, isTable: Boolean): Seq[Edit] =
    if (isQuery(argument)) enclosed(argument)
    else if (isBareName(argument)) if (isTable) enclosed(argument) else Seq(quoted(argument))
    else if (isOptions(argument)) options(argument)
    else if (isNamedTable(argument)) parenthesised(argument.tail)
    else Nil

  /** `TABLE t`, a query of the statement's grammar; of a function's it is TABLE(t). */
  private def isNamedTable(part: Part): Boolean =
    part.head.word == "TABLE" && part.size > 1 && isBareName(part.tail)

  private def isQuery(part: Part): Boolean =
    part.find(_.text != "(").exists(t => queryWords(t.word))

  private def isEnclosed(part: Part): Boolean =
    part.head.text == "(" && closed(part, 1) == part.size - 1

  private def isOptions(part: Part): Boolean =
    part.head.word == "OPTIONS" && part.lift(1).exists(_.text == "(") &&
      closed(part, 2) == part.size - 1

  /** `OPTIONS(KEY = value)` as `named_struct('KEY', value)`. */
  private def options(part: Part): Seq[Edit] =
    replaced(part.head, "named_struct") +: split(part.slice(2, part.size - 1)).flatMap {
      case Seq(key, equals, value @ _*) if key.isName && equals.text == "=" =>
        val word = if (isBareName(value.toIndexedSeq) && !constants(value.head.word)) {
          Some(quoted(value.toIndexedSeq))
        } else None
        Seq(quoted(IndexedSeq(key)), replaced(equals, ",")) ++ word
      case _ => Nil
    }

  private def replaced(token: SqlToken, text: String): Edit =
    Edit(token.start, token.stop, text)

  /** `a`, `a.b`, `` `a b` ``, `a$3`, `a@champion`; not `session.a`, a variable. */
  private def isBareName(part: Part): Boolean = {
    val name = withoutVersion(part)
    name.length % 2 == 1 && !isVariable(name) && name.zipWithIndex.forall {
      case (token, i) => if (i % 2 == 0) token.isName else token.text == "."
    }
  }

  /** `a` of `a$3` or `a@champion`, which nothing may stand between. */
  private def withoutVersion(part: Part): Part = part.takeRight(3) match {
    case Seq(name, mark, version) if Set("$", "@")(mark.text) && name.stop == mark.start &&
        mark.stop == version.start && (version.isName || version.text.forall(_.isDigit)) =>
      part.dropRight(2)
    case _ => part
  }

  private def isVariable(part: Part): Boolean = part.map(_.word) match {
    case Seq("SESSION", ".", _) | Seq("SYSTEM", ".", "SESSION", ".", _) => true
    case _ => false
  }

  private def quoted(part: Part): Edit =
    Edit(part.head.start, part.last.stop, Literal(part.map(_.name).mkString).sql)

  private def enclosed(part: Part): Seq[Edit] = parenthesised(part, "TABLE(")

  private def parenthesised(part: Part, opening: String = "("): Seq[Edit] =
    Seq(part.head.start -> opening, part.last.stop -> ")").map { case (at, text) =>
      Edit(at, at, text)
    }
}
