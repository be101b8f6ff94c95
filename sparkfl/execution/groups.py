"""How the summaries of a chunk, and who is in them, go from one worker of a store to another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from sparkfl.statistics.entities import Entities
from sparkfl.statistics.members import Members
from sparkfl.statistics.summary import ClusterSummary

__all__ = ["GROUPS", "decode_groups", "encode_groups"]

_TYPES = {
    "place": ("int", pa.int32()),
    "chunk": ("bigint", pa.int64()),
    "n": ("array<bigint>", pa.list_(pa.int64())),
    "mean": ("array<double>", pa.list_(pa.float64())),
    "ss": ("array<double>", pa.list_(pa.float64())),
    "least": ("array<double>", pa.list_(pa.float64())),
    "greatest": ("array<double>", pa.list_(pa.float64())),
    "cluster": ("array<bigint>", pa.list_(pa.int64())),
    "code": ("array<double>", pa.list_(pa.float64())),
    "rows": ("array<bigint>", pa.list_(pa.int64())),
    "unlisted": ("array<bigint>", pa.list_(pa.int64())),
    "heaviest": ("bigint", pa.int64()),
}

GROUPS = ", ".join(f"{name} {type_}" for name, (type_, _) in _TYPES.items())
"""A row a chunk; or one of a store's `place` and `heaviest` alone."""


def encode_groups(
    place: int, chunk: int, groups: ClusterSummary, members: Members | None
) -> pa.RecordBatch:
    """Encode the summaries of a chunk as one row."""
    told = {"place": place, "chunk": chunk, "n": groups.n}
    told |= {"mean": groups.mean.ravel(), "ss": groups.ss.ravel()}
    if members is not None:
        told |= {"least": members.least.ravel(), "greatest": members.greatest.ravel()}
        if members.entities is not None:
            own = members.entities
            told |= {"cluster": own.cluster, "code": own.code}
            told |= {"rows": own.rows, "unlisted": own.unlisted}
    columns = [pa.array([told.get(name)], type_) for name, (_, type_) in _TYPES.items()]
    return pa.RecordBatch.from_arrays(columns, list(_TYPES))


def decode_groups(table: pa.Table) -> tuple[ClusterSummary, Members | None]:
    """Put the summaries of a store's chunks together, in the order of the chunks."""
    bounds = table["heaviest"].drop_null().to_pylist()
    table = table.filter(table["chunk"].is_valid()).sort_by("chunk")
    groups, members = [], []
    for row in range(len(table)):
        own = {name: _array(table, name, row) for name in list(_TYPES)[2:-1]}
        k = len(own["n"])
        matrices = (own[name].reshape(k, -1) for name in ("mean", "ss", "least", "greatest"))
        mean, ss, least, greatest = matrices
        groups.append(ClusterSummary(own["n"], mean, ss))
        if least.size:
            members.append(Members(least, greatest, _entities(own, bounds)))
    return ClusterSummary.concatenate(groups), Members.concatenate(members) if members else None


def _array(table: pa.Table, name: str, row: int) -> np.ndarray:
    """Read a list; of none, nothing."""
    value = table[name][row]
    return np.array([]) if not value.is_valid else value.values.to_numpy(zero_copy_only=False)


def _entities(own: dict[str, np.ndarray], bounds: list[int]) -> Entities | None:
    """Read who is in the groups of a chunk."""
    if not len(own["unlisted"]):
        return None
    found = Entities(own["cluster"], own["code"], own["rows"], own["unlisted"])
    return replace(found, bound=max(bounds)) if bounds else found
