"""SHOW, DESCRIBE, ALTER, EXPORT, REFRESH, CREATE MODEL FROM, CREATE TABLE TRANSFORM."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow_address import mlflow_at
from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import SparkSession
from sklearn.linear_model import LinearRegression


@pytest.fixture(scope="module")
def models(spark: SparkSession, own_registry: str) -> Iterator[SparkSession]:
    spark.sql("CREATE OR REPLACE TEMP VIEW t AS SELECT id % 3 * 5D x, id % 2 * 1D y FROM range(30)")
    for name in ("one", "two", "`my model`"):
        spark.sql(f"CREATE MODEL {name} OPTIONS (MODEL_TYPE = 'kmeans', K = 3) AS SELECT * FROM t")
    yield spark
    spark.catalog.dropTempView("t")


def shown(spark: SparkSession, statement: str) -> list[str]:
    return [row.model_name for row in spark.sql(statement).collect()]


def described(spark: SparkSession, name: str) -> dict[str, str]:
    rows = spark.sql(f"DESCRIBE MODEL EXTENDED {name}").collect()
    return {row.info_name: row.info_value for row in rows}


def test_show_models_like(models: SparkSession) -> None:
    assert shown(models, "SHOW MODELS LIKE 'O%|tw*'") == ["one", "two"]
    assert shown(models, "SHOW MODELS 'my*'") == ["my model"]
    assert shown(models, "SHOW MODELS IN default LIKE 'two'") == ["two"]
    assert shown(models, "SHOW MODELS IN nowhere") == []


def test_what_show_create_model_tells_makes_the_same_model(models: SparkSession) -> None:
    row = models.sql("SHOW CREATE MODEL one").first()
    assert row is not None
    again = row[0].replace("CREATE MODEL `one`", "CREATE MODEL `again`")
    models.sql(again)
    same = models.sql(
        "SELECT count(*) FROM model_predict(one, TABLE(t)) a JOIN model_predict(again, TABLE(t)) b "
        "USING (x, y, prediction)"
    )
    assert same.first() == (150,)
    models.sql("DROP MODEL again")


def test_aliases_and_versions_in_a_name(models: SparkSession) -> None:
    models.sql("UPDATE MODEL two OPTIONS (MODEL_TYPE = 'kmeans', K = 2) AS SELECT * FROM t")
    models.sql("ALTER MODEL two SET ALIAS champion = 1")
    for name, clusters in {"two": 2, "two$1": 3, "two@champion": 3, "two@latest": 2}.items():
        found = models.sql(f"SELECT DISTINCT centroid_id FROM model_centroids({name})").count()
        assert found == clusters, name
    assert described(models, "two$1")["aliases"] == "champion"
    models.sql("ALTER MODEL two UNSET ALIAS champion")
    for call, told in {
        "model_centroids(two@champion)": "no version '@champion'",
        "model_centroids(two$1, 1)": "two\\$1 names a version, and so does 1",
        "model_centroids(two, NULL)": "the version is NULL",
    }.items():
        with pytest.raises(AnalysisException, match=told):
            models.sql(f"SELECT * FROM {call}")


def test_tags_are_of_the_model_or_of_a_version(models: SparkSession) -> None:
    models.sql("ALTER MODEL one SET TAGS (owner = 'me', 'due date' = 'soon')")
    models.sql("ALTER MODEL one$1 SET TAGS (reviewed = 'yes')")
    told = described(models, "one")
    assert (told["tag.owner"], told["tag.due date"], told["reviewed"]) == ("me", "soon", "yes")
    models.sql("ALTER MODEL one UNSET TAGS ('due date')")
    assert "tag.due date" not in described(models, "one")
    with pytest.raises(AnalysisException, match="no tag 'nix'"):
        models.sql("ALTER MODEL one UNSET TAGS (nix)")
    with pytest.raises(AnalysisException, match=r"'sparkfl\.role' cannot be a tag"):
        models.sql("ALTER MODEL one SET TAGS (sparkfl.role = 'x')")


def test_rename(models: SparkSession) -> None:
    with pytest.raises(AnalysisException, match="Model 'one' exists"):
        models.sql("ALTER MODEL `my model` RENAME TO one")
    models.sql("ALTER MODEL `my model` RENAME TO yours")
    assert models.sql("SELECT * FROM model_predict(yours, TABLE(t))").count() == 30
    models.sql("ALTER MODEL yours RENAME TO `my model`")
    with pytest.raises(ParseException, match="one of SET ALIAS, UNSET ALIAS"):
        models.sql("ALTER MODEL one SET OWNER me")


def test_a_model_belongs_to_a_schema(models: SparkSession) -> None:
    models.sql("CREATE SCHEMA IF NOT EXISTS other_shop")
    models.sql("USE other_shop")
    try:
        models.sql("CREATE MODEL one OPTIONS (MODEL_TYPE = 'kmeans') AS SELECT * FROM t")
        for name, clusters in {
            "one": 2,
            "default.one": 3,
            "spark_catalog.other_shop.one": 2,
        }.items():
            rows = models.sql(f"SELECT DISTINCT centroid_id FROM model_centroids({name})")
            assert rows.count() == clusters
        assert shown(models, "SHOW MODELS IN other_shop") == ["other_shop.one"]
        models.sql("DROP MODEL one")
        with pytest.raises(AnalysisException, match=r"no model 'other_shop\.one'"):
            models.sql("DESCRIBE MODEL one")
    finally:
        models.sql("USE default")
        models.sql("DROP SCHEMA other_shop")
    assert shown(models, "SHOW MODELS LIKE 'one'") == ["one"]


def test_export_and_back(models: SparkSession, tmp_path: Path) -> None:
    path = tmp_path / "exported"
    assert models.sql(f"EXPORT MODEL one 1 TO '{path}'").first() == (str(path),)
    frame = pd.DataFrame({"x": [0.0, 5.0], "y": [0.0, 1.0]})
    assert len(mlflow.pyfunc.load_model(str(path)).predict(frame)) == 2
    with pytest.raises(AnalysisException, match="is there already"):
        models.sql(f"EXPORT MODEL one TO '{path}'")
    models.sql(f"CREATE MODEL back FROM '{path}'")
    told = [models.sql(f"SHOW CREATE MODEL {name}").first() for name in ("one", "back")]
    assert told[0][0].replace("one", "back") == told[1][0]
    assert models.sql("SELECT * FROM model_predict(back, TABLE(t))").count() == 30
    with pytest.raises(AnalysisException, match="Model back exists"):
        models.sql(f"CREATE MODEL back FROM '{path}'")
    with pytest.raises(AnalysisException, match="There is no directory"):
        models.sql(f"CREATE MODEL nix FROM '{tmp_path}/nix'")
    models.sql("DROP MODEL back")


def test_a_model_of_mlflow_predicts(models: SparkSession, tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": np.arange(9.0), "y": np.arange(9.0) % 4})
    fitted = LinearRegression().fit(frame, 3 * frame.x - frame.y)
    signature = mlflow.models.infer_signature(frame, fitted.predict(frame))
    path = tmp_path / "of_mlflow"
    mlflow.sklearn.save_model(fitted, str(path), signature=signature, pip_requirements=[])
    models.sql(f"CREATE MODEL outside FROM '{path}'")
    scored = models.sql("SELECT * FROM model_predict(outside, SELECT y, x FROM t)").toPandas()
    np.testing.assert_allclose(scored.prediction, 3 * scored.x - scored.y, atol=1e-9)
    with mlflow_at(models.conf.get("spark.sparkfl.trackingUri")):
        loaded = mlflow.pyfunc.load_model("models:/outside/1")
    np.testing.assert_allclose(loaded.predict(frame).prediction, 3 * frame.x - frame.y, atol=1e-9)
    with pytest.raises(AnalysisException, match="type mlflow is not trained by a statement"):
        models.sql("UPDATE MODEL outside AS SELECT 1")
    bare = tmp_path / "bare"
    mlflow.sklearn.save_model(fitted, str(bare), pip_requirements=[])
    with pytest.raises(AnalysisException, match="no signature of named columns"):
        models.sql(f"CREATE MODEL bare FROM '{bare}'")


def test_refresh_runs_the_query_again(models: SparkSession) -> None:
    before = models.sql("DESCRIBE MODEL `my model`").collect()
    row = models.sql("REFRESH MODEL `my model`").first()
    assert row is not None
    assert row.version == int(next(r.info_value for r in before if r.info_name == "version")) + 1
    assert models.sql("SHOW CREATE MODEL `my model`$1") is not None
    with pytest.raises(AnalysisException, match="There is no model 'nix'"):
        models.sql("REFRESH MODEL nix")


def test_a_table_with_what_transform_makes(models: SparkSession) -> None:
    clause = "TRANSFORM (bucketizer(x, array(0, 3, 20)) bucket, vector_assembler(y, bucket) f)"
    models.sql(f"CREATE TABLE prepared {clause} AS SELECT * FROM t")
    try:
        assert dict(models.table("prepared").dtypes)["f"] == "array<double>"
        rows = models.table("prepared").collect()
        assert all(r.f == [r.y, float(r.x >= 3)] for r in rows)
        query = "SELECT 4D x, 1D y UNION ALL SELECT 99D, 1D"
        made = models.sql(f"SELECT f FROM model_transform(prepared_transform, {query})").collect()
        assert [r.f for r in made] == [[1.0, 1.0], None]
        models.sql("CREATE MODEL on_it OPTIONS (MODEL_TYPE = 'kmeans') AS SELECT f FROM prepared")
        assert models.sql("SELECT * FROM model_predict(on_it, prepared)").count() == 30
        told = described(models, "on_it")
        assert "spark_catalog.default.prepared" in told["tables"]
        with pytest.raises(AnalysisException, match="Table prepared exists"):
            models.sql(f"CREATE TABLE prepared {clause} AS SELECT * FROM t")
        models.sql(f"CREATE TABLE IF NOT EXISTS prepared {clause} AS SELECT * FROM t")
    finally:
        models.sql("DROP TABLE prepared")
    models.sql(f"CREATE TEMP TABLE passing {clause} AS SELECT * FROM t")
    assert models.table("passing").columns == ["x", "y", "bucket", "f"]
    models.catalog.dropTempView("passing")


@pytest.mark.parametrize("kind", ["TABLE", "TEMP TABLE"])
def test_a_transformed_table_has_the_rows_it_learnt_from(models: SparkSession, kind: str) -> None:
    """Were the query run twice, no value of the second run would be the greatest of the first."""
    clause = "TRANSFORM (vector_assembler(x) v, max_abs_scaler(v) f)"
    query = "SELECT double(reflect('java.lang.Math', 'random')) x FROM range(20)"
    models.sql(f"CREATE {kind} passing {clause} AS {query}")
    try:
        greatest = models.sql("SELECT max(f[0]) FROM passing").first()
        assert greatest == pytest.approx((1.0,), rel=1e-12)
    finally:
        if kind == "TABLE":
            models.sql("DROP TABLE passing")
        else:
            models.catalog.dropTempView("passing")


def test_what_was_downloaded_to_be_registered_is_gone(
    models: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    models.sql("CREATE MODEL of_address FROM 'models:/one/1'")
    assert list(tmp_path.glob("sparkfl-import-*")) == []
    assert models.sql("SELECT * FROM model_predict(of_address, t)").count() == 30
