"""Right answers to exercise 2.2 in other styles."""

# ruff: noqa: F401, F811, NPY002

import random

import numpy as np
from PIL import Image

from minicv import tensor
from minicv.person_detector import (
    hog,
    hog_patches,
    image_to_hog_patches,
    random_box,
    window_anchors,
)

rng = np.random.default_rng()


def get_width_and_height(box):
    return box[2] - box[0], box[3] - box[1]


def get_resized_patch(img, box, patch_size):
    return img.crop(tuple(box)).resize(tuple(patch_size))


def resize(window, patch_size):
    """The same for an array (H, W, 3)."""
    return Image.fromarray(np.ascontiguousarray(window)).resize(tuple(patch_size))


def get_hog(img):
    return hog(np.asarray(img), 8, (16, 16), (1, 1), channel_axis=-1)


# %% right 2.2a: random.randint (which wrong.diff changes)


def get_random_box(boxsize, imsize):
    width, height = boxsize
    left = random.randint(0, imsize[0] - width)
    upper = random.randint(0, imsize[1] - height)
    return left, upper, left + width, upper + height


# %% right 2.2a: step by step (which wrong.diff changes)


def get_random_box(boxsize, imsize):
    w, h = boxsize
    W, H = imsize
    x = np.random.randint(0, W - w + 1)
    y = np.random.randint(0, H - h + 1)
    return x, y, x + w, y + h


# %% right 2.2b: a sign and a distance, cut off (which wrong.diff changes)


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * (lower - upper)))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, imsize[0]), min(lower + dy, imsize[1]))


# %% right 2.2b: step by step (which wrong.diff changes)


def add_offset_to_box(box, imsize):
    w, h = get_width_and_height(box)
    W, H = imsize
    max_dx, max_dy = int(0.2 * w), int(0.2 * h)
    dx = np.random.choice([-1, 1]) * np.random.randint(1, max_dx + 1)
    dy = np.random.choice([-1, 1]) * np.random.randint(1, max_dy + 1)
    left, right = np.clip([box[0] + dx, box[2] + dx], 0, W)
    upper, lower = np.clip([box[1] + dy, box[3] + dy], 0, H)
    return np.array([left, upper, right, lower])


# %% right 2.2c: slices of an array (which wrong.diff changes)


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            patch = resize(image[upper:upper + h, left:left + w], patch_size)
            fds.append(get_hog(patch))
            anchors.append((left, upper))
    return np.array(fds), np.array(anchors)


# %% right 2.2c: step by step (which wrong.diff changes)


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    W, H = img.size
    w, h = window_size
    fds, anchors = [], []
    for y in range(0, H - h + 1, step_size):
        for x in range(0, W - w + 1, step_size):
            patch = get_resized_patch(img, (x, y, x + w, y + h), patch_size)
            fds.append(get_hog(patch))
            anchors.append([x, y])
    return np.array(fds), np.array(anchors)


# %% right 2.2a: random, a tuple


def get_random_box(boxsize, imsize):
    width, height = boxsize
    left = random.randint(0, imsize[0] - width)
    upper = random.randint(0, imsize[1] - height)
    return left, upper, left + width, upper + height


# %% right 2.2a: np.random, one more, an array


def get_random_box(boxsize, imsize):
    left, upper = np.random.randint(np.array(imsize) - np.array(boxsize) + 1)
    return np.array([left, upper, left + boxsize[0], upper + boxsize[1]])


# %% right 2.2a: as written for the notebook, a pixel off the far border (which is noted)


def get_random_box(boxsize, imsize):
    W, H = imsize
    x = np.random.randint(0, W - boxsize[0])
    y = np.random.randint(0, H - boxsize[1])
    box = [x, y, x + boxsize[0], y + boxsize[1]]
    assert all(b >= 0 for b in box) and (box[2] < W) and (box[3] < H), f'Box {box} out of image'
    return box


# %% right 2.2a: floats, rounded down, a list


def get_random_box(boxsize, imsize):
    width, height = boxsize
    left = np.floor(np.random.rand() * (imsize[0] - width + 1))
    upper = np.floor(np.random.rand() * (imsize[1] - height + 1))
    return [left, upper, left + width, upper + height]


# %% right 2.2a: from the list of all places, a generator made anew, a tensor


def get_random_box(boxsize, imsize):
    width, height = boxsize
    n_left, n_upper = imsize[0] - width + 1, imsize[1] - height + 1
    place = int(np.random.default_rng().integers(n_left * n_upper))
    left, upper = place % n_left, place // n_left
    return tensor([left, upper, left + width, upper + height])


# %% right 2.2a: drawn again until it fits


def get_random_box(boxsize, imsize):
    while True:
        left, upper = random.randrange(imsize[0]), random.randrange(imsize[1])
        right, lower = left + boxsize[0], upper + boxsize[1]
        if right <= imsize[0] and lower <= imsize[1]:
            return left, upper, right, lower


# %% right 2.2b: random, cut off at all sides


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, max(1, int(0.2 * (right - left))))
    dy = random.choice([-1, 1]) * random.randint(1, max(1, int(0.2 * (lower - upper))))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, imsize[0]), min(lower + dy, imsize[1]))


# %% right 2.2b: a range with one end left out, near by (which is noted), one side rarer


def add_offset_to_box(box, imsize):
    width, height = imsize
    dx, dy = random.choice([-3, -2, -1, 1, 2]), random.choice([-3, -2, -1, 1, 2])
    return np.clip(box + np.array([dx, dy, dx, dy]), 0, [width, height, width, height])


# %% right 2.2b: as written for the notebook, cut off at the last pixel (which is noted)


def add_offset_to_box(box, imsize):
    W, H = imsize
    off_box = np.zeros(4, dtype=int)
    off_box[0] = box[0] + random.randint(1, int(0.2 * (box[2] - box[0]))) * random.choice([-1, 1])
    off_box[1] = box[1] + random.randint(1, int(0.2 * (box[3] - box[1]))) * random.choice([-1, 1])
    off_box[2] = box[2] - box[0] + off_box[0]
    off_box[3] = box[3] - box[1] + off_box[1]
    off_box[0] = max(0, off_box[0])
    off_box[1] = max(0, off_box[1])
    off_box[2] = min(W - 1, off_box[2])
    off_box[3] = min(H - 1, off_box[3])
    assert all(b >= 0 for b in off_box) and (off_box[2] < W) and (off_box[3] < H)
    return off_box


# %% right 2.2b: vectors, np.clip, floats


def add_offset_to_box(box, imsize):
    size = np.array([box[2] - box[0], box[3] - box[1]])
    offset = np.random.choice([-1.0, 1.0], 2) * np.random.randint(1, (0.2 * size).astype(int) + 1)
    width, height = imsize
    return np.clip(box + np.tile(offset, 2), 0, [width, height, width, height])


# %% right 2.2b: nearer only (which is noted), drawn again until it fits, a list


def add_offset_to_box(box, imsize):
    left, upper, right, lower = map(int, box)
    while True:
        dx = rng.integers(-((right - left) // 10), (right - left) // 10 + 1)
        dy = rng.integers(-((lower - upper) // 10), (lower - upper) // 10 + 1)
        if (dx != 0 and dy != 0 and left + dx >= 0 and right + dx <= imsize[0]
                and upper + dy >= 0 and lower + dy <= imsize[1]):
            return [left + dx, upper + dy, right + dx, lower + dy]


# %% right 2.2b: cut off at the last pixel (which is noted), shares drawn


def add_offset_to_box(box, imsize):
    moved = []
    for low, high, end in zip(box[:2], box[2:], imsize):
        far = 0.05 + 0.15 * random.random()
        move = random.choice((-1, 1)) * max(1, int(far * float(high - low)))
        moved.append((max(0, low + move), min(end - 1, high + move)))
    (left, right), (upper, lower) = moved
    return left, upper, right, lower


# %% right 2.2c: two loops, lists


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            patch = resize(image[upper:upper + h, left:left + w], patch_size)
            fds.append(get_hog(patch))
            anchors.append((left, upper))
    return fds, anchors


# %% right 2.2c: as written for the notebook, the last window left out (which is noted)


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    W, H = img.size
    fds = []
    anchors = []
    for y in range(0, H - window_size[1], step_size):
        for x in range(0, W - window_size[0], step_size):
            window = (x, y, x + window_size[0], y + window_size[1])
            fds.append(get_hog(np.array(get_resized_patch(img, window, patch_size))))
            anchors.append((x, y))
    return np.stack(fds), np.stack(anchors)


# %% right 2.2c: columns first, while loops, from the last to the first


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    (width, height), (w, h) = img.size, window_size
    fds, anchors, left = [], [], 0
    while left + w <= width:
        upper = 0
        while upper + h <= height:
            anchors.append(np.array([left, upper]))
            fds.append(get_hog(get_resized_patch(img, (left, upper, left + w, upper + h),
                                                 patch_size)))
            upper += step_size
        left += step_size
    return np.stack(fds[::-1]), np.stack(anchors[::-1])


# %% right 2.2c: all patches at once, resized with another filter (which is noted)


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    size = tuple(int(n) for n in window_size)[::-1]
    anchors = window_anchors(img.size[::-1], size, step_size)
    patches = [np.array(img.crop((x, y, x + size[1], y + size[0])).resize(
        tuple(patch_size), Image.Resampling.BILINEAR)) for x, y in anchors.tolist()]
    return [hog_patches(np.array(patches), 8, (16, 16), (1, 1)), anchors.tolist()]


# %% right 2.2c: the library's windows, resized at once, which was the task


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), (int(n) for n in window_size)
    _, anchors = image_to_hog_patches(image, (h, w), step_size, orientations=8,
                                      pixels_per_cell=(16, 16), cells_per_block=(1, 1))
    return [get_hog(resize(image[y:y + h, x:x + w], patch_size))
            for x, y in anchors.tolist()], anchors
