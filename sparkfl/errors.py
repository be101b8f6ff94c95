"""Every error sparkfl raises, under one root."""

from __future__ import annotations

__all__ = [
    "AggregationError",
    "ArgumentError",
    "CancelledError",
    "CapabilityError",
    "ExchangeError",
    "FeatureViewExistsError",
    "FeatureViewNotFoundError",
    "FederationExistsError",
    "FederationNotFoundError",
    "FormatError",
    "FunctionExistsError",
    "FunctionNotFoundError",
    "InvalidIdentifierError",
    "MissingPackageError",
    "ModelExistsError",
    "ModelNotFoundError",
    "ParameterError",
    "PolicyExistsError",
    "PolicyNotFoundError",
    "ProtocolError",
    "QualityError",
    "QuorumError",
    "RegistryError",
    "SchemaError",
    "SourceExistsError",
    "SourceNotFoundError",
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


class MissingPackageError(SparkflError, ImportError):
    """Raised when a package is not there that one of sparkfl's extras brings.

    Parameters
    ----------
    what : str
        What needs it, as the subject of a sentence.
    package : str
        The package.
    extra : str
        The extra.

    Examples
    --------
    >>> str(MissingPackageError("The page of a report", "matplotlib", "report"))
    "The page of a report needs matplotlib, which is not installed. Run pip install \
'sparkfl[report]'."
    """

    condition = "MISSING_PACKAGE"

    def __init__(self, what: str, package: str, extra: str) -> None:
        super().__init__(
            f"{what} needs {package}, which is not installed. Run pip install 'sparkfl[{extra}]'."
        )


class ParameterError(SparkflError, ValueError):
    """Raised when a parameter or option has an unknown name or an invalid value."""

    condition = "INVALID_PARAMETER"


class SchemaError(SparkflError, ValueError):
    """Raised when a frame lacks a column, or has one of the wrong type or content."""

    condition = "INVALID_INPUT"


class ArgumentError(ParameterError):
    """Raised when a function of SQL is called with arguments that it does not take."""

    condition = "INVALID_ARGUMENTS"


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


class ExchangeError(SparkflError):
    """Raised when what a federation's aggregator is to have written was not, or was altered."""

    condition = "EXCHANGE_NOT_TRUSTED"


class FederationNotFoundError(SparkflError, LookupError):
    """Raised when a federation was neither created nor joined here."""

    condition = "FEDERATION_NOT_FOUND"


class FederationExistsError(SparkflError):
    """Raised when a federation is created or joined under a name that is taken."""

    condition = "FEDERATION_ALREADY_EXISTS"


class QualityError(SparkflError):
    """Raised when features are not as their view expects, and that is to fail."""

    condition = "FEATURES_NOT_AS_EXPECTED"


class QuorumError(SparkflError):
    """Raised when fewer stores than required could be trained."""

    condition = "TOO_FEW_STORES"


class ProtocolError(SparkflError, ValueError):
    """Raised when a message of a cryptographic protocol is refused: altered, replayed, asking more.

    What was refused has changed nothing, and nothing has been told.
    """

    condition = "REFUSED_MESSAGE"


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


class PolicyNotFoundError(SparkflError, LookupError):
    """Raised when a release policy is not in the registry."""

    condition = "RELEASE_POLICY_NOT_FOUND"


class PolicyExistsError(SparkflError):
    """Raised when a release policy is created under a name that is taken."""

    condition = "RELEASE_POLICY_ALREADY_EXISTS"


class FeatureViewNotFoundError(SparkflError, LookupError):
    """Raised when a feature view or one of its versions is not in the registry."""

    condition = "FEATURE_VIEW_NOT_FOUND"


class FeatureViewExistsError(SparkflError):
    """Raised when a feature view is created under a name that is taken."""

    condition = "FEATURE_VIEW_EXISTS"


class SourceNotFoundError(SparkflError, LookupError):
    """Raised when there is no external source of a name."""

    condition = "EXTERNAL_SOURCE_NOT_FOUND"


class SourceExistsError(SparkflError):
    """Raised when an external source is created under a name that is taken."""

    condition = "EXTERNAL_SOURCE_EXISTS"


class TableExistsError(SparkflError):
    """Raised when a temporary table is created under a name that is taken."""

    condition = "TEMP_TABLE_ALREADY_EXISTS"


class FunctionExistsError(SparkflError):
    """Raised when a model is published as a function whose name is taken."""

    condition = "FUNCTION_ALREADY_EXISTS"


class FunctionNotFoundError(SparkflError, LookupError):
    """Raised when no model was published as a function of a name."""

    condition = "FUNCTION_NOT_PUBLISHED"


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
