package org.apache.spark.sql.sparkfl

import scala.util.matching.Regex

import org.apache.spark.{ErrorClassesJsonReader, SparkThrowableHelper}
import org.apache.spark.sql.AnalysisException
import org.apache.spark.sql.catalyst.parser.ParseException
import org.apache.spark.sql.catalyst.trees.Origin

/** Errors under conditions of sparkfl's own, `[SPARKFL_…]`, in the shape of Spark's. */
private[sparkfl] object SparkflErrors {

  def analysis(condition: String, message: String): AnalysisException =
    new AnalysisException(known(condition, "42000"), Map("message" -> message))

  def syntax(
      condition: String, message: String, sql: String, line: Int, column: Int): ParseException =
    Release.parseException(
      withoutSecrets(sql), Origin(Some(line), Some(column)), known(condition, "42601"),
      Map("message" -> message), Array.empty)

  // Spark, its servers and PySpark look up a message by its condition in this one list, which
  // offers no way to add to it, and fail for a condition that is not there.
  private def known(condition: String, sqlState: String): String = synchronized {
    val reader = SparkThrowableHelper.errorReader
    if (!reader.isValidErrorClass(condition)) {
      val info = Release.errorInfo("<message>", sqlState)
      val conditions = classOf[ErrorClassesJsonReader].getDeclaredField("errorInfoMap")
      conditions.setAccessible(true)
      conditions.set(reader, reader.errorInfoMap + (condition -> info))
    }
    condition
  }

  /** A statement with stars where it gives a password or the like, as secrets.py has it. */
  private def withoutSecrets(sql: String): String =
    secret.replaceAllIn(sql, found =>
      Regex.quoteReplacement(found.group(1) + found.group(2).replaceAll("[^'\"\\s]", "*")))

  private val secret: Regex = {
    val name = "(?:passw|pwd|secret|token|private_?\\.?key|access_?\\.?key|credential|jaas|sas_?key)"
    val literal = "(?:'(?:[^'\\\\]|\\\\.|'')*(?:'|\\z)|\"(?:[^\"\\\\]|\\\\.|\"\")*(?:\"|\\z))"
    s"(?is)([\\w.`]*$name[\\w.`'\"]*\\s*=?\\s*)($literal(?:\\s*$literal)*)".r
  }
}
