"""The text of feature views: read into what `FeatureView.from_dict` takes, and written again."""

from __future__ import annotations
