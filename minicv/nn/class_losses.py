"""Losses for one class out of many: softmax, cross entropy, and the hinge.

A classifier gives each class a score, and the highest score wins.  Scores have no unit and no
bounds.  *Softmax* makes probabilities of them,

    p_j = e^(s_j) / sum over k of e^(s_k),

and *cross entropy* is the surprise at the class that it turns out to be: -log p_y.  Its derivative

    d loss / d s_j = p_j - [j = y]

is the error of the prediction, as for the sigmoid: at least half a unit pulls up the right class
wherever it has less than half of the probability, and nothing is left to pull once it has all.
How hard a sample pulls on the network's parameters is told by this vector, not by the loss, which
has no upper bound where the gradient has one: exercise 1.3b.

The *hinge* asks for less: that the right class be ahead of each other class by a margin.  Once it
is, the sample no longer pulls at all.

*Large scores.*  e^1000 overflows.  Softmax does not change when all scores are shifted by the same
number, so the largest is taken off first; and the logarithm is taken on paper,

    log p_j = (s_j - m) - log sum over k of e^(s_k - m),       m = max over k of s_k,

as log(0) would be infinite where p_j underflows.  All of this works for scores of 1e4 and more.

Names, arguments and results are PyTorch's (`torch.nn.functional`).  What differs, on purpose: if
all targets are to be ignored, their mean is an error and not NaN.  Left out are weights for the
classes, and targets that are probabilities.
"""

from __future__ import annotations

import numpy as np

from minicv.autograd import Tensor, record
from minicv.nn.layers import Module
from minicv.nn.losses import check_input, check_reduction, flush_to_zero, reduce

# --------------------------------------------------------------------------------------------------
# From scores to probabilities
# --------------------------------------------------------------------------------------------------


def softmax(input: Tensor, dim: int) -> Tensor:
    """Scores as probabilities: p = e^s / sum(e^s) along an axis.

    Parameters
    ----------
    input : Tensor of floats, any shape: scores s.
    dim : the axis of the classes. There the probabilities add up to 1.

    Returns
    -------
    Tensor of the same shape.

    Raises
    ------
    TypeError : `input` is not a tensor of floats. numpy.exceptions.AxisError : no such axis.

    Notes
    -----
    d p_j / d s_k = p_j ([j = k] - p_k), so that g = dL/dp becomes p (g - sum over j of g_j p_j).

    Examples
    --------
    >>> scores = np.array([3.0, 1.0, -2.0, 0.0])  # of exercise 1.3b
    >>> softmax(Tensor(scores), dim=0).numpy().round(3)
    array([0.839, 0.114, 0.006, 0.042])
    """
    check_input(input)
    p = np.exp(_log_softmax(input.data, dim))
    return record(p, (input, lambda g: p * (g - (g * p).sum(axis=dim, keepdims=True))))


def log_softmax(input: Tensor, dim: int) -> Tensor:
    """The logarithm of `softmax`, without the underflow: never minus infinity for finite scores.

    Parameters, returns and raises are those of `softmax`.

    Examples
    --------
    >>> log_softmax(Tensor([1e4, 0.0, -1e4]), dim=0).numpy()
    array([     0., -10000., -20000.], dtype=float32)
    """
    check_input(input)
    log_p = _log_softmax(input.data, dim)
    return record(log_p,
                  (input, lambda g: g - np.exp(log_p) * g.sum(axis=dim, keepdims=True)))


def _log_softmax(scores: np.ndarray, axis: int) -> np.ndarray:
    if scores.size == 0:
        return scores.copy()
    shifted = scores - scores.max(axis=axis, keepdims=True)  # from here on at most 0
    shifted -= np.log(np.exp(shifted).sum(axis=axis, keepdims=True))
    return shifted


# --------------------------------------------------------------------------------------------------
# From scores to losses
# --------------------------------------------------------------------------------------------------


def cross_entropy(input: Tensor, target, *, ignore_index: int = -100, reduction: str = "mean",
                  label_smoothing: float = 0.0) -> Tensor:
    """-log of the probability that softmax gives to the right class.

    Parameters
    ----------
    input : Tensor of floats (N, C), scores for C classes; (C,) for one sample; or (N, C, ...), a
        sample for each pixel.
    target : integers (N,), (), or (N, ...): the right classes, from 0 to C - 1.
    ignore_index : targets with this number do not count: their loss is 0, their gradient too, and
        the mean is that of the others.
    reduction : "mean", "sum" or "none".
    label_smoothing : a share e of the target's probability is spread evenly over all classes, the
        right one included; from 0 to 1. See the notes.

    Returns
    -------
    Tensor: one number, or the shape of `target` if `reduction` is "none".

    Raises
    ------
    ValueError : the shapes do not fit; a class outside 0 to C - 1; the mean of no targets; an
        unknown reduction. TypeError : `input` is not a tensor of floats, or `target` no integers.

    Notes
    -----
    With smoothing the target is t = (1 - e) [j = y] + e / C, and the loss

        -sum over j of t_j log p_j = -(1 - e) log p_y - e * mean over j of log p_j.

    The derivative is p - t. Its sum over the classes is 0: what is taken from one is given to
    others (Szegedy et al., "Rethinking the inception architecture", 2016, section 7).

    Examples
    --------
    >>> scores = np.array([[0.0, 0.0, 0.0, 0.0], [4.0, 1.0, -2.0, 3.0]])  # of exercise 1.3b
    >>> cross_entropy(Tensor(scores), [2, 0], reduction="none").numpy().round(2)
    array([1.39, 0.35])
    """
    check_reduction(reduction)
    check_input(input)
    axis = min(input.ndim, 2) - 1
    target = _check_classes(input, target, axis, ignore_index)
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"label_smoothing is a share from 0 to 1, got {label_smoothing}")
    counts = target != ignore_index
    if reduction == "mean" and not counts.any():
        raise ValueError(f"the mean of no entries: of {target.size} targets none counts")
    right = np.expand_dims(np.where(counts, target, 0), axis)
    log_p = _log_softmax(input.data, axis)
    losses = -np.take_along_axis(log_p, right, axis).squeeze(axis)
    if label_smoothing:
        losses = ((1 - label_smoothing) * losses
                  - label_smoothing * log_p.mean(axis=axis)).astype(log_p.dtype, copy=False)
    losses = np.where(counts, losses, np.zeros_like(losses))

    def to_input(g):
        error = flush_to_zero(np.exp(log_p))
        error -= label_smoothing / input.shape[axis]
        at_right = np.take_along_axis(error, right, axis) - (1 - label_smoothing)
        np.put_along_axis(error, right, at_right, axis)
        error *= np.expand_dims(g * counts, axis)
        return error

    losses = record(losses, (input, to_input))
    if reduction == "mean":
        return losses.sum() / int(counts.sum())
    return reduce(losses, reduction)


def multi_margin_loss(input: Tensor, target, p: int = 1, margin: float = 1.0, *,
                      reduction: str = "mean") -> Tensor:
    """The multi-class hinge: how far other classes come within a margin of the right one.

    Parameters
    ----------
    input : Tensor of floats (N, C), scores for C classes, or (C,) for one sample.
    target : integers (N,) or (): the right classes, from 0 to C - 1.
    p : 1 or 2, see the notes.
    margin : by how much the right class must be ahead.
    reduction : "mean", "sum" or "none".

    Returns
    -------
    Tensor: one number, or the shape of `target` if `reduction` is "none".

    Raises
    ------
    ValueError : the shapes do not fit; a class outside 0 to C - 1; the mean of no samples; another
        p; an unknown reduction. TypeError : `input` is not a tensor of floats, or `target` no
        integers.

    Notes
    -----
        loss = 1/C * sum over j != y of max(0, margin - s_y + s_j)^p

    (Weston and Watkins, "Support vector machines for multi-class pattern recognition", 1999.) The
    1/C is PyTorch's; textbooks leave it out. At the kink the derivative is 0.

    Examples
    --------
    >>> multi_margin_loss(Tensor([[3.0, 1.0, -2.0, 0.0]]), [1])  # (1 + 3 - 1) / 4
    tensor(0.75)
    """
    check_reduction(reduction)
    check_input(input)
    if input.ndim > 2:
        raise ValueError(f"multi_margin_loss needs scores (N, C) or (C,), got {input.shape}")
    axis = input.ndim - 1
    target = _check_classes(input, target, axis)
    if p not in (1, 2):
        raise ValueError(f"p must be 1 (hinge) or 2 (squared hinge), got {p}")
    right = np.expand_dims(target, axis)
    scores = input.data
    short = scores - np.take_along_axis(scores, right, axis)
    short += margin
    np.put_along_axis(short, right, 0, axis)
    np.maximum(short, np.zeros_like(short), out=short)  # by how much each class is too near
    n_classes = scores.shape[axis]

    def to_input(g):
        pull = (short > 0) / n_classes if p == 1 else 2 * short / n_classes
        np.put_along_axis(pull, right, -pull.sum(axis=axis, keepdims=True), axis)
        return pull * np.expand_dims(g, axis)

    losses = (short**p).sum(axis=axis) / n_classes
    return reduce(record(np.asarray(losses, scores.dtype), (input, to_input)), reduction)


def _check_classes(input: Tensor, target, axis: int, ignore_index: int | None = None) -> np.ndarray:
    """The target as an array of integers, once it is known to fit the scores."""
    if input.ndim == 0 or input.shape[axis] == 0:
        raise ValueError(f"scores need an axis of classes, as (N, C), got {input.shape}")
    target = target.data if isinstance(target, Tensor) else np.asarray(target)
    if target.size == 0:
        target = target.astype(np.int64)  # an empty list gives floats
    if target.dtype.kind not in "iu":
        raise TypeError(f"targets are the numbers of the right classes, integers, and these are "
                        f"{target.dtype}; convert them, as with target.astype(int)")
    needed = input.shape[:axis] + input.shape[axis + 1:]
    if target.shape != needed:
        raise ValueError(f"scores of shape {input.shape}, with the classes along axis {axis}, need "
                         f"targets of shape {needed}, got {target.shape}")
    n_classes = input.shape[axis]
    wrong = (target < 0) | (target >= n_classes)
    if ignore_index is not None:
        wrong &= target != ignore_index
    if wrong.any():
        raise ValueError(f"classes are numbered from 0 to {n_classes - 1}, and a target is "
                         f"{target[wrong][0]}")
    return target.astype(np.int64, copy=False)


# --------------------------------------------------------------------------------------------------
# The same as modules
# --------------------------------------------------------------------------------------------------


class Softmax(Module):
    """`softmax` as a module, for the end of a network that is to show probabilities.

    Not in front of `CrossEntropyLoss`, which has its own.
    """

    def __init__(self, dim: int):
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class LogSoftmax(Softmax):
    """`log_softmax` as a module."""

    def forward(self, input: Tensor) -> Tensor:
        return log_softmax(input, self.dim)


class CrossEntropyLoss(Module):
    """`cross_entropy` as a module: `CrossEntropyLoss()(scores, classes)`."""

    def __init__(self, *, ignore_index: int = -100, reduction: str = "mean",
                 label_smoothing: float = 0.0):
        check_reduction(reduction)
        self.ignore_index = ignore_index
        self.reduction = reduction
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target) -> Tensor:
        return cross_entropy(input, target, ignore_index=self.ignore_index,
                             reduction=self.reduction, label_smoothing=self.label_smoothing)


class MultiMarginLoss(Module):
    """`multi_margin_loss` as a module: `MultiMarginLoss()(scores, classes)`."""

    def __init__(self, p: int = 1, margin: float = 1.0, *, reduction: str = "mean"):
        check_reduction(reduction)
        self.p = p
        self.margin = margin
        self.reduction = reduction

    def forward(self, input: Tensor, target) -> Tensor:
        return multi_margin_loss(input, target, self.p, self.margin, reduction=self.reduction)
