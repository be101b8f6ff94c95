"""Every MODEL_TYPE on one row, on rows that are all the same, and on 200 columns."""

from __future__ import annotations

import pytest
from pyspark.errors import AnalysisException
from rows import COLUMNS, LABELS, label, options

from sparkfl.models.types import MODEL_TYPES

WIDTH = 200
QUERIES = {
    "one row": "SELECT * FROM conformance WHERE id = 4",
    "one row again and again": "SELECT c.* FROM conformance c, range(20) WHERE c.id = 4",
}
"""The row has a label above 0, and counts."""


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_rows_that_teach_nothing(conformance, model_type, query):
    """They are learnt, and can be predicted then, or an error of ours says why they cannot."""
    clause = "TRANSFORM (vector_assembler(array(x, y)) AS features)"
    statement = f"CREATE OR REPLACE MODEL extreme {clause} OPTIONS ({options(model_type)})"
    try:
        conformance.sql(f"{statement} AS {query}")
    except AnalysisException as refused:
        told = refused.getMessage()
        assert told.startswith(("[SPARKFL_INVALID_PARAMETER]", "[SPARKFL_INVALID_INPUT]"))
        assert "Exception" not in told
        return
    call = f"model_predict(extreme, latest, {query})"
    assert conformance.sql(f"SELECT * FROM {call}").count() == conformance.sql(query).count()
    judged = f"model_evaluate(extreme, latest, {query})"
    assert conformance.sql(f"SELECT * FROM {judged}").count() == 1


@pytest.fixture(scope="module")
def wide(conformance):
    """A view of labels and so many numbers, which are computed once."""
    features = ", ".join(f"abs(x * {i % 7} + y * {i % 3} + {i}) AS c{i}" for i in range(WIDTH))
    others = ", ".join(sorted({*LABELS.values(), "code", *COLUMNS.values()}))
    conformance.sql(f"CACHE TABLE wide_rows AS SELECT {others}, {features} FROM conformance")
    yield conformance
    conformance.sql("DROP VIEW wide_rows")


def test_two_hundred_columns(wide, model_type):
    """Each is a feature by itself, without TRANSFORM."""
    needed = [label(model_type), *(COLUMNS[p] for p in _columns(model_type))]
    others = {*LABELS.values(), "code", *COLUMNS.values()} - {*needed}
    query = f"SELECT * EXCEPT ({', '.join(sorted(others))}) FROM wide_rows"
    given = options(model_type)
    wide.sql(f"CREATE OR REPLACE MODEL wide OPTIONS ({given}) AS {query}")
    read = wide.sql("SELECT * FROM model_feature_info(wide)")
    assert read.count() == WIDTH
    scored = wide.sql(f"SELECT * FROM model_predict(wide, latest, {query})")
    told = scored.columns[-1]
    assert scored.where(f"`{told}` IS NULL").count() == 0


def _columns(model_type):
    return [option.param for option in MODEL_TYPES[model_type].options if option.param in COLUMNS]
