"""The checks that all rooms share: what passes comes back, what does not is named."""

import numpy as np
import pytest

from minicv import checks


def test_numbers_come_back_as_they_are_without_a_copy():
    given = np.arange(6.0).reshape(2, 3)
    assert checks.numbers(given, "points", ("N", 3)) is given
    assert checks.numbers(given, "points", dtype=float) is given
    for shape in ((3,), (2, 3), (4, 2, 3)):
        assert checks.numbers(np.zeros(shape), "points", (..., 3)).shape == shape
        assert checks.numbers(np.zeros(shape), "points", (...,)).shape == shape


@pytest.mark.parametrize("values, shape, words", [
    (np.zeros(3), ("N", 3), r"points must have the shape \(N, 3\), got \(3,\)"),
    (np.zeros((2, 4)), ("N", 3), r"got \(2, 4\)"),
    (np.zeros((2, 3)), ("N", "N"), r"shape \(N, N\), got \(2, 3\)"),
    (np.zeros((2, 2)), (..., 3), r"shape \(\.\.\., 3\), got \(2, 2\)"),
    (np.zeros(()), (..., 3), r"got \(\)"),
    ([[1, np.nan], [np.inf, 2]], None, r"2 of the 4 numbers of points are .*first at \(0, 1\)"),
    ([1.0, np.inf], None, r"1 of the 2 numbers of points is .*first at 1"),
    ([0.0, -np.inf], None, r"1 of the 2 numbers of points is NaN or infinite, the first at 1"),
    (np.nan, None, "^points is NaN or infinite$"),
    ([[1, 2], [3]], None, "must be an array, or lists of equally many"),
])
def test_numbers_say_what_is_wrong_and_where(values, shape, words):
    with pytest.raises(ValueError, match=words):
        checks.numbers(values, "points", *([] if shape is None else [shape]))


@pytest.mark.parametrize("shape, fits", [
    ((2, 3), True), ((5, 2, 3), False), ((3,), False), ((2, 2), False),
])
def test_equal_letters_are_equal_lengths(shape, fits):
    def check():
        return checks.numbers(np.zeros(shape), "x", (2, 3))
    if fits:
        check()
    else:
        with pytest.raises(ValueError):
            check()


@pytest.mark.parametrize("values", ["abc", [None], [1j], [b"x"], {}, object()])
def test_what_is_no_number_is_another_kind_of_thing(values):
    with pytest.raises(TypeError, match="points"):
        checks.numbers(values, "points")


@pytest.mark.parametrize("values, got", [
    ([[1, 2, 3], [4, None, 6]] * 9, "None among them"), ([1.5, {}], "{} among"), (None, "None$"),
    ([10**30, 0], r"\[1000"), ([1, "2"], r"\[1, '2'\]"), (["a"] * 99, "a list"),
    (np.zeros(2, complex), "complex128")])
def test_what_is_no_number_is_told(values, got):
    with pytest.raises(TypeError, match=f"points must be real numbers, got {got}"):
        checks.numbers(values, "points")


def test_numbers_have_limits_of_every_kind():
    assert checks.numbers([1, -2], "x", within=2).tolist() == [1, -2]
    with pytest.raises(ValueError, match="2 of the 3 numbers of x are further from 0 than 2, .* 0"):
        checks.numbers([-3, 1, 3], "x", within=2)
    with pytest.raises(ValueError, match="1 of the 2 numbers of x is further .* at 1"):
        checks.numbers(np.array([0, np.iinfo(np.int64).min]), "x", within=2)
    with pytest.raises(ValueError, match="2 of the 4 numbers of x are further from 0 than 2"):
        checks.numbers([-2, 2, -3, 3], "x", within=2)
    with pytest.raises(ValueError, match="below 0, the first at 1"):
        checks.numbers([0, -1e-9], "x", least=0)
    with pytest.raises(ValueError, match="below 1, the first at 1"):
        checks.numbers([True, False], "x", least=1)
    with pytest.raises(TypeError, match="whole numbers"):
        checks.numbers([0.5], "x", kinds="iu")
    with pytest.raises(ValueError, match="nothing in it"):
        checks.numbers(np.zeros((0, 3)), "x", empty=False)
    assert np.isnan(checks.numbers([np.nan], "x", finite=False)).all()


def test_the_first_number_beyond_a_limit_is_told_as_it_came():
    for values, limits, words in (
            ([0, 255], {"least": 0, "within": 1}, "1 of the 2 numbers of x is above 1, .* 1: 255$"),
            ([[0.5], [-0.5]], {"least": 0, "within": 1}, r"below 0, the first at \(1, 0\): -0.5$"),
            ([-3, 4], {"least": -5, "within": 3}, "further from 0 than 3, the first at 1: 4$"),
            ([-3, 4], {"least": -3, "within": 3}, "above 3, the first at 1: 4$"),
            (1.5, {"least": 0, "within": 1}, "^x is above 1: 1.5$"),
            ([0], {"least": 0, "within": -1}, "above -1, the first at 0: 0$")):
        with pytest.raises(ValueError, match=words):
            checks.numbers(values, "x", **limits)


@pytest.mark.parametrize("kinds, dtype", [("b", np.bool_), ("iu", np.int_), ("f", np.float64),
                                          ("biuf", np.float64)])
def test_an_empty_list_is_of_any_kind(kinds, dtype):
    assert checks.numbers([], "marks", ("N",), kinds=kinds).dtype == dtype
    with pytest.raises(TypeError, match="whole|booleans|floats|real"):
        checks.numbers(np.empty(0, object), "marks", kinds=kinds)


def test_that_an_empty_list_will_do_is_not_said():
    assert checks.numbers([], "boxes", ("N", 4), (0,)).shape == (0,)
    with pytest.raises(ValueError, match=r"^boxes must have the shape \(N, 4\), got \(4,\)$"):
        checks.numbers([0, 0, 1, 1], "boxes", ("N", 4), (0,))


def test_limits_hold_for_the_numbers_beside_a_nan():
    for limit, words in (({"least": 0}, "below 0, the first at 1"),
                         ({"within": 2}, "further from 0 than 2, the first at 1")):
        assert checks.numbers([np.nan, 1], "x", finite=False, **limit)[1] == 1
        with pytest.raises(ValueError, match=f"1 of the 2 numbers of x is {words}"):
            checks.numbers([np.nan, -3], "x", finite=False, **limit)


def test_numbers_that_are_not_finite_are_compared_with_the_limits_too():
    assert checks.numbers([np.inf, -np.inf], "x", finite=False, nan=False).tolist() == [
        np.inf, -np.inf]
    with pytest.raises(ValueError, match="1 of the 3 numbers of x is NaN, the first at 1"):
        checks.numbers([np.inf, np.nan, 0], "x", finite=False, nan=False)
    with pytest.raises(ValueError, match="^x is NaN$"):
        checks.numbers(np.nan, "x", (), finite=False, nan=False)
    assert checks.numbers([-1e308, 1e308], "x").tolist() == [-1e308, 1e308]
    with pytest.raises(ValueError, match="1 of the 2 numbers of x is NaN or infinite, .* at 0"):
        checks.numbers(np.array([np.nan, 1], np.float16), "x", within=1e30)


def test_one_of_several_shapes_is_enough():
    for shape in ((4, 5), (4, 5, 3)):
        assert checks.numbers(np.zeros(shape), "image", ("H", "W"), ("H", "W", 3)).shape == shape
    with pytest.raises(ValueError, match=r"image must have the shape \(H, W\) or \(H, W, 3\), got "
                                         r"\(4,\)"):
        checks.numbers(np.zeros(4), "image", ("H", "W"), ("H", "W", 3))


def test_what_must_ascend_is_compared_in_its_own_type():
    for dtype in (np.uint8, np.int64, float):
        assert checks.ascending(np.array([1, 1, 2], dtype), "x").tolist() == [1, 1, 2]
        with pytest.raises(ValueError, match="x must ascend, and does not at 1"):
            checks.ascending(np.array([1, 1, 2], dtype), "x", strictly=True)
        with pytest.raises(ValueError, match="x must ascend, and does not at 2"):
            checks.ascending(np.array([1, 2, 1], dtype), "x")
    assert checks.ascending([], "x").tolist() == []
    for strictly in (False, True):
        with pytest.raises(ValueError, match="does not at 2"):
            checks.ascending([0, 2, 1], "x", strictly=strictly)
    with pytest.raises(ValueError, match="below 0"):
        checks.ascending([-1, 0], "x", least=0)


@pytest.mark.parametrize("value", [3.0, "3", None, True, np.True_, [3], np.array([3])])
def test_a_whole_number_is_nothing_else(value):
    with pytest.raises(TypeError, match="k must be a whole number"):
        checks.whole(value, "k")


def test_whole_numbers_have_limits():
    assert checks.whole(np.uint8(3), "k", least=3, most=3) == 3
    with pytest.raises(ValueError, match="at least 1 and at most 5, got 6"):
        checks.whole(6, "k", least=1, most=5)


@pytest.mark.parametrize("value, error", [
    (np.nan, ValueError), (np.inf, ValueError), (10**400, ValueError), (0, ValueError),
    (1.5, ValueError), ("0.5", TypeError), (None, TypeError), ([0.5], TypeError),
    (np.array([0.5]), TypeError), (b"1", TypeError), (1j, TypeError),
])
def test_a_number_is_finite_and_within_its_limits(value, error):
    with pytest.raises(error, match="share"):
        checks.number(value, "share", above=0, most=1)


def test_a_number_may_be_anything_that_counts_as_one():
    with pytest.raises(ValueError, match="x must be below 1, got 1"):
        checks.number(1, "x", below=1)
    assert [checks.number(one, "x") for one in (True, np.float16(1), np.array(1), 1)] == [1.0] * 4


@pytest.mark.parametrize("value, error", [
    ((1, 2, 3), TypeError), ("12", TypeError), (1.5, TypeError), ((1, 0.5), TypeError),
    ((0, 1), ValueError), (None, TypeError), (True, TypeError), ((2, True), TypeError),
])
def test_a_pair_is_one_or_two_whole_numbers(value, error):
    assert checks.pair(np.array([2, 3]), "size") == (2, 3)
    assert checks.pair((1, 0), "size", least=0) == (1, 0)
    assert checks.pair(1, "size") == (1, 1)
    with pytest.raises(error, match="size"):
        checks.pair(value, "size")


def test_a_choice_is_one_of_the_options_of_the_same_type():
    assert checks.choice(None, "norm", ["L1", None]) is None
    for wrong in ("L3", ["L1"], np.array(["L1", "L1"]), 1.0):
        with pytest.raises(ValueError, match="norm must be 'L1' or 1"):
            checks.choice(wrong, "norm", ["L1", 1])


def test_labels_are_strings_or_whole_numbers():
    assert checks.labels(["a", "b"], "y").tolist() == ["a", "b"]
    assert checks.labels(np.array(["a", "b"], object), "y").dtype.kind == "U"
    assert checks.labels([1.0, 2.0], "y", n=2).tolist() == [1, 2]
    for wrong, error in (([0.5], ValueError), ([np.nan], ValueError), ([None], TypeError),
                         ([b"a"], TypeError), (["0", 1], TypeError),
                         ([[1]], ValueError), ([1, 2, 3], ValueError)):
        with pytest.raises(error, match="y must|of y is (not whole|NaN)"):
            checks.labels(wrong, "y", n=len(wrong) if len(wrong) < 3 else 2)


def test_labels_of_two_kinds_are_an_error():
    checks.same_kind(y_true=np.array([1]), y_pred=np.array([True]))
    checks.same_kind(y_true=np.array([]), y_pred=np.array(["1"]))  # none is of any kind
    with pytest.raises(TypeError, match="'y_true': 'strings', 'y_pred': 'numbers'"):
        checks.same_kind(y_true=np.array(["1"]), y_pred=np.array([1]))


def test_a_generator_comes_from_a_seed_once():
    rng = np.random.default_rng(0)
    assert checks.generator(rng) is rng
    for seed in (0, 3):
        assert checks.generator(seed).random() == np.random.default_rng(seed).random()
    for wrong, error in ((-1, ValueError), ("a", TypeError), (1.5, TypeError)):
        with pytest.raises(error, match="rng"):
            checks.generator(wrong)


@pytest.mark.parametrize("check, value, error", [
    (checks.flag, "yes", TypeError), (checks.flag, np.ones(2), TypeError),
    (checks.function, 3, TypeError),
    (checks.several, "abc", TypeError), (checks.several, 3, TypeError),
    (checks.several, np.array(3), TypeError),
    (checks.path, 3, TypeError), (checks.path, "a\0b", TypeError), (checks.path, None, TypeError),
])
def test_other_checks_name_the_argument(check, value, error):
    with pytest.raises(error, match="that"):
        check(value, "that")


def test_a_file_is_an_ordinary_one_that_is_there(tmp_path):
    (tmp_path / "here").touch()
    assert checks.file(str(tmp_path / "here")) == tmp_path / "here"
    for missing in (tmp_path / "there", tmp_path, tmp_path / ("x" * 300)):
        with pytest.raises(FileNotFoundError, match=f"there is no file {missing}"):
            checks.file(missing)


def test_what_is_refused_is_counted_and_the_first_is_named():
    checks.refuse(np.zeros((2, 2), bool), "x", "odd")
    for bad, words in ((np.array([[False, True], [True, True]]),
                        r"3 of the 4 numbers of x are odd, the first at \(0, 1\)"),
                       (np.array([False, True]), "1 of the 2 numbers of x is odd, the first at 1"),
                       (np.array(True), "x is odd"), (np.True_, "x is odd")):
        with pytest.raises(ValueError, match=f"^{words}$"):
            checks.refuse(bad, "x", "odd")
    for bad, words in ((np.array([True]), "1 of the 1 boxes is odd, the first at 0"),
                       (np.array([[0, 0, 1], [1, 0, 0]], bool),
                        r"2 of the 6 boxes are odd, the first at \(0, 2\)")):
        with pytest.raises(ValueError, match=f"^{words}$"):
            checks.refuse(bad, "boxes", "odd", of="")


def test_several_things_may_need_types():
    assert checks.several(("a", None), "that") == ["a", None]
    assert checks.several(iter("ab"), "that", str, int) == ["a", "b"]
    with pytest.raises(TypeError, match="each of that must be a str or int, got None"):
        checks.several(["a", 1, None], "that", str, int)


def test_equally_many_is_counted():
    assert checks.same_length(images=[1, 2], boxes=(3, 4)) == 2
    with pytest.raises(ValueError, match="equally many: 2 images, 1 boxes"):
        checks.same_length(images=[1, 2], boxes=[3])


def test_what_came_is_told_even_if_it_cannot_be_shown():
    class Bad:
        def __repr__(self):
            raise KeyError("no")
    assert checks.brief(Bad()) == "a Bad"
    assert checks.brief(np.zeros((2, 3))) == "an array (2, 3) of float64"
    assert checks.brief(np.zeros(3)) == "an array (3,) of float64"
    assert checks.brief(np.array(3)) == "array(3)"
    assert checks.brief("x" * 58) == repr("x" * 58) and checks.brief("x" * 59) == "a str"


def test_a_camera_is_one_or_as_many_as_there_are():
    K, pose = np.diag([2.0, 3, 1]), np.eye(4)
    for given, axes in (((K, pose), ()), (([K, K], [pose, pose]), ("N",))):
        for array, same in zip(checks.cameras(*given, axes, within=9), given):
            np.testing.assert_array_equal(array, same)
    assert checks.cameras(np.zeros((0, 3, 3)), np.zeros((0, 4, 4)), within=9)[1].shape == (0, 4, 4)
    checks.cameras(np.diag([1 / 9, 9, 1]), pose, (), within=9)
    with pytest.raises(ValueError, match="^intrinsics is not .* with positive fx and fy$"):
        checks.cameras(np.diag([0.11, 9, 1]), pose, (), within=9)
    with pytest.raises(ValueError, match=r"poses must have the shape \(2, 4, 4\), got \(1, 4, 4\)"):
        checks.cameras([K, K], [pose], within=9)
    with pytest.raises(ValueError, match="^pose is not .* with R R.T = 1 and det R = 1$"):
        checks.cameras(K, 2 * pose, (), within=9)


@pytest.mark.parametrize("off, is_pose", [(0.9e-4, True), (-0.9e-4, True), (1.1e-4, False),
                                          (-1.1e-4, False)])
def test_a_rotation_may_be_off_by_a_ten_thousandth(off, is_pose):
    for place in ((0, 0), (0, 1), (2, 1)):
        pose = np.eye(4)
        pose[place] += off / 2 if place == (0, 0) else off
        if is_pose:
            checks.cameras(np.eye(3), pose, (), within=9)
        else:
            with pytest.raises(ValueError, match="pose is not"):
                checks.cameras(np.eye(3), pose, (), within=9)


def test_each_of_several_cameras_is_turned_its_own_way():
    poses = np.array([np.eye(4)] * 2)
    poses[1, :2, :2] = [[0.6, -0.8], [0.8, 0.6]]
    np.testing.assert_array_equal(checks.cameras([np.eye(3)] * 2, poses, within=9)[1], poses)


@pytest.mark.parametrize("place, value", [((0, 0), 0), ((1, 1), -1), ((0, 0), 0.1), ((0, 1), 1),
                                          ((1, 0), 1), ((2, 0), 1), ((2, 1), 1), ((2, 2), 2)])
def test_what_are_no_intrinsics(place, value):
    K = np.eye(3)
    K[place] = value
    with pytest.raises(ValueError, match="1 of the 2 intrinsics is not .* the first at 1"):
        checks.cameras([np.eye(3), K], [np.eye(4)] * 2, within=9)


def test_a_box_has_a_lowest_and_a_highest_corner():
    for given in ((-1, 2), ([-1, -1], 2), (-1, [2, 2]), np.array([[-1, -1], [2, 2]])):
        low, high = checks.bounds(given, "box", 2)
        assert (low.tolist(), high.tolist()) == ([-1, -1], [2, 2])


@pytest.mark.parametrize("given", [
    (0,), (0, 1, 2), ([0, 0, 0], 1), (0, [1, 1, 1]), (0, [[1, 1]]), ([0, 0, 0], [1, 1, 1])])
def test_what_is_no_box_of_two_axes(given):
    with pytest.raises(ValueError, match=r"box must be \(low, high\), two numbers or two points"):
        checks.bounds(given, "box", 2)


@pytest.mark.parametrize("given, apart", [
    ((1, 1), 0), ((1, 0), 0), (([0, 1], 1), 0), ((1e9, 1e9 + 1e-6), 0), ((-1e9, -1e9 + 1e-6), 0),
    ((0, [1, 1e-16]), 0), ((0, 1e-3), 1e-3), ((0, [1e-3, 1]), 1e-3)])
def test_a_box_is_thicker_than_rounding(given, apart):
    with pytest.raises(ValueError, match="box must have low below high on each axis, by more than"):
        checks.bounds(given, "box", 2, apart=apart)


def test_the_thinnest_box_is_64_roundings_thick():
    high = 1 + np.array([64, 65]) * np.finfo(float).eps  # as in pass_through of relu_network
    assert checks.bounds((1, high[1]), "box", 1)[1] == high[1]
    with pytest.raises(ValueError, match="by more than rounding"):
        checks.bounds((1, high[0]), "box", 1)


@pytest.mark.filterwarnings("error")
def test_the_sides_of_a_box_are_numbers_still():
    assert checks.bounds((-1e300, 1e300), "box", 1)[1] == 1e300
    with pytest.raises(ValueError, match=r"box\[0\] is further from 0 than 1e\+300"):
        checks.bounds((-1.7e308, 1.7e308), "box", 1)
