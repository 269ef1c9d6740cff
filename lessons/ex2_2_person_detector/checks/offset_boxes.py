"""2.2b: how a box has moved, far inside an image and in its corners."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lessons.engine import Answer, Wrong
from lessons.ex2_2_person_detector.checks.boxes import (
    draw_box,
    outside,
    show_box,
    sizes_of,
    whole_pixels,
)
from minicv.person_detector import offset_box

N_MOVES = 1000

# Without a relation, the correlation of 1,000 pairs has a standard deviation of 0.03.
RELATED = 0.5

# With equally likely sides, one of them comes in less than 300 of 1,000 draws once in 1e36 checks.
# A range with one end left out, -3 to 2 without 0, has 400 on its rarer side: less than 300 come
# once in 1e10 checks.
RARER_SIDE = 0.3

# At most 20 % are asked for, so fewer are right as well; but who never goes beyond this share of it
# may have meant another number. If all distances are equally likely, with the farthest or without
# it, at least a fifth of the moves goes beyond: none of 1,000 does once in 1e96 checks.
NEAR_BY = 0.6


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
        for side, near_by in zip(("width", "height"),
                                 np.abs(moves).max(axis=0) <= NEAR_BY * scene.farthest):
            if near_by:
                answer.notes.append(f"none of {N_MOVES} moves is above {NEAR_BY * 20:g} % of the "
                                    f"{side}. Right, for 20 % is the farthest; but was it meant?")
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
        moved.append(draw_box(answer, "add_offset_to_box", given, scene.image))
        if tuple(given.tolist()) != scene.box:
            raise Wrong("given-box-changed", scene.what,
                        got=f"the box that was given has become {given.tolist()}",
                        expected=f"it is still {list(scene.box)}",
                        cause="+= on an array, or on its entries, changes the array of whoever "
                              "calls, here the person's own box. Make a new one: np.array(box), "
                              "or box + ...")
    return whole_pixels(moved, "add_offset_to_box")


def _moves(boxes: np.ndarray, scene: Scene) -> np.ndarray:
    """How far each has moved, (N, 2); for a person in the middle, where nothing is cut off."""
    if (boxes == boxes[0]).all():
        name, cause = "always-the-same", ("is there a draw in the function? A seed that is set "
                                          "inside of it begins anew at each call")
        if tuple(boxes[0]) == scene.box:
            name, cause = "offset-zero", "the box stays where it was"
        elif (boxes[0, 2:] <= scene.size).all():
            name, cause = "cut-off-at-the-size-of-the-box", (
                "the box is cut off at its own width and height; imsize is the size of the image")
        raise Wrong(name, scene.what, got=f"{show_box(boxes[0])} each time",
                    expected="another box by chance", cause=cause)
    by_edge = boxes - scene.box
    apart = boxes[(by_edge[:, :2] != by_edge[:, 2:]).any(axis=1)]
    if len(apart) == 0:
        return by_edge[:, :2]
    name, cause = next(((name, cause) for name, is_so, cause in _ways_apart(boxes, by_edge, scene)
                        if is_so), EACH_EDGE)
    got, wanted = sizes_of(apart)[0], scene.size
    raise Wrong(name, scene.what,
                got=f"{show_box(apart[0])}, of width {got[0]:g} and height {got[1]:g}",
                expected=f"width {wanted[0]} and height {wanted[1]}: this box is far from the "
                         "border", cause=cause)


EACH_EDGE = "each-edge-its-own-offset", ("left and right move by different amounts, or upper and "
                                         "lower do: draw one offset in x for both, one in y")


def _ways_apart(boxes: np.ndarray, by_edge: np.ndarray, scene: Scene
                ) -> Iterator[tuple[str, bool, str]]:
    """Name, whether all boxes are like that, and cause."""
    moved = boxes[:, [0, 2, 1, 3]] - scene.box  # if the order is left, right, upper, lower
    yield ("order-of-edges", bool((moved[:, :2] == moved[:, 2:]).all()),
           "this looks like (left, right, upper, lower); the order is (left, upper, right, lower)")
    swapped = boxes[:, [1, 0, 3, 2]] - scene.box
    yield ("y-before-x", bool((swapped[:, :2] == swapped[:, 2:]).all()),
           "x and y have changed places: a box is (left, upper, right, lower), with x first")
    yield ("box-as-width-height", bool((boxes[:, 2:] == scene.size).all()),
           "the last two numbers are the box's size; they have to be its right and lower edge")
    yield ("box-forgotten", bool((boxes[:, :2] <= scene.farthest).all()),
           "this is the offset, from the corner of the image: add it to where the box is")
    yield ("one-corner-only", bool((by_edge[:, 2:] == 0).all() or (by_edge[:, :2] == 0).all()),
           "one corner moves and the other stays, so the box changes its size: add the same offset "
           "to left and right")
    yield ("image-size-swapped",
           bool(np.isin(boxes[:, 2], (scene.image[1], scene.image[1] - 1)).all()),
           "the box is cut off at the wrong place: imsize is (width, height), and x ends at the "
           "width")
    yield ("edges-moved-apart", bool((by_edge[:, :2] == -by_edge[:, 2:]).all()),
           "the opposite edges move in opposite directions, so that the box grows or shrinks: add "
           "the same offset to both")
    yield ("each-corner-its-own-offset", bool((by_edge[:, 0] == by_edge[:, 1]).all()
                                              and (by_edge[:, 2] == by_edge[:, 3]).all()),
           "both corners have to move by the same: one offset for left and right, one for upper "
           "and lower")


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
            raise Wrong("offset-zero", scene.what, got=f"{show_box(first)}; in {still} of "
                        f"{N_MOVES} calls the box does not move in {move}", expected="at least 1 "
                        "pixel in both", cause="0 is among the offsets that are drawn. A box that "
                        "has not moved is the person, and would be learned as none: draw how far, "
                        "1 or more, and to which side")


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
    beyond = outside(boxes, scene.image)
    if len(beyond):
        raise Wrong("leaves-the-image", what, got=show_box(beyond[0]),
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
                raise Wrong("changed-at-the-border", what, got=show_box(box),
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
    cut_off = sizes_of(boxes)[:, 0] < scene.size[0]
    return bool(cut_off.any() and boxes[:, 2].max() == scene.image[0] - 1)
