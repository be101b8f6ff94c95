"""A model of CREATE MODEL that is tables: factors, rules, patterns, assignments."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from sparkfl.columns import Found, InputColumn, bind, check_names, check_taken, vectorized
from sparkfl.errors import ParameterError, SchemaError
from sparkfl.execution.cached import cached
from sparkfl.formats import FORMAT, check_format
from sparkfl.models.facts import Facts
from sparkfl.models.named_column import named_column
from sparkfl.models.relation_type import RelationColumn, RelationType
from sparkfl.models.settings import MODEL_TYPE
from sparkfl.models.types import ALL_TYPES, canonical
from sparkfl.options import resolve as resolve_options
from sparkfl.options import spelled
from sparkfl.registry import Field

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

__all__ = ["RelationModel", "train_relation"]


@dataclass(frozen=True)
class RelationModel:
    """What was learnt, as tables, and the columns it was learnt from.

    Attributes
    ----------
    modelType : str
        Value of MODEL_TYPE.
    inputs : mapping of str to InputColumn
        The columns of the training query, by Param.
    tables : mapping of str to pyarrow.Table
        What was learnt.
    params : mapping of str to object
        Parameters of the training.
    facts : Facts
        What is remembered of it.
    """

    modelType: str
    inputs: Mapping[str, InputColumn]
    tables: Mapping[str, pa.Table] = field(repr=False)
    params: Mapping[str, Any]
    facts: Facts = field(default_factory=Facts)
    readers = {
        "scorer": "sparkfl.models.scorer:open_scorer",
        "reader": "sparkfl.models.relation_model:RelationModel.read",
    }
    clause = None
    by = ()

    @property
    def type(self) -> RelationType:
        """The row of its type."""
        row = ALL_TYPES[canonical(self.modelType)]
        assert isinstance(row, RelationType)
        return row

    @property
    def columns(self) -> tuple[InputColumn, ...]:
        """The columns that a prediction reads."""
        params = [column.option.param for column in self.type.reads if column.predicts]
        return tuple(self.inputs[param] for param in params)

    @property
    def read_as(self) -> tuple[str, ...]:
        """The types that a prediction reads them as."""
        return tuple(column.type for column in self.type.reads if column.predicts)

    def inputFields(self) -> list[Field]:
        """Return the columns that a prediction reads."""
        return [Field(column.name, column.type) for column in self.columns]

    def outputFields(self) -> list[Field]:
        """Return the column that `predict` adds, if it does."""
        return [Field("prediction", self.type.returns)] if self.type.returns else []

    def predict(self, df: DataFrame, hidden: bool = False) -> DataFrame:
        """Add the prediction to all columns of a query.

        Raises
        ------
        SchemaError
            If the query lacks a column, or has one named like an output.
        """
        del hidden
        check_taken(df.columns, ["prediction"])
        check_names(df.columns)
        return df.withColumn("prediction", self.predicted(df))

    def predicted(self, df: DataFrame) -> Column:
        """Return the prediction of a query's rows."""
        sources = bind(df, self.columns)
        given = [f.column.cast(type_) for f, type_ in zip(sources, self.read_as, strict=True)]
        return self.teller()(*given)

    def teller(self) -> Callable[..., Column]:
        """Return the function of workers that predicts."""
        assert self.type.tells is not None
        return vectorized(self.type.tells(self.tables), self.type.returns)

    def write(self, directory: Path) -> None:
        """Write the model into an empty directory of the driver."""
        content = {
            "format": FORMAT,
            "modelType": self.modelType,
            "relation": {param: asdict(column) for param, column in self.inputs.items()},
            "params": dict(self.params),
            "facts": self.facts.to_json(),
        }
        (directory / "model.json").write_text(json.dumps(content, indent=1))
        for name, table in self.tables.items():
            pq.write_table(table, directory / f"{name}.parquet")

    @classmethod
    def read(cls, directory: Path, _session: SparkSession | None = None) -> RelationModel:
        """Read what `write` wrote."""
        content = json.loads((directory / "model.json").read_text())
        check_format(content.get("format"), f"The model in {directory}")
        inputs = {
            param: InputColumn.from_json(value) for param, value in content["relation"].items()
        }
        tables = {path.stem: pq.read_table(path) for path in sorted(directory.glob("*.parquet"))}
        facts = Facts.from_json(content["facts"])
        return cls(content["modelType"], inputs, tables, content["params"], facts)


def train_relation(
    df: DataFrame, kind: RelationType, name: str, options: Mapping[str, object]
) -> RelationModel:
    """Learn from the columns of a query; rows in which one is NULL do not count.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        The query.
    kind : RelationType
        The type.
    name : str
        Its MODEL_TYPE.
    options : mapping
        OPTIONS.

    Raises
    ------
    SchemaError
        If a column is missing or of another kind, or there is no row to learn from.
    ParameterError
        If an option is unknown or invalid.
    """
    began = time.perf_counter()
    given = {key: value for key, value in options.items() if not MODEL_TYPE.named_in([key])}
    params = resolve_options(given, kind.options, f"MODEL_TYPE '{name}'")
    check_names(df.columns)
    found = {
        column.option.param: _find(df, column, params.pop(column.option.param), given)
        for column in kind.reads
        if column.option.param in params
    }
    paths = [each.path for each in found.values()]
    if len(set(paths)) < len(paths):
        raise ParameterError(f"{', '.join(found)} must be different columns of the query.")
    types = {column.option.param: column.type for column in kind.reads}
    selected = df.select(*[f.column.cast(types[p]).alias(p) for p, f in found.items()]).dropna()
    with cached(selected) as rows, spelled(kind.own, lambda option: option.key):
        n = rows.count()
        if not n:
            names = ", ".join(each.name for each in found.values())
            raise SchemaError(
                f"No row of the query has a value in {names}: there is nothing to learn from. Look "
                "at what it selects."
            )
        tables = kind.fit(rows, params)
    inputs = {param: InputColumn.of(each) for param, each in found.items()}
    facts = Facts(n, time.perf_counter() - began)
    return RelationModel(name, inputs, tables, params, facts)


def _find(df: DataFrame, column: RelationColumn, name: str, given: Mapping[str, object]) -> Found:
    """Find the column that an option names."""
    return named_column(df, name, column.option.key_in(given), column.takes, column.says)
