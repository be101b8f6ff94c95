"""Everything that is inside a file: itself, and what is packed in it."""

from __future__ import annotations

import base64
import binascii
import bz2
import gzip
import io
import lzma
import re
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

__all__ = ["MOST_BYTES", "Unread", "streams"]

MOST_BYTES = 2**30
"""What unpacks to more is not looked into."""
_DEPTH = 4
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{64,}={0,2}")

Stream = tuple[str, bytes]
"""Where it is, and its bytes."""


class Unread(Exception):  # noqa: N818  it is not an error to be raised to users
    """What cannot be looked into, and why."""


def streams(where: str, data: bytes, depth: int = 0) -> Iterator[Stream | tuple[str, Unread]]:
    """Go through the bytes of a file and of everything packed in it, four levels deep.

    Unpacked are gzip, bzip2, xz, zip (NumPy's and the wheel's too), zstd, LZ4 frames, Parquet,
    Arrow, SQLite, and base64 in texts.

    Parameters
    ----------
    where : str
        Name of the file.
    data : bytes
        What is in it.

    Yields
    ------
    tuple of str and bytes, or of str and Unread
        Where, and the bytes; or why they cannot be read.

    Examples
    --------
    >>> [(where, len(found)) for where, found in streams("log.gz", gzip.compress(b"12345"))]
    [('log.gz', 25), ('log.gz!gzip', 5)]
    """
    yield where, data
    if depth == _DEPTH:
        return
    unpack = next((u for magic, u in _FORMATS.items() if data.startswith(magic)), None)
    if unpack is None:
        for found in _BASE64.findall(data):
            try:
                yield f"{where}!base64", base64.b64decode(found + b"=" * (-len(found) % 4))
            except binascii.Error:
                continue
        return
    try:
        for name, inner in unpack(data):
            yield from streams(f"{where}!{name}", inner, depth + 1)
    except (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, lzma.LZMAError,
            sqlite3.Error, pa.ArrowException, Unread) as error:  # fmt: skip
        yield where, Unread(f"{type(error).__name__}: {error}")


def _decompressed(codec: str) -> Callable[[bytes], Iterator[Stream]]:
    """Unpack by a codec of Arrow."""

    def unpack(data: bytes) -> Iterator[Stream]:
        with pa.CompressedInputStream(pa.BufferReader(data), codec) as stream:
            yield codec, _limited(stream.read(MOST_BYTES + 1))

    return unpack


def _opened(name: str, open_: Callable[[io.BytesIO], Any]) -> Callable[[bytes], Iterator[Stream]]:
    """Unpack by a module of Python."""

    def unpack(data: bytes) -> Iterator[Stream]:
        with open_(io.BytesIO(data)) as stream:
            yield name, _limited(stream.read(MOST_BYTES + 1))

    return unpack


def _zip(data: bytes) -> Iterator[Stream]:
    """Unpack the members of an archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            with archive.open(member) as stream:
                yield member.filename, _limited(stream.read(MOST_BYTES + 1))


def _parquet(data: bytes) -> Iterator[Stream]:
    """Read columns, which may be compressed and encoded."""
    file = pq.ParquetFile(pa.BufferReader(data))
    yield "metadata", str(file.schema_arrow.metadata or {}).encode()
    for batch in file.iter_batches():
        yield from _columns(batch)


def _arrow(data: bytes) -> Iterator[Stream]:
    """Read the columns of an Arrow file."""
    reader = pa.ipc.open_file(pa.BufferReader(data))
    for i in range(reader.num_record_batches):
        yield from _columns(reader.get_batch(i))


def _columns(batch: pa.RecordBatch) -> Iterator[Stream]:
    """Lay out columns as bytes, elements of lists one after another."""
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        for values in _leaves(column):
            yield name, _bytes(values)


def _leaves(column: pa.Array) -> Iterator[pa.Array]:
    """Go down to arrays of values."""
    type_ = column.type
    if pa.types.is_dictionary(type_):
        yield from _leaves(column.dictionary_decode())
    elif pa.types.is_struct(type_):
        for i in range(type_.num_fields):
            yield from _leaves(column.field(i))
    elif pa.types.is_map(type_):
        yield from _leaves(column.keys)
        yield from _leaves(column.items)
    elif pa.types.is_list(type_) or pa.types.is_large_list(type_):
        yield from _leaves(column.flatten())
    else:
        yield column.drop_null()


def _bytes(values: pa.Array) -> bytes:
    """Bytes of numbers as they are; of all else its texts, line by line."""
    if pa.types.is_floating(values.type) or pa.types.is_integer(values.type):
        return bytes(np.ascontiguousarray(values.to_numpy(zero_copy_only=False)).tobytes())
    if pa.types.is_binary(values.type) or pa.types.is_large_binary(values.type):
        return b"\n".join(values.to_pylist())
    return "\n".join(pc.cast(values, pa.string()).to_pylist()).encode()


def _sqlite(data: bytes) -> Iterator[Stream]:
    """Read every value of every table; blobs are looked into."""
    with tempfile.NamedTemporaryFile(suffix=".db") as file:
        file.write(data)
        file.flush()
        with closing(sqlite3.connect(f"{Path(file.name).as_uri()}?mode=ro", uri=True)) as database:
            database.text_factory = bytes
            tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            for (name,) in tables.fetchall():
                table = name.decode()
                quoted = table.replace('"', '""')
                texts = []
                for row in database.execute(f'SELECT * FROM "{quoted}"'):
                    for value in row:
                        if isinstance(value, float):
                            texts.append(repr(value).encode())
                        elif isinstance(value, bytes):
                            texts.append(value)
                            if value.startswith(tuple(_FORMATS)):
                                yield f"{table} blob", value
                yield table, b"\n".join(texts)


def _spark_lz4(_data: bytes) -> Iterator[Stream]:
    """Say that Spark's own framing of LZ4 is not read."""
    raise Unread("LZ4 as Spark frames it; set spark.eventLog.compression.codec=zstd")
    yield


def _limited(data: bytes) -> bytes:
    """Refuse what unpacks to too much."""
    if len(data) > MOST_BYTES:
        raise Unread(f"it unpacks to more than {MOST_BYTES:,} bytes")
    return data


_FORMATS: dict[bytes, Callable[[bytes], Iterator[Stream]]] = {
    b"\x1f\x8b": _opened("gzip", lambda file: gzip.GzipFile(fileobj=file)),
    b"BZh": _opened("bzip2", bz2.BZ2File),
    b"\xfd7zXZ\x00": _opened("xz", lzma.LZMAFile),
    b"\x28\xb5\x2f\xfd": _decompressed("zstd"),
    b"\x04\x22\x4d\x18": _decompressed("lz4"),
    b"PK\x03\x04": _zip,
    b"PAR1": _parquet,
    b"ARROW1": _arrow,
    b"SQLite format 3\x00": _sqlite,
    b"LZ4Block": _spark_lz4,
}
"""How files are told and unpacked, by their first bytes."""
