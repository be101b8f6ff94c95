"""The Python process that serves a JVM whose driver is not Python.

The extension starts it as ``python -m sparkfl.sqlext.jvm.child``, with the address of a Py4J
gateway in the environment, and ends it by closing its standard input.
"""

from __future__ import annotations

import os
import sys

from pyspark import SparkConf, SparkContext
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession

from sparkfl.sqlext.jvm.bridge import register

__all__ = ["main"]


def main() -> None:
    """Attach to the JVM that started this process and serve it until it ends."""
    gateway = launch_gateway()  # type: ignore[no-untyped-call]
    jvm = gateway.jvm
    java_context = jvm.JavaSparkContext(jvm.org.apache.spark.SparkContext.getOrCreate())
    conf = SparkConf(_jvm=jvm, _jconf=java_context.getConf())
    context = SparkContext(jsc=java_context, gateway=gateway, conf=conf)
    # Wraps the JVM's default session, so that no later one is taken for it.
    SparkSession(context)
    register(context)
    sys.stdin.buffer.read()
    # Callback threads may be busy for a JVM that is gone.
    os._exit(0)


if __name__ == "__main__":
    main()
