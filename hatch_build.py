"""Build hook: compiles the SQL extension's jar into the wheel."""

from __future__ import annotations

import importlib
import sys
import sysconfig
import types
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_PYSPARK = "pyspark==4.2.0"


class JarBuildHook(BuildHookInterface[Any]):
    """Adds the jar to wheels; an editable install compiles it when first used."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Require pyspark for the build only where the target environment has none."""
        return [] if _pyspark_home() else [_PYSPARK]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile the jar, or warn and leave it to the first use."""
        home = _pyspark_home()
        if version == "editable" or home is None:
            return
        compiler = _jar_module(Path(self.root))
        try:
            jar = compiler.jar_path(home)
        except compiler.SparkflError as error:
            self.app.display_warning(f"{error} The jar is compiled at the first use instead.")
        else:
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
