"""Trainings that are killed at one write to MLflow after the other, in processes of their own.

Called as ``python killed_training.py <uri> <uri>``: kills the first training of models named
after1, after2, … in one database and the second in the other, and says after how many writes the
last of each was killed. Forks, so no connection to a database is kept open.
"""

from __future__ import annotations

import os
import sys

from centroid_model import Centroids, FederatedCentroids
from mlflow import MlflowClient

from sparkfl.registry import ModelRegistry, ModelVersion

WRITES = (
    "create_run",
    "log_artifacts",
    "log_batch",
    "set_terminated",
    "create_registered_model",
    "create_model_version",
    "set_model_version_tag",
    "set_tag",
)
KILLED = 9
MODEL = FederatedCentroids(locals={"fr": Centroids((1.0,)), "uk": Centroids((2.0,))})


def train(uri: str, name: str) -> ModelVersion:
    return ModelRegistry(uri).register(
        name, MODEL, if_exists="replace", metrics={"rows": 3}, params={"k": 2}
    )


def die_after(writes: int) -> None:
    """Let this process die right after so many writes, as by kill -9."""
    done = 0

    def counted(write):
        def attempt(*args, **kwargs):
            nonlocal done
            result = write(*args, **kwargs)
            done += 1
            if done == writes:
                os._exit(KILLED)
            return result

        return attempt

    for name in WRITES:
        setattr(MlflowClient, name, counted(getattr(MlflowClient, name)))


def killed(uri: str, writes: int, before: int) -> bool:
    """Whether a training dies after so many writes, rather than live to the end."""
    child = os.fork()
    if child == 0:
        for _ in range(before):
            train(uri, f"after{writes}")
        die_after(writes)
        train(uri, f"after{writes}")
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED


if __name__ == "__main__":
    for before, uri in enumerate(sys.argv[1:]):
        # What a first use imports and prepares is made once, not by every child.
        train(uri, "warm")
        writes = 1
        while killed(uri, writes, before):
            writes += 1
        sys.stdout.write(f"{writes - 1}\n")
