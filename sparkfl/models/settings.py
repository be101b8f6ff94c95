"""OPTIONS of a single model, sorted by who reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame

from sparkfl.columns import Found, kind_of, resolve
from sparkfl.errors import ParameterError
from sparkfl.models.extras import EXTRAS
from sparkfl.models.named_column import named_column
from sparkfl.models.names import inner
from sparkfl.models.search_options import SEARCH_OPTIONS
from sparkfl.models.split import SPLIT_OPTIONS, Split, split_of
from sparkfl.models.types import model_type, row_of
from sparkfl.options import Option
from sparkfl.options import resolve as resolve_options

__all__ = ["COMMON_OPTIONS", "MODEL_TYPE", "Settings", "settings"]

MODEL_TYPE = Option(
    "type", str, None, "The model type: one of those below.", key="MODEL_TYPE", aliases=("TYPE",)
)
HANDLE_INVALID = Option(
    "handleInvalid",
    str,
    None,
    "What becomes of training rows with values that are NULL, NaN or infinite, or that a "
    "transformer does not take: an error, or they are left out; by `keep` what is new or NULL is a "
    "category of its own, for transformers that make or take categories. Not given, it is an error "
    "with TRANSFORM; without TRANSFORM something takes the place of such values, in predictions "
    "too.",
    choices=("error", "skip", "keep"),
)
COMMON_OPTIONS = (MODEL_TYPE, HANDLE_INVALID, *SPLIT_OPTIONS, *SEARCH_OPTIONS)
_OF_SEARCH = [option.param for option in SEARCH_OPTIONS]


@dataclass(frozen=True)
class Settings:
    """Options of a training.

    Attributes
    ----------
    modelType : str
        Value of MODEL_TYPE.
    handleInvalid : str or None
        'error', 'skip' or 'keep', if it was given.
    columns : mapping of str to str
        Columns of the query that the model reads besides the features, by Param: the label, the
        weight.
    outputs : mapping of str to str
        Names of what goes out, by Param: the prediction first.
    params : mapping of str to object
        Params of the estimator.
    names : mapping of str to str
        What the user called each option.
    split : Split or None
        Which rows are held out.
    """

    modelType: str
    handleInvalid: str | None
    columns: Mapping[str, str]
    outputs: Mapping[str, str]
    params: Mapping[str, Any]
    names: Mapping[str, str]
    split: Split | None = None

    def find(self, df: DataFrame, param: str) -> Found:
        """Find the column that an option names.

        Raises
        ------
        SchemaError
            If it is not there, or of another kind than it must be.
        """
        name, option = self.columns[param], self.names[param]
        if param not in EXTRAS:
            return resolve(df, name, f"{option} = {name!r}: the query")
        extra = EXTRAS[param]
        return named_column(
            df, name, option, lambda type_: kind_of(type_) in extra.kinds, extra.says
        )

    def check_outputs(self, read: list[str]) -> None:
        """Refuse outputs that have one name, or that of a column the model reads."""
        taken = {name.lower(): f"the name of column {name}, which the model reads" for name in read}
        for param, name in self.outputs.items():
            if name.lower() in taken:
                raise ParameterError(
                    f"{self.names[param]} = {name!r} is {taken[name.lower()]}; choose another name."
                )
            taken[name.lower()] = f"the name of {self.names[param]}, too"


def settings(options: Mapping[str, object]) -> Settings:
    """Resolve OPTIONS of the model type they name.

    Raises
    ------
    ParameterError
        If one is unknown, invalid or missing.
    """
    name, key = model_type(options)
    kind = row_of(name)
    declared = (*COMMON_OPTIONS[1:], *kind.options)
    own = {k: value for k, value in options.items() if k != key and not _unset(k, value, declared)}
    twice = [k for k in own if MODEL_TYPE.named_in([k])]
    if twice and not any(option.named_in(twice) for option in declared):
        raise ParameterError(f"{key} and {twice[0]} are two names of one option; give one of them.")
    params = resolve_options(own, declared, f"MODEL_TYPE '{name}'")
    params = {p: v for p, v in params.items() if p not in _OF_SEARCH}
    names = {option.param: option.key_in(own) for option in declared}
    columns: dict[str, str] = {p: params.pop(p) for p in ("labelCol", *EXTRAS) if p in params}
    outputs = {p: params.pop(p) for p in kind.outputs if p in params}
    outputs = dict(kind.task.shown(outputs, params))
    invalid = params.pop("handleInvalid", None)
    split = split_of(params, names)
    params.update({p: inner(p) for p in outputs})
    return Settings(name, invalid, columns, outputs, params, names, split)


def _unset(key: str, value: object, declared: Sequence[Option]) -> bool:
    """Tell whether an option names no column of leaves, by ``''``, Data Distiller's default."""
    leaves = [option for option in declared if option.param == "leafCol"]
    return value == "" and any(option.named_in([key]) for option in leaves)
