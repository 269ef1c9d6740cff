"""COCO's table of 5,000 images with 20 true boxes and 20 detections each, beside pycocotools.

Both compute all of it: ten IoU thresholds, four ranges of areas, three numbers of detections an
image.  pycocotools is timed from the loaded annotations on (`evaluate` and `accumulate`); what it
needs before that to build its index is not counted.  Ours starts from arrays and includes the
checks of its input.  pycocotools leaves marks in the annotations that it is given, but does all of
its work anew each time.
"""

import contextlib
import io
from collections.abc import Iterator

import numpy as np

from tests.benchmarks.timing import Row, interleaved

N_IMAGES = 5000
N_BOXES = 20
TARGET = 0.12
CODE = [f"detection_metrics/{name}.py" for name in ("boxes", "matching", "coco")]


def random_images() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Detections, scores and truths: three detections in four are a true box, shaken."""
    rng = np.random.default_rng(0)
    corner = rng.uniform(0, 500, (N_IMAGES, N_BOXES, 2))
    truths = np.concatenate([corner, corner + rng.uniform(10, 150, corner.shape)], axis=2)
    sides = np.tile(truths[..., 2:] - truths[..., :2], 2)
    found = truths + 0.07 * sides * rng.standard_normal(truths.shape)
    elsewhere = rng.random((N_IMAGES, N_BOXES)) < 0.25
    found[elsewhere] = rng.permutation(truths[elsewhere])
    found = np.concatenate([np.minimum(found[..., :2], found[..., 2:]),
                            np.maximum(found[..., :2], found[..., 2:])], axis=2)
    return found, rng.random((N_IMAGES, N_BOXES)), truths


def prepared_pycocotools(found: np.ndarray, scores: np.ndarray, truths: np.ndarray):
    """pycocotools' objects with everything loaded; returns a call that does the evaluation."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    def records(boxes, more):
        sized = np.concatenate([boxes[..., :2], boxes[..., 2:] - boxes[..., :2]], axis=2)
        return [dict(image_id=image + 1, category_id=1, bbox=box, **more(image, n, box))
                for image, row in enumerate(sized.tolist()) for n, box in enumerate(row)]

    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        annotations = records(truths, lambda image, n, box: dict(
            id=image * N_BOXES + n + 1, area=box[2] * box[3], iscrowd=0))
        truth.dataset = dict(images=[dict(id=n + 1) for n in range(N_IMAGES)],
                             annotations=annotations, categories=[dict(id=1)])
        truth.createIndex()
        results = truth.loadRes(records(
            found, lambda image, n, box: dict(score=float(scores[image, n]))))

    def evaluate():
        with contextlib.redirect_stdout(io.StringIO()):
            evaluation = COCOeval(truth, results, "bbox")
            evaluation.evaluate()
            evaluation.accumulate()
        return evaluation

    return evaluate


def rows() -> Iterator[Row]:
    from minicv.detection_metrics import coco_evaluation

    images = random_images()
    theirs = prepared_pycocotools(*images)
    ours, peer = interleaved(lambda: coco_evaluation(*images), theirs)
    yield Row(f"COCO's table, {N_IMAGES} images, {N_BOXES} boxes each [s]", "pycocotools", peer,
              plain=ours, plain_wanted=TARGET, plain_code=CODE)
