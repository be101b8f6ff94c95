"""Read a table by its name or path, whatever it is kept in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.errors import AnalysisException

from sparkfl.errors import ParameterError, SchemaError, StorageError
from sparkfl.tables.cause import cause
from sparkfl.tables.codes import with_codes
from sparkfl.tables.delta import read_snapshot
from sparkfl.tables.formats import FORMATS, READABLE, Format
from sparkfl.tables.header import warn_of_repeated_names
from sparkfl.tables.place import Place, is_path, speaks_delta
from sparkfl.tables.text import look_at_text

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["read_table"]


def read_table(
    spark: SparkSession, name: str, version: int | None = None, format: str | None = None
) -> DataFrame:
    r"""Read a table by name, or a file or folder by path.

    A folder with a Delta log is a Delta table; what else a path holds is told by the endings of
    its files. CSV has a header, and commas or, if the header has none of these, semicolons; its
    types are inferred; whole numbers with a leading zero, such as 01, are codes, and stay text.
    JSON is an object a line, or one array of objects. A record that does not fit is an error when
    it is read, not a row of NULLs.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        Session to read with.
    name : str
        A table or view of the catalog (``shop.features``), or a path: with a ``/`` in it, or with
        one of the endings above.
    version : int, optional
        Version of a Delta table to read instead of the current one.
    format : {'csv', 'tsv', 'json', 'orc', 'parquet', 'delta'}, optional
        What a path holds, if its endings do not tell.

    Returns
    -------
    pyspark.sql.DataFrame
        The table; for Delta, the snapshot at the time of the call.

    Raises
    ------
    ParameterError
        If `format` is not one of those.
    SchemaError
        If the path holds a Delta table and the session was started without Delta, or the table
        has no such version.
    StorageError
        If there is no such table or path, or what it holds cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> path = tempfile.mkdtemp() + "/features.csv"
    >>> with open(path, "w") as file:
    ...     _ = file.write("store,Total spend\nnorth,2.5\n")
    >>> read_table(spark, path).collect()
    [Row(store='north', Total spend=2.5)]
    """
    if format is not None and format not in FORMATS:
        raise ParameterError(f"Unknown format {format!r}; choose one of {', '.join(FORMATS)}.")
    if version is not None:
        return read_snapshot(spark, name, version)
    if format is None and not is_path(spark, name):
        return _from_catalog(spark, name)
    place = Place(spark, name)
    if not place.exists:
        raise StorageError(
            f"{name} is not there: correct the path. A relative path starts where Spark runs; a "
            "table of the catalog has no '/' in its name."
        )
    return _from_path(place, format or _format(place))


def _from_catalog(spark: SparkSession, name: str) -> DataFrame:
    """Read a table or view."""
    try:
        table = spark.table(name)
        _ = table.schema  # Spark Connect looks for the table only now.
    except AnalysisException as error:
        raise StorageError(
            f"{name} cannot be read: {cause(error)}. Name a table or view that is there, or a "
            f"path: with a '/' in it (./{name}), or a file's name that ends in {READABLE}."
        ) from error
    return table


def _format(place: Place) -> str:
    """Find out what a path holds; refuse what cannot be told, or told apart."""
    if not place.files and not place.holds_delta:
        raise StorageError(f"{place.path} is a folder without files: name one that has some.")
    names = place.formats
    if len(names) == 1 and (name := next(iter(names))) is not None:
        return name
    found = (
        f"holds files of several kinds ({', '.join(sorted(map(str, names - {None})))} …)"
        if len(names) > 1
        else "does not say by its ending what it holds"
    )
    raise StorageError(
        f"{place.path} {found}. Read are files that end in {READABLE}, folders of such files of "
        "one kind, and Delta tables; name the format otherwise."
    )


def _from_path(place: Place, name: str) -> DataFrame:
    """Read a path that is there."""
    spark, path, format = place.spark, place.path, FORMATS[name]
    if name == "delta" and not speaks_delta(spark):
        raise SchemaError(
            f"{path} is a Delta table and this session has no Delta: configure the session with "
            "sparkfl.configure_spark(builder, delta=True), or leave --no-delta out."
        )
    try:
        options = {**format.options, **_layout(spark, path, format)}
        rows = spark.read.format(format.reader).options(**options).load(path)
        columns = rows.columns
        if format.reader == "csv":
            rows = with_codes(rows, path, options)
            warn_of_repeated_names(rows, path, options)
        untyped = format.reader == "csv" and _untyped(rows)
    except StorageError:
        raise
    except Exception as error:
        raise StorageError(
            f"{path} cannot be read as {name}: {cause(error)}. Repair it or name another format."
        ) from error
    if not columns:
        raise StorageError(f"{path} is empty: there is no column in it. Give rows with columns.")
    if untyped:
        raise StorageError(
            f"{path} has a header and no row, so that its columns have no types. Give rows."
        )
    return rows


def _untyped(rows: DataFrame) -> bool:
    """Tell whether a file of text has no row that its types could follow from."""
    return all(type_ == "string" for _, type_ in rows.dtypes) and rows.isEmpty()


def _layout(spark: SparkSession, path: str, format: Format) -> dict[str, str]:
    """Tell JSON in one array, and CSV with semicolons or fields that go over several lines."""
    if format.reader not in ("json", "csv"):
        return {}
    text = look_at_text(spark, path)
    if format.reader == "json":
        return {"multiLine": str(text.header.startswith("["))}
    text.check_headers()
    semicolons = ";" in text.header and "," not in text.header and "sep" not in format.options
    return {"multiLine": str(text.open_quotes), **({"sep": ";"} if semicolons else {})}
