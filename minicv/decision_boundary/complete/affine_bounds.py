"""Between which values a ReLU network stays over a small box.

The idea.  Over a box every unit is enclosed between two parallel linear functions:

    A x + b - e  <=  unit(x)  <=  A x + b + e        for all x in the box

A linear layer maps A and b; the errors e add up, weighted by |W|.  A ReLU whose input stays
positive does nothing, one whose input stays negative gives 0.  One whose input goes from l < 0 to
u > 0 lies between the lines  s z  and  s z - s l  with the slope  s = u / (u - l):  take the line
half-way, and add half their distance,  - s l / 2,  to the error.  At the end  A x + b  is largest
and smallest in a corner of the box, which gives the bounds.  Smaller boxes have fewer units that
change sign, and once there is none the bounds are exact, but for an allowance for rounding.

Source: Weng et al., *Towards fast computation of certified robustness for ReLU networks*, ICML
2018.
"""

from __future__ import annotations

import numpy as np

from minicv.decision_boundary.relu_network import ROUNDING, Affine, terms_of

BATCH = 512  # boxes at a time: their matrices fit into the cache


def bounds_over_boxes(steps: list[Affine | str], functions: np.ndarray, terms: np.ndarray,
                      owner: np.ndarray, low: np.ndarray, high: np.ndarray
                      ) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper bounds (C,) of what the steps make of linear functions, over C boxes.

    Parameters
    ----------
    steps : list
        They end with a single value.
    functions : (N, m, 4) array
        Rows (w1, w2, w3, b): what goes into the steps.
    terms : (m,) array
        How large the sums of absolute values were from which the functions came: what is left of
        them is off by as many rounding errors.
    owner : (C,) array of int
        Which of the N functions belong to each box.
    low, high : (C, 3) arrays
        The corners of the boxes.

    Examples
    --------
    >>> x = np.eye(3, 4)[None, :1]  # the function x itself
    >>> low, high = np.array([[1, 0, 0], [-1, 0, 0]]), np.array([[2, 1, 1], [1, 1, 1]])
    >>> bounds_over_boxes(["ReLU"], x, np.ones(1), np.zeros(2, int), low, high)
    (array([ 1. , -0.5]), array([2., 1.]))
    """
    batches = [_bounds(steps, functions[owner[n:n + BATCH]], terms, low[n:n + BATCH],
                       high[n:n + BATCH]) for n in range(0, max(len(owner), 1), BATCH)]
    least, most = np.concatenate(batches, axis=1)
    return least, most


def _bounds(steps: list[Affine | str], functions: np.ndarray, terms: np.ndarray, low: np.ndarray,
            high: np.ndarray) -> np.ndarray:
    centre, half = (low + high)[:, None] / 2, (high - low)[:, None] / 2  # (C, 1, 3)
    slopes = functions[:, :, :3].swapaxes(1, 2)  # (C, 3, m)
    middle = functions[:, :, 3] + (centre @ slopes)[:, 0]
    error = np.broadcast_to(ROUNDING * terms, middle.shape)  # what rounding may do is one, too
    for step in steps:
        if isinstance(step, Affine):
            size = np.abs(step.weight).T
            terms = terms_of(step, terms)
            rows = slopes.reshape(-1, len(size)) @ step.weight.T  # one product, not one a box
            slopes = rows.reshape(len(low), 3, len(step.weight))
            middle = middle @ step.weight.T + step.bias
            error = error @ size + ROUNDING * terms
        else:
            reach = (half @ np.abs(slopes))[:, 0] + error
            least, most = middle - reach, middle + reach
            bends = (least < 0) & (most > 0)
            share = np.where(least >= 0, 1.0, 0.0)
            share[bends] = (most / np.where(bends, most - least, 1))[bends]
            lift = np.where(bends, -share * least / 2, 0)
            slopes = slopes * share[:, None]
            middle, error = middle * share + lift, error * share + lift
    reach = (half @ np.abs(slopes))[:, 0] + error
    return np.stack([(middle - reach)[:, 0], (middle + reach)[:, 0]])
