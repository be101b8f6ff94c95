"""No raw cell of a customer is in anything that a federation leaves outside of its stores."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import audited_federation
import numpy as np
import pandas as pd
import pytest
from audited_federation import FEATURES
from spark_programs import run

from sparkfl.audit.fingerprint import fingerprint
from sparkfl.audit.own import attack
from sparkfl.audit.releases import versions
from sparkfl.audit.search import search
from sparkfl.statistics.scaling import Scaling


def customers() -> pd.DataFrame:
    """Stores at the borders: one customer, no more than clusters, equal ones, outliers, many."""
    rng = np.random.default_rng(3)
    sizes = {"large": 200, "alone": 1, "few": 3, "nine": 9, "twelve": 12, "equal": 15, "far": 40}
    parts = []
    for store, n in sizes.items():
        rows = rng.lognormal(3, 1, size=(n, len(FEATURES)))
        if store == "equal":
            rows[:] = rows[0]
        if store == "far":
            rows[:3] *= 1000
        frame = pd.DataFrame(rows, columns=FEATURES)
        parts.append(
            frame.assign(store_id=store, customer_id=[f"{store}-{i:08}" for i in range(n)])
        )
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def left(
    tmp_path_factory: pytest.TempPathFactory, mlflow_database: Callable[[Path], str]
) -> tuple[Path, Path, pd.DataFrame]:
    """The stores' folder, what was left outside of it, and all customers, of whom one joined."""
    home = tmp_path_factory.mktemp("audit")
    inside, outside = home / "inside", home / "outside"
    (outside / "events").mkdir(parents=True)
    inside.mkdir()
    mlflow_database(outside)
    now = customers()
    now.to_parquet(inside / "now.parquet", index=False)
    now[now.customer_id != "large-00000199"].to_parquet(inside / "before.parquet", index=False)
    words = [sys.executable, audited_federation.__file__, str(inside), str(outside)]
    done = run(words, home)
    assert done.returncode == 0, done.stderr[-4000:]
    (outside / "stdout.txt").write_text(done.stdout)
    (outside / "stderr.txt").write_text(done.stderr)
    return inside, outside, now


def test_no_cell_and_no_customer_is_outside(left: tuple[Path, Path, pd.DataFrame]) -> None:
    inside, outside, now = left
    rows = now[list(FEATURES)].to_numpy()
    # Equal customers are so many that they are no one's.
    told = rows[(now.store_id != "equal").to_numpy()]
    read = versions(["shops", "by_sql"], f"sqlite:///{outside}/mlflow.db")
    spaces = {}
    for version in read:
        assert version.data is not None
        scaling = version.data.scaling
        spaces[version.name] = scaling.transform
        spaces[f"{version.name}, z-score"] = Scaling(scaling.mean, scaling.std).transform
    found = search([outside], told, spaces)
    assert found.hits == []
    assert found.unread == {}
    assert found.cells == told.size
    assert found.common == 0
    assert search([outside], now.customer_id.tolist()).hits == []
    assert "ValueError in audited_federation.fit_predict" in (outside / "stdout.txt").read_text()
    # The same search looks into the event log, and finds every cell where the stores have it.
    assert search([outside / "events"], ["SparkListenerApplicationStart"]).found == 1
    assert search([inside / "now.parquet"], told).found == told.size
    assert search([inside / "now.parquet"], now.customer_id.tolist()).found == len(now)


def test_versions_of_a_registry_give_away_who_joined(
    left: tuple[Path, Path, pd.DataFrame],
) -> None:
    """What a minimum size does not stop; the releases are Spark's, and so are the fingerprints."""
    _, outside, now = left
    read = versions(["shops"], f"sqlite:///{outside}/mlflow.db")
    rows = {store: own[list(FEATURES)].to_numpy() for store, own in now.groupby("store_id")}
    for store in ("large", "twelve", "far"):
        assert read[1].stores[store].fingerprint == fingerprint(rows[store])
    found = {finding.attack: finding for finding in attack(read, rows)}
    assert (found["singleton recovery"].stores, found["singleton recovery"].true) == (0, 0)
    clusters = found["differencing of clusters"]
    assert (clusters.stores, clusters.true) == (1, 1)
    assert found["enumeration of a fingerprint"].stores == 1
