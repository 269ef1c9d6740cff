"""What the pictures of patches, finds and steps hold; how they look, eyes must judge."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from minicv import plotting
from minicv.detection_metrics.matching import DUPLICATE, TRUE_POSITIVE
from minicv.plotting.patches import GAP


@pytest.fixture
def axes():
    _, (axes,) = plotting.panels("2d")
    return axes


def patches(n, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, 8, 4, 3)).astype(np.uint8)


class TestPatches:
    def test_each_patch_stands_beside_the_picture_of_its_descriptor(self, axes):
        rows = [patches(3), patches(3, seed=1)]
        pictures = [np.random.default_rng(2).random((3, 8, 4)) for _ in range(2)]
        plotting.draw_patches(axes, rows, pictures, ["a", "b"])
        mosaic = axes.images[0].get_array()
        lower, left = 8 + GAP, 2 * (4 + GAP)  # the second row; the second patch
        np.testing.assert_array_equal(mosaic[lower:, left:left + 4], rows[1][1])
        picture = pictures[1][1] / pictures[1][1].max()
        np.testing.assert_allclose(mosaic[lower:, left + 5:left + 9, 0] / 255, picture, atol=0.005)
        assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]

    def test_a_patch_without_edges_is_black_beside(self, axes):
        plotting.draw_patches(axes, [patches(1)], [np.zeros((1, 8, 4))], ["a"])
        assert (axes.images[0].get_array()[:, 5:9] == 0).all()

    def test_a_name_too_few_is_an_error(self, axes):
        with pytest.raises(ValueError, match="2 rows of patches, 2 of descriptors and 1 names"):
            plotting.draw_patches(axes, [patches(1)] * 2, [np.zeros((1, 8, 4))] * 2, ["a"])


class TestOutcomes:
    IMAGE = np.zeros((60, 80, 3), np.uint8)
    BOXES = np.array([[5, 20, 15, 50], [30, 20, 40, 50]])

    def test_right_wrong_and_missed_differ_in_line_and_colour(self, axes):
        plotting.draw_outcomes(axes, self.IMAGE, self.BOXES, [TRUE_POSITIVE, DUPLICATE],
                               [[50, 20, 60, 50]], ["0.9", "0.8 duplicate"])
        lines = [(patch.get_linestyle(), to_hex(patch.get_edgecolor()).upper())
                 for patch in axes.patches]
        assert lines[-2:] == [("-", plotting.BLUE), ("--", plotting.VERMILION)]
        assert (":", "#FFFFFF") in lines
        assert [text.get_text() for text in axes.texts] == ["0.9", "0.8 duplicate"]

    def test_nothing_found_and_nothing_missed_is_the_picture_alone(self, axes):
        plotting.draw_outcomes(axes, self.IMAGE, [], [], [])
        assert len(axes.patches) == 0 and len(axes.images) == 1

    @pytest.mark.parametrize("outcomes, labels", [([DUPLICATE], []), ([DUPLICATE] * 2, ["0.9"])])
    def test_an_outcome_or_label_too_few_is_an_error(self, axes, outcomes, labels):
        with pytest.raises(ValueError, match="for 2 boxes"):
            plotting.draw_outcomes(axes, self.IMAGE, self.BOXES, outcomes, [], labels)

    @pytest.mark.parametrize("box", [[30, 10, 40, 40], [0, 30, 8, 60], [70, 0, 80, 20]])
    def test_surroundings_hold_the_box_and_stay_in_the_picture(self, axes, box):
        axes.imshow(self.IMAGE)
        plotting.draw_surroundings(axes, self.IMAGE, box, margin=0.3)
        (left, right), (lower, upper) = axes.get_xlim(), axes.get_ylim()
        assert right - left == pytest.approx(1.6 * (box[3] - box[1]))
        assert 0 <= left <= box[0] and box[2] <= right <= 80
        assert 0 <= upper <= box[1] and box[3] <= lower <= 60

    def test_surroundings_larger_than_the_picture_show_its_middle(self, axes):
        plotting.draw_surroundings(axes, self.IMAGE, [10, 0, 30, 60], margin=0.5)
        assert np.mean(axes.get_ylim()) == 30


def test_steps_are_bars_from_top_to_bottom_with_their_values(axes):
    plotting.draw_steps(axes, ["first", "second"], [0.25, -0.5], low=[0.1, -0.7], high=[0.3, -0.1],
                        form="+.2f")
    assert [bar.get_width() for bar in axes.patches] == [0.25, -0.5]
    assert axes.yaxis_inverted()
    assert [label.get_text() for label in axes.get_yticklabels()] == ["first", "second"]
    (intervals,) = axes.collections
    np.testing.assert_array_equal([line[:, 0] for line in intervals.get_segments()],
                                  [[0.1, 0.3], [-0.7, -0.1]])
    assert [text.get_text() for text in axes.texts] == ["+0.25", "-0.50"]
