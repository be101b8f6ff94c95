"""What every MODEL_TYPE does."""

from __future__ import annotations

from inspect import signature

import pandas as pd
import pytest
from jvm_ranges import check_ranges
from mlflow_address import mlflow_at
from pyspark.errors import AnalysisException
from pyspark.ml.classification import (
    DecisionTreeClassifier,
    FMClassifier,
    GBTClassifier,
    LinearSVC,
    LogisticRegression,
    NaiveBayes,
)
from pyspark.ml.regression import (
    AFTSurvivalRegression,
    DecisionTreeRegressor,
    FMRegressor,
    GBTRegressor,
    IsotonicRegression,
    RandomForestRegressor,
)
from pyspark.ml.util import JavaMLWritable
from pyspark.sql import functions as F
from pyspark.sql.types import NumericType
from rows import LABELS, ROWS, create, options

from sparkfl.errors import SchemaError
from sparkfl.models.fitted import SqlModel
from sparkfl.models.settings import COMMON_OPTIONS
from sparkfl.models.tasks import CLASSIFICATION, REGRESSION
from sparkfl.models.types import MODEL_TYPES, ModelType
from sparkfl.serving.catalog import load, registry

NAMES = [
    "cluster",
    "n",
    "mean",
    "rows",
    "a.b",
    "a`b",
    "net sales",
    "größe",
    "select",
    "Prediction2",
]


def predict(spark, model, query="SELECT * FROM conformance"):
    return spark.sql(f"SELECT * FROM model_predict({model}, latest, {query})")


def test_predicts_every_row_and_keeps_its_columns(conformance, trained, model_type):
    scored = predict(conformance, trained(model_type))
    before = conformance.table("conformance")
    assert scored.columns == [*before.columns, "prediction"]
    assert scored.count() == ROWS
    assert scored.where("prediction IS NULL").count() == 0
    assert scored.drop("prediction").subtract(before).count() == 0


def test_the_label_is_not_needed_to_predict(conformance, trained, model_type):
    model = trained(model_type)
    few = predict(conformance, model, "SELECT id, y, X FROM conformance")
    whole = predict(conformance, model)
    both = few.join(whole.select("id", F.col("prediction").alias("other")), "id")
    assert both.where("prediction = other").count() == ROWS


def test_hidden_columns(conformance, trained, model_type):
    kind, model = MODEL_TYPES[model_type], trained(model_type)
    conformance.sql("SET advanced_statistics_show_hidden_fields = true")
    try:
        shown = predict(conformance, model).columns
    finally:
        conformance.sql("RESET advanced_statistics_show_hidden_fields")
    own = [param.removesuffix("Col") for param in kind.outputs]
    assert shown == [*conformance.table("conformance").columns, *own]


def test_what_is_not_valid_has_no_prediction(conformance, trained, model_type):
    model = trained(model_type)
    query = (
        "VALUES (1.0D, 1.0D), (NULL, 1.0D), (double('NaN'), 1.0D), (1.0D, double('inf')) AS t(x, y)"
    )
    got = [r.prediction is None for r in predict(conformance, model, query).collect()]
    assert got == [False, True, True, True]
    assert predict(conformance, model, "SELECT NULL AS x, 1 AS y").first().prediction is None
    assert predict(conformance, model, "SELECT * FROM conformance WHERE false").count() == 0


def test_evaluates_in_one_row(conformance, trained, model_type):
    query = f"SELECT * FROM model_evaluate({trained(model_type)}, latest, TABLE(conformance))"
    judged = conformance.sql(query)
    (row,) = judged.collect()
    assert all(isinstance(field.dataType, NumericType) for field in judged.schema)
    for name in row.__fields__:
        assert f"`{name}`" in MODEL_TYPES[model_type].task.metrics
    none = conformance.sql(query.replace("TABLE(conformance)", "SELECT * FROM conformance LIMIT 0"))
    assert [v for r in none.collect() for v in r] == [None] * len(row)


def test_nothing_runs_when_a_query_is_planned(conformance, trained, model_type):
    model = trained(model_type)
    load(conformance, registry(conformance).get(model))
    tracker = conformance.sparkContext.statusTracker()
    group = f"plan {model_type}"
    conformance.sparkContext.setJobGroup(group, "nothing may run")
    try:
        for function in ("model_predict", "model_evaluate"):
            conformance.sql(f"EXPLAIN SELECT * FROM {function}({model}, 1, TABLE(conformance))")
        assert len(tracker.getJobIdsForGroup(group)) == 0
    finally:
        conformance.sparkContext.setLocalProperty("spark.jobGroup.id", None)


def test_saves_and_loads(conformance, trained, model_type, tmp_path):
    model = load(conformance, registry(conformance).get(trained(model_type)))
    model.write(tmp_path)
    again = SqlModel.read(tmp_path)
    assert isinstance(again.pipeline.stages[-1], JavaMLWritable | type(model.pipeline.stages[-1]))
    assert (again.inputs, again.outputs, again.label) == (model.inputs, model.outputs, model.label)
    df = conformance.table("conformance")
    assert again.predict(df, hidden=True).collect() == model.predict(df, hidden=True).collect()


def test_pyfunc_predicts_as_sql_does(conformance, trained, model_type):
    import mlflow

    expected = predict(conformance, trained(model_type)).select("id", "x", "y", "prediction")
    frame = expected.toPandas()
    given = frame[["x", "y"]].set_index(frame.id + 1000)
    uri = f"models:/{trained(model_type)}/1"
    with mlflow_at(conformance.conf.get("spark.sparkfl.trackingUri")):
        scorer = mlflow.pyfunc.load_model(uri)
        got = scorer.predict(given)
        with pytest.raises(SchemaError, match=r"Column 'x' has '0\.1', a str, where a number"):
            scorer.predict(given.assign(x="0.1"))
    assert got.index.equals(given.index)
    pd.testing.assert_series_equal(
        got.prediction.reset_index(drop=True), frame.prediction, check_dtype=False
    )


def test_any_name_and_kind_of_a_column(conformance, model_type):
    """Names that others use, fields of structs, arrays and other types than double."""
    quoted = ["`" + name.replace("`", "``") + "`" for name in NAMES]
    named = ", ".join(f"x + {i} * y AS {q}" for i, q in enumerate(quoted))
    columns = f"{named}, pair, flag, `net sales.€`, label, weight"
    query = f"SELECT {columns}, rfm FROM conformance"
    conformance.sql(
        f"CREATE OR REPLACE MODEL kinds TRANSFORM (vector_assembler({', '.join(quoted)}) `a.``b`, "
        "vector_assembler(array(`a.``b`, RFM.spend, pair, flag, `net sales.€`, rfm.ORDERS)) "
        f"AS prediction) OPTIONS ({options(model_type)}) AS {query}"
    )
    paths = [c.path for c in load(conformance, registry(conformance).get("kinds")).inputs.columns]
    assert (paths[4], paths[len(NAMES)]) == (("a.b",), ("rfm", "Spend"))
    scored = predict(conformance, "kinds", query)
    assert scored.columns == [*conformance.sql(query).columns, "prediction"]
    expected = scored.groupBy("prediction").count().collect()
    assert None not in {row.prediction for row in expected}
    assert conformance.sql(f"SELECT * FROM model_evaluate(kinds, latest, {query})").count() == 1
    fields = "rfm.spend AS `rfm.Spend`, rfm.orders AS `rfm.orders`"
    flat = predict(conformance, "kinds", query.replace("rfm", fields))
    assert sorted(flat.groupBy("prediction").count().collect()) == sorted(expected)
    with pytest.raises(AnalysisException, match=r"rfm.Spend double, pair array<double>"):
        predict(conformance, "kinds", "SELECT rfm FROM conformance")


def test_invalid_values_and_the_users_cache(conformance, model_type):
    sql = create(model_type, "holey").replace("array(x, y)", "holes, y")
    with pytest.raises(AnalysisException, match=f"holes: 12 of {ROWS} rows.*HANDLE_INVALID"):
        conformance.sql(sql)
    with pytest.raises(AnalysisException, match="HANDLE_INVALID = 'keep'"):
        conformance.sql(sql.replace("OPTIONS (", "OPTIONS (HANDLE_INVALID = 'keep', "))
    conformance.sql("CACHE TABLE kept AS SELECT holes, y, label, weight FROM conformance")
    try:
        skip = sql.replace("OPTIONS (", "OPTIONS (HANDLE_INVALID = 'skip', ")
        conformance.sql(skip.replace("FROM conformance", "FROM kept"))
        assert conformance.catalog.isCached("kept")
        assert conformance.catalog.isCached("conformance")
    finally:
        conformance.sql("DROP VIEW kept")
    assert predict(conformance, "holey").where("prediction IS NULL").count() == 12


@pytest.mark.parametrize("query", ["WHERE false", "WHERE x > 1e9"])
def test_no_rows(conformance, model_type, query):
    with pytest.raises(AnalysisException, match="gives no rows"):
        conformance.sql(create(model_type, "empty") + " " + query)
    with pytest.raises(AnalysisException, match="no row is left"):
        conformance.sql(
            create(model_type, "empty", ", HANDLE_INVALID = 'skip'").replace(
                "SELECT *", "SELECT double(NULL) AS x, * EXCEPT (x)"
            )
        )


def test_every_option_is_refused_by_its_own_name(conformance, model_type):
    for option in MODEL_TYPES[model_type].options:
        for spelling in option.spellings:
            wrong = (
                f"{spelling.lower()} = ''" if option.kind == "column" else f"{spelling} = array()"
            )
            given = options(model_type)
            if f" {option.key} = " in given:
                given = given.replace(f" {option.key} = ", " SEED_REMOVED = ")
                given = ", ".join(p for p in given.split(", ") if "SEED_REMOVED" not in p)
            columns = ", ".join(["x", *LABELS.values()])
            sql = f"CREATE MODEL wrong OPTIONS ({given}, {wrong}) AS SELECT {columns} "
            sql += "FROM conformance"
            with pytest.raises(AnalysisException, match=f"(?i){spelling} must be|{spelling}"):
                conformance.sql(sql.replace("array()", "array('x', NULL, 'z')"))


def test_columns_that_options_name(conformance, model_type):
    kind = MODEL_TYPES[model_type]
    for option in kind.options:
        if option.kind != "column" or option.param in ("labelCol", *kind.outputs):
            continue
        with pytest.raises(AnalysisException, match=f"{option.key} = 'city' is string"):
            conformance.sql(create(model_type, "wrong", f", {option.key} = 'city'"))
        with pytest.raises(AnalysisException, match="Missing column 'nothing'"):
            conformance.sql(create(model_type, "wrong", f", {option.key} = 'nothing'"))
    for param in kind.outputs:
        key = next(option.key for option in kind.options if option.param == param)
        with pytest.raises(AnalysisException, match=f"{key} = 'X' is the name of column x"):
            conformance.sql(create(model_type, "wrong", f", {key} = 'X'"))
        with pytest.raises(AnalysisException, match=f"{key} must be a column name; got ''"):
            conformance.sql(create(model_type, "wrong", f", {key} = ''"))


@pytest.mark.parametrize("model_type", [n for n, row in MODEL_TYPES.items() if row.task.target])
def test_a_label_that_cannot_be_meant_is_refused(conformance, trained, model_type):
    label = LABELS[MODEL_TYPES[model_type].task.name]
    judge = f"SELECT * FROM model_evaluate({trained(model_type)}, latest, SELECT x, y, "
    with pytest.raises(AnalysisException, match=f"{label} is boolean; the model was trained with"):
        conformance.sql(f"{judge}id > 5 AS {label} FROM conformance)")
    same = conformance.sql(f"{judge}first({label}) OVER () AS {label} FROM conformance)").first()
    assert len(same) > 0
    with pytest.raises(AnalysisException, match=f"LABEL = '{label}' is a feature, too"):
        conformance.sql(
            create(model_type, "wrong")
            .replace("array(x, y)", f"array(x, {label})")
            .replace("SELECT *", f"SELECT * EXCEPT ({label}), id % 2 AS {label}")
        )


@pytest.mark.parametrize(
    "model_type", [n for n, row in MODEL_TYPES.items() if row.task.name == "classification"]
)
def test_a_class_that_is_new_leaves_no_ranking(conformance, trained, model_type):
    judged = conformance.sql(
        f"SELECT * FROM model_evaluate({trained(model_type)}, latest, "
        "SELECT x, y, if(id < 9, 'new', label) AS label FROM conformance)"
    ).first()
    assert judged.auc_roc is None
    assert 0 < judged.accuracy < 1


def test_ranges_are_those_of_the_jvm(spark, model_type):
    """What an option accepts, the class's own validator accepts, and nothing else."""
    kind = MODEL_TYPES[model_type]
    check_ranges(kind.estimator(), [o for o in kind.options if o not in kind.task.options])


@pytest.mark.parametrize(
    ("task", "class_"),
    [
        *[(CLASSIFICATION, c) for c in (DecisionTreeClassifier, GBTClassifier, LinearSVC)],
        *[(CLASSIFICATION, c) for c in (FMClassifier, LogisticRegression, NaiveBayes)],
        *[(REGRESSION, r) for r in (DecisionTreeRegressor, GBTRegressor, RandomForestRegressor)],
        *[(REGRESSION, r) for r in (FMRegressor, IsotonicRegression, AFTSurvivalRegression)],
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else value.name,
)
def test_a_class_that_is_no_type_yet_could_be_one(spark, task, class_):
    """Its outputs are options, and its ranges those of the JVM, but for what no option can be."""
    matrices = [n for n in signature(class_).parameters if "BoundsOn" in n]
    row = ModelType(class_, task, "x.", dict.fromkeys(matrices))
    assert row.outputs[0] == "predictionCol"
    assert {option.param for option in row.options} > set(row.outputs)
    params = {name: f"__{name}" for name in row.outputs}
    assert row.unfitted(params).getPredictionCol() == "__predictionCol"
    check_ranges(class_(), [o for o in row.options if o not in task.options])


def test_its_documentation(model_type):
    kind = MODEL_TYPES[model_type]
    assert kind.doc.endswith(".")
    assert all(option.doc for option in kind.options)
    spellings = [s for o in (*COMMON_OPTIONS, *kind.options) for s in o.spellings]
    assert len(set(spellings)) == len(spellings), "two options of one name: give one another `key`"
