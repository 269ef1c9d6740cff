"""Lesson 2.2: find people in pictures of streets, from patches to a detector that can be trusted.

    python -m lessons run 2.2
    python -m lessons run 2.2 --image photo.jpg         people in a photograph of yours
    python lessons/ex2_2_person_detector/lesson.py      the lesson, too; --help shows the options
"""

# %% [markdown]
# # 2.2 Person detector
#
# **What we want.** Boxes around the people in a picture, and few boxes around anything else.
#
# **The idea.** Teach a classifier what a person looks like, as a patch of fixed size, described by
# its gradients; then lay a window everywhere, and ask of each place: a person?
#
# The first half is the exercise. It works, badly. The second half is a ladder: first the detector
# that one can build from these parts, then one improvement after the other, each with its price and
# with what it is worth.
#
# Read next to this, in `minicv/person_detector/`: `patches.py`, `hog_features.py` and
# `sliding_window.py` for the first half, `detector.py` for the first rungs of the ladder; for the
# others, `minicv/channel_detector/detector.py`.

# %%
import sys
from pathlib import Path

# The checkout, where `lessons` and `minicv` lie.
sys.path.insert(0, str(Path(globals().get("__file__", "lesson.py")).resolve().parents[2]))

# %%
import time

import numpy as np
from PIL import Image

from lessons import InputError, begin
from minicv import plotting
from minicv.channel_detector import CellFeatures, ChannelDetector
from minicv.datasets import PennFudan
from minicv.detection_metrics import (
    accuracy_score,
    average_precision,
    bootstrap_interval,
    box_iou,
    confusion_matrix,
    log_average_miss_rate,
    match_images,
    roc_auc_score,
    roc_curve,
)
from minicv.person_detector import (
    KNeighborsClassifier,
    LinearSVC,
    LogisticRegression,
    MarkedImages,
    PersonDetector,
    draw_hog,
    hog,
    hog_patches,
    image_to_hog_patches,
)
from minicv.person_detector.patches import training_patches

TITLE = "Person detector: from patches and a sliding window up a ladder of improvements"

lesson = begin("2.2", __name__)
# The patches of the course's notebook, and their 216 numbers: 9 x 3 cells with 8 directions each.
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

# %% [markdown]
# ## The pictures
#
# Street scenes with people marked in them: ours are drawn by a program; `--data DIR` takes a folder
# that holds other pictures in the layout of Penn-Fudan. We learn from the training pictures alone.
# The others tell how good we are, and are never learned from.

# %%
images, boxes = {}, {}
for split, name in (("train", "to train on"), ("val", "to validate with")):
    dataset = lesson.read(lambda path, split=split: PennFudan(path, split), lesson.data)
    pairs = lesson.read(lambda data: [data[n] for n in range(len(data))], dataset)
    images[split] = [image for image, _ in pairs]
    boxes[split] = [target["boxes"] for _, target in pairs]
    if sum(map(len, boxes[split])) < 8:
        raise InputError(f"{lesson.data} has fewer than 8 people in the pictures of split "
                         f"{split!r}")
    every = np.concatenate(boxes[split])
    heights = every[:, 3] - every[:, 1]
    print(f"{len(pairs)} pictures {name}, {len(every)} people in them, from {heights.min()} to "
          f"{heights.max()} pixels high")
every = np.concatenate(boxes["train"])
width, height = np.median(every[:, 2:] - every[:, :2], axis=0).astype(int).tolist()
print(f"the median person is {height} pixels high and {width} wide")
lesson.record(pictures=[len(images["train"]), len(images["val"])], window=(height, width))

# %%
figure, panels = plotting.picture_row(min(3, len(images["train"])))
for axes, image, own in zip(panels, images["train"], boxes["train"]):
    plotting.draw_outcomes(axes, image, own, ["true positive"] * len(own), [])
figure.suptitle("The people that are marked")
lesson.show(figure, "pictures.png", "what else is upright, and as high as a person?")

# %% [markdown]
# ## a) and b) Random boxes, and boxes that are a little off
#
# A classifier needs to see what is *no* person, too. Boxes of the same size at random places show
# the street; and boxes that are moved off a person by up to a fifth of its size show what a person
# is not quite. (By at least a pixel, in x and in y: a box that stays where it is shows the person.)
# Where may the left edge of a box of width w lie in a picture of width W? From 0 to W - w.


# %%
def random_box(size, image_size, rng):
    """(left, upper, right, lower) of a box (height, width), anywhere in a picture."""
    left = rng.integers(0, image_size[1] - size[1] + 1)
    upper = rng.integers(0, image_size[0] - size[0] + 1)
    return left, upper, left + size[1], upper + size[0]


def offset_box(box, image_size, rng):
    """The box moved by a pixel at least and a fifth of its size at most, within the picture."""
    def move(low, high, size):
        most = max(int(0.2 * (high - low)), 1)
        moves = [by for by in range(-most, most + 1) if by != 0 and 0 <= low + by
                 and high + by <= size]
        return rng.choice(moves or [0])  # there is no room beside a box as wide as the picture

    left, upper, right, lower = box
    dx, dy = move(left, right, image_size[1]), move(upper, lower, image_size[0])
    return left + dx, upper + dy, right + dx, lower + dy


rng = np.random.default_rng(lesson.seed)
image, box = next((image, own[0]) for image, own in zip(images["train"], boxes["train"])
                  if len(own))
for name, other in (("random", random_box((box[3] - box[1], box[2] - box[0]), image.shape, rng)),
                    ("offset", offset_box(box, image.shape, rng))):
    print(f"{name} box {tuple(map(int, other))} for the person {tuple(box.tolist())}: "
          f"IoU {box_iou([box], [other])[0, 0]:.2f}")

# %% [markdown]
# `training_patches` does this for all pictures: each person gives its own box, three random boxes
# (drawn again if they hit somebody), and three that are a little off. All are resized to 150 x 50.

# %%
patches = {"train": training_patches(images["train"], boxes["train"], PATCH, rng=lesson.seed),
           "val": training_patches(images["val"], boxes["val"], PATCH, rng=lesson.seed + 1)}
for split, name in (("train", "to train on"), ("val", "held out")):
    counts = [len(kind.pixels) for kind in patches[split]]
    print(f"{name:<12} {counts[0]:>4} people + {counts[1]:>4} random + {counts[2]:>4} offset "
          f"= {sum(counts):>5} patches")

# %% [markdown]
# **HOG**, the histogram of oriented gradients, describes a patch by its gradients: in each cell of
# 16 x 16 pixels, how long are those of each of 8 directions? 9 x 3 cells make 216 numbers. The
# drawings show lines *along* the edges.


# %%
def described(split, **switches):
    """Descriptors (N, 216), and labels (N,): 1 is a person. `switches`: other options of HOG."""
    X = np.concatenate([hog_patches(kind.pixels, **HOG | switches) for kind in patches[split]])
    return X, (np.arange(len(X)) < len(patches[split].positive.pixels)).astype(int)


# Negatives follow the order of the people, so those at the same share of the stack belong together.
share = np.linspace(0, 1, min(4, len(patches["train"].positive.pixels)))
rows = [kind.pixels[np.rint(share * (len(kind.pixels) - 1)).astype(int)]
        for kind in patches["train"]]
drawings = [np.stack([hog(patch, visualize=True, channel_axis=-1, **HOG)[1] for patch in row])
            for row in rows]
figure, (axes,) = plotting.panels("2d", height=7)
plotting.draw_patches(axes, rows, [drawing**0.5 for drawing in drawings],
                      ["person", "random", "offset"])
axes.set_title("Each patch, and its 216 numbers as a drawing")
lesson.show(figure, "patches.png", "in which drawings would you see a person? And is an offset "
            "patch really no person?")

# %% [markdown]
# ## Three classifiers, asked about patches
#
# - *Logistic regression* and the *linear SVM* (support vector machine) weigh the 216 numbers and
#   add them up.
# - *Nearest neighbours* learns nothing: the five most similar training patches vote.
#
# Six patches in seven are no people, so whoever says "nobody" always is right six times in seven.
# The *ROC curve* shows, for each threshold of the score, how many of the people are found, and how
# many of the other patches are taken for people. The area under it does not fall for "nobody": it
# is the chance that of a person and a patch without one the person gets the better score.


# %%
def score(classifier, X):
    """How sure it is of "person"; the share of the votes, if it has nothing better."""
    if isinstance(classifier, KNeighborsClassifier):
        return classifier.predict_proba(X)[:, 1]
    return classifier.decision_function(X)


(X, y), (X_val, y_val) = described("train"), described("val")
classifiers = {"logistic regression": LogisticRegression(), "linear SVM": LinearSVC(),
               "nearest neighbours": KNeighborsClassifier()}
print(f"saying \"nobody\" always: accuracy {np.mean(y_val == 0):.3f}\n"
      "                      -- held-out patches: --    people   patches taken\n"
      "classifier            accuracy       ROC area    missed   for people")
on_patches = {}
for name, classifier in classifiers.items():
    predicted = classifier.fit(X, y).predict(X_val)
    (_, taken), (missed, found) = confusion_matrix(y_val, predicted, labels=[0, 1])
    on_patches[name] = {"accuracy": accuracy_score(y_val, predicted),
                        "roc_area": roc_auc_score(y_val, score(classifier, X_val)),
                        "confusion": confusion_matrix(y_val, predicted, labels=[0, 1])}
    print(f"{name:<20} {on_patches[name]['accuracy']:>9.3f} {on_patches[name]['roc_area']:>14.3f} "
          f"{f'{missed} of {missed + found}':>13} {f'{taken} of {np.sum(y_val == 0)}':>13}")
lesson.record(on_patches=on_patches)

# %%
figure, (axes,) = plotting.panels("2d")
plotting.draw_roc(axes, {f"{name}: area {on_patches[name]['roc_area']:.3f}":
                         roc_curve(y_val, score(classifier, X_val))[:2]
                         for name, classifier in classifiers.items()})
axes.set(xlabel="share of the other patches taken for people", ylabel="share of the people found",
         title="ROC: each point is one threshold of the score")
lesson.show(figure, "classifiers.png", "to find nine people in ten, what must be put up with?")

# %% [markdown]
# ## c) Sliding windows
#
# Now look for people in whole pictures. The window is as large as the median person of the training
# pictures, it moves by 20 pixels, and what it shows is resized and described as the training
# patches were.


# %%
def slide(image, window, patch_size, stride):
    """The descriptors of all windows, and their upper left corners."""
    descriptors, anchors = [], []
    for upper in range(0, image.shape[0] - window[0] + 1, stride):
        for left in range(0, image.shape[1] - window[1] + 1, stride):
            shown = Image.fromarray(image[upper:upper + window[0], left:left + window[1]])
            patch = np.asarray(shown.resize(patch_size[::-1], Image.Resampling.BILINEAR))
            descriptors.append(hog(patch, channel_axis=-1, **HOG))
            anchors.append((left, upper))
    return np.array(descriptors), np.array(anchors)


window = height, width
fits = [image.shape[0] >= height and image.shape[1] >= width for image in images["val"]]
if any(fits):
    image = images["val"][fits.index(True)]
    by_hand, corners = slide(image, window, PATCH, STRIDE)
    quick, anchors = image_to_hog_patches(image, window, STRIDE, resize_to=PATCH, **HOG)
    same = "the same" if np.array_equal(corners, anchors) else "DIFFERENT"
    lesson.say(f"{len(corners)} windows in the first picture, at {same} places as the library's; "
               f"their numbers differ by {np.abs(by_hand - quick).max():.0g} at most")

# %% [markdown]
# Every window is a detection, with its score. A street has hundreds of windows and three people.
# One window in ten wrong is no longer a small thing. What shows it are the *average precision* (1
# is perfect) and the *miss rate*, the share of the people that is missed if few false alarms are
# allowed (0 is perfect); lesson 1.4 counts both.

# %%
start = time.perf_counter()
windows = [image_to_hog_patches(image, window, STRIDE, resize_to=PATCH, **HOG) if fit else
           (np.zeros((0, 216)), np.zeros((0, 2), int)) for image, fit in zip(images["val"], fits)]
seconds = time.perf_counter() - start
places = [np.hstack([anchors, anchors + [width, height]]) for _, anchors in windows]
print(f"windows of {height} x {width} pixels, stride {STRIDE}: {sum(map(len, places))} in "
      f"{len(places)} pictures, described in {seconds:.1f} s\n"
      "classifier            average precision   miss rate (low is good)")


def numbers(matches):
    return {"ap": average_precision(matches, "voc2010"),
            "miss_rate": log_average_miss_rate(matches)}


plain, scores = {}, {}
for name, classifier in classifiers.items():
    scores[name] = [score(classifier, X) if len(X) else np.zeros(0) for X, _ in windows]
    plain[name] = numbers(match_images(places, scores[name], boxes["val"]))
    plain[name]["ms_per_picture"] = 1000 * seconds / len(places)
    print(f"{name:<20} {plain[name]['ap']:>18.3f} {plain[name]['miss_rate']:>11.3f}")
lesson.record(sliding_window=plain)

# %%
of_logistic = scores["logistic regression"]
n = max(range(len(places)), key=lambda n: of_logistic[n].max(initial=-np.inf))
top = np.argsort(-of_logistic[n], kind="stable")[:5]
matches = match_images([places[n][top]], [of_logistic[n][top]], [boxes["val"][n]])
figure, (everywhere, best) = plotting.picture_row(2, width=5)
plotting.draw_scores(everywhere, images["val"][n], places[n], of_logistic[n])
everywhere.set_title("Logistic regression asks every window")
plotting.draw_outcomes(best, images["val"][n], places[n][top][matches.detection],
                       matches.outcome, boxes["val"][n][matches.missed[:, 1]])
plotting.outcome_key(best)
best.set_title("Its five best windows")
lesson.show(figure, "windows.png", f"each person has one size, the window another: {height} x "
            f"{width}. Where do the best windows lie on people?")

# %% [markdown]
# ## The ladder
#
# `PersonDetector` is made of what we have just used: HOG, a linear SVM, a sliding window, and `nms`
# (non-maximum suppression: of boxes that overlap, the best is kept). `ChannelDetector` goes on from
# there; on each rung one more thing is switched on. (The SVM above had all training pictures to
# learn from; the ladder makes do with a third.)
#
# 1. *A pyramid, and suppression*: one window in pictures of many sizes finds people of many sizes.
#    Cells of 8 x 8 pixels show more than those of 16.
# 2. *Hard negatives*: search the training pictures, learn from what was wrongly found, repeat.
# 3. *Other features*: of each cell 13 numbers instead of 36, from few sizes of the picture: faster.
#    First a step back: this one begins with a smaller window, and with each person seen once.
# 4. *Colours*: of each cell also the mean colour, and how much it varies.
# 5. *Mirrored and shifted people*: more examples without more pictures.
# 6. *Box regression*: the descriptor also tells where in the window the person is.
# 7. *Averaging*: each box is the mean of the windows that agree with it.
# 8. *A larger window*: people are seen in more detail.


# %%
some = images["train"][::EVERY], boxes["train"][::EVERY]
rungs = []


def put(name, row):
    rungs.append({"name": name, **row})
    training = f"{row['training_seconds']:.1f}" if "training_seconds" in row else ""
    print(f"{name:<36} {row['ap']:>9.3f} {row['miss_rate']:>6.3f} {training:>10} "
          f"{row['ms_per_picture']:>11.0f}", flush=True)


def climb(name, detector, training_seconds=None):
    """Measure a detector, and put it on the ladder; train it first if that was not timed yet."""
    start = time.perf_counter()
    row = {}
    if training_seconds is None:
        detector.fit(*some)
        training_seconds = time.perf_counter() - start
    if training_seconds > 0:
        row["training_seconds"] = training_seconds
    start = time.perf_counter()
    found = [detector.detect(image, threshold=-0.9) for image in images["val"]]
    row["ms_per_picture"] = 1000 * (time.perf_counter() - start) / len(found)
    matches = match_images([one.boxes for one in found], [one.scores for one in found],
                           boxes["val"])
    put(name, {**numbers(matches), **row})
    return found, matches


# %% [markdown]
# The first two rungs in the open. People are cut out and described, each a little off and mirrored,
# too; some windows without a person are drawn at random; train. Then the detector searches the
# training pictures itself: what it takes for a person there, and is none, it learns from next.
# (`fit` does the same in one call.)

# %%
print(f"learned from {len(some[0])} of {len(images['train'])} pictures, with "
      f"{sum(map(len, some[1]))} people\n"
      "                                       average   miss   training   a picture\n"
      "                                     precision   rate    seconds          ms")
put("the SVM above (from all pictures)", plain["linear SVM"])
options = {"step": STEP, "smallest": SMALLEST * height}
person_detector = PersonDetector(**options)
start = time.perf_counter()
marked = MarkedImages(*some)
people = person_detector.positives(marked, rng=lesson.seed)
pool = person_detector.negative_pool(marked)
negatives = pool.draw(20, np.random.default_rng(lesson.seed))
person_detector.train(people, negatives)
training_seconds = time.perf_counter() - start
climb("1 pyramid and suppression", person_detector, training_seconds)

start = time.perf_counter()
for _ in range(2):
    hard = pool.mine(person_detector.weights_, person_detector.bias_)
    print(f"  {len(negatives)} windows without a person, and {len(hard)} hard ones found")
    negatives = np.concatenate([negatives, hard])
    person_detector.train(people, negatives)
training_seconds += time.perf_counter() - start
climb("2 + hard negatives", person_detector, training_seconds)

# %%
options["rng"] = lesson.seed
options |= {"window": WINDOW, "n_jitter": 0, "mirror": False, "mining_rounds": 2,
            "regress": False, "average": False}
climb("3 other features", ChannelDetector(CellFeatures(colour=False), **options))
climb("4 + colours", ChannelDetector(**options))
options |= {"n_jitter": 1, "mirror": True, "regress": True}
detector = ChannelDetector(**options)
start = time.perf_counter()
detector.fit(*some)
training_seconds = time.perf_counter() - start
# The regression is learned beside the classifier and changes nothing in it: switch it off, and on.
regression, detector.regression_ = detector.regression_, None
climb("5 + mirrored and shifted people", detector, training_seconds=0)
detector.regression_ = regression
climb("6 + box regression", detector, training_seconds=0)
detector.average = True
climb("7 + averaging", detector, training_seconds=0)
print(f"(5 to 7 are one detector, trained in {training_seconds:.1f} s)")
options |= {"average": True, "window": LARGE_WINDOW}
found, matches = climb(f"8 + window of {LARGE_WINDOW[0]} x {LARGE_WINDOW[1]} cells",
                       ChannelDetector(**options))

# %%
low, high = bootstrap_interval(matches, lambda one: average_precision(one, "voc2010"),
                               n_resamples=N_RESAMPLES, rng=lesson.seed)
lesson.say(f"On other pictures of this kind, the last rung's average precision would lie between "
           f"{low:.3f} and {high:.3f} in 95 of 100 cases: do not make much of small steps.")
down = [row["name"] for before, row in zip(rungs[1:], rungs[2:]) if row["ap"] < before["ap"]]
lesson.say("Not better than the rung before it, on these pictures: " + ("; ".join(down) or "none"))
lesson.record(ladder=rungs, ap_low=low, ap_high=high)

names = [row["name"] for row in rungs]
figure, (left, right) = plotting.panels("2d", "2d", height=4.8)
plotting.draw_steps(left, names, [row["ap"] for row in rungs])
left.set(xlim=(0, 1.12), xlabel="average precision at an IoU of 0.5",
         title="What each rung is worth")
plotting.draw_steps(right, [""] * len(names), [row["miss_rate"] for row in rungs],
                    colour=plotting.VERMILION)
right.set(xlim=(0, 1.12), xlabel="log-average miss rate (low is good)",
          title="People missed, at few false alarms")
lesson.show(figure, "ladder.png", "which rungs would you keep, if each had to be paid for?")

# %% [markdown]
# ## What it finds, and its worst mistakes
#
# `Matches.outcome` says of each detection whether it is right, and if not, why: each reason has its
# own cure. Where to stop believing is a matter of taste. Here: as many finds as there are people,
# so that as many are wrong as people are missed.

# %%
cures = {"background": "there is nobody: more, and harder, negatives",
         "duplicate": "somebody else was found there already: stronger suppression",
         "poor localisation": "a person, not the right box: a finer search, a better regression"}
last = min(matches.n_truths, len(matches.score)) - 1
least = matches.score[last] if last >= 0 else np.inf
believed = matches.score >= least
print(f"the last rung's {believed.sum()} best finds, as many as there are people"
      + (f" (score {least:.2f} or better):" if last >= 0 else ":"))
outcomes = {"true positive": int(np.sum(matches.outcome[believed] == "true positive"))}
print(f"{outcomes['true positive']:>5} right")
for outcome, cure in cures.items():
    outcomes[outcome] = int(np.sum(matches.outcome[believed] == outcome))
    print(f"{outcomes[outcome]:>5} {outcome:<18} {cure}")
lesson.record(outcomes=outcomes)


# %%
def draw_finds(axes, image, least, labels=True):
    """All finds in a picture that score at least this, and who was missed."""
    here = np.flatnonzero((matches.image == image) & (matches.score >= least))
    finds, right = found[image].boxes[matches.detection[here]], matches.outcome[here]
    hit = matches.truth[here][right == "true positive"]
    scores = np.round(matches.score[here], 1) + 0.0  # no -0.0
    plotting.draw_outcomes(axes, images["val"][image], finds, right,
                           np.delete(boxes["val"][image], hit, axis=0),
                           [f"{score:.1f}" for score in scores] if labels else ())


crowded = np.argsort([-len(own) for own in boxes["val"]], kind="stable")[:3]
figure, panels = plotting.picture_row(len(crowded))
for axes, image in zip(panels, crowded):
    draw_finds(axes, image, least)
plotting.outcome_key(figure)
figure.suptitle("The pictures with most people; numbers are scores")
lesson.show(figure, "detections.png", "who is missed, and why?")

# %% [markdown]
# Its worst mistakes, one a picture: the wrong finds that it is surest of, and the largest people
# whom it finds at no threshold.

# %%
mistakes, shown = [], set()
wrong = np.flatnonzero(matches.outcome != "true positive")
for n in wrong[np.sort(np.unique(matches.image[wrong], return_index=True)[1])][:4]:
    image, box = matches.image[n], found[matches.image[n]].boxes[matches.detection[n]]
    mistakes.append((image, box, min(matches.score[n], least),
                     f"{matches.outcome[n]}\nscore {matches.score[n]:.2f}, "
                     f"IoU {matches.iou[n]:.2f}"))
    shown.add(image)
missed = [(image, boxes["val"][image][truth]) for image, truth in matches.missed]
for image, box in sorted(missed, key=lambda one: one[1][1] - one[1][3]):
    if len(mistakes) < 6 and image not in shown:
        mistakes.append((image, box, least, "missed, whatever\nthe threshold"))
        shown.add(image)
if mistakes:
    figure, panels = plotting.panels(*["2d"] * len(mistakes), height=3.2)
    for axes, (image, box, threshold, title) in zip(panels, mistakes):
        draw_finds(axes, image, threshold, labels=False)
        plotting.draw_surroundings(axes, images["val"][image], box)
        axes.fill(box[[0, 2, 2, 0]], box[[1, 1, 3, 3]], color="white", alpha=0.35)
        axes.set_title(title, fontsize=9)
    plotting.outcome_key(figure)
    figure.suptitle("The worst mistakes: the pale box is the one meant")
    lesson.show(figure, "mistakes.png", "is the detector always the one to blame?")
else:
    print("it made no mistake on these pictures")

# %% [markdown]
# ## What the switches of HOG are worth
#
# `hog` has switches, and the course's notebook has set them. What if they were set otherwise? The
# same patches, the same linear SVM, and the area under its ROC curve on the patches held out.
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


# %%
def paired_interval(scores, base, y, images, seed):
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
    return np.quantile(gains, [0.025, 0.975]).tolist()


picture_of = np.concatenate([kind.images for kind in patches["val"]])
base = classifiers["linear SVM"].decision_function(X_val)
area = roc_auc_score(y_val, base)
print("                                     numbers   ROC area     gain   95 of 100 draws\n"
      f"{'as in the notebook':<36} {X.shape[1]:>7} {area:>10.3f}")
switches = []
for name, switch in SWITCHES.items():
    X, y = described("train", **switch)
    other = LinearSVC().fit(X, y).decision_function(described("val", **switch)[0])
    gain = roc_auc_score(y_val, other) - area
    low, high = paired_interval(other, base, y_val, picture_of, lesson.seed)
    switches.append({"name": name, "roc_area": area + gain, "gain": gain, "low": low, "high": high})
    print(f"{name:<36} {X.shape[1]:>7} {area + gain:>10.3f} {gain:>+8.3f}   "
          f"{low:+.3f} to {high:+.3f}")

# %%
told = [row["name"] for row in switches if row["low"] * row["high"] > 0]
lesson.say("These pictures can tell: " + ("; ".join(told) if told else "none of them"))
lesson.record(switches=switches)
figure, (axes,) = plotting.panels("2d", height=4.2)
figure.set_figwidth(8)
plotting.draw_steps(axes, list(SWITCHES), [row["gain"] for row in switches], form="+.3f",
                    intervals=[(row["low"], row["high"]) for row in switches])
axes.axvline(0, color="black", linewidth=0.8)
axes.margins(x=0.15)
axes.set(xlabel="gain in ROC area; line: 95 % of the resampled pictures",
         title=f"{len(told)} of {len(switches)} lines clear of 0: more than luck")
lesson.show(figure, "switches.png", "how many more pictures would it take to halve the lines?")

# %% [markdown]
# ## What the plain detector has learned
#
# The weights of rung 2 are numbers for directions in cells, as HOG's own are, and can be drawn as
# they are: positive ones, which speak for a person, and negative ones, which speak against.

# %%
rows, columns = person_detector.weights_.shape[:2]
positive, negative = draw_hog(person_detector.weights_, (rows + 1, columns + 1),
                              cells_per_block=(2, 2))
mean = patches["train"].positive.pixels.mean(axis=0)
figure, panels = plotting.panels("2d", "2d", "2d", height=4.4)
figure.set_figwidth(8)
for axes, picture, title in zip(panels, (mean.astype(np.uint8), positive**0.5, negative**0.5),
                                ("the mean of all people", "edges that speak for a person",
                                 "edges that speak against")):
    axes.imshow(picture, cmap="gray")
    axes.set_axis_off()
    axes.set_title(title)
lesson.show(figure, "weights.png", "find the shoulders and the legs. Which edges speak against?")

# %% [markdown]
# **Try next.** `EVERY = 1`, to learn from all pictures (some minutes): which rungs gain? The
# detectors' own defaults, which are finer still; `--data` with other pictures; or
# `python -m lessons run 2.2 --image photo.jpg` with your own.
#
# **Do it yourself.** `python -m lessons start 2.2`, then `python -m lessons check`.
