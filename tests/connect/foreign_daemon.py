"""Workers of a Connect server that begin with all imported but sparkfl, which the client sends."""

from __future__ import annotations

from warm_daemon import MODULES, start

if __name__ == "__main__":
    start([name for name in MODULES if not name.startswith("sparkfl")])
