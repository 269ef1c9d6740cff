"""Exercise 1.1: decision boundaries, and what the usual mistakes make of them.

Right answers and mistakes alike are solved here for x2, from the weights of the sheet.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np

from lessons.engine import Answer, Mistake, Task

LAYERS = [(-2, 5, -1), (5, 10, -3)]  # w1, w2, b: those of b)

# -- a) a linear layer -----------------------------------------------------------------------------

CASES = [(0.5, -2.0, 5.0, -1.0), (-1.0, 5.0, 10.0, -3.0), (2.0, 3.0, -2.0, 2.0),
         (0.0, 1.0, 4.0, 0.5)]  # x1, w1, w2, b


def right_x2(x1, w1, w2, b):
    return -(w1 * x1 + b) / w2


def _formulas() -> list[Mistake]:
    return [
        Mistake("b-not-divided", lambda x1, w1, w2, b: -w1 / w2 * x1 - b,
                "b has to be divided by w2 as well"),
        Mistake("b-forgotten", lambda x1, w1, w2, b: -w1 / w2 * x1,
                "without b the line would always pass through the origin"),
        *[Mistake("w1-forgotten", lambda x1, w1, w2, b, s=sign: s * (x1 + b) / w2,
                  "x1 stands without its factor w1") for sign in (-1, 1)],
        Mistake("x1-forgotten", lambda x1, w1, w2, b: -(w1 + b) / w2,
                "w1 stands without x1: this does not depend on where one is on the line"),
        Mistake("weights-swapped", lambda x1, w1, w2, b: -(w2 * x1 + b) / w1,
                "w1 and w2 are swapped: w1 belongs to x1, and it is x2 that is wanted"),
        Mistake("slope-inverted", lambda x1, w1, w2, b: -w2 / w1 * x1 - b / w2,
                "the slope is upside down: w1 x1 is divided by w2"),
        Mistake("parentheses-missing", lambda x1, w1, w2, b: -w1 * x1 - b / w2,
                "only the last term is divided by w2: put the sum in parentheses"),
        Mistake("parentheses-missing", lambda x1, w1, w2, b: -w1 * x1 + b / w2,
                "only the last term is divided by w2, and its sign is wrong: put the sum in "
                "parentheses"),
        Mistake("slope-alone", lambda x1, w1, w2, b: -w1 / w2,
                "this is the slope of the line; x1 and b belong to the formula as well"),
        Mistake("intercept-alone", lambda x1, w1, w2, b: -b / w2,
                "this is x2 where x1 = 0; elsewhere x1 counts as well"),
        *[Mistake("numbers-of-b", lambda x1, w1, w2, b, v=values: -(v[0] * x1 + v[2]) / v[1],
                  "this has the numbers of b) in it; here the letters are wanted")
          for values in LAYERS],
        Mistake("value-of-the-layer", lambda x1, w1, w2, b: w1 * x1 + b,
                "this is a part of the layer's value; the boundary is where all of it is zero"),
        Mistake("whole-number-division", lambda x1, w1, w2, b: -(w1 * x1 + b) // w2,
                "// divides and drops the rest: write /"),
        *_with_signs_and_divisors(),
        *[Mistake("letters-in-another-order", lambda *case, order=order: right_x2(
            *[case[i] for i in order]),
            "two letters have changed places, or a function has its arguments in another order "
            "than x1, w1, w2, b") for order in itertools.permutations(range(4))],
    ]


DIVISORS = [
    ("", lambda total, w1, w2: total / w2, ""),
    ("not-divided", lambda total, w1, w2: total,
     "this is not divided by w2, the factor of x2"),
    ("divided-by-w1", lambda total, w1, w2: total / w1,
     "this is divided by w1; x2 has the factor w2"),
    ("multiplied-by-w2", lambda total, w1, w2: total * w2,
     "this is multiplied by w2: to get rid of a factor, divide by it"),
    ("w2-subtracted", lambda total, w1, w2: total - w2,
     "w2 is subtracted; it is a factor of x2, so divide by it"),
    ("divided-by-the-length", lambda total, w1, w2: total / np.hypot(w1, w2),
     "this is divided by the length of W, as for a distance from the line; x2 has the factor w2"),
]


def _with_signs_and_divisors() -> Iterator[Mistake]:
    """s w1 x1 + t b by some divisor: all but the right one."""
    for (divisor, divide, cause), s, t in itertools.product(DIVISORS, (-1, 1), (-1, 1)):
        sign = {(-1, -1): "", (1, 1): "sign-lost", (-1, 1): "sign-of-b",
                (1, -1): "sign-of-w1"}[s, t]
        what = {"": "", "sign-lost": "what", "sign-of-b": "b", "sign-of-w1": "w1 x1"}[sign]
        texts = [cause, sign and f"{what} moves to the other side of the equation, and changes "
                 "its sign" if sign != "sign-lost" else
                 "what moves to the other side of the equation changes its sign"]
        if divisor or sign:
            yield Mistake(divisor or sign, lambda x1, w1, w2, b, d=divide, s=s, t=t: d(
                s * w1 * x1 + t * b, w1, w2), ". And: ".join(filter(None, texts)))


def check_linear(answer: Answer) -> None:
    answer.expression("X2", CASES, ("x1", "w1", "w2", "b"), right_x2, mistakes=_formulas())


# -- b) two of them --------------------------------------------------------------------------------



NAMES_OF_LINES = ["SLOPE_I", "INTERCEPT_I", "SLOPE_II", "INTERCEPT_II"]


def _both(line) -> list[float]:
    """Slope and intercept of both layers, by a function (w1, w2, b) -> (slope, intercept)."""
    return [number for layer in LAYERS for number in line(*layer)]


def _line_mistakes() -> list[Mistake]:
    def slope_and_intercept(name: str, line: Callable, cause: str) -> Mistake:
        return Mistake(name, _both(line), cause)

    def slope(name: str, of: Callable, cause: str) -> Mistake:
        return Mistake(name, _both(lambda w1, w2, b: (of(w1, w2, b), None)), cause)

    def intercept(name: str, of: Callable, cause: str) -> Mistake:
        return Mistake(name, _both(lambda w1, w2, b: (None, of(w1, w2, b))), cause)

    return [
        slope_and_intercept("signs-lost", lambda w1, w2, b: (w1 / w2, b / w2),
                            "what moves to the other side of the equation changes its sign"),
        slope_and_intercept("sign-of-the-slope", lambda w1, w2, b: (w1 / w2, -b / w2),
                            "w1 x1 moves to the other side of the equation, and changes its sign"),
        slope_and_intercept("sign-of-the-intercept", lambda w1, w2, b: (-w1 / w2, b / w2),
                            "b moves to the other side of the equation, and changes its sign"),
        slope_and_intercept("solved-for-x1", lambda w1, w2, b: (-w2 / w1, -b / w1),
                            "this is the line as x1 = slope * x2 + intercept; x2 is wanted"),
        slope_and_intercept("not-divided", lambda w1, w2, b: (-w1, -b),
                            "this is w2 x2; it has to be divided by w2"),
        slope_and_intercept("weights-as-they-are", lambda w1, w2, b: (w1, b),
                            "these are w1 and b themselves: bring them to the other side, and "
                            "divide by w2"),
        intercept("intercept-not-divided", lambda w1, w2, b: -b,
                  "b has to be divided by w2 as well"),
        intercept("intercept-not-divided", lambda w1, w2, b: b,
                  "this is b itself; it changes its sign, and is divided by w2"),
        Mistake("lines-exchanged", [-0.5, 0.3, 0.4, 0.2], "i) and ii) have changed places"),
        Mistake("slope-and-intercept-exchanged", [0.2, 0.4, 0.3, -0.5],
                "slope and intercept have changed places: the slope stands before x1"),
        slope_and_intercept("whole-number-division", lambda w1, w2, b: (-w1 // w2, -b // w2),
                            "// divides whole numbers and drops the rest: write /"),
        intercept("meets-the-other-axis", lambda w1, w2, b: -b / w1,
                  "this is divided by w1, and tells where the line meets the x1 axis; the "
                  "intercept is x2 where x1 = 0"),
        slope_and_intercept("divided-by-w1", lambda w1, w2, b: (-1.0, -b / w1),
                            "this is divided by w1; x2 has the factor w2"),
        slope("slope-of-the-normal", lambda w1, w2, b: w2 / w1,
              "this is the slope of W itself, which is perpendicular to the line"),
        slope("slope-as-an-angle", lambda w1, w2, b: np.degrees(np.arctan(-w1 / w2)),
              "this is the angle in degrees; the slope is its tangent, rise over run"),
        slope("slope-as-an-angle", lambda w1, w2, b: np.arctan(-w1 / w2),
              "this is the angle in radians; the slope is its tangent, rise over run"),
        *[intercept("distance-from-the-origin", lambda w1, w2, b, s=sign: s * b / np.hypot(w1, w2),
                    "this is b by the length of W, the distance from the origin; the intercept is "
                    "x2 where x1 = 0") for sign in (-1, 1)],
    ]


def check_lines(answer: Answer) -> None:
    answer.numbers(NAMES_OF_LINES, _both(lambda w1, w2, b: (-w1 / w2, -b / w2)),
                   mistakes=_line_mistakes())


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


def _unit(i: int) -> tuple[float, float]:
    """The line on which a hidden unit is zero."""
    return -W1[i, 0] / W1[i, 1], -B1[i] / W1[i, 1]


def _network_mistakes() -> list[Mistake]:
    bend, left, right = boundary(W1, B1, W2, B2)
    both_zero = tuple(np.linalg.solve(W1, -B1))
    second_alone = boundary(W1[::-1], B1[::-1], W2[::-1], B2)[1]

    def of_pieces(name: str, of: Callable, cause: str) -> Mistake:
        """A mistake in each piece, by a function of its slope and intercept."""
        return Mistake(name, [None, of(*left), of(*right)], cause)

    return [
        Mistake("relu-forgotten", [None, right, right],
                "without the ReLU the boundary would be one straight line. To the left the second "
                "hidden unit is negative there: the ReLU makes it 0"),
        Mistake("left-and-right-swapped", [None, right, left],
                "the pieces are swapped: put a point of each into both hidden units, and see which "
                "are positive there"),
        *[Mistake(name, boundary(*weights), cause) for name, weights, cause in [
            ("transposed", (W1.T, B1, W2, B2),
             "this takes the columns of W1 for its rows: the first hidden unit is "
             "3 x1 - 2 x2 + 2"),
            ("b2-forgotten", (W1, B1, W2, 0.0),
             "this leaves out b2 = -1: the hidden units must make up for it where f is zero"),
            ("sign-of-b2", (W1, B1, W2, 1.0), "b2 is -1, not 1"),
            ("b1-forgotten", (W1, 0 * B1, W2, B2),
             "this leaves out b1 = (2, -3): each hidden unit has its own"),
            ("first-of-b1-forgotten", (W1, B1 * [0, 1], W2, B2),
             "this leaves out the 2 of b1: the first hidden unit has a bias as well"),
            ("second-of-b1-forgotten", (W1, B1 * [1, 0], W2, B2),
             "this leaves out the -3 of b1: the second hidden unit has a bias as well"),
            ("sign-of-b1", (W1, -B1, W2, B2), "b1 is (2, -3), not (-2, 3)"),
            ("sign-of-b1", (W1, B1 * [1, -1], W2, B2), "b1 is (2, -3), not (2, 3)"),
            ("sign-of-b1", (W1, B1 * [-1, 1], W2, B2), "b1 is (2, -3), not (-2, -3)"),
            ("sign-of-the-second-weight", (W1, B1, W2 * [1, -1], B2),
             "the second hidden unit counts with weight -2, not 2"),
            ("second-weight-forgotten", (W1, B1, np.array([1.0, -1.0]), B2),
             "the second hidden unit counts with weight -2"),
            ("second-layer-swapped", (W1, B1, W2[::-1], B2),
             "W2 is (1, -2): the first hidden unit counts with 1, the second with -2"),
        ]],
        Mistake("lines-of-the-units", [both_zero, _unit(0), _unit(1)],
                "these are the lines on which one hidden unit is zero; the boundary is where all "
                "of f is zero"),
        Mistake("lines-of-the-units", [None, None, _unit(1)],
                "on this line the second hidden unit is zero: there the boundary bends. To the "
                "right both units count"),
        Mistake("where-both-units-are-zero", [both_zero, None, None],
                "there both hidden units are zero, and f = b2 = -1. The boundary bends where it "
                "meets the line on which one of the units becomes zero"),
        Mistake("second-unit-alone", [None, second_alone, None],
                "this is the second hidden unit alone; to the left it is negative, which the ReLU "
                "makes 0, and the first one counts"),
        Mistake("coordinates-swapped", [bend[::-1], None, None],
                "these are (x2, x1); (x1, x2) is wanted"),
        of_pieces("slope-and-intercept-swapped", lambda slope, intercept: (intercept, slope),
                  "these are (intercept, slope); (slope, intercept) is wanted"),
        of_pieces("sign-of-the-slope", lambda slope, intercept: (-slope, intercept),
                  "the sign of the slope is wrong: the term with x1 moves to the other side"),
        of_pieces("sign-of-the-intercept", lambda slope, intercept: (slope, -intercept),
                  "the sign of the intercept is wrong: the number moves to the other side"),
        of_pieces("signs-lost", lambda slope, intercept: (-slope, -intercept),
                  "both signs are wrong: what moves to the other side of the equation changes its "
                  "sign"),
        Mistake("not-divided", [None, (3, 1), (5, 7)],
                "the line still has to be divided by the factor of x2"),
        of_pieces("solved-for-x1", lambda slope, intercept: (1 / slope, -intercept / slope),
                  "this is the line as x1 = slope * x2 + intercept; x2 is wanted"),
    ]


def check_network(answer: Answer) -> None:
    answer.numbers(["BEND", "LEFT", "RIGHT"], boundary(W1, B1, W2, B2),
                   mistakes=_network_mistakes(), otherwise={
        "BEND": Mistake("not-where-the-pieces-meet", None, "the boundary bends where both pieces "
                        "meet, and there h2 = 0: put this x1 into both lines"),
        "LEFT": Mistake("not-on-the-left", None, "to the left only the first hidden unit is on: "
                        "h1 - 1 = 0, solved for x2. See what a point of this line gives"),
        "RIGHT": Mistake("not-on-the-right", None, "to the right both hidden units are on: h1 - 2 "
                         "h2 - 1 = 0, solved for x2. See what a point of this line gives")})


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
        "In i) W = (-2, 5) and b = -1: -2 x1 + 5 x2 - 1 = 0. Leave 5 x2 alone on its side, and "
        "divide by 5:\n"
        "    SLOPE_I = ... / 5\n"
        "ii) likewise."),
        read="minicv/decision_boundary/line.py, Line"),
    Task("1.1c", "The boundary of a ReLU network", check_network, hints=(
        "Each hidden unit is either on or off. Where you know which are on, the network is a "
        "single linear function, and its boundary a line as in a). Take the cases one by one.",
        "With h1 = 3 x1 - 2 x2 + 2 and h2 = -x1 + 4 x2 - 3:  f = h1 - 2 h2 - 1 where both are on, "
        "h1 - 1 where h1 alone is on, -2 h2 - 1 or -1 otherwise. Keep of each line only the part "
        "on which the units are as assumed; the parts meet where h2 = 0.",
        "h1 alone: 3 x1 - 2 x2 + 2 - 1 = 0; solve for x2, and put it into h2, which must not be "
        "positive there: that says up to which x1.\n"
        "both: (3 x1 - 2 x2 + 2) - 2 (-x1 + 4 x2 - 3) - 1 = 0; solve for x2.\n"
        "    LEFT = (slope, intercept)\n"
        "    BEND = (x1 where h2 = 0 on the left line, x2 there)"),
        read="minicv/decision_boundary/regions.py and minicv/decision_boundary/boundary.py"),
]
