"""A feature that might be of use, as SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sparkfl.features.views import Aggregation

__all__ = ["KINDS", "Candidate", "named"]

KINDS = ("numeric", "categorical", "temporal", "relational")
"""The kinds of candidates."""


@dataclass(frozen=True)
class Candidate:
    """A feature that might be of use.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    name : str
        Its name.
    sql : str
        An expression over the columns of the table; of a relational one, `""`.
    source : int
        Of a relational one, which table of events it is made of.
    aggregation : Aggregation or None
        Of a relational one, what is made of them.
    """

    kind: str
    name: str
    sql: str = ""
    source: int = -1
    aggregation: Aggregation | None = None


def named(words: Iterable[str], taken: set[str]) -> str:
    """Make a name of words that is none of those taken, in lower case, and take it.

    Examples
    --------
    >>> taken = {"ratio_a_b"}
    >>> named(["ratio", "a", "b"], taken), named(["ratio", "a!", "ü"], taken)
    ('ratio_a_b_2', 'ratio_a_ü')
    """
    plain = "_".join(filter(None, (re.sub(r"\W+", "_", word).strip("_") for word in words)))
    name, n = plain, 1
    while name.lower() in taken:
        n += 1
        name = f"{plain}_{n}"
    taken.add(name.lower())
    return name
