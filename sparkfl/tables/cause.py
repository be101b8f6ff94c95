"""What went wrong in an error of Spark's, in one line and without Java's words."""

from __future__ import annotations

import re

__all__ = ["advice", "cause"]

_CALL = re.compile(r"\AAn error occurred while calling [^\n]*\n: ")
_CLASS = re.compile(r"\A(?:[a-z]\w*\.)+[A-Z][\w$]*: ")
_WRAPPERS = ("Exception thrown in awaitResult", "Job aborted due to stage failure", "Job aborted")
_CAUSED_BY = re.compile(r"^Caused by: (.*)$", re.MULTILINE)
_CONDITION = re.compile(r"\A\[([A-Z][A-Z0-9_]*(?:\.[A-Z0-9_]+)*)\] *")
_PLAN = re.compile(r"\n== SQL|;\n'|;? line \d+ pos \d+")
_STATE = re.compile(r"\s*SQLSTATE: \w+.*\Z", re.DOTALL)


def cause(error: BaseException) -> str:
    r"""Tell what went wrong, without the classes, conditions and traces around it.

    Parameters
    ----------
    error : Exception
        As pyspark raises it.

    Examples
    --------
    >>> cause(ValueError("java.io.IOException: Mkdirs failed to create /x\n\tat a.B.c(D:1)"))
    'Mkdirs failed to create /x'
    >>> cause(ValueError("[PATH_NOT_FOUND] Path does not exist: /x. SQLSTATE: 42K03"))
    'Path does not exist: /x'
    """
    line = _line(error)
    return _STATE.sub("", _CONDITION.sub("", line)).strip().rstrip(".")


def advice(error: BaseException) -> str:
    r"""Tell what went wrong in an AnalysisException, and all that Spark advises, in one line.

    Examples
    --------
    >>> advice(ValueError("[A_B] No such column.\nTry another.\n== SQL ==\nSELECT x"))
    'No such column. Try another.'
    """
    text = _PLAN.split(_STATE.sub("", str(error).strip()))[0]
    return " ".join(_CONDITION.sub("", text.strip()).split())


def _line(error: BaseException) -> str:
    """First line of the error, or of its cause where the error itself only wraps another."""
    text = _CALL.sub("", str(error).strip())
    lines = [text.partition("\n")[0], *_CAUSED_BY.findall(text)]
    stripped = [_without_classes(line) for line in lines]
    return next((line for line in stripped if not line.startswith(_WRAPPERS)), stripped[0])


def _without_classes(line: str) -> str:
    """Drop the names of exception classes before a message."""
    while found := _CLASS.match(line):
        line = line[found.end() :]
    return line
