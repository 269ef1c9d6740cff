"""Lesson 1.4: is a detection right? From the overlap of two boxes to average precision.

    python -m lessons run 1.4
    python lessons/ex1_4_detection_metrics/lesson.py    the same; --help shows the options
"""

# %% [markdown]
# # 1.4 Detection metrics
#
# **What we want.** A detector draws boxes, people have drawn boxes, and the two never agree to the
# pixel. How good is the detector, in a number?
#
# **The idea.** First decide for each detection whether it is right: it must overlap a true box
# enough, and no other detection may have that box already. Then count.
#
# Read next to this: `boxes.py` (overlap), `matching.py` (who found whom) and
# `curves.py` (from counts to averages), all in `minicv/detection_metrics/`.

# %%
from __future__ import annotations

import sys
from pathlib import Path

# The checkout, where `lessons` and `minicv` lie. (A notebook has no __file__, and runs in here.)
sys.path.insert(0, str(Path(globals().get("__file__", "lesson.py")).resolve().parents[2]))

import numpy as np
from matplotlib.axes import Axes

from lessons import Steps, run_as_script
from minicv import plotting
from minicv.detection_metrics import (
    Matches,
    average_precision,
    bootstrap_interval,
    box_area,
    box_intersection,
    box_iou,
    coco_evaluation,
    log_average_miss_rate,
    match_detections,
    match_images,
    miss_rate_curve,
    precision_recall_curve,
)
from minicv.detection_metrics.curves import REFERENCE_FPPI, best_from_here_on, precision_at

TITLE = "Detection metrics: overlap, right and wrong, precision and recall, averages"

N_IMAGES = 200
N_FEW = 12  # of these, for a curve in which single detections can be seen
N_RESAMPLES = 300

# %% [markdown]
# ## The picture
#
# The sheet asks about four pairs of boxes. These lie on a grid of whole pixels, so that all areas
# can be counted by hand. (The sheet speaks of "three boxes (1, 2, 3, 4)": there are four, and its
# own answers need four.)

# %%
TRUTH_NAMES = ["1", "2", "3", "4"]
TRUTHS = np.array([[1, 1, 5, 6],  # left, upper, right, lower
                   [8, 1, 10, 4],
                   [13, 2, 15, 5],
                   [7, 6, 10, 11]])
NAMES = ["A", "B", "C", "D", "E"]
DETECTIONS = np.array([[2, 1, 6, 6],
                       [9, 1, 11, 4],
                       [13, 4, 15, 6],
                       [8, 7, 11, 12],
                       [2, 8, 4, 11]])
PAIRS = [("A", "1"), ("B", "2"), ("C", "3"), ("D", "4")]


def show_picture(out: Path) -> None:
    figure, (axes,) = plotting.panels("2d", height=5.5)
    plotting.draw_boxes(axes, TRUTHS, TRUTH_NAMES, colour="black", filled=True, label="true box")
    plotting.draw_boxes(axes, DETECTIONS, NAMES, colour=plotting.VERMILION, label="detection",
                        name_at="lower right")
    axes.set(xlim=(0, 17), ylim=(13, 0), xticks=range(18), yticks=range(14),
             title="Four objects, five detections: which are right?")
    axes.grid(True, alpha=0.5)
    axes.legend(loc="lower right")
    plotting.save(figure, out / "boxes.png")
    print(f"{len(TRUTHS)} true boxes, {len(DETECTIONS)} detections; where the sheet writes "
          "\"three boxes (1, 2, 3, 4)\", it means these four")
    print("look at boxes.png: count squares. Which detection would you call right?")


# %% [markdown]
# ## a) Intersection over union
#
# IoU = I / U, where U = (area of one) + (area of the other) - I, since the sum counts the
# intersection twice.


# %%
def overlaps() -> list[dict]:
    rows = []
    for name, truth_name in PAIRS:
        box, truth = DETECTIONS[[NAMES.index(name)]], TRUTHS[[TRUTH_NAMES.index(truth_name)]]
        intersection = int(box_intersection(box, truth)[0, 0])
        areas = int(box_area(box)[0]), int(box_area(truth)[0])
        union = sum(areas) - intersection
        iou = float(box_iou(box, truth)[0, 0])
        rows.append({"pair": name + truth_name, "intersection": intersection, "union": union,
                     "iou": iou})
        verdict = "correct" if iou >= 0.5 else "not correct"
        print(f"({name}, {truth_name})  I = {intersection:>2}   "
              f"U = {areas[0]:>2} + {areas[1]:>2} - {intersection:>2} = {union:>2}   "
              f"IoU = {iou:.4f}   at tau = 0.5: {verdict}")
    found = sorted({row["pair"][1:] for row in rows if row["iou"] >= 0.5})
    print(f"objects detected correctly: {', '.join(found) or 'none'} ({len(found)} of "
          f"{len(TRUTH_NAMES)})")
    return rows


# %% [markdown]
# ## b) and c) True and false positives, false negatives
#
# `match_detections` keeps a record of each detection: which true box it has to do with, their IoU,
# and, if it is wrong, why. With five detections of equal score the first comes first.


# %%
def count(tau: float) -> dict:
    matches = match_detections(DETECTIONS, np.ones(len(DETECTIONS)), TRUTHS, tau)
    for detection, outcome, truth, iou in zip(matches.detection, matches.outcome, matches.truth,
                                              matches.iou):
        nearest = f"overlaps {TRUTH_NAMES[truth]}, IoU {iou:.3f}" if truth >= 0 else "overlaps none"
        print(f"{NAMES[detection]}: {nearest:<24} {outcome}")
    missed = [TRUTH_NAMES[truth] for _, truth in matches.missed]
    tp, fp = matches.true_positives, matches.false_positives
    fn = matches.false_negatives
    print(f"missed: {', '.join(missed)}")
    print(f"tau = {tau:g}: TP = {tp}, FP = {fp}, FN = {fn}")
    print(f"precision = TP / (TP + FP) = {tp}/{tp + fp} = {matches.precision:g}, "
          f"recall = TP / (TP + FN) = {tp}/{tp + fn} = {matches.recall:g}")
    return {"tau": tau, "tp": tp, "fp": fp, "fn": fn, "precision": matches.precision,
            "recall": matches.recall, "missed": missed}


# %% [markdown]
# ## What the overlap threshold does
#
# tau is ours to choose, and it decides how good the detector looks. With the detections fixed,
# TP + FP and TP + FN are fixed too, so that both curves fall together: a step down at each IoU in
# the picture.


# %%
def sweep_tau(out: Path) -> list[dict]:
    ious = sorted((box_iou(DETECTIONS[[n]], TRUTHS[[n]])[0, 0], name + truth_name)
                  for n, (name, truth_name) in enumerate(PAIRS))
    rows = []
    # Between two of these nothing changes; at an IoU itself the pair still matches.
    for tau in [0.0, *(iou for iou, _ in ious), 1.0]:
        matches = match_detections(DETECTIONS, np.ones(len(DETECTIONS)), TRUTHS, tau)
        rows.append({"tau": float(tau), "precision": matches.precision, "recall": matches.recall})
        if tau > 0:
            print(f"tau up to {tau:.3f}: precision {matches.precision:.2f}, "
                  f"recall {matches.recall:.2f}")

    figure, (axes,) = plotting.panels("2d")
    tau = [row["tau"] for row in rows]
    axes.plot(tau, [row["precision"] for row in rows], color=plotting.BLUE, drawstyle="steps-pre",
              label="precision = TP / 5 detections")
    axes.plot(tau, [row["recall"] for row in rows], "--", color=plotting.VERMILION,
              drawstyle="steps-pre", label="recall = TP / 4 objects")
    for n, (iou, pair) in enumerate(ious):
        axes.axvline(iou, ymax=0.88 + 0.05 * (n % 2), color=plotting.GREY, linewidth=0.8,
                     linestyle=":")
        axes.annotate(pair, (iou, 1.06 + 0.06 * (n % 2)), ha="center", color="black")
    axes.set(xlabel="tau: the IoU from which on a detection is right",
             ylabel="share, from 0 to 1", xlim=(0, 1), ylim=(-0.02, 1.2),
             title="The stricter, the worse: a step at each pair's IoU")
    axes.legend(frameon=False, loc="upper right", bbox_to_anchor=(1, 0.85))
    plotting.save(figure, out / "thresholds.png")
    print("look at thresholds.png: why are both curves of the same shape? what would a sixth "
          "detection change?")
    return rows


# %% [markdown]
# ## The other threshold: the score
#
# A real detector gives each box a score, and we choose from which score on to believe it. That
# trades precision against recall, and the curve shows all trades at once.
#
# Five boxes make no curve, so here is a make-believe detector: it overlooks people, the small ones
# more often, draws boxes that are a little off, finds some people twice, and sees some where nobody
# is. Of each box it is surer the better it is, more or less.


# %%
def make_believe(n_images: int, seed: int) -> tuple[list, list, list]:
    """Detections, scores and true boxes in images of 640 x 480."""
    rng = np.random.default_rng(seed)
    boxes, scores, truths = [], [], []
    for _ in range(n_images):
        people = _people(rng.integers(0, 7), rng)
        heights = people[:, 3] - people[:, 1]
        found = np.flatnonzero(rng.random(len(people)) < np.clip(heights / 120, 0.5, 0.97))
        found = np.append(found, found[rng.random(len(found)) < 0.12])  # some of them twice
        sizes = np.tile(people[found, 2:] - people[found, :2], 2)
        errors = rng.gamma(2, 0.035, (len(found), 1))  # of the coordinates, in shares of the size
        near = people[found] + errors * sizes * rng.choice([-1, 1], (len(found), 4))
        background = _people(rng.poisson(1.0), rng)
        sure = np.concatenate([2 - 14 * errors[:, 0], np.full(len(background), -0.9)])
        logits = sure + rng.normal(0, 1.1, len(sure))
        boxes.append(np.concatenate([near, background]))
        scores.append(1 / (1 + np.exp(-logits)))
        truths.append(people)
    return boxes, scores, truths


def _people(n: int, rng: np.random.Generator) -> np.ndarray:
    """(n, 4) upright boxes, 50 to 180 pixels high."""
    height = rng.uniform(50, 180, n)
    width = 0.41 * height
    left, upper = rng.uniform(0, 640 - width), rng.uniform(0, 480 - height)
    return np.stack([left, upper, left + width, upper + height], axis=1)


def show_curves(boxes: list, scores: list, truths: list, out: Path) -> Matches:
    figure, (strictness, saw) = plotting.panels("2d", "2d")
    for tau, colour, style in ((0.5, plotting.BLUE, "-"), (0.7, plotting.VERMILION, "--"),
                               (0.8, "black", ":")):
        matches = match_images(boxes, scores, truths, tau)
        precision, recall, _ = precision_recall_curve(matches)
        ap = average_precision(matches, "voc2010")
        plotting.draw_precision_recall(strictness, precision, recall, colour=colour,
                                       linestyle=style, label=f"tau = {tau:g}: area {ap:.3f}")
    strictness.set_title("Down and to the right: believing lower scores")
    strictness.legend(frameon=False, loc="lower left")

    _show_averages(saw, match_images(boxes[:N_FEW], scores[:N_FEW], truths[:N_FEW]))
    plotting.save(figure, out / "precision_recall.png")

    matches = match_images(boxes, scores, truths)
    precision, recall, at_score = precision_recall_curve(matches)
    print(f"{len(truths)} images, {matches.n_truths} people, {len(matches.score)} detections")
    print("believe from score   detections   precision   recall")
    for score in (0.9, 0.7, 0.5, 0.3, 0.1):
        last = np.count_nonzero(at_score >= score) - 1
        print(f"{score:<20} {last + 1:>10} {precision[last]:>11.3f} {recall[last]:>8.3f}")
    print("what the detections at tau = 0.5 are:")
    for outcome, n in zip(*np.unique(matches.outcome, return_counts=True)):
        print(f"  {outcome:<18} {n:>5}")
    print("look at precision_recall.png: where would you stop believing, for a car? for counting "
          "visitors?")
    return matches


def _show_averages(axes: Axes, matches: Matches) -> None:
    """What the VOC averages make of a curve that is short enough for its teeth to be seen."""
    precision, recall, _ = precision_recall_curve(matches)
    envelope = best_from_here_on(precision)
    points = np.linspace(0, 1, 11)
    plotting.draw_precision_recall(axes, precision, recall, envelope=envelope,
                                   label="precision; shaded: the best from here on (voc2010)")
    axes.plot(points, precision_at(points, precision, recall), "o", clip_on=False,
              color=plotting.VERMILION, label="the 11 values that voc2007 averages")
    axes.set_title(f"The first {N_FEW} images alone: the teeth, ironed out")
    axes.legend(frameon=False, loc="lower left")


# %% [markdown]
# ## One set of detections, all conventions
#
# "AP" alone says little: each competition means another number by it. The detections stay the same
# all the way down this table. The interval says where the number would lie, in 95 of 100 cases,
# with other images of the same kind (`bootstrap_interval`): differences smaller than that are not
# worth a word.


# %%
def all_conventions(boxes: list, scores: list, truths: list, matches: Matches, out: Path,
                    seed: int) -> dict:
    by_voc = match_images(boxes, scores, truths, rule="voc")
    numbers = {
        "voc2007": ("VOC 2007: 11 points, tau 0.5", by_voc,
                    lambda matches: average_precision(matches, "voc2007")),
        "voc2010": ("VOC 2010: exact area, tau 0.5", by_voc,
                    lambda matches: average_precision(matches, "voc2010")),
        "coco50": ("COCO AP50: 101 points, tau 0.5", matches, average_precision),
        "coco75": ("COCO AP75: 101 points, tau 0.75", match_images(boxes, scores, truths, 0.75),
                   average_precision),
        "miss_rate": ("Caltech: miss rate, LOW is good", matches, log_average_miss_rate),
    }
    results = {}
    for key, (name, matched, metric) in numbers.items():
        low, high = bootstrap_interval(matched, metric, n_resamples=N_RESAMPLES, rng=seed)
        results[key] = metric(matched)
        print(f"{name:<36} {results[key]:.3f}   95 %: {low:.3f} to {high:.3f}")
    coco = coco_evaluation(boxes, scores, truths)
    results["coco"], results["coco_ar100"] = coco.table()["AP"], coco.table()["AR100"]
    print(f"{'COCO AP: mean over tau 0.50 to 0.95':<36} {results['coco']:.3f}")
    print(f"{'COCO AR100: mean recall at the same':<36} {results['coco_ar100']:.3f}")

    figure, (by_tau, miss) = plotting.panels("2d", "2d")
    taus = np.linspace(0.5, 0.95, 10)
    by_tau.bar(taus, coco.precision[0].mean(axis=1), width=0.035, color=plotting.BLUE)
    by_tau.axhline(results["coco"], color=plotting.VERMILION, linestyle="--",
                   label=f"COCO's AP: their mean, {results['coco']:.3f}")
    by_tau.set(xlabel="tau", ylabel="average precision (101 points)", xticks=taus[::3],
               ylim=(0, 1), title="COCO: tight boxes pay")
    by_tau.legend(frameon=False)
    fppi, miss_rate, _ = miss_rate_curve(matches)
    plotting.draw_miss_rate(miss, fppi, miss_rate)
    average = results["miss_rate"]
    for point in REFERENCE_FPPI:
        miss.axvline(point, color=plotting.GREY, linewidth=0.8, linestyle=":")
    miss.plot([1e-2, 1], [average, average], "--", color=plotting.VERMILION,
              label=f"geometric mean at the 9 dotted lines: {average:.3f}")
    miss.set_title("Caltech: how many are missed, lower is better")
    miss.legend(frameon=False, loc="lower left")
    plotting.save(figure, out / "conventions.png")
    print("Of the three averages at tau 0.5, VOC 2007 is the least steady: whether the recall just "
          "reaches\nthe next of its 11 points or just does not makes a whole step")
    print(f"VOC also matches otherwise: a detection may claim only the object that it overlaps "
          f"most, though\nanother has that already. Hence {results['voc2010']:.3f} here, and "
          f"{average_precision(matches, 'voc2010'):.3f} as the area under the curve above")
    print("look at conventions.png: left, how fast the bars fall tells how loose the boxes are")
    return results


# %% [markdown]
# ## All steps in order
#
# In a notebook: `run(Path("../../data"), Path("output"), seed=0)`. This lesson reads no data.


# %%
def run(data: Path, out: Path, seed: int) -> None:
    out = out / "ex1_4"
    steps = Steps(out)
    with steps("The picture"):
        show_picture(out)
    with steps("a) Intersection over union"):
        pairs = overlaps()
    with steps("b) Right and wrong at tau = 0.5"):
        strict = count(0.5)
    with steps("c) Precision and recall at tau = 0.3"):
        loose = count(0.3)
    with steps("What the overlap threshold does"):
        sweep = sweep_tau(out)
    with steps("The other threshold: the score"):
        boxes, scores, truths = make_believe(N_IMAGES, seed)
        matches = show_curves(boxes, scores, truths, out)
    with steps("One set of detections, all conventions"):
        conventions = all_conventions(boxes, scores, truths, matches, out, seed)
    print("\nTry next: move one box in DETECTIONS by a pixel; or give every detection of\n"
          "make_believe the same score, and see which of the numbers still mean anything.")
    steps.finish(seed=seed, pairs=pairs, counts=[strict, loose], sweep=sweep,
                 conventions=conventions)


# %%
run_as_script(__name__, "1.4")
