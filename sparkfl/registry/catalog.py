"""What the registry holds: models found by name, versions by number or alias."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, TypeVar

from sparkfl.errors import ModelNotFoundError, RegistryError
from sparkfl.registry.mlflow_errors import address_of
from sparkfl.registry.model_version import ModelVersion, timestamp
from sparkfl.registry.names import is_name, named_at

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import RegisteredModel
    from mlflow.store.entities import PagedList

__all__ = ["CREATED", "LABEL", "LOCAL", "MODEL_ID", "PARENT", "ROLE", "TOP", "Catalog"]

ROLE = "sparkfl.role"
TOP, LOCAL = "model", "local"
PARENT = "sparkfl.parent"
MODEL_ID = "sparkfl.model_id"
CREATED = "sparkfl.created"
LABEL = "model_version"
"""The tag of a version that has what its users call it."""
_PAGE = 1000
_NAMED = 10
_Entity = TypeVar("_Entity")


class Catalog:
    """Read side of the registry.

    A model is its live versions: MLflow never reuses the number of a deleted version as long as
    the registered model stays, so a dropped model stays in MLflow without versions, and is not
    there for anybody who asks.

    Parameters
    ----------
    client : mlflow.MlflowClient
        Client of the tracking server or database.
    """

    def __init__(self, client: MlflowClient) -> None:
        self.client = client

    def exact(self, name: str) -> RegisteredModel | None:
        """Return the registered model spelled so, dropped or not."""
        try:
            return self.client.get_registered_model(name)
        except RegistryError as error:
            if error.code != "RESOURCE_DOES_NOT_EXIST":
                raise
            return None

    def find(self, name: str) -> RegisteredModel | None:
        """Return the registered model of a name, in any case if none is spelled exactly so."""
        if not is_name(name):
            return None
        exact = self.exact(name)
        if exact and exact.latest_versions:
            return exact
        similar = self.alike(name)
        alive = [model for model in similar if model.latest_versions]
        return next(iter([*alive, *([exact] if exact else similar)]), None)

    def alike(self, name: str) -> list[RegisteredModel]:
        """Return the registered models of a name in any case."""
        found = self.entries(f"name ILIKE '{name}'")
        return [model for model in found if model.name.casefold() == name.casefold()]

    def below(self, name: str) -> Iterator[RegisteredModel]:
        """Go through the registered models whose names begin with this one and a dot."""
        start = f"{name}.".casefold()
        for model in self.entries(f"name ILIKE '{name}.%'"):
            if model.name.casefold().startswith(start):
                yield model

    def entries(self, condition: str) -> Iterator[RegisteredModel]:
        """Go through the registered models of a condition."""
        return _all(self.client.search_registered_models, condition)

    def latest(self, model: RegisteredModel | None) -> ModelVersion | None:
        """Return the latest version, None if there is no model or it was dropped."""
        if model is None or not model.latest_versions or ROLE not in model.tags:
            return None
        newest = max(model.latest_versions, key=lambda entity: int(entity.version))
        if MODEL_ID in newest.tags:
            return ModelVersion._from_mlflow(newest)
        return next(reversed(self.versions(model.name)), None)

    def versions(self, name: str) -> list[ModelVersion]:
        """Return all versions of exactly this name, oldest first."""
        return self._versions(f"name = '{name}'")

    def of_run(self, run_id: str) -> list[ModelVersion]:
        """Return the versions that one training made: the model's and its local models'."""
        return self._versions(f"run_id = '{run_id}'")

    def tagged(self, tag: str) -> list[ModelVersion]:
        """Return the versions that have a tag, whatever its value."""
        return self._versions(f"tags.`{tag}` LIKE '%'")

    def _versions(self, condition: str) -> list[ModelVersion]:
        """Return versions that sparkfl made."""
        found = _all(self.client.search_model_versions, condition)
        ours = [ModelVersion._from_mlflow(entity) for entity in found if MODEL_ID in entity.tags]
        return sorted(ours, key=lambda version: (version.name, version.version))

    def models(self) -> list[ModelVersion]:
        """Return the latest version of each model that is not a store's, by name."""
        search = self.client.search_registered_models
        rows = []
        for model in _all(search, f"tags.`{ROLE}` = '{TOP}'"):
            newest = self.latest(model)
            if newest:
                created = timestamp(int(model.tags[CREATED]))
                rows.append(replace(newest, created=created, updated=newest.created))
        return sorted(rows, key=lambda version: version.name)

    def get(self, name: str, version: int | str | None) -> ModelVersion:
        """Return a version by number, alias or, for None and as in MLflow 'latest', the latest."""
        model = self.find(name)
        newest = self.latest(model)
        if model is None or newest is None:
            raise ModelNotFoundError(self._no_model(name, model))
        wanted = str("latest" if version is None else version).removeprefix("@")
        latest = wanted.lower() == "latest"  # MLflow reserves the word
        number = newest.version if latest else model.aliases.get(wanted, wanted)
        if str(number) in (str(newest.version), newest.tags.get(LABEL)):
            return newest
        versions = self.versions(model.name)
        for candidate in versions:
            if str(number) in (str(candidate.version), candidate.tags.get(LABEL)):
                return candidate
        numbers = ", ".join(str(candidate.version) for candidate in versions[-_NAMED:])
        aliases = ", ".join(f"'{alias}'" for alias in sorted(model.aliases)) or "none"
        raise ModelNotFoundError(
            f"Model {model.name!r} has no version {version!r}. Its versions: "
            f"{'…, ' if len(versions) > _NAMED else ''}{numbers}; aliases: {aliases}."
        )

    def at(self, uri: str) -> ModelVersion | None:
        """Return the version of this package's at an address ``models:/…``, if it is one."""
        named = named_at(uri)
        if named is None:
            return None
        try:
            return self.get(*named)
        except ModelNotFoundError:
            return None

    def _no_model(self, name: str, model: RegisteredModel | None) -> str:
        """Say what there is instead of a model."""
        if model is not None and model.latest_versions:
            return (
                f"{name!r} is registered in MLflow, but not by sparkfl. Load it by "
                "mlflow.pyfunc.load_model, or train a model under another name."
            )
        names = [version.name for version in self.models()]
        shown = get_close_matches(name, names, n=3) or names[:_NAMED]
        more = len(names) - len(shown)
        listed = ", ".join(map(repr, shown)) + (f" and {more} more" if more else "")
        address = address_of(self.client.tracking_uri)
        return (
            f"There is no model {name!r} in the registry {address}, which has "
            f"{listed or 'no model yet'}. Check the name (SHOW MODELS lists them), or train it."
        )

    def parent(self, model: RegisteredModel) -> str | None:
        """Return the model whose local model this is."""
        return model.tags.get(PARENT) if model.tags.get(ROLE) == LOCAL else None


def _all(search: Callable[..., PagedList[_Entity]], condition: str) -> Iterator[_Entity]:
    """Go through all pages of a search."""
    token = None
    while True:
        page = search(condition, max_results=_PAGE, page_token=token)
        yield from page
        token = page.token
        if not token:
            return
