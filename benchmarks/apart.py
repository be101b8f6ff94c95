"""What do a thousand stores apart cost their aggregator, a step of a round?"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import say
from benchmarks.results import Result
from sparkfl.exchange.aggregator import Aggregator
from sparkfl.exchange.layout import release_path
from sparkfl.exchange.member import Member
from sparkfl.exchange.release import Release, Turn
from sparkfl.local.fitting import LocalFit
from sparkfl.privacy.histogram import Bin, release_histogram
from sparkfl.statistics.moments import Moments
from sparkfl.statistics.scaling import asinh

__all__ = ["measure"]

FEATURES = [f"x{i}" for i in range(8)]


@dataclass
class _Store:
    """A store, its key and its rows; what it tells is made by numpy."""

    member: Member
    rows: np.ndarray

    def tell(self, turn: Turn) -> Any:
        """Return the figures of a step."""
        rules, known = turn.so_far.contract.rules, turn.so_far
        if turn.step == "clusters":
            return LocalFit("bisecting_kmeans", None, 0, rules, known.scaling).fit(self.rows)
        if turn.step == "scores":
            bins = [Bin(place, 20) for place in range(-100, 400, 50)]
            return release_histogram(bins, rules)
        rows = self.rows if turn.step == "moments" else asinh(known.standard.transform(self.rows))
        n = np.full((1, rows.shape[1]), len(rows))
        mean = rows.mean(axis=0)[None]
        return Moments(n, mean, ((rows - mean) ** 2).sum(axis=0)[None])


def measure(quick: bool) -> list[Result]:
    """Let all stores release in each step, and measure the aggregator alone."""
    n = 100 if quick else 1000
    with tempfile.TemporaryDirectory() as place:
        say(f"apart: {n:,} stores join")
        home = Path(place)
        aggregator = Aggregator.create(
            "apart", f"{place}/exchange", {"inputCols": FEATURES}, home=home / "aggregator"
        )
        random = np.random.default_rng(0)
        stores = []
        for number in range(n):
            invitation = aggregator.invite(f"s{number:04}").text
            member = Member.join("apart", invitation, home=home / str(number))
            stores.append(_Store(member, random.normal(size=(200, len(FEATURES)))))
        took: dict[str, tuple[float, float]] = {}
        while not aggregator.history.last:
            turn = aggregator.history.turn
            _release(home / "exchange", stores, turn)
            began, busy = time.perf_counter(), time.process_time()
            aggregator.aggregate()
            took[turn.step] = time.perf_counter() - began, time.process_time() - busy
    return [
        Result(
            f"apart: step {step} of {n:,} stores aggregated",
            seconds,
            "s",
            f"{busy:.1f} s of processor",
            target="<= 5",
        )
        for step, (seconds, busy) in took.items()
    ]


def _release(exchange: Path, stores: list[_Store], turn: Turn) -> None:
    """Put every store's release into the exchange."""
    place = turn.so_far.contract.steps.index(turn.step) + 1
    for store in stores:
        member, rules = store.member, turn.so_far.contract.rules
        document = Release(member.store, rules, store.tell(turn)).signed(turn, member.key)
        path = release_path(member.store, turn.round, place, turn.step, document.hash)
        (exchange / path).write_bytes(document.data)
