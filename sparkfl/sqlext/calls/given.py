"""What a call of `ml_predict` gives, and of what types: Spark's analysis tells, nothing runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter

from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import DataType, StructType

from sparkfl.columns import quote
from sparkfl.errors import ArgumentError, CapabilityError
from sparkfl.sqlext.calls.values import constant
from sparkfl.sqlext.functions import EXPRESSION_ROWS
from sparkfl.sqlext.grammar import Token
from sparkfl.sqlext.parts import source
from sparkfl.tables.attempt import attempt

__all__ = ["NAMES", "Given", "fields_of", "model_of", "read_given", "types_of"]

NAMES = {name: row for row in EXPRESSION_ROWS for name in (row["name"], *row["aliases"])}
"""The rows of `ml_predict` and its kin, by name."""

_MODEL = ("MODEL", "MODEL_NAME")
_PROBE = "sparkfl_given"
_MISMATCH = "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE"


@dataclass(frozen=True)
class Given:
    """Arguments of a call.

    Attributes
    ----------
    called : str
        The function's name.
    model : list of Token
        What names the model.
    texts : list of str
        The texts of the others.
    names : list of str or None
        The names they are given.
    """

    called: str
    model: list[Token]
    texts: list[str]
    names: list[str | None]

    def is_struct(self, types: StructType) -> bool:
        """Tell whether they are one struct, given the types, of which the fields are meant."""
        return self.names == [None] and isinstance(types.fields[0].dataType, StructType)


def read_given(text: str, called: str, arguments: Sequence[list[Token]]) -> Given:
    """Read the arguments of a call.

    Raises
    ------
    ArgumentError
        If there are fewer than two, or one without a name stands after one with a name.
    """
    if len(arguments) < 2:
        raise _misused(called, f"got {len(arguments)} arguments")
    model, *others = arguments
    if len(model) > 2 and model[0].word in _MODEL and model[1].text == "=>":
        model = model[2:]
    texts, names = list[str](), list[str | None]()
    for tokens in others:
        named = len(tokens) > 2 and tokens[0].is_name and tokens[1].text == "=>"
        if not named and any(names):
            raise _misused(called, "a value without a name stands after one with a name")
        names.append(tokens[0].name if named else None)
        texts.append(source(text, tokens[2:] if named else tokens))
    return Given(called, model, texts, names)


def model_of(spark: SparkSession, text: str, given: Given) -> str:
    """Return the name of the model of a call.

    Raises
    ------
    ArgumentError
        If it is no text.
    """
    try:
        with attempt():
            name = constant(spark, text, given.model)
    except PySparkException:
        name = None
    if not isinstance(name, str):
        raise _misused(given.called, f"the model is {source(text, given.model)}")
    return name


def types_of(
    text: str, given: Given, put: Callable[[str], str], analysed: Callable[[str], DataFrame]
) -> StructType:
    """Return the types of arguments where they stand, with the names that Spark gives them.

    In the place of the call something is put that no argument fits: Spark says of what type they
    are, and does not run the statement, whatever it is.

    Parameters
    ----------
    text : str
        The statement.
    given : Given
        The arguments.
    put : callable
        ``put(expression)``: the statement with an expression in the place of the call.
    analysed : callable
        Has Spark analyse a statement.

    Raises
    ------
    pyspark.errors.AnalysisException
        If something else is wrong with the statement.
    """
    values = ", ".join([source(text, given.model), *given.texts])
    probe = f"array_max(named_struct('{_PROBE}', struct({values})))"
    try:
        with attempt():
            analysed(put(probe))
    except AnalysisException as error:
        told = (error.getMessageParameters() or {}).get("inputType", "")
        if error.getCondition() != _MISMATCH or _PROBE not in told:
            raise
        parsed = StructType.fromDDL(told.strip('"').removeprefix("STRUCT<").removesuffix(">"))
        types = parsed.fields[0].dataType if isinstance(parsed, StructType) else parsed
        assert isinstance(types, StructType)
        return StructType(types.fields[1:])
    raise CapabilityError(
        "Without sparkfl's extension ml_predict cannot stand there. Write FROM "
        "model_predict(model, version, query)."
    )


Value = tuple[str | None, DataType, Callable[[Sequence[str]], str]]


def fields_of(types: StructType, given: Given) -> list[Value]:
    """Return name, type and text of each value that arguments are, the fields of a struct.

    The text is one of the texts of the arguments.
    """
    only = types.fields[0].dataType
    if given.is_struct(types):
        assert isinstance(only, StructType)
        return [(f.name, f.dataType, partial(_field, quote(f.name))) for f in only.fields]
    # A star is several values.
    names = given.names if len(given.names) == len(types) else [None] * len(types)
    pairs = enumerate(zip(names, types.fields, strict=True))
    return [(name, field.dataType, itemgetter(place)) for place, (name, field) in pairs]


def _field(name: str, texts: Sequence[str]) -> str:
    return f"({texts[0]}).{name}"


def _misused(called: str, found: str) -> ArgumentError:
    row = NAMES[called.lower()]
    return ArgumentError(
        f"{row['name']} takes ({row['arguments']}). But {found}. Write {row['example']}."
    )
