"""Parameters of federated clustering, in the style of pyspark.ml."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Self, TypeVar

from pyspark.ml.param import Param, Params, TypeConverters

from sparkfl.errors import ParameterError

__all__ = ["SCALINGS", "FederatedClusteringParams", "FederatedClusteringSetters"]

SCALINGS = ("federation", "store", "none")
"""Where the moments of the z-scores come from: all stores, the store itself, nowhere."""

HANDLE_INVALID = ("error", "skip")
"""What becomes of rows with a feature that is NULL, NaN or infinite."""

T = TypeVar("T")


def _param(
    name: str, convert: Callable[[Any], T], requirement: str, accept: Callable[[T], bool]
) -> Param[T]:
    """Declare a parameter that refuses, when set, what `accept` does not accept."""

    def converter(value: Any) -> T:
        try:
            converted = convert(value)
        except TypeError as error:
            raise ParameterError(f"{name} must be {requirement}; got {value!r}.") from error
        if not accept(converted):
            raise ParameterError(f"{name} must be {requirement}; got {value!r}.")
        return converted

    return Param(Params._dummy(), name, requirement, converter)


def _whole_number(name: str, minimum: int | None = None) -> Param[int]:
    """Declare an integer with an optional minimum."""
    requirement = "an integer" if minimum is None else f"an integer of at least {minimum}"
    return _param(
        name, TypeConverters.toInt, requirement, lambda v: minimum is None or v >= minimum
    )


def _column(name: str) -> Param[str]:
    """Declare a column name."""
    return _param(name, TypeConverters.toString, "a column name", bool)


def _columns(name: str) -> Param[list[str]]:
    """Declare a list of distinct column names."""
    return _param(
        name,
        TypeConverters.toListString,
        "a list of distinct column names",
        lambda v: len({c.lower() for c in v}) == len(v),
    )


def _json(value: object) -> bool:
    """Tell whether JSON can hold a value."""
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


class FederatedClusteringParams(Params):
    """What the estimator and its model share; see `FederatedClustering` for the meaning.

    Examples
    --------
    >>> from sparkfl import FederatedClustering
    >>> FederatedClustering(k=0)
    Traceback (most recent call last):
    sparkfl.errors.ParameterError: k must be an integer of at least 1; got 0.
    """

    storeCol = _column("storeCol")
    inputCols = _columns("inputCols")
    featuresCol = _column("featuresCol")
    k = _whole_number("k", 1)
    globalK = _whole_number("globalK", 1)
    seed = _whole_number("seed")
    globalSeed = _whole_number("globalSeed")
    algorithm = _param("algorithm", TypeConverters.toString, "the name of an algorithm", bool)
    algorithmParams = _param(
        "algorithmParams", dict, "a mapping of names to values that JSON can hold", _json
    )
    aggregation = _param("aggregation", TypeConverters.toString, "the name of an algorithm", bool)
    scaling = _param(
        "scaling", TypeConverters.toString, f"one of {', '.join(SCALINGS)}", SCALINGS.__contains__
    )
    log1pCols = _columns("log1pCols")
    checkpointDir = _param(
        "checkpointDir", TypeConverters.toString, "a directory that all executors see", bool
    )
    minClusterSize = _whole_number("minClusterSize", 3)
    weighted = _param("weighted", TypeConverters.toBoolean, "true or false", lambda _: True)
    handleInvalid = _param(
        "handleInvalid",
        TypeConverters.toString,
        f"one of {', '.join(HANDLE_INVALID)}",
        HANDLE_INVALID.__contains__,
    )
    contamination = _param(
        "contamination", TypeConverters.toFloat, "in (0, 0.5]", lambda v: 0 < v <= 0.5
    )

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._setDefault(
            storeCol="store_id",
            k=3,
            globalK=8,
            seed=0,
            globalSeed=0,
            algorithm="bisecting_kmeans",
            algorithmParams={},
            aggregation="bisecting_kmeans",
            scaling="federation",
            log1pCols=[],
            minClusterSize=10,
            weighted=True,
            handleInvalid="error",
            contamination=0.05,
        )

    def getStoreCol(self) -> str:
        """Column that names the store."""
        return self.getOrDefault(self.storeCol)

    def getInputCols(self) -> list[str]:
        """Numeric feature columns."""
        return self.getOrDefault(self.inputCols)

    def getFeaturesCol(self) -> str:
        """Vector or array column of features, in place of `inputCols`."""
        return self.getOrDefault(self.featuresCol)

    def getK(self) -> int:
        """Local clusters a store."""
        return self.getOrDefault(self.k)

    def getGlobalK(self) -> int:
        """Global clusters."""
        return self.getOrDefault(self.globalK)

    def getSeed(self) -> int:
        """Seed of the local fits."""
        return self.getOrDefault(self.seed)

    def getGlobalSeed(self) -> int:
        """Seed of the aggregation."""
        return self.getOrDefault(self.globalSeed)

    def getAlgorithm(self) -> str:
        """Name of the local algorithm."""
        return self.getOrDefault(self.algorithm)

    def getAlgorithmParams(self) -> dict[str, Any]:
        """Parameters of a scikit-learn class."""
        return self.getOrDefault(self.algorithmParams)

    def getCheckpointDir(self) -> str:
        """Directory from which an interrupted training is resumed."""
        return self.getOrDefault(self.checkpointDir)

    def getAggregation(self) -> str:
        """Name of the global aggregation."""
        return self.getOrDefault(self.aggregation)

    def getScaling(self) -> str:
        """Where the moments of the z-scores come from."""
        return self.getOrDefault(self.scaling)

    def getLog1pCols(self) -> list[str]:
        """Columns of `inputCols` that go through log(1 + x) before scaling."""
        return self.getOrDefault(self.log1pCols)

    def getMinClusterSize(self) -> int:
        """Smallest cluster, in customers, that may be released."""
        return self.getOrDefault(self.minClusterSize)

    def getWeighted(self) -> bool:
        """Whether released clusters weigh by their counts."""
        return self.getOrDefault(self.weighted)

    def getContamination(self) -> float:
        """Share of the training rows to flag as anomalies."""
        return self.getOrDefault(self.contamination)


class FederatedClusteringSetters(FederatedClusteringParams):
    """Setters, for the estimator; a fitted model keeps the parameters it was fitted with.

    Examples
    --------
    >>> from sparkfl import FederatedClustering
    >>> FederatedClustering().setK(5).getK()
    5
    """

    def setStoreCol(self, value: str) -> Self:
        """Set the store column."""
        return self._set(storeCol=value)

    def setInputCols(self, value: list[str]) -> Self:
        """Set the feature columns."""
        return self._set(inputCols=value)

    def setFeaturesCol(self, value: str) -> Self:
        """Set the vector or array column of features."""
        return self._set(featuresCol=value)

    def setK(self, value: int) -> Self:
        """Set the number of clusters a store."""
        return self._set(k=value)

    def setGlobalK(self, value: int) -> Self:
        """Set the number of global clusters."""
        return self._set(globalK=value)

    def setSeed(self, value: int) -> Self:
        """Set the seed of the local fits."""
        return self._set(seed=value)

    def setGlobalSeed(self, value: int) -> Self:
        """Set the seed of the aggregation."""
        return self._set(globalSeed=value)

    def setAlgorithm(self, value: str) -> Self:
        """Set the local algorithm."""
        return self._set(algorithm=value)

    def setAggregation(self, value: str) -> Self:
        """Set the global aggregation."""
        return self._set(aggregation=value)

    def setScaling(self, value: str) -> Self:
        """Set where the moments of the z-scores come from."""
        return self._set(scaling=value)

    def setLog1pCols(self, value: list[str]) -> Self:
        """Set the columns that go through log(1 + x)."""
        return self._set(log1pCols=value)

    def setMinClusterSize(self, value: int) -> Self:
        """Set the smallest cluster that may be released."""
        return self._set(minClusterSize=value)

    def setWeighted(self, value: bool) -> Self:
        """Set whether released clusters weigh by their counts."""
        return self._set(weighted=value)

    def setContamination(self, value: float) -> Self:
        """Set the share of training customers to flag."""
        return self._set(contamination=value)
