"""The tokens of a model statement, read from left to right."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sparkfl.errors import SqlSyntaxError
from sparkfl.transforms.clause import Literal

__all__ = ["Cursor", "Token"]

_WORD = re.compile(r"[A-Za-z_]\w*\Z")
_NUMBER = re.compile(r"(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)(?:BD|[LSYFD])?\Z", re.I)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "Z": "\x1a"}
_STRINGS = ("STRING_LITERAL", "DOUBLEQUOTED_STRING")


@dataclass(frozen=True)
class Token:
    """One token of Spark's lexer; comments and white space are not tokens.

    Attributes
    ----------
    kind : str
        Symbolic name in the vocabulary of Spark's ``SqlBaseLexer``.
    text : str
        The characters, as typed.
    start, stop : int
        Offsets in the statement, in characters; `stop` is exclusive.
    line, column : int
        Position; lines from 1, columns from 0.
    """

    kind: str
    text: str
    start: int
    stop: int
    line: int
    column: int


class Cursor:
    """A position in a statement's tokens.

    Parameters
    ----------
    text : str
        The statement.
    tokens : list of Token
        Its tokens.
    """

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text = text
        while tokens and tokens[-1].text == ";":
            tokens = tokens[:-1]
        self._tokens = tokens
        self._next = 0

    def peek(self, ahead: int = 0) -> Token | None:
        """Return the token `ahead` places from here, if there is one."""
        at = self._next + ahead
        return self._tokens[at] if at < len(self._tokens) else None

    def take(self) -> Token:
        """Return the next token and step over it."""
        token = self.peek()
        if token is None:
            raise self.error("the statement ends too early")
        self._next += 1
        return token

    def at(self, *words: str) -> bool:
        """Tell whether the next tokens are these words or symbols, in any case."""
        following = [self.peek(i) for i in range(len(words))]
        return all(
            t is not None and t.text.upper() == w for t, w in zip(following, words, strict=True)
        )

    def accept(self, *words: str) -> bool:
        """Step over these words if they come next."""
        if not self.at(*words):
            return False
        self._next += len(words)
        return True

    def expect(self, *words: str) -> None:
        """Step over these words, which must come next."""
        for word in words:
            if not self.accept(word):
                raise self.error(f"{word} was expected")

    def end(self) -> None:
        """Require that nothing is left."""
        if self.peek() is not None:
            raise self.error("the statement should end here")

    def error(self, message: str) -> SqlSyntaxError:
        """Return a syntax error at the next token."""
        token = self.peek()
        if token is not None:
            return SqlSyntaxError(f"{message}, not '{token.text}'.", token.line, token.column)
        last = self._tokens[-1]
        return SqlSyntaxError(
            f"{message}; the statement ends.", last.line, last.column + len(last.text)
        )

    def identifier(self, what: str) -> str:
        """Read one identifier, back-ticked or not."""
        token = self.peek()
        if token is not None and token.kind == "BACKQUOTED_IDENTIFIER":
            return self.take().text[1:-1].replace("``", "`")
        if token is not None and (token.kind == "IDENTIFIER" or _WORD.match(token.text)):
            return self.take().text
        raise self.error(f"{what} was expected")

    def path(self, what: str) -> tuple[str, ...]:
        """Read identifiers joined by dots."""
        parts = [self.identifier(what)]
        while self.accept("."):
            parts.append(self.identifier(what))
        return tuple(parts)

    def name(self, what: str) -> str:
        """Read a dotted name as one string."""
        return ".".join(self.path(what))

    def at_literal(self) -> bool:
        """Tell whether a literal comes next."""
        token = self.peek()
        if token is None:
            return False
        signed = token.text in ("-", "+")
        return (
            signed
            or token.kind in _STRINGS
            or bool(_NUMBER.match(token.text))
            or token.text.upper() in ("TRUE", "FALSE", "NULL")
        )

    def literal(self, what: str) -> Literal:
        """Read a string, a number, a boolean or NULL."""
        if not self.at_literal():
            raise self.error(f"{what} was expected")
        token = self.take()
        if token.text in ("-", "+"):
            value = self.literal("a number")
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise self.error("a number was expected")
            return -value if token.text == "-" else value
        if token.kind in _STRINGS:
            return _unquote(token.text)
        constants: dict[str, Literal] = {"TRUE": True, "FALSE": False, "NULL": None}
        if token.text.upper() in constants:
            return constants[token.text.upper()]
        return _number(token.text)

    def rest(self) -> str:
        """Return what is left as text, led by blanks so that positions hold, and step over it."""
        first, last = self.peek(), self._tokens[-1]
        if first is None:
            raise self.error("a query was expected")
        self._next = len(self._tokens)
        blanks = re.sub(r"[^\n]", " ", self.text[: first.start])
        return blanks + self.text[first.start : last.stop]


def _unquote(text: str) -> str:
    """Return the value of a string literal, by Spark's escape rules."""
    if text[0] in "rR":
        return text[2:-1]
    body = text[1:-1].replace(text[0] * 2, text[0])
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m.group(1), m.group(1)), body, flags=re.S)


def _number(text: str) -> int | float:
    """Return the value of a numeric literal; type suffixes do not matter here."""
    match = _NUMBER.match(text)
    assert match is not None
    digits = match.group(1)
    return int(digits) if digits.isdigit() else float(digits)
