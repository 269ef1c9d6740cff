"""Exercise 2.2, worked."""

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


def double(x):
    """Twice x."""
    return x + x


# %% task 2.2a: random boxes
# left from 0 to W - w and upper from 0 to H - h, both ends included.


def get_random_box(image_size, box_size):
    height, width = box_size
    left = random.randint(0, image_size[1] - width)
    upper = random.randint(0, image_size[0] - height)
    return left, upper, left + width, upper + height


# %% task 2.2b: boxes that are a little off
# At least 1 pixel, also for a box so small that 20 % of it are less; and a coin for the side.


def add_offset_to_box(box, image_size):
    left, upper, right, lower = box
    height, width = image_size
    dx = random.choice((-1, 1)) * random.randint(1, max(1, int(0.2 * (right - left))))
    dy = random.choice((-1, 1)) * random.randint(1, max(1, int(0.2 * (lower - upper))))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, width), min(lower + dy, height))


# %% task 2.2c: the sliding window
# Cut out, resize, describe, in this order. The + 1 lets the last window touch the border.


def img_to_hog_patches(image, patch_size, stride):
    height, width = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - height + 1, stride):
        for left in range(0, image.shape[1] - width + 1, stride):
            window = image[upper:upper + height, left:left + width]
            descriptors.append(patch_to_hog(resize_patch(window)))
            anchors.append((left, upper))
    return np.array(descriptors), np.array(anchors)
