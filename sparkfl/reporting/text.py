"""A summary as text for the terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sparkfl.reporting.wording import lead, reason_text

if TYPE_CHECKING:
    from sparkfl.reporting.summary import Summary

__all__ = ["HEADINGS", "cell", "printable", "text_report", "text_table"]

HEADINGS = {
    "store": "store",
    "customers": "customers",
    "local_silhouette": "local silhouette",
    "global_silhouette": "global silhouette",
    "agreement": "agreement",
    "anomalous_cluster": "anomalous cluster",
    "anomalous_cluster_size": "its size",
    "anomalous_customers": "anomalous customers",
}


def text_table(stores: pd.DataFrame, most: int = 40) -> str:
    """Lay out one line a store, numbers to the right, a dash for what there is not.

    Parameters
    ----------
    stores : pandas.DataFrame
        :attr:`sparkfl.reporting.Summary.stores`.
    most : int, default 40
        How many stores to show; how many more there are is said in a line.

    Examples
    --------
    >>> row = {"store": "Oslo", "customers": 1200, "local_silhouette": 0.5}
    >>> print(text_table(pd.DataFrame([row])))
    store  customers  local silhouette
    -----  ---------  ----------------
    Oslo       1,200              0.50
    """
    columns = [column for column in HEADINGS if column in stores.columns]
    shown = stores[columns].head(most)
    headings = [HEADINGS[column] for column in columns]
    lines = [[cell(value) for value in row] for row in shown.itertuples(index=False)]
    widths = [max(map(len, column)) for column in zip(headings, *lines, strict=True)]
    rule = ["-" * width for width in widths]
    table = [
        "  ".join(
            text.ljust(width) if column == "store" else text.rjust(width)
            for column, text, width in zip(columns, line, widths, strict=True)
        ).rstrip()
        for line in [headings, rule, *lines]
    ]
    more = len(stores) - len(shown)
    return "\n".join([*table, *([f"… and {more:,} more stores"] if more else [])])


def text_report(summary: Summary, top: int = 5) -> str:
    """Put a table of the stores, the lead and the most anomalous customers into text.

    Parameters
    ----------
    summary : Summary
        What to tell.
    top : int, default 5
        How many customers to name.

    Examples
    --------
    >>> from sparkfl.reporting import Summary
    >>> row = {"store": "Oslo", "customers": 94, "verdict": "ok", "anomalous_customers": 0}
    >>> print(text_report(Summary(("spend",), stores=pd.DataFrame([row]))))
    store  customers  anomalous customers
    -----  ---------  -------------------
    Oslo          94                    0
    <BLANKLINE>
    94 customers of 1 stores were scored; ...
    """
    customers = [
        "  " + printable(f"{row['customer']} in {row['store']}: {reason_text(row['reason'])}")
        for row in summary.customers.head(top).to_dict("records")
    ]
    return "\n".join([text_table(summary.stores), "", printable(lead(summary)), *customers, ""])


def cell(value: object) -> str:
    """Write one value: thousands separated, two decimals, a dash for a missing one.

    Examples
    --------
    >>> cell(4346), cell(0.256), cell(None), cell("Oslo")
    ('4,346', '0.26', '-', 'Oslo')
    """
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    if isinstance(value, float) and not math.isnan(value):
        return f"{value:.2f}"
    return "-"


def printable(text: str) -> str:
    r"""Replace what would move the cursor or break a line.

    Examples
    --------
    >>> printable("Os\x1b[2Jlo\nWest")
    'Os [2Jlo West'
    """
    return "".join(c if c.isprintable() else " " for c in text)
