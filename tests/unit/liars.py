"""What a store that fails or lies puts into an exchange, and the verdict that it gets."""

from __future__ import annotations

import gzip
import io
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from stores_apart import Apart, customers

from sparkfl.exchange.keys import PrivateKey
from sparkfl.exchange.reason import Reason
from sparkfl.exchange.release import Release, Turn
from sparkfl.exchange.signed import SignedDocument

HONEST = {"north": customers(1), "south": customers(2, 80), "west": customers(3, 50, 1.0)}
LIAR = "liar"
EVERYBODY = {**HONEST, LIAR: customers(9, 70)}
STEPS = ("moments", "asinh", "clusters", "scores")
BOUNDS = {"orders": [-50, 1000], "value": [-50, 5000]}

Lie = Callable[[Apart, Turn], None]


def changed(step: str, *path: Any, value: Any) -> Lie:
    """Release what is honest but for one figure, signed by the store."""

    def lie(federation: Apart, turn: Turn) -> None:
        content = federation.content(LIAR, turn)
        place = content
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value(place[path[-1]]) if callable(value) else value
        federation.put_signed(LIAR, turn, content)

    lie.step = step  # type: ignore[attr-defined]
    return lie


def raw(step: str, make: Callable[[bytes], bytes]) -> Lie:
    """Put bytes made of those of an honest release."""

    def lie(federation: Apart, turn: Turn) -> None:
        store = federation.stores[LIAR]
        rules, told = store.told(turn)
        honest = Release(LIAR, rules, told).signed(turn, store.member.key)
        federation.put(LIAR, make(honest.data), turn)

    lie.step = step  # type: ignore[attr-defined]
    return lie


def not_json(step: str, old: bytes, new: bytes) -> Lie:
    """Sign a text that canonical JSON does not write."""

    def lie(federation: Apart, turn: Turn) -> None:
        key = federation.stores[LIAR].member.key
        content = federation.content(LIAR, turn)
        told = content["told"]
        (told["clusters"] or told)["mean"][0][0] = 123.25
        honest = SignedDocument.of("sparkfl.release", content, [key])
        payload = honest.payload.replace(old, new)
        assert payload != honest.payload
        federation.put(LIAR, SignedDocument(payload, ((key.public, key.sign(payload)),)).data, turn)

    lie.step = step  # type: ignore[attr-defined]
    return lie


def zip_bomb(federation: Apart, turn: Turn) -> None:
    """A Parquet file of few kilobytes that is hundreds of megabytes when it is read."""
    sink = io.BytesIO()
    pq.write_table(pa.table({"n": np.zeros(20_000_000)}), sink, compression="zstd")
    assert len(sink.getvalue()) < 2**17
    federation.put(LIAR, sink.getvalue(), turn)


def other_key(federation: Apart, turn: Turn) -> None:
    content = federation.content(LIAR, turn)
    federation.put(
        LIAR, SignedDocument.of("sparkfl.release", content, [PrivateKey.generate()]).data, turn
    )


def of_another_store(federation: Apart, turn: Turn) -> None:
    content = {**federation.content(LIAR, turn), "store": "north"}
    federation.put_signed(LIAR, turn, content)


def copied(federation: Apart, turn: Turn) -> None:
    """The file of another store, as it is, in this one's folder."""
    north = federation.stores["north"]
    rules, told = north.told(turn)
    federation.put(LIAR, Release("north", rules, told).signed(turn, north.member.key).data, turn)


def two(federation: Apart, turn: Turn) -> None:
    content = federation.content(LIAR, turn)
    federation.put_signed(LIAR, turn, content)
    content["told"]["skipped_rows"] = 1
    federation.put_signed(LIAR, turn, content)


def heavy(federation: Apart, turn: Turn) -> None:
    """A hundred times its weight, in every step alike."""
    content = federation.content(LIAR, turn)
    moments = content["told"]["moments"]
    moments["n"] = [100 * n for n in moments["n"]]
    moments["ss"] = [100 * ss for ss in moments["ss"]]
    federation.put_signed(LIAR, turn, content)


def hundredfold(federation: Apart, turn: Turn) -> None:
    """A hundred times its weight, in the clusters alone."""
    content = federation.content(LIAR, turn)
    told = content["told"]
    told["rows"] *= 100
    for name in ("n", "ss"):
        told["clusters"][name] = (100 * np.array(told["clusters"][name])).tolist()
    federation.put_signed(LIAR, turn, content)


def pipe(federation: Apart, turn: Turn) -> None:
    path = federation.put(LIAR, b"", turn)
    path.unlink()
    os.mkfifo(path)


def link(federation: Apart, turn: Turn) -> None:
    """A link to a secret of who reads."""
    path = federation.put(LIAR, b"", turn)
    path.unlink()
    path.symlink_to("/etc/passwd")


def at(step: str, lie: Lie) -> Lie:
    def lied(federation: Apart, turn: Turn) -> None:
        lie(federation, turn)

    lied.step = step  # type: ignore[attr-defined]
    return lied


LIES: dict[str, tuple[Reason, Lie]] = {
    "nothing": (Reason.MISSING, at("clusters", lambda federation, turn: None)),
    "garbage bytes": (Reason.GARBAGE, raw("clusters", lambda data: os.urandom(500))),
    "an empty file": (Reason.GARBAGE, raw("clusters", lambda data: b"")),
    "a zip bomb of a Parquet file": (Reason.GARBAGE, at("clusters", zip_bomb)),
    "a large gzip": (
        Reason.TOO_LARGE,
        raw("clusters", lambda data: gzip.compress(os.urandom(2**20))),
    ),
    "a pipe": (Reason.GARBAGE, at("clusters", pipe)),
    "a link": (Reason.GARBAGE, at("clusters", link)),
    "too large": (Reason.TOO_LARGE, raw("clusters", lambda data: b"{" + b"[" * 10**6)),
    "deep": (
        Reason.GARBAGE,
        raw("clusters", lambda data: b"{" + b"[" * 10**5 + b"}\n" + b"[" * 10**4 + b"\n"),
    ),
    "no signature": (Reason.UNSIGNED, raw("clusters", lambda data: data.split(b"\n")[0] + b"\n")),
    "an empty signature": (
        Reason.UNSIGNED,
        raw("clusters", lambda data: data.split(b"\n")[0] + b'\n{"key":"","signature":""}\n'),
    ),
    "altered": (
        Reason.ALTERED,
        raw("clusters", lambda data: data.replace(b'"rows":70', b'"rows":71')),
    ),
    "another key": (Reason.FOREIGN, at("clusters", other_key)),
    "another store": (Reason.FOREIGN, at("clusters", of_another_store)),
    "another store's file": (Reason.FOREIGN, at("clusters", copied)),
    "another federation": (Reason.FOREIGN, changed("clusters", "federation", value="0" * 32)),
    "another type": (Reason.MALFORMED, changed("clusters", "told", value=[])),
    "another schema version": (
        Reason.OTHER_SCHEMA,
        not_json("clusters", b'"format":1', b'"format":2'),
    ),
    "blanks": (Reason.MALFORMED, not_json("clusters", b'"format":1', b'"format": 1')),
    "a key twice": (Reason.MALFORMED, not_json("clusters", b"{", b'{"type":"x",')),
    "an earlier round": (Reason.REPLAYED, changed("clusters", "round", value=0)),
    "an earlier step": (Reason.REPLAYED, changed("clusters", "step", value="moments")),
    "a future round": (Reason.FUTURE_ROUND, changed("clusters", "round", value=2)),
    "a later step": (Reason.FUTURE_ROUND, changed("clusters", "step", value="scores")),
    "another basis": (Reason.OTHER_BASIS, changed("clusters", "basis", value="0" * 64)),
    "two releases": (Reason.CONFLICTING, at("clusters", two)),
    "another feature order": (
        Reason.OTHER_FEATURES,
        changed("clusters", "features", value=["value", "orders"]),
    ),
    "a weaker policy": (Reason.WEAKER_POLICY, changed("clusters", "policy", "min_size", value=3)),
    "NaN": (Reason.NOT_FINITE, not_json("clusters", b"123.25", b"NaN")),
    "infinity": (Reason.NOT_FINITE, not_json("clusters", b"123.25", b"-Infinity")),
    "an infinite exponent": (Reason.NOT_FINITE, not_json("clusters", b"123.25", b"1e999")),
    "null": (Reason.MALFORMED, changed("clusters", "told", "clusters", "mean", 0, 0, value=None)),
    "zero counts": (Reason.BAD_COUNTS, changed("clusters", "told", "clusters", "n", 0, value=0)),
    "negative counts": (
        Reason.BAD_COUNTS,
        changed("clusters", "told", "clusters", "n", 0, value=lambda n: -n),
    ),
    "a huge count": (
        Reason.MALFORMED,
        changed("clusters", "told", "clusters", "n", 0, value=2**62),
    ),
    "counts that do not add up": (
        Reason.COUNTS_DO_NOT_ADD_UP,
        changed("clusters", "told", "rows", value=lambda n: n + 1),
    ),
    "a far centroid": (
        Reason.OUT_OF_BOUNDS,
        changed("clusters", "told", "clusters", "mean", 0, 0, value=1e6),
    ),
    "a wide cluster": (
        Reason.OUT_OF_BOUNDS,
        changed("clusters", "told", "clusters", "ss", 0, 0, value=1e9),
    ),
    "a negative sum of squares": (
        Reason.OUT_OF_BOUNDS,
        changed("clusters", "told", "clusters", "ss", 0, 0, value=-1.0),
    ),
    "a hundred times its clusters": (Reason.COUNTS_DO_NOT_ADD_UP, at("clusters", hundredfold)),
    "a hundred times its weight": (Reason.TOO_HEAVY, at("moments", heavy)),
    "moments of zero": (
        Reason.BAD_COUNTS,
        changed(
            "moments",
            "told",
            "moments",
            value=dict.fromkeys(("mean", "ss"), [None] * 2) | {"n": [0, 0]},
        ),
    ),
    "moments of unlike counts": (
        Reason.COUNTS_DO_NOT_ADD_UP,
        changed("moments", "told", "moments", "n", 0, value=lambda n: n + 1),
    ),
    "a mean out of bounds": (
        Reason.OUT_OF_BOUNDS,
        changed("moments", "told", "moments", "mean", 0, value=5000.0),
    ),
    "asinh that is none": (
        Reason.OUT_OF_BOUNDS,
        changed("asinh", "told", "moments", "mean", 0, value=20.0),
    ),
    "scores that are none": (
        Reason.OUT_OF_BOUNDS,
        changed("scores", "told", "mean", 0, value=1e9),
    ),
    "scores out of order": (
        Reason.MALFORMED,
        changed("scores", "told", "mean", value=lambda mean: mean[::-1]),
    ),
    "too many scores": (
        Reason.COUNTS_DO_NOT_ADD_UP,
        changed("scores", "told", "n", 0, value=lambda n: 100 * n),
    ),
}
