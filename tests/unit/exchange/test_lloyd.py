"""Federated Lloyd through an exchange: rounds of sums, equal to Lloyd on all rows together."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from stores_apart import Apart, Store, apart, customers

from sparkfl.audit.attacks.rounds import moved
from sparkfl.audit.told import Told
from sparkfl.errors import AggregationError, QuorumError
from sparkfl.exchange import aggregator, member
from sparkfl.exchange.canonical import encode
from sparkfl.exchange.overview import overview
from sparkfl.exchange.screening import screen
from sparkfl.exchange.steps import step_of
from sparkfl.local.fitting import LocalFit
from sparkfl.local.iterations import LloydIteration, under_centres
from sparkfl.local.result import LocalResult, Verdict
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import ClusterSummary

LLOYD = {"global_algorithm": "federated_lloyd", "tol": 0.0}
EXACT = {**LLOYD, "iteration_guard": False, "max_iter": 99}
HONEST = {"north": customers(1, 150), "south": customers(2, 80), "west": customers(3, 120, 1.0)}
LIAR = "liar"
BOUNDS = {"orders": [-50, 1000], "value": [-50, 5000]}


def mixed(seed: int, n: int) -> np.ndarray:
    """Customers of three kinds that overlap, so that iterations move many of them."""
    random = np.random.default_rng(seed)
    kinds = np.array([[0.0, 0.0], [3.0, 1.0], [1.0, 4.0]]) + random.normal(0, 0.3, (3, 2))
    share = random.dirichlet(np.full(3, 4.0))
    return kinds[random.choice(3, n, p=share)] + random.normal(0, 1.3, (n, 2))


def parties(seed: int, n: int = 30, size: int = 12) -> np.ndarray:
    """Customers who come in parties of twelve alike: an iteration moves all of a party."""
    return np.repeat(mixed(seed, n), size, axis=0) + np.random.default_rng(seed).normal(
        0, 1e-4, (n * size, 2)
    )


def pooled(federation: Apart, rows: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray, Any]:
    """Lloyd's algorithm of scikit-learn on all rows together, from the same centres."""
    known = federation.aggregator.history.standing
    assert known.scaling is not None
    every = known.scaling.transform(np.concatenate(list(rows.values())))
    start = known.centres_of(1)
    fit = KMeans(len(start), init=start, n_init=1, max_iter=500, tol=0.0, algorithm="lloyd")
    return every, fit.fit_predict(every), known


@settings(max_examples=3)
@given(st.integers(0, 1000), st.booleans())
def test_it_is_lloyd_on_all_rows_together(
    tmp_path_factory: pytest.TempPathFactory, seed: int, guarded: bool
) -> None:
    """To 1e-9 where nothing is held back: without the guard, or where none is to be."""
    make = parties if guarded else lambda seed: mixed(seed, 250)
    rows = {name: make(seed + place) for place, name in enumerate(("north", "south", "west"))}
    federation = apart(
        tmp_path_factory.mktemp("lloyd"), rows, **{**EXACT, "iteration_guard": guarded}
    )
    data = federation.round().standing.data
    every, label, known = pooled(federation, rows)
    assert federation.aggregator.history.last[-2].result["converged"]
    whole = ClusterSummary.of_rows(every, label)
    np.testing.assert_allclose(known.centres, whole.mean, rtol=0, atol=1e-9)
    ordered = whole.canonical()
    assert data.clusters.n.tolist() == ordered.n.tolist()
    np.testing.assert_allclose(data.clusters.mean, ordered.mean, rtol=0, atol=1e-9)
    np.testing.assert_allclose(data.clusters.ss, ordered.ss, rtol=1e-9)


def test_an_iteration_is_a_step_of_the_round(tmp_path: Path) -> None:
    rows = {name: mixed(place, 200) for place, name in enumerate(("north", "south"))}
    federation = apart(tmp_path, rows, {"scaling": "none"}, **{**EXACT, "max_iter": 3})
    done = federation.round()
    steps = [record.step for record in federation.aggregator.history.last]
    assert steps == ["clusters", "lloyd1", "lloyd2", "lloyd3", "scores"]
    assert done.standing.data.distribution.n.sum() == 400
    found = overview(federation.aggregator.storage, federation.aggregator.history)
    told = {each.step: each.detail for each in found if (each.store, each.round) == ("north", 1)}
    assert told["lloyd2"].startswith("centres moved by up to 0.")
    assert (told["clusters"], told["scores"]) == (None, None)
    own = federation.stores["south"].member.fetch().data
    assert own.clusters.mean.tolist() == done.standing.data.clusters.mean.tolist()
    assert own.stores() == ["south"]


def test_all_go_through_all_iterations_by_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stores that wait, and an aggregator with a deadline: one call of each is a round."""
    for module in (aggregator, member):
        monkeypatch.setattr(module, "_POLL", 0.02)
    rows = {name: mixed(place, 200) for place, name in enumerate(("north", "south", "west"))}
    federation = apart(tmp_path, rows, {"scaling": "none"}, **{**EXACT, "max_iter": 4})
    with ThreadPoolExecutor() as pool:
        parts = [pool.submit(s.member.take_part, s.told, 60) for s in federation.stores.values()]
        done = federation.aggregator.aggregate(deadline=60)
        assert [each.step for each in done.steps][:3] == ["clusters", "lloyd1", "lloyd2"]
        assert {len(part.result()) for part in parts} == {len(done.steps)}
    assert done.standing.round == 1


def test_iterations_end_where_centres_rest(tmp_path: Path) -> None:
    federation = apart(tmp_path, HONEST, **{**LLOYD, "tol": 50.0})
    federation.round()
    assert [record.step for record in federation.aggregator.history.last][2:] == [
        "clusters",
        "lloyd1",
        "scores",
    ]
    assert federation.aggregator.history.turn.step == "moments"


@pytest.mark.parametrize("guarded", [False, True])
def test_no_customer_is_read_from_iteration_to_iteration(tmp_path: Path, guarded: bool) -> None:
    """Without the guard the attack reads customers exactly, so that it is a test of the guard."""
    rows = {name: mixed(place, 300) for place, name in enumerate(("north", "south"))}
    federation = apart(tmp_path, rows, **{**EXACT, "iteration_guard": guarded})
    told: list[ClusterSummary] = []

    def overheard(turn: Any, figures: Any) -> Any:
        if turn.step.startswith("lloyd"):
            told.append(figures.summary)
        return figures

    federation.stores["north"].lies = overheard
    known = federation.round().standing.known
    found = moved(Told(rounds=told))
    scaled = known.scaling.transform(rows["north"])
    read = [row for row in found if (np.abs(scaled - row).max(axis=1) < 1e-9).any()]
    assert bool(read) != guarded
    if guarded:
        assert len(told) > 1
        assert min(n for own in told for n in own.n if n) >= 10


def test_the_order_of_arrival_does_not_matter(tmp_path: Path) -> None:
    models = set()
    for order in (list(HONEST), list(HONEST)[::-1]):
        federation = apart(tmp_path / order[0], HONEST, **LLOYD)
        federation.stores = {name: federation.stores[name] for name in order}
        federation.round()
        models.add(federation.global_model())
    assert len(models) == 1


def test_the_order_of_a_store_s_rows_has_no_influence() -> None:
    rows, fit = customers(1, 100), LocalFit("kmeans", 3, 0, Rules(10), Scaling.identity(2))
    centres = [np.array([[5.0, 20.0], [60.0, 200.0]])]
    due = LloydIteration(fit, fit.fit(rows).summary, centres)
    one, other = due.tell(rows), due.tell(rows[np.random.default_rng(0).permutation(100)])
    assert one.summary.mean.tolist() == other.summary.mean.tolist()
    assert one.summary.ss.tolist() == other.summary.ss.tolist()


def changed(*path: Any, value: Any) -> Callable[[dict[str, Any]], None]:
    def lie(content: dict[str, Any]) -> None:
        place = content["told"]
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value(place[path[-1]]) if callable(value) else value

    return lie


def hundredfold(content: dict[str, Any]) -> None:
    own = content["told"]["clusters"]
    for name in ("n", "ss"):
        own[name] = (100 * np.array(own[name])).tolist()


LIES = {
    "nothing": ("missing", None),
    "more rows": ("counts_do_not_add_up", changed("clusters", "n", 0, value=lambda n: n + 1)),
    "a hundred times its weight": ("counts_do_not_add_up", hundredfold),
    "a negative count": ("bad_counts", changed("clusters", "n", 0, value=-20)),
    "no rows at all": ("bad_counts", changed("clusters", "n", value=[0, 0, 0])),
    "one customer": ("bad_counts", changed("clusters", "n", 0, value=1)),
    "another centre": ("malformed", changed("clusters", "n", value=[20])),
    "a far mean": ("out_of_bounds", changed("clusters", "mean", 0, 0, value=1e6)),
    "a wide cluster": ("out_of_bounds", changed("clusters", "ss", 0, 0, value=1e9)),
    "no verdict": ("malformed", changed("verdict", value="fine")),
    "ok without clusters": ("malformed", changed("clusters", value=None)),
    "a later iteration": ("future_round", lambda content: content.update(step="lloyd3")),
    "an earlier step": ("replayed", lambda content: content.update(step="clusters")),
}


@pytest.mark.parametrize("name", LIES)
def test_who_lies_or_is_late_is_as_if_it_were_not_there(
    waiting: tuple[Apart, bytes], name: str
) -> None:
    reason, lie = LIES[name]
    federation, silent = waiting
    turn = federation.aggregator.history.turn
    if lie is not None:
        content = federation.content(LIAR, turn)
        lie(content)
        federation.put_signed(LIAR, turn, content)
    own = federation.aggregator
    found = screen(own.storage, own.history, own.membership)
    for file in (federation.exchange / "stores" / LIAR).glob("release-*-lloyd*"):
        file.unlink()
    assert found.verdicts[LIAR].reason == reason
    told = {store: release.told for store, release in found.accepted.items()}
    assert sorted(told) == sorted(HONEST)
    assert encode(step_of(turn.step).combine(told, turn.so_far)) == silent


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> tuple[Apart, bytes]:
    """A federation whose honest stores have released for an iteration; what is made of that."""
    everybody = {**HONEST, LIAR: customers(9, 90)}
    federation = apart(tmp_path_factory.mktemp("waiting"), everybody, bounds=BOUNDS, **LLOYD)
    turn = federation.until("lloyd1")
    for store in HONEST:
        federation.stores[store].release()
    told = {store: federation.stores[store].told(turn)[1] for store in sorted(HONEST)}
    return federation, encode(step_of(turn.step).combine(told, turn.so_far))


def test_a_store_may_miss_an_iteration_and_come_back(tmp_path: Path) -> None:
    rows = {name: mixed(place, 200) for place, name in enumerate(("north", "south", "west"))}
    federation = apart(tmp_path, rows, **LLOYD)
    federation.until("lloyd1")
    federation.stores["north"].release()
    federation.stores["west"].release()
    with pytest.raises(QuorumError, match=r"Step lloyd1 of round 1 is not closed.*south missing"):
        federation.aggregator.aggregate()
    (closed,) = federation.aggregator.aggregate(quorum=2).steps
    assert sum(closed.result["clusters"]["n"]) == 400
    federation.stores["south"].release()
    for name in ("north", "west"):
        federation.stores[name].release()
    (closed,) = federation.aggregator.aggregate().steps
    assert closed.verdicts["south"].reason == "accepted"
    assert sum(closed.result["clusters"]["n"]) == 600


def test_who_was_not_in_the_local_clusters_is_in_no_iteration(tmp_path: Path) -> None:
    federation = apart(tmp_path, HONEST, **LLOYD)
    federation.until("clusters")
    for name in ("north", "west"):
        federation.stores[name].release()
    federation.aggregator.aggregate(quorum=2)
    assert federation.aggregator.history.turn.step == "lloyd1"
    assert federation.stores["south"].release() is None
    assert federation.aggregator.history.out_of_turn("south") == "it has no clusters in this round"


def test_rows_that_have_changed_since_the_local_clusters_are_not_told() -> None:
    rows, fit = customers(1, 100), LocalFit("kmeans", 3, 0, Rules(10), Scaling.identity(2))
    centres = [np.array([[5.0, 20.0], [60.0, 200.0]])]
    due = LloydIteration(fit, fit.fit(rows).summary, centres)
    found = due.tell(np.concatenate([rows, rows[-1:] + 0.5]))
    assert (found.verdict, found.summary, found.rows) == (Verdict.HELD_BACK, None, 0)
    few = LloydIteration(fit, due.clusters, centres).tell(rows[:9])
    assert (few.verdict, few.summary) == (Verdict.TOO_SMALL, None)


@pytest.mark.parametrize("keyed", [False, True])
def test_a_guard_gets_who_is_under_each_centre(keyed: bool) -> None:
    """And sizes count entities: eight customers with ten rows each are told with some others."""
    rows = np.concatenate([customers(1, 100)[1:], np.add(customers(2, 81)[1:], [300.0, 900.0])])
    entity = np.r_[np.arange(99), 1000 + np.arange(80) % 8].astype(float) if keyed else None
    rules = Rules(10, entity_key="customer_id" if keyed else None)
    fit = LocalFit("kmeans", 3, 0, rules, Scaling.identity(2))
    known = fit.fit(rows, entity).summary
    due = LloydIteration(fit, known, [np.array([[5.0, 20.0], [900.0, 90.0], [350.0, 1000.0]])])
    place = np.arange(len(rows), dtype=float)
    plain, told = due.tell(rows, entity), due.tell(rows, entity, place)
    assert plain.summary.n[1] == 0
    assert (plain.summary.n[2] == 80) != keyed
    whose = told.atoms.membership.merged(told.atoms.home)
    assert whose.clusters == len(told.summary) == 2
    assert told.mergeable.tolist() == [False, True, True, True]
    sizes = np.bincount(whose.cluster)
    assert sizes.min() > 10
    assert sizes.sum() == (107 if keyed else 179)
    again = under_centres(told.summary, due.centres[-1])
    assert again.n.tolist() == plain.summary.n.tolist()
    np.testing.assert_allclose(again.ss, plain.summary.ss)


@pytest.mark.parametrize(("features", "k"), [(1, 1), (47, 4), (200, 2)])
def test_any_number_of_features_and_centres(features: int, k: int) -> None:
    random = np.random.default_rng(features)
    rows = random.normal(size=(120, features)) + random.integers(0, 3, 120)[:, None] * 5.0
    fit = LocalFit("bisecting_kmeans", None, 0, Rules(10), Scaling.identity(features))
    centres = [random.normal(size=(k, features)) + 5.0 * np.arange(k)[:, None]]
    found = LloydIteration(fit, fit.fit(rows).summary, centres).tell(rows)
    assert found.summary.mean.shape == (k, features)
    assert found.summary.n.sum() == 120
    whole = ClusterSummary.of_rows(rows, np.zeros(120, dtype=np.int64))
    there = found.summary.ordered(np.flatnonzero(found.summary.n)).total()
    np.testing.assert_allclose(there.mean, whole.mean)
    np.testing.assert_allclose(there.ss, whole.ss)


def test_why_a_store_tells_nothing_is_in_its_verdict(tmp_path: Path) -> None:
    federation = apart(tmp_path, HONEST, **LLOYD)
    federation.until("lloyd1")
    held = LocalResult(Verdict.HELD_BACK, 0, detail="its rows are others")
    federation.stores["north"].lies = lambda turn, figures: held
    for store in federation.stores.values():
        store.release()
    (closed,) = federation.aggregator.aggregate().steps
    said = closed.verdicts["north"]
    assert (said.reason, said.rows) == ("accepted", 0)
    assert said.detail == "it may tell nothing: held_back: its rows are others"


def test_a_store_that_has_left_is_taken_out_of_the_last_iteration(tmp_path: Path) -> None:
    federation = apart(tmp_path, HONEST, **LLOYD)
    federation.round()
    last = [r for r in federation.aggregator.history.last if r.step.startswith("lloyd")][-1]
    federation.stores["south"].member.leave()
    done = federation.aggregator.aggregate()
    assert done.revised
    data = done.standing.data
    assert (data.stores(), int(data.clusters.n.sum())) == (["north", "west"], 270)
    others = [federation.stores[name] for name in ("north", "west")]
    own = [_assigned(each, federation, last.step) for each in others]
    total = ClusterSummary.concatenate(own).merged(np.tile(np.arange(3), 2))
    np.testing.assert_allclose(data.clusters.mean, total.canonical().mean, rtol=1e-12)
    for name in ("north", "west"):
        federation.stores[name].member.leave()
    with pytest.raises(AggregationError, match="All stores"):
        federation.aggregator.aggregate()


def _assigned(store: Store, federation: Apart, step: str) -> ClusterSummary:
    """What a store has told in an iteration, read from its file."""
    (file,) = (federation.exchange / "stores" / store.member.store).glob(f"release-*-{step}-*")
    told = json.loads(file.read_text().splitlines()[0])["told"]["clusters"]
    n = np.array(told["n"])
    return ClusterSummary(n, np.array(told["mean"]), np.array(told["ss"]))
