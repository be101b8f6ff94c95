"""Candidates of numbers: ratios, differences and products of pairs, logarithms, bins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from sparkfl.columns import quote
from sparkfl.features.auto.candidate import Candidate, named
from sparkfl.features.auto.sample import OwnColumn

__all__ = ["numeric"]

_BINS = 8


def numeric(columns: Sequence[OwnColumn], taken: set[str]) -> Iterator[Candidate]:
    """Give candidates; those of the first columns first.

    Parameters
    ----------
    columns : sequence of OwnColumn
        Columns of numbers, those that say most of the target first.
    taken : set of str
        Names that are taken, in lower case; new ones are added.
    """
    # Pairs by the rank of the later column: those of the best columns come first.
    for b, a in sorted(combinations(range(len(columns)), 2), key=lambda p: (max(p), min(p))):
        first, second = sorted((columns[a], columns[b]), key=lambda own: own.name)
        x, y = first.sql, second.sql
        for name, sql in (
            ("ratio", f"{x} / nullif({y}, 0)"),
            ("difference", f"{x} - {y}"),
            ("product", f"{x} * {y}"),
        ):
            yield Candidate("numeric", named([name, first.name, second.name], taken), sql)
    for own in columns:
        log = f"signum({own.sql}) * log1p(abs({own.sql}))"
        yield Candidate("numeric", named(["log1p", own.name], taken), log)
        edges = np.unique(np.nanquantile(own.values, np.arange(1, _BINS) / _BINS, method="lower"))
        if len(edges) > 1:
            cases = " ".join(
                f"WHEN {quote(own.name)} < {float(edge)!r}D THEN {i}D"
                for i, edge in enumerate(edges)
            )
            sql = f"CASE WHEN {quote(own.name)} IS NULL THEN NULL {cases} ELSE {len(edges)}D END"
            yield Candidate("numeric", named(["bin", own.name], taken), sql)
