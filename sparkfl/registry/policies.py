"""Release policies by name, each an entry of MLflow's registry without versions.

The name of an entry is MLflow's to keep unique: of two that make it at once one is refused. The
whole policy is one tag, so that it is replaced at once or not at all, and nobody reads half of it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sparkfl.errors import PolicyExistsError, PolicyNotFoundError, RegistryError
from sparkfl.registry.catalog import ROLE, Catalog
from sparkfl.registry.model_version import timestamp
from sparkfl.registry.names import check_name, entry_name, named_by
from sparkfl.registry.user import user

if TYPE_CHECKING:
    from mlflow.entities.model_registry import RegisteredModel

__all__ = ["Policies", "StoredPolicy"]

_POLICY = "policy"
_PREFIX = "sparkfl_policy-"
_CONTENT = "sparkfl.policy"


@dataclass(frozen=True)
class StoredPolicy:
    """A release policy of the registry.

    Attributes
    ----------
    name : str
        Its name, as it was first spelled.
    content : dict
        The policy, for `sparkfl.privacy.policy.ReleasePolicy.of_json`.
    created, updated : datetime.datetime
        When it was made and last changed, in UTC.
    updated_by : str
        Who changed it last.
    """

    name: str
    content: dict[str, Any]
    created: datetime
    updated: datetime
    updated_by: str


class Policies:
    """What `ModelRegistry` knows of release policies."""

    _catalog: Catalog

    def create_policy(
        self, name: str, content: Mapping[str, Any], replace: bool = False
    ) -> StoredPolicy:
        """Keep a policy under a name.

        Parameters
        ----------
        name : str
            As that of a model; models and policies may share one.
        content : mapping of str to object
            What `sparkfl.privacy.policy.ReleasePolicy.to_json` returns.
        replace : bool, default False
            Whether it takes the place of one that is there.

        Raises
        ------
        ParameterError
            If it cannot be a name.
        PolicyExistsError
            If there is one, and it is not to be replaced.
        """
        check_name(name, "a release policy")
        found, told = self._policy(name), _told(content)
        if found is None:
            try:
                self._catalog.client.create_registered_model(_entry(name), tags=told)
                return self.policy(name)
            except RegistryError as error:
                # Somebody else was quicker.
                if error.code != "RESOURCE_ALREADY_EXISTS":
                    raise
                found = self._policy(name)
        if not replace or found is None:
            raise PolicyExistsError(
                f"Release policy {name!r} exists. ALTER RELEASE POLICY changes it, CREATE OR "
                "REPLACE RELEASE POLICY puts another in its place."
            )
        self._catalog.client.set_registered_model_tag(found.name, _CONTENT, told[_CONTENT])
        return self.policy(name)

    def policy(self, name: str) -> StoredPolicy:
        """Return the policy of a name, in any case if none is spelled exactly so.

        Raises
        ------
        PolicyNotFoundError
            If there is none; the message names those there are.
        """
        found = self._policy(name)
        if found is None:
            known = ", ".join(repr(each.name) for each in self.policies()) or "none yet"
            raise PolicyNotFoundError(
                f"There is no release policy {name!r} in the registry, which has {known}. Check "
                "the name (SHOW RELEASE POLICIES lists them), or CREATE RELEASE POLICY."
            )
        return _stored(found)

    def policies(self) -> list[StoredPolicy]:
        """Return all policies, by name."""
        entries = self._catalog.entries(f"tags.`{ROLE}` = '{_POLICY}'")
        return sorted(map(_stored, filter(_is_policy, entries)), key=lambda p: p.name)

    def drop_policy(self, name: str) -> None:
        """Drop a policy; versions that were trained under it keep to it.

        Raises
        ------
        PolicyNotFoundError
            If there is none.
        """
        self._catalog.client.delete_registered_model(_entry(self.policy(name).name))

    def _policy(self, name: str) -> RegisteredModel | None:
        """Return the entry of a policy, None if there is none."""
        entry = _entry(check_name(name, "a release policy"))
        exact = self._catalog.exact(entry)
        return exact or next(filter(_is_policy, self._catalog.alike(entry)), None)


def _is_policy(entry: RegisteredModel) -> bool:
    return bool(entry.tags.get(ROLE) == _POLICY)


def _entry(name: str) -> str:
    """Name the entry of a policy."""
    return entry_name(_PREFIX, name)


def _told(content: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags of a policy."""
    told = {"policy": dict(content), "by": user(), "at": int(time.time() * 1000)}
    return {ROLE: _POLICY, _CONTENT: json.dumps(told)}


def _stored(entry: RegisteredModel) -> StoredPolicy:
    """Read the entry of a policy."""
    told = json.loads(entry.tags[_CONTENT])
    created, updated = timestamp(entry.creation_timestamp), timestamp(told["at"])
    return StoredPolicy(
        named_by(_PREFIX, entry.name),
        told["policy"],
        created,
        max(created, updated),  # two clocks
        told["by"],
    )
