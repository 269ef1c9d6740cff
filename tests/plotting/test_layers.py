"""What a layer sees, and small images with captions, drawn where they are."""

import numpy as np
import pytest

from minicv import plotting


def test_what_is_seen_is_drawn_where_it_is():
    _, (axes,) = plotting.panels("2d")
    seen = np.zeros((3, 4), bool)
    seen[2, 1] = seen[0, 3] = True
    plotting.draw_seen(axes, seen, ways=np.arange(12).reshape(3, 4))
    # Upper right first: (x, y) of the squares' corners, and of the numbers in their middles.
    corners = [path.vertices.min(axis=0).tolist() for path in axes.collections[0].get_paths()]
    assert corners == [[3, 0], [1, 2]]
    assert [(text.get_text(), text.get_position()) for text in axes.texts] == [
        ("3", (3.5, 0.5)), ("9", (1.5, 2.5))]
    assert axes.yaxis_inverted()
    with pytest.raises(ValueError, match=r"\(H, W\)"):
        plotting.draw_seen(axes, seen[None])


def test_tiles_have_captions_and_stay_in_their_places():
    _, (axes,) = plotting.panels("2d")
    plotting.draw_tiles(axes, np.zeros((3, 10, 10)), ["a", "b", "c"], columns=2)
    places = [image.get_extent() for image in axes.images]
    assert places[1][0] >= places[0][1] and places[2][3] >= places[0][2]
    assert [text.get_text() for text in axes.texts] == ["a", "b", "c"]
    with pytest.raises(ValueError, match="1 captions for 3 images"):
        plotting.draw_tiles(axes, np.zeros((3, 10, 10)), ["a"], columns=2)
