"""UCI Online Retail as web events, bundled with the package."""

from __future__ import annotations

from importlib.resources import files

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession

from sparkfl.columns import arrow_frame
from sparkfl.events.schema import XDM_EVENTS

__all__ = ["online_retail"]


def online_retail(spark: SparkSession) -> DataFrame:
    """Events of UCI Online Retail: one event an invoice, countries as stores.

    25,900 invoices of a British gift wholesaler to 38 countries, 2010-12-01 to 2011-12-09 [1]_,
    with everything that real data brings: 3,710 invoices without a customer, 3,836 cancellations,
    duplicates, stores of one customer. The file is read on the driver, so that executors need
    not see this package.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        Session that gets the events.

    Returns
    -------
    pyspark.sql.DataFrame
        Schema :data:`sparkfl.datasets.XDM_EVENTS`.

    References
    ----------
    .. [1] D. Chen (2015), "Online Retail", UCI Machine Learning Repository,
       https://doi.org/10.24432/C5BW33, CC BY 4.0; see ``data/ATTRIBUTION.md``.

    Examples
    --------
    >>> events = online_retail(spark)
    >>> events.select("web.webPageDetails.storeCode").distinct().count()
    38
    """
    content = files("sparkfl.datasets").joinpath("data/online_retail.parquet").read_bytes()
    return arrow_frame(spark, pq.read_table(pa.BufferReader(content)), XDM_EVENTS)
