"""Registering one training, in an order in which being killed at any point does no harm.

The run is logged and finished, then the versions of the local models are made, then, in one
call, the model's own version: until then nobody sees the training, after it all is there. What
is left (tags that point from one version to another) is made up by the next registration of
the model, which also deletes what never became a version.
"""

from __future__ import annotations

import logging
import tempfile
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sparkfl.errors import ModelExistsError, RegistryError
from sparkfl.registry.catalog import CREATED, LOCAL, MODEL_ID, PARENT, ROLE, TOP, Catalog
from sparkfl.registry.files import MODEL, digest, stage_model, stage_tables
from sparkfl.registry.model_version import Definition, ModelVersion
from sparkfl.registry.names import local_names
from sparkfl.registry.registrable import FederatedRegistrable, Registrable
from sparkfl.registry.training_run import (
    OWNER,
    interrupted_runs,
    log_training,
    log_trials,
    owned,
    seal,
    start_run,
    trial_runs,
)
from sparkfl.registry.trial import Trial

if TYPE_CHECKING:
    import pandas as pd
    from mlflow.entities import Run
    from mlflow.entities.model_registry import RegisteredModel

__all__ = ["Registration", "Training"]

logger = logging.getLogger(__name__)

DIGEST = "sparkfl.digest"
REPLACES, REPLACED_BY = "sparkfl.replaces", "sparkfl.replaced_by"
STORE, PARENT_VERSION = "sparkfl.store", "sparkfl.parent_version"


@dataclass(frozen=True)
class Training:
    """A fitted model and all that is kept about how it was trained."""

    model: Registrable
    definition: Definition
    params: Mapping[str, object]
    metrics: Mapping[str, float]
    tables: Mapping[str, pd.DataFrame]
    tags: Mapping[str, str]
    digest: str | None = None
    trials: Sequence[Trial] = ()


@dataclass(frozen=True)
class Registration:
    """Write side of the registry.

    Parameters
    ----------
    catalog : Catalog
        What there is.
    experiment_id : str
        Experiment of the runs.
    local_models : int
        Most stores whose local models are registered one by one.
    """

    catalog: Catalog
    experiment_id: str
    local_models: int

    def register(self, name: str, training: Training, if_exists: str) -> ModelVersion:
        """Make the next version of a model, or complete the one this training was making."""
        model = self.catalog.find(name)
        name = model.name if model else name
        tags = {**training.definition.tags(), **training.tags}
        with tempfile.TemporaryDirectory() as scratch:
            files = Path(scratch)
            stage_model(training.model, files / MODEL)
            tags[DIGEST] = training.digest or digest(files / MODEL, tags)
            resumed = self._recover(name, tags[DIGEST])
            if resumed:
                logger.info("Completed the interrupted version %d of %r", resumed.version, name)
                return resumed
            before = self._before(name, if_exists)
            if before and if_exists == "replace":
                tags[REPLACES] = str(before.version)
            try:
                made = self._publish(name, training, tags, files)
            except BaseException:
                self._recover(name, tags[DIGEST])
                raise
        if if_exists == "error":
            self._yield_to_an_earlier(made)
        return made

    def _yield_to_an_earlier(self, made: ModelVersion) -> None:
        """Of several who created one model at once, let the first one be."""
        first = self.catalog.versions(made.name)[0]
        if first.version < made.version:
            self._delete(made.run_id, self.catalog.of_run(made.run_id))
            raise _exists(made.name, first.version)

    def _before(self, name: str, if_exists: str) -> ModelVersion | None:
        """Return the latest version so far, refusing what `if_exists` does not allow."""
        model = self.catalog.exact(name)
        before = self.catalog.latest(model)
        if model is None or not model.latest_versions:
            return None
        if before is None:
            raise ModelExistsError(
                f"{name!r} is registered in MLflow, but not by sparkfl. Choose another name."
            )
        parent = self.catalog.parent(model)
        if parent:
            raise ModelExistsError(
                f"{name!r} is the local model of store {before.store!r} of model {parent!r}. "
                "Choose another name."
            )
        if if_exists == "error":
            raise _exists(name, before.version)
        return before

    def _publish(
        self, name: str, training: Training, tags: dict[str, str], files: Path
    ) -> ModelVersion:
        """Log the run, then make the versions, the model's own last."""
        stores = self._stage_locals(name, training.model, files)
        shown = stage_tables(training.tables, files / "tables")
        client = self.catalog.client
        with owned() as owner:
            run_tags = {**tags, **shown, OWNER: owner, "mlflow.user": tags["sparkfl.created_by"]}
            run = start_run(client, self.experiment_id, name, run_tags)
            log_training(client, run.info.run_id, files, training.params, training.metrics)
            log_trials(client, run, training.trials)
            for store, (local_name, local) in stores.items():
                place = {ROLE: LOCAL, PARENT: name, STORE: store}
                own = {**tags, **_definition_of(local, training.definition).tags(), **place}
                self._create(local_name, run, f"local/{local_name}", place, own)
            created = {ROLE: TOP, PARENT: "", CREATED: str(int(time.time() * 1000))}
            version = self._create(name, run, MODEL, created, {**tags, ROLE: TOP})
            self._settle(version)
        return version

    def _stage_locals(
        self, name: str, model: Registrable, files: Path
    ) -> dict[str, tuple[str, Registrable]]:
        """Write the local models that get registered by themselves: all stores', or none."""
        if not isinstance(model, FederatedRegistrable):
            return {}
        stores = model.stores()
        if len(stores) > self.local_models:
            logger.info(
                "The %d local models of %r are not registered one by one (localModels=%d); "
                "load_local reads each of them from the version",
                len(stores),
                name,
                self.local_models,
            )
            return {}
        staged = {}
        for store, local_name in local_names(name, stores, self._others(name)).items():
            local = model.local(store)
            stage_model(local, files / "local" / local_name)
            staged[store] = (local_name, local)
        return staged

    def _others(self, parent: str) -> set[str]:
        """Return the names that begin as those of local models do, and are no local model's."""
        return {
            model.name
            for model in self.catalog.below(parent)
            if model.latest_versions and self.catalog.parent(model) != parent
        }

    def _create(
        self, name: str, run: Run, files: str, claim: Mapping[str, str], tags: dict[str, str]
    ) -> ModelVersion:
        """Make a version of a name that is free, ours, or was dropped."""
        client = self.catalog.client
        model_id = self._claim(name, claim)
        entity = client.create_model_version(
            name,
            f"{run.info.artifact_uri}/{files}",
            run.info.run_id,
            tags={**tags, MODEL_ID: model_id},
            await_creation_for=0,
        )
        return ModelVersion._from_mlflow(entity)

    def _claim(self, name: str, tags: Mapping[str, str]) -> str:
        """Return the id of the registered model, which is made or revived if need be."""
        fresh = {**tags, MODEL_ID: str(uuid.uuid4())}
        model = self.catalog.exact(name) or self._create_model(name, fresh)
        if MODEL_ID in model.tags and model.tags.get(PARENT) == tags[PARENT]:
            return str(model.tags[MODEL_ID])
        if model.latest_versions:
            raise ModelExistsError(
                f"{name!r} is to name a local model of {tags[PARENT]!r}, but another model has "
                "that name. Choose another name for the federation, or localModels=0."
            )
        for key, value in fresh.items():
            self.catalog.client.set_registered_model_tag(name, key, value)
        return fresh[MODEL_ID]

    def _create_model(self, name: str, tags: dict[str, str]) -> RegisteredModel:
        """Make a registered model, unless another process was faster."""
        try:
            return self.catalog.client.create_registered_model(name, tags=tags)
        except RegistryError as error:
            found = self.catalog.exact(name)
            if error.code != "RESOURCE_ALREADY_EXISTS" or found is None:
                raise
            return found

    def _settle(self, version: ModelVersion) -> None:
        """Point the versions at each other; done twice it changes nothing."""
        client = self.catalog.client
        for local in self.catalog.of_run(version.run_id):
            if local.tags.get(PARENT) == version.name:
                client.set_model_version_tag(
                    local.name, str(local.version), PARENT_VERSION, str(version.version)
                )
        replaced = version.tags.get(REPLACES)
        if replaced in [str(other.version) for other in self.catalog.versions(version.name)]:
            client.set_model_version_tag(version.name, replaced, REPLACED_BY, str(version.version))
        seal(client, version.run_id)

    def _recover(self, name: str, fingerprint: str) -> ModelVersion | None:
        """Settle or delete interrupted trainings; return the version of this very one."""
        resumed = None
        for run in interrupted_runs(self.catalog.client, self.experiment_id, name):
            made = self.catalog.of_run(run.info.run_id)
            published = next((version for version in made if version.name == name), None)
            if published:
                self._settle(published)
                if run.data.tags[DIGEST] == fingerprint:
                    resumed = published
                continue
            self._delete(run.info.run_id, made)
        return resumed

    def _delete(self, run_id: str, made: Iterable[ModelVersion]) -> None:
        """Delete a training, the versions that it made first."""
        client = self.catalog.client
        for version in made:
            client.delete_model_version(version.name, str(version.version))
        for trial in trial_runs(client, self.experiment_id, run_id):
            client.delete_run(trial.info.run_id)
        client.delete_run(run_id)


def _exists(name: str, version: int) -> ModelExistsError:
    return ModelExistsError(
        f"Model {name!r} exists, with latest version {version}. The next one is made by CREATE OR "
        "REPLACE MODEL or UPDATE MODEL, in Python by if_exists='new_version'; IF NOT EXISTS leaves "
        "it as it is."
    )


def _definition_of(local: Registrable, whole: Definition) -> Definition:
    """Describe a local model, which was trained as its federation was."""
    return Definition.of(local, whole.source, whole.options, whole.transform)
