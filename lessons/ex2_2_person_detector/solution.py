"""Exercise 2.2, worked."""

# ruff: noqa: F401  (the imports of the stub)
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


def double(x):
    """Twice x."""
    return x + x


# %% task 2.2a: random boxes
# left from 0 to W - w and upper from 0 to H - h, both ends included.


def get_random_box(boxsize, imsize):
    width, height = boxsize
    left = random.randint(0, imsize[0] - width)
    upper = random.randint(0, imsize[1] - height)
    return left, upper, left + width, upper + height


# %% task 2.2b: boxes that are a little off
# At least 1 pixel, also for a box so small that 20 % of it are less; and a coin for the side.


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    width, height = get_width_and_height(box)
    dx = random.choice((-1, 1)) * random.randint(1, max(1, int(0.2 * width)))
    dy = random.choice((-1, 1)) * random.randint(1, max(1, int(0.2 * height)))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, imsize[0]), min(lower + dy, imsize[1]))


# %% task 2.2c: the sliding window
# Cut out, resize, describe, in this order. The + 1 lets the last window touch the border.


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    width, height = window_size
    fds, anchors = [], []
    for upper in range(0, img.size[1] - height + 1, step_size):
        for left in range(0, img.size[0] - width + 1, step_size):
            window = (left, upper, left + width, upper + height)
            fds.append(get_hog(get_resized_patch(img, window, patch_size)))
            anchors.append((left, upper))
    return np.stack(fds), np.array(anchors)
