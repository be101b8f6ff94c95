"""What every transformer of the TRANSFORM clause does."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from jvm_ranges import check_ranges
from mlflow_address import mlflow_at
from pyspark.errors import AnalysisException
from pyspark.ml.feature import HashingTF, Imputer
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.sql import functions as F
from rows import COLUMN_OF, ROWS, accepted, arguments, call, literal, refused

from sparkfl.models.preview import fit_transform
from sparkfl.serving.catalog import load, registry
from sparkfl.sqlext.clauses.transform import transform as read_clause
from sparkfl.transforms import TRANSFORMERS

KMEANS = "MODEL_TYPE = 'kmeans', NUM_CLUSTERS = 3, MAX_ITERATIONS = 1, SEED = 1"
OPTIONS = f"{KMEANS}, KMEANS_INIT_METHOD = 'random'"
BY_HAND = ("feature_hasher", "interaction", "null_share")
KIND_OF = {column: kind for kind, column in COLUMN_OF.items()}
STAGES = [name for name, function in TRANSFORMERS.items() if function.stages]


def create(clause, model="tried", options=OPTIONS):
    return (
        f"CREATE OR REPLACE MODEL {model} TRANSFORM ({clause}) OPTIONS ({options}) "
        "AS SELECT * FROM conformance"
    )


@pytest.fixture(params=sorted(TRANSFORMERS))
def name(request):
    return request.param


def made(spark, df, items):
    """Return what TRANSFORM makes of rows, by id, an array a row."""
    from sql_tokens import cursor

    clause = read_clause(cursor(f"({items})"))
    label = df.select("*", F.col("flag").cast("double").alias("the_label"))
    shown = fit_transform(label, clause, label="the_label").transform(label)
    last = clause.items[-1].alias
    values = F.col(last) if dict(shown.dtypes)[last].startswith("array") else F.array(last)
    rows = shown.select("id", values.alias("v")).orderBy("id").collect()
    return np.array([r.v for r in rows], float)


def by_hand(function, df, column):
    """Return what the classes themselves make of a column, by id."""
    kind = KIND_OF[column]
    df = df.withColumn("output", _read(function, kind, column))
    df = df.withColumn("label", F.col("flag").cast("double"))
    params, source = {**function.fixed, **arguments(function)}, "output"
    for place, class_ in enumerate(function.stages):
        output = f"output_{place}"
        stage = _staged(class_(), source, output, params, function.many)
        if function.grouped and stage.hasParam("groupCol"):
            stage._set(groupCol="city")
        df = (stage.fit(df) if hasattr(stage, "fit") else stage).transform(df)
        source = output
    returns = kind if function.returns == "same" else function.returns
    if returns == "tokens":
        df = HashingTF(numFeatures=16, inputCol=source, outputCol="hashed").transform(df)
        source = "hashed"
    output = F.array(source) if returns in ("number", "date") else vector_to_array(source)
    shown = df.select("id", output.alias("v")).orderBy("id")
    return np.array([r.v for r in shown.collect()], float)


def _read(function, kind, column):
    """Return a column as the classes take it."""
    if kind == "vector":
        return array_to_vector(column)
    if function.reads.get(kind) == "string" or kind in ("string", "tokens"):
        return F.col(column).cast("array<string>" if kind == "tokens" else "string")
    double = _double(kind, column)
    return array_to_vector(F.array(double)) if function.many and not function.apart else double


def _staged(stage, source, output, params, many):
    """Return a stage with its columns and what is given of its Params."""
    own = {"outputCol": output, **params}
    if stage.hasParam("labelType"):
        own["labelType"] = "categorical"
    if stage.hasParam("inputCols") and many:
        own["inputCols"] = [source]
    else:
        own["inputCol" if stage.hasParam("inputCol") else "featuresCol"] = source
    for name, value in own.items():
        if stage.hasParam(name) and value is not None:
            stage._set(**{name: [float(v) for v in value] if name == "splits" else value})
    return stage


def _double(kind, column):
    seconds = F.unix_date(column) * 86400 if kind == "date" else F.col(column)
    return seconds.cast("double")


@pytest.mark.parametrize("name", [n for n in STAGES if n not in BY_HAND])
def test_makes_what_its_classes_make(conformance, name):
    function, df = TRANSFORMERS[name], conformance.table("conformance")
    for column in accepted(function):
        found = made(conformance, df, call(name, column, "made"))
        np.testing.assert_allclose(found, by_hand(function, df, column), rtol=1e-12)


def test_multiplies_one_element_of_each_column(conformance):
    df = conformance.table("conformance")
    found = made(conformance, df, "interaction(pair, grade, flag) AS made")
    factor = F.col("grade") * F.col("flag").cast("int")
    expected = df.orderBy("id").select(F.col("x") * factor, F.col("y") * factor).collect()
    np.testing.assert_allclose(found, np.array(expected))


def test_hashes_numbers_by_column_and_texts_by_value(conformance):
    df = conformance.table("conformance")
    found = made(conformance, df, "feature_hasher(array(city, x, flag), 64) AS made")
    assert (np.count_nonzero(found, axis=1) == 3).all()
    by_city = {r.city: found[r.id] > 0 for r in df.select("id", "city").collect()}
    assert len({tuple(v) for v in by_city.values()}) == 3


@pytest.mark.parametrize("strategy", ["mean", "median", "mode"])
def test_imputes_as_mllib_does(conformance, strategy):
    df = conformance.table("conformance").withColumn(
        "some", F.when(F.col("id") % 7 > 1, F.col("grade"))
    )
    found = made(conformance, df, f"numeric_imputer(some, '{strategy}') AS made")
    imputer = Imputer(strategy=strategy, inputCols=["some"], outputCols=["out"])
    df = df.withColumn("some", F.col("some").cast("double"))
    expected = imputer.fit(df).transform(df).orderBy("id").select("out").collect()
    np.testing.assert_array_equal(found.ravel(), [r.out for r in expected])


def test_imputes_every_kind(conformance):
    gone = F.col("id") % 7 == 0
    df = conformance.table("conformance")
    holed = {c: F.when(~gone, F.col(c)) for c in ("city", "pair", "day", "moment", "tags", "flag")}
    df = df.withColumns(holed)
    present = [r.id % 7 != 0 for r in df.select("id").orderBy("id").collect()]
    indexed = made(conformance, df, "string_imputer(city, 'lyon') a, string_indexer(a) AS made")
    codes = {
        r.city: code
        for r, (code,) in zip(df.orderBy("id").collect(), indexed, strict=True)
        if r.city
    }
    assert set(indexed[np.logical_not(present)].ravel()) == {codes["lyon"]}
    for column, items in {
        "pair": "imputer(pair) AS made",
        "day": "imputer(day) AS made",
        "moment": "imputer(moment, 'mean') AS made",
    }.items():
        found = made(conformance, df, items)
        own = found[present].mean(axis=0)
        np.testing.assert_allclose(found[np.logical_not(present)], [own] * 18, err_msg=column)
    most = made(conformance, df, "imputer(city) a, string_indexer(a) AS made")
    assert set(most[np.logical_not(present)].ravel()) == {0.0}
    assert made(conformance, df, "imputer(tags) a, count_vectorizer(a) AS made")[0].sum() == 0
    found = made(conformance, df, "boolean_imputer(flag, TRUE) AS made")
    assert set(found[np.logical_not(present)].ravel()) == {1.0}


def test_takes_no_kind_that_it_does_not_declare(conformance, name):
    for column in refused(TRANSFORMERS[name]):
        with pytest.raises(AnalysisException, match=rf"{name}\({column}\): {column} is a .* takes"):
            conformance.sql(create(call(name, column, "f")))


def test_wrong_arguments_are_named(conformance, name):
    function = TRANSFORMERS[name]
    group = ", city" if function.grouped else ""
    column = f"{COLUMN_OF[function.accepts[0]]}{group}"
    given = {k: v for k, v in arguments(function).items() if v is not None}
    values = "".join(f", {literal(value)}" for value in given.values())
    wrong = {
        f"{name}() f": f"{name} takes (exactly one column|one column or more).*; it got 0",
        f"{name}(nothing{group}{values}) f": "Missing column 'nothing'",
    }
    if len(given) == len(function.parameters):
        wrong[f"{name}({column}{values}, 'x') f"] = f"{name} got 'x' too many"
    if not function.many:
        wrong[f"{name}({column}, {column}) f"] = f"{name} takes exactly one column; it got 2"
    for place, option in enumerate(function.parameters):
        before = "".join(f", {literal(value)}" for value in list(given.values())[:place])
        bad = "7" if option.kind in (str, "strings") else "'no such value'"
        wrong[f"{name}({column}{before}, {bad}) f"] = option.key
        if option.required:
            wrong[f"{name}({column}{before}) f"] = f"{name} needs {option.key}, a"
    for clause, told in wrong.items():
        with pytest.raises(AnalysisException, match=told) as error:
            conformance.sql(create(clause, "wrong"))
        assert "\tat " not in str(error.value)
    assert not registry(conformance).exists("wrong")


@pytest.fixture(scope="module")
def everything(conformance):
    """A model behind every transformer, of the first kind that it takes."""
    items = [
        call(name, accepted(function)[0], f"made_{i}")
        for i, (name, function) in enumerate(TRANSFORMERS.items())
    ]
    parts = ", ".join(f"made_{i}" for i in range(len(items)))
    clause = f"{', '.join(items)}, vector_assembler(array({parts})) AS features"
    options = "MODEL_TYPE = 'decision_tree_regression', LABEL = 'weight', MAX_DEPTH = 2"
    conformance.sql(create(clause, "everything", options))
    return load(conformance, registry(conformance).get("everything"))


def test_all_at_once_predict_and_load_as_pyfunc(conformance, everything):
    import mlflow

    scored = everything.predict(conformance.table("conformance")).orderBy("id").toPandas()
    assert scored.prediction.notna().sum() == ROWS
    read = [c.path[0] for c in everything.inputs.columns]
    with mlflow_at(conformance.conf.get("spark.sparkfl.trackingUri")):
        loaded = mlflow.pyfunc.load_model("models:/everything/1")
    got = loaded.predict(scored[read])
    pd.testing.assert_series_equal(got.prediction, scored.prediction, check_dtype=False)


def test_what_is_not_valid_has_no_prediction(conformance, everything):
    df = conformance.table("conformance").limit(1)
    types, inputs = dict(df.dtypes), everything.inputs
    needed = {inputs.columns[place].path[0] for place in inputs.invalid()}
    assert len(needed) > 3
    rows = df
    for column in needed:
        absent = df.withColumn(column, F.lit(None).cast(types[column])).withColumn("id", F.lit(-1))
        rows = rows.unionByName(absent)
    told = {(r.id, r.prediction is None) for r in everything.predict(rows).collect()}
    assert told == {(-1, True), (0, False)}


@pytest.mark.parametrize("name", [n for n, f in TRANSFORMERS.items() if f.has_bucket])
def test_categories_not_seen_in_training(conformance, name):
    """They have no prediction, unless there is a bucket for them."""
    function, df = TRANSFORMERS[name], conformance.table("conformance")
    new = df.limit(1).withColumn(COLUMN_OF[function.accepts[0]], F.lit(None).cast("string"))
    if function.buckets:
        new = df.limit(1).withColumn(COLUMN_OF[function.accepts[0]], F.lit("never seen"))
    clause = f"{call(name, COLUMN_OF[function.accepts[0]], 'made')}, vector_assembler(made) f"
    for options, expected in ((OPTIONS, True), (f"{OPTIONS}, HANDLE_INVALID = 'keep'", False)):
        conformance.sql(create(clause, "kept", options))
        model = load(conformance, registry(conformance).get("kept"))
        if not function.buckets:
            new = new.withColumn(COLUMN_OF["number"], F.lit(None).cast("int"))
        assert (model.predict(new).first().prediction is None) is expected


def test_a_model_without_categories_keeps_none(conformance):
    with pytest.raises(AnalysisException, match="HANDLE_INVALID = 'keep' makes a category"):
        conformance.sql(
            create("vector_assembler(x) f", "kept", f"{OPTIONS}, HANDLE_INVALID = 'keep'")
        )


@pytest.mark.parametrize("name", ["bucketizer", "one_hot_encoder"])
def test_numbers_that_a_stage_does_not_take(conformance, name):
    given = ", array(0, 1, 2)" if name == "bucketizer" else ""
    clause = f"{name}(x{given}) made, vector_assembler(made) f"
    with pytest.raises(AnalysisException, match=rf"{name}\(x\): x has \S+; it takes .*numbers"):
        conformance.sql(create(clause, "outside"))
    clause = clause.replace("(x", "(grade")
    conformance.sql(create(clause, "outside"))
    query = "SELECT * FROM VALUES (0), (2), (-1), (9), (NULL) AS t(grade)"
    scored = conformance.sql(f"SELECT * FROM model_predict(outside, latest, {query})").collect()
    assert [r.prediction is None for r in scored] == [False, False, True, True, True]


def test_a_vector_without_an_element_has_no_hash(conformance):
    clause = "min_hash_lsh(counts, 2) f"
    with pytest.raises(AnalysisException, match="counts is 0 in all elements; it takes vectors"):
        conformance.sql(create(clause, "hashed"))
    conformance.sql(create(clause, "hashed", f"{OPTIONS}, HANDLE_INVALID = 'skip'"))
    query = "SELECT * FROM VALUES (array(0, 0, 0)), (array(0, 1, 0)), (NULL) AS t(counts)"
    scored = conformance.sql(f"SELECT * FROM model_predict(hashed, latest, {query})").collect()
    assert [r.prediction is None for r in scored] == [True, False, True]


def test_ranges_are_those_of_the_jvm(spark, name):
    """What a parameter accepts, the class's own validator accepts, and nothing else."""
    function = TRANSFORMERS[name]
    for class_ in function.stages:
        stage = class_()
        if hasattr(stage, "_java_obj"):
            own = [o for o in function.parameters if stage.hasParam(o.param)]
            check_ranges(stage, [o for o in own if o.kind != "bounds"])


def test_its_documentation(name):
    function = TRANSFORMERS[name]
    assert function.doc.endswith(".")
    assert all(option.doc for option in function.parameters)


def test_a_struct_is_assembled_by_leaf(conformance):
    df = conformance.table("conformance")
    found = made(conformance, df, "vector_assembler(rfm, flag) AS made")
    expected = df.orderBy("id").select("rfm.Spend", "rfm.orders", F.col("flag").cast("int"))
    np.testing.assert_allclose(found, np.array(expected.collect(), float))
