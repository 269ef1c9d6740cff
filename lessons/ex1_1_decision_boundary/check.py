"""Exercise 1.1: decision boundaries, and what the usual mistakes make of them.

Right answers and mistakes alike are solved here for x2, from the weights of the sheet.
"""

from __future__ import annotations

import numpy as np

from lessons.engine import Answer, Mistake, Task

LAYERS = [(-2, 5, -1), (5, 10, -3)]  # w1, w2, b: those of b)

# -- a) a linear layer -----------------------------------------------------------------------------

CASES = [(0.5, -2.0, 5.0, -1.0), (-1.0, 5.0, 10.0, -3.0), (2.0, 3.0, -2.0, 2.0),
         (0.0, 1.0, 4.0, 0.5)]  # x1, w1, w2, b


def check_linear(answer: Answer) -> None:
    answer.expression("X2", CASES, ("x1", "w1", "w2", "b"),
                      lambda x1, w1, w2, b: -(w1 * x1 + b) / w2, mistakes=[
        Mistake("sign-lost", lambda x1, w1, w2, b: (w1 * x1 + b) / w2,
                "what moves to the other side of the equation changes its sign"),
        Mistake("sign-of-b", lambda x1, w1, w2, b: (-w1 * x1 + b) / w2,
                "b moves to the other side of the equation as well, and changes its sign"),
        Mistake("sign-of-w1", lambda x1, w1, w2, b: (w1 * x1 - b) / w2,
                "w1 x1 moves to the other side of the equation as well, and changes its sign"),
        Mistake("not-divided", lambda x1, w1, w2, b: -(w1 * x1 + b),
                "this is w2 x2; it has to be divided by w2"),
        Mistake("b-not-divided", lambda x1, w1, w2, b: -w1 / w2 * x1 - b,
                "b has to be divided by w2 as well"),
        Mistake("b-forgotten", lambda x1, w1, w2, b: -w1 / w2 * x1,
                "without b the line would always pass through the origin"),
        Mistake("weights-swapped", lambda x1, w1, w2, b: -(w2 * x1 + b) / w1,
                "w1 and w2 are swapped: w1 belongs to x1, and it is x2 that is wanted"),
        Mistake("parentheses-missing", lambda x1, w1, w2, b: -w1 * x1 - b / w2,
                "only the last term is divided by w2: put the sum in parentheses"),
        Mistake("parentheses-missing", lambda x1, w1, w2, b: -w1 * x1 + b / w2,
                "only the last term is divided by w2, and its sign is wrong: put the sum in "
                "parentheses"),
        Mistake("slope-alone", lambda x1, w1, w2, b: -w1 / w2,
                "this is the slope of the line; x1 and b belong to the formula as well"),
        *[Mistake("numbers-of-b", lambda x1, w1, w2, b, v=values: -(v[0] * x1 + v[2]) / v[1],
                  "this has the numbers of b) in it; here the letters are wanted")
          for values in LAYERS],
        Mistake("value-of-the-layer", lambda x1, w1, w2, b: w1 * x1 + b,
                "this is a part of the layer's value; the boundary is where all of it is zero"),
    ])


# -- b) two of them --------------------------------------------------------------------------------



def _both(line) -> list[float]:
    """Slope and intercept of both layers, by a function (w1, w2, b) -> (slope, intercept)."""
    return [number for layer in LAYERS for number in line(*layer)]


def check_lines(answer: Answer) -> None:
    answer.numbers(["SLOPE_I", "INTERCEPT_I", "SLOPE_II", "INTERCEPT_II"],
                   _both(lambda w1, w2, b: (-w1 / w2, -b / w2)), mistakes=[
        Mistake("signs-lost", _both(lambda w1, w2, b: (w1 / w2, b / w2)),
                "what moves to the other side of the equation changes its sign"),
        Mistake("sign-of-the-slope", _both(lambda w1, w2, b: (w1 / w2, -b / w2)),
                "w1 x1 moves to the other side of the equation, and changes its sign"),
        Mistake("sign-of-the-intercept", _both(lambda w1, w2, b: (-w1 / w2, b / w2)),
                "b moves to the other side of the equation, and changes its sign"),
        Mistake("solved-for-x1", _both(lambda w1, w2, b: (-w2 / w1, -b / w1)),
                "this is the line as x1 = slope * x2 + intercept; x2 is wanted"),
        Mistake("not-divided", _both(lambda w1, w2, b: (-w1, -b)),
                "this is w2 x2; it has to be divided by w2"),
        Mistake("intercept-not-divided", _both(lambda w1, w2, b: (-w1 / w2, -b)),
                "b has to be divided by w2 as well"),
        Mistake("lines-exchanged", [-0.5, 0.3, 0.4, 0.2],
                "i) and ii) have changed places"),
        Mistake("slope-and-intercept-exchanged", [0.2, 0.4, 0.3, -0.5],
                "slope and intercept have changed places: the slope stands before x1"),
        Mistake("whole-number-division", _both(lambda w1, w2, b: (-w1 // w2, -b // w2)),
                "// divides whole numbers and drops the rest: write /"),
        Mistake("meets-the-other-axis", _both(lambda w1, w2, b: (-w1 / w2, -b / w1)),
                "this is where the line meets the x1 axis; the intercept is x2 where x1 = 0"),
    ])


# -- c) a ReLU network -----------------------------------------------------------------------------

W1, B1 = np.array([[3.0, -2.0], [-1.0, 4.0]]), np.array([2.0, -3.0])
W2, B2 = np.array([1.0, -2.0]), -1.0


def boundary(w1: np.ndarray, b1: np.ndarray, w2: np.ndarray, b2: float) -> list[tuple]:
    """Bend, left and right piece of f = w2 max(0, w1 x + b1) + b2 = 0.

    For weights like the sheet's: unit 1 is on all along the boundary, unit 2 on its right only.
    """
    def line(units) -> tuple[float, float]:
        """Where a x + c = 0, the network's affine map if these units are on."""
        a, c = (w2 * units) @ w1, (w2 * units) @ b1 + b2
        return -a[0] / a[1], -c / a[1]

    left, right = line(np.array([1, 0])), line(np.array([1, 1]))
    x1 = (right[1] - left[1]) / (left[0] - right[0])
    return [(x1, left[0] * x1 + left[1]), left, right]


def check_network(answer: Answer) -> None:
    bend, left, right = boundary(W1, B1, W2, B2)
    answer.numbers(["BEND", "LEFT", "RIGHT"], [bend, left, right], mistakes=[
        Mistake("relu-forgotten", [None, right, right],
                "without the ReLU the boundary would be one straight line. To the left the second "
                "hidden unit is negative there: the ReLU makes it 0"),
        Mistake("left-and-right-swapped", [None, right, left],
                "the pieces are swapped: put a point of each into both hidden units, and see which "
                "are positive there"),
        Mistake("transposed", boundary(W1.T, B1, W2, B2),
                "this takes the columns of W1 for its rows: the first hidden unit is "
                "3 x1 - 2 x2 + 2"),
        Mistake("b2-forgotten", boundary(W1, B1, W2, 0.0),
                "this leaves out b2 = -1: the hidden units must make up for it where f is zero"),
        Mistake("sign-of-b2", boundary(W1, B1, W2, 1.0), "b2 is -1, not 1"),
        Mistake("sign-of-the-second-weight", boundary(W1, B1, np.array([1.0, 2.0]), B2),
                "the second hidden unit counts with weight -2, not 2"),
        Mistake("second-weight-forgotten", boundary(W1, B1, np.array([1.0, -1.0]), B2),
                "the second hidden unit counts with weight -2"),
        Mistake("where-both-units-are-zero", [tuple(np.linalg.solve(W1, -B1)), None, None],
                "there both hidden units are zero, and f = b2 = -1. The boundary bends where it "
                "meets the line on which one of the units becomes zero"),
        Mistake("coordinates-swapped", [bend[::-1], None, None],
                "these are (x2, x1); (x1, x2) is wanted"),
        Mistake("slope-and-intercept-swapped", [None, left[::-1], right[::-1]],
                "these are (intercept, slope); (slope, intercept) is wanted"),
    ])


TASKS = [
    Task("1.1a", "The boundary of a linear layer", check_linear, hints=(
        "The layer divides the plane in two: where it is above zero, and where it is below. In "
        "between it is zero.",
        "w1 x1 + w2 x2 + b = 0. Bring all but w2 x2 to the other side, then divide by w2.",
        "    w2 x2 = -w1 x1 - b\n"
        "    X2 = \"-(... + ...) / w2\""),
        read="minicv/decision_boundary/line.py, Line"),
    Task("1.1b", "Two boundaries to draw", check_lines, hints=(
        "Use the result of a) with these numbers, and read off what stands before x1 and what "
        "stands alone.",
        "x2 = -(w1 / w2) x1 - b / w2: the slope is -w1 / w2, the intercept -b / w2.",
        "i) -2 x1 + 5 x2 - 1 = 0, so 5 x2 = 2 x1 + 1.\n"
        "    SLOPE_I = ... / 5\n"
        "ii) 5 x1 + 10 x2 - 3 = 0, so 10 x2 = -5 x1 + 3."),
        read="minicv/decision_boundary/line.py, Line"),
    Task("1.1c", "The boundary of a ReLU network", check_network, hints=(
        "Each hidden unit is either on or off. Where you know which are on, the network is a "
        "single linear function, and its boundary a line as in a). Take the cases one by one.",
        "With h1 = 3 x1 - 2 x2 + 2 and h2 = -x1 + 4 x2 - 3:  f = h1 - 2 h2 - 1 where both are on, "
        "h1 - 1 where h1 alone is on, -2 h2 - 1 or -1 otherwise. Keep of each line only the part "
        "on which the units are as assumed; the parts meet where h2 = 0.",
        "h1 alone: 3 x1 - 2 x2 + 2 - 1 = 0; solve for x2, and put it into h2, which must not be "
        "positive there: that says up to which x1.\n"
        "both: 5 x1 - 10 x2 + 7 = 0.\n"
        "    LEFT = (3 / 2, ...)\n"
        "    BEND = (x1 where h2 = 0 on the left line, x2 there)"),
        read="minicv/decision_boundary/regions.py and minicv/decision_boundary/boundary.py"),
]
