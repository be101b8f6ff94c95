"""Plots for the README, from ``results.json``: ``python -m benchmarks.plots``."""

from __future__ import annotations

import json
import re
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

from benchmarks.results import RESULTS

__all__ = ["main"]

IMAGES = Path(__file__).parent.parent / "docs" / "images"

MET, MISSED, OTHER = "#2a7f8e", "#c8553d", "#9aa5ab"


def main() -> None:
    """Draw what there are results for."""
    rows = json.loads(RESULTS.read_text())
    IMAGES.mkdir(parents=True, exist_ok=True)
    plt.rcParams |= {"svg.hashsalt": "sparkfl", "font.size": 9, "axes.spines.top": False}
    plt.rcParams |= {"axes.spines.right": False, "svg.fonttype": "none"}
    for name, draw in (
        ("targets", targets),
        ("stores", stores),
        ("peers", peers),
        ("privacy", privacy),
    ):
        figure = draw(rows)
        if figure is not None:
            path = IMAGES / f"benchmarks-{name}.svg"
            figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
            print(path.relative_to(IMAGES.parent.parent))


def targets(rows: list[dict]) -> plt.Figure | None:
    """Room to each target: how many times better than asked, on a logarithmic axis."""
    bars = [(row["name"], _room(row), row["holds"]) for row in rows if row["target"]]
    bars = [(name, room, holds) for name, room, holds in bars if room is not None]
    if not bars:
        return None
    names, room, holds = zip(*reversed(bars), strict=True)
    figure, axes = plt.subplots(figsize=(7, 0.3 * len(bars) + 0.6))
    axes.barh(names, [r - 1 for r in room], left=1, color=[MET if h else MISSED for h in holds])
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("times better than the target (left of the line: missed)")
    return figure


def stores(rows: list[dict]) -> plt.Figure | None:
    """Seconds of local training against the number of stores, a million rows in all."""
    pattern = re.compile(r"local_training: ([\d,]+) stores x [\d,]+$")
    found = [(m[1].replace(",", ""), row) for row in rows if (m := pattern.match(row["name"]))]
    if not found:
        return None
    counts = [int(n) for n, _ in found]
    figure, axes = plt.subplots(figsize=(5, 3))
    axes.plot(counts, [row["value"] for _, row in found], "o-", color=MET, label="sparkfl")
    floors = [row["value"] / row["ratio"] for _, row in found]
    axes.plot(counts, floors, "o--", color=OTHER, label="empty pass (floor)")
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("stores (a million rows in all)")
    axes.set_ylabel("seconds")
    axes.legend(frameon=False)
    return figure


def peers(rows: list[dict]) -> plt.Figure | None:
    """CPU seconds beside the peers'."""
    pattern = re.compile(r"peers: ([\d,]+ stores x [\d,]+), (.+)")
    found = [(m[1], m[2], row["value"]) for row in rows if (m := pattern.match(row["name"]))]
    if not found:
        return None
    shapes = list(dict.fromkeys(shape for shape, _, _ in found))
    figure, all_axes = plt.subplots(1, len(shapes), figsize=(7, 2.4), squeeze=False)
    for axes, shape in zip(all_axes[0], shapes, strict=True):
        bars = [(who, cpu) for own, who, cpu in found if own == shape]
        names, cpu = zip(*reversed(bars), strict=True)
        axes.barh(names, cpu, color=[MET if n.startswith("sparkfl") else OTHER for n in names])
        axes.set_title(shape, fontsize=9)
        axes.set_xlabel("CPU seconds")
    figure.tight_layout()
    return figure


def privacy(rows: list[dict]) -> plt.Figure | None:
    """Variance that private clusters explain, against epsilon, a panel a size of the shops."""
    pattern = re.compile(r"privacy: shops of ([\d,]+), (?:exact|epsilon ([\d.]+), (\w+))$")
    found = [(m[1], m[2], m[3], row["value"]) for row in rows if (m := pattern.match(row["name"]))]
    if not found:
        return None
    sizes = list(dict.fromkeys(size for size, *_ in found))
    figure, all_axes = plt.subplots(1, len(sizes), figsize=(7, 2.8), sharey=True, squeeze=False)
    colours = {"gaussian": MET, "laplace": MISSED, "DPLloyd": OTHER}
    for axes, size in zip(all_axes[0], sizes, strict=True):
        own = [(epsilon, what, value) for of, epsilon, what, value in found if of == size]
        axes.axhline(next(v for e, _, v in own if e is None), color="black", ls=":", label="exact")
        for what, colour in colours.items():
            points = [(float(e), v) for e, w, v in own if w == what]
            axes.plot(*zip(*points, strict=True), "o-", color=colour, label=what)
        axes.set_xscale("log")
        axes.set_xticks([0.3, 1, 3, 10], ["0.3", "1", "3", "10"])
        axes.minorticks_off()
        axes.set_ylim(0, 1)
        axes.set_xlabel("epsilon")
        axes.set_title(f"shops of {size} customers", fontsize=9)
    all_axes[0][0].set_ylabel("variance explained")
    all_axes[0][-1].legend(frameon=False)
    figure.tight_layout()
    return figure


def _room(row: dict) -> float | None:
    """How many times better than the target a result is; None for differences around zero."""
    comparison, bound = row["target"].split()
    judged = row["value"] if row["ratio"] is None else row["ratio"]
    if float(bound) <= 0 or judged <= 0:
        return None
    return float(bound) / judged if comparison == "<=" else judged / float(bound)


if __name__ == "__main__":
    main()
