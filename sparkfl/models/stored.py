"""What is saved of a single model besides its pipeline: a file of JSON values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

from pyspark.ml import PipelineModel

from sparkfl.columns import InputColumn
from sparkfl.formats import FORMAT, check_format
from sparkfl.models.facts import Facts
from sparkfl.models.inputs import Inputs
from sparkfl.models.staging import load_pipeline
from sparkfl.models.steps import Guards
from sparkfl.models.tasks import Label
from sparkfl.transforms.clause import TransformList
from sparkfl.transforms.hashes import VectorConcatenator

__all__ = ["read_stored", "stored"]


def stored(model: Any) -> dict[str, Any]:
    """Return the JSON values of a `sparkfl.models.fitted.SqlModel`."""
    return {
        "format": FORMAT,
        "modelType": model.modelType,
        "inputs": model.inputs.to_json(),
        "features": model.features,
        "outputs": dict(model.outputs),
        "guards": model.guards.to_json(),
        "shown": {alias: list(made) for alias, made in model.shown.items()},
        "target": asdict(model.target) if model.target else None,
        "label": asdict(model.label) if model.label else None,
        "transform": model.clause.to_json() if model.clause else None,
        "facts": model.facts.to_json(),
    }


def read_stored(directory: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what is in a model's files, as JSON values and as attributes.

    Raises
    ------
    FormatError
        If another version saved it in a layout that this one does not read.
    """
    content: dict[str, Any] = json.loads((directory / "model.json").read_text())
    check_format(content.get("format"), f"The model in {directory}")
    target, label, clause = content["target"], content["label"], content["transform"]
    return content, {
        "modelType": content["modelType"],
        "pipeline": _sized(load_pipeline(directory / "pipeline")),
        "inputs": Inputs.from_json(content["inputs"]),
        "features": content["features"],
        "outputs": content["outputs"],
        "guards": Guards.from_json(content.get("guards", content)),
        "shown": {alias: (kind, c) for alias, (kind, c) in content.get("shown", {}).items()},
        "target": InputColumn.from_json(target) if target else None,
        "label": _label(label) if label else None,
        "clause": TransformList.from_json(clause) if clause else None,
        "facts": Facts.from_json(content.get("facts", {})),
        "files": directory,
    }


def _sized(pipeline: PipelineModel) -> PipelineModel:
    """Tell stages that were saved without it how many hashes the stage before them makes."""
    stages: list[Any] = list(pipeline.stages)
    for hashes, joined in pairwise(stages):
        if isinstance(joined, VectorConcatenator) and not joined.isDefined("numHashTables"):
            joined._set(numHashTables=hashes.getNumHashTables())
    return pipeline


def _label(value: Mapping[str, Any]) -> Label:
    return Label(value["kind"], tuple(value["classes"]), tuple(value.get("rows", ())))
