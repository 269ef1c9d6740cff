"""Nearest neighbours: no learning at all, the training samples vote.

The idea.  To classify a sample, look up the k training samples nearest to it (Euclidean distance)
and let them vote, each with the same weight or each with 1 / distance.

*All distances at once.*  The distances of m samples to n others without a loop:

    |q - x|^2 = |q|^2 - 2 q.x + |x|^2

One matrix product does nearly all of the work, instead of m n d subtractions that first have to be
stored.  It has a price: where q and x are close to each other and far from the origin, two large
numbers are subtracted that are almost equal, and what is left is rounding error.  So three things
are done here.  The origin is put in the middle of the training samples.  The product chooses only
who *may* be among the k nearest, with a margin for its rounding error; among those, the distances
are computed from differences.  And so the result is the one of the plain formula.

Sources: Cover and Hart, *Nearest neighbor pattern classification*, 1967.  It answers exercise 2.2.
Names and defaults are scikit-learn's (`sklearn.neighbors.KNeighborsClassifier`).  What differs:
ties have a rule (see the class), there is only the Euclidean metric, and no search tree: in the
hundreds of dimensions of a descriptor, a tree is slower than comparing with all.
"""

from __future__ import annotations

import numpy as np

from minicv.person_detector.linear_models import accuracy, check_labels, check_samples

BLOCK = 2**21  # how many distances, or coordinates of candidates, are held at a time


class KNeighborsClassifier:
    """Classify by the vote of the nearest training samples.

    Parameters
    ----------
    n_neighbors : k, how many vote.
    weights : "uniform", or "distance": a vote counts 1 / distance. Where neighbours are at distance
        0, these alone vote.

    Attributes
    ----------
    classes_ : (K,) the labels, sorted. One class alone is allowed; it is what is predicted then.

    Notes
    -----
    Ties: of training samples at the same distance the one that came first in `fit` is the nearer;
    of classes with the same votes the first in `classes_` wins.

    Raises
    ------
    ValueError : `n_neighbors` is below 1, or `weights` unknown.

    Examples
    --------
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["cat", "cat", "dog", "dog"]
    >>> classifier = KNeighborsClassifier(n_neighbors=3).fit(X, y)
    >>> classifier.predict([[1.1]]).tolist(), classifier.predict_proba([[1.1]]).round(3).tolist()
    (['cat'], [[0.667, 0.333]])
    """

    def __init__(self, n_neighbors: int = 5, *, weights: str = "uniform"):
        if n_neighbors < 1:
            raise ValueError(f"n_neighbors must be at least 1, got {n_neighbors}")
        if weights not in ("uniform", "distance"):
            raise ValueError(f"weights must be 'uniform' or 'distance', got {weights!r}")
        self.n_neighbors = n_neighbors
        self.weights = weights

    def fit(self, X: np.ndarray, y: np.ndarray) -> KNeighborsClassifier:
        """Remember the samples.

        Parameters
        ----------
        X : (n, d) real numbers; computed with in float64.
        y : (n,) labels: whole numbers, booleans or strings.

        Raises
        ------
        TypeError : X is not made of real numbers.
        ValueError : wrong shapes, NaN or infinities, fewer samples than neighbours.
        """
        X = check_samples(X)
        classes, numbers = check_labels(y, len(X))
        if len(X) < self.n_neighbors:
            raise ValueError(f"n_neighbors={self.n_neighbors} needs at least as many samples, got "
                             f"{len(X)}")
        self.classes_, self._numbers = classes, numbers
        self._origin = X.mean(axis=0)
        self._X = X - self._origin
        return self

    def kneighbors(self, X: np.ndarray, n_neighbors: int | None = None
                   ) -> tuple[np.ndarray, np.ndarray]:
        """The nearest training samples, nearest first.

        Parameters
        ----------
        X : (m, d) the samples to look up.
        n_neighbors : k, as in the constructor if None.

        Returns
        -------
        distances (m, k) float64, and the numbers (m, k) of the training samples.

        Raises
        ------
        TypeError, ValueError : X is not as `fit` needs it, or has another number of features; there
            are fewer training samples than neighbours.
        RuntimeError : nothing was fitted yet.
        """
        if not hasattr(self, "_X"):
            raise RuntimeError("this KNeighborsClassifier is not fitted yet; call fit(X, y)")
        k = self.n_neighbors if n_neighbors is None else n_neighbors
        if not 1 <= k <= len(self._X):
            raise ValueError(f"n_neighbors must be from 1 to {len(self._X)}, the number of "
                             f"training samples; got {k}")
        queries = check_samples(X, self._X.shape[1]) - self._origin
        rows = max(1, BLOCK // len(self._X))
        blocks = [self._nearest(queries[start:start + rows], k)
                  for start in range(0, len(queries), rows)]
        distances, numbers = (np.concatenate(parts) for parts in zip(*blocks))
        return distances, numbers

    def _nearest(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """`kneighbors` for as many queries as fit into memory together."""
        X = self._X
        squares, query_squares = (X * X).sum(axis=1), (queries * queries).sum(axis=1)
        rough = query_squares[:, np.newaxis] - 2 * (queries @ X.T) + squares

        # Each of the d products and sums may be off by eps of the largest value that occurs.
        largest = (np.sqrt(query_squares) + np.sqrt(squares.max()))**2
        error = (X.shape[1] + 4) * np.finfo(np.float64).eps * largest
        kth = np.partition(rough, k - 1, axis=1)[:, k - 1]
        row, candidate = np.nonzero(rough <= (kth + 2 * error)[:, np.newaxis])

        exact = np.empty(len(row))
        pairs = max(1, BLOCK // X.shape[1])
        for start in range(0, len(row), pairs):
            part = slice(start, start + pairs)
            difference = queries[row[part]] - X[candidate[part]]
            exact[part] = (difference * difference).sum(axis=1)
        order = np.lexsort((candidate, exact, row))  # by row, then distance, then number
        first = np.searchsorted(row, np.arange(len(queries)))  # row is sorted
        nearest = order[first[:, np.newaxis] + np.arange(k)]
        return np.sqrt(exact[nearest]), candidate[nearest]

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
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

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The label (m,) with the most votes."""
        shares = self.predict_proba(X)
        return self.classes_[shares.argmax(axis=1)]

    def score(self, X: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None) -> float:
        """The (weighted) fraction of the samples whose label is predicted correctly."""
        return accuracy(self.predict(X), y, sample_weight)
