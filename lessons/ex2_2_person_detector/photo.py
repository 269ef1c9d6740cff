"""The people in a photograph of one's own.

    python -m lessons run 2.2 --image photo.jpg

The detector was trained on the photographs of Penn-Fudan, not on the drawn streets of the lesson.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from lessons import InputError, read
from minicv import plotting
from minicv.channel_detector import ChannelDetector
from minicv.person_detector import Detections

WEIGHTS = Path(__file__).resolve().parents[2] / "data" / "channel_detector.npz"
# On photographs of Penn-Fudan that were not learned from, seven finds in eight are right from this
# score on, and four people in five are found.
BELIEVED = -0.5
LONGEST_SIDE = 1600  # of a photograph; a larger one is shrunk, for people fill it all the same


def run(path: Path, out: Path, weights: Path = WEIGHTS) -> Detections:
    """Find the people in a photograph, print their boxes, and save it with them drawn in.

    The picture gets a name of its own, `ex2_2/NAME_people.png`. Where nobody is found there is
    nothing to draw, and none is left from an earlier run.
    """
    detector = read(ChannelDetector.load, weights)
    photo = read(read_photo, path)
    image, shrunk = shrink(photo)
    if len(image) < detector.smallest:
        cure = ("take a larger picture" if shrunk == 1 else f"it is searched {len(image)} pixels "
                f"high, since its longer side is shrunk to {LONGEST_SIDE}: cut out a part")
        raise InputError(f"{path} is {len(photo)} pixels high, and the smallest people that can "
                         f"be found {detector.smallest / shrunk:.0f}; {cure}")
    boxes, scores = detector.detect(image, threshold=BELIEVED)
    boxes = boxes / shrunk
    picture = out / "ex2_2" / f"{path.stem}_people.png"
    if len(boxes) == 0:
        picture.unlink(missing_ok=True)
        print(f"no people found in {path}: if there are any, they should stand or walk, and be at "
              f"least {detector.smallest / shrunk:.0f} pixels high")
        return Detections(boxes, scores)
    print(f"{path}: {photo.shape[1]} x {photo.shape[0]} pixels, {len(boxes)} found")
    print("score    left   upper   right   lower   (pixels)")
    for box, score in zip(boxes, scores):
        print(f"{told(score, 2):>5} " + " ".join(f"{edge:>7.0f}" for edge in box))
    print("On street photographs like those that it learned from, seven in eight of such finds are "
          "right;\non other pictures far fewer: look before you believe.")
    picture.parent.mkdir(parents=True, exist_ok=True)
    plotting.save(plotting.full_size_picture(photo, boxes, [told(score, 1) for score in scores]),
                  picture, dpi=100)
    print(f"The picture is in {picture}")
    return Detections(boxes, scores)


def told(score: float, digits: int) -> str:
    """A score with its sign, but 0.0 rather than -0.0.

    >>> told(-0.04, 1), told(0.26, 1), told(-0.26, 1)
    ('0.0', '0.3', '-0.3')
    """
    return f"{round(float(score), digits) + 0.0:.{digits}f}"


def read_photo(path: Path) -> np.ndarray:
    """A picture as (H, W, 3) uint8, upright: cameras store how they were held."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no picture {path}")
    try:
        with Image.open(path) as picture:
            if picture.mode.startswith(("I", "F")):  # Pillow would cut off all above 255
                raise ValueError("more than 8 bits a channel; save it with 8")
            return np.asarray(ImageOps.exif_transpose(picture).convert("RGB"))
    except Exception as error:  # which of many kinds depends on the byte that is wrong
        raise ValueError(f"{path} is no picture that can be read: cut short, damaged, or of "
                         f"another kind ({error})") from error


def shrink(photo: np.ndarray) -> tuple[np.ndarray, float]:
    """The photograph, not larger than is good for the search, and by how much it was shrunk."""
    factor = min(1.0, LONGEST_SIDE / max(photo.shape[:2]))
    if factor == 1:
        return photo, factor
    height, width = (max(1, round(factor * side)) for side in photo.shape[:2])
    resized = Image.fromarray(photo).resize((width, height), Image.Resampling.BOX)
    return np.asarray(resized), factor
