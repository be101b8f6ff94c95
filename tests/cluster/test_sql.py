"""The SQL extension from the spark-sql shell, with an environment shipped as an archive."""

from __future__ import annotations

from pathlib import Path

import pytest
from applications import Applications, answer
from stores import CUSTOMERS, STORES

from sparkfl.registry import ModelRegistry

pytestmark = pytest.mark.cluster

FEATURES = "avg_order_value, total_orders, customer_lifetime, days_since_last_purchase"
SIZES = "SELECT '{0}', prediction, count(*) FROM model_predict({0}, 1, {1}) GROUP BY ALL ORDER BY 2"


def test_models_of_one_process_serve_another(
    packed: Applications, registry: ModelRegistry, origins: object, table: str, home: Path
) -> None:
    plain = f"SELECT {FEATURES} FROM delta.`{table}`"
    stores = f"SELECT store_id, {FEATURES} FROM delta.`{table}`"
    create = f"CREATE MODEL {{}} OPTIONS (MODEL_TYPE = 'kmeans', NUM_CLUSTERS = 3) AS {plain}"
    queries = [SIZES.format("plain", plain), SIZES.format("federated", stores)]
    script = home / "script.sql"
    statements = [
        create.format("plain"),
        "CREATE FEDERATED MODEL federated PARTITION BY store_id OPTIONS (MODEL_TYPE = "
        f"'bisecting_kmeans', GLOBAL_NUM_CLUSTERS = 4) AS {stores}",
        *queries,
    ]
    script.write_text(";\n".join(statements) + ";\n")
    shown = [line.split("\t") for line in packed.run("spark-sql", "-f", str(script)).splitlines()]
    sizes = [row for row in shown if row[0] in ("plain", "federated") and len(row) == 3]
    for model in ("plain", "federated"):
        counts = [int(row[2]) for row in sizes if row[0] == model]
        assert sum(counts) == STORES * CUSTOMERS + 2
    assert len(sizes) == 3 + 4
    assert [registry.get(name).version for name in ("plain", "federated")] == [1, 1]

    helper, program = (str(Path(__file__).with_name(f"{n}.py")) for n in ("stores", "models_again"))
    words = ["--py-files", helper, program, create.format("unshared"), *queries]
    told = answer(packed.run("spark-submit", *words))
    assert [[str(value) for value in row] for rows in told["rows"] for row in rows] == sizes
    for cwd, origin in told["executors"].items():
        assert Path(cwd, origin).is_relative_to(Path(cwd, "environment"))
    assert "each machine has a disk of its own" in told["refusal"]
    assert "spark.sparkfl.stagingDir" in told["refusal"]
    assert not {"plain", "federated"} - set(told["models"])
    assert "unshared" not in told["models"]
    assert not list((home / "shared" / "warehouse" / "_sparkfl").iterdir())
