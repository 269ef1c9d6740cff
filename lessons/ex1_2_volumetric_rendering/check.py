"""Exercise 1.2: one ray of volumetric rendering, and what the usual mistakes make of it.

Everything is computed here at full precision from the weights of the sheet, mistakes included: each
is the right formula with one thing changed.

What makes this exercise special is a rounding. The intensity is 0.999933, and what the derivatives
need is how far it is from 1. Who carries on 0.9999, as on the sheet, has 1e-4 for 6.7e-5, and in
the end half as much again. That is right, too, and is told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lessons.engine import Answer, Mistake, Rounding, Task, Wrong
from lessons.engine.comparing import is_open, show, to_array

W_F, B_F = np.array([-3.0, 2.0]), 2.0
W_T, B_T = np.array([1.0, 4.0]), -1.0
TAU, I_TRUE = 0.5, 0.7
DIRECTION = np.full(2, np.sqrt(0.5))


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# -- a) the secant step ----------------------------------------------------------------------------


def secant(d0: float, d1: float, g0: float, g1: float) -> float:
    return d1 - g1 * (d1 - d0) / (g1 - g0)


def occupancy(d: float, direction: np.ndarray = DIRECTION, bias: float = B_F) -> float:
    return sigmoid(W_F @ (d * direction) + bias)


F0, F1 = occupancy(1), occupancy(2)
D = secant(1, 2, F0 - TAU, F1 - TAU)
P = D * DIRECTION


def _step_to(d: float) -> list:
    """Both values right, and then this distance, with its point."""
    return [F0, F1, d, d * DIRECTION]


def _step_with(f0: float, f1: float, direction: np.ndarray = DIRECTION) -> list:
    """The right step from other values."""
    d = secant(1, 2, f0 - TAU, f1 - TAU)
    return [f0, f1, d, d * direction]


def _secant_mistakes() -> list[Mistake]:
    z0, z1 = (W_F @ (d * DIRECTION) + B_F for d in (1, 2))
    ones = np.ones(2)
    g0, g1 = F0 - TAU, F1 - TAU
    ends_mixed = ("the step begins at d1 and uses g1, or begins at d0 and uses g0; here one end's "
                  "distance stands with the other end's value")
    return [
        Mistake("direction-not-normalised",
                _step_with(occupancy(1, ones), occupancy(2, ones), ones),
                "this walks along (1, 1), which is sqrt(2) long: p(d) = d (1/sqrt(2), 1/sqrt(2))"),
        Mistake("direction-forgotten", [F0, F1, D, D * ones],
                "this is D in both places; the point is D times the direction, and its entries are "
                "1/sqrt(2)"),
        Mistake("sigmoid-forgotten", [z0, z1, None, None],
                "this is W_F p + B_F; f is the sigmoid of it"),
        Mistake("sign-in-the-exponent", [1 - F0, 1 - F1, D, P],
                "this is sigma(-z), the probability of being outside: sigma(z) = 1 / (1 + "
                "exp(-z))"),
        Mistake("tau-subtracted", [g0, g1, D, P],
                "this is g = f - tau, which the secant step needs; here f itself is asked for"),
        Mistake("bias-forgotten", _step_with(occupancy(1, bias=0), occupancy(2, bias=0)),
                "B_F = 2 is left out"),
        Mistake("sign-of-the-bias", _step_with(occupancy(1, bias=-2), occupancy(2, bias=-2)),
                "B_F is 2, not -2"),
        Mistake("tau-forgotten", _step_to(secant(1, 2, F0, F1)),
                "this goes to where the line is 0; the surface is where f = tau, so the step is "
                "made with g = f - tau"),
        Mistake("sign-of-the-step", _step_to(2 + g1 / (g1 - g0)),
                "the step has the wrong sign: g1 is positive, the line falls, and so its zero is "
                "beyond d1"),
        Mistake("ends-mixed", _step_to(1 - g1 / (g1 - g0)), ends_mixed),
        Mistake("ends-mixed", _step_to(2 - g0 / (g1 - g0)), ends_mixed),
        Mistake("degrees-for-radians",
                _step_with(*(occupancy(d, np.array([np.cos(45), np.sin(45)])) for d in (1, 2)),
                           np.array([np.cos(45), np.sin(45)])),
                "cos and sin take radians: 45 degrees are pi / 4"),
        Mistake("direction-not-normalised",
                _step_with(occupancy(1, ones / 2), occupancy(2, ones / 2), ones / 2),
                "this walks along (1/2, 1/2), which is 1/sqrt(2) long; a direction has length 1"),
        Mistake("sign-of-the-weights",
                _step_with(occupancy(1, -DIRECTION), occupancy(2, -DIRECTION)),
                "-3 x + 2 y is -x for x = y, and not x: W_F is (-3, 2)"),
        Mistake("ends-exchanged", [F1, F0, D, P],
                "F_0 belongs to d0 = 1 and F_1 to d1 = 2; here they have changed places"),
        Mistake("direction-divided-by", [F0, F1, D, D / DIRECTION],
                "this is D times sqrt(2); the entries of the direction are 1/sqrt(2)"),
        Mistake("direction-halved", [F0, F1, D, D * ones / 2],
                "this is D / 2 in both places; the entries of the direction are 1/sqrt(2)"),
        Mistake("length-for-point", [F0, F1, D, D],
                "this is the distance; the point has two entries, D times the direction"),
        Mistake("between-the-ends", _step_to(1 + g0 / (g0 + g1)),
                "this goes in between, as if f - tau had different signs at both ends; both are "
                "positive, and the line falls on to tau beyond d1"),
        Mistake("between-the-ends", _step_to(1 + g1 / (g0 + g1)),
                "this goes in between, as if f - tau had different signs at both ends; both are "
                "positive, and the line falls on to tau beyond d1"),
        Mistake("step-without-the-start", _step_to(-g1 / (g1 - g0)),
                "this is the step alone; it begins at d1"),
        Mistake("slope-not-inverted", _step_to(2 - g1 * (g1 - g0)),
                "this multiplies g1 by g1 - g0; it is divided by it, as the slope is "
                "(g1 - g0) / (d1 - d0)"),
        Mistake("no-step", _step_to(2), "this is d1, where the step begins"),
        Mistake("middle-of-the-interval", _step_to(1.5),
                "this is one step of bisection; the secant method goes to where the straight line "
                "through both values meets tau"),
        # A second step from either end is within a share of 0.01 of the crossing itself.
        Mistake("more-than-one-step", _step_to(2 * np.sqrt(2)),
                "this is where the ray really meets the surface, or near it: where more steps "
                "lead (one is asked for), or the step was made with z instead of f - tau"),
    ]


# g1 / (g0 - g1) is so near 1 that its inverse differs in the third decimal alone. Both are told
# apart by digits: no careful rounding on the way gives the inverse.
INVERSES = [2 + 1 / ratio for ratio in (D - 2, 0.1424 / (0.2846 - 0.1424))]


def _judge_ratio(answer: Answer) -> None:
    distance = answer.get("D")
    if is_open(distance) or to_array(distance, "D").size != 1:
        return
    number = to_array(distance, "D").item()
    if any(abs(number - inverse) < 6e-5 or number == round(inverse, 3) for inverse in INVERSES):
        raise Wrong("ratio-inverted", "D", got=show(distance),
                    cause="this divides g1 - g0 by g1; the step is g1 (d1 - d0) / (g1 - g0). Both "
                          "are near 1 here by accident")


def check_secant(answer: Answer) -> None:
    _judge_ratio(answer)
    by_hand = [None, None, secant(1, 2, 0.285, 0.142), secant(1, 2, 0.285, 0.142) * DIRECTION]
    roundings = [Rounding(by_hand, "Three digits of f are few where a difference counts")]
    distance = answer.get("D")
    if not is_open(distance) and to_array(distance, "D").size == 1 and to_array(
            distance, "D").item() == 3:  # rounded to a digit; then so may be the point
        roundings += [Rounding([None, None, None, np.full(2, digit)], "One digit of D costs up to "
                               "6 % of P; b) to d) go on with all digits") for digit in (2.1, 2.0)]
    answer.numbers(["F_0", "F_1", "D", "P"], _step_to(D), roundings=roundings,
                   mistakes=_secant_mistakes(), otherwise={
        "F_0": Mistake("another-value", None, "check z first, before the sigmoid: at d0 the point "
                       "is (1/sqrt(2), 1/sqrt(2)), and z = -3 x + 2 y + 2"),
        "F_1": Mistake("another-value", None, "check z first, before the sigmoid: at d1 the point "
                       "is (sqrt(2), sqrt(2)), and z = -3 x + 2 y + 2"),
        "D": Mistake("another-step", None, "F_0 and F_1 are right; the step is -g1 (d1 - d0) / "
                     "(g1 - g0) from d1 on, with g = f - tau"),
        "P": Mistake("not-on-the-ray", None, "D is right; the point is D times the direction, "
                     "whose entries are both 1/sqrt(2)")})


# -- b) the intensity ------------------------------------------------------------------------------

Z_T = W_T @ P + B_T
INTENSITY = sigmoid(Z_T)
Z_F = W_F @ P + B_F
F_P = sigmoid(Z_F)


def _at(point: np.ndarray, bias: float = B_T) -> list[float]:
    z = W_T @ point + bias
    return [z, sigmoid(z)]


INTENSITY_MISTAKES = [
    Mistake("occupancy-for-texture", [Z_F, F_P],
            "these are the weights W_F and B_F of the occupancy; the texture's are W_T and B_T"),
    Mistake("weighted-by-occupancy", [Z_T, INTENSITY * F_P],
            "the intensity is not multiplied by the occupancy: at the surface the texture alone "
            "counts"),
    Mistake("sigma-twice", [Z_T, sigmoid(INTENSITY)],
            "the sigmoid is taken twice; t is sigma(Z_T)"),
    Mistake("sigma-twice", [INTENSITY, sigmoid(INTENSITY)],
            "Z_T is the value before the sigmoid, W_T P + B_T; the sigmoid is taken once"),
    Mistake("sigmoid-forgotten", [Z_T, Z_T],
            "this is Z_T; an intensity is the sigmoid of it, from 0 to 1"),
    Mistake("sign-in-the-exponent", [Z_T, 1 - INTENSITY],
            "this is sigma(-z): sigma(z) = 1 / (1 + exp(-z))"),
    Mistake("bias-forgotten", _at(P, 0), "B_T = -1 is left out"),
    Mistake("bias-of-the-occupancy", _at(P, B_F), "this adds B_F; the texture has B_T"),
    Mistake("sigmoid-prime", [Z_T, INTENSITY * (1 - INTENSITY)],
            "this is sigma' = sigma (1 - sigma), which comes in c); here sigma is asked for"),
    Mistake("occupancy-at-the-end", [Z_T, F_P],
            "this is the occupancy f at the point; its intensity is the texture there"),
    Mistake("one-term-only", [W_T[1] * P[1] + B_T, sigmoid(W_T[1] * P[1] + B_T)],
            "W_T P has two terms, 1 x + 4 y; the first is left out"),
    Mistake("one-term-only", [W_T[0] * P[0] + B_T, sigmoid(W_T[0] * P[0] + B_T)],
            "W_T P has two terms, 1 x + 4 y; the second is left out"),
    Mistake("weights-not-added", [3 * P[0] + B_T, sigmoid(3 * P[0] + B_T)],
            "W_T is (1, 4): both terms are added"),
    Mistake("in-percent", [Z_T, 100 * INTENSITY], "this is in percent; an intensity is from 0 to "
            "1"),
    Mistake("sign-of-the-bias", _at(P, 1), "B_T is -1, not 1"),
    Mistake("distance-for-point", _at(np.full(2, D)),
            "this puts the distance D into both places; the point is D (1/sqrt(2), 1/sqrt(2))"),
    Mistake("at-the-true-crossing", _at(np.full(2, 2.0)),
            "this is at (2, 2), where the ray really meets the surface; the point after one secant "
            "step is asked for"),
    Mistake("at-the-end-of-the-interval", _at(2 * DIRECTION),
            "this is at d1 = 2; the point is the one after the secant step"),
]


def check_intensity(answer: Answer) -> None:
    roundings = [Rounding(_at(np.full(2, 2.1)), "P in two digits costs 1 % here")]
    value = answer.get("INTENSITY")
    if not is_open(value) and (to_array(value, "INTENSITY") > 1).any() and (
            to_array(value, "INTENSITY") < 1.5).all():
        raise Wrong("above-one", "INTENSITY", got=show(value), expected="a number from 0 to 1",
                    cause="sigma(z) = 1 / (1 + exp(-z)) is never above 1")
    answer.numbers(["Z_T", "INTENSITY"], [Z_T, INTENSITY], roundings=roundings,
                   mistakes=INTENSITY_MISTAKES, otherwise={
        "Z_T": Mistake("another-value", None, "Z_T = 1 x + 4 y - 1 with both entries of the point "
                       "P of a)"),
        "INTENSITY": Mistake("another-value", None, "INTENSITY = sigma(Z_T), with sigma(z) = "
                             "1 / (1 + exp(-z)), and nothing else")})
    value = answer.get("INTENSITY")
    if not is_open(value):
        rest = 1 - float(np.squeeze(to_array(value, "INTENSITY")))
        if abs(rest / (1 - INTENSITY) - 1) > 0.01:
            answer.notes.append(
                f"INTENSITY: right. But c) and d) multiply by 1 - INTENSITY, which is {rest:.2g} "
                f"with your digits, and {1 - INTENSITY:.3g} with all of them")


# -- c) derivatives of the loss and of the texture -------------------------------------------------

SLOPE_T = INTENSITY * (1 - INTENSITY)  # sigma'(Z_T)
DL_DI = 2 * (INTENSITY - I_TRUE)
DT_DP = SLOPE_T * W_T

# By digits that are kept of the intensity: dL/dI and sigma', at full precision (None), in four
# digits as on the sheet, in five.
BY_DIGITS = {None: (DL_DI, SLOPE_T)}
for _digits in (4, 5):
    _rounded = round(INTENSITY, _digits)
    BY_DIGITS[_digits] = 2 * (_rounded - I_TRUE), round(_rounded * (1 - _rounded), _digits)


def _however_rounded(name: str, values: Callable[[float, float], list],
                     cause: str) -> list[Mistake]:
    """A mistake with each number of digits; `values` is a function of dL/dI and sigma'."""
    return [Mistake(name, values(dl_di, slope), cause) for dl_di, slope in BY_DIGITS.values()]


def _roundings(values: Callable[[float, float], list]) -> list[Rounding]:
    return [Rounding(values(dl_di, slope), (
        f"The intensity {INTENSITY:.6f} in {digits} digits is {round(INTENSITY, digits)}, and 1 "
        f"minus that is {10**-digits * round((1 - INTENSITY) * 10**digits):.0e}, where "
        f"{1 - INTENSITY:.1e} is right. Where a difference counts, round later"))
        for digits, (dl_di, slope) in BY_DIGITS.items() if digits]


def _texture_mistakes() -> list[Mistake]:
    zeros = np.zeros(2)
    twice = sigmoid(INTENSITY)
    return [
        Mistake("sign-of-the-loss", [-DL_DI, None, None, None],
                "the sign is wrong: L = (INTENSITY - I_TRUE)^2 grows with an intensity that is too "
                "large already"),
        Mistake("factor-two-forgotten", [DL_DI / 2, None, None, None],
                "the derivative of a square has a factor of 2"),
        Mistake("loss-itself", [(INTENSITY - I_TRUE) ** 2, None, None, None],
                "this is the loss L; its derivative is asked for"),
        Mistake("factor-two-inside", [2 * INTENSITY - I_TRUE, None, None, None],
                "the factor 2 stands before the whole difference: 2 (INTENSITY - I_TRUE)"),
        Mistake("difference-not-squared", [1, None, None, None],
                "this is the derivative of INTENSITY - I_TRUE, or of its absolute value; the loss "
                "is its square"),
        Mistake("sign-of-the-loss", [I_TRUE - INTENSITY, None, None, None],
                "the sign is wrong, and the derivative of a square has a factor of 2"),
        Mistake("true-intensity-forgotten", [2 * INTENSITY, None, None, None],
                "the loss is (INTENSITY - I_TRUE)^2, and I_TRUE = 0.7 stays in its derivative"),
        *_however_rounded("by-the-texture-weights", lambda dl_di, slope: [
            DL_DI, slope * P, slope, slope * W_T],
            "this is the derivative by W_T and B_T. W_F and B_F do not occur in the formula of "
            "t"),
        *_however_rounded("total-derivative", lambda dl_di, slope: [
            DL_DI, np.full(2, slope * W_T.sum() * P[0]), slope * W_T.sum(), slope * W_T],
            "this is how t changes with W_F by way of the point, which is for d). Here the point "
            "is held fixed"),
        Mistake("sigmoid-prime-forgotten", [DL_DI, zeros, 0, W_T],
                "sigma' = sigma (1 - sigma) stands in front of W_T, by the chain rule. Here it is "
                "missing, or has only its first factor, which is nearly 1"),
        Mistake("sigma-twice", [DL_DI, zeros, 0, twice * (1 - twice) * W_T],
                "the sigmoid is taken twice: INTENSITY is sigma(Z_T) already, so sigma' = "
                "INTENSITY (1 - INTENSITY)"),
        Mistake("occupancy-for-texture", [DL_DI, zeros, 0, F_P * (1 - F_P) * W_T],
                "this takes sigma' at W_F P + B_F, where the occupancy has it; the texture has it "
                "at Z_T"),
        Mistake("occupancy-for-texture", [DL_DI, zeros, 0, F_P * (1 - F_P) * W_F],
                "this is the derivative of the occupancy f; the texture t is asked for"),
        *_however_rounded("point-for-weights", lambda dl_di, slope: [
            DL_DI, zeros, 0, slope * P],
            "this has P as its factor: the derivative of W_T P + B_T by P is W_T"),
        *_however_rounded("weights-of-the-occupancy", lambda dl_di, slope: [
            DL_DI, zeros, 0, slope * W_F], "t has the weights W_T; these are W_F"),
        *_however_rounded("sign-of-sigmoid-prime", lambda dl_di, slope: [
            DL_DI, zeros, 0, -slope * W_T],
            "the sign is wrong: sigma rises, so sigma' = sigma (1 - sigma) is positive"),
        *_however_rounded("bias-in-its-own-derivative", lambda dl_di, slope: [
            DL_DI, zeros, 0, slope * (W_T + B_T)],
            "B_T is added to W_T: the derivative of W_T P + B_T by P has no B_T in it"),
        *_however_rounded("weights-added", lambda dl_di, slope: [
            DL_DI, zeros, 0, slope * W_T.sum()],
            "W_T has two entries, and so has the derivative: they are not added"),
        *_however_rounded("entries-swapped", lambda dl_di, slope: [
            DL_DI, zeros, 0, slope * W_T[::-1]], "the entries are swapped: W_T is (1, 4)"),
        *_however_rounded("weights-forgotten", lambda dl_di, slope: [
            DL_DI, zeros, 0, slope],
            "this is sigma'(Z_T), one number; times W_T it is the derivative by P, two numbers"),
        Mistake("rounded-to-nothing", [DL_DI, zeros, 0, zeros],
                "with the intensity rounded to 1, 1 - INTENSITY is nothing. Keep at least four "
                "digits of it"),
    ]


def check_texture(answer: Answer) -> None:
    answer.numbers(["DL_DI", "DT_DWF", "DT_DBF", "DT_DP"], [DL_DI, np.zeros(2), 0, DT_DP],
                   roundings=_roundings(lambda dl_di, slope: [None, None, None, slope * W_T]),
                   mistakes=_texture_mistakes(), otherwise={
        "DL_DI": Mistake("another-value", None, "the derivative of (INTENSITY - I_TRUE)^2 by "
                         "INTENSITY, as of any square"),
        "DT_DWF": Mistake("not-in-the-formula", None, "does W_F occur in t = sigma(W_T P + B_T), "
                          "with P as a variable of its own?"),
        "DT_DBF": Mistake("not-in-the-formula", None, "does B_F occur in t = sigma(W_T P + B_T), "
                          "with P as a variable of its own?"),
        "DT_DP": Mistake("another-value", None, "sigma'(Z_T) times W_T, with sigma' = INTENSITY "
                         "(1 - INTENSITY) of b)")})


# -- d) derivatives of the point, and of the loss by the shape -------------------------------------

SLOPE_F = F_P * (1 - F_P)  # sigma'(W_F P + B_F)
DF_DP, DF_DWF, DF_DBF = SLOPE_F * W_F, SLOPE_F * P, SLOPE_F
OF_F = [DF_DP, DF_DWF, DF_DBF]
DP_DWF = -np.outer(DIRECTION, DF_DWF) / (DF_DP @ DIRECTION)
DP_DBF = -DIRECTION * DF_DBF / (DF_DP @ DIRECTION)


def _through_texture(dp_dwf: np.ndarray, dp_dbf: np.ndarray,
                     of_f: Sequence = OF_F) -> Callable[[float, float], list]:
    """Derivatives of f and of the point, and those of the loss that follow from them."""
    return lambda dl_di, slope: [*of_f, dp_dwf, dp_dbf, dl_di * slope * (W_T @ dp_dwf),
                                 dl_di * slope * (W_T @ dp_dbf)]


def _wrong_derivatives_of_f() -> list[Mistake]:
    """sigma' cancels in the derivative of the point: whatever it is, the rest may be right."""
    rest = [DP_DWF, DP_DBF, None, None]

    def with_slope(slope: float) -> list:
        return [slope * W_F, slope * P, slope, *rest]

    twice = sigmoid(F_P)
    return [
        Mistake("sigmoid-prime-forgotten", with_slope(1.0),
                "sigma' is missing: by the chain rule it stands in front, and is f (1 - f) at P. "
                "(In dP it cancels, so that you may find no difference there)"),
        Mistake("slope-at-tau", with_slope(0.25),
                "sigma' = 0.25 holds where f is exactly 0.5; the point after one step is not quite "
                "there. (If you have rounded: keep four digits)"),
        Mistake("sigma-twice", with_slope(twice * (1 - twice)),
                "the sigmoid is taken twice: with f = sigma(W_F P + B_F), sigma' = f (1 - f)"),
        Mistake("one-factor-of-sigmoid-prime", with_slope(F_P),
                "sigma' = sigma (1 - sigma): the second factor is missing"),
        Mistake("texture-for-occupancy", with_slope(SLOPE_T),
                "this is sigma' at Z_T, of the texture; of f it is at W_F P + B_F"),
        Mistake("point-and-weights-swapped", [SLOPE_F * P, SLOPE_F * W_F, SLOPE_F, *rest],
                "the derivative of W_F P + B_F by P is W_F, and by W_F it is P"),
        Mistake("entries-swapped", [SLOPE_F * W_F[::-1], SLOPE_F * P, SLOPE_F, *rest],
                "the entries are swapped: W_F is (-3, 2)"),
        Mistake("point-forgotten", [DF_DP, SLOPE_F, DF_DBF, *rest],
                "this is sigma'; the derivative by W_F has a factor P besides, two numbers"),
        Mistake("distance-for-point", [DF_DP, SLOPE_F * np.full(2, D), DF_DBF, *rest],
                "this has the distance D where the point P belongs"),
        Mistake("bias-in-its-own-derivative", [DF_DP, DF_DWF, SLOPE_F * B_F, *rest],
                "the derivative of W_F P + B_F by B_F is 1: B_F itself is gone"),
        Mistake("sign-of-df", [-DF_DP, -DF_DWF, -DF_DBF, *rest],
                "df has no minus sign; the one of implicit differentiation comes with dP"),
    ]


def _wrong_derivatives_of_the_point() -> list[Mistake]:
    slope = DF_DP @ DIRECTION
    dd_dwf, dd_dbf = -DF_DWF / slope, -DF_DBF / slope
    ones = np.ones(2)
    return [
        *_however_rounded(
            "sign-of-the-implicit-derivative", _through_texture(-DP_DWF, -DP_DBF),
            "the sign is wrong: 0 = df/dtheta + (df/dP . w) dD/dtheta gives a minus when it is "
            "solved for dD/dtheta"),
        *_however_rounded(
            "slope-without-direction", _through_texture(
                -np.outer(DIRECTION, DF_DWF) / DF_DP.sum(), -DIRECTION * DF_DBF / DF_DP.sum()),
            "the denominator is df/dP . w, with the direction w = (1/sqrt(2), 1/sqrt(2)); here the "
            "entries of df/dP are added as they are"),
        *_however_rounded(
            "direction-forgotten", _through_texture(np.outer(ones, dd_dwf), ones * dd_dbf),
            "this is dD/dtheta in both rows: the point is D times the direction, so that 1/sqrt(2) "
            "is still to be multiplied"),
        Mistake("depth-for-point", [*OF_F, dd_dwf, dd_dbf, None, None],
                "this is how the distance D changes; the point is D times the direction, and has "
                "two entries that change"),
        Mistake("inner-for-outer", [*OF_F, -(DIRECTION @ DF_DWF) / slope, DP_DBF, None, None],
                "the direction (a column) times df/dW_F (a row) is a matrix, 2 x 2; this is their "
                "inner product"),
        *[Mistake("norm-for-slope", [
            *OF_F, -np.outer(DIRECTION, DF_DWF) / (sign * np.linalg.norm(DF_DP)),
            -DIRECTION * DF_DBF / (sign * np.linalg.norm(DF_DP)), None, None],
            "this divides by the length of df/dP; it is divided by df/dP . w, the slope along the "
            "ray") for sign in (1, -1)],
        Mistake("slope-without-direction", [*OF_F, DP_DWF, 1, None, None],
                "this is one entry, or a derivative of D alone: each of P's two entries changes "
                "with B_F"),
        Mistake("slope-without-direction", [*OF_F, DP_DWF, DIRECTION, None, None],
                "this is the direction itself: the denominator df/dP . w has the direction, too, "
                "and D changes by more than 1"),
        Mistake("weights-for-point", [*OF_F, np.outer(np.ones(2), W_F), DP_DBF, None, None],
                "df/dW_F has the point P as a factor, not W_F"),
        Mistake("multiplied-by-the-slope", [
            *OF_F, -np.outer(DIRECTION, DF_DWF) * slope, -DIRECTION * DF_DBF * slope, None, None],
            "this multiplies by the slope df/dP . w; it has to be divided by it"),
        Mistake("not-divided", [
            *OF_F, -np.outer(DIRECTION, DF_DWF), -DIRECTION * DF_DBF, None, None],
            "the slope df/dP . w is missing in the denominator"),
        Mistake("diagonal-matrix", [*OF_F, np.diag(np.diag(DP_DWF)), DP_DBF, None, None],
                "the places off the diagonal are not 0: P lies on the ray, so both of its entries "
                "move whichever weight changes"),
        Mistake("one-vector-of-two", [*OF_F, DP_DWF[0], DP_DBF, None, None],
                "this is one row: each of P's two entries depends on each of W_F's two"),
    ]


def _wrong_derivatives_of_the_loss() -> list[Mistake]:
    def after(loss_by_weight: Callable, loss_by_bias: Callable) -> Callable:
        """All right up to the loss; functions of dL/dI and dt/dP."""
        return lambda dl_di, slope: [*OF_F, DP_DWF, DP_DBF, loss_by_weight(dl_di, slope * W_T),
                                     loss_by_bias(dl_di, slope * W_T)]

    def of_b(dl_di: float, dt_dp: np.ndarray) -> float:
        return dl_di * dt_dp @ DP_DBF

    sum_forgotten = ("a sum is missing: both entries of P move, and dt/dP . dP/dtheta adds up what "
                     "each of them does to t")
    return [
        *_however_rounded("loss-forgotten", after(
            lambda dl_di, dt_dp: dt_dp @ DP_DWF, lambda dl_di, dt_dp: dt_dp @ DP_DBF),
            "this is dt/dtheta; by the chain rule dL/dI stands in front"),
        *_however_rounded("sum-forgotten", after(
            lambda dl_di, dt_dp: dl_di * dt_dp[:, None] * DP_DWF,
            lambda dl_di, dt_dp: dl_di * dt_dp * DP_DBF), sum_forgotten),
        *_however_rounded("sum-forgotten", after(
            lambda dl_di, dt_dp: dl_di * dt_dp * DP_DWF,
            lambda dl_di, dt_dp: dl_di * dt_dp * DP_DBF), sum_forgotten),
        *_however_rounded("sum-forgotten", after(
            lambda dl_di, dt_dp: dl_di * dt_dp * P,
            lambda dl_di, dt_dp: dl_di * dt_dp * DP_DBF), sum_forgotten),
        *_however_rounded("first-entry-only", after(
            lambda dl_di, dt_dp: dl_di * dt_dp[0] * DP_DWF[0],
            lambda dl_di, dt_dp: dl_di * dt_dp[0] * DP_DBF[0]),
            "this is dL/dW_T and dL/dB_T, or else a sum that stops after the first entry of P: "
            "dt/dP . dP/dtheta has two"),
        *_however_rounded("sign-of-the-implicit-derivative", after(
            lambda dl_di, dt_dp: -dl_di * dt_dp @ DP_DWF,
            lambda dl_di, dt_dp: -of_b(dl_di, dt_dp)),
            "the sign is wrong, though dP is right: was another dP used?"),
        Mistake("occupancy-for-texture", [*OF_F, DP_DWF, DP_DBF, DL_DI * DF_DP @ DP_DWF,
                                          DL_DI * DF_DP @ DP_DBF],
                "this follows the occupancy, df/dP; the intensity is the texture's, so it is "
                "dt/dP"),
        Mistake("texture-forgotten", [*OF_F, DP_DWF, DP_DBF, DL_DI * DP_DWF[0], DL_DI],
                "dt/dP is missing between dL/dI and dP/dtheta"),
        Mistake("sigmoid-prime-of-the-texture-forgotten", [
            *OF_F, DP_DWF, DP_DBF, DL_DI * W_T @ DP_DWF, DL_DI * W_T @ DP_DBF],
            "dt/dP is sigma'(Z_T) W_T; here sigma' is missing"),
        Mistake("loss-itself", [
            *OF_F, DP_DWF, DP_DBF, (INTENSITY - I_TRUE) ** 2 * DT_DP @ DP_DWF,
            (INTENSITY - I_TRUE) ** 2 * DT_DP @ DP_DBF],
            "this has the loss L in front; its derivative dL/dI belongs there"),
        *_however_rounded("factor-two-forgotten", after(
            lambda dl_di, dt_dp: dl_di / 2 * dt_dp @ DP_DWF,
            lambda dl_di, dt_dp: of_b(dl_di / 2, dt_dp)),
            "half of it: dL/dI = 2 (INTENSITY - I_TRUE)"),
        Mistake("texture-forgotten", [*OF_F, DP_DWF, DP_DBF, DL_DI * np.ones(2) @ DP_DWF,
                                      DL_DI * np.ones(2) @ DP_DBF],
                "dt/dP is missing between dL/dI and dP/dtheta"),
        Mistake("rounded-to-nothing", [*OF_F, DP_DWF, DP_DBF, np.zeros(2), 0],
                "0 comes out if only dt/dW_F counts, with P held fixed: here P moves. Or the "
                "intensity was rounded to 1: keep at least four digits"),
    ]


def check_shape(answer: Answer) -> None:
    right = _through_texture(DP_DWF, DP_DBF)
    answer.numbers(
        ["DF_DP", "DF_DWF", "DF_DBF", "DP_DWF", "DP_DBF", "DL_DWF", "DL_DBF"],
        right(DL_DI, SLOPE_T),
        digits=3, roundings=_roundings(lambda dl_di, slope: [None] * 5 + right(dl_di, slope)[5:]),
        mistakes=[*_wrong_derivatives_of_f(), *_wrong_derivatives_of_the_point(),
                  *_wrong_derivatives_of_the_loss()],
        otherwise={
            **dict.fromkeys(["DF_DP", "DF_DWF", "DF_DBF"], Mistake(
                "another-derivative-of-f", None, "sigma' = f (1 - f) at P, times the derivative of "
                "W_F P + B_F by the letter in question, all others held fixed")),
            **dict.fromkeys(["DP_DWF", "DP_DBF"], Mistake(
                "another-derivative-of-the-point", None, "df is right; dP = -w df / (df/dP . w), "
                "with the direction w, once as a factor and once in the denominator")),
            **dict.fromkeys(["DL_DWF", "DL_DBF"], Mistake(
                "another-derivative-of-the-loss", None, "dP is right; dL/dI (dt/dP . dP/dtheta), "
                "with both from c) and the sum over P's two entries"))})


TASKS = [
    Task("1.2a", "One step of the secant method", check_secant, hints=(
        "Draw f over the distance: two points of the curve, at d = 1 and d = 2, and the straight "
        "line through both. The step goes to where the line reaches tau, also if that is outside "
        "of the interval.",
        "With g = f - tau:\n"
        "    D = d1 - g1 (d1 - d0) / (g1 - g0)\n"
        "The points, and f there:\n"
        "    (x, y) = d (1/sqrt(2), 1/sqrt(2)),  f = sigma(-3 x + 2 y + 2)",
        "    def f(d):\n"
        "        x = y = d / np.sqrt(2)\n"
        "        return 1 / (1 + np.exp(-(... * x + ... * y + ...)))\n"
        "    F_0, F_1 = f(1), f(2)\n"
        "    D = 2 - (F_1 - TAU) * (2 - 1) / (...)\n"
        "    P = (D / np.sqrt(2), ...)"),
        read="minicv/volumetric_rendering/surface_search.py, secant_step"),
    Task("1.2b", "The intensity at the surface", check_intensity, hints=(
        "Where the ray meets the surface the texture says how bright it is there; the occupancy "
        "has done its part.",
        "Z_T = W_T P + B_T with the point of a), and INTENSITY = sigma(Z_T).",
        "    Z_T = W_T[0] * P[0] + ...\n"
        "    INTENSITY = 1 / (1 + np.exp(...))\n"
        "Keep some digits: what counts later is how far it is from 1."),
        read="minicv/volumetric_rendering/rendering.py"),
    Task("1.2c", "Derivatives of the loss and the texture", check_texture, hints=(
        "Which letters occur in t(P) = sigma(W_T P + B_T)? A partial derivative by a letter that "
        "does not occur is 0. For the others, the chain rule.",
        "sigma' = sigma (1 - sigma). dL/dI = 2 (I - I_TRUE), dt/dP = sigma'(Z_T) W_T.",
        "    DL_DI = 2 * (...)\n"
        "    s = INTENSITY * (1 - INTENSITY)\n"
        "    DT_DP = (s * W_T[0], ...)"),
        read="minicv/volumetric_rendering/surface_search.py"),
    Task("1.2d", "Through the search: implicit differentiation", check_shape, hints=(
        "P was found by a search, and there is no formula to differentiate. But whatever the "
        "weights are, f(P) = tau holds at the surface, so the derivative of f(P) by a weight is 0 "
        "in all: what the weight does to f itself, and what it does by moving P, cancel.",
        "With the direction w, and theta for W_F or B_F:\n"
        "    0 = df/dtheta + (df/dP . w) dD/dtheta, so\n"
        "    dP/dtheta = -w (df/dtheta) / (df/dP . w)\n"
        "    dL/dtheta = dL/dI (dt/dP . dP/dtheta)\n"
        "With s = f (1 - f) at P:\n"
        "    df/dP = s W_F,  df/dW_F = s P,  df/dB_F = s",
        "    w = np.array([1, 1]) / np.sqrt(2)\n"
        "    s = f * (1 - f)\n"
        "    DF_DP, DF_DWF, DF_DBF = s * np.array(W_F), s * np.array(P), s\n"
        "    slope = DF_DP @ w\n"
        "    DP_DBF = -w * DF_DBF / slope\n"
        "    DP_DWF = -np.outer(w, ...) / ...\n"
        "    DL_DBF = DL_DI * (np.array(DT_DP) @ ...)"),
        read="minicv/volumetric_rendering/depth_gradient.py, implicit_depth"),
]
