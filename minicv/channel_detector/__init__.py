"""The accurate person detector, a second step after exercise 2.2.

Read `minicv.person_detector` before. Then, in this order:

1. the head of `detector`: what is changed, and what each change is worth;
2. `channels`: what is in a cell; `pyramid`: the same at all sizes of the image;
3. `windows`: where in a window a person is; `positives`, `box_regression`: what to learn from one;
4. `finding`: all windows scored, the best twice; `suppression`: from many boxes to one;
5. `second_look`: does it look like some person, or like what is none?
6. the rest of `detector`: all of it together (`saving`: in a file);
7. `calibration`: what a score means.
"""

from minicv.channel_detector.calibration import Calibration
from minicv.channel_detector.detector import ChannelDetector
from minicv.channel_detector.pyramid import CellFeatures

__all__ = ["Calibration", "CellFeatures", "ChannelDetector"]
