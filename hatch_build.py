"""Build hook: puts jobs, notebooks and the SQL extension's compiled jars into the wheel.

These are the jar of the Spark that is here, and those of other groups of Sparks that have been
compiled on this machine.
"""

from __future__ import annotations

import importlib
import sys
import sysconfig
import types
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_PYSPARK = "pyspark==4.2.0"
_BUNDLED = ("jobs", "notebooks")


class JarBuildHook(BuildHookInterface[Any]):
    """Adds them to wheels; an editable install has the folders and compiles when first used."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Require pyspark for the build only where the target environment has none."""
        return [] if _pyspark_home() else [_PYSPARK]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the folders and the jar, or warn and leave the jar to the first use."""
        if version == "editable":
            return
        for folder in _BUNDLED:
            build_data["force_include"][str(Path(self.root, folder))] = f"sparkfl/bundled/{folder}"
        home = _pyspark_home()
        if home is None:
            return
        compiler = _jar_module(Path(self.root))
        try:
            compiler.jar_path(home)
        except compiler.SparkflError as error:
            self.app.display_warning(f"{error} The jar is compiled at the first use instead.")
        for jar in compiler.ready_jars():
            build_data["force_include"][str(jar)] = f"sparkfl/sqlext/jars/{jar.name}"


def _pyspark_home() -> Path | None:
    """Find pyspark here, or in the environment that pip isolates this build from."""
    scheme = {"base": sys.base_prefix, "platbase": sys.base_prefix}
    roots = [*sys.path, sysconfig.get_path("purelib"), sysconfig.get_path("purelib", vars=scheme)]
    homes = (Path(root, "pyspark") for root in roots)
    return next((home for home in homes if (home / "jars").is_dir()), None)


def _jar_module(root: Path) -> types.ModuleType:
    """Import the compiling module without the package, whose dependencies may be missing."""
    package = types.ModuleType("sparkfl")
    package.__path__ = [str(root / "sparkfl")]
    sys.modules["sparkfl"] = package
    return importlib.import_module("sparkfl.sqlext.jvm.jar")
