"""The accurate person detector, a second step after exercise 2.2."""

from minicv.channel_detector.detector import (
    ChannelDetector,
)
from minicv.channel_detector.pyramid import (
    CellFeatures,
)
from minicv.channel_detector.suppression import (
    average_neighbours,
    suppress_nested,
)

__all__ = [
    "CellFeatures",
    "ChannelDetector",
    "average_neighbours",
    "suppress_nested",
]
