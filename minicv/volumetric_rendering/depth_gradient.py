"""Depth as a function of the network's weights: the derivative of something that was searched for.

The problem.  `surface_search` found by trying where a ray  p(d) = o + d w  meets the surface
f(p) = tau.  There is no formula through which a derivative could flow.  How does d change when a
weight of f changes?

*Implicit differentiation* (exercise 1.2 d).  Whatever the weights theta are, the equation
f(o + d w; theta) = tau holds at the crossing.  So its derivative is 0 on both sides:

    df/dtheta + (grad f . w) dd/dtheta = 0,      dd/dtheta = - (df/dtheta) / (grad f . w)

grad f . w is the *slope*: how fast f rises along the ray.  Nothing is needed but f near the one
point; how the point was found does not matter.

*The same in one step.*  With d0 the distance found, p0 = o + d0 w, and [...] for "a constant, let
no derivative through", write

    d  =  d0 - (f(p0; theta) - [f(p0)]) / [grad f . w]

The difference is 0, so d = d0; but its derivative by theta is the one above.  Automatic
differentiation does the rest: that is `implicit_depth`.  If p0 depends on o and w, which may be
parameters too (of a camera that is to be found), their derivatives come out right as well:

    dd/do = - grad f / (grad f . w),      dd/dw = d dd/do

With tau in place of [f(p0)] the same line is one step of Newton's method, which moves a d0 that is
a little off closer to the crossing: `newton=True`.

*Grazing rays.*  Where a ray only just touches, the slope goes to 0 and the derivative to infinity.
One such ray among a thousand would decide the whole step of training.  A *floor* under |slope|
bounds it: the derivative of rays below the floor is too small, by the factor |slope| / floor; all
others stay exact.

Source: Niemeyer et al., *Differentiable volumetric rendering*, CVPR 2020, section 3.2 and equation
(8); the one-line form is that of Yariv et al. (IDR), NeurIPS 2020, section 3.1.
"""

from __future__ import annotations

import numpy as np

from minicv import nn
from minicv.autograd import Tensor
from minicv.volumetric_rendering.surface_search import spatial_gradient


def implicit_depth(network: nn.Module, origins: Tensor | np.ndarray,
                   directions: Tensor | np.ndarray, distances: np.ndarray, *, level: float = 0.0,
                   floor: float = 0.0, newton: bool = False) -> Tensor:
    """The distances at which rays meet the surface, with the derivatives of the crossings.

    Parameters
    ----------
    network : Module
        From points (N, D) to (N, 1).
    origins, directions : (N, D) arrays or tensors
        The rays; tensors if their gradients are wanted.
    distances : (N,) array
        Of the crossings, as found by `find_surface`.
    level : float
    floor : float
        The least that |grad f . w| counts as. 0 leaves all derivatives exact.
    newton : bool
        Also move the distances by one step of Newton's method towards f = level.

    Returns
    -------
    (N,) Tensor

    Raises
    ------
    ValueError
        Shapes that do not fit, a distance that is not finite, a slope of 0 with a floor of 0.

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
    origins = origins if isinstance(origins, Tensor) else Tensor(origins)
    directions = directions if isinstance(directions, Tensor) else Tensor(directions)
    distances = np.asarray(distances, origins.dtype)
    if origins.ndim != 2 or directions.shape != origins.shape or distances.shape != (len(origins),):
        raise ValueError(f"origins and directions must be (N, D) and distances (N,), got "
                         f"{origins.shape}, {directions.shape} and {distances.shape}")
    if not np.isfinite(distances).all():
        raise ValueError("a distance is NaN or infinite: pass the rays that hit alone")
    if not floor >= 0:
        raise ValueError(f"floor must be 0 or more, got {floor}")
    points = origins + directions * distances[:, None]
    gradient = spatial_gradient(network, points.detach().numpy())
    slope = (gradient * directions.detach().numpy()).sum(axis=1)
    slope = np.where(slope < 0, np.minimum(slope, -floor), np.maximum(slope, floor))
    if not slope.all():
        first = int(np.argmin(np.abs(slope)))
        raise ValueError(f"along ray {first} f does not rise or fall at the surface, so its depth "
                         f"has no derivative; a floor above 0 gives it a bounded one")
    values = network(points).squeeze(1)
    return distances - (values - (level if newton else values.detach())) / slope
