"""The attacks on releases of one's own: what can be read off them, and whether it is true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from sparkfl.audit.attacks.one_apart import one_apart
from sparkfl.audit.attacks.retraining import apart
from sparkfl.audit.attacks.singleton import read_rows
from sparkfl.audit.releases import Version
from sparkfl.audit.told import Told
from sparkfl.statistics.summary import Matrix

__all__ = ["Finding", "attack"]

_ROUNDED = 1e-6
"""Pooled moments are rounded to 2**-32 of a deviation, and there are many rows."""
_NEAR = 1e-4


@dataclass(frozen=True)
class Finding:
    """What one attack has read off releases.

    Parameters
    ----------
    attack : str
        Its name.
    versions : str
        Which versions it read.
    stores : int
        Stores, or sums of all stores, that gave away a row or hash.
    of : int
        How many there were to read.
    true : int, optional
        Of how many the row is a customer's in the data; None without data, or of a hash.
    says : str
        What was read.
    """

    attack: str
    versions: str
    stores: int
    of: int
    true: int | None
    says: str

    def __str__(self) -> str:
        """Say it in a line."""
        checked = "" if self.true is None else f"; {self.true} of them are rows of the data"
        return f"{self.attack} ({self.versions}): {self.stores} of {self.of}, {self.says}{checked}"


def attack(versions: Sequence[Version], rows: Mapping[str, Matrix] | None = None) -> list[Finding]:
    """Attack releases as an aggregator can who has kept them.

    No values are told, only of how many stores there are some: a report is no place for them.

    Parameters
    ----------
    versions : sequence of Version
        Releases, oldest first.
    rows : mapping of str to numpy.ndarray of shape (n, d), optional
        Rows of each store, by its text, as the model reads them, from inside of the stores: by them
        it is checked whether what was read off is true.

    Returns
    -------
    list of Finding
        Of each version, then of each pair.
    """
    findings = [_alone(version, rows) for version in versions]
    for before, now in combinations(versions, 2):
        both = f"{before.name}, {now.name}"
        stores = [store for store in now.stores if store in before.stores]
        pairs = {store: (before.stores[store], now.stores[store]) for store in stores}
        if before.comparable(now):
            clusters = {s: one_apart(*told, "clusters") for s, told in pairs.items()}
            findings.append(
                _finding("differencing of clusters", both, clusters, now, rows, "one customer each")
            )
            same = {s: apart(told) for s, told in pairs.items() if _same_rows(*told)}
            findings.append(
                _finding("other options on the same rows", both, same, now, rows, "one customer")
            )
        findings += _of_moments(before, now, pairs, rows)
        hashed = [s for s, told in pairs.items() if _one_hash(before, now, s, *told)]
        known = sum(told.fingerprint is not None for told, _ in pairs.values())
        findings.append(
            Finding("enumeration of a fingerprint", both, len(hashed), known, None,
                    "the hash of one customer's features")
        )  # fmt: skip
    return findings


def _of_moments(
    before: Version,
    now: Version,
    pairs: Mapping[object, tuple[Told, Told]],
    rows: Mapping[str, Matrix] | None,
) -> list[Finding]:
    """Read the moments that scalings are made of: those of all stores, or a store's own."""
    name, both = "differencing of moments", f"{before.name}, {now.name}"
    findings = []
    own = {s: told for s, told in pairs.items() if all(each.moments for each in told)}
    if own:
        found = {s: one_apart(*told, "moments", _ROUNDED, around=0.0) for s, told in own.items()}
        says = "one customer each, of the stores' own scalings"
        findings.append(_finding(name, both, found, None, rows, says))
    elif before.whole.moments is not None and now.whole.moments is not None:
        one = one_apart(before.whole, now.whole, "moments", _ROUNDED, around=0.0)
        every = None if rows is None else {str(None): np.concatenate(list(rows.values()))}
        says = "one customer, of the scaling that all stores share"
        findings.append(_finding(name, both, {None: one}, None, every, says))
    return findings


def _alone(version: Version, rows: Mapping[str, Matrix] | None) -> Finding:
    """Read single versions."""
    clusters = {store: Told(told.clusters) for store, told in version.stores.items()}
    found = {store: read_rows(told) for store, told in clusters.items()}
    return _finding("singleton recovery", version.name, found, version, rows, "a customer each")


def _finding(
    name: str,
    versions: str,
    found: Mapping[object, Matrix],
    version: Version | None,
    rows: Mapping[str, Matrix] | None,
    says: str,
) -> Finding:
    """Count what was found, and check it."""
    given = {store: own for store, own in found.items() if len(own)}
    true = None
    if rows is not None:
        there = [store for store in given if str(store) in rows]
        scaled = {store: _scaled(version, store, rows[str(store)]) for store in there}
        true = sum(_is_row(given[store], own) for store, own in scaled.items())
    return Finding(name, versions, len(given), len(found), true, says)


def _scaled(version: Version | None, store: object, rows: Matrix) -> Matrix:
    """Bring rows of a store into the space of its releases."""
    if version is None or version.data is None:
        return rows
    models = version.data.local_models
    return (models[store].scaling if store in models else version.data.scaling).transform(rows)


def _is_row(found: Matrix, rows: Matrix) -> bool:
    """Tell whether one that was found is a row, to a ten-thousandth of a deviation."""
    width = np.maximum(rows.std(axis=0), 1e-12)
    near: Matrix = np.abs(found[:, None] - rows[None]) <= _NEAR * width
    return bool(near.all(axis=2).any())


def _same_rows(before: Told, now: Told) -> bool:
    """Tell whether a store had the same rows twice, and told something else of them."""
    if before.clusters is None or now.clusters is None:
        return False
    same = before.fingerprint == now.fingerprint
    return same and int(before.clusters.n.sum()) == int(now.clusters.n.sum())


def _one_hash(before: Version, now: Version, store: object, was: Told, is_: Told) -> bool:
    """Tell whether two fingerprints differ by one row's hash."""
    if was.fingerprint is None or is_.fingerprint is None:
        return False
    return abs(now.rows.get(store, 0) - before.rows.get(store, 0)) == 1
