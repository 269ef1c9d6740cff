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


class Classifier:
    """Base of the classifiers: options by name, the score, and the check that there was a fit.

    Attributes
    ----------
    classes_ : (K,)
        The labels, sorted. Set by `fit`.
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

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The label of each sample, (n,)."""
        raise NotImplementedError

    def score(self, X: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None) -> float:
        """The (weighted) fraction of the samples whose label is predicted correctly."""
        predicted = self.predict(X)
        if np.shape(y) != predicted.shape:
            raise ValueError(f"y must have one label a sample, shape {predicted.shape}; got "
                             f"{np.shape(y)}")
        return float(np.average(predicted == np.asarray(y), weights=sample_weight))

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


def feature_matrix(X: np.ndarray, n_features: int | None = None) -> np.ndarray:
    """The samples as a float64 matrix (n, d).

    A TypeError if they are not real numbers. A ValueError if they are no matrix or an empty one, if
    some are NaN, infinite or beyond 1e100, or if there are not `n_features` columns (known from
    `fit`).
    """
    X = np.asarray(X)
    if X.dtype.kind not in "biuf":
        raise TypeError(f"X must be an array of real numbers, got {X.dtype}")
    if X.ndim != 2 or 0 in X.shape:
        raise ValueError(f"X must have shape (samples, features), at least one of each; got shape "
                         f"{X.shape}; a single sample is X[np.newaxis]")
    if n_features is not None and X.shape[1] != n_features:
        raise ValueError(f"X has {X.shape[1]} features, but fit was given {n_features}")
    X = X.astype(np.float64, copy=False)
    if not (-LARGEST < X.min() and X.max() < LARGEST):  # so written, a NaN is wrong as well
        bad = np.argwhere(~(np.abs(X) < LARGEST))
        raise ValueError(f"{len(bad)} of {X.size} entries of X are NaN or infinite (or beyond "
                         f"{LARGEST:g}), the first at {tuple(bad[0].tolist())}")
    return X


def class_numbers(y: np.ndarray, n_samples: int) -> tuple[np.ndarray, np.ndarray]:
    """The classes (K,), sorted, and for each sample the number of its class (n,).

    A ValueError if y is not one label a sample, or has NaN or fractions.
    """
    y = np.asarray(y)
    if y.shape != (n_samples,):
        raise ValueError(f"y must have one label a sample, shape ({n_samples},); got {y.shape}")
    if y.dtype.kind == "f" and not np.all(y == np.floor(y)):
        raise ValueError("labels must be strings, booleans or whole numbers, but y has NaN or "
                         "fractions")
    return np.unique(y, return_inverse=True)


def sample_costs(classes: np.ndarray, numbers: np.ndarray, class_weight: Mapping | str | None,
                 sample_weight: np.ndarray | None) -> np.ndarray:
    """Class weight * sample weight of each sample (n,).

    A ValueError if there are less than two classes, or some without weight; if a weight is negative
    or infinite; if `class_weight` is another string, or names a label that is no class.

    Examples
    --------
    >>> sample_costs(np.array(["no", "yes"]), np.array([0, 0, 1]), "balanced", None).tolist()
    [0.75, 0.75, 1.5]
    """
    weight = np.ones(len(numbers)) if sample_weight is None else np.asarray(sample_weight, float)
    if weight.shape != numbers.shape or not np.all((weight >= 0) & np.isfinite(weight)):
        raise ValueError("sample_weight must have one finite number a sample, 0 or more, shape "
                         f"{numbers.shape}; got shape {weight.shape}")
    totals = np.bincount(numbers, weight, len(classes))
    labels = classes.tolist()
    if isinstance(class_weight, str) and class_weight == "balanced":
        by_class = totals.sum() / (len(classes) * np.maximum(totals, np.finfo(float).tiny))
    elif isinstance(class_weight, str):
        raise ValueError(f"class_weight must be None, 'balanced' or a dictionary, got "
                         f"{class_weight!r}")
    else:
        class_weight = class_weight or {}
        unknown = [label for label in class_weight if label not in labels]
        if unknown:
            raise ValueError(f"class_weight names {unknown}, but the classes are {labels}")
        by_class = np.array([class_weight.get(label, 1) for label in labels], float)
        if not np.all((by_class >= 0) & np.isfinite(by_class)):
            raise ValueError(f"class weights must be finite numbers, 0 or more; got {class_weight}")
    without = classes[totals * by_class == 0].tolist()
    if len(classes) < 2 or without:
        raise ValueError(f"need samples of at least two classes; y has {labels}"
                         + (f", of which {without} have no weight" if without else ""))
    return by_class[numbers] * weight
