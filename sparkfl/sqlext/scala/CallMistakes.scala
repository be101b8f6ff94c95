package org.apache.spark.sql.sparkfl

import org.apache.commons.text.similarity.LevenshteinDistance

import org.apache.spark.sql.SparkSession
import org.apache.spark.sql.catalyst.parser.ParseException
import org.apache.spark.sql.catalyst.util.StringUtils

/** What is wrong with a call of a table function, said before Spark says something else. */
private[sparkfl] object CallMistakes {

  private val misspelt = new LevenshteinDistance(2)

  /** Refuses `model_predit(m, 1, t)`, of which Spark would say that there is no column `m`. */
  def check(sql: String, tokens: IndexedSeq[SqlToken]): Unit = {
    FunctionCalls.tableCalls(tokens)(isMisspelt).foreach { case (function, arguments) =>
      if (arguments.nonEmpty && !isFunction(function.name)) throw unknown(sql, function, TableFunction.all)
    }
    tokens.zip(tokens.drop(1)).foreach { case (name, next) =>
      if ((trainers ++ finders)(name.word) && next.text == "(" && !isFunction(name.name)) throw part(sql, name)
    }
    FunctionCalls.tableCalls(tokens)(TableFunction.of(_).nonEmpty).foreach {
      case (_, model +: _) if isHyphenated(model) => throw unquoted(sql, model)
      case _ =>
    }
  }

  private def isFunction(name: String): Boolean =
    SparkSession.getActiveSession.forall(_.catalog.functionExists(name))

  // A query may be planned more than once.
  private val trainers =
    Set("ML_TRAIN", "ML_TRAIN_WITH_PRIVACY", "ML_AUTOML", "ML_REGISTER_MODEL")
  private val finders = Set("AUTO_FEATURES", "ML_AUTO_FEATURE_ENGINEER")

  private def part(sql: String, function: SqlToken): ParseException = {
    val name = function.text.toLowerCase(java.util.Locale.ROOT)
    val does = if (trainers(function.word)) "changes the registry" else "tries many features"
    SparkflErrors.syntax(
      "SPARKFL_SYNTAX_ERROR",
      s"$name $does, so it cannot be part of a query, which may be planned more " +
        s"than once. Write it as a statement of its own: SELECT $name(...).",
      sql, function.line, function.column)
  }

  private def isMisspelt(name: String): Boolean = TableFunction.of(name).isEmpty && {
    val lower = name.toLowerCase(java.util.Locale.ROOT)
    TableFunction.all.exists(known => misspelt(lower, known.name) > 0)
  }

  /** The error in place of Spark's, which knows neither the function nor a query without TABLE(). */
  def explained(sql: String, tokens: IndexedSeq[SqlToken], error: ParseException): ParseException =
    FunctionCalls.tableCalls(tokens)(_ => true).flatMap { case (function, arguments) =>
      TableFunction.of(function.name) match {
        case None if !keywords(function.word) && arguments.exists(FunctionCalls.isBareQuery) =>
          Some(unknown(sql, function, TableFunction.all.filter(_.queryFrom.nonEmpty)))
        case None => None
        case Some(_) => arguments.find(isStatement).map(ModelQuery.misplaced(sql, _))
      }
    }.headOption.getOrElse(error)

  // Words of Spark's that may stand before a query in parentheses where a table may.
  private val keywords = Set(
    "LATERAL", "SELECT", "VALUES", "WITH", "FROM", "TABLE", "MAP", "REDUCE", "TRANSFORM", "EXISTS",
    "IN", "NOT", "AND", "OR", "DISTINCT", "ALL", "ANY", "SOME", "CASE", "ON", "USING", "UNION",
    "EXCEPT", "MINUS", "INTERSECT", "JOIN", "CROSS", "INNER", "NATURAL", "AS")

  /** `DROP TABLE t`: two words in a row are neither a name, a literal, an expression nor a query. */
  private def isStatement(argument: IndexedSeq[SqlToken]): Boolean =
    FunctionCalls.named(argument)._1.isEmpty && !FunctionCalls.isBareQuery(argument) &&
      argument.size > 1 && argument.take(2).forall(_.isName)

  /** `my-model`, which is a difference to Spark; none is the name of a model. */
  private def isHyphenated(argument: IndexedSeq[SqlToken]): Boolean =
    argument.exists(_.text == "-") && argument.forall(_.text.matches("-|\\.|\\w+")) &&
      argument.zip(argument.drop(1)).forall { case (one, next) => one.stop == next.start }

  private def unquoted(sql: String, model: IndexedSeq[SqlToken]): ParseException = {
    val name = model.map(_.text).mkString
    SparkflErrors.syntax(
      "SPARKFL_INVALID_IDENTIFIER",
      s"a model's name was expected, but $name is none without back-ticks. Write `$name` or " +
        s"'$name'; unquoted, only the letters a to z, digits and _ may stand.",
      sql, model.head.line, model.head.column)
  }

  private def unknown(
      sql: String, function: SqlToken, known: Seq[TableFunction]): ParseException = {
    val nearest = StringUtils.orderSuggestedIdentifiersBySimilarity(
      function.name.toLowerCase(java.util.Locale.ROOT), known.map(row => Seq(row.name))).head
      .replace("`", "")
    SparkflErrors.syntax(
      "SPARKFL_SYNTAX_ERROR",
      s"${function.text} is no function of sparkfl. Did you mean $nearest? A table function of " +
        "another's takes a query as TABLE(SELECT ...).",
      sql, function.line, function.column)
  }
}
