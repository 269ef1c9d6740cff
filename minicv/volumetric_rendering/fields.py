"""What this room asks of a field f: a network or a function that says of points what is inside."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from minicv import checks, nn
from minicv.autograd import Tensor, no_grad
from minicv.decision_boundary.relu_network import check_network
from minicv.occupancy_network.grid import network_dtype, one_value_each

Field = nn.Module | Callable[[np.ndarray], np.ndarray]


@no_grad()
@np.errstate(all="ignore")
def evaluate_field(f: Field, points: np.ndarray) -> np.ndarray:
    """The values (N,) of a network or function at points (N, D), as `find_surface` takes them.

    >>> evaluate_field(nn.MLP(3, 8, 1, rng=0), np.zeros((5, 3))).shape
    (5,)
    """
    check_field(f)
    points = checks.numbers(points, "points", ("N", "D"))
    values = as_function(f)(points)
    check_places(np.isnan(values), "f is NaN", points)
    return values


def as_function(f: Field) -> Callable:
    """f as a function from points (M, D) to values (M,)."""
    dtype = network_dtype(f, np.float64) if isinstance(f, nn.Module) else None

    def values_at(points: np.ndarray) -> np.ndarray:
        if isinstance(f, nn.Module):
            return one_value_each(f, Tensor(points.astype(dtype, copy=False))).data[:, 0]
        return checks.numbers(f(points), "f(points)", (len(points),), finite=False)

    return values_at


def check_field(f: Field) -> None:
    """An error for what cannot be called, or a network with weights that are NaN or infinite."""
    checks.function(f, "f")
    if isinstance(f, nn.Module):
        check_network(f)


def check_places(bad: np.ndarray, what: str, points: np.ndarray,
                 rays: np.ndarray | None = None) -> None:
    """A ValueError that counts the bad ones among points, and names the first, with its ray."""
    if bad.any():
        first = int(bad.argmax())
        on_ray = "" if rays is None else f" on ray {rays[first]}"
        raise ValueError(f"{what} at {np.count_nonzero(bad)} of {len(bad)} points, the first"
                         f"{on_ray} at {points[first].tolist()}")
