package org.apache.spark.sql.sparkfl


/** Reads `$name` as the session variable of that name, `system.session.name`. */
private[sparkfl] object SessionVariables {

  // Statements whose tail is raw text: a dollar sign there is the user's.
  private val rawStatements = Set("SET", "RESET", "ADD", "LIST", "REFRESH")

  def edits(tokens: IndexedSeq[SqlToken]): Seq[Edit] =
    if (isRaw(tokens)) Nil
    else tokens.indices.filter(isVariable(tokens, _)).map { i =>
      Edit(tokens(i).start, tokens(i).stop, "system.session.")
    }

  private def isRaw(tokens: IndexedSeq[SqlToken]): Boolean =
    tokens.headOption.exists(t => rawStatements(t.word)) &&
      !tokens.lift(1).exists(t => t.word == "VAR" || t.word == "VARIABLE")

  private def isVariable(tokens: IndexedSeq[SqlToken], dollar: Int): Boolean =
    tokens(dollar).text == "$" &&
      tokens.lift(dollar + 1).exists(t => t.isName && t.start == tokens(dollar).stop) &&
      !tokens.lift(dollar - 1).exists(t => t.isName && t.stop == tokens(dollar).start)
}
