"""Shape metrics against closed forms and against every point compared with every other."""

import subprocess
import sys

import numpy as np
import pytest

from minicv.occupancy_network.mesh import Mesh
from minicv.occupancy_network.shape_metrics import evaluate_mesh, volumetric_iou

SQUARE = Mesh([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], [[0, 1, 2], [0, 2, 3]])
EMPTY = Mesh(np.empty((0, 3)), np.empty((0, 3), int))


def sphere_points(radius: float, n: int = 2000) -> np.ndarray:
    """Points on a sphere, spread evenly along a spiral: the same directions for every radius."""
    z = 1 - (2 * np.arange(n) + 1) / n
    angle = np.pi * (3 - np.sqrt(5)) * np.arange(n)
    ring = np.sqrt(1 - z**2)
    return radius * np.stack([ring * np.cos(angle), ring * np.sin(angle), z], axis=1)


# -- volumetric IoU --------------------------------------------------------------------------------


def test_iou_of_overlapping_boxes():
    # Intersection 2 x 4 x 4, union 6 x 4 x 4.
    a, b = np.zeros((2, 8, 4, 4), dtype=bool)
    a[0:4] = True
    b[2:6] = True
    assert volumetric_iou(a, b) == 2 / 6


def test_iou_of_concentric_balls_is_the_cube_of_the_ratio_of_radii():
    points = np.random.default_rng(0).uniform(-1, 1, (200_000, 3))
    radius = np.linalg.norm(points, axis=1)
    # 0.8^3 = 0.512; the union holds 105,000 points, so one standard deviation is 0.0015.
    assert volumetric_iou(radius < 0.8, radius < 1) == pytest.approx(0.512, abs=0.006)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [([False, False], [False, False], 1.0), ([False, False], [True, False], 0.0),
     ([True, False], [False, True], 0.0), ([True, True], [True, True], 1.0)],
    ids=["both empty", "one empty", "disjoint", "equal"],
)
def test_iou_at_its_ends(a, b, expected):
    assert volumetric_iou(np.array(a), np.array(b)) == expected


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [(np.zeros(3), np.zeros(3, bool), "logits > 0"),
     (np.zeros(3, bool), np.zeros(3, int), "int64"),
     (np.zeros((2, 3), bool), np.zeros((3, 2), bool), r"occ_b .* shape \(2, 3\), got \(3, 2\)"),
     (np.zeros(3, bool), np.zeros(1, bool), r"occ_b .* shape \(3,\), got \(1,\)"),
     (np.zeros(0, bool), np.zeros(0, bool), "nothing in it")],
)
def test_iou_refuses_what_is_no_pair_of_occupancies(a, b, message):
    with pytest.raises((ValueError, TypeError), match=message):
        volumetric_iou(a, b)


# -- closed forms ----------------------------------------------------------------------------------


def test_chamfer_of_concentric_spheres_is_the_difference_of_radii():
    # The nearest point of the other sphere lies in the same direction.
    distance = evaluate_mesh(sphere_points(1.0), sphere_points(1.25)).chamfer_l1
    assert distance == pytest.approx(0.25, rel=1e-12)


def test_chamfer_of_a_lifted_plane_is_the_lift():
    # The nearest sample is 1 / (2 sqrt(20,000)) = 0.0035 to the side, which adds 0.0035^2 / 0.6.
    lifted = Mesh(SQUARE.vertices + [0, 0, 0.3], SQUARE.faces)
    metrics = evaluate_mesh(SQUARE, lifted, n_points=20_000, rng=0)
    assert metrics.chamfer_l1 == pytest.approx(0.3, abs=1e-4)


def test_chamfer_of_a_surface_with_itself_is_the_floor_of_sampling():
    # 1 / (2 sqrt(n / A)) between two sets of n random points; a little more at the rim.
    floor = 1 / (2 * np.sqrt(20_000))
    metrics = evaluate_mesh(SQUARE, SQUARE, n_points=20_000, rng=0)
    assert floor < metrics.chamfer_l1 < 1.03 * floor


def test_without_a_seed_other_points_are_compared_each_time():
    square = Mesh([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], [[0, 1, 2], [0, 2, 3]])
    first, second = (evaluate_mesh(square, square, n_points=50) for _ in range(2))
    assert first.chamfer_l1 != second.chamfer_l1
    again = [evaluate_mesh(square, square, n_points=50, rng=4) for _ in range(2)]
    assert again[0] == again[1]


def test_chamfer_of_equal_points_is_zero():
    assert evaluate_mesh(sphere_points(1), sphere_points(1)).chamfer_l1 == 0


def test_accuracy_looks_from_the_prediction_and_completeness_from_the_truth():
    # Predicted is the left of two points, and the right one is 3 away from it.
    metrics = evaluate_mesh(np.array([[0.0, 0, 0]]), np.array([[0.0, 0, 0], [3, 0, 0]]))
    assert (metrics.accuracy, metrics.completeness, metrics.chamfer_l1) == (0, 1.5, 0.75)


def test_precision_looks_from_the_prediction_and_recall_from_the_truth():
    truth = np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0], [3, 0, 0]])
    metrics = evaluate_mesh(truth[:1], truth, threshold=0.5)
    # 2 P R / (P + R) with P = 1 and R = 1/4.
    assert (metrics.precision, metrics.recall, metrics.f_score) == (1, 0.25, 0.4)


@pytest.mark.parametrize(("threshold", "expected"), [(0.249, 0.0), (0.251, 1.0)])
def test_f_score_of_concentric_spheres_steps_at_the_difference_of_radii(threshold, expected):
    metrics = evaluate_mesh(sphere_points(1.0), sphere_points(1.25), threshold=threshold)
    assert metrics.f_score == expected


def test_distance_equal_to_the_threshold_is_not_near_enough():
    metrics = evaluate_mesh(np.zeros((1, 3)), np.array([[0.5, 0, 0]]), threshold=0.5)
    assert (metrics.precision, metrics.recall) == (0, 0)


def test_normals_of_a_tilted_plane_agree_by_the_cosine_of_the_angle():
    angle = 0.7
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)],
                     [0, np.sin(angle), np.cos(angle)]])
    tilted = Mesh(SQUARE.vertices @ turn.T, SQUARE.faces)
    found = evaluate_mesh(SQUARE, tilted, n_points=100, rng=0).normal_consistency
    assert found == pytest.approx(np.cos(angle), rel=1e-12)


def test_normals_of_a_surface_turned_inside_out_agree():
    flipped = Mesh(SQUARE.vertices, SQUARE.faces[:, ::-1])
    metrics = evaluate_mesh(SQUARE, flipped, n_points=100, rng=0)
    assert metrics.normal_consistency == pytest.approx(1, rel=1e-12)


# -- brute force -----------------------------------------------------------------------------------


def test_all_metrics_agree_with_comparing_all_pairs():
    rng = np.random.default_rng(1)
    a = Mesh(rng.random((6, 3)), [[0, 1, 2], [3, 4, 5]])
    b = Mesh(rng.random((6, 3)), [[0, 1, 2], [3, 4, 5]])
    metrics = evaluate_mesh(a, b, n_points=300, threshold=0.2, rng=5)

    same = np.random.default_rng(5)  # the points are drawn from a first, then from b
    points_a, face_a = a.sample(300, same)
    points_b, face_b = b.sample(300, same)
    distances = np.linalg.norm(points_a[:, None] - points_b, axis=2)
    cosines = np.abs(a.face_normals()[face_a] @ b.face_normals()[face_b].T)
    rows, columns = np.arange(300), np.arange(300)
    from_a = cosines[rows, distances.argmin(axis=1)].mean()
    from_b = cosines[distances.argmin(axis=0), columns].mean()

    assert metrics.accuracy == pytest.approx(distances.min(axis=1).mean(), rel=1e-12)
    assert metrics.completeness == pytest.approx(distances.min(axis=0).mean(), rel=1e-12)
    assert metrics.normal_consistency == pytest.approx((from_a + from_b) / 2, rel=1e-12)
    assert metrics.precision == np.mean(distances.min(axis=1) < 0.2)
    assert metrics.recall == np.mean(distances.min(axis=0) < 0.2)


# -- invariants ------------------------------------------------------------------------------------


def test_scaling_both_shapes_scales_the_chamfer_distance():
    a, b = sphere_points(1.0), sphere_points(1.3) + [0.1, 0, 0]
    once, fourfold = evaluate_mesh(a, b), evaluate_mesh(4 * a, 4 * b)
    assert fourfold.chamfer_l1 == pytest.approx(4 * once.chamfer_l1, rel=1e-12)


def test_chamfer_of_points_is_symmetric():
    a, b = sphere_points(1.0), sphere_points(1.3, 500) + [0.1, 0, 0]
    assert evaluate_mesh(a, b).chamfer_l1 == evaluate_mesh(b, a).chamfer_l1


def test_the_same_seed_gives_the_same_metrics():
    assert evaluate_mesh(SQUARE, SQUARE, rng=3, n_points=50) == evaluate_mesh(
        SQUARE, SQUARE, rng=3, n_points=50)


# -- empty shapes, points, the door ----------------------------------------------------------------

NO_AREA = Mesh(np.zeros((3, 3)), [[0, 1, 2]])


@pytest.mark.parametrize("empty", [EMPTY, NO_AREA], ids=["no faces", "no area"])
@pytest.mark.parametrize("swap", [False, True], ids=["prediction", "truth"])
def test_one_empty_mesh_gets_the_worst_values(empty, swap):
    shapes = (SQUARE, empty) if swap else (empty, SQUARE)
    metrics = evaluate_mesh(*shapes, n_points=10)
    assert (metrics.accuracy, metrics.completeness, metrics.chamfer_l1) == (np.inf,) * 3
    assert (metrics.normal_consistency, metrics.precision, metrics.recall, metrics.f_score) == (
        0, 0, 0, 0)


def test_two_empty_meshes_are_equal():
    metrics = evaluate_mesh(EMPTY, EMPTY)
    assert (metrics.chamfer_l1, metrics.normal_consistency, metrics.f_score) == (0, 1, 1)


def test_no_points_are_an_empty_shape():
    assert evaluate_mesh(np.empty((0, 3)), SQUARE, n_points=10).chamfer_l1 == np.inf


@pytest.mark.parametrize("prediction", [SQUARE, EMPTY], ids=["mesh", "empty mesh"])
def test_points_have_no_normal_consistency(prediction):
    metrics = evaluate_mesh(prediction, sphere_points(1), n_points=10)
    assert np.isnan(metrics.normal_consistency)


def test_points_are_used_all_and_as_they_are():
    # One far outlier among many: a random subset would nearly always miss it.
    truth = np.zeros((5000, 3))
    truth[17] = [5000, 0, 0]
    assert evaluate_mesh(np.zeros((1, 3)), truth, n_points=1).completeness == 1


@pytest.mark.parametrize(
    ("shape", "options", "message"),
    [(np.zeros((4, 2)), {}, r"\(N, 3\) array"),
     (np.zeros((4, 3), bool), {}, "bool"),
     (np.array([[0, 0, 0], [np.nan, 0, 0]]), {}, r"prediction .* first at \(1, 0\)"),
     (np.array([[0, 0, 0], [1e200, 0, 0]]), {}, r"from 0 than 1e\+75, the first at \(1, 0\)"),
     (SQUARE, {"n_points": 0}, "n_points must be at least 1"),
     (SQUARE, {"threshold": 0}, "threshold must be above 0"),
     (SQUARE, {"threshold": np.nan}, "threshold must be a finite number")],
)
def test_wrong_arguments_are_refused(shape, options, message):
    with pytest.raises((ValueError, TypeError), match=message):
        evaluate_mesh(shape, SQUARE, **options)


def test_metrics_print_themselves():
    text = str(evaluate_mesh(sphere_points(1.0), sphere_points(1.25), threshold=0.5))
    assert "Chamfer-L1           0.25000" in text and "F-score at 0.5" in text


def test_importing_shape_metrics_does_not_import_scipy():
    code = "import sys, minicv.occupancy_network.shape_metrics; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_f_score_of_few_finds_is_their_harmonic_mean():
    # A quarter of the one and half of the other are near: 2 / (1 / 0.25 + 1 / 0.5).
    metrics = evaluate_mesh(np.eye(4)[:, :3] * [1, 5, 9], np.array([[1, 0, 0], [0, 0, 99.0]]))
    assert (metrics.precision, metrics.recall) == (0.25, 0.5)
    assert metrics.f_score == pytest.approx(1 / 3)


def test_at_most_ten_million_points_are_drawn():
    with pytest.raises(ValueError, match="n_points must be at least 1 and at most 1"):
        evaluate_mesh(np.zeros((1, 3)), np.zeros((1, 3)), n_points=10**7 + 1)


def test_what_was_measured_cannot_be_replaced():
    metrics = evaluate_mesh(np.zeros((1, 3)), np.zeros((1, 3)))
    with pytest.raises(AttributeError):
        metrics.f_score = 1.0
