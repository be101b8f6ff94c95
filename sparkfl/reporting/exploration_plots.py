"""Plots of an exploration as matplotlib figures; nothing here needs Spark or a display."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from sparkfl.reporting.plots import GLOBAL, INK, LINE, LOCAL, MUTED, figure_with_axes, short

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["bars", "correlations", "distributions", "popularity"]

_ACROSS = 4


def distributions(told: pd.DataFrame, columns: list[str]) -> Figure:
    """Draw how the values of columns are distributed, a small plot each.

    Parameters
    ----------
    told : pandas.DataFrame
        Rows of histograms, with `lower` and `upper`, or of categories, with `text`.
    columns : list of str
        The columns, in order.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"feature": "age", "value": 3.0, "text": None, "lower": 0.0, "upper": 2.0}
    >>> distributions(pd.DataFrame([row]), ["age"]).axes[0].get_title(loc="left")
    'age'
    """
    down = -(-len(columns) // _ACROSS)
    figure = Figure(figsize=(8.6, 0.3 + 1.65 * down), layout="constrained")
    by_column = dict(tuple(told.groupby("feature", sort=False)))
    for place, name in enumerate(columns):
        axes = figure.add_subplot(down, _ACROSS, place + 1)
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0, labelsize=7, colors=INK)
        axes.set_title(short(name), fontsize=8.5, color=INK, loc="left")
        axes.set_yticks([])
        _draw(axes, by_column[name])
    return figure


def _draw(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw bins, or categories as bars that lie."""
    bins = rows[rows["lower"].notna()].sort_values("lower")
    if len(bins):
        width = np.maximum(bins["upper"] - bins["lower"], 0)
        one = width if (width > 0).all() else np.ones(len(bins))
        axes.bar(bins["lower"], bins["value"], width=one, align="edge", color=LOCAL, alpha=0.85)
        ends = bins["lower"].iloc[0], bins["upper"].iloc[-1]
        axes.set_xticks(sorted(set(ends)), [_end(end, bins) for end in sorted(set(ends))])
        return
    shown = rows.head(6)[::-1]
    axes.barh(range(len(shown)), shown["value"], color=GLOBAL, alpha=0.85)
    axes.set_yticks(range(len(shown)), [short(text)[:12] for text in shown["text"]])
    axes.set_xticks([])


def _end(value: float, bins: pd.DataFrame) -> str:
    """Write where an axis ends; of dates the day."""
    if bins["text"].notna().any():
        return str(np.datetime64(int(value), "s").astype("datetime64[D]"))
    return f"{value:.4g}"


def bars(names: list[str], values: list[float], label: str) -> Figure:
    """Draw a bar each, the first on top.

    Examples
    --------
    >>> bars(["age"], [0.25], "missing").axes[0].get_xlabel()
    'missing'
    """
    figure, axes = figure_with_axes(8.6, 0.9 + 0.24 * len(names))
    axes.barh(range(len(names)), values[::-1], color=LOCAL, alpha=0.85)
    axes.set_yticks(range(len(names)), [short(name) for name in names[::-1]])
    axes.set_xlabel(label, color=MUTED)
    axes.grid(axis="x", color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    return figure


def correlations(found: pd.DataFrame) -> Figure:
    """Draw the correlations of features with the target.

    Parameters
    ----------
    found : pandas.DataFrame
        A row a feature, the strongest first; columns `pearson` and `spearman`.

    Examples
    --------
    >>> import pandas as pd
    >>> found = pd.DataFrame({"pearson": [0.5], "spearman": [0.4]}, index=["age"])
    >>> correlations(found).axes[0].get_yticklabels()[0].get_text()
    'age'
    """
    return _pairs(found[::-1], {"pearson": "Pearson", "spearman": "Spearman"}, (-1.05, 1.05))


def popularity(found: pd.DataFrame) -> Figure:
    """Draw what share of the orders, and of the recommendations, an item has.

    Examples
    --------
    >>> import pandas as pd
    >>> found = pd.DataFrame({"ordered": [0.5], "recommended": [0.1]}, index=["tea"])
    >>> len(popularity(found).axes[0].collections)
    3
    """
    return _pairs(found[::-1], {"ordered": "ordered", "recommended": "recommended"}, None)


def _pairs(
    found: pd.DataFrame, labels: dict[str, str], limits: tuple[float, float] | None
) -> Figure:
    """Draw two figures of each row, as points on a line."""
    figure, axes = figure_with_axes(8.6, 1.0 + 0.24 * len(found))
    y = np.arange(len(found))
    axes.hlines(y, found.min(axis=1), found.max(axis=1), color=LINE, linewidth=3, zorder=1)
    for colour, (name, label) in zip((LOCAL, GLOBAL), labels.items(), strict=True):
        axes.scatter(found[name], y, s=34, color=colour, label=label, zorder=2)
    if limits:
        axes.set_xlim(*limits)
        axes.axvline(0, color=MUTED, linewidth=0.8, zorder=0)
    axes.set_ylim(-0.6, len(found) - 0.4)
    axes.set_yticks(y, [short(name) for name in found.index])
    axes.grid(axis="x", color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=9,
        borderaxespad=0.2, handletextpad=0.3, labelcolor=INK,
    )  # fmt: skip
    return figure
