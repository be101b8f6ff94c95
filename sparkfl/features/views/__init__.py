"""Feature views: from many sources to features as of a time, in one shuffle."""

from __future__ import annotations

from sparkfl.features.views.aggregation import Aggregation
from sparkfl.features.views.arrivals import arrivals
from sparkfl.features.views.entities import Entities
from sparkfl.features.views.source import Source
from sparkfl.features.views.view import FeatureView
from sparkfl.features.views.window import Window

__all__ = ["Aggregation", "Entities", "FeatureView", "Source", "Window", "arrivals"]
