package org.apache.spark.sql.sparkfl

import java.io.IOException

import scala.util.control.NonFatal

import net.razorvine.pickle.Unpickler
import py4j.Py4JNetworkException

import org.apache.spark.SparkContext
import org.apache.spark.internal.Logging
import org.apache.spark.sql.{AnalysisException, Row, SparkSession}
import org.apache.spark.sql.catalyst.CatalystTypeConverters
import org.apache.spark.sql.classic.{DataFrame, Dataset}
import org.apache.spark.sql.execution.python.EvaluatePython
import org.apache.spark.sql.types.{DataType, StructType}

/** The Python that serves this JVM: its own driver where it registered, a child otherwise. */
object PythonSide extends Logging {

  @volatile private var registered: Option[PythonBridge] = None
  @volatile private var child: Option[PythonChild] = None

  /** Called by Python, once its callback server runs. */
  def register(bridge: PythonBridge): Unit = registered = Some(bridge)

  def isRegistered: Boolean = current.isDefined

  /** The schema of a statement's result, and its query if it has one. */
  private[sparkfl] def parse(sql: String, tokens: Seq[SqlToken]): (StructType, Option[String]) = {
    val (schema, query) = ask[(String, Option[String])](_.parse(sql, encoded(tokens), _))
    (DataType.fromJson(schema).asInstanceOf[StructType], query)
  }

  private[sparkfl] def execute(
      session: SparkSession, sql: String, tokens: Seq[SqlToken], schema: StructType): Seq[Row] = {
    val pickled = ask[Array[Byte]](_.execute(session, sql, encoded(tokens), _))
    val toCatalyst = EvaluatePython.makeFromJava(schema)
    val toRow = CatalystTypeConverters.createToScalaConverter(schema)
    new Unpickler().loads(pickled).asInstanceOf[java.util.List[Any]].toArray.toSeq
      .map(row => toRow(toCatalyst(row)).asInstanceOf[Row])
  }

  private[sparkfl] def transform(
      session: SparkSession, function: String, model: String, version: Any, options: String,
      input: DataFrame): Dataset[_] =
    ask[Dataset[_]](_.transform(session, function, model, version, options, input, _))

  /** The features of a feature view that is named as a table is; None if there is none. */
  private[sparkfl] def relation(session: SparkSession, name: String): Option[Dataset[_]] =
    Option(ask[Dataset[_]](_.relation(session, name, _)))

  private def encoded(tokens: Seq[SqlToken]): String = tokens.map(_.encoded).mkString("\n")

  private def ask[T](question: (PythonBridge, Reply) => Unit): T = {
    val (bridge, reply) = (current.getOrElse(started()), new Reply)
    try question(bridge, reply)
    catch {
      case NonFatal(e) => throw broken(e)
    }
    reply.get[T]
  }

  /** A call that broke off: Python is gone, or sent what Java cannot read. */
  private def broken(e: Throwable): AnalysisException = {
    val causes = Iterator.iterate[Throwable](e)(_.getCause).takeWhile(_ != null).toSeq
    val reason = s"${causes.last.getClass.getSimpleName}: ${causes.last.getMessage}"
    if (causes.exists(c => c.isInstanceOf[IOException] || c.isInstanceOf[Py4JNetworkException])) {
      SparkflErrors.analysis("SPARKFL_PYTHON_UNAVAILABLE",
        s"The Python process of sparkfl could not be reached ($reason). " +
          "Run the statement again; if that fails, start the Spark application again.")
    } else {
      logError("A call to Python broke off", e)
      SparkflErrors.analysis("SPARKFL_INTERNAL_ERROR",
        s"The call to sparkfl's Python broke off ($reason). What it had done by then stands; see " +
          "before you run the statement again. The log has the details.")
    }
  }

  private def current: Option[PythonBridge] = registered.filter(_ => child.forall(_.isAlive))

  private def started(): PythonBridge = synchronized {
    current.getOrElse {
      registered = None
      val process = new PythonChild(SparkContext.getOrCreate())
      child = Some(process)
      process.awaitUntil(registered.isDefined)
      registered.get
    }
  }
}
