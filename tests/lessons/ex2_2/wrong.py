"""Planted wrong answers to exercise 2.2: the name after the colon is what the check must find."""

# ruff: noqa: F811, NPY002

import random

import numpy as np
from PIL import Image

from minicv.person_detector import hog, random_box


def resize_patch(patch):
    return np.array(Image.fromarray(patch).resize((50, 150), Image.Resampling.BILINEAR))


def patch_to_hog(patch):
    return hog(patch, orientations=8, pixels_per_cell=(16, 16), cells_per_block=(1, 1),
               channel_axis=-1)


# %% wrong 2.2a: box-as-width-height


def get_random_box(image_size, box_size):
    height, width = box_size
    left = random.randint(0, image_size[1] - width)
    upper = random.randint(0, image_size[0] - height)
    return left, upper, width, height


# %% wrong 2.2a: width-and-height-swapped


def get_random_box(image_size, box_size):
    width, height = box_size
    left = random.randint(0, image_size[1] - width)
    upper = random.randint(0, image_size[0] - height)
    return left, upper, left + width, upper + height


# %% wrong 2.2a: width-and-height-swapped


def get_random_box(image_size, box_size):
    height, width = box_size
    left = random.randint(0, image_size[1] - width)
    upper = random.randint(0, image_size[0] - height)
    return left, upper, left + height, upper + width


# %% wrong 2.2a: y-before-x


def get_random_box(image_size, box_size):
    height, width = box_size
    left = random.randint(0, image_size[1] - width)
    upper = random.randint(0, image_size[0] - height)
    return upper, left, upper + height, left + width


# %% wrong 2.2a: y-before-x


def get_random_box(image_size, box_size):
    image_width, image_height = image_size
    width, height = box_size
    left = random.randint(0, image_width - width)
    upper = random.randint(0, image_height - height)
    return left, upper, left + width, upper + height


# %% wrong 2.2a: image-size-swapped


def get_random_box(image_size, box_size):
    image_width, image_height = image_size
    height, width = box_size
    left = random.randint(0, image_width - width)
    upper = random.randint(0, image_height - height)
    return left, upper, left + width, upper + height


# %% wrong 2.2a: order-of-edges


def get_random_box(image_size, box_size):
    height, width = box_size
    left = random.randint(0, image_size[1] - width)
    upper = random.randint(0, image_size[0] - height)
    return left, left + width, upper, upper + height


# %% wrong 2.2a: one-pixel-off


def get_random_box(image_size, box_size):
    height, width = box_size
    left = random.randint(0, image_size[1] - width)
    upper = random.randint(0, image_size[0] - height)
    return left, upper, left + width - 1, upper + height - 1


# %% wrong 2.2a: leaves-the-image


def get_random_box(image_size, box_size):
    height, width = box_size
    left = random.randint(0, image_size[1])
    upper = random.randint(0, image_size[0])
    return left, upper, left + width, upper + height


# %% wrong 2.2a: leaves-the-image


def get_random_box(image_size, box_size):
    height, width = box_size
    x, y = random.randrange(image_size[1]), random.randrange(image_size[0])
    left, upper = x - width // 2, y - height // 2
    return left, upper, left + width, upper + height


# %% wrong 2.2a: cut-off-at-the-border


def get_random_box(image_size, box_size):
    height, width = box_size
    left = random.randrange(image_size[1])
    upper = random.randrange(image_size[0])
    return left, upper, min(left + width, image_size[1]), min(upper + height, image_size[0])


# %% wrong 2.2a: last-place-missed


def get_random_box(image_size, box_size):
    height, width = box_size
    left = np.random.randint(0, image_size[1] - width)
    upper = np.random.randint(0, image_size[0] - height)
    return left, upper, left + width, upper + height


# %% wrong 2.2a: last-place-missed


def get_random_box(image_size, box_size):
    height, width = box_size
    left = int(random.random() * (image_size[1] - width))
    upper = random.randint(0, image_size[0] - height)
    return left, upper, left + width, upper + height


# %% wrong 2.2a: first-place-missed


def get_random_box(image_size, box_size):
    height, width = box_size
    left = random.randint(1, image_size[1] - width)
    upper = random.randint(1, image_size[0] - height)
    return left, upper, left + width, upper + height


# %% wrong 2.2a: places-missed


def get_random_box(image_size, box_size):
    height, width = box_size
    left = random.randrange(0, image_size[1] - width + 1, 2)
    upper = random.randint(0, image_size[0] - height)
    return left, upper, left + width, upper + height


# %% wrong 2.2a: always-the-same


def get_random_box(image_size, box_size):
    return random_box(image_size, box_size, rng=0)


# %% wrong 2.2a: always-the-same


def get_random_box(image_size, box_size):
    np.random.seed(42)
    height, width = box_size
    left = np.random.randint(image_size[1] - width + 1)
    upper = np.random.randint(image_size[0] - height + 1)
    return np.array([left, upper, left + width, upper + height])


# %% wrong 2.2a: always-the-same


def get_random_box(image_size, box_size):
    height, width = box_size
    return 0, 0, width, height


# %% wrong 2.2a: one-direction-only


def get_random_box(image_size, box_size):
    height, width = box_size
    left = random.randint(0, image_size[1] - width)
    return left, 0, left + width, height


# %% wrong 2.2a: ends-half-as-likely


def get_random_box(image_size, box_size):
    height, width = box_size
    left = round(random.uniform(0, image_size[1] - width))
    upper = round(random.uniform(0, image_size[0] - height))
    return left, upper, left + width, upper + height


# %% wrong 2.2a: piled-up-at-the-border


def get_random_box(image_size, box_size):
    height, width = box_size
    left = min(random.randrange(image_size[1]), image_size[1] - width)
    upper = min(random.randrange(image_size[0]), image_size[0] - height)
    return left, upper, left + width, upper + height


# %% wrong 2.2a: not-uniform


def get_random_box(image_size, box_size):
    height, width = box_size
    left = sum(random.randint(0, image_size[1] - width) for _ in range(2)) // 2
    upper = random.randint(0, image_size[0] - height)
    return left, upper, left + width, upper + height


# %% wrong 2.2a: x-and-y-together


def get_random_box(image_size, box_size):
    height, width = box_size
    share = random.random()
    left = int(share * (image_size[1] - width + 1))
    upper = int(share * (image_size[0] - height + 1))
    return left, upper, left + width, upper + height


# %% wrong 2.2a: not-whole-pixels


def get_random_box(image_size, box_size):
    height, width = box_size
    left = random.uniform(0, image_size[1] - width)
    upper = random.uniform(0, image_size[0] - height)
    return left, upper, left + width, upper + height


# %% wrong 2.2a: nothing-returned


def get_random_box(image_size, box_size):
    height, width = box_size
    left = random.randint(0, image_size[1] - width)
    upper = random.randint(0, image_size[0] - height)
    print(left, upper, left + width, upper + height)


# %% wrong 2.2a: not-a-box


def get_random_box(image_size, box_size):
    height, width = box_size
    left = random.randint(0, image_size[1] - width)
    upper = random.randint(0, image_size[0] - height)
    return (left, upper), (left + width, upper + height)


# %% wrong 2.2b: one-way


def add_offset_to_box(box, image_size):
    left, upper, right, lower = box
    dx = random.randint(1, int(0.2 * (right - left)))
    dy = random.randint(1, int(0.2 * (lower - upper)))
    return left + dx, upper + dy, min(right + dx, image_size[1]), min(lower + dy, image_size[0])


# %% wrong 2.2b: one-way


def add_offset_to_box(box, image_size):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = -random.randint(1, int(0.2 * (lower - upper)))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, image_size[1]), min(lower + dy, image_size[0]))


# %% wrong 2.2b: one-side-more-often


def add_offset_to_box(box, image_size):
    left, upper, right, lower = box
    dx = random.choice([-1, 1, 1, 1, 1, 1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * (lower - upper)))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, image_size[1]), min(lower + dy, image_size[0]))


# %% wrong 2.2b: one-side-more-often


def add_offset_to_box(box, image_size):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = (1 if random.random() < 0.1 else -1) * random.randint(1, int(0.2 * (lower - upper)))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, image_size[1]), min(lower + dy, image_size[0]))


# %% wrong 2.2b: offset-zero


def add_offset_to_box(box, image_size):
    size = box[2:] - box[:2]
    offset = [np.random.randint(-int(0.2 * side), int(0.2 * side) + 1) for side in size]
    height, width = image_size
    return np.clip(box + np.array(offset + offset), 0, [width, height, width, height])


# %% wrong 2.2b: offset-zero


def add_offset_to_box(box, image_size):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = 0 * random.choice([-1, 1]) * random.randint(1, int(0.2 * (lower - upper)))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, image_size[1]), min(lower + dy, image_size[0]))


# %% wrong 2.2b: offset-zero


def add_offset_to_box(box, image_size):
    return box.copy()


# %% wrong 2.2b: too-far


def add_offset_to_box(box, image_size):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.5 * (right - left)))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.5 * (lower - upper)))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, image_size[1]), min(lower + dy, image_size[0]))


# %% wrong 2.2b: too-far


def add_offset_to_box(box, image_size):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * image_size[1]))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * image_size[0]))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, image_size[1]), min(lower + dy, image_size[0]))


# %% wrong 2.2b: share-of-the-other-side


def add_offset_to_box(box, image_size):
    left, upper, right, lower = box
    height, width = right - left, lower - upper
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * width))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * height))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, image_size[1]), min(lower + dy, image_size[0]))


# %% wrong 2.2b: leaves-the-image


def add_offset_to_box(box, image_size):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * (lower - upper)))
    return left + dx, upper + dy, right + dx, lower + dy


# %% wrong 2.2b: leaves-the-image


def add_offset_to_box(box, image_size):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * (lower - upper)))
    return left + dx, upper + dy, min(right + dx, image_size[1]), min(lower + dy, image_size[0])


# %% wrong 2.2b: leaves-the-image


def add_offset_to_box(box, image_size):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * (lower - upper)))
    return max(left + dx, 0), max(upper + dy, 0), right + dx, lower + dy


# %% wrong 2.2b: image-size-swapped


def add_offset_to_box(box, image_size):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * (lower - upper)))
    return np.clip([left + dx, upper + dy, right + dx, lower + dy], 0, [*image_size, *image_size])


# %% wrong 2.2b: stays-at-the-border


def add_offset_to_box(box, image_size):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * (lower - upper)))
    dx = np.clip(dx, -left, image_size[1] - right)
    dy = np.clip(dy, -upper, image_size[0] - lower)
    return left + dx, upper + dy, right + dx, lower + dy


# %% wrong 2.2b: stays-at-the-border


def add_offset_to_box(box, image_size):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * (lower - upper)))
    moved = left + dx, upper + dy, right + dx, lower + dy
    inside = min(moved) >= 0 and moved[2] <= image_size[1] and moved[3] <= image_size[0]
    return moved if inside else tuple(box)


# %% wrong 2.2b: changed-at-the-border


def add_offset_to_box(box, image_size):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * (lower - upper)))
    return (abs(left + dx), abs(upper + dy),
            min(right + dx, image_size[1]), min(lower + dy, image_size[0]))


# %% wrong 2.2b: changed-at-the-border


def add_offset_to_box(box, image_size):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * (lower - upper)))
    return (max(left + dx, 1), max(upper + dy, 1),
            min(right + dx, image_size[1]), min(lower + dy, image_size[0]))


# %% wrong 2.2b: one-corner-only


def add_offset_to_box(box, image_size):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * (lower - upper)))
    return max(left + dx, 0), max(upper + dy, 0), right, lower


# %% wrong 2.2b: each-edge-its-own-offset


def add_offset_to_box(box, image_size):
    far = 0.2 * np.tile(box[2:] - box[:2], 2)
    moved = box + np.random.choice([-1, 1], 4) * np.random.randint(1, far.astype(int) + 1)
    height, width = image_size
    return np.clip(moved, 0, [width, height, width, height])


# %% wrong 2.2b: each-corner-its-own-offset


def add_offset_to_box(box, image_size):
    moved = []
    for x, y in (box[:2], box[2:]):
        offset = random.choice([-1, 1]) * random.randint(1, 6)
        moved += [x + offset, y + offset]
    height, width = image_size
    return np.clip(moved, 0, [width, height, width, height])


# %% wrong 2.2b: same-offset-for-x-and-y


def add_offset_to_box(box, image_size):
    left, upper, right, lower = box
    dx = dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, image_size[1]), min(lower + dy, image_size[0]))


# %% wrong 2.2b: same-offset-for-x-and-y


def add_offset_to_box(box, image_size):
    left, upper, right, lower = box
    share = random.choice([-1, 1]) * random.uniform(0.05, 0.2)
    dx, dy = round(share * (right - left)), round(share * (lower - upper))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, image_size[1]), min(lower + dy, image_size[0]))


# %% wrong 2.2b: same-offset-for-x-and-y


def add_offset_to_box(box, image_size):
    left, upper, right, lower = box
    n = random.randint(1, 6)
    dx, dy = random.choice([-n, n]), random.choice([-n, n])
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, image_size[1]), min(lower + dy, image_size[0]))


# %% wrong 2.2b: same-sign-for-x-and-y


def add_offset_to_box(box, image_size):
    left, upper, right, lower = box
    sign = random.choice([-1, 1])
    dx = sign * random.randint(1, int(0.2 * (right - left)))
    dy = sign * random.randint(1, int(0.2 * (lower - upper)))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, image_size[1]), min(lower + dy, image_size[0]))


# %% wrong 2.2b: always-as-far


def add_offset_to_box(box, image_size):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * int(0.2 * (right - left))
    dy = random.choice([-1, 1]) * int(0.2 * (lower - upper))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, image_size[1]), min(lower + dy, image_size[0]))


# %% wrong 2.2b: always-the-same


def add_offset_to_box(box, image_size):
    rng = np.random.default_rng(0)
    left, upper, right, lower = box
    dx = rng.choice([-1, 1]) * rng.integers(1, 7)
    dy = rng.choice([-1, 1]) * rng.integers(1, 15)
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, image_size[1]), min(lower + dy, image_size[0]))


# %% wrong 2.2b: given-box-changed


def add_offset_to_box(box, image_size):
    for axis, end in enumerate(reversed(image_size)):
        far = int(0.2 * (box[axis + 2] - box[axis]))
        move = random.choice([-1, 1]) * random.randint(1, far)
        box[axis] = max(box[axis] + move, 0)
        box[axis + 2] = min(box[axis + 2] + move, end)
    return box


# %% wrong 2.2b: box-as-width-height


def add_offset_to_box(box, image_size):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * (lower - upper)))
    return left + dx, upper + dy, right - left, lower - upper


# %% wrong 2.2b: not-whole-pixels


def add_offset_to_box(box, image_size):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.uniform(1, 0.2 * (right - left))
    dy = random.choice([-1, 1]) * random.uniform(1, 0.2 * (lower - upper))
    return (max(left + dx, 0), max(upper + dy, 0),
            min(right + dx, image_size[1]), min(lower + dy, image_size[0]))


# %% wrong 2.2b: nothing-returned


def add_offset_to_box(box, image_size):
    left, upper, right, lower = box
    dx = random.choice([-1, 1]) * random.randint(1, int(0.2 * (right - left)))
    dy = random.choice([-1, 1]) * random.randint(1, int(0.2 * (lower - upper)))
    left, upper, right, lower = left + dx, upper + dy, right + dx, lower + dy


# %% wrong 2.2c: last-position-missed


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h, stride):
        for left in range(0, image.shape[1] - w, stride):
            patch = resize_patch(image[upper:upper + h, left:left + w])
            descriptors.append(patch_to_hog(patch))
            anchors.append((left, upper))
    return np.array(descriptors), np.array(anchors)


# %% wrong 2.2c: last-position-missed


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, stride):
        for left in range(0, image.shape[1] - w, stride):
            patch = resize_patch(image[upper:upper + h, left:left + w])
            descriptors.append(patch_to_hog(patch))
            anchors.append((left, upper))
    return np.array(descriptors), np.array(anchors)


# %% wrong 2.2c: last-position-missed


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            patch = resize_patch(image[upper:upper + h, left:left + w])
            descriptors.append(patch_to_hog(patch))
            anchors.append((left, upper))
    return np.array(descriptors), np.array(anchors)


# %% wrong 2.2c: anchors-y-x


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            patch = resize_patch(image[upper:upper + h, left:left + w])
            descriptors.append(patch_to_hog(patch))
            anchors.append((upper, left))
    return np.array(descriptors), np.array(anchors)


# %% wrong 2.2c: anchors-counted


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            patch = resize_patch(image[upper:upper + h, left:left + w])
            descriptors.append(patch_to_hog(patch))
            anchors.append((left // stride, upper // stride))
    return np.array(descriptors), np.array(anchors)


# %% wrong 2.2c: anchors-in-the-middle


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            patch = resize_patch(image[upper:upper + h, left:left + w])
            descriptors.append(patch_to_hog(patch))
            anchors.append((left + w // 2, upper + h // 2))
    return np.array(descriptors), np.array(anchors)


# %% wrong 2.2c: anchors-at-the-end


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            patch = resize_patch(image[upper:upper + h, left:left + w])
            descriptors.append(patch_to_hog(patch))
            anchors.append((left + w, upper + h))
    return np.array(descriptors), np.array(anchors)


# %% wrong 2.2c: anchors-transposed


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            patch = resize_patch(image[upper:upper + h, left:left + w])
            descriptors.append(patch_to_hog(patch))
            anchors.append((left, upper))
    return np.array(descriptors), np.array(anchors).T


# %% wrong 2.2c: anchors-apart


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    uppers = range(0, image.shape[0] - h + 1, stride)
    lefts = range(0, image.shape[1] - w + 1, stride)
    patches = [resize_patch(image[y:y + h, x:x + w]) for y in uppers for x in lefts]
    return [patch_to_hog(patch) for patch in patches], [(x, y) for x in lefts for y in uppers]


# %% wrong 2.2c: boxes-for-anchors


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            patch = resize_patch(image[upper:upper + h, left:left + w])
            descriptors.append(patch_to_hog(patch))
            anchors.append((left, upper, left + w, upper + h))
    return np.array(descriptors), np.array(anchors)


# %% wrong 2.2c: windows-leave-the-image


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0], stride):
        for left in range(0, image.shape[1], stride):
            patch = resize_patch(image[upper:upper + h, left:left + w])
            descriptors.append(patch_to_hog(patch))
            anchors.append((left, upper))
    return np.array(descriptors), np.array(anchors)


# %% wrong 2.2c: patch-size-swapped


def img_to_hog_patches(image, patch_size, stride):
    w, h = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            patch = resize_patch(image[upper:upper + h, left:left + w])
            descriptors.append(patch_to_hog(patch))
            anchors.append((left, upper))
    return np.array(descriptors), np.array(anchors)


# %% wrong 2.2c: image-size-swapped


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[1] - h + 1, stride):
        for left in range(0, image.shape[0] - w + 1, stride):
            patch = resize_patch(image[upper:upper + h, left:left + w])
            descriptors.append(patch_to_hog(patch))
            anchors.append((left, upper))
    return np.array(descriptors), np.array(anchors)


# %% wrong 2.2c: stride-ignored


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, h):
        for left in range(0, image.shape[1] - w + 1, w):
            patch = resize_patch(image[upper:upper + h, left:left + w])
            descriptors.append(patch_to_hog(patch))
            anchors.append((left, upper))
    return np.array(descriptors), np.array(anchors)


# %% wrong 2.2c: stride-ignored


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    patch = resize_patch(image[:h, :w])
    anchors = [(x, y) for y in range(image.shape[0] - h + 1) for x in range(image.shape[1] - w + 1)]
    return [patch_to_hog(patch)] * len(anchors), anchors


# %% wrong 2.2c: windows-twice


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            for _ in range(2):
                patch = resize_patch(image[upper:upper + h, left:left + w])
                descriptors.append(patch_to_hog(patch))
                anchors.append((left, upper))
    return descriptors, anchors


# %% wrong 2.2c: no-windows


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, h - image.shape[0] + 1, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            patch = resize_patch(image[upper:upper + h, left:left + w])
            descriptors.append(patch_to_hog(patch))
            anchors.append((left, upper))
    return np.array(descriptors), np.array(anchors)


# %% wrong 2.2c: hog-before-resizing


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            patch = image[upper:upper + h, left:left + w]
            descriptors.append(patch_to_hog(patch))
            anchors.append((left, upper))
    return np.array(descriptors), np.array(anchors)


# %% wrong 2.2c: hog-of-the-whole-image


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            patch = resize_patch(image)
            descriptors.append(patch_to_hog(patch))
            anchors.append((left, upper))
    return np.array(descriptors), np.array(anchors)


# %% wrong 2.2c: same-window-everywhere


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            patch = resize_patch(image[:h, :w])
            descriptors.append(patch_to_hog(patch))
            anchors.append((left, upper))
    return np.array(descriptors), np.array(anchors)


# %% wrong 2.2c: x-and-y-swapped-in-the-crop


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            patch = resize_patch(image[left:left + w, upper:upper + h])
            descriptors.append(patch_to_hog(patch))
            anchors.append((left, upper))
    return np.array(descriptors), np.array(anchors)


# %% wrong 2.2c: x-and-y-swapped-in-the-crop


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            patch = resize_patch(image[left:left + h, upper:upper + w])
            descriptors.append(patch_to_hog(patch))
            anchors.append((left, upper))
    return np.array(descriptors), np.array(anchors)


# %% wrong 2.2c: width-and-height-swapped-in-the-crop


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            patch = resize_patch(image[upper:upper + w, left:left + h])
            descriptors.append(patch_to_hog(patch))
            anchors.append((left, upper))
    return np.array(descriptors), np.array(anchors)


# %% wrong 2.2c: one-pixel-off


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            patch = resize_patch(image[upper:upper + h - 1, left:left + w - 1])
            descriptors.append(patch_to_hog(patch))
            anchors.append((left, upper))
    return np.array(descriptors), np.array(anchors)


# %% wrong 2.2c: resized-lying-down


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            patch = Image.fromarray(image[upper:upper + h, left:left + w]).resize((150, 50), 2)
            descriptors.append(patch_to_hog(np.array(patch)))
            anchors.append((left, upper))
    return np.array(descriptors), np.array(anchors)


# %% wrong 2.2c: descriptors-transposed


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            patch = resize_patch(image[upper:upper + h, left:left + w])
            descriptors.append(patch_to_hog(patch))
            anchors.append((left, upper))
    return np.stack(descriptors, axis=1), np.array(anchors)


# %% wrong 2.2c: object-array


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    anchors = [(x, y) for y in range(0, image.shape[0] - h + 1, stride)
               for x in range(0, image.shape[1] - w + 1, stride)]
    descriptors = np.empty(len(anchors), dtype=object)
    for i, (x, y) in enumerate(anchors):
        descriptors[i] = patch_to_hog(resize_patch(image[y:y + h, x:x + w]))
    return descriptors, anchors


# %% wrong 2.2c: not-in-rows


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            patch = resize_patch(image[upper:upper + h, left:left + w])
            descriptors.append(patch_to_hog(patch))
            anchors.append((left, upper))
    return np.concatenate(descriptors), np.array(anchors)


# %% wrong 2.2c: not-in-rows


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            patch = resize_patch(image[upper:upper + h, left:left + w])
            descriptors.append(patch_to_hog(patch).reshape(9, 3, 8))
            anchors.append((left, upper))
    return np.array(descriptors), np.array(anchors)


# %% wrong 2.2c: pixels-for-hog


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            patch = resize_patch(image[upper:upper + h, left:left + w])
            descriptors.append(patch.ravel())
            anchors.append((left, upper))
    return np.array(descriptors), np.array(anchors)


# %% wrong 2.2c: last-window-only


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            patch = resize_patch(image[upper:upper + h, left:left + w])
            descriptors.append(patch_to_hog(patch))
            anchors.append((left, upper))
    return descriptors[-1], anchors


# %% wrong 2.2c: results-swapped


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            patch = resize_patch(image[upper:upper + h, left:left + w])
            descriptors.append(patch_to_hog(patch))
            anchors.append((left, upper))
    return np.array(anchors), np.array(descriptors)


# %% wrong 2.2c: not-two-results


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            patch = resize_patch(image[upper:upper + h, left:left + w])
            descriptors.append(patch_to_hog(patch))
            anchors.append((left, upper))
    return np.array(descriptors)


# %% wrong 2.2c: not-two-results


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            patch = resize_patch(image[upper:upper + h, left:left + w])
            descriptors.append(patch_to_hog(patch))
            anchors.append((left, upper))
    return list(zip(descriptors, anchors))


# %% wrong 2.2c: nothing-returned


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            patch = resize_patch(image[upper:upper + h, left:left + w])
            descriptors.append(patch_to_hog(patch))
            anchors.append((left, upper))


# %% wrong 2.2c: other


def img_to_hog_patches(image, patch_size, stride):
    h, w = patch_size
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - h + 1, stride):
        for left in range(0, image.shape[1] - w + 1, stride):
            patch = resize_patch(image[upper:upper + h, left:left + w])
            descriptors.append(hog(patch, 8, (16, 16), (1, 1), block_norm="L1", channel_axis=-1))
            anchors.append((left, upper))
    return np.array(descriptors), np.array(anchors)
