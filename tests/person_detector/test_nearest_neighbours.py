"""Nearest neighbours: a plain loop as oracle, the rules for ties, and what is refused."""

import numpy as np
import pytest

from minicv.person_detector import KNeighborsClassifier, LinearSVC
from minicv.person_detector import nearest_neighbours as neighbours


def plain_neighbours(X, query, k):
    """The numbers of the k nearest rows of X: sorted by distance, then by number."""
    distances = [float(np.sqrt(sum((x - query)**2))) for x in X]
    return sorted(range(len(X)), key=lambda n: (distances[n], n))[:k], sorted(distances)[:k]


def plain_vote(X, y, query, k, weights):
    """The class with the most votes, by the definition."""
    numbers, distances = plain_neighbours(X, query, k)
    votes = dict.fromkeys(sorted(set(y)), 0.0)
    for n, distance in zip(numbers, distances):
        if weights == "uniform":
            votes[y[n]] += 1
        elif 0 in distances:
            votes[y[n]] += distance == 0
        else:
            votes[y[n]] += 1 / distance
    return max(votes, key=votes.get)  # the first of several


@pytest.mark.parametrize("together", [1, 7, 256])
@pytest.mark.parametrize("offset", [0, 1e7])
def test_neighbours_are_those_of_a_plain_loop(monkeypatch, together, offset):
    monkeypatch.setattr(neighbours, "TOGETHER", together)
    rng = np.random.default_rng(0)
    X, queries = rng.normal(size=(60, 5)) + offset, rng.normal(size=(20, 5)) + offset
    distances, numbers = KNeighborsClassifier().fit(X, np.zeros(60)).kneighbors(queries, 7)
    for row, query in enumerate(queries):
        plain_numbers, plain_distances = plain_neighbours(X, query, 7)
        assert numbers[row].tolist() == plain_numbers
        # The origin is moved to the samples: this rounds each coordinate by eps * offset.
        assert distances[row] == pytest.approx(plain_distances, rel=1e-12, abs=1e-15 * offset)


def test_near_neighbours_are_told_apart_where_the_expansion_alone_is_all_rounding_error():
    # |q|^2 = 1e12 is rounded by 1e-4, the squared distances are 1e-10 and less. The pairs stand on
    # both sides of the origin, so that moving the origin to the middle does not help.
    X = np.array([[1e6 + 3e-6], [1e6 + 2e-6], [1e6 + 1e-6], [-1e6], [-1e6 - 1e-5]])
    _, numbers = KNeighborsClassifier(3).fit(X, np.arange(5)).kneighbors([[1e6]])
    assert numbers.tolist() == [[2, 1, 0]]


@pytest.mark.parametrize("n_outliers", [1, 3])
def test_outliers_change_no_neighbour(n_outliers):
    rng = np.random.default_rng(0)
    X, queries = rng.normal(size=(500, 20)), rng.normal(size=(30, 20))
    X[:n_outliers] = 1e9 * rng.normal(size=(n_outliers, 20))
    queries[:1] = X[:1] + 1
    classifier = KNeighborsClassifier().fit(X, np.zeros(500))
    distances, numbers = classifier.kneighbors(queries)
    for row, query in enumerate(queries):
        plain_numbers, plain_distances = plain_neighbours(X, query, 5)
        assert numbers[row].tolist() == plain_numbers
        assert distances[row] == pytest.approx(plain_distances, rel=1e-9)


@pytest.mark.parametrize("n_outliers", [0, 1])
def test_an_outlier_leaves_the_candidates_few(monkeypatch, n_outliers):
    # Each query is compared with its candidates by differences, sorted then: these are counted.
    rng = np.random.default_rng(0)
    X, queries = rng.normal(size=(10_000, 50)), rng.normal(size=(100, 50))
    X[:n_outliers] = 1e9
    counts, argsort = [], np.argsort
    monkeypatch.setattr(np, "argsort", lambda exact, **options: counts.append(len(exact))
                        or argsort(exact, **options))
    KNeighborsClassifier().fit(X, np.zeros(10_000)).kneighbors(queries)
    assert counts == [5] * 100


@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("k", [1, 4, 5])
def test_predictions_are_those_of_a_plain_vote(weights, k):
    rng = np.random.default_rng(1)
    X, queries = rng.integers(0, 5, (40, 2)), rng.integers(0, 5, (30, 2))  # full of ties
    y = rng.choice(["a", "b", "c"], 40).tolist()
    predicted = KNeighborsClassifier(k, weights=weights).fit(X, y).predict(queries)
    assert predicted.tolist() == [plain_vote(X, y, query, k, weights) for query in queries]


def test_of_samples_at_the_same_distance_the_first_is_nearest():
    X = [[1.0], [-1.0], [1.0], [-1.0]]
    distances, numbers = KNeighborsClassifier(3).fit(X, [0, 1, 0, 1]).kneighbors([[0.0]])
    assert numbers.tolist() == [[0, 1, 2]]
    assert distances.tolist() == [[1, 1, 1]]


def test_of_classes_with_the_same_votes_the_first_wins():
    classifier = KNeighborsClassifier(2).fit([[1.0], [-1.0]], ["dog", "cat"])
    assert classifier.predict([[0.0]]).tolist() == ["cat"]


def test_probabilities_are_shares_of_the_votes():
    classifier = KNeighborsClassifier(3, weights="distance").fit([[1.0], [2], [-4]], [0, 1, 1])
    # Votes 1, 1/2, 1/4 at the origin.
    assert classifier.predict_proba([[0.0]]) == pytest.approx(np.array([[4 / 7, 3 / 7]]))


def test_at_distance_zero_only_those_samples_vote():
    classifier = KNeighborsClassifier(3, weights="distance").fit([[1.0], [2], [1]], [0, 1, 1])
    assert classifier.predict_proba([[1.0]]).tolist() == [[0.5, 0.5]]


def test_one_nearest_neighbour_of_the_training_samples_is_each_itself():
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(50, 3)) * 1e6, rng.integers(0, 4, 50)
    classifier = KNeighborsClassifier(1).fit(X, y)
    assert classifier.score(X, y) == 1
    assert not classifier.kneighbors(X)[0].any()


def test_one_class_alone_is_what_is_predicted():
    assert KNeighborsClassifier(1).fit([[1.0]], ["cat"]).predict([[9.0]]).tolist() == ["cat"]


def test_float32_samples_are_compared_in_float64():
    X = np.array([[0.1], [0.2]], np.float32)
    distances, _ = KNeighborsClassifier(1).fit(X, [0, 1]).kneighbors(X)
    assert distances.dtype == np.float64 and not distances.any()


def test_score_takes_weights():
    classifier = KNeighborsClassifier(1).fit([[0.0], [1.0]], [0, 1])
    assert classifier.score([[0.0], [1.0]], [0, 0], sample_weight=[3, 1]) == 0.75


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.uint64, np.float16, bool])
def test_samples_of_any_type_are_those_of_the_same_floats(dtype):
    # Differences of unsigned numbers wrap, and squares of halves above 256 are infinite.
    rng = np.random.default_rng(0)
    if dtype == np.float16:
        X = rng.normal(scale=1e4, size=(90, 4)).astype(dtype)
    elif dtype is bool:
        X = rng.random((90, 4)) < 0.5
    else:
        X = rng.integers(np.iinfo(dtype).min, np.iinfo(dtype).max, (90, 4), dtype=dtype)
    classifier = KNeighborsClassifier(3).fit(X[:60], np.arange(60) % 3)
    as_floats = KNeighborsClassifier(3).fit(X[:60].astype(float), np.arange(60) % 3)
    for ours, theirs in zip(classifier.kneighbors(X[60:]),
                            as_floats.kneighbors(X[60:].astype(float))):
        assert np.array_equal(ours, theirs)


def test_labels_of_two_kinds_are_an_error():
    with pytest.raises(TypeError, match="y"):
        KNeighborsClassifier(1).fit([[0.0], [1.0]], [0, "cat"])


# ---- what is refused ----------------------------------------------------------------------------


def test_fewer_samples_than_neighbours_is_an_error():
    with pytest.raises(ValueError, match="n_neighbors, of 2 samples, must be at most 2, got 5"):
        KNeighborsClassifier().fit([[0.0], [1.0]], [0, 1])


@pytest.mark.parametrize("k", [0, 3])
def test_asking_for_none_or_too_many_is_an_error(k):
    classifier = KNeighborsClassifier(1).fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(ValueError, match=f"n_neighbors must be at least 1 and at most 2, got {k}"):
        classifier.kneighbors([[0.0]], k)


@pytest.mark.parametrize("options, message", [({"n_neighbors": 0}, "at least 1, got 0"),
                                              ({"weights": "both"}, "'uniform' or 'distance'")])
def test_options_out_of_range_are_an_error(options, message):
    with pytest.raises(ValueError, match=message):
        KNeighborsClassifier(**options)


@pytest.mark.parametrize("X, y, message", [
    ([[np.nan]], [0], "NaN or infinite"), ([1.0], [0], "shape"), ([[1.0]], [0, 1], "one label"),
    ([[1.0]], [0.5], "of y is not whole"),
])
def test_wrong_samples_and_labels_are_an_error(X, y, message):
    with pytest.raises(ValueError, match=message):
        KNeighborsClassifier(1).fit(X, y)


def test_queries_with_other_features_are_an_error():
    with pytest.raises(ValueError, match=r"X must have the shape .samples, 1., got .1, 2."):
        KNeighborsClassifier(1).fit([[1.0]], [0]).predict([[1.0, 2.0]])


@pytest.mark.parametrize("bad, message", [
    (np.zeros((0, 1)), "X has nothing in it"), ([[np.nan]], "1 of the 1 numbers of X is NaN"),
    ([1.0], "a single sample is X.np.newaxis.")])
def test_predicting_of_no_samples_or_of_no_numbers_is_an_error(bad, message):
    with pytest.raises(ValueError, match=message):
        KNeighborsClassifier(1).fit([[1.0]], [0]).predict(bad)


def test_predicting_before_fitting_is_an_error():
    with pytest.raises(RuntimeError, match="not fitted yet"):
        KNeighborsClassifier().predict([[1.0]])


@pytest.mark.parametrize("scale", [1.0, 2.0**-40])
@pytest.mark.parametrize("far", [0.0, 1.0])
def test_the_nearest_are_found_where_rounding_hides_them(far, scale):
    # From 1e8 away, or on a ring of that radius, |q|^2 - 2 q.x + |x|^2 is wrong by several units.
    rng = np.random.default_rng(0)
    angle = 1e-8 * rng.uniform(-3, 3, 200)
    X = far * 1e8 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    X = scale * (X + rng.uniform(-1, 1, X.shape))
    queries = scale * np.array([[1e8, 0.0], [1e8, 1.0]])
    _, numbers = neighbours.nearest(queries, X, 3)
    assert numbers.tolist() == [plain_neighbours(X, query, 3)[0] for query in queries]


def test_an_option_that_is_none_is_refused_and_no_other_is_changed():
    classifier = KNeighborsClassifier()
    with pytest.raises(ValueError, match="an option of KNeighborsClassifier must be 'n_neighbors' "
                                         "or 'weights', got 'gamma'"):
        classifier.set_params(weights="distance", gamma=1)
    assert classifier.get_params() == {"n_neighbors": 5, "weights": "uniform"}


@pytest.mark.parametrize("classifier", [KNeighborsClassifier(1), LinearSVC()])
def test_a_fit_counts_its_features_as_scikit_learn_s_does(classifier):
    assert classifier.fit(np.eye(2, 3), [0, 1]).n_features_in_ == 3


@pytest.mark.parametrize("classifier, option", [
    (KNeighborsClassifier(), "n_neighbors"), (LinearSVC(), "C")])
def test_options_are_checked_when_they_are_changed(classifier, option):
    with pytest.raises(ValueError, match=f"{option} must be"):
        classifier.set_params(**{option: -1})


@pytest.mark.parametrize("classifier, option, value", [
    (KNeighborsClassifier(1), "weights", "Distance"), (LinearSVC(), "loss", "hinge"),
    (LinearSVC(), "C", -1.0)])
def test_options_set_as_attributes_are_checked_when_they_are_used(classifier, option, value):
    X, y = [[0.0], [1.0]], [0, 1]
    right = getattr(classifier.fit(X, y), option)
    setattr(classifier, option, value)
    for use in (lambda: classifier.fit(X, y), lambda: classifier.predict(X)):
        with pytest.raises(ValueError, match=f"{option}.* must be"):
            use()
    setattr(classifier, option, right)
    assert classifier.predict(X).tolist() == y
