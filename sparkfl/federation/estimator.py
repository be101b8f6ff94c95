"""Federated clustering: local models, their release, and the global model."""

from __future__ import annotations

from collections.abc import Iterable

from pyspark.ml import Estimator
from pyspark.ml.util import DefaultParamsReader, MLReadable, MLReader, MLWritable, MLWriter
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sparkfl.columns import check_same_session, resolve, spark_frame
from sparkfl.errors import ParameterError
from sparkfl.federation.inputs import Inputs
from sparkfl.federation.model import FederatedClusteringModel
from sparkfl.federation.options import OPTIONS
from sparkfl.federation.params import FederatedClusteringSetters
from sparkfl.federation.policy import require_guard, rules_of, stated_policy
from sparkfl.federation.private import private_params
from sparkfl.federation.private_round import PrivateRound
from sparkfl.federation.round import Round, result_params
from sparkfl.federation.training_inputs import training_inputs
from sparkfl.federation.without import stores_of
from sparkfl.federation.writer import ParamsWriter
from sparkfl.formats import check_class
from sparkfl.local.clusters import FEWEST
from sparkfl.local.estimator import estimator

__all__ = ["FederatedClustering", "FederatedClusteringModel"]


class FederatedClustering(
    Estimator[FederatedClusteringModel],
    FederatedClusteringSetters,
    MLReadable["FederatedClustering"],
    MLWritable,
):
    """Cluster each store's customers, then all stores' from what they release.

    One round: each store is clustered in its own worker, and lets out no more than the count,
    mean and within-cluster sum of squares of clusters of at least `minClusterSize` customers.
    The global model groups those summaries, weighted by their counts; it differs from k-FED [1]_
    in the weights and in that a small store never sends its rows. `fit` reads its input
    once and keeps the features until it is done, unless the input is kept already; several calls
    of it for one input that is dear to compute are quicker after `DataFrame.cache`.

    Parameters
    ----------
    storeCol : str, default 'store_id'
        Column that names the store: string, integer or date.
    inputCols : list of str
        Numeric feature columns.
    featuresCol : str
        Vector or array column of features, in place of `inputCols`.
    k : int, optional
        Clusters a store; by default one for every 20 customers, at least 3 and at most 8. A store
        with no more rows than that releases nothing.
    globalK : int, default 8
        Global clusters; capped with a warning at the number of distinct released clusters.
    seed : int, default 0
        Seed of the local fits. The result does not depend on the partitioning.
    globalSeed : int, default 0
        Seed of the aggregation.
    algorithm : str, default 'bisecting_kmeans'
        How a store is clustered: ``'bisecting_kmeans'`` or ``'kmeans'``, which fit many stores at
        once and summarise those too large for a worker, or the path of a scikit-learn class with
        `fit_predict`, such as ``'sklearn.mixture.GaussianMixture'``, a store at a time.
    algorithmParams : dict, default {}
        Parameters of a scikit-learn class, besides the number of clusters and the seed.
    aggregation : {'kmeans', 'bisecting_kmeans'}, default 'kmeans'
        How released clusters are grouped.
    scaling : {'federation', 'store', 'none', 'auto'}, default 'federation'
        Robust scaling, asinh of z-scores scaled again, by the moments of all stores, which keeps
        clusters of different stores comparable; by the store's own; or none. ``'auto'`` is
        ``'store'`` where more than half of the variance lies between stores, which are then
        different machines rather than different markets, and ``'federation'`` otherwise; the
        model's `scalingUsed` says which and why.
    log1pCols : list of str, default []
        Columns of `inputCols` to put through sign(x) log(1 + abs(x)) first; for heavy tails.
    minClusterSize : int, default 10
        Smallest cluster that may be released, at least 3. Smaller ones are merged.
    releasePolicy : str or ReleasePolicy, optional
        What the stores ask of everything that they release, see
        :class:`sparkfl.privacy.policy.ReleasePolicy`, or its name in the registry at
        ``spark.sparkfl.trackingUri``. Its ``entity_key`` names the column whose values sizes
        count; without a policy rows are taken for customers. The model keeps it as it was.
    guardPath : str, optional
        Directory, private to the stores, where it is kept whose rows were behind each release, by
        default ``spark.sparkfl.guardPath``: a store that has changed by fewer customers than the
        minimum size since any of them is held back.
    accountantPath : str, optional
        Directory, private to the stores, where it is kept what each has spent of the budget of a
        policy with an epsilon, by default ``spark.sparkfl.accountantPath``.
    weighted : bool, default True
        Weigh released clusters by their counts.
    contamination : float, default 0.05
        Share of the training customers to flag as anomalies, in (0, 0.5].
    checkpointDir : str, optional
        Directory, of a file system that all executors see, where results are left while the
        training goes on: started again after it was cancelled or killed, it does not train the
        stores again that are done, as long as their rows and the parameters are the same.

    References
    ----------
    .. [1] Dennis, Li, Smith, "Heterogeneity for the win: one-shot federated clustering",
       ICML 2021.

    Examples
    --------
    >>> rows = [(s, float(x % 2 * 50 + x)) for s in ("north", "south") for x in range(40)]
    >>> df = spark.createDataFrame(rows, "store_id string, spend double")
    >>> model = FederatedClustering(inputCols=["spend"], k=2, globalK=2).fit(df)
    >>> model.verdicts.select("store_id", "verdict", "rows", "released_clusters").show()
    +--------+-------+----+-----------------+
    |store_id|verdict|rows|released_clusters|
    +--------+-------+----+-----------------+
    |   north|     ok|  40|                2|
    |   south|     ok|  40|                2|
    +--------+-------+----+-----------------+
    """

    def __init__(self, **params: object) -> None:
        super().__init__()
        self.setParams(**params)

    def setParams(self, **params: object) -> FederatedClustering:
        """Set the parameters that are given by their names."""
        unknown = sorted(name for name in params if not self.hasParam(name))
        if unknown:
            names = ", ".join(param.name for param in self.params)
            raise ParameterError(f"Unknown parameter {unknown[0]!r}; choose from {names}.")
        return self._set(**params)

    def check(self, dataset: DataFrame) -> None:
        """Check the parameters against each other and against a frame's columns; nothing runs.

        Only the number of elements of `featuresCol` is read from a row.

        Raises
        ------
        ParameterError
            If the parameters do not go together.
        SchemaError
            If a column is missing or of the wrong type.

        Examples
        --------
        >>> df = spark.createDataFrame([("north", 1.0)], "store_id string, spend double")
        >>> FederatedClustering(inputCols=["spend"]).check(df)
        """
        self._inputs(dataset)

    def check_params(self) -> None:
        """Check the parameters against each other, without rows.

        Raises
        ------
        ParameterError
            If they do not go together.

        Examples
        --------
        >>> FederatedClustering(inputCols=["spend"], featuresCol="features").check_params()
        Traceback (most recent call last):
        sparkfl.errors.ParameterError: Set either inputCols, the numeric feature columns, or ...
        """
        if self.isSet("inputCols") == self.isSet("featuresCol"):
            raise ParameterError(
                "Set either inputCols, the numeric feature columns, or featuresCol, a vector or "
                "array column."
            )
        if self.isSet("inputCols") and not self.getOrDefault("inputCols"):
            raise ParameterError("inputCols is empty. Name at least one feature column.")
        algorithm = self.getOrDefault("algorithm")
        if "." in algorithm:
            k = self.getOrDefault("k") if self.isDefined("k") else FEWEST
            estimator(algorithm, k, self.getOrDefault("seed"), self.getOrDefault("algorithmParams"))
        elif self.getOrDefault("algorithmParams"):
            raise ParameterError(
                f"algorithmParams is {self.getOrDefault('algorithmParams')}, but {algorithm} takes "
                "none: they are for a scikit-learn class. Leave them out."
            )

    def _fit(self, dataset: DataFrame) -> FederatedClusteringModel:
        """Scale, train and release in the stores, aggregate, then find the edge of normality."""
        return self._round(dataset).run()

    def update(
        self,
        model: FederatedClusteringModel,
        dataset: DataFrame,
        changed: DataFrame | None = None,
    ) -> FederatedClusteringModel:
        """Train the stores whose rows have changed since a model was fitted; keep the others.

        The global model and the threshold are made anew from all releases. The scaling that the
        stores share stays that of `model`, so that what is kept and what is new compare; a `fit`
        now and then renews it.

        Parameters
        ----------
        model : FederatedClusteringModel
            Fitted or updated by an estimator with the same parameters.
        dataset : pyspark.sql.DataFrame
            Rows of all stores as they are now.
        changed : pyspark.sql.DataFrame, optional
            Stores whose rows have changed, with the store column, for example by
            :func:`sparkfl.tables.changes.changed_stores`. By default the rows of each store are
            hashed and compared with the hashes the model holds.

        Returns
        -------
        FederatedClusteringModel
            A new model; its `changes` say which stores were trained again, and how far their
            clusters moved.

        Raises
        ------
        ParameterError
            If the model was fitted with other parameters or other columns.

        Examples
        --------
        >>> rows = [(s, float(x % 2 * 50 + x)) for s in ("north", "south") for x in range(40)]
        >>> df = spark.createDataFrame(rows, "store_id string, spend double")
        >>> estimator = FederatedClustering(inputCols=["spend"], k=2, globalK=2)
        >>> more = df.union(spark.createDataFrame([("south", 3.5)]))
        >>> estimator.update(estimator.fit(df), more).changes.select("store_id", "change").show()
        +--------+---------+
        |store_id|   change|
        +--------+---------+
        |   north|     kept|
        |   south|retrained|
        +--------+---------+
        """
        current = self._round(dataset)
        if isinstance(current, PrivateRound):
            raise ParameterError(
                "The release policy has an EPSILON, and which stores have changed would tell of "
                "their customers, without noise. Name the stores to train again (update_stores, or "
                "REFRESH MODEL … PARTITION), or train all of them (fit)."
            )
        require_guard(model.data.guarded, self, dataset.sparkSession)
        if changed is not None:
            check_same_session(dataset, spark_frame(changed, "changed"), "changed")
        self._check_same(model, current)
        return current.run(model.data, changed)

    def update_stores(
        self, model: FederatedClusteringModel, dataset: DataFrame, stores: Iterable[object]
    ) -> FederatedClusteringModel:
        """Train some stores anew, or for the first time, and keep the others; reads no other rows.

        The global model is made anew from all releases. What follows from the rows of all stores
        stays that of `model`: the scaling that the stores share, and the distribution of the
        scores. `update` renews the second and `fit` both.

        Parameters
        ----------
        model : FederatedClusteringModel
            Fitted or updated by an estimator with the same parameters.
        dataset : pyspark.sql.DataFrame
            Rows of these stores, and perhaps of others.
        stores : iterable of object
            Stores; a text stands for the number or date that it writes.

        Raises
        ------
        ParameterError
            If the model was fitted with other parameters or other columns, or a value cannot be a
            store.
        SchemaError
            If a store has no rows.

        Examples
        --------
        >>> rows = [(s, float(x % 2 * 50 + x)) for s in ("north", "south") for x in range(40)]
        >>> df = spark.createDataFrame(rows, "store_id string, spend double")
        >>> estimator = FederatedClustering(inputCols=["spend"], k=2, globalK=2)
        >>> moved = df.replace("north", "west")
        >>> estimator.update_stores(estimator.fit(df), moved, ["west"]).data.stores()
        ['north', 'south', 'west']
        """
        spark_frame(dataset, type(self).__name__)
        require_guard(model.data.guarded, self, dataset.sparkSession)
        wanted = stores_of(model.data, stores)
        column = resolve(dataset, self.getOrDefault("storeCol")).column
        given = [F.lit(store) for store in wanted.to_pylist()]
        current = self._round(dataset.where(column.isin(*given)))
        self._check_same(model, current)
        return current.run_stores(model.data, wanted.to_pylist())

    def _round(self, dataset: DataFrame) -> Round:
        """Check the parameters and columns, and state the policy as it is now."""
        inputs = self._inputs(dataset)
        policy = stated_policy(self, dataset.sparkSession)
        stated = self if policy is None else self.copy({self.releasePolicy: policy})
        if rules_of(stated).private:
            return PrivateRound(private_params(stated, inputs), dataset, inputs)
        return Round(stated, dataset, inputs)

    def _check_same(self, model: FederatedClusteringModel, current: Round) -> None:
        """Refuse a model that was fitted with other parameters or columns."""
        params, inputs = result_params(current.params), current.inputs
        # A model may be older than an option; what it does by default, it has always done.
        earlier = {option.param: option.default for option in OPTIONS}
        earlier |= model.data.params
        names = params.keys() | model.data.params.keys()
        other = sorted(name for name in names if params.get(name) != earlier.get(name))
        differs = ""
        if other:
            before, now = earlier.get(other[0]), params.get(other[0])
            differs = f"another value of parameter {other[0]}, {before!r} and not {now!r}"
        if not other and inputs != model.data.inputs:
            differs = f"{model.data.inputs}, and is given {inputs}"
        if model.data.scaled_by == "store" and model.data.scaling.asinh is None:
            differs = "a linear scaling of each store, as format 3 had it; this sparkfl's is robust"
        if differs:
            raise ParameterError(
                f"The model was fitted with {differs}. Update it with what it was fitted with, or "
                "fit a new one."
            )

    def write(self) -> MLWriter:
        """Return a writer of this estimator."""
        return ParamsWriter(self)

    @classmethod
    def read(cls) -> MLReader[FederatedClustering]:
        """Return a reader of saved estimators."""
        return _Reader()

    def _inputs(self, df: DataFrame) -> Inputs:
        """Check the parameters against each other and against the columns of `df`."""
        spark_frame(df, type(self).__name__)
        self.check_params()
        return training_inputs(
            df,
            self.getOrDefault("storeCol"),
            self.getOrDefault("inputCols") if self.isSet("inputCols") else None,
            self.getOrDefault("featuresCol") if self.isSet("featuresCol") else None,
            self.getOrDefault("log1pCols"),
        )


class _Reader(MLReader[FederatedClustering]):
    """Reads what `ParamsWriter` wrote."""

    def load(self, path: str) -> FederatedClustering:
        """Load from a path."""
        metadata = DefaultParamsReader.loadMetadata(path, self.sparkSession)
        check_class(metadata["class"], FederatedClustering.__name__, path)
        saved = FederatedClustering()
        saved._resetUid(metadata["uid"])
        DefaultParamsReader.getAndSetParams(saved, metadata)
        return saved
