package org.apache.spark.sql.sparkfl

import org.apache.spark.sql.SparkSession
import org.apache.spark.sql.classic.DataFrame

/**
 * What Python implements (sparkfl/sqlext/jvm/bridge.py). A method never throws: an exception in a
 * Py4J callback would reach the user as a Python trace in a Java trace. It answers in `reply`.
 */
trait PythonBridge {

  /** Answers the schema of a statement's result, and its query. */
  def parse(sql: String, tokens: String, reply: Reply): Unit

  /** Runs a statement and answers its rows. */
  def execute(session: SparkSession, sql: String, tokens: String, reply: Reply): Unit

  /**
   * Answers the frame that a table function gives; `options` are a JSON object, `input` has the
   * columns of the function's query and no rows. What is left out is null.
   */
  def transform(
      session: SparkSession, function: String, model: String, version: Any, options: String,
      input: DataFrame, reply: Reply): Unit

  /** Answers the frame of a feature view as of now, or null if there is none of that name. */
  def relation(session: SparkSession, name: String, reply: Reply): Unit
}
