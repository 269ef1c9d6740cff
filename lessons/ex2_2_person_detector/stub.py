"""Exercise 2.2: a person detector. Your answers.

Write what each function says, in place of its last line, save, and run:  python -m lessons check

A box is (left, upper, right, lower) in pixels, with x to the right and y downwards; its width is
right - left, without + 1, and image[upper:lower, left:right] is what it shows. A size is
(height, width), as in image.shape[:2]. `python -m lessons run 2.2` shows all of it at work.
"""

# ruff: noqa: F401  (imports that your answers may need)
import random

import numpy as np
from PIL import Image

from minicv.person_detector import hog

PATCH_SIZE = (150, 50)  # (height, width) of the patches that the classifiers have learned from


def resize_patch(patch):
    """What a window shows, (H, W, 3) uint8, resized to PATCH_SIZE: (150, 50, 3) uint8."""
    height, width = PATCH_SIZE
    return np.array(Image.fromarray(patch).resize((width, height), Image.Resampling.BILINEAR))


def patch_to_hog(patch):
    """The HOG descriptor of a patch (H, W, 3): (d,). Of one of PATCH_SIZE it has 216 numbers."""
    return hog(patch, orientations=8, pixels_per_cell=(16, 16), cells_per_block=(1, 1),
               channel_axis=-1)


# %% task 0: the first minute
# This one is right already. Change it, save, run `python -m lessons check 0`, and see what a
# mistake looks like. `python -m lessons reset 0` brings it back.


def double(x):
    """Twice x."""
    return x + x


# %% task 2.2a: random boxes


def get_random_box(image_size, box_size):
    """A box of a given size at a random place in an image: what a street looks like, mostly.

    Parameters
    ----------
    image_size, box_size : (height, width) in whole pixels; the box fits into the image.

    Returns
    -------
    (left, upper, right, lower) in whole pixels, wholly inside the image. All places are equally
        likely, those included where the box touches the border of the image.
    """
    raise NotImplementedError("task 2.2a: draw a random box")


# %% task 2.2b: boxes that are a little off


def add_offset_to_box(box, image_size):
    """A box beside a person's: not on the person, and hard to tell from the one that is.

    Parameters
    ----------
    box : (4,) array of whole pixels: left, upper, right, lower. It must stay as it is.
    image_size : (height, width).

    Returns
    -------
    (left, upper, right, lower) in whole pixels: the box, moved in x by at least 1 pixel and at most
        20 % of its width, and in y by at least 1 pixel and at most 20 % of its height. Chance
        decides how far, and to which side; in x and in y for itself. The result lies in the image:
        cut off what sticks out, or draw only moves that fit.
    """
    raise NotImplementedError("task 2.2b: move the box a little")


# %% task 2.2c: the sliding window


def img_to_hog_patches(image, patch_size, stride):
    """The HOG descriptors of all windows of an image.

    Parameters
    ----------
    image : (H, W, 3) uint8.
    patch_size : (height, width) of a window, not larger than the image.
    stride : from one window to the next, in pixels, to the right as downwards.

    Returns
    -------
    descriptors : (P, 216), of what each window shows: cut out, resized as the patches to learn from
        were (`resize_patch`), and described (`patch_to_hog`).
    anchors : (P, 2), left and upper of each window: multiples of the stride, from 0 on. All windows
        that are wholly inside the image, also those that touch its right and lower border.
    """
    raise NotImplementedError("task 2.2c: cut out and describe all windows")
