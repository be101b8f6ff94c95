package org.apache.spark.sql.sparkfl

import net.razorvine.pickle.Unpickler
import py4j.Py4JException

import org.apache.spark.SparkContext
import org.apache.spark.sql.{Row, SparkSession}
import org.apache.spark.sql.catalyst.CatalystTypeConverters
import org.apache.spark.sql.classic.{DataFrame, Dataset}
import org.apache.spark.sql.execution.python.EvaluatePython
import org.apache.spark.sql.types.{DataType, StructType}

/** The Python that serves this JVM: its own driver where it registered, a child otherwise. */
object PythonSide {

  @volatile private var registered: Option[PythonBridge] = None
  @volatile private var child: Option[PythonChild] = None

  /** Called by Python, once its callback server runs. */
  def register(bridge: PythonBridge): Unit = registered = Some(bridge)

  def isRegistered: Boolean = current.isDefined

  private[sparkfl] def parse(sql: String, tokens: Seq[SqlToken]): StructType =
    DataType.fromJson(ask[String](_.parse(sql, encoded(tokens), _))).asInstanceOf[StructType]

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

  private def encoded(tokens: Seq[SqlToken]): String = tokens.map(_.encoded).mkString("\n")

  private def ask[T](question: (PythonBridge, Reply) => Unit): T = {
    val reply = new Reply
    try question(current.getOrElse(started()), reply)
    catch {
      case e: Py4JException =>
        throw SparkflErrors.analysis("SPARKFL_PYTHON_UNAVAILABLE",
          s"The Python process of sparkfl could not be reached (${e.getClass.getSimpleName}). " +
            "Run the statement again; if that fails, start the Spark application again.")
    }
    reply.get[T]
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
