"""``SELECT ml_register_model(model_name => 'm', model_version => '1.0.0', …)``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from pyspark.sql import SparkSession

from sparkfl.errors import ParameterError
from sparkfl.registry import LABEL
from sparkfl.serving.catalog import find, registry
from sparkfl.sqlext.literals import literal_sql
from sparkfl.sqlext.statements.called import CalledTraining
from sparkfl.sqlext.statements.statement import Row, created_row
from sparkfl.sqlext.values import bound
from sparkfl.transforms.clause import Literal

__all__ = ["MlRegisterModel"]


@dataclass(frozen=True)
class MlRegisterModel(CalledTraining):
    """Give the latest version of a model a number of the user's own, and facts about it.

    Training registers every version by itself; this says that the latest one is, say, '1.0.0', by
    which `model_predict`, `ml_compare_models` and all others find it from then on. What else is
    given, such as `accuracy` or `production_ready`, is kept as tags of the version, and listed by
    `ml_model_registry`. In SELECT it returns the name of the version, such as `churn$3`.

    Examples
    --------
    .. code-block:: sql

        SELECT ml_register_model(model_name => 'segments', model_version => '1.0.0',
                                 production_ready => true)
    """

    function = "ml_register_model"
    names = ("model_name", "model_version")
    more = True

    def _made(self, spark: SparkSession) -> list[Row]:
        name, label = self.text("model_name", spark), self.text("model_version", spark)
        latest, models = find(spark, name), registry(spark)
        if label.isdigit() or label.lower() == "latest" or label in models.aliases(latest.name):
            raise ParameterError(
                f"ml_register_model: model_version = {label!r} stands for a version already; "
                "choose one such as '1.0.0'."
            )
        for other in models.versions(latest.name):
            if other.tags.get(LABEL) == label and other.version != latest.version:
                raise ParameterError(
                    f"Version {other.version} of model {latest.name!r} is {label!r} already; the "
                    f"latest is {latest.version}. Choose another model_version."
                )
        tags = {
            key: _text(bound(value, spark))
            for key, value in self.found.arguments.items()
            if key not in self.names
        }
        models.set_tags(latest.name, {**tags, LABEL: label}, latest.version)
        return [created_row(latest)]


def _text(value: object) -> str:
    """Return a value as a tag."""
    return value if isinstance(value, str) else literal_sql(cast("Literal", value)).lower()
