"""Finding out in seconds whether there is MLflow at an address.

MLflow asks a dead server for minutes, and a broken database as long. Its settings for that are
the user's, and hold for all that follows; here it is asked once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from sparkfl.errors import RegistryError
from sparkfl.registry.mlflow_errors import CHECK_ADDRESS, address_of, mlflow_errors
from sparkfl.registry.sqlite import open_sqlite

__all__ = ["first_contact"]

_SECONDS = 8.0
_SEARCH = "/api/2.0/mlflow/experiments/search"
_DATABASES = ("postgresql", "mysql", "mssql")


def first_contact(uri: str) -> None:
    """Ask for one experiment, or fail within ten seconds; a new SQLite database is made.

    Parameters
    ----------
    uri : str
        Tracking server or database. The address of a plug-in is left to MLflow.

    Raises
    ------
    RegistryError
        If there is no answer, or it is not MLflow's.

    Examples
    --------
    >>> first_contact("file:///tmp/mlruns")
    Traceback (most recent call last):
    sparkfl.errors.RegistryError: MLflow at file:///tmp/mlruns: a directory of files cannot hold a
    registry, MLflow has given it up. Use a database (sqlite:////path/mlflow.db) or a server;
    `mlflow migrate-filestore` takes along what is there.
    """
    scheme = uri.partition(":")[0].partition("+")[0].lower() if ":" in uri else ""
    with mlflow_errors(uri):
        if scheme in ("http", "https"):
            _within(lambda: _ask_server(uri))
        elif scheme == "sqlite":
            open_sqlite(uri)
        elif scheme in _DATABASES:
            _within(lambda: _ask_database(uri))
        elif (scheme or uri) == "databricks":
            _within(lambda: _ask_databricks(uri))
        elif scheme == "file" or (not scheme and uri not in ("databricks-uc", "uc")):
            raise RegistryError(
                f"MLflow at {uri}: a directory of files cannot hold a registry, MLflow has given "
                "it up. Use a database (sqlite:////path/mlflow.db) or a server; "
                "`mlflow migrate-filestore` takes along what is there."
            )


def _within(ask: Callable[[], None]) -> None:
    """Ask in a thread that is given up after a while: a name server knows no timeout of ours."""
    raised: list[Exception] = []

    def asking() -> None:
        try:
            ask()
        except Exception as error:  # noqa: BLE001
            raised.append(error)

    thread = threading.Thread(target=asking, name="sparkfl-first-contact", daemon=True)
    thread.start()
    thread.join(_SECONDS)
    if thread.is_alive():
        raise TimeoutError(f"no answer within {_SECONDS:.0f} seconds")
    if raised:
        raise raised[0]


def _ask_server(uri: str) -> None:
    """Ask a server with the user's credentials."""
    from mlflow.utils.credentials import get_default_host_creds
    from mlflow.utils.rest_utils import http_request

    answer = http_request(  # type: ignore[no-untyped-call]
        get_default_host_creds(uri),  # type: ignore[no-untyped-call]
        _SEARCH,
        "POST",
        max_retries=0,
        timeout=2 * _SECONDS,  # _within gives up before
        raise_on_status=False,
        json={"max_results": 1},
    )
    if answer.status_code in (401, 403):
        raise PermissionError(f"it answers {answer.status_code} {answer.reason}")
    kind = answer.headers.get("content-type", "")
    if answer.status_code != 200 or not kind.startswith("application/json"):
        raise RegistryError(
            f"MLflow at {address_of(uri)}: what answers there is not MLflow, or not well "
            f"({answer.status_code} {answer.reason}, {kind or 'no content'}). {CHECK_ADDRESS}"
        )


def _ask_database(uri: str) -> None:
    """Connect once."""
    import sqlalchemy

    engine = sqlalchemy.create_engine(uri, poolclass=sqlalchemy.pool.NullPool)
    engine.connect().close()


def _ask_databricks(uri: str) -> None:
    """Let MLflow find the workspace and the credentials."""
    import mlflow

    mlflow.MlflowClient(uri, uri).search_experiments(max_results=1)
