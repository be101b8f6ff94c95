"""Stores on their own Spark: what they release is what one Spark makes of their rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from stores_apart import FEATURES, customers

from sparkfl import FederatedClustering, FederatedClusteringModel
from sparkfl.errors import CapabilityError, ParameterError, SchemaError
from sparkfl.exchange.aggregator import Aggregator
from sparkfl.exchange.member import Member
from sparkfl.exchange.release import Turn
from sparkfl.exchange.steps import SoFar
from sparkfl.exchange.store_round import teller
from sparkfl.federation.influence import influence
from sparkfl.privacy.policy import ReleasePolicy

ROWS = {"north": customers(1), "south": customers(2, 80), "west": customers(3, 50, 1.0)}
PARAMS = {"inputCols": FEATURES, "k": 3, "globalK": 3}
LLOYD, STORES = {"global_algorithm": "federated_lloyd"}, ("north", "south")


def joined(
    place: Path, params: dict[str, object] | None = None, **given: object
) -> tuple[Aggregator, dict[str, Member]]:
    stated = {**PARAMS, **(params or {})}
    aggregator = Aggregator.create(
        "shops", str(place / "exchange"), stated, home=place / "aggregator", **given
    )
    members = {s: Member.join("shops", aggregator.invite(s).text, home=place / s) for s in ROWS}
    return aggregator, members


def frame(spark, store: str, rows=None):
    own = ROWS[store] if rows is None else rows
    data = [(i, *map(float, row)) for i, row in enumerate(own)]
    return spark.createDataFrame(data, "customer_id long, orders double, value double")


def test_the_same_global_model_as_in_one_spark(spark, tmp_path: Path) -> None:
    """Three stores' releases give, bit for bit, the model that one Spark gives of all rows."""
    aggregator, members = joined(tmp_path)
    tellers = {s: teller(member, frame(spark, s)) for s, member in members.items()}
    for _ in range(4):
        for store, member in members.items():
            member.release(tellers[store])
        done = aggregator.aggregate()
    together = None
    for store in ROWS:
        own = frame(spark, store).selectExpr(f"'{store}' AS store_id", "*")
        together = own if together is None else together.union(own)
    whole = FederatedClustering(**PARAMS).fit(together).data
    apart = done.standing.data
    assert apart.tables["releases"].equals(whole.tables["releases"])
    assert apart.tables["global_model"].equals(whole.tables["global_model"])
    assert apart.scaling.to_json() == whole.scaling.to_json()
    assert (
        apart.tables["verdicts"].drop("strategy").equals(whole.tables["verdicts"].drop("strategy"))
    )
    assert apart.params == whole.params
    assert apart.distribution.n.sum() == whole.distribution.n.sum()
    middle = [data.distribution.score(50.0) for data in (apart, whole)]
    assert middle[0] == pytest.approx(middle[1], rel=0.2)
    fetched = members["north"].fetch()
    assert fetched.data.clusters.mean.tolist() == whole.clusters.mean.tolist()


def test_a_policy_of_the_store_and_a_guard(spark, tmp_path: Path) -> None:
    aggregator, members = joined(tmp_path, max_weight=50.0)
    policy = ReleasePolicy(entity_key="customer_id", dominance=1.0, grid=0.0)
    guard = str(tmp_path / "guard")
    for store, member in members.items():
        member.release(teller(member, frame(spark, store), policy, guard))
    (closed,) = aggregator.aggregate().steps
    assert {v.reason for v in closed.verdicts.values()} == {"accepted"}
    assert all(v.rows % 5 == 0 for v in closed.verdicts.values())
    changed = np.concatenate([ROWS["north"], [[1.0, 2.0]]])
    member = members["north"]
    member.release(teller(member, frame(spark, "north", changed), policy, guard))
    (file,) = (tmp_path / "exchange/stores/north").glob("release-*-asinh-*")
    assert b'"told":{"moments":null}' in file.read_bytes()


def test_iterations_add_up_to_lloyd_on_all_rows_together(spark, tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    kinds = np.array([[0.0, 0.0], [3.0, 1.0], [1.0, 4.0]])
    rows = {s: kinds[random.integers(0, 3, 150)] + random.normal(0, 1.3, (150, 2)) for s in STORES}
    exact = {"tol": 0.0, "max_iter": 2, "iteration_guard": False}
    aggregator, members = joined(tmp_path, {"scaling": "none"}, **LLOYD, **exact)
    policy = ReleasePolicy(
        entity_key="customer_id", dominance=1.0, round=1, grid=0.0, allow_identical=True
    )
    tellers = {
        s: teller(members[s], frame(spark, s, rows[s]), policy, iteration_guard=False)
        for s in STORES
    }
    for _ in range(3):
        for store in STORES:
            members[store].release(tellers[store])
        aggregator.aggregate(quorum=2)
    known = aggregator.history.so_far
    assert aggregator.history.turn.step == "scores"
    every, centres = np.concatenate([rows[s] for s in STORES]), known.centres_of(1)
    for _ in range(2):
        label = ((every[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
        centres = np.array([every[label == k].mean(axis=0) for k in range(3)])
    np.testing.assert_allclose(known.centres, centres, rtol=0, atol=1e-9)
    assert known.clusters.n.sum() == 300


def test_an_iteration_behind_a_guard_and_of_rows_that_have_changed(spark, tmp_path: Path) -> None:
    aggregator, members = joined(tmp_path, {"scaling": "none"}, **LLOYD)
    north, south = (members[s] for s in STORES)
    guarded = teller(north, frame(spark, "north"), guard_path=str(tmp_path / "guard"))
    north.release(guarded)
    south.release(teller(south, frame(spark, "south")))
    aggregator.aggregate(quorum=2)
    changed = np.concatenate([ROWS["south"], [[1.0, 2.0]]])
    assert north.release(guarded).step == "lloyd1"
    south.release(teller(south, frame(spark, "south", changed)))
    (closed,) = aggregator.aggregate(quorum=1).steps
    assert sum(closed.result["clusters"]["n"]) == len(ROWS["north"])
    said = closed.verdicts["south"].detail
    assert said.startswith("it may tell nothing: held_back: its rows are others than those of its")


def test_totals_of_masked_figures_are_those_of_all_rows(spark, tmp_path: Path) -> None:
    """Moments, sums and scores of three Sparks, of which the exchange has totals alone."""
    bounds = {"orders": (-50, 500), "value": (-100, 2500)}
    given = {"max_iter": 1, "bounds": bounds, "secure_aggregation": True}
    aggregator, members = joined(tmp_path, **LLOYD, **given)
    with pytest.raises(ParameterError, match="not for a federation with secure aggregation"):
        teller(members["north"], frame(spark, "north"), guard_path=str(tmp_path / "guard"))
    tellers = {s: teller(member, frame(spark, s)) for s, member in members.items()}
    while not aggregator.history.last:
        for store, member in members.items():
            member.release(tellers[store])
        done = aggregator.aggregate()
    known, rows = done.standing.known, np.concatenate(list(ROWS.values()))
    np.testing.assert_allclose(known.scaling.mean, rows.mean(axis=0), rtol=1e-9)
    np.testing.assert_allclose(known.scaling.std, rows.std(axis=0, ddof=1), rtol=1e-9)
    assert known.results["lloyd1"]["rows"] == len(rows)
    assert sum(known.results["scores"]["distribution"]["n"]) == len(rows)
    data = members["west"].fetch().data
    own = frame(spark, "west").selectExpr("'west' AS store_id", "*")
    found = FederatedClusteringModel(spark, data).transform(own).toPandas()
    expected = data.predict(pd.DataFrame(ROWS["west"], columns=FEATURES))
    assert found["local_prediction"].isna().all()
    assert found["prediction"].tolist() == expected["prediction"].tolist()
    assert found["is_anomaly"].tolist() == expected["is_anomaly"].tolist()
    with pytest.raises(CapabilityError, match="totals over all stores"):
        list(influence(done.standing.data))


def test_rows_that_have_changed_are_in_no_later_sum(spark, tmp_path: Path) -> None:
    bounds = {"orders": (-50, 500), "value": (-100, 2500)}
    given = {"max_iter": 1, "bounds": bounds, "secure_aggregation": True}
    _, members = joined(tmp_path, {"scaling": "none"}, **LLOYD, **given)
    assert members["west"].summation.same_rows(1, "another hash")
    turn = Turn(1, "lloyd1", "00", SoFar(members["west"].contract, round=1))
    turn = replace(turn, so_far=turn.so_far.then("roster", {"start": [[0.0, 0.0]]}, {}))
    _, told = teller(members["west"], frame(spark, "west"))(turn)
    assert told.verdict == "held_back"
    assert told.detail.startswith("its rows are others than those of its first figures")


def test_rows_of_another_store_are_not_released(spark, tmp_path: Path) -> None:
    _, members = joined(tmp_path)
    rows = frame(spark, "north").selectExpr("*", "if(customer_id < 40, 'north', 'x') AS STORE_ID")
    with pytest.raises(SchemaError, match=r"whose store_id is 'x'; this is store 'north'"):
        members["north"].release(teller(members["north"], rows))
    assert not list((tmp_path / "exchange/stores/north").glob("release-*"))
    with pytest.raises(SchemaError, match="value"):
        teller(members["north"], rows.drop("value"))
