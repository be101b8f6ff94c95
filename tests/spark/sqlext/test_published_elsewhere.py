"""A function in Hive's metastore, published by one shell, is called by a shell without sparkfl."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from spark_programs import QUIET, options, program, run

STOCK = ["--master", "local[2]", *(w for k, v in QUIET.items() for w in ("--conf", f"{k}={v}"))]
PUBLISH = """
CREATE TABLE shops USING parquet AS
SELECT concat('s', id % 3) AS store, 10 * (id % 2) + rand(1) AS x, 5 * (id % 2) + rand(2) AS y
FROM range(300);
CREATE FEDERATED MODEL parts PARTITION BY store
OPTIONS (MODEL_TYPE = 'kmeans', NUM_CLUSTERS = 2, MIN_CLUSTER_SIZE = 5) AS SELECT * FROM shops;
PUBLISH MODEL parts AS FUNCTION part_of;
CREATE TABLE said USING parquet AS SELECT * FROM model_predict(parts,
  SELECT * FROM shops UNION ALL
  VALUES ('new', 1D, 2D), (NULL, NULL, 2D), ('s1', double('NaN'), 0D));
"""
SAME = ("local_prediction", "prediction", "is_anomaly", "anomaly_reason")
CLOSE = ("anomaly_score", "anomaly_severity")
CALL = f"""
SELECT concat(count(*), ' rows, ', count_if(
  {" AND ".join(f"told.{name} <=> {name}" for name in SAME)} AND
  {" AND ".join(f"coalesce(abs(told.{n} - {n}) <= 1e-9 * {n}, told.{n} <=> {n})" for n in CLOSE)}
), ' the same') FROM (SELECT *, part_of(store, x, y) AS told FROM said)
"""


def test_a_shell_without_sparkfl(tmp_path: Path, mlflow_database: Callable[[Path], str]) -> None:
    mlflow_database(tmp_path)
    script = tmp_path / "publish.sql"
    script.write_text(PUBLISH)
    published = run([program("spark-sql"), *options(), "-f", str(script)], tmp_path)
    assert published.returncode == 0, published.stderr[-4000:]
    called = run([program("spark-sql"), *STOCK, "-e", CALL], tmp_path)
    assert "303 rows, 303 the same" in called.stdout, called.stderr[-4000:]
