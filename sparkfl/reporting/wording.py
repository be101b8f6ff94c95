"""The sentences of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sparkfl.reporting.summary import Summary

__all__ = ["lead", "reason_text"]

_LARGE = 50
"""Customers that a store needs for its share of anomalies to say something."""


def lead(summary: Summary) -> str:
    """Say in a few sentences what was found.

    Parameters
    ----------
    summary : Summary
        Of the federation.

    Examples
    --------
    >>> import pandas as pd
    >>> from sparkfl.reporting import Summary
    >>> row = {"store": "Oslo", "customers": 94, "verdict": "ok", "anomalous_customers": 0}
    >>> lead(Summary(("spend",), stores=pd.DataFrame([row])))
    '94 customers of 1 stores were scored; 1 stores have a model of their own, ...
    """
    stores = summary.stores
    customers, flagged = int(stores["customers"].sum()), int(stores["anomalous_customers"].sum())
    trained = int((stores["verdict"] == "ok").sum())
    text = (
        f"{customers:,} customers of {len(stores):,} stores were scored; {trained:,} stores have a "
        f"model of their own, and {len(summary.global_clusters)} global clusters were found from "
        f"what they released. {flagged:,} customers ({flagged / max(customers, 1):.1%}) are "
        "anomalous"
    )
    if summary.reasons.empty:
        return text + "."
    reasons = summary.reasons.groupby("reason")["customers"].sum().sort_values(ascending=False)
    text += f", most often for {reason_text(str(reasons.index[0]))} ({int(reasons.iloc[0]):,})"
    large = stores[stores["customers"] >= _LARGE]
    shares = (large["anomalous_customers"] / large["customers"]).sort_values(ascending=False)
    if len(shares) < 2:
        return text + "."
    store = stores["store"][shares.index[0]]
    return f"{text}; their share is largest in {store} ({shares.iloc[0]:.0%})."


def reason_text(reason: str) -> str:
    """Put a reason into words.

    Parameters
    ----------
    reason : str
        Sign and feature, as in ``anomaly_reason``.

    Examples
    --------
    >>> reason_text("+total_orders")
    'high total orders'
    """
    side = {"+": "high ", "-": "low "}.get(reason[:1], "")
    return side + (reason[1:] if side else reason).replace("_", " ")
