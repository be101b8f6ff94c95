"""The tokens of a model statement, read from left to right."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sparkfl.columns import quote
from sparkfl.errors import InvalidIdentifierError, SqlSyntaxError
from sparkfl.sqlext.literals import NUMBER, number, unquote
from sparkfl.transforms.clause import Literal

__all__ = ["MAX_PARTS", "Cursor", "Token"]

MAX_PARTS = 3
"""Parts of a model's name, as of a table's: catalog, schema and name."""

_WORD = re.compile(r"[A-Za-z_]\w*\Z")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_PLAIN = re.compile(r"[A-Za-z0-9_]+\Z")
_CONSTANTS: dict[str, Literal] = {"TRUE": True, "FALSE": False, "NULL": None}
_STRINGS = ("STRING_LITERAL", "DOUBLEQUOTED_STRING")


@dataclass(frozen=True)
class Token:
    """One token of Spark's lexer; comments and white space are not tokens.

    Attributes
    ----------
    kind : str
        Symbolic name in the vocabulary of Spark's ``SqlBaseLexer``; a double-quoted identifier is
        a ``BACKQUOTED_IDENTIFIER``.
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

    @property
    def word(self) -> str:
        """The token in upper case; quoted names and literals keep their quotes."""
        return self.text.upper()

    @property
    def is_quoted(self) -> bool:
        """Whether it is a name in quotes."""
        return self.kind == "BACKQUOTED_IDENTIFIER"

    @property
    def is_name(self) -> bool:
        """Whether it is a name, or a keyword that may serve as one."""
        return self.is_quoted or (self.word != "NULL" and bool(_NAME.match(self.text)))

    @property
    def name(self) -> str:
        """The name that it means."""
        if not self.is_quoted:
            return self.text
        return self.text[1:-1].replace(self.text[0] * 2, self.text[0])


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
        """Read one identifier, quoted or not.

        Raises
        ------
        InvalidIdentifierError
            If it has characters that need quotes, such as a hyphen.
        """
        token = self.peek()
        if token is not None and token.kind == "BACKQUOTED_IDENTIFIER":
            return self.take().name
        if token is None or not (token.kind == "IDENTIFIER" or _WORD.match(token.text)):
            raise self.error(f"{what} was expected")
        written = self._written()
        if not _PLAIN.match(written):
            raise InvalidIdentifierError(
                f"{what} was expected, but {written} is none without back-ticks. Write "
                f"{quote(written)}; unquoted, only the letters a to z, digits and _ may stand.",
                token.line,
                token.column,
            )
        return self.take().text

    def _written(self) -> str:
        """Return the next word with the hyphens and words that touch it."""
        run = [self._tokens[self._next]]
        for token in self._tokens[self._next + 1 :]:
            touches = token.start == run[-1].stop
            if not touches or (token.text == "-") == (run[-1].text == "-"):
                break
            if token.text != "-" and not re.match(r"\w+\Z", token.text):
                break
            run.append(token)
        if run[-1].text == "-":
            run.pop()
        return "".join(token.text for token in run)

    def path(self, what: str) -> tuple[str, ...]:
        """Read identifiers joined by dots."""
        parts = [self.identifier(what)]
        while self.accept("."):
            parts.append(self.identifier(what))
        return tuple(parts)

    def model_name(self, what: str = "model") -> str:
        """Read the name of a model, or of `what`, of up to `MAX_PARTS` parts with dots."""
        first = self.peek()
        parts = self.path(f"a {what}'s name")
        name = ".".join(parts)
        if len(parts) > MAX_PARTS:
            assert first is not None
            raise SqlSyntaxError(
                f"a {what}'s name has at most {MAX_PARTS} parts, catalog.schema.name; {name} has "
                f"{len(parts)}. Write {quote(name)} if the dots belong to the name.",
                first.line,
                first.column,
            )
        return name

    def source_path(self) -> tuple[str, ...]:
        """Read the name of a source, as a table's, of up to `MAX_PARTS` parts."""
        first = self.peek()
        parts = self.path("a source's name")
        if len(parts) > MAX_PARTS:
            assert first is not None
            raise SqlSyntaxError(
                f"a source's name has at most {MAX_PARTS} parts, catalog.schema.name; "
                f"{'.'.join(parts)} has {len(parts)}.",
                first.line,
                first.column,
            )
        return parts

    def model(self, what: str = "model") -> str:
        """Read a model's name and a version that touches it: ``name$3``, ``name@champion``."""
        name = self.model_name(what)
        mark, version, before = self.peek(), self.peek(1), self._tokens[self._next - 1]
        touches = (
            mark is not None
            and version is not None
            and mark.text in ("$", "@")
            and before.stop == mark.start
            and mark.stop == version.start
        )
        if not touches:
            return name
        return name + self.take().text + self.take().text

    def at_literal(self) -> bool:
        """Tell whether a literal comes next."""
        token = self.peek()
        return token is not None and (
            token.text in ("-", "+")
            or token.kind in _STRINGS
            or bool(NUMBER.match(token.text))
            or token.text.upper() in _CONSTANTS
        )

    def literal(self, what: str) -> Literal:
        """Read a string, a number, a boolean or NULL."""
        token = self.peek()
        if token is None or not self.at_literal():
            raise self.error(f"{what} was expected")
        if token.kind in _STRINGS:
            return self._string()
        if token.text.upper() in _CONSTANTS:
            return _CONSTANTS[self.take().text.upper()]
        return self._number(what)

    def _string(self) -> str:
        """Read string literals, which are one where several follow each other."""
        text = ""
        while (token := self.peek()) is not None and token.kind in _STRINGS:
            text += unquote(self.take().text)
        return text

    def _number(self, what: str) -> int | float:
        """Read a number with its signs."""
        negative = False
        while self.at("-") or self.at("+"):
            negative ^= self.take().text == "-"
        token = self.peek()
        if token is None or not NUMBER.match(token.text):
            raise self.error(f"{what}: a number was expected")
        value = number(token.text, negative)
        if value is None:
            raise self.error(f"{what}: a number of at most 64 bits was expected")
        self.take()
        return value

    def rest(self) -> tuple[str, str]:
        """Step over what is left; return it, and blanks that stand for what is before it."""
        first, last = self.peek(), self._tokens[-1]
        if first is None:
            raise self.error("a query was expected")
        self._next = len(self._tokens)
        blanks = re.sub(r"[^\n]", " ", self.text[: first.start])
        return self.text[first.start : last.stop], blanks
