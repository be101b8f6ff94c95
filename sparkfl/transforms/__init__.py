"""The transformers of the TRANSFORM clause: a new one is a row of its family's file."""

from __future__ import annotations

from collections.abc import Mapping

from sparkfl.transforms.categories import CATEGORIES
from sparkfl.transforms.hashes import HASHES
from sparkfl.transforms.imputation import UNKNOWN, Imputation
from sparkfl.transforms.imputers import IMPUTERS
from sparkfl.transforms.missing import MISSING
from sparkfl.transforms.outliers import OUTLIERS
from sparkfl.transforms.rankings import RANKINGS
from sparkfl.transforms.selectors import SELECTORS
from sparkfl.transforms.tokens import TOKENS
from sparkfl.transforms.transformer import Domain, Stage, TransformFunction
from sparkfl.transforms.vectors import VECTORS

__all__ = ["TRANSFORMERS", "UNKNOWN", "Domain", "Imputation", "Stage", "TransformFunction"]

TRANSFORMERS: Mapping[str, TransformFunction] = {
    **CATEGORIES,
    **HASHES,
    **IMPUTERS,
    **MISSING,
    **OUTLIERS,
    **RANKINGS,
    **SELECTORS,
    **TOKENS,
    **VECTORS,
}
