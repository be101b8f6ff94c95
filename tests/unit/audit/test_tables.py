"""Tables of releases are looked at before they are attacked."""

from __future__ import annotations

import re
import subprocess
import sys
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sparkfl.audit.releases import versions
from sparkfl.audit.search import search
from sparkfl.cli.main import main
from sparkfl.errors import ParameterError, StorageError

GOOD: dict[str, list[Any]] = {
    "store": ["a", "b"],
    "n": [10, 12],
    "mean": [[1.0, 2.0], [3.0, 4.0]],
    "ss": [[1.0, 0.0], [2.0, 2.0]],
}
_LIST = pa.list_(pa.float64())
NOTHING = pa.schema({"store": pa.string(), "n": pa.int64(), "mean": _LIST, "ss": _LIST})
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"n": ["x", "x"]}, "Column 'n' of .* has string; it must have whole numbers"),
    ({"n": [True, False]}, "Column 'n' of .* has bool"),
    ({"n": [-5, -5]}, "Row 1 of .* has n -5; a count is at least 1"),
    ({"n": [10, 0]}, "Row 2 of .* has n 0"),
    ({"n": [10, None]}, "Row 2 of .* has n NULL"),
    ({"n": [10.5, 12.0]}, "Column 'n' of .*: .*Counts are whole"),
    ({"mean": [1.0, 2.0]}, "Column 'mean' of .* has double; it must have arrays of numbers"),
    ({"mean": [["x"], ["y"]]}, "Column 'mean' of .* has list<"),
    ({"mean": [[1.0, float("nan")], [3.0, 4.0]]}, "Row 1 of .* must be finite"),
    ({"mean": [[1.0, 2.0], [3.0, None]]}, "Row 2 of .* must be finite"),
    ({"mean": [[1.0, 2.0], None]}, "Row 2 of .* has mean NULL"),
    ({"mean": [[], []], "ss": [[], []]}, "Column 'mean' of .* has list<"),
    ({"ss": [[1.0, 0.0], [2.0]]}, "Row 2 of .* has ss of length 1; .*2 as row 1"),
    ({"ss": [[1.0, -0.5], [2.0, 1.0]]}, "Row 1 of .* not negative"),
    ({"ss": [[1.0, float("inf")], [2.0, 1.0]]}, "Row 1 of .* must be finite"),
]


@pytest.mark.parametrize(("changed", "says"), WRONG)
def test_what_no_store_can_release_is_an_error(changed, says, tmp_path, capsys) -> None:
    pq.write_table(pa.table({**GOOD, **changed}), tmp_path / "r.parquet")
    assert main(["audit", "--releases", str(tmp_path / "r.parquet")]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert re.search(says, told.err), told.err


def test_an_empty_table_is_an_error(tmp_path, capsys) -> None:
    pq.write_table(NOTHING.empty_table(), tmp_path / "r.parquet")
    assert main(["audit", "--releases", str(tmp_path / "r.parquet")]) == 1
    assert "has no row" in capsys.readouterr().err


def test_other_types_of_numbers_are_read(tmp_path) -> None:
    other = {"store": [1, None], "n": [Decimal(10), Decimal(12)]}
    table = pa.table({**GOOD, **other}).set_column(
        2, "mean", pa.array(GOOD["mean"], pa.list_(pa.float32(), 2))
    )
    pq.write_table(table, tmp_path / "r.parquet")
    (version,) = versions([str(tmp_path / "r.parquet")])
    assert {s: int(told.clusters.n[0]) for s, told in version.stores.items()} == {1: 10, None: 12}


def test_tables_are_read_without_spark(tmp_path) -> None:
    pq.write_table(pa.table(GOOD), tmp_path / "r.parquet")
    code = f"""
import sys
sys.modules.update(dict.fromkeys(("pyspark", "mlflow", "delta")))
import importlib.util as util
found = util.find_spec
util.find_spec = lambda name, *package: None if name == "pyspark" else found(name, *package)
from sparkfl.cli.main import main
codes = [main(["audit", "--releases", given]) for given in ({str(tmp_path / "r.parquet")!r}, "m")]
assert codes == [0, 1], codes
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert "0 of 2, a customer each" in ran.stdout
    assert ran.stderr.endswith("Run pip install 'sparkfl[spark,mlflow]'.\n")


def test_one_path_is_one_path(tmp_path) -> None:
    (tmp_path / "log.txt").write_text("customer c-00000100")
    for path in (tmp_path / "log.txt", str(tmp_path / "log.txt")):
        assert search(path, ["c-00000100"]).found == 1
    with pytest.raises(StorageError, match=r"leak\.txt"):
        search("leak.txt", ["c-00000100"])
    with pytest.raises(ParameterError, match="a dict, are neither"):
        search(tmp_path, {"c-00000100": 1})
