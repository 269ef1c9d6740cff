"""No call of minicv fails in somebody else's words, and none is silently wrong.

Thousands of hostile calls of every public callable; `tests.hostile` says how they are made and
judged. Each callable gets its share of MINICV_HOSTILE inputs, by default 2,000, in CI 10,000:

    MINICV_HOSTILE=10000 python -m pytest tests/test_hostile.py -k detection_metrics
"""

import os
import re
import sys
import time
import warnings

import numpy as np
import pytest

from tests import hostile

N = int(os.environ.get("MINICV_HOSTILE", 10_000 if os.environ.get("CI") else 2_000))


@pytest.fixture(scope="module")
def rooms():
    with hostile.contained():
        yield hostile.prepare()


@pytest.mark.parametrize("room", hostile.ROOMS)
def test_every_callable_has_an_example_of_a_right_call(rooms, room):
    without = [target.name for target in rooms[room] if not target.calls]
    assert not without, f"no right call is known; add an example to the docstring: {without}"


@pytest.mark.parametrize("room", hostile.ROOMS)
def test_hostile_calls_end_in_a_sound_result_or_in_words_about_what_came(rooms, room):
    everybody = [target for targets in rooms.values() for target in targets]
    lines = hostile.report(rooms[room], hostile.share(everybody, N))
    assert not lines, (f"{len(lines)} kinds of faults; for one of them again: "
                       f"python -m tests.hostile 'NAME#NUMBER'\n" + "\n".join(lines[:40]))


def test_the_same_number_makes_the_same_input(rooms):
    target = next(target for target in rooms["detection_metrics"] if target.calls)
    for i in range(20):
        one, other = (hostile.make_input(target, i) for _ in range(2))
        assert one.kinds == other.kinds
        assert hostile.print_of(one.arguments) == hostile.print_of(other.arguments)


# The judge itself: functions as bad as they come.

def good(x):
    """Twice x."""
    return 2 * x


def own_error(x):
    raise ValueError("x must be smaller")


def attribute_error(x):
    return x.nothing


def words_of_numpy(x):
    return x @ np.ones(7)


def key_error(x):
    raise KeyError("x")


def no_words(x):
    raise ValueError


def writes(x):
    x[0] = 5


def warns(x):
    warnings.warn("look here", UserWarning, stacklevel=1)


def works_for_ever(x):
    while True:
        pass


def sleeps(x):
    time.sleep(20)


def takes_memory(x):
    return np.ones(2**28)  # 2 GB


def hides_nan(x):
    return np.nan_to_num(x)


def makes_nan(x):
    return x + np.nan


def is_complex(x):
    return x + 1j


def above_1(x):
    """A share.

    Returns
    -------
    float
        From 0 to 1.
    """
    return 1.5


def depends_on_packing(x):
    return float(x.flags.writeable)


def judged(bad, monkeypatch, x=(1.0, 2.0), kinds=("number",), **limit):
    monkeypatch.setattr(hostile, "HOME", os.path.dirname(__file__))  # as if it were minicv's own
    target, _ = hostile.function(bad)
    x = np.array(x)
    return hostile.attempt(target, hostile.Input({"x": x}, list(kinds), {"x": x.copy()}), **limit)


@pytest.mark.parametrize("fine", [good, own_error])
def test_the_judge_lets_right_ends_pass(monkeypatch, fine):
    assert judged(fine, monkeypatch) is None


@pytest.mark.parametrize("bad, said", [
    (attribute_error, "AttributeError"), (words_of_numpy, "ValueError: matmul"),
    (key_error, "KeyError"), (no_words, "ValueError"), (writes, "changes its arguments"),
    (warns, "UserWarning: look here"), (makes_nan, "NaN comes out"), (is_complex, "complex"),
    (above_1, "not from 0 to 1")])
def test_the_judge_sees_a_bad_end(monkeypatch, bad, said):
    assert said in judged(bad, monkeypatch)


def test_the_judge_sees_a_nan_that_becomes_a_number(monkeypatch):
    assert "NaN went in" in judged(hides_nan, monkeypatch, (1.0, np.nan), ["NaN"])


def test_the_judge_sees_that_packing_changes_the_result(monkeypatch):
    target, _ = hostile.function(depends_on_packing)
    x = np.ones(3)
    packed = x.copy()
    packed.flags.writeable = False
    given = hostile.Input({"x": packed}, ["same"], {"x": x})
    assert "packed in another way" in hostile.attempt(target, given)


@pytest.mark.parametrize("number", [1.5, 2])
def test_the_judge_sees_each_number_in_lists(number):
    rows = [[number, number], [number, "a"]]
    before = hostile.print_of(rows)
    rows[0][1] = number + 1
    assert hostile.print_of(rows) != before
    rows[0][0] = np.nan
    assert any(np.isnan(found).any() for found in hostile.numbers(rows))


@pytest.mark.skipif(hostile.resource is None, reason="this system has no timers for a program")
@pytest.mark.parametrize("bad", [works_for_ever, sleeps])
def test_the_judge_stops_what_takes_too_long(monkeypatch, bad):
    assert judged(bad, monkeypatch, seconds=0.05) == "takes too long"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="no limit on memory there")
def test_the_judge_stops_what_takes_too_much_memory(monkeypatch):
    assert "MemoryError" in judged(takes_memory, monkeypatch)


# The same right calls with one argument at a limit, and just beyond it.

LIMITS = """
autograd.tensors.Tensor.__reduce_ex__: 2 <= protocol <= 5
autograd.creation.linspace: 0 <= steps <= 2**28*
autograd.creation.randperm: 0 <= n <= 2**28*
autograd.checking.gradcheck: 0.0* < eps, 0.0* <= atol, 0.0* <= rtol
channel_detector.calibration.Calibration: 0.0 < slope <= 1e6, -1e6 <= offset <= 1e6
channel_detector.calibration.Calibration.score: 0.0 < share < 1.0
channel_detector.detector.ChannelDetector: 1.01 <= step < 10.0, 8.0 <= smallest <= 1e6
channel_detector.detector.ChannelDetector: 0 <= n_jitter <= 1000, 0 <= mining_rounds <= 1000
channel_detector.detector.ChannelDetector: 0.0 <= suppression <= 1.0, 0.0 < C <= 1e9
channel_detector.pyramid.CellFeatures: 0.0 < gamma <= 100.0
datasets.penn_fudan.contiguous_folds: 4 <= count <= 2500000*, 2 <= n_folds
decision_boundary.complete.search.exact_surface: 1 <= most_cells
detection_metrics.boxes.nms: 0.0 <= iou_threshold <= 1.0
detection_metrics.curves.bootstrap_interval: 1 <= n_resamples <= 100000*, 0.0* < level < 1.0*
detection_metrics.matching.match_images: 0.0 <= iou_threshold <= 1.0, 1 <= max_detections
fast.near_surface.evaluate_near_surface: 1 <= coarsest
fast.suppression.nms: 0.0 <= iou_threshold <= 1.0
nn.convolution.Conv2d: 1 <= in_channels, 1 <= out_channels, 1 <= groups
nn.dependencies.seen_inputs_by_gradient: 1 <= tries <= 10000*
nn.data.DataLoader: 1 <= batch_size, 0 <= num_workers
nn.data.train_val_split: 0.0 < fraction < 1.0
nn.layers.Linear: 1 <= in_features, 1 <= out_features
nn.losses.cross_entropy: -2**63 <= ignore_index <= 2**63-1, 0.0 <= label_smoothing <= 1.0
nn.losses.multi_margin_loss: -1e30 <= margin <= 1e30
nn.optim.SGD: 0.0 <= lr <= 1e30, 0.0 <= momentum <= 1.0, 0.0 <= weight_decay <= 1e30
nn.optim.Adam: 0.0 <= lr <= 1e30, 1e-30 <= eps, 0.0 <= weight_decay <= 1e30
nn.training.fit: 1 <= epochs <= 100000*, 1 <= eval_every
occupancy_network.mesh.Mesh.sample: 0 <= n <= 10**7*
occupancy_network.network.OccupancyNetwork: 1 <= hidden_size <= 4096*, 0 <= n_hidden <= 100
occupancy_network.network.OccupancyNetwork: 1 <= n_inputs <= 4096
person_detector.detector.PersonDetector: 1.01 <= step < 10.0, 8.0 <= smallest <= 1e6
person_detector.detector.PersonDetector: 0 <= mining_rounds
person_detector.hog_drawing.draw_hog: 1 <= orientations, 4 <= glyph <= 256*
person_detector.hog_features.hog: 1 <= orientations <= 1000
person_detector.linear_classifiers.LinearSVC: 1/1e50 <= C <= 1e50, 0.0 < tol, 1 <= max_iter
person_detector.nearest_neighbours.KNeighborsClassifier: 1 <= n_neighbors
person_detector.patches.crop: 0 <= around <= 1000
person_detector.patches.offset_box: 0.0 < max_offset <= 1.0
person_detector.patches.training_patches: 0 <= n_random <= 1000*, 0 <= n_offset <= 1000*
person_detector.sliding_window.window_anchors: 1 <= stride <= 2**31
volumetric_rendering.cameras.Camera.look_at: 1e-3 <= field_of_view < 180.0
volumetric_rendering.learning.LossWeights: 0.0 <= colour <= 1e6, 0.0 <= floor <= 1e6
volumetric_rendering.learning.Schedule: 1 <= n_batches <= 10**9, 1 <= n_rays <= 2**20
volumetric_rendering.learning.Schedule: 1 <= first_steps <= 5000
volumetric_rendering.learning.Schedule: 0.0 < lr_first <= 1e3, 0.0 < lr_last <= 1e3
volumetric_rendering.rendering.PositionalEncoding: 1 <= frequencies <= 16, 1 <= n_inputs <= 1000
volumetric_rendering.rendering.TexturedShape: 1 <= hidden_size <= 4096*, 1 <= n_hidden <= 64
volumetric_rendering.rendering.TexturedShape: 0 <= frequencies <= 16
volumetric_rendering.rendering.render: 1 <= n_steps <= 10000*, 0 <= n_secant <= 10000*
volumetric_rendering.surface_search.find_surface: 1 <= n_steps <= 10000*, 0 <= n_secant <= 10000*
volumetric_rendering.depth_gradient.implicit_depth: 0.0 <= floor
""".split("\n")[1:-1]


def refusal(target, name, value):
    """What a right call says of this value in the place of one argument; nothing if it takes it."""
    arguments = hostile.fresh(target.calls[0]) | {name: value}
    try:
        with hostile.limits():
            hostile.run(target, arguments)
    except (ValueError, TypeError) as error:
        return str(error) if f"{name} must be" in str(error) else ""
    return ""


@pytest.mark.parametrize("line", LIMITS)
def test_what_is_at_a_limit_is_taken_and_what_is_beyond_refused(rooms, line):
    """A star stands where the limit itself would take long: there only what is beyond is tried."""
    called, limits = line.split(": ")
    target = next(one for one in rooms[called.split(".")[0]] if one.name == called)
    for limit in limits.split(", "):
        least, above, name, below, most = re.fullmatch(
            r"(?:(\S+) (<=?) )?(\w+)(?: (<=?) (\S+))?", limit).groups()
        for end, sign, outwards in ((least, above, -1), (most, below, 1)):
            if end is None:
                continue
            value = eval(end.rstrip("*"))
            steps = (0, outwards) if sign == "<=" else (-outwards, 0)
            near = [value + step if isinstance(value, int) else
                    value if step == 0 else float(np.nextafter(value, step * np.inf))
                    for step in steps]
            if not end.endswith("*"):
                assert refusal(target, name, near[0]) == "", (name, near[0])
            assert refusal(target, name, near[1]), (name, near[1])


@pytest.mark.parametrize("room", hostile.ROOMS)
def test_what_is_true_or_false_is_nothing_else(rooms, room):
    flags = [(target, name) for target in rooms[room] for name in target.calls[0]
             if isinstance(target.signature.parameters[name].default, bool)]
    loose = [(target.name, name) for target, name in flags for value in ("yes", 1)
             if not refusal(target, name, value)]
    # scikit-learn's `deep` says whether the options of options are told, and these have none.
    assert {name for _, name in loose} <= {"deep"}
