"""A person detector: exercise 2.2, carried through, from what one has just read.

    detector = PersonDetector().fit(images, boxes)
    boxes, scores = detector.detect(image)

A window of 128 x 64 pixels, in which a person is 96 pixels high, is described by HOG (cells of 8 x
8 pixels, blocks of 2 x 2 cells) and scored by a linear SVM.  `fit` learns the weights:

1. each person, cut out a little off (*jitter*) and mirrored: the search will never sit on a person
   exactly, and people walk both ways;
2. some windows without a person, drawn at random: the first negatives;
3. train; search the training images for windows without a person that score above -1; add the
   worst of them to the negatives; train anew, until few new ones turn up (*hard-negative mining*).
   With the hinge loss this is no trick but exact: a negative below -1 has no part in the solution,
   so when none is left above -1, the SVM is the one that all windows would have given.

`detect` scores every window of the pyramid, and keeps the best of those that overlap (`nms`).

Source: Dalal and Triggs, *Histograms of oriented gradients for human detection*, CVPR 2005.  The
industrial version (OpenCV's HOGDescriptor) differs by votes shared between neighbouring cells and
bins.  `minicv.channel_detector` goes on from here: other features, and corrected boxes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from minicv.detection_metrics.boxes import box_iou, clip_boxes_to_image, nms
from minicv.person_detector.hog_features import hog_patches
from minicv.person_detector.linear_classifiers import LinearSVC
from minicv.person_detector.patches import check_picture, check_pictures, crop
from minicv.person_detector.sliding_window import image_pyramid, window_scores

CELL = 8  # pixels
WINDOW = (128, 64)  # pixels, (height, width)
PERSON = 96  # the height of a person in the window, in pixels
MARGIN = 16  # pixels above and below the person; images are padded by as much
BLOCKS = (WINDOW[0] // CELL - 1, WINDOW[1] // CELL - 1)  # blocks of 2 x 2 cells in a window
N_JITTER = 2  # crops of each person beside the exact one
N_RANDOM = 2  # first negatives from each level of each image
N_HARD = 40  # at most so many hard negatives from an image in a round
MAX_IOU = 0.3  # a window whose person overlaps a true one by less shows background


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
        How often to look for hard negatives at most.
    iou_threshold : float
        Of two finds that overlap by more, the better one is kept.
    C : float
        How much the samples count, see `LinearSVC`.
    rng : numpy.random.Generator or int, optional
        Given a seed, each `fit` gives the same.

    Attributes
    ----------
    weights_ : (15, 7, 36) float
        Of a score w.x + b, one row of numbers for each block of the window.
    bias_ : float
    aspect_ : float
        Width of a person / height, the median of those learned from.
    n_negatives_ : list of int
        How many negatives each training had.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> images = rng.integers(100, 130, (4, 200, 200, 3), dtype=np.uint8)
    >>> images[:, 50:150, 80:117] = 20  # four dark "people"
    >>> detector = PersonDetector(rng=0).fit(images, [[[80, 50, 117, 150]]] * 4)
    >>> boxes, scores = detector.detect(images[0])
    >>> bool((np.abs(boxes[0] - [80, 50, 117, 150]) < 8).all())
    True
    """

    def __init__(self, *, step: float = 1.1, smallest: float = 77, mining_rounds: int = 4,
                 iou_threshold: float = 0.4, C: float = 0.01,
                 rng: np.random.Generator | int | None = None):
        if not 1 < step < 10:
            raise ValueError(f"step must be above 1 and below 10, got {step}")
        if not 8 <= smallest < np.inf:
            raise ValueError(f"smallest must be at least 8 pixels, and finite, got {smallest}")
        if mining_rounds < 0:
            raise ValueError(f"mining_rounds must be at least 0, got {mining_rounds}")
        if not 0 <= iou_threshold <= 1:
            raise ValueError(f"iou_threshold must be from 0 to 1, got {iou_threshold}")
        self.step, self.smallest, self.mining_rounds = step, smallest, mining_rounds
        self.iou_threshold, self.C, self.rng = iou_threshold, C, rng

    # ---- learning --------------------------------------------------------------------------------

    def fit(self, images: Sequence[np.ndarray], boxes: Sequence[np.ndarray]) -> PersonDetector:
        """Learn from images in which all people are marked.

        Every other level of the pyramids is learned from; their descriptors are kept in memory
        meanwhile, some 20 bytes a pixel.

        Parameters
        ----------
        images : sequence of (H, W, 3) or (H, W) uint8
        boxes : sequence of (N, 4)
            For each image its people's boxes; N may be 0. They may stick out of the image.

        Raises
        ------
        ValueError, TypeError
            See `check_pictures`; nobody to learn from; no window without a person.
        """
        pictures, people = check_pictures(images, boxes)
        everybody = np.concatenate([np.empty((0, 4)), *people])
        if len(everybody) == 0:
            raise ValueError("there is no person to learn from: all arrays of boxes are empty")
        sizes = everybody[:, 2:] - everybody[:, :2]
        self.aspect_ = float(np.median(sizes[:, 0] / sizes[:, 1]))
        rng = np.random.default_rng(self.rng)
        positives = np.stack([describe(seen).ravel() for picture, own in zip(pictures, people)
                              for box in own for seen in _crops(picture, box, rng)])
        pyramids = [list(self._levels(picture, self.step**2)) for picture in pictures]
        free = [[self._is_background(blocks, scale, own) for scale, blocks in levels]
                for levels, own in zip(pyramids, people)]
        negatives = []
        for levels, masks in zip(pyramids, free):
            for (_, blocks), mask in zip(levels, masks):
                negatives += _take(blocks, mask, rng.permutation(np.argwhere(mask))[:N_RANDOM])
        if not negatives:
            raise ValueError("no window without a person fits into the images; larger images, or "
                             "some without people, are needed")
        self.n_negatives_ = []
        for n_round in range(self.mining_rounds + 1):
            self._train(positives, np.array(negatives))
            self.n_negatives_.append(len(negatives))
            if n_round < self.mining_rounds:
                hard = [found for levels, masks in zip(pyramids, free)
                        for found in self._hard_negatives(levels, masks)]
                negatives += hard
                if len(hard) < 0.01 * len(negatives):
                    break
        return self

    def _train(self, positives: np.ndarray, negatives: np.ndarray) -> None:
        X = np.concatenate([positives, negatives])
        is_person = np.arange(len(X)) < len(positives)
        # All crops of a person together count as much as one negative.
        weights = np.where(is_person, 1 / (2 * (1 + N_JITTER)), 1.0)
        svm = LinearSVC(C=self.C, tol=1e-3).fit(X, is_person, weights)
        self.weights_ = svm.coef_.reshape(*BLOCKS, -1)
        self.bias_ = float(svm.intercept_[0])

    def _hard_negatives(self, levels: list, masks: list[np.ndarray]) -> list[np.ndarray]:
        """Of an image's windows without a person those that score best, and above -1."""
        places = []
        for n, ((_, blocks), mask) in enumerate(zip(levels, masks)):
            scores = window_scores(blocks, self.weights_) + self.bias_
            places += [(scores[i, j], n, i, j) for i, j in np.argwhere(mask & (scores > -1))]
        found = []
        for _, n, i, j in sorted(places, reverse=True)[:N_HARD]:
            found += _take(levels[n][1], masks[n], [(i, j)])
        return found

    def _is_background(self, blocks: np.ndarray, scale: float, people: np.ndarray) -> np.ndarray:
        """Which windows of a level show nobody: (rows, columns) booleans."""
        shape = tuple(max(0, n - m + 1) for n, m in zip(blocks.shape, BLOCKS))
        boxes = self._boxes(np.argwhere(np.ones(shape, bool)), scale)
        return (box_iou(boxes, people) < MAX_IOU).all(axis=1).reshape(shape)

    # ---- finding ---------------------------------------------------------------------------------

    def detect(self, image: np.ndarray, threshold: float = 0.0) -> Detections:
        """Find the people in an image.

        Parameters
        ----------
        image : (H, W, 3) or (H, W) uint8
        threshold : float
            The least score.

        Raises
        ------
        ValueError, TypeError
            No picture, or a threshold that is NaN.
        RuntimeError
            Nothing was fitted yet.
        """
        if not hasattr(self, "weights_"):
            raise RuntimeError("this detector has learned nothing yet; call fit first")
        if np.isnan(threshold):
            raise ValueError("the threshold is NaN, and no score is above that")
        picture = check_picture(image, "image")
        boxes, scores = [np.empty((0, 4))], [np.empty(0)]
        for scale, blocks in self._levels(picture, self.step):
            level = window_scores(blocks, self.weights_) + self.bias_
            places = np.argwhere(level > threshold)
            boxes.append(self._boxes(places, scale))
            scores.append(level[places[:, 0], places[:, 1]])
        found = clip_boxes_to_image(np.concatenate(boxes), picture.shape[:2])
        kept = nms(found, np.concatenate(scores), self.iou_threshold)
        return Detections(found[kept], np.concatenate(scores)[kept])

    def _levels(self, image: np.ndarray, step: float) -> Iterator[tuple[float, np.ndarray]]:
        """(scale, blocks) of each level of the pyramid."""
        margins = ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0))
        for scale, level in image_pyramid(image, PERSON / self.smallest, step, PERSON):
            yield scale, describe(np.pad(level, margins, mode="edge"))

    def _boxes(self, places: np.ndarray, scale: float) -> np.ndarray:
        """Where windows at (row, column) of the blocks expect their people, in image pixels."""
        middle = CELL * places[:, 1] + WINDOW[1] / 2 - MARGIN
        upper = CELL * places[:, 0] + 0.0  # a margin above the person, and as much of padding
        half = self.aspect_ * PERSON / 2
        return np.stack([middle - half, upper, middle + half, upper + PERSON], axis=1) / scale


def describe(image: np.ndarray) -> np.ndarray:
    """The blocks of an image (H, W, 3): (R, C, 36) float32."""
    blocks = hog_patches(image[None], orientations=9, pixels_per_cell=(CELL, CELL),
                         cells_per_block=(2, 2), transform_sqrt=True, feature_vector=False)[0]
    return blocks.reshape(*blocks.shape[:2], -1).astype(np.float32)


def _crops(image: np.ndarray, box: np.ndarray, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """A person as the window sees them: exactly, a little off, and all that in a mirror."""
    height, middle = box[3] - box[1], (box[:2] + box[2:]) / 2
    for n in range(1 + N_JITTER):
        off, size = (rng.uniform(-0.04, 0.04, 2), rng.uniform(0.94, 1.06)) if n else (0, 1)
        half = size * height / PERSON * np.array([WINDOW[1], WINDOW[0]]) / 2
        centre = middle + off * height
        seen = crop(image, np.concatenate([centre - half, centre + half]), WINDOW)
        yield from (seen, seen[:, ::-1])


def _take(blocks: np.ndarray, mask: np.ndarray, places) -> list[np.ndarray]:
    """The descriptors of windows; in the mask they are taken from now on."""
    rows, columns = BLOCKS
    for i, j in places:
        mask[i, j] = False
    return [blocks[i:i + rows, j:j + columns].ravel() for i, j in places]
