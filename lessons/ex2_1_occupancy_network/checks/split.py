"""2.1a: a split is judged by where each of some hundred points went."""

from __future__ import annotations

import numpy as np

from lessons.engine import Answer, Wrong
from lessons.engine.comparing import show, to_array
from minicv import nn
from minicv.autograd import Tensor

SPLIT = "get_train_val_split(points, occupancies)"

# A statistic of a random split is this many standard deviations off once in 1e9 checks.
FAR_OFF = 6.5

# A row is in the validation part of none of so many random splits once in 4e10 times, and one of
# 600 rows once in 7e7 checks.
N_CALLS = 110


def check_split(answer: Answer) -> None:
    rng = np.random.default_rng()
    for tens, n_calls in rng.permutation([(rng.integers(30, 60), N_CALLS),
                                          (rng.integers(70, 95), 4)]):
        n = int(10 * tens + rng.choice([3, 4, 8, 9]))  # n // 10 * 8 and n // 5 * 4 are no 80 %
        points = rng.uniform(-0.5, 0.5, (n, 3)).astype(np.float32)
        labels = (np.linalg.norm(points, axis=1) < 0.45).astype(np.float32)
        given = points.copy(), labels.copy()
        with answer.noting(nn.train_val_split):
            first = _two_datasets(answer.call("get_train_val_split", *given))
        changed = not np.array_equal(given[0], points)
        more = [_two_datasets(answer.call("get_train_val_split", points.copy(), labels.copy()))
                for _ in range(n_calls)]
        row_of = {point: row for row, point in enumerate(map(tuple, points.tolist()))}
        train, val = (_rows(part, row_of) for part, _ in first)
        _judge_rows(train, val, n)
        longer = [np.concatenate([array, array[:41]]) for array in (points, labels)]
        longer[0][n:] += 1  # points of their own
        larger = _two_datasets(answer.call("get_train_val_split", *longer))
        written_in = len(larger[0][0]) == len(train) or len(larger[1][0]) == len(val)
        _judge_sizes(len(train), {len(each[0][0]) for each in more}, n, written_in)
        for rows, (_, own) in zip((train, val), first):
            _judge_labels(own, labels[rows])
        again = [_rows(val_points, row_of) for _, (val_points, _) in more]
        _judge_chance(val, again[0], points, labels)
        if n_calls == N_CALLS:
            _judge_every_row(again, n)
    answer.notes = list(dict.fromkeys(answer.notes))
    if changed:
        answer.notes.append("the function changes the arrays it is given; whoever calls it may "
                            "not expect that: shuffle a copy, or an index")


def _two_datasets(result) -> list[tuple[np.ndarray, np.ndarray]]:
    """(points, occupancies) of both datasets."""
    expected = "two datasets: train_set, val_set"
    how = "nn.TensorDataset(points, occupancies) makes a dataset of the arrays of one part"
    if result is None:
        raise Wrong("nothing-returned", SPLIT, got="None", expected=expected,
                    cause="the function needs a return")
    if not isinstance(result, (list, tuple)) or len(result) != 2:
        n_results = len(result) if isinstance(result, (list, tuple)) else 1
        raise Wrong("not-two-datasets", SPLIT, got=f"{n_results} results", expected=expected,
                    cause=how)
    return [_dataset(part, expected, how) for part in result]


def _dataset(part, expected: str, how: str) -> tuple[np.ndarray, np.ndarray]:
    if isinstance(part, (list, tuple, dict)):
        raise Wrong("pairs-for-datasets", SPLIT, got=f"a {type(part).__name__}", expected=expected,
                    cause=f"a DataLoader would take its entries for samples: {how}")
    if isinstance(part, (np.ndarray, Tensor)) or not hasattr(part, "__getitem__"):
        raise Wrong("not-two-datasets", SPLIT, got=show(part), expected=expected, cause=how)
    columns = getattr(part, "tensors", None)
    columns = columns or tuple(zip(*[part[row] for row in range(len(part))]))
    if len(columns) != 2:
        raise Wrong("occupancies-missing", SPLIT, got=f"a dataset of {len(columns)} tensors",
                    expected="points and occupancies in each", cause=how)
    columns = [list(column) if isinstance(column, tuple) else column for column in columns]
    points, labels = (to_array(column, "a dataset") for column in columns)
    if points.ndim != 2 or points.shape[1] != 3 or labels.size != len(points):
        name, cause = "other-shapes", how
        if labels.ndim == 2 and labels.shape[1] == 3:
            name, cause = "order-of-results", (
                "in each dataset the points come first, then their occupancies")
        elif points.ndim == 1 and points.max(initial=0) > 1:
            name, cause = "rows-for-points", (
                "these are numbers of rows: points[rows] and occupancies[rows] take what stands "
                "there")
        raise Wrong(name, SPLIT, got=f"a dataset with shapes {points.shape} and {labels.shape}",
                    expected="(n, 3) and (n,)", cause=cause)
    return points, labels.ravel()


def _rows(points: np.ndarray, row_of: dict) -> np.ndarray:
    """Which of the given points these are."""
    rows = [row_of.get(point) for point in map(tuple, points.tolist())]
    if None in rows:
        raise Wrong("points-changed", SPLIT, got="points that were not given",
                    expected="the given points", cause="rows must stay whole: shuffling with "
                    "rng.permuted, or the flat array, mixes the coordinates of different points")
    return np.array(rows, dtype=int)


def _judge_rows(train: np.ndarray, val: np.ndarray, n: int) -> None:
    both = np.intersect1d(train, val)
    twice = len(train) + len(val) - len(np.unique(train)) - len(np.unique(val))
    lost = n - len(np.union1d(train, val))
    if len(train) + len(val) <= 3 < n:
        raise Wrong("axis-for-n", SPLIT, got=f"{len(train) + len(val)} points in both parts "
                    f"together", expected=f"all {n}",
                    cause="points.shape is (N, 3): the number of points is shape[0], or "
                          "len(points); 3 coordinates are split here")
    if twice:
        raise Wrong("drawn-with-replacement", SPLIT,
                    got=f"{twice} points come more than once, {lost} are in neither part",
                    expected="every point once",
                    cause="the rows were drawn with replacement (randint, choice without "
                          "replace=False); a permutation has each row once")
    if len(both):
        raise Wrong("validation-inside-training", SPLIT,
                    got=f"{len(both)} points are in both parts", expected="none",
                    cause="a network that has been trained on these points knows them by heart: "
                          "the validation would notice no overfitting")
    if lost:
        raise Wrong("points-lost", SPLIT, got=f"{lost} of {n} points are in neither part",
                    expected="every point in one of both",
                    cause="the validation part is what the training part leaves, whatever N is")


def _judge_sizes(n_train: int, again: set[int], n: int, written_in: bool) -> None:
    """A coin for each point would pass by luck in one of a million checks."""
    n_val = n - n_train

    def near(size: int, share: float) -> bool:
        return abs(size - share * n) <= 1  # however it is rounded

    if near(n_train, 0.8) and again == {n_train}:
        return
    if near(n_train, 0.2) and again == {n_train}:
        name, cause = "parts-swapped", "the larger part is for training, and is returned first"
    elif again != {n_train}:
        name, cause = "coin-for-each-point", (
            "the sizes change from call to call: a coin thrown for each point gives the share on "
            "average only; a permutation cut in two gives it exactly")
    elif written_in and not near(n_train, 0.8):
        name, cause = "size-written-in", (
            "is a number of points written into the code? It has to follow from len(points)")
    elif abs(n_train - 0.8 * n) < 10:
        name, cause = "rounded-too-early", (
            "nearly: 80 % of N are a whole number only after rounding, so round once, at the end")
    else:
        name, cause = "other-share", "80 % of the points are for training"
    raise Wrong(name, SPLIT, got=f"{n_train} of {n} points to train on, {n_val} to validate with",
                expected="80 % and 20 %", cause=cause)


def _judge_labels(own: np.ndarray, right: np.ndarray) -> None:
    wrong = np.count_nonzero((own > 0.5) != (right > 0.5))
    if wrong:
        raise Wrong("labels-apart", SPLIT, expected="every point with its own occupancy",
                    got=f"{wrong} of {len(own)} occupancies are not of the point beside them",
                    cause="points and occupancies were shuffled apart: draw one order, "
                          "np.random.permutation(N), and index both with it")


def _judge_chance(val: np.ndarray, again: np.ndarray, points: np.ndarray,
                  labels: np.ndarray) -> None:
    """Whether chance decides: not the order, not the values, and not the same each time."""
    n, inside = len(points), np.zeros(len(points))
    inside[val] = 1
    steps = np.diff(np.sort(val))
    neighbours = np.count_nonzero(inside * np.roll(inside, 1))
    if any(_is_off(values, val) for values in (labels, *points.T)):
        raise Wrong("sorted-by-value", SPLIT,
                    got=f"{labels[val].mean():.0%} of the validation points are inside, "
                        f"{labels.mean():.0%} of all", expected="about the same share in both",
                    cause="the order comes from the values, as from argsort or sort; both parts "
                          "must look alike, which a random order takes care of")
    if len(np.unique(steps)) == 1 or neighbours > 0.6 * len(val) or _is_off(np.arange(n), val):
        raise Wrong("not-shuffled", SPLIT, got=f"validation rows {np.sort(val)[:5].tolist()}, ...",
                    expected="rows drawn at random",
                    cause="the points are cut in their order. If a file lists the points inside "
                          "first, a part would hardly know the other kind: shuffle before")
    if np.array_equal(np.sort(val), np.sort(again)):
        raise Wrong("seed-inside", SPLIT, got="the same split at each call",
                    expected="another one by chance",
                    cause="is there a draw in the function? A seed that is set inside of it begins "
                          "anew at each call: set it once, outside")


def _judge_every_row(val_rows: list[np.ndarray], n: int) -> None:
    """Whether chance decides on each of the points."""
    times = np.bincount(np.concatenate(val_rows), minlength=n)
    for count, part in [(0, "validation"), (len(val_rows), "training")]:
        never = np.flatnonzero(times == count)
        if len(never):
            raise Wrong("rows-left-out-of-the-draw", SPLIT, got=f"{len(never)} of {n} points are "
                        f"never in the {part} part, in {len(val_rows)} calls; the first are rows "
                        f"{never[:4].tolist()}", expected="now in one part, now in the other",
                        cause="is something drawn from some of the rows only, or one of a few "
                              "orders? np.random.permutation(len(points)) has all rows, in any "
                              "order")


def _is_off(values: np.ndarray, val: np.ndarray) -> bool:
    """Whether the mean of these is farther from that of all than chance allows."""
    n, m = len(values), len(val)
    deviation = values.std() * np.sqrt((n - m) / (n - 1) / m)
    return bool(abs(values[val].mean() - values.mean()) > FAR_OFF * deviation)
