#!/usr/bin/env bash
# Make .venv with the project and its development tools; `--check` only looks for Java.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
    echo "sparkfl: $*" >&2
    exit 1
}

java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
release=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' || true)
remedy="install a JRE 17 or newer (e.g. apt install openjdk-17-jre-headless), or point JAVA_HOME at one"
[ -n "$release" ] || fail "no Java found as '$java': $remedy"
[ "$release" -ge 17 ] || fail "'$java' is Java $release, Spark 4 needs 17 or newer: $remedy"
[ "${1:-}" != --check ] || exit 0

python=""
for candidate in "${PYTHON:-python3.11}" python3; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || fail "no Python 3.11 or newer found: install python3.11, or call make PYTHON=/path/to/python"
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "$python has no venv module: install it (e.g. apt install python3.11-venv)"

log=.venv/setup.log
mkdir -p .venv
echo "sparkfl: installing pinned dependencies into .venv (once, a few minutes; log: $log)"
[ -x .venv/bin/pip ] || "$python" -m venv .venv >"$log" 2>&1 || fail "cannot make .venv, see $log"
# uv takes a fraction of pip's time; where only pip has been told of an index, pip does it.
uv=$(sed -n 's/^ *"\(uv==[^"]*\)",$/\1/p' pyproject.toml)
# PyPI has no wheel of pyspark; those that `make compat` has kept need not be fetched and built.
wheels=${XDG_CACHE_HOME:-$HOME/.cache}/sparkfl/wheels
[ -d "$wheels" ] || wheels=
{
    .venv/bin/python -m pip install --disable-pip-version-check "$uv" &&
        .venv/bin/python -m uv pip install --python .venv/bin/python ${wheels:+--find-links "$wheels"} -e '.[dev]' ||
        .venv/bin/python -m pip install --disable-pip-version-check ${wheels:+--find-links "$wheels"} -e '.[dev]'
} >"$log" 2>&1 || fail "the dependencies could not be installed (no network?), see $log"
.venv/bin/python -m sparkfl.sqlext --no-delta >>"$log" 2>&1 ||
    fail "the SQL extension could not be compiled, see $log"
touch .venv/ready
