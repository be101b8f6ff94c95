"""Pipelines staged where executors and driver have no disk in common; `tests/cluster` has such."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.ml import PipelineModel
from pyspark.ml.clustering import KMeans
from pyspark.ml.feature import VectorAssembler

from sparkfl.errors import FormatError, SparkflError
from sparkfl.models import staging
from sparkfl.sqlext.jvm.shared_directory import HadoopDirectory


@pytest.fixture(scope="module")
def pipeline(spark):
    rows = spark.range(20).selectExpr("double(id) AS x", "double(id % 2) AS y")
    assembler = VectorAssembler(inputCols=["x", "y"], outputCol="features")
    return PipelineModel([assembler, KMeans(k=2, seed=1).fit(assembler.transform(rows))])


@pytest.fixture
def cluster(spark, monkeypatch, tmp_path):
    """Take the session for a cluster's, with a staging directory of its own."""
    monkeypatch.setattr(staging, "_cluster", lambda: True)
    spark.conf.set(staging.STAGING_DIR, f"{tmp_path}/staging/")
    yield tmp_path / "staging"
    spark.conf.unset(staging.STAGING_DIR)


def centres(pipeline):
    return [centre.tolist() for centre in pipeline.stages[-1].clusterCenters()]


def files(directory):
    return {path.relative_to(directory) for path in directory.rglob("*") if path.is_file()}


def test_a_pipeline_comes_back_and_nothing_stays(pipeline, cluster, tmp_path):
    directory = tmp_path / "a model" / "pipeline"
    directory.parent.mkdir()
    staging.save_pipeline(pipeline, directory)
    assert not list(cluster.iterdir())
    assert not [path for path in files(directory) if path.suffix == ".crc"]
    assert centres(staging.load_pipeline(directory)) == centres(pipeline)
    assert not list(cluster.iterdir())


def test_a_local_session_reads_what_a_cluster_wrote(pipeline, cluster, tmp_path, monkeypatch):
    staging.save_pipeline(pipeline, tmp_path / "pipeline")
    monkeypatch.undo()
    assert centres(staging.load_pipeline(tmp_path / "pipeline")) == centres(pipeline)


def test_the_warehouse_is_the_default(spark, pipeline, cluster, tmp_path):
    spark.conf.unset(staging.STAGING_DIR)
    staging.save_pipeline(pipeline, tmp_path / "pipeline")
    warehouse = Path(spark.conf.get("spark.sql.warehouse.dir").removeprefix("file:"))
    assert (warehouse / "_sparkfl").is_dir()
    assert not list((warehouse / "_sparkfl").iterdir())


@pytest.mark.parametrize("place", ["nosuch://host/staging", "file:/dev/null/staging"])
def test_a_directory_that_cannot_be_made(spark, pipeline, cluster, tmp_path, place):
    spark.conf.set(staging.STAGING_DIR, place)
    with pytest.raises(SparkflError, match=place) as error:
        staging.save_pipeline(pipeline, tmp_path / "pipeline")
    assert f"Set {staging.STAGING_DIR} to" in str(error.value)
    assert "\n" not in str(error.value)


def test_files_that_stayed_with_an_executor(pipeline, cluster, tmp_path, monkeypatch):
    fetch = HadoopDirectory.fetch

    def fetch_some(self, directory):
        fetch(self, directory)
        (part,) = directory.rglob("data/part-*")
        part.unlink()

    monkeypatch.setattr(HadoopDirectory, "fetch", fetch_some)
    with pytest.raises(SparkflError, match="a disk of its own"):
        staging.save_pipeline(pipeline, tmp_path / "pipeline")
    assert not list(cluster.iterdir())


def test_a_stage_of_no_class_is_refused_in_one_line(pipeline, tmp_path):
    staging.save_pipeline(PipelineModel(pipeline.stages[:1]), tmp_path / "pipeline")
    (metadata,) = (tmp_path / "pipeline" / "stages").glob("*/metadata/part-*")
    known = "org.apache.spark.ml.feature.VectorAssembler"
    metadata.write_text(metadata.read_text().replace(known, "sparkfl.no.Such"))
    for checksum in metadata.parent.glob(".*.crc"):
        checksum.unlink()
    with pytest.raises(FormatError, match=r"has a stage of another version of sparkfl \(.*sparkfl"):
        staging.load_pipeline(tmp_path / "pipeline")


def test_what_another_spark_has_saved_names_both(spark, pipeline, tmp_path):
    staging.save_pipeline(pipeline, tmp_path / "pipeline")
    for metadata in (tmp_path / "pipeline").rglob("metadata/part-*"):
        metadata.write_text(metadata.read_text().replace(spark.version, "4.9.0"))
    for data in (tmp_path / "pipeline").rglob("data/part-*"):
        data.unlink()
    for checksum in (tmp_path / "pipeline").rglob(".*.crc"):
        checksum.unlink()
    told = rf"saved by Spark 4\.9\.0, and Spark {spark.version} does not read it"
    with pytest.raises(FormatError, match=told) as error:
        staging.load_pipeline(tmp_path / "pipeline")
    assert "\n" not in str(error.value)
