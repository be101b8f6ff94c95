package org.apache.spark.sql.sparkfl

import org.apache.spark.sql.catalyst.parser.{ParserInterface, SqlStatementSplitResult}
import org.apache.spark.sql.catalyst.parser.TemporalIdentifier

/** Spark's parser splits scripts into statements, and reads the time of a table. */
private[sparkfl] trait ParsedScripts extends ParserInterface {

  protected def delegate: ParserInterface

  override def splitStatements(sqlText: String): SqlStatementSplitResult =
    delegate.splitStatements(sqlText)

  override def parseTemporalTableIdentifier(sqlText: String): TemporalIdentifier =
    delegate.parseTemporalTableIdentifier(sqlText)
}
