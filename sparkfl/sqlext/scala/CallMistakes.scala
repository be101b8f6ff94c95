package org.apache.spark.sql.sparkfl

import org.apache.spark.sql.catalyst.parser.ParseException
import org.apache.spark.sql.catalyst.util.StringUtils

/** What is wrong with a call of a table function that Spark's grammar does not take. */
private[sparkfl] object CallMistakes {

  /** The error in place of Spark's, which knows neither the function nor a query without TABLE(). */
  def explained(sql: String, tokens: IndexedSeq[SqlToken], error: ParseException): ParseException =
    FunctionCalls.tableCalls(tokens).flatMap { case (function, arguments) =>
      TableFunction.of(function.name) match {
        case None => arguments.find(FunctionCalls.isBareQuery).map(_ => unknown(sql, function))
        case Some(_) => arguments.find(isStatement).map(ModelQuery.misplaced(sql, _))
      }
    }.headOption.getOrElse(error)

  /** `DROP TABLE t`: two words in a row are neither a name, a literal, an expression nor a query. */
  private def isStatement(argument: IndexedSeq[SqlToken]): Boolean =
    !FunctionCalls.isBareQuery(argument) && argument.size > 1 && argument.take(2).forall(_.isName)

  private def unknown(sql: String, function: SqlToken): ParseException = {
    val names = TableFunction.all.filter(_.queryFrom.nonEmpty).map(_.name)
    val nearest = StringUtils.orderSuggestedIdentifiersBySimilarity(
      function.name.toLowerCase(java.util.Locale.ROOT), names.map(Seq(_))).head.replace("`", "")
    SparkflErrors.syntax(
      "SPARKFL_SYNTAX_ERROR",
      s"${function.text} is no function of sparkfl. Did you mean $nearest? A table function of " +
        "another's takes a query as TABLE(SELECT ...).",
      sql, function.line, function.column)
  }
}
