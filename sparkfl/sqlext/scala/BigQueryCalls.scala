package org.apache.spark.sql.sparkfl

import java.util.Locale

import scala.annotation.tailrec


/**
 * BigQuery ML's calls, `ML.PREDICT(MODEL m, TABLE t, STRUCT(3 AS top_k))`, read as those of this
 * package: `model_predict(m, STRUCT(3 AS top_k), TABLE t)`.
 */
private[sparkfl] object BigQueryCalls {

  private type Part = IndexedSeq[SqlToken]

  // Those that are not model_ and the same.
  private val renamed = Map("ADVANCED_WEIGHTS" -> "model_weights", "TRIAL_INFO" -> "model_trials")

  /** The tokens as of such a call, and what has to be changed in the text for it. */
  def rewritten(tokens: Part): (Part, Seq[Edit]) = rewritten(tokens, 0, Nil)

  @tailrec
  private def rewritten(tokens: Part, from: Int, edits: Seq[Edit]): (Part, Seq[Edit]) =
    tokens.indices.drop(from).find(at => function(tokens, at).nonEmpty) match {
      case None => (tokens, edits)
      case Some(at) =>
        val (name, opening) = function(tokens, at).get
        val (first, last) = (tokens(at), tokens(opening - 1))
        val word = first.copy(kind = "IDENTIFIER", text = name, stop = last.stop)
        val model = tokens(opening + 1)
        val ours = (tokens.take(at) :+ word :+ tokens(opening)) ++ tokens.drop(opening + 2)
        val (moved, more) = withSettingsFirst(ours, at + 2)
        rewritten(moved, at + 1, edits ++ replaced(first, last, name) ++ replaced(model, model, "") ++ more)
    }

  /** What is called at a token, and where its parenthesis opens: before MODEL and a name. */
  private def function(tokens: Part, at: Int): Option[(String, Int)] = {
    val opening = if (tokens.lift(at + 1).exists(_.text == ".")) at + 3 else at + 1
    val isOfModel = tokens.lift(opening).exists(_.text == "(") &&
      tokens.lift(opening + 1).exists(_.word == "MODEL") &&
      tokens.lift(opening + 2).exists(t => t.isName || t.text.startsWith("'"))
    val called = if (opening == at + 1) Some(tokens(at).name)
      else tokens.lift(at + 2).filter(_ => tokens(at).word == "ML").map { called =>
        renamed.getOrElse(called.word, "model_" + called.text.toLowerCase(Locale.ROOT))
      }
    called.filter(name => isOfModel && TableFunction.of(name).nonEmpty).map(_ -> opening)
  }

  /** `m, query, STRUCT(1 AS k)` as `m, named_struct('k', 1), query`. */
  private def withSettingsFirst(tokens: Part, first: Int): (Part, Seq[Edit]) = {
    val depths = tokens.drop(first).scanLeft(0) { (depth, token) =>
      depth + (if (token.text == "(") 1 else if (token.text == ")") -1 else 0)
    }
    val closing = first + depths.indexOf(-1) - 1
    val commas = (first until closing).filter(i => depths(i - first) == 0 && tokens(i).text == ",")
    commas.find(comma => tokens(comma + 1).word == "STRUCT") match {
      case None => (tokens, Nil)
      case Some(comma) =>
        val end = commas.find(_ > comma).getOrElse(closing)
        val settings = tokens.slice(comma, end)
        val (place, before) = (commas.head, tokens(commas.head - 1))
        val others = tokens.patch(comma, Nil, end - comma)
        val moved = others.take(place) ++ settings ++ others.drop(place)
        (moved, Seq(
          Edit(before.stop, before.stop, named(settings)),
          Edit(settings.head.start, settings.last.stop, "")))
    }
  }

  /** `, STRUCT(1 AS k, 2 AS n)` as `, named_struct('k', 1, 'n', 2)`. */
  private def named(settings: Part): String = {
    val fields = settings.slice(3, settings.size - 1).map(_.text).mkString(" ").split(" , ")
    val pairs = fields.map { field =>
      field.split("(?i) AS ") match {
        case Array(value, name) => s"'${name.replace("`", "")}', $value"
        case _ => field
      }
    }
    pairs.mkString(", named_struct(", ", ", ")")
  }

  private def replaced(first: SqlToken, last: SqlToken, text: String): Option[Edit] =
    if (first.text == text) None
    else Some(Edit(first.start, last.stop, text))
}
