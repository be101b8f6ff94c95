"""What is remembered of functions that versions were published as."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256

from sparkfl.registry.catalog import Catalog
from sparkfl.registry.model_version import ModelVersion

__all__ = ["PUBLISHED", "Publication", "Publishing"]

PUBLISHED = "published."
"""Begins the tags, after ``sparkfl.``, of functions that a version was published as."""


@dataclass(frozen=True)
class Publication:
    """A function, and the table of its figures.

    Attributes
    ----------
    function : str
        Its full name, quoted.
    figures : str or None
        Full name of the table, quoted; None if the figures are in the function.
    """

    function: str
    figures: str | None = None

    @property
    def tag(self) -> str:
        """The tag it is remembered by: MLflow's have few characters; case tells none apart."""
        return f"sparkfl.{PUBLISHED}{sha256(self.function.lower().encode()).hexdigest()[:16]}"


class Publishing:
    """What `ModelRegistry` remembers of published functions."""

    _catalog: Catalog

    def remember(self, version: ModelVersion, publication: Publication) -> None:
        """Remember that a version was published, in place of what was known of the function."""
        value = json.dumps(asdict(publication))
        client = self._catalog.client
        client.set_model_version_tag(version.name, str(version.version), publication.tag, value)

    def forget(self, version: ModelVersion, publication: Publication) -> None:
        """Forget it; what is not known is no error."""
        client, number = self._catalog.client, str(version.version)
        if publication.tag in client.get_model_version(version.name, number).tags:
            client.delete_model_version_tag(version.name, number, publication.tag)

    def published(self, version: ModelVersion) -> list[Publication]:
        """Return what a version was published as, by name."""
        start = f"sparkfl.{PUBLISHED}"
        told = [json.loads(value) for key, value in version.tags.items() if key.startswith(start)]
        return sorted((Publication(**each) for each in told), key=lambda one: one.function)

    def publishers(self, function: str) -> Iterator[tuple[ModelVersion, Publication]]:
        """Go through the versions that were published as a function, given its full name."""
        tag = Publication(function).tag
        for version in self._catalog.tagged(tag):
            yield version, Publication(**json.loads(version.tags[tag]))
