"""A person detector: exercise 2.2, carried through, from what one has just read.

    detector = PersonDetector().fit(images, boxes)
    boxes, scores = detector.detect(image)

A window of 128 x 64 pixels, in which a person is 96 pixels high, is described by HOG (cells of 8 x
8 pixels, blocks of 2 x 2 cells) and scored by a linear SVM.  `fit` learns the weights:

1. each person, cut out a little off (*jitter*) and mirrored: the search will never sit on a person
   exactly, and people walk both ways (`positives`);
2. some windows without a person, drawn at random: the first negatives (`negative_pool`);
3. `train`; search the training images for windows without a person that look like one; add the
   worst to the negatives; train anew, until few new ones turn up (`hard_negatives`).

`detect` scores every window of the pyramid, and keeps the best of those that overlap (`nms`).

Source: Dalal and Triggs, *Histograms of oriented gradients for human detection*, CVPR 2005.  The
industrial version (OpenCV's HOGDescriptor) differs by votes shared between neighbouring cells and
bins.  `minicv.channel_detector` goes on from here: other features, and corrected boxes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from minicv import checks
from minicv.detection_metrics.boxes import clip_boxes_to_image, nms
from minicv.person_detector.hard_negatives import NegativePool
from minicv.person_detector.hog_features import check_picture, hog_blocks
from minicv.person_detector.linear_classifiers import LinearSVC
from minicv.person_detector.patches import check_pictures, crop
from minicv.person_detector.sliding_window import Level, pyramid_scales, resize, window_scores

CELL = 8  # pixels
WINDOW = (128, 64)  # pixels, (height, width)
PERSON = 96  # the height of a person in the window, in pixels
MARGIN = 16  # pixels above and below the person; images are padded by as much
BLOCKS = (WINDOW[0] // CELL - 1, WINDOW[1] // CELL - 1)  # blocks of 2 x 2 cells in a window
N_FEATURES = BLOCKS[0] * BLOCKS[1] * 36  # each block has 4 cells, each cell 9 directions
N_JITTER = 2  # crops of each person beside the exact one
MAX_SHIFT, MAX_SCALE = 0.04, 0.06  # of these crops: of the person's height, and as a logarithm
N_RANDOM = 20  # first negatives from each image
FEW = 0.01  # mining ends when it finds no more than this share of the negatives


class Detections(NamedTuple):
    """What was found in an image, the best first."""

    boxes: np.ndarray  # (N, 4) float64 left, upper, right, lower, within the image
    scores: np.ndarray  # (N,) float64; above 0 the SVM says "person"


class PersonDetector:
    """Finds people who stand or walk.

    Parameters
    ----------
    step : float
        From one scale of the pyramid to the next.
    smallest : float
        Height of the smallest person to look for, in pixels.
    mining_rounds : int
        At most so many rounds of hard negatives.
    iou_threshold : float
        Of two finds that overlap by more, the better one is kept.
    C : float
        How much the samples count, see `LinearSVC`.
    rng : numpy.random.Generator or int, optional
        With a seed, every `fit` gives the same result.

    Attributes
    ----------
    weights_ : (15, 7, 36) float
        The weights w of a score w.x + b, one row for each block of the window.
    bias_ : float
        b
    aspect_ : float
        Width of a person / height, the median of those learned from.
    n_negatives_ : list of int
        How many negatives each training had.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> images = rng.integers(100, 130, (3, 150, 150, 3), dtype=np.uint8)
    >>> images[:, 30:130, 50:87] = 20  # three dark "people"
    >>> detector = PersonDetector(rng=0).fit(images, [[[50, 30, 87, 130]]] * 3)
    >>> boxes, scores = detector.detect(images[0])
    >>> bool((np.abs(boxes[0] - [50, 30, 87, 130]) < 8).all())
    True
    """

    def __init__(self, *, step: float = 1.1, smallest: float = 77, mining_rounds: int = 4,
                 iou_threshold: float = 0.4, C: float = 0.01,
                 rng: np.random.Generator | int | None = None):
        self.step = checks.number(step, "step", least=1.01, below=10)
        self.smallest = checks.number(smallest, "smallest", least=8, most=1e6)
        self.mining_rounds = checks.whole(mining_rounds, "mining_rounds", least=0)
        self.iou_threshold = checks.number(iou_threshold, "iou_threshold", least=0, most=1)
        self.C = checks.number(C, "C", least=1e-50, most=1e50)
        checks.generator(rng)
        self.rng = rng

    # ---- learning --------------------------------------------------------------------------------

    def fit(self, images: Sequence[np.ndarray], boxes: Sequence[np.ndarray]) -> PersonDetector:
        """Learn from images in which all people are marked: all the steps below, in their order.

        It learns from every other level of the pyramids, and keeps their descriptors in memory
        meanwhile: some 12 bytes a pixel.

        Parameters
        ----------
        images : sequence of (H, W, 3) or (H, W) uint8
        boxes : sequence of (N, 4)
            For each image its people's boxes; N may be 0. They may stick out of the image.
        """
        rng = checks.generator(self.rng)
        positives = self.positives(images, boxes, rng)
        pool = self.negative_pool(images, boxes)
        negatives = pool.draw(N_RANDOM, rng)
        if len(negatives) == 0:
            raise ValueError("no window without a person fits into the images; larger images, or "
                             "some without people, are needed")
        self.train(positives, negatives)
        self.n_negatives_ = [len(negatives)]
        for _ in range(self.mining_rounds):
            hard = pool.mine(self.weights_, self.bias_)
            if len(hard) <= FEW * len(negatives):
                break
            negatives = np.concatenate([negatives, hard])
            self.train(positives, negatives)
            self.n_negatives_.append(len(negatives))
        return self

    def positives(self, images: Sequence[np.ndarray], boxes: Sequence[np.ndarray],
                  rng: np.random.Generator | int | None = None) -> np.ndarray:
        """What windows show of all people, (n, 3780): each some times, and in a mirror as well.

        How wide people are, `aspect_`, is learned here, too. The arguments are those of `fit`.
        """
        pictures, people = check_pictures(images, boxes)
        sizes = np.concatenate([np.empty((0, 2)), *[own[:, 2:] - own[:, :2] for own in people]])
        if len(sizes) == 0:
            raise ValueError("there is no person to learn from: all arrays of boxes are empty")
        self.aspect_ = float(np.median(sizes[:, 0] / sizes[:, 1]))
        rng = checks.generator(rng)
        patches = [crop(picture, window, WINDOW) for picture, own in zip(pictures, people)
                   for box in own
                   for window in jittered_windows(box, WINDOW, PERSON, N_JITTER, rng)]
        return np.stack([describe(seen).ravel() for patch in patches
                         for seen in (patch, patch[:, ::-1])])

    def negative_pool(self, images: Sequence[np.ndarray], boxes: Sequence[np.ndarray]
                      ) -> NegativePool:
        """All windows without a person, to draw from and to mine; after `positives`."""
        pictures, people = check_pictures(images, boxes)
        if not hasattr(self, "aspect_"):
            raise RuntimeError("how wide people are is not known yet; call positives first")
        pyramids = [list(self._levels(picture, self.step**2)) for picture in pictures]
        return NegativePool(pyramids, people, BLOCKS, self._boxes)

    def train(self, positives: np.ndarray, negatives: np.ndarray) -> None:
        """Learn `weights_` and `bias_` from descriptors, (n, 3780) and (m, 3780)."""
        X = np.concatenate([
            checks.numbers(some, name, ("N", N_FEATURES), empty=False)
            for some, name in ((positives, "positives"), (negatives, "negatives"))])
        is_person = np.arange(len(X)) < len(positives)
        # All crops of a person together count as much as one negative.
        weights = np.where(is_person, 1 / (2 * (1 + N_JITTER)), 1.0)
        svm = LinearSVC(C=self.C, tol=1e-3).fit(X, is_person, weights)
        self.weights_ = svm.coef_.reshape(*BLOCKS, -1)
        self.bias_ = float(svm.intercept_[0])

    # ---- finding ---------------------------------------------------------------------------------

    def detect(self, image: np.ndarray, threshold: float = 0.0) -> Detections:
        """Find the people in an image.

        Parameters
        ----------
        image : (H, W, 3) or (H, W) uint8
        threshold : float
            The least score.
        """
        if not hasattr(self, "weights_"):
            raise RuntimeError("this detector has learned nothing yet; call fit first")
        if np.isnan(checks.numbers(threshold, "threshold", (), finite=False)):
            raise ValueError("threshold is NaN, and no score is above that")
        picture = check_picture(image, "image")
        boxes, scores = [np.empty((0, 4))], [np.empty(0)]
        for level in self._levels(picture, self.step):
            score = window_scores(level.grid, self.weights_) + self.bias_
            corners = np.argwhere(score > threshold)
            boxes.append(self._boxes(level, corners))
            scores.append(score[corners[:, 0], corners[:, 1]])
        found = clip_boxes_to_image(np.concatenate(boxes), picture.shape[:2])
        kept = nms(found, np.concatenate(scores), self.iou_threshold)
        return Detections(found[kept], np.concatenate(scores)[kept])

    def _levels(self, image: np.ndarray, step: float) -> Iterator[Level]:
        """The pyramid, down to where a person would be as high as the image."""
        height, width = image.shape[:2]
        margins = ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0))
        for scale in pyramid_scales(PERSON / self.smallest, PERSON / height, step):
            small = resize(image, scale)
            yield Level(describe(np.pad(small, margins, mode="edge")),
                        (small.shape[0] / height, small.shape[1] / width))

    def _boxes(self, level: Level, corners: np.ndarray) -> np.ndarray:
        """Where windows that begin at (row, column) of a level expect their people."""
        middle = CELL * corners[:, 1] + WINDOW[1] / 2 - MARGIN
        upper = CELL * corners[:, 0] + 0.0  # a margin above the person, and as much of padding
        half = self.aspect_ * PERSON / 2
        boxes = np.stack([middle - half, upper, middle + half, upper + PERSON], axis=1)
        return boxes / np.tile(level.scale[::-1], 2)


def describe(image: np.ndarray) -> np.ndarray:
    """The blocks of an image (H, W, 3): (R, C, 36) float32."""
    blocks, _ = hog_blocks(np.moveaxis(image, -1, 0), orientations=9, pixels_per_cell=(CELL, CELL),
                           cells_per_block=(2, 2), block_norm="L2-Hys", transform_sqrt=True)
    return blocks.reshape(*blocks.shape[:2], -1).astype(np.float32)


def jittered_windows(box: np.ndarray, window: tuple[int, int], person_height: float,
                     n_jitter: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Windows round a person: one that fits, then some a little off, as the search will be.

    Parameters
    ----------
    box : (4,)
        The person's.
    window : (int, int)
        Height and width of a window, in pixels of its own.
    person_height : float
        Height of the person in it, likewise.
    n_jitter : int
        How many are off, by up to `MAX_SHIFT` and `MAX_SCALE`.

    Yields
    ------
    (4,) left, upper, right, lower in the image
    """
    height, middle = box[3] - box[1], (box[:2] + box[2:]) / 2
    half = np.array([window[1], window[0]]) / 2 * height / person_height
    for n in range(1 + n_jitter):
        scale, shift = 1.0, np.zeros(2)
        if n > 0:
            scale = np.exp(rng.uniform(-MAX_SCALE, MAX_SCALE))
            shift = rng.uniform(-MAX_SHIFT, MAX_SHIFT, 2) * height
        yield np.concatenate([middle + shift - scale * half, middle + shift + scale * half])
