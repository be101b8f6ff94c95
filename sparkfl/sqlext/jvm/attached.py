"""A Python process attached to a running JVM."""

from __future__ import annotations

import os
import signal
import sys

from pyspark import SparkConf, SparkContext
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession

from sparkfl.sqlext.jvm.bridge import Service, register

__all__ = ["serve"]


def serve(service: Service) -> None:
    """Attach to the JVM that started this process, serve it, and end with it.

    Parameters
    ----------
    service : Service
        What answers the JVM.
    """
    gateway = launch_gateway()  # type: ignore[no-untyped-call]
    jvm = gateway.jvm
    java_context = jvm.JavaSparkContext(jvm.org.apache.spark.SparkContext.getOrCreate())
    conf = SparkConf(_jvm=jvm, _jconf=java_context.getConf())
    context = SparkContext(jsc=java_context, gateway=gateway, conf=conf)
    # Ctrl-C in a shell is for the shell, which may only cancel a statement.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Wraps the JVM's default session, so that no later one is taken for it.
    SparkSession(context)
    register(context, service)
    sys.stdin.buffer.read()
    # Callback threads may be busy for a JVM that is gone.
    os._exit(0)
