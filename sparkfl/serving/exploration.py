"""`explore` of a query, with the predictions of a model that is named."""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame

from sparkfl.columns import find, quote
from sparkfl.errors import CapabilityError, ParameterError
from sparkfl.features.exploration import explore
from sparkfl.serving.catalog import find as find_model
from sparkfl.serving.catalog import load
from sparkfl.serving.families import family

__all__ = ["explored"]

_PREDICTION = "prediction"


def explored(query: DataFrame, model: str | None = None, **options: Any) -> DataFrame:
    """Explore a query, see `sparkfl.features.exploration.explore`.

    Parameters
    ----------
    query : pyspark.sql.DataFrame
        The query.
    model : str, optional
        A model that predicts its rows first: what a clustering says is its clusters.
    **options
        Those of `explore`.

    Raises
    ------
    ParameterError
        If a column is named for what the model says, or the query has a column of that name.
    CapabilityError
        If the model does not predict.
    """
    if model is None:
        return explore(query, **options)
    if options.get("per"):
        raise ParameterError(
            "explore: with PER nothing is told of a model's predictions, which pass no gate; leave "
            "out PER or MODEL."
        )
    found = find_model(query.sparkSession, model)
    answer = family(found).capabilities.get("predict")
    if answer is None:
        raise CapabilityError(
            f"explore: {model!r}, a model of type {found.model_type}, predicts no rows of a query; "
            "leave MODEL out."
        )
    scored = answer(load(query.sparkSession, found), query)
    if find(scored.schema, (_PREDICTION,)) is None:
        raise CapabilityError(
            f"explore: {model!r} tells no column {_PREDICTION}; explore a query of model_predict, "
            "with PREDICTION = the column that it tells."
        )
    end = "cluster" if "clusters" in family(found).capabilities else "prediction"
    if options.get(end):
        raise ParameterError(
            f"explore: MODEL and {end.upper()} both say where predictions are; leave one out."
        )
    kept = [name for name in scored.columns if name in {*query.columns, _PREDICTION}]
    told = scored.select(*map(quote, kept))
    return explore(told, **{**options, end: _PREDICTION})
