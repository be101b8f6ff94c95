"""What the documentation of a Param leaves out, in whichever class of pyspark has it.

Ranges and choices are those of the validators in the JVM; `tests/conformance` compares them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["CORRECTIONS"]

_SHARE = {"minimum": 0.0, "maximum": 1.0}
_POSITIVE = {"above": 0.0, "minimum": None}

CORRECTIONS: Mapping[str, Mapping[str, Any]] = {
    "bucketLength": _POSITIVE,
    "blockSize": {"minimum": 1},
    "checkpointInterval": {"choices": (-1,)},
    "factorSize": {"minimum": 1},
    "fdr": _SHARE,
    "featureIndex": {"minimum": 0},
    "featureSubsetStrategy": {
        "choices": ("auto", "all", "onethird", "sqrt", "log2"),
        "pattern": r"[1-9]\d*|0?\.\d*[1-9]\d*|1\.0*",
        "pattern_says": "a number of features, or a share of them up to 1.0",
    },
    "fpr": _SHARE,
    "fwe": _SHARE,
    "gaps": {"kind": bool},
    "initStd": _POSITIVE,
    "maxIter": {"aliases": ("MAX_ITERATIONS",)},
    "maxMemoryInMB": {"minimum": 0},
    "maxSentenceLength": {"minimum": 1},
    "minCount": {"minimum": 0},
    "minDocFreq": {"minimum": 0},
    "minInfoGain": {"minimum": 0.0},
    "miniBatchFraction": {**_POSITIVE, "maximum": 1.0},
    "minDF": {"minimum": 0.0},
    "maxDF": {"minimum": 0.0},
    "minTF": {"minimum": 0.0},
    "numFeatures": {"minimum": 1},
    "numHashTables": {"minimum": 1},
    "numPartitions": {"minimum": 1},
    "numTopFeatures": {"minimum": 1},
    "percentile": _SHARE,
    "stepSize": _POSITIVE,
    "toLowercase": {"kind": bool},
    "validationTol": {"minimum": 0.0},
    "varianceThreshold": {"minimum": 0.0},
    "vectorSize": {"minimum": 1},
    "vocabSize": {"minimum": 1, "maximum": None},
    "windowSize": {"minimum": 1},
}
"""Attributes of `Option`, by the name of the Param."""
