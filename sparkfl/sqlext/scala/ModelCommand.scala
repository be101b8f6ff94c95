package org.apache.spark.sql.sparkfl

import org.apache.spark.sql.{Row, SparkSession}
import org.apache.spark.sql.catalyst.expressions.{Attribute, Expression}
import org.apache.spark.sql.catalyst.parser.ParseException
import org.apache.spark.sql.catalyst.types.DataTypeUtils.toAttributes
import org.apache.spark.sql.execution.command.LeafRunnableCommand
import org.apache.spark.sql.types.StructType

/**
 * A model statement: its text, which the Python side understands and runs.
 *
 * @param name node name, as in EXPLAIN
 * @param sql the text the statement stands in
 * @param start where in it the statement begins
 * @param markers where its parameter markers stand
 * @param parameters their values; an unbound one is reported by Spark's analyzer
 */
private[sparkfl] case class ModelCommand(
    name: String,
    sql: String,
    start: Int,
    markers: Seq[ParameterMarker],
    parameters: Seq[Expression]) extends LeafRunnableCommand {

  @transient private lazy val bound: String =
    ParameterMarkers.substitute(sql, markers, parameters)

  @transient private lazy val tokens: Seq[SqlToken] = SqlToken.lex(bound).filter(_.start >= start)

  override lazy val output: Seq[Attribute] =
    if (isBound) toAttributes(parsed()) else Nil

  /** The schema of the result, once the statement and its query are known to be well formed. */
  private def parsed(): StructType = {
    val (schema, query) = PythonSide.parse(bound, tokens)
    query.foreach(text => inStatement(ModelQuery.check(SparkSession.active, text)))
    schema
  }

  private[sparkfl] def isBound: Boolean = parameters.forall(_.resolved)

  override def run(session: SparkSession): Seq[Row] =
    inStatement(PythonSide.execute(session, bound, tokens, output.toStructType))

  /** A syntax error in the query, which stands there where it stands in the statement. */
  private def inStatement[T](action: => T): T =
    try action
    catch {
      case e: ParseException if e.command.exists(query => bound.contains(query.trim)) =>
        throw Release.parseException(
          bound, e.start, e.getCondition, e.messageParameters, e.getQueryContext)
    }

  override def nodeName: String = name

  override def stringArgs: Iterator[Any] = Iterator.empty
}

private[sparkfl] object ModelCommand {

  def of(
      name: String, sql: String, tokens: IndexedSeq[SqlToken],
      bind: Seq[Expression] => Seq[Expression]): ModelCommand = {
    val (markers, parameters) = ParameterMarkers.find(tokens).unzip
    val command = ModelCommand(name, sql, tokens.head.start, markers, bind(parameters))
    // Syntax errors belong to parsing, not to a later look at the plan.
    command.output
    command
  }
}
