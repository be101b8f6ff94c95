"""Other spellings of a call, put as those of this package: BigQuery ML's, and short forms."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from sparkfl.sqlext.calls.places import function_of
from sparkfl.sqlext.grammar import Token
from sparkfl.sqlext.lexer import lex
from sparkfl.sqlext.parts import Edit, changed, closing, split, without_semicolon

__all__ = ["respelled"]

Tokens = Sequence[Token]
# Those that are not model_ and the same.
_RENAMED = {"ADVANCED_WEIGHTS": "model_weights", "TRIAL_INFO": "model_trials"}
# Statements whose tail is raw text: a dollar sign there is the user's.
_RAW = ("SET", "RESET", "ADD", "LIST", "REFRESH")


def respelled(text: str) -> str:
    """Return a statement with its calls as this package has them, the text itself if it has none.

    ``ML.PREDICT(MODEL m, TABLE t, STRUCT(3 AS k))`` becomes ``model_predict(m, OPTIONS(k = 3),
    TABLE t)``, ``SELECT ml_compare_models(…)`` a query, and ``$name`` a session variable.

    Examples
    --------
    >>> respelled("SELECT * FROM ML.WEIGHTS(MODEL `a.b`)")
    'SELECT * FROM model_weights( `a.b`)'
    """
    while edits := _bigquery(lex(text)):
        text = changed(text, edits)
    tokens = lex(text)
    return changed(text, [*_whole_call(tokens), *_variables(tokens)])


def _bigquery(tokens: Tokens) -> list[Edit]:
    """Return the changes for the first call of BigQuery ML's."""
    for at in range(len(tokens) - 3):
        dotted = tokens[at + 1].text == "."
        opens = at + (3 if dotted else 1)
        name = _called(tokens, at, dotted)
        of_model = [token.text.upper() for token in tokens[opens : opens + 2]] == ["(", "MODEL"]
        model = tokens[opens + 2] if opens + 2 < len(tokens) else None
        if not name or not of_model or model is None or function_of(name) is None:
            continue
        if model.is_name or model.text.startswith("'"):
            word = tokens[opens + 1]
            spelled = (tokens[at].start, tokens[opens - 1].stop, name)
            return [spelled, (word.start, word.stop, ""), *_settings_first(tokens, opens + 1)]
    return []


def _called(tokens: Tokens, at: int, dotted: bool) -> str:
    if not dotted:
        return tokens[at].name if tokens[at].is_name else ""
    called = tokens[at + 2].word
    return _RENAMED.get(called, f"model_{called.lower()}") if tokens[at].word == "ML" else ""


def _settings_first(tokens: Tokens, first: int) -> list[Edit]:
    """Put ``STRUCT(1 AS k)`` behind the model, as ``OPTIONS(k = 1)``."""
    parts = split(tokens[first : closing(tokens, first)])
    for before, part in pairwise(parts):
        if part[0].word == "STRUCT" and part[1:2] and part[1].text == "(":
            fields = [_setting(field) for field in split(part[2:-1])]
            behind = parts[0][-1].stop
            return [
                (behind, behind, f", OPTIONS({', '.join(fields)})"),
                (before[-1].stop, part[-1].stop, ""),
            ]
    return []


def _setting(field: Tokens) -> str:
    words = [token.text for token in field]
    if len(field) > 2 and field[-2].word == "AS":
        return f"{words[-1]} = {' '.join(words[:-2])}"
    return " ".join(words)


def _whole_call(tokens: Tokens) -> list[Edit]:
    """Make ``SELECT ml_compare_models(…)``, a statement that is nothing but this, a query."""
    own = without_semicolon(tokens)
    is_whole = (
        len(own) > 2
        and own[0].word == "SELECT"
        and own[1].word.startswith("ML_")
        and function_of(own[1].name) is not None
        and own[2].text == "("
        and closing(own, 3) == len(own) - 1
    )
    return [(own[1].start, own[1].start, "* FROM ")] if is_whole else []


def _variables(tokens: Tokens) -> list[Edit]:
    """Read ``$name`` as the session variable of that name."""
    words = [token.word for token in tokens[:2]]
    if words[:1] and words[0] in _RAW and words[1:] not in (["VAR"], ["VARIABLE"]):
        return []
    found = []
    for before, dollar, name in zip([None, *tokens], tokens, tokens[1:], strict=False):
        part_of_name = before is not None and before.is_name and before.stop == dollar.start
        if dollar.text == "$" and name.is_name and name.start == dollar.stop and not part_of_name:
            found.append((dollar.start, dollar.stop, "system.session."))
    return found
