"""Writers of estimators and models, in a classic session and on Spark Connect."""

from __future__ import annotations

from pyspark.ml.util import DefaultParamsWriter, MLWriter, invoke_helper_attr

from sparkfl.remote import is_connect

__all__ = ["ParamsWriter", "Writer"]


class Writer(MLWriter):
    """A writer that overwrites on Spark Connect, too, where pyspark's own asks for the JVM."""

    def _handleOverwrite(self, path: str) -> None:
        if is_connect(self.sparkSession):
            invoke_helper_attr("handleOverwrite", path, True)
        else:
            super()._handleOverwrite(path)


class ParamsWriter(Writer, DefaultParamsWriter):
    """Writes the parameters of an estimator, as pyspark.ml does."""
