"""A second look at the windows that may be people: the same descriptor, and a curved border.

A linear score has one template for all people.  It is computed for every window, so it must be
cheap; the hundred or so that are left of an image can afford more.  Each is compared with examples
x_i of people and of what was taken for people:

    s(x) = b + sum_i a_i k(x, x_i)        k(x, y) = exp(-|x - y|^2 / reach^2)

so that whoever is like *some* person, from the side or in a skirt, is taken for one.  The numbers
a_i minimise the squares of what is missing from +1 (a person) and -1 (none), as in
`box_regression`, and as there that is one equation (*kernel ridge regression*):

    (K + strength / weight) a = y - b     K_ij = k(x_i, x_j)

2,432 numbers a window would be much to keep for each example, and many say the same.  So x stands
for its *principal components*: the windows' coordinates along the directions in which windows
differ most, the first eigenvectors of X^T X.  And as people walk both ways, k is the mean of that
of a window and that of its mirror image.  A window is taken apart into what it has in common with
its mirror image, and what is opposite (`even_and_odd`).  Each part has half as many numbers, and
100 axes of its own; and the mirror image has the same coordinates but for the sign of the odd ones.
The examples' coordinates are rounded to whole numbers, in units of which the largest is 31: each
takes a byte, and finer ones find no more people.

Its constants were chosen on smaller splits than those that `detector` reports, learned from two
folds and tried on the others.  There a plane in place of the kernel gains a third as much, a
network with one hidden layer less, and 300 axes a little more than 200.

Sources: Saunders, Gammerman and Vovk, *Ridge regression learning algorithm in dual variables*,
ICML 1998; of looking twice, Viola and Jones, *Rapid object detection*, CVPR 2001.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh, solve, svd

from minicv.channel_detector.channels import mirror_descriptors
from minicv.detection_metrics.boxes import best_first
from minicv.person_detector.detector import UNSURE

N_AXES = 100  # of the even parts, and as many of the odd ones
LARGEST = 31  # of the examples' coordinates
STRENGTH = 0.15
PERSON_WEIGHT = 0.25  # a person is shown several times, each a little off
IS_PERSON, IS_NONE = 0.5, 0.3  # IoU with a person, from or up to which a find is one or none
MOST_OTHERS = 1500  # to learn from, those most like people


@dataclass(frozen=True)
class SecondLook:
    """What was learned: the even parts' mean (m,), axes (2, m, k), examples (n, 2 k), a, b, reach.

    Axes and examples are float32, rounded to float16 and to whole numbers, as they are kept.
    """

    mean: np.ndarray
    axes: np.ndarray
    examples: np.ndarray
    pulls: np.ndarray
    bias: float
    reach: float

    @classmethod
    def fit(cls, people: np.ndarray, others: np.ndarray) -> SecondLook:
        """Learn from windows of people and of others, (n, rows, columns, d) each."""
        windows = np.concatenate([people, others])
        is_person = np.arange(len(windows)) < len(people)
        parts = even_and_odd(windows)
        mean = parts[0].mean(axis=0)  # of the odd parts and their opposites it is 0
        parts[0] -= mean
        axes = np.stack([principal_axes(part, N_AXES) for part in parts])
        unit = np.abs(parts @ axes).max() / LARGEST
        axes = (axes / max(unit, 1e-4)).astype(np.float16).astype(np.float32)
        examples = np.rint(np.hstack(list(parts @ axes)))
        # The square of it is the mean squared distance of two examples.
        reach = float(np.sqrt(2 * examples.astype(float).var(axis=0).sum())) or 1.0
        weight = np.where(is_person, PERSON_WEIGHT, 1.0)
        y = np.where(is_person, 1.0, -1.0)
        bias = float(np.average(y, weights=weight))
        K = likeness(examples, examples, reach).astype(float)
        K[np.diag_indices_from(K)] += STRENGTH / weight
        pulls = solve(K, y - bias, assume_a="pos", overwrite_a=True)
        return cls(mean, axes, examples, pulls, bias, reach)

    def scores(self, windows: np.ndarray) -> np.ndarray:
        """s of windows (N, rows, columns, d): near 1 for people, near -1 for others."""
        parts = even_and_odd(windows)
        parts[0] -= self.mean
        seen = np.hstack(list(parts @ self.axes))
        return likeness(seen, self.examples, self.reach) @ self.pulls + self.bias


def second_look_examples(people: np.ndarray, negatives: np.ndarray, scores: np.ndarray,
                         found: np.ndarray, iou: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Descriptors of people and of others, to learn a second look from.

    It will be asked about what a search finds, so it learns from what one of the training images
    found.

    Parameters
    ----------
    people, negatives, found : (n, d) each
        What the first look learned from, and what it finds in the same images.
    scores : (n,)
        Of the negatives: those that it is unsure of are taken.
    iou : (n,)
        Of what was found, with the person next to it: what is neither right nor wrong is left out.
    """
    unsure = min(MOST_OTHERS, np.count_nonzero(scores > UNSURE))
    hardest = best_first(scores)[:max(1, unsure)]
    return (np.concatenate([people, found[iou > IS_PERSON]]),
            np.concatenate([negatives[hardest], found[iou < IS_NONE]]))


def even_and_odd(windows: np.ndarray) -> np.ndarray:
    """What windows (n, rows, columns, d) have in common with their mirror images, and the opposite.

    Returns
    -------
    (2, n, m)
        Half the sum, and half the difference, of a window and its mirror image: of the left half,
        since the right one is its mirror image, or the opposite. Of an odd number of columns the
        middle one counts twice as much as the others.

    Examples
    --------
    >>> window = np.zeros((1, 1, 2, 13))
    >>> window[..., 0, 4] = 6  # of the left cell; 90 degrees are the same in the mirror
    >>> even_and_odd(window)[:, 0, 4].tolist()
    [3.0, 3.0]
    """
    n, _, columns, _ = windows.shape
    left, mirrored = (seen[:, :, :(columns + 1) // 2].reshape(n, -1)
                      for seen in (windows, mirror_descriptors(windows)))
    return np.stack([left + mirrored, left - mirrored]) / 2


def principal_axes(X: np.ndarray, n_axes: int) -> np.ndarray:
    """The directions (d, n_axes) in which centred samples (n, d) differ most, the first the most.

    Fewer if there are not so many dimensions or samples. The axes are eigenvectors of X^T X, and
    singular vectors of X, which are faster to find where samples are few.

    Examples
    --------
    >>> np.abs(principal_axes(np.array([[3.0, 4.0], [-3.0, -4.0]]), 1)).round(2).tolist()
    [[0.6], [0.8]]
    """
    n, d = X.shape
    if n < d:
        return svd(X, full_matrices=False)[2][:n_axes].T
    _, axes = eigh(X.T @ X, subset_by_index=[max(0, d - n_axes), d - 1])
    return axes[:, ::-1]


def likeness(X: np.ndarray, Y: np.ndarray, reach: float) -> np.ndarray:
    """k of windows and examples by their coordinates (n, 2 k) and (m, 2 k): (n, m), from 0 to 1.

    The mean of exp(-|x - y|^2 / reach^2) for a window and for its mirror image, whose odd
    coordinates, the second half, have the other sign.

    Examples
    --------
    >>> likeness(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0], [0.0, 0.0]]), 5).round(3)
    array([[0.368, 1.   ]])
    """
    half = X.shape[1] // 2
    lengths = (X**2).sum(axis=1)[:, None] + (Y**2).sum(axis=1)
    even, odd = (2 * X[:, part] @ Y[:, part].T for part in (np.s_[:half], np.s_[half:]))
    squares = np.stack([lengths - even - odd, lengths - even + odd])
    return np.exp(-np.maximum(squares, 0) / reach**2).mean(axis=0)
