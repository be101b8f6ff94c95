"""Attacks work without protection, and the table says which protections stop them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sparkfl.audit.by_policy import DEFAULTS
from sparkfl.audit.fingerprint import fingerprint
from sparkfl.audit.interval import Interval, advantage, auc, exact, share
from sparkfl.audit.main import main
from sparkfl.audit.population import Population, generated
from sparkfl.audit.protection import Plan, Protection
from sparkfl.audit.protections import (
    EVERY_ROUND,
    GUARDED,
    GUARDED_ROUNDS,
    NONE,
    POLICY,
    PROTECTIONS,
    SECURE,
    SIZES,
    by_sizes,
)
from sparkfl.audit.report import JSON, MARKDOWN, write_report
from sparkfl.audit.store import Store
from sparkfl.audit.suite import Outcome, Result, judged, run
from sparkfl.audit.told import Told
from sparkfl.audit.trial import Trial
from sparkfl.audit.trials import EPSILON, TRIALS
from sparkfl.audit.trials.differencing import across_rounds, differencing
from sparkfl.errors import ParameterError, StorageError
from sparkfl.privacy.policy import ReleasePolicy
from sparkfl.statistics.moments import Moments
from sparkfl.statistics.summary import ClusterSummary

OPEN = {
    "aggregator reads a store's sums",
    "ten equal customers",
    "ten rows of one customer",
    "dominance",
    "membership of an outlier, by spread",
    "differencing of clusters",
    "differencing of moments",
    "differencing of marginals",
    "differencing of the histogram",
    "enumeration of a fingerprint",
    "other options on the same rows",
    "small changes that are told",
    EPSILON,
}
"""What a minimum size alone does not stop."""
NO_ATTACK = {
    "membership of a typical customer, by the nearest mean",
    "membership of a typical customer, by spread",
    "harmless changes held back",
}


@pytest.fixture(scope="module")
def results() -> list[Result]:
    return run(generated(8), [NONE, SIZES])


def test_every_attack_works_without_protection(results: list[Result]) -> None:
    bare = {r.attack: r.outcome for r in results if r.protection == NONE.name}
    assert set(bare) == {trial.name for trial in TRIALS}
    assert bare["harmless changes held back"] == Outcome.MET
    assert {name for name, outcome in bare.items() if outcome != Outcome.ATTACK} == NO_ATTACK


def test_sizes_stop_what_they_claim_and_no_more(results: list[Result]) -> None:
    sized = {r.attack: r for r in results if r.protection == SIZES.name}
    exact = SIZES.claims - {"membership of an outlier, by the nearest mean"}
    assert {sized[name].value for name in exact} == {0.0}
    assert not [r.attack for r in sized.values() if r.claimed and r.value > r.target + 0.06]
    assert {r.attack for r in sized.values() if r.outcome == Outcome.NOT_CLAIMED} >= OPEN


def test_a_policy_with_a_guard_holds_what_it_claims() -> None:
    claimed = [t for t in TRIALS if t.name in GUARDED.claims and "membership" not in t.name]
    found = run(generated(4), [NONE, GUARDED], claimed)
    assert [r for r in found if r.broken] == []
    assert len([r for r in found if r.protection == GUARDED.name]) == len(GUARDED.claims) - 1
    assert GUARDED.claims > POLICY.claims > SIZES.claims


def test_an_aggregator_reads_totals_and_no_store() -> None:
    """Secure aggregation hides what a store adds, and no difference of two totals."""
    names = ("aggregator reads a store's sums", "differencing of moments")
    found = run(generated(6), [NONE, SECURE], [t for t in TRIALS if t.name in names])
    assert [(r.value, r.outcome) for r in found] == [
        (1.0, Outcome.ATTACK),
        (1.0, Outcome.NOT_CLAIMED),
        (1.0, Outcome.ATTACK),
        (0.0, Outcome.MET),
    ]
    assert SECURE in PROTECTIONS


def test_the_policy_that_is_attacked_is_the_default_one() -> None:
    assert ReleasePolicy(entity_key="customer").rules == DEFAULTS


def test_claims_are_of_attacks_that_there_are() -> None:
    names = {trial.name for trial in TRIALS}
    assert all(protection.claims <= names for protection in (*PROTECTIONS, GUARDED_ROUNDS))


def test_rounds_give_away_what_one_round_does_not() -> None:
    assert across_rounds(EVERY_ROUND, generated(30), 0) > 0.3
    assert across_rounds(GUARDED_ROUNDS, generated(30), 0) == 0


def test_attacks_work_on_real_customers_too() -> None:
    """A heavy tail and whole numbers, as features have them."""
    rng = np.random.default_rng(0)
    customers = np.column_stack([rng.lognormal(size=800), rng.poisson(3, size=800) + 0.0])
    some = [trial for trial in TRIALS if trial.name.startswith(("singleton", "differencing"))]
    found = run(Population("real", customers, tried=12, size=60), [NONE, SIZES], some)
    assert {r.outcome for r in found if r.protection == NONE.name} == {Outcome.ATTACK}


def guarded(fewest: int) -> Protection:
    """A guard that knows every released membership: an oracle for the corpus."""

    def release(store: Store, plan: Plan, before: Told | None, rng: np.random.Generator) -> Told:
        rows = Counter(zip(store.entity.tolist(), map(tuple, store.rows), strict=True))
        history = [] if before is None else list(before.kept)  # type: ignore[call-overload]
        for earlier in history:
            changed = {entity for entity, _ in (rows - earlier) + (earlier - rows)}
            if len(changed) < fewest:
                assert before is not None
                return before
        return replace(by_sizes(store, plan, before, rng), kept=[*history, rows])

    return Protection("guard", "an oracle", release, frozenset({"small changes that are told"}))


def rounded(base: int, grid: float) -> Protection:
    """Sizes, and counts and means told as multiples."""

    def multiples(own: ClusterSummary) -> ClusterSummary:
        n = np.maximum((2 * own.n + base) // (2 * base) * base, base)
        numbers = own.mean, np.sqrt(own.ss / own.n[:, None])
        mean, deviation = (np.round(x / grid) * grid if grid else x for x in numbers)
        return ClusterSummary(n, mean, n[:, None] * deviation**2)

    def release(store: Store, plan: Plan, before: Told | None, rng: np.random.Generator) -> Told:
        told = by_sizes(store, plan, before, rng)
        assert told.moments is not None
        assert told.clusters is not None
        every = multiples(ClusterSummary(told.moments.n[0, :1], told.moments.mean, told.moments.ss))
        moments = Moments(np.broadcast_to(every.n, every.mean.shape), every.mean, every.ss)
        return replace(told, clusters=multiples(told.clusters), moments=moments)

    return Protection("rounded", "", release)


def test_rounded_counts_hide_nobody_and_a_grid_has_to_be_coarse() -> None:
    moments, shops = differencing("moments"), generated(30)
    read = [moments(rounded(*each), shops, 0) for each in ((5, 0.0), (5, 1e-4), (5, 0.2))]
    assert read[0] > 0.8
    assert read[0] > read[1] > 0.5 > read[2] == 0.0


@pytest.mark.parametrize(
    ("fewest", "expected"),
    [(10, (Outcome.MET, Outcome.MET)), (2, (Outcome.MISSED, Outcome.MET)),
     (45, (Outcome.MET, Outcome.NOT_CLAIMED))],
)  # fmt: skip
def test_the_corpus_tells_a_guard_from_a_bad_one(
    fewest: int, expected: tuple[Outcome, Outcome]
) -> None:
    guard = [trial for trial in TRIALS if "changes" in trial.name]
    found = run(generated(5), [NONE, guarded(fewest)], guard)
    outcome = {r.attack: r.outcome for r in found if r.protection == "guard"}
    # That nothing is held back is no attack: without protection nothing is.
    costs = outcome["harmless changes held back"]
    assert (outcome["small changes that are told"], costs) == expected


def test_a_guard_that_compares_with_the_last_release_only_is_found_out() -> None:
    """Twenty join and leave but for one: the first and the third version differ by one."""

    def release(store: Store, plan: Plan, before: Told | None, rng: np.random.Generator) -> Told:
        last = before and replace(before, kept=before.kept[-1:])  # type: ignore[index]
        return guarded(10).release(store, plan, last, rng)

    last_only = Protection("last only", "", release, frozenset({"small changes that are told"}))
    guard = [trial for trial in TRIALS if trial.name == "small changes that are told"]
    (found,) = [r for r in run(generated(5), [NONE, last_only], guard) if r.claimed]
    assert (found.outcome, round(found.value, 6)) == (Outcome.MISSED, 0.1)


def test_a_protection_counts_only_if_the_attack_works() -> None:
    assert judged(0.0, 0.0, works=False, claimed=True, none=False) == Outcome.UNTESTED
    result = Result("a", "b", "c", "d", 0.0, 0.0, Outcome.UNTESTED, claimed=True)
    assert result.broken


def test_fingerprints_add_up() -> None:
    rows = np.random.default_rng(0).normal(size=(50, 3))
    parts = [fingerprint(rows[:20]), fingerprint(rows[20:])]
    assert tuple(map(sum, zip(*parts, strict=True))) == fingerprint(rows)
    assert fingerprint(rows[::-1]) == fingerprint(rows)
    assert fingerprint(np.array([[0.0]])) == fingerprint(np.array([[-0.0]]))


def test_a_report_is_written_or_an_error_says_why(results: list[Result], tmp_path: Path) -> None:
    paths = write_report(results, tmp_path / "new" / "folder")
    assert [path.name for path in paths] == [MARKDOWN, JSON]
    lines = paths[0].read_text().splitlines()
    assert len([line for line in lines if line.startswith("| ")]) == len(TRIALS) + 1
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="--output"):
        write_report(results, tmp_path / "file")


def test_a_claim_that_is_no_attack_is_refused() -> None:
    """A misspelt claim would be tried by nothing, and hold for ever."""
    one = [trial for trial in TRIALS if trial.name == "singleton recovery"]
    for claims, says in (
        (frozenset({"singelton recovery"}), "'singelton recovery', which is no attack; did you "
         "mean 'singleton recovery'.*The attacks: .*differencing of clusters"),
        (frozenset({5}), "claims to stop 5"),
        ("singleton recovery", "are a text; write frozenset"),
    ):  # fmt: skip
        wrong = Protection("mine", "", NONE.release, claims)  # type: ignore[arg-type]
        with pytest.raises(ParameterError, match=says):
            run(generated(2), [NONE, wrong], one)
    # What one trial of a caller's own stops may be claimed, too.
    own = [replace(one[0], name="my attack")]
    mine = Protection("mine", "", SIZES.release, frozenset({"my attack"}))
    assert [r.claimed for r in run(generated(2), [NONE, mine], own)] == [False, True]


def fixed(name: str, value: float, kind: Interval) -> Trial:
    """A trial that measures half of 1 without protection, and a value with it."""
    return Trial(name, "", 0.05, lambda p, *_: 0.5 if p is NONE else value, 0.3, kind)


@pytest.mark.parametrize(
    ("value", "kind", "stores", "expected"),
    [
        (0.1, share, 10, Outcome.UNSURE),
        (0.1, share, 400, Outcome.MISSED),
        (0.05, share, 10, Outcome.MET),
        (0.06, advantage, 10, Outcome.UNSURE),
        (0.06, exact, 10, Outcome.MISSED),
        (0.3, advantage, 100, Outcome.MISSED),
    ],
)
def test_a_miss_that_may_be_chance_is_none(
    value: float, kind: Interval, stores: int, expected: Outcome
) -> None:
    claims = Protection("mine", "", NONE.release, frozenset({"own"}))
    (_, found) = run(generated(stores), [NONE, claims], [fixed("own", value, kind)])
    assert (found.outcome, found.broken) == (expected, expected == Outcome.MISSED)
    unclaimed = replace(claims, claims=frozenset())
    (_, found) = run(generated(stores), [NONE, unclaimed], [fixed("own", value, kind)])
    assert found.outcome == (Outcome.MET if expected == Outcome.MET else Outcome.NOT_CLAIMED)


def test_one_store_that_is_read_off_is_no_chance() -> None:
    assert all(share(1 / n, n)[0] > 0 for n in (1, 2, 10, 1000))
    claims = Protection("mine", "", NONE.release, frozenset({"own"}))
    trial = replace(fixed("own", 0.001, share), target=0.0)
    assert run(generated(1000), [NONE, claims], [trial])[1].outcome == Outcome.MISSED


def test_intervals_hold_the_truth_nineteen_times_of_twenty() -> None:
    rng = np.random.default_rng(0)
    shares = [share(hits / 10, 10)[0] <= 0.3 for hits in rng.binomial(10, 0.3, 2000)]
    assert np.mean(shares) >= 0.95
    areas = []
    for _ in range(300):
        members, others = rng.normal(0.5, 1, 160), rng.normal(0, 1, 160)
        area = float((members[:, None] > others).mean())
        areas.append(auc(area, 10)[0] <= 0.6381632)
    assert 0.92 < np.mean(areas) < 0.98


def test_a_folder_that_cannot_be_written_is_found_before_the_attacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sparkfl.audit.main.run", lambda *_, **__: pytest.fail("attacked"))
    (tmp_path / "file").touch()
    for output in (tmp_path / "file", tmp_path / "file" / "x"):
        with pytest.raises(StorageError, match="Name another folder by --output"):
            main(["--output", str(output)])
