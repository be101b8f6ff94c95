"""Errors that call an option what the user called it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from sparkfl.errors import SparkflError
from sparkfl.options.option import Option

__all__ = ["spelled"]


@contextmanager
def spelled(options: Iterable[Option], spelling: Callable[[Option], str]) -> Iterator[None]:
    """Call options in errors by their SQL keys or flags, where those were written.

    A Param whose name is a word like any other is found after "parameter".

    Parameters
    ----------
    options : iterable of Option
        What an error may name.
    spelling : callable
        Takes an option and returns what its user wrote.

    Examples
    --------
    >>> from sparkfl.errors import ParameterError
    >>> minimum = Option("minClusterSize", "integer", 10, "Smallest cluster.")
    >>> with spelled([minimum], lambda option: option.flag):
    ...     raise ParameterError("minClusterSize is above 9.")
    Traceback (most recent call last):
        ...
    sparkfl.errors.ParameterError: --min-cluster-size is above 9.
    """
    try:
        yield
    except SparkflError as error:
        text = str(error)
        for option in options:
            word = option.param == option.param.lower()
            found = rf"\b[Pp]arameter {option.param}\b" if word else rf"(?<![\w.]){option.param}\b"
            text = re.sub(found, spelling(option), text)
        error.args = (text,)
        raise
