"""Nearest neighbours: no learning at all, the training samples vote.

The idea.  To classify a sample, look up the k training samples nearest to it (Euclidean distance)
and let them vote, each with the same weight or each with 1 / distance.

*All distances at once.*  The distances of m samples to n others without a loop:

    |q - x|^2 = |q|^2 - 2 q.x + |x|^2

One matrix product does nearly all of the work, instead of m n d subtractions that first have to be
stored.  It has a price: where q and x are close to each other and far from the origin, two large
numbers are subtracted that are almost equal, and what is left is rounding error, up to about
d eps (|q| + |x|)^2.  So the origin is put among the training samples, at their median, which no
outlier moves.  And the product only chooses who *may* be among the k nearest, given its error; the
distances to those few are computed from differences.

Source: Cover and Hart, *Nearest neighbor pattern classification*, 1967.  It answers exercise 2.2.
Names and defaults are scikit-learn's (`sklearn.neighbors.KNeighborsClassifier`).  What differs:
ties have a rule (see the class), there is only the Euclidean metric, and no search tree: in the
hundreds of dimensions of a descriptor, a tree is slower than comparing with all.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from minicv import checks
from minicv.person_detector.estimator import Classifier

TOGETHER = 256  # how many samples are looked up at a time, so that the distances fit into memory


class KNeighborsClassifier(Classifier):
    """Classify by the vote of the nearest training samples.

    Parameters
    ----------
    n_neighbors : int
        k, how many vote.
    weights : "uniform" or "distance"
        With "distance" a vote counts 1 / distance. Where neighbours are at distance 0, these alone
        vote.

    Attributes
    ----------
    classes_ : (K,)
        The labels, sorted. One class alone is allowed; it is what is predicted then.

    Notes
    -----
    Ties: of training samples at the same distance the one that came first in `fit` is the nearer;
    of classes with the same votes the first in `classes_` wins.

    Examples
    --------
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["cat", "cat", "dog", "dog"]
    >>> classifier = KNeighborsClassifier(n_neighbors=3).fit(X, y)
    >>> classifier.predict([[1.1]]).tolist(), classifier.predict_proba([[1.1]]).round(3).tolist()
    (['cat'], [[0.667, 0.333]])
    """

    def __init__(self, n_neighbors: int = 5, *, weights: str = "uniform"):
        self.n_neighbors = n_neighbors
        self.weights = weights
        self._check_options()

    def _check_options(self) -> None:
        checks.whole(self.n_neighbors, "n_neighbors", least=1)
        checks.choice(self.weights, "weights", ["uniform", "distance"])

    def fit(self, X: ArrayLike, y: ArrayLike) -> KNeighborsClassifier:
        """Remember the samples.

        Parameters
        ----------
        X : (n, d)
            Real numbers.
        y : (n,)
            Labels: whole numbers, booleans or strings.
        """
        X, classes, numbers = self._examples(X, y)
        checks.whole(self.n_neighbors, f"n_neighbors, of {len(X)} samples,", most=len(X))
        self.classes_, self.n_features_in_ = classes, X.shape[1]
        self._numbers = numbers
        self._origin = np.median(X.astype(float), axis=0)
        self._X = X - self._origin
        return self

    def kneighbors(self, X: ArrayLike, n_neighbors: int | None = None
                   ) -> tuple[np.ndarray, np.ndarray]:
        """The nearest training samples, nearest first.

        Parameters
        ----------
        X : (m, d)
            The samples to look up.
        n_neighbors : int or None
            k, as in the constructor if None.

        Returns
        -------
        distances, numbers : (m, k) float64 and (m, k) int
            Numbers are those of the training samples.
        """
        queries = self._queries(X) - self._origin
        k = checks.whole(self.n_neighbors if n_neighbors is None else n_neighbors, "n_neighbors",
                         least=1, most=len(self._X))
        found = [nearest(queries[start:start + TOGETHER], self._X, k)
                 for start in range(0, len(queries), TOGETHER)]
        distances, numbers = (np.concatenate(parts) for parts in zip(*found))
        return distances, numbers

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """The share of the votes that each class gets, (m, K); each row sums to 1."""
        distances, numbers = self.kneighbors(X)
        votes = np.ones_like(distances)
        if self.weights == "distance":
            on_top = distances == 0
            np.divide(1, distances, out=votes, where=~on_top)
            has_on_top = on_top.any(axis=1)
            votes[has_on_top] = on_top[has_on_top]
        classes = self._numbers[numbers]
        shares = np.stack([(votes * (classes == n)).sum(axis=1) for n in range(len(self.classes_))],
                          axis=1)
        return shares / shares.sum(axis=1, keepdims=True)

    def predict(self, X: ArrayLike) -> np.ndarray:
        """The class with most votes, for each sample: (m,)."""
        shares = self.predict_proba(X)
        return self.classes_[shares.argmax(axis=1)]


def nearest(queries: np.ndarray, X: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Distances (m, k) and numbers (m, k) of the k rows of X (n, d) nearest to queries (m, d)."""
    lengths = np.linalg.norm(queries, axis=1)[:, np.newaxis], np.linalg.norm(X, axis=1)
    rough = lengths[0]**2 - 2 * (queries @ X.T) + lengths[1]**2
    error = (X.shape[1] + 4) * np.finfo(np.float64).eps * (lengths[0] + lengths[1])**2
    kth = np.partition(rough + error, k - 1, axis=1)[:, k - 1]  # no further than this, for sure

    distances, numbers = np.empty((len(queries), k)), np.empty((len(queries), k), int)
    for row, may_be_near in enumerate(rough - error <= kth[:, np.newaxis]):
        candidates = np.flatnonzero(may_be_near)
        exact = ((X[candidates] - queries[row])**2).sum(axis=1)
        order = np.argsort(exact, kind="stable")[:k]  # stable: of equals the first comes first
        distances[row], numbers[row] = np.sqrt(exact[order]), candidates[order]
    return distances, numbers
