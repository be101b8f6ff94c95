package org.apache.spark.sql.sparkfl

import scala.util.Using

import org.json4s.{JObject, JString}
import org.json4s.jackson.JsonMethods

/**
 * Which statements are sparkfl's: decided by their first words, everything else is Spark's. The
 * words are those of statements.json, which Python reads too.
 *
 * @param name node name of the statement, its class in Python
 * @param words the words it begins with, each one of several
 */
private[sparkfl] case class ModelStatement(name: String, words: Seq[Set[String]]) {

  def begins(tokens: Seq[SqlToken]): Boolean =
    tokens.size >= words.size &&
      words.zip(tokens).forall { case (either, token) => either(token.word) } &&
      !ModelStatement.elsewhere.get(name).exists(_(tokens.drop(words.size)))
}

private[sparkfl] object ModelStatement {

  /** Node name of the statement, or None where it is Spark's. */
  def nameOf(tokens: Seq[SqlToken]): Option[String] = all.find(_.begins(tokens)).map(_.name)

  private val all: Seq[ModelStatement] =
    Using.resource(getClass.getResourceAsStream("statements.json"))(JsonMethods.parse(_)) match {
      case JObject(rows) => rows.collect { case (name, JString(text)) =>
        heads(text).map(ModelStatement(name, _))
      }.flatten
      case other => throw new IllegalStateException(s"statements.json is no object: $other")
    }

  /** `CREATE [OR REPLACE] TEMP|TEMPORARY TABLE; …`, without and with what is in brackets. */
  private def heads(text: String): Seq[Seq[Set[String]]] =
    Seq(text.replaceAll("\\[.*?\\] ?", ""), text.replaceAll("[\\[\\]]", "")).distinct
      .flatMap(_.split("; ")).distinct
      .map(_.split(" ").toSeq.map(_.split('|').toSet))

  /** Statements of Spark's that begin with the same words, told by what follows these. */
  private val elsewhere: Map[String, Seq[SqlToken] => Boolean] = Map(
    "CreateTempTable" -> isCreateTableUsing,
    "CreateTransformedTable" -> isStockCreateTable,
    "DescribeExternalSource" -> isDescribeColumn,
    "DescribeFeatureView" -> isDescribeColumn,
    "DescribeModel" -> isDescribeTable,
    "DescribeReleasePolicy" -> isDescribeColumn,
    "MlAutoml" -> isPartOfQuery,
    "MlRegisterModel" -> isPartOfQuery,
    "MlTrain" -> isPartOfQuery,
    "MlTrainWithPrivacy" -> isPartOfQuery,
    "UpdateModel" -> isUpdateTable)

  /** Spark's own, unless TRANSFORM follows the name, or it has properties in WITH (…). */
  private def isStockCreateTable(tokens: Seq[SqlToken]): Boolean = {
    val name = tokens.drop(if (tokens.take(3).map(_.word) == Seq("IF", "NOT", "EXISTS")) 3 else 0)
    afterName(name) match {
      case Some("TRANSFORM") => false
      case Some("WITH") =>
        val properties = name.dropWhile(_.word != "WITH").drop(1)
        !properties.dropWhile(_.text != ")").lift(1).exists(t => Set("TRANSFORM", "AS")(t.word))
      case _ => true
    }
  }

  /** With columns, a format or options it is Spark's deprecated CREATE TEMPORARY TABLE … USING. */
  private def isCreateTableUsing(tokens: Seq[SqlToken]): Boolean = {
    val ifNotExists = tokens.take(3).map(_.word) == Seq("IF", "NOT", "EXISTS")
    !afterName(tokens.drop(if (ifNotExists) 3 else 0)).exists(Set("AS", "TRANSFORM", "WITH", "-"))
  }

  /** `UPDATE model SET …`, also with an alias, updates a table named model. */
  private def isUpdateTable(tokens: Seq[SqlToken]): Boolean =
    tokens.headOption.exists(t => t.word == "SET" || t.word == "AS") ||
      !afterName(tokens).exists(Set("TRANSFORM", "OPTIONS", "AS", "VERSION", "", "-"))

  /** A call that is not the whole statement, but for an alias. */
  private def isPartOfQuery(tokens: Seq[SqlToken]): Boolean = {
    val depths = tokens.scanLeft(1) { (depth, token) =>
      depth + (if (token.text == "(") 1 else if (token.text == ")") -1 else 0)
    }
    val rest = depths.indexOf(0) match {
      case -1 => Nil
      case after => tokens.drop(after).reverse.dropWhile(_.text == ";").reverse
    }
    !(rest.isEmpty || rest.size <= 2 && rest.last.isName &&
      rest.head.word == (if (rest.size == 2) "AS" else rest.head.word))
  }

  private def isDescribeTable(tokens: Seq[SqlToken]): Boolean = tokens.map(_.word).toList match {
    case "PARTITION" :: "(" :: _ => true
    case "AS" :: "JSON" :: Nil => true
    case _ => !tokens.headOption.exists(_.isName)
  }

  /** `DESCRIBE release policy` and `DESCRIBE feature view` describe a column of such a table. */
  private def isDescribeColumn(tokens: Seq[SqlToken]): Boolean =
    !tokens.headOption.exists(_.isName)

  /** The word after a name of one or more parts, "" at the end; None where no name stands. */
  private def afterName(tokens: Seq[SqlToken]): Option[String] = tokens match {
    case Seq(name, dot, rest @ _*) if name.isName && dot.text == "." => afterName(rest)
    case Seq(name, next, _*) if name.isName => Some(next.word)
    case Seq(name) if name.isName => Some("")
    case _ => None
  }
}
