"""How the place where a ray meets the surface moves when the weights of the network change.

Exercise 1.2 d.  `surface_search` found the distance d at which a ray  p(d) = o + d w  enters the
shape f > level.  There is no formula through which a derivative could flow: d was found by trying.
But whatever the weights theta are, the equation f(o + d w; theta) = level holds at the crossing.
So its derivative is 0 on both sides:

    df/dtheta + (grad f . w) dd/dtheta = 0,      dd/dtheta = - (df/dtheta) / (grad f . w)

grad f . w is the *slope*: how fast f rises along the ray.  *The same in one step:* with d0 the
distance found, p0 = o + d0 w, and [...] for "a constant, let no derivative through", write

    d  =  d0 - (f(p0; theta) - [f(p0)]) / [grad f . w]

The difference is 0, so d = d0; but its derivative by theta is the one above.  Automatic
differentiation does the rest: that is `implicit_depth`.  With the level in place of [f(p0)] the
same line is one step of Newton's method, which moves a d0 that is a little off closer.

*Grazing rays.*  Where a ray only just touches, the slope goes to 0 and the derivative to infinity:
one such ray would decide the whole step of training.  A *floor* under |slope| bounds it: below it
the derivative is too small, by the factor |slope| / floor.

Source: Niemeyer et al., *Differentiable volumetric rendering*, CVPR 2020, section 3.3, equation
(8); the one-line form is that of Yariv et al. (IDR), NeurIPS 2020, section 3.1.
"""

from __future__ import annotations

import numpy as np

from minicv import checks, nn
from minicv.autograd import Tensor, enable_grad
from minicv.occupancy_network.grid import network_dtype, one_value_each
from minicv.volumetric_rendering.fields import check_places


@np.errstate(all="ignore")
def spatial_gradient(network: nn.Module, points: np.ndarray) -> np.ndarray:
    """grad f, the direction in which f rises fastest, at points: (N, D).

    Parameters
    ----------
    network : Module
        From points (N, D) to (N, 1).
    points : (N, D) array
        Where f or its gradient is NaN or infinite, a ValueError counts them.

    Examples
    --------
    >>> network = nn.Linear(2, 1, rng=0)
    >>> bool((spatial_gradient(network, np.zeros((3, 2), np.float32))
    ...       == network.weight.detach().numpy()).all())
    True
    """
    checks.instance(network, "network", nn.Module)
    points = checks.numbers(points, "points", ("N", "D"))
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    for parameter in trained:  # constants for now: their own gradients stay as they are
        parameter.requires_grad = False
    try:
        with enable_grad():
            at = Tensor(points.astype(network_dtype(network, np.float64), copy=False),
                        requires_grad=True)
            values = one_value_each(network, at)
            # Each value depends on its own point alone: the gradient of their sum has them all.
            values.sum().backward()
    finally:
        for parameter in trained:
            parameter.requires_grad = True
    gradient = np.asarray(at.grad)
    bad = ~np.isfinite(np.column_stack([values.data, gradient])).all(axis=1)
    check_places(bad, "f or its gradient is NaN or infinite", points)
    return gradient


@np.errstate(all="ignore")
def implicit_depth(network: nn.Module, origins: Tensor | np.ndarray,
                   directions: Tensor | np.ndarray, distances: np.ndarray, *, level: float = 0.0,
                   floor: float = 0.0, newton: bool = False) -> Tensor:
    """The distances (N,) at which rays meet the surface, with the derivatives of the crossings.

    Parameters
    ----------
    network : Module
        From points (N, D) to (N, 1).
    origins, directions : (N, D) arrays or tensors
        The rays; tensors if their gradients are wanted: dd/do = -grad f / slope, dd/dw = d dd/do.
    distances : (N,) array
        Of the crossings, as found by `find_surface`; finite, so of rays that hit alone. (NaN or
        infinity here and in f is a ValueError.)
    level : float
    floor : float
        The least that |grad f . w| counts as. 0 leaves all derivatives exact, and refuses slopes
        of 0.
    newton : bool
        Also move the distances by one step of Newton's method towards f = level.

    Examples
    --------
    f = 3 - 2 x along the x axis is 0 at 1.5; with df/db = 1 the formula gives dd/db = -1 / -2.

    >>> network = nn.Linear(1, 1, dtype=np.float64)
    >>> _ = network.load_state_dict({"weight": [[-2.0]], "bias": [3.0]})
    >>> depth = implicit_depth(network, np.zeros((1, 1)), np.ones((1, 1)), np.array([1.5]))
    >>> depth.sum().backward()
    >>> depth.item(), network.bias.grad.item()
    (1.5, 0.5)
    """
    origins, directions = (x if isinstance(x, Tensor) else Tensor(x) for x in (origins, directions))
    checks.numbers(origins.data, "origins", ("N", "D"), kinds="f")
    checks.numbers(directions.data, "directions", origins.shape, kinds="f")
    distances = checks.numbers(distances, "distances", origins.shape[:1], dtype=origins.dtype)
    level = checks.number(level, "level")
    floor = checks.number(floor, "floor", least=0)
    checks.flag(newton, "newton")
    points = origins + directions * distances[:, None]
    slope = (spatial_gradient(network, points.data) * directions.data).sum(axis=1)
    slope = np.where(slope < 0, np.minimum(slope, -floor), np.maximum(slope, floor))
    check_places(slope == 0, "the slope is 0 without a floor", points.data, np.arange(len(slope)))
    values = network(points).squeeze(1)
    return distances - (values - (level if newton else values.detach())) / slope
