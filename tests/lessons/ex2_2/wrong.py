"""Planted wrong answers to exercise 2.2: the name after the colon is what the check must find."""

# ruff: noqa: F811, NPY002

import random

import numpy as np
from PIL import Image

from minicv.person_detector import hog, random_box


def get_width_and_height(box):
    return box[2] - box[0], box[3] - box[1]


def get_resized_patch(img, box, patch_size):
    return img.crop(tuple(box)).resize(tuple(patch_size))


def resize(window, patch_size):
    """The same for an array (H, W, 3)."""
    return Image.fromarray(np.ascontiguousarray(window)).resize(tuple(patch_size))


def get_hog(img):
    return hog(np.asarray(img), 8, (16, 16), (1, 1), channel_axis=-1)


# %% wrong 2.2a: box-as-width-height


def get_random_box(boxsize, imsize):
    width, height = boxsize
    left = random.randint(0, imsize[0] - width)
    upper = random.randint(0, imsize[1] - height)
    return left, upper, width, height


# %% wrong 2.2a: width-and-height-swapped


def get_random_box(boxsize, imsize):
    height, width = boxsize
    left = random.randint(0, imsize[0] - width)
    upper = random.randint(0, imsize[1] - height)
    return left, upper, left + width, upper + height


# %% wrong 2.2a: width-and-height-swapped


def get_random_box(boxsize, imsize):
    width, height = boxsize
    left = random.randint(0, imsize[0] - width)
    upper = random.randint(0, imsize[1] - height)
    return left, upper, left + height, upper + width


# %% wrong 2.2a: y-before-x


def get_random_box(boxsize, imsize):
    width, height = boxsize
    left = random.randint(0, imsize[0] - width)
    upper = random.randint(0, imsize[1] - height)
    return upper, left, upper + height, left + width


# %% wrong 2.2a: y-before-x


def get_random_box(boxsize, imsize):
    image_height, image_width = imsize
    height, width = boxsize
    left = random.randint(0, image_width - width)
    upper = random.randint(0, image_height - height)
    return left, upper, left + width, upper + height


# %% wrong 2.2a: image-size-swapped


def get_random_box(boxsize, imsize):
    image_height, image_width = imsize
    width, height = boxsize
    left = random.randint(0, image_width - width)
    upper = random.randint(0, image_height - height)
    return left, upper, left + width, upper + height


# %% wrong 2.2a: order-of-edges


def get_random_box(boxsize, imsize):
    width, height = boxsize
    left = random.randint(0, imsize[0] - width)
    upper = random.randint(0, imsize[1] - height)
    return left, left + width, upper, upper + height


# %% wrong 2.2a: one-pixel-off


def get_random_box(boxsize, imsize):
    width, height = boxsize
    left = random.randint(0, imsize[0] - width)
    upper = random.randint(0, imsize[1] - height)
    return left, upper, left + width - 1, upper + height - 1


# %% wrong 2.2a: leaves-the-image


def get_random_box(boxsize, imsize):
    width, height = boxsize
    left = random.randint(0, imsize[0])
    upper = random.randint(0, imsize[1])
    return left, upper, left + width, upper + height


# %% wrong 2.2a: leaves-the-image


def get_random_box(boxsize, imsize):
    width, height = boxsize
    x, y = random.randrange(imsize[0]), random.randrange(imsize[1])
    left, upper = x - width // 2, y - height // 2
    return left, upper, left + width, upper + height


# %% wrong 2.2a: cut-off-at-the-border


def get_random_box(boxsize, imsize):
    width, height = boxsize
    left = random.randrange(imsize[0])
    upper = random.randrange(imsize[1])
    return left, upper, min(left + width, imsize[0]), min(upper + height, imsize[1])


# %% wrong 2.2a: first-place-missed


def get_random_box(boxsize, imsize):
    width, height = boxsize
    left = random.randint(1, imsize[0] - width)
    upper = random.randint(1, imsize[1] - height)
    return left, upper, left + width, upper + height


# %% wrong 2.2a: places-missed


def get_random_box(boxsize, imsize):
    width, height = boxsize
    left = random.randrange(0, imsize[0] - width + 1, 2)
    upper = random.randint(0, imsize[1] - height)
    return left, upper, left + width, upper + height


# %% wrong 2.2a: always-the-same


def get_random_box(boxsize, imsize):
    return random_box(imsize[::-1], boxsize[::-1], rng=0)


# %% wrong 2.2a: always-the-same


def get_random_box(boxsize, imsize):
    np.random.seed(42)
    width, height = boxsize
    left = np.random.randint(imsize[0] - width + 1)
    upper = np.random.randint(imsize[1] - height + 1)
    return np.array([left, upper, left + width, upper + height])


# %% wrong 2.2a: always-the-same


def get_random_box(boxsize, imsize):
    width, height = boxsize
    return 0, 0, width, height


# %% wrong 2.2a: one-direction-only


def get_random_box(boxsize, imsize):
    width, height = boxsize
    left = random.randint(0, imsize[0] - width)
    return left, 0, left + width, height


# %% wrong 2.2a: ends-half-as-likely


def get_random_box(boxsize, imsize):
    width, height = boxsize
    left = round(random.uniform(0, imsize[0] - width))
    upper = round(random.uniform(0, imsize[1] - height))
    return left, upper, left + width, upper + height


# %% wrong 2.2a: piled-up-at-the-border


def get_random_box(boxsize, imsize):
    width, height = boxsize
    left = min(random.randrange(imsize[0]), imsize[0] - width)
    upper = min(random.randrange(imsize[1]), imsize[1] - height)
    return left, upper, left + width, upper + height


# %% wrong 2.2a: not-uniform


def get_random_box(boxsize, imsize):
    width, height = boxsize
    left = sum(random.randint(0, imsize[0] - width) for _ in range(2)) // 2
    upper = random.randint(0, imsize[1] - height)
    return left, upper, left + width, upper + height


# %% wrong 2.2a: x-and-y-together


def get_random_box(boxsize, imsize):
    width, height = boxsize
    share = random.random()
    left = int(share * (imsize[0] - width + 1))
    upper = int(share * (imsize[1] - height + 1))
    return left, upper, left + width, upper + height


# %% wrong 2.2a: not-whole-pixels


def get_random_box(boxsize, imsize):
    width, height = boxsize
    left = random.uniform(0, imsize[0] - width)
    upper = random.uniform(0, imsize[1] - height)
    return left, upper, left + width, upper + height


# %% wrong 2.2a: nothing-returned


def get_random_box(boxsize, imsize):
    width, height = boxsize
    left = random.randint(0, imsize[0] - width)
    upper = random.randint(0, imsize[1] - height)
    print(left, upper, left + width, upper + height)


# %% wrong 2.2a: not-a-box


def get_random_box(boxsize, imsize):
    width, height = boxsize
    left = random.randint(0, imsize[0] - width)
    upper = random.randint(0, imsize[1] - height)
    return (left, upper), (left + width, upper + height)


# %% wrong 2.2b: one-way


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = random.randint(1, int(0.2 * (right - left)))
    dy = random.randint(1, int(0.2 * (lower - upper)))
    return left + dx, upper + dy, min(right + dx, imsize[0]), min(lower + dy, imsize[1])


# %% wrong 2.2b: one-way


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = -random.randint(1, int(0.2 * (lower - upper)))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, imsize[0]), min(lower + dy, imsize[1]))


# %% wrong 2.2b: one-side-more-often


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = random.choice([-1, 1, 1, 1, 1, 1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * (lower - upper)))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, imsize[0]), min(lower + dy, imsize[1]))


# %% wrong 2.2b: one-side-more-often


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = (1 if random.random() < 0.1 else -1) * random.randint(1, int(0.2 * (lower - upper)))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, imsize[0]), min(lower + dy, imsize[1]))


# %% wrong 2.2b: offset-zero


def add_offset_to_box(box, imsize):
    size = box[2:] - box[:2]
    offset = [np.random.randint(-int(0.2 * side), int(0.2 * side) + 1) for side in size]
    width, height = imsize
    return np.clip(box + np.array(offset + offset), 0, [width, height, width, height])


# %% wrong 2.2b: one-axis-only


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = 0 * random.choice([-1, 1]) * random.randint(1, int(0.2 * (lower - upper)))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, imsize[0]), min(lower + dy, imsize[1]))


# %% wrong 2.2b: offset-zero


def add_offset_to_box(box, imsize):
    return box.copy()


# %% wrong 2.2b: too-far


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.5 * (right - left)))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.5 * (lower - upper)))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, imsize[0]), min(lower + dy, imsize[1]))


# %% wrong 2.2b: too-far


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * imsize[0]))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * imsize[1]))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, imsize[0]), min(lower + dy, imsize[1]))


# %% wrong 2.2b: share-of-the-other-side


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    height, width = right - left, lower - upper
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * width))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * height))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, imsize[0]), min(lower + dy, imsize[1]))


# %% wrong 2.2b: leaves-the-image


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * (lower - upper)))
    return left + dx, upper + dy, right + dx, lower + dy


# %% wrong 2.2b: leaves-the-image


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * (lower - upper)))
    return left + dx, upper + dy, min(right + dx, imsize[0]), min(lower + dy, imsize[1])


# %% wrong 2.2b: leaves-the-image


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * (lower - upper)))
    return max(left + dx, 0), max(upper + dy, 0), right + dx, lower + dy


# %% wrong 2.2b: image-size-swapped


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * (lower - upper)))
    return np.clip([left + dx, upper + dy, right + dx, lower + dy], 0,
                   [*imsize[::-1], *imsize[::-1]])


# %% wrong 2.2b: stays-at-the-border


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * (lower - upper)))
    dx = np.clip(dx, -left, imsize[0] - right)
    dy = np.clip(dy, -upper, imsize[1] - lower)
    return left + dx, upper + dy, right + dx, lower + dy


# %% wrong 2.2b: stays-at-the-border


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * (lower - upper)))
    moved = left + dx, upper + dy, right + dx, lower + dy
    inside = min(moved) >= 0 and moved[2] <= imsize[0] and moved[3] <= imsize[1]
    return moved if inside else tuple(box)


# %% wrong 2.2b: changed-at-the-border


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * (lower - upper)))
    return (abs(left + dx), abs(upper + dy),
            min(right + dx, imsize[0]), min(lower + dy, imsize[1]))


# %% wrong 2.2b: changed-at-the-border


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * (lower - upper)))
    return (max(left + dx, 1), max(upper + dy, 1),
            min(right + dx, imsize[0]), min(lower + dy, imsize[1]))


# %% wrong 2.2b: one-corner-only


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * (lower - upper)))
    return max(left + dx, 0), max(upper + dy, 0), right, lower


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


# %% wrong 2.2b: same-offset-for-x-and-y


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, imsize[0]), min(lower + dy, imsize[1]))


# %% wrong 2.2b: same-offset-for-x-and-y


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    share = random.choice([-1, 1]) * random.uniform(0.05, 0.2)
    dx, dy = int(share * (right - left)), int(share * (lower - upper))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, imsize[0]), min(lower + dy, imsize[1]))


# %% wrong 2.2b: same-offset-for-x-and-y


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    n = random.randint(1, 5)
    dx, dy = random.choice([-n, n]), random.choice([-n, n])
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, imsize[0]), min(lower + dy, imsize[1]))


# %% wrong 2.2b: same-sign-for-x-and-y


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    sign = random.choice([-1, 1])
    dx = sign * random.randint(1, int(0.2 * (right - left)))
    dy = sign * random.randint(1, int(0.2 * (lower - upper)))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, imsize[0]), min(lower + dy, imsize[1]))


# %% wrong 2.2b: always-as-far


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * int(0.2 * (right - left))
    dy = random.choice([-1, 1]) * int(0.2 * (lower - upper))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, imsize[0]), min(lower + dy, imsize[1]))


# %% wrong 2.2b: always-the-same


def add_offset_to_box(box, imsize):
    rng = np.random.default_rng(0)
    left, upper, right, lower = box
    dx = rng.choice([-1, 1]) * rng.integers(1, 7)
    dy = rng.choice([-1, 1]) * rng.integers(1, 15)
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, imsize[0]), min(lower + dy, imsize[1]))


# %% wrong 2.2b: given-box-changed


def add_offset_to_box(box, imsize):
    for axis, end in enumerate(imsize):
        far = int(0.2 * (box[axis + 2] - box[axis]))
        move = random.choice([-1, 1]) * random.randint(1, far)
        box[axis] = max(box[axis] + move, 0)
        box[axis + 2] = min(box[axis + 2] + move, end)
    return box


# %% wrong 2.2b: box-as-width-height


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * (lower - upper)))
    return left + dx, upper + dy, right - left, lower - upper


# %% wrong 2.2b: not-whole-pixels


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.uniform(1, 0.2 * (right - left))
    dy = random.choice([-1, 1]) * random.uniform(1, 0.2 * (lower - upper))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, imsize[0]), min(lower + dy, imsize[1]))


# %% wrong 2.2b: nothing-returned


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * (lower - upper)))
    left, upper, right, lower = left + dx, upper + dy, right + dx, lower + dy


# %% wrong 2.2c: anchors-y-x


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            patch = resize(image[upper:upper + h, left:left + w], patch_size)
            fds.append(get_hog(patch))
            anchors.append((upper, left))
    return np.array(fds), np.array(anchors)


# %% wrong 2.2c: anchors-counted


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            patch = resize(image[upper:upper + h, left:left + w], patch_size)
            fds.append(get_hog(patch))
            anchors.append((left // step_size, upper // step_size))
    return np.array(fds), np.array(anchors)


# %% wrong 2.2c: anchors-in-the-middle


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            patch = resize(image[upper:upper + h, left:left + w], patch_size)
            fds.append(get_hog(patch))
            anchors.append((left + w // 2, upper + h // 2))
    return np.array(fds), np.array(anchors)


# %% wrong 2.2c: anchors-at-the-end


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            patch = resize(image[upper:upper + h, left:left + w], patch_size)
            fds.append(get_hog(patch))
            anchors.append((left + w, upper + h))
    return np.array(fds), np.array(anchors)


# %% wrong 2.2c: anchors-transposed


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            patch = resize(image[upper:upper + h, left:left + w], patch_size)
            fds.append(get_hog(patch))
            anchors.append((left, upper))
    return np.array(fds), np.array(anchors).T


# %% wrong 2.2c: anchors-apart


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    uppers = range(0, image.shape[0] - h + 1, step_size)
    lefts = range(0, image.shape[1] - w + 1, step_size)
    patches = [resize(image[y:y + h, x:x + w], patch_size) for y in uppers for x in lefts]
    return [get_hog(patch) for patch in patches], [(x, y) for x in lefts for y in uppers]


# %% wrong 2.2c: boxes-for-anchors


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            patch = resize(image[upper:upper + h, left:left + w], patch_size)
            fds.append(get_hog(patch))
            anchors.append((left, upper, left + w, upper + h))
    return np.array(fds), np.array(anchors)


# %% wrong 2.2c: windows-leave-the-image


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0], step_size):
        for left in range(0, image.shape[1], step_size):
            patch = resize(image[upper:upper + h, left:left + w], patch_size)
            fds.append(get_hog(patch))
            anchors.append((left, upper))
    return np.array(fds), np.array(anchors)


# %% wrong 2.2c: window-size-swapped


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (h, w) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            patch = resize(image[upper:upper + h, left:left + w], patch_size)
            fds.append(get_hog(patch))
            anchors.append((left, upper))
    return np.array(fds), np.array(anchors)


# %% wrong 2.2c: image-size-swapped


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[1] - h + 1, step_size):
        for left in range(0, image.shape[0] - w + 1, step_size):
            patch = resize(image[upper:upper + h, left:left + w], patch_size)
            fds.append(get_hog(patch))
            anchors.append((left, upper))
    return np.array(fds), np.array(anchors)


# %% wrong 2.2c: stride-ignored


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, h):
        for left in range(0, image.shape[1] - w + 1, w):
            patch = resize(image[upper:upper + h, left:left + w], patch_size)
            fds.append(get_hog(patch))
            anchors.append((left, upper))
    return np.array(fds), np.array(anchors)


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


# %% wrong 2.2c: no-windows


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, h - image.shape[0] + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            patch = resize(image[upper:upper + h, left:left + w], patch_size)
            fds.append(get_hog(patch))
            anchors.append((left, upper))
    return np.array(fds), np.array(anchors)


# %% wrong 2.2c: hog-before-resizing


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            patch = image[upper:upper + h, left:left + w]
            fds.append(get_hog(patch))
            anchors.append((left, upper))
    return np.array(fds), np.array(anchors)


# %% wrong 2.2c: hog-of-the-whole-image


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            patch = resize(image, patch_size)
            fds.append(get_hog(patch))
            anchors.append((left, upper))
    return np.array(fds), np.array(anchors)


# %% wrong 2.2c: same-window-everywhere


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            patch = resize(image[:h, :w], patch_size)
            fds.append(get_hog(patch))
            anchors.append((left, upper))
    return np.array(fds), np.array(anchors)


# %% wrong 2.2c: x-and-y-swapped-in-the-crop


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            patch = resize(image[left:left + w, upper:upper + h], patch_size)
            fds.append(get_hog(patch))
            anchors.append((left, upper))
    return np.array(fds), np.array(anchors)


# %% wrong 2.2c: x-and-y-swapped-in-the-crop


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            patch = resize(image[left:left + h, upper:upper + w], patch_size)
            fds.append(get_hog(patch))
            anchors.append((left, upper))
    return np.array(fds), np.array(anchors)


# %% wrong 2.2c: width-and-height-swapped-in-the-crop


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            patch = resize(image[upper:upper + w, left:left + h], patch_size)
            fds.append(get_hog(patch))
            anchors.append((left, upper))
    return np.array(fds), np.array(anchors)


# %% wrong 2.2c: one-pixel-off


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            patch = resize(image[upper:upper + h - 1, left:left + w - 1], patch_size)
            fds.append(get_hog(patch))
            anchors.append((left, upper))
    return np.array(fds), np.array(anchors)


# %% wrong 2.2c: resized-lying-down


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            patch = Image.fromarray(image[upper:upper + h, left:left + w]).resize(patch_size[::-1])
            fds.append(get_hog(np.array(patch)))
            anchors.append((left, upper))
    return np.array(fds), np.array(anchors)


# %% wrong 2.2c: descriptors-transposed


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            patch = resize(image[upper:upper + h, left:left + w], patch_size)
            fds.append(get_hog(patch))
            anchors.append((left, upper))
    return np.stack(fds, axis=1), np.array(anchors)


# %% wrong 2.2c: object-array


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    anchors = [(x, y) for y in range(0, image.shape[0] - h + 1, step_size)
               for x in range(0, image.shape[1] - w + 1, step_size)]
    fds = np.empty(len(anchors), dtype=object)
    for i, (x, y) in enumerate(anchors):
        fds[i] = get_hog(resize(image[y:y + h, x:x + w], patch_size))
    return fds, anchors


# %% wrong 2.2c: not-in-rows


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            patch = resize(image[upper:upper + h, left:left + w], patch_size)
            fds.append(get_hog(patch))
            anchors.append((left, upper))
    return np.concatenate(fds), np.array(anchors)


# %% wrong 2.2c: not-in-rows


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            patch = resize(image[upper:upper + h, left:left + w], patch_size)
            fds.append(get_hog(patch).reshape(-1, 8))
            anchors.append((left, upper))
    return np.array(fds), np.array(anchors)


# %% wrong 2.2c: pixels-for-hog


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            patch = resize(image[upper:upper + h, left:left + w], patch_size)
            fds.append(np.array(patch).ravel())
            anchors.append((left, upper))
    return np.array(fds), np.array(anchors)


# %% wrong 2.2c: last-window-only


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            patch = resize(image[upper:upper + h, left:left + w], patch_size)
            fds.append(get_hog(patch))
            anchors.append((left, upper))
    return fds[-1], anchors


# %% wrong 2.2c: results-swapped


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            patch = resize(image[upper:upper + h, left:left + w], patch_size)
            fds.append(get_hog(patch))
            anchors.append((left, upper))
    return np.array(anchors), np.array(fds)


# %% wrong 2.2c: not-two-results


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            patch = resize(image[upper:upper + h, left:left + w], patch_size)
            fds.append(get_hog(patch))
            anchors.append((left, upper))
    return np.array(fds)


# %% wrong 2.2c: not-two-results


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            patch = resize(image[upper:upper + h, left:left + w], patch_size)
            fds.append(get_hog(patch))
            anchors.append((left, upper))
    return list(zip(fds, anchors))


# %% wrong 2.2c: nothing-returned


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            patch = resize(image[upper:upper + h, left:left + w], patch_size)
            fds.append(get_hog(patch))
            anchors.append((left, upper))


# %% wrong 2.2c: other


def img_to_hog_patches(img, window_size, patch_size, step_size=1):
    image, (w, h) = np.array(img), window_size
    fds, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, step_size):
        for left in range(0, image.shape[1] - w + 1, step_size):
            patch = resize(image[upper:upper + h, left:left + w], patch_size)
            fds.append(hog(patch, 8, (16, 16), (1, 1), block_norm="L1", channel_axis=-1))
            anchors.append((left, upper))
    return np.array(fds), np.array(anchors)


# %% wrong 2.2a: follows-from-the-last


calls = iter(range(10**9))


def get_random_box(boxsize, imsize):
    n_left, n_upper = imsize[0] - boxsize[0] + 1, imsize[1] - boxsize[1] + 1
    place = 7 * next(calls) % (n_left * n_upper)
    left, upper = place % n_left, place // n_left
    return left, upper, left + boxsize[0], upper + boxsize[1]


# %% wrong 2.2b: rounded-up


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(np.ceil(0.2 * (right - left))))
    dy = random.choice([-1, 1]) * random.randint(1, int(np.ceil(0.2 * (lower - upper))))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, imsize[0]), min(lower + dy, imsize[1]))


# %% wrong 2.2b: share-of-the-other-side


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, imsize[0]), min(lower + dy, imsize[1]))


# %% wrong 2.2b: box-read-as-size


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * right))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * lower))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, imsize[0]), min(lower + dy, imsize[1]))


# %% wrong 2.2b: too-far


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, 40)
    dy = random.choice([-1, 1]) * random.randint(1, 60)
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, imsize[0]), min(lower + dy, imsize[1]))


# %% wrong 2.2b: one-axis-only


def add_offset_to_box(box, imsize):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    return max(left + dx, 0), upper, min(right + dx, imsize[0]), lower


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
