"""The accurate person detector: what to change in `minicv.person_detector`, and what it is worth.

    detector = ChannelDetector().fit(images, boxes)
    boxes, scores = detector.detect(image)

The plan is the plain detector's: a pyramid, a window, a linear SVM, mined negatives, suppression.
What is different, and what leaving it out costs, on 136 photographs in four folds (AP: average
precision at an IoU of 0.5; MR: log-average miss rate; each row all defaults but one):

    all of it                                                         AP 0.882   MR 0.235
    a second look at the best windows (`second_look`)                 -0.038     +0.071
    that look before suppression, not only at what it leaves          -0.028     +0.041
    averaging the boxes that agree (`suppression`)                    -0.019     +0.041
    box regression: from the window to the person (`box_regression`)  -0.009     +0.018

and without the second look, when averaging was a little narrower, AP 0.850 and MR 0.293:

    colours: mean and deviation of a cell's three (`channels`)        -0.043     +0.049
    mined negatives, up to four rounds                                -0.050     +0.134
    jitter: four crops of each person, at all finenesses              -0.012     +0.017
    mirror images (both in `positives`)                               -0.012     +0.026
    gamma 0.5 of the pixels before their gradients                     0.000     +0.005
    for comparison: the plain detector, HOG in place of channels      AP 0.782   MR 0.466

One seed each, and the folds that the design grew on: a hundredth is near luck.  In 95
of 100 draws of other photographs among these (a paired bootstrap) the second look is worth 0.019 to
0.063 of AP, and 0.039 to 0.143 of MR; before suppression rather than after, 0.012 to 0.049 and
0.010 to 0.099.

The features (19 numbers a cell instead of 36 a block) are resampled between sizes instead of
computed anew (`pyramid`), so that all sizes of an image take as long as HOG of a few.

Sources: Dalal and Triggs, *Histograms of oriented gradients for human detection*, CVPR 2005, for
the whole; the refinements name theirs where they stand.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from minicv import checks
from minicv.channel_detector.box_regression import BoxRegression
from minicv.channel_detector.calibration import Calibration
from minicv.channel_detector.finding import Candidates, kept_finds, search_levels
from minicv.channel_detector.positives import described_people
from minicv.channel_detector.pyramid import CellFeatures, describe, groups, levels
from minicv.channel_detector.saving import options_of, packed, take_over
from minicv.channel_detector.second_look import SecondLook, second_look_examples
from minicv.channel_detector.windows import expected_people, fitting_crops, person_height
from minicv.detection_metrics.boxes import box_iou
from minicv.files import load_npz, save_npz
from minicv.person_detector.detector import FEW, NegativePool, check_enlarged, pyramid_scales
from minicv.person_detector.estimator import check_is_fitted
from minicv.person_detector.linear_classifiers import LinearSVC
from minicv.person_detector.patches import MarkedImages, check_picture
from minicv.person_detector.sliding_window import Detections, Level

MOST_CELLS = 64  # in a window, either way
MOST_PIXELS = 10**8  # of an image at its largest size
RANDOM_PER_IMAGE = 25
SVM_TOLERANCE = 1e-3  # the relative duality gap; a thousandth of the objective moves no score much
FOUND = -1.0  # the least score of a find, and the least first score of what is looked at twice


class ChannelDetector:
    """Finds people who stand or walk.

    Parameters
    ----------
    features : CellFeatures
        How windows are described.
    window : (int, int)
        Rows and columns of cells of 8 pixels, from (5, 2) to (64, 64).
    step : float
        From one scale of the pyramid to the next, at least 1.01.
    smallest : float
        Height of the smallest person to look for, in pixels.
    n_jitter, mirror : int, bool
        Crops of each person beside the exact one, and whether also mirrored.
    mining_rounds : int
        At most so many rounds of hard negatives.
    regress : bool
        Whether to correct the boxes.
    suppression : float
        Of two finds the better one is kept if they share more than this part of the *smaller* box
        (not of their union).
    average : bool
        Whether to average the boxes round each one that is kept.
    look_twice : bool
        Whether to score the best windows again, see `second_look`.
    C : float
        How much the samples count, see `LinearSVC`.
    rng : numpy.random.Generator or int, optional
        With a seed, every `fit` gives the same result.
    progress : bool
        Whether to print a line for each step of `fit`.

    Attributes
    ----------
    weights_, bias_ : (rows, columns, d) float32, float
        Of a score w.x + b.
    regression_ : BoxRegression or None
    second_look_ : SecondLook or None
    calibration_ : Calibration or None
        What a score means. `fit` sets None: that is to be measured on other pictures, see
        `calibration`. `save` and `load` keep it.
    n_negatives_ : list of int
        How many negatives each training had.

    Raises
    ------
    ValueError, TypeError
        An option outside its range, or of another kind.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> images = rng.integers(100, 130, (3, 150, 150, 3), dtype=np.uint8)
    >>> images[:, 30:130, 50:87] = 20  # three dark "people"
    >>> detector = ChannelDetector(window=(12, 6), smallest=90)
    >>> detector = detector.fit(images, [[[50, 30, 87, 130]]] * 3)
    >>> boxes, scores = detector.detect(images[0])
    >>> bool((np.abs(boxes[0] - [50, 30, 87, 130]) < 8).all())  # a cell
    True
    >>> import tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "detector.npz")
    >>> detector.save(path)
    >>> ChannelDetector.load(path).n_negatives_ == detector.n_negatives_
    True
    """

    def __init__(self, features: CellFeatures | None = None, *,
                 window: tuple[int, int] = (16, 8), step: float = 1.1, smallest: float = 77,
                 n_jitter: int = 3, mirror: bool = True, mining_rounds: int = 4,
                 regress: bool = True, suppression: float = 0.5, average: bool = True,
                 look_twice: bool = True, C: float = 0.01,
                 rng: np.random.Generator | int | None = None, progress: bool = False):
        self.features = checks.instance(CellFeatures() if features is None else features,
                                        "features", CellFeatures, hint="write CellFeatures(...)")
        rows, columns = checks.pair(window, "window", most=MOST_CELLS)
        self.window = (checks.whole(rows, "rows of window", least=5),
                       checks.whole(columns, "columns of window", least=2))
        self.step = checks.number(step, "step", least=1.01, below=10)
        self.smallest = checks.number(smallest, "smallest", least=8, most=1e6)
        self.n_jitter = checks.whole(n_jitter, "n_jitter", least=0, most=1000)
        self.mirror = checks.flag(mirror, "mirror")
        self.mining_rounds = checks.whole(mining_rounds, "mining_rounds", least=0, most=1000)
        self.regress = checks.flag(regress, "regress")
        self.suppression = checks.number(suppression, "suppression", least=0, most=1)
        self.average = checks.flag(average, "average")
        self.look_twice = checks.flag(look_twice, "look_twice")
        self.C = checks.number(C, "C", above=0, most=1e9)
        checks.generator(rng)  # a seed that cannot be used is an error now, not when it is
        self.rng = rng
        self.progress = checks.flag(progress, "progress")

    @property
    def person_height(self) -> int:
        """Height of a person in the window, in pixels."""
        return person_height(self.window)

    # ---- learning --------------------------------------------------------------------------------

    def fit(self, images: Sequence[np.ndarray], boxes: Sequence[np.ndarray]) -> ChannelDetector:
        """Learn from images in which all people are marked.

        Descriptors of all images are kept in memory meanwhile: with the default options about 15
        bytes for each pixel, with finer steps or smaller people more.

        Parameters
        ----------
        images : sequence of (H, W, 3) or (H, W) uint8
        boxes : sequence of (N, 4)
            For each image its people's boxes; where N is 0, all that looks like a person is a
            negative. They may stick out of the image. Who is less than half as high as `smallest`
            is not learned from.

        Raises
        ------
        ValueError, TypeError
            See `MarkedImages`; nobody to learn from; no window without a person.
        """
        marked, rng = MarkedImages(images, boxes), checks.generator(self.rng)
        positives, corrections = described_people(
            marked.images, marked.boxes, self.features, self.window, self.smallest / 2,
            self.n_jitter, self.mirror, rng)
        pyramids = [[level for scales in self._groups(image)
                     for level in levels(image, scales, self.features)] for image in marked.images]
        self._tell(f"{len(positives)} positive windows, {len(pyramids)} images described")
        pool = NegativePool(pyramids, marked.boxes, self.window,
                            lambda level, corners: expected_people(level, self.window, corners))
        self.regression_ = BoxRegression.fit(positives, corrections) if self.regress else None
        negatives = self._train_and_mine(positives, pool, pool.draw(RANDOM_PER_IMAGE, rng))
        self.second_look_: SecondLook | None = None
        if self.look_twice:
            self.second_look_ = self._learned_second_look(marked, pyramids, positives, negatives)
        self.calibration_: Calibration | None = None
        return self

    def _train_and_mine(self, positives: np.ndarray, pool: NegativePool, negatives: np.ndarray
                        ) -> np.ndarray:
        """Train, and again with the hard negatives found, until few turn up: all negatives."""
        svm = LinearSVC(C=self.C, tol=SVM_TOLERANCE, warm_start=True)
        self.n_negatives_: list[int] = []
        while True:
            X = np.concatenate([positives, negatives])
            is_person = np.arange(len(X)) < len(positives)
            # However many crops a person gives, together they count twice as much as a negative.
            weight = 2 / ((1 + self.n_jitter) * (1 + self.mirror))
            svm.fit(X, is_person, np.where(is_person, weight, 1.0))
            self.weights_ = svm.coef_.reshape(*self.window, -1).astype(np.float32)
            self.bias_ = float(svm.intercept_[0])
            self.n_negatives_.append(len(negatives))
            if len(self.n_negatives_) > self.mining_rounds:
                return negatives
            hard = pool.mine(self.weights_, self.bias_)
            self._tell(f"round {len(self.n_negatives_)}: {len(negatives)} negatives, {len(hard)} "
                       "hard ones found")
            if len(hard) <= FEW * len(negatives):
                return negatives
            negatives = np.concatenate([negatives, hard])

    def _learned_second_look(self, marked: MarkedImages, pyramids: Sequence[Sequence[Level]],
                             positives: np.ndarray, negatives: np.ndarray) -> SecondLook:
        found, iou = [positives[:0]], [np.empty(0)]
        for image, own, pyramid in zip(marked.images, marked.boxes, pyramids):
            finds = self._kept(image, [self._search(pyramid, FOUND).looked_at_twice(None)])
            if len(finds.boxes) > 0:
                crops = fitting_crops(image, finds.boxes, self.window)
                seen = describe(crops, self.window, self.features)
                found.append(seen.reshape(len(seen), -1))
                iou.append(box_iou(finds.boxes, own).max(axis=1, initial=0))
        # Mirror images of the people, every second one, a second look has by itself.
        people, others = second_look_examples(
            positives[::1 + self.mirror], negatives, negatives @ self.weights_.ravel() + self.bias_,
            np.concatenate(found), np.concatenate(iou))
        self._tell(f"second look: {len(people)} people, {len(others)} others")
        shape = (-1, *self.weights_.shape)
        return SecondLook.fit(people.reshape(shape), others.reshape(shape))

    def _tell(self, message: str) -> None:
        if self.progress:
            print(message, flush=True)

    # ---- finding ---------------------------------------------------------------------------------

    def detect(self, image: np.ndarray, threshold: float = FOUND) -> Detections:
        """Find the people in an image.

        Parameters
        ----------
        image : (H, W, 3) or (H, W) uint8
        threshold : float
            The least score. On photographs that were not learned from, nearly all finds above 0
            are right, and near -0.5 as many are wrong as people are missed. One above -1 only
            chooses among the finds; however low it is, no more than the 5,000 best windows are
            looked at.

        Raises
        ------
        ValueError, TypeError
            See `check_picture`; not even the smallest person would fit into the image; a threshold
            that is NaN.
        RuntimeError
            Nothing was fitted or loaded yet.
        """
        check_is_fitted(self, "weights_", "fit or load")
        image = check_picture(image, "image")
        threshold = float(checks.numbers(threshold, "threshold", (), finite=False, nan=False))
        if len(image) < self.smallest:
            raise ValueError(f"the image is {len(image)} pixels high, and the smallest person to "
                             f"look for {self.smallest:g}: enlarge it first")
        first = max(min(threshold, FOUND), -1e30)  # these scores are float32, and none as low
        boxes, scores = self._kept(image, self._searched(image, first))
        return Detections(boxes[scores > threshold], scores[scores > threshold])

    def _groups(self, image: np.ndarray) -> list[list[float]]:
        """The sizes at which to search; refused, before any work, if one is too large."""
        first = self.person_height / self.smallest
        check_enlarged(image, first, MOST_PIXELS)
        last = 0.95 * self.person_height / len(image)  # a person as high as the image, and a bit
        return groups(pyramid_scales(first, last, self.step))

    def _searched(self, image: np.ndarray, threshold: float) -> list[Detections]:
        """What is found on each group of the image's levels."""
        def search(scales: list[float]) -> Candidates:
            return self._search(levels(image, scales, self.features), threshold)

        # NumPy computes most of this without holding Python's lock, so threads run side by side.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            found = list(pool.map(search, self._groups(image)))
        # Not in these threads: those of NumPy's products would wait for each other.
        return [group.looked_at_twice(self.second_look_) for group in found]

    def _search(self, levels: Iterable[Level], threshold: float) -> Candidates:
        return search_levels(levels, self.weights_, self.bias_, self.regression_, threshold,
                             look_twice=self.second_look_ is not None)

    def _kept(self, image: np.ndarray, found: list[Detections]) -> Detections:
        return kept_finds(found, image.shape[:2], self.suppression, self.average)

    # ---- files -----------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike) -> None:
        """Write what was learned, and the options, as an `.npz` archive.

        Of `rng` a seed is kept, a generator is not.
        """
        check_is_fitted(self, "weights_")
        save_npz(path, packed(self))

    @classmethod
    def load(cls, path: str | os.PathLike) -> ChannelDetector:
        """Read a detector that `save` wrote.

        Raises
        ------
        FileNotFoundError
            There is no such file.
        ValueError
            The file is damaged, or no detector: an option is unknown, missing or out of its range,
            a weight is not finite, or a shape does not fit. The file is named.
        """
        arrays = load_npz(path, required=("options", "weights", "bias", "n_negatives"))
        try:
            detector = cls(**options_of(arrays))
            take_over(detector, arrays)
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError,
                OverflowError) as error:
            raise ValueError(f"{path} holds no detector as this version of minicv saves it "
                             f"({error})") from error
        return detector
