"""MLflow away or strange: one line, soon, with the address, no credentials, and what to do."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from centroid_model import Centroids
from hypothesis import given
from hypothesis import strategies as st

from sparkfl.errors import RegistryError
from sparkfl.registry import ModelRegistry, first_contact
from sparkfl.registry.mlflow_errors import address_of, mlflow_errors

CONCURRENT = """
import sys, threading
from centroid_model import Centroids
from sparkfl.registry import ModelRegistry
raised = []
def train(name):
    try:
        registry = ModelRegistry(sys.argv[1])
        registry.register("shared", Centroids((float(name),)), if_exists="new_version")
    except Exception as error:
        raised.append(error)
threads = [threading.Thread(target=train, args=(name,)) for name in sys.argv[2:]]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
sys.exit("; ".join(map(repr, raised)) or 0)
"""


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """Address of a database that was made by first use."""
    path = tmp_path_factory.mktemp("made") / "deeper" / "mlflow.db"
    ModelRegistry(f"sqlite:///{path}")
    assert [p.name for p in path.parent.iterdir()] == ["mlflow.db"]
    return path


@contextmanager
def server(status, content, kind):
    """Serve one answer to all that is asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *words):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


def refused(uri):
    """What opening a registry says."""
    with pytest.raises(RegistryError) as caught:
        ModelRegistry(uri)
    line = str(caught.value)
    assert "\n" not in line
    assert "secret" not in line
    assert line.startswith(f"MLflow at {address_of(uri)}: ")
    return line


@pytest.mark.parametrize(
    ("status", "content", "kind", "said"),
    [
        (401, b"no", "text/plain", r"401 Unauthorized. Set MLFLOW_TRACKING_USERNAME"),
        (403, b"{}", "application/json", r"403 Forbidden. Set MLFLOW_TRACKING_USERNAME"),
        (404, b"<html>", "text/html", r"is not MLflow.*404 Not Found, text/html"),
        (200, b"<html>", "text/html", r"is not MLflow.*200 OK, text/html"),
        (503, b"{}", "application/json", r"503 Service Unavailable"),
        (429, b"{}", "application/json", r"429 Too Many Requests"),
    ],
)
def test_a_server_that_is_no_mlflow_or_will_not_talk(status, content, kind, said):
    with server(status, content, kind) as address:
        started = time.perf_counter()
        with pytest.raises(RegistryError):
            ModelRegistry(f"http://ann:secret@{address}")
        assert time.perf_counter() - started < first_contact._SECONDS
        with pytest.raises(RegistryError, match=said):
            ModelRegistry(f"http://ann:secret@{address}")
        assert "Start it" in refused(f"http://{address}") or status in (401, 403)


def test_a_server_that_answers_is_asked_no_more():
    with server(200, b'{"experiments": []}', "application/json; charset=utf-8") as address:
        assert ModelRegistry(f"http://{address}").tracking_uri == f"http://{address}"


def test_a_server_that_is_down():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://ann:secret@127.0.0.1:{free.getsockname()[1]}"
    assert "Connection refused. Start it, or correct the address" in refused(address)


def test_a_server_that_hangs(monkeypatch):
    assert first_contact._SECONDS < 10
    monkeypatch.setattr(first_contact, "_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.perf_counter()
        assert "no answer within" in refused(f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert time.perf_counter() - started < 5


def test_a_name_that_no_server_has():
    assert "Start it, or correct the address" in refused("http://ann:secret@shop.invalid")


def test_the_users_own_settings_hold_for_what_follows(monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    with server(200, b"{}", "application/json") as address:
        registry = ModelRegistry(f"http://ann:secret@{address}")
    started = time.perf_counter()
    with pytest.raises(RegistryError, match="Start it") as caught:
        registry.models()
    assert "secret" not in str(caught.value)
    assert time.perf_counter() - started < 8


@pytest.mark.parametrize("uri", ["file:///tmp/mlruns", "mlruns", "/tmp/mlruns", "./x"])
def test_a_directory_of_files(uri):
    assert "Use a database" in refused(uri)


@pytest.mark.parametrize("uri", ["ftp://ann:secret@host/x", "s3://bucket/x"])
def test_an_address_that_mlflow_does_not_know(uri):
    assert "Use a server (http://…) or a database" in refused(uri)


@pytest.mark.parametrize("scheme", ["postgresql", "mysql+pymysql"])
def test_a_database_whose_driver_is_not_installed(scheme):
    assert ". Install p" in refused(f"{scheme}://ann:secret@127.0.0.1:1/mlflow")


def test_a_file_that_is_no_database(tmp_path):
    path = tmp_path / "mlflow.db"
    path.write_text("text, and a lot of it\n" * 100)
    assert "file is not a database. Restore the file" in refused(f"sqlite:///{path}")


@pytest.mark.parametrize("uri", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_a_database_without_a_file_is_lost_with_the_process(uri):
    assert "no file is named" in refused(uri)


def test_the_database_of_another_program_is_left_alone(tmp_path):
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as shop:
        shop.execute("CREATE TABLE orders (id INT)")
    before = path.read_bytes()
    assert "another program, with the tables orders" in refused(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_database_of_another_mlflow(tmp_path, database):
    path = shutil.copy(database, tmp_path / "newer.db")
    with closing(sqlite3.connect(path)) as newer, newer:
        newer.execute("UPDATE alembic_version SET version_num = 'ffff'")
    assert "found version ffff" in refused(f"sqlite:///{path}")
    assert refused(f"sqlite:///{path}").endswith("run `mlflow db upgrade` on it.")


def test_a_directory_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    assert "Use a server" in refused(f"sqlite:///{tmp_path}/file/mlflow.db")


def test_a_directory_in_place_of_the_database(tmp_path):
    assert "or use another tracking URI" in refused(f"sqlite:///{tmp_path}")


def test_a_database_that_is_read_only_can_be_read(tmp_path, database, caplog, monkeypatch):
    # MLflow takes the address for a path, and makes its directories.
    monkeypatch.chdir(tmp_path)
    path = Path(shutil.copy(database, tmp_path / "read.db"))
    ModelRegistry(f"sqlite:///{path}").register("shops", Centroids())
    registry = ModelRegistry(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert [version.name for version in registry.models()] == ["shops"]
    with pytest.raises(RegistryError, match=r"readonly database\. Make it writable") as caught:
        registry.register("others", Centroids())
    assert "\n" not in str(caught.value)
    assert not [record for record in caplog.records if record.exc_info]


def test_a_file_that_is_read_only_is_refused_before_training(tmp_path, database, monkeypatch):
    path = Path(shutil.copy(database, tmp_path / "read.db"))
    registry = ModelRegistry(f"sqlite:///{path}")
    registry.check_writable()
    monkeypatch.setattr(os, "access", lambda place, mode: False)  # root may write anywhere
    with pytest.raises(RegistryError, match=r"read\.db: the file or its folder is read-only"):
        registry.check_writable()
    assert registry.models() == []


def test_first_use_by_two_processes_and_two_threads_each(tmp_path):
    uri = f"sqlite:///{tmp_path}/new/mlflow.db"
    words = [sys.executable, "-c", CONCURRENT, uri]
    started = [
        subprocess.Popen(
            [*words, *names], env={"PYTHONPATH": ":".join(sys.path)}, stderr=subprocess.PIPE
        )
        for names in (("1", "2"), ("3", "4"))
    ]
    said = [process.communicate(timeout=300)[1].decode() for process in started]
    assert [process.returncode for process in started] == [0, 0], said
    assert [v.version for v in ModelRegistry(uri).versions("shared")] == [1, 2, 3, 4]


@given(st.text("abc:@%?&= ", max_size=8), st.sampled_from(["host", "host:5000/a", "127.0.0.1"]))
def test_no_credentials_are_shown(password, host):
    uri = f"https://ann:top{password}@{host}"
    assert "top" not in address_of(uri)
    with pytest.raises(RegistryError) as caught, mlflow_errors(uri):
        raise ConnectionError(f"cannot reach {uri}")
    assert "\n" not in str(caught.value)
    if " " not in password:
        assert "top" not in str(caught.value)
