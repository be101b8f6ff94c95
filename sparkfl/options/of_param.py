"""Options from the Params of `pyspark.ml`: kind from the type, range and choices from the text."""

from __future__ import annotations

import re
from typing import Any

from pyspark.ml.param import Param

from sparkfl.options.corrections import CORRECTIONS
from sparkfl.options.kinds import KindName
from sparkfl.options.option import LONG, Option

__all__ = ["of_param"]

_KINDS: dict[str, KindName] = {
    "toInt": int,
    "toFloat": float,
    "toBoolean": bool,
    "toString": str,
    "toListString": "strings",
    "toListInt": "integers",
    "toListFloat": "numbers",
}
_NUMBER = r"(-?\d+(?:\.\d+)?)"
_BOUND = re.compile(rf"(?<!length )(>=|>|<=|<)\s*{_NUMBER}")
_INTERVAL = re.compile(rf"(?:range|interval) ([\[(]){_NUMBER}, {_NUMBER}([\])])")
_BOUNDED = {">=": "minimum", ">": "above", "<=": "maximum", "<": "below"}
_OPTIONS = re.compile(r"(?:Supported options:|Options are|This can be either)\s*(.*)", re.S)


def of_param(param: Param[Any], default: object = None, **changes: Any) -> Option:
    """Return the option that a Param is.

    Its kind is the Param's, a string that ends in Col names a column. Its range and its choices
    are read from the Param's documentation, where `pyspark.ml` keeps them for people to read, and
    from `CORRECTIONS`; ``tests/conformance`` compares them with what the JVM accepts.

    Parameters
    ----------
    param : pyspark.ml.param.Param
        A Param of a `pyspark.ml` class.
    default : object, default None
        Its default.
    **changes
        Attributes of `Option` that are other than the Param says.

    Raises
    ------
    TypeError
        If values of the Param are of no kind that an option takes, such as a matrix.

    Examples
    --------
    >>> from pyspark.ml.clustering import KMeans
    >>> of_param(KMeans.k, 2, key="NUM_CLUSTERS").accepts
    'an integer of at least 2'
    >>> of_param(KMeans.distanceMeasure).accepts
    'one of euclidean, cosine'
    """
    converter = param.typeConverter.__name__
    changes = {**CORRECTIONS.get(param.name, {}), **changes}
    kind = changes.pop("kind", _KINDS.get(converter))
    if kind is None:
        raise TypeError(
            f"{param.name}: no option is of the kind {converter}; say one, or leave it out, "
            f"in the row's `differs`."
        )
    if param.name.endswith(("Col", "Cols")):
        kind = "columns" if kind == "strings" else "column"
    read: dict[str, Any] = {"doc": _sentence(param.doc)}
    if kind in (int, float, "integers", "numbers"):
        read |= _range(param.doc, whole=kind in (int, "integers"))
    if kind is str:
        read["choices"] = _choices(param.doc)
    if param.name == "seed":
        read |= {"minimum": LONG[0], "maximum": LONG[1]}
    return Option(param.name, kind, default, **{**read, **changes})


def _sentence(doc: str) -> str:
    """Return the first sentence, which says what the Param means."""
    first = re.split(r"(?<=[^.][^.]\.)\s|\. (?=[A-Z])", doc.strip())[0].rstrip(". ")
    first = re.sub(r"\s*\(([<>]=?|>= ?)[^)]*\)", "", first)
    return first[:1].upper() + first[1:] + "."


def _range(doc: str, whole: bool) -> dict[str, float]:
    """Read ">= 0", "Must be > 1", "in range (0, 1]", "in interval [0.0, 0.5)"."""
    interval = _INTERVAL.search(doc)
    if interval:
        left, least, most, right = interval.groups()
        found = {
            "minimum" if left == "[" else "above": float(least),
            "maximum" if right == "]" else "below": float(most),
        }
    else:
        found = {}
        for sign, number in _BOUND.findall(doc):
            found.setdefault(_BOUNDED[sign], float(number))
    if whole and "above" in found:
        found["minimum"] = found.pop("above") + 1
    if whole and "below" in found:
        found["maximum"] = found.pop("below") - 1
    return found


def _choices(doc: str) -> tuple[str, ...]:
    """Read "Supported options: auto, row, block.", with or without quotes."""
    listed = _OPTIONS.search(doc)
    if not listed:
        return ()
    quoted = re.findall(r"""(?<![\w])['"]([^'"\s]+)['"]""", listed.group(1))
    if quoted:
        return tuple(dict.fromkeys(quoted))
    told = re.sub(r"\s*\([^)]*\)", "", listed.group(1).strip())
    first = re.split(r"\.(?:\s|$)", told)[0]
    return tuple(re.findall(r"[\w|-]+", re.sub(r"\b(and|or)\b", "", first)))
