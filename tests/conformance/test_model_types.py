"""What every MODEL_TYPE does."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from jvm_ranges import check_ranges
from mlflow_address import mlflow_at
from oracles import (
    check_against_arrays,
    check_components,
    encoded,
    given_options,
    load_model,
    own,
    values,
)
from pyspark.errors import AnalysisException
from pyspark.ml.functions import array_to_vector
from pyspark.ml.wrapper import JavaParams
from pyspark.sql import functions as F
from pyspark.sql.types import NumericType
from rows import COLUMNS, LABELS, OF_EACH_TASK, ROWS, create, label, options

from sparkfl.errors import SchemaError
from sparkfl.models.extras import EXTRAS
from sparkfl.models.frame_type import FrameType
from sparkfl.models.settings import COMMON_OPTIONS, settings
from sparkfl.models.types import MODEL_TYPES, canonical
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
of_each_task = pytest.mark.parametrize("model_type", OF_EACH_TASK)


def predict(spark, model, query="SELECT * FROM conformance"):
    return spark.sql(f"SELECT * FROM model_predict({model}, latest, {query})")


def shown(kind, hidden=True):
    names = [name for p in kind.outputs if (name := _default(kind, p))]
    return names if hidden else names[: kind.task.visible]


def _default(kind, param):
    return next(option.default for option in kind.options if option.param == param)


def test_predicts_every_row_and_keeps_its_columns(conformance, trained, model_type):
    """Hidden columns are shown if asked for, and the label is not needed."""
    kind, model = MODEL_TYPES[model_type], trained(model_type)
    conformance.sql("SET advanced_statistics_show_hidden_fields = true")
    try:
        whole = predict(conformance, model)
    finally:
        conformance.sql("RESET advanced_statistics_show_hidden_fields")
    before = conformance.table("conformance")
    assert whole.columns == [*before.columns, *shown(kind)]
    few = predict(conformance, model, "SELECT id, y, X FROM conformance")
    assert few.columns == ["id", "y", "X", *shown(kind, hidden=False)]
    told = shown(kind)[0]
    fields = load_model(conformance, model).outputFields()
    added = few.schema.fields[-len(fields) :]
    assert [(f.name, f.type) for f in fields] == [
        (f.name, f.dataType.simpleString()) for f in added
    ]
    rows, others = ({r.id: r for r in df.collect()} for df in (whole, few))
    assert len(rows) == len(others) == ROWS
    kept = {r.id: r for r in before.collect()}
    assert all(rows[i][: len(before.columns)] == kept[i] for i in kept)
    assert all(rows[i][told] == others[i][told] is not None for i in rows)
    assert predict(conformance, model, "SELECT * FROM conformance WHERE false").count() == 0


def test_what_is_not_valid_has_no_prediction(conformance, trained, model_type):
    query = (
        "VALUES (1.0D, 1.0D), (NULL, 1.0D), (double('NaN'), 1.0D), (1.0D, double('inf')) AS t(x, y)"
    )
    scored = predict(conformance, trained(model_type), query).collect()
    got = [r[shown(MODEL_TYPES[model_type])[0]] is None for r in scored]
    assert got == [False, True, True, True]


@of_each_task
def test_a_column_of_nothing_has_no_prediction(conformance, trained, model_type):
    row = predict(conformance, trained(model_type), "SELECT NULL AS x, 1 AS y").first()
    assert row[shown(MODEL_TYPES[model_type])[0]] is None


def test_evaluates_in_one_row(conformance, trained, model_type):
    query = f"SELECT * FROM model_evaluate({trained(model_type)}, latest, TABLE(conformance))"
    judged = conformance.sql(query)
    (row,) = judged.collect()
    assert all(isinstance(field.dataType, NumericType) for field in judged.schema)
    for name in row.__fields__:
        assert f"`{name}`" in MODEL_TYPES[model_type].task.metrics


@of_each_task
def test_no_row_gives_metrics_that_are_null(conformance, trained, model_type):
    call = f"model_evaluate({trained(model_type)}, latest, SELECT * FROM conformance LIMIT 0)"
    none = conformance.sql(f"SELECT * FROM {call}").collect()
    assert {v for r in none for v in r} == {None}
    assert len(none) == 1


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


def test_is_what_its_class_fits_and_predicts(conformance, trained, model_type):
    """The class of pyspark, called directly, is the oracle."""
    kind, model = MODEL_TYPES[model_type], load_model(conformance, trained(model_type))
    if isinstance(kind, FrameType):
        check_against_arrays(conformance, kind, model, model_type)
        return
    if kind.task.name == "dimensionality_reduction":
        check_components(conformance, model)
        return
    given = settings(given_options(model_type))
    df = conformance.table("conformance").withColumn("features", array_to_vector(F.array("x", "y")))
    params = {p: v for p, v in given.params.items() if p not in kind.outputs and p != "oneVsRest"}
    if kind.task.target:
        df = df.withColumn("label", encoded(model, label(model_type)))
        params["labelCol"] = "label"
    params |= {p: "extra" for p in given.columns if p in EXTRAS}
    df = df.withColumn("extra", F.col("flag").cast("double"))
    if kind.completes:
        params |= kind.completes(params, 2, len(model.label.classes))
    fitted = (kind.build or kind.estimator)(
        **{p: v for p, v in params.items() if hasattr(kind.estimator, p) and p in own(kind)},
        featuresCol="features",
        **({"predictionCol": "prediction"} if kind.build else {}),
    ).fit(df)
    topics = kind.task.name == "topics"
    output = "topicDistribution" if topics else "prediction"
    expected = values(fitted.transform(df), output)
    found = model.predict(conformance.table("conformance"), hidden=True)
    if kind.task.target:
        found = found.withColumn("prediction", encoded(model, "prediction"))
    found = values(found, output)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)


def test_pyfunc_predicts_as_sql_does(conformance, trained, model_type):
    """And so does a model that has been saved and loaded: it is loaded here."""
    import mlflow

    told = shown(MODEL_TYPES[model_type])[0]
    expected = predict(conformance, trained(model_type)).select("id", "x", "y", told)
    frame = expected.toPandas()
    given = frame[["x", "y"]].set_index(frame.id + 1000)
    uri = f"models:/{trained(model_type)}/1"
    with mlflow_at(conformance.conf.get("spark.sparkfl.trackingUri")):
        scorer = mlflow.pyfunc.load_model(uri)
        got = scorer.predict(given)
        if model_type in OF_EACH_TASK:
            with pytest.raises(SchemaError, match=r"Column 'x' has '0\.1', a str, where a number"):
                scorer.predict(given.assign(x="0.1"))
    assert got.index.equals(given.index)
    pd.testing.assert_series_equal(got[told].reset_index(drop=True), frame[told], check_dtype=False)


@of_each_task
def test_any_name_and_kind_of_a_column(conformance, model_type):
    """Names that others use, fields of structs, arrays and other types than double."""
    quoted = ["`" + name.replace("`", "``") + "`" for name in NAMES]
    named = ", ".join(f"x + {i} * y AS {q}" for i, q in enumerate(quoted))
    columns = f"{named}, pair, flag, `net sales.€`, label, weight, code, grade, city"
    query = f"SELECT {columns}, rfm FROM conformance"
    conformance.sql(
        f"CREATE OR REPLACE MODEL kinds TRANSFORM (vector_assembler({', '.join(quoted)}) `a.``b`, "
        "vector_assembler(array(`a.``b`, RFM.spend, pair, flag, `net sales.€`, rfm.ORDERS)) "
        f"AS prediction) OPTIONS ({options(model_type)}) AS {query}"
    )
    paths = [c.path for c in load(conformance, registry(conformance).get("kinds")).inputs.columns]
    assert (paths[4], paths[-2:]) == (("a.b",), [("rfm", "Spend"), ("rfm", "orders")])
    scored = predict(conformance, "kinds", query)
    told = shown(MODEL_TYPES[model_type], hidden=False)
    assert scored.columns == [*conformance.sql(query).columns, *told]
    counted = [F.to_json(F.array(told[0])).alias(told[0]), "count"]
    expected = scored.groupBy(told[0]).count().select(*counted).collect()
    assert "[null]" not in {row[told[0]] for row in expected}
    assert conformance.sql(f"SELECT * FROM model_evaluate(kinds, latest, {query})").count() == 1
    fields = "rfm.spend AS `rfm.Spend`, rfm.orders AS `rfm.orders`"
    flat = predict(conformance, "kinds", query.replace("rfm", fields))
    assert sorted(flat.groupBy(told[0]).count().select(*counted).collect()) == sorted(expected)
    with pytest.raises(AnalysisException, match=r"rfm.Spend double, rfm.orders"):
        predict(conformance, "kinds", "SELECT rfm FROM conformance")


@of_each_task
def test_invalid_values_and_the_users_cache(conformance, model_type):
    sql = create(model_type, "holey").replace("array(x, y)", "holes, y")
    with pytest.raises(AnalysisException, match=f"holes: 12 of {ROWS} rows.*HANDLE_INVALID"):
        conformance.sql(sql)
    with pytest.raises(AnalysisException, match="HANDLE_INVALID = 'keep'"):
        conformance.sql(sql.replace("OPTIONS (", "OPTIONS (HANDLE_INVALID = 'keep', "))
    conformance.sql(
        "CACHE TABLE kept AS SELECT holes, y, label, weight, code, flag, grade, city "
        "FROM conformance"
    )
    try:
        skip = sql.replace("OPTIONS (", "OPTIONS (HANDLE_INVALID = 'skip', ")
        conformance.sql(skip.replace("FROM conformance", "FROM kept"))
        assert conformance.catalog.isCached("kept")
        assert conformance.catalog.isCached("conformance")
    finally:
        conformance.sql("DROP VIEW kept")
    told = shown(MODEL_TYPES[model_type])[0]
    assert predict(conformance, "holey").where(F.col(told).isNull()).count() == 12


@of_each_task
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
            named = option.kind == "column" and option.param != "leafCol"
            wrong = f"{spelling.lower()} = ''" if named else f"{spelling} = array()"
            given = options(model_type)
            if f" {option.key} = " in given:
                given = given.replace(f" {option.key} = ", " SEED_REMOVED = ")
                given = ", ".join(p for p in given.split(", ") if "SEED_REMOVED" not in p)
            columns = ", ".join(["x", "code", *COLUMNS.values(), *LABELS.values()])
            sql = f"CREATE MODEL wrong OPTIONS ({given}, {wrong}) AS SELECT {columns} "
            sql += "FROM conformance"
            with pytest.raises(AnalysisException, match=f"(?i){spelling} must be|{spelling}"):
                conformance.sql(sql.replace("array()", "array('x', NULL, 'z')"))


def test_columns_that_options_name(conformance, model_type):
    kind = MODEL_TYPES[model_type]
    for option in kind.options:
        if option.kind != "column" or option.param in ("labelCol", *kind.outputs):
            continue
        wrong = "tags" if "string" in EXTRAS[option.param].kinds else "city"
        for column, told in {
            wrong: rf"{option.key} = '{wrong}' is (string|array)",
            "nothing": "Missing",
        }.items():
            own = COLUMNS.get(option.param)
            made = create(model_type, "wrong").replace(f", {option.key} = '{own}'", "")
            made = made.replace(") AS SELECT", f", {option.key} = '{column}') AS SELECT")
            with pytest.raises(AnalysisException, match=told):
                conformance.sql(made)
    for param in kind.outputs:
        key = next(option.key for option in kind.options if option.param == param)
        with pytest.raises(AnalysisException, match=f"{key} = 'X' is the name of column x"):
            conformance.sql(create(model_type, "wrong", f", {key} = 'X'"))
        if param == "leafCol":
            # By '' there is none, as Data Distiller documents.
            continue
        with pytest.raises(AnalysisException, match=f"{key} must be a column name; got ''"):
            conformance.sql(create(model_type, "wrong", f", {key} = ''"))


@pytest.mark.parametrize("model_type", [n for n in OF_EACH_TASK if MODEL_TYPES[n].task.target])
def test_a_label_that_cannot_be_meant_is_refused(conformance, trained, model_type):
    own = label(model_type)
    judge = f"SELECT * FROM model_evaluate({trained(model_type)}, latest, SELECT x, y, city, "
    with pytest.raises(AnalysisException, match=f"{own} is boolean; the model was trained with"):
        conformance.sql(f"{judge}id > 5 AS {own} FROM conformance)")
    same = conformance.sql(f"{judge}first({own}) OVER () AS {own} FROM conformance)").first()
    assert len(same) > 0
    with pytest.raises(AnalysisException, match=f"LABEL = '{own}' is a feature, too"):
        conformance.sql(
            create(model_type, "wrong")
            .replace("array(x, y)", f"array(x, {own})")
            .replace("SELECT *", f"SELECT * EXCEPT ({own}), id % 2 AS {own}")
        )


@pytest.mark.parametrize(
    "model_type", [n for n in OF_EACH_TASK if MODEL_TYPES[n].task.name == "classification"]
)
def test_a_class_that_is_new_leaves_no_ranking(conformance, trained, model_type):
    judged = conformance.sql(
        f"SELECT * FROM model_evaluate({trained(model_type)}, latest, "
        "SELECT x, y, if(id < 9, 'new', label) AS label FROM conformance)"
    ).first()
    assert judged.auc_roc is judged.log_loss is None
    assert 0 < judged.accuracy < 1


def test_ranges_are_those_of_the_jvm(spark, model_type):
    """What an option accepts, the class's own validator accepts, and nothing else."""
    kind = MODEL_TYPES[model_type]
    if not isinstance(kind, FrameType) and issubclass(kind.estimator, JavaParams):
        check_ranges(kind.estimator(), [o for o in kind.options if o not in kind.task.options])


@pytest.mark.parametrize("model_type", [n for n, row in MODEL_TYPES.items() if row.binary])
def test_more_than_two_classes_need_a_model_each(conformance, model_type):
    three = create(model_type, "three").replace("LABEL = 'code'", "LABEL = 'label'")
    with pytest.raises(AnalysisException, match=r"label has 3\. OPTIONS\(ONE_VS_REST = TRUE\)"):
        conformance.sql(three)
    conformance.sql(three.replace("OPTIONS (", "OPTIONS (ONE_VS_REST = TRUE, "))
    query = "SELECT * FROM model_evaluate(three, latest, TABLE(conformance))"
    judged = conformance.sql(query).first()
    assert judged.accuracy > 0.3
    assert judged.log_loss is None


@pytest.mark.parametrize("model_type", [n for n, row in MODEL_TYPES.items() if row.aliases])
def test_its_aliases(model_type):
    assert {canonical(alias) for alias in MODEL_TYPES[model_type].aliases} == {model_type}


def test_its_documentation(model_type):
    kind = MODEL_TYPES[model_type]
    assert kind.doc.endswith(".")
    assert all(option.doc for option in kind.options)
    spellings = [s for o in (*COMMON_OPTIONS[1:], *kind.options) for s in o.spellings]
    assert len(set(spellings)) == len(spellings), "two options of one name: give one another `key`"
