"""Releases of one's own: read from files, tables and the registry, attacked and checked."""

from __future__ import annotations

import json
import runpy
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sparkfl.audit.fingerprint import fingerprint
from sparkfl.audit.main import MISSED, main
from sparkfl.audit.own import attack
from sparkfl.audit.releases import versions
from sparkfl.cli.main import main as command
from sparkfl.errors import ParameterError, SchemaError, SparkflError, StorageError
from sparkfl.federation.data import FederationData
from sparkfl.federation.inputs import Inputs
from sparkfl.federation.tables import pooled_scaling, tables
from sparkfl.global_.aggregate import aggregate
from sparkfl.local.fitting import LocalFit
from sparkfl.privacy.rules import Rules
from sparkfl.registry import ModelRegistry
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import ClusterSummary

FEATURES = ["spend", "visits"]
SAMPLES = Path(__file__).parents[2] / "resources" / "format_5"


def customers(north: int, south: int) -> pd.DataFrame:
    """Customers of two stores; more of them keep those that there were."""
    rng = np.random.default_rng(1)
    drawn = {"north": rng.lognormal(3, 1, (150, 2)), "south": rng.lognormal(4, 1, (150, 2))}
    parts = [
        pd.DataFrame(rows[:n], columns=FEATURES).assign(store_id=store)
        for (store, rows), n in zip(drawn.items(), (north, south), strict=True)
    ]
    every = pd.concat(parts, ignore_index=True)
    return every.assign(customer_id=[f"c-{i:08}" for i in range(len(every))])


def pooled(frame: pd.DataFrame) -> Scaling:
    rows = frame[FEATURES].to_numpy()
    return Scaling.of_moments(ClusterSummary.of_rows(rows, np.zeros(len(rows), int)))


def federation(frame: pd.DataFrame, scaling: Scaling | None) -> FederationData:
    """What a training leaves, without Spark; each store has its own scaling without one."""
    fit = LocalFit("bisecting_kmeans", 3, 0, Rules(10), scaling)
    results = {}
    for store, own in frame.groupby("store_id"):
        rows = own[FEATURES].to_numpy()
        low, high = fingerprint(rows)
        results[store] = replace(fit.fit(rows), content=f"{low:X}-{high:X}")
    clusters = aggregate(ClusterSummary.concatenate([r.summary for r in results.values()]), 3, 0)
    inputs = Inputs.of_numbers("store_id", "string", FEATURES)
    params = {"minClusterSize": 10, "inputCols": FEATURES}
    made = tables(inputs, results, clusters)
    common, whose = scaling or pooled_scaling(made), "federation" if scaling else "store"
    return FederationData(params, inputs, common, 95.0, made, whose)


@pytest.fixture
def grown(tmp_path: Path) -> list[str]:
    """Two versions, between which one customer has joined in the north."""
    before, now = customers(100, 90), customers(101, 90)
    scaling = pooled(before)
    for name, frame in (("v1", before), ("v2", now)):
        federation(frame, scaling).write(tmp_path / name)
    now.to_parquet(tmp_path / "customers.parquet")
    return [str(tmp_path / name) for name in ("v1", "v2")]


def by_attack(found):
    return {finding.attack: finding for finding in found}


def test_one_who_joined_is_read_off_and_is_true(grown: list[str]) -> None:
    now = customers(101, 90)
    rows = {store: own[FEATURES].to_numpy() for store, own in now.groupby("store_id")}
    found = by_attack(attack(versions(grown), rows))
    clusters = found["differencing of clusters"]
    assert (clusters.stores, clusters.of, clusters.true) == (1, 2, 1)
    assert found["enumeration of a fingerprint"].stores == 1
    assert found["other options on the same rows"].stores == 0


def test_the_scaling_that_stores_share_gives_away_who_joined(tmp_path: Path) -> None:
    frames = [customers(100, 90), customers(100, 91)]
    for name, frame in zip("ab", frames, strict=True):
        federation(frame, pooled(frame).rounded()).write(tmp_path / name)
    read = versions([str(tmp_path / name) for name in "ab"])
    rows = {store: own[FEATURES].to_numpy() for store, own in frames[1].groupby("store_id")}
    found = by_attack(attack(read, rows))
    assert "differencing of clusters" not in found  # another clustering space
    assert (found["differencing of moments"].stores, found["differencing of moments"].true) == (
        1,
        1,
    )


def test_a_scaling_of_its_own_gives_away_who_joined(tmp_path: Path) -> None:
    frames = [customers(100, 90), customers(99, 90)]
    for name, frame in zip("ab", frames, strict=True):
        federation(frame, None).write(tmp_path / name)
    read = versions([str(tmp_path / name) for name in "ab"])
    rows = {store: own[FEATURES].to_numpy() for store, own in frames[0].groupby("store_id")}
    moments = by_attack(attack(read, rows))["differencing of moments"]
    assert (moments.stores, moments.of, moments.true) == (1, 2, 1)


def test_nothing_is_read_off_when_twenty_joined(tmp_path: Path) -> None:
    scaling = pooled(customers(100, 90))
    for name, n in (("a", 100), ("b", 120)):
        federation(customers(n, 90), scaling).write(tmp_path / name)
    found = attack(versions([str(tmp_path / name) for name in "ab"]))
    assert {finding.stores for finding in found} == {0}
    assert main(["--releases", str(tmp_path / "a"), str(tmp_path / "b")]) == 0


def test_a_registry_is_read_without_spark(tmp_path: Path, mlflow_database, capsys) -> None:
    uri = mlflow_database(tmp_path)
    registry, scaling = ModelRegistry(uri, localModels=0), pooled(customers(100, 90))
    for n in (70, 100, 101):
        registry.register("shops", federation(customers(n, 90), scaling), if_exists="new_version")
    named = [version.name for version in versions(["shops"], uri)]
    assert named == ["shops$2", "shops$3"]
    assert [v.name for v in versions(["models:/shops/1", "shops$2"], uri)] == ["shops$1", "shops$2"]
    code = main(["--releases", "shops", "--tracking-uri", uri])
    told = capsys.readouterr().out
    assert code == MISSED
    assert "differencing of clusters (shops$2, shops$3): 1 of 2" in told


def test_data_checks_searches_and_attacks(grown: list[str], tmp_path: Path, capsys) -> None:
    joined = customers(101, 90)[FEATURES].to_numpy()[100]
    (tmp_path / "job.log").write_text(f"scored c-00000100: {joined[0]!r}")
    code = main(
        ["--releases", *grown, "--data", str(tmp_path / "customers.parquet"),
         "--search", str(tmp_path / "job.log"), *grown, "--stores", "4",
         "--output", str(tmp_path / "report")]
    )  # fmt: skip
    told = capsys.readouterr().out
    assert code == MISSED
    assert "1 of them are rows of the data" in told
    assert "wire and canary: 1 cells found" in told
    assert "names of customers: 1 cells found" in told
    assert "c-00000100" not in told
    assert repr(joined[0]) not in told
    written = json.loads((tmp_path / "report" / "attacks.json").read_text())
    assert {row["population"] for row in written} == {"your customers"}


def test_tables_and_saved_formats_are_read(tmp_path: Path) -> None:
    summary = ClusterSummary.of_rows(np.array([[1.0], [2.0], [9.5]]), np.array([0, 0, 1]))
    table = pa.table(
        {
            "shop": ["a", "a"],
            "n": summary.n,
            "mean": summary.mean.tolist(),
            "ss": summary.ss.tolist(),
        }
    )
    pq.write_table(table, tmp_path / "releases.parquet")
    found = attack(versions([str(tmp_path / "releases.parquet")]))
    assert [(f.attack, f.stores, f.of) for f in found] == [("singleton recovery", 1, 1)]
    for sample in ("federated", "federated_quantile"):
        (version,) = versions([str(SAMPLES / sample / "model")])
        assert all(told.fingerprint for told in version.stores.values())


@pytest.mark.parametrize(
    ("words", "error", "says"),
    [
        (["--releases", "no/such/folder"], StorageError, "no/such/folder"),
        (["--releases", "DELTA"], StorageError, "Delta"),
        (["--releases", "TEXT"], StorageError, "metadata.json"),
        (["--releases", "WRONG"], SchemaError, "'n'"),
        (["--releases", "a$b$c"], ParameterError, "a\\$b\\$c"),
        (["--releases", "V1", "--search", "V1"], ParameterError, "--data"),
        (["--data", "V1"], ParameterError, "--releases"),
        (["--stores", "0"], ParameterError, "--stores is 0"),
        (["--releases", "V1", "--data", "TEXT"], ParameterError, "must end in"),
        (["--releases", "V1", "--data", "NONE.csv"], StorageError, "cannot be read"),
        (["--releases", "V1", "--data", "OTHER.csv"], SchemaError, "'store_id'"),
        (["--releases", "V1", "--data", "AWAY.csv"], SchemaError, "north, south and so on"),
        (["--releases", "TABLE", "--data", "FEW.csv"], ParameterError, "as a model reads it"),
    ],
)
def test_errors_name_what_is_wrong(
    words: list[str], error: type[SparkflError], says: str, grown: list[str], tmp_path: Path
) -> None:
    (tmp_path / "DELTA" / "_delta_log").mkdir(parents=True)
    (tmp_path / "TEXT").write_text("no releases")
    pq.write_table(pa.table({"store": ["a"], "mean": [[1.0]]}), tmp_path / "WRONG")
    good = pa.table({"store": ["a"], "n": [10], "mean": [[1.0]], "ss": [[1.0]]})
    pq.write_table(good, tmp_path / "TABLE")
    (tmp_path / "OTHER.csv").write_text("spend,visits\n1,2\n")
    customers(3, 0).to_csv(tmp_path / "FEW.csv")
    customers(3, 0).assign(store_id="01").to_csv(tmp_path / "AWAY.csv")
    Path(grown[0]).rename(tmp_path / "V1")
    there = [str(tmp_path / w) if w.isupper() or w.endswith(".csv") else w for w in words]
    with pytest.raises(error, match=says):
        main(there)


def test_few_rows_check_and_are_no_population(grown: list[str], tmp_path: Path, capsys) -> None:
    customers(3, 0).to_csv(tmp_path / "few.csv")
    assert main(["--releases", grown[0], "--data", str(tmp_path / "few.csv")]) == 0
    told = capsys.readouterr().out
    assert "There is one version, and nothing to compare it with." in told
    assert "too few to draw stores from" in told


def test_the_module_and_the_command_end_with_one_line(monkeypatch, capsys) -> None:
    words = ["--releases", "no/such/place"]
    monkeypatch.setattr(sys, "argv", ["sparkfl.audit", *words])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("sparkfl.audit", run_name="__main__")
    assert (ended.value.code, command(["audit", *words])) == (1, 1)
    says = "There is no file or folder no/such/place. Correct --releases.\n"
    assert capsys.readouterr().err == f"sparkfl audit: {says}sparkfl: {says}"
