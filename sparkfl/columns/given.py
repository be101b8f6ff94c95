"""What a caller gives: lists that are lists, texts that are texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from sparkfl.columns.names import class_name
from sparkfl.errors import ParameterError

__all__ = ["check_text", "expressions", "listed"]

T = TypeVar("T")
_CALLED: Mapping[type, str] = {str: "a text", dict: "a mapping"}


def listed(what: str, given: object, kind: type[T]) -> tuple[T, ...]:
    """Read a list of things of one kind; one of them stands for a list of one.

    Raises
    ------
    ParameterError
        If it is none.

    Examples
    --------
    >>> listed("The entity", "customer", str), listed("The entity", ["shop", "customer"], str)
    (('customer',), ('shop', 'customer'))
    >>> listed("The entity", 5, str)
    Traceback (most recent call last):
    sparkfl.errors.ParameterError: The entity is 5; give a text, or a list of such.
    """
    called = kind.__name__
    one = _CALLED.get(kind, f"an {called}" if called[0] in "AEIO" else f"a {called}")
    if isinstance(given, kind):
        return (given,)
    if not isinstance(given, Iterable) or isinstance(given, str | bytes | Mapping):
        raise ParameterError(f"{what} is {_shown(given)}; give {one}, or a list of such.")
    own = tuple(given)
    for each in own:
        if not isinstance(each, kind):
            raise ParameterError(f"{what} has {_shown(each)}; give {one} each.")
    return own


def expressions(what: str, given: object) -> dict[str, str]:
    """Read expressions of SQL by name.

    Raises
    ------
    ParameterError
        If they are none.

    Examples
    --------
    >>> expressions("derived of the view v", {"rich": "spent > 9"})
    {'rich': 'spent > 9'}
    >>> expressions("derived of the view v", "spent > 9")
    Traceback (most recent call last):
    sparkfl.errors.ParameterError: derived of the view v is 'spent > 9'; give expressions by \
name, {'name': 'SQL'}.
    """
    if not isinstance(given, Mapping):
        raise ParameterError(
            f"{what} is {_shown(given)}; give expressions by name, {{'name': 'SQL'}}."
        )
    for name, own in given.items():
        check_text(f"A name in {what}", name)
        check_text(f"{name} in {what}", own)
    return dict(given)


def check_text(what: str, given: object) -> None:
    """Refuse what is no text, or a blank one.

    Raises
    ------
    ParameterError
        If it is such.

    Examples
    --------
    >>> check_text("where of visits", "age > 17")
    """
    if not isinstance(given, str) or not given:
        raise ParameterError(f"{what} is {_shown(given)}; give a text.")


def _shown(given: object) -> str:
    """Show a value, of an object its class."""
    plain = given is None or isinstance(given, str | int | float | list | tuple | Mapping)
    return repr(given)[:60] if plain else f"a {class_name(given)}"
