"""Make data/channel_detector.npz: a person detector trained on the Penn-Fudan photographs.

    python -m pip install -e '.[parity]'
    python data/make_channel_detector.py FOLDER

FOLDER holds PennFudanPed (`minicv.datasets.download_penn_fudan(FOLDER)` fetches it).  All of its
pictures are learned from, and so are two thirds of the pictures without people of `no_people.py`,
some of which scikit-image and scikit-learn carry along.

What its scores mean is measured on other pictures: four detectors learn from three quarters of the
photographs each, and search the last quarter of them and a quarter of the pictures without people
that were kept aside.  Their finds, right and wrong, are what `Calibration` is fitted to.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from no_people import pictures_without_people, street_pieces

from minicv.channel_detector import Calibration, ChannelDetector
from minicv.datasets import PennFudan, contiguous_folds
from minicv.detection_metrics import Matches, match_images

TARGET = Path(__file__).parent / "channel_detector.npz"
N_FOLDS = 4


def train(photos: Sequence[np.ndarray], boxes: Sequence[np.ndarray]) -> ChannelDetector:
    """A detector that learned from photographs, and from pictures of many kinds without people."""
    empty = pictures_without_people("mined") + street_pieces(photos, boxes, seed=0)
    nobody = [np.empty((0, 4))] * len(empty)
    return ChannelDetector(rng=0, progress=True).fit([*photos, *empty], [*boxes, *nobody])


def search_others(photos: Sequence[np.ndarray], boxes: Sequence[np.ndarray],
                  fold: int) -> tuple[ChannelDetector, Matches]:
    """Train on all folds but one, search that one and some pictures without people, all kept aside;
    what came of each find."""
    learned, other = contiguous_folds(len(photos), N_FOLDS)[fold]
    detector = train([photos[n] for n in learned], [boxes[n] for n in learned])
    empty = pictures_without_people("kept")[fold::N_FOLDS]
    found = [detector.detect(image) for image in [*(photos[n] for n in other), *empty]]
    return detector, match_images(
        [own.boxes for own in found], [own.scores for own in found],
        [*(boxes[n] for n in other), *[np.empty((0, 4))] * len(empty)])


def main(folder: str) -> None:
    photos, targets = zip(*PennFudan(folder))
    boxes = [target["boxes"] for target in targets]
    finds = [search_others(photos, boxes, fold)[1] for fold in range(N_FOLDS)]
    scores = np.concatenate([own.score for own in finds])
    right = np.concatenate([own.outcome == "true positive" for own in finds])
    detector = train(photos, boxes)
    detector.calibration_ = Calibration.fit(scores, right)
    detector.save(TARGET)
    print(f"learned from {len(photos)} photographs with {sum(map(len, boxes))} people; of "
          f"{len(right)} finds on others {right.sum()} were right; {detector.calibration_}; "
          f"{TARGET.name} has {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
