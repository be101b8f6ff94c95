"""What a party to a federation keeps for itself: its private key, and which federation it is."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from sparkfl.errors import FederationNotFoundError, StorageError
from sparkfl.exchange.keys import PrivateKey
from sparkfl.exchange.layout import folder_of
from sparkfl.registry.names import check_name

__all__ = ["Home", "default_home"]

Role = Literal["aggregator", "store"]


def default_home() -> Path:
    """Return ``~/.sparkfl/federations``."""
    return Path.home() / ".sparkfl" / "federations"


class Home:
    """The private folder of one role in one federation, as it is called here.

    Parameters
    ----------
    name : str
        What the federation is called here.
    role : {'aggregator', 'store'}
        The role.
    root : pathlib.Path or str, optional
        Folder of all federations, `default_home` by default. It is as private as the rows.

    Examples
    --------
    >>> import tempfile
    >>> home = Home("shops", "store", tempfile.mkdtemp())
    >>> home.keep({"store": "north"})
    >>> home.kept()["store"], oct(home.key_file.parent.stat().st_mode)[-3:]
    ('north', '700')
    """

    def __init__(self, name: str, role: Role, root: Path | str | None = None) -> None:
        self.name = check_name(name)
        self.role = role
        self._folder = Path(root or default_home()).expanduser() / folder_of(name) / role

    @property
    def key_file(self) -> Path:
        """File of the private key."""
        return self._folder / "key.pem"

    @property
    def key(self) -> PrivateKey:
        """The private key, which is made when it is first needed."""
        return PrivateKey.at(self.key_file)

    @property
    def sums(self) -> Path:
        """Folder of what a store keeps of its sums, see `sparkfl.exchange.ledger`."""
        return self._folder / "sums"

    def keep(self, content: Mapping[str, Any]) -> None:
        """Keep a content, in place of any before, whole or not at all."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            aside = self._folder / f".{uuid.uuid4().hex}.tmp"
            aside.write_text(json.dumps(dict(content), indent=2, sort_keys=True))
            aside.chmod(0o600)
            aside.replace(self._file)
        except OSError as error:
            raise StorageError(
                f"{self._folder} cannot be written: {error.strerror}. Name another folder for "
                "what is private to this party."
            ) from error

    def kept(self) -> dict[str, Any]:
        """Return what is kept.

        Raises
        ------
        FederationNotFoundError
            If there is nothing.
        """
        try:
            found: dict[str, Any] = json.loads(self._file.read_text())
        except FileNotFoundError as error:
            how = {"aggregator": "CREATE FEDERATION", "store": "JOIN FEDERATION"}[self.role]
            raise FederationNotFoundError(
                f"There is no federation {self.name!r} here, as {self.role} ({self._folder}). "
                f"{how} first, or name the folder where that was done."
            ) from error
        return found

    def forget(self) -> None:
        """Forget which federation it is; the key stays."""
        self._file.unlink(missing_ok=True)

    @property
    def _file(self) -> Path:
        return self._folder / "federation.json"
