"""Py4j that remembers the classes and static methods it has found.

For every function of `pyspark.sql.functions` it asks the JVM anew, which looks for a class of each
package's name in some four hundred jars: a tenth of the tests' time.
"""

from __future__ import annotations

from typing import Any

from py4j.java_gateway import JavaClass, JavaMember, JavaPackage, JVMView

__all__ = ["remember_classes"]

_LASTING = (JavaClass, JavaMember, JavaPackage)


def remember_classes() -> None:
    """Let this process ask once for what does not change as long as its JVM runs."""
    for asking in (JVMView, JavaClass, JavaPackage):
        asking.__getattr__ = _remembering(asking.__getattr__)


def _remembering(ask: Any) -> Any:
    """Return the method with a memory, which is the object's."""

    def remembered(self: Any, name: str) -> Any:
        if name.startswith("_"):
            return ask(self, name)
        known = vars(self).setdefault("_known", {})
        if name in known:
            return known[name]
        found = ask(self, name)
        if isinstance(found, _LASTING):
            known[name] = found
        return found

    return remembered
