"""Losses: one number that says how wrong the predictions are, for training to make small.

*Yes or no.*  A network gives a logit z, its probability of a yes is p = sigmoid(z), and the loss is
the surprise at the answer y: -y log(p) - (1 - y) log(1 - p).  Computed like this it breaks: for
z = 100, p = 1 / (1 + e^-z) rounds to 1 and log(1 - p) is minus infinity.  But -log(p) is
log(1 + e^-z), and -log(1 - p) is z + log(1 + e^-z), hence

    loss = (1 - y) z + log(1 + e^-z) = max(z, 0) - z y + log(1 + e^-|z|),

in which the exponential is never above 1.  The derivative is d loss / dz = p - y: simply the error
of the prediction.  It does not vanish where the prediction is very wrong; so the sigmoid belongs in
the loss and not at the end of the network.

*One class out of many.*  A network gives each class a score, and the highest score wins.  *Softmax*
makes probabilities of them, p_j = e^(s_j) / sum over k of e^(s_k), and *cross entropy* is the
surprise at the class that it turns out to be: -log p_y.  The derivative is again the error of the
prediction, d loss / d s_j = p_j - [j = y].  This vector tells how hard a sample pulls on the
parameters.  The loss does not: it has no upper bound, and the gradient has one (exercise 1.3b).
The *hinge* asks for less: the right class must be ahead of each other class by a margin.  Once it
is, the sample no longer pulls at all.

Each loss stands here as a function and as a `Module` that calls it, with PyTorch's names.  The many
numbers are *reduced* to one: `reduction="mean"` divides by their count, so that one learning rate
suits batches of all sizes; `"sum"` adds them up; `"none"` leaves them as they are.

Shapes must be *equal*, unlike in PyTorch: predictions (N, 1) and targets (N,) would be stretched to
N x N pairs, and the network would learn the mean of all targets.  The mean of nothing is an error.
A NaN among the predictions makes the loss NaN (also of `multi_margin_loss`, where PyTorch overlooks
it), and so may an infinity.  Left out are weights for the classes, and targets that are
probabilities.

Exercise 2.1 trains with `BCEWithLogitsLoss`; exercise 1.2 differentiates a squared error.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from minicv import checks
from minicv.autograd import Tensor, record, where
from minicv.autograd.values import total
from minicv.nn.inputs import given, quiet
from minicv.nn.modules import Module
from minicv.nn.probabilities import log_softmax

REDUCTIONS = ("mean", "sum", "none")

# ---- yes or no, and numbers ----------------------------------------------------------------------


@quiet()
def binary_cross_entropy_with_logits(input: Tensor, target: Tensor | ArrayLike, *,
                                     reduction: str = "mean") -> Tensor:
    """The surprise at answers of yes or no, given logits of their probabilities.

    Parameters
    ----------
    input : Tensor of floats, any shape
        Logits z. The predicted probability is sigmoid(z).
    target : Tensor or array of the same shape
        y, 1 for yes and 0 for no; any y in [0, 1] is the probability of a yes.
    reduction : "mean", "sum" or "none"

    Examples
    --------
    >>> logits = Tensor([-1e4, 0.0, 1e4])
    >>> binary_cross_entropy_with_logits(logits, Tensor([0.0, 0.5, 0.0]), reduction="none")
    tensor([0.000000e+00, 6.931472e-01, 1.000000e+04])
    """
    input, target = _pair(input, target)
    z, y = input.data, target.data
    checks.numbers(y, "target (1 = yes, 0 = no)", least=0, within=1)
    e = np.exp(-np.abs(z))
    zero = np.zeros_like(z)  # of the dtype of z: NumPy 1.26 widens a single float32 beside a 0
    losses = np.maximum(z, zero) - z * y + np.log1p(e)

    def to_input(g: np.ndarray) -> np.ndarray:
        p = np.where(z >= 0, 1, e) / (1 + e)  # sigmoid(z), from the same safe exponential
        return g * flush_to_zero(p - y)

    return _reduced(record(losses, (input, to_input), (target, lambda g: -g * z)), reduction)


def mse_loss(input: Tensor, target: Tensor | ArrayLike, *, reduction: str = "mean") -> Tensor:
    """The squared error (input - target)^2, of tensors of the same shape.

    Examples
    --------
    >>> mse_loss(Tensor([1.0, 2.0]), Tensor([1.0, 4.0]))
    tensor(2.)
    """
    input, target = _pair(input, target)
    error = input - target
    return _reduced(error * error, reduction)


# ---- one class out of many -----------------------------------------------------------------------


@quiet()
def cross_entropy(input: Tensor, target: Tensor | ArrayLike, *, ignore_index: int = -100,
                  reduction: str = "mean", label_smoothing: float = 0.0) -> Tensor:
    """-log of the probability that softmax gives to the right class.

    Parameters
    ----------
    input : Tensor of floats (N, C), (C,) or (N, C, ...)
        Scores for C classes, of N samples, of one sample, or of each pixel of N images.
    target : integers (N,), () or (N, ...)
        The right classes, from 0 to C - 1.
    ignore_index : int
        Targets with this number do not count: their loss and gradient are 0, and the mean is that
        of the others.
    reduction : "mean", "sum" or "none"
    label_smoothing : float from 0 to 1
        The share e of the probability that is spread evenly over all classes: the target is
        t = (1 - e) [j = y] + e / C, the loss -sum over j of t_j log p_j (0 where t_j is 0), and its
        derivative p - t (Szegedy et al., "Rethinking the inception architecture", 2016).

    Examples
    --------
    >>> scores = np.array([[0.0, 0.0, 0.0, 0.0], [4.0, 1.0, -2.0, 3.0]])  # of exercise 1.3b
    >>> cross_entropy(Tensor(scores), [2, 0], reduction="none").numpy().round(2)
    array([1.39, 0.35])
    """
    input, axis = given(input), min(np.ndim(input), 2) - 1
    ignore_index = checks.whole(ignore_index, "ignore_index", least=-2**63, most=2**63 - 1)
    label_smoothing = checks.number(label_smoothing, "label_smoothing", least=0, most=1)
    classes = _classes(input, target, axis, ignore_index)
    counts = np.expand_dims(classes != ignore_index, axis)
    scores = np.where(counts, input.data, np.zeros_like(input.data))
    log_p = log_softmax(Tensor(scores), axis).data
    share = label_smoothing / input.shape[axis]
    t = np.full_like(log_p, share)
    right = np.where(counts, np.expand_dims(classes, axis), 0)
    np.put_along_axis(t, right, 1 - label_smoothing + share, axis)
    t *= counts
    # Only where t is not 0: a score of minus infinity has log p = -infinity, and 0 times it is NaN.
    losses = -total(np.multiply(t, log_p, out=np.zeros_like(t), where=t != 0), (axis,))

    def to_input(g: np.ndarray) -> np.ndarray:
        return flush_to_zero(np.exp(log_p) - t) * np.where(counts, np.expand_dims(g, axis), 0)

    return _reduced(record(losses, (input, to_input)), reduction, classes != ignore_index)


def multi_margin_loss(input: Tensor, target: Tensor | ArrayLike, p: int = 1, margin: float = 1.0,
                      *, reduction: str = "mean") -> Tensor:
    """The multi-class hinge: how far other classes come within a margin of the right one.

        loss = 1/C * sum over j != y of max(0, margin - s_y + s_j)^p

    (Weston and Watkins, "Support vector machines for multi-class pattern recognition", 1999.) The
    1/C is PyTorch's; textbooks leave it out. At the kink the derivative is 0.

    Parameters
    ----------
    input : Tensor of floats (N, C) or (C,)
        Scores for C classes.
    target : integers (N,) or ()
        The right classes, from 0 to C - 1.
    p : 1 or 2
        The hinge, or its square.
    margin : float
        By how much the right class must be ahead.
    reduction : "mean", "sum" or "none"

    Examples
    --------
    >>> multi_margin_loss(Tensor([[3.0, 1.0, -2.0, 0.0]]), [1])  # (1 + 3 - 1) / 4
    tensor(0.75)
    """
    input = given(input)
    checks.choice(p, "p", (1, 2))
    margin = checks.number(margin, "margin", least=-1e30, most=1e30)
    if input.ndim > 2:
        raise ValueError(f"multi_margin_loss needs scores (N, C) or (C,), got {input.shape}")
    classes = _classes(input, target, input.ndim - 1)
    n_classes = input.shape[-1]
    scores = input.reshape(classes.size, n_classes)
    right = scores[np.arange(classes.size), classes.ravel()].unsqueeze(1)
    others = np.arange(n_classes) != classes.reshape(-1, 1)
    too_near = where(others, (scores - right + margin).relu(), 0)  # inf - inf is NaN
    losses = (too_near**p).sum(1) / n_classes
    return _reduced(losses.reshape(classes.shape), reduction)


# ---- what they share -----------------------------------------------------------------------------


def flush_to_zero(errors: np.ndarray) -> np.ndarray:
    """Errors so small that they move no weight, below 1e-31 in float32, made 0.

    A network that is sure of most samples has many of them. On the way back they would shrink to
    *subnormal* numbers, below 1e-38: many processors compute with these a hundred times more
    slowly, and one epoch takes as long as five.

    Halves stay: their small numbers are subnormal as it is.

    >>> flush_to_zero(np.array([0.5, -1e-30, 1e-33], np.float32))
    array([ 5.e-01, -1.e-30,  0.e+00], dtype=float32)
    """
    if errors.dtype == np.float16:
        return errors
    limits = np.finfo(errors.dtype)
    return np.where(np.abs(errors) < limits.tiny / limits.eps, np.zeros_like(errors), errors)


def _reduced(losses: Tensor, reduction: str, counted: np.ndarray | None = None) -> Tensor:
    """The losses in the form asked for; the mean is that of those that count, or of all."""
    if checks.choice(reduction, "reduction", REDUCTIONS) == "none":
        return losses
    if reduction == "sum":
        return losses.sum()
    losses = losses if counted is None else losses[counted]
    if losses.numel() == 0:
        raise ValueError("the mean of no entries: the batch is empty, or all targets are ignored")
    return losses.mean()


def _pair(input: Tensor, target: Tensor | ArrayLike) -> tuple[Tensor, Tensor]:
    """Both as tensors of the input's dtype; an error if the shapes differ."""
    input = given(input)
    if not isinstance(target, Tensor):
        target = Tensor(checks.as_array(target, "target"))
    if input.shape != target.shape:
        hint = f": write target.reshape{input.shape}" if input.numel() == target.numel() else ""
        raise ValueError(f"predictions {input.shape} and targets {target.shape} differ in shape, "
                         f"and NumPy would silently stretch both{hint}")
    return input, target.to(input.dtype)


def _classes(input: Tensor, target: Tensor | ArrayLike, axis: int,
             ignore_index: int | None = None) -> np.ndarray:
    """The target as an array of integers; an error if it does not fit the scores."""
    if input.ndim == 0 or input.shape[axis] == 0:
        raise ValueError(f"scores need an axis of classes, as (N, C), got {input.shape}")
    classes = target.data if isinstance(target, Tensor) else checks.as_array(target, "target")
    classes = classes if classes.size > 0 else classes.astype(int)  # an empty list gives floats
    checks.numbers(classes, "target", input.shape[:axis] + input.shape[axis + 1:], kinds="iu",
                   hint="a class, from 0 on, for each sample of the scores")
    n_classes = input.shape[axis]
    wrong = ((classes < 0) | (classes >= n_classes)) & (classes != ignore_index)
    checks.refuse(wrong, "target", f"no class from 0 to {n_classes - 1}", values=classes)
    return classes.astype(np.int64, copy=False)


# ---- the same as modules -------------------------------------------------------------------------


class _Loss(Module):
    def __init__(self, *, reduction: str = "mean"):
        self.reduction = checks.choice(reduction, "reduction", REDUCTIONS)


class BCEWithLogitsLoss(_Loss):
    """`binary_cross_entropy_with_logits` as a module.

    >>> BCEWithLogitsLoss(reduction="sum")(Tensor([0.0, 0.0]), Tensor([1.0, 0.0]))  # 2 log 2
    tensor(1.3862944)
    """

    def forward(self, input: Tensor, target: Tensor | ArrayLike) -> Tensor:
        return binary_cross_entropy_with_logits(input, target, reduction=self.reduction)


class MSELoss(_Loss):
    """`mse_loss` as a module.

    >>> MSELoss()(Tensor([1.0, 2.0]), Tensor([1.0, 4.0]))
    tensor(2.)
    """

    def forward(self, input: Tensor, target: Tensor | ArrayLike) -> Tensor:
        return mse_loss(input, target, reduction=self.reduction)


class CrossEntropyLoss(_Loss):
    """`cross_entropy` as a module.

    >>> CrossEntropyLoss()(Tensor([[0.0, 0.0], [0.0, 0.0]]), [1, 0])  # log 2
    tensor(0.6931472)
    """

    def __init__(self, *, ignore_index: int = -100, reduction: str = "mean",
                 label_smoothing: float = 0.0):
        super().__init__(reduction=reduction)
        self.ignore_index = checks.whole(ignore_index, "ignore_index", least=-2**63, most=2**63 - 1)
        self.label_smoothing = checks.number(label_smoothing, "label_smoothing", least=0, most=1)

    def forward(self, input: Tensor, target: Tensor | ArrayLike) -> Tensor:
        return cross_entropy(input, target, ignore_index=self.ignore_index,
                             reduction=self.reduction, label_smoothing=self.label_smoothing)


class MultiMarginLoss(_Loss):
    """`multi_margin_loss` as a module.

    >>> MultiMarginLoss()(Tensor([[3.0, 1.0, -2.0, 0.0]]), [1])
    tensor(0.75)
    """

    def __init__(self, p: int = 1, margin: float = 1.0, *, reduction: str = "mean"):
        super().__init__(reduction=reduction)
        self.p = checks.choice(p, "p", (1, 2))
        self.margin = checks.number(margin, "margin")

    def forward(self, input: Tensor, target: Tensor | ArrayLike) -> Tensor:
        return multi_margin_loss(input, target, self.p, self.margin, reduction=self.reduction)
