"""The page with meshes that one can turn: the numbers that the script will read."""

import base64
import json
import re

import numpy as np

from minicv.plotting.mesh_viewer import mesh_figure

TRIANGLE = np.array([[0, 0, 0], [4, 0, 0], [0, 3, 0]]), np.array([[0, 1, 2]])


def numbers(meshes):
    text = mesh_figure(meshes, "one", "<p></p>")
    return [json.loads(each) for each in
            re.findall(r'<script type="application/json" id="one-\d">(.*?)</script>', text)]


def unpacked(text, dtype):
    return np.frombuffer(base64.b64decode(text), dtype).reshape(-1, 3).tolist()


def test_a_mesh_comes_back_from_its_page():
    (one,) = numbers({"a": (*TRIANGLE, np.uint8([[1, 2, 3], [4, 5, 6], [7, 8, 255]]))})
    assert unpacked(one["vertices"], "<f4") == TRIANGLE[0].tolist()
    assert unpacked(one["faces"], "<u4") == [[0, 1, 2]]
    assert unpacked(one["colours"], "u1") == [[1, 2, 3], [4, 5, 6], [7, 8, 255]]
    assert one["centre"] == [2, 1.5, 0] and one["radius"] == 2.5  # half of 3, 4, 5


def test_a_mesh_without_colours_is_of_wood():
    (one,) = numbers({"a": TRIANGLE})
    assert unpacked(one["colours"], "u1") == [[230, 158, 89]] * 3  # 255 times 0.90, 0.62, 0.35


def test_all_meshes_have_one_scale_and_one_centre():
    far = TRIANGLE[0] + [0, 0, 12], TRIANGLE[1]
    for one in numbers({"a": TRIANGLE, "b": far}):
        assert one["centre"] == [2, 1.5, 6] and one["radius"] == 6.5  # half of 5, 12, 13


def test_an_empty_mesh_has_a_scale_too():
    (one,) = numbers({"nothing": (np.zeros((0, 3)), np.zeros((0, 3), int))})
    assert one["centre"] == [0.5, 0.5, 0.5] and one["radius"] > 0
