"""Options as the Params of a `pyspark.ml` class, with getters, setters and defaults."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeVar

from pyspark.ml.param import Param, Params

from sparkfl.options.option import Option

__all__ = ["declare", "setters"]

C = TypeVar("C", bound=type[Params])


def declare(options: Sequence[Option]) -> Callable[[C], C]:
    """Give a Params class a Param, a getter and a default for each option.

    What a Param is set to is checked when it is set. None is a value of none of them: it takes away
    what an option without a default was set to.

    Parameters
    ----------
    options : sequence of Option
        The options.

    Returns
    -------
    callable
        A class decorator.

    Examples
    --------
    >>> K = Option("k", int, 3, "Clusters a store.", minimum=1)
    >>> @setters([K])
    ... @declare([K])
    ... class Clustering(Params):
    ...     '''Has a k.'''
    >>> Clustering().getK(), Clustering().setK(5).getK()
    (3, 5)
    >>> Clustering().setK(0)
    Traceback (most recent call last):
    sparkfl.errors.ParameterError: k must be an integer of at least 1; got 0.
    """

    def decorate(cls: C) -> C:
        for option in options:
            param: Param[Any] = Param(
                Params._dummy(), option.param, f"{option.doc} ({option.accepts})", option.check
            )
            setattr(cls, option.param, param)
            _add(cls, f"get{_capital(option.param)}", _getter(option), option.doc)
        before, set_before = cls.__init__, cls._set
        by_name = {option.param: option for option in options}

        def set_(self: Any, **values: Any) -> Any:
            for name in [name for name, value in values.items() if value is None]:
                if name in by_name and by_name[name].default is not None:
                    by_name[name].check(None)
                self.clear(getattr(self, name))
                del values[name]
            return set_before(self, **values)

        @wraps(before)
        def init(self: Any, *args: Any, **kwargs: Any) -> None:
            before(self, *args, **kwargs)
            present = {
                option.param: copy.copy(option.default)
                for option in options
                if option.default is not None
            }
            self._setDefault(**present)

        cls.__init__ = init  # type: ignore[method-assign]
        cls._set = set_  # type: ignore[method-assign]
        return cls

    return decorate


def setters(options: Sequence[Option]) -> Callable[[C], C]:
    """Give an estimator a setter for each option; a fitted model has none."""

    def decorate(cls: C) -> C:
        for option in options:
            name = f"set{_capital(option.param)}"
            _add(cls, name, _setter(option), f"Set: {option.doc}")
        return cls

    return decorate


def _capital(param: str) -> str:
    return param[0].upper() + param[1:]


def _add(cls: type, name: str, method: Callable[..., Any], doc: str) -> None:
    """Add a method, unless the class has written its own."""
    if name in vars(cls):
        return
    method.__name__, method.__qualname__ = name, f"{cls.__qualname__}.{name}"
    method.__module__, method.__doc__ = cls.__module__, doc
    setattr(cls, name, method)


def _getter(option: Option) -> Callable[[Any], Any]:
    return lambda self: self.getOrDefault(option.param) if self.isDefined(option.param) else None


def _setter(option: Option) -> Callable[[Any, Any], Any]:
    return lambda self, value: self._set(**{option.param: value})
