"""Exercise 2.2: random boxes, offset boxes, windows; and what the usual mistakes make of them.

Nothing here trains a detector. The two random functions are called many times: what a box must be
holds for every draw, and whether chance is fair is told by statistics that a fair answer fails less
than once in a million checks. The sliding window is held against HOG of each window by itself, on
pictures made of waves; each usual mistake has windows, or descriptors, of its own.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lessons.engine import Answer, Task, Wrong
from lessons.engine.comparing import agrees, difference, show, to_array

EDGES = "left, upper, right, lower"


def _draw(answer: Answer, name: str, n_draws: int, *arguments) -> np.ndarray:
    """The boxes (n_draws, 4) that so many calls of a learner's function give."""
    boxes = np.empty((n_draws, 4))
    for draw in range(n_draws):
        result = answer.call(name, *arguments)
        if result is None:
            raise Wrong("nothing-returned", f"{name}(...)", got="None", expected=EDGES,
                        cause="the function needs a return")
        box = to_array(result, f"{name}(...)")
        if box.shape != (4,):
            raise Wrong("not-a-box", f"{name}(...)", got=f"shape {box.shape}: {show(result)}",
                        expected=f"four numbers: {EDGES}",
                        cause="a box is one row of four numbers; this is something else")
        boxes[draw] = box
    fractions = boxes[((boxes != np.rint(boxes)) | np.isinf(boxes)).any(axis=1)]
    if len(fractions):
        raise Wrong("not-whole-pixels", f"{name}(...)", got=show(fractions[0]),
                    expected="whole numbers",
                    cause="image[upper:lower, left:right] needs whole pixels: draw integers, as "
                          "with random.randint(first, last)")
    return boxes


def _show(box: np.ndarray) -> str:
    """A box of whole pixels, without decimal points."""
    return show([int(edge) for edge in box])


def _outside(boxes: np.ndarray, image_size: tuple[int, int]) -> np.ndarray:
    """The boxes that are not wholly inside the image."""
    height, width = image_size
    inside = (boxes >= 0).all(axis=1) & (boxes[:, 2] <= width) & (boxes[:, 3] <= height)
    return boxes[~inside]


def _sizes(boxes: np.ndarray) -> np.ndarray:
    """(N, 2): width and height."""
    return boxes[:, 2:] - boxes[:, :2]


# -- a) random boxes -------------------------------------------------------------------------------

# Small enough that chance comes by every place: 11 * 4 places, about 90 draws for each.
IMAGE_SIZE, BOX_SIZE = (7, 12), (4, 2)
N_DRAWS = 4000

# A fair answer gets a chi-squared with a smaller tail than this once in a billion tests; there are
# three, and with 90 draws a place the distribution is near enough to allow for a factor of 100.
SMALLEST_TAIL = 1e-9


def check_random_box(answer: Answer) -> None:
    boxes = _draw(answer, "get_random_box", N_DRAWS, IMAGE_SIZE, BOX_SIZE)
    _judge_box(boxes, IMAGE_SIZE, BOX_SIZE)
    _judge_chance(boxes)
    for image_size, box_size in [((300, 400), (150, 50)), ((40, 60), (40, 25)), ((9, 8), (9, 8))]:
        boxes = _draw(answer, "get_random_box", 50, image_size, box_size)
        _judge_box(boxes, image_size, box_size)


def _asked(image_size: tuple[int, int], box_size: tuple[int, int]) -> str:
    return f"get_random_box(image_size={image_size}, box_size={box_size})"


def _judge_box(boxes: np.ndarray, image_size: tuple[int, int], box_size: tuple[int, int]) -> None:
    """Whether each box has the right size, and is inside the image."""
    height, width = box_size
    wrong = boxes[(_sizes(boxes) != (width, height)).any(axis=1)]
    if len(wrong):
        name, cause = _why_size(boxes, image_size, box_size)
        right, lower = wrong[0, 2:] - wrong[0, :2]
        raise Wrong(name, _asked(image_size, box_size),
                    got=f"{_show(wrong[0])}: right - left = {right:g}, lower - upper = {lower:g}",
                    expected=f"right - left = {width}, lower - upper = {height}", cause=cause)
    outside = _outside(boxes, image_size)
    if len(outside):
        name, cause = "leaves-the-image", (
            "the place is drawn from too many: a box of width w that begins at W - w ends at the "
            "border already")
        if boxes.min() < 0:
            cause = "left and upper must not be below 0"
        elif boxes[:, 2].max() <= image_size[0] and boxes[:, 3].max() <= image_size[1]:
            name, cause = "image-size-swapped", (
                "height and width of the image are swapped: a size is (height, width)")
        raise Wrong(name, _asked(image_size, box_size), got=_show(outside[0]),
                    expected=f"left and upper from 0 on, right at most {image_size[1]}, lower at "
                             f"most {image_size[0]}", cause=cause)


def _why_size(boxes: np.ndarray, image_size: tuple[int, int], box_size: tuple[int, int]
              ) -> tuple[str, str]:
    height, width = box_size
    sizes = _sizes(boxes)

    def all_are(got: np.ndarray, *values: int) -> bool:
        return bool((got == values).all())

    if all_are(boxes[:, 2:], width, height) or all_are(boxes[:, 2:], height, width):
        return "box-as-width-height", ("the last two numbers are the box's size; they have to be "
                                       "its right and lower edge: left + width, upper + height")
    if all_are(sizes, height, width):
        # Boxes (upper, left, lower, right) reach beyond the height, and never beyond in x.
        if boxes[:, 3].max() > image_size[0] and boxes[:, 2].max() <= image_size[0]:
            return "y-before-x", ("x and y have changed places: a box is (left, upper, right, "
                                  "lower), but a size is (height, width)")
        return "width-and-height-swapped", (
            "width and height of the box are swapped: box_size is (height, width), the width "
            "belongs to left and right")
    if all_are(boxes[:, [1, 3]] - boxes[:, [0, 2]], width, height):
        return "order-of-edges", ("this looks like (left, right, upper, lower); the order is "
                                  "(left, upper, right, lower)")
    if all_are(sizes, width - 1, height - 1) or all_are(sizes, width + 1, height + 1):
        return "one-pixel-off", ("coordinates are edges, not numbers of pixels: right = left + "
                                 "width, without - 1 or + 1")
    inside = len(_outside(boxes, image_size)) == 0
    if inside and (sizes <= (width, height)).all() and all_are(sizes.max(axis=0), width, height):
        return "cut-off-at-the-border", (
            "boxes that stick out of the image are cut off, and become smaller. Draw the place so "
            "that the whole box fits: left from 0 to W - w")
    return "other", f"the box is to have the size (height, width) = {box_size}, whatever its place"


def _judge_chance(boxes: np.ndarray) -> None:
    """Whether all places of the small image come, and are equally likely."""
    what = f"{N_DRAWS} calls of {_asked(IMAGE_SIZE, BOX_SIZE)}"
    if (boxes == boxes[0]).all():
        raise Wrong("always-the-same", what, got=f"{_show(boxes[0])} each time",
                    expected="random places", cause="is there a draw in the function? And if there "
                    "is: a seed that is set inside of it begins anew at each call")
    n_places = [IMAGE_SIZE[1] - BOX_SIZE[1] + 1, IMAGE_SIZE[0] - BOX_SIZE[0] + 1]
    counts = [np.bincount(boxes[:, axis].astype(int), minlength=n_places[axis])
              for axis in (0, 1)]
    for edge, count in zip(("left", "upper"), counts):
        if (count == 0).any():
            name, cause = _why_missing(count)
            seen = np.flatnonzero(count)
            raise Wrong(name, what, got=f"{edge} = {', '.join(map(str, seen))} and no other",
                        expected=f"{edge} from 0 to {len(count) - 1}, and each number between them",
                        cause=cause)
    for edge, count in zip(("left", "upper"), counts):
        if _tail(count) < SMALLEST_TAIL:
            name, cause = _why_uneven(count)
            raise Wrong(name, what, got=f"{edge} = 0, 1, ... so many times: {count.tolist()}",
                        expected=f"about {N_DRAWS / len(count):.0f} times each", cause=cause)
    together = np.bincount((boxes[:, 0] * n_places[1] + boxes[:, 1]).astype(int),
                           minlength=n_places[0] * n_places[1])
    if _tail(together) < SMALLEST_TAIL:
        raise Wrong("x-and-y-together", what, got=f"{np.count_nonzero(together)} of {together.size}"
                    f" places, from 0 to {together.max()} times each",
                    expected=f"all of them, about {N_DRAWS / together.size:.0f} times each",
                    cause="left tells something about upper: both come from the same random "
                          "number. Draw one for each")


def _tail(counts: np.ndarray) -> float:
    """How often chance alone gives counts of equally likely things that differ so much."""
    from scipy.special import chdtrc  # here, so that a list of all tasks does without scipy

    expected = counts.sum() / counts.size
    return float(chdtrc(counts.size - 1, ((counts - expected) ** 2 / expected).sum()))


def _why_missing(count: np.ndarray) -> tuple[str, str]:
    if np.count_nonzero(count) == 1:
        return "one-direction-only", "the box is random in one direction and fixed in the other"
    if count[-1] == 0 and count[:-1].all():
        return "last-place-missed", (
            "the last place never comes, where the box touches the border. np.random.randint and "
            "rng.integers leave out their upper end, range does too: ask for one more")
    if count[0] == 0 and count[1:].all():
        return "first-place-missed", "the image begins at 0, not at 1"
    return "places-missed", "left is to be any of 0, 1, ..., W - w, and upper any of 0, ..., H - h"


def _why_uneven(count: np.ndarray) -> tuple[str, str]:
    inner = count[1:-1].mean()
    if all(0.3 * inner < end < 0.7 * inner for end in (count[0], count[-1])):
        return "ends-half-as-likely", (
            "the first and the last place come half as often as others: this happens if a random "
            "number is rounded, as only 0 to 0.5 becomes 0. Draw integers instead")
    if max(count[0], count[-1]) > 1.5 * inner:
        return "piled-up-at-the-border", (
            "too many boxes lie at the border: whatever would stick out was pushed back there. "
            "Draw left from 0 to W - w in the first place")
    return "not-uniform", "all places are to be equally likely; these are not"


# -- b) boxes that are a little off ----------------------------------------------------------------

STREET = (400, 640)  # (height, width)
# 30 x 70, so far inside that nothing is cut off even from moves that are much too large; and with
# more on its left than the height of the image.
PERSON = (460, 150, 490, 220)
FARTHEST = np.array([6, 14])
N_MOVES = 1000

# Without a relation, the correlation of 1,000 pairs has a standard deviation of 0.03.
RELATED = 0.5

# With equally likely sides, one of them comes in less than 300 of 1,000 draws once in 1e36 checks.
# A range with one end left out, -3 to 2 without 0, has 400 on its rarer side: less than 300 come
# once in 1e10 checks.
RARER_SIDE = 0.3


def check_offset_box(answer: Answer) -> None:
    what = f"add_offset_to_box({list(PERSON)}, {STREET})"
    boxes = _draw_moved(answer, PERSON, N_MOVES)
    moves = _moves(boxes, what)
    _judge_distance(moves, boxes, what)
    _judge_directions(moves, what)
    for left, upper in [(0, 0), (STREET[1] - 30, STREET[0] - 70), (0, STREET[0] - 70)]:
        corner = (left, upper, left + 30, upper + 70)
        boxes = _draw_moved(answer, corner, N_MOVES // 4)
        _judge_corner(boxes, corner)
        if corner[2] == STREET[1] and _a_pixel_short(boxes):
            answer.notes.append(f"boxes are cut off at {STREET[1] - 1}, in an image that is "
                                f"{STREET[1]} wide. Edges, unlike pixels, go up to the width")


def _draw_moved(answer: Answer, box: tuple[int, ...], n_draws: int) -> np.ndarray:
    moved = []
    for _ in range(n_draws):
        given = np.array(box)
        moved.append(_draw(answer, "add_offset_to_box", 1, given, STREET))
        if (given != box).any():
            raise Wrong("given-box-changed", f"add_offset_to_box({list(box)}, {STREET})",
                        got=f"the box that was given has become {given.tolist()}",
                        expected=f"it is still {list(box)}",
                        cause="+= on an array, or on its entries, changes the array of whoever "
                              "calls, here the person's own box. Make a new one: np.array(box), "
                              "or box + ...")
    return np.concatenate(moved)


def _moves(boxes: np.ndarray, what: str) -> np.ndarray:
    """How far each has moved, (N, 2); for a person in the middle, where nothing is cut off."""
    if (boxes == boxes[0]).all():
        still = tuple(boxes[0]) == PERSON
        raise Wrong("offset-zero" if still else "always-the-same", what,
                    got=f"{_show(boxes[0])} each time", expected="another box by chance",
                    cause="the box stays where it was" if still else "is there a draw in the "
                    "function? A seed that is set inside of it begins anew at each call")
    by_edge = boxes - PERSON
    apart = boxes[(by_edge[:, :2] != by_edge[:, 2:]).any(axis=1)]
    if len(apart) == 0:
        return by_edge[:, :2]
    name, cause = _why_apart(boxes, by_edge)
    width, height = _sizes(apart)[0]
    raise Wrong(name, what, got=f"{_show(apart[0])}, of width {width:g} and height {height:g}",
                expected="width 30 and height 70: this box is far from the border", cause=cause)


def _why_apart(boxes: np.ndarray, by_edge: np.ndarray) -> tuple[str, str]:
    if (boxes[:, 2:] == (30, 70)).all():
        return "box-as-width-height", ("the last two numbers are the box's size; they have to be "
                                       "its right and lower edge")
    if (by_edge[:, 2:] == 0).all() or (by_edge[:, :2] == 0).all():
        return "one-corner-only", ("one corner moves and the other stays, so the box changes its "
                                   "size: add the same offset to left and right")
    if (boxes[:, [0, 2]] == STREET[0]).all():
        return "image-size-swapped", ("the box is cut off at the wrong place: image_size is "
                                      "(height, width), and x ends at the width")
    if (by_edge[:, 0] == by_edge[:, 1]).all() and (by_edge[:, 2] == by_edge[:, 3]).all():
        return "each-corner-its-own-offset", ("both corners have to move by the same: one offset "
                                              "for left and right, one for upper and lower")
    return "each-edge-its-own-offset", ("left and right move by different amounts, or upper and "
                                        "lower do: draw one offset in x for both, one in y")


def _judge_distance(moves: np.ndarray, boxes: np.ndarray, what: str) -> None:
    far = (np.abs(moves) > FARTHEST).any(axis=1)
    if far.any():
        reached = np.abs(moves).max(axis=0)
        if reached[0] > FARTHEST[0] and (reached <= FARTHEST[::-1]).all():
            name, cause = "share-of-the-other-side", (
                "width and height are swapped: in x the box moves by a share of its width, in y by "
                "a share of its height. (right - left is the width)")
        else:
            name, cause = "too-far", (
                "0.2 * (right - left) is the farthest in x, 0.2 * (lower - upper) in y; a box that "
                "is farther off is no hard example any more")
        raise Wrong(name, what, got=f"moves of up to {reached[0]:g} in x and {reached[1]:g} in y",
                    expected="at most 6 in x and 14 in y, which is 20 %", cause=cause)
    for axis, move in enumerate("xy"):
        still = np.count_nonzero(moves[:, axis] == 0)
        if still:
            first = boxes[np.argmax(moves[:, axis] == 0)]
            raise Wrong("offset-zero", what, got=f"{_show(first)}; in {still} of {N_MOVES} calls "
                        f"the box does not move in {move}", expected="at least 1 pixel in both",
                        cause="0 is among the offsets that are drawn. A box that has not moved is "
                              "the person, and would be learned as none: draw how far, 1 or more, "
                              "and to which side")


def _judge_directions(moves: np.ndarray, what: str) -> None:
    for axis, sides in enumerate([("left", "right"), ("up", "down")]):
        # With two equally likely sides, one of them never comes once in 2^999 checks.
        if len(np.unique(np.sign(moves[:, axis]))) == 1:
            always, never = sides[::-1] if moves[0, axis] > 0 else sides
            raise Wrong("one-way", what, got=f"{N_MOVES} moves: {always} each time, never {never}",
                        expected="either side, by chance",
                        cause="a classifier that has seen boxes on one side only goes on to take "
                              "those on the other for people. A random sign does it")
        n_low = np.count_nonzero(moves[:, axis] < 0)
        if min(n_low, N_MOVES - n_low) < RARER_SIDE * N_MOVES:
            raise Wrong("one-side-more-often", what, got=f"{n_low} of {N_MOVES} moves {sides[0]}, "
                        f"{N_MOVES - n_low} {sides[1]}", expected="both sides about as often",
                        cause="the draw prefers a side: a sign from random.choice([-1, 1]) does "
                              "not, and neither does a whole number from -n to n")
        if len(np.unique(np.abs(moves[:, axis]))) == 1:
            raise Wrong("always-as-far", what, got=f"moves {sides[0]} and {sides[1]} by "
                        f"{abs(moves[0, axis]):g} pixels each time", expected="chance decides how "
                        "far", cause="draw a whole number from 1 to the farthest, then a sign")
    for name, values, cause in [
            ("same-offset-for-x-and-y", np.abs(moves),
             "both come from the same random number, so that the box moves along one or two lines "
             "only. Draw one for x and one for y"),
            ("same-sign-for-x-and-y", np.sign(moves),
             "the same sign for x and y, so that two of four directions never come; draw one for "
             "each")]:
        if abs(np.corrcoef(values.T)[0, 1]) > RELATED:
            raise Wrong(name, what, got=f"moves (x, y) such as {moves[:4].astype(int).tolist()}",
                        expected="the move in x says nothing about the one in y", cause=cause)


def _judge_corner(boxes: np.ndarray, corner: tuple[int, ...]) -> None:
    """A box in a corner of the image: cut off, or moved where there is room."""
    what = f"add_offset_to_box({list(corner)}, {STREET})"
    outside = _outside(boxes, STREET)
    if len(outside):
        raise Wrong("leaves-the-image", what, got=_show(outside[0]),
                    expected=f"inside: left and upper from 0 on, right at most {STREET[1]}, lower "
                             f"at most {STREET[0]}",
                    cause="a box at the border moves out of the image. Cut it off at all four "
                          "sides: max(left, 0), min(right, width), and so on. (An index below 0 "
                          "means something else to NumPy)")
    still = np.count_nonzero((boxes == corner).all(axis=1))
    if still:
        raise Wrong("stays-at-the-border", what, got=f"the same box, in {still} of {len(boxes)} "
                    "calls", expected="another box",
                    cause="the box was pushed back to where it came from, and the person would be "
                          "learned as none. Cut off what sticks out, or draw again")
    for axis, end in enumerate(reversed(STREET)):
        low, high = corner[axis], corner[axis + 2]
        possible = _possible(low, high, end, FARTHEST[axis])
        for box in boxes:
            if (box[axis], box[axis + 2]) not in possible:
                raise Wrong("changed-at-the-border", what, got=_show(box),
                            expected="the moved box, or what of it is inside the image",
                            cause="the two edges do not belong together: both move by the same, "
                                  "and then an edge outside is set to the border, no other")


def _possible(low: int, high: int, end: int, farthest: int) -> set[tuple[int, int]]:
    """All that [low, high] may become in [0, end].

    Moved and then cut off, be it at the last pixel; or pushed back as a whole, even to where it was
    (in one direction: if it was in both, that has been told before).
    """
    pairs = set()
    for move in range(-farthest, farthest + 1):
        if move != 0:
            pairs |= {(max(low + move, 0), min(high + move, last)) for last in (end, end - 1)}
        if low + move >= 0 and high + move <= end:
            pairs.add((low + move, high + move))
    return pairs


def _a_pixel_short(boxes: np.ndarray) -> bool:
    """Whether boxes at the right border are cut off at the last pixel, not at the last edge."""
    cut_off = _sizes(boxes)[:, 0] < 30
    return bool(cut_off.any() and boxes[:, 2].max() == STREET[1] - 1)


# -- c) the sliding window -------------------------------------------------------------------------

PATCH_SIZE = (150, 50)
LENGTH = 216  # 9 x 3 cells, 8 directions

# How far a descriptor may be off, as a share of its length. Where pixels are divided by 255, some
# gradients of exactly 45 degrees land in the neighbouring bin: up to 0.012; a window that is one
# pixel off differs by 0.06 and more.
SAME = 0.03
# Others than our filter resize as well. With waves this long they are off by up to 0.29 (Pillow's
# filters, picking pixels), and other windows by 0.49 and more. What that forgives the second case
# does not, where nothing is to be resized.
NEAR = 0.4


def _waves(height: int, width: int, seed: int) -> np.ndarray:
    """A picture (height, width, 3) uint8 that is smooth and looks different everywhere."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    image = np.zeros((height, width, 3))
    for _ in range(12):
        across, down = rng.uniform(-0.35, 0.35, 2)  # radians a pixel: wavelengths from 13 pixels
        phases = rng.uniform(0, 2 * np.pi, 3)
        image += np.sin(across * x[..., None] + down * y[..., None] + phases)
    return np.clip(128 + 25 * image, 0, 255).astype(np.uint8)


def _resize(patch: np.ndarray, size: tuple[int, int] = PATCH_SIZE) -> np.ndarray:
    from PIL import Image

    height, width = size
    return np.array(Image.fromarray(np.ascontiguousarray(patch)).resize(
        (width, height), Image.Resampling.BILINEAR))


def _describe(patch: np.ndarray) -> np.ndarray:
    from minicv.person_detector import hog

    return hog(patch, 8, (16, 16), (1, 1), channel_axis=-1)


def _positions(extent: int, window: int, stride: int) -> range:
    return range(0, extent - window + 1, stride)


def _grid(lefts: range, uppers: range) -> set[tuple[float, float]]:
    return {(float(left), float(upper)) for left in lefts for upper in uppers}


class Case:
    """An image, and windows to be laid over it."""

    def __init__(self, image_size: tuple[int, int], patch_size: tuple[int, int], stride: int):
        self.image = _waves(*image_size, seed=5)
        self.image_size, self.patch_size, self.stride = image_size, patch_size, stride
        self.what = (f"img_to_hog_patches(image of {image_size[0]} x {image_size[1]}, "
                     f"patch_size={patch_size}, stride={stride})")

    def anchors(self) -> set[tuple[float, float]]:
        (height, width), (h, w) = self.image_size, self.patch_size
        return _grid(_positions(width, w, self.stride), _positions(height, h, self.stride))

    def crop(self, left: float, upper: float) -> np.ndarray:
        left, upper, (h, w) = int(left), int(upper), self.patch_size
        return self.image[upper:upper + h, left:left + w]


def check_windows(answer: Answer) -> None:
    resized_otherwise = False
    # First an image that is nearly square, where x and y taken for each other still give something
    # to look at, and where the last windows end at the border. Then one where none does.
    for case in (Case((155, 180), (80, 30), 25), Case((180, 160), PATCH_SIZE, 14)):
        result = answer.call("img_to_hog_patches", case.image.copy(), case.patch_size, case.stride)
        descriptors, anchors = _two_results(result, case)
        anchors = _judge_anchors(anchors, case)
        descriptors = _judge_rows(descriptors, anchors, case)
        resized_otherwise |= _judge_descriptors(descriptors, anchors, case)
    if resized_otherwise:
        answer.notes.append("the windows are resized in another way than by resize_patch. That "
                            "works; best is the way that the patches to learn from were resized")


def _two_results(result, case: Case) -> tuple:
    expected = "two results: descriptors (P, 216) and anchors (P, 2)"
    if result is None:
        raise Wrong("nothing-returned", case.what, got="None", expected=expected,
                    cause="the function needs a return")
    if not (isinstance(result, (list, tuple)) and len(result) == 2):
        n = len(result) if isinstance(result, (list, tuple)) else 1
        raise Wrong("not-two-results", case.what, got=f"{n} results: {show(result)}",
                    expected=expected, cause="return descriptors, anchors: all descriptors, then "
                    "all anchors")
    if _n_columns(result[0]) == 2 and _n_columns(result[1]) > 4:
        raise Wrong("results-swapped", case.what, got="anchors, then descriptors",
                    expected="descriptors, then anchors",
                    cause="whoever calls takes the first result for the descriptors")
    return tuple(result)


def _n_columns(rows) -> int:
    """How many numbers the first row has; 0 if there are no rows."""
    try:
        return len(rows[0])
    except (TypeError, LookupError):
        return 0


def _judge_anchors(anchors, case: Case) -> np.ndarray:
    anchors = to_array(anchors, "anchors")
    right = case.anchors()
    if anchors.size == 0:
        raise Wrong("no-windows", case.what, got="no windows", expected=f"{len(right)}",
                    cause="are the loops empty? left goes from 0 to W - w, upper from 0 to H - h")
    if anchors.ndim != 2 or anchors.shape[1] != 2:
        name, cause = "other", "a row for each window: left and upper"
        if anchors.ndim == 2 and anchors.shape[1] == 4:
            name, cause = "boxes-for-anchors", "these are boxes; their first two numbers are wanted"
        elif anchors.ndim == 2 and len(anchors) == 2:
            name, cause = "anchors-transposed", ("all lefts and then all uppers; np.stack([lefts, "
                                                 "uppers], axis=1) makes a row of each window")
        raise Wrong(name, f"anchors of {case.what}", got=f"shape {anchors.shape}",
                    expected=f"shape ({len(right)}, 2)", cause=cause)
    rows = [tuple(row) for row in anchors.tolist()]
    if set(rows) != right:
        name, cause = _why_anchors(set(rows), right, case)
        lacking, extra = sorted(right - set(rows)), sorted(set(rows) - right)
        raise Wrong(name, f"anchors of {case.what}", got=f"{len(rows)} windows"
                    + (f", among them (left, upper) = {_anchor(extra[0])}" if extra else ""),
                    expected=f"{len(right)} windows"
                    + (f", among them {_anchor(lacking[-1])}" if lacking else ""), cause=cause)
    if len(rows) != len(right):
        raise Wrong("windows-twice", f"anchors of {case.what}", got=f"{len(rows)} windows, some of "
                    "them more than once", expected=f"{len(right)} different ones",
                    cause="is something appended twice in the loops?")
    return anchors


def _anchor(anchor: tuple[float, float]) -> str:
    return f"({anchor[0]:g}, {anchor[1]:g})"


def _why_anchors(got: set, right: set, case: Case) -> tuple[str, str]:
    (height, width), (h, w), stride = case.image_size, case.patch_size, case.stride
    fits = _positions(width, w, stride), _positions(height, h, stride)
    short = range(0, width - w, stride), range(0, height - h, stride)
    middle = {(left + w / 2, upper + h / 2) for left, upper in right}
    if got in (_grid(short[0], short[1]), _grid(short[0], fits[1]), _grid(fits[0], short[1])):
        return "last-position-missed", (
            "the last row or column of windows is missing, those that touch the border of the "
            "image. range(0, W - w, stride) leaves out W - w itself: ask for W - w + 1")
    if got == {(upper, left) for left, upper in right}:
        return "anchors-y-x", "an anchor is (left, upper), x first; these are (upper, left)"
    if got == {(left / stride, upper / stride) for left, upper in right}:
        return "anchors-counted", "these count windows; anchors are in pixels: times the stride"
    if got in (middle, {(left // 1, upper // 1) for left, upper in middle}):
        return "anchors-in-the-middle", "an anchor is the upper left corner, not the middle"
    if got == {(left + w, upper + h) for left, upper in right}:
        return "anchors-at-the-end", "an anchor is the upper left corner, not the lower right one"
    if got in (_grid(_positions(width, w, 1), _positions(height, h, 1)),
               _grid(_positions(width, w, w), _positions(height, h, h))):
        return "stride-ignored", "windows lie `stride` pixels apart, to the right and downwards"
    if got == _grid(_positions(width, h, stride), _positions(height, w, stride)):
        return "patch-size-swapped", "patch_size is (height, width): the width belongs to x"
    if got == _grid(_positions(height, w, stride), _positions(width, h, stride)):
        return "image-size-swapped", "image.shape is (height, width, channels): W = image.shape[1]"
    if any(left < 0 or upper < 0 or left > width - w or upper > height - h for left, upper in got):
        return "windows-leave-the-image", (
            "some windows are not wholly inside the image, and show less than the others: left "
            "goes up to W - w, and only in steps of the stride")
    return "other", "left is 0, stride, 2 stride, ... as long as left + w <= W; upper likewise"


def _judge_rows(descriptors, anchors: np.ndarray, case: Case) -> np.ndarray:
    """Descriptors as an array (P, 216), a row for each window."""
    what = f"descriptors of {case.what}"
    if isinstance(descriptors, np.ndarray) and descriptors.dtype == object \
            and descriptors.ndim == 1:
        raise Wrong("object-array", what, got=f"an array of {len(descriptors)} objects",
                    expected=f"numbers, shape ({len(anchors)}, {LENGTH})",
                    cause="classifiers need numbers in rows and columns: np.stack(list of "
                          "descriptors), which also says so if they are not of equal length")
    array = to_array(descriptors, what)
    right = len(anchors), LENGTH
    if array.shape == right:
        return array
    raw = _describe(case.crop(0, 0)).size
    name, cause = "other", "one row for each window, with the numbers that patch_to_hog gives"
    if array.shape == right[::-1]:
        name, cause = "descriptors-transposed", "each window needs a row; here it has a column"
    elif array.size == len(anchors) * LENGTH:
        name, cause = "not-in-rows", ("the right number of numbers, in another shape: a row of "
                                      f"{LENGTH} for each window, np.stack(list of descriptors)")
    elif array.ndim == 2 and array.shape == (len(anchors), raw):
        name, cause = "hog-before-resizing", (
            f"this describes the window as it is cut out, which gives {raw} numbers. The "
            "classifiers have learned from patches of 150 x 50: resize first, then describe")
    elif array.size == len(anchors) * 3 * PATCH_SIZE[0] * PATCH_SIZE[1]:
        name, cause = "pixels-for-hog", "these are the pixels of the patches: describe them"
    elif array.shape == (LENGTH,):
        name, cause = "last-window-only", "this is one descriptor: collect those of all windows"
    raise Wrong(name, what, got=f"shape {array.shape}", expected=f"shape {right}", cause=cause)


def _judge_descriptors(got: np.ndarray, anchors: np.ndarray, case: Case) -> bool:
    """Hold each window's against HOG of that window; True if it was resized in another way."""
    def all_of(describe: Callable[[int, int], np.ndarray]) -> np.ndarray:
        return np.stack([describe(int(left), int(upper)) for left, upper in anchors])

    right = all_of(lambda left, upper: _describe(_resize(case.crop(left, upper))))
    off = _distances(got, right).diagonal().max()
    if off < SAME:
        return False
    name, cause = _why_descriptors(got, right, all_of, case)
    if name == "other" and off < NEAR and case.patch_size != PATCH_SIZE:
        return True
    texts = difference(got, right, 0, 1e-4)
    raise Wrong(name, f"descriptors of {case.what}", got=texts[0], expected=texts[1], cause=cause)


def _distances(got: np.ndarray, right: np.ndarray) -> np.ndarray:
    """How far each descriptor is from each of the right ones, in lengths of the latter."""
    return (np.linalg.norm(got[:, None] - right, axis=-1) / np.linalg.norm(right, axis=-1))


def _why_descriptors(got: np.ndarray, right: np.ndarray, all_of: Callable, case: Case
                     ) -> tuple[str, str]:
    image, (h, w) = case.image, case.patch_size
    whole = _describe(_resize(image))
    for name, describe, cause in [
            ("hog-of-the-whole-image", lambda left, upper: whole,
             "every window has the descriptor of the whole image: cut the window out first"),
            ("x-and-y-swapped-in-the-crop",
             lambda left, upper: _describe(_resize(image[left:left + w, upper:upper + h])),
             "rows come first: image[upper:lower, left:right], not image[left:right, upper:lower]"),
            ("x-and-y-swapped-in-the-crop",
             lambda left, upper: _describe(_resize(image[left:left + h, upper:upper + w])),
             "an image's first index is y: image[upper:lower, left:right]; here left and upper "
             "have changed places"),
            ("width-and-height-swapped-in-the-crop",
             lambda left, upper: _describe(_resize(image[upper:upper + w, left:left + h])),
             "the window is as wide as it should be high: lower = upper + height"),
            ("one-pixel-off",
             lambda left, upper: _describe(_resize(image[upper:upper + h - 1, left:left + w - 1])),
             "the last row and column are lost: a slice leaves out its end already, so that "
             "image[upper:upper + height, left:left + width] is the window"),
            ("resized-lying-down",
             lambda left, upper: _describe(_resize(case.crop(left, upper), PATCH_SIZE[::-1])),
             "the patches lie on their side: 50 high and 150 wide. Pillow's resize takes (width, "
             "height), while a size is (height, width) here")]:
        if agrees(got, all_of(describe), 0, 1e-4):
            return name, cause
    if np.ptp(got, axis=0).max() < 1e-9:
        return "same-window-everywhere", ("all windows have the same descriptor: does what is cut "
                                          "out depend on left and upper?")
    distances = _distances(got, right)
    nearest = distances.argmin(axis=1)
    if distances.min(axis=1).max() < 1e-3 and len(np.unique(nearest)) == len(right):
        return "anchors-apart", (
            "descriptors and anchors are not in the same order: each descriptor is right, for "
            "another window. Append both in the same loop")
    return "other", "cut out, resize_patch, patch_to_hog, in this order, for each window"


# -- the tasks -------------------------------------------------------------------------------------

TASKS = [
    Task("2.2a", "Random boxes", check_random_box, hints=(
        "The size is given, so the place alone is left to chance. Which values may left have, if "
        "the box is to end inside the image? There are W - w + 1 of them.",
        "left is any of 0, 1, ..., W - w and upper any of 0, 1, ..., H - h, all equally likely; "
        "right = left + w, lower = upper + h. random.randint(a, b) may give b, "
        "np.random.randint(a, b) never does.",
        "    height, width = box_size\n"
        "    left = random.randint(0, image_size[1] - width)\n"
        "    upper = random.randint(0, ...)\n"
        "    return left, upper, left + width, ..."),
        read="minicv/person_detector/patches.py, random_box"),
    Task("2.2b", "Boxes that are a little off", check_offset_box, hints=(
        "Draw how far and to which side, for x and for y; move both edges by it; see that the "
        "result is inside the image.",
        "dx = s n, with the sign s = -1 or 1, and n any of 1, ..., 0.2 w in whole pixels; dy "
        "likewise with the height. Then left + dx and right + dx, not below 0 and not above W.",
        "    width = right - left\n"
        "    dx = random.choice([-1, 1]) * random.randint(1, max(1, int(0.2 * width)))\n"
        "    dy = ...\n"
        "    left, right = max(left + dx, 0), min(right + dx, image_size[1])\n"
        "    ..."),
        read="minicv/person_detector/patches.py, offset_box"),
    Task("2.2c", "The sliding window", check_windows, hints=(
        "Two loops, over upper and left. In them: cut out, resize, describe, and note the corner "
        "beside the descriptor.",
        "left = 0, s, 2s, ... as long as left + w <= W, so it is in\n"
        "    range(0, W - w + 1, s)\n"
        "A window has its rows first, while an anchor is (left, upper):\n"
        "    image[upper:upper + h, left:left + w]",
        "    h, w = patch_size\n"
        "    for upper in range(0, image.shape[0] - h + 1, stride):\n"
        "        for left in range(...):\n"
        "            patch = resize_patch(image[upper:upper + h, left:left + w])\n"
        "            descriptors.append(patch_to_hog(patch))\n"
        "            anchors.append(...)\n"
        "    return np.stack(descriptors), np.array(anchors)"),
        read="minicv/person_detector/sliding_window.py, image_to_hog_patches"),
]
