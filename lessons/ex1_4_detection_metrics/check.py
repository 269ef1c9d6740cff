"""Exercise 1.4: what its answers are, and what the usual mistakes make of them.

The boxes are those of lesson 1.4, chosen so that they give the sheet's intersections and unions.
Everything here is counted by hand or follows from the formula beside it.
"""

from __future__ import annotations

from lessons.engine import Answer, Mistake, Task, Wrong
from lessons.engine.comparing import chosen, is_open, show

PAIRS = [((2, 1, 6, 6), (1, 1, 5, 6)), ((9, 1, 11, 4), (8, 1, 10, 4)),  # (A, 1), (B, 2)
         ((13, 4, 15, 6), (13, 2, 15, 5)), ((8, 7, 11, 12), (7, 6, 10, 11))]  # (C, 3), (D, 4)
EXACT = [15 / 25, 3 / 9, 2 / 8, 8 / 22]  # the sheet's


def _overlap(one, other, plus: int = 0) -> tuple[float, float, float]:
    """Intersection and both areas; with `plus` = 1 each side is a pixel longer."""
    def side(low: int, high: int) -> int:
        return max(high - low + plus, 0)

    intersection = (side(max(one[0], other[0]), min(one[2], other[2]))
                    * side(max(one[1], other[1]), min(one[3], other[3])))
    area, other_area = (side(box[0], box[2]) * side(box[1], box[3]) for box in (one, other))
    return intersection, area, other_area


def _iou(one, other, plus: int = 0) -> float:
    intersection, area, other_area = _overlap(one, other, plus)
    return intersection / (area + other_area - intersection)


def _as_width_height(box) -> tuple:
    """What becomes of a box if its last two numbers are taken for width and height."""
    left, upper, width, height = box
    return left, upper, left + width, upper + height


def _around(one, other) -> float:
    """The area of the smallest box around both."""
    return ((max(one[2], other[2]) - min(one[0], other[0]))
            * (max(one[3], other[3]) - min(one[1], other[1])))


def _along(axis: int, box) -> tuple:
    """Its side along x (0) or y (1), as a box that is one pixel high."""
    return box[axis], 0, box[axis + 2], 1


def _for_pairs(function) -> list[float | None]:
    return [function(one, other) for one, other in PAIRS]


IOU_MISTAKES = [
    Mistake("union-without-subtracting", _for_pairs(lambda one, other: (
        _overlap(one, other)[0] / sum(_overlap(one, other)[1:]))),
        "the sum of both areas counts the intersection twice; the union counts it once"),
    Mistake("dice", _for_pairs(lambda one, other: (
        2 * _overlap(one, other)[0] / sum(_overlap(one, other)[1:]))),
        "this is twice the intersection by the sum of both areas, Dice's measure; IoU divides the "
        "intersection by the union"),
    Mistake("box-as-width-height", _for_pairs(lambda one, other: _iou(
        _as_width_height(one), _as_width_height(other))),
        "the last two numbers of a box are its right and lower edge, not its width and height"),
    Mistake("plus-one-pixel", _for_pairs(lambda one, other: _iou(one, other, plus=1)),
            "this takes right - left + 1 for the width. Coordinates are edges here, not the "
            "numbers of pixels: width = right - left"),
    Mistake("divided-by-one-area", _for_pairs(lambda one, other: (
        _overlap(one, other)[0] / _overlap(one, other)[2])),
        "this divides by the area of one box: it tells how much of that box is covered. The "
        "measure divides by the union"),
    Mistake("intersection-taken-away-twice", _for_pairs(lambda one, other: (
        _overlap(one, other)[0] / (sum(_overlap(one, other)[1:]) - 2 * _overlap(one, other)[0]))),
        "this divides by what the boxes do not share; the union includes the intersection, once"),
    Mistake("divided-by-one-area", _for_pairs(lambda one, other: (
        _overlap(one, other)[0] / _overlap(one, other)[1])),
        "this divides by the area of one box: it tells how much of that box is covered. The "
        "measure divides by the union"),
    Mistake("box-around-both", _for_pairs(lambda one, other: (
        _overlap(one, other)[0] / _around(one, other))),
        "this divides by the area of the box around both; the union has only what is in one of "
        "them: both areas, less the intersection"),
    Mistake("one-union-for-all", [15 / 25, 3 / 25, 2 / 25, 8 / 25],
            "this divides by the union of A and 1; each pair has its own"),
    Mistake("along-x-only", _for_pairs(lambda one, other: _iou(
        _along(0, one), _along(0, other))),
        "this compares the sides along x alone; areas are counted, in x and in y"),
    Mistake("along-y-only", _for_pairs(lambda one, other: _iou(
        _along(1, one), _along(1, other))),
        "this compares the sides along y alone; areas are counted, in x and in y"),
    Mistake("one-minus", [1 - iou for iou in EXACT],
            "this is 1 - IoU, how much they do not have in common"),
    Mistake("union-alone", [25, 9, 8, 22], "this is the union; the intersection is divided by it"),
    Mistake("in-percent", [100 * iou for iou in EXACT],
            "this is in percent; a share from 0 to 1 is wanted"),
    Mistake("upside-down", [1 / iou for iou in EXACT],
            "an IoU is never above 1: this is union over intersection"),
    Mistake("not-divided", [15, 3, 2, 8],
            "this is the intersection alone; it has to be divided by the union"),
]


def check_iou(answer: Answer) -> None:
    answer.numbers(["IOU_A1", "IOU_B2", "IOU_C3", "IOU_D4"], EXACT, mistakes=IOU_MISTAKES)
    found = answer.get("FOUND")
    if is_open(found):
        answer.open.append("FOUND")
        return
    answer.filled.append("FOUND")
    names = chosen(found)  # a true box, "1", or the detection that finds it, "A"
    if names in (["1"], ["A"], ["A1"], ["1", "A"]):
        if names == ["A"]:
            answer.notes.append("FOUND: A is the detection; the true box that it finds was asked "
                                "for")
        return
    name, cause = FOUND_MISTAKES.get("".join(names).translate(LETTERS), (
        "other", "a true box is found if a detection's IoU with it is at least tau = 0.5"))
    raise Wrong(name, "FOUND", got=show(found), expected="a list of true boxes, like [2, 3]",
                cause=cause)


LETTERS = str.maketrans("ABCD", "1234")
FOUND_MISTAKES = {
    "": ("nothing-found", "one of the four IoUs is at least tau = 0.5"),
    "124": ("threshold-too-low", "these have an IoU of at least 0.3; tau is 0.5 here"),
    "234": ("the-other-ones", "these are the ones that are not found"),
    "1234": ("any-overlap", "all of them overlap a detection; to be found, the IoU must be at "
                            "least tau = 0.5"),
    "0": ("counted-from-0", "the true boxes have the names 1 to 4; does this come from NumPy, "
                            "which counts from 0?"),
    "14": ("other-measure", "8 of 15 pixels of box 4 are covered, but the IoU divides by the "
                            "union"),
    "12": ("other-measure", "the IoU of (B, 2) is below 0.5: look at its union once more"),
}


def check_counts(answer: Answer) -> None:
    answer.numbers(["TP", "FP", "FN"], [1, 4, 3], rtol=0, mistakes=COUNT_MISTAKES, otherwise={
        "TP": Mistake("miscounted", None, "a true positive is a detection with an IoU of at least "
                      "tau = 0.5: count the pairs of a) again"),
        "FP": Mistake("does-not-add-up", None, "every detection is either right or wrong: TP + FP "
                      "is the number of detections"),
        "FN": Mistake("does-not-add-up", None, "every true box is either found or missed: TP + FN "
                      "is the number of true boxes")})


COUNT_MISTAKES = [
    Mistake("swapped", [1, 3, 4],
            "false positives and false negatives are swapped: positives are what the detector "
            "says, negatives what it does not say"),
    Mistake("lonely-detection-forgotten", [1, 3, 3],
            "E overlaps nothing, and is a false positive all the same: every detection is "
            "either right or wrong, so TP + FP = 5"),
    Mistake("other-threshold", [3, 2, 1], "these are the counts at tau = 0.3; tau is 0.5 here"),
    Mistake("poor-ones-not-counted", [1, 1, 3],
            "B, C and D overlap a true box, but not enough: a detection that is not right is "
            "a false positive, so TP + FP = 5"),
    Mistake("missed-not-counted", [1, 4, 0],
            "a true box that no detection has found is a false negative: TP + FN = 4, "
            "the number of true boxes"),
    Mistake("overlap-is-enough", [4, 1, 0],
            "this takes any overlap for a match; the IoU must be at least tau = 0.5"),
    Mistake("true-positives-and-misses-swapped", [3, 4, 1],
            "true positives and false negatives are swapped: positive is what the detector "
            "says; a false negative is a true box that it misses"),
    Mistake("other-threshold", [1, 4, 1],
            "one box is missed at tau = 0.3; at 0.5 more are: TP + FN = 4"),
    Mistake("all-detections", [1, 5, 3],
            "5 is the number of all detections; one of them is right"),
    Mistake("false-negatives-from-detections", [1, 4, 4],
            "false negatives are counted among the true boxes, of which there are 4: "
            "TP + FN = 4"),
]


def check_precision_recall(answer: Answer) -> None:
    # tau = 0.3: TP = 3 (A, B, D), FP = 2 (C, E), FN = 1 (3).
    answer.numbers(["PRECISION", "RECALL"], [3 / 5, 3 / 4], mistakes=[
        Mistake("swapped", [3 / 4, 3 / 5],
                "precision and recall are swapped: precision is the share of the detections that "
                "is right, recall the share of the true boxes that is found"),
        Mistake("other-threshold", [1 / 5, 1 / 4],
                "these hold at tau = 0.5; at tau = 0.3 more of the detections are right"),
        Mistake("any-overlap", [4 / 5, 4 / 4],
                "this takes any overlap for a match; the IoU must be at least tau = 0.3"),
        Mistake("in-percent", [60, 75], "this is in percent; a share from 0 to 1 is wanted"),
        Mistake("accuracy", [3 / 6, 3 / 6],
                "TP / (TP + FP + FN) mixes both questions: precision looks at the detections "
                "alone, recall at the true boxes alone"),
        Mistake("same-denominator", [3 / 5, 3 / 5],
                "precision divides by the number of detections, recall by the number of true "
                "boxes; they have only the numerator in common"),
        Mistake("same-denominator", [3 / 4, 3 / 4],
                "this divides by 4, the number of true boxes, or forgets E: precision divides by "
                "the number of all detections, right or wrong"),
        Mistake("one-missing", [2 / 5, 2 / 4],
                "this has two true positives; at tau = 0.3 look at (B, 2) and (D, 4) once more"),
        Mistake("share-of-the-wrong-ones", [2 / 5, 1 / 4],
                "these are the shares of what is wrong, FP / (TP + FP) and FN / (TP + FN)"),
        Mistake("share-of-the-wrong-ones", [None, 1 / 4],
                "this is FN / (TP + FN), the share of the true boxes that is missed; or it holds "
                "at tau = 0.5. At tau = 0.3 count what is found"),
        Mistake("share-of-the-wrong-ones", [2 / 5, None],
                "this is FP / (TP + FP), the share of the detections that is wrong; or it has two "
                "true positives, where at tau = 0.3 there are more"),
        Mistake("f1", [2 / 3, 2 / 3], "this is F1, the mean of both in a way; each is asked for"),
        Mistake("ratio-of-counts", [3 / 2, 3], "this is TP / FP and TP / FN: a share divides by "
                "all detections, TP + FP, or by all true boxes, TP + FN"),
        Mistake("not-divided", [3, 3], "this is the number of true positives; a share divides it"),
        Mistake("wrong-denominator", [None, 3 / 3],
                "this divides by FP + FN, or takes any overlap for a match; recall divides by all "
                "true boxes, TP + FN"),
        Mistake("wrong-denominator", [3 / 3, None],
                "this divides by FP + FN; precision divides by all detections, TP + FP"),
        Mistake("mixed-thresholds", [3 / 7, 3 / 6],
                "the true positives are those at tau = 0.3, the others those at 0.5"),
    ])


TASKS = [
    Task("1.4a", "Intersection over union", check_iou, hints=(
        "How much do two boxes have in common, as a share of what they cover together? Both areas "
        "can be counted in the picture.",
        "IoU = I / U with U = (area of one) + (area of the other) - I.\n"
        "The intersection is a box as well: from the larger of both left edges to the smaller of "
        "both right edges, and likewise from top to bottom.",
        "(A, 1): from x = 2 to 5 and from y = 1 to 6.\n"
        "    I = (5 - 2) * ...\n"
        "    IOU_A1 = I / (area of A + area of 1 - I)"),
        read="minicv/detection_metrics/boxes.py, box_iou"),
    Task("1.4b", "True and false positives, false negatives", check_counts, hints=(
        "Every detection is either right or wrong, every true box is either found or missed.",
        "TP: detections with an IoU of at least tau. FP: all other detections, 5 - TP. FN: the "
        "true boxes that nobody found, 4 - TP.",
        "Count the pairs of a) from 0.5 on.\n"
        "    TP = ...\n    FP = 5 - TP\n    FN = 4 - TP"),
        read="minicv/detection_metrics/matching.py"),
    Task("1.4c", "Precision and recall", check_precision_recall, hints=(
        "Precision asks the detector: how much of what you say is right? Recall asks the world: "
        "how much of what is there has been found?",
        "precision = TP / (TP + FP), recall = TP / (TP + FN), with the counts at tau = 0.3.",
        "Count the pairs of a) from 0.3 on.\n"
        "    PRECISION = TP / 5\n    RECALL = TP / ..."),
        read="minicv/detection_metrics/matching.py, Matches.precision and Matches.recall"),
]
