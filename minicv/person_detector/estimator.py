"""What all classifiers share: scikit-learn's manners.

An *estimator* keeps its options as attributes, under the names of its constructor's arguments.
`fit` learns; the names of what it learned end in an underscore.  `get_params` and `set_params` read
and write the options.  scikit-learn's `clone`, `Pipeline`, `cross_val_score` and `GridSearchCV` ask
for no more, so they work with the classifiers of exercise 2.2.
"""

from __future__ import annotations

import inspect

import numpy as np
from numpy.typing import ArrayLike

from minicv import checks

LARGEST = 1e100  # of a feature: squares and their sums are numbers still


def check_is_fitted(model: object, learned: str, call: str = "fit") -> None:
    """A RuntimeError if the model does not have yet what a call would give it.

    Examples
    --------
    >>> check_is_fitted(Classifier(), "classes_")
    Traceback (most recent call last):
    RuntimeError: this Classifier is not fitted yet; call fit first
    """
    if not hasattr(model, learned):
        raise RuntimeError(f"this {type(model).__name__} is not fitted yet; call {call} first")


class Classifier:
    """Base of the classifiers: options by name, the score, and the check that there was a fit.

    Attributes
    ----------
    classes_ : (K,)
        The labels, sorted. Set by `fit`.
    n_features_in_ : int
        d. Set by `fit`.

    Examples
    --------
    >>> from minicv.person_detector import KNeighborsClassifier
    >>> X, y = [[0.0], [1.0], [5.0]], ["cat", "cat", "dog"]
    >>> classifier = KNeighborsClassifier().set_params(n_neighbors=1).fit(X, y)
    >>> classifier.predict([[0.2], [4.0]]).tolist(), classifier.score(X, y)
    (['cat', 'dog'], 1.0)
    """

    classes_: np.ndarray
    n_features_in_: int

    def get_params(self, deep: bool = True) -> dict[str, object]:
        """The options by name. `deep` is scikit-learn's, and changes nothing here."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def set_params(self, **options: object) -> Classifier:
        """Change options by name; what was learned remains until the next `fit`."""
        for name in options:
            checks.choice(name, f"an option of {type(self).__name__}", self.get_params())
        for name, value in options.items():
            setattr(self, name, value)
        self._check_options()
        return self

    def predict(self, X: ArrayLike) -> np.ndarray:
        """The label of each sample, (n,)."""
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

    def _examples(self, X: ArrayLike, y: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What to learn from: samples (n, d), the classes (K,), and each sample's class (n,)."""
        self._check_options()
        X = checks.numbers(X, "X", ("samples", "features"), within=LARGEST, empty=False)
        return X, *np.unique(checks.labels(y, "y", len(X)), return_inverse=True)

    def _queries(self, X: ArrayLike) -> np.ndarray:
        """What to predict of: samples (n, d), with as many features as were learned."""
        check_is_fitted(self, "classes_")
        self._check_options()  # they are attributes: anyone may have set one
        return checks.numbers(X, "X", ("samples", self.n_features_in_), within=LARGEST, empty=False,
                              hint="a single sample is X[np.newaxis]")

    def __sklearn_tags__(self):  # called by scikit-learn alone, which is there then
        from sklearn.utils import ClassifierTags, Tags, TargetTags

        return Tags(estimator_type="classifier", target_tags=TargetTags(required=True),
                    classifier_tags=ClassifierTags())
