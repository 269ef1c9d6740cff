"""What all classifiers share: scikit-learn's manners, and the checks of what `fit` is given.

An *estimator* keeps its options as attributes, under the names of its constructor's arguments.
`fit` learns; the names of what it learned end in an underscore.  `get_params` and `set_params` read
and write the options.  scikit-learn's `clone`, `Pipeline`, `cross_val_score` and `GridSearchCV` ask
for no more, so they work with the classifiers of exercise 2.2.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from minicv import checks


class Classifier:
    """Base of the classifiers: options by name, the score, and the check that there was a fit.

    Attributes
    ----------
    classes_ : (K,)
        The labels, sorted. Set by `fit`.

    Examples
    --------
    >>> from minicv.person_detector import KNeighborsClassifier
    >>> X, y = [[0.0], [1.0], [5.0]], ["cat", "cat", "dog"]
    >>> classifier = KNeighborsClassifier().set_params(n_neighbors=1).fit(X, y)
    >>> classifier.predict([[0.2], [4.0]]).tolist(), classifier.score(X, y)
    (['cat', 'dog'], 1.0)
    """

    classes_: np.ndarray

    def get_params(self, deep: bool = True) -> dict[str, object]:
        """The options by name. `deep` is scikit-learn's, and changes nothing here."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def set_params(self, **options: object) -> Classifier:
        """Change options by name; what was learned remains until the next `fit`."""
        unknown = sorted(options.keys() - self.get_params())
        if unknown:
            raise ValueError(f"{type(self).__name__} has no option {', '.join(unknown)}; its "
                             f"options are {', '.join(self.get_params())}")
        for name, value in options.items():
            setattr(self, name, value)
        self._check_options()
        return self

    def predict(self, X: ArrayLike) -> np.ndarray:
        """The label of each sample, (n,)."""
        numbers = self._chosen(X)
        return self.classes_[numbers]

    def _chosen(self, X: ArrayLike) -> np.ndarray:
        """For each sample the number of the class that it is taken for, (n,)."""
        raise NotImplementedError

    def score(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """The (weighted) fraction of the samples whose label is predicted correctly."""
        predicted = self.predict(X)
        right = checks.labels(y, "y", len(predicted))
        checks.same_kind(y=right, classes_=self.classes_)
        if sample_weight is None:
            return float((predicted == right).mean())
        weight = checks.numbers(sample_weight, "sample_weight", (len(right),), dtype=float, least=0,
                                within=LARGEST)
        if not weight.any():
            raise ValueError("sample_weight must not be 0 throughout")
        return float(np.average(predicted == right, weights=weight))

    def _check_options(self) -> None:
        raise NotImplementedError

    def _check_fitted(self) -> None:
        if not hasattr(self, "classes_"):
            raise RuntimeError(f"this {type(self).__name__} is not fitted yet; call fit(X, y)")

    def __sklearn_tags__(self):  # called by scikit-learn alone, which is there then
        from sklearn.utils import ClassifierTags, Tags, TargetTags

        return Tags(estimator_type="classifier", target_tags=TargetTags(required=True),
                    classifier_tags=ClassifierTags())


LARGEST = 1e100  # of a feature: squares and their sums are numbers still
HIGHEST_COST = 1e50  # of a sample; and 1e-50 is the least C


def feature_matrix(X: ArrayLike, n_features: int | None = None) -> np.ndarray:
    """The samples as a matrix (n, d) of finite real numbers, at least one of each.

    `n_features` is known from `fit`.

    Examples
    --------
    >>> feature_matrix([[1, 2], [3, 4]]).shape
    (2, 2)
    """
    X = checks.numbers(X, "X", ("samples", "features"), within=LARGEST, empty=False,
                       hint="a single sample is X[np.newaxis]")
    if n_features is not None and X.shape[1] != n_features:
        raise ValueError(f"X has {X.shape[1]} features, but fit was given {n_features}")
    return X


def class_numbers(y: ArrayLike, n_samples: int) -> tuple[np.ndarray, np.ndarray]:
    """The classes (K,), sorted, and for each sample the number of its class (n,).

    Examples
    --------
    >>> class_numbers(["no", "yes", "no"], 3)
    (array(['no', 'yes'], dtype='<U3'), array([0, 1, 0]))
    """
    return np.unique(checks.labels(y, "y", n_samples), return_inverse=True)


def sample_costs(C: float, classes: np.ndarray, numbers: np.ndarray,
                 class_weight: Mapping | str | None, sample_weight: ArrayLike | None) -> np.ndarray:
    """C * class weight * sample weight of each sample (n,).

    A ValueError if there are less than two classes, or some without weight; if a weight is negative
    or infinite; if `class_weight` is another string, or names a label that is no class.

    Examples
    --------
    >>> sample_costs(1.0, np.array(["no", "yes"]), np.array([0, 0, 1]), "balanced", None).tolist()
    [0.75, 0.75, 1.5]
    """
    weight = np.ones(len(numbers)) if sample_weight is None else checks.numbers(
        sample_weight, "sample_weight", numbers.shape, dtype=float, least=0, within=HIGHEST_COST)
    totals, labels = np.bincount(numbers, weight, len(classes)), classes.tolist()
    by_class = np.ones(len(classes))
    if isinstance(class_weight, Mapping):
        unknown = [label for label in class_weight if label not in labels]
        if unknown:
            raise ValueError(f"class_weight names {unknown}, but the classes are {labels}")
        by_class = checks.numbers([class_weight.get(label, 1) for label in labels], "class_weight",
                                  classes.shape, dtype=float, least=0, within=HIGHEST_COST)
    elif class_weight is not None:
        checks.choice(class_weight, "class_weight, if no dictionary,", [None, "balanced"])
        by_class /= len(classes) * np.maximum(totals / (totals.sum() or 1), 1 / HIGHEST_COST)
    costs = checks.numbers(C * by_class[numbers] * weight, "C * class_weight * sample_weight",
                           within=HIGHEST_COST)
    without = classes[np.bincount(numbers, costs) == 0].tolist()
    if len(classes) < 2 or without:
        raise ValueError(f"need samples of at least two classes; y has {labels}"
                         + (f", of which {without} have no weight" if without else ""))
    return costs


def centred_and_scaled(X: np.ndarray, costs: np.ndarray, fit_intercept: bool
                       ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The same problem in better coordinates: A (n, k), penalty (k,), mean (d,), scale (k,).

    Subtracting the mean changes the biases alone, and rounds less. Scaling the columns, with their
    penalties, changes nothing but the number of steps that conjugate gradients need.
    """
    n, d = X.shape
    A, penalty = np.ones((n, d + fit_intercept)), np.ones(d + fit_intercept)
    mean = costs @ X / costs.sum() if fit_intercept else np.zeros(d)
    np.subtract(X, mean, out=A[:, :d])
    penalty[d:] = 0
    scale = 1 / np.sqrt(penalty + np.einsum("i,ij,ij->j", costs, A, A))
    A *= scale
    return A, penalty * scale**2, mean, scale
