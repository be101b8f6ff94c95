"""What is said of a registered model and can be changed: aliases, tags, its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sparkfl.errors import ModelExistsError, ParameterError
from sparkfl.registry.catalog import PARENT, Catalog
from sparkfl.registry.model_version import ModelVersion
from sparkfl.registry.names import check_alias, check_name

__all__ = ["Alterable"]

_OURS = ("sparkfl.", "mlflow.")
_CHAMPION, _JUDGED = "champion", "sparkfl.champion"


class Alterable:
    """What `ModelRegistry` can do with models that are there already."""

    _catalog: Catalog

    def set_alias(self, name: str, alias: str, version: int | str) -> None:
        """Let an alias such as ``'champion'`` stand for a version, in place of any before.

        Raises
        ------
        ParameterError
            If the alias could be taken for a version.
        ModelNotFoundError
            If there is no such model or version.
        """
        check_alias(alias)
        found = self._catalog.get(name, version)
        self._catalog.client.set_registered_model_alias(found.name, alias, str(found.version))

    def judge(self, version: ModelVersion, champion: bool) -> None:
        """Let a version be ``champion``, or not; once judged it is not judged again.

        Killed at any point, the same call made again completes it. An alias that somebody has
        moved since stays where it is.
        """
        if _JUDGED in self._catalog.get(version.name, version.version).tags:
            return
        if champion:
            self.set_alias(version.name, _CHAMPION, version.version)
        self._catalog.client.set_model_version_tag(
            version.name, str(version.version), _JUDGED, str(champion).lower()
        )

    def unset_alias(self, name: str, alias: str) -> None:
        """Take an alias away.

        Raises
        ------
        ParameterError
            If the model has no such alias.
        ModelNotFoundError
            If there is no such model.
        """
        there = self.aliases(name)
        if alias not in there:
            known = ", ".join(map(repr, sorted(there))) or "none"
            raise ParameterError(f"Model {name!r} has no alias {alias!r}; it has {known}.")
        self._catalog.client.delete_registered_model_alias(
            self._catalog.get(name, None).name, alias
        )

    def aliases(self, name: str) -> dict[str, int]:
        """Return the version of each alias."""
        model = self._catalog.exact(self._catalog.get(name, None).name)
        assert model is not None
        return {alias: int(version) for alias, version in model.aliases.items()}

    def tags(self, name: str) -> dict[str, str]:
        """Return the tags of a model as a whole that are not sparkfl's or MLflow's own."""
        model = self._catalog.exact(self._catalog.get(name, None).name)
        assert model is not None
        return {key: tag for key, tag in model.tags.items() if not key.startswith(_OURS)}

    def set_tags(
        self, name: str, tags: Mapping[str, str], version: int | str | None = None
    ) -> None:
        """Tag a version of a model, or without one the model as a whole.

        Raises
        ------
        ParameterError
            If a tag begins with ``sparkfl.`` or ``mlflow.``.
        """
        _check_tags(tags)
        found, client = self._catalog.get(name, version), self._catalog.client
        for key, value in tags.items():
            if version is None:
                client.set_registered_model_tag(found.name, key, value)
            else:
                client.set_model_version_tag(found.name, str(found.version), key, value)

    def unset_tags(self, name: str, tags: Iterable[str], version: int | str | None = None) -> None:
        """Take tags away from a version, or without one from the model as a whole.

        Raises
        ------
        ParameterError
            If there is no such tag.
        """
        wanted = list(tags)
        _check_tags(dict.fromkeys(wanted, ""))
        found, client = self._catalog.get(name, version), self._catalog.client
        there = self.tags(name) if version is None else found.tags
        absent = [key for key in wanted if key not in there]
        if absent:
            raise ParameterError(f"Model {found.name!r} has no tag {absent[0]!r}.")
        for key in wanted:
            if version is None:
                client.delete_registered_model_tag(found.name, key)
            else:
                client.delete_model_version_tag(found.name, str(found.version), key)

    def metrics(self, version: ModelVersion) -> dict[str, float]:
        """Return the metrics that were logged when a version was trained."""
        return dict(self._catalog.client.get_run(version.run_id).data.metrics)

    def libraries(self, version: ModelVersion) -> dict[str, str]:
        """Return the versions of the libraries that a version was trained with."""
        tags = self._catalog.client.get_run(version.run_id).data.tags
        start = "sparkfl.version."
        return {k.removeprefix(start): tags[k] for k in sorted(tags) if k.startswith(start)}

    def rename(self, name: str, to: str) -> None:
        """Give a model another name; a federation's local models follow.

        Raises
        ------
        ParameterError
            If it cannot name a model.
        ModelExistsError
            If it names another one.
        """
        check_name(to)
        found = self._catalog.get(name, None)
        taken = self._catalog.find(to)
        if taken is not None and taken.name != found.name:
            state = "exists" if taken.latest_versions else "was dropped, and its name is kept"
            raise ModelExistsError(f"Model {taken.name!r} {state}. Choose another name.")
        client = self._catalog.client
        locals_ = [m for m in self._catalog.below(found.name) if self._parent(m.name) == found.name]
        for model in locals_:
            own = to + model.name[len(found.name) :]
            client.rename_registered_model(model.name, own)
            client.set_registered_model_tag(own, PARENT, to)
            for version in self._catalog.versions(own):
                self._adopt(version, to)
        client.rename_registered_model(found.name, to)

    def _parent(self, name: str) -> str | None:
        model = self._catalog.exact(name)
        return None if model is None else self._catalog.parent(model)

    def _adopt(self, version: ModelVersion, parent: str) -> None:
        self._catalog.client.set_model_version_tag(
            version.name, str(version.version), PARENT, parent
        )


def _check_tags(tags: Mapping[str, str]) -> None:
    """Refuse tags that sparkfl and MLflow keep for themselves."""
    for key in tags:
        if not key.strip() or key.startswith(_OURS):
            raise ParameterError(
                f"{key!r} cannot be a tag of yours: those that begin with sparkfl. or mlflow. are "
                "kept. Choose another."
            )
