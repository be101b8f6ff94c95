"""Every place where rows or figures leave a worker, and what makes it safe."""

from __future__ import annotations

GATED = {
    "sparkfl/execution/small.py fit_small mapInArrow": "privacy.release:release",
    "sparkfl/execution/by_estimator.py fit_by_estimator applyInPandas": "privacy.release:release",
    "sparkfl/execution/iteration.py tell_iteration mapInArrow": "privacy.repeated:told_labels",
    "sparkfl/execution/large.py fit_large applyInArrow": "privacy.release:release",
    "sparkfl/execution/training.py collect toArrow": "privacy.release:release",
    "sparkfl/execution/checkpoint.py Checkpoint.collect write": "privacy.release:release",
    "sparkfl/execution/checkpoint.py Checkpoint.load toArrow": "privacy.release:release",
    "sparkfl/execution/guard.py Guard.collect mapInArrow": (
        "privacy.differencing:smallest_difference"
    ),
    "sparkfl/execution/guard.py Guard.collect toArrow": "privacy.differencing:smallest_difference",
    "sparkfl/execution/private.py _told mapInArrow": "privacy.contributions:bounded_sums",
    "sparkfl/execution/private.py _told toArrow": "privacy.contributions:bounded_sums",
    "sparkfl/execution/standing.py Standing._read toArrow": "privacy.release:release",
    "sparkfl/execution/standing.py Standing._write write": "privacy.release:release",
    "sparkfl/execution/survey.py survey mapInArrow": "privacy.moments:release_moments",
    "sparkfl/execution/histogram.py released_histogram mapInArrow": (
        "privacy.histogram:release_histogram"
    ),
    "sparkfl/execution/histogram.py released_histogram collect": (
        "privacy.histogram:release_histogram"
    ),
    "sparkfl/execution/asinh.py told_asinh mapInArrow": "privacy.moments:release_moments",
    "sparkfl/execution/asinh.py told_asinh toArrow": "privacy.moments:release_moments",
    "sparkfl/execution/cells.py Marginals.pooled applyInArrow": "privacy.cells:release_cells",
    "sparkfl/execution/cells.py Marginals.pooled toArrow": "privacy.cells:release_cells",
    "sparkfl/execution/cells.py Marginals._of_small mapInArrow": "privacy.cells:release_cells",
    "sparkfl/execution/cells.py Marginals._of_large applyInArrow": "privacy.cells:release_cells",
    "sparkfl/execution/moments.py shared_scaling mapInArrow": "privacy.moments:release_moments",
    "sparkfl/execution/moments.py shared_scaling mapInArrow 2": "privacy.moments:release_moments",
    "sparkfl/execution/store_figures.py store_figures mapInArrow": (
        "privacy.moments:release_moments"
    ),
    "sparkfl/execution/store_figures.py store_figures mapInArrow 2": (
        "privacy.moments:release_moments"
    ),
    "sparkfl/features/scaling.py standardize scalar": "privacy.moments:release_moments",
}
"""Figures of stores, and the gate they have passed."""

SIZES = {
    "sparkfl/execution/survey.py survey toArrow": "rows, content hash, moments of large stores",
    "sparkfl/execution/private.py stores_of toArrow": "names of stores, which are public",
    "sparkfl/federation/invalid.py refuse_invalid first": "invalid values of a feature, in all",
    "sparkfl/execution/guard.py Guard.held collect": "stores that are held back",
    "sparkfl/federation/round.py Round._train collect 2": "Guard.collect, listed above",
    "sparkfl/exchange/store_round.py StoreRound._tell_lloyd collect": "the same",
    "sparkfl/execution/checkpoint.py Checkpoint.collect broadcast": "stores and content hashes",
    "sparkfl/execution/chunked.py Chunked._places broadcast": "stores and numbers of chunks",
    "sparkfl/execution/survey.py Survey.of broadcast": "stores",
    "sparkfl/federation/round.py Round._of_stores broadcast": "stores",
    "sparkfl/federation/round.py Round.run collect": "stores that the caller names",
    "sparkfl/federation/round.py Round._train collect": "Checkpoint.collect, listed above",
    "sparkfl/federation/training_inputs.py _elements first": "the length of one array",
    "sparkfl/tables/changes.py _unbalanced toArrow": "stores whose rows have changed",
}
"""Which stores there are and how many rows they have, which is told of all."""

INSIDE = {
    "sparkfl/execution/guard.py Guard._keep write": "whose rows were behind a release: private",
    "sparkfl/execution/large.py fit_large mapInArrow": "groups of a store go to its own worker",
    "sparkfl/execution/cells.py Marginals._of_large mapInArrow": "to a worker that merges them",
    "sparkfl/federation/evaluation.py evaluate mapInArrow": "a row a store, for who holds the rows",
    "sparkfl/features/views/execution.py _worked mapInArrow": "features, for who holds the events",
    "sparkfl/features/views/incremental.py refresh mapInArrow": "tiles, for who holds the events",
    "sparkfl/metrics/clustering.py clustering mapInArrow": "three figures of all rows of a query",
    "sparkfl/columns/vectorized.py _by_series pandas_udf": "a column beside the row it is of",
    "sparkfl/features/exploration/correlations.py spearman mapInArrow": (
        "correlations of all rows of a query, which names no stores"
    ),
    "sparkfl/features/exploration/figures.py figures mapInArrow": (
        "figures of all rows of a query, which names no stores"
    ),
    "sparkfl/features/exploration/figures.py figures applyInArrow": "the same, merged by column",
    "sparkfl/features/exploration/distributions.py histograms mapInArrow": (
        "counts of all rows of a query, which names no stores"
    ),
}
"""Python in workers whose output the holder of the rows asks for."""

OWN = {
    "sparkfl/federation/evaluation.py training_report toPandas": "measures of large stores",
    "sparkfl/reporting/summary.py _stores toArrow": "a row a store: customers, how many flagged",
    "sparkfl/reporting/summary.py _reasons toArrow": "how many customers are flagged, and why",
    "sparkfl/reporting/summary.py _highest toArrow": "names customers: the report is the stores'",
    "sparkfl/reporting/page.py _of_customers head": "customers of the report",
    "sparkfl/reporting/page.py _by_store head": "customers of the report",
    "sparkfl/reporting/plots.py _trained head": "stores of the report",
    "sparkfl/reporting/exploration.py _missing head": "columns of the report",
    "sparkfl/reporting/exploration.py _of_target head": "columns of the report",
    "sparkfl/reporting/exploration.py _popularity head": "items of the report",
    "sparkfl/reporting/exploration.py _summary head": "columns of the report",
    "sparkfl/reporting/exploration.py _stores head": "stores of the report, gated",
    "sparkfl/reporting/exploration.py _left head": "columns of the report",
    "sparkfl/reporting/exploration_plots.py _draw head": "categories of the report",
    "sparkfl/reporting/text.py text_report head": "customers of the report",
    "sparkfl/reporting/text.py text_table head": "stores of the report",
    "sparkfl/job/evaluate.py job count": "stores evaluated",
    "sparkfl/job/features.py job collect": "customers and stores, in all",
    "sparkfl/job/features.py job collect 2": "purchases left out, in all",
    "sparkfl/job/score.py job count": "customers scored, in all",
    "sparkfl/tables/write.py _overwrite write": "the table that the caller asks for",
    "sparkfl/tables/write.py _overwrite write 2": "the table that the caller asks for",
    "sparkfl/tables/write.py _overwrite insertInto": "the table that the caller asks for",
    "sparkfl/audit/epsilon.py _discriminant fit": "what a mechanism told of its auditor's own rows",
    "sparkfl/audit/by_noise.py by_noise.release fit": "the same, with noise",
    "sparkfl/audit/protection.py labels fit": "rows of who audits: drawn, bundled or its own",
    "sparkfl/execution/writable.py check_writable write": "an empty file",
    "sparkfl/models/validity.py _refuse_large first": "the largest values of too large columns",
    "sparkfl/tables/text.py look_at_text collect": "the first line of each file: its header",
    "sparkfl/tables/header.py warn_of_repeated_names first": "the header of a file",
    "sparkfl/tables/read.py _untyped isEmpty": "whether a file has a row",
    "sparkfl/sources/catalog.py list_sources collect": "names of tables",
    "sparkfl/sources/catalog.py _beside collect": "properties of tables",
    "sparkfl/sources/catalog.py _stored collect": "the same",
    "sparkfl/sources/inference.py inferred_types collect": "types of the columns of a file",
    "sparkfl/sources/reading.py _counted first": "rows and bad rows of a file, in all",
    "sparkfl/tables/codes.py with_codes first": "which columns of a file hold codes",
    "sparkfl/tables/target.py _in_catalog collect": "how a table is made",
    "sparkfl/sqlext/statements/create_temp_table.py CreateTempTable.run collect": "names of views",
    "sparkfl/sqlext/statements/describe_feature_view.py DescribeFeatureView.run collect": (
        "rows of each source, in all"
    ),
    "sparkfl/features/auto/sample.py sampled toArrow": "rows of a query, for who holds them",
    "sparkfl/features/auto/sample.py sampled isEmpty": "whether a query has rows",
    "sparkfl/features/auto/sample.py sample_of toArrow": "numbers of folds of these rows",
    "sparkfl/features/auto/values.py values_of toArrow": "features of these rows",
    "sparkfl/sqlext/auto_features.py _is_unique isEmpty": "whether an entity has two rows",
    "sparkfl/features/views/statistics.py column_statistics first": "figures of all rows, in all",
    "sparkfl/features/exploration/columns.py beside broadcast": "figures of columns, in all",
    "sparkfl/features/exploration/distributions.py histograms broadcast": "extremes of columns",
    "sparkfl/features/quality/check.py check first": "figures of all rows, in all",
    "sparkfl/features/views/arrivals.py _has isEmpty": "whether a micro-batch has been kept",
    "sparkfl/features/views/rows.py SourceRows.latest first": "time of the latest event",
    "sparkfl/serving/feature_quality.py _profiles collect": "figures that were kept of all rows",
    "sparkfl/tables/delta.py _described first": "the last version of a table, its properties",
}
"""What a caller asks for of rows that are the caller's."""

RELEASED = {
    "sparkfl/federation/model.py _ModelReader.load toArrow": "tables of a saved model",
    "sparkfl/federation/model.py _ModelWriter.saveImpl write": "tables of a model",
    "sparkfl/federation/scoring/lookup.py _hashed scalar": "local clusters of a model",
    "sparkfl/federation/scoring/lookup.py _bucketed scalar": "local clusters of a model",
    "sparkfl/federation/scoring/lookup.py bucketed.packed take": "the same, laid out",
    "sparkfl/serving/publishing.py _write write": "figures of a model, which is published",
    "sparkfl/reporting/summary.py summarize toArrow": "a row a store: silhouettes, agreement",
    "sparkfl/execution/private.py fit_private fit": "noise alone, of a store without valid rows",
    "sparkfl/local/private_fit.py PrivateFit.fit fit": "the function of one store's rows",
    "sparkfl/local/private_kmeans.py _initial fit": "random numbers: the centres are public",
    "sparkfl/global_/bisecting_kmeans.py group fit": "clusters that were released",
    "sparkfl/global_/kmeans.py group fit": "clusters that were released",
    "sparkfl/local/algorithms.py fit": "functions of one store's rows, in its worker",
    "sparkfl/local/algorithms.py fit 2": "functions of one store's rows, in its worker",
}
"""What was released before, or stays in a worker."""

SINGLE = {
    "sparkfl/models/frame_fit.py fit_frame count": "rows of a query",
    "sparkfl/models/frame_fit.py fit_frame toArrow": "a query whose rows are fitted on the driver",
    "sparkfl/models/relation_model.py train_relation count": "rows of a query",
    "sparkfl/models/relation_model.py train_relation fit": "tables of a query",
    "sparkfl/models/types/relations.py _factors toArrow": "factors of users and items",
    "sparkfl/models/types/relations.py _fit_als fit": "the same",
    "sparkfl/models/types/relations.py _fit_baskets fit": "items that are often together",
    "sparkfl/models/types/relations.py _fit_baskets toArrow": "the same",
    "sparkfl/models/types/relations.py _fit_baskets toArrow 2": "the same",
    "sparkfl/models/types/relations.py _fit_graph fit": "the nodes of a query's graph",
    "sparkfl/models/types/relations.py _fit_graph toArrow": "the same",
    "sparkfl/models/types/relations.py _fit_sequences count": "rows of a query",
    "sparkfl/models/types/relations.py _fit_sequences toArrow": "frequent sequences of a query",
    "sparkfl/models/types/relations.py _indexed fit": "users and items of a query",
    "sparkfl/models/series_fit.py fit_series.fit fit": "a time series of a query, in a worker",
    "sparkfl/models/estimators/lstm.py _trained fit": "the same, in a worker",
    "sparkfl/models/types/forecasting.py _auto.error fit": "the same, in a worker",
    "sparkfl/models/group_fit.py fit_groups applyInArrow": "estimators of the groups of a query",
    "sparkfl/models/group_fit.py fit_groups collect": "the same",
    "sparkfl/models/frame_fit.py _working fit": "the same, in a worker",
    "sparkfl/models/frame_type.py FrameType.fit fit": "the same, in a worker",
    "sparkfl/models/frame_type.py FrameType.fit fit 2": "the same, in a worker",
    "sparkfl/models/types/sklearn.py sklearn_type fit": "the parameters of a function",
    "sparkfl/models/split.py Split._marked first": "a quantile of the user's own column",
    "sparkfl/models/fitted.py SqlModel.judge first": "metrics of held-out rows of a query",
    "sparkfl/models/sizes.py sized first": "lengths of the vectors of a query",
    "sparkfl/models/tasks/classification.py _learn collect": "the classes of a query's label",
    "sparkfl/metrics/classification.py classification applyInArrow": "metrics of a whole query",
    "sparkfl/sqlext/values.py SessionVariable.value first": "a variable of the user's session",
    "sparkfl/sqlext/values.py variable take": "a token of a statement",
    "sparkfl/sqlext/clauses/call.py _name take": "a token of a statement",
    "sparkfl/sqlext/clauses/call.py _query take": "a token of a statement",
    "sparkfl/sqlext/clauses/call.py _value take": "a token of a statement",
    "sparkfl/sqlext/clauses/call.py _value take 2": "a token of a statement",
    "sparkfl/serving/naming.py _is_class first": "how many values the label of a query has",
    "sparkfl/models/validity.py check_rows first": "rows and valid ones of a query, in all",
    "sparkfl/models/validity.py _wrong first": "invalid values of a query, by column",
    "sparkfl/models/fit.py fit_estimator fit": "a model of all rows of a query",
    "sparkfl/models/fit.py fit_steps fit": "transformers of all rows of a query",
    "sparkfl/models/fit.py _outside first": "a value that a transformer does not take",
    "sparkfl/models/sizes.py width_of first": "how many features there are",
    "sparkfl/models/preview.py fit_transform first": "valid rows of a query, means to impute",
    "sparkfl/metrics/topics.py log_perplexity mapInArrow": "metrics of a whole query",
    "sparkfl/metrics/curves.py roc_curve applyInArrow": "metrics of a whole query",
    "sparkfl/models/fit.py _inside isEmpty": "whether a transformer does not take a value",
    "sparkfl/models/fit.py _require_rows isEmpty": "whether a filter leaves a row",
    "sparkfl/models/training.py train count": "rows that filters leave",
    "sparkfl/transforms/elementwise.py ElementwiseEstimator._fit first": "how wide a vector is",
    "sparkfl/transforms/elementwise.py ElementwiseEstimator._fit collect": (
        "figures of the columns of a query, by the groups that it names"
    ),
    "sparkfl/transforms/missing.py MissingShareSelector._fit collect": (
        "shares of what is missing in a query"
    ),
    "sparkfl/transforms/rankings.py InformationRanking._scores count": "rows of a query",
    "sparkfl/transforms/rankings.py InformationRanking._scores toPandas": (
        "up to 10,000 rows of a single model's query, which features are ranked by"
    ),
    "sparkfl/transforms/rankings.py ForestRanking._scores fit": "a forest that ranks features",
    "sparkfl/transforms/rankings.py _correlations first": "correlations of features",
    "sparkfl/models/tasks/classification.py _learn count": "rows of each class of a label",
    "sparkfl/models/facts.py _numbers mapInArrow": "figures of the columns of a query",
    "sparkfl/models/facts.py _numbers collect": "the same",
    "sparkfl/models/facts.py _others first": "the same",
    "sparkfl/models/answers/clusters.py remembered_clusters.remembers collect": "cluster sizes",
    "sparkfl/models/answers/anomalies.py score_knots first": "quantiles of scores",
    "sparkfl/models/answers/additive.py remembered_means first": "means of the features",
    "sparkfl/models/series_training.py _pooled toArrow": "series of a query that train together",
    "sparkfl/models/estimators/xgboost_workers.py fit_xgboost mapInArrow": "a single model",
    "sparkfl/models/estimators/xgboost_workers.py fit_xgboost collect": "the same",
    "sparkfl/models/group_fit.py fit_groups count": "groups of a query",
    "sparkfl/models/group_fit.py with_skipped collect": "rows of groups that were left out",
    "sparkfl/models/group_fit.py with_skipped count": "the same",
    "sparkfl/models/fit.py _check_counts first": "the least of each feature",
    "sparkfl/models/frame_fit.py fit_in_workers count": "rows of a query",
    "sparkfl/models/preview.py SqlTransform.check_size count": "rows of a query",
    "sparkfl/models/split.py Split.parted count": "rows of a query",
    "sparkfl/models/series_training.py _pooled count": "their rows",
    "sparkfl/models/series_fit.py pooled take": "rows of a table of Arrow",
    "sparkfl/models/answers/sampled.py remembered_sample collect": "sixteen rows of a single "
    "model's training query, which explanations are told from",
    "sparkfl/models/estimators/bisecting_kmeans.py TranslatedBisectingKMeans._fit fit": "the same",
    "sparkfl/models/estimators/bisecting_kmeans.py _assigning fit": "centres of a model",
    "sparkfl/models/estimators/bisecting_kmeans.py TranslatedBisectingKMeans._moments first": (
        "moments of all rows of a query"
    ),
    "sparkfl/models/estimators/principal_components.py PrincipalComponents._fit fit": (
        "moments of all rows of a query"
    ),
    "sparkfl/models/estimators/principal_components.py PrincipalComponents._components fit": (
        "directions of all rows of a query"
    ),
    "sparkfl/models/estimators/lsh_neighbours.py _LSHNeighbors._hashing fit": (
        "random projections, and how wide the features are"
    ),
    "sparkfl/models/estimators/lsh_neighbours.py _LSHNeighbors._distance first": (
        "the mean distance of some rows of a query"
    ),
    "sparkfl/models/estimators/lsh_neighbours.py LSHNeighborsClassifier._prior count": (
        "rows of each class, of a query"
    ),
    "sparkfl/models/estimators/lsh_neighbours.py LSHNeighborsClassifier._prior collect": (
        "the same"
    ),
    "sparkfl/models/estimators/lsh_neighbours.py LSHNeighborsRegressor._prior first": (
        "the mean of the label of a query"
    ),
    "sparkfl/models/estimators/lsh_neighbours.py _Writer.saveImpl write": (
        "rows of a single model's training query, which are the model"
    ),
    "sparkfl/models/scorer.py PandasScorer.predict toPandas": "predictions of a caller's frame",
    "sparkfl/execution/layout.py parallelism count": "partitions of a range of numbers",
    "sparkfl/models/staging.py save_pipeline write": "a fitted model",
    "sparkfl/models/staging.py save_pipeline write 2": "a fitted model",
    "sparkfl/serving/federated.py _trained fit": "the federated estimator, listed above",
    "sparkfl/job/train.py job fit": "the federated estimator, listed above",
    "sparkfl/sqlext/jvm/bridge.py PythonBridge.transform _jdf": "a plan, no rows",
    "sparkfl/features/aggregations/recency.py first": "a value of a window, in a worker",
    "sparkfl/features/rfm.py rfm_scores broadcast": "quantiles of the rows of a query",
    "sparkfl/features/views/incremental.py _done collect": "times of refreshes",
    "sparkfl/features/views/tiling.py Tiling.shrink take": "rows of a batch of Arrow, in a worker",
    "sparkfl/features/views/tiling.py Tiling.shrink take 2": "the same",
    "sparkfl/features/views/tiling.py Tiling.shrink take 3": "the same",
    "sparkfl/features/views/work.py Work.__call__ take": "the same",
    "sparkfl/features/views/work.py Work._asked take": "the same",
    "sparkfl/notebook.py _table collect": "what the analyst asks to see",
    "sparkfl/sqlext/calls/binding.py _of_model udf": "a prediction for the query that calls it",
    "sparkfl/sqlext/calls/values.py constant first": "an expression without a table",
    "sparkfl/sqlext/calls/values.py constant first 2": "the same",
    "sparkfl/sqlext/views/expected.py _one take": "a token of a statement",
    "sparkfl/sqlext/jvm/bridge.py PythonBridge.relation _jdf": "a plan, which has not run",
    "sparkfl/sqlext/statements/refresh_feature_view.py RefreshFeatureView.parse take": (
        "a token of a statement"
    ),
    "sparkfl/sqlext/views/aggregate.py window take": "a token of a statement",
    "sparkfl/sqlext/views/aggregate.py window take 2": "a token of a statement",
    "sparkfl/sqlext/views/condition.py _window take": "a token of a statement",
    "sparkfl/sqlext/views/definition.py _tiles take": "a token of a statement",
    "sparkfl/sqlext/views/expression.py taken_until take": "a token of a statement",
    "sparkfl/sqlext/views/relations.py _join take": "a token of a statement",
    "sparkfl/sqlext/views/relations.py _own_clause take": "a token of a statement",
    "sparkfl/sqlext/views/relations.py _own_clause take 2": "a token of a statement",
    "sparkfl/sqlext/dialect.py _value first": "a variable of the driver's process",
    "sparkfl/sqlext/calls/tables.py _view_text collect": "the text of a view",
    "sparkfl/sqlext/jvm/driver.py ClassicDriver.counter accumulator": "rows and stores done",
    "sparkfl/sqlext/statements/describe_model.py DescribeModel.run collect": "names of columns",
}
"""Single models, which are of one party's query, and what only looks like a way out."""

KNOWN = GATED | SIZES | INSIDE | OWN | RELEASED | SINGLE
