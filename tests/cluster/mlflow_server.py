"""An MLflow server with a database and an artifact store that only it can reach by path."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from processes import free_port, running, wait_for
from shipping import environment


@contextmanager
def mlflow_server(
    home: Path, database: Callable[[Path], str] = "sqlite:///{}/mlflow.db".format
) -> Iterator[str]:
    """Run a server while the block lasts, and give its address; by default its database is new."""
    home.mkdir()
    port, log = free_port(), home / "server.log"
    words = [
        *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)),
        *("--backend-store-uri", database(home), "--serve-artifacts"),
        *("--artifacts-destination", (home / "artifacts").as_uri(), "--workers", "1"),
    ]
    (home / "tmp").mkdir()
    address = f"http://127.0.0.1:{port}"
    # Its runner of jobs is a dozen processes that nobody asks for anything.
    env = environment(home, MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false")
    with running(words, home, env, log):
        wait_for("MLflow server", lambda: _answers(f"{address}/health"), log)
        yield address


def _answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=10) as answer:
            return bool(answer.status == 200)
    except (URLError, ConnectionError, TimeoutError):
        return False
