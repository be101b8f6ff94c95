"""What stands of stores from one version to the next."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from sparkfl.execution.survey import Survey
from sparkfl.federation.scaling import ScalingUsed
from sparkfl.federation.standing import standing, unchanged
from sparkfl.local.result import LocalResult, Verdict
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import ClusterSummary

TOLD = LocalResult(
    Verdict.OK,
    40,
    ClusterSummary(np.array([40]), np.ones((1, 2)), np.ones((1, 2))),
    content="as it was",
    detail="3 clusters of 4",
)
HELD = LocalResult(Verdict.HELD_BACK, 0, detail="fewer than 10")


def survey(**contents: str) -> Survey:
    """Look at stores of 40 rows."""
    rows: list[dict[str, Any]] = [
        {"store": store, "rows": 40, "skipped": 0, "content": content}
        for store, content in contents.items()
    ]
    return Survey(pa.Table.from_pylist(rows))


def test_what_is_held_back_stands_and_says_so() -> None:
    now = standing(HELD, TOLD)
    assert now.detail == "fewer than 10; the earlier release stands"
    assert replace(now, verdict=Verdict.OK, detail=TOLD.detail) == TOLD
    assert standing(HELD, None).detail == "fewer than 10; no earlier release can stand"
    assert standing(TOLD, now) is TOLD


def test_a_store_as_it_was_is_no_longer_held_back() -> None:
    held = standing(HELD, TOLD)
    earlier = {"a": TOLD, "b": held, "c": TOLD, "d": HELD}
    now = survey(a="as it was", b="as it was", c="another", d="as it was")
    kept = unchanged(earlier, now, None)
    assert list(kept) == ["a", "b"]
    assert kept["a"] is TOLD
    assert (kept["b"].verdict, kept["b"].detail) == (Verdict.OK, None)


def test_stores_that_are_not_named_stay_whatever_became_of_them() -> None:
    failed = LocalResult(Verdict.FAILED, 40)
    earlier = {"a": TOLD, "b": standing(HELD, TOLD), "c": HELD, "d": failed}
    assert unchanged(earlier, survey(a="another"), {"a"}) == {
        store: own for store, own in earlier.items() if store != "a"
    }


def test_a_scaling_is_read_back_as_it_was() -> None:
    robust = Scaling(np.array([0.1, 2.0]), np.array([1.0, 0.3]), Scaling.identity(2))
    for common in (robust, None):
        used = ScalingUsed("federation", "as asked for", common)
        again = ScalingUsed.of_json(used.to_json())
        assert again.to_json() == used.to_json()
        assert (again.common is None) == (common is None)
