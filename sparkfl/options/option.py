"""One option, declared once; its SQL key, its Param, its flag and its documentation follow."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sparkfl.errors import ParameterError
from sparkfl.options.kinds import KINDS, KindName

__all__ = ["LONG", "Option", "plain"]

LONG = (-(2**63), 2**63 - 1)
"""Bounds of Java's long, for a seed; other integers are Java's int unless they say otherwise."""

_INT = (-(2**31), 2**31 - 1)


@dataclass(frozen=True)
class Option:
    """An option of a model, a transformer, a statement or a job.

    Attributes
    ----------
    param : str
        Name in Python, as `pyspark.ml` names it.
    kind : type or str
        `int`, `float`, `str`, `bool`, ``'column'``, ``'columns'``, ``'strings'``, ``'integers'``,
        ``'numbers'``, ``'mapping'``, ``'named'``, ``'path'`` or ``'absolute path'``.
    default : object, default None
        Value if it is not given; None leaves it unset.
    doc : str
        What it means, in a sentence.
    minimum, maximum : float, optional
        Least and greatest valid number; for a list, of its items.
    above, below : float, optional
        Likewise, but not valid themselves.
    choices : tuple of str or float
        Valid values, strings in any case; next to a range they are valid besides it.
    synonyms : mapping of str to str
        Choices by other spellings of them, these in lower case.
    pattern : str
        Regular expression of the valid strings, besides the choices; numbers do as such.
    pattern_says : str
        What those strings are, in words.
    aliases : tuple of str
        Other SQL keys.
    key : str
        The SQL key, by default `param` as UPPER_SNAKE.
    flag : str
        The flag of a job, by default `param` as --kebab-case.
    required : bool
        Whether it has to be given.
    decides : bool
        Whether another value can make another model.

    Examples
    --------
    >>> option = Option("minClusterSize", int, 10, "Least customers of a cluster", minimum=3)
    >>> option.key, option.flag, option.accepts
    ('MIN_CLUSTER_SIZE', '--min-cluster-size', 'an integer of at least 3')
    >>> option.check(2, option.key)
    Traceback (most recent call last):
    sparkfl.errors.ParameterError: MIN_CLUSTER_SIZE must be an integer of at least 3; got 2.
    """

    param: str
    kind: KindName
    default: Any = None
    doc: str = ""
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None
    choices: tuple[str | float, ...] = ()
    synonyms: Mapping[str, str] = field(default_factory=dict, hash=False)
    pattern: str = ""
    pattern_says: str = ""
    aliases: tuple[str, ...] = ()
    key: str = ""
    flag: str = ""
    required: bool = False
    decides: bool = True

    def __post_init__(self) -> None:
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", self.param)
        object.__setattr__(self, "key", self.key or words.upper())
        object.__setattr__(self, "flag", self.flag or "--" + words.replace("_", "-").lower())

    @property
    def spellings(self) -> tuple[str, ...]:
        """The SQL key and its aliases."""
        return (self.key, *self.aliases)

    def named_in(self, options: Iterable[str]) -> bool:
        """Tell whether it is among the keys of OPTIONS, under any of its names."""
        own = {plain(spelling) for spelling in self.spellings}
        return any(plain(key) in own for key in options)

    def key_in(self, options: Iterable[str]) -> str:
        """Return the key of OPTIONS that names it; its own if none does."""
        return next((key for key in options if self.named_in([key])), self.key)

    @property
    def accepts(self) -> str:
        """What is valid, as the end of "must be …"."""
        said = KINDS[self.kind].says
        listed = ", ".join(map(str, self.choices))
        ranged = self._range()
        if self.pattern and not listed:
            return self.pattern_says
        if listed and not ranged:
            return f"one of {listed}" + (f", or {self.pattern_says}" if self.pattern else "")
        return f"{said}{ranged}" + (f", or {listed}" if listed else "")

    def check(self, given: Any, name: str = "", show: Callable[[object], str] = repr) -> Any:
        """Return a value as this option's kind.

        Parameters
        ----------
        given : object
            A value of Python or SQL.
        name : str, optional
            What the user called the option, by default its name in Python.
        show : callable, optional
            Shows a value as the user wrote it.

        Raises
        ------
        ParameterError
            If the value is not valid; it names the option as the user did.
        """
        name = name or self.param
        kind = KINDS[self.kind]
        if self.pattern and isinstance(given, int | float) and not isinstance(given, bool):
            given = str(given)
        try:
            value = kind.read(given)
        except (TypeError, ValueError, OverflowError) as error:
            hint = kind.hint(given)
            told = f"{name} must be {self.accepts}; got {show(given)}{hint and f' ({hint})'}."
            raise ParameterError(told) from error
        read = [self._valid(v) for v in value] if kind.many else [self._valid(value)]
        if None in read:
            raise ParameterError(f"{name} must be {self._bounded(given)}; got {show(given)}.")
        return read if kind.many else read[0]

    def _valid(self, value: Any) -> Any:
        """Return a value as it is spelled here; None if it is out of range or no choice."""
        value = self.synonyms.get(str(value).lower(), value)
        for choice in self.choices:
            if str(choice).lower() == str(value).lower():
                return choice
        if self.pattern and re.fullmatch(self.pattern, str(value)):
            return value
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if (self.choices or self.pattern) and not self._range():
            return None
        return value if not number or self._within(value) else None

    def _within(self, value: float) -> bool:
        """Tell whether a number is in the range, and an integer one of Java's."""
        least, most = self._java() if isinstance(value, int) else (None, None)
        return (
            (self.minimum is None or value >= self.minimum)
            and (self.maximum is None or value <= self.maximum)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
            and (least is None or least <= value)
            and (most is None or value <= most)
        )

    def _java(self) -> tuple[int, int]:
        """Return the bounds of Java's int, or of long where the range needs it."""
        long = (self.minimum or 0) < _INT[0] or (self.maximum or 0) > _INT[1]
        return LONG if long else _INT

    def _range(self) -> str:
        """Say the range."""
        if self.minimum is not None and self.maximum is not None:
            return f" from {_shown(self.minimum)} to {_shown(self.maximum)}"
        parts = [
            f"{words} {_shown(bound)}"
            for words, bound in (
                ("of at least", self.minimum),
                ("above", self.above),
                ("of at most", self.maximum),
                ("below", self.below),
            )
            if bound is not None
        ]
        text = " and ".join(parts).replace("and of at most", "and at most")
        return " " + text if text else ""

    def _bounded(self, given: object) -> str:
        """Say what is valid; to an integer that Java cannot hold, Java's bounds."""
        least, most = self._java()
        if self.kind is int and isinstance(given, int) and not least <= given <= most:
            return f"an integer from {_shown(max(least, self.minimum or least))} to {most}"
        return self.accepts


def plain(key: str) -> str:
    """Return a key of OPTIONS as keys are compared: REG_PARAM and RegParam are one.

    Examples
    --------
    >>> plain("Reg_Param")
    'REGPARAM'
    """
    return key.upper().replace("_", "")


def _shown(bound: float) -> str:
    """Write a bound with all its digits, and without those it does not have."""
    return str(int(bound)) if float(bound).is_integer() else repr(bound)
