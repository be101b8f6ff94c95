"""A federation with secure aggregation, played by numpy, and what it should come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from stores_apart import Apart, Rows, apart, customers

from sparkfl.exchange.history import StepRecord
from sparkfl.exchange.steps import STEPS, SoFar, kind_of

BOUNDS = {"orders": (-50, 500), "value": (-100, 2500)}
SIX = {name: customers(place, 60 + 10 * place) for place, name in enumerate("abcdef")}


def secure(place: Path, rows: Mapping[str, Rows] = SIX, **given: Any) -> Apart:
    """Make a federation of two iterations at most, over unscaled features if not said otherwise."""
    params = {"scaling": given.pop("scaling", "none"), **given.pop("more", {})}
    how = {"global_algorithm": "federated_lloyd", "max_iter": 2, "tol": 0.0, "bounds": BOUNDS}
    return apart(place, rows, params, secure_aggregation=True, **{**how, **given})


def records(federation: Apart) -> dict[str, StepRecord]:
    """The steps of the last complete round, of one that was abandoned since, and of the open."""
    return {record.step: record for record in federation.aggregator.history.records}


def in_clear(federation: Apart, record: StepRecord, so_far: SoFar) -> dict[str, Any]:
    """What is made of a sum if its stores tell their figures as they are."""
    sum_ = record.step.partition("_")[0]
    turn = replace(federation.aggregator.history.turn, step=sum_, so_far=so_far)
    told = {store: federation.stores[store].told(turn)[1] for store in record.result["stores"]}
    return STEPS[kind_of(sum_)].combine(told, so_far)
