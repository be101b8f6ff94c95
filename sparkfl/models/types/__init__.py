"""The values of MODEL_TYPE: a new one is a row of its family's file."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from sparkfl.errors import ParameterError
from sparkfl.models.frame_type import FrameType
from sparkfl.models.model_type import ModelType
from sparkfl.models.relation_type import RelationType
from sparkfl.models.series_type import SeriesType
from sparkfl.models.types.boosting import BOOSTING_TYPES
from sparkfl.models.types.classification import CLASSIFICATION_TYPES
from sparkfl.models.types.clustering import CLUSTERING_TYPES
from sparkfl.models.types.components import COMPONENT_TYPES
from sparkfl.models.types.forecasting import FORECASTING_TYPES
from sparkfl.models.types.neighbours import NEIGHBOUR_TYPES
from sparkfl.models.types.outliers import OUTLIER_TYPES
from sparkfl.models.types.regression import REGRESSION_TYPES
from sparkfl.models.types.relations import RELATION_TYPES
from sparkfl.models.types.sklearn import PREFIX, sklearn_type
from sparkfl.models.types.topics import TOPIC_TYPES

__all__ = [
    "ALL_TYPES",
    "FORECASTING_TYPES",
    "MODEL_TYPES",
    "PREFIX",
    "RELATION_TYPES",
    "AnyType",
    "FrameType",
    "ModelType",
    "RelationType",
    "SeriesType",
    "canonical",
    "model_type",
    "row_of",
    "type_of",
]

AnyType = ModelType | FrameType

MODEL_TYPES: Mapping[str, AnyType] = {
    **BOOSTING_TYPES,
    **CLASSIFICATION_TYPES,
    **CLUSTERING_TYPES,
    **COMPONENT_TYPES,
    **NEIGHBOUR_TYPES,
    **OUTLIER_TYPES,
    **REGRESSION_TYPES,
    **TOPIC_TYPES,
}

ALL_TYPES: Mapping[str, AnyType | SeriesType | RelationType] = {
    **MODEL_TYPES,
    **FORECASTING_TYPES,
    **RELATION_TYPES,
}
"""Those of features, of time series, and of columns as they stand."""


def _plain(name: str) -> str:
    """Return a name of a type as names are compared: K-Means and kmeans are one."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


_SPELLINGS = {
    _plain(spelling): name for name, row in ALL_TYPES.items() for spelling in (*row.aliases, name)
}


def canonical(name: str) -> str:
    """Return the name of a type, given it or an alias, in any case, with any marks between words.

    Examples
    --------
    >>> canonical("linear_regression"), canonical("LinearRegression")
    ('linear_reg', 'linear_reg')
    """
    return _SPELLINGS.get(_plain(name), name)


def type_of(name: str) -> AnyType | SeriesType | RelationType:
    """Return the row of any type, given its name or an alias; of scikit-learn's it is made.

    Raises
    ------
    ParameterError
        If there is none of that name.
    """
    if name.lower().startswith(PREFIX):
        return sklearn_type(name[len(PREFIX) :])
    if canonical(name) not in ALL_TYPES:
        listed = ", ".join(f"'{known}'" for known in sorted(ALL_TYPES))
        near = difflib.get_close_matches(_plain(name), _SPELLINGS, 1)
        hint = f"did you mean '{_SPELLINGS[near[0]]}'? Choose" if near else "choose"
        raise ParameterError(
            f"There is no MODEL_TYPE {name!r}; {hint} one of {listed}, or '{PREFIX}package.Class' "
            "for a class of scikit-learn."
        )
    return ALL_TYPES[canonical(name)]


def row_of(name: str) -> AnyType:
    """Return the row of a type that learns from features; see `type_of`."""
    row = type_of(name)
    assert not isinstance(row, SeriesType | RelationType)
    return row


def model_type(options: Mapping[str, object]) -> tuple[str, str]:
    """Return the model type among options, and the key that names it.

    That is MODEL_TYPE or TYPE, and TYPE where both are given and the type has a MODEL_TYPE of its
    own.

    Raises
    ------
    ParameterError
        If there is none, or none of that name; the message lists the types.

    Examples
    --------
    >>> model_type({"type": "naive_bayes", "MODEL_TYPE": "gaussian"})
    ('naive_bayes_classifier', 'type')
    """
    listed = ", ".join(f"'{name}'" for name in sorted(ALL_TYPES))
    keys = [key for key in options if key.upper().replace("_", "") in ("MODELTYPE", "TYPE")]
    key = min(keys, key=len, default=None)
    if key is None:
        raise ParameterError(f"OPTIONS has no MODEL_TYPE; choose one of {listed}.")
    given = str(options[key])
    if given.lower().startswith(PREFIX):
        return PREFIX + given[len(PREFIX) :], key
    type_of(given.lower())
    return canonical(given.lower()), key
