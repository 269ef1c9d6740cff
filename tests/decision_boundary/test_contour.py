"""Marching squares against closed forms and invariants."""

import numpy as np
import pytest

from minicv.decision_boundary.contour import cut_runs, find_contours, follow


def disc(n, radius=0.7):
    grid = np.linspace(-1, 1, n)
    return radius - np.hypot(grid[:, None], grid[None, :])


def enclosed(curve):
    """Signed area by the shoelace formula, with x = column to the right and y = row downwards."""
    y, x = curve.T
    return np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) / 2


class TestCutRuns:
    def test_all_sixteen_squares_have_one_segment_for_each_run(self):
        for case in range(16):
            inside = [bool(case >> n & 1) for n in range(4)]
            runs = sum(inside[n] and not inside[n - 1] for n in range(4))
            assert len(cut_runs(inside)) == runs

    def test_segments_join_sides_whose_ends_differ(self):
        for case in range(16):
            inside = [bool(case >> n & 1) for n in range(4)]
            sides = sorted(side for segment in cut_runs(inside) for side in segment)
            assert sides == [n for n in range(4) if inside[n] != inside[(n + 1) % 4]]


class TestFollow:
    def test_open_chains_come_first_and_closed_ones_end_as_they_begin(self):
        links = {5: 6, 6: 5, 1: 2, 8: 9, 2: 3, 7: 7}
        assert follow(links) == [[1, 2, 3], [8, 9], [5, 6, 5], [7, 7]]

    def test_each_link_of_a_random_permutation_is_in_one_chain(self):
        links = dict(enumerate(np.random.default_rng(0).permutation(50).tolist()))
        del links[3], links[17]
        chains = follow(links)
        assert sorted(pair for chain in chains for pair in zip(chain, chain[1:])) == sorted(
            links.items())
        assert [chain[0] == chain[-1] for chain in chains] == [False] * 2 + [True] * (
            len(chains) - 2)

    def test_the_links_stay_as_they_are(self):
        links = {1: 2}
        assert follow(links) == [[1, 2]] and links == {1: 2}
        assert follow({}) == []


class TestCurves:
    def test_disc_is_one_closed_curve_of_its_area(self):
        curves = find_contours(disc(101), 0.0)
        assert len(curves) == 1
        np.testing.assert_array_equal(curves[0][0], curves[0][-1])
        assert abs(enclosed(curves[0])) * 0.02**2 == pytest.approx(np.pi * 0.7**2, rel=1e-3)

    def test_linear_image_is_met_exactly(self):
        row, column = np.mgrid[:6, :7].astype(float)
        (curve,) = find_contours(2 * row + 3 * column, 9.5)
        np.testing.assert_allclose(curve @ [2, 3], 9.5, atol=1e-12)

    def test_open_curves_end_at_the_border(self):
        for curve in find_contours(np.random.default_rng(0).standard_normal((12, 13)), 0.2):
            if not np.array_equal(curve[0], curve[-1]):
                for row, column in (curve[0], curve[-1]):
                    assert row in (0, 11) or column in (0, 12)

    @pytest.mark.parametrize("connected", ["low", "high"])
    def test_all_curves_close_when_the_border_is_outside(self, connected):
        image = np.pad(np.random.default_rng(1).standard_normal((12, 13)), 1, constant_values=-1.0)
        curves = find_contours(image, 0.0, connected)
        assert all(np.array_equal(curve[0], curve[-1]) for curve in curves)
        points = np.concatenate([curve[1:] for curve in curves])
        assert len(np.unique(points, axis=0)) == len(points), "a point lies on two curves"

    def test_points_sit_one_on_each_crossed_side(self):
        image = np.random.default_rng(2).standard_normal((12, 13))
        signs = image > 0
        crossed = sum(np.count_nonzero(np.diff(signs, axis=axis)) for axis in (0, 1))
        curves = find_contours(image, 0.0)
        closed = sum(np.array_equal(curve[0], curve[-1]) for curve in curves)
        assert sum(map(len, curves)) - closed == crossed

    def test_diagonal_neighbours_touch_or_not(self):
        image = np.zeros((4, 4))
        image[1, 1] = image[2, 2] = 1
        assert len(find_contours(image, 0.5, "low")) == 2  # the zeros touch, the ones do not
        assert len(find_contours(image, 0.5, "high")) == 1

    def test_orientation(self):
        (low,) = find_contours(-disc(21), 0.0, positive_orientation="low")
        (high,) = find_contours(-disc(21), 0.0, positive_orientation="high")
        assert enclosed(low) < 0  # with rows downwards a negative area is counter-clockwise
        assert enclosed(high) == pytest.approx(-enclosed(low))

    def test_mask_leaves_out_squares_with_a_false_sample(self):
        mask = np.ones((21, 21), bool)
        mask[:10] = False
        curves = find_contours(disc(21), 0.0, mask=mask)
        assert min(curve[:, 0].min() for curve in curves) == 10

    def test_positive_scaling_changes_nothing(self):
        image = np.random.default_rng(3).standard_normal((6, 7)).astype(np.float32)
        for plain, scaled in zip(find_contours(image, 0.0), find_contours(image * 2.0**-99, 0.0)):
            np.testing.assert_array_equal(plain, scaled)

    def test_samples_that_equal_the_level_leave_no_gap(self):
        rng = np.random.default_rng(4)
        for _ in range(50):
            image = np.pad(rng.integers(-1, 2, (9, 8)), 1, constant_values=-1)
            assert all(np.array_equal(curve[0], curve[-1]) for curve in find_contours(image, 0.0))

    def test_no_crossing_is_an_empty_list(self):
        assert find_contours(np.zeros((3, 3)), 0.0) == []

    @pytest.mark.parametrize("level", [-9.0, 9.0])
    def test_a_level_outside_of_the_range_has_no_curve(self, level):
        assert find_contours(disc(5), level) == []  # scikit-image: []

    def test_the_largest_float32_does_not_overflow(self):
        image = np.array([[-1, 1], [-1, 1]], np.float32) * np.finfo(np.float32).max
        np.testing.assert_array_equal(find_contours(image, 0.0), [[[1, 0.5], [0, 0.5]]])


class TestSamplesOnTheLevel:
    def test_a_hole_of_one_sample_on_the_level_is_no_curve(self):
        image = np.ones((3, 3))
        image[1, 1] = 0
        assert find_contours(image, 0.0) == []  # scikit-image: []

    def test_a_sample_above_the_level_is_surrounded_by_the_four_next_to_it(self):
        image = np.zeros((3, 3))
        image[1, 1] = 1
        (curve,) = find_contours(image, 0.0)  # scikit-image gives the same
        assert curve.tolist() == [[2, 1], [1, 0], [0, 1], [1, 2], [2, 1]]

    @pytest.mark.parametrize("connected", ["low", "high"])
    def test_no_point_is_repeated_on_the_spot(self, connected):
        rng = np.random.default_rng(5)
        curves = [curve for _ in range(50)
                  for curve in find_contours(rng.integers(0, 4, (9, 8)), 1.0, connected)]
        assert len(curves) > 100
        for curve in curves:
            assert len(curve) > 1 and np.diff(curve, axis=0).any(axis=1).all()

    def test_a_row_on_the_level_is_walked_there_and_back(self):
        image = np.array([[1, 1, 1], [0, 0, 0], [1, 1, 1]])
        (curve,) = find_contours(image, 0.0)
        # scikit-image: [[1, 0], [1, 1], [1, 2], [1, 1], [1, 0]], begun elsewhere
        assert sorted(zip(curve[:-1].tolist(), curve[1:].tolist())) == [
            ([1, 0], [1, 1]), ([1, 1], [1, 0]), ([1, 1], [1, 2]), ([1, 2], [1, 1])]


class TestMaskedNaN:
    def test_nan_where_the_mask_excludes_it_is_left_out(self):
        image = disc(21)
        image[:8] = np.nan
        curves = find_contours(image, 0.0, mask=~np.isnan(image))
        expected = find_contours(disc(21), 0.0, mask=~np.isnan(image))
        assert len(curves) == len(expected) > 0
        for curve, other in zip(curves, expected):
            np.testing.assert_array_equal(curve, other)

    def test_the_level_is_half_way_between_the_others(self):
        image = np.array([[0.0, 4, np.nan], [0, 4, np.nan]])
        (curve,) = find_contours(image, mask=~np.isnan(image))
        assert curve.tolist() == [[1, 0.5], [0, 0.5]]  # scikit-image gives the same

    def test_nan_without_a_mask_is_left_out_just_so(self):
        image = disc(21)
        image[:8] = np.nan
        curves = find_contours(image, 0.0)
        expected = find_contours(image, 0.0, mask=~np.isnan(image))
        assert [curve.tolist() for curve in curves] == [curve.tolist() for curve in expected] != []

    def test_nothing_but_nan_is_an_error(self):
        """A network whose training failed has no boundary that could be drawn."""
        with pytest.raises(ValueError, match="only NaN"):
            find_contours(np.full((3, 3), np.nan), 0.0)
        image = np.array([[0, 1, np.nan], [0, 1, np.nan]])
        with pytest.raises(ValueError, match="only NaN where it is used"):
            find_contours(image, 0.5, mask=np.isnan(image))
        assert find_contours(image, 0.5, mask=np.zeros((2, 3), bool)) == []


class TestErrors:
    @pytest.mark.parametrize("value", [np.inf, -np.inf, 1.7e308])
    def test_infinite_samples_are_counted_and_the_first_is_named(self, value):
        image = disc(5)
        image[2, 3] = image[0, 0] = value
        mask = np.ones((5, 5), bool)
        mask[0, 0] = False
        with pytest.raises(ValueError, match=r"1 of the 25 numbers of image is .* at \(2, 3\)"):
            find_contours(image, 0.0, mask=mask)
        mask[2, 3] = False
        assert len(find_contours(image, 0.0, mask=mask)) == 1

    @pytest.mark.parametrize("arguments", [
        dict(level=np.nan), dict(level=np.inf), dict(fully_connected="both"),
        dict(positive_orientation="left"), dict(mask=np.ones((2, 2), bool))])
    def test_wrong_argument(self, arguments):
        with pytest.raises(ValueError):
            find_contours(disc(5), **{"level": 0.0, **arguments})
