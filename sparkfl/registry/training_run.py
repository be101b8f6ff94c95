"""The MLflow run behind each version, and what becomes of one that was interrupted."""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sparkfl.registry.libraries import library_versions
from sparkfl.registry.trial import Trial

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

__all__ = [
    "interrupted_runs",
    "log_training",
    "log_trials",
    "owned",
    "seal",
    "start_run",
    "trial_runs",
]

MODEL = "sparkfl.model"
STATE = "sparkfl.state"
OWNER = "sparkfl.owner"
REGISTERING, REGISTERED = "registering", "registered"
# A run of another host cannot be seen to be dead; registering takes seconds.
LEASE_SECONDS = 600
_TAG_LENGTH = 8000
_PARAM_LENGTH = 6000
_BATCH = 100
_PARENT = "mlflow.parentRunId"
_active: set[str] = set()


@contextmanager
def owned() -> Iterator[str]:
    """Name this process as the one that is registering, as long as it is."""
    token = uuid.uuid4().hex
    _active.add(token)
    try:
        yield f"{socket.gethostname()}:{os.getpid()}:{token}"
    finally:
        _active.discard(token)


def start_run(client: MlflowClient, experiment_id: str, name: str, tags: Mapping[str, str]) -> Run:
    """Start the run of a training that is about to be registered."""
    versions = {f"sparkfl.version.{key}": value for key, value in library_versions().items()}
    cut = {key: value[:_TAG_LENGTH] for key, value in tags.items()}
    tags = {**cut, **versions, MODEL: name, STATE: REGISTERING}
    return client.create_run(experiment_id, run_name=name, tags=tags)


def log_training(
    client: MlflowClient,
    run_id: str,
    files: Path,
    params: Mapping[str, object],
    metrics: Mapping[str, float],
) -> None:
    """Log files, then parameters and metrics, and finish the run, yet to be registered."""
    from mlflow.entities import Metric, Param

    client.log_artifacts(run_id, str(files))
    now = int(time.time() * 1000)
    entries = [Param(key, str(value)[:_PARAM_LENGTH]) for key, value in params.items()]
    measured = [Metric(key, float(value), now, 0) for key, value in metrics.items()]
    for start in range(0, max(len(entries), len(measured)), _BATCH):
        stop = start + _BATCH
        client.log_batch(run_id, metrics=measured[start:stop], params=entries[start:stop])
    client.set_terminated(run_id)


def log_trials(client: MlflowClient, parent: Run, trials: Sequence[Trial]) -> None:
    """Log each trial of a search as a child of the run of its best."""
    from mlflow.entities import Metric, Param

    now = int(time.time() * 1000)
    for trial in trials:
        tags = {_PARENT: parent.info.run_id, "sparkfl.trial.best": str(trial.best).lower()}
        tags |= {"sparkfl.trial.error": trial.error[:_TAG_LENGTH]} if trial.error else {}
        run = client.create_run(
            parent.info.experiment_id,
            start_time=now - int(1000 * trial.seconds),
            run_name=f"trial {trial.number}",
            tags=tags,
        )
        params = [Param(key, str(value)[:_PARAM_LENGTH]) for key, value in trial.options.items()]
        metrics = [Metric(key, float(value), now, 0) for key, value in trial.metrics.items()]
        client.log_batch(run.info.run_id, metrics=metrics, params=params)
        client.set_terminated(run.info.run_id, "FAILED" if trial.error else "FINISHED")


def trial_runs(client: MlflowClient, experiment_id: str, run_id: str) -> list[Run]:
    """Return the runs of a run's trials."""
    return list(client.search_runs([experiment_id], f"tags.`{_PARENT}` = '{run_id}'"))


def seal(client: MlflowClient, run_id: str) -> None:
    """Mark a run as having done all that registering takes."""
    client.set_tag(run_id, STATE, REGISTERED)


def interrupted_runs(client: MlflowClient, experiment_id: str, name: str) -> list[Run]:
    """Return the runs of a model that nobody is registering any more, though not sealed."""
    found = client.search_runs(
        [experiment_id], f"tags.`{MODEL}` = '{name}' AND tags.`{STATE}` = '{REGISTERING}'"
    )
    return [run for run in found if not _alive(run)]


def _alive(run: Run) -> bool:
    """Whether the process that started the run may still be at it."""
    host, pid, token = run.data.tags[OWNER].rsplit(":", 2)
    if host != socket.gethostname():
        return bool(time.time() - run.info.start_time / 1000 < LEASE_SECONDS)
    if int(pid) == os.getpid():
        return token in _active
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
