"""With secure aggregation no figure of a single store is anywhere in an exchange."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chisquare, ks_2samp
from secure_federation import SIX, records, secure
from stores_apart import Apart

from sparkfl.exchange.steps.masked import server_of
from sparkfl.secure_aggregation.fixed_point import FixedPoint, reduced
from sparkfl.secure_aggregation.messages import Step

NUMBERS = FixedPoint()
IMPROBABLE = 1e-6


@pytest.fixture(autouse=True)
def _no_disk_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)


def vectors(federation: Apart) -> dict[tuple[str, str], list[Fraction]]:
    """What each store has added to each sum, of its private notes."""
    found = {}
    for store in federation.stores:
        for note in (federation.place / f"homes/{store}/shops/store/sums").glob("*/begun.json"):
            vector = json.loads(note.read_text())["vector"]
            found[store, note.parent.name] = list(map(Fraction, vector))
    return found


def every_byte(place: Path) -> Iterator[bytes]:
    """All files, and all that is written in them as base64, again as long as there is some."""
    for path in [p for p in place.rglob("*") if p.is_file()]:
        data = path.read_bytes()
        yield data
        for text in re.findall(rb"[A-Za-z0-9+/]{16,}={0,2}", data):
            whole = text.rstrip(b"=")
            whole = whole[: len(whole) - (len(whole) % 4 == 1)]
            yield base64.b64decode(whole + b"=" * (-len(whole) % 4))


def forms(number: Fraction) -> list[bytes]:
    """How a number may be written: in fixed point, as a double, as decimal digits."""
    value = float(number)
    return [
        NUMBERS.to_bytes(NUMBERS.encode([number], 6)),
        NUMBERS.to_bytes(NUMBERS.encode([number], 6))[::-1],
        np.float64(value).tobytes(),
        repr(value).encode(),
        str(number).encode(),
    ]


def telling(number: Fraction) -> bool:
    """Whether a number is long enough to be found by itself, and not by chance."""
    return len(repr(float(number))) > 9


@pytest.mark.parametrize("scaling", ["federation", "none"])
def test_no_number_of_a_store_is_in_the_exchange(tmp_path: Path, scaling: str) -> None:
    federation = secure(tmp_path, scaling=scaling, max_iter=1)
    federation.until("lloyd1_masked")
    for name in "abcd":
        federation.stores[name].release()
    federation.aggregator.aggregate(quorum=4)
    federation.round()
    told = vectors(federation)
    own = {n for vector in told.values() for n in vector if telling(n)}
    # The means that follow from sums are told in the clear without secure aggregation.
    for (_, about), vector in told.items():
        counts = len(vector) // 3
        if not about.endswith("scores"):
            own |= {s / n for n, s in zip(vector, vector[counts:], strict=False) if n}
    secret = [form for n in own if telling(n) for form in forms(n)]
    assert len(secret) > 300
    haystack = b"\n".join(every_byte(federation.exchange))
    assert [form for form in secret if form in haystack] == []
    # The same search finds what is published: the totals.
    total = records(federation)["lloyd1_unmasking"].result["centres"]
    assert any(repr(n).encode() in haystack for row in total for n in row)


def masked(federation: Apart) -> dict[str, np.ndarray]:
    """The masked vectors of the scores, as they lie in the exchange."""
    server = server_of(federation.aggregator.history.so_far, "scores")
    assert server.step is Step.CONSISTENCY
    return server.masked()


def octets(words: np.ndarray) -> np.ndarray:
    return np.frombuffer(NUMBERS.to_bytes(words), np.uint8)


def is_noise(words: np.ndarray) -> bool:
    return bool(chisquare(np.bincount(octets(words), minlength=256)).pvalue > IMPROBABLE)


def test_masked_vectors_of_two_inputs_cannot_be_told_apart(tmp_path: Path) -> None:
    """Nor any sum of them, but that of all, which is not noise once its masks are undone."""
    one = secure(tmp_path / "one", max_iter=1)
    other = secure(tmp_path / "other", {s: rows * 0.5 for s, rows in SIX.items()}, max_iter=1)
    found = []
    for federation in (one, other):
        federation.until("scores_consistency")
        found.append(masked(federation))
    for name in SIX:
        assert is_noise(found[0][name])
        assert is_noise(found[1][name])
        assert is_noise(reduced(found[0][name] - found[1][name]))
        same = ks_2samp(octets(found[0][name]), octets(found[1][name]))
        assert same.pvalue > IMPROBABLE
    sets = [some for n in range(2, 7) for some in combinations(SIX, n)]
    assert all(is_noise(reduced(sum(found[0][name] for name in some))) for some in sets)
    clear = vectors(one)["a", "000001-scores"]
    assert not is_noise(NUMBERS.encode(clear, 6))


def test_of_no_store_shares_of_both_secrets_are_told(tmp_path: Path) -> None:
    federation = secure(tmp_path, max_iter=1)
    federation.until("lloyd1_masked")
    for name in "abcd":
        federation.stores[name].release()
    federation.aggregator.aggregate(quorum=4)
    federation.round()
    bodies = []
    for path in (federation.exchange / "stores").glob("*/release-*_unmasking-*"):
        message = json.loads(path.read_bytes().split(b"\n")[0])["told"]["message"]
        bodies.append((path.name, json.loads(json.loads(message)["content"])["body"]))
    lloyd = [body for name, body in bodies if "lloyd1" in name]
    assert {(*body["seeds"], "|", *body["keys"]) for body in lloyd} == {(*"abcd", "|", *"ef")}
    assert all(not set(body["seeds"]) & set(body["keys"]) for _, body in bodies)


def test_the_secrets_at_home_are_for_their_owner_alone(tmp_path: Path) -> None:
    federation = secure(tmp_path, max_iter=1)
    federation.until("lloyd1_shares")
    home = tmp_path / "homes/a/shops/store"
    assert oct((home / "sums").stat().st_mode)[-3:] == "700"
    assert oct(home.stat().st_mode)[-3:] == "700"
