"""Three classifiers for descriptors: is this a person or not?

    classifier              what it learns                       read
    LogisticRegression      a plane, and how sure to be          `logistic_regression`
    LinearSVC               the plane with the widest margin     `linear_svc`
    KNeighborsClassifier    nothing: it remembers the samples    `neighbours`

The first two minimise the same objective with different losses.  `linear_models` has what they
share, and the duality gap that certifies each fit; `newton` and `interior_point` are the two ways
to the minimum.  Names and defaults are scikit-learn's.  They answer exercise 2.2.
"""

from minicv.person_detector.linear_models import ConvergenceWarning
from minicv.person_detector.linear_svc import LinearSVC
from minicv.person_detector.logistic_regression import LogisticRegression
from minicv.person_detector.nearest_neighbours import KNeighborsClassifier

__all__ = ["ConvergenceWarning", "KNeighborsClassifier", "LinearSVC", "LogisticRegression"]
