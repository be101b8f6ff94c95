"""Candidates of texts: how frequent they are, the target's mean of other rows, deviations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from sparkfl.columns import quote, string_literal
from sparkfl.features.auto.candidate import Candidate, named
from sparkfl.features.auto.sample import OwnColumn
from sparkfl.features.auto.target import Target

__all__ = ["categorical"]

_LEVELS, _FEWEST, _PRIOR_ROWS = 30, 5, 20.0
_DEVIATING = 3


def categorical(
    columns: Sequence[OwnColumn],
    numbers: Sequence[OwnColumn],
    target: Target,
    folds: npt.NDArray[np.int64],
    fold_sql: str,
    taken: set[str],
) -> Iterator[Candidate]:
    """Give candidates; of each text the target's mean first.

    The mean that a row gets is of the rows of other folds, by a hash of its key that SQL computes,
    too: on the rows that it was fitted on, it does not tell a row its own target. It is shrunken
    to the mean of all as by 20 rows of that, `(sum + 20 m) / (n + 20)` [1]_.

    Parameters
    ----------
    columns : sequence of OwnColumn
        Columns of texts.
    numbers : sequence of OwnColumn
        Columns of numbers, the best first: of three of them, the deviation from the mean of the
        rows of the same text.
    target : Target
        The target.
    folds : numpy.ndarray of shape (rows,)
        The fold of each row.
    fold_sql : str
        The fold in SQL.
    taken : set of str
        Names that are taken, in lower case; new ones are added.

    References
    ----------
    .. [1] D. Micci-Barreca: A Preprocessing Scheme for High-Cardinality Categorical Attributes.
       SIGKDD Explorations 3 (1), 2001.
    """
    known = [(own, levels) for own in columns if (levels := _levels(own.texts))]
    for own, levels in known:
        for word, values in _outputs(target):
            by_fold = []
            for fold in range(int(folds.max()) + 1):
                there = folds != fold
                by_fold.append(_means(own.texts, values, levels, there, _PRIOR_ROWS))
            cases = " ".join(
                f"WHEN {i} THEN {_case(own.name, means, rest)}"
                for i, (means, rest) in enumerate(by_fold)
            )
            name = named(["target_mean", own.name, word], taken)
            yield Candidate("categorical", name, f"CASE {fold_sql} {cases} END")
    for own, levels in known:
        count = Counter(own.texts)
        shares = {level: count[level] / len(own.texts) for level in levels}
        yield Candidate(
            "categorical", named(["frequency", own.name], taken), _case(own.name, shares, 0.0)
        )
    everywhere = np.ones(len(folds), dtype=bool)
    for number in numbers[:_DEVIATING]:
        for own, levels in known:
            means, rest = _means(own.texts, number.values, levels, everywhere, 0.0)
            sql = f"{number.sql} - {_case(own.name, means, rest)}"
            words = ["deviation", number.name, "by", own.name]
            yield Candidate("categorical", named(words, taken), sql)


def _levels(texts: Sequence[str | None]) -> list[str | None]:
    """Return the most frequent texts, NULL for one of them, that are there at least five times."""
    count = Counter(texts)
    frequent = [own for own in count if count[own] >= _FEWEST]
    frequent.sort(key=lambda own: (-count[own], own is None, own or ""))
    return frequent[:_LEVELS] if len(count) > 1 else []


def _outputs(target: Target) -> Iterator[tuple[str, npt.NDArray[np.float64]]]:
    """Give what is averaged: of two classes the share of the second, of more that of each."""
    if not target.classes:
        yield "", target.values[:, 0]
    elif len(target.classes) == 2:
        yield "", target.values[:, 1]
    else:
        for k, own in enumerate(target.classes):
            yield str(own), target.values[:, k]


def _means(
    texts: Sequence[str | None],
    values: npt.NDArray[np.float64],
    levels: Sequence[str | None],
    there: npt.NDArray[np.bool_],
    prior: float,
) -> tuple[dict[str | None, float], float]:
    """Return the mean of each level, shrunken to the mean of all, which comes behind."""
    known = there & np.isfinite(values)
    place = {level: i for i, level in enumerate(levels)}
    code = np.array([place.get(text, len(levels)) for text in texts])[known]
    count = np.bincount(code, minlength=len(levels) + 1)
    total = np.bincount(code, values[known], len(levels) + 1)
    mean = float(values[known].mean()) if known.any() else 0.0
    shrunken = (total + prior * mean) / np.maximum(count + prior, 1)
    means = {own: float(shrunken[i]) if count[i] else mean for own, i in place.items()}
    return means, mean


def _case(column: str, values: Mapping[str | None, float], rest: float) -> str:
    """Write a number for each text.

    Examples
    --------
    >>> _case("city", {"Rome": 0.5, None: 0.25}, 0.0)
    "CASE WHEN `city` IS NULL THEN 0.25D WHEN `city` = 'Rome' THEN 0.5D ELSE 0.0D END"
    """
    name = quote(column)
    first = f"WHEN {name} IS NULL THEN {values.get(None, rest)!r}D"
    others = (
        f"WHEN {name} = {string_literal(own)} THEN {value!r}D"
        for own, value in values.items()
        if own is not None
    )
    return f"CASE {' '.join([first, *others])} ELSE {rest!r}D END"
