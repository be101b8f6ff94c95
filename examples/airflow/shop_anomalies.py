"""Features, training, evaluation and scores of the shops, every night: an Airflow DAG.

The worker has the wheel in an environment with Spark's programs (``pip install 'sparkfl[all]'``),
named by the variable ``sparkfl_home``. Jobs can be repeated: a rerun replaces what it wrote.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

SUBMIT = "spark-submit --master yarn $(sparkfl spark-options) $(sparkfl job {job}) "
JOBS = {
    "features": "--events shop.events --start {{ macros.ds_add(ds, -365) }} --end {{ ds }} "
    "--output shop.features",
    "train": "--input shop.features --name shop_anomalies --incremental --min-stores 20 "
    "--alias challenger",
    "evaluate": "--input shop.features --name shop_anomalies --version @challenger "
    "--output shop.evaluation",
    "score": "--input shop.features --name shop_anomalies --version @champion "
    "--output shop.scored --no-report",
}
"""The challenger is made champion by hand: ALTER MODEL shop_anomalies SET ALIAS champion = 7."""

with DAG(
    dag_id="shop_anomalies",
    schedule="0 3 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    default_args={"retries": 1, "retry_delay": timedelta(minutes=10)},
) as dag:
    tasks = [
        BashOperator(
            task_id=job,
            bash_command=SUBMIT.format(job=job) + arguments,
            env={
                "PATH": "{{ var.value.sparkfl_home }}/bin:/usr/bin:/bin",
                "PYSPARK_PYTHON": "{{ var.value.sparkfl_home }}/bin/python",
                "MLFLOW_TRACKING_URI": "{{ var.value.mlflow_tracking_uri }}",
            },
            append_env=True,
        )
        for job, arguments in JOBS.items()
    ]
    for before, after in pairwise(tasks):
        before >> after
