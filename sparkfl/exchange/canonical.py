"""Canonical JSON: one text for one content, so that it can be hashed and signed."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from sparkfl.exchange.reason import Reason, RefusalError

__all__ = ["decode", "encode"]


def encode(content: Any) -> bytes:
    r"""Write JSON in one way only: sorted keys, no blanks, ASCII, shortest round-trip numbers.

    The subset of JSON that is written is that of RFC 8785 (JSON Canonicalization Scheme) but for
    numbers, which keep Python's spelling so that 1 and 1.0 stay an integer and a double.

    Raises
    ------
    ValueError
        If a number is NaN or infinite.

    Examples
    --------
    >>> encode({"b": [1, 0.1], "a": "é"})
    b'{"a":"\\u00e9","b":[1,0.1]}'
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii")


def decode(data: bytes) -> Any:
    """Read what `encode` wrote, and nothing else.

    Raises
    ------
    RefusalError
        As `NOT_FINITE` if a number is NaN or infinite, else as `MALFORMED`.

    Examples
    --------
    >>> decode(b'{"a":1}')
    {'a': 1}
    >>> decode(b'{"a": 1}')
    Traceback (most recent call last):
    sparkfl.exchange.reason.RefusalError: malformed: the JSON is not written canonically
    """
    try:
        content = json.loads(data.decode("ascii"), parse_constant=_refuse, parse_float=_number)
        again = encode(content)
    except (ValueError, RecursionError) as error:
        # Not its message: that may quote what a stranger wrote.
        raise RefusalError(Reason.MALFORMED, f"it is no JSON ({type(error).__name__})") from None
    if again != data:
        raise RefusalError(Reason.MALFORMED, "the JSON is not written canonically")
    return content


def _number(text: str) -> float:
    """Read a double, which an exponent can make infinite."""
    value = float(text)
    return value if math.isfinite(value) else _refuse(text)


def _refuse(text: str) -> NoReturn:
    """Refuse NaN and the infinities."""
    raise RefusalError(Reason.NOT_FINITE, f"a number is {text[:20]}")
