"""What is to be known of files of text before they are parsed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pyspark.sql import functions as F

from sparkfl.errors import StorageError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["TextFiles", "look_at_text"]

_PARQUET = "PAR1"


@dataclass(frozen=True)
class TextFiles:
    """Some files of text.

    Attributes
    ----------
    first : dict of str to str
        First line of each file, by the file's path.
    open_quotes : bool
        Whether a line has an odd number of quotes, as where a quoted field goes on in the next.
    """

    first: dict[str, str]
    open_quotes: bool

    @property
    def header(self) -> str:
        """The first line of one of them; "" if they are empty."""
        return next(iter(self.first.values()), "")

    def check_headers(self) -> None:
        """Require that all files name the same columns in the same order.

        Raises
        ------
        StorageError
            If two differ.
        """
        for path, header in self.first.items():
            if header != self.header:
                one = next(iter(self.first))
                raise StorageError(
                    f"The headers of {one} and {path} differ: {self.header!r} and {header!r}. Give "
                    "files with the same columns in the same order."
                )


def look_at_text(spark: SparkSession, path: str) -> TextFiles:
    r"""Read the lines of a file, or of the files of a folder, once.

    Raises
    ------
    StorageError
        If a file is no text, or not in UTF-8: what cannot be read would become one and the same
        character, and two stores one.

    Examples
    --------
    >>> import tempfile
    >>> path = tempfile.mkdtemp() + "/t.csv"
    >>> with open(path, "w") as file:
    ...     _ = file.write('a,b\n"x\ny",1\n')
    >>> look_at_text(spark, path).header, look_at_text(spark, path).open_quotes
    ('a,b', True)
    """
    found = _by_file(spark.read.text(path)).collect()
    files = {unquote(row["path"]).removeprefix("file://"): row for row in found}
    for name, row in sorted(files.items()):
        if row["first"].startswith(_PARQUET) or "\0" in row["first"]:
            kind = "Parquet" if row["first"].startswith(_PARQUET) else "no text"
            raise StorageError(
                f"{name} is {kind}, whatever its name says. Name its format, or another file."
            )
        if row["unreadable"]:
            raise StorageError(f"{name} is not UTF-8. Save it in that encoding, or name another.")
    first = {name: row["first"].strip("\ufeff \t") for name, row in sorted(files.items())}
    return TextFiles(first, any(row["open_quotes"] for row in found))


def _by_file(lines: DataFrame) -> DataFrame:
    """Gather what is to be known of each file; the lines of a block are in order."""
    value = F.col("value")
    quotes = F.length(value) - F.length(F.replace(value, F.lit('"'), F.lit("")))
    place = F.struct(F.col("_metadata.file_block_start"), F.monotonically_increasing_id())
    described = lines.select(
        value, F.col("_metadata.file_path").alias("path"), place.alias("place"), quotes.alias("q")
    )
    return described.groupBy("path").agg(
        F.min_by("value", "place").alias("first"),
        F.max(~F.is_valid_utf8(value)).alias("unreadable"),
        F.max(F.col("q") % 2 == 1).alias("open_quotes"),
    )
