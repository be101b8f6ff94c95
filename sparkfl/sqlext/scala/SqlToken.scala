package org.apache.spark.sql.sparkfl

import scala.jdk.CollectionConverters._

import org.antlr.v4.runtime.{CharStreams, CommonTokenStream, Token}

import org.apache.spark.sql.catalyst.parser.SqlBaseLexer
import org.apache.spark.sql.catalyst.trees.Origin
import org.apache.spark.sql.errors.QueryParsingErrors
import org.apache.spark.sql.internal.SQLConf

/**
 * One token of a statement, comments and white space left out.
 *
 * @param kind symbolic name in the vocabulary of Spark's lexer
 * @param text the token as the user wrote it
 * @param start offset of its first code point
 * @param stop offset after its last code point
 * @param line line, from 1
 * @param column column in that line, from 0
 */
private[sparkfl] case class SqlToken(
    kind: String, text: String, start: Int, stop: Int, line: Int, column: Int) {

  /** The token in upper case; quoted names and literals keep their quotes, so match no word. */
  lazy val word: String = text.toUpperCase(java.util.Locale.ROOT)

  def isQuotedName: Boolean = kind == "BACKQUOTED_IDENTIFIER" ||
    kind == "DOUBLEQUOTED_STRING" && SQLConf.get.doubleQuotedIdentifiers

  /** A name or a keyword that may serve as one. */
  def isName: Boolean =
    isQuotedName || word != "NULL" && text.matches("[A-Za-z_][A-Za-z0-9_]*")

  /** The name meant by this token. */
  def name: String =
    if (isQuotedName) text.substring(1, text.length - 1).replace(text.take(1) * 2, text.take(1))
    else text

  /** The form in which the Python side gets its tokens; it has the text already. */
  def encoded: String = {
    val meant = if (isQuotedName) "BACKQUOTED_IDENTIFIER" else kind
    s"$meant $start $stop $line $column"
  }
}

private[sparkfl] object SqlToken {

  /** Tokenises with Spark's own lexer, so that comments, strings and quotes come out as there. */
  def lex(sql: String): IndexedSeq[SqlToken] = {
    val points = sql.codePoints.toArray
    tokens(points)._2.iterator
      .filter(t => t.getChannel == Token.DEFAULT_CHANNEL && t.getType != Token.EOF)
      .map { t =>
        val (start, stop) = (t.getStartIndex, t.getStopIndex + 1)
        SqlToken(
          SqlBaseLexer.VOCABULARY.getSymbolicName(t.getType), new String(points, start, stop - start),
          start, stop, t.getLine, t.getCharPositionInLine)
      }
      .toIndexedSeq
  }

  /** Refuses a comment without end, which hides from a lexer whatever follows. */
  def requireClosedComments(sql: String): Unit = {
    val (lexer, all) = tokens(sql.codePoints.toArray)
    if (lexer.has_unclosed_bracketed_comment) {
      val comment = all(all.size - 2)
      val origin = Origin(Some(comment.getLine), Some(comment.getCharPositionInLine))
      throw QueryParsingErrors.unclosedBracketedCommentError(sql, origin, origin)
    }
  }

  /** The text with blanks for the semicolons at its end. */
  def withoutSemicolon(sql: String): String =
    RewrittenSql.substitute(sql, lex(sql).reverseIterator.takeWhile(_.text == ";").map { token =>
      Edit(token.start, token.stop, " ")
    }.toSeq)

  private def tokens(points: Array[Int]): (SqlBaseLexer, IndexedSeq[Token]) = {
    val upper = points.map(Character.toUpperCase(_: Int))
    val lexer = new SqlBaseLexer(CharStreams.fromString(new String(upper, 0, upper.length)))
    lexer.removeErrorListeners()
    val stream = new CommonTokenStream(lexer)
    stream.fill()
    (lexer, stream.getTokens.asScala.toIndexedSeq)
  }
}
