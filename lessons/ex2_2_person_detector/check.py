"""Exercise 2.2: random boxes, offset boxes, windows; and what the usual mistakes make of them.

Nothing here trains a detector. The two random functions are called many times: what a box must be
holds for every draw, and whether chance is fair is told by statistics that a fair answer fails less
than once in a million checks. The sliding window is held against HOG of each window by itself, on
pictures made of waves; each usual mistake has windows, or descriptors, of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lessons.engine import Answer, Task, Wrong
from lessons.engine.comparing import agrees, difference, show, to_array
from minicv.person_detector import hog, image_to_hog_patches, offset_box, random_box

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
    """The boxes that are not wholly inside the image, whose size is (width, height)."""
    width, height = image_size
    inside = (boxes >= 0).all(axis=1) & (boxes[:, 2] <= width) & (boxes[:, 3] <= height)
    return boxes[~inside]


def _sizes(boxes: np.ndarray) -> np.ndarray:
    """(N, 2): width and height."""
    return boxes[:, 2:] - boxes[:, :2]


# -- a) random boxes -------------------------------------------------------------------------------

N_DRAWS = 4000

# A fair answer gets a chi-squared with a smaller tail than this once in a billion tests; there are
# five, and with 30 draws a cell the distribution is near enough to allow for a factor of 100.
SMALLEST_TAIL = 1e-9


def check_random_box(answer: Answer) -> None:
    rng = np.random.default_rng()
    width, height = int(rng.integers(2, 4)), int(rng.integers(4, 6))
    # So small that chance comes by every place: at most 10 * 4 of them.
    small, box = (width + int(rng.integers(8, 10)), height + 3), (width, height)
    with answer.noting(random_box):
        _draw(answer, "get_random_box", 1, box, small)
    boxes = _draw(answer, "get_random_box", N_DRAWS, box, small)
    _judge_box(boxes, small, box)
    short = _judge_chance(boxes, small, box)
    for _ in range(3):
        box = int(rng.integers(15, 60)), int(rng.integers(60, 160))
        image = box[0] + int(rng.integers(2, 300)), box[1] + int(rng.integers(2, 100))
        _judge_box(_draw(answer, "get_random_box", 50, box, image), image, box)
    if short:
        answer.notes.append("the box never touches the right or lower border: the last place is "
                            "left out (randint and range leave out their end). It is lost for a "
                            "box as large as the image, which has no other")


def _asked(image_size: tuple[int, int], box_size: tuple[int, int]) -> str:
    return f"get_random_box(boxsize={box_size}, imsize={image_size})"


def _judge_box(boxes: np.ndarray, image_size: tuple[int, int], box_size: tuple[int, int]) -> None:
    """Whether each box has the right size, and is inside the image."""
    width, height = box_size
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
        elif boxes[:, 2].max() <= image_size[1] and boxes[:, 3].max() <= image_size[0]:
            name, cause = "image-size-swapped", (
                "width and height of the image are swapped: a size is (width, height)")
        raise Wrong(name, _asked(image_size, box_size), got=_show(outside[0]),
                    expected=f"left and upper from 0 on, right at most {image_size[0]}, lower at "
                             f"most {image_size[1]}", cause=cause)


def _why_size(boxes: np.ndarray, image_size: tuple[int, int], box_size: tuple[int, int]
              ) -> tuple[str, str]:
    width, height = box_size
    sizes = _sizes(boxes)

    def all_are(got: np.ndarray, *values: int) -> bool:
        return bool((got == values).all())

    if all_are(boxes[:, 2:], width, height) or all_are(boxes[:, 2:], height, width):
        return "box-as-width-height", ("the last two numbers are the box's size; they have to be "
                                       "its right and lower edge: left + width, upper + height")
    if all_are(sizes, height, width):
        # Boxes (upper, left, lower, right) reach beyond the height, and never beyond in x.
        if boxes[:, 3].max() > image_size[1] and boxes[:, 2].max() <= image_size[1]:
            return "y-before-x", ("x and y have changed places: a box is (left, upper, right, "
                                  "lower), with x first")
        return "width-and-height-swapped", (
            "width and height of the box are swapped: boxsize is (width, height), the width "
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
    return "other", f"the box is to have the size (width, height) = {box_size}, whatever its place"


def _judge_chance(boxes: np.ndarray, image_size: tuple[int, int],
                  box_size: tuple[int, int]) -> bool:
    """Whether all places of the small image come, and are equally likely.

    True if the last ones, which touch the border, are left out; the course allows that.
    """
    what = f"{N_DRAWS} calls of {_asked(image_size, box_size)}"
    if (boxes == boxes[0]).all():
        raise Wrong("always-the-same", what, got=f"{_show(boxes[0])} each time",
                    expected="random places", cause="is there a draw in the function? And if there "
                    "is: a seed that is set inside of it begins anew at each call")
    places = boxes[:, :2].astype(int)
    counts = [np.bincount(places[:, axis], minlength=image_size[axis] - box_size[axis] + 1)
              for axis in (0, 1)]
    all_places = [len(count) for count in counts]
    counts = [count[:-1] if count[-1] == 0 else count for count in counts]
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
    n_left, n_upper = map(len, counts)
    together = np.bincount(places[:, 0] * n_upper + places[:, 1], minlength=n_left * n_upper)
    if _tail(together) < SMALLEST_TAIL:
        raise Wrong("x-and-y-together", what, got=f"{np.count_nonzero(together)} of {together.size}"
                    f" places, from 0 to {together.max()} times each",
                    expected=f"all of them, about {N_DRAWS / together.size:.0f} times each",
                    cause="left tells something about upper: both come from the same random "
                          "number. Draw one for each")
    for axis, n in enumerate((n_left, n_upper)):
        following = np.bincount(places[:-1, axis] * n + places[1:, axis], minlength=n * n)
        if _tail(following) < SMALLEST_TAIL:
            raise Wrong("follows-from-the-last", what, got=f"places (left, upper) "
                        f"{places[:4].tolist()}, ...", expected="each place by chance alone",
                        cause="a place tells something about the next one, as from a counter: "
                              "draw each anew")
    return all_places != [n_left, n_upper]


def _tail(counts: np.ndarray) -> float:
    """How often chance alone gives counts of equally likely things that differ so much."""
    from scipy.special import chdtrc  # here, so that a list of all tasks does without scipy

    expected = counts.sum() / counts.size
    return float(chdtrc(counts.size - 1, ((counts - expected) ** 2 / expected).sum()))


def _why_missing(count: np.ndarray) -> tuple[str, str]:
    if np.count_nonzero(count) == 1:
        return "one-direction-only", "the box is random in one direction and fixed in the other"
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

N_MOVES = 1000

# Without a relation, the correlation of 1,000 pairs has a standard deviation of 0.03.
RELATED = 0.5

# With equally likely sides, one of them comes in less than 300 of 1,000 draws once in 1e36 checks.
# A range with one end left out, -3 to 2 without 0, has 400 on its rarer side: less than 300 come
# once in 1e10 checks.
RARER_SIDE = 0.3


@dataclass(frozen=True)
class Scene:
    """A box in an image, far inside; `image` is (width, height)."""

    box: tuple[int, ...]
    image: tuple[int, int]

    @property
    def size(self) -> tuple[int, int]:
        return self.box[2] - self.box[0], self.box[3] - self.box[1]

    @property
    def farthest(self) -> np.ndarray:
        """20 % of width and height, in whole pixels."""
        return np.array(self.size) // 5

    @property
    def what(self) -> str:
        return f"add_offset_to_box({list(self.box)}, {self.image})"

    def at(self, left: int, upper: int) -> Scene:
        width, height = self.size
        return Scene((left, upper, left + width, upper + height), self.image)


def _draw_scene(rng: np.random.Generator, tall: bool) -> Scene:
    """The box has more on its left than the image is high, so that sizes swapped show.

    A fifth of its sides is no whole number: rounded up, it is more than 20 %.
    """
    low, high = 5 * rng.integers([5, 12], [8, 17]) + rng.integers(1, 5, 2)
    width, height = (int(low), int(high)) if tall else (int(high), int(low))
    image_height = int(rng.integers(370, 430))
    left, upper = image_height + int(rng.integers(60, 90)), int(rng.integers(130, 170))
    return Scene((left, upper, left + width, upper + height),
                 (left + width + int(rng.integers(150, 200)), image_height))


def check_offset_box(answer: Answer) -> None:
    rng = np.random.default_rng()
    for tall in (True, False):
        scene = _draw_scene(rng, tall)
        with answer.noting(offset_box):
            _draw_moved(answer, scene, 1)
        boxes = _draw_moved(answer, scene, N_MOVES)
        moves = _moves(boxes, scene)
        _judge_distance(moves, boxes, scene)
        _judge_directions(moves, scene.what)
        (width, height), (w, h) = scene.image, scene.size
        for left, upper in [(0, 0), (width - w, height - h), (0, height - h)]:
            corner = scene.at(left, upper)
            boxes = _draw_moved(answer, corner, N_MOVES // 4)
            _judge_corner(boxes, corner)
            if left and _a_pixel_short(boxes, corner):
                answer.notes.append("boxes are cut off at W - 1. Edges, unlike pixels, go up to "
                                    "the width: a pixel is lost")
    answer.notes = list(dict.fromkeys(answer.notes))


def _draw_moved(answer: Answer, scene: Scene, n_draws: int) -> np.ndarray:
    moved = []
    for _ in range(n_draws):
        given = np.array(scene.box)
        moved.append(_draw(answer, "add_offset_to_box", 1, given, scene.image))
        if (given != scene.box).any():
            raise Wrong("given-box-changed", scene.what,
                        got=f"the box that was given has become {given.tolist()}",
                        expected=f"it is still {list(scene.box)}",
                        cause="+= on an array, or on its entries, changes the array of whoever "
                              "calls, here the person's own box. Make a new one: np.array(box), "
                              "or box + ...")
    return np.concatenate(moved)


def _moves(boxes: np.ndarray, scene: Scene) -> np.ndarray:
    """How far each has moved, (N, 2); for a person in the middle, where nothing is cut off."""
    if (boxes == boxes[0]).all():
        still = tuple(boxes[0]) == scene.box
        raise Wrong("offset-zero" if still else "always-the-same", scene.what,
                    got=f"{_show(boxes[0])} each time", expected="another box by chance",
                    cause="the box stays where it was" if still else "is there a draw in the "
                    "function? A seed that is set inside of it begins anew at each call")
    by_edge = boxes - scene.box
    apart = boxes[(by_edge[:, :2] != by_edge[:, 2:]).any(axis=1)]
    if len(apart) == 0:
        return by_edge[:, :2]
    name, cause = _why_apart(boxes, by_edge, scene)
    got, wanted = _sizes(apart)[0], scene.size
    raise Wrong(name, scene.what,
                got=f"{_show(apart[0])}, of width {got[0]:g} and height {got[1]:g}",
                expected=f"width {wanted[0]} and height {wanted[1]}: this box is far from the "
                         "border", cause=cause)


def _why_apart(boxes: np.ndarray, by_edge: np.ndarray, scene: Scene) -> tuple[str, str]:
    if (boxes[:, 2:] == scene.size).all():
        return "box-as-width-height", ("the last two numbers are the box's size; they have to be "
                                       "its right and lower edge")
    if (by_edge[:, 2:] == 0).all() or (by_edge[:, :2] == 0).all():
        return "one-corner-only", ("one corner moves and the other stays, so the box changes its "
                                   "size: add the same offset to left and right")
    if np.isin(boxes[:, 2], (scene.image[1], scene.image[1] - 1)).all():
        return "image-size-swapped", ("the box is cut off at the wrong place: imsize is "
                                      "(width, height), and x ends at the width")
    if (by_edge[:, 0] == by_edge[:, 1]).all() and (by_edge[:, 2] == by_edge[:, 3]).all():
        return "each-corner-its-own-offset", ("both corners have to move by the same: one offset "
                                              "for left and right, one for upper and lower")
    return "each-edge-its-own-offset", ("left and right move by different amounts, or upper and "
                                        "lower do: draw one offset in x for both, one in y")


def _judge_distance(moves: np.ndarray, boxes: np.ndarray, scene: Scene) -> None:
    for axis, move in enumerate("xy"):
        if (moves[:, axis] == 0).all():
            raise Wrong("one-axis-only", scene.what, got=f"{N_MOVES} moves, none of them in {move}",
                        expected="a move in x and one in y",
                        cause=f"the box moves along one axis alone: draw an offset in {move}, too")
    farthest, reached = scene.farthest, np.abs(moves).max(axis=0)
    if (reached > farthest).any():
        name, cause = _why_far(reached, scene)
        raise Wrong(name, scene.what,
                    got=f"moves of up to {reached[0]:g} in x and {reached[1]:g} in y",
                    expected=f"at most {farthest[0]} in x and {farthest[1]} in y, which is not "
                             "above 20 %", cause=cause)
    for axis, move in enumerate("xy"):
        still = np.count_nonzero(moves[:, axis] == 0)
        if still:
            first = boxes[np.argmax(moves[:, axis] == 0)]
            raise Wrong("offset-zero", scene.what, got=f"{_show(first)}; in {still} of {N_MOVES} "
                        f"calls the box does not move in {move}", expected="at least 1 pixel in "
                        "both", cause="0 is among the offsets that are drawn. A box that has not "
                        "moved is the person, and would be learned as none: draw how far, 1 or "
                        "more, and to which side")


def _why_far(reached: np.ndarray, scene: Scene) -> tuple[str, str]:
    farthest = scene.farthest
    if (reached <= farthest + 1).all():
        return "rounded-up", ("20 % of this box is no whole number, and rounded up it is more than "
                              "20 %: int() rounds down")
    if (reached <= farthest[[1, 0]] + 1).all() or (
            (reached <= farthest[0] + 1).all() or (reached <= farthest[1] + 1).all()):
        return "share-of-the-other-side", (
            "in x the box moves by a share of its width, right - left; in y by a share of its "
            "height, lower - upper. Here one side's share is used for the other")
    edges = np.array(scene.box[2:]) // 5
    if (np.abs(reached - edges) <= 3).all():
        return "box-read-as-size", ("the last two numbers of the box are taken for its width and "
                                    "height; they are its right and lower edge")
    return "too-far", (
        "0.2 * (right - left) is the farthest in x, 0.2 * (lower - upper) in y; a box that "
        "is farther off is no hard example any more")


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


def _judge_corner(boxes: np.ndarray, scene: Scene) -> None:
    """A box in a corner of the image: cut off, or moved where there is room."""
    what, corner = scene.what, scene.box
    outside = _outside(boxes, scene.image)
    if len(outside):
        raise Wrong("leaves-the-image", what, got=_show(outside[0]),
                    expected=f"inside: left and upper from 0 on, right at most "
                             f"{scene.image[0]}, lower at most {scene.image[1]}",
                    cause="a box at the border moves out of the image. Cut it off at all four "
                          "sides: max(left, 0), min(right, width), and so on. (An index below 0 "
                          "means something else to NumPy)")
    still = np.count_nonzero((boxes == corner).all(axis=1))
    if still:
        raise Wrong("stays-at-the-border", what, got=f"the same box, in {still} of {len(boxes)} "
                    "calls", expected="another box",
                    cause="the box was pushed back to where it came from, and the person would be "
                          "learned as none. Cut off what sticks out, or draw again")
    for axis, end in enumerate(scene.image):
        low, high = corner[axis], corner[axis + 2]
        possible = _possible(low, high, end, int(scene.farthest[axis]))
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


def _a_pixel_short(boxes: np.ndarray, scene: Scene) -> bool:
    """Whether boxes at the right border are cut off at the last pixel, not at the last edge."""
    cut_off = _sizes(boxes)[:, 0] < scene.size[0]
    return bool(cut_off.any() and boxes[:, 2].max() == scene.image[0] - 1)


# -- c) the sliding window -------------------------------------------------------------------------

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


def _resize(window: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """As `get_resized_patch` does it; the size is (width, height)."""
    from PIL import Image

    if 0 in window.shape:  # on which versions of Pillow differ
        return np.zeros((size[1], size[0], 3), np.uint8)
    return np.array(Image.fromarray(np.ascontiguousarray(window)).resize(size))


def _describe(patch: np.ndarray) -> np.ndarray:
    return hog(patch, 8, (16, 16), (1, 1), channel_axis=-1)


def _positions(extent: int, window: int, stride: int) -> range:
    return range(0, extent - window + 1, stride)


def _grid(lefts: range, uppers: range) -> set[tuple[float, float]]:
    return {(float(left), float(upper)) for left in lefts for upper in uppers}


class Case:
    """An image, and windows to be laid over it; all sizes are (width, height)."""

    def __init__(self, image_size: tuple[int, int], window_size: tuple[int, int],
                 patch_size: tuple[int, int], step: int, seed: int):
        self.image = _waves(*image_size[::-1], seed=seed)
        self.image_size, self.window_size = image_size, window_size
        self.patch_size, self.step = patch_size, step
        self.length = 8 * (patch_size[0] // 16) * (patch_size[1] // 16)
        self.what = (f"img_to_hog_patches(image of {image_size}, window_size={window_size}, "
                     f"patch_size={patch_size}, step_size={step})")

    def anchors(self) -> set[tuple[float, float]]:
        (width, height), (w, h) = self.image_size, self.window_size
        return _grid(_positions(width, w, self.step), _positions(height, h, self.step))

    def crop(self, left: float, upper: float) -> np.ndarray:
        left, upper, (w, h) = int(left), int(upper), self.window_size
        return self.image[upper:upper + h, left:left + w]

    def describe(self, window: np.ndarray) -> np.ndarray:
        """Of what a window shows, resized."""
        return _describe(_resize(window, self.patch_size))


def _draw_cases(rng: np.random.Generator) -> list[Case]:
    """First an image that is nearly square, where x and y taken for each other still give something
    to look at, and where the last windows end at the border. Then one where none does, and where
    nothing is to be resized.
    """
    # 2 step < w: with x and y exchanged, too, each crop holds something (old Pillow needs that).
    step, w = int(rng.integers(14, 17)), int(rng.integers(33, 38))
    h = w + 2 * step + int(rng.integers(1, step))
    seeds = rng.integers(1000, size=2).tolist()
    return [Case((w + 8 * step, h + 4 * step), (w, h),
                 [(64, 96), (80, 112)][int(rng.integers(2))], step, seeds[0]),
            Case((100, 175), (48, 112), (48, 112), int(rng.integers(15, 19)), seeds[1])]


def check_windows(answer: Answer) -> None:
    from PIL import Image

    resized_otherwise = short = False
    for case in _draw_cases(np.random.default_rng()):
        image = Image.fromarray(case.image)
        with answer.noting(image_to_hog_patches):
            result = answer.call("img_to_hog_patches", image, np.array(case.window_size),
                                 case.patch_size, case.step)
        if image.size != case.image_size or (np.array(image) != case.image).any():
            raise Wrong("given-image-changed", case.what, got="another image than was given",
                        expected="the image as it was", cause="crop and resize make new images; "
                        "what is drawn or pasted into the given one stays for whoever calls")
        fds, anchors = _two_results(result, case)
        anchors, left_out = _judge_anchors(anchors, case)
        fds = _judge_rows(fds, anchors, case)
        resized_otherwise |= _judge_descriptors(fds, anchors, case)
        short |= left_out
    if short:
        answer.notes.append("the last windows, which touch the right or lower border, are left "
                            "out: range(0, W - w, step) ends before W - w. A person who stands "
                            "there is missed")
    if resized_otherwise:
        answer.notes.append("the windows are resized in another way than by get_resized_patch. "
                            "That works; best is how the patches to learn from were resized")


def _two_results(result, case: Case) -> tuple:
    expected = f"two results: fds (P, {case.length}) and anchors (P, 2)"
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


def _judge_anchors(anchors, case: Case) -> tuple[np.ndarray, bool]:
    """As an array, and whether the last windows are left out, which the course allows."""
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
    (width, height), (w, h), step = case.image_size, case.window_size, case.step
    inner = _grid(range(0, width - w, step), range(0, height - h, step))
    if set(rows) != right and not inner <= set(rows) <= right:
        name, cause = _why_anchors(set(rows), right, case)
        lacking, extra = sorted(right - set(rows)), sorted(set(rows) - right)
        raise Wrong(name, f"anchors of {case.what}", got=f"{len(rows)} windows"
                    + (f", among them (left, upper) = {_anchor(extra[0])}" if extra else ""),
                    expected=f"{len(right)} windows"
                    + (f", among them {_anchor(lacking[-1])}" if lacking else ""), cause=cause)
    if len(rows) != len(set(rows)):
        raise Wrong("windows-twice", f"anchors of {case.what}", got=f"{len(rows)} windows, some of "
                    "them more than once", expected=f"{len(right)} different ones",
                    cause="is something appended twice in the loops?")
    return anchors, set(rows) != right


def _anchor(anchor: tuple[float, float]) -> str:
    return f"({anchor[0]:g}, {anchor[1]:g})"


def _why_anchors(got: set, right: set, case: Case) -> tuple[str, str]:
    (width, height), (w, h), stride = case.image_size, case.window_size, case.step
    middle = {(left + w / 2, upper + h / 2) for left, upper in right}
    if got == {(upper, left) for left, upper in right}:
        return "anchors-y-x", "an anchor is (left, upper), x first; these are (upper, left)"
    if got == {(left / stride, upper / stride) for left, upper in right}:
        return "anchors-counted", "these count windows; anchors are in pixels: times step_size"
    if got in (middle, {(left // 1, upper // 1) for left, upper in middle}):
        return "anchors-in-the-middle", "an anchor is the upper left corner, not the middle"
    if got == {(left + w, upper + h) for left, upper in right}:
        return "anchors-at-the-end", "an anchor is the upper left corner, not the lower right one"
    if got in (_grid(_positions(width, w, 1), _positions(height, h, 1)),
               _grid(_positions(width, w, w), _positions(height, h, h))):
        return "stride-ignored", "windows lie `step_size` pixels apart, to the right and downwards"
    patch = case.patch_size
    if got == _grid(_positions(width, patch[0], stride), _positions(height, patch[1], stride)):
        return "patch-size-for-window-size", ("window_size says what is cut out, patch_size to "
                                              "what it is resized")
    if got == _grid(_positions(width, h, stride), _positions(height, w, stride)):
        return "window-size-swapped", "window_size is (width, height): the width belongs to x"
    if got == _grid(_positions(height, w, stride), _positions(width, h, stride)):
        return "image-size-swapped", ("img.size is (width, height), and the shape of an array "
                                      "(height, width, channels)")
    if got == {min(right)} or got == {max(right)}:
        return "return-inside-the-loop", ("only one window is left: does the return stand inside "
                                          "of a loop? Or are the lists made anew in it?")
    if len(got) < len(right) and got < right and (len({y for _, y in got}) == 1 or
                                                  len({x for x, _ in got}) == 1):
        return "return-inside-the-loop", ("only one row or column of windows is left: does the "
                                          "return stand inside of a loop? Or are the lists made "
                                          "anew in it?")
    if any(left < 0 or upper < 0 or left > width - w or upper > height - h for left, upper in got):
        return "windows-leave-the-image", (
            "some windows are not wholly inside the image, and show less than the others: left "
            "goes up to W - w, and only in steps of step_size")
    return "other", ("left is 0, step_size, 2 step_size, ... as long as left + w <= W; upper "
                     "likewise")


def _judge_rows(descriptors, anchors: np.ndarray, case: Case) -> np.ndarray:
    """Descriptors as an array (P, d), a row for each window."""
    what = f"descriptors of {case.what}"
    if isinstance(descriptors, np.ndarray) and descriptors.dtype == object \
            and descriptors.ndim == 1:
        raise Wrong("object-array", what, got=f"an array of {len(descriptors)} objects",
                    expected=f"numbers, shape ({len(anchors)}, {case.length})",
                    cause="classifiers need numbers in rows and columns: np.stack(list of "
                          "descriptors), which also says so if they are not of equal length")
    array = to_array(descriptors, what)
    right = len(anchors), case.length
    if array.shape == right:
        return array
    raw = _describe(case.crop(0, 0)).size
    name, cause = "other", "one row for each window, with the numbers that get_hog gives"
    if array.shape == right[::-1]:
        name, cause = "descriptors-transposed", "each window needs a row; here it has a column"
    elif array.size == len(anchors) * case.length:
        name, cause = "not-in-rows", ("the right number of numbers, in another shape: a row of "
                                      f"{case.length} for each window: np.stack(fds)")
    elif array.ndim == 2 and array.shape == (len(anchors), raw):
        name, cause = "hog-before-resizing", (
            f"this describes the window as it is cut out, which gives {raw} numbers. The "
            "classifiers have learned from patches of one size: resize first, then describe")
    elif array.size == len(anchors) * 3 * case.patch_size[0] * case.patch_size[1]:
        name, cause = "pixels-for-hog", "these are the pixels of the patches: describe them"
    elif array.ndim == 2 and len(array) == len(anchors) and array.shape[1] == case.describe(
            case.crop(0, 0)).size // 8 * 9:
        name, cause = "other-orientations", "9 directions are counted; get_hog counts 8"
    elif array.shape == (case.length,):
        name, cause = "last-window-only", "this is one descriptor: collect those of all windows"
    raise Wrong(name, what, got=f"shape {array.shape}", expected=f"shape {right}", cause=cause)


def _judge_descriptors(got: np.ndarray, anchors: np.ndarray, case: Case) -> bool:
    """Hold each window's against HOG of that window; True if it was resized in another way."""
    def all_of(describe: Callable[[int, int], np.ndarray]) -> np.ndarray:
        return np.stack([describe(int(left), int(upper)) for left, upper in anchors])

    right = all_of(lambda left, upper: case.describe(case.crop(left, upper)))
    off = _distances(got, right).diagonal().max()
    if off < SAME:
        return False
    name, cause = _why_descriptors(got, right, all_of, case)
    if name == "other" and off < NEAR and case.patch_size != case.window_size:
        return True
    texts = difference(got, right, 0, 1e-4)
    raise Wrong(name, f"descriptors of {case.what}", got=texts[0], expected=texts[1], cause=cause)


def _distances(got: np.ndarray, right: np.ndarray) -> np.ndarray:
    """How far each descriptor is from each of the right ones, in lengths of the latter."""
    return (np.linalg.norm(got[:, None] - right, axis=-1) / np.linalg.norm(right, axis=-1))


def _why_descriptors(got: np.ndarray, right: np.ndarray, all_of: Callable, case: Case
                     ) -> tuple[str, str]:
    image, (w, h) = case.image, case.window_size
    whole = case.describe(image)
    for name, describe, cause in [
            ("hog-of-the-whole-image", lambda left, upper: whole,
             "every window has the descriptor of the whole image: cut the window out first"),
            ("x-and-y-swapped-in-the-crop",
             lambda left, upper: case.describe(image[left:left + w, upper:upper + h]),
             "rows come first: image[upper:lower, left:right], not image[left:right, upper:lower]"),
            ("x-and-y-swapped-in-the-crop",
             lambda left, upper: case.describe(image[left:left + h, upper:upper + w]),
             "an image's first index is y: image[upper:lower, left:right]; here left and upper "
             "have changed places"),
            ("width-and-height-swapped-in-the-crop",
             lambda left, upper: case.describe(image[upper:upper + w, left:left + h]),
             "the window is as wide as it should be high: lower = upper + height"),
            ("one-pixel-off",
             lambda left, upper: case.describe(image[upper:upper + h - 1, left:left + w - 1]),
             "the last row and column are lost: a slice leaves out its end already, so that "
             "image[upper:upper + height, left:left + width] is the window"),
            ("resized-lying-down",
             lambda left, upper: _describe(_resize(case.crop(left, upper), case.patch_size[::-1])),
             "the patches lie on their side: patch_size is (width, height), as Pillow's resize "
             "takes it"),
            ("resized-from-rows",
             lambda left, upper: _describe(np.resize(
                 case.crop(left, upper), (*case.patch_size[::-1], 3))),
             "np.resize repeats the numbers, and makes no smaller or larger picture of them"),
            ("transposed-patch",
             lambda left, upper: _describe(_resize(
                 case.crop(left, upper), case.patch_size[::-1]).transpose(1, 0, 2)),
             "the patch is transposed: x and y have changed places"),
            ("transposed-patch",
             lambda left, upper: case.describe(case.crop(left, upper).transpose(1, 0, 2)),
             "the window is transposed: x and y have changed places")]:
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
    return "other", "get_resized_patch, then get_hog, for each window"


# -- the tasks -------------------------------------------------------------------------------------

TASKS = [
    Task("2.2a", "Random boxes", check_random_box, hints=(
        "The size is given, so the place alone is left to chance. Which values may left have, if "
        "the box is to end inside the image? There are W - w + 1 of them.",
        "left is any of 0, 1, ..., W - w and upper any of 0, 1, ..., H - h, all equally likely; "
        "right = left + w, lower = upper + h. random.randint(a, b) may give b, "
        "np.random.randint(a, b) never does.",
        "    width, height = boxsize\n"
        "    left = random.randint(0, imsize[0] - width)\n"
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
        "    left, right = max(left + dx, 0), min(right + dx, imsize[0])\n"
        "    ..."),
        read="minicv/person_detector/patches.py, offset_box"),
    Task("2.2c", "The sliding window", check_windows, hints=(
        "Two loops, over upper and left. In them: cut out, resize, describe, and note the corner "
        "beside the descriptor.",
        "left = 0, s, 2s, ... as long as left + w <= W, so it is in\n"
        "    range(0, W - w + 1, s)\n"
        "and upper likewise. The window there is (left, upper, left + w, upper + h).",
        "    w, h = window_size\n"
        "    for upper in range(0, img.size[1] - h + 1, step_size):\n"
        "        for left in range(...):\n"
        "            box = (left, upper, left + w, upper + h)\n"
        "            fds.append(get_hog(get_resized_patch(img, box, patch_size)))\n"
        "            anchors.append(...)\n"
        "    return np.stack(fds), np.array(anchors)"),
        read="minicv/person_detector/sliding_window.py, image_to_hog_patches"),
]
