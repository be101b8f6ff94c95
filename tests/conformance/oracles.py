"""What the classes themselves say of the rows of the conformance suite."""

from __future__ import annotations

import numpy as np
from pyspark.ml.functions import vector_to_array
from pyspark.ml.linalg import VectorUDT
from pyspark.sql import functions as F
from rows import label, options
from sklearn.decomposition import PCA

from sparkfl.models.settings import settings
from sparkfl.serving.catalog import load, registry

__all__ = [
    "check_against_arrays",
    "check_components",
    "encoded",
    "given_options",
    "load_model",
    "own",
    "values",
]


def check_against_arrays(spark, kind, model, model_type):
    """The class itself, given arrays, is the oracle."""
    given = settings(given_options(model_type))
    rows = spark.table("conformance").orderBy("id").toPandas()
    x = rows[["x", "y"]].to_numpy()
    params = {o.param: given.params[o.param] for o in kind.own if o.param in given.params}
    y = () if not kind.task.target else (_codes(model, rows[label(model_type)]),)
    queries = {}
    if kind.queries:
        rows, x, y, queries["qid"] = _by_query(rows, x, *y)
    fitted = kind.unfitted(params).fit(x, *y, **queries)
    found = model.predict(spark.table("conformance"), hidden=True).toPandas()
    found = found.set_index("id").loc[rows.id].reset_index()
    if kind.task.name == "anomaly_detection":
        np.testing.assert_allclose(found.anomaly_score, -fitted.score_samples(x), rtol=1e-9)
        np.testing.assert_array_equal(found.is_anomaly, fitted.predict(x) == -1)
        return
    told = found.prediction if not model.label.classes else _codes(model, found.prediction)
    np.testing.assert_allclose(np.asarray(told, float), fitted.predict(x), rtol=1e-6)
    if "probability" in found:
        probability = np.array(found.probability.tolist())
        np.testing.assert_allclose(probability, fitted.predict_proba(x), rtol=1e-6)


def _by_query(rows, x, y):
    """The class wants the rows of a query together."""
    codes = np.unique(rows.city, return_inverse=True)[1]
    order = np.argsort(codes, kind="stable")
    return rows.iloc[order], x[order], (y[order],), codes[order]


def check_components(spark, model):
    """scikit-learn is the oracle: the sign of a component is nobody's."""
    found = model.predict(spark.table("conformance"), hidden=True).orderBy("id").toPandas()
    x = found[["x", "y"]].to_numpy()
    scaled = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)
    fitted = PCA(model.fitted.stages[-1].getK()).fit(scaled)
    expected, told = fitted.transform(scaled), np.array(found.prediction.tolist())
    np.testing.assert_allclose(np.abs(told), np.abs(expected), atol=1e-9)
    error = ((scaled - fitted.inverse_transform(expected)) ** 2).mean(axis=1)
    np.testing.assert_allclose(found.reconstruction_error, error, atol=1e-12)


def _codes(model, values):
    if not model.label.classes:
        return values.to_numpy()
    return values.map({c: i for i, c in enumerate(model.label.classes)}).to_numpy()


def own(kind):
    return {o.param for o in kind.options} - {o.param for o in kind.task.options} | {"labelCol"}


def load_model(spark, name):
    return load(spark, registry(spark).get(name))


def given_options(name):
    """Return the options of `options(name)` as a mapping."""
    pairs = (pair.split(" = ") for pair in options(name).split(", "))
    return {key: v.strip("'") if v[0] == "'" else int(v) for key, v in pairs}


def encoded(model, column):
    """Return the number that MLlib has for a label, or the label."""
    if not model.label.classes:
        return F.col(column)
    classes = F.array(*[F.lit(c) for c in model.label.classes])
    return (F.array_position(classes, F.col(column)) - 1).cast("double")


def values(df, column):
    """Return a column's numbers, or arrays of them, in the order of the rows."""
    vector = isinstance(df.schema[column].dataType, VectorUDT)
    value = vector_to_array(column) if vector else F.col(column)
    return np.array([r[0] for r in df.orderBy("id").select(value).collect()], float)
