"""How much longer do wide tables take than one of four features?"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from benchmarks.harness import alternately, say, spark_session
from benchmarks.results import Result
from sparkfl import FederatedClustering
from sparkfl.federation.evaluation import evaluate
from sparkfl.models.training import train

__all__ = ["measure"]

NARROW = 4
WIDTHS = (NARROW, 16, 47, 200)
STORES, CUSTOMERS = 20, 1_000
_BLOBS = (0.0, 6.0, 12.0)

TARGETS = {47: "<= 4", 200: "<= 12"}
SINGLE = {47: "<= 6", 200: "<= 6"}


def measure(quick: bool) -> list[Result]:
    """Fit, predict, evaluate and update at several widths, in turns, warm; single models too."""
    customers = 100 if quick else CUSTOMERS
    results = []
    with spark_session(quick) as spark:
        tables = {width: _table(spark, width, customers) for width in WIDTHS}
        for what, works in _works(tables).items():
            say(f"width: {what}")
            took = alternately(works, rounds=3)
            targets = SINGLE if what.startswith("single") else TARGETS
            for width in WIDTHS:
                name = f"width: {what}, {STORES} stores x {customers:,} of {width} features"
                seconds, ratio = took[str(width)], took[str(width)] / took[str(NARROW)]
                against = f"of {NARROW} features" if width > NARROW else ""
                target = targets.get(width, "") if against else ""
                results.append(
                    Result(name, seconds, "s", against, ratio if against else None, target)
                )
    return results


def _works(tables: Mapping[int, DataFrame]) -> dict[str, dict[str, Callable[[], object]]]:
    """What is timed, by the number of features."""
    names = {width: [f"f{i}" for i in range(width)] for width in tables}
    estimators = {w: FederatedClustering(inputCols=names[w], k=3, globalK=4) for w in tables}
    models = {w: estimators[w].fit(tables[w]) for w in tables}
    first = {w: df.select(F.min("store_id").alias("store_id")) for w, df in tables.items()}
    options = {"MODEL_TYPE": "kmeans", "NUM_CLUSTERS": 3, "SEED": 1}

    def single(width: int) -> object:
        return train(tables[width].select(*names[width]), options, None)

    singles = {width: single(width) for width in tables}
    outputs = "prediction + local_prediction + anomaly_score + length(anomaly_reason)"
    works: dict[str, Callable[[int], object]] = {
        "fit": lambda w: estimators[w].fit(tables[w]),
        "predict": lambda w: models[w].transform(tables[w]).agg(F.sum(F.expr(outputs))).collect(),
        "evaluate": lambda w: evaluate(models[w], tables[w]).collect(),
        "update one store": lambda w: estimators[w].update(models[w], tables[w], first[w]),
        "single model, fit": single,
        "single model, predict": lambda w: (
            singles[w].predict(tables[w]).agg(F.sum("prediction")).collect()  # type: ignore[attr-defined]
        ),
    }
    return {
        what: {str(width): (lambda w=width, run=work: run(w)) for width in tables}
        for what, work in works.items()
    }


def _table(spark: SparkSession, width: int, customers: int) -> DataFrame:
    """Stores of three blobs of customers, cached."""
    rows = spark.range(STORES * customers).repartition(2)
    blob = F.element_at(F.array(*map(F.lit, _BLOBS)), (F.col("id") % len(_BLOBS) + 1).cast("int"))
    features = [(F.randn(i) + blob * float(i % 3 == 0)).alias(f"f{i}") for i in range(width)]
    store = F.format_string("store_%05d", F.col("id") % STORES)
    made = rows.select(store.alias("store_id"), *features).localCheckpoint()
    made.count()
    return made
