"""What the names of a view have to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sparkfl.columns import check_text, class_name, expressions
from sparkfl.errors import ParameterError
from sparkfl.features.quality.expectation import FRESHNESS, Expectation
from sparkfl.features.views.source import Source

__all__ = ["AS_OF", "check_columns", "check_freshness", "check_given", "check_keys"]

AS_OF = "as_of"
"""What derived features call the time that the view is asked for as of."""


def check_given(name: str, per: object, derived: object, entities: object, kind: type) -> None:
    """Refuse parts of a view that are of another type.

    Raises
    ------
    ParameterError
        If there is one.

    Examples
    --------
    >>> check_given("v", "store", {"rich": "spent > 9"}, None, object)
    """
    check_text("The name of a view", name)
    if per is not None:
        check_text(f"per of the view {name}", per)
    expressions(f"derived of the view {name}", derived)
    if entities is not None and not isinstance(entities, kind):
        raise ParameterError(
            f"entities of the view {name} is a {class_name(entities)}; give {kind.__name__}."
        )


def check_keys(what: str, told: Iterable[str], keys: Sequence[str]) -> None:
    """Refuse another name for a column that the entity has not.

    Raises
    ------
    ParameterError
        If there is one.

    Examples
    --------
    >>> check_keys("The source t", ["customer"], ["customer", "store"])
    """
    for key in told:
        if key not in keys:
            raise ParameterError(
                f"{what} tells its column for {key!r}, and the view has {', '.join(keys)}; name "
                "one of these."
            )


def check_columns(
    what: str, keys: Sequence[str], made: Sequence[str], selected: Sequence[str]
) -> None:
    """Refuse two columns of one name in any case, ``as_of``, and to select what is not made.

    Raises
    ------
    ParameterError
        If there are such.

    Examples
    --------
    >>> check_columns("The view v", ["customer"], ["visits", "spent"], ["spent"])
    """
    for columns in ([*keys, *made], [*keys, *selected]):
        seen: set[str] = set()
        for column in columns:
            if column.lower() in seen:
                raise ParameterError(
                    f"{what} has two columns {column!r}; name one of them otherwise."
                )
            seen.add(column.lower())
    reserved = next((column for column in [*keys, *made] if column.lower() == AS_OF), None)
    if reserved is not None:
        raise ParameterError(
            f"{what} has a column {reserved!r}, which is the time that it is asked for as of in "
            "every derived feature; name the column otherwise."
        )
    for column in selected:
        if column not in made:
            raise ParameterError(
                f"{what} selects {column!r}, and has {', '.join(made)}; name some of these."
            )


def check_freshness(what: str, expected: Iterable[Expectation], sources: Sequence[Source]) -> None:
    """Refuse freshness of what is no source with a time, nor a feature of one.

    Raises
    ------
    ParameterError
        If there is such an expectation.

    Examples
    --------
    >>> check_freshness("The view v", [], [])
    """
    timed = [source for source in sources if source.time is not None]
    known = [name for s in timed for name in (s.name, *(f.name for f in s.features))]
    for each in expected:
        if each.measure == FRESHNESS and each.of.lower() not in map(str.lower, known):
            raise ParameterError(
                f"{what} expects {each.expect!r}, and {each.of!r} is no source with a time, nor a "
                f"feature of one; there are {', '.join(known)}."
            )
