"""What a job lets be seen on standard error."""

from __future__ import annotations

import warnings

import pytest

from sparkfl.job.session import log_to_stderr


def test_only_what_spark_says_of_pandas_3_is_left_out(recwarn: pytest.WarningsRecorder) -> None:
    """The words are those of `require_minimum_pandas_version` of Spark 4.2 and 4.3."""
    with log_to_stderr():
        warnings.warn(
            "PySpark does not yet fully support pandas >= 3.0.0. Some features may not work.",
            FutureWarning,
            stacklevel=1,
        )
        warnings.warn("This will be an error.", FutureWarning, stacklevel=1)
    assert [str(each.message) for each in recwarn] == ["This will be an error."]
