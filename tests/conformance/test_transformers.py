"""What every transformer of the TRANSFORM clause does."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from jvm_ranges import check_ranges
from mlflow_address import mlflow_at
from pyspark.errors import AnalysisException
from pyspark.ml.feature import HashingTF
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.sql import functions as F
from rows import COLUMN_OF, ROWS, accepted, arguments, call, literal, refused, transform

from sparkfl.columns import bind
from sparkfl.models.names import ROW
from sparkfl.serving.catalog import load, registry
from sparkfl.transforms import TRANSFORMERS

INIT = "KMEANS_INIT_METHOD = 'random'"
OPTIONS = f"MODEL_TYPE = 'kmeans', NUM_CLUSTERS = 3, MAX_ITERATIONS = 1, SEED = 1, {INIT}"


def create(clause, model="tried", options=OPTIONS):
    return (
        f"CREATE OR REPLACE MODEL {model} TRANSFORM ({clause}) OPTIONS ({options}) "
        "AS SELECT * FROM conformance"
    )


@pytest.fixture(params=sorted(TRANSFORMERS))
def name(request):
    return request.param


@pytest.fixture(scope="package")
def transformed(conformance):
    """Train a model behind each transformer when it is first asked for."""
    made = {}

    def train(name):
        if name not in made:
            conformance.sql(create(transform(name), f"t_{name}"))
            made[name] = load(conformance, registry(conformance).get(f"t_{name}"))
        return made[name]

    return train


def features(model, df):
    """Return what the clusters see of each row, by id."""
    row = model.inputs.pack(bind(df, model.inputs.columns))
    seen = model.pipeline.transform(model.inputs.read(df.withColumn(ROW, row)))
    shown = seen.select("id", vector_to_array(model.features).alias("v")).orderBy("id")
    return np.array([r.v for r in shown.collect()])


def by_hand(function, df, column):
    """Return what the class itself makes of a column, by id."""
    if function.reads == "string":
        df = df.withColumn("input", F.col(column).cast("string"))
    elif column == COLUMN_OF["vector"]:
        df = df.withColumn("input", array_to_vector(column))
    else:
        df = df.withColumn("input", F.col(column))
    given = {"inputCols": ["input"]} if function.many else {"inputCol": "input"}
    stage = function.stage(**given, outputCol="output", **arguments(function))
    made = (stage.fit(df) if hasattr(stage, "fit") else stage).transform(df)
    output = F.col("output")
    if function.returns == "tokens":
        made = HashingTF(numFeatures=16, inputCol="output", outputCol="hashed").transform(made)
        output = F.col("hashed")
    output = F.array(output) if function.returns == "number" else vector_to_array(output)
    shown = made.select("id", output.alias("v")).orderBy("id")
    return np.array([r.v for r in shown.collect()])


def test_makes_what_its_class_makes(conformance, transformed, name):
    function, df = TRANSFORMERS[name], conformance.table("conformance")
    x = np.array(df.select("id", "x").orderBy("id").collect())[:, 1:]
    expected = np.hstack([*(by_hand(function, df, each) for each in accepted(function)), x])
    np.testing.assert_allclose(features(transformed(name), df), expected, rtol=1e-12)
    assert transformed(name).predict(df).where("prediction IS NOT NULL").count() == ROWS


def test_takes_no_kind_that_it_does_not_declare(conformance, name):
    for column in refused(TRANSFORMERS[name]):
        with pytest.raises(AnalysisException, match=rf"{name}\({column}\): {column} is a .* takes"):
            conformance.sql(create(call(name, column, "f")))


def test_wrong_arguments_are_named(conformance, name):
    function = TRANSFORMERS[name]
    column = COLUMN_OF[function.accepts[0]]
    given = arguments(function)
    values = "".join(f", {literal(value)}" for value in given.values())
    wrong = {
        f"{name}() f": f"{name} takes (exactly one column|one column or more); it got 0",
        f"{name}(nothing{values}) f": "Missing column 'nothing'",
        f"{name}({column}{values}, 'x') f": f"{name} got 'x' too many",
    }
    if not function.many:
        wrong[f"{name}({column}, {column}) f"] = f"{name} takes exactly one column; it got 2"
    for place, option in enumerate(function.parameters):
        before = "".join(f", {literal(value)}" for value in list(given.values())[:place])
        bad = "7" if option.kind in (str, "strings") else "'no such value'"
        wrong[f"{name}({column}{before}, {bad}) f"] = option.key
        if option.required:
            wrong[f"{name}({column}{before}) f"] = f"{name} needs {option.key}, a"
    versions = registry(conformance).models()
    for clause, told in wrong.items():
        with pytest.raises(AnalysisException, match=told) as error:
            conformance.sql(create(clause, "wrong"))
        assert "\tat " not in str(error.value)
    assert registry(conformance).models() == versions


def test_pyfunc_and_a_loaded_model_see_the_same(conformance, transformed, name):
    import mlflow

    model = transformed(name)
    scored = model.predict(conformance.table("conformance")).orderBy("id").toPandas()
    read = [c.path[0] for c in model.inputs.columns]
    with mlflow_at(conformance.conf.get("spark.sparkfl.trackingUri")):
        loaded = mlflow.pyfunc.load_model(f"models:/t_{name}/1")
    got = loaded.predict(scored[read])
    pd.testing.assert_series_equal(got.prediction, scored.prediction, check_dtype=False)


def test_what_is_not_valid_has_no_prediction(conformance, transformed, name):
    model = transformed(name)
    column = COLUMN_OF[TRANSFORMERS[name].accepts[0]]
    df = conformance.table("conformance").limit(2).withColumn(column, F.lit(None))
    assert [r.prediction for r in model.predict(df).collect()] == [None, None]


def test_categories_not_seen_in_training(conformance, transformed, name):
    """They have no prediction, unless there is a bucket for them."""
    function = TRANSFORMERS[name]
    if not function.buckets:
        with pytest.raises(AnalysisException, match="HANDLE_INVALID = 'keep' makes a category"):
            conformance.sql(
                create("vector_assembler(x) f", "kept", f"{OPTIONS}, HANDLE_INVALID = 'keep'")
            )
        return
    new = (
        conformance.table("conformance")
        .limit(1)
        .withColumn(COLUMN_OF[function.accepts[0]], F.lit("never seen"))
    )
    assert transformed(name).predict(new).first().prediction is None
    conformance.sql(create(transform(name), "kept", f"{OPTIONS}, HANDLE_INVALID = 'keep'"))
    model = load(conformance, registry(conformance).get("kept"))
    assert model.predict(new).first().prediction is not None


def test_ranges_are_those_of_the_jvm(spark, name):
    """What a parameter accepts, the class's own validator accepts, and nothing else."""
    function = TRANSFORMERS[name]
    check_ranges(function.stage(), function.parameters)


def test_its_documentation(name):
    function = TRANSFORMERS[name]
    assert function.doc.endswith(".")
    assert all(option.doc for option in function.parameters)
