"""Names of registered models, and of the local models beside a federated one."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable

from sparkfl.errors import ParameterError

__all__ = [
    "check_alias",
    "check_name",
    "entry_name",
    "is_name",
    "local_names",
    "named_at",
    "named_by",
]

MAX_NAME = 200
MAX_STORE = 40
_NAME = re.compile(r"\w(?:[\w .\-]*[\w.\-])?")


def check_name(name: str, what: str = "a model") -> str:
    """Return the name if MLflow, model URIs and search filters can all carry it.

    Raises
    ------
    ParameterError
        If it has characters other than letters, digits, ``_``, ``-``, ``.`` and inner blanks.

    Examples
    --------
    >>> check_name("anomaly.uk")
    'anomaly.uk'
    """
    if not is_name(name):
        raise ParameterError(
            f"{name!r} cannot name {what}. Use at most {MAX_NAME} letters, digits, '_', '-', "
            "'.' and blanks, starting with a letter, a digit or '_'."
        )
    return name


def check_alias(alias: str) -> str:
    """Return the alias if it cannot be taken for a version.

    Raises
    ------
    ParameterError
        If it could, or has characters other than letters, digits, ``_`` and ``-``.

    Examples
    --------
    >>> check_alias("champion")
    'champion'
    """
    if not re.fullmatch(r"[\w\-]+", alias) or re.fullmatch(r"(?i)latest|v?\d+", alias):
        raise ParameterError(
            f"{alias!r} cannot be an alias. Use letters, digits, '_' and '-', but not a "
            "version or 'latest'."
        )
    return alias


def is_name(name: str) -> bool:
    """Whether a model can have this name."""
    return len(name) <= MAX_NAME and _NAME.fullmatch(name) is not None


def local_names(model: str, stores: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """Name the registered model of each store ``<model>.<store>``.

    A store whose name has to be altered or cut, differs from another's by case only, or makes a
    name that is `taken` by another model in any case, gets eight digits of its hash after it.

    Examples
    --------
    >>> local_names("shops", ["France", "a/b"])
    {'France': 'shops.France', 'a/b': 'shops.a_b-c14cddc0'}
    >>> local_names("shops", ["France"], taken=["Shops.france"])
    {'France': 'shops.France-7a1ca4ef'}
    """
    plain = {store: re.sub(r"[^\w.\- ]", "_", store).strip()[:MAX_STORE] for store in stores}
    spelled = Counter(text.casefold() for text in plain.values())
    spelled.update(name.casefold().removeprefix(f"{model}.".casefold()) for name in taken)
    return {
        store: f"{model}.{text}"
        if text == store and spelled[text.casefold()] == 1
        else f"{model}.{text}-{hashlib.sha256(store.encode()).hexdigest()[:8]}"
        for store, text in plain.items()
    }


def entry_name(prefix: str, name: str) -> str:
    """Name the registered model that holds something else: of the same schema, and no model's name.

    Examples
    --------
    >>> entry_name("sparkfl_policy-", "sales.careful")
    'sales.sparkfl_policy-careful'
    """
    schema, dot, last = name.rpartition(".")
    return f"{schema}{dot}{prefix}{last}"


def named_by(prefix: str, entry: str) -> str:
    """Return the name that `entry_name` was given."""
    schema, dot, last = entry.rpartition(".")
    return f"{schema}{dot}{last.removeprefix(prefix)}"


def named_at(uri: str) -> tuple[str, str] | None:
    """Return the model and the version, or alias, that an address of a registry names.

    Examples
    --------
    >>> named_at("models:/churn/3"), named_at("models:/churn@champion"), named_at("/backup/churn")
    (('churn', '3'), ('churn', '@champion'), None)
    """
    named = re.fullmatch(r"models:/([^/@]+)(?:/(\w+)|(@[\w-]+))", uri)
    return (named[1], named[2] or named[3]) if named else None
