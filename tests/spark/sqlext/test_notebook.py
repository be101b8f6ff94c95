"""The cells of a notebook, in a real kernel with a session of Spark's own."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from sparkfl.notebook import CellError, _options, _statements

START = """
import os
from pyspark.sql import SparkSession
spark = (
    SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    .config("spark.sql.shuffle.partitions", "1").config("spark.sparkfl.trackingUri", {uri!r})
    .config("spark.sql.warehouse.dir", {home!r}).getOrCreate()
)
least = 1.0
%load_ext sparkfl
"""
TRAIN = """%%sparkfl
CREATE TEMP VIEW customers AS SELECT double(id % 7) AS a, double(id % 5) AS b FROM range(40);
CREATE MODEL seg OPTIONS (MODEL_TYPE = 'kmeans', K = 2) AS SELECT * FROM customers WHERE a > :least;
SHOW MODELS
"""
PREDICT = """%%sparkfl --into told
SELECT * FROM model_predict(seg, 1, customers)
"""
FAILING = [
    "%%sparkfl\nSELECT 1;\nCREATE MODEL m OPTIONS\n  (K 3) AS SELECT 1",
    "%sparkfl SELECT * FROM model_predict(nothing, 1, customers)",
    "%%sparkfl --rows 3\nSELECT 1",
    "%sparkfl SELECT :unknown",
]


def test_a_notebook(tmp_path: Path, mlflow_database) -> None:
    start = START.format(uri=mlflow_database(tmp_path), home=str(tmp_path / "warehouse"))
    cells = [start, TRAIN, PREDICT, "print(told.count(), told.columns)", "%sparkfl SHOW TABLES"]
    cells += [*FAILING, "%%sparkfl --limit 2\nSELECT '<b>' AS x, NULL AS y FROM range(3)"]
    cells += ["spark.stop()"]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = NotebookClient(book, kernel_name="python3", timeout=120, allow_errors=True)
    client.execute(cwd=str(tmp_path))
    outputs = [_text(cell) for cell in book.cells]
    assert "<td>seg</td><td>1</td>" in outputs[1]
    assert outputs[1].count("<table") == 2
    assert outputs[2] == ""
    assert outputs[3].strip() == "40 ['a', 'b', 'prediction']"
    assert "<td>customers</td>" in outputs[4]
    syntax, missing, usage, unknown = outputs[5:9]
    assert "(line 4, pos 5)" in syntax
    assert "  (K 3) AS SELECT 1\n-----^^^" in syntax
    assert "There is no model 'nothing'" in missing
    assert "not --rows" in usage
    assert ":unknown is no variable of the notebook" in unknown
    assert not [told for told in outputs if "Traceback" in told or ".py" in told]
    assert "&lt;b&gt;" in outputs[9]
    assert outputs[9].count("<tr>") == 3
    assert "The first 2 rows" in outputs[9]


def _text(cell: nbformat.NotebookNode) -> str:
    """Return what a cell shows, without what Spark logs."""
    found = []
    for output in cell.outputs:
        if output.output_type == "error":
            found.append("\n".join(output.traceback))
        elif output.output_type == "stream":
            found.append(output.text if output.name == "stdout" else "")
        else:
            found.append(output.data.get("text/html", ""))
    return re.sub(r"\x1b\[[0-9;]*m", "", "".join(found))


def test_a_cell_that_fails_stops_the_notebook(tmp_path: Path) -> None:
    cells = ["%load_ext sparkfl", "%sparkfl SHOW MODELS"]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    with pytest.raises(CellExecutionError, match="There is no Spark session in the variable"):
        NotebookClient(book, kernel_name="python3", timeout=60).execute(cwd=str(tmp_path))


def test_statements_of_a_cell_keep_their_lines() -> None:
    text = "SELECT ';' -- ;\n;\n;;\nSELECT 2;"
    assert list(_statements(text)) == ["SELECT ';' -- ;\n", "\n\n\nSELECT 2"]


def test_options_of_a_cell() -> None:
    assert _options("--into 'x' --limit 3").limit == 3
    with pytest.raises(CellError, match="invalid int value"):
        _options("--limit many")
