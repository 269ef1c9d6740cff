"""The exact surface of 200 random networks, many degenerate, beside a cut by brute force."""

import pytest

from minicv.decision_boundary import exact_surface
from tests.decision_boundary.surface_oracle import brute_area, network_with_surface
from tests.decision_boundary.test_surface import assert_sound


@pytest.mark.parametrize("seed", range(200))
def test_the_area_is_the_same_and_every_side_is_in_two_polygons(seed):
    layers, module = network_with_surface(seed)
    surface = exact_surface(module, (-1, 1))
    assert surface.complete
    assert_sound(surface, module, bound=1)
    assert surface.area() == pytest.approx(brute_area(layers, module, 1), rel=1e-9, abs=1e-8)
