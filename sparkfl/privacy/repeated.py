"""The gate for sums that are told again and again of the same rows, each time in other groups.

Of two ways to group the same rows the differences are told too: where a single customer goes from
one group to another and nothing else changes, the sums differ by that customer, exactly, however
large the groups are. So rows go apart only where what goes apart may be told by itself: whatever
was told, of all times together, is made of sums over rows that may each be told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from sparkfl.privacy.release import merged, safe
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.entities import Entities
from sparkfl.statistics.members import Members
from sparkfl.statistics.summary import ClusterSummary, Matrix

__all__ = ["refined", "summarised", "told_labels"]

Labels = npt.NDArray[np.int64]


def told_labels(
    rows: Matrix, together: Labels, label: Labels, rules: Rules, entity: Matrix | None = None
) -> Labels | None:
    """Find the label under which each row may be told, given the rows that were told together.

    Of the rows that were always told together those with another label go apart if both they and
    what is left may be told; if not, they get the label of what is nearest of these rows. After
    that a label under which too little is told joins the nearest one. No row is left out: what is
    missing would follow from a total that is told elsewhere.

    Parameters
    ----------
    rows : numpy.ndarray, shape (n, d)
        Rows of one store, in the clustering space.
    together : numpy.ndarray of int, shape (n,)
        Which rows have the same number have been in one group whenever anything was told.
    label : numpy.ndarray of int, shape (n,)
        Where each row belongs now, from 0.
    rules : Rules
        What is asked of what is told.
    entity : numpy.ndarray, shape (n,), optional
        Number of the entity of each row; without it each row is one.

    Returns
    -------
    numpy.ndarray of int, shape (n,), or None
        None if not even all rows together may be told.

    Examples
    --------
    >>> rows = np.arange(8.0)[:, None]
    >>> once = np.zeros(8, dtype=np.int64)
    >>> told_labels(rows, once, np.array([0, 0, 0, 0, 0, 1, 1, 1]), Rules(3)).tolist()
    [0, 0, 0, 0, 0, 1, 1, 1]
    >>> told_labels(rows, once, np.array([0, 0, 0, 0, 0, 0, 1, 1]), Rules(3)).tolist()
    [0, 0, 0, 0, 0, 0, 0, 0]
    """
    width = int(label.max()) + 1
    pair, place = np.unique(together * width + label, return_inverse=True)
    group, own = np.divmod(pair, width)
    parts, members = summarised(rows, place, rules, entity)
    weak = ~safe(parts, rules, members)
    begins = np.flatnonzero(np.r_[True, np.diff(group) != 0])
    size = np.diff(np.r_[begins, len(group)])
    each: Sequence[Members | None] = [None] * len(begins)
    if members is not None:
        each = [replace(m, centre=members.centre) for m in members.split(size.tolist())]
    for which in np.flatnonzero(np.logical_or.reduceat(weak, begins) & (size > 1)).tolist():
        part = np.arange(begins[which], begins[which] + size[which])
        joined = _joined(parts.ordered(part), own[part], rules, each[which])
        # A group that may not be told by itself was part of another; it stays as it is.
        own[part] = _largest(parts.n[part], own[part]) if joined is None else joined
    names, at = np.unique(own, return_inverse=True)
    whole = None if members is None else members.merged(at)
    told = _joined(parts.merged(at), names, rules, whole)
    return None if told is None else told[at][place]


def refined(together: Labels, told: Labels) -> Labels:
    """Return which rows are still together once they have been told under these labels.

    Examples
    --------
    >>> refined(np.array([0, 0, 0, 1]), np.array([5, 5, 6, 6])).tolist()
    [0, 0, 1, 2]
    """
    width = int(told.max()) + 1
    return np.asarray(np.unique(together * width + told, return_inverse=True)[1], dtype=np.int64)


def summarised(
    rows: Matrix, place: npt.NDArray[np.integer], rules: Rules, entity: Matrix | None = None
) -> tuple[ClusterSummary, Members | None]:
    """Summarise rows by the part of each, from 0, with who is in it if the rules ask for it.

    Examples
    --------
    >>> parts, members = summarised(np.array([[0.0], [2.0], [9.0]]), np.array([0, 0, 1]), Rules(3))
    >>> parts.n.tolist(), members
    ([2, 1], None)
    """
    parts = ClusterSummary.of_rows(rows, place)
    if not rules.by_members:
        return parts, None
    if entity is None:
        return parts, Members.of_rows(rows, place, None)
    centre = rows.mean(axis=0)
    entities = Entities.of_rows(place, entity, deviation=rows - centre)
    return parts, replace(Members.of_rows(rows, place, entities), centre=centre)


def _joined(
    parts: ClusterSummary, label: Labels, rules: Rules, members: Members | None
) -> Labels | None:
    """Join parts until each may be told; all that are joined get the label of the largest."""
    found = merged(parts, rules, members)
    if found is None:
        return None
    into, chosen = found[1], label.copy()
    for place in np.unique(into):
        chosen[into == place] = _largest(parts.n[into == place], label[into == place])
    return chosen


def _largest(n: npt.NDArray[np.int64], label: Labels) -> int:
    """Return the label of the largest part, the lowest of those that are as large."""
    return int(label[np.lexsort((label, -n))[0]])
