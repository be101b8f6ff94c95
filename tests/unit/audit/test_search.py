"""A cell is found however it is written and packed, and nothing is found that is not there."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import sqlite3
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparkfl.audit.search import search
from sparkfl.audit.search.find import _hits
from sparkfl.audit.search.needles import Needles
from sparkfl.errors import StorageError
from sparkfl.statistics.scaling import Scaling

CANARY, NEIGHBOUR = 1234.567890123456, -0.000987654321987
ROWS = np.array([[CANARY, NEIGHBOUR, 7.0], [3.0, 1e5 / 3, 2e9 / 7]])


def packed(kind: str, data: bytes) -> bytes:
    if kind == "zip":
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("inner/file.bin", data)
        return buffer.getvalue()
    if kind == "base64":
        return b'{"image": "' + base64.b64encode(data + bytes(64)) + b'"}'
    if kind == "zstd, two frames":
        return b"".join(pa.compress(d, "zstd", asbytes=True) for d in (b"first" * 9, data))
    if kind in ("zstd", "lz4"):
        sink = pa.BufferOutputStream()
        with pa.CompressedOutputStream(sink, kind) as stream:
            stream.write(data)
        return sink.getvalue().to_pybytes()
    own: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "bzip2": bz2.compress,
        "xz": lzma.compress,
        "gzip in gzip": lambda d: gzip.compress(gzip.compress(d)),
        "plain": bytes,
    }
    return own[kind](data)


FORMS = {
    "double": struct.pack("<d", CANARY),
    "double, big-endian": struct.pack(">d", CANARY),
    "float": struct.pack("<2f", CANARY, NEIGHBOUR),
    "float, big-endian": struct.pack(">2f", CANARY, NEIGHBOUR),
    "text": repr(CANARY).encode(),
    "text of Java": b"1.234567890123456E3",
    "text, rounded": b"mean=1234.56789012 ",
    "text of JSON": json.dumps({"x": [CANARY]}).encode(),
}
PACKINGS = [
    "plain", "gzip", "bzip2", "xz", "zip", "zstd", "zstd, two frames", "lz4", "base64",
    "gzip in gzip",
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("packing", PACKINGS)
def test_a_cell_is_found_in_every_form_and_packing(form: str, packing: str, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).bytes(501)
    (tmp_path / "file").write_bytes(packed(packing, noise + b"\n" + FORMS[form] + b"\n" + noise))
    findings = search([tmp_path], ROWS)
    assert {hit.cell for hit in findings.hits} == {0}
    assert findings.unread == {}


@given(st.binary(max_size=2000), st.integers(0, 40), st.floats(1e-3, 1e9))
def test_nothing_is_found_that_is_not_there(noise: bytes, cells: int, size: float) -> None:
    drawn = np.random.default_rng(cells).normal(scale=size, size=(cells, 4))
    other = drawn + drawn * 1e-6
    data = noise + other.tobytes() + json.dumps(other.tolist()).encode()
    assert list(_hits("x", data, Needles.of_cells(drawn))) == []


@pytest.mark.parametrize("compression", ["none", "snappy", "zstd", "gzip", "lz4"])
@pytest.mark.parametrize("type_", [pa.float64(), pa.list_(pa.float64()), pa.string(), "struct"])
def test_columns_of_parquet_are_read(compression: str, type_: pa.DataType, tmp_path: Path) -> None:
    values = [1.0, CANARY, None]
    if type_ == pa.list_(pa.float64()):
        column = pa.array([[1.0], values[:2], None], type_)
    elif type_ == pa.string():
        column = pa.array(["x", f"customer of {CANARY}", None])
    elif type_ == "struct":
        column = pa.array([{"a": {"b": value}} for value in values])
    else:
        column = pa.array(values, type_)
    table = pa.table({"c": pa.concat_arrays([column] * 50)})
    pq.write_table(table, tmp_path / "f.parquet", compression=compression, write_statistics=False)
    assert search([tmp_path], ROWS).found == 1


def test_databases_and_arrow_files_are_read(tmp_path: Path) -> None:
    table = pa.table({"x": [CANARY] * 2000})
    feather.write_feather(table, tmp_path / "f.arrow", compression="zstd")
    found = search([tmp_path / "f.arrow"], ROWS)
    assert found.found == 1
    database = sqlite3.connect(tmp_path / "mlflow.db")
    database.execute("CREATE TABLE params (key TEXT, value TEXT, number REAL, file BLOB)")
    database.execute("INSERT INTO params VALUES ('x' , ?, ?, NULL)", ("v" * 9000 + repr(CANARY), 1))
    database.execute("INSERT INTO params VALUES ('y' , '', ?, NULL)", (NEIGHBOUR,))
    zipped = packed("zip", struct.pack("<d", ROWS[1, 2]))
    database.execute("INSERT INTO params VALUES ('z' , '', 0, ?)", (zipped,))
    database.commit()
    database.close()
    found = search([tmp_path / "mlflow.db"], ROWS)
    assert {hit.cell for hit in found.hits} == {0, 1, 5}


def test_a_cell_is_found_after_what_was_done_to_it(tmp_path: Path) -> None:
    scaling = Scaling(np.array([9.0, 0.0, 1.0]), np.array([3.0, 7.0, 2.0]))
    scaled = scaling.transform(ROWS)[0, 0] * (1 + 2**-52)
    (tmp_path / "a").write_bytes(struct.pack("<d", scaled))
    (tmp_path / "b").write_text(f"{np.log1p(CANARY)!r}")
    hits = search([tmp_path], ROWS, {"scaled": scaling.transform}).hits
    assert [(Path(h.where).name, h.space, h.cell) for h in hits] == [
        ("a", "scaled", 0),
        ("b", "log1p", 0),
    ]


def test_what_tells_too_little_is_counted_and_not_looked_for(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(np.array([7.0, 3.0]).tobytes() + b"7.0 3")
    findings = search([tmp_path], ROWS)
    assert (findings.found, findings.cells, findings.common) == (0, 6, 2)


def test_texts_are_found_as_words(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("id=cust-000123; cust-0001234")
    (tmp_path / "b").write_bytes("cust-000777".encode("utf-16-le"))
    findings = search([tmp_path], ["cust-000123", "cust-00012", "cust-000777", "ann"])
    assert {hit.cell for hit in findings.hits} == {0, 2}
    assert findings.common == 1


def test_what_cannot_be_looked_into_is_told(tmp_path: Path) -> None:
    (tmp_path / "broken.gz").write_bytes(gzip.compress(bytes(range(99)))[:60])
    (tmp_path / "spark.lz4").write_bytes(b"LZ4Block and so on")
    (tmp_path / "half.parquet").write_bytes(b"PAR1 and no more")
    assert len(search([tmp_path], ROWS).unread) == 3
    with pytest.raises(StorageError, match="nowhere"):
        search([tmp_path / "nowhere"], ROWS)
