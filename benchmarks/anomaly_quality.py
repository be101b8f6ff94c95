"""How well are anomalies ranked: sparkfl, from releases alone, against methods that see every row?

    python -m benchmarks.anomaly_quality --data FOLDER [--sets a,b]

The folder has Parquet files with the columns store_id, anomaly (1 or 0) and features; generated
shops with planted anomalies come on top. Every method gets the same rows, three seeds; sparkfl has
its defaults, and once more with quantiles. ECOD is that of pyod, installed beside the other peers.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pyspark.sql import SparkSession
from sklearn.metrics import average_precision_score, roc_auc_score

from benchmarks.detectors import DETECTORS, FOREST
from benchmarks.harness import machine, say, spark_session
from benchmarks.labelled import GENERATED, LabelledSet, generated, labelled
from benchmarks.peers.environment import HERE as PEERS
from benchmarks.peers.environment import PYTHON, install
from benchmarks.results import Result, merge, table
from sparkfl import FederatedClustering

SEEDS = (0, 1, 2)
SMALL = 200
OWN, QUANTILE, ECOD = "sparkfl", "sparkfl with quantiles", "ECOD, pooled rows"

Quality = dict[str, np.ndarray]
"""By method: AUC and average precision, then those in small stores, a row a seed."""


def main() -> None:
    """Measure all sets and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of labelled sets")
    parser.add_argument("--sets", default="", help="only these, by name")
    args = parser.parse_args()
    try:
        real = list(labelled(args.data))
    except (FileNotFoundError, ValueError) as error:
        parser.error(str(error))
    install()
    print(machine(), flush=True)
    only = set(filter(None, args.sets.split(",")))
    with spark_session(quick=True) as spark:
        sets = [[each] * len(SEEDS) for each in real]
        sets.append([generated(spark, seed) for seed in SEEDS])
        found = {
            versions[0].name: quality(spark, versions)
            for versions in sets
            if not only or versions[0].name in only
        }
    results = report(found)
    print(table(results))
    if not only:
        merge("quality", results)


def quality(spark: SparkSession, versions: Sequence[LabelledSet]) -> Quality:
    """Judge every method on one set, once a seed."""
    say(versions[0].name)
    methods = {
        OWN: lambda data, seed: own_scores(spark, data, seed),
        QUANTILE: lambda data, seed: own_scores(spark, data, seed, scaling="quantile"),
        ECOD: lambda data, _: ecod(data),
        **DETECTORS,
    }
    return {
        name: np.array([judged(d, m(d, s)) for s, d in zip(SEEDS, versions, strict=True)])
        for name, m in methods.items()
    }


def own_scores(spark: SparkSession, data: LabelledSet, seed: int, **options: object) -> np.ndarray:
    """Fit with the defaults; every customer is scored, those of stores without a model too."""
    estimator = FederatedClustering(inputCols=data.features, seed=seed, globalSeed=seed, **options)
    model = estimator.fit(spark.createDataFrame(data.frame))
    scores: np.ndarray = model.data.predict(data.frame)["anomaly_score"].to_numpy()
    return scores


def ecod(data: LabelledSet) -> np.ndarray:
    """Score by pyod's ECOD in the peers' environment."""
    with tempfile.TemporaryDirectory() as home:
        rows, scores = Path(home, "rows.npy"), Path(home, "scores.npy")
        np.save(rows, data.rows)
        subprocess.run([str(PYTHON), str(PEERS / "ecod.py"), str(rows), str(scores)], check=True)
        found: np.ndarray = np.load(scores)
    return found


def judged(data: LabelledSet, scores: np.ndarray) -> list[float]:
    """AUC and average precision of all customers, and of those in small stores; NaN without."""
    size = data.frame["store_id"].map(data.frame["store_id"].value_counts()).to_numpy()
    figures = []
    for rows in (np.ones(len(scores), dtype=bool), size < SMALL):
        label = data.label[rows]
        both = bool(label.any() and not label.all())
        figures.append(roc_auc_score(label, scores[rows]) if both else np.nan)
        figures.append(average_precision_score(label, scores[rows]) if both else np.nan)
    return figures


def report(found: dict[str, Quality]) -> list[Result]:
    """Make a result of each method and set, and of the means over the real sets."""
    real = {name: by_method for name, by_method in found.items() if name != GENERATED}
    results = []
    if real:
        means = {
            m: np.nanmean([q[m] for q in real.values()], axis=0) for m in next(iter(real.values()))
        }
        results += _rows(f"mean of {len(real)} sets", means, {"AUC": ">= 0.01", "AP": ">= 0.02"})
    for name, by_method in found.items():
        results += _rows(name, by_method, {})
    if GENERATED in found:
        ap = float(found[GENERATED][OWN][:, 1].mean())
        results.append(Result(f"quality: {GENERATED}, target", ap, "AP", target=">= 0.8"))
    return results


def _rows(name: str, by_method: Quality, targets: dict[str, str]) -> list[Result]:
    """AUC and average precision of each method, with their spread over the seeds."""
    rows = []
    for method, figures in by_method.items():
        for unit, all_, small in (("AUC", 0, 2), ("AP", 1, 3)):
            own = figures[:, all_]
            spread = f"{own.min():.3f} to {own.max():.3f}"
            if not np.isnan(figures[:, small]).any():
                spread += f"; stores under {SMALL} {figures[:, small].mean():.3f}"
            difference = target = None
            if method in (OWN, QUANTILE):
                difference = float(own.mean() - by_method[FOREST][:, all_].mean())
                target = targets.get(unit) if method == OWN else None
                spread += "; the ratio is the difference from the pooled forest"
            title = f"quality: {name}, {method}, {unit}"
            rows.append(Result(title, float(own.mean()), unit, spread, difference, target or ""))
    return rows


if __name__ == "__main__":
    main()
