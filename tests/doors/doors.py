"""The doors that a statement comes in by, each a process with one session."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path

from connect_client import ROOT, client_environment, client_python
from connect_servers import stock_server
from spark_programs import QUICK_START, QUIET, environment, options, program
from told import Told

from sparkfl.sqlext.lexer import unclosed_comment

SECONDS = 2400
SMALL = {
    **QUIET,
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
}
"""Hundreds of statements over a few rows each do not repay what is compiled, or planned anew."""
CONF = {
    **SMALL,
    "spark.python.daemon.module": "warm_daemon",
    "spark.sql.session.timeZone": "UTC",
    "spark.log.level": "OFF",
    "spark.driver.memory": "2g",
    "spark.ui.showConsoleProgress": "false",
}
_LONG = f"{QUICK_START} -XX:ReservedCodeCacheSize=512m -Xmn600m"
"""Classes of hundreds of statements fill what is reserved for code, which is then swept."""
_FOLDERS = [str(ROOT / "tests" / name) for name in ("doors", "connect", "spark")]
"""Where the player, and the daemon of the workers, find what they import."""
_MARK = "sparkfl_statement_"
_CHATTER = re.compile(
    r"Time taken: |netlib-|\d\d/\d\d/\d\d \d\d:\d\d:\d\d [A-Z]+ |\d+ global clusters were asked for"
)
"""What the shell, its log and a warning say besides."""


def play(door: str, statements: Sequence[str], home: Path) -> list[Told]:
    """Play statements through a door; what was said to each, in order."""
    home.mkdir(exist_ok=True)
    if door == "spark-sql":
        return _shell(statements, home)
    if door == "connect":
        packages = sysconfig.get_path("purelib")
        with stock_server(home / "server", packages, SMALL) as url:
            env = {**client_environment(home), "SPARKFL_DOORS_PACKAGES": packages}
            return _played(door, statements, home, str(client_python()), env, url)
    return _played(door, statements, home, sys.executable, _environment(home))


def _environment(home: Path) -> dict[str, str]:
    paths = os.pathsep.join([str(ROOT), *_FOLDERS])
    return {**environment(home), "JAVA_TOOL_OPTIONS": _LONG, "PYTHONPATH": paths}


def _played(
    door: str,
    statements: Sequence[str],
    home: Path,
    python: str,
    env: Mapping[str, str],
    url: str = "",
) -> list[Told]:
    """Run the player."""
    given, found = home / "statements.json", home / "told.jsonl"
    given.write_text(json.dumps({"conf": _conf(home), "statements": list(statements)}))
    words = [python, "-m", "player", door, str(given), str(found), url]
    done = _run(words, home, {**env, "PYTHONPATH": os.pathsep.join([str(ROOT), *_FOLDERS])})
    told = [Told.from_json(line) for line in found.read_text().splitlines()]
    assert len(told) == len(statements), (door, len(told), done[-4000:])
    return told


def _conf(home: Path) -> dict[str, str]:
    """Return the settings of a door's Spark, which keeps all it writes at home."""
    own = {"sql.warehouse.dir": "warehouse", "checkpoint.dir": "checkpoints"}
    return {**CONF, **{f"spark.{key}": str(home / name) for key, name in own.items()}}


def _shell(statements: Sequence[str], home: Path) -> list[Told]:
    """Run Spark's shell over a script, in which a mark stands before each statement."""
    # A script with a comment without end is that comment from there on.
    asked = [text if unclosed_comment(text) is None else "SELECT 1" for text in statements]
    marked = [f"SELECT '{_MARK}{n}';\n{text};\n" for n, text in enumerate(asked)]
    script = home / "script.sql"
    script.write_text("".join([*marked, f"SELECT '{_MARK}{len(statements)}';\n"]))
    conf = {**_conf(home), "spark.sql.catalogImplementation": "in-memory"}
    memory = conf.pop("spark.driver.memory")
    hive = ("hive.cli.print.header=true", "hive.cli.errors.ignore=true")
    words = [program("spark-sql"), "-S", *options(conf), "--driver-memory", memory]
    words += [word for each in hive for word in ("--hiveconf", each)]
    output = _run([*words, "-f", str(script)], home, _environment(home))
    (home / "output.txt").write_text(output)
    told = re.split(rf"^{_MARK}(\d+)\n{_MARK}\1\n", output, flags=re.M)
    assert len(told) == 2 * len(statements) + 3, (len(told), output[-4000:])
    return [_read(text) for text in told[2:-2:2]]


def _read(output: str) -> Told:
    """Read what the shell printed: a header and rows, or an error."""
    lines = [line for line in output.splitlines() if not _CHATTER.match(line)]
    at = next((n for n, line in enumerate(lines) if re.match(r"\[[A-Z_.]+\] ", line)), None)
    if at is None and any(line.startswith("== SQL ") for line in lines):
        at = 0
    if at is not None:
        return Told(error="\n".join(lines[at:]))
    # Of a command without rows the shell has a header of its own.
    named = [] if lines in ([], ["Response code"]) else lines[0].split("\t")
    return Told(named, lines[1:])


def _run(words: Sequence[str], home: Path, env: Mapping[str, str]) -> str:
    """Run a program to its end, and return all that it printed."""
    done = subprocess.run(
        words,
        cwd=home,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return done.stdout
