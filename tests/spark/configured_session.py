"""What sessions of their own answer; `python configured_session.py CASE…` prints it as JSON.

A process has one JVM, which has what its first session came with: the JVM of the other tests has
Delta.
"""

from __future__ import annotations

import json
import sys

from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from sparkfl import configure_spark
from sparkfl.errors import SparkflError

DELTA = "io.delta.sql.DeltaSparkSessionExtension"
OURS = "org.apache.spark.sql.sparkfl.SparkflExtensions"


def builder() -> SparkSession.Builder:
    """Settings of every case."""
    return (
        SparkSession.Builder()
        .master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.memory", "1g")
        .config("spark.sql.shuffle.partitions", "1")
    )


def parameters(spark: SparkSession) -> list[object]:
    """Every way to give parameters, with and without a call that is rewritten."""
    spark.range(9).createOrReplaceTempView("v")
    call = "SELECT count(*) FROM range(9) WHERE id < "
    model = "CREATE MODEL m OPTIONS (MODEL_TYPE = :type) AS SELECT * FROM range(:n)"
    conditions = []
    for sql, args in ((model, {"type": "nope", "n": 1}), (model, {"type": "kmeans"})):
        try:
            spark.sql(sql, args=args)
        except AnalysisException as error:
            conditions.append([error.getCondition(), "nope" in str(error)])
    return [
        spark.sql(call + ":k", args={"k": 3}).first()[0],
        spark.sql(call + "?", args=[4]).first()[0],
        spark.sql(
            "SELECT count(*) FROM IDENTIFIER(:t) WHERE id < :k", args={"t": "v", "k": 5}
        ).first()[0],
        conditions,
    ]


def without_delta() -> list[object]:
    """Stock parameters, and a second session after the first is stopped."""
    spark = configure_spark(builder(), delta=False).getOrCreate()
    answers = parameters(spark)
    spark.stop()
    spark = configure_spark(builder(), delta=False).getOrCreate()
    answers += [spark.sql("SHOW MODELS").columns[1], "Delta" in str(spark.conf.getAll)]
    spark.stop()
    return answers


def delta_first() -> list[object]:
    """The order of configure_spark: Delta's parser inside ours."""
    spark = configure_spark(builder()).getOrCreate()
    answers = parameters(spark)
    spark.stop()
    return answers


def delta_last() -> list[object]:
    """The user's order: our parser inside Delta's."""
    spark = configure_spark(
        builder().config("spark.sql.extensions", f"{OURS},{DELTA}")
    ).getOrCreate()
    answers = parameters(spark)
    spark.stop()
    return answers


def not_configured() -> list[object]:
    """A session that runs already, as in a hosted notebook."""
    builder().config("spark.sql.extensions", "").getOrCreate()
    try:
        configure_spark(builder(), delta=False).getOrCreate()
    except SparkflError as error:
        # The session is the user's, and works on as it did.
        SparkSession.active().sql("CREATE TABLE kept USING parquet AS SELECT 1 AS x")
        return [str(error)]
    return []


if __name__ == "__main__":
    answers = [globals()[case]() for case in sys.argv[1:]]
    sys.stdout.write(json.dumps(answers) + "\n")
