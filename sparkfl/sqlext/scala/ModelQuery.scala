package org.apache.spark.sql.sparkfl

import org.apache.spark.sql.SparkSession
import org.apache.spark.sql.catalyst.catalog.HiveTableRelation
import org.apache.spark.sql.catalyst.parser.ParseException
import org.apache.spark.sql.catalyst.plans.logical.{LogicalPlan, UnresolvedWith}
import org.apache.spark.sql.connector.catalog.CatalogV2Implicits._
import org.apache.spark.sql.execution.datasources.LogicalRelation
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2Relation
import org.apache.spark.sql.classic.{DataFrame, Dataset, SparkSession => ClassicSession}

/**
 * A text that has to be a query. `session.sql(text)` executes whatever else it is, so it is parsed
 * first, by the session's own parser.
 */
object ModelQuery {

  /** Refuses what is no query, at the position of the text. */
  def check(session: SparkSession, sql: String): Unit = parsed(session, sql)

  /** The query as a frame; nothing has run. */
  def frame(session: SparkSession, sql: String): DataFrame =
    Dataset.ofRows(classic(session), parsed(session, sql))

  /** The tables that a query reads, also by way of views, each part quoted if need be. */
  def tables(session: SparkSession, sql: String): Array[String] =
    frame(session, sql).queryExecution.analyzed.collectWithSubqueries {
      case relation: LogicalRelation => relation.catalogTable.map(_.identifier.nameParts)
      case relation: HiveTableRelation => Some(relation.tableMeta.identifier.nameParts)
      case relation: DataSourceV2Relation =>
        for (catalog <- relation.catalog; table <- relation.identifier)
          yield catalog.name +: table.namespace.toSeq :+ table.name
    }.flatten.map(_.quoted).toArray

  // Spark's grammar for a query alone tells queries from all that its grammar for a statement
  // takes, other extensions' commands included.
  private def parsed(session: SparkSession, sql: String): LogicalPlan = {
    val parser = classic(session).sessionState.sqlParser
    val text = SqlToken.withoutSemicolon(sql)
    val plan = parser.parsePlan(text)
    try parser.parseQuery(text)
    catch { case _: ParseException => throw noQuery(text, plan) }
  }

  private def noQuery(text: String, plan: LogicalPlan): ParseException = {
    val command = plan match {
      case UnresolvedWith(inner, _, _) => inner
      case other => other
    }
    val tokens = SqlToken.lex(text)
    val tail = tokens.dropWhile(token => command.origin.startIndex.exists(token.start < _))
    misplaced(text, if (tail.isEmpty) tokens else tail)
  }

  /** The error for words that stand where a query belongs. */
  private[sparkfl] def misplaced(sql: String, words: IndexedSeq[SqlToken]): ParseException = {
    val shown = words.take(4).map(_.text).mkString(" ") + (if (words.size > 4) " ..." else "")
    SparkflErrors.syntax(
      "SPARKFL_SYNTAX_ERROR",
      s"$shown stands where a query belongs. Write SELECT ..., WITH ... SELECT ..., VALUES ..., " +
        "TABLE name or FROM ... SELECT ....",
      sql, words.head.line, words.head.column)
  }

  private def classic(session: SparkSession): ClassicSession =
    session.asInstanceOf[ClassicSession]
}
