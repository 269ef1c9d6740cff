"""Lesson 2.2: find people in pictures of streets, from patches to a detector that can be trusted.

    python -m lessons run 2.2
    python -m lessons run 2.2 --image photo.jpg    people in a photograph of yours
    python lessons/ex2_2_person_detector/lesson.py    the lesson, too; --help shows the options
"""

# %% [markdown]
# # 2.2 Person detector
#
# **What we want.** Boxes around the people in a picture, and few boxes around anything else.
#
# **The idea.** Teach a classifier what a person looks like, as a patch of fixed size, described by
# its gradients; then lay a window everywhere, and ask of each place: a person?
#
# The first half is the exercise as the sheet has it. It works, badly. The second half is a ladder:
# first the detector that one can build from these parts, then one improvement after the other, each
# with its price and with what it is worth.
#
# Read next to this, in `minicv/person_detector/`: `patches.py`, `hog_features.py` and
# `sliding_window.py` for the first half, `detector.py` for the first rungs of the ladder; for the
# others, `minicv/channel_detector/detector.py`.

# %%
from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import NamedTuple

# The checkout, where `lessons` and `minicv` lie. (A notebook has no __file__, and runs in here.)
sys.path.insert(0, str(Path(globals().get("__file__", "lesson.py")).resolve().parents[2]))

import numpy as np
from matplotlib.axes import Axes
from PIL import Image, ImageOps

from lessons import InputError, Steps, read, run_as_script
from minicv import plotting
from minicv.channel_detector import CellFeatures, ChannelDetector
from minicv.datasets import PennFudan
from minicv.detection_metrics import (
    Matches,
    accuracy_score,
    average_precision,
    bootstrap_interval,
    confusion_matrix,
    log_average_miss_rate,
    match_images,
    roc_auc_score,
    roc_curve,
)
from minicv.detection_metrics.matching import (
    BACKGROUND,
    DUPLICATE,
    POOR_LOCALISATION,
    TRUE_POSITIVE,
)
from minicv.person_detector import (
    Detections,
    KNeighborsClassifier,
    LinearSVC,
    LogisticRegression,
    PersonDetector,
    draw_hog,
    hog,
    hog_patches,
    image_to_hog_patches,
)
from minicv.person_detector.patches import TrainingPatches, training_patches

TITLE = "Person detector: from patches and a sliding window up a ladder of improvements"

# The sheet's patches and their 216 numbers: 9 x 3 cells with 8 directions each.
PATCH = (150, 50)
HOG = {"orientations": 8, "pixels_per_cell": (16, 16), "cells_per_block": (1, 1)}
STRIDE = 20  # pixels, from one window to the next

# The ladder is chosen to be climbed in half a minute: it learns from every third picture, and looks
# at fewer sizes than one would for the last percent.
EVERY = 3
WINDOW, LARGE_WINDOW = (12, 6), (14, 7)  # cells of 8 pixels
STEP = 1.25  # from one size of the pyramid to the next
SMALLEST = 0.6  # people to look for, as a share of the median height
N_RESAMPLES = 200
WEIGHTS = (Path(globals().get("__file__", "lesson.py")).resolve().parents[2]
           / "data" / "channel_detector.npz")
# On photographs of Penn-Fudan that were not learned from, seven finds in eight are right from this
# score on, and four people in five are found.
BELIEVED = -0.5
LONGEST_SIDE = 1600  # of a photograph; a larger one is shrunk, for people fill it all the same


class Pictures(NamedTuple):
    """Pictures (H, W, 3) uint8, and for each the boxes (N, 4) of its people."""

    images: list[np.ndarray]
    boxes: list[np.ndarray]

    def every(self, n: int) -> Pictures:
        return Pictures(self.images[::n], self.boxes[::n])


# %% [markdown]
# ## The pictures
#
# Street scenes, drawn by a program; `--data DIR` with a folder that holds the photographs of
# Penn-Fudan runs this lesson on those. We learn from the training pictures alone. The others tell
# how good we are, and are never learned from.


# %%
def load(data: Path) -> tuple[Pictures, Pictures]:
    """Pictures to train on, and pictures to validate with."""
    parts = []
    for split in ("train", "val"):
        pictures = read(lambda path, split=split: list(_all(PennFudan(path, split))), data)
        parts.append(Pictures([image for image, _ in pictures],
                              [target["boxes"] for _, target in pictures]))
    for part, split in zip(parts, ("train", "val")):
        if sum(len(boxes) for boxes in part.boxes) < 8:
            raise InputError(f"{data} has fewer than 8 people in the pictures of split {split!r}")
    return tuple(parts)


def picture_row(n: int, width: float = 4.0) -> tuple:
    """A figure and axes for n pictures that are wider than high, and a line of text above."""
    figure, panels = plotting.panels(*["2d"] * n)
    figure.set_size_inches(n * width, 0.8 * width + 0.3)
    return figure, panels


def _all(dataset: PennFudan):
    return (dataset[n] for n in range(len(dataset)))


def show_pictures(train: Pictures, val: Pictures, out: Path) -> tuple[int, int]:
    """Returns (height, width) of the median person of the training pictures."""
    for part, name in ((train, "to train on"), (val, "to validate with")):
        boxes = np.concatenate(part.boxes)
        heights = boxes[:, 3] - boxes[:, 1]
        print(f"{len(part.images)} pictures {name}, {len(boxes)} people in them, from "
              f"{heights.min()} to {heights.max()} pixels high")
    boxes = np.concatenate(train.boxes)
    width, height = np.median(boxes[:, 2:] - boxes[:, :2], axis=0).astype(int).tolist()
    print(f"the median person is {height} pixels high and {width} wide")

    n_shown = min(3, len(train.images))
    figure, panels = picture_row(n_shown)
    for axes, image, own in zip(panels, train.images, train.boxes):
        plotting.draw_outcomes(axes, image, own, [TRUE_POSITIVE] * len(own), [])
    figure.suptitle("What somebody has marked as people")
    plotting.save(figure, out / "pictures.png")
    print("look at pictures.png: what else is upright, and as high as a person?")
    return height, width


# %% [markdown]
# ## a) and b) Random boxes, and boxes that are a little off
#
# Each person gives seven patches: its own box, three boxes of the same size at random places, and
# three copies of its box that are moved by up to a fifth of its size. All are resized to 150 x 50,
# and then described: in each cell of 16 x 16 pixels, how long are the gradients of each of 8
# directions? The pictures of it show lines *along* the edges.


# %%
def cut(train: Pictures, val: Pictures, seed: int, out: Path
        ) -> tuple[TrainingPatches, TrainingPatches]:
    train_patches = training_patches(*train, PATCH, rng=seed)
    val_patches = training_patches(*val, PATCH, rng=seed + 1)
    for patches, name in ((train_patches, "to train on"), (val_patches, "held out")):
        counts = [len(kind.pixels) for kind in patches]
        print(f"{name:<12} {counts[0]:>4} people + {counts[1]:>4} random + {counts[2]:>4} offset "
              f"= {sum(counts):>5} patches")

    # Negatives follow the order of the people, so those at the same share of the stack belong to
    # the same person (or a neighbour's, where somebody fills a picture and has none).
    share = np.linspace(0, 1, min(5, len(train_patches.positive.pixels)))
    rows = [kind.pixels[np.rint(share * (len(kind.pixels) - 1)).astype(int)]
            for kind in train_patches]
    pictures = [np.stack([hog(patch, visualize=True, channel_axis=-1, **HOG)[1] for patch in row])
                for row in rows]
    figure, (axes,) = plotting.panels("2d", height=7)
    plotting.draw_patches(axes, rows, pictures, ["person", "random", "offset"])
    axes.set_title("Each patch, and its 216 numbers as a drawing")
    plotting.save(figure, out / "patches.png")
    print("look at patches.png: in which drawings would you see a person? and is an offset patch\n"
          "really no person?")
    return train_patches, val_patches


def samples(patches: TrainingPatches, **switches) -> tuple[np.ndarray, np.ndarray]:
    """Descriptors (N, 216), and labels (N,): 1 = person. `switches`: other options for HOG."""
    X = np.concatenate([hog_patches(kind.pixels, **HOG | switches) for kind in patches])
    return X, (np.arange(len(X)) < len(patches.positive.pixels)).astype(int)


# %% [markdown]
# ## Three classifiers, asked about patches
#
# - *Logistic regression* and the *linear SVM* weigh the 216 numbers and add them up.
# - *Nearest neighbours* learns nothing: the five most similar training patches vote.
#
# Six patches in seven are no people, so whoever says "nobody" always is right six times in seven.
# The area under the ROC curve does not fall for that: it is the chance that of a person and a
# patch without one the person gets the better score.


# %%
def train_classifiers(train: tuple, val: tuple, out: Path) -> tuple[dict, dict]:
    """The classifiers by name, and their numbers."""
    X, y = train
    X_val, y_val = val
    print(f"saying \"nobody\" always: accuracy {np.mean(y_val == 0):.3f}")
    print("                      -- held-out patches: --    people   patches taken")
    print("classifier            accuracy       ROC area    missed   for people")
    classifiers, rows = {}, {}
    figure, (axes,) = plotting.panels("2d")
    for (name, classifier), colour, style in zip(
            {"logistic regression": LogisticRegression(), "linear SVM": LinearSVC(),
             "nearest neighbours": KNeighborsClassifier()}.items(),
            (plotting.BLUE, plotting.VERMILION, "black"), ("-", "--", ":")):
        classifiers[name] = classifier.fit(X, y)
        predicted, scores = classifier.predict(X_val), score(classifier, X_val)
        confusion = confusion_matrix(y_val, predicted, labels=[0, 1])
        rows[name] = {"accuracy": accuracy_score(y_val, predicted),
                      "roc_area": roc_auc_score(y_val, scores), "confusion": confusion.tolist()}
        print(f"{name:<20} {rows[name]['accuracy']:>9.3f} {rows[name]['roc_area']:>14.3f} "
              f"{f'{confusion[1, 0]} of {confusion[1].sum()}':>13} "
              f"{f'{confusion[0, 1]} of {confusion[0].sum()}':>13}")
        fpr, tpr, _ = roc_curve(y_val, scores)
        axes.plot(fpr, tpr, style, color=colour,
                  label=f"{name}: area {rows[name]['roc_area']:.3f}")
    axes.set(xlabel="share of the other patches taken for people", xlim=(-0.02, 1.02),
             ylabel="share of the people found", ylim=(-0.02, 1.05),
             title="ROC: each point is one threshold of the score")
    axes.grid(True, alpha=0.3)
    axes.legend(frameon=False, loc="lower right")
    plotting.save(figure, out / "classifiers.png")
    print("look at classifiers.png: to find nine people in ten, what must be put up with?")
    return classifiers, rows


def score(classifier, X: np.ndarray) -> np.ndarray:
    """How sure the classifier is of "person"; the share of the votes, if it has nothing better."""
    if isinstance(classifier, KNeighborsClassifier):
        return classifier.predict_proba(X)[:, 1]
    return classifier.decision_function(X)


# %% [markdown]
# ## c) Sliding windows
#
# Now look for people in whole pictures. The window is as large as the median person of the training
# pictures, it moves by 20 pixels, and what it shows is resized and described as the training
# patches were. Every window is a detection, with its score.
#
# A street has hundreds of windows and three people. One window in ten wrong is no longer a small
# thing. The number that shows it is the average precision (lesson 1.4).


# %%
def slide(classifiers: dict, val: Pictures, window: tuple[int, int], out: Path) -> dict:
    described, seconds = [], -time.perf_counter()
    for image in val.images:
        if image.shape[0] < window[0] or image.shape[1] < window[1]:
            described.append((np.zeros((0, 216)), np.zeros((0, 2), int)))  # no place to look at
            continue
        described.append(image_to_hog_patches(image, window, STRIDE, resize_to=PATCH, **HOG))
    seconds += time.perf_counter()
    n_windows = sum(len(anchors) for _, anchors in described)
    print(f"windows of {window[0]} x {window[1]} pixels, stride {STRIDE}: {n_windows} in "
          f"{len(val.images)} pictures, described in {seconds:.1f} s")
    boxes = [np.hstack([anchors, anchors + [window[1], window[0]]]) for _, anchors in described]
    rows, all_scores = {}, {}
    print("classifier            average precision   miss rate (low is good)")
    for name, classifier in classifiers.items():
        all_scores[name] = [score(classifier, X) if len(X) else np.zeros(0) for X, _ in described]
        matches = match_images(boxes, all_scores[name], val.boxes)
        rows[name] = {**numbers(matches),
                      "ms_per_picture": 1000 * seconds / len(val.images)}
        print(f"{name:<20} {rows[name]['ap']:>18.3f} {rows[name]['miss_rate']:>11.3f}")
    show_windows(val, boxes, all_scores, window, out)
    return rows


def numbers(matches: Matches) -> dict:
    return {"ap": average_precision(matches, "voc2010"),
            "miss_rate": log_average_miss_rate(matches)}


def show_windows(val: Pictures, boxes: list, all_scores: dict, window: tuple, out: Path) -> None:
    """One picture: the score of each window at its middle, and the best windows."""
    scores_of = all_scores["logistic regression"]
    n = max(range(len(boxes)), key=lambda n: scores_of[n].max(initial=-np.inf))
    figure, (everywhere, best) = picture_row(2, width=5)
    middles = (boxes[n][:, :2] + boxes[n][:, 2:]) / 2
    everywhere.imshow(val.images[n])
    limit = np.abs(scores_of[n]).max(initial=1e-9)
    dots = everywhere.scatter(*middles.T, c=scores_of[n], s=14, cmap="PuOr", vmin=-limit,
                              vmax=limit, edgecolors="black", linewidths=0.3)
    figure.colorbar(dots, ax=everywhere, shrink=0.7, label="score of the window round the dot")
    everywhere.set_axis_off()
    everywhere.set_title("Logistic regression asks every window")
    top = np.argsort(-scores_of[n], kind="stable")[:8]
    matches = match_images([boxes[n][top]], [scores_of[n][top]], [val.boxes[n]])
    plotting.draw_outcomes(best, val.images[n], boxes[n][top][matches.detection],
                           matches.outcome, val.boxes[n][matches.missed[:, 1]])
    best.set_title("Its 8 best windows; dotted: people missed")
    plotting.save(figure, out / "windows.png")
    print(f"look at windows.png: each person has one size, the window another: "
          f"{window[0]} x {window[1]}")


# %% [markdown]
# ## The ladder
#
# `PersonDetector` is made of what we have just used: HOG, a linear SVM, a sliding window, and `nms`
# of lesson 1.4. `ChannelDetector` goes on from there; on each rung one more thing is switched on.
# (The sheet's SVM had all training pictures to learn from; the ladder makes do with a third.)
#
# 1. *A pyramid, and suppression*: one window in pictures of many sizes finds people of many sizes;
#    of windows that overlap, the best is kept. Cells of 8 x 8 pixels show more than those of 16.
# 2. *Hard negatives*: search the training pictures, learn from what was wrongly found, repeat.
# 3. *Other features*: of each cell 13 numbers instead of 36, from few sizes of the picture: faster.
#    First a step back: this one begins with a smaller window, and with each person seen once.
# 4. *Colours*: of each cell also the mean colour, and how much it varies.
# 5. *Mirrored and shifted people*: more examples without more pictures.
# 6. *Box regression*: the descriptor also tells where in the window the person is.
# 7. *Averaging*: each box is the mean of the windows that agree with it.
# 8. *A larger window*: people are seen in more detail.


# %%
class Ladder:
    """Trains detectors on the same pictures and measures them on the others."""

    def __init__(self, train: Pictures, val: Pictures, seed: int):
        self.train, self.val, self.seed = train, val, seed
        self.rows: list[dict] = []
        self.matches: list[Matches] = []
        self.found: list[Detections] = []  # by the latest one
        print("                                       average   miss   training   a picture\n"
              "                                     precision   rate    seconds          ms")

    def add(self, name: str, row: dict) -> None:
        self.rows.append({"name": name, **row})
        training = f"{row['training_seconds']:>10.1f}" if "training_seconds" in row else " " * 10
        print(f"{name:<36} {row['ap']:>9.3f} {row['miss_rate']:>6.3f} {training} "
              f"{row['ms_per_picture']:>11.0f}", flush=True)

    def climb(self, name: str, detector: PersonDetector | ChannelDetector):
        """Train a detector, and measure it."""
        start = time.perf_counter()
        detector.fit(*self.train)
        self.measure(name, detector, training_seconds=time.perf_counter() - start)
        return detector

    def measure(self, name: str, detector: PersonDetector | ChannelDetector, **row) -> None:
        """Measure a detector that is trained already: what changed is how it is used."""
        start = time.perf_counter()
        self.found = [detector.detect(image, threshold=-0.9) for image in self.val.images]
        seconds = time.perf_counter() - start
        matches = match_images([found.boxes for found in self.found],
                               [found.scores for found in self.found], self.val.boxes)
        self.matches.append(matches)
        self.add(name, {**numbers(matches), **row,
                        "ms_per_picture": 1000 * seconds / len(self.val.images)})


def climb_ladder(train: Pictures, val: Pictures, height: int, sheet: dict, seed: int
                 ) -> tuple[Ladder, PersonDetector]:
    """All rungs, and the plain detector of the second one."""
    some = train.every(EVERY)
    print(f"learned from {len(some.images)} of {len(train.images)} pictures, with "
          f"{sum(map(len, some.boxes))} people")
    ladder = Ladder(some, val, seed)
    ladder.add("the sheet's SVM (from all pictures)", sheet)
    options = {"step": STEP, "smallest": SMALLEST * height, "rng": seed}
    ladder.climb("1 pyramid and suppression", PersonDetector(mining_rounds=0, **options))
    plain = ladder.climb("2 + hard negatives", PersonDetector(mining_rounds=2, **options))

    options |= {"window": WINDOW, "n_jitter": 0, "mirror": False, "mining_rounds": 2,
                "regress": False, "average": False}
    ladder.climb("3 other features", ChannelDetector(CellFeatures(colour=False), **options))
    ladder.climb("4 + colours", ChannelDetector(**options))
    # The regression is learned beside the classifier and changes nothing in it.
    options |= {"n_jitter": 1, "mirror": True, "regress": True}
    start = time.perf_counter()
    detector = ChannelDetector(**options).fit(*some)
    seconds = time.perf_counter() - start
    regression, detector.regression_ = detector.regression_, None
    ladder.measure("5 + mirrored and shifted people", detector, training_seconds=seconds)
    detector.regression_ = regression
    ladder.measure("6 + box regression", detector)
    detector.average = True
    ladder.measure("7 + averaging", detector)
    options |= {"average": True, "window": LARGE_WINDOW}
    ladder.climb(f"8 + window of {LARGE_WINDOW[0]} x {LARGE_WINDOW[1]} cells",
                 ChannelDetector(**options))
    return ladder, plain


def show_ladder(ladder: Ladder, out: Path, seed: int) -> dict:
    names = [row["name"] for row in ladder.rows]
    figure, (left, right) = plotting.panels("2d", "2d", height=4.8)
    plotting.draw_steps(left, names, [row["ap"] for row in ladder.rows])
    left.set(xlim=(0, 1.12), xlabel="average precision at an IoU of 0.5",
             title="What each rung is worth")
    plotting.draw_steps(right, [""] * len(names), [row["miss_rate"] for row in ladder.rows],
                        colour=plotting.VERMILION)
    right.set(xlim=(0, 1.12), xlabel="log-average miss rate (low is good)",
              title="People missed, at few false alarms")
    plotting.save(figure, out / "ladder.png")
    low, high = bootstrap_interval(ladder.matches[-1],
                                   lambda matches: average_precision(matches, "voc2010"),
                                   n_resamples=N_RESAMPLES, rng=seed)
    print(f"on other pictures of this kind, the last rung's average precision would lie between "
          f"{low:.3f} and {high:.3f}\nin 95 of 100 cases: do not make much of small steps")
    print("look at ladder.png: not every rung helps on these pictures. Which would you keep, if\n"
          "each had to be paid for?")
    return {"ap_low": low, "ap_high": high}


# %% [markdown]
# ## What the switches of HOG are worth
#
# `hog` has switches, and the sheet has set them. What if they were set otherwise? The same patches,
# the same linear SVM, and the area under its ROC curve on the patches held out.
#
# Is a difference more than luck? Draw the held-out *pictures* again, with replacement, and compare
# both descriptors *on the same draw*: if the interval of the difference holds 0, these pictures
# cannot tell.


# %%
SWITCHES = {
    "gamma: square roots of the pixels": {"transform_sqrt": True},
    "cells of 8 x 8 pixels": {"pixels_per_cell": (8, 8)},
    "blocks of 2 x 2 cells": {"cells_per_block": (2, 2)},
    "4 directions": {"orientations": 4},
    "16 directions": {"orientations": 16},
    "block norm L2, without a ceiling": {"block_norm": "L2"},
    "block norm L1-sqrt": {"block_norm": "L1-sqrt"},
}


def try_switches(train: TrainingPatches, val: TrainingPatches, seed: int, out: Path) -> list[dict]:
    _, y_val = samples(val)
    images = np.concatenate([kind.images for kind in val])
    rows, scores = [], []
    print("                                     numbers   ROC area     gain   95 of 100 draws")
    for name, switch in {"as on the sheet": {}, **SWITCHES}.items():
        X, y = samples(train, **switch)
        svm = LinearSVC().fit(X, y)
        scores.append(svm.decision_function(samples(val, **switch)[0]))
        row = {"name": name, "roc_area": roc_auc_score(y_val, scores[-1])}
        row["gain"] = row["roc_area"] - (rows or [row])[0]["roc_area"]
        row["low"], row["high"] = paired_interval(scores[-1], scores[0], y_val, images, seed)
        rows.append(row)
        print(f"{name:<36} {X.shape[1]:>7} {row['roc_area']:>10.3f} {row['gain']:>+8.3f}   "
              f"{row['low']:+.3f} to {row['high']:+.3f}")
    told = [row["name"] for row in rows if row["low"] * row["high"] > 0]
    print("these pictures can tell: " + (", ".join(told) if told else "none of them"))

    figure, (axes,) = plotting.panels("2d", height=4.2)
    figure.set_figwidth(8)
    plotting.draw_steps(axes, list(SWITCHES), [row["gain"] for row in rows[1:]], form="+.3f",
                        low=[row["low"] for row in rows[1:]],
                        high=[row["high"] for row in rows[1:]])
    axes.axvline(0, color="black", linewidth=0.8)
    axes.margins(x=0.15)
    axes.set(xlabel="gain in ROC area; line: 95 % of the resampled pictures",
             title="A line that keeps off 0 is more than luck")
    plotting.save(figure, out / "switches.png")
    print("look at switches.png: how many more pictures would it take to halve the lines?")
    return rows


def paired_interval(scores: np.ndarray, base: np.ndarray, y: np.ndarray, images: np.ndarray,
                    seed: int) -> tuple[float, float]:
    """Where the difference of two ROC areas lies, in 95 of 100 draws of the pictures."""
    rng = np.random.default_rng(seed)
    patches_of = [np.flatnonzero(images == image) for image in np.unique(images)]
    gains = []
    while len(gains) < N_RESAMPLES:
        chosen = rng.integers(len(patches_of), size=len(patches_of))
        drawn = np.concatenate([patches_of[image] for image in chosen])
        if 0 < y[drawn].sum() < len(drawn):  # a draw of both kinds
            gains.append(roc_auc_score(y[drawn], scores[drawn])
                         - roc_auc_score(y[drawn], base[drawn]))
    low, high = np.quantile(gains, [0.025, 0.975])
    return float(low), float(high)


# %% [markdown]
# ## What the plain detector has learned
#
# Its weights are numbers for directions in cells, as HOG's own are, and can be drawn as they are.


# %%
def show_weights(detector: PersonDetector, pictures: Pictures, out: Path, seed: int) -> None:
    """What the linear SVM learned: which edges, where, speak for a person."""
    rows, columns = detector.weights_.shape[:2]
    positive, negative = draw_hog(detector.weights_, (rows + 1, columns + 1),
                                  cells_per_block=(2, 2))
    mean = training_patches(*pictures, PATCH, 0, 0, rng=seed).positive.pixels.mean(axis=0)
    figure, panels = plotting.panels("2d", "2d", "2d", height=4.4)
    figure.set_figwidth(8)
    for axes, picture, title in zip(panels, (mean.astype(np.uint8), positive, negative),
                                    ("the mean of all people", "edges that speak for a person",
                                     "edges that speak against")):
        axes.imshow(picture, cmap="gray")
        axes.set_axis_off()
        axes.set_title(title)
    plotting.save(figure, out / "weights.png")
    print("look at weights.png: find the shoulders and the legs. Which edges speak against?")


# %% [markdown]
# ## What it finds, and its worst mistakes
#
# `Matches.outcome` says of each detection whether it is right, and if not, why: each reason has its
# own cure.


# %%
REASONS = {
    BACKGROUND: "there is nobody: more, and harder, negatives",
    DUPLICATE: "somebody else was found there already: stronger suppression",
    POOR_LOCALISATION: "a person, but not the right box: a finer search, a better regression",
}


def show_finds(ladder: Ladder, out: Path) -> dict:
    val, matches = ladder.val, ladder.matches[-1]
    # Where to stop believing is a matter of taste. Here: as many finds as there are people, so that
    # as many are wrong as people are missed.
    last = min(matches.n_truths, len(matches.score)) - 1
    believed = matches.score >= matches.score[last]
    print(f"the last rung's {np.sum(believed)} best finds, as many as there are people "
          f"(score {matches.score[last]:.2f} or better):")
    counts = {TRUE_POSITIVE: int(np.sum(matches.outcome[believed] == TRUE_POSITIVE))}
    print(f"{counts[TRUE_POSITIVE]:>5} right")
    for outcome, cure in REASONS.items():
        counts[outcome] = int(np.sum(matches.outcome[believed] == outcome))
        print(f"{counts[outcome]:>5} {outcome:<18} {cure}")

    crowded = np.argsort([-len(boxes) for boxes in val.boxes], kind="stable")[:4]
    figure, panels = picture_row(len(crowded))
    for axes, image in zip(panels, crowded):
        draw_finds(axes, ladder, image, matches.score[last])
    figure.suptitle("Blue: right. Dashed: wrong. Dotted: missed. Numbers: the scores")
    plotting.save(figure, out / "detections.png")
    show_mistakes(ladder, matches.score[last], out)
    print("look at detections.png, and at mistakes.png: is the detector always the one to blame?")
    return counts


def draw_finds(axes: Axes, ladder: Ladder, image: int, least: float) -> None:
    """All finds in a picture that score at least this, and who was missed."""
    matches = ladder.matches[-1]
    here = np.flatnonzero((matches.image == image) & (matches.score >= least))
    boxes = ladder.found[image].boxes[matches.detection[here]]
    outcomes = matches.outcome[here]
    labels = [f"{score:.1f}" for score in matches.score[here]]
    found = matches.truth[here][outcomes == TRUE_POSITIVE]
    missed = np.delete(ladder.val.boxes[image], found, axis=0)
    plotting.draw_outcomes(axes, ladder.val.images[image], boxes, outcomes, missed, labels)


def show_mistakes(ladder: Ladder, least: float, out: Path) -> None:
    """The false positives that it is surest of, and people whom it sees at no threshold."""
    matches, mistakes = ladder.matches[-1], []
    for n in np.flatnonzero(matches.outcome != TRUE_POSITIVE)[:4]:
        box = ladder.found[matches.image[n]].boxes[matches.detection[n]]
        title = f"{matches.outcome[n]}\nscore {matches.score[n]:.2f}, IoU {matches.iou[n]:.2f}"
        mistakes.append((matches.image[n], box, min(matches.score[n], least), title))
    missed = [(image, ladder.val.boxes[image][truth]) for image, truth in matches.missed]
    missed.sort(key=lambda place: place[1][1] - place[1][3])  # the largest first
    mistakes += [(image, box, least, "missed, whatever\nthe threshold")
                 for image, box in missed[:6 - len(mistakes)]]
    if not mistakes:
        print("it made no mistake on these pictures")
        mistakes = [(0, ladder.found[0].boxes[0], least, "no mistake to show:\na person")]
    figure, panels = plotting.panels(*["2d"] * len(mistakes), height=2.6)
    figure.set_size_inches(2.2 * len(mistakes), 2.7)
    for axes, (image, box, score, title) in zip(panels, mistakes):
        draw_finds(axes, ladder, image, score)
        plotting.draw_surroundings(axes, ladder.val.images[image], box)
        for label in axes.texts:  # they would reach out of this small piece of the picture
            label.set_visible(False)
        axes.set_title(title, fontsize=9)
    plotting.save(figure, out / "mistakes.png")


# %% [markdown]
# ## Your own photograph
#
# `python -m lessons run 2.2 --image photo.jpg` calls this. The detector was trained on the
# photographs of Penn-Fudan, not on our drawings.


# %%
def detect_in_photo(path: Path, out: Path, weights: Path = WEIGHTS) -> Detections:
    """Find the people in a photograph, print their boxes, and save it with them drawn in.

    Where nobody is found there is nothing to draw, and nothing is saved.
    """
    detector = read(ChannelDetector.load, weights)
    photo = read(read_photo, path)
    image, shrunk = shrink(photo)
    if len(image) < detector.smallest:
        cure = ("take a larger picture" if shrunk == 1 else f"it is searched {len(image)} pixels "
                f"high, since its longer side is shrunk to {LONGEST_SIDE}: cut out a part")
        raise InputError(f"{path} is {len(photo)} pixels high, and the smallest people that can "
                         f"be found {detector.smallest / shrunk:.0f}; {cure}")
    boxes, scores = detector.detect(image, threshold=BELIEVED)
    if len(boxes) == 0:
        print(f"no people found in {path}: if there are any, they should stand or walk, and be at "
              f"least {detector.smallest / shrunk:.0f} pixels high")
        return Detections(boxes, scores)
    print(f"{path}: {photo.shape[1]} x {photo.shape[0]} pixels, {len(boxes)} found")
    print("score    left   upper   right   lower   (pixels)")
    for box, score in zip(boxes / shrunk, scores):
        print(f"{score:>5.2f} " + " ".join(f"{edge:>7.0f}" for edge in box))
    figure, (axes,) = plotting.panels("2d", height=6)
    figure.set_figwidth(6 * image.shape[1] / image.shape[0])
    plotting.draw_outcomes(axes, image, boxes, [TRUE_POSITIVE] * len(boxes), [],
                           [f"{score:.1f}" for score in scores])
    out = out / "ex2_2"
    out.mkdir(parents=True, exist_ok=True)
    plotting.save(figure, out / "photo.png")
    print(f"The picture is in {out / 'photo.png'}")
    return Detections(boxes / shrunk, scores)


def read_photo(path: Path) -> np.ndarray:
    """A picture as (H, W, 3) uint8, upright: cameras store how they were held."""
    if not path.is_file():
        raise FileNotFoundError(f"there is no picture {path}")
    try:
        with Image.open(path) as picture:
            if picture.mode.startswith(("I", "F")):  # Pillow would cut off all above 255
                raise ValueError("more than 8 bits a channel; save it with 8")
            return np.asarray(ImageOps.exif_transpose(picture).convert("RGB"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise ValueError(f"{path} is no picture that can be read: cut short, damaged, or of "
                         f"another kind ({error})") from error


def shrink(photo: np.ndarray) -> tuple[np.ndarray, float]:
    """The photograph, not larger than is good for the search, and by how much it was shrunk."""
    factor = min(1.0, LONGEST_SIDE / max(photo.shape[:2]))
    if factor == 1:
        return photo, factor
    height, width = (max(1, round(factor * side)) for side in photo.shape[:2])
    resized = Image.fromarray(photo).resize((width, height), Image.Resampling.BOX)
    return np.asarray(resized), factor


# %% [markdown]
# ## All steps in order
#
# In a notebook: `run(Path("../../data"), Path("output"), seed=0)`


# %%
def run(data: Path, out: Path, seed: int) -> None:
    out = out / "ex2_2"
    steps = Steps(out)
    with steps("The pictures"):
        train, val = load(data)
        window = show_pictures(train, val, out)
    with steps("a) and b) Random and offset boxes"):
        train_patches, val_patches = cut(train, val, seed, out)
    with steps("Three classifiers"):
        classifiers, on_patches = train_classifiers(samples(train_patches), samples(val_patches),
                                                    out)
    with steps("c) Sliding windows"):
        sheet = slide(classifiers, val, window, out)
    with steps("The ladder"):
        ladder, plain = climb_ladder(train, val, window[0], sheet["linear SVM"], seed)
        interval = show_ladder(ladder, out, seed)
    with steps("What it finds, and its worst mistakes"):
        counts = show_finds(ladder, out)
    with steps("What the switches of HOG are worth"):
        switches = try_switches(train_patches, val_patches, seed, out)
    with steps("What the plain detector has learned"):
        show_weights(plain, train, out, seed)
    print("\nTry next: EVERY = 1, to learn from all pictures (some minutes): which rungs gain?\n"
          "The detectors' own defaults, which are finer still; --data with other pictures; or\n"
          "--image with your own.")
    steps.finish(seed=seed, pictures=[len(train.images), len(val.images)], window=list(window),
                 on_patches=on_patches, sliding_window=sheet, ladder=ladder.rows, **interval,
                 outcomes=counts, switches=switches)


# %%
run_as_script(__name__, "2.2")
