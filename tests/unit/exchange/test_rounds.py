"""Rounds of a federation of stores apart, from the first release to the global model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stores_apart import FEATURES, apart, customers

from sparkfl.errors import ModelNotFoundError, QuorumError
from sparkfl.exchange.standing import Standing
from sparkfl.global_.aggregate import aggregate
from sparkfl.local.fitting import LocalFit
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.moments import Moments
from sparkfl.statistics.scaling import Scaling, asinh
from sparkfl.statistics.summary import ClusterSummary

ROWS = {"north": customers(1), "south": customers(2, 80), "west": customers(3, 50, 1.0)}


def test_a_round_makes_what_the_pooled_figures_make(tmp_path: Path) -> None:
    """Scaling, local fits and aggregation again, all in one process: not one bit is another."""
    federation = apart(tmp_path, ROWS)
    done = federation.round()
    moments = [federation.stores[s]._of(ROWS[s]) for s in sorted(ROWS)]
    pooled = ClusterSummary(
        *(np.concatenate([getattr(m, f) for m in moments]) for f in ("n", "mean", "ss"))
    )
    pooled = ClusterSummary(pooled.n.max(axis=1), pooled.mean, pooled.ss)
    standard = Scaling.of_stores(pooled).rounded()
    again = [federation.stores[s]._of(asinh(standard.transform(ROWS[s]))) for s in sorted(ROWS)]
    told = Moments(*(np.concatenate([getattr(m, f) for m in again]) for f in ("n", "mean", "ss")))
    scaling = replace(standard, asinh=standard.again(told.total()).rounded())
    fit = LocalFit("bisecting_kmeans", 3, 0, Rules(10), scaling)
    results = [fit.fit(ROWS[s]).summary for s in sorted(ROWS)]
    clusters = aggregate(ClusterSummary.concatenate(results), 3, 0, True, "kmeans")
    data = done.standing.data
    assert data.clusters.n.tolist() == clusters.n.tolist()
    assert clusters.n.sum() == 190
    assert data.clusters.mean.tolist() == clusters.mean.tolist()
    assert data.clusters.ss.tolist() == clusters.ss.tolist()
    assert data.scaling.to_json() == scaling.to_json()
    assert data.stores() == ["north", "south", "west"]
    assert data.distribution.n.sum() == 190


def test_steps_come_one_after_the_other(tmp_path: Path) -> None:
    federation = apart(tmp_path, ROWS)
    seen = []
    while federation.aggregator.history.round == 1:
        seen.append({store.release().step for store in federation.stores.values()})
        assert {store.release() for store in federation.stores.values()} == {None}
        assert [each.step for each in federation.aggregator.aggregate().steps] == [*seen[-1]]
    assert seen == [{"moments"}, {"asinh"}, {"clusters"}, {"scores"}]


@pytest.mark.parametrize(
    ("scaling", "steps"), [("none", ["clusters", "scores"]), ("store", ["clusters", "scores"])]
)
def test_other_scalings_take_two_steps(tmp_path: Path, scaling: str, steps: list[str]) -> None:
    federation = apart(tmp_path, ROWS, {"scaling": scaling})
    done = federation.round()
    assert [each.step for each in federation.aggregator.history.last] == steps
    data = done.standing.data
    assert data.scaled_by == scaling
    assert [m.scaling is data.scaling for m in data.local_models.values()] == [
        scaling == "none"
    ] * 3


def test_a_store_gets_the_global_model_and_its_own_local_one(tmp_path: Path) -> None:
    import pandas as pd

    federation = apart(tmp_path, ROWS)
    member = federation.stores["south"].member
    with pytest.raises(ModelNotFoundError, match=r"'shops' has no global model yet.*step moments"):
        member.fetch()
    whole = federation.round().standing.data
    fetched = member.fetch()
    assert (fetched.round, fetched.data.stores()) == (1, ["south"])
    frame = pd.DataFrame(ROWS["south"], columns=FEATURES).assign(store_id="south")
    assert fetched.data.predict(frame).equals(whole.predict(frame))
    assert whole.predict(frame)["is_anomaly"].iloc[0]


def test_a_store_that_is_in_no_round_gets_the_global_model_alone(tmp_path: Path) -> None:
    federation = apart(tmp_path, ROWS)
    federation.round(only=["north", "west"], quorum=2)
    data = federation.stores["south"].member.fetch().data
    assert data.stores() == []
    assert data.clusters.n.sum() == 110


def test_what_a_store_asks_goes_with_its_release(tmp_path: Path) -> None:
    careful = Rules(12, None, 0.99, 5, 0.05, True, False)
    federation = apart(tmp_path, ROWS)
    federation.stores["south"].rules = careful
    data = federation.round().standing.data
    own = data.tables["releases"].to_pandas().query("store == 'south'")["n"]
    assert len(own)
    assert (own % 5 == 0).all()
    assert (data.releases.n % 5 != 0).any()


def test_the_quorum_and_the_deadline(tmp_path: Path) -> None:
    federation = apart(tmp_path, ROWS)
    aggregator, stores = federation.aggregator, federation.stores
    with pytest.raises(QuorumError, match=r"0 of 3 members have .* needs 2.*north missing"):
        aggregator.aggregate()
    stores["north"].release()
    stores["west"].release()
    with pytest.raises(
        QuorumError, match=r"the others may yet \(south missing\)\. Give a DEADLINE"
    ):
        aggregator.aggregate()
    with pytest.raises(QuorumError, match="needs 3"):
        aggregator.aggregate(quorum=3, deadline=0.05)
    assert aggregator.history.turn.step == "moments"
    (closed,) = aggregator.aggregate(quorum=2).steps
    assert closed.verdicts["south"].reason == "missing"
    stores["south"].release()
    assert aggregator.history.turn.step == "asinh"
    for name in ("north", "west"):
        stores[name].release()
    (closed,) = aggregator.aggregate().steps
    assert closed.verdicts["south"].reason == "accepted"


def test_nobody_is_enough_for_a_round_without_members(tmp_path: Path) -> None:
    with pytest.raises(QuorumError, match="JOIN FEDERATION makes members"):
        apart(tmp_path, {}).aggregator.aggregate()


def test_a_store_that_has_left_is_taken_out_of_the_standing_model(tmp_path: Path) -> None:
    federation = apart(tmp_path, ROWS)
    federation.round()
    federation.stores["south"].member.leave()
    done = federation.aggregator.aggregate()
    assert done.revised
    assert not done.steps
    assert done.standing.revision == 1
    data = done.standing.data
    assert data.stores() == ["north", "west"]
    clusters = aggregate(data.releases, 3, 0, True, "kmeans")
    assert data.clusters.mean.tolist() == clusters.mean.tolist()
    assert clusters.n.sum() == 110
    assert data.distribution.n.sum() == 110
    assert federation.stores["north"].member.fetch().data.clusters.n.sum() == 110
    with pytest.raises(QuorumError):
        federation.aggregator.aggregate()
    assert federation.round(only=["north", "west"]).standing.data.stores() == ["north", "west"]


def test_all_that_is_kept_is_in_the_exchange(tmp_path: Path) -> None:
    federation = apart(tmp_path, ROWS)
    standing = federation.round().standing
    again = Standing.read(federation.aggregator.storage, federation.aggregator.history)
    assert again.digest == standing.digest
    assert again.data.metadata() == standing.data.metadata()


@settings(max_examples=4)
@given(st.permutations(sorted(ROWS)), st.permutations(sorted(ROWS)))
def test_the_order_of_arrival_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, first: list[str], second: list[str]
) -> None:
    models = set()
    for order in (first, second):
        federation = apart(tmp_path_factory.mktemp("order"), ROWS)
        federation.stores = {name: federation.stores[name] for name in order}
        federation.round()
        models.add(federation.global_model())
    assert len(models) == 1


def test_a_deadline_that_passes_after_stores_have_left_is_no_error(tmp_path: Path) -> None:
    federation = apart(tmp_path, ROWS)
    federation.round()
    federation.stores["south"].member.leave()
    assert federation.aggregator.aggregate(quorum=1, deadline=0.0).revised
    federation.stores["north"].release()
    with pytest.raises(QuorumError, match=r"Step asinh of round 2"):
        federation.aggregator.aggregate(quorum=1, deadline=0.0)
    assert federation.aggregator.history.turn.step == "asinh"
