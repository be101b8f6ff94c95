"""The kinds of external sources: a row each."""

from __future__ import annotations

from collections.abc import Mapping

from sparkfl.errors import ParameterError
from sparkfl.sources.kind import Kind, Options

__all__ = ["KINDS", "TEXT", "kind_of"]

_FILES = (
    *("path", "recursiveFileLookup", "pathGlobFilter", "modifiedBefore", "modifiedAfter"),
    "mergeSchema",
)
_S3 = {
    "ACCESS_KEY": "fs.s3a.access.key",
    "SECRET_KEY": "fs.s3a.secret.key",
    "SESSION_TOKEN": "fs.s3a.session.token",
    "ENDPOINT": "fs.s3a.endpoint",
    "REGION": "fs.s3a.endpoint.region",
    "PATH_STYLE_ACCESS": "fs.s3a.path.style.access",
}
_SNOWFLAKE = {
    **{"URL": "sfURL", "ACCOUNT": "sfAccount", "USER": "sfUser", "PASSWORD": "sfPassword"},
    **{"WAREHOUSE": "sfWarehouse", "DATABASE": "sfDatabase", "SCHEMA": "sfSchema"},
    **{"ROLE": "sfRole", "TABLE": "dbtable", "PRIVATE_KEY": "pem_private_key", "TOKEN": "sfToken"},
    **{"AUTHENTICATOR": "sfAuthenticator", "QUERY": "query"},
}
_KAFKA = {
    **{"BOOTSTRAP_SERVERS": "kafka.bootstrap.servers", "TOPICS": "subscribe", "TOPIC": "subscribe"},
    **{"TOPIC_PATTERN": "subscribePattern", "SECURITY_PROTOCOL": "kafka.security.protocol"},
    **{"SASL_MECHANISM": "kafka.sasl.mechanism", "SASL_JAAS_CONFIG": "kafka.sasl.jaas.config"},
}
_JDBC = (
    *("url", "dbtable", "query", "user", "password", "driver", "partitionColumn", "lowerBound"),
    *("upperBound", "numPartitions", "fetchsize", "queryTimeout", "sessionInitStatement"),
    *("customSchema", "pushDownPredicate", "prepareQuery", "isolationLevel"),
    "preferTimestampNTZ",
)
_CSV = (
    *("sep", "quote", "escape", "encoding", "header", "multiLine", "comment", "lineSep"),
    *("maxColumns", "maxCharsPerColumn"),
)
_JSON = ("encoding", "multiLine", "lineSep", "allowComments", "allowSingleQuotes")
TEXT = ("csv", "tsv", "json")
"""Kinds whose columns are read from text."""


def _table(options: dict[str, str], name: str) -> None:
    """Name the table after the source, if nothing else is said."""
    if "dbtable" in options and "query" in options:
        raise ParameterError(f"The source {name!r} names a TABLE and a QUERY; give one of them.")
    if "query" not in options:
        options.setdefault("dbtable", name)


def _jdbc(options: dict[str, str], name: str) -> None:
    """Check the bounds of a partitioned read, which Spark takes for a table or a subquery only."""
    _table(options, name)
    bounds = ("partitionColumn", "lowerBound", "upperBound")
    given = [option for option in bounds if option in options]
    if given and (len(given) < len(bounds) or "numPartitions" not in options):
        raise ParameterError(
            f"The source {name!r} has {', '.join(given)}: reading by parts takes PARTITION_COLUMN, "
            "LOWER_BOUND, UPPER_BOUND and NUM_PARTITIONS, all four."
        )
    if given and "query" in options:
        options["dbtable"] = f"({options.pop('query')}) AS source"


def _postgresql(options: dict[str, str], name: str) -> None:
    """Make the address of what it is made of."""
    host, port, database = (options.pop(key, None) for key in ("host", "port", "database"))
    if "url" in options and (host or port or database):
        raise ParameterError(f"The source {name!r} has a URL; leave HOST, PORT and DATABASE out.")
    if "url" not in options:
        if database is None:
            raise ParameterError(f"USING postgresql of {name!r} needs DATABASE, or a URL.")
        options["url"] = f"jdbc:postgresql://{host or 'localhost'}:{port or '5432'}/{database}"
    _jdbc(options, name)


def _snowflake(options: dict[str, str], name: str) -> None:
    """Make the address of the account."""
    account = options.pop("sfAccount", None)
    if account is not None:
        options.setdefault("sfURL", f"{account}.snowflakecomputing.com")
    _table(options, name)


_S3_PACKAGE = (
    "Spark reads S3 by hadoop-aws: start it with --packages org.apache.hadoop:hadoop-aws:<the "
    "version of the hadoop-client jars of Spark>."
)
_KAFKA_PACKAGE = (
    "Spark reads Kafka by a package: start it with --packages "
    "org.apache.spark:spark-sql-kafka-0-10_2.13:<Spark's version>."
)
_SNOWFLAKE_PACKAGE = (
    "Spark reads Snowflake by its connector: start it with --packages "
    "net.snowflake:spark-snowflake_2.13:<version for this Spark>."
)
_JDBC_PACKAGE = (
    "The database's JDBC driver has to be on Spark's class path, for PostgreSQL --packages "
    "org.postgresql:postgresql:42.7.7."
)

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("parquet", "parquet", _FILES, _S3, (("path",),), ("fs.",), takes_columns=True),
        Kind("orc", "orc", _FILES, _S3, (("path",),), ("fs.",), takes_columns=True),
        Kind(
            "delta",
            "delta",
            ("path",),
            _S3,
            (("path",),),
            ("fs.",),
            package="Configure the session with sparkfl.configure_spark(builder, delta=True).",
        ),
        *(
            Kind(
                name,
                "csv",
                (*_FILES, *_CSV),
                {**_S3, "DELIMITER": "sep"},
                (("path",),),
                ("fs.",),
                {"header": "true", "escape": '"', "quote": '"', **more},
                takes_columns=True,
            )
            for name, more in (("csv", {}), ("tsv", {"sep": "\t"}))
        ),
        Kind("json", "json", (*_FILES, *_JSON), _S3, (("path",),), ("fs.",), takes_columns=True),
        Kind(
            "jdbc",
            "jdbc",
            _JDBC,
            {"TABLE": "dbtable"},
            (("url",),),
            defaults={"preferTimestampNTZ": "true"},
            package=_JDBC_PACKAGE,
            finish=_jdbc,
        ),
        Kind(
            "postgresql",
            "jdbc",
            (*_JDBC, "host", "port", "database"),
            {"TABLE": "dbtable"},
            defaults={"preferTimestampNTZ": "true", "driver": "org.postgresql.Driver"},
            package=_JDBC_PACKAGE,
            finish=_postgresql,
        ),
        Kind(
            "snowflake",
            "net.snowflake.spark.snowflake",
            (),
            _SNOWFLAKE,
            (("sfURL", "sfAccount"), ("sfUser",)),
            package=_SNOWFLAKE_PACKAGE,
            finish=_snowflake,
        ),
        Kind(
            "kafka",
            "kafka",
            ("startingOffsets", "endingOffsets", "failOnDataLoss", "minPartitions"),
            _KAFKA,
            (("kafka.bootstrap.servers",), ("subscribe", "subscribePattern")),
            ("kafka.",),
            {"startingOffsets": "earliest"},
            package=_KAFKA_PACKAGE,
            takes_columns=True,
        ),
    )
}
"""By the word after USING. `s3` is the kind of its FORMAT, at an address of S3's."""


def kind_of(word: str, given: Mapping[str, object], name: str) -> tuple[Kind, Options]:
    """Return the kind that a word means, and the options that are left to it.

    Raises
    ------
    ParameterError
        If there is no such kind, or buckets of S3 have no format.

    Examples
    --------
    >>> kind, options = kind_of("s3", {"BUCKETS": ("b",), "FORMAT": "parquet"}, "t")
    >>> kind.name, options
    ('parquet', {'PATH': 's3a://b/'})
    """
    word, options = word.lower(), dict(given)
    if word != "s3":
        if word not in KINDS:
            raise ParameterError(
                f"USING {word} is no kind of source; choose one of {', '.join([*KINDS, 's3'])}."
            )
        return KINDS[word], options
    format, key = options.pop("FORMAT", None), "BUCKETS" if "BUCKETS" in options else "BUCKET"
    if format not in ("parquet", "orc", "delta", *TEXT):
        raise ParameterError(
            f"FORMAT of the source {name!r} is {format!r}; the files in a bucket are of parquet, "
            "orc, delta, csv, tsv or json."
        )
    bucket = options.pop(key, None)
    buckets = bucket if isinstance(bucket, tuple) else (bucket,)
    if len(buckets) != 1 or not isinstance(buckets[0], str):
        raise ParameterError(
            f"{key} of the source {name!r} is {bucket!r}; name one bucket. Of several make a "
            "source each, and a view: CREATE VIEW … AS SELECT * FROM a UNION ALL SELECT * FROM b."
        )
    prefix = str(options.pop("PREFIX", options.pop("PATH", ""))).lstrip("/")
    return KINDS[str(format)], {**options, "PATH": f"s3a://{buckets[0]}/{prefix}"}
