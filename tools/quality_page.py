"""Write the README's table of detection quality: ``python tools/quality_page.py``."""

from __future__ import annotations

import json
import re
from pathlib import Path

__all__ = ["PAGE", "page"]

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "README.md"

_BEGIN, _END = "<!-- quality: written by tools/quality_page.py -->\n", "<!-- /quality -->\n"
_NAME = re.compile(r"quality: (?P<set>.+?), (?P<method>.+), (?P<unit>AUC|AP)")
_OWN, _FOREST = "sparkfl", "isolation forest, pooled rows"
_METHODS = {
    _OWN: "sparkfl",
    "sparkfl with quantiles": "with quantiles",
    _FOREST: "isolation forest",
    "ECOD, pooled rows": "ECOD",
    "one global cluster, pooled rows": "one cluster",
    "isolation forest a store": "a forest a store",
    "the seed's recipe": "public recipe",
}

Figures = dict[str, dict[str, dict[str, float]]]
"""By set, method and unit."""


def page() -> str:
    """Return the README with the table of now."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(_BEGIN)
    after = rest.partition(_END)[2]
    figures = _figures()
    return f"{before}{_BEGIN}{_table(figures)}\n{_losses(figures)}{_END}{after}"


def _figures() -> Figures:
    """Read the results of `benchmarks.anomaly_quality`."""
    figures: Figures = {}
    for row in json.loads((ROOT / "benchmarks" / "results.json").read_text()):
        if found := _NAME.fullmatch(row["name"]):
            methods = figures.setdefault(found["set"], {})
            methods.setdefault(found["method"], {})[found["unit"]] = row["value"]
    return figures


def _table(figures: Figures) -> str:
    """One row a set, one column a method that was measured on all of them."""
    measured = [m for m in _METHODS if all(m in methods for methods in figures.values())]
    lines = [
        f"| AUC / average precision | {' | '.join(_METHODS[m] for m in measured)} |",
        "|---" * (1 + len(measured)) + "|",
    ]
    for name, methods in figures.items():
        cells = [f"{methods[m]['AUC']:.3f} / {methods[m]['AP']:.3f}" for m in measured]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _losses(figures: Figures) -> str:
    """Name the sets where a pooled forest ranks better."""
    sets = {name: methods for name, methods in figures.items() if not name.startswith("mean of")}
    worse = {
        unit: [name for name, m in sets.items() if m[_OWN][unit] < m[_FOREST][unit]]
        for unit in ("AUC", "AP")
    }
    auc, ap = (", ".join(names) or "none" for names in worse.values())
    return (
        f"The pooled forest has the better AUC on: {auc}; the better average precision on: {ap}.\n"
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
