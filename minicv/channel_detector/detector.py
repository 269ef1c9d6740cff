"""A person detector: exercise 2.2, carried through.

    detector = ChannelDetector().fit(images, boxes)
    boxes, scores = detector.detect(image)

What happens in `fit`:

1. `positives`: each person, a little off and mirrored, as a window of cells;
2. `window_features`: all training images as pyramids of such cells;
3. a linear SVM (`LinearSVC`) that tells people from windows drawn at random;
4. `hard_negatives`: the windows it is wrong about are added, and it is trained anew, until few new
   ones turn up;
5. `box_regression`: from where a window expects its person to where the person is.

What happens in `detect`: the pyramid; a score for each window; the box of those that score well,
corrected; and `suppression`: one box for each person.

Each ingredient can be left out, to see what it is worth: lesson 2.2 does that.

Sources: Dalal and Triggs, *Histograms of oriented gradients for human detection*, CVPR 2005, for
the whole; the refinements name theirs where they stand.
"""

from __future__ import annotations

import json
import operator
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import NamedTuple

import numpy as np

from minicv.channel_detector.box_regression import BoxRegression
from minicv.channel_detector.hard_negatives import NegativePool
from minicv.channel_detector.positives import expected_boxes, person_crops
from minicv.channel_detector.suppression import average_neighbours, suppress_nested
from minicv.channel_detector.window_features import (
    CELL,
    CellFeatures,
    HogFeatures,
    Level,
    gather_windows,
    pyramid_scales,
    score_windows,
    window_boxes,
)
from minicv.detection_metrics.boxes import box_area, check_boxes, clip_boxes_to_image
from minicv.files import load_npz, save_npz
from minicv.person_detector.linear_classifiers import LinearSVC

RANDOM_PER_IMAGE = 25
FEW = 0.01  # mining ends when it adds no more than this share of the negatives
MOST_CANDIDATES = 5000  # windows of one image that go into the suppression, the best
SVM_TOLERANCE = 1e-3  # the relative duality gap; a thousandth of the objective moves no score much


class Detections(NamedTuple):
    """What was found in an image, the best first."""

    boxes: np.ndarray  # (N, 4) float64 left, upper, right, lower, within the image
    scores: np.ndarray  # (N,) float64; above 0 the SVM says "person"


class ChannelDetector:
    """Finds people who stand or walk.

    Parameters
    ----------
    features : how windows are described: `CellFeatures` or `HogFeatures`.
    window : rows and columns of cells of 8 pixels.
    step : from one scale of the pyramid to the next. None: no pyramid, one scale alone, at which
        the median person of the training images fills the window.
    smallest : height of the smallest person to look for, in pixels.
    n_jitter, mirror : crops of each person beside the exact one, and whether also mirrored.
    mining_rounds : how often to look for hard negatives at most.
    regress : whether to correct the boxes.
    suppression : how much two people may overlap, see `suppress_nested`; None: keep every window,
        but of one image no more than the 5,000 best.
    average : whether to average the boxes round each one that is kept.
    C : how much the samples count, see `LinearSVC`.
    rng : a generator or a seed. Given a seed, each `fit` gives the same.
    progress : print a line for each step of `fit`.

    Attributes
    ----------
    weights_ : (rows, columns, d) float32 and bias_ : float, of a score w.x + b.
    regression_ : the fitted `BoxRegression`, or None.
    scale_ : the one scale, if there is no pyramid.
    n_negatives_ : (rounds + 1,) how many negatives each training had.

    Raises
    ------
    ValueError, TypeError : an option outside its range, or of another kind.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> images = rng.integers(100, 130, (4, 200, 200, 3), dtype=np.uint8)
    >>> images[:, 50:150, 80:117] = 20  # four dark "people"
    >>> detector = ChannelDetector(smallest=96).fit(images, [[[80, 50, 117, 150]]] * 4)
    >>> boxes, scores = detector.detect(images[0])
    >>> bool((np.abs(boxes[0] - [80, 50, 117, 150]) < 5).all())
    True
    """

    def __init__(self, features: CellFeatures | HogFeatures | None = None, *,
                 window: tuple[int, int] = (16, 8), step: float | None = 1.1, smallest: float = 77,
                 n_jitter: int = 3, mirror: bool = True, mining_rounds: int = 4,
                 regress: bool = True, suppression: float | None = 0.5, average: bool = True,
                 C: float = 0.01, rng: np.random.Generator | int = 0, progress: bool = False):
        self.features = CellFeatures() if features is None else features
        if not isinstance(self.features, (CellFeatures, HogFeatures)):
            raise TypeError(f"features must be CellFeatures() or HogFeatures(), got {features!r}")
        if np.shape(window) != (2,) or window[0] < 5 or window[1] < 2:
            raise ValueError("window must be (rows, columns) of cells, at least (5, 2), "
                             f"got {window}")
        if step is not None and not 1 < step < 10:
            raise ValueError(f"step must be above 1 and below 10, or None, got {step}")
        if not 8 <= smallest < np.inf:
            raise ValueError(f"smallest must be at least 8 pixels, and finite, got {smallest}")
        if n_jitter < 0 or mining_rounds < 0:
            raise ValueError("n_jitter and mining_rounds must be at least 0, got "
                             f"{n_jitter} and {mining_rounds}")
        if suppression is not None and not 0 <= suppression <= 1:
            raise ValueError(f"suppression must be from 0 to 1, or None, got {suppression}")
        if not 0 < C < np.inf:
            raise ValueError(f"C must be a finite number above 0, got {C}")
        self.window = operator.index(window[0]), operator.index(window[1])
        self.step, self.smallest = step, smallest
        self.n_jitter, self.mining_rounds = operator.index(n_jitter), operator.index(mining_rounds)
        self.mirror = mirror
        self.regress, self.suppression, self.average = regress, suppression, average
        self.C, self.rng, self.progress = C, rng, progress

    @property
    def person_height(self) -> int:
        """Height of a person in the window, in pixels: two cells are left above, and two below."""
        return (self.window[0] - 4) * CELL

    # ---------------------------------------------------------------------------------------
    # Learning
    # ---------------------------------------------------------------------------------------

    def fit(self, images: Sequence[np.ndarray], boxes: Sequence[np.ndarray]) -> ChannelDetector:
        """Learn from images in which all people are marked.

        Descriptors of all images are kept in memory meanwhile: with the default options about 15
        bytes for each pixel, with finer steps or smaller people more.

        Parameters
        ----------
        images : each (H, W, 3) or (H, W) uint8.
        boxes : for each image (N, 4) the people's boxes; N may be 0. They may stick out of the
            image. Who is less than half as high as `smallest` is not learned from.

        Raises
        ------
        ValueError, TypeError : images or boxes that are none, not as many of one as of the other,
            a box wholly outside of its image, or nobody to learn from.
        """
        images = [check_image(image, f"image {n}") for n, image in enumerate(images)]
        if len(images) != len(boxes):
            raise ValueError(f"there are {len(images)} images, but boxes for {len(boxes)}")
        boxes = [check_boxes(own, f"boxes of image {n}").astype(float)
                 for n, own in enumerate(boxes)]
        for n, (image, own) in enumerate(zip(images, boxes)):
            _check_seen(own, image.shape[:2], f"image {n}")
        rng = np.random.default_rng(self.rng)
        positives, corrections = self._positives(images, boxes, rng)
        if self.step is None:
            heights = np.concatenate([own[:, 3] - own[:, 1] for own in boxes])
            self.scale_ = float(self.person_height / np.median(heights))
        pyramids = [list(self.features.levels(image, self._scales(image))) for image in images]
        self._tell(f"{len(positives)} positive windows, {len(images)} images described")

        shape = self.features.window_shape(self.window)
        pool = NegativePool(pyramids, boxes, self.window, shape, self._expected)
        negatives = pool.draw(RANDOM_PER_IMAGE, rng)
        if len(negatives) == 0:
            raise ValueError("no window without a person fits into the images; larger images, or "
                             "some without people, are needed")
        self.regression_ = BoxRegression.fit(positives, corrections) if self.regress else None
        self._train(positives, negatives, pool, shape)
        return self

    def _positives(self, images, boxes, rng) -> tuple[np.ndarray, np.ndarray]:
        """Descriptors (n, d) of the crops of all people, and the corrections (n, 4) of boxes."""
        described, corrections = [], []
        for image, own in zip(images, boxes):
            for box in own:
                if box[3] - box[1] < self.smallest / 2 or box[2] <= box[0]:
                    continue
                crops, correction = person_crops(image, box, self.window, self.person_height,
                                                 self.n_jitter, self.mirror,
                                                 self.features.finest, rng)
                described.append(self.features.describe(crops, self.window)
                                 .reshape(len(crops), -1))
                corrections.append(correction)
        if not described:
            raise ValueError("there is no person to learn from: no box is at least "
                             f"{self.smallest / 2:g} pixels high")
        return np.concatenate(described), np.concatenate(corrections)

    def _train(self, positives: np.ndarray, negatives: np.ndarray, pool: NegativePool,
               shape: tuple[int, int]) -> None:
        """Train the SVM, and again with the hard negatives that it finds."""
        # However many crops a person gives, together they count twice as much as a negative.
        weight = 2 / ((1 + self.n_jitter) * (1 + self.mirror))
        svm = LinearSVC(C=self.C, tol=SVM_TOLERANCE, warm_start=True)
        self.n_negatives_ = []
        for n_round in range(self.mining_rounds + 1):
            X = np.concatenate([positives, negatives])
            is_person = np.arange(len(X)) < len(positives)
            svm.fit(X, is_person, np.where(is_person, weight, 1.0))
            self.weights_ = svm.coef_.reshape(*shape, -1).astype(np.float32)
            self.bias_ = float(svm.intercept_[0])
            self.n_negatives_.append(len(negatives))
            if n_round == self.mining_rounds:
                break
            new = pool.mine(self.weights_, self.bias_)
            self._tell(f"round {n_round + 1}: {len(negatives)} negatives, "
                       f"{len(new)} hard ones found")
            if len(new) <= FEW * len(negatives):
                break
            negatives = np.concatenate([negatives, new])

    def _tell(self, message: str) -> None:
        if self.progress:
            print(message, flush=True)

    # ---------------------------------------------------------------------------------------
    # Finding
    # ---------------------------------------------------------------------------------------

    def detect(self, image: np.ndarray, threshold: float = -0.9) -> Detections:
        """Find the people in an image.

        Parameters
        ----------
        image : (H, W, 3) or (H, W) uint8.
        threshold : the least score. On photographs that were not learned from, nearly all finds
            above 0 are right, and near -0.6 as many are wrong as people are missed; the default
            leaves the choice to the caller, and to curves over all thresholds. However low it is,
            no more than the 5,000 best windows are looked at.

        Raises
        ------
        ValueError, TypeError : no image, or one in which not even the smallest person would fit;
            no threshold.
        RuntimeError : nothing was fitted or loaded yet.
        """
        if not hasattr(self, "weights_"):
            raise RuntimeError("this detector has learned nothing yet; call fit, or load one")
        image = check_image(image, "image")
        if np.isnan(threshold):
            raise ValueError("the threshold is NaN, and no score is above that")
        if image.shape[0] < self.smallest:
            raise ValueError(f"the image is {image.shape[0]} pixels high, and the smallest person "
                             f"to look for {self.smallest:g}: enlarge the image first")
        boxes, scores = self._candidates(image, threshold)
        boxes = clip_boxes_to_image(boxes, image.shape[:2])
        seen = box_area(boxes) > 0
        boxes, scores = boxes[seen], scores[seen]
        if self.suppression is not None:
            kept = suppress_nested(boxes, scores, self.suppression)
            if self.average:
                means = average_neighbours(boxes, scores, kept)
                boxes = clip_boxes_to_image(means, image.shape[:2])  # rounding may lead out again
            else:
                boxes = boxes[kept]
            scores = scores[kept]
        return Detections(boxes, scores)

    def _scales(self, image: np.ndarray) -> list[float]:
        if self.step is None:
            return [self.scale_]
        return pyramid_scales(len(image), self.person_height, self.step, self.smallest)

    def _candidates(self, image: np.ndarray, threshold: float) -> tuple[np.ndarray, np.ndarray]:
        """The corrected boxes of the windows that score above the threshold, and their scores."""
        def search(scales: list[float]) -> list[tuple[np.ndarray, np.ndarray]]:
            return [self._search(level, threshold) for level in self.features.levels(image, scales)]

        # NumPy computes most of this without holding Python's lock, so threads run side by side.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            groups = list(pool.map(search, self.features.groups(self._scales(image))))
        found = [level for group in groups for level in group]
        if not found:
            return np.empty((0, 4)), np.empty(0)
        boxes, scores = (np.concatenate(parts) for parts in zip(*found))
        best = _best_candidates(scores)
        return boxes[best], scores[best]

    def _search(self, level: Level, threshold: float) -> tuple[np.ndarray, np.ndarray]:
        """Corrected boxes and scores of one level's best windows above the threshold."""
        score = score_windows(level.grid, self.weights_) + self.bias_
        corners = np.argwhere(score > threshold)
        scores = score[corners[:, 0], corners[:, 1]].astype(float)
        best = _best_candidates(scores)  # before their descriptors fill the memory
        corners, scores = corners[best], scores[best]
        boxes = self._expected(window_boxes(level, self.window, corners))
        if self.regression_ is not None:
            described = gather_windows(level.grid, self.weights_.shape[:2], corners)
            boxes = self.regression_.correct(boxes, described)
        return boxes, scores

    def _expected(self, windows: np.ndarray) -> np.ndarray:
        return expected_boxes(windows, self.person_height / (self.window[0] * CELL))

    # ---------------------------------------------------------------------------------------
    # Files
    # ---------------------------------------------------------------------------------------

    _OPTIONS = ("window", "step", "smallest", "n_jitter", "mirror", "mining_rounds", "regress",
                "suppression", "average", "C")

    def save(self, path: str | os.PathLike) -> None:
        """Write what was learned, and the options, as an `.npz` archive.

        Of `rng` a seed is kept, a generator is not: what is loaded has the seed 0 then.
        """
        if not hasattr(self, "weights_"):
            raise RuntimeError("this detector has learned nothing yet; call fit first")
        options = {name: getattr(self, name) for name in self._OPTIONS}
        options["features"] = {"kind": type(self.features).__name__, **asdict(self.features)}
        if isinstance(self.rng, (int, np.integer)):
            options["rng"] = self.rng
        # NumPy's numbers, such as np.int64(80), JSON does not know.
        text = json.dumps(options, default=lambda number: number.item())
        arrays = {"options": np.array(text), "weights": self.weights_,
                  "bias": np.array(self.bias_), "n_negatives": np.array(self.n_negatives_)}
        if self.step is None:
            arrays["scale"] = np.array(self.scale_)
        if self.regression_ is not None:
            arrays |= {"feature_mean": self.regression_.feature_mean,
                       "matrix": self.regression_.matrix,
                       "target_mean": self.regression_.target_mean}
        save_npz(path, arrays)

    @classmethod
    def load(cls, path: str | os.PathLike) -> ChannelDetector:
        """Read a detector that `save` wrote.

        Raises
        ------
        FileNotFoundError : there is no such file.
        ValueError : the file is damaged, or no detector.
        """
        arrays = load_npz(path, required=("options", "weights", "bias", "n_negatives"))
        try:
            options = json.loads(str(arrays["options"]))
            features = options.pop("features")
            kinds = {kind.__name__: kind for kind in (CellFeatures, HogFeatures)}
            detector = cls(kinds[features.pop("kind")](**features), **options)
            detector.weights_, detector.bias_ = arrays["weights"], float(arrays["bias"])
            detector.n_negatives_ = arrays["n_negatives"].tolist()
            if detector.step is None:
                detector.scale_ = float(arrays["scale"])
            detector.regression_ = None
            if "matrix" in arrays:
                detector.regression_ = BoxRegression(arrays["feature_mean"], arrays["matrix"],
                                                     arrays["target_mean"])
            detector._check_sizes()
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} holds no detector as this version of minicv saves it "
                             f"({error})") from error
        return detector

    def _check_sizes(self) -> None:
        """Whether what was loaded belongs together."""
        described = self.features.describe(
            [np.zeros((CELL * (self.window[0] + 2), CELL * (self.window[1] + 2), 3), np.uint8)],
            self.window)[0]
        matrix = None if self.regression_ is None else self.regression_.matrix.shape
        if self.weights_.shape != described.shape or matrix not in (None, (described.size, 4)):
            raise ValueError(f"weights of the shape {self.weights_.shape}, and {described.shape} "
                             "is needed with these options")


def _best_candidates(scores: np.ndarray) -> np.ndarray:
    """The numbers of the best scores, the best first; of equal ones the first."""
    return np.argsort(-scores, kind="stable")[:MOST_CANDIDATES]


def _check_seen(boxes: np.ndarray, image_size: tuple[int, int], name: str) -> None:
    """Refuse boxes that have an area, but none within the image: they belong to another one."""
    unseen = (box_area(boxes) > 0) & (box_area(clip_boxes_to_image(boxes, image_size)) == 0)
    if unseen.any():
        first = int(unseen.argmax())
        raise ValueError(f"box {first} of {name}, {boxes[first].tolist()}, is outside of the "
                         f"image, which has (height, width) = {image_size}")


def check_image(image: np.ndarray, name: str) -> np.ndarray:
    """An image (H, W, 3) uint8 as it is, and a grey one (H, W) with three equal channels."""
    image = np.asarray(image)
    if image.ndim == 2:
        image = np.repeat(image[:, :, None], 3, axis=2)
    if image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"{name} must be (H, W, 3) or (H, W), got the shape {image.shape}; "
                         "leave a channel of transparency out")
    if image.dtype != np.uint8:
        raise TypeError(f"{name} must be uint8, 0 to 255, got {image.dtype}")
    if 0 in image.shape:
        raise ValueError(f"{name} is empty: its shape is {image.shape}")
    return image
