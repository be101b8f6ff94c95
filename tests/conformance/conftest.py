from __future__ import annotations

import pytest
from rows import SCHEMA, create, rows

from sparkfl.models.types import MODEL_TYPES


@pytest.fixture(scope="package")
def conformance(spark, tmp_path_factory, mlflow_database):
    """The session with a registry of its own and the table `conformance`."""
    home = tmp_path_factory.mktemp("conformance")
    spark.conf.set("spark.sparkfl.trackingUri", mlflow_database(home))
    frame = spark.createDataFrame(rows(), SCHEMA).coalesce(1).cache()
    frame.createOrReplaceTempView("conformance")
    yield spark
    spark.catalog.dropTempView("conformance")
    frame.unpersist()
    spark.conf.unset("spark.sparkfl.trackingUri")


@pytest.fixture(scope="package")
def trained(conformance):
    """Train each type when it is first asked for; `trained(name)` is the model's name."""
    made = {}

    def train(name):
        if name not in made:
            row = conformance.sql(create(name, f"m_{name}")).first()
            made[name] = row.model_name
        return made[name]

    return train


@pytest.fixture(params=sorted(MODEL_TYPES))
def model_type(request):
    return request.param
