"""Training patches: people, and what might be taken for people, cut out of pictures.

The problem.  A classifier that shall tell people from everything else needs examples of both.  The
boxes that somebody drew around people give the positive ones.  Of "everything else" a picture holds
endlessly much, so it must be sampled:

positive   the person's box
random     a box of the person's size at a random place: the background, as it is mostly
           (exercise 2.2 a)
offset     the person's own box, moved by up to a fifth of its size: what looks like a person, but
           is not where the person is (exercise 2.2 b).  Without them the classifier has no reason
           to prefer the box that fits over the one beside it.

People are near and far, but a descriptor needs patches of one size.  So each box is cut out and
*resized before anything is measured on it*: histograms of gradients taken of patches of different
sizes would have different lengths, or describe different shares of a body.

Lesson 2.2 trains on these patches.  Harder negatives, those that a trained classifier falls for,
are the subject of `hard_negatives.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from minicv.detection_metrics.boxes import (
    box_area,
    box_iou,
    check_boxes,
    clip_boxes_to_image,
    offset_box,
    random_box,
)

TOO_NEAR = 0.3  # a random box with this IoU or more shows too much of a person to be background
MAX_DRAWS = 50  # how often a random box is drawn before the least overlapping one is taken


class TrainingPatches(NamedTuple):
    """The three kinds of patches, each a stack (P, H, W, 3) uint8, and where they come from.

    `positive_boxes` (P, 4), `random_boxes` and `offset_boxes` are the boxes in whole pixels;
    `positive_images` (P,), `random_images` and `offset_images` the numbers of their images.
    """

    positive: np.ndarray
    random: np.ndarray
    offset: np.ndarray
    positive_boxes: np.ndarray
    random_boxes: np.ndarray
    offset_boxes: np.ndarray
    positive_images: np.ndarray
    random_images: np.ndarray
    offset_images: np.ndarray


def training_patches(images: Sequence[np.ndarray], boxes: Sequence[np.ndarray],
                     patch_size: tuple[int, int] = (150, 50), n_random: int = 3,
                     n_offset: int = 3, rng: np.random.Generator | int = 0) -> TrainingPatches:
    """Cut people, random places and offset places out of pictures.

    A person's box is first clipped to the image and rounded to whole pixels. A random box that has
    an IoU of `TOO_NEAR` or more with anybody in the image is drawn again, up to `MAX_DRAWS` times
    in all; if none will do, the one that overlaps people least is taken. So there are always
    `n_random` of them, but in a crowd some may show part of a person.

    A box that fills its whole image has no room to move: its only place is the person's own. It
    gives a positive patch and no negative ones.

    Parameters
    ----------
    images : (H, W, 3) uint8 each; the sizes may differ.
    boxes : for each image its people's boxes (N, 4); N may be 0.
    patch_size : (height, width) that all patches are resized to.
    n_random, n_offset : negative boxes for each person.
    rng : a generator, or a seed for one.

    Returns
    -------
    TrainingPatches, in the order of the images and people; the negatives of a person follow each
    other.

    Raises
    ------
    ValueError : not as many arrays of boxes as images; an image of another shape; a box that lies
        outside of its image or is empty in whole pixels; a count below 0; a patch size below 1; or
        see `check_boxes`.
    TypeError : an image that is not uint8.

    Examples
    --------
    >>> patches = training_patches([np.zeros((300, 400, 3), np.uint8)], [[[20, 30, 80, 200]]])
    >>> patches.positive.shape, patches.random.shape, patches.offset.shape
    ((1, 150, 50, 3), (3, 150, 50, 3), (3, 150, 50, 3))
    >>> patches.positive_boxes.tolist()
    [[20, 30, 80, 200]]
    """
    if len(images) != len(boxes):
        raise ValueError(f"need the boxes of each image: got {len(images)} images and "
                         f"{len(boxes)} arrays of boxes")
    for name, count in (("n_random", n_random), ("n_offset", n_offset)):
        if count < 0:
            raise ValueError(f"{name} must be 0 or more, got {count}")
    if min(patch_size) < 1:
        raise ValueError(f"patch_size must be (height, width), both at least 1, got {patch_size}")
    images = [np.asarray(image) for image in images]
    # All is checked before the first patch is cut.
    people = [_whole_boxes(number, image, drawn)
              for number, (image, drawn) in enumerate(zip(images, boxes))]
    rng = np.random.default_rng(rng)
    chosen = {"positive": [], "random": [], "offset": []}  # (image number, box)
    for number, (image, persons) in enumerate(zip(images, people)):
        size = image.shape[:2]
        for person in persons:
            chosen["positive"].append((number, person))
            if (person == [0, 0, size[1], size[0]]).all():
                continue
            chosen["random"] += [(number, _background_box(person, persons, size, rng))
                                 for _ in range(n_random)]
            chosen["offset"] += [(number, offset_box(person, size, rng)) for _ in range(n_offset)]
    stacks, places, numbers = zip(*(_cut_all(images, kind, patch_size)
                                    for kind in chosen.values()))
    return TrainingPatches(*stacks, *places, *numbers)


def cut_patch(image: np.ndarray, box: np.ndarray, patch_size: tuple[int, int]) -> np.ndarray:
    """What is in a box of an image, resized.

    Resized by Pillow, bilinear: where the patch is smaller than the box, each of its pixels is a
    weighted mean of all that it covers. (Picking every third pixel instead would turn fine texture
    into coarse edges that are not there.)

    Parameters
    ----------
    image : (H, W, 3) or (H, W) uint8.
    box : (4,) left, upper, right, lower, whole pixels inside the image.
    patch_size : (height, width).

    Returns
    -------
    patch_size, with the channels of the image; uint8.

    Raises
    ------
    ValueError : the box is empty, or sticks out of the image.

    Examples
    --------
    >>> cut_patch(np.arange(12, dtype=np.uint8).reshape(3, 4), [1, 0, 3, 2], (2, 2)).tolist()
    [[1, 2], [5, 6]]
    """
    from PIL import Image  # here, so that what needs no pictures does not load Pillow

    left, upper, right, lower = box
    if not (0 <= left < right <= image.shape[1] and 0 <= upper < lower <= image.shape[0]):
        raise ValueError(f"the box {[left, upper, right, lower]} is empty, or sticks out of the "
                         f"image of (height, width) {image.shape[:2]}")
    crop = image[upper:lower, left:right]
    if crop.shape[:2] == tuple(patch_size):
        return crop.copy()
    height, width = patch_size
    resized = Image.fromarray(crop).resize((width, height), Image.Resampling.BILINEAR)
    return np.array(resized)


def _whole_boxes(number: int, image: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """An image's boxes, clipped to it and in whole pixels; both are checked."""
    if image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"image {number} must have the shape (H, W, 3), got {image.shape}; "
                         "np.dstack([grey] * 3) makes three channels of one")
    if image.dtype != np.uint8:
        raise TypeError(f"image {number} must be uint8, 0 to 255, got {image.dtype}")
    boxes = check_boxes(boxes, f"boxes of image {number}")
    whole = np.rint(clip_boxes_to_image(boxes, image.shape[:2])).astype(np.int64)
    empty = box_area(whole) == 0
    if empty.any():
        first = int(empty.argmax())
        raise ValueError(f"box {first} of image {number}, {boxes[first].tolist()}, holds no whole "
                         f"pixel of the image, which has (height, width) = {image.shape[:2]}")
    return whole


def _background_box(person: np.ndarray, persons: np.ndarray, image_size: tuple[int, int],
                    rng: np.random.Generator) -> np.ndarray:
    """A random box of the person's size that shows as little of anybody as `MAX_DRAWS` can do."""
    left, upper, right, lower = person.tolist()
    best, least = None, np.inf
    for _ in range(MAX_DRAWS):
        box = random_box(image_size, (lower - upper, right - left), rng)
        overlap = box_iou([box], persons).max()
        if overlap < least:
            best, least = box, overlap
        if least < TOO_NEAR:
            break
    return best


def _cut_all(images: Sequence[np.ndarray], places: list[tuple[int, np.ndarray]],
             patch_size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Patches, boxes and image numbers as arrays, also if there are none."""
    stack = np.empty((len(places), *patch_size, 3), np.uint8)
    for patch, (number, box) in zip(stack, places):
        patch[:] = cut_patch(images[number], box, patch_size)
    boxes = np.array([box for _, box in places], np.int64).reshape(-1, 4)
    return stack, boxes, np.array([number for number, _ in places], np.int64)
