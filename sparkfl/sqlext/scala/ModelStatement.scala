package org.apache.spark.sql.sparkfl

/** Which statements are sparkfl's: decided by their first words, everything else is Spark's. */
private[sparkfl] object ModelStatement {

  /** Node name of the statement, or None where it is Spark's. */
  def nameOf(tokens: Seq[SqlToken]): Option[String] = tokens.map(_.word).toList match {
    case "CREATE" :: "OR" :: "REPLACE" :: _ => create(tokens.drop(3))
    case "CREATE" :: _ => create(tokens.drop(1))
    case "UPDATE" :: "MODEL" :: _ if isUpdate(tokens.drop(2)) => Some("UpdateModel")
    case "SHOW" :: "MODELS" :: _ => Some("ShowModels")
    case "SHOW" :: "MODEL" :: "VERSIONS" :: _ => Some("ShowModelVersions")
    case ("DESCRIBE" | "DESC") :: "MODEL" :: _ if isDescribe(tokens.drop(2)) =>
      Some("DescribeModel")
    case "DROP" :: "MODEL" :: _ => Some("DropModel")
    case _ => None
  }

  private def create(tokens: Seq[SqlToken]): Option[String] = tokens.map(_.word).toList match {
    case "MODEL" :: _ => Some("CreateModel")
    case "FEDERATED" :: "MODEL" :: _ => Some("CreateFederatedModel")
    case ("TEMP" | "TEMPORARY") :: "TABLE" :: "IF" :: "NOT" :: "EXISTS" :: _ =>
      createTempTable(tokens.drop(5))
    case ("TEMP" | "TEMPORARY") :: "TABLE" :: _ => createTempTable(tokens.drop(2))
    case _ => None
  }

  /** With columns, a format or options it is Spark's deprecated CREATE TEMPORARY TABLE … USING. */
  private def createTempTable(tokens: Seq[SqlToken]): Option[String] =
    afterName(tokens).filter(Set("AS", "TRANSFORM")).map(_ => "CreateTempTable")

  /** `UPDATE model SET …`, also with an alias, updates a table named model. */
  private def isUpdate(tokens: Seq[SqlToken]): Boolean =
    !tokens.headOption.exists(t => t.word == "SET" || t.word == "AS") &&
      afterName(tokens).exists(Set("TRANSFORM", "OPTIONS", "AS", "VERSION", ""))

  /** `DESCRIBE model` alone, of a partition or AS JSON describes a table named model. */
  private def isDescribe(tokens: Seq[SqlToken]): Boolean = tokens.map(_.word).toList match {
    case "PARTITION" :: "(" :: _ => false
    case "AS" :: "JSON" :: Nil => false
    case _ => tokens.headOption.exists(_.isName)
  }

  /** The word after a name of one or more parts, "" at the end; None where no name stands. */
  private def afterName(tokens: Seq[SqlToken]): Option[String] = tokens match {
    case Seq(name, dot, rest @ _*) if name.isName && dot.text == "." => afterName(rest)
    case Seq(name, next, _*) if name.isName => Some(next.word)
    case Seq(name) if name.isName => Some("")
    case _ => None
  }
}
