"""What a MODEL_TYPE is whose estimator takes arrays, not frames of Spark."""

from __future__ import annotations

import importlib
import importlib.util
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sparkfl.errors import ParameterError
from sparkfl.models.tasks import Task
from sparkfl.options import Option
from sparkfl.statistics.summary import Counts, Matrix

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["EARLY_STOPPING", "NUM_WORKERS", "FrameType", "import_or_tell"]


_OUTPUTS = {
    ("", "predictionCol"): Option(
        "predictionCol", "column", "prediction", "The column of the prediction."
    ),
    ("", "probabilityCol"): Option(
        "probabilityCol", "column", "probability", "The column of the classes' probabilities."
    ),
    ("anomaly_detection", "predictionCol"): Option(
        "predictionCol", "column", "is_anomaly", "The column that tells whether it is an anomaly."
    ),
    ("", "scoreCol"): Option(
        "scoreCol", "column", "anomaly_score", "The column of the score: the greater, the odder."
    ),
}
WEIGHT_COL = Option("weightCol", "column", None, "The column of the rows' weights.")
QUERY_COL = Option(
    "queryCol",
    "column",
    doc="The column of the queries: the rows of one are ranked against each other. Not needed to "
    "predict.",
    aliases=("QID_COL", "QUERY_ID_COL"),
    required=True,
)
_STOPPING = "early_stopping_rounds"
_WORKERS = "num_workers"
_OURS = {"validation_fraction", _WORKERS}
"""Parameters that the class does not have."""
NUM_WORKERS = Option(
    _WORKERS,
    int,
    1,
    "Tasks that train together on their parts of the rows, where one process does not hold them "
    "all. Each needs a slot of the cluster at the same time.",
    minimum=1,
)
EARLY_STOPPING = (
    Option(
        _STOPPING,
        int,
        None,
        "Rounds without a better metric of rows held out, after which no tree is added; by "
        "default all are.",
        minimum=1,
        aliases=("NUM_EARLY_STOPPING_ROUNDS", "N_ITER_NO_CHANGE"),
    ),
    Option(
        "validation_fraction",
        float,
        0.1,
        "Share of the training rows that are held out to stop by.",
        above=0.0,
        below=1.0,
    ),
)


@dataclass(frozen=True)
class FrameType:
    """A value of MODEL_TYPE that is fitted in one process, as a row.

    With PARTITION BY it is fitted for each group, in a worker; without, on the driver.

    Attributes
    ----------
    estimator : str
        Its class, by its dotted path; it is imported when it is asked for.
    task : Task
        What it is for.
    doc : str
        What it is, in a sentence or two.
    own : tuple of Option
        Its options; `param` is the name of the class's parameter.
    package : str
        What to install for it: ``pip install 'sparkfl[package]'``.
    params : mapping of str to object
        Parameters of the class that are no options.
    capabilities : mapping of str to callable
        What its models can be asked besides what those of all types can.
    aliases : tuple of str
        Other values of MODEL_TYPE.
    gives : tuple of str
        What it predicts, by the Params of `Task.outputs`.
    weights : bool
        Whether its rows can be weighed.
    contributions : callable, optional
        ``contributions(fitted, x)``: what each feature adds to the margin of each row, and the
        baseline, shape (rows, classes, features + 1).
    gains : callable, optional
        ``gains(fitted)``: what the splits of each feature gain, shape (features,).
    queries : bool
        Whether it ranks the rows of queries.
    distributed : callable, optional
        ``distributed(estimator, rows, classes, workers)``: a fitted estimator, from rows that stay
        in so many workers; see `fit_xgboost`.
    """

    estimator: str
    task: Task
    doc: str
    own: tuple[Option, ...] = ()
    package: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    capabilities: Mapping[str, Callable[..., DataFrame]] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    gives: tuple[str, ...] = ("predictionCol",)
    weights: bool = True
    contributions: Callable[[Any, Matrix], Matrix] | None = None
    gains: Callable[[Any], Matrix] | None = None
    queries: bool = False
    distributed: Callable[[Any, DataFrame, int, int], Any] | None = None
    binary = False
    completes = None
    compiles = None

    @property
    def outputs(self) -> tuple[str, ...]:
        """Params that name what goes out: the prediction, then what is hidden by default."""
        return tuple(p for p in self.task.outputs if p in self.gives)

    @property
    def options(self) -> tuple[Option, ...]:
        """The options."""
        outputs = [_OUTPUTS.get((self.task.name, p), _OUTPUTS["", p]) for p in self.outputs]
        columns = [(WEIGHT_COL, self.weights), (QUERY_COL, self.queries)]
        named = [option for option, there in columns if there]
        return (*self.task.options, *outputs, *named, *self.own)

    def stops_early(self, params: Mapping[str, Any]) -> bool:
        """Tell whether rows are held out to stop by."""
        return params.get(_STOPPING) is not None

    def workers(self, params: Mapping[str, Any]) -> int:
        """Return how many tasks are to train one estimator."""
        return int(params.get(_WORKERS, 1))

    @property
    def sampled(self) -> bool:
        """Whether it is explained by a sample of the training rows."""
        return "explain" in self.capabilities and self.contributions is None

    def unfitted(self, params: Mapping[str, Any]) -> Any:
        """Return the unfitted estimator."""
        names = {option.param for option in self.own} - _OURS
        own = {name: value for name, value in params.items() if name in names}
        return import_or_tell(self.estimator, self.package)(**{**self.params, **own})

    def fit(
        self,
        x: Matrix,
        y: Any,
        weight: Matrix | None,
        params: Mapping[str, Any],
        query: Counts | None = None,
    ) -> Any:
        """Fit the class on rows.

        Parameters
        ----------
        x : numpy.ndarray, shape (rows, features)
            The features.
        y : numpy.ndarray, shape (rows,), optional
            The label; of a classification the place of the class.
        weight : numpy.ndarray, shape (rows,), optional
            Weights of the rows.
        params : mapping of str to object
            Parameters of the class.
        query : numpy.ndarray, shape (rows,), optional
            The place of each row's query, ascending.
        """
        made = self.unfitted(params)
        given: dict[str, Any] = {} if weight is None else {"sample_weight": weight}
        if query is not None:
            given["qid"] = query
        if _STOPPING in params:
            x, y, given = _held_out(x, y, given, params)
            if self.package == "xgboost":
                given["verbose"] = False
        return made.fit(x, **given) if y is None else made.fit(x, y, **given)

    def predict(self, fitted: Any, x: Matrix) -> dict[str, Matrix]:
        """Return what goes out for rows, by Param."""
        predicted = np.asarray(fitted.predict(x), np.float64)
        found: dict[str, Matrix] = {"predictionCol": predicted}
        if "probabilityCol" in self.outputs:
            found["probabilityCol"] = np.asarray(fitted.predict_proba(x), np.float64)
        if "scoreCol" in self.outputs:
            # To scikit-learn an outlier is -1, and its score is low.
            found["predictionCol"] = (predicted < 0).astype(np.float64)
            found["scoreCol"] = -np.asarray(fitted.score_samples(x), np.float64)
        return found

    def score(self, fitted: Any, x: Matrix) -> Matrix:
        """Return what is explained of rows, shape (rows, outputs).

        The probabilities of the classes, or what decides between them, or which is predicted; else
        the anomaly score, or the prediction.
        """
        if self.task.name == "classification" and "probabilityCol" not in self.outputs:
            if hasattr(fitted, "decision_function"):
                decided = np.asarray(fitted.decision_function(x), np.float64)
                return decided.reshape(len(x), -1)
            predicted = np.asarray(fitted.predict(x), np.int64)
            return np.asarray(predicted[:, None] == fitted.classes_, np.float64)
        found = self.predict(fitted, x)
        shown = next(p for p in ("probabilityCol", "scoreCol", "predictionCol") if p in found)
        return np.asarray(found[shown]).reshape(len(x), -1)

    def dump(self, fitted: Any) -> bytes:
        """Return a fitted model as bytes."""
        return pickle.dumps(fitted)

    def load(self, dumped: bytes) -> Any:
        """Return the fitted model of bytes."""
        return pickle.loads(dumped)


def _held_out(
    x: Matrix, y: Any, given: Mapping[str, Any], params: Mapping[str, Any]
) -> tuple[Matrix, Any, dict[str, Any]]:
    """Hold rows out for `eval_set`, of each class its share, if the label has classes."""
    from sklearn.model_selection import train_test_split

    whole = np.issubdtype(np.asarray(y).dtype, np.integer)
    places = train_test_split(
        np.arange(len(x)),
        test_size=params["validation_fraction"],
        random_state=params.get("random_state"),
        stratify=y if whole else None,
    )
    kept, held = (np.sort(part) for part in places)
    own = {name: values[kept] for name, values in given.items()}
    return x[kept], y[kept], {**own, "eval_set": [(x[held], y[held])]}


def import_or_tell(path: str, package: str = "") -> Any:
    """Import a class, or say what brings it.

    Raises
    ------
    ParameterError
        If it is not there.

    Examples
    --------
    >>> import_or_tell("sklearn.svm.SVC").__name__
    'SVC'
    >>> import_or_tell("lightgbm_that_is_not_there.Booster", "lightgbm")
    Traceback (most recent call last):
    sparkfl.errors.ParameterError: lightgbm_that_is_not_there is not installed (No module named \
'lightgbm_that_is_not_there'). Run pip install 'sparkfl[lightgbm]' where the driver and the \
workers run.
    """
    module, _, name = path.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except ImportError as error:
        package_ = module.partition(".")[0]
        if importlib.util.find_spec(package_) is not None and str(error.name).startswith(package_):
            raise ParameterError(f"There is no module {module}; check the path {path}.") from error
        remedy = f"pip install 'sparkfl[{package}]'" if package else f"pip install {module}"
        raise ParameterError(
            f"{package_} is not installed ({error}). Run {remedy} where the driver "
            "and the workers run."
        ) from error
    except AttributeError as error:
        raise ParameterError(f"{module} has no class {name}; check its name.") from error
