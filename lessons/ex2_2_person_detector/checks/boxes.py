"""2.2a and b: the boxes that a learner's function draws."""

from __future__ import annotations

import numpy as np

from lessons.engine import Answer, Wrong
from lessons.engine.comparing import show, to_array

EDGES = "left, upper, right, lower"


def draw_box(answer: Answer, name: str, *arguments) -> np.ndarray:
    """The box (4,) that one call of a learner's function gives."""
    result = answer.call(name, *arguments)
    if result is None:
        raise Wrong("nothing-returned", f"{name}(...)", got="None", expected=EDGES,
                    cause="the function needs a return")
    box = to_array(result, f"{name}(...)")
    if box.shape != (4,):
        raise Wrong("not-a-box", f"{name}(...)", got=f"shape {box.shape}: {show(result)}",
                    expected=f"four numbers: {EDGES}",
                    cause="a box is one row of four numbers; this is something else")
    return box


def draw_boxes(answer: Answer, name: str, n_draws: int, *arguments) -> np.ndarray:
    """The boxes (n_draws, 4) that so many calls give, of whole pixels."""
    return whole_pixels([draw_box(answer, name, *arguments) for _ in range(n_draws)], name)


def whole_pixels(boxes: list[np.ndarray], name: str) -> np.ndarray:
    """These boxes as an array (N, 4); `Wrong` if one of them has a fraction."""
    boxes = np.stack(boxes)
    fractions = boxes[((boxes != np.rint(boxes)) | np.isinf(boxes)).any(axis=1)]
    if len(fractions):
        raise Wrong("not-whole-pixels", f"{name}(...)", got=show(fractions[0]),
                    expected="whole numbers",
                    cause="image[upper:lower, left:right] needs whole pixels: draw integers, as "
                          "with random.randint(first, last)")
    return boxes


def show_box(box: np.ndarray) -> str:
    """A box of whole pixels, without decimal points."""
    return show([int(edge) for edge in box])


def outside(boxes: np.ndarray, image_size: tuple[int, int]) -> np.ndarray:
    """The boxes that are not wholly inside the image, whose size is (width, height)."""
    width, height = image_size
    inside = (boxes >= 0).all(axis=1) & (boxes[:, 2] <= width) & (boxes[:, 3] <= height)
    return boxes[~inside]


def sizes_of(boxes: np.ndarray) -> np.ndarray:
    """(N, 2): width and height."""
    return boxes[:, 2:] - boxes[:, :2]
