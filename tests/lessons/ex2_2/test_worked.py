"""Exercise 2.2: what it fixes in numbers, on patches of noise and on the photographs themselves."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from minicv.datasets import PennFudan
from minicv.person_detector import hog_patches, image_to_hog_patches, offset_box, random_box
from minicv.person_detector.patches import training_patches

HOG = {"orientations": 8, "pixels_per_cell": (16, 16), "cells_per_block": (1, 1)}


def test_a_the_random_box_has_its_size_and_lies_inside():
    for seed in range(50):
        left, upper, right, lower = random_box((300, 400), (150, 50), rng=seed)
        assert (lower - upper, right - left) == (150, 50)
        assert 0 <= left and right <= 400 and 0 <= upper and lower <= 300


def test_b_the_offset_box_is_slightly_translated():
    box = np.array([100, 100, 150, 250])
    for seed in range(50):
        move = offset_box(box, (300, 400), rng=seed) - box
        assert (move[:2] == move[2:]).all() and (move != 0).all()
        assert abs(move[0]) <= 10 and abs(move[1]) <= 30  # a fifth of 50, and of 150


def test_c_a_patch_of_150_x_50_pixels_becomes_216_numbers():
    # 150 // 16 = 9 rows and 50 // 16 = 3 columns of cells, each with 8 directions.
    image = np.random.default_rng(0).integers(0, 256, (170, 90, 3)).astype(np.uint8)
    descriptors, anchors = image_to_hog_patches(image, (150, 50), 20, **HOG)
    assert descriptors.shape == (2 * 3, 9 * 3 * 8)
    assert anchors.tolist() == [[0, 0], [20, 0], [40, 0], [0, 20], [20, 20], [40, 20]]


@pytest.mark.skipif("MINICV_DATA" not in os.environ, reason="MINICV_DATA: no photographs")
def test_the_photographs_at_hand_give_seven_samples_a_person():
    pictures = PennFudan(Path(os.environ["MINICV_DATA"]))
    some = [pictures[n] for n in range(0, len(pictures), 8)]
    images, boxes = zip(*((image, target["boxes"]) for image, target in some))
    n_people = sum(len(own) for own in boxes)
    patches = training_patches(images, boxes)
    assert [len(kind.pixels) for kind in patches] == [n_people, 3 * n_people, 3 * n_people]
    assert hog_patches(patches.positive.pixels[:5], **HOG).shape == (5, 216)
    if len(pictures) == 136:  # the part of the data set that minicv is developed with
        largest = [Image.open(path).getextrema()[1] for path in pictures.mask_paths]
        assert 7 * sum(largest) == 2478  # a mask has the numbers 1, 2, ... for its people
