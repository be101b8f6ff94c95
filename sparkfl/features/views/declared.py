"""Views as text: YAML in, plain mappings out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sparkfl.columns import class_name, listed
from sparkfl.errors import MissingPackageError, ParameterError
from sparkfl.features.quality.expectation import Expectation
from sparkfl.features.views.aggregation import Aggregation
from sparkfl.features.views.entities import Entities
from sparkfl.features.views.source import Source

__all__ = ["from_dict", "from_yaml", "to_dict"]

_VIEW = ("name", "entity", "per", "sources", "derived", "entities", "select", "expectations")
_EXPECTATION = ("expect", "on_violation", "name")
_ENTITIES = ("table", "query", "name", "columns", "keys")
_SOURCE = ("table", "query", "name", "time", "arrival", "where", "columns", "keys", "features")
_OPTIONAL = ("name", "of", "window", "where", "when", "by")


def from_yaml(text: str | Path) -> dict[str, Any]:
    """Read a view's arguments from YAML, or from a file of it.

    Raises
    ------
    MissingPackageError
        Without PyYAML.
    ParameterError
        If it is no YAML, there is no such file, or a key is unknown or lacks.

    Examples
    --------
    >>> from_yaml("{name: v, entity: c, sources: [], store: s}")
    Traceback (most recent call last):
    sparkfl.errors.ParameterError: The view has 'store'; known are name, entity, per, sources, \
derived, entities, select, expectations.
    """
    try:
        import yaml
    except ImportError as error:
        raise MissingPackageError("FeatureView.from_yaml", "yaml", "features") from error
    if not isinstance(text, str | Path):
        raise ParameterError(
            f"No view can be read from a {class_name(text)}: give YAML, or the path of a file."
        )
    inline = isinstance(text, str) and ("\n" in text or "{" in text)
    try:
        read = yaml.safe_load(text if inline else Path(text).read_text("utf-8"))
    except (yaml.YAMLError, OSError, UnicodeDecodeError) as error:
        raise ParameterError(
            f"No view can be read from {str(text)[:60]!r}: {error}. Give YAML, or the path of a "
            "file."
        ) from error
    return from_dict(read)


def from_dict(read: Any) -> dict[str, Any]:
    """Read a view's arguments from a mapping, as `to_dict` writes it.

    Raises
    ------
    ParameterError
        If a key is unknown or lacks.

    Examples
    --------
    >>> counted = {"table": "visits", "time": "at", "features": [{"function": "count"}]}
    >>> from_dict({"name": "v", "entity": "c", "sources": [counted]})["sources"][0].name
    'visits'
    """
    view = _mapping(read, "The view", _VIEW, ("name", "entity", "sources"))
    what = f"of the view {view['name']}"
    sources = listed(f"sources {what}", view["sources"], dict)
    view["sources"] = [_source(s, f"A source {what}") for s in sources]
    if view.get("entities") is not None:
        about = _mapping(view["entities"], f"The table of entities {what}", _ENTITIES, ())
        view["entities"] = Entities(**{"table": "", **about})
    if view.get("expectations") is not None:
        given = view["expectations"]
        several = given if isinstance(given, list | tuple) else [given]
        view["expectations"] = [_expectation(each, what) for each in several]
    return view


def to_dict(view: Mapping[str, Any]) -> dict[str, Any]:
    """Write a view's arguments as `from_yaml` reads them.

    Raises
    ------
    ParameterError
        If a source is a frame, which has no name.
    """
    told = {**view, "entity": list(view["entity"]), "derived": dict(view["derived"])}
    told["select"] = list(view["select"])
    told.pop("version")
    told["expectations"] = [_expected(each) for each in view["expectations"]]
    if view["entities"] is not None:
        told["entities"] = _known(_read_from(view["entities"], view["name"]))
    sources = []
    for source in view["sources"]:
        features = []
        for f in source.features:
            own = {"function": f.function, **{n: getattr(f, n) for n in _OPTIONAL}}
            own["window"] = str(f.window) if f.window else None
            features.append(_known({**own, **f.parameters}))
        plain = {n: getattr(source, n) for n in ("time", "arrival", "where")}
        sources.append(_known({**_read_from(source, view["name"]), **plain, "features": features}))
    return _known({**told, "sources": sources})


def _read_from(read: Source | Entities, view: str) -> dict[str, Any]:
    """Tell what a source is read from."""
    if not isinstance(read.table, str):
        raise ParameterError(
            f"A source of the view {view} is a frame, which has no name; give the name of a table."
        )
    plain = {"table": read.table, "query": read.query, "name": read.name}
    return {**plain, "columns": dict(read.columns), "keys": dict(read.keys)}


def _source(value: Any, what: str) -> Source:
    """Read a source."""
    source = _mapping(value, what, _SOURCE, ("features",))
    named = source.get("table") or source.get("name") or "a query"
    features = []
    for feature in listed(f"features of {named}", source["features"], dict):
        own = _mapping(feature, f"A feature of {named}", None, ("function",))
        features.append(Aggregation(**own))
    return Source(**{"table": "", **source, "features": features})


def _expectation(value: Any, what: str) -> Expectation:
    """Read an expectation: its text, or a mapping."""
    if isinstance(value, str):
        return Expectation(value)
    own = _mapping(value, f"An expectation {what}", _EXPECTATION, ("expect",))
    return Expectation(**own)


def _expected(each: Expectation) -> dict[str, str]:
    """Write an expectation, without a name that its text makes."""
    plain = Expectation(each.expect)
    told = {"expect": each.expect, "on_violation": each.on_violation, "name": each.name}
    return {k: v for k, v in told.items() if k == "expect" or v != getattr(plain, k)}


def _mapping(
    value: Any, what: str, known: tuple[str, ...] | None, needed: tuple[str, ...]
) -> dict[str, Any]:
    """Check a mapping's keys."""
    if not isinstance(value, Mapping):
        raise ParameterError(f"{what} is {value!r}; give a mapping with {', '.join(needed)}.")
    for key in value:
        if known is not None and key not in known:
            raise ParameterError(f"{what} has {key!r}; known are {', '.join(known)}.")
    for key in needed:
        if key not in value:
            raise ParameterError(f"{what} has no {key!r}; it needs {', '.join(needed)}.")
    return dict(value)


def _known(value: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is not given."""
    return {key: own for key, own in value.items() if own not in (None, {}, "", [])}
