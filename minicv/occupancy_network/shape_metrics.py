"""Shape metrics: how close is a reconstructed surface to the true one?

Six numbers, each blind to something that another one sees.  With the prediction P, the truth T,
points p and t drawn uniformly from their surfaces, and NN the nearest of the other points:

==================  ==========================================  ====================================
volumetric IoU      |P and T| / |P or T|, of the volumes        misses thin parts and the inside of
                                                                a wrong surface
accuracy            mean of |p - NN(p)| over p in P             misses what P leaves out
completeness        mean of |t - NN(t)| over t in T             misses what P adds
Chamfer-L1          (accuracy + completeness) / 2               one far outlier weighs much
normal consistency  mean of |n(p) . n(NN(p))| over P and of     misses a surface in the wrong place
                    |n(t) . n(NN(t))| over T, averaged
F-score             harmonic mean of precision (share of p      hides how far the far ones are
                    nearer than a threshold) and recall
                    (share of t nearer than it)
==================  ==========================================  ====================================

Chamfer-**L1** says that distances are not squared.  Each is the ordinary Euclidean one.

*Sampling leaves a floor.*  Two sets of n points drawn from the same surface of area A are not 0
apart: on a plane the nearest of n random points is 1 / (2 sqrt(n / A)) away on average (0.0016 for
100,000 points on an area of 1).  A Chamfer distance near that says no more than "equal".

*Empty shapes.*  Two empty shapes are equal and get the best values; if only one is empty, each
number is the worst on its scale: IoU 0, distances inf, normal consistency 0, F-score 0.

The numbers are in the units of the points.  The paper measures Chamfer-L1 in tenths of the longest
side of the true bounding box: ``chamfer / (0.1 * np.ptp(truth.bounds, axis=0).max())``.

Answers the question behind exercise 2.1: is the mesh any good?  Sources: Mescheder et al.,
Occupancy Networks, CVPR 2019, section 4; for the F-score Knapitsch et al., Tanks and Temples, 2017,
and Tatarchenko et al., What Do Single-view 3D Reconstruction Networks Learn?, CVPR 2019.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from minicv import checks
from minicv.occupancy_network.mesh import LARGEST, MOST_POINTS, Mesh


def volumetric_iou(occ_a: np.ndarray, occ_b: np.ndarray) -> float:
    """Intersection over union of two volumes, estimated at the same points.

    Parameters
    ----------
    occ_a, occ_b : ndarray of bool, of the same shape
        Is the point inside? The points must be spread uniformly over a region that holds both
        volumes, as on a grid; then counting is measuring.

    Returns
    -------
    float
        From 0 (disjoint, or one is empty) to 1 (equal, also where both are empty).

    Examples
    --------
    >>> volumetric_iou(np.array([True, True, False]), np.array([True, False, False]))
    0.5
    """
    occ_a = checks.numbers(occ_a, "occ_a (logits > 0)", kinds="b", empty=False)
    occ_b = checks.numbers(occ_b, "occ_b (logits > 0)", occ_a.shape, kinds="b")
    union = np.count_nonzero(occ_a | occ_b)
    if union == 0:
        return 1.0
    return float(np.count_nonzero(occ_a & occ_b) / union)


@dataclass(frozen=True)
class ShapeMetrics:
    """What `evaluate_mesh` measured; the module's docstring defines each number.

    `normal_consistency` is NaN where one shape is given as points, which have no normals.
    """

    accuracy: float
    completeness: float
    chamfer_l1: float
    normal_consistency: float
    threshold: float
    precision: float
    recall: float
    f_score: float

    def __str__(self) -> str:
        rows = [
            ("accuracy", f"{self.accuracy:.5f}"),
            ("completeness", f"{self.completeness:.5f}"),
            ("Chamfer-L1", f"{self.chamfer_l1:.5f}"),
            ("normal consistency", f"{self.normal_consistency:.4f}"),
            (f"F-score at {self.threshold:g}",
             f"{self.f_score:.4f} (precision {self.precision:.4f}, recall {self.recall:.4f})"),
        ]
        return "\n".join(f"{name:<20} {value}" for name, value in rows)


def evaluate_mesh(prediction: Mesh | np.ndarray, truth: Mesh | np.ndarray, *,
                  n_points: int = 100_000, threshold: float = 0.01,
                  rng: np.random.Generator | int | None = None) -> ShapeMetrics:
    """All metrics that need points on the surfaces, from one set of points and one search.

    Parameters
    ----------
    prediction, truth : Mesh or ndarray, (N, 3)
        Meshes, from which points are drawn, or points on the surface, all used as they are.
    n_points : int
        How many points to draw from a mesh, at most ten million.
    threshold : float
        Nearer than this counts as found, for the F-score. The default suits shapes in the unit
        cube: one hundredth of its side, as Tatarchenko et al. use.
    rng : numpy.random.Generator, int or None
        Where the random choice comes from.

    Raises
    ------
    ValueError, TypeError
        If no points are asked for, the threshold is not positive, or points are beyond 1e75.

    Examples
    --------
    >>> square = Mesh([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], [[0, 1, 2], [0, 2, 3]])
    >>> lifted = Mesh(square.vertices + [0, 0, 0.5], square.faces)
    >>> metrics = evaluate_mesh(lifted, square, n_points=2000, rng=0)
    >>> round(metrics.chamfer_l1, 3), metrics.normal_consistency, metrics.f_score
    (0.5, 1.0, 0.0)
    """
    n_points = checks.whole(n_points, "n_points", least=1, most=MOST_POINTS)
    threshold = checks.number(threshold, "threshold", above=0)
    rng = checks.generator(rng)
    points_p, normals_p = _surface_points(prediction, "prediction", n_points, rng)
    points_t, normals_t = _surface_points(truth, "truth", n_points, rng)
    distance_p, agreement_p = _compare(points_p, normals_p, points_t, normals_t)
    distance_t, agreement_t = _compare(points_t, normals_t, points_p, normals_p)
    accuracy, completeness = float(distance_p.mean()), float(distance_t.mean())
    precision = float(np.mean(distance_p < threshold))
    recall = float(np.mean(distance_t < threshold))
    have_normals = isinstance(prediction, Mesh) and isinstance(truth, Mesh)
    consistency = float(agreement_p.mean() + agreement_t.mean()) / 2 if have_normals else np.nan
    return ShapeMetrics(
        accuracy=accuracy, completeness=completeness, chamfer_l1=(accuracy + completeness) / 2,
        normal_consistency=consistency, threshold=threshold, precision=precision, recall=recall,
        f_score=2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0,
    )


def _compare(points: np.ndarray, normals: np.ndarray, others: np.ndarray, their_normals: np.ndarray
             ) -> tuple[np.ndarray, np.ndarray]:
    """For each point the distance to the nearest other, and how parallel the two normals are.

    If there is nothing to compare, one entry that says so: the best values if both are empty.
    """
    # How to find neighbours fast is no lesson of minicv: SciPy's tree does it. It is imported here
    # because nothing else in this module needs SciPy.
    from scipy.spatial import cKDTree

    if len(points) == 0 or len(others) == 0:
        equal = len(points) == len(others)
        return np.array([0.0 if equal else np.inf]), np.array([float(equal)])
    distance, nearest = cKDTree(others).query(points, workers=-1)
    # The absolute value forgives a surface that is turned inside out: many methods of
    # reconstruction do not know which side is which.
    return distance, np.abs(np.sum(normals * their_normals[nearest], axis=1))


def _surface_points(shape: Mesh | np.ndarray, name: str, n_points: int,
                    rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(N, 3) points and unit normals (NaN for points that are given); none of a mesh without area.
    """
    if isinstance(shape, Mesh):
        points, face_index = shape.sample(n_points if shape.area() > 0 else 0, rng)
        return points, shape.face_normals()[face_index]
    points = checks.numbers(shape, name, ("N", 3), kinds="iuf", dtype=np.float64, within=LARGEST,
                            hint="a Mesh, or an (N, 3) array of points")
    return points, np.full(points.shape, np.nan)
