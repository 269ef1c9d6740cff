"""Training patches: people, and what might be taken for people, cut out of pictures.

The problem.  A classifier that is to tell people from everything else needs examples of both.  The
boxes that somebody drew around people give the positive ones.  "Everything else" has no end, so it
must be sampled:

positive   the person's box
random     a box of the person's size at a random place: the background, as it is mostly
           (exercise 2.2 a, get_random_box)
offset     the person's own box, moved by up to a fifth of its size: what looks like a person, but
           is not where the person is (exercise 2.2 b, add_offset_to_box).  Without them the
           classifier has no reason to prefer the box that fits over the one beside it.

People are near and far, but a descriptor needs patches of one size.  So each box is cut out and
*resized before anything is measured on it*: histograms of gradients taken of patches of different
sizes would have different lengths, or describe different shares of a body.

Harder negatives, those that a trained classifier falls for, come with the `detector`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

from minicv import checks
from minicv.detection_metrics.boxes import box_area, box_iou, check_boxes, clip_boxes_to_image
from minicv.person_detector.hog_features import check_picture

TOO_NEAR = 0.3  # a random box with this IoU or more shows too much of a person to be background
MOST_PIXELS = 2**27  # of a box that is cut out, and of all patches together: 400 MB in colour
MAX_DRAWS = 50  # how often a random box is drawn before the least overlapping one is taken
MAX_SHIFT, MAX_SCALE = 0.04, 0.06  # of jittered windows: of the height, and as a logarithm


def random_box(image_size: tuple[int, int], box_size: tuple[int, int],
               rng: np.random.Generator | int | None = None) -> np.ndarray:
    """A box of a given size at a random place in the image, wholly inside.

    All whole-pixel places are equally likely, the ones that touch the border included.

    Parameters
    ----------
    image_size, box_size : (int, int)
        (height, width) in pixels.
    rng : numpy.random.Generator or int, optional

    Returns
    -------
    (4,) int64
        Left, upper, right, lower.

    Examples
    --------
    >>> random_box((40, 60), (40, 60), rng=0).tolist()
    [0, 0, 60, 40]
    """
    (height, width), (down, right) = size_and_room(box_size, "box_size", image_size)
    rng = checks.generator(rng)
    left, upper = rng.integers(0, right, endpoint=True), rng.integers(0, down, endpoint=True)
    return np.array([left, upper, left + width, upper + height])


def size_and_room(size: tuple[int, int], name: str, image_size: tuple[int, int]
                  ) -> tuple[tuple[int, int], tuple[int, int]]:
    """The size of a part of an image, and how far down and to the right it can begin."""
    height, width = whole_size(size, name)
    image_height, image_width = whole_size(image_size, "image_size")
    down, right = image_height - height, image_width - width
    if down < 0 or right < 0:
        raise ValueError(f"{name} {(height, width)} does not fit into an image of "
                         f"{(image_height, image_width)}")
    return (height, width), (down, right)


def whole_size(size: tuple[int, int], name: str) -> tuple[int, int]:
    """The height and width of an image or a part of one, at least 1 pixel each."""
    return checks.pair(size, name, most=2**31, order="height, width")


def offset_box(box: np.ndarray, image_size: tuple[int, int],
               rng: np.random.Generator | int | None = None,
               max_offset: float = 0.2) -> np.ndarray:
    """Move a box a little, within the image: a negative example that is close to a positive one.

    In x and in y alike the box moves by a random whole number of pixels, at least 1 and at most
    `max_offset` of its width or height (1 if that is less than 1). All moves that leave the whole
    box inside the image are equally likely. So the box keeps its size, and one that touches the
    border moves away from it.

    Parameters
    ----------
    box : (4,)
        Left, upper, right, lower, inside the image.
    image_size : (int, int)
        (height, width)
    rng : numpy.random.Generator or int, optional
    max_offset : float
        Share of the width and height of the box, above 0 and at most 1.

    Returns
    -------
    (4,), of the dtype of `box`
        Where there is no room in one direction, as for a box as wide as the image, it moves in the
        other one alone; where there is none at all, this is an error.

    Examples
    --------
    >>> left, upper, right, lower = offset_box([20, 10, 30, 30], (40, 60), rng=0).tolist()
    >>> right - left, lower - upper, 1 <= abs(left - 20) <= 2, 1 <= abs(upper - 10) <= 4
    (10, 20, True, True)
    """
    box = checks.numbers(box, "box", (4,), hint="one box: left, upper, right, lower")
    box = check_boxes(box[None], "box")[0]
    height, width = whole_size(image_size, "image_size")
    max_offset = checks.number(max_offset, "max_offset", above=0, most=1)
    rng = checks.generator(rng)
    if not (0 <= box[0] < box[2] <= width and 0 <= box[1] < box[3] <= height):
        raise ValueError(f"box {box.tolist()} is empty or not inside an image {(height, width)}")
    moves = [_random_move(box[0], box[2], width, max_offset, rng),
             _random_move(box[1], box[3], height, max_offset, rng)]
    if moves == [0, 0]:
        raise ValueError(f"the box {box.tolist()} has no room to move in {(height, width)}")
    return box + np.array([*moves, *moves], dtype=box.dtype)


def _random_move(low: float, high: float, end: float, max_offset: float,
                 rng: np.random.Generator) -> int:
    """How far the interval [low, high] moves within [0, end]; 0 if it cannot."""
    # 0.29 * 100 is 28.999999999999996: forgive the rounding.
    farthest = max(1, int(max_offset * float(high - low) * (1 + 1e-12)))
    first, last = max(-farthest, -math.floor(low)), min(farthest, math.floor(end - high))
    if first == last == 0:
        return 0
    move = first + int(rng.integers(last - first))
    return move if move < 0 else move + 1  # any but 0


def crop(image: np.ndarray, box: np.ndarray, size: tuple[int, int],
         around: int = 0) -> np.ndarray:
    """What is in a box of an image, resized; beyond the border, the border's pixels go on.

    Resized by Pillow, bilinear: where the patch is smaller than the box, each of its pixels is a
    weighted mean of all that it covers. (Picking some would turn fine texture into coarse edges.)

    Parameters
    ----------
    image : (H, W, 3) or (H, W) uint8
    box : (4,)
        Left, upper, right, lower, with an area; any part of it may be outside.
    size : (int, int)
        (height, width) of the patch.
    around : int
        So many pixels outside of the box may shine in where the resizing averages.

    Returns
    -------
    (height, width, 3) or (height, width) uint8

    Examples
    --------
    >>> crop(np.arange(12, dtype=np.uint8).reshape(3, 4), [-1, 0, 1, 2], (2, 2)).tolist()
    [[0, 0], [4, 4]]
    """
    check_picture(image, "image")
    box = checks.numbers(box, "box", (4,), dtype=float, within=2**31)
    height, width = whole_size(size, "size")
    around = checks.whole(around, "around", least=0, most=1000)
    left, upper, right, lower = box
    if not (left < right and upper < lower):
        raise ValueError(f"the box {box.tolist()} is empty")
    if max((right - left) * (lower - upper), height * width) > MOST_PIXELS:
        raise ValueError(f"box {box.tolist()} or size {(height, width)}: over {MOST_PIXELS} pixels")
    image = np.asarray(image)
    x = np.arange(np.floor(left) - around, np.ceil(right) + around, dtype=int)
    y = np.arange(np.floor(upper) - around, np.ceil(lower) + around, dtype=int)
    part = image.take(y, axis=0, mode="clip").take(x, axis=1, mode="clip")
    inside = (left - x[0], upper - y[0], right - x[0], lower - y[0])
    return np.array(Image.fromarray(part).resize((width, height), Image.Resampling.BILINEAR,
                                                 box=inside))


def jittered_windows(box: np.ndarray, window: tuple[int, int], person_height: float,
                     n_jitter: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Windows round a person: one that fits, then some a little off, as the search will be.

    Parameters
    ----------
    box : (4,)
        The person's.
    window : (int, int)
        Height and width of a window, in pixels of its own.
    person_height : float
        Height of the person in it, likewise.
    n_jitter : int
        How many are off, by up to `MAX_SHIFT` and `MAX_SCALE`.

    Yields
    ------
    (4,) left, upper, right, lower in the image
    """
    height, middle = box[3] - box[1], (box[:2] + box[2:]) / 2
    half = np.array([window[1], window[0]]) / 2 * height / person_height
    for n in range(1 + n_jitter):
        scale, shift = 1.0, np.zeros(2)
        if n > 0:
            scale = np.exp(rng.uniform(-MAX_SCALE, MAX_SCALE))
            shift = rng.uniform(-MAX_SHIFT, MAX_SHIFT, 2) * height
        yield np.concatenate([middle + shift - scale * half, middle + shift + scale * half])


class MarkedImages:
    """Images in which all people are marked: checked, once, for all that learn from them.

    Parameters
    ----------
    images : sequence of (H, W, 3) or (H, W) uint8
        Grey ones get three equal channels.
    boxes : sequence of (N, 4)
        For each image its people's boxes; N may be 0. They may stick out of the image, but it is an
        error if one holds no whole pixel of it: maybe it belongs to another image.

    Examples
    --------
    >>> marked = MarkedImages([np.zeros((40, 30), np.uint8)], [[[5, 10, 15, 40]]])
    >>> marked.images[0].shape, marked.boxes[0].tolist()
    ((40, 30, 3), [[5.0, 10.0, 15.0, 40.0]])
    """

    def __init__(self, images: Sequence[np.ndarray], boxes: Sequence[np.ndarray]):
        images, boxes = checks.several(images, "images"), checks.several(boxes, "boxes")
        checks.same_length(images=images, boxes=boxes)
        self.images = [check_picture(image, f"image {n}") for n, image in enumerate(images)]
        self.boxes = [check_boxes(own, f"boxes of image {n}").astype(float)
                      for n, own in enumerate(boxes)]
        for n, (image, own) in enumerate(zip(self.images, self.boxes)):
            seen = box_area(whole_boxes(own, image.shape[:2])) > 0
            if not seen.all():
                raise ValueError(f"box {seen.argmin()} of image {n} holds no whole pixel of it: "
                                 f"{own[seen.argmin()].tolist()} in {image.shape[:2]}")


class Patches(NamedTuple):
    """Patches of one kind, and where they come from."""

    pixels: np.ndarray  # (P, H, W, 3) uint8
    boxes: np.ndarray  # (P, 4) int64: left, upper, right, lower
    images: np.ndarray  # (P,) int64: the numbers of the images


class TrainingPatches(NamedTuple):
    """The three kinds of patches to train a person detector on."""

    positive: Patches
    random: Patches
    offset: Patches


def training_patches(images: Sequence[np.ndarray], boxes: Sequence[np.ndarray],
                     patch_size: tuple[int, int] = (150, 50), n_random: int = 3,
                     n_offset: int = 3, rng: np.random.Generator | int | None = None
                     ) -> TrainingPatches:
    """Cut people, random places and offset places out of pictures.

    A person's box is first clipped to the image and rounded to whole pixels. A random box that has
    an IoU of `TOO_NEAR` or more with anybody in the image is drawn again, up to `MAX_DRAWS` times
    in all; if none will do, the one that overlaps people least is taken.

    A box that fills its whole image has no room to move: it gives a positive patch and no negative
    ones.

    Parameters
    ----------
    images : sequence of (H, W, 3) or (H, W) uint8
    boxes : sequence of (N, 4)
        For each image its people's boxes; N may be 0.
    patch_size : (int, int)
        (height, width) that all patches are resized to.
    n_random, n_offset : int
        Negative boxes for each person.
    rng : numpy.random.Generator or int, optional

    Returns
    -------
    TrainingPatches
        Each kind in the order of the images and people.

    Examples
    --------
    >>> patches = training_patches([np.zeros((90, 120, 3), np.uint8)], [[[20, 10, 40, 70]]])
    >>> [kind.pixels.shape for kind in patches]
    [(1, 150, 50, 3), (3, 150, 50, 3), (3, 150, 50, 3)]
    >>> patches.positive.boxes.tolist()
    [[20, 10, 40, 70]]
    """
    marked = MarkedImages(images, boxes)
    n_random = checks.whole(n_random, "n_random", least=0, most=1000)
    n_offset = checks.whole(n_offset, "n_offset", least=0, most=1000)
    patch_size = whole_size(patch_size, "patch_size")
    n_patches = sum(map(len, marked.boxes)) * (1 + n_random + n_offset)
    if n_patches * math.prod(patch_size) > MOST_PIXELS:
        raise ValueError(f"the patches, of patch_size {patch_size}, have over {MOST_PIXELS} pixels")
    rng = checks.generator(rng)
    positive, random, offset = [], [], []  # (number of the image, box)
    for number, (picture, own) in enumerate(zip(marked.images, marked.boxes)):
        size = picture.shape[:2]
        people = whole_boxes(own, size)
        for person in people:
            positive.append((number, person))
            if (person == [0, 0, size[1], size[0]]).all():
                continue
            random += [(number, _background_box(person, people, size, rng))
                       for _ in range(n_random)]
            offset += [(number, offset_box(person, size, rng)) for _ in range(n_offset)]
    return TrainingPatches(*(_cut_all(marked.images, kind, patch_size)
                             for kind in (positive, random, offset)))


def whole_boxes(boxes: np.ndarray, image_size: tuple[int, int]) -> np.ndarray:
    """Boxes clipped to an image of (height, width), and in whole pixels."""
    return np.rint(clip_boxes_to_image(boxes, image_size)).astype(np.int64)


def _background_box(person: np.ndarray, persons: np.ndarray, image_size: tuple[int, int],
                    rng: np.random.Generator) -> np.ndarray:
    """A random box of the person's size that shows as little of anybody as `MAX_DRAWS` can do."""
    left, upper, right, lower = person.tolist()
    best, least = person, np.inf
    for _ in range(MAX_DRAWS):
        box = random_box(image_size, (lower - upper, right - left), rng)
        overlap = box_iou(box[None], persons).max()
        if overlap < least:
            best, least = box, overlap
        if least < TOO_NEAR:
            break
    return best


def _cut_all(images: Sequence[np.ndarray], places: Sequence[tuple[int, np.ndarray]],
             patch_size: tuple[int, int]) -> Patches:
    pixels = np.empty((len(places), *patch_size, 3), np.uint8)
    for patch, (number, box) in zip(pixels, places):
        patch[:] = crop(images[number], box, patch_size)
    return Patches(pixels, np.array([box for _, box in places], np.int64).reshape(-1, 4),
                   np.array([number for number, _ in places], np.int64))
