"""The words that give sparkfl to spark-submit, spark-sql and Spark's servers."""

from __future__ import annotations

import shlex
from pathlib import Path

from sparkfl.sqlext.jvm.conf import spark_conf

__all__ = ["shell_word", "spark_options"]

_OPTIONS = {"spark.jars": "--jars", "spark.jars.packages": "--packages"}


def spark_options(delta: bool = True) -> list[str]:
    """Return options of spark-submit, words that a shell takes from a substitution as they are.

    The jar is on the driver's class path, too: a Thrift server with a metastore finds no further
    class in the loader of ``--jars`` once a client has gone.

    Parameters
    ----------
    delta : bool, default True
        Whether they bring Delta Lake too.

    Returns
    -------
    list of str
        The words.

    Raises
    ------
    SparkflError
        When the extension's jar has to be compiled and cannot be.

    Examples
    --------
    >>> spark_options(delta=False)[2:4]
    ['--conf', 'spark.sql.extensions=org.apache.spark.sql.sparkfl.SparkflExtensions']
    """
    conf = spark_conf({}, delta)
    words: list[str] = []
    for key, value in conf.items():
        words += [_OPTIONS[key], value] if key in _OPTIONS else ["--conf", f"{key}={value}"]
    jar = conf["spark.jars"]
    if jar == shell_word(jar):
        words += ["--driver-class-path", jar]
    return [shell_word(word) for word in words]


def shell_word(word: str) -> str:
    """Return a word without blanks and other characters that an unquoted ``$(…)`` would split at.

    Quotes are not understood there; but what may have a blank is a path, and Spark takes its URI.

    Examples
    --------
    >>> shell_word("/srv/my models/train.py")
    'file:///srv/my%20models/train.py'
    """
    return word if word == shlex.quote(word) else Path(word).as_uri()
