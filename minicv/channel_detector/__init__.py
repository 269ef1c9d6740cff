"""The accurate person detector, a second step after exercise 2.2.

Read `detector` first: it says what is changed and what each change is worth. Then `channels` (what
is in a cell), `pyramid` (at all sizes), `positives`, `hard_negatives`, `box_regression` and
`suppression`.
"""

from minicv.channel_detector.detector import (
    ChannelDetector,
)
from minicv.channel_detector.pyramid import (
    CellFeatures,
)
from minicv.channel_detector.suppression import (
    average_neighbours,
)

__all__ = [
    "CellFeatures",
    "ChannelDetector",
    "average_neighbours",
]
