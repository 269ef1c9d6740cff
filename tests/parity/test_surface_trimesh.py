"""The capped exact surface, as trimesh sees it."""

import numpy as np
import pytest

from minicv import nn
from minicv.decision_boundary import exact_surface

trimesh = pytest.importorskip("trimesh")


@pytest.mark.parametrize("seed", range(8))
def test_trimesh_calls_it_watertight_and_agrees_on_area_and_volume(seed):
    module = nn.MLP(3, *[16] * (1 + seed % 3), 1, rng=seed, dtype=np.float64)
    middle = float(np.median(module(np.random.default_rng(0).uniform(-1, 1, (500, 3))).data))
    surface = exact_surface(module, (-1, 1), level=middle)
    closed = trimesh.Trimesh(*surface.triangles(cap=True), process=False)
    assert len(surface.polygons) > 0
    assert closed.is_watertight and closed.is_winding_consistent
    assert 0 < closed.volume == pytest.approx(surface.volume(), rel=1e-9)
    opened = trimesh.Trimesh(*surface.triangles(), process=False)
    assert opened.area == pytest.approx(surface.area(), rel=1e-9)
    assert opened.euler_number == surface.euler_characteristic()
