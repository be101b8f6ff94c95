"""Clusters that differ from earlier ones by enough: customers at borders change places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from sparkfl.privacy.atoms import Atoms
from sparkfl.privacy.differencing import (
    Membership,
    compared,
    finest_merge,
    unions_of_few,
)
from sparkfl.privacy.release import merged, safe
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.summary import Counts

__all__ = ["Earlier", "differing", "exchanged"]

Earlier = Sequence[tuple[Membership, Membership]]
"""What was told, oldest first, each with the parts of what is about to be told, by which both are
compared: with the same contents, or without any."""


def differing(
    atoms: Atoms, mergeable: npt.NDArray[np.bool_] | None, earlier: Earlier, rules: Rules
) -> Counts | None:
    """Find clusters near those that were found, none of which gives away a small change.

    Where any union of them would differ from a union of earlier ones by 1 to ``min_size - 1``
    customers, those who are nearly as near to a neighbouring cluster are counted there, until all
    differ by none or by the minimum; or clusters are merged, see `finest_merge`. What was found of
    the same rows before is found again.

    Parameters
    ----------
    atoms : Atoms
        What the clusters are made of.
    mergeable : numpy.ndarray of bool or None
        Which unions of clusters may be told; None for more than eight.
    earlier : sequence of pairs of Membership
        What was told before.
    rules : Rules
        What is asked of clusters.

    Returns
    -------
    numpy.ndarray of int64, shape (parts,), or None
        The cluster of each part; None if there is no such clustering.

    References
    ----------
    .. [1] Customers who change places are a form of swapping: Dalenius, Reiss, "Data-swapping: a
       technique for disclosure control", Journal of Statistical Planning and Inference, 1982.

    Examples
    --------
    >>> from sparkfl.privacy.differencing import smallest_difference
    >>> who = np.arange(65)  # forty and twenty, later one and four more of them
    >>> rows, labels = (who % 20 + 30.0 * (who >= 41))[:, None], (who >= 41).astype(int)
    >>> was = np.setdiff1d(who, [40, 61, 62, 63, 64])
    >>> before = Membership.of_rows(was, labels[was], was + 1)
    >>> atoms = Atoms.of_rows(rows, labels, who, who + 1, most=5)
    >>> told = atoms.membership.merged(
    ...     differing(atoms, None, [(before, atoms.membership)], Rules(5))
    ... )
    >>> smallest_difference(before, told)
    5
    """
    if not _few(earlier, atoms.home, rules.min_size).any():
        return atoms.home
    for place, (before, now) in enumerate(earlier):
        if before.clusters > 1 and _same(before, now):
            found = _differing(atoms, mergeable, earlier[:place], rules)
            if found is not None and not _few(earlier, found, rules.min_size).any():
                return found
    return _differing(atoms, mergeable, earlier, rules)


def _differing(
    atoms: Atoms, mergeable: npt.NDArray[np.bool_] | None, earlier: Earlier, rules: Rules
) -> Counts | None:
    """By moves or by merges, whichever leaves more of the variance explained."""
    moved = _safely_exchanged(atoms, earlier, rules)
    merge = None
    if mergeable is not None:
        few = _few(earlier, atoms.home, rules.min_size)
        merge = finest_merge(few, mergeable, int(atoms.home.max()) + 1)
    found = [] if moved is None else [moved]
    if merge is not None:
        found.append(merge[atoms.home])
    return min(found, key=lambda own: atoms.summary.merged(own).ss.sum(), default=None)


def _safely_exchanged(atoms: Atoms, earlier: Earlier, rules: Rules) -> Counts | None:
    """Exchange customers; where a cluster may not be told then, it is merged with its neighbour."""
    members, own = atoms.members(rules), atoms
    while True:
        labels = exchanged(own, earlier, rules.min_size)
        if labels is None:
            return None
        found = atoms.summary.merged(labels)
        who = None if members is None else members.merged(labels)
        if safe(found, rules, who).all():
            return labels
        told = merged(found, rules, who)
        if told is None:
            return None
        own = replace(own, home=told[1][own.home])


def exchanged(atoms: Atoms, earlier: Earlier, min_size: int) -> Counts | None:
    """Count customers in neighbouring clusters until all unions differ by none or by enough.

    The union that lacks most comes first. What it lacks is made up by those customers whose place
    costs least, in sums of squares, of all that do not make the difference yet: each of them adds
    one. None moves twice, and a cluster keeps the minimum size.
    """
    labels, further, places = atoms.home.copy(), atoms.further(), atoms.movable
    free = np.ones(len(places), dtype=bool)
    part = atoms.membership.cluster[places]
    sizes = np.bincount(atoms.membership.merged(labels).cluster)
    while True:
        lacking = _lacking(earlier, labels, min_size)
        if lacking is None:
            return labels
        told, union, now, lacks, still = lacking
        inside = now[labels[part]]
        indifferent = free & (_holds(*earlier[told], union, places) == inside)
        own = still[labels[part], None] | still[None]
        costs = np.where(now[None] != inside[:, None], further[part], np.inf)
        target = np.lexsort((costs, own | np.isinf(costs)), axis=1)[:, 0]
        each_of = np.arange(len(part)), target
        cost = np.where(indifferent, costs[each_of], np.inf)
        for each in np.lexsort((cost, own[each_of])):
            if not lacks:
                break
            if np.isfinite(cost[each]) and sizes[labels[part[each]]] > min_size:
                sizes[labels[part[each]]] -= 1
                sizes[target[each]] += 1
                labels[part[each]] = target[each]
                free[each] = False
                lacks -= 1
        if lacks:
            return None


def _lacking(
    earlier: Earlier, labels: Counts, min_size: int
) -> tuple[int, npt.NDArray[np.bool_], npt.NDArray[np.bool_], int, npt.NDArray[np.bool_]] | None:
    """Find the pair of unions that lacks most.

    Returns
    -------
    tuple or None
        Of what was told it is of, both unions, by how many they lack, and which clusters are as
        they were told: whoever moves would make these differ by few. None if none lacks any.
    """
    worst, found = 0, None
    still = np.zeros(int(labels.max()) + 1, dtype=bool)
    for place, (before, now) in enumerate(earlier):
        changed, own, other = compared(before, now.merged(labels))
        alone = np.flatnonzero(other.sum(axis=1) == 1)
        still |= other[alone[(changed[:, alone] == 0).any(axis=0)]].any(axis=0)
        lacks = np.where(changed > 0, min_size - changed, 0)
        if lacks.max() > worst:
            worst = int(lacks.max())
            i, j = np.unravel_index(lacks.argmax(), lacks.shape)
            found = place, own[i], other[j], worst
    return None if found is None else (*found, still)


def _holds(
    before: Membership, now: Membership, union: npt.NDArray[np.bool_], places: npt.NDArray[np.intp]
) -> npt.NDArray[np.int64]:
    """Tell whose rows of now a union of before has: 1 all of them, 0 none, and -1 others."""
    inside = union[before.cluster]
    there = Membership.of_rows(
        before.entity[inside], np.zeros(inside.sum()), before.content[inside]
    )
    who, what = now.entity[places], now.content[places]
    at = np.minimum(np.searchsorted(there.entity, who), max(len(there.entity) - 1, 0))
    if not len(there.entity):
        return np.zeros(len(who), dtype=np.int64)
    known = there.entity[at] == who
    return np.where(known, np.where(there.content[at] == what, 1, -1), 0)


def _few(earlier: Earlier, labels: Counts, min_size: int) -> npt.NDArray[np.bool_]:
    """Tell which unions of clusters differ too little from anything that was told."""
    few = np.zeros(1, dtype=bool)
    for before, now in earlier:
        own = unions_of_few(before, now.merged(labels), min_size)
        # Of too many entities in several clusters fewer unions are compared: no merge then.
        few = few | own if len(few) in (1, len(own)) else np.array([few.any() or own.any()])
    return few


def _same(before: Membership, now: Membership) -> bool:
    """Tell whether two releases are of the same rows."""
    one, other = (own.merged(np.zeros(own.clusters, dtype=np.int64)) for own in (before, now))
    return np.array_equal(one.entity, other.entity) and np.array_equal(one.content, other.content)
