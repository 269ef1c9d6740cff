"""Exercise 2.2, worked: boxes.py has the boxes, sliding_window.py the windows."""

import numpy as np

from minicv.person_detector import image_to_hog_patches, offset_box, random_box

PATCH_SIZE = (150, 50)  # (height, width) of the patches that the classifiers have learned from
rng = np.random.default_rng()  # one for all calls: a new one with a seed would repeat itself

# %% task 0: the first minute


def double(x):
    """Twice x."""
    return x + x


# %% task 2.2a: random boxes
# left from 0 to W - w and upper from 0 to H - h, both ends included.


def get_random_box(image_size, box_size):
    return random_box(image_size, box_size, rng)


# %% task 2.2b: boxes that are a little off
# Draws among the moves that fit, so that the box keeps its size.


def add_offset_to_box(box, image_size):
    return offset_box(box, image_size, rng, max_offset=0.2)


# %% task 2.2c: the sliding window
# Cut out, resize, describe, in this order.


def img_to_hog_patches(image, patch_size, stride):
    return image_to_hog_patches(image, patch_size, stride, resize_to=PATCH_SIZE, orientations=8,
                                pixels_per_cell=(16, 16), cells_per_block=(1, 1))
