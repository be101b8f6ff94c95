"""A session without the extension in the JVM of one that has it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pyspark import SparkContext
from pyspark.sql import SparkSession


@contextmanager
def stock_session(spark: SparkSession) -> Iterator[SparkSession]:
    """Give a session of the same Spark that has no extension but Delta's, nor tables in common."""
    jvm, conf = SparkContext._jvm, spark.sparkContext._jsc.sc().conf()
    assert jvm is not None
    extensions = conf.get("spark.sql.extensions", "")
    own, active = SparkSession._instantiatedSession, jvm.SparkSession.active()
    delta = [name for name in extensions.split(",") if name.startswith("io.delta.")]
    conf.set("spark.sql.extensions", ",".join(delta))
    made = jvm.org.apache.spark.sql.classic.SparkSession(
        spark.sparkContext._jsc.sc(), jvm.java.util.HashMap()
    )
    conf.set("spark.sql.extensions", extensions)
    try:
        yield SparkSession(spark.sparkContext, made)
    finally:
        SparkSession._instantiatedSession = own
        jvm.SparkSession.setActiveSession(active)
