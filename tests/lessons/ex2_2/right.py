"""Right answers to exercise 2.2 in other styles."""

# ruff: noqa: F811, NPY002

import random

import numpy as np
from PIL import Image

from minicv import tensor
from minicv.person_detector import hog, hog_patches, window_anchors

rng = np.random.default_rng()


def resize_patch(patch):
    return np.array(Image.fromarray(patch).resize((50, 150), Image.Resampling.BILINEAR))


def patch_to_hog(patch):
    return hog(patch, orientations=8, pixels_per_cell=(16, 16), cells_per_block=(1, 1),
               channel_axis=-1)


# %% right 2.2a: random, a tuple


def get_random_box(image_size, box_size):
    height, width = box_size
    left = random.randint(0, image_size[1] - width)
    upper = random.randint(0, image_size[0] - height)
    return left, upper, left + width, upper + height


# %% right 2.2a: np.random, one more, an array


def get_random_box(image_size, box_size):
    image_size, box_size = np.array(image_size), np.array(box_size)
    upper, left = np.random.randint(image_size - box_size + 1)
    return np.array([left, upper, left + box_size[1], upper + box_size[0]])


# %% right 2.2a: floats, rounded down, a list


def get_random_box(image_size, box_size):
    height, width = box_size
    left = np.floor(np.random.rand() * (image_size[1] - width + 1))
    upper = np.floor(np.random.rand() * (image_size[0] - height + 1))
    return [left, upper, left + width, upper + height]


# %% right 2.2a: from the list of all places, a generator made anew, a tensor


def get_random_box(image_size, box_size):
    height, width = box_size
    n_left, n_upper = image_size[1] - width + 1, image_size[0] - height + 1
    place = int(np.random.default_rng().integers(n_left * n_upper))
    left, upper = place % n_left, place // n_left
    return tensor([left, upper, left + width, upper + height])


# %% right 2.2a: drawn again until it fits


def get_random_box(image_size, box_size):
    while True:
        left, upper = random.randrange(image_size[1]), random.randrange(image_size[0])
        right, lower = left + box_size[1], upper + box_size[0]
        if right <= image_size[1] and lower <= image_size[0]:
            return left, upper, right, lower


# %% right 2.2b: random, cut off at all sides


def add_offset_to_box(box, image_size):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, max(1, int(0.2 * (right - left))))
    dy = random.choice([-1, 1]) * random.randint(1, max(1, int(0.2 * (lower - upper))))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, image_size[1]), min(lower + dy, image_size[0]))


# %% right 2.2b: a range with one end left out, near by, so that one side is rarer


def add_offset_to_box(box, image_size):
    height, width = image_size
    dx, dy = random.choice([-3, -2, -1, 1, 2]), random.choice([-3, -2, -1, 1, 2])
    return np.clip(box + np.array([dx, dy, dx, dy]), 0, [width, height, width, height])


# %% right 2.2b: vectors, np.clip, floats


def add_offset_to_box(box, image_size):
    size = np.array([box[2] - box[0], box[3] - box[1]])
    offset = np.random.choice([-1.0, 1.0], 2) * np.random.randint(1, (0.2 * size).astype(int) + 1)
    height, width = image_size
    return np.clip(box + np.tile(offset, 2), 0, [width, height, width, height])


# %% right 2.2b: nearer only, drawn again until it fits, a list


def add_offset_to_box(box, image_size):
    left, upper, right, lower = map(int, box)
    while True:
        dx = rng.integers(-((right - left) // 10), (right - left) // 10 + 1)
        dy = rng.integers(-((lower - upper) // 10), (lower - upper) // 10 + 1)
        if (dx != 0 and dy != 0 and left + dx >= 0 and right + dx <= image_size[1]
                and upper + dy >= 0 and lower + dy <= image_size[0]):
            return [left + dx, upper + dy, right + dx, lower + dy]


# %% right 2.2b: cut off at the last pixel (which is noted), rounded shares


def add_offset_to_box(box, image_size):
    moved = []
    for low, high, end in zip(box[:2], box[2:], image_size[::-1]):
        far = 0.05 + 0.15 * random.random()
        move = random.choice((-1, 1)) * max(1, int(round(far * float(high - low))))
        moved.append((max(0, low + move), min(end - 1, high + move)))
    (left, right), (upper, lower) = moved
    return left, upper, right, lower


# %% right 2.2c: two loops, lists


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            patch = resize_patch(image[upper:upper + h, left:left + w])
            descriptors.append(patch_to_hog(patch))
            anchors.append((left, upper))
    return descriptors, anchors


# %% right 2.2c: columns first, while loops, arrays filled in place


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    n = ((image.shape[0] - h) // stride + 1) * ((image.shape[1] - w) // stride + 1)
    descriptors, anchors = np.zeros((n, 216), np.float32), np.zeros((n, 2))
    i = left = 0
    while left + w <= image.shape[1]:
        upper = 0
        while upper + h <= image.shape[0]:
            anchors[i] = left, upper
            descriptors[i] = patch_to_hog(resize_patch(image[upper:upper + h, left:left + w]))
            i, upper = i + 1, upper + stride
        left += stride
    return descriptors, anchors


# %% right 2.2c: all patches at once


def img_to_hog_patches(image, patch_size, stride):
    anchors = window_anchors(image.shape[:2], patch_size, stride)
    patches = [resize_patch(image[y:y + patch_size[0], x:x + patch_size[1]]) for x, y in anchors]
    return [hog_patches(np.array(patches), 8, (16, 16), (1, 1)), anchors.tolist()]


# %% right 2.2c: Pillow's crop, another filter (which is noted), from the last to the first


def img_to_hog_patches(image, patch_size, stride):
    picture, (h, w) = Image.fromarray(image), patch_size
    descriptors, anchors = [], []
    for left in range(0, picture.width - w + 1, stride):
        for upper in range(0, picture.height - h + 1, stride):
            patch = picture.crop((left, upper, left + w, upper + h)).resize((50, 150))
            descriptors.append(patch_to_hog(np.asarray(patch)))
            anchors.append(np.array([left, upper]))
    return np.stack(descriptors[::-1]), np.stack(anchors[::-1])


# %% right 2.2c: pixels from 0 to 1, picked by index


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    rows, columns = np.arange(150) * h // 150, np.arange(50) * w // 50
    anchors = [(x, y) for y in range(0, len(image) - h + 1, stride)
               for x in range(0, len(image[0]) - w + 1, stride)]
    patches = [image[y + rows][:, x + columns] / 255 for x, y in anchors]
    return np.stack([patch_to_hog(patch) for patch in patches]), anchors
