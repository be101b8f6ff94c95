"""The aggregator or a store killed at every write: a rerun ends where an undisturbed run does."""

from __future__ import annotations

from pathlib import Path

import pytest
from killing import Kept, at_every_moment, tree
from stores_apart import Apart, apart, customers

from sparkfl.exchange.aggregator import Aggregator
from sparkfl.exchange.keys import PrivateKey
from sparkfl.exchange.member import Member

ROWS = {"north": customers(1), "south": customers(2, 80)}


def with_step(place: Path, step: str) -> Apart:
    """A federation whose rounds have a step."""
    if not step.startswith("lloyd"):
        return apart(place, ROWS)
    return apart(place, ROWS, {"globalK": 2}, global_algorithm="federated_lloyd", tol=0.0)


@pytest.mark.parametrize("step", ["moments", "clusters", "lloyd2", "scores"])
def test_a_store_killed_while_it_releases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    federation = with_step(tmp_path, step)
    federation.until(step)
    kept = Kept(federation)
    moments = at_every_moment(
        monkeypatch,
        kept.restore,
        federation.stores["north"].release,
        lambda: tree(federation.exchange),
    )
    assert moments > 4


@pytest.mark.parametrize("step", ["moments", "asinh", "clusters", "lloyd1", "lloyd2", "scores"])
def test_the_aggregator_killed_while_it_closes_a_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    federation = with_step(tmp_path, step)
    federation.until(step)
    for store in federation.stores.values():
        store.release()
    kept = Kept(federation)

    def close() -> None:
        if federation.aggregator.history.turn.step == step:
            federation.aggregator.aggregate()

    moments = at_every_moment(monkeypatch, kept.restore, close, lambda: tree(federation.exchange))
    assert moments > 4


def test_the_aggregator_killed_while_it_takes_a_store_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    federation = apart(tmp_path, ROWS)
    federation.round()
    federation.stores["north"].member.leave()
    kept = Kept(federation)

    def revise() -> None:
        if federation.aggregator.history.revisions == []:
            federation.aggregator.aggregate()

    at_every_moment(monkeypatch, kept.restore, revise, lambda: tree(federation.exchange))
    assert federation.aggregator.history.without == ("north",)


def test_a_store_killed_while_it_joins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    aggregator = apart(tmp_path, {}).aggregator
    invitations = iter([])
    places = iter(range(100))
    now: dict[str, str] = {}

    def fresh() -> Path:
        place = next(places)
        now.update(home=str(tmp_path / str(place)), store=f"s{place}")
        now["invitation"] = aggregator.invite(now["store"]).text
        return Path(now["home"])

    def join() -> None:
        Member.join("shops", now["invitation"], home=now["home"])

    def state() -> tuple[bool, list[str], int]:
        key = PrivateKey.at(Path(now["home"], "shops", "store", "key.pem")).public
        joined = list((tmp_path / "exchange/stores" / now["store"]).glob("join-*"))
        member = aggregator.membership.keys[now["store"]] == key
        return member, [p.name[:5] for p in joined], Path(now["home"]).stat().st_mode

    assert at_every_moment(monkeypatch, fresh, join, state) > 8
    assert list(invitations) == []


def test_an_aggregator_killed_while_it_creates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = iter(range(100))
    now: list[Path] = []

    def fresh() -> Path:
        now[:] = [tmp_path / str(next(places))]
        return now[0]

    def create() -> None:
        if not (now[0] / "exchange/federation.json").exists():
            Aggregator.create(
                "shops", str(now[0] / "exchange"), {"inputCols": ["a"]}, home=now[0] / "home"
            )

    def state() -> tuple[str, list[str]]:
        aggregator = Aggregator("shops", home=now[0] / "home")
        return aggregator.history.turn.step, sorted(tree(now[0]))

    assert at_every_moment(monkeypatch, fresh, create, state) > 8
