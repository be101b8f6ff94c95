"""What runs in a worker does not load what runs on a driver."""

from __future__ import annotations

import subprocess
import sys


def test_a_store_s_work_loads_neither_spark_nor_mlflow() -> None:
    """A worker imports these first of all; pyspark.ml alone takes most of a second.

    Nor do the attacks on bundled shops, which run where there is no Spark.
    """
    code = (
        "import sys, sparkfl.local.fitting, sparkfl.privacy.release, sparkfl.privacy.moments, "
        "sparkfl.audit.main; "
        "print(sorted({'pyspark', 'mlflow', 'sparkfl.session'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_package_s_names_are_there() -> None:
    import sparkfl

    for name in sparkfl.__all__:
        assert getattr(sparkfl, name)
