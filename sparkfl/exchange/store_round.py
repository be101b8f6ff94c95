"""A store's part of a round over its own Spark: the figures of each step, through the gate."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sparkfl.columns import find, quote
from sparkfl.errors import ParameterError, SchemaError
from sparkfl.exchange.contract import Contract, check_kept
from sparkfl.exchange.global_model import federation_data
from sparkfl.exchange.member import Member, Told
from sparkfl.exchange.release import Turn
from sparkfl.exchange.steps import kind_of
from sparkfl.execution.asinh import told_asinh
from sparkfl.execution.iteration import tell_iteration
from sparkfl.execution.survey import Survey
from sparkfl.execution.training import LocalTraining
from sparkfl.federation.estimator import FederatedClustering
from sparkfl.federation.inputs import Inputs
from sparkfl.federation.invalid import refuse_invalid
from sparkfl.federation.policy import stated_policy
from sparkfl.federation.round import Round
from sparkfl.federation.training_inputs import training_inputs
from sparkfl.local.iterations import LARGEST_STORE, LloydIteration, under_centres
from sparkfl.local.result import LocalResult, Verdict
from sparkfl.privacy.policy import ReleasePolicy
from sparkfl.privacy.rules import stricter
from sparkfl.statistics.moments import Moments
from sparkfl.statistics.scaling import Scaling

__all__ = ["StoreRound", "teller"]


def teller(
    member: Member,
    df: DataFrame,
    release_policy: ReleasePolicy | Mapping[str, Any] | str | None = None,
    guard_path: str | None = None,
    iteration_guard: bool = True,
) -> Told:
    """Return what tells a store's figures in each step, for `Member.take_part`.

    Parameters
    ----------
    member : Member
        The store's part in the federation.
    df : pyspark.sql.DataFrame
        The store's rows: the federation's features, and what a policy counts by. A column of the
        store may be there, with this store's name in every row.
    release_policy : ReleasePolicy, mapping or str, optional
        What the store asks of everything that it releases, or its name in the registry; what the
        federation asks counts besides.
    guard_path : str, optional
        Directory, private to the store, of the guard against differencing.
    iteration_guard : bool, default True
        Whether differences of iterations have to pass the gate even if the federation asks for
        less.

    Raises
    ------
    SchemaError
        If a feature is missing, or not a number.
    ParameterError
        If the store's policy and the federation's count by different columns.
    """
    contract = member.contract
    rows = _of_store(df, contract, member.store)
    params = {name: v for name, v in contract.params.items() if name != "releasePolicy"}
    estimator = FederatedClustering(**params)
    if guard_path is not None:
        estimator.setGuardPath(guard_path)
    rules = contract.rules
    if release_policy is not None:
        estimator.setReleasePolicy(release_policy)
        policy = stated_policy(estimator, df.sparkSession)
        assert policy is not None
        check_kept(policy)
        rules = stricter(ReleasePolicy.of_json(policy), contract.rules)
        estimator.clear(estimator.releasePolicy)
    if rules.by_policy:
        estimator.setReleasePolicy(rules.to_json())
    if guard_path is not None and contract.secure_aggregation:
        raise ParameterError(
            "A guard against differencing (guardPath) is not for a federation with secure "
            "aggregation: it compares what a store has told, of which only totals are known. Leave "
            "it out."
        )
    features = list(contract.features)
    inputs = training_inputs(rows, params["storeCol"], features, None, params["log1pCols"])
    if inputs.features != contract.features:
        raise SchemaError(
            f"The federation's features are numbers: {', '.join(features)}; the query has vectors "
            "or arrays among them. Give each element a column."
        )
    own = StoreRound(estimator, rows, inputs, member, iteration_guard)
    return lambda turn: (rules, own.tell(turn))


class StoreRound(Round):
    """One step after another over the rows of one store.

    Parameters
    ----------
    params : FederatedClusteringParams
        How to train, as the federation has agreed, with the store's policy and guard.
    df : pyspark.sql.DataFrame
        Rows of the store.
    inputs : Inputs
        What is read of them.
    member : Member
        The store's part in the federation.
    iteration_guard : bool, default True
        As of `teller`.
    """

    def __init__(
        self,
        params: FederatedClustering,
        df: DataFrame,
        inputs: Inputs,
        member: Member,
        iteration_guard: bool = True,
    ) -> None:
        super().__init__(params, df, inputs)
        self._member = member
        self._contract = member.contract
        self._differences = iteration_guard or self._contract.iteration_guard

    def tell(self, turn: Turn) -> Any:
        """Return what the store tells in a step; of what the guard holds back, that alone."""
        with self._kept() as rows:
            if self._held(rows, {}):
                return _NOTHING[kind_of(turn.step)]
            return getattr(self, f"_tell_{kind_of(turn.step)}")(rows, turn)

    def _tell_moments(self, rows: DataFrame, turn: Turn) -> Moments | None:
        """Tell the moments of the features."""
        stores = self._own(rows)
        if not self._same_rows(stores, turn):
            return None
        found = stores.moments()
        if found is None or isinstance(found, Moments):
            return found
        n = np.broadcast_to(found.n[:, None], found.mean.shape)
        return Moments(n.astype(np.int64), found.mean, found.ss)

    def _tell_asinh(self, rows: DataFrame, turn: Turn) -> Moments | None:
        """Tell the moments of asinh of the z-scores."""
        return told_asinh(rows, len(self.inputs.features), turn.so_far.standard, self._rules)

    def _tell_clusters(self, rows: DataFrame, turn: Turn) -> LocalResult:
        """Train, and tell the clusters."""
        stores = self._own(rows)
        training = self._training(turn.so_far.scaling)
        results, _ = self._train(rows, stores, training, {})
        return results.get(self._member.store, LocalResult(Verdict.TOO_SMALL, 0))

    def _tell_lloyd(self, rows: DataFrame, turn: Turn) -> LocalResult:
        """Tell sums by the nearest centres, of the rows that the local clusters are of."""
        known, secure = turn.so_far, self._contract.secure_aggregation
        before = None if secure else self._member.own_result("clusters")
        stores, features = self._own(rows, moments=False), len(self.inputs.features)
        same = self._same_rows(stores, turn)
        if not same or (before and before.content not in stores.table["content"].to_pylist()):
            return LocalResult(Verdict.HELD_BACK, 0, detail=_CHANGED)
        if stores.rows * features > LARGEST_STORE:
            return LocalResult(Verdict.HELD_BACK, 0, detail=_TOO_LARGE)
        centres = [known.centres_of(i) for i in range(1, known.iterations + 2)]
        fit = self._training(known.scaling)
        told_before = before.summary if before else None
        due = LloydIteration(fit, told_before, centres, self._differences)
        if self._guard is None:
            return tell_iteration(due, rows, features, stores)
        # Each iteration is a release of its own, which later ones are compared with.
        guard = replace(self._guard, release=uuid.uuid4().hex)
        run = partial(guard.collect, scaled=bool(known.scaling and known.scaling.asinh))
        told = tell_iteration(due, rows, features, stores, run)
        if told.summary is None:
            return told
        return replace(told, summary=under_centres(told.summary, centres[-1]))

    def _training(self, scaling: Scaling | None) -> LocalTraining:
        """How the store is trained: in one worker, if that has to do the same again later."""
        own = super()._training(scaling)
        return replace(own, max_values=LARGEST_STORE) if self._contract.iterates else own

    def _tell_scores(self, rows: DataFrame, turn: Turn) -> list[tuple[int, float]]:
        """Tell how the customers score by the global clusters."""
        if self._contract.secure_aggregation:
            summed = {self._member.store: LocalResult(Verdict.SUMMED, 0)}
            return self._cells(rows, federation_data(turn.so_far, summed, {}), "prediction")
        own = self._member.own_result("clusters")
        data = federation_data(turn.so_far, {self._member.store: own}, {})
        return self._cells(rows, data)

    def _same_rows(self, stores: Survey, turn: Turn) -> bool:
        """Tell whether the rows are those of the round's first sum; without sums, there is none."""
        if not self._contract.secure_aggregation:
            return True
        content = stores.table["content"].to_pylist()
        return self._member.summation.same_rows(turn.round, content[0] if content else None)

    def _own(self, rows: DataFrame, moments: bool = True) -> Survey:
        """Look at the rows once; they must all be of this store."""
        stores = self._survey(rows, moments)
        others = [store for store in stores.stores if store != self._member.store]
        if others:
            raise SchemaError(
                f"The query has rows whose {self.inputs.store_col} is {others[0]!r}; this is store "
                f"{self._member.store!r} of the federation, and releases for itself alone. Select "
                "its rows, or leave the column out."
            )
        if self.params.getOrDefault("handleInvalid") == "error":
            refuse_invalid(self._df, self._bound, stores)
        return stores


_CHANGED = (
    "its rows are others than those of its first figures of this round, and the difference would "
    "tell of them: it takes part again in the next round"
)
_TOO_LARGE = f"it has more than {LARGEST_STORE:,} values, which one worker would have to hold"

_NOTHING: Mapping[str, Any] = {
    "moments": None,
    "asinh": None,
    "clusters": LocalResult(Verdict.HELD_BACK, 0),
    "lloyd": LocalResult(Verdict.HELD_BACK, 0),
    "scores": (),
}
"""What a store tells that is held back."""


def _of_store(df: DataFrame, contract: Contract, store: str) -> DataFrame:
    """Return the rows with the store's name as a text."""
    column = contract.params["storeCol"]
    found = find(df.schema, column)
    if found is None:
        return df.withColumn(column, F.lit(store))
    others = [F.col(quote(name)) for name in df.columns if name != found.name]
    return df.select(*others, found.column.cast("string").alias(column))
