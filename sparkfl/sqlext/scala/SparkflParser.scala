package org.apache.spark.sql.sparkfl

import org.apache.spark.sql.catalyst.{FunctionIdentifier, TableIdentifier}
import org.apache.spark.sql.catalyst.expressions.Expression
import org.apache.spark.sql.catalyst.parser.{ParseException, ParserInterface}
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan
import org.apache.spark.sql.execution.ExplainMode
import org.apache.spark.sql.execution.command.ExplainCommand
import org.apache.spark.sql.internal.VariableSubstitution
import org.apache.spark.sql.types.{DataType, StructType}

/**
 * Spark's parser, or whichever stands in its place, with the model statements added. What is not
 * sparkfl's reaches the delegate as it came; every method is delegated, because one left out
 * falls back to a default that ignores the caller's parameters. Those that not every Spark has are
 * in traits, of which each group of Sparks has its own.
 */
private[sparkfl] class SparkflParser(protected val delegate: ParserInterface)
  extends ParserInterface with ParsedParameters with ParsedScripts {

  private val substitutor = new VariableSubstitution()

  override def parsePlan(sqlText: String): LogicalPlan =
    parse(sqlText, identity)(delegate.parsePlan)

  protected def parse(sqlText: String, bind: Seq[Expression] => Seq[Expression])(
      parseOther: String => LogicalPlan): LogicalPlan = {
    val sql = substitutor.substitute(sqlText)
    val tokens = SqlToken.lex(sql)
    val (mode, statement) = explained(tokens)
    ModelStatement.nameOf(statement) match {
      case Some(name) =>
        SqlToken.requireClosedComments(sql)
        val command = ModelCommand.of(name, sql, statement, bind)
        mode.map(ExplainCommand(command, _)).getOrElse(command)
      case None => rewritten(sqlText, sql, tokens)(parseOther)
    }
  }

  private def explained(
      tokens: IndexedSeq[SqlToken]): (Option[ExplainMode], IndexedSeq[SqlToken]) =
    tokens.take(2).map(_.word) match {
      case Seq("EXPLAIN", mode @ ("EXTENDED" | "CODEGEN" | "COST" | "FORMATTED")) =>
        (Some(ExplainMode.fromString(mode)), tokens.drop(2))
      case Seq("EXPLAIN", _*) => (Some(ExplainMode.fromString("SIMPLE")), tokens.drop(1))
      case _ => (None, tokens)
    }

  private def rewritten[T](sqlText: String, sql: String, tokens: IndexedSeq[SqlToken])(
      parse: String => T): T = {
    val (own, spelled) = BigQueryCalls.rewritten(tokens)
    CallMistakes.check(sql, own)
    val edits = spelled ++ FunctionCalls.edits(own) ++ SessionVariables.edits(own)
    try if (edits.isEmpty) parse(sqlText) else new RewrittenSql(sql, edits).parsed(parse)
    catch { case e: ParseException => throw CallMistakes.explained(sql, own, e) }
  }

  private def rewritten[T](sqlText: String)(parse: String => T): T = {
    val sql = substitutor.substitute(sqlText)
    rewritten(sqlText, sql, SqlToken.lex(sql))(parse)
  }

  override def parseQuery(sqlText: String): LogicalPlan = rewritten(sqlText)(delegate.parseQuery)

  override def parseExpression(sqlText: String): Expression =
    rewritten(sqlText)(delegate.parseExpression)

  override def parseTableIdentifier(sqlText: String): TableIdentifier =
    delegate.parseTableIdentifier(sqlText)

  override def parseFunctionIdentifier(sqlText: String): FunctionIdentifier =
    delegate.parseFunctionIdentifier(sqlText)

  override def parseMultipartIdentifier(sqlText: String): Seq[String] =
    delegate.parseMultipartIdentifier(sqlText)

  override def parseTableSchema(sqlText: String): StructType = delegate.parseTableSchema(sqlText)

  override def parseDataType(sqlText: String): DataType = delegate.parseDataType(sqlText)

  override def parseRoutineParam(sqlText: String): StructType =
    delegate.parseRoutineParam(sqlText)
}
