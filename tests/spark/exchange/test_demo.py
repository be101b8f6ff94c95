"""Three stores and an aggregator as processes of their own: `make demo-federation`."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq

from sparkfl.exchange.aggregator import Aggregator
from sparkfl.exchange.member import Member
from sparkfl.federation.arrow import summary_of
from sparkfl.global_.aggregate import aggregate
from sparkfl.registry import ModelRegistry

STORES = ("north", "south", "west")


def test_the_demo_of_stores_apart(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    done = subprocess.run(
        [sys.executable, "-m", "sparkfl.cli", "demo-federation", "--folder", str(folder)],
        capture_output=True,
        text=True,
        timeout=540,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "round 1, scores: 3 stores" in done.stdout
    for name in (*STORES, "aggregator"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o700
    keys = list(folder.rglob("key.pem"))
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}
    assert len(keys) == 4

    aggregator = Aggregator("demo", folder / "aggregator/private")
    registry = ModelRegistry(f"sqlite:///{folder}/aggregator/mlflow.db")
    clusters = pq.read_table(registry.path("shoppers") / "global_model.parquet")
    standing = aggregator.history.standing
    assert clusters["mean"].to_pylist() == standing.clusters.mean.tolist()
    releases = pq.read_table(registry.path("shoppers") / "releases.parquet")
    assert set(releases["store"].to_pylist()) == set(STORES)
    fetched = Member("demo", folder / "north/private").fetch().data
    again = aggregate(summary_of(releases), 3, 0, True, "kmeans")
    assert fetched.clusters.mean.tolist() == again.mean.tolist()
    assert fetched.stores() == ["north"]

    scored = pq.read_table(folder / "north/scored").to_pandas()
    assert len(scored) == 300
    assert scored.set_index("customer_id").loc[0, "is_anomaly"]
    rows = (folder / "south/features.csv").read_text().splitlines()[2:]
    written = b"".join(path.read_bytes() for path in (folder / "exchange").rglob("*.json"))
    assert not any(",".join(row.split(",")[2:]).encode() in written for row in rows)
