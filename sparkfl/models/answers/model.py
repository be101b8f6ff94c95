"""What answers read of a fitted model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from pyspark.ml import PipelineModel
    from pyspark.sql import Column, DataFrame

    from sparkfl.models.facts import Facts
    from sparkfl.models.inputs import Inputs
    from sparkfl.models.steps import Guards
    from sparkfl.models.tasks import Label

__all__ = ["Asked"]


class Asked(Protocol):
    """A fitted model, see `sparkfl.models.fitted.SqlModel`."""

    @property
    def pipeline(self) -> PipelineModel:
        """The fitted stages, the estimator last."""

    @property
    def inputs(self) -> Inputs:
        """The columns it reads."""

    @property
    def features(self) -> str:
        """The pipeline's column of features."""

    @property
    def fitted(self) -> Any:
        """The fitted estimator."""

    @property
    def facts(self) -> Facts:
        """What is remembered of the training."""

    @property
    def label(self) -> Label | None:
        """What was learnt of the label."""

    @property
    def aliases(self) -> Mapping[str, str]:
        """Aliases of TRANSFORM, by the pipeline's columns."""

    @property
    def guards(self) -> Guards:
        """What the pipeline's stages have not learnt."""

    @property
    def outputs(self) -> Mapping[str, str]:
        """Names of what goes out, by Param: the prediction first."""

    def run(self, df: DataFrame) -> DataFrame:
        """Add the pipeline's columns to a query."""

    def decoded(self) -> Column:
        """Return the prediction as it is shown."""

    def files_of_estimator(self) -> Path:
        """Return the directory of the fitted estimator."""

    def feature_names(self) -> list[str]:
        """Return what the elements of the features are called."""
