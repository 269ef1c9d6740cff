"""Lesson 1.4: is a detection right? From the overlap of two boxes to average precision.

    python -m lessons run 1.4              --figure: the picture of the boxes alone
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
import sys
from pathlib import Path

# The checkout, where `lessons` and `minicv` lie.
sys.path.insert(0, str(Path(globals().get("__file__", "lesson.py")).resolve().parents[2]))

# %%
import numpy as np

from lessons import begin
from minicv import plotting
from minicv.detection_metrics import (
    average_precision,
    bootstrap_interval,
    box_iou,
    coco_evaluation,
    log_average_miss_rate,
    match_detections,
    match_images,
    miss_rate_curve,
    precision_recall_curve,
)
from minicv.detection_metrics.curves import REFERENCE_FPPI

TITLE = "Detection metrics: overlap, right and wrong, precision and recall, averages"

lesson = begin("1.4", __name__)
N_IMAGES = 200
N_FEW = 12  # of these, for a curve in which single detections can be seen
N_RESAMPLES = 300

# %% [markdown]
# ## The picture
#
# The sheet asks about four pairs of boxes. These lie on a grid of whole pixels, so that all areas
# can be counted by hand. A box is (left, upper, right, lower). (The sheet speaks of "three boxes
# (1, 2, 3, 4)": there are four, and its own answers need four.)

# %%
truths = {"1": (1, 1, 5, 6), "2": (8, 1, 10, 4), "3": (13, 2, 15, 5), "4": (7, 6, 10, 11)}
detections = {"A": (2, 1, 6, 6), "B": (9, 1, 11, 4), "C": (13, 4, 15, 6), "D": (8, 7, 11, 12),
              "E": (2, 8, 4, 11)}
print(f"{len(truths)} true boxes, {len(detections)} detections")

# %%
figure, (axes,) = plotting.panels("2d", height=5.5)
plotting.draw_boxes(axes, list(truths.values()), list(truths), colour="black", filled=True,
                    label="true box")
plotting.draw_boxes(axes, list(detections.values()), list(detections), colour=plotting.VERMILION,
                    label="detection", name_at="lower right")
axes.set(xlim=(0, 17), ylim=(13, 0), xticks=range(18), yticks=range(14),
         title="Four objects, five detections: which are right?")
axes.grid(True, alpha=0.5)
axes.legend(loc="lower right")
lesson.show(figure, "boxes.png", "count squares. Which detection would you call right?")

# %% [markdown]
# ## a) Intersection over union
#
# How much do two boxes agree? Take what they share, and divide by what they cover together:
#
#     IoU = I / U,    U = (area of one) + (area of the other) - I
#
# since the sum of the areas counts the intersection I twice. Boxes that do not meet would get a
# negative width; they share nothing. A detection is correct if its IoU is at least a threshold
# *tau*; the sheet takes 0.5. (It writes "more than", the official programs take "at least", as we
# do; here no IoU is equal to tau.)


# %%
def area(box):
    return (box[2] - box[0]) * (box[3] - box[1])


def overlap(a, b):
    """Intersection and union of two boxes."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    intersection = max(width, 0) * max(height, 0)
    return intersection, area(a) + area(b) - intersection


pairs = [("A", "1"), ("B", "2"), ("C", "3"), ("D", "4")]
for name, number in pairs:
    box, truth = detections[name], truths[number]
    i, u = overlap(box, truth)
    verdict = "correct" if i / u >= 0.5 else "not correct"
    print(f"({name}, {number})  I = {i:>2}   "
          f"U = {area(box):>2} + {area(truth):>2} - {i:>2} = {u:>2}"
          f"   IoU = {i / u:.4f}   at tau = 0.5: {verdict}")

# %% [markdown]
# The library does it for all pairs at once: `box_iou` gives a table with a row for each detection
# and a column for each true box.

# %%
boxes, true_boxes = np.array(list(detections.values())), np.array(list(truths.values()))
table = box_iou(boxes, true_boxes)
print("     " + "".join(f"{number:>7}" for number in truths))
for name, row in zip(detections, table):
    print(f"  {name}  " + "".join(f"{iou:>7.3f}" for iou in row))
found = [number for number, best in zip(truths, table.max(axis=0)) if best >= 0.5]
print(f"objects detected correctly: {', '.join(found)} ({len(found)} of {len(truths)})")

# %% [markdown]
# ## b) Right and wrong at tau = 0.5
#
# Go through the detections, the surest first. Each may claim the free true box that it overlaps
# most, if by at least tau: a *true positive* (TP). If it can claim none, it is a *false positive*
# (FP). The true boxes that nobody has claimed are *false negatives* (FN).


# %%
def count(tau):
    """TP, FP, FN, and the true boxes that are left over."""
    free, tp = list(range(len(true_boxes))), 0
    for row in table:
        best = max(free, key=lambda t: row[t], default=None)
        if best is not None and row[best] >= tau:
            free.remove(best)
            tp += 1
    return tp, len(boxes) - tp, len(free), [list(truths)[t] for t in free]


tp, fp, fn, missed = count(0.5)
print(f"tau = 0.5: TP = {tp}, FP = {fp}, FN = {fn}; missed: {', '.join(missed)}")

# %% [markdown]
# `match_detections` does the same for the detections and scores of a picture, and keeps a record of
# each: which true box it has to do with, their IoU, and, if it is wrong, why.

# %%
matches = match_detections(boxes, np.ones(len(boxes)), true_boxes, 0.5)
for n, outcome, truth, iou in zip(matches.detection, matches.outcome, matches.truth, matches.iou):
    nearest = f"overlaps {list(truths)[truth]}, IoU {iou:.3f}" if truth >= 0 else "overlaps none"
    print(f"{list(detections)[n]}: {nearest:<24} {outcome}")
assert (matches.true_positives, matches.false_positives, matches.false_negatives) == (tp, fp, fn)

# %% [markdown]
# ## c) Precision and recall at tau = 0.3
#
# Two questions, two numbers. Of what the detector says, how much is right? Of what is there, how
# much does it find?
#
#     precision = TP / (TP + FP)          recall = TP / (TP + FN)

# %%
counts = []
for tau in (0.5, 0.3):
    tp, fp, fn, missed = count(tau)
    print(f"tau = {tau:g}: TP = {tp}, FP = {fp}, FN = {fn}   "
          f"precision = {tp}/{tp + fp} = {tp / (tp + fp):g}, "
          f"recall = {tp}/{tp + fn} = {tp / (tp + fn):g}")
    counts.append({"tau": tau, "tp": tp, "fp": fp, "fn": fn, "precision": tp / (tp + fp),
                   "recall": tp / (tp + fn), "missed": missed})
lesson.record(pairs=[{"pair": name + number, "iou": float(np.divide(*overlap(
    detections[name], truths[number])))} for name, number in pairs], counts=counts)

# %% [markdown]
# ## What the overlap threshold does
#
# tau is ours to choose, and it decides how good the detector looks. With the detections fixed,
# TP + FP and TP + FN are fixed too, so that both curves fall together: a step down at each IoU in
# the picture.

# %%
ious = sorted((float(table[n, n]), name + number) for n, (name, number) in enumerate(pairs))
sweep = []
for tau in [0.0, *(iou for iou, _ in ious), 1.0]:  # between two of these nothing changes
    tp, fp, fn, _ = count(tau)
    sweep.append({"tau": tau, "precision": tp / (tp + fp), "recall": tp / (tp + fn)})
    if tau > 0:
        print(f"tau up to {tau:.3f}: precision {tp / (tp + fp):.2f}, recall {tp / (tp + fn):.2f}")
lesson.record(sweep=sweep)

# %%
figure, (axes,) = plotting.panels("2d")
plotting.draw_thresholds(axes, [row["tau"] for row in sweep],
                         {"precision = TP / 5 detections": [row["precision"] for row in sweep],
                          "recall = TP / 4 objects": [row["recall"] for row in sweep]},
                         marks={name: iou for iou, name in ious})
axes.set(xlabel="tau: the IoU from which on a detection is right",
         title="The stricter, the worse: a step at each pair's IoU")
lesson.show(figure, "thresholds.png", "why are both curves of the same shape? What would a sixth "
            "detection change?")

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
def people(n, rng):
    """(n, 4) upright boxes, 50 to 180 pixels high, in an image of 640 x 480."""
    height = rng.uniform(50, 180, n)
    width = 0.41 * height
    left, upper = rng.uniform(0, 640 - width), rng.uniform(0, 480 - height)
    return np.stack([left, upper, left + width, upper + height], axis=1)


def make_believe(rng):
    """Detections, their scores, and the true boxes of one image."""
    truth = people(rng.integers(0, 7), rng)
    heights = truth[:, 3] - truth[:, 1]
    found = np.flatnonzero(rng.random(len(truth)) < np.clip(heights / 120, 0.5, 0.97))
    found = np.append(found, found[rng.random(len(found)) < 0.12])  # some of them twice
    errors = rng.gamma(2, 0.035, (len(found), 1))  # of the coordinates, in shares of the size
    sizes = np.tile(truth[found, 2:] - truth[found, :2], 2)
    near = truth[found] + errors * sizes * rng.choice([-1, 1], (len(found), 4))
    background = people(rng.poisson(1.0), rng)
    logits = np.concatenate([2 - 14 * errors[:, 0], np.full(len(background), -0.9)])
    logits += rng.normal(0, 1.1, len(logits))
    return np.concatenate([near, background]), 1 / (1 + np.exp(-logits)), truth


# %% [markdown]
# The curve by hand: sort all detections of all images by their score, the surest first. Going down
# the list, the precision so far is (right so far) / (seen so far), and the recall so far is (right
# so far) / (all true boxes).

# %%
rng = np.random.default_rng(lesson.seed)
found, scores, true = zip(*[make_believe(rng) for _ in range(N_IMAGES)])
matches = match_images(found, scores, true)  # sorted by score
right = np.cumsum(matches.outcome == "true positive")
precision, recall = right / np.arange(1, len(right) + 1), right / matches.n_truths
print(f"{len(true)} images, {matches.n_truths} people, {len(right)} detections")
print("believe from score   detections   precision   recall")
for score in (0.9, 0.7, 0.5, 0.3, 0.1):
    n = np.count_nonzero(matches.score >= score)
    print(f"{score:<20} {n:>10} {precision[n - 1]:>11.3f} {recall[n - 1]:>8.3f}")
print("what the detections at tau = 0.5 are:")
for outcome, n in zip(*np.unique(matches.outcome, return_counts=True)):
    print(f"  {outcome:<18} {n:>5}")

# %%
figure, (strictness, saw) = plotting.panels("2d", "2d")
for tau, colour, style in ((0.5, plotting.BLUE, "-"), (0.7, plotting.VERMILION, "--"),
                           (0.8, "black", ":")):
    stricter = match_images(found, scores, true, tau)
    plotting.draw_precision_recall(
        strictness, *precision_recall_curve(stricter)[:2], colour=colour, linestyle=style,
        label=f"tau = {tau:g}: area {average_precision(stricter, 'voc2010'):.3f}")
strictness.set_title("Down and to the right: believing lower scores")
strictness.legend(frameon=False, loc="lower left")
plotting.draw_averages(saw, *precision_recall_curve(
    match_images(found[:N_FEW], scores[:N_FEW], true[:N_FEW]))[:2])
saw.set_title(f"The first {N_FEW} images alone: the teeth, ironed out")
lesson.show(figure, "precision_recall.png",
            "where would you stop believing, for a car? And for counting visitors?")

# %% [markdown]
# ## One set of detections, all conventions
#
# "AP" alone says little: each competition means another number by it.
#
# - *VOC 2007* reads the curve at 11 recalls, 0, 0.1, ..., 1, takes at each the best precision from
#   there on, and averages. *VOC 2010* takes the exact area under these best precisions.
# - *COCO* reads it in the same way at 101 recalls, and averages over ten tau from 0.5 to 0.95. AP50
#   and AP75 are for one tau. AR100 is the recall of at most 100 detections an image, averaged over
#   the ten.
# - *Caltech* asks the other way round: how large a share of the people is missed, at so many false
#   positives an image? The *miss rate* is the (geometric) mean at nine such numbers, 0.01 to 1.
#
# The detections stay the same all the way down this table. The interval says where the number would
# lie, in 95 of 100 cases, with other images of the same kind (`bootstrap_interval`): differences
# smaller than that are not worth a word.

# %%
by_voc = match_images(found, scores, true, rule="voc")
numbers = {
    "voc2007": ("VOC 2007: 11 points, tau 0.5", by_voc,
                lambda matches: average_precision(matches, "voc2007")),
    "voc2010": ("VOC 2010: exact area, tau 0.5", by_voc,
                lambda matches: average_precision(matches, "voc2010")),
    "coco50": ("COCO AP50: 101 points, tau 0.5", matches, average_precision),
    "coco75": ("COCO AP75: 101 points, tau 0.75", match_images(found, scores, true, 0.75),
               average_precision),
    "miss_rate": ("Caltech: miss rate, LOW is good", matches, log_average_miss_rate),
}
conventions = {}
for key, (name, matched, metric) in numbers.items():
    low, high = bootstrap_interval(matched, metric, n_resamples=N_RESAMPLES, rng=lesson.seed)
    conventions[key] = metric(matched)
    print(f"{name:<36} {conventions[key]:.3f}   95 %: {low:.3f} to {high:.3f}")

# %%
coco = coco_evaluation(found, scores, true)
conventions |= {"coco": coco.table()["AP"], "coco_ar100": coco.table()["AR100"]}
print(f"{'COCO AP: mean over tau 0.50 to 0.95':<36} {conventions['coco']:.3f}")
print(f"{'COCO AR100: mean recall at the same':<36} {conventions['coco_ar100']:.3f}")
print(f"VOC also matches otherwise: a detection may claim only the object that it overlaps most, "
      f"though\nanother has that already. Hence {conventions['voc2010']:.3f} here, and "
      f"{average_precision(matches, 'voc2010'):.3f} as the area under the curve above")
lesson.record(conventions=conventions)

# %%
figure, (by_tau, miss) = plotting.panels("2d", "2d")
plotting.draw_tau_bars(by_tau, np.linspace(0.5, 0.95, 10), coco.precision[0].mean(axis=1))
fppi, miss_rate, _ = miss_rate_curve(matches)
plotting.draw_miss_rate(miss, fppi, miss_rate)
plotting.draw_mean_at(miss, REFERENCE_FPPI, conventions["miss_rate"])
miss.set_title("Caltech: how many are missed, lower is better")
lesson.show(figure, "conventions.png", "left, how fast the bars fall tells how loose the boxes are")

# %% [markdown]
# **Try next.** Move one box in `detections` by a pixel; or give every detection of `make_believe`
# the same score, and see which of the numbers still mean anything.
#
# **Do it yourself.** `python -m lessons start 1.4`, then `python -m lessons check`.
