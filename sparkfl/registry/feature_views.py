"""Feature views by name, each an entry of MLflow's registry, with a version each definition.

A version of a view is one of MLflow's, which numbers them: of two that are made at once each has a
number of its own, and none is used twice, as the entry of a view that was dropped stays, without
versions. The whole definition is one tag of its version, so that nobody reads half of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sparkfl.errors import (
    FeatureViewExistsError,
    FeatureViewNotFoundError,
    ParameterError,
    RegistryError,
)
from sparkfl.registry.catalog import ROLE, Catalog
from sparkfl.registry.model_version import MAX_TAG, timestamp
from sparkfl.registry.names import check_name, entry_name, named_by
from sparkfl.registry.user import user

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion, RegisteredModel

__all__ = ["FeatureViews", "StoredFeatureView"]

_VIEW = "feature_view"
_PREFIX = "sparkfl_view-"
_CONTENT, _BY = "sparkfl.feature_view", "sparkfl.created_by"
_SOURCE = "sparkfl:/feature_view"
"""MLflow asks where the files of a version are; a view has none."""


@dataclass(frozen=True)
class StoredFeatureView:
    """A version of a feature view.

    Attributes
    ----------
    name : str
        Its name, as it was first spelled.
    version : int
        From 1; never used twice.
    content : dict
        The definition.
    created : datetime.datetime
        When this version was made, in UTC.
    created_by : str
        Who made it.
    """

    name: str
    version: int
    content: dict[str, Any]
    created: datetime
    created_by: str


class FeatureViews:
    """What `ModelRegistry` knows of feature views."""

    _catalog: Catalog

    def create_feature_view(
        self, name: str, content: Mapping[str, Any], replace: bool = False
    ) -> StoredFeatureView:
        """Keep a definition as the first version of a name, or as its next.

        Parameters
        ----------
        name : str
            As that of a model; models and views may share one.
        content : mapping of str to object
            The definition, for JSON.
        replace : bool, default False
            Whether it follows the versions that are there.

        Raises
        ------
        ParameterError
            If it cannot be a name, or the definition is too long for MLflow.
        FeatureViewExistsError
            If there is one, and it is not to be replaced.
        """
        check_name(name, "a feature view")
        text = json.dumps(dict(content), ensure_ascii=False)
        if len(text) > MAX_TAG:
            raise ParameterError(
                f"The definition of the feature view {name!r} has {len(text)} characters; MLflow "
                f"keeps {MAX_TAG}. Make two views of it."
            )
        found, client = self._view_entry(name), self._catalog.client
        if found is not None and found.latest_versions and not replace:
            raise _exists(named_by(_PREFIX, found.name))
        entry = found.name if found else self._create_view_entry(entry_name(_PREFIX, name))
        tags = {ROLE: _VIEW, _CONTENT: text, _BY: user()}
        made = client.create_model_version(entry, _SOURCE, tags=tags, await_creation_for=0)
        if not replace and int(self._view_versions(entry)[0].version) < int(made.version):
            # Somebody else was quicker.
            client.delete_model_version(entry, str(made.version))
            raise _exists(name)
        return _stored(made)

    def feature_view(self, name: str, version: int | str | None = None) -> StoredFeatureView:
        """Return a version of a view, the latest by default.

        Raises
        ------
        FeatureViewNotFoundError
            If there is none; the message names those there are.
        """
        versions = self.feature_view_versions(name)
        if version is None or str(version).lower() == "latest":
            return versions[-1]
        wanted = [each for each in versions if str(each.version) == str(version)]
        if not wanted:
            known = ", ".join(str(each.version) for each in versions)
            raise FeatureViewNotFoundError(
                f"Feature view {versions[-1].name!r} has no version {version!r}; it has {known}."
            )
        return wanted[0]

    def feature_view_versions(self, name: str) -> list[StoredFeatureView]:
        """Return all versions of a view, oldest first.

        Raises
        ------
        FeatureViewNotFoundError
            If there is no such view.
        """
        found = self._view_entry(name)
        versions = self._view_versions(found.name) if found else []
        if not versions:
            known = ", ".join(repr(each.name) for each in self.feature_views()) or "none yet"
            raise FeatureViewNotFoundError(
                f"There is no feature view {name!r} in the registry, which has {known}. Check the "
                "name (SHOW FEATURE VIEWS lists them), or CREATE FEATURE VIEW."
            )
        return [_stored(each) for each in versions]

    def known_feature_view(self, name: str) -> StoredFeatureView | None:
        """Return the latest version of a view, None if there is no such view."""
        found = self._view_entry(name)
        versions = self._view_versions(found.name) if found else []
        return _stored(versions[-1]) if versions else None

    def feature_views(self) -> list[StoredFeatureView]:
        """Return the latest version of each view, by name."""
        entries = [
            entry
            for entry in self._catalog.entries(f"tags.`{ROLE}` = '{_VIEW}'")
            if entry.latest_versions
        ]
        latest = [_stored(self._view_versions(entry.name)[-1]) for entry in entries]
        return sorted(latest, key=lambda each: each.name)

    def drop_feature_view(self, name: str) -> None:
        """Drop a view with all of its versions.

        Raises
        ------
        FeatureViewNotFoundError
            If there is none.
        """
        dropped = self.feature_view_versions(name)
        for version in dropped:
            try:
                self._catalog.client.delete_model_version(
                    entry_name(_PREFIX, version.name), str(version.version)
                )
            except RegistryError as error:
                # Somebody else was quicker.
                if error.code != "RESOURCE_DOES_NOT_EXIST":
                    raise

    def _create_view_entry(self, entry: str) -> str:
        """Make the entry of a view, unless another process was faster; return its name."""
        try:
            self._catalog.client.create_registered_model(entry, tags={ROLE: _VIEW})
        except RegistryError as error:
            if error.code != "RESOURCE_ALREADY_EXISTS":
                raise
        return entry

    def _view_entry(self, name: str) -> RegisteredModel | None:
        """Return the entry of a view, in any case if none is spelled exactly so."""
        entry = entry_name(_PREFIX, check_name(name, "a feature view"))
        return self._catalog.exact(entry) or next(iter(self._catalog.alike(entry)), None)

    def _view_versions(self, entry: str) -> list[ModelVersion]:
        """Return the versions of an entry, oldest first."""
        found = self._catalog.client.search_model_versions(f"name = '{entry}'", max_results=10_000)
        ours = [version for version in found if _CONTENT in version.tags]
        return sorted(ours, key=lambda version: int(version.version))


def _exists(name: str) -> FeatureViewExistsError:
    return FeatureViewExistsError(
        f"Feature view {name!r} exists. CREATE OR REPLACE FEATURE VIEW and ALTER FEATURE VIEW make "
        "its next version; IF NOT EXISTS leaves it as it is."
    )


def _stored(version: ModelVersion) -> StoredFeatureView:
    """Read a version."""
    return StoredFeatureView(
        named_by(_PREFIX, version.name),
        int(version.version),
        json.loads(version.tags[_CONTENT]),
        timestamp(version.creation_timestamp),
        version.tags[_BY],
    )
