"""A store or the aggregator killed at every write of a sum: a rerun ends in the same state."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
from killing import Kept, at_every_moment, tree
from secure_federation import SIX, secure
from stores_apart import Apart

from sparkfl.exchange import summation
from sparkfl.exchange.contract import PHASES
from sparkfl.exchange.summation import Summation

THREE = {name: SIX[name] for name in "abc"}


class _Drawn:
    """Random bytes that another run draws again, so that states can be compared."""

    @staticmethod
    def token_bytes(size: int) -> bytes:
        return hashlib.sha256(b"drawn").digest()[:size]


@pytest.mark.parametrize("phase", ["roster", *(f"lloyd1_{phase}" for phase in PHASES)])
def test_a_store_killed_in_a_sum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, phase: str
) -> None:
    """Every figure and secret is noted before something of it is told, and the same is told."""
    monkeypatch.setattr(summation, "secrets", _Drawn)
    federation = secure(tmp_path, THREE, max_iter=1)
    federation.until(phase)
    kept, sums = Kept(federation), tmp_path / "homes/a/shops/store/sums"
    aside = tmp_path / "aside"
    if sums.exists():
        shutil.copytree(sums, aside)

    def fresh() -> Apart:
        shutil.rmtree(sums, ignore_errors=True)
        if aside.exists():
            shutil.copytree(aside, sums)
        return kept.restore()

    moments = at_every_moment(
        monkeypatch,
        fresh,
        federation.stores["a"].release,
        lambda: (tree(federation.exchange), tree(sums)),
    )
    assert moments > 4


@pytest.mark.parametrize("phase", ["roster", "lloyd1_masked", "lloyd1_unmasking"])
def test_the_aggregator_killed_in_a_sum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, phase: str
) -> None:
    federation = secure(tmp_path, THREE, max_iter=1)
    federation.until(phase)
    for store in federation.stores.values():
        store.release()
    kept = Kept(federation)

    def close() -> None:
        if federation.aggregator.history.turn.step == phase:
            federation.aggregator.aggregate()

    at_every_moment(monkeypatch, kept.restore, close, lambda: tree(federation.exchange))


def test_the_aggregator_killed_while_it_abandons_a_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    federation = secure(tmp_path, THREE, max_iter=1)
    federation.until("lloyd1_masked")
    kept = Kept(federation)

    def close() -> None:
        if federation.aggregator.history.turn.step == "lloyd1_masked":
            federation.aggregator.aggregate(deadline=0.001)

    at_every_moment(monkeypatch, kept.restore, close, lambda: tree(federation.exchange))
    assert federation.aggregator.history.round == 2


def test_a_rerun_over_other_rows_adds_what_was_begun_with(tmp_path: Path) -> None:
    """One mask is over one vector: what the store has now would be the difference to it."""
    federation = secure(tmp_path, THREE, max_iter=1)
    turn = federation.until("lloyd1_keys")
    store = federation.stores["a"]
    first = store.member.summation.tell(turn, store.told)
    store.rows = store.rows + 1
    assert store.member.summation.tell(turn, store.told) == first
    federation.round()
    record = next(r for r in federation.aggregator.history.last if r.step == "lloyd1_unmasking")
    assert record.result["rows"] == sum(map(len, THREE.values()))


def test_figures_are_asked_for_once_a_sum(tmp_path: Path) -> None:
    federation = secure(tmp_path, THREE, max_iter=1)
    asked: list[str] = []
    for store in federation.stores.values():
        store.lies = lambda turn, figures: asked.append(turn.step) or figures
    federation.round()
    assert sorted(asked) == [*["lloyd1"] * 3, *["scores"] * 3]
    assert isinstance(federation.stores["a"].member.summation, Summation)
