"""2.2a: what a box must be holds for every draw; whether chance is fair is told by statistics.

A fair answer fails these less than once in a million checks.
"""

from __future__ import annotations

import numpy as np

from lessons.engine import Answer, Wrong
from lessons.ex2_2_person_detector.checks.boxes import draw_boxes, outside, show_box, sizes_of
from minicv.person_detector import random_box

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
        draw_boxes(answer, "get_random_box", 1, box, small)
    boxes = draw_boxes(answer, "get_random_box", N_DRAWS, box, small)
    _judge_box(boxes, small, box)
    short = _judge_chance(boxes, small, box)
    for _ in range(3):
        box = int(rng.integers(15, 60)), int(rng.integers(60, 160))
        image = box[0] + int(rng.integers(2, 300)), box[1] + int(rng.integers(2, 100))
        _judge_box(draw_boxes(answer, "get_random_box", 50, box, image), image, box)
    if short:
        answer.notes.append("the box never touches the right or lower border: the last place is "
                            "left out (randint and range leave out their end). It is lost for a "
                            "box as large as the image, which has no other")


def _asked(image_size: tuple[int, int], box_size: tuple[int, int]) -> str:
    return f"get_random_box(boxsize={box_size}, imsize={image_size})"


def _judge_box(boxes: np.ndarray, image_size: tuple[int, int], box_size: tuple[int, int]) -> None:
    """Whether each box has the right size, and is inside the image."""
    width, height = box_size
    wrong = boxes[(sizes_of(boxes) != (width, height)).any(axis=1)]
    if len(wrong):
        name, cause = _why_size(boxes, image_size, box_size)
        right, lower = wrong[0, 2:] - wrong[0, :2]
        raise Wrong(name, _asked(image_size, box_size),
                    got=f"{show_box(wrong[0])}: right - left = {right:g}, lower - upper = "
                        f"{lower:g}",
                    expected=f"right - left = {width}, lower - upper = {height}", cause=cause)
    beyond = outside(boxes, image_size)
    if len(beyond):
        name, cause = "leaves-the-image", (
            "the place is drawn from too many: a box of width w that begins at W - w ends at the "
            "border already")
        if _is_around(boxes, box_size):
            name, cause = CENTRE
        elif boxes.min() < 0:
            cause = "left and upper must not be below 0"
        elif all(0 <= end - reached <= 1 for end, reached in zip(image_size[::-1],
                                                                 boxes[:, 2:].max(axis=0))):
            name, cause = "image-size-swapped", (
                "width and height of the image are swapped: a size is (width, height)")
        raise Wrong(name, _asked(image_size, box_size), got=show_box(beyond[0]),
                    expected=f"left and upper from 0 on, right at most {image_size[0]}, lower at "
                             f"most {image_size[1]}", cause=cause)


CENTRE = "centre-for-corner", ("the place that is drawn becomes the middle of the box, which "
                               "sticks out where that is near the border: draw left and upper")


def _is_around(boxes: np.ndarray, box_size: tuple[int, int]) -> bool:
    """Whether each box lies around the place that was drawn for it, from 0 on."""
    return bool((boxes[:, :2].min(axis=0) == -(np.array(box_size) // 2)).all())


def _why_size(boxes: np.ndarray, image_size: tuple[int, int], box_size: tuple[int, int]
              ) -> tuple[str, str]:
    width, height = box_size
    sizes = sizes_of(boxes)

    def all_are(got: np.ndarray, *values: int) -> bool:
        return bool((got == values).all())

    if _is_around(boxes, box_size):
        return CENTRE
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
    inside = len(outside(boxes, image_size)) == 0
    smaller = boxes[(sizes < (width, height)).any(axis=1)]
    at_border = (smaller[:, :2] == 0).any(axis=1) | (smaller[:, 2:] == image_size).any(axis=1)
    if inside and at_border.all() and (sizes <= (width, height)).all() and all_are(
            sizes.max(axis=0), width, height):
        return "cut-off-at-the-border", (
            "boxes that stick out of the image are cut off, and become smaller. Draw the place so "
            "that the whole box fits: left from 0 to W - w")
    if (np.ptp(sizes, axis=0) > 0).any():
        return "size-varies", ("the size changes from draw to draw; it is given, and only the "
                               "place is left to chance")
    return "other", f"the box is to have the size (width, height) = {box_size}, whatever its place"


def _judge_chance(boxes: np.ndarray, image_size: tuple[int, int],
                  box_size: tuple[int, int]) -> bool:
    """Whether all places of the small image come, and are equally likely.

    True if the last ones, which touch the border, are left out; the course allows that.
    """
    what = f"{N_DRAWS} calls of {_asked(image_size, box_size)}"
    if (boxes == boxes[0]).all():
        raise Wrong("always-the-same", what, got=f"{show_box(boxes[0])} each time",
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
