"""Planted wrong answers to exercise 2.2: the name after the colon is what the check must find."""

# ruff: noqa: F811, NPY002

import random

import numpy as np
from PIL import Image

from minicv.person_detector import hog


def get_width_and_height(box):
    return box[2] - box[0], box[3] - box[1]


def get_resized_patch(img, box, patch_size):
    return img.crop(tuple(box)).resize(tuple(patch_size))


def resize(window, patch_size):
    """The same for an array (H, W, 3)."""
    return Image.fromarray(np.ascontiguousarray(window)).resize(tuple(patch_size))


def get_hog(img):
    return hog(np.asarray(img), 8, (16, 16), (1, 1), channel_axis=-1)


# %% wrong 2.2a: y-before-x


def get_random_box(boxsize, imsize):
    image_height, image_width = imsize
    height, width = boxsize
    left = random.randint(0, image_width - width)
    upper = random.randint(0, image_height - height)
    return left, upper, left + width, upper + height


# %% wrong 2.2a: always-the-same


def get_random_box(boxsize, imsize):
    np.random.seed(42)
    width, height = boxsize
    left = np.random.randint(imsize[0] - width + 1)
    upper = np.random.randint(imsize[1] - height + 1)
    return np.array([left, upper, left + width, upper + height])


# %% wrong 2.2b: one-way


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = random.randint(1, int(0.2 * (right - left)))
    dy = random.randint(1, int(0.2 * (lower - upper)))
    return left + dx, upper + dy, min(right + dx, imsize[0]), min(lower + dy, imsize[1])


# %% wrong 2.2b: offset-zero


def add_offset_to_box(box, imsize):
    size = box[2:] - box[:2]
    offset = [np.random.randint(-int(0.2 * side), int(0.2 * side) + 1) for side in size]
    width, height = imsize
    return np.clip(box + np.array(offset + offset), 0, [width, height, width, height])


# %% wrong 2.2b: each-edge-its-own-offset


def add_offset_to_box(box, imsize):
    far = 0.2 * np.tile(box[2:] - box[:2], 2)
    moved = box + np.random.choice([-1, 1], 4) * np.random.randint(1, far.astype(int) + 1)
    width, height = imsize
    return np.clip(moved, 0, [width, height, width, height])


# %% wrong 2.2b: each-corner-its-own-offset


def add_offset_to_box(box, imsize):
    moved = []
    for x, y in (box[:2], box[2:]):
        offset = random.choice([-1, 1]) * random.randint(1, 5)
        moved += [x + offset, y + offset]
    width, height = imsize
    return np.clip(moved, 0, [width, height, width, height])


# %% wrong 2.2b: given-box-changed


def add_offset_to_box(box, imsize):
    for axis, end in enumerate(imsize):
        far = int(0.2 * (box[axis + 2] - box[axis]))
        move = random.choice([-1, 1]) * random.randint(1, far)
        box[axis] = max(box[axis] + move, 0)
        box[axis + 2] = min(box[axis + 2] + move, end)
    return box


# %% wrong 2.2c: anchors-apart


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    uppers = range(0, image.shape[0] - h + 1, step_size)
    lefts = range(0, image.shape[1] - w + 1, step_size)
    patches = [resize(image[y:y + h, x:x + w], patch_size) for y in uppers for x in lefts]
    return [get_hog(patch) for patch in patches], [(x, y) for x in lefts for y in uppers]


# %% wrong 2.2c: stride-ignored


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    patch = resize(image[:h, :w], patch_size)
    anchors = [(x, y) for y in range(image.shape[0] - h + 1) for x in range(image.shape[1] - w + 1)]
    return [get_hog(patch)] * len(anchors), anchors


# %% wrong 2.2c: windows-twice


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            for _ in range(2):
                patch = resize(image[upper:upper + h, left:left + w], patch_size)
                fds.append(get_hog(patch))
                anchors.append((left, upper))
    return fds, anchors


# %% wrong 2.2c: object-array


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    anchors = [(x, y) for y in range(0, image.shape[0] - h + 1, step_size)
               for x in range(0, image.shape[1] - w + 1, step_size)]
    fds = np.empty(len(anchors), dtype=object)
    for i, (x, y) in enumerate(anchors):
        fds[i] = get_hog(resize(image[y:y + h, x:x + w], patch_size))
    return fds, anchors


# %% wrong 2.2a: follows-from-the-last


calls = iter(range(10**9))


def get_random_box(boxsize, imsize):
    n_left, n_upper = imsize[0] - boxsize[0] + 1, imsize[1] - boxsize[1] + 1
    place = 7 * next(calls) % (n_left * n_upper)
    left, upper = place % n_left, place // n_left
    return left, upper, left + boxsize[0], upper + boxsize[1]


# %% wrong 2.2c: return-inside-the-loop


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    w, h = window_size
    fds, anchors = [], []
    for upper in range(0, img.size[1] - h + 1, step_size):
        for left in range(0, img.size[0] - w + 1, step_size):
            box = (left, upper, left + w, upper + h)
            fds.append(get_hog(get_resized_patch(img, box, patch_size)))
            anchors.append((left, upper))
        return np.stack(fds), np.array(anchors)


# %% wrong 2.2c: return-inside-the-loop


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    w, h = window_size
    fds, anchors = [], []
    for upper in range(0, img.size[1] - h + 1, step_size):
        for left in range(0, img.size[0] - w + 1, step_size):
            box = (left, upper, left + w, upper + h)
            fds.append(get_hog(get_resized_patch(img, box, patch_size)))
            anchors.append((left, upper))
            return np.stack(fds), np.array(anchors)


# %% wrong 2.2c: given-image-changed


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    w, h = window_size
    fds, anchors = [], []
    for upper in range(0, img.size[1] - h + 1, step_size):
        for left in range(0, img.size[0] - w + 1, step_size):
            box = (left, upper, left + w, upper + h)
            fds.append(get_hog(get_resized_patch(img, box, patch_size)))
            anchors.append((left, upper))
    img.paste((255, 0, 0), (0, 0, w, h))
    return np.stack(fds), np.array(anchors)


# %% wrong 2.2c: resized-from-rows


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    w, h = window_size
    fds, anchors = [], []
    for upper in range(0, img.size[1] - h + 1, step_size):
        for left in range(0, img.size[0] - w + 1, step_size):
            box = (left, upper, left + w, upper + h)
            fds.append(get_hog(np.resize(np.array(img.crop(box)), (*patch_size[::-1], 3))))
            anchors.append((left, upper))
    return np.stack(fds), np.array(anchors)


# %% wrong 2.2c: transposed-patch


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    w, h = window_size
    fds, anchors = [], []
    for upper in range(0, img.size[1] - h + 1, step_size):
        for left in range(0, img.size[0] - w + 1, step_size):
            box = (left, upper, left + w, upper + h)
            patch = np.array(get_resized_patch(img, box, patch_size[::-1]))
            fds.append(get_hog(patch.transpose(1, 0, 2)))
            anchors.append((left, upper))
    return np.stack(fds), np.array(anchors)


# %% wrong 2.2c: patch-size-for-window-size


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    w, h = patch_size
    fds, anchors = [], []
    for upper in range(0, img.size[1] - h + 1, step_size):
        for left in range(0, img.size[0] - w + 1, step_size):
            box = (left, upper, left + w, upper + h)
            fds.append(get_hog(get_resized_patch(img, box, patch_size)))
            anchors.append((left, upper))
    return np.stack(fds), np.array(anchors)


# %% wrong 2.2c: hog-before-resizing


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    w, h = window_size
    fds, anchors = [], []
    for upper in range(0, img.size[1] - h + 1, step_size):
        for left in range(0, img.size[0] - w + 1, step_size):
            box = (left, upper, left + w, upper + h)
            fds.append(get_hog(img.crop(box)))
            anchors.append((left, upper))
    return np.stack(fds), np.array(anchors)
