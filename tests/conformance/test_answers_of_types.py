"""Every function on every MODEL_TYPE: what is documented, or an error that says why not."""

from __future__ import annotations

import re

import pytest
from pyspark.errors import AnalysisException

from sparkfl.serving.catalog import registry
from sparkfl.serving.families import family
from sparkfl.sqlext.functions import FUNCTIONS
from sparkfl.sqlext.inspection import OF_NAMES

OF_MODELS = [
    row
    for row in FUNCTIONS.values()
    # Encrypted rows are none of these.
    if "model" in row.arguments and row.capability not in {*OF_NAMES, "predict_encrypted"}
]
WITHOUT_FIGURES = "model_principal_components|model_trials|model_verdicts|model_roc_curve"
"""What depends on the model itself: a pca in TRANSFORM, a search, groups, scores of two classes."""


def call(row, model):
    """Write a call with what the function takes; features and labels are in the rows."""
    given = {"model": model, "version": "1", "query": "TABLE(conformance)"}
    taken = [given[kind] for kind in re.findall(r"\w+", row.arguments) if kind in given]
    return f"{row.name}({', '.join(taken)})"


def asked(spark, statement):
    """Return the plan, or None where the model itself has no answer."""
    try:
        return spark.sql(statement)
    except AnalysisException as told:
        if told.getCondition() == "SPARKFL_UNSUPPORTED_BY_MODEL":
            return None
        raise


def test_functions_give_what_is_documented(conformance, trained, model_type):
    """What evaluates and predicts is run by other tests."""
    model = trained(model_type)
    can = family(registry(conformance).get(model)).capabilities
    for row in OF_MODELS:
        statement = f"SELECT * FROM {call(row, model)}"
        if row.capability not in can:
            with pytest.raises(AnalysisException, match=f"{row.name} cannot be asked of '{model}'"):
                conformance.sql(statement)
            continue
        found = asked(conformance, statement)
        if found is None:
            assert re.search(WITHOUT_FIGURES, row.name), row.name
            continue
        declared = [column.split()[0] for column in row.columns if column != "..."]
        assert found.columns[len(found.columns) - len(declared) :] == declared or not declared
        if row.capability in ("explain", "detect") or "query" not in row.arguments:
            assert found.limit(2).collect(), row.name
