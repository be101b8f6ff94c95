package org.apache.spark.sql.sparkfl

import org.apache.spark.SparkThrowable
import org.apache.spark.api.python.PythonException
import org.apache.spark.internal.Logging
import org.apache.spark.sql.AnalysisException
import org.apache.spark.sql.classic.Dataset

/** What Python answers to one call. */
class Reply extends Logging {

  private var answer: Either[Throwable, Any] =
    Left(SparkflErrors.analysis("SPARKFL_INTERNAL_ERROR", "The Python process gave no answer."))

  /** The schema of a statement's result as JSON, and the statement's query or null. */
  def statement(schema: String, query: String): Unit = answer = Right(schema -> Option(query))

  def rows(pickled: Array[Byte]): Unit = answer = Right(pickled)

  def frame(frame: Dataset[_]): Unit = answer = Right(frame)

  def failed(condition: String, message: String): Unit =
    answer = Left(SparkflErrors.analysis(condition, message))

  def syntaxError(
      condition: String, message: String, sql: String, line: Int, position: Int): Unit =
    answer = Left(SparkflErrors.syntax(condition, message, sql, line, position))

  /** An error of Spark itself passes as it was; traces of what ran inside a job do not. */
  def failed(error: Throwable): Unit = answer = Left(error match {
    case spark: AnalysisException => spark
    case other =>
      val causes = Iterator.iterate(other)(_.getCause).takeWhile(_ != null).toSeq
      causes.collectFirst {
        case named: SparkThrowable if isTelling(named) => named
      }.getOrElse {
        logError("A model statement failed", other)
        SparkflErrors.analysis("SPARKFL_EXECUTION_FAILED",
          s"A job of the statement failed: ${summary(causes.last).stripSuffix(".")}. The log has the details.")
      }
  })

  /** Whether a condition says more than the cause below it: that some function failed does not. */
  private def isTelling(error: SparkThrowable): Boolean =
    error.getCondition != null && error.getCondition != "FAILED_EXECUTE_UDF" &&
      !error.isInstanceOf[PythonException]

  /** The one line of a message that says what happened. */
  private def summary(error: Throwable): String = {
    val lines = String.valueOf(error.getMessage).linesIterator.filter(_.nonEmpty).toSeq
    error match {
      case _: PythonException => lines.filterNot(_.startsWith(" ")).last
      case _ => s"${error.getClass.getSimpleName}: ${lines.headOption.getOrElse("no message")}"
    }
  }

  private[sparkfl] def get[T]: T = answer.fold(throw _, _.asInstanceOf[T])
}
