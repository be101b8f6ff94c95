"""Secure aggregation through an exchange: totals as they should be, stores that drop out."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from secure_federation import BOUNDS, SIX, in_clear, records, secure
from stores_apart import FEATURES, apart, customers

from sparkfl.errors import ExchangeError, ParameterError, ProtocolError, QuorumError
from sparkfl.exchange.contract import PHASES
from sparkfl.exchange.overview import overview
from sparkfl.exchange.release import Release
from sparkfl.exchange.steps import SoFar
from sparkfl.exchange.steps.masked import Part
from sparkfl.exchange.steps.sums import SUMS
from sparkfl.local.result import Verdict
from sparkfl.privacy.rules import Rules
from sparkfl.secure_aggregation.vectors import moments_vector
from sparkfl.statistics.moments import Moments


@pytest.fixture(autouse=True)
def _no_disk_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)


def numbers(result: Any) -> list[float]:
    """All numbers of a result, in their order."""
    if isinstance(result, dict):
        return [n for key in sorted(result) for n in numbers(result[key])]
    if isinstance(result, list):
        return [n for each in result for n in numbers(each)]
    return [float(result)] if isinstance(result, int | float) else []


@pytest.mark.parametrize("scaling", ["federation", "none"])
def test_what_is_made_of_totals_is_what_is_made_of_the_figures(
    tmp_path: Path, scaling: str
) -> None:
    federation = secure(tmp_path, scaling=scaling)
    federation.round()
    done = records(federation)
    sums = [record for step, record in done.items() if step.endswith("_unmasking")]
    kinds = ["moments", "asinh"] if scaling == "federation" else []
    assert [r.step.partition("_")[0] for r in sums] == [*kinds, "lloyd1", "lloyd2", "scores"]
    so_far = SoFar(federation.aggregator.history.contract)
    for record in done.values():
        if record in sums:
            assert record.result["stores"] == list("abcdef")
        if record in sums and not record.step.startswith("scores"):
            expected = in_clear(federation, record, so_far)
            got = {key: record.result[key] for key in expected}
            # With a tolerance of 0 that is a matter of the last bit.
            assert "converged" not in expected or got.pop("converged") in (True, False)
            expected.pop("converged", None)
            np.testing.assert_allclose(numbers(got), numbers(expected), rtol=1e-9, atol=1e-9)
        so_far = so_far.then(record.step, record.result, {})
    rows = sum(map(len, SIX.values()))
    assert done["lloyd2_unmasking"].result["rows"] == rows
    assert sum(done["scores_unmasking"].result["distribution"]["n"]) == rows


def test_without_a_guard_it_is_lloyd_on_all_rows_together(tmp_path: Path) -> None:
    large = {name: customers(place, 400)[1:] for place, name in enumerate("abc")}
    done = secure(tmp_path, large, max_iter=3, iteration_guard=False).round().standing
    assert done is not None
    rows = np.concatenate(list(large.values()))
    centres = done.known.centres_of(1)
    for iteration in range(1, done.known.iterations + 1):
        label = ((rows[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
        there = [place for place in range(len(centres)) if (label == place).any()]
        centres = centres.copy()
        centres[there] = [rows[label == place].mean(axis=0) for place in there]
        np.testing.assert_allclose(done.known.centres_of(iteration + 1), centres, rtol=1e-9)


@pytest.mark.parametrize(
    ("sum_", "phase"), [*(("lloyd1", phase) for phase in PHASES), ("scores", "masked")]
)
def test_a_third_of_the_stores_drops_out_in_any_step(tmp_path: Path, sum_: str, phase: str) -> None:
    federation = secure(tmp_path, max_iter=1)
    step = f"{sum_}_{phase}"
    while (now := federation.aggregator.history.turn.step) != "roster" or not (
        federation.aggregator.history.last
    ):
        for name, store in federation.stores.items():
            if not (now == step and name in "be"):
                store.release()
        federation.aggregator.aggregate(quorum=4 if now == step else None)
    done = records(federation)
    # What has come masked is in the total, whoever leaves afterwards.
    late = PHASES.index(phase) > PHASES.index("masked")
    there = list("abcdef") if late else list("acdf")
    total = done[f"{sum_}_unmasking"].result
    assert total["stores"] == there
    assert total["rows"] == sum(len(SIX[name]) for name in there)
    assert {s for s, v in done[step].verdicts.items() if v.reason == "missing"} == set("be")
    if step != "scores_unmasking" and phase != "unmasking":
        next_step = f"{sum_}_{PHASES[PHASES.index(phase) + 1]}"
        verdict = done[next_step].verdicts["b"]
        assert (verdict.reason, verdict.detail) == (
            "out_of_turn",
            f"it has dropped out of {sum_}: in step {step} nothing of it was taken",
        )
    if sum_ == "lloyd1":
        assert done["scores_unmasking"].result["stores"] == list("abcdef")


def test_too_few_that_stay_end_the_round_by_name(tmp_path: Path) -> None:
    federation = secure(tmp_path, max_iter=1)
    federation.until("lloyd1_shares")
    for name in "abc":
        federation.stores[name].release()
    with pytest.raises(QuorumError, match="it needs 4"):
        federation.aggregator.aggregate()
    done = federation.aggregator.aggregate(deadline=0.01)
    assert done.steps[-1].result == {"abandoned": "3 of 6 stores are left of lloyd1, which takes 4"}
    assert done.waiting == "step roster of round 2"
    history = federation.aggregator.history
    assert (history.last, history.open, len(history.abandoned)) == ((), (), 3)
    told = [s for s in overview(federation.aggregator.storage, history) if s.store == "a"]
    assert (told[-2].step, told[-2].detail) == (
        "lloyd1_shares",
        "the round was abandoned: 3 of 6 stores are left of lloyd1, which takes 4",
    )
    assert federation.round().standing.round == 2


def test_stores_that_cannot_come_back_are_not_waited_for(tmp_path: Path) -> None:
    federation = secure(tmp_path, max_iter=1)
    federation.until("lloyd1_masked")
    for name in "def":
        federation.stores[name].member.leave()
    for name in "abc":
        federation.stores[name].release()
    done = federation.aggregator.aggregate()
    assert "3 of 6 stores are left of lloyd1" in done.steps[-1].result["abandoned"]


def test_a_round_that_is_abandoned_leaves_the_model_of_the_last(tmp_path: Path) -> None:
    federation = secure(tmp_path, max_iter=1)
    first = federation.round().standing
    federation.until("lloyd1_shares")
    done = federation.aggregator.aggregate(deadline=0.01)
    assert done.standing is not None
    assert (done.standing.digest, done.standing.round) == (first.digest, 1)
    assert federation.stores["a"].member.fetch().round == 1
    assert federation.round().standing.round == 3


def test_a_store_of_too_few_customers_is_in_no_total(tmp_path: Path) -> None:
    rows = {**SIX, "few": customers(9, 9)}
    federation = secure(tmp_path, rows, max_iter=1)
    standing = federation.round().standing
    done = records(federation)
    assert "few" not in done["lloyd1_unmasking"].result["stores"]
    verdict = done["lloyd1_keys"].verdicts["few"]
    assert (verdict.reason, verdict.rows) == ("accepted", 0)
    assert verdict.detail == "it may tell nothing: nothing_to_tell"
    of = standing.data.tables["verdicts"].to_pydict()
    assert of["verdict"] == [*["summed"] * 6, "missing"] or "few" in of["store"]


def test_small_groups_are_told_with_the_nearest_before_they_are_masked(tmp_path: Path) -> None:
    """Of each store nobody is under a centre with fewer than may be told."""
    federation = secure(tmp_path, max_iter=1, rules=Rules(20))
    turns: list[Any] = []
    for store in federation.stores.values():
        store.lies = lambda turn, figures: turns.append((turn.step, figures)) or figures
    federation.round()
    told = [figures.summary.n for step, figures in turns if step == "lloyd1"]
    cells = [n for step, figures in turns if step == "scores" for n, _ in figures]
    assert len(told) == 6
    assert min(n[n > 0].min() for n in told) >= 20
    assert min(cells) >= 20


def test_figures_that_break_the_contract_stay_in_the_store(tmp_path: Path) -> None:
    federation = secure(tmp_path, {**SIX, "far": customers(9, 60, shift=9000.0)}, max_iter=1)
    federation.round()
    verdict = records(federation)["lloyd1_keys"].verdicts["far"]
    assert verdict.detail == "it may tell nothing: out_of_bounds"


def test_a_total_that_cannot_be_ends_the_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that leaves its own gate out cannot be found, but what it spoils is not taken."""
    federation = secure(tmp_path, scaling="federation", max_iter=1)
    federation.until("moments_keys")
    lie = moments_vector(Moments(*(np.full((1, 2), x) for x in (60, 1e9, 5.0))))
    honest = SUMS["moments"].vector
    monkeypatch.setitem(
        SUMS,
        "moments",
        type(SUMS["moments"])(SUMS["moments"].length, lambda _: lie, SUMS["moments"].figures),
    )
    monkeypatch.setattr("sparkfl.exchange.steps.moments.MomentsStep.check", lambda *given: None)
    federation.stores["a"].release()
    monkeypatch.undo()
    assert SUMS["moments"].vector is honest
    while not federation.aggregator.history.abandoned:
        for store in federation.stores.values():
            store.release()
        done = federation.aggregator.aggregate()
    why = done.steps[-1].result["abandoned"]
    assert why.startswith("there is no total of moments that can be: out_of_bounds: the mean of")


@pytest.mark.parametrize(
    ("reason", "part"),
    [
        ("off_protocol", lambda theirs: Part("x")),
        ("off_protocol", lambda theirs: Part(None, "tired")),
        ("off_protocol", lambda theirs: Part(theirs["old"])),
        ("foreign", lambda theirs: Part(theirs["of_b"])),
        ("off_protocol", lambda theirs: Part(theirs["own"].replace("A", "B"))),
    ],
)
def test_what_is_no_part_of_the_sum_has_a_verdict(
    tmp_path: Path, reason: str, part: Callable[[Any], Part]
) -> None:
    federation = secure(tmp_path, max_iter=1)
    turn = federation.until("lloyd1_masked")
    old = turn.so_far.results["lloyd1_shares"]["messages"]["a"]
    stores = federation.stores
    own, of_b = (stores[s].member.summation.tell(turn, stores[s].told)[1].message for s in "ab")
    given = part({"old": old, "of_b": of_b, "own": own})
    signed = Release("a", Rules(10), given).signed(turn, stores["a"].member.key)
    federation.put("a", signed.data, turn, signed.hash)
    for name in "bcdef":
        stores[name].release()
    federation.aggregator.aggregate()
    verdict = records(federation)["lloyd1_masked"].verdicts["a"]
    assert verdict.reason == reason
    federation.round()
    assert records(federation)["lloyd1_unmasking"].result["stores"] == list("bcdef")


def test_two_stores_of_one_key_are_in_no_sum(tmp_path: Path) -> None:
    federation = secure(tmp_path, max_iter=1)
    aggregator = federation.aggregator
    key = federation.stores["a"].member.key
    invitation = aggregator.invite("twin").text
    home = tmp_path / "homes/twin/shops/store"
    home.mkdir(mode=0o700, parents=True)
    (tmp_path / "homes/a/shops/store/key.pem").rename(home / "key.pem")
    type(federation.stores["a"].member).join("shops", invitation, home=tmp_path / "homes/twin")
    assert aggregator.membership.keys["twin"] == key.public
    federation.round(only=list("bcdef"))
    verdict = records(federation)["roster"].verdicts["twin"]
    assert (verdict.reason, verdict.detail) == ("out_of_turn", "it has the same key as a")
    assert records(federation)["lloyd1_unmasking"].result["stores"] == list("bcdef")


def test_a_store_that_leaves_is_out_from_the_next_round_on(tmp_path: Path) -> None:
    federation = secure(tmp_path, max_iter=1)
    first = federation.round().standing
    federation.stores["a"].member.leave()
    for name in "bcdef":
        federation.stores[name].release()
    done = federation.aggregator.aggregate()
    assert not done.revised
    assert done.standing.digest == first.digest
    federation.round()
    assert records(federation)["scores_unmasking"].result["stores"] == list("bcdef")


def test_a_store_gets_the_global_model_and_no_store_s(tmp_path: Path) -> None:
    federation = secure(tmp_path, scaling="federation")
    standing = federation.round().standing
    fetched = federation.stores["c"].member.fetch().data
    assert fetched.stores() == [] == standing.data.stores()
    assert fetched.tables["releases"].num_rows == 0
    assert fetched.tables["verdicts"]["verdict"].to_pylist() == [Verdict.SUMMED]
    frame = pd.DataFrame(SIX["c"], columns=FEATURES).assign(store_id="c")
    found = fetched.predict(frame)
    assert found["local_prediction"].isna().all()
    assert found["prediction"].notna().all()
    assert found["is_anomaly"].iloc[0]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"global_algorithm": "one_shot", "bounds": BOUNDS}, "Say 'federated_lloyd'"),
        ({"global_algorithm": "federated_lloyd"}, "bounds has no 'orders'"),
        (
            {"global_algorithm": "federated_lloyd", "bounds": {"orders": (0, 9)}},
            "bounds has no 'value'",
        ),
    ],
)
def test_what_cannot_be_summed_or_checked_is_refused(
    tmp_path: Path, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(ParameterError, match=said):
        apart(tmp_path, {}, secure_aggregation=True, **given)


def test_of_two_stores_each_would_know_the_other_s(tmp_path: Path) -> None:
    federation = secure(tmp_path, {name: SIX[name] for name in "ab"})
    for store in federation.stores.values():
        store.release()
    with pytest.raises(QuorumError, match="it needs 3"):
        federation.aggregator.aggregate(quorum=1)


def test_an_aggregator_that_publishes_twice_is_answered_once(tmp_path: Path) -> None:
    """Were it answered, it had shares of both secrets of a store that it says has left."""
    federation = secure(tmp_path, max_iter=1)
    federation.until("lloyd1_unmasking")
    honest = federation.aggregator.history.open[-1]
    for name in "abcdef":
        federation.stores[name].release()
    folder = federation.exchange / "rounds/000001"
    for step in ("consistency", "masked"):
        next(folder.glob(f"*-lloyd1_{step}.json")).unlink()
    # Now it says that the masked vector of f has never come.
    stores = federation.exchange / "stores"
    for place in [*stores.glob("*/*-lloyd1_[cu]*"), *stores.glob("f/*-lloyd1_masked-*")]:
        place.unlink()
    federation.aggregator.aggregate(quorum=4)
    assert federation.aggregator.history.turn.step == "lloyd1_consistency"
    assert federation.aggregator.history.open[-1].hash != honest.hash
    for name in "abcde":
        with pytest.raises(ExchangeError, match="published the end of lloyd1_masked"):
            federation.stores[name].release()


def test_a_round_that_is_begun_anew_is_not_answered_either(tmp_path: Path) -> None:
    federation = secure(tmp_path, scaling="federation", max_iter=1)
    federation.until("moments_shares")
    folder = federation.exchange / "rounds/000001"
    for place in [*folder.glob("*"), *(federation.exchange / "stores").glob("*/release-*")]:
        place.unlink()
    for name in "abcde":
        federation.stores[name].release()
    federation.aggregator.aggregate(quorum=5)
    with pytest.raises(ExchangeError, match="what moments of round 1 follows from"):
        federation.stores["a"].release()


def test_a_store_without_its_secrets_drops_out(tmp_path: Path) -> None:
    federation = secure(tmp_path, max_iter=1)
    federation.until("lloyd1_shares")
    for place in (tmp_path / "homes/a/shops/store/sums").rglob("*.json"):
        place.unlink()
    assert federation.stores["a"].release() is None
    federation.round(quorum=4)
    assert records(federation)["lloyd1_unmasking"].result["stores"] == list("bcdef")


def test_a_store_refuses_shares_that_were_altered(tmp_path: Path) -> None:
    """By another store: the aggregator cannot see it, and the store says so at home."""
    federation = secure(tmp_path, max_iter=1)
    turn = federation.until("lloyd1_shares")
    member = federation.stores["b"].member
    part = member.summation.tell(turn, federation.stores["b"].told)[1]
    begins = part.message.index('\\"a\\": \\"') + len('\\"a\\": \\"')
    swapped = part.message[begins : begins + 8][::-1]
    import json

    outer = json.loads(part.message)
    outer["content"] = outer["content"].replace(
        json.loads(outer["content"])["body"]["sealed"]["a"][:8], swapped, 1
    )
    outer["signature"] = (
        __import__("base64").b64encode(member.key.key.sign(outer["content"].encode())).decode()
    )
    signed = Release("b", Rules(10), Part(json.dumps(outer))).signed(turn, member.key)
    federation.put("b", signed.data, turn, signed.hash)
    for name in "acdef":
        federation.stores[name].release()
    federation.aggregator.aggregate()
    with pytest.raises(ProtocolError, match="The shares of 'b'"):
        federation.stores["a"].release()
