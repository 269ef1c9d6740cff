"""COCO's table against pycocotools, on random detections made to be difficult.

Tolerance 1e-12: both count the same and divide the same; pycocotools adds 2e-16 to a denominator,
and sums in another order.  Coordinates are multiples of 1/4, so that (x, y, width, height) and
(left, upper, right, lower) say exactly the same.
"""

import contextlib
import io

import numpy as np
import pytest

from minicv.detection_metrics import average_precision, coco_evaluation, match_images

coco = pytest.importorskip("pycocotools.coco")
cocoeval = pytest.importorskip("pycocotools.cocoeval")


def random_images(seed, n_images, most_truths, most_found, crowd_share, n_scores, side=300):
    """Truths, and detections near them and elsewhere, with scores of which many are equal."""
    rng = np.random.default_rng(seed)

    def random_boxes(n):
        corner = rng.integers(0, 4 * side, (n, 2)) / 4
        size = rng.choice([20, 60, 150], (n, 1)) + rng.integers(0, 80, (n, 2)) / 4
        return np.hstack([corner, corner + size])

    images = []
    for _ in range(n_images):
        truths = random_boxes(rng.integers(0, most_truths + 1))
        n_found = rng.integers(0, most_found + 1)
        found = random_boxes(n_found)
        if len(truths):
            near = truths[rng.integers(len(truths), size=n_found)]
            near = near + rng.integers(-24, 25, (n_found, 4)) / 4
            close = rng.random(n_found) < 0.7
            found[close] = near[close]
        scores = rng.integers(1, n_scores + 1, n_found) / n_scores
        images.append((found, scores, truths, rng.random(len(truths)) < crowd_share,
                       rng.random(len(truths)) < crowd_share))
    return images


def as_coco(boxes):
    return [[left, upper, right - left, lower - upper] for left, upper, right, lower
            in boxes.tolist()]


def pycocotools_evaluation(images):
    """A finished COCOeval. It has no mark for "ignore" but an area outside of all ranges."""
    annotations, results = [], []
    for number, (found, scores, truths, crowd, ignore) in enumerate(images, start=1):
        for box, is_crowd, is_ignored in zip(as_coco(truths), crowd, ignore):
            area = 1e12 if is_ignored else box[2] * box[3]
            annotations.append(dict(id=len(annotations) + 1, image_id=number, category_id=1,
                                    bbox=box, area=area, iscrowd=int(is_crowd)))
        results += [dict(image_id=number, category_id=1, bbox=box, score=score)
                    for box, score in zip(as_coco(found), scores.tolist())]
    with contextlib.redirect_stdout(io.StringIO()):
        truth = coco.COCO()
        truth.dataset = dict(images=[dict(id=n + 1) for n in range(len(images))],
                             annotations=annotations, categories=[dict(id=1)])
        truth.createIndex()
        evaluation = cocoeval.COCOeval(truth, truth.loadRes(results), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation


SETS = {
    "a few, with ties": dict(n_images=30, most_truths=6, most_found=10, crowd_share=0, n_scores=5),
    "crowds and ignored": dict(n_images=30, most_truths=8, most_found=15, crowd_share=0.3,
                               n_scores=50),
    "over 100 detections": dict(n_images=4, most_truths=25, most_found=260, crowd_share=0.1,
                                n_scores=40),
    "crowded, all scores equal": dict(n_images=20, most_truths=15, most_found=20, crowd_share=0.2,
                                      n_scores=1, side=60),
}


@pytest.fixture(params=SETS, scope="module")
def both(request):
    images = random_images(len(request.param), **SETS[request.param])
    if request.param == "over 100 detections":
        assert max(len(found) for found, *_ in images) > 100
    found, scores, truths, crowd, ignore = zip(*images)
    return images, coco_evaluation(found, scores, truths, crowd=crowd, ignore=ignore), \
        pycocotools_evaluation(images)


def nan_for_minus_one(values):
    return np.where(values == -1, np.nan, values)


def test_the_twelve_numbers_are_equal(both):
    _, ours, theirs = both
    np.testing.assert_allclose(list(ours.table().values()), nan_for_minus_one(theirs.stats),
                               rtol=0, atol=1e-12)


def test_every_precision_on_every_curve_is_equal(both):
    _, ours, theirs = both
    expected = nan_for_minus_one(theirs.eval["precision"][:, :, 0, :, 2])
    np.testing.assert_allclose(ours.precision, expected.transpose(2, 0, 1), rtol=0, atol=1e-12)


def test_every_recall_is_equal(both):
    _, ours, theirs = both
    expected = nan_for_minus_one(theirs.eval["recall"][:, 0])
    np.testing.assert_allclose(ours.recall, expected.transpose(1, 0, 2), rtol=0, atol=1e-12)


@pytest.mark.parametrize("row, threshold", [(0, 0.5), (5, 0.75), (9, 0.95)])
def test_average_precision_at_one_threshold_is_equal(both, row, threshold):
    images, _, theirs = both
    found, scores, truths, crowd, ignore = zip(*images)
    matches = match_images(found, scores, truths, theirs.params.iouThrs[row], ignore=ignore,
                           crowd=crowd, max_detections=100)
    # In the range "all" pycocotools ignores what is larger than 1e10 square pixels; none is here.
    expected = theirs.eval["precision"][row, :, 0, 0, 2].mean()
    assert average_precision(matches, "coco") == pytest.approx(expected, rel=0, abs=1e-12)
    assert threshold == pytest.approx(theirs.params.iouThrs[row])


def test_each_detection_matches_the_same_true_box(both):
    images, _, theirs = both
    found, scores, truths, crowd, ignore = zip(*images)
    matches = match_images(found, scores, truths, 0.5, ignore=ignore, crowd=crowd,
                           max_detections=100)
    first_id = np.cumsum([0, *map(len, truths)])  # pycocotools numbers all annotations from 1
    for number in range(len(images)):
        record = theirs.evalImgs[number]  # the first range of areas, "all"
        if record is None:
            continue
        rows = matches.image == number
        is_matched = np.isin(matches.outcome, ["true positive", "ignored"]) & (matches.truth >= 0)
        ids = np.where(is_matched, matches.truth + first_id[number] + 1, 0)[rows]
        np.testing.assert_array_equal(ids[:100], record["dtMatches"][0])
