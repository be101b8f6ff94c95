"""The features when TRANSFORM is left out: all columns of the query, by their kinds."""

from __future__ import annotations

from collections.abc import Iterator

from pyspark.sql.types import StructType

from sparkfl.columns import INTERNAL, find, kind_of
from sparkfl.errors import SchemaError
from sparkfl.models.pipeline import FeaturePipeline, declared
from sparkfl.transforms.clause import ColumnRef, TransformItem, TransformList

__all__ = ["automatic"]

_IMPUTED = {"number": "numeric_imputer", "date": "numeric_imputer", "boolean": "boolean_imputer"}
_MADE = {"string": "string_indexer", "tokens": "count_vectorizer"}


def automatic(
    schema: StructType,
    excluded: tuple[str, ...] = (),
    fill: bool = True,
    keep: bool = False,
    case_sensitive: bool = False,
) -> FeaturePipeline:
    """Return the pipeline of all columns: Data Distiller's automatic feature transformation.

    Numbers, dates and elements of vectors are as they are, booleans 0 and 1, texts are indexed,
    and arrays of texts are counted; of a struct go all fields.

    Parameters
    ----------
    schema : pyspark.sql.types.StructType
        Columns of the training query.
    excluded : tuple of str
        Those that are no features.
    fill : bool, default True
        Whether something takes the place of what is missing: the mean, FALSE, the text
        ``ml_unknown``, an array without texts; texts that are new are a category then.
    keep : bool, default False
        Whether what is missing, or new, is a category of its own, where there are some.
    case_sensitive : bool, default False
        Whether case matters in the names of columns.

    Raises
    ------
    SchemaError
        If the query has no column, or one of a type that no model reads.
    """
    leaves = [
        leaf for f in schema.fields if f.name not in excluded for leaf in _leaves(schema, (f.name,))
    ]
    other = [f"{'.'.join(path)} {type_}" for path, kind, type_ in leaves if kind is None]
    if other or not leaves:
        listed = ", ".join(other) or "none at all"
        raise SchemaError(
            "Without TRANSFORM every column of the query must be a number, a boolean, a date, a "
            f"text, or an array of numbers or texts; it has {listed}. Leave such columns out of "
            "the query, or write TRANSFORM(vector_assembler(array(…)) f)."
        )
    items: list[TransformItem] = []
    parts = []
    for place, (path, kind, _) in enumerate(leaves):
        column = ColumnRef(path)
        for function in _functions(kind or "", fill):
            alias = f"{INTERNAL}auto_{place}_{len(items)}"
            items.append(TransformItem(function, (column,), alias))
            column = ColumnRef((alias,))
        parts.append(column)
    items.append(TransformItem("vector_assembler", tuple(parts), f"{INTERNAL}auto"))
    clause = TransformList(tuple(items), "")
    return declared(clause, schema, keep or fill, case_sensitive)[0]


def _functions(kind: str, fill: bool) -> Iterator[str]:
    """Return what a column of a kind goes through."""
    if fill:
        yield "string_imputer" if kind == "string" else _IMPUTED.get(kind, "imputer")
    if kind in _MADE:
        yield _MADE[kind]


def _leaves(
    schema: StructType, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], str | None, str]]:
    """Return path, kind and type of a column, or of the fields of a struct."""
    found = find(schema, path, True)
    assert found is not None
    if isinstance(found.type, StructType):
        for field in found.type.fields:
            yield from _leaves(schema, (*path, field.name))
    else:
        yield path, kind_of(found.type), found.type.simpleString()
