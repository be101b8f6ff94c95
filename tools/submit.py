"""Run a job by spark-submit, or the spark-sql shell, on this machine: local, quiet, extended.

    tools/submit.py jobs/train.py [ARGUMENTS]
    tools/submit.py --sql [ARGUMENTS OF spark-sql]

Ivy's and the JVM's chatter is left out: Delta's jars are resolved once and given as files.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyspark

from sparkfl.errors import SparkflError
from sparkfl.job.demo import DEMO, demo_table
from sparkfl.sqlext.jvm.conf import spark_conf

ROOT = Path(__file__).resolve().parent.parent
RESOLVE = (
    "from pyspark import SparkConf, SparkContext; SparkContext._ensure_initialized(); "
    "print(SparkConf().get('spark.jars'))"
)
NOISE = "WARNING: Using incubator modules"
NO_DELTA = "--no-delta"


def main(arguments: list[str]) -> int:
    """Start Spark with sparkfl's words and pass its exit code on."""
    os.chdir(ROOT)
    os.environ |= {
        "SPARK_HOME": str(Path(pyspark.__file__).parent),
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    delta = NO_DELTA not in arguments
    try:
        conf = spark_conf({}, delta=delta)
        if delta:
            conf["spark.jars"] += "," + delta_jars(conf.pop("spark.jars.packages"))
    except SparkflError as error:
        sys.stderr.write(f"sparkfl: {error}\n")
        return 1
    words = [f"--conf={key}={value}" for key, value in conf.items()]
    words += ["--properties-file", "jobs/local.conf"]
    if arguments[:1] == ["--sql"]:
        return sql_shell(words, [word for word in arguments[1:] if word != NO_DELTA], delta)
    return without_noise([spark("spark-submit"), *words, *arguments])


def delta_jars(packages: str) -> str:
    """Resolve Delta's jars by Ivy at the first call, and remember where they are."""
    known = Path(sys.prefix, "delta-jars.txt")
    if known.exists():
        resolved_for, jars = known.read_text().split()
        if resolved_for == packages and all(map(os.path.exists, jars.split(","))):
            return jars
    sys.stderr.write("sparkfl: fetching Delta's jars (once)\n")
    environment = {**os.environ, "PYSPARK_SUBMIT_ARGS": f"--packages {packages} pyspark-shell"}
    done = subprocess.run(
        [sys.executable, "-c", RESOLVE], env=environment, capture_output=True, text=True
    )
    if done.returncode:
        log = Path(sys.prefix, "delta-jars.log")
        log.write_text(done.stderr)
        raise SparkflError(
            f"Delta's jar ({packages}) could not be fetched, see {log}: connect to the network "
            "once, or run on Parquet: make demo ARGS=--no-delta"
        )
    jars = done.stdout.strip().replace("file://", "")
    known.write_text(f"{packages} {jars}")
    return jars


def sql_shell(words: list[str], arguments: list[str], delta: bool) -> int:
    """Start spark-sql with the demo's models and with its tables as views."""
    format = "delta" if delta else "parquet"
    views = [
        f"CREATE TEMPORARY VIEW {name} AS SELECT * FROM {format}.`{table.resolve()}`;\n"
        for name in ("features", "evaluation", "scored")
        if (table := Path(demo_table(name, format))).is_dir()
    ]
    start = Path(DEMO, "views.sql")
    start.parent.mkdir(exist_ok=True)
    start.write_text("".join(views))
    metastore = f"jdbc:derby:;databaseName={DEMO}/metastore_db;create=true"
    words += [
        f"--conf=spark.sparkfl.trackingUri=sqlite:///{DEMO}/mlflow.db",
        f"--conf=spark.hadoop.javax.jdo.option.ConnectionURL={metastore}",
        *("-i", str(start)),
    ]
    return subprocess.run([spark("spark-sql"), *words, *arguments]).returncode


def spark(script: str) -> str:
    """Return a launch script of the environment."""
    return str(Path(os.environ["SPARK_HOME"], "bin", script))


def without_noise(command: list[str]) -> int:
    """Run a command and leave out a line that the JVM always writes."""
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if not line.startswith(NOISE):
                sys.stderr.write(line)
                sys.stderr.flush()
    return process.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
