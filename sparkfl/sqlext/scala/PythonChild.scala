package org.apache.spark.sql.sparkfl

import java.io.{InputStream, IOException}

import scala.concurrent.duration._
import scala.io.Source
import scala.jdk.CollectionConverters._
import scala.util.{Failure, Try}

import org.apache.spark.{SparkConf, SparkContext}
import org.apache.spark.api.python.Py4JServer
import org.apache.spark.internal.Logging
import org.apache.spark.scheduler.{SparkListener, SparkListenerApplicationEnd}
import org.apache.spark.sql.AnalysisException

/**
 * A Python process attached to this JVM, for applications whose driver is not Python: spark-sql,
 * the Thrift server, Spark Connect's server. It reads its standard input until the end, so it
 * cannot outlive the JVM that holds the other end.
 */
private[sparkfl] class PythonChild(context: SparkContext) extends Logging {

  private val python = PythonChild.executable(context.getConf)
  private val server = startedServer()
  @volatile private var stopped = false
  @volatile private var lastLine = ""
  private val process = start()
  private val readers = Seq(process.getInputStream, process.getErrorStream).map(forward)

  context.addSparkListener(new SparkListener {
    override def onApplicationEnd(end: SparkListenerApplicationEnd): Unit = stop()
  })

  def isAlive: Boolean = !stopped && process.isAlive

  /** Waits until the process has registered, or says why it cannot. */
  def awaitUntil(isRegistered: => Boolean): Unit = {
    val deadline = PythonChild.timeout.fromNow
    while (!isRegistered && isAlive && deadline.hasTimeLeft()) Thread.sleep(50)
    if (!isRegistered) {
      readers.foreach(_.join(PythonChild.lastWords.toMillis))
      stop()
      throw unavailable(lastLine)
    }
  }

  private def stop(): Unit = {
    stopped = true
    process.destroy()
    server.shutdown()
  }

  private def start(): Process = {
    val pinned = server.server.isInstanceOf[py4j.ClientServer]
    val builder = new ProcessBuilder(python, "-m", "sparkfl.sqlext.child")
    builder.environment.putAll(Map(
      "PYSPARK_GATEWAY_PORT" -> server.getListeningPort.toString,
      "PYSPARK_GATEWAY_SECRET" -> server.secret,
      "PYSPARK_PIN_THREAD" -> pinned.toString).asJava)
    builder.environment.putIfAbsent("PYSPARK_PYTHON", python)
    try builder.start()
    catch {
      case e: IOException =>
        server.shutdown()
        throw unavailable(e.getMessage)
    }
  }

  /**
   * Threads are daemons if the one that starts them is, and a JVM does not wait for daemons. Py4J
   * starts its first when the server is made, and finds sparkfl's classes by the class loader of
   * that thread, too.
   */
  private def startedServer(): Py4JServer = {
    @volatile var made: Try[Py4JServer] = Failure(new IllegalStateException("not started"))
    val starter = new Thread(() => made = Try {
      val server = new Py4JServer(context.getConf)
      server.start()
      server
    }, "sparkfl-gateway")
    starter.setDaemon(true)
    starter.setContextClassLoader(getClass.getClassLoader)
    starter.start()
    starter.join()
    made.get
  }

  private def forward(stream: InputStream): Thread = {
    val thread = new Thread(() =>
      try Source.fromInputStream(stream, "UTF-8").getLines().foreach { line =>
        if (line.trim.nonEmpty) lastLine = line.trim
        System.err.println(line)
      } catch {
        case e: IOException => logDebug("The Python process was stopped", e)
      }, "sparkfl-python-output")
    thread.setDaemon(true)
    thread.start()
    thread
  }

  private def unavailable(why: String): AnalysisException = {
    val reason = if (why.isEmpty) "" else s" ($why)"
    SparkflErrors.analysis("SPARKFL_PYTHON_UNAVAILABLE",
      s"Models need a Python with sparkfl, but '$python -m sparkfl.sqlext.child' did not " +
        s"start$reason. Install sparkfl for that Python, or name another one in " +
        "spark.pyspark.driver.python or PYSPARK_DRIVER_PYTHON and start the application again.")
  }
}

private[sparkfl] object PythonChild {

  private val timeout = 120.seconds

  private val lastWords = 2.seconds

  private def executable(conf: SparkConf): String =
    conf.getOption("spark.pyspark.driver.python")
      .orElse(conf.getOption("spark.pyspark.python"))
      .orElse(sys.env.get("PYSPARK_DRIVER_PYTHON"))
      .orElse(sys.env.get("PYSPARK_PYTHON"))
      .getOrElse("python3")
}
