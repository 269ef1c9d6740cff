"""Losses: one number that says how wrong the predictions are, for training to make small.

A loss compares predictions with targets entry by entry and then *reduces* the many numbers to one:

- `reduction="mean"` divides by their count, so that the size of a batch does not change the size
  of the gradient, and one learning rate suits all batches;
- `"sum"` adds them up;
- `"none"` leaves them as they are, to see which entries are wrong.

Each loss stands here as a function and as a `Module` that calls it, with PyTorch's names.  What
differs, on purpose: shapes must be *equal*.  NumPy and PyTorch would stretch predictions (N, 1)
against targets (N,) to N x N pairs, compare every prediction with every target, and train happily
towards the mean of all targets.  This is the most expensive missing comma in machine learning.

Exercise 2.1 trains with `BCEWithLogitsLoss`; exercise 1.2 differentiates a squared error. Losses
for one class out of many, of exercise 1.3, are in `class_losses`.
"""

from __future__ import annotations

import numpy as np

from minicv.autograd import Tensor, record
from minicv.nn.layers import Module

REDUCTIONS = ("mean", "sum", "none")


def binary_cross_entropy_with_logits(input: Tensor, target: Tensor,
                                     reduction: str = "mean") -> Tensor:
    """How surprising yes/no answers are to someone who predicts their probabilities.

    Parameters
    ----------
    input : Tensor of floats, any shape: logits z. The predicted probability is sigmoid(z).
    target : Tensor or array of the same shape: y, 1 for yes and 0 for no; any y in [0, 1] is the
        probability of a yes. Takes the dtype of `input`.
    reduction : "mean", "sum" or "none".

    Returns
    -------
    Tensor: one number, or the shape of `input` if `reduction` is "none".

    Raises
    ------
    ValueError : the shapes differ; a target is outside [0, 1] or NaN; an unknown reduction; the
        mean of no entries.
    TypeError : `input` is not a tensor of floats.

    Notes
    -----
    With p = sigmoid(z) = 1 / (1 + e^-z), the probability given to what happened is p if y = 1 and
    1 - p if y = 0.  The loss is the negative logarithm of it,

        loss = -y log(p) - (1 - y) log(1 - p).

    Computed like this it breaks: for z = 100, p rounds to 1 and log(1 - p) is minus infinity.  But
    -log(p) = log(1 + e^-z) and -log(1 - p) = z + log(1 + e^-z), hence

        loss = (1 - y) z + log(1 + e^-z).

    For large z this is fine; for z = -1000, e^-z overflows.  There we use
    log(1 + e^-z) = -z + log(1 + e^z), and both cases together read

        loss = max(z, 0) - z y + log(1 + e^-|z|),

    in which the exponential is never above 1.  The derivative is d loss / dz = p - y: simply the
    error of the prediction.  It never vanishes where the prediction is wrong, however wrong it is;
    that is why the sigmoid belongs into the loss and not at the end of the network.

    Examples
    --------
    >>> logits = Tensor([-1e4, 0.0, 1e4])
    >>> binary_cross_entropy_with_logits(logits, Tensor([0.0, 0.5, 0.0]), reduction="none")
    tensor([0.000000e+00, 6.931472e-01, 1.000000e+04])
    """
    check_reduction(reduction)
    target = _check_pair(input, target)
    z, y = input.data, target.data
    if y.size and not (y.min() >= 0 and y.max() <= 1):  # NaN fails both
        raise ValueError(f"binary cross entropy needs targets between 0 and 1 (1 = yes, 0 = no), "
                         f"and got some from {y.min()} to {y.max()}")
    e = np.exp(-np.abs(z))
    zero = np.zeros_like(z)  # of the dtype of z: NumPy 1.26 widens a single float32 beside a 0
    losses = np.maximum(z, zero) - z * y + np.log1p(e)

    def to_input(g):
        p = np.where(z >= 0, 1, e) / (1 + e)  # sigmoid(z), from the same safe exponential
        return g * flush_to_zero(p - y)

    return reduce(record(losses, (input, to_input), (target, lambda g: -g * z)), reduction)


def mse_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """The squared error (input - target)^2.

    Parameters
    ----------
    input : Tensor of floats, any shape: predictions.
    target : Tensor or array of the same shape. Takes the dtype of `input`.
    reduction : "mean", "sum" or "none".

    Returns
    -------
    Tensor: one number, or the shape of `input` if `reduction` is "none".

    Raises
    ------
    ValueError : the shapes differ; an unknown reduction; the mean of no entries.
    TypeError : `input` is not a tensor of floats.

    Examples
    --------
    >>> mse_loss(Tensor([1.0, 2.0]), Tensor([1.0, 4.0]))
    tensor(2.)
    """
    check_reduction(reduction)
    error = input - _check_pair(input, target)
    return reduce(error * error, reduction)


def flush_to_zero(errors: np.ndarray) -> np.ndarray:
    """Errors so small that they move no weight, below 1e-31 in float32, made 0.

    A network that is sure of most samples has many of them. On the way back, layer by layer, they
    would shrink to *subnormal* numbers, below 1e-38: many processors compute with these a hundred
    times more slowly, and one epoch then takes as long as five.

    Examples
    --------
    >>> flush_to_zero(np.array([0.5, -1e-30, 1e-33], np.float32))
    array([ 5.e-01, -1.e-30,  0.e+00], dtype=float32)
    """
    limits = np.finfo(errors.dtype)
    return np.where(np.abs(errors) < limits.tiny / limits.eps, np.zeros_like(errors), errors)


def check_reduction(reduction: str) -> None:
    """A ValueError, unless there is such a reduction."""
    if reduction not in REDUCTIONS:
        raise ValueError(f"the reduction must be one of {REDUCTIONS}, not {reduction!r}")


def check_input(input: Tensor) -> None:
    """A TypeError, unless the predictions are a tensor of floats."""
    if not isinstance(input, Tensor) or input.dtype.kind != "f":
        kind = f"tensor of {input.dtype}" if isinstance(input, Tensor) else type(input).__name__
        raise TypeError(f"a loss needs predictions as a tensor of floats, not a {kind}")


def _check_pair(input: Tensor, target) -> Tensor:
    """The target as a tensor of the input's dtype, once the two are known to fit."""
    check_input(input)
    target = target if isinstance(target, Tensor) else Tensor(target)
    if input.shape != target.shape:
        message = f"predictions have shape {input.shape} and targets {target.shape}"
        try:
            together = np.broadcast_shapes(input.shape, target.shape)
        except ValueError:
            raise ValueError(f"{message}; they must be equal") from None
        hint = ""
        if input.data.size == target.data.size:
            hint = f": write target.reshape{input.shape}"
        raise ValueError(f"{message}. NumPy would silently stretch both to {together} and compare "
                         f"entries that do not belong together; make the shapes equal{hint}")
    return target if target.dtype == input.dtype else target.to(input.dtype)


def reduce(losses: Tensor, reduction: str) -> Tensor:
    """The losses of all entries as they are, their sum, or their mean."""
    if reduction == "none":
        return losses
    if reduction == "sum":
        return losses.sum()
    if losses.data.size == 0:
        raise ValueError(f"the mean of no entries: the batch has shape {losses.shape}")
    return losses.mean()


class BCEWithLogitsLoss(Module):
    """`binary_cross_entropy_with_logits` as a module: `BCEWithLogitsLoss()(logits, targets)`."""

    def __init__(self, reduction: str = "mean"):
        check_reduction(reduction)
        self.reduction = reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return binary_cross_entropy_with_logits(input, target, self.reduction)


class MSELoss(Module):
    """`mse_loss` as a module: `MSELoss()(predictions, targets)`."""

    def __init__(self, reduction: str = "mean"):
        check_reduction(reduction)
        self.reduction = reduction

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return mse_loss(input, target, self.reduction)
