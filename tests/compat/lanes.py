"""The Sparks, Pythons and Javas that sparkfl is tried on: a row a lane."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LANES", "Lane"]


@dataclass(frozen=True)
class Lane:
    """One environment.

    Attributes
    ----------
    name : str
        What it is called.
    spark, python : str
        Versions of pyspark and Python.
    java : int
        Version of Java.
    delta : bool, default True
        Whether there is a Delta Lake for this Spark.
    lowest : bool, default False
        Whether what sparkfl needs is there in the oldest version that it takes.
    """

    name: str
    spark: str
    python: str
    java: int
    delta: bool = True
    lowest: bool = False


LANES = (
    Lane("oldest", "4.0.1", "3.11", 17, lowest=True),
    Lane("spark-4.0", "4.0.5", "3.12", 21),
    Lane("spark-4.1", "4.1.4", "3.13", 17),
    Lane("spark-4.2", "4.2.0", "3.12", 21),
    # pip lets no Delta stand beside it.
    Lane("spark-4.2.1", "4.2.1", "3.11", 21, delta=False),
    Lane("spark-4.3", "4.3.0", "3.11", 17, delta=False),
    Lane("newest", "4.3.0", "3.13", 21, delta=False),
)
