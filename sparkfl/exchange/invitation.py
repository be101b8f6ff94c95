"""An invitation: all that a store needs to join, as one word."""

from __future__ import annotations

import base64
import binascii
from dataclasses import asdict, dataclass, fields

from sparkfl.errors import ParameterError
from sparkfl.exchange.canonical import decode, encode
from sparkfl.exchange.reason import RefusalError
from sparkfl.exchange.schema import integer, mapping, text

__all__ = ["Invitation"]

_PREFIX = "sparkfl-invitation-1."


@dataclass(frozen=True)
class Invitation:
    """Whom is invited to what, and the secret that proves it.

    Whoever has it can join as that store, once: send it as you would a password.

    Parameters
    ----------
    exchange : str
        Path or address of the exchange.
    federation : str
        Identity of the federation.
    aggregator : str
        Public key of the aggregator, by which everything of it is checked.
    store : str
        The store that is invited.
    serial : int
        Number of the invitation of that store.
    secret : str
        Private key of the invitation.

    Examples
    --------
    >>> invitation = Invitation("/data/exchange", "f1", "aa", "north", 1, "bb")
    >>> Invitation.of_text(invitation.text) == invitation
    True
    >>> Invitation.of_text("hello")
    Traceback (most recent call last):
    sparkfl.errors.ParameterError: That is no invitation: it begins with 'sparkfl-invitation-1.'. \
Copy all of it.
    """

    exchange: str
    federation: str
    aggregator: str
    store: str
    serial: int
    secret: str

    @property
    def text(self) -> str:
        """The invitation as one word."""
        return _PREFIX + base64.urlsafe_b64encode(encode(asdict(self))).decode().rstrip("=")

    @classmethod
    def of_text(cls, word: str) -> Invitation:
        """Read what `text` returned.

        Raises
        ------
        ParameterError
            If it is none; the message does not repeat it.
        """
        body = word.strip().removeprefix(_PREFIX)
        try:
            if body == word.strip():
                raise ValueError
            padded = body + "=" * (-len(body) % 4)
            found = decode(base64.urlsafe_b64decode(padded.encode("ascii")))
            names = [field.name for field in fields(cls)]
            given = mapping(found, names, "an invitation")
            for name in names:
                if name != "serial":
                    text(given[name], name, 2000)
            integer(given["serial"], "serial")
        except (ValueError, binascii.Error, RefusalError) as error:
            raise ParameterError(
                f"That is no invitation: it begins with {_PREFIX!r}. Copy all of it."
            ) from error
        return cls(**given)
