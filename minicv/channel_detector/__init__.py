"""The accurate person detector, a second step after exercise 2.2."""

from minicv.channel_detector.detector import (
    ChannelDetector,
    Detections,
)
from minicv.channel_detector.suppression import average_neighbours
from minicv.channel_detector.window_features import (
    CellFeatures,
    HogFeatures,
)

__all__ = [
    "CellFeatures",
    "Detections",
    "HogFeatures",
    "ChannelDetector",
    "average_neighbours",
]
