"""What a MODEL_TYPE is that learns from columns as they stand, not from features."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sparkfl.columns import kind_of
from sparkfl.options import Option

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame
    from pyspark.sql.types import DataType

__all__ = ["RelationColumn", "RelationType"]

Fit = Callable[["DataFrame", Mapping[str, Any]], Mapping[str, "pa.Table"]]


@dataclass(frozen=True)
class RelationColumn:
    """A column that a type reads.

    Attributes
    ----------
    option : Option
        The option that names it.
    kinds : tuple of str
        Kinds that it may have, see `sparkfl.columns.kind_of`, or types; empty for any.
    type : str
        The type that it is read as.
    says : str
        What it must be, to end "…; it must be".
    predicts : bool
        Whether a prediction reads it.
    """

    option: Option
    kinds: tuple[str, ...]
    type: str
    says: str
    predicts: bool = True

    def takes(self, type_: DataType) -> bool:
        """Tell whether a column of a type will do."""
        own = (kind_of(type_), type_.simpleString())
        return not self.kinds or any(kind in self.kinds for kind in own)


@dataclass(frozen=True)
class RelationType:
    """A value of MODEL_TYPE whose models are tables, as a row.

    Attributes
    ----------
    fit : callable
        ``fit(rows, params)``: the tables, by name, of rows with the columns under their Params.
    doc : str
        What it is, in a sentence or two.
    reads : tuple of RelationColumn
        The columns that it reads.
    own : tuple of Option
        Its other options.
    tells : callable, optional
        ``tells(tables)``: the function of what is predicted of the columns that a prediction
        reads, as arrays of Arrow.
    capabilities : mapping of str to callable
        What its models can be asked besides.
    returns : str
        Type of the prediction, "" if there is none.
    judged : str
        What `model_evaluate` gives, "" if it cannot be asked.
    aliases : tuple of str
        Other values of MODEL_TYPE.
    """

    fit: Fit
    doc: str
    reads: tuple[RelationColumn, ...]
    own: tuple[Option, ...] = ()
    tells: Callable[[Mapping[str, pa.Table]], Callable[..., pa.Array]] | None = None
    capabilities: Mapping[str, Callable[..., DataFrame]] = field(default_factory=dict)
    returns: str = ""
    judged: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def options(self) -> tuple[Option, ...]:
        """The options."""
        return (*[column.option for column in self.reads], *self.own)
