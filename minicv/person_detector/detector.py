"""A person detector: exercise 2.2, carried through, from what one has just read.

    detector = PersonDetector().fit(images, boxes)
    boxes, scores = detector.detect(image)

A window of 128 x 64 pixels, in which a person is 96 pixels high, is described by HOG (cells of 8 x
8 pixels, blocks of 2 x 2 cells) and scored by a linear SVM.  `fit` learns the weights:

1. each person, cut out a little off (`jittered_windows`) and mirrored: the search will never sit on
   a person exactly, and people walk both ways (`positives`);
2. some windows without a person, drawn at random: the first negatives (`negative_pool`);
3. `train`; search the training images for windows without a person that look like one (`mine`);
   add the worst to the negatives; train anew, until few new ones turn up.

*Hard negatives.*  An image has tens of thousands of windows without a person.  Nearly all are walls
and sky, which the classifier tells from people after a few examples; those worth learning from are
rare, and the classifier itself finds them (*bootstrapping*: Sung and Poggio 1998; *hard-negative
mining* since Felzenszwalb et al. 2010).  With the hinge loss this is no trick but exact: a negative
with a score below -1 has no part in the solution.  When no window outside the training set scores
above -1, the classifier is the one that training on all windows would have given.

`detect` needs two things beside the sliding window:

*Sizes.*  A window of one size finds people of one size.  So the window stays, and the image is made
smaller step by step: the *pyramid* (`pyramid_scales`, `resize`).

*Scores.*  The SVM gives a window the score w.x + b.  A window's descriptor consists of its blocks,
x = (x_11, x_12, ...), and its weights likewise, so w.x = sum_mn w_mn . x_mn.  Windows that overlap
share blocks.  So describe the whole image once.  Then a row of windows is one matrix: multiply it
with the weights, and add up for each window what belongs to it (`window_scores`).

Of the windows that score high enough and overlap, the best are kept (`nms`).

Source: Dalal and Triggs, *Histograms of oriented gradients for human detection*, CVPR 2005.  The
industrial version (OpenCV's HOGDescriptor) differs by votes shared between neighbouring cells and
bins.  `minicv.channel_detector` goes on from here: other features, and corrected boxes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from PIL import Image

from minicv import checks
from minicv.detection_metrics.boxes import best_first, nms, overlaps
from minicv.person_detector.estimator import check_is_fitted
from minicv.person_detector.hog_features import HogOptions, check_picture, hog_blocks
from minicv.person_detector.linear_classifiers import LinearSVC
from minicv.person_detector.patches import MarkedImages, crop, jittered_windows
from minicv.person_detector.sliding_window import Detections, Level, gather_windows

CELL = 8  # pixels
WINDOW = (128, 64)  # pixels, (height, width)
PERSON = 96  # the height of a person in the window, in pixels
MARGIN = 16  # pixels above and below the person; images are padded by as much
BLOCKS = (WINDOW[0] // CELL - 1, WINDOW[1] // CELL - 1)  # blocks of 2 x 2 cells in a window
HOG = HogOptions(9, (CELL, CELL), (2, 2), "L2-Hys", transform_sqrt=True)
N_FEATURES = BLOCKS[0] * BLOCKS[1] * 36  # each block has 4 cells, each cell 9 directions
C = 0.01  # how much the samples count, see `LinearSVC`
N_JITTER = 2  # crops of each person beside the exact one
N_RANDOM = 20  # first negatives from each image
UNSURE = -1.0  # a negative below this score does not pull at the classifier
MAX_IOU = 0.3  # a window whose expected person overlaps a true one by more is no negative
PER_IMAGE = 40  # at most so many new ones an image and round: the next round sees the rest
MOST_OVERLAP = 0.4  # IoU of two finds, of which otherwise the better one is kept
MOST_PIXELS = 2**25  # of an image that is described: its gradients take 5 GB
FEW = 0.01  # mining ends when it finds no more than this share of the negatives


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
    >>> images = rng.integers(100, 130, (2, 150, 150, 3), dtype=np.uint8)
    >>> images[:, 30:130, 50:87] = 20  # two dark "people"
    >>> detector = PersonDetector(rng=0).fit(images, [[[50, 30, 87, 130]]] * 2)
    >>> boxes, scores = detector.detect(images[0])
    >>> bool((np.abs(boxes[0] - [50, 30, 87, 130]) < 8).all())
    True
    """

    def __init__(self, *, step: float = 1.1, smallest: float = 77, mining_rounds: int = 4,
                 rng: np.random.Generator | int | None = None):
        self.step = checks.number(step, "step", least=1.01, below=10)
        self.smallest = checks.number(smallest, "smallest", least=8, most=1e6)
        self.mining_rounds = checks.whole(mining_rounds, "mining_rounds", least=0)
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
        marked, rng = MarkedImages(images, boxes), checks.generator(self.rng)
        positives = self.positives(marked, rng)
        pool = self.negative_pool(marked)
        negatives = pool.draw(N_RANDOM, rng)
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

    def positives(self, marked: MarkedImages, rng: np.random.Generator | int | None = None
                  ) -> np.ndarray:
        """What windows show of all people, (n, 3780): each some times, and in a mirror as well.

        How wide people are, `aspect_`, is learned here, too.
        """
        checks.instance(marked, "marked", MarkedImages)
        left, upper, right, lower = np.concatenate([np.empty((0, 4)), *marked.boxes]).T
        if len(left) == 0:
            raise ValueError("there is no person to learn from: all arrays of boxes are empty")
        self.aspect_ = float(np.median((right - left) / (lower - upper)))
        rng = checks.generator(rng)
        patches = [crop(image, window, WINDOW)
                   for image, own in zip(marked.images, marked.boxes) for box in own
                   for window in jittered_windows(box, WINDOW, PERSON, N_JITTER, rng)]
        return np.stack([describe(seen).ravel() for patch in patches
                         for seen in (patch, patch[:, ::-1])])

    def negative_pool(self, marked: MarkedImages) -> NegativePool:
        """All windows without a person, to draw from and to mine; after `positives`."""
        checks.instance(marked, "marked", MarkedImages)
        check_is_fitted(self, "aspect_", "positives")
        pyramids = [list(self._levels(image, self.step**2)) for image in marked.images]
        return NegativePool(pyramids, marked.boxes, BLOCKS, self._boxes)

    def train(self, positives: np.ndarray, negatives: np.ndarray) -> None:
        """Learn `weights_` and `bias_` from descriptors, (n, 3780) and (m, 3780)."""
        positives = checks.numbers(positives, "positives", ("N", N_FEATURES), empty=False)
        negatives = checks.numbers(negatives, "negatives", ("N", N_FEATURES), empty=False)
        X = np.concatenate([positives, negatives])
        is_person = np.arange(len(X)) < len(positives)
        # All crops of a person together count as much as one negative.
        weights = np.where(is_person, 1 / (2 * (1 + N_JITTER)), 1.0)
        svm = LinearSVC(C=C, tol=1e-3).fit(X, is_person, weights)
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

        Raises
        ------
        ValueError
            The image is so large, and `smallest` so small, that it would not fit into memory.
        """
        check_is_fitted(self, "weights_")
        picture = check_picture(image, "image")
        threshold = float(checks.numbers(threshold, "threshold", (), finite=False, nan=False))
        boxes, scores = [np.empty((0, 4))], [np.empty(0)]
        for level in self._levels(picture, self.step):
            score = window_scores(level.grid, self.weights_) + self.bias_
            corners = np.argwhere(score > threshold)
            boxes.append(self._boxes(level, corners))
            scores.append(score[tuple(corners.T)])
        found = np.clip(np.concatenate(boxes), 0, np.tile(picture.shape[1::-1], 2))
        kept = nms(found, np.concatenate(scores), MOST_OVERLAP)
        return Detections(found[kept], np.concatenate(scores)[kept])

    def _levels(self, image: np.ndarray, step: float) -> Iterator[Level]:
        """The pyramid, down to where a person would be as high as the image."""
        check_enlarged(image, PERSON / self.smallest, MOST_PIXELS)
        for scale in pyramid_scales(PERSON / self.smallest, PERSON / len(image), step):
            small = resize(image, scale)
            seen = np.pad(small, ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), mode="edge")
            yield Level(describe(seen), (len(small) / len(image), small.shape[1] / image.shape[1]))

    def _boxes(self, level: Level, corners: np.ndarray) -> np.ndarray:
        """Where windows that begin at (row, column) of a level expect their people."""
        # The person's margin and the image's padding are alike, so they cancel above the person.
        middle, half = WINDOW[1] / 2 - MARGIN, self.aspect_ * PERSON / 2
        in_first = np.array([middle - half, 0, middle + half, PERSON])
        return (CELL * np.tile(corners[:, ::-1], 2) + in_first) / np.tile(level.scale[::-1], 2)


# ---- windows without a person -------------------------------------------------------------------


class NegativePool:
    """All windows without a person in a set of images, and which of them were taken already.

    Parameters
    ----------
    pyramids : sequence of sequences of Level
        For each image its levels.
    boxes : sequence of (N, 4)
        For each image its people.
    shape : (int, int)
        Rows and columns of a window, in entries of the levels' grids.
    expected : callable
        Where windows expect their people: from a level and corners (N, 2), row and column, to boxes
        (N, 4) in pixels of the image.
    """

    def __init__(self, pyramids: Sequence[Sequence[Level]], boxes: Sequence[np.ndarray],
                 shape: tuple[int, int], expected: Callable[[Level, np.ndarray], np.ndarray]):
        self.pyramids, self.shape = pyramids, shape
        self.free: list[np.ndarray] = []  # an image's, (n, 3): level, row, column
        for levels, people in zip(pyramids, boxes):
            free = [np.empty((0, 3), int)]
            for n, level in enumerate(levels):
                size = [max(0, m - k + 1) for m, k in zip(level.grid.shape, shape)]
                corners = np.argwhere(np.ones(size, bool))
                iou = overlaps(expected(level, corners), people)
                free.append(np.insert(corners[(iou <= MAX_IOU).all(axis=1)], 0, n, axis=1))
            self.free.append(np.concatenate(free))
        if not any(map(len, self.free)):
            raise ValueError("no window without a person: add larger images or ones without people")

    def draw(self, n_per_image: int, rng: np.random.Generator) -> np.ndarray:
        """Windows at random, the same number from each image as far as it goes: (n, d)."""
        return self._take([rng.permutation(len(free))[:n_per_image] for free in self.free])

    def mine(self, weights: np.ndarray, bias: float) -> np.ndarray:
        """The windows with the highest scores w.x + b, and above `UNSURE`: (n, d)."""
        chosen = []
        for levels, free in zip(self.pyramids, self.free):
            score = np.empty(len(free))
            for n, level in enumerate(levels):
                here = free[:, 0] == n
                score[here] = window_scores(level.grid, weights)[tuple(free[here, 1:].T)] + bias
            wrong = np.flatnonzero(score > UNSURE)
            chosen.append(wrong[best_first(score[wrong])[:PER_IMAGE]])
        return self._take(chosen)

    def _take(self, chosen: Sequence[np.ndarray]) -> np.ndarray:
        """Descriptors of windows of each image, by their numbers; they are free no longer."""
        found = []
        for image, numbers in enumerate(chosen):
            places = self.free[image][numbers]
            self.free[image] = np.delete(self.free[image], numbers, axis=0)
            for n, level in enumerate(self.pyramids[image]):
                corners = places[places[:, 0] == n, 1:]
                found.append(gather_windows(level.grid, self.shape, corners))
        return np.concatenate(found or [np.empty((0, 0))])


# ---- an image at all sizes -----------------------------------------------------------------------


def describe(image: np.ndarray) -> np.ndarray:
    """The blocks of an image (H, W, 3): (R, C, 36) float32."""
    blocks, _ = hog_blocks(np.moveaxis(image, -1, 0), HOG)
    return blocks.reshape(*blocks.shape[:2], -1).astype(np.float32)


def pyramid_scales(first: float, last: float, step: float) -> Iterator[float]:
    """The sizes at which to look at an image, largest first.

    From `first` down to no less than `last`, each 1 / `step` of the one before.

    Examples
    --------
    >>> list(pyramid_scales(1.0, 0.2, step=2))
    [1.0, 0.5, 0.25]
    """
    while first >= last:
        yield first
        first /= step


def check_enlarged(image: np.ndarray, scale: float, most: int) -> None:
    """A ValueError if an image at this scale has more pixels than fit into memory."""
    if scale**2 * image.shape[0] * image.shape[1] > most:
        raise ValueError(f"{scale:g} times as large, an image of {image.shape[:2]} has over "
                         f"{most:,} pixels: search smaller images, or for larger people")


def resize(image: np.ndarray, scale: float) -> np.ndarray:
    """The image (H, W, 3) uint8 at another size: each new pixel a mean of those it covers."""
    height, width = (max(1, round(scale * side)) for side in image.shape[:2])
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR))


def window_scores(grid: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The score w.x of every window of a described image.

    Parameters
    ----------
    grid : (R, C, d)
        What the image shows, block by block (or cell by cell).
    weights : (r, c, d)
        Those of one window.

    Returns
    -------
    (R - r + 1, C - c + 1)
        Of the windows grid[i : i + r, j : j + c]; empty if none fits.

    Examples
    --------
    >>> window_scores(np.arange(6.0).reshape(2, 3, 1), np.ones((2, 2, 1)))
    array([[ 8., 12.]])
    """
    (n_rows, n_columns, d), (rows, columns, _) = grid.shape, weights.shape
    height, width = max(0, n_rows - rows + 1), max(0, n_columns - columns + 1)
    # What a row of windows shows is a slice of this matrix; that of the next row overlaps it.
    strips = grid.swapaxes(1, 2).reshape(n_rows * d, n_columns).astype(weights.dtype, copy=False)
    by_column = weights.swapaxes(0, 1).reshape(columns, rows * d)
    products = np.empty((height, columns, n_columns), weights.dtype)
    for i, of_row in enumerate(products):
        np.matmul(by_column, strips[d * i:d * (i + rows)], out=of_row)
    return sum((products[:, n, n:n + width] for n in range(columns)),
               np.zeros((height, width), weights.dtype))
