"""Exercise 2.2: a person detector. Your answers.

Write what each function says, in place of its last line, save, and run:  python -m lessons check

Names and arguments are those of the course's notebook, so that what you have written there can be
pasted here. A box is (left, upper, right, lower) in pixels, with x to the right and y downwards;
its width is right - left, without + 1. Here a size is (width, height), as in `img.size` of a PIL
image. `python -m lessons run 2.2` shows all of it at work.
"""

# ruff: noqa: F401  (imports that your answers may need)
import random

import numpy as np
from PIL import Image

from minicv.person_detector import hog


def get_width_and_height(box):
    """The size (width, height) of a box (left, upper, right, lower)."""
    return box[2] - box[0], box[3] - box[1]


def get_resized_patch(img, box, patch_size):
    """What a box shows of a PIL image, resized to patch_size (width, height): a PIL image."""
    return img.crop(tuple(box)).resize(tuple(patch_size))


def get_hog(img):
    """The HOG descriptor of an image (H, W, 3): (d,). One of 50 x 150 pixels has 216 numbers."""
    return hog(np.asarray(img), orientations=8, pixels_per_cell=(16, 16), cells_per_block=(1, 1),
               channel_axis=-1)


# %% task 0: the first minute
# This one is right already. Change it, save, run `python -m lessons check 0`, and see what a
# mistake looks like. `python -m lessons reset 0` brings it back.


def double(x):
    """Twice x."""
    return x + x


# %% task 2.2a: random boxes


def get_random_box(boxsize, imsize):
    """A box of a given size at a random place in an image: what a street looks like, mostly.

    Parameters
    ----------
    boxsize, imsize : (width, height) in whole pixels; the box is smaller than the image.

    Returns
    -------
    (left, upper, right, lower) in whole pixels, wholly inside the image. All places are equally
        likely. (The last one, where the box touches the right or lower border, may be left out.)
    """
    raise NotImplementedError("task 2.2a: draw a random box")


# %% task 2.2b: boxes that are a little off


def add_offset_to_box(box, imsize):
    """A box beside a person's: not on the person, and hard to tell from the one that is.

    Parameters
    ----------
    box : (4,) array of whole pixels: left, upper, right, lower. It must stay as it is.
    imsize : (width, height) of the image.

    Returns
    -------
    (left, upper, right, lower) in whole pixels: the box, moved in x by at least 1 pixel and at most
        20 % of its width, and in y by at least 1 pixel and at most 20 % of its height. Chance
        decides how far, and to which side; in x and in y for itself. The result lies in the image:
        cut off what sticks out (at W, or at W - 1), or draw only moves that fit.
    """
    raise NotImplementedError("task 2.2b: move the box a little")


# %% task 2.2c: the sliding window


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    """The HOG descriptors of all windows of an image.

    Parameters
    ----------
    img : PIL image, RGB. It must stay as it is.
    window_size : (width, height) of a window, smaller than the image.
    patch_size : (width, height) to which what a window shows is resized (`get_resized_patch`).
    step_size : from one window to the next, in pixels, to the right as downwards.

    Returns
    -------
    fds : (P, d), the descriptor (`get_hog`) of the patch of each window.
    anchors : (P, 2), left and upper of each window: multiples of step_size, from 0 on. All windows
        that are wholly inside the image.
    """
    raise NotImplementedError("task 2.2c: cut out and describe all windows")
