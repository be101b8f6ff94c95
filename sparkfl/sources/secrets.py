"""What is secret in options of sources, and texts without it."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["hidden", "is_secret", "secret_values", "without"]

_STARS = "********"
_KEY = r"(?:passw|pwd|secret|token|private_?\.?key|access_?\.?key|credential|jaas|sas_?key)"
_NAMED = re.compile(_KEY, re.IGNORECASE)
_LITERAL = r"'(?:[^'\\]|\\.|'')*(?:'|\Z)|\"(?:[^\"\\]|\\.|\"\")*(?:\"|\Z)"
_GIVEN = re.compile(
    rf"([\w.`]*{_KEY}[\w.`'\"]*\s*=?\s*)((?:{_LITERAL})(?:\s*(?:{_LITERAL}))*)",
    re.IGNORECASE | re.DOTALL,
)
_IN_ADDRESS = re.compile(
    rf"((?<=[?&;:])[\w.]*{_KEY}[\w.]*=)[^&;'\"\s]+|(?<=://)([^/@:\s'\"]*:)[^/@\s'\"]+(?=@)",
    re.IGNORECASE,
)


def is_secret(option: str) -> bool:
    """Tell whether an option's value is not to be shown, by its name.

    Examples
    --------
    >>> [is_secret(name) for name in ("PASSWORD", "fs.s3a.secret.key", "sfPassword", "user")]
    [True, True, True, False]
    """
    return bool(_NAMED.search(option))


def hidden(text: str) -> str:
    """Return a statement, or a message, with stars for what is secret in it; as long as it was.

    Examples
    --------
    >>> hidden("OPTIONS (user = 'ann', password = 'geheim')")
    "OPTIONS (user = 'ann', password = '******')"
    >>> hidden("jdbc:postgresql://h/db?password=geheim&ssl=true")
    'jdbc:postgresql://h/db?password=******&ssl=true'
    """

    def starred(match: re.Match[str]) -> str:
        return match[1] + re.sub(r"[^'\"\s]", "*", match[2])

    def in_address(match: re.Match[str]) -> str:
        kept = match[1] or match[2]
        return kept + "*" * (len(match[0]) - len(kept))

    return _IN_ADDRESS.sub(in_address, _GIVEN.sub(starred, text))


def secret_values(text: str) -> set[str]:
    """Return the secrets of a statement, without their quotes.

    Examples
    --------
    >>> secret_values("password 'geheim'")
    {'geheim'}
    """
    return {match[2].strip("'\" ") for match in _GIVEN.finditer(text)} - {""}


def without(text: str, secrets: Iterable[str]) -> str:
    """Return a text with stars in place of secrets.

    Examples
    --------
    >>> without("login of ann:geheim failed", ["geheim"])
    'login of ann:******** failed'
    """
    for each in sorted(secrets, key=len, reverse=True):
        text = text.replace(each, _STARS)
    return hidden(text)
