"""Twins are found by their name: what `minicv.fast` and a room both export can be exchanged."""

import importlib
import inspect
import pkgutil

import numpy as np
import pytest

import minicv
from minicv import fast, nn

ROOMS = [importlib.import_module(f"minicv.{module.name}")
         for module in pkgutil.iter_modules(minicv.__path__)
         if module.ispkg and module.name not in ("fast", "plotting")]
TWINS = {name: getattr(room, name) for name in fast.__all__ for room in ROOMS
         if name in getattr(room, "__all__", ())}

# By name, the parameters that differ, and why.
NOT_ALIKE = {
    # scikit-image's call: the level is half-way by default, and all that follows goes by name
    "marching_cubes": {"level", "spacing"},
}


def parameters(function):
    """Name to (kind, default), without what only the fast ones have and without annotations."""
    return {name: (parameter.kind, parameter.default)
            for name, parameter in inspect.signature(function).parameters.items()}


def random(*shape):
    return np.random.default_rng(0).standard_normal(shape)


def plane(classifier):
    fitted = classifier().fit(random(60, 3), random(60) + random(60, 3)[:, 0] > 0)
    return fitted.coef_, fitted.intercept_


def corners(n):
    return np.random.default_rng(1).uniform(0, 20, (n, 4)) + [0, 0, 20, 20]


NETWORK = nn.MLP(3, 8, 8, 1, rng=0, dtype=np.float64)
PICTURE = np.random.default_rng(0).integers(0, 256, (40, 40), dtype=np.uint8)
# For each twin a small example; the files beside this one have the many and the hard ones.
EXAMPLES = {
    "LinearSVC": plane,
    "LogisticRegression": plane,
    "evaluate_grid": lambda evaluate: evaluate(NETWORK, 9),
    "extract_mesh": lambda extract: extract(NETWORK, 9).vertices,
    "hog": lambda hog: hog(PICTURE),
    "hog_patches": lambda hog: hog(PICTURE[None]),
    "marching_cubes": lambda contour: contour(random(6, 7, 8), level=0.0)[0],
    "nms": lambda nms: nms(corners(50), random(50), 0.3),
}


def test_each_twin_has_its_example():
    assert set(TWINS) == set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_twins_give_the_same(name):
    ours, plain = EXAMPLES[name](getattr(fast, name)), EXAMPLES[name](TWINS[name])
    for one, other in zip(ours, plain, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("name", TWINS)
def test_a_twin_takes_what_the_plain_one_takes_with_the_same_defaults(name):
    ours, plain = parameters(getattr(fast, name)), parameters(TWINS[name])
    differ = {parameter for parameter in plain if ours.get(parameter) != plain[parameter]}
    assert differ == NOT_ALIKE.get(name, set())


@pytest.mark.parametrize("name", TWINS)
def test_a_twin_takes_arguments_in_the_order_of_the_plain_one(name):
    ours, plain = parameters(getattr(fast, name)), parameters(TWINS[name])
    shared = [parameter for parameter in plain if parameter in ours]
    assert list(ours)[:len(shared)] == shared


def test_what_has_no_twin_is_known():
    """It gives the plain answer in another form: `test_near_surface`."""
    assert set(fast.__all__) - set(TWINS) == {"evaluate_near_surface"}
