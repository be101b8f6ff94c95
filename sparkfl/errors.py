"""Every error sparkfl raises, under one root."""

from __future__ import annotations

__all__ = [
    "AggregationError",
    "CancelledError",
    "CapabilityError",
    "FormatError",
    "InvalidIdentifierError",
    "ModelExistsError",
    "ModelNotFoundError",
    "ParameterError",
    "QuorumError",
    "RegistryError",
    "SchemaError",
    "SparkflError",
    "SqlSyntaxError",
    "StorageError",
    "TableExistsError",
]


class SparkflError(Exception):
    """Root of all sparkfl errors.

    The message says what happened, the offending value, and what to do about it.

    Attributes
    ----------
    condition : str
        Name of the error condition, as Spark names its own (``SPARKFL_…`` in SQL).
    """

    condition = "ERROR"


class ParameterError(SparkflError, ValueError):
    """Raised when a parameter or option has an unknown name or an invalid value."""

    condition = "INVALID_PARAMETER"


class SchemaError(SparkflError, ValueError):
    """Raised when a frame lacks a column, or has one of the wrong type or content."""

    condition = "INVALID_INPUT"


class StorageError(SparkflError, OSError):
    """Raised when a table or file is not there, or cannot be read or written."""

    condition = "STORAGE"


class AggregationError(SparkflError):
    """Raised when no global model can be built from the releases."""

    condition = "NOTHING_TO_AGGREGATE"


class CancelledError(SparkflError):
    """Raised when the Spark jobs of a stage were cancelled."""

    condition = "CANCELLED"


class CapabilityError(SparkflError):
    """Raised when a model is asked for what models of its type cannot tell."""

    condition = "UNSUPPORTED_BY_MODEL"


class QuorumError(SparkflError):
    """Raised when fewer stores than required could be trained."""

    condition = "TOO_FEW_STORES"


class FormatError(SparkflError):
    """Raised when a model was saved in a layout that this version does not read."""

    condition = "UNKNOWN_FORMAT"


class RegistryError(SparkflError):
    """Raised when MLflow cannot be reached, or refuses what it is asked.

    Parameters
    ----------
    message : str
        What happened, at which address, and what to do.
    code : str, default ""
        MLflow's own code of the error, where it has one.
    """

    condition = "REGISTRY_FAILED"

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class ModelNotFoundError(SparkflError, LookupError):
    """Raised when a model or one of its versions is not in the registry."""

    condition = "MODEL_NOT_FOUND"


class ModelExistsError(SparkflError):
    """Raised when a model is created under a name that is taken."""

    condition = "MODEL_ALREADY_EXISTS"


class TableExistsError(SparkflError):
    """Raised when a temporary table is created under a name that is taken."""

    condition = "TEMP_TABLE_ALREADY_EXISTS"


class SqlSyntaxError(SparkflError):
    """Raised when a model statement cannot be parsed.

    Parameters
    ----------
    message : str
        What was expected and what was found.
    line : int, default 1
        Line of the statement, from 1.
    position : int, default 0
        Column in that line, from 0.
    """

    condition = "SYNTAX_ERROR"

    def __init__(self, message: str, line: int = 1, position: int = 0) -> None:
        super().__init__(message)
        self.line = line
        self.position = position


class InvalidIdentifierError(SqlSyntaxError):
    """Raised when a name in a model statement needs back-ticks and has none."""

    condition = "INVALID_IDENTIFIER"
