"""What a check has found."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Finding"]


@dataclass(frozen=True)
class Finding:
    """What a check has found.

    Attributes
    ----------
    name : str
        What was looked for.
    told : str
        What was found, or what is wrong.
    ok : bool, default True
        Whether it is there and does.
    remedy : str, default ""
        The command that mends it; empty if another finding's does.
    needed : bool, default True
        Whether nothing goes without it.

    Examples
    --------
    >>> print(Finding("Java", "there is none", ok=False, remedy="apt install openjdk-17-jre"))
    missing   Java             there is none: apt install openjdk-17-jre
    """

    name: str
    told: str
    ok: bool = True
    remedy: str = ""
    needed: bool = True

    def __str__(self) -> str:
        state = "ok" if self.ok else "missing" if self.needed else "optional"
        told = f"{self.told}: {self.remedy}" if self.remedy else self.told
        return f"{state:8}  {self.name:15}  {told}"
