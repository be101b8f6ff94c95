"""A federation of stores apart, played by numpy: an aggregator, and stores with rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sparkfl.exchange.aggregator import Aggregated, Aggregator
from sparkfl.exchange.layout import release_path
from sparkfl.exchange.member import Member
from sparkfl.exchange.release import Release, Turn
from sparkfl.exchange.signed import SignedDocument
from sparkfl.exchange.steps import kind_of
from sparkfl.local.fitting import LocalFit
from sparkfl.local.iterations import LloydIteration
from sparkfl.local.result import LocalResult
from sparkfl.privacy.histogram import Bin, release_histogram
from sparkfl.privacy.moments import Behind, release_moments
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.anomaly import AnomalyRule
from sparkfl.statistics.moments import Moments
from sparkfl.statistics.scaling import Scaling, asinh
from sparkfl.statistics.severity import BINS_PER_OCTAVE, LARGEST_SCORE, SMALLEST_SCORE

FEATURES = ["orders", "value"]
Rows = np.ndarray


def customers(seed: int, n: int = 60, shift: float = 0.0) -> Rows:
    """Three kinds of customers, and one that is like nobody."""
    random = np.random.default_rng(seed)
    kinds = np.array([[5.0, 20.0], [40.0, 80.0], [90.0, 300.0]])
    rows = kinds[random.integers(0, 3, n)] + random.normal(0, 3, (n, 2)) + shift
    rows[0] = [400.0, 2000.0]
    return rows


@dataclass
class Store:
    """What a store's own cluster does with its rows, step by step."""

    member: Member
    rows: Rows
    rules: Rules = field(default_factory=lambda: Rules(10))
    lies: Callable[[Turn, Any], Any] | None = None
    played: Rules | None = None
    """Rules that are told, where numpy here knows of no entities."""

    def told(self, turn: Turn) -> tuple[Rules, Any]:
        figures = getattr(self, f"_{kind_of(turn.step)}")(turn)
        return self.played or self.rules, figures if self.lies is None else self.lies(turn, figures)

    def release(self) -> Turn | None:
        return self.member.release(self.told)

    def _of(self, values: Rows) -> Moments | None:
        n = np.full((1, values.shape[1]), len(values))
        mean = values.mean(axis=0)[None]
        moments = Moments(n, mean, ((values - mean) ** 2).sum(axis=0)[None])
        equal = (values == values[0]).all(axis=0)[None]
        ends = values.min(axis=0)[None], values.max(axis=0)[None]
        behind = Behind(np.array([[len(values)]]), np.array([[1]]), *ends)
        told = release_moments(moments, equal, self.rules, behind)
        return told if (told.n > 0).any() else None

    def _moments(self, turn: Turn) -> Moments | None:
        return self._of(self.rows)

    def _asinh(self, turn: Turn) -> Moments | None:
        return self._of(asinh(turn.so_far.standard.transform(self.rows)))

    def _fit(self, turn: Turn) -> LocalFit:
        params = turn.so_far.contract.params
        return LocalFit(
            params["algorithm"], params.get("k"), params["seed"], self.rules, turn.so_far.scaling
        )

    def _clusters(self, turn: Turn) -> LocalResult:
        return self._fit(turn).fit(self.rows)

    def _lloyd(self, turn: Turn) -> LocalResult:
        secure = turn.so_far.contract.secure_aggregation
        known = None if secure else self.member.own_result("clusters").summary
        centres = [turn.so_far.centres_of(i) for i in range(1, turn.so_far.iterations + 2)]
        guarded = turn.so_far.contract.iteration_guard
        return LloydIteration(self._fit(turn), known, centres, guarded).tell(self.rows)

    def _scores(self, turn: Turn) -> list[tuple[int, float]]:
        scaling = turn.so_far.scaling or self.member.own_result("clusters").scaling
        assert isinstance(scaling, Scaling)
        rule = AnomalyRule.of_clusters(turn.so_far.clusters)
        score, _ = rule.score(scaling.transform(self.rows), FEATURES)
        bins = np.floor(BINS_PER_OCTAVE * np.log2(np.clip(score, SMALLEST_SCORE, LARGEST_SCORE)))
        places, n = np.unique(bins.astype(int), return_counts=True)
        return release_histogram(map(Bin, places.tolist(), n.tolist()), self.rules)


@dataclass
class Apart:
    """A whole federation in a directory."""

    place: Path
    aggregator: Aggregator
    stores: dict[str, Store]

    @property
    def exchange(self) -> Path:
        return self.place / "exchange"

    def round(self, *, only: list[str] | None = None, **how: Any) -> Aggregated:
        """Let stores release and the aggregator close steps, until the round is complete."""
        first = self.aggregator.history.round
        while True:
            for name, store in self.stores.items():
                if only is None or name in only:
                    store.release()
            done = self.aggregator.aggregate(**how)
            if self.aggregator.history.round > first:
                return done

    def until(self, step: str) -> Turn:
        """Play until a step is open, for which nobody has released."""
        while self.aggregator.history.turn.step != step:
            for store in self.stores.values():
                store.release()
            self.aggregator.aggregate()
        return self.aggregator.history.turn

    def put(self, store: str, data: bytes, turn: Turn | None = None, hash_: str = "f" * 64) -> Path:
        """Put bytes where a store's release would be."""
        turn = turn or self.aggregator.history.turn
        place = turn.so_far.contract.place(turn.step)
        path = self.exchange / release_path(store, turn.round, place, turn.step, hash_)
        path.write_bytes(data)
        return path

    def put_signed(self, store: str, turn: Turn, content: Mapping[str, Any]) -> None:
        """Put a document where a store's release would be, signed by the store."""
        key = self.stores[store].member.key
        document = SignedDocument.of("sparkfl.release", content, [key])
        self.put(store, document.data, turn, document.hash)

    def content(self, store: str, turn: Turn) -> dict[str, Any]:
        """Return what an honest release of a store has in it."""
        rules, told = self.stores[store].told(turn)
        signed = Release(store, rules, told).signed(turn, self.stores[store].member.key)
        return signed.content("sparkfl.release", self.stores[store].member.key.public)

    def global_model(self) -> tuple[Any, ...]:
        """Return the global clusters and all that is published beside them, exactly."""
        standing = self.aggregator.history.standing
        return tuple(sorted((step, str(result)) for step, result in standing.results.items()))


def apart(
    place: Path,
    rows: Mapping[str, Rows],
    params: Mapping[str, Any] | None = None,
    rules: Rules | None = None,
    **given: Any,
) -> Apart:
    """Make a federation of stores that have joined."""
    stated = {"inputCols": FEATURES, "k": 3, "globalK": 3, **(params or {})}
    aggregator = Aggregator.create(
        "shops", str(place / "exchange"), stated, home=place / "aggregator", **given
    )
    stores = {}
    for name, own in rows.items():
        invitation = aggregator.invite(name).text
        member = Member.join("shops", invitation, home=place / "homes" / name)
        stores[name] = Store(member, own, rules or Rules(10))
    return Apart(place, aggregator, stores)
