"""The people in a photograph of one's own.

    python -m lessons run 2.2 --image photo.jpg

The detector was trained on the photographs of Penn-Fudan, not on the drawn streets of the lesson,
and on pictures of many kinds without people (`data/README.md`).  What it says of a find, "9 in 10",
is how many of such finds were right on pictures that it was not trained on.  Finds are shown from
`LEAST_SHARE` on: not of all of them together so many are right, but of those with the lowest score
alone, since a reader looks at one find and asks about that one.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from lessons import InputError, read
from minicv import plotting
from minicv.channel_detector import ChannelDetector
from minicv.detection_metrics import clip_boxes_to_image, nms
from minicv.person_detector import Detections

WEIGHTS = Path(__file__).resolve().parents[2] / "data" / "channel_detector.npz"
LEAST_SHARE = 0.8
ORIENTATION = 0x0112  # EXIF's number of it; 1 is upright
LONGEST_SIDE = 1600  # of a photograph; a larger one is shrunk, for people fill it all the same
LONGEST_DRAWN = 2000  # of the picture with the boxes
WHO = "It looks for people who stand or walk, from head to feet, at least {:.0f} pixels high"
MEASURED = """\
"9 in 10": so many of such finds were right (an IoU of 0.5 with a person's box, or more), on
photographs of streets and on pictures of many kinds without people, none of them learned from. On
other kinds of pictures it may be fewer: look before you believe.
"""


def run(path: Path, out: Path, weights: Path = WEIGHTS) -> Detections:
    """Find the people in a photograph, print their boxes, and save it with them drawn in.

    The picture gets a name of its own, `ex2_2/NAME_people.png`. Where nobody is found there is
    nothing to draw, and none is left from an earlier run.
    """
    detector = read(ChannelDetector.load, weights)
    if detector.calibration_ is None:
        raise InputError(f"{weights} does not say what a score means; see Calibration")
    photo, (width, height), changes = read(read_photo, path)
    image = np.asarray(shrunk(photo, LONGEST_SIDE))
    scale = len(image) / height
    smallest = detector.smallest / scale
    if len(image) < detector.smallest:
        raise InputError(f"{path} is {height} pixels high, and the smallest people that can be "
                         f"found {smallest:.0f}; {cure_for_low(len(image), scale)}")
    if changes:
        print(f"{path} is searched as {', '.join(changes)}")
    boxes, scores = search(detector, image)
    share = detector.calibration_.shares(scores)
    shown = share >= LEAST_SHARE
    found = Detections(boxes[shown] / scale, scores[shown])
    shares = [told(one) for one in share[shown]]
    picture = out / "ex2_2" / f"{path.stem}_people.png"
    if len(shares) == 0:
        picture.unlink(missing_ok=True)
        print(f"no people found in {path}\n{WHO.format(smallest)};\n"
              "half-length portraits, and people who sit or lie, are out of its reach.")
        return found
    print(f"{path}: {width} x {height} pixels, {len(shares)} found")
    print(table(found.boxes, shares))
    print(f"{MEASURED}{WHO.format(smallest)},\nnot for half-length portraits.")
    picture.parent.mkdir(parents=True, exist_ok=True)
    plotting.save(plotting.full_size_picture(np.asarray(photo), found.boxes * photo.width / width,
                                             shares), picture, dpi=100)
    print(f"The picture is in {picture}")
    return found


def search(detector: ChannelDetector, image: np.ndarray) -> Detections:
    """What the detector finds in an image, and in one that goes on at its sides as in a mirror.

    There half a person at the border is a whole one. Whose middle lies outside is the mirror image
    of somebody as far inside. From the mirror only boxes that end at the border are taken.
    """
    height, width = image.shape[:2]
    pad = min(width, height // 4)  # more than half as wide as a person as high as the image
    mirrored = np.pad(image, ((0, 0), (pad, pad), (0, 0)), mode="symmetric")
    (boxes, scores), (cut, cut_scores) = (detector.detect(one) for one in (image, mirrored))
    cut = cut - [pad, 0, pad, 0]
    for border, outside in ((0, cut[:, 0] + cut[:, 2] < 0),
                            (width, cut[:, 0] + cut[:, 2] > 2 * width)):
        cut[outside, ::2] = 2 * border - cut[outside, 2::-2]
    cut = clip_boxes_to_image(cut, (height, width))
    at_border = (cut[:, 0] == 0) | (cut[:, 2] == width)
    boxes = np.concatenate([boxes, cut[at_border]])
    scores = np.concatenate([scores, cut_scores[at_border]])
    kept = nms(boxes, scores, 0.5, overlap="smaller")
    return Detections(boxes[kept], scores[kept])


def cure_for_low(searched: int, scale: float) -> str:
    """What helps where nobody could stand upright in the picture."""
    if scale == 1:
        return "take a larger picture"
    return (f"it is searched {searched} pixels high, since its longer side is shrunk to "
            f"{LONGEST_SIDE}: cut out a part")


def table(boxes: np.ndarray, shares: list[str]) -> str:
    """A line for each find."""
    return "\n".join(["right in    left   upper   right   lower   (pixels)", *(
        f"{share:>8} " + " ".join(f"{edge:>7.0f}" for edge in box)
        for box, share in zip(boxes, shares))])


def told(share: float) -> str:
    """A share in words; never more than 9 in 10, for a few hundred finds do not tell 99 from 100.

    >>> told(0.83), told(0.999), told(0.02)
    ('8 in 10', '9 in 10', '1 in 10')
    """
    return f"{np.clip(round(10 * share), 1, 9):.0f} in 10"


# --------------------------------------------------------------------------------------------
# Any file to red, green and blue
# --------------------------------------------------------------------------------------------


def read_photo(path: Path) -> tuple[Image.Image, tuple[int, int], list[str]]:
    """A picture upright, in RGB with 8 bits and not larger than it is drawn.

    Returns
    -------
    photo : PIL.Image.Image
    size : (int, int)
        (width, height) of the upright picture in the file.
    changes : list of str
        In words what was converted, for somebody who wonders about the finds.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no picture {path}")
    try:
        with Image.open(path) as picture:
            n_pictures = getattr(picture, "n_frames", 1)
            photo, changes = as_rgb(picture)
            size, turn = picture.size, picture.getexif().get(ORIENTATION, 1)
            photo = shrunk(photo, LONGEST_DRAWN)
            photo.getexif()[ORIENTATION] = turn
            upright = ImageOps.exif_transpose(photo)
    except Exception as error:  # which of many kinds depends on the byte that is wrong
        raise ValueError(f"{path} is no picture that can be read: cut short, damaged, or of "
                         f"another kind ({error})") from error
    if n_pictures > 1:
        changes.insert(0, f"the first of its {n_pictures} pictures")
    if turn in range(2, 9):  # from 5 on rows and columns are exchanged
        changes.append("turned as the camera was held")
    return upright, size[::-1] if turn in range(5, 9) else size, changes


def as_rgb(picture: Image.Image) -> tuple[Image.Image, list[str]]:
    """Any of Pillow's modes in 8-bit RGB, and in words what had to be changed."""
    mode = picture.mode
    if mode.startswith(("I", "F")):  # 16 or 32 bits; Pillow itself would cut off all above 255
        deep = shrunk(picture.convert("F"), LONGEST_DRAWN)
        low, high = deep.getextrema()
        scale = 255 / max(high - low, 1e-30)
        grey = deep.point(lambda value: value * scale + (0.5 - low * scale)).convert("L")
        return grey.convert("RGB"), [f"grey, its {low:g} to {high:g} stretched to 0 to 255"]
    if mode == "1":  # dithered dots are edges where there are none; their mean is a grey
        grey = picture.convert("L").filter(ImageFilter.BoxBlur(1))
        return grey.convert("RGB"), ["grey, each pixel the mean of 3 x 3 black or white ones"]
    if "transparency" in picture.info or mode.endswith(("A", "a")):
        layer = picture if mode == "RGBA" else picture.convert("RGBA")
        white = Image.new("RGB", picture.size, "white")
        white.paste(layer, mask=layer)
        return white, ["laid on white where it is transparent"]
    if mode == "RGB":  # of 16 bits Pillow itself keeps the upper 8
        deep = ";16" in str(getattr(picture, "tile", ""))
        return picture, ["the upper 8 of its 16 bits"] if deep else []
    words = {"L": "grey", "P": "RGB, which was a palette"}
    return picture.convert("RGB"), [words.get(mode, f"RGB, which was {mode}")]


def shrunk(photo: Image.Image, longest: int) -> Image.Image:
    """The photograph with a longer side of at most so many pixels."""
    factor = min(1.0, longest / max(photo.size))
    if factor == 1:
        return photo
    return photo.resize((max(1, round(factor * photo.width)), max(1, round(factor * photo.height))),
                        Image.Resampling.BOX)
