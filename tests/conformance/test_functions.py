"""Every row of functions.json, in the session: registered, explained, answered as a plan."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from sparkfl.serving.catalog import load, registry
from sparkfl.serving.families import family
from sparkfl.sqlext.functions import ARGUMENTS, FUNCTIONS, TableFunction
from sparkfl.sqlext.inspection import OF_NAMES

NAMES = [(name, row) for row in FUNCTIONS.values() for name in (row.name, *row.aliases)]
SAMPLES = {
    "version": "1",
    "options": "",
    "query": "SELECT * FROM conformance_rows",
    "task": "'regression'",
    "contamination": "0.1",
    "top_k": "",
    "horizon": "",
    "level": "",
    "first": "1",
    "second": "1",
    "view": "conformance_features",
    "as_of": "AS OF '2026-03-01'",
    "label_time": "asked",
    "output_encryption": "TRUE",
    "target": "'actual'",
}
LABELS = "SELECT shop, timestamp_seconds(9) AS asked FROM conformance_rows"
OWN = {
    "feature_join": {"query": LABELS},
    "ml_predict_encrypted": {"query": "SELECT X'00' AS encrypted_features"},
}
"""Of functions whose query is of another kind."""
VALUES = {"HORIZON": 3, "LEVEL": 0.9}
"""Of options that have no default."""
ASKING = [row for row in FUNCTIONS.values() if "model" in row.arguments]
"""The functions that ask a model."""
VERSIONED = [row for row in ASKING if "[, version]" in row.arguments]
OF_MODELS = [row for row in ASKING if row.capability not in OF_NAMES]
TRAINED = {
    "linear": "TRANSFORM (vector_assembler(array(a, b)) f, pca(f, 2) g) "
    "OPTIONS (MODEL_TYPE = 'linear_reg', LABEL = 'actual')",
    "single": "TRANSFORM (vector_assembler(array(a, b)) f) "
    "OPTIONS (MODEL_TYPE = 'kmeans', NUM_CLUSTERS = 2, SEED = 1)",
    "searched": "TRANSFORM (vector_assembler(array(a, b)) f) "
    "OPTIONS (MODEL_TYPE = 'decision_tree_regression', LABEL = 'actual', NUM_TRIALS = 1)",
    "forest": "TRANSFORM (vector_assembler(array(a, b)) f) "
    "OPTIONS (MODEL_TYPE = 'random_forest_classifier', LABEL = 'shop', NUM_TREES = 2, SEED = 1)",
}

every_row = pytest.mark.parametrize("row", ASKING, ids=lambda row: row.name)
every_versioned = pytest.mark.parametrize("row", VERSIONED, ids=lambda row: row.name)
every_name = pytest.mark.parametrize(("name", "row"), NAMES, ids=[name for name, _ in NAMES])


@pytest.fixture(scope="module")
def models(spark: SparkSession, own_registry: str) -> Iterator[Mapping[str, str]]:
    """A model for each capability, by capability."""
    rows = [
        (shop, float(i % 2 * 50 + i % 7), float(i % 5), float(i % 3), float(i % 4))
        for shop in ("north", "south")
        for i in range(40)
    ]
    frame = spark.createDataFrame(
        rows, "shop string, a double, b double, actual double, predicted double"
    )
    frame.createOrReplaceTempView("conformance_rows")
    for name, clauses in TRAINED.items():
        spark.sql(f"CREATE MODEL {name} {clauses} AS TABLE conformance_rows")
    spark.sql(
        "CREATE MODEL series OPTIONS (MODEL_TYPE = 'arima', P = 1, TIME_COL = t, LABEL = actual) "
        "AS SELECT CAST(a AS INT) t, actual FROM conformance_rows"
    )
    spark.sql(
        "CREATE MODEL ratings OPTIONS (MODEL_TYPE = 'als', USER = shop, ITEM = a, RATING = actual) "
        "AS TABLE conformance_rows"
    )
    spark.sql(
        "CREATE MODEL baskets OPTIONS (MODEL_TYPE = 'fp_growth', ITEMS = i, MIN_CONFIDENCE = 0.1) "
        "AS SELECT array(shop, string(b)) i FROM conformance_rows WHERE b < 1"
    )
    spark.sql(
        "CREATE FEDERATED MODEL federation PARTITION BY shop OPTIONS (MODEL_TYPE = 'kmeans',"
        " NUM_CLUSTERS = 2, GLOBAL_NUM_CLUSTERS = 2, MIN_CLUSTER_SIZE = 5)"
        " AS SELECT shop, a, b FROM conformance_rows"
    )
    spark.sql("UPDATE MODEL federation AS SELECT * FROM conformance_rows WHERE shop = 'north'")
    spark.sql(
        "CREATE FEATURE VIEW conformance_features ENTITY shop EXPECT total > 0 AS SELECT sum(a) "
        "AS total FROM conformance_rows TIMESTAMP (timestamp_seconds(int(b)))"
    )
    spark.sql("REFRESH FEATURE VIEW conformance_features")
    found: dict[str, str] = {}
    for name in (*TRAINED, "series", "ratings", "baskets", "federation"):
        load(spark, registry(spark).get(name))
        for capability in _capabilities(spark, name):
            found.setdefault(capability, name)
    found |= dict.fromkeys(OF_NAMES, "forest")
    found |= {"trials": "searched", "ml_model_metrics": "searched", "verdicts": "federation"}
    yield {**found, **{row.capability: "" for row in FUNCTIONS.values() if row not in ASKING}}
    spark.sql("DROP TABLE conformance_features_quality")
    spark.catalog.dropTempView("conformance_rows")


def _capabilities(spark: SparkSession, name: str) -> Collection[str]:
    return family(registry(spark).get(name)).capabilities.keys()


def _call(name: str, row: TableFunction, model: str, **given: str) -> str:
    """Write a call with every argument but those given as ''."""
    samples = {"model": model, **SAMPLES, **OWN.get(row.name, {}), **given}
    values = [samples[kind] for kind in re.findall(r"\w+", row.arguments)]
    return f"{name}({', '.join(filter(None, values))})"


def _error(spark: SparkSession, call: str) -> AnalysisException:
    with pytest.raises(AnalysisException) as caught:
        spark.sql(f"SELECT * FROM {call}")
    return caught.value


def test_rows_are_distinct_and_made_of_known_arguments() -> None:
    names = [name for name, _ in NAMES]
    assert len(set(names)) == len(names)
    for row in FUNCTIONS.values():
        assert set(re.findall(r"\w+", row.arguments)) <= set(ARGUMENTS)
        assert row.purpose.endswith(".")
        if "options" in row.arguments:
            assert row.options


def test_show_functions_lists_them(spark: SparkSession) -> None:
    listed = {row.function for row in spark.sql("SHOW FUNCTIONS LIKE '*'").collect()}
    assert {name for name, _ in NAMES} <= listed


@every_name
def test_describe_function_shows_the_row(
    spark: SparkSession, name: str, row: TableFunction
) -> None:
    described = spark.sql(f"DESCRIBE FUNCTION EXTENDED {name}").collect()
    text = "\n".join(line[0] for line in described)
    assert f"{name}({row.arguments}) - {row.purpose}" in text
    assert f"SELECT * FROM {row.name}(" in text
    for entry, meaning in [*row.columns.items(), *((k, o.meaning) for k, o in row.options.items())]:
        assert f"* {entry} - {meaning}" in text
    for kind in re.findall(r"\w+", row.arguments):
        assert f"* {kind} - {ARGUMENTS[kind]['meaning']}" in text


@pytest.mark.parametrize(("name", "row"), [(n, row) for n, row in NAMES if row in VERSIONED])
def test_wrong_arguments_are_explained(spark: SparkSession, name: str, row: TableFunction) -> None:
    takes_query = "query" in row.arguments
    query = ", SELECT 1 AS x" if takes_query else ""
    wrong = {
        "": "got ()",
        f"1{query}": "the model is 1",
        f"rand(){query}": "is not constant",
        f"m, NULL{query}": "the version is NULL, which is none",
        f"m, array(1){query}": "got ('m', array(1)",
        "m, 1, 2, 3": "got ('m', 1, 2, 3)",
        "SELECT 1": "got (a query)",
        "m" if takes_query else "m, SELECT 1 AS x": "got ('m'",
    }
    if "horizon" in row.arguments:
        wrong["m, 1, 2, 3, 4"] = "got ('m', 1, 2, 3, 4)"
        del wrong["m, 1, 2, 3"]
    if "contamination" not in row.arguments and "level" not in row.arguments:
        wrong[f"m, 1.5{query}"] = "got ('m', 1.5"
    for arguments, found in wrong.items():
        error = _error(spark, f"{name}({arguments})")
        assert error.getCondition() == "SPARKFL_INVALID_ARGUMENTS"
        message = error.getMessage()
        assert f"{row.name} takes ({row.arguments}): model, the name of a model" in message
        assert found in message
        assert f"Write {row.name}(segments, 1" in message


@every_row
def test_an_unknown_model_and_version_are_named(
    spark: SparkSession, models: Mapping[str, str], row: TableFunction
) -> None:
    error = _error(spark, _call(row.name, row, "nobody"))
    assert error.getCondition() == "SPARKFL_MODEL_NOT_FOUND"
    assert "'nobody'" in error.getMessage()
    if row.arguments == "model":
        return
    name = models[row.capability]
    error = _error(spark, _call(row.name, row, name, version="99", first="99"))
    assert f"Model '{name}' has no version 99" in error.getMessage()


@pytest.mark.parametrize("row", OF_MODELS, ids=lambda row: row.name)
def test_a_model_says_what_it_can_be_asked(
    spark: SparkSession, models: Mapping[str, str], row: TableFunction
) -> None:
    for name in set(filter(None, models.values())):
        if row.capability not in _capabilities(spark, name):
            error = _error(spark, _call(row.name, row, name))
            assert error.getCondition() == "SPARKFL_UNSUPPORTED_BY_MODEL"
            message = error.getMessage()
            assert f"{row.name} cannot be asked of '{name}'" in message
            assert registry(spark).get(name).model_type in message
            assert "model_predict" in message


@every_row
def test_options_are_checked(
    spark: SparkSession, models: Mapping[str, str], row: TableFunction
) -> None:
    name = models[row.capability]
    if "options" not in row.arguments:
        arguments = _call(row.name, row, f"{name}, 1, OPTIONS(A = TRUE)", version="")
        assert _error(spark, arguments).getCondition() == "SPARKFL_INVALID_ARGUMENTS"
        return
    for key in row.options:
        given = json.dumps(VALUES.get(key, row.options[key].default))
        alone = {key.lower(): ""} if key.lower() in SAMPLES else {}
        right = _call(row.name, row, name, options=f"OPTIONS({key.lower()} = {given})", **alone)
        spark.sql(f"SELECT * FROM {right}")
        wrong = (f"{key}X = {given}", f"{key} = 'yes'", f"{key} = {given}, {key} = {given}")
        for options in wrong:
            call = _call(row.name, row, name, options=f"OPTIONS({options})", **alone)
            error = _error(spark, call)
            assert error.getCondition() == "SPARKFL_INVALID_PARAMETER"
            assert key in error.getMessage()


@every_name
def test_explain_runs_nothing(
    spark: SparkSession, models: Mapping[str, str], name: str, row: TableFunction
) -> None:
    call = _call(name, row, models[row.capability])
    context = spark.sparkContext
    context.setJobGroup(f"explain-{name}", "")
    try:
        for mode in ("", "EXTENDED "):
            plan = spark.sql(f"EXPLAIN {mode}SELECT * FROM {call}").collect()[0][0]
            assert "Error" not in plan
        spark.sql(f"SELECT * FROM {call}")
    finally:
        context.setLocalProperty("spark.jobGroup.id", None)
    assert list(context.statusTracker().getJobIdsForGroup(f"explain-{name}")) == []


@every_name
def test_gives_the_columns_that_are_documented(
    spark: SparkSession, models: Mapping[str, str], name: str, row: TableFunction
) -> None:
    direct = spark.sql(f"SELECT * FROM {_call(name, row, models[row.capability])}")
    declared = [column.split()[0] for column in row.columns if column != "..."]
    assert declared == direct.columns[len(direct.columns) - len(declared) :]
    types = [column.partition(" ")[2].lower() for column in row.columns if column != "..."]
    fields = direct.schema.fields[len(direct.columns) - len(declared) :]
    found = [field.dataType.simpleString() for field in fields]
    plain = [re.sub(r"(?<=[:,]) ", "", type_) for type_ in types]
    assert all(p in ("...", f) for p, f in zip(plain, found, strict=True))
    assert direct.collect()


@pytest.mark.parametrize("row", [FUNCTIONS["model_predict"], FUNCTIONS["model_centroids"]])
def test_stands_where_a_table_stands(
    spark: SparkSession, models: Mapping[str, str], row: TableFunction
) -> None:
    call = _call(row.name, row, models[row.capability])
    rows = sorted(map(repr, spark.sql(f"SELECT * FROM {call}").collect()))
    spark.sql(f"CREATE OR REPLACE TEMP VIEW conformance_view AS SELECT * FROM {call}")
    forms = (
        "SELECT * FROM conformance_view",
        f"WITH c AS (SELECT * FROM {call}) SELECT * FROM c",
        f"SELECT f.* FROM {call} f JOIN (SELECT count(*) FROM {call})",
        f"SELECT f.* FROM VALUES (1) AS v(one), LATERAL {call} f",
    )
    for form in forms:
        assert sorted(map(repr, spark.sql(form).collect())) == rows, form
    spark.catalog.dropTempView("conformance_view")


@every_versioned
def test_without_a_version_the_latest_is_meant(
    spark: SparkSession, models: Mapping[str, str], row: TableFunction
) -> None:
    model = models[row.capability]
    latest = load(spark, registry(spark).get(model))
    versions = ("", "latest", "2" if model == "federation" else "1")
    answers = [
        sorted(
            map(
                repr, spark.sql(f"SELECT * FROM {_call(row.name, row, model, version=v)}").collect()
            )
        )
        for v in versions
    ]
    assert all(answer == answers[0] for answer in answers)
    assert load(spark, registry(spark).get(model)) is latest
