"""Search for the options whose model is best on rows held out: HPARAM_RANGE, NUM_TRIALS."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sparkfl.errors import ParameterError, SparkflError
from sparkfl.execution.cached import cached
from sparkfl.models.fitted import SqlModel
from sparkfl.models.frame_type import import_or_tell
from sparkfl.models.search_options import SEARCH_OPTIONS
from sparkfl.models.search_spaces import MINIMISED, OBJECTIVES, SPACES, metric_name
from sparkfl.models.split import SPLIT_OPTIONS
from sparkfl.models.types import model_type, row_of
from sparkfl.options import Hparam, hparam, resolve
from sparkfl.registry import Trial

if TYPE_CHECKING:
    from optuna import Study
    from optuna import Trial as Suggested
    from pyspark.sql import DataFrame

__all__ = ["Search", "search_of", "searched"]

logger = logging.getLogger(__name__)

Train = Callable[["DataFrame", Mapping[str, object]], SqlModel]
"""Trains a model of a query's rows by options."""

_TRIALS = 10
_SHARE = 0.2
_REPEATED = 20
"""Combinations in a row that were tried before, after which there are no new ones."""


@dataclass(frozen=True)
class Search:
    """What is searched, and how.

    Attributes
    ----------
    spaces : mapping of str to mapping of str to Hparam
        For each type that is tried, by which option among which values.
    fixed : mapping of str to object
        The other options.
    trials : int
        How many are tried.
    objective : str
        The metric, "" for the usual one.
    algorithm : str
        How values are chosen.
    limit : float or None
        Seconds after which no further trial begins.
    patience : int or None
        Trials without a better model after which none begins.
    """

    spaces: Mapping[str, Mapping[str, Hparam]]
    fixed: Mapping[str, object] = field(default_factory=dict)
    trials: int = _TRIALS
    objective: str = ""
    algorithm: str = "tpe"
    limit: float | None = None
    patience: int | None = None


def search_of(options: Mapping[str, object]) -> Search | None:
    """Return what the OPTIONS of a statement search for; None if nothing.

    Raises
    ------
    ParameterError
        If an option of the search is not valid, or it is not told what to search.

    Examples
    --------
    >>> found = search_of({"TYPE": "kmeans", "K": {"HPARAM_RANGE": (2, 5)}, "NUM_TRIALS": 3})
    >>> found.spaces, found.trials
    ({'kmeans': {'K': Hparam(low=2, high=5, candidates=())}}, 3)
    """
    spaces = {k: found for k, v in options.items() if (found := hparam(k, v)) is not None}
    own = {k: v for k, v in options.items() if any(o.named_in([k]) for o in SEARCH_OPTIONS)}
    if not spaces and not own:
        return None
    name, key = model_type(options)
    params = resolve(own, SEARCH_OPTIONS, f"MODEL_TYPE '{name}'")
    objectives = params.get("objectives", [])
    if len(objectives) > 1:
        raise ParameterError(
            f"HPARAM_TUNING_OBJECTIVES = {objectives}: a search goes by one metric; give one."
        )
    if not spaces and name not in SPACES:
        raise ParameterError(
            f"{', '.join(own)}: nothing says what to search. Give an option of MODEL_TYPE '{name}' "
            "as HPARAM_RANGE(low, high) or HPARAM_CANDIDATES([…])."
        )
    spaces = {k: _of_option(name, k, space) for k, space in spaces.items()}
    fixed = {k: v for k, v in options.items() if k not in spaces and k not in own and k != key}
    usual = {k: v for k, v in SPACES.get(name, {}).items() if not _given(name, k, fixed)}
    return Search(
        {name: spaces or usual},
        fixed,
        params.get("numTrials", _TRIALS),
        metric_name(objectives[0]) if objectives else "",
        params["algorithm"],
        params.get("timeLimit"),
        params.get("earlyStoppingTrials"),
    )


def _of_option(name: str, key: str, space: Hparam) -> Hparam:
    """Return values that an option can have: real ones, if it is a real number.

    Raises
    ------
    ParameterError
        If it names a column, or an end of a range is not valid.
    """
    option = next((o for o in row_of(name).options if o.named_in([key])), None)
    if option is None or option.kind == "any":
        return space
    if option.kind in ("column", "columns"):
        raise ParameterError(
            f"{key} names a column, which is no hyperparameter: models of other columns are not "
            "better or worse. Give one."
        )
    for end in (space.low, space.high):
        if end is not None:
            option.check(end, key)
    if option.kind is float and space.low is not None and space.high is not None:
        return replace(space, low=float(space.low), high=float(space.high))
    return space


def _given(name: str, key: str, fixed: Mapping[str, object]) -> bool:
    """Tell whether an option has been given under any of its names."""
    return any(option.named_in([key]) and option.named_in(fixed) for option in row_of(name).options)


def searched(search: Search, df: DataFrame, train: Train) -> SqlModel:
    """Train a model for each trial, and return the best, which knows all trials.

    Parameters
    ----------
    search : Search
        What is searched. Without options of a split one row of five is held out.
    df : pyspark.sql.DataFrame
        The query; it runs once.
    train : callable
        ``train(rows, options)``.

    Raises
    ------
    ParameterError
        If no trial gave a model that can be judged; with what the first says.
    """
    import_or_tell("optuna.create_study", "search")
    run = _Run(search, train)
    with cached(df) as rows:
        run.all(rows)
    if run.best is None:
        told = list(dict.fromkeys(t.error for t in run.trials if t.error))
        told = told or ["there was no time for any"]
        alike = len(told) == 1 and len(run.trials) > 0
        raise ParameterError(told[0] if alike else f"No trial gave a model. The first: {told[0]}")
    number, model = run.best
    trials = tuple(replace(t, best=t.number == number) for t in run.trials)
    return replace(model, facts=replace(model.facts, trials=trials))


class _Run:
    """A search that is under way."""

    def __init__(self, search: Search, train: Train) -> None:
        self._search = search
        self._train = train
        self._objective = search.objective
        self.trials: list[Trial] = []
        self.best: tuple[int, SqlModel] | None = None
        self._most = float("-inf")

    def all(self, rows: DataFrame) -> None:
        """Run all trials for which there is time."""
        began, study = time.monotonic(), self._study()
        for number in range(1, self._search.trials + 1):
            if self._is_over(time.monotonic() - began):
                break
            suggested, tried = self._new(study)
            if suggested is None:
                break
            trial = self._one(rows, number, tried)
            self.trials.append(trial)
            self._tell(study, suggested, trial.objective)
            logger.info("Trial %d of %d: %s", number, self._search.trials, trial)

    def _new(self, study: Study) -> tuple[Suggested | None, dict[str, Any]]:
        """Return a combination of values that is new; none, if there seem to be no more."""
        known = {repr(trial.options): trial.objective for trial in self.trials}
        for _ in range(_REPEATED):
            suggested = study.ask()
            tried = self._options(suggested)
            if repr(tried) not in known:
                return suggested, tried
            self._tell(study, suggested, known[repr(tried)])
        return None, {}

    def _tell(self, study: Study, suggested: Suggested, objective: float | None) -> None:
        """Let the study learn what became of a trial."""
        from optuna.trial import TrialState

        if objective is None:
            study.tell(suggested, state=TrialState.FAIL)
        else:
            study.tell(suggested, self._sign * objective)

    def _is_over(self, seconds: float) -> bool:
        """Tell whether no further trial begins."""
        limit, patience = self._search.limit, self._search.patience
        late = limit is not None and seconds >= limit
        last = self.best[0] if self.best else len(self.trials)
        return late or (patience is not None and len(self.trials) - last >= patience)

    def _study(self) -> Study:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        random = self._search.algorithm == "random_search"
        sampler = optuna.samplers.RandomSampler if random else optuna.samplers.TPESampler
        return optuna.create_study(direction="maximize", sampler=sampler(seed=0))

    def _options(self, suggested: Suggested) -> dict[str, Any]:
        """Return the type and the values that are tried next."""
        types = sorted(self._search.spaces)
        name = suggested.suggest_categorical("MODEL_TYPE", types) if len(types) > 1 else types[0]
        space = self._search.spaces[name]
        return {
            "MODEL_TYPE": name,
            **{k: _suggest(suggested, f"{name}.{k}", v) for k, v in space.items()},
        }

    def _one(self, rows: DataFrame, number: int, tried: Mapping[str, Any]) -> Trial:
        """Train and judge one model; keep it if it is the best so far."""
        began = time.perf_counter()
        options = {**self._search.fixed, **tried}
        if not any(option.named_in(options) for option in SPLIT_OPTIONS):
            options["DATA_SPLIT_EVAL_FRACTION"] = _SHARE
        try:
            model = self._train(rows, options)
        except SparkflError as error:
            seconds = time.perf_counter() - began
            return Trial(number, tried, error=str(error), seconds=seconds)
        if not self._objective:
            self._objective = self._usual(model)
        value = model.metrics.get(self._objective)
        seconds = time.perf_counter() - began
        if value is None:
            return Trial(number, tried, model.metrics, error=self._unknown(model), seconds=seconds)
        if self._sign * value > self._most:
            self._most, self.best = self._sign * value, (number, model)
        return Trial(number, tried, model.metrics, value, seconds=seconds)

    @property
    def _sign(self) -> int:
        return -1 if self._objective in MINIMISED else 1

    def _usual(self, model: SqlModel) -> str:
        names = OBJECTIVES.get(model.type.task.name, ())
        return next((n for n in names if n in model.metrics), next(iter(model.metrics), ""))

    def _unknown(self, model: SqlModel) -> str:
        known: Sequence[str] = sorted(model.metrics)
        if not known:
            return (
                "No rows are held out to tell which values are best; leave DATA_SPLIT_METHOD = "
                "'no_split' out."
            )
        return (
            f"HPARAM_TUNING_OBJECTIVES = '{self._objective}' is no metric of the rows held out, "
            f"which have {', '.join(known)}."
        )


def _suggest(suggested: Suggested, name: str, space: Hparam) -> Any:
    """Return the next value of an option."""
    if space.candidates:
        # Optuna's categories are plain values; an array goes by its place.
        place = suggested.suggest_categorical(name, list(range(len(space.candidates))))
        return space.candidates[place]
    assert space.low is not None
    assert space.high is not None
    if space.whole:
        return suggested.suggest_int(name, int(space.low), int(space.high), log=space.logarithmic)
    return suggested.suggest_float(name, space.low, space.high, log=space.logarithmic)
