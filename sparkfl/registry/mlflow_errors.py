"""MLflow's errors, and those of what is behind it, in sparkfl's words: one line with a remedy."""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from sparkfl.errors import RegistryError, SparkflError

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = ["CHECK_ADDRESS", "address_of", "mlflow_errors", "speaking"]

CHECK_ADDRESS = (
    "Start it, or correct the address (spark.sparkfl.trackingUri, MLFLOW_TRACKING_URI or "
    "tracking_uri)."
)
_LENGTH = 300
_REMEDIES = {
    r"out-of-date database schema|Can't locate revision": (
        "Use the MLflow that made it, or back it up and run `mlflow db upgrade` on it."
    ),
    r"\b401\b|UNAUTHENTICATED|\b403\b|PERMISSION_DENIED": (
        "Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, of "
        "a user who may do this."
    ),
    r"readonly database|Permission denied|Read-only file system": (
        "Make it writable for this user, or use another tracking URI."
    ),
    r"database is locked": "Another process holds it: try again, or serve it by `mlflow server`.",
    r"No module named '?(\w+)": "Install {0}, which this address or its artifacts need.",
    r"No space left": "Make room there.",
    r"unsupported URI|Not a directory|File exists|No such file|unable to open": (
        "Use a server (http://…) or a database (sqlite:////path/mlflow.db) of this user's."
    ),
}
_CAUSE = re.compile(r"\(Caused by \w+\([\"']?(?:.*?\): )?(?P<cause>.*?)[\"']?\)\)$")
_SENTENCE = re.compile(r"(?<=[^.])\. (?=[A-Z])")


def address_of(uri: str) -> str:
    """Leave the credentials out of an address.

    Examples
    --------
    >>> address_of("https://ann:secret@mlflow.shop/x?token=secret")
    'https://mlflow.shop/x'
    """
    return re.sub(r"//[^/]*@", "//", uri).partition("?")[0]


@contextmanager
def mlflow_errors(uri: str) -> Iterator[None]:
    """Raise what MLflow raises as a RegistryError that names the address.

    Parameters
    ----------
    uri : str
        Tracking server or database.

    Raises
    ------
    RegistryError
        For any error but sparkfl's own: below MLflow there are HTTP, databases and object stores,
        each with errors of its own.

    Examples
    --------
    >>> with mlflow_errors("http://ann:secret@mlflow.shop"):
    ...     raise ConnectionError("Connection refused")
    Traceback (most recent call last):
    sparkfl.errors.RegistryError: MLflow at http://mlflow.shop: Connection refused. Start it, or
    correct the address (spark.sparkfl.trackingUri, MLFLOW_TRACKING_URI or tracking_uri).
    """
    told = logging.getLogger("mlflow.store.db.utils")
    told.addFilter(_is_no_error)
    try:
        yield
    except SparkflError:
        raise
    except Exception as error:
        said = _first_line(_cause(error)).replace(uri, address_of(uri))
        code = str(getattr(error, "error_code", ""))
        raise RegistryError(
            f"MLflow at {address_of(uri)}: {said}. {_remedy(f'{said} {code}')}", code
        ) from error
    finally:
        told.removeFilter(_is_no_error)


def _is_no_error(record: logging.LogRecord) -> bool:
    """Whether a record is not of an error that MLflow logs with its trace, and raises too."""
    return not record.exc_info


def speaking(client: MlflowClient) -> MlflowClient:
    """Return a client whose calls raise sparkfl's errors."""
    return cast("MlflowClient", _Speaking(client))


class _Speaking:
    """A client in whose every call errors are translated."""

    def __init__(self, client: MlflowClient) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if not callable(found):
            return found

        @functools.wraps(found)
        def call(*args: object, **kwargs: object) -> object:
            with mlflow_errors(self._client.tracking_uri):
                return found(*args, **kwargs)

        return call


def _without_user(text: str) -> str:
    """Leave user and password out of the addresses in a text."""
    return re.sub(r"//[^/\s]*@", "//", text)


def _cause(error: BaseException) -> BaseException:
    """Return the database's own error below SQLAlchemy's; otherwise the error."""
    below: BaseException | None = error
    while below is not None:
        original = getattr(below, "orig", None)
        if isinstance(original, BaseException):
            return original
        below = below.__cause__ or below.__context__
    return error


def _first_line(error: BaseException) -> str:
    """Return the first sentence of an error, or the cause in it, without its last stop."""
    text = str(error).strip() or type(error).__name__
    line = _without_user(text.splitlines()[0])
    cause = _CAUSE.search(line)
    sentence = cause["cause"] if cause else _SENTENCE.split(line)[0]
    if len(sentence) > _LENGTH:
        sentence = f"{sentence[:_LENGTH]}…"
    return sentence.rstrip(". ")


def _remedy(said: str) -> str:
    """Find what helps."""
    for pattern, remedy in _REMEDIES.items():
        found = re.search(pattern, said)
        if found:
            return remedy.format(*found.groups())
    return CHECK_ADDRESS
