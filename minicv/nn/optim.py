"""Optimisers: how the parameters move once their gradients are known.

The gradient says in which direction the loss rises fastest, so all optimisers go roughly the other
way.  They differ in what they remember of earlier steps:

- `SGD` remembers nothing, or (with momentum) a fading sum of gradients, as a ball rolling downhill.
- `Adam` remembers, for every single parameter, a running mean of its gradient and one of the
  gradient's square, and divides the first by the root of the second: steep and flat directions
  advance equally fast.

One step of training is always the same four lines:

>>> from minicv.autograd import Tensor
>>> from minicv.nn.layers import Linear
>>> network = Linear(1, 1, rng=0)
>>> optimizer = Adam(network.parameters(), lr=0.1)
>>> x, y = Tensor([[1.0], [2.0]]), Tensor([[5.0], [7.0]])
>>> for _ in range(1000):
...     optimizer.zero_grad()                   # gradients add up until they are cleared
...     loss = ((network(x) - y) ** 2).mean()
...     loss.backward()                         # fills parameter.grad
...     optimizer.step()                        # moves parameter.data
>>> print(f"y = {network.weight.item():.2f} x + {network.bias.item():.2f}")
y = 2.00 x + 3.00

*All parameters as one vector.*  A NumPy call costs about a microsecond before it has touched the
first number.  Adam needs a dozen calls, a network has a dozen arrays, most of them small.  So the
optimiser gathers all gradients into one long vector, computes the step for all parameters at once,
and hands out the pieces.  The formulas are the same, entry by entry.

The names, arguments, defaults and formulas are PyTorch's (`torch.optim`).  What differs: there are
no parameter groups, the learning rate is simply `optimizer.lr`, and may be changed between steps.
Exercise 2.1 trains with `Adam`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import groupby

import numpy as np

from minicv.autograd import Tensor


class Optimizer:
    """What all optimisers share: the parameters, and the way there and back to one long vector.

    Parameters
    ----------
    params : the tensors to move, any iterable of them, as `module.parameters()`.
    lr : the learning rate, the length scale of a step.
    weight_decay : adds weight_decay * parameter to each gradient, which pulls the parameters
        towards 0: the gradient of the penalty weight_decay / 2 * |parameter|^2.

    Raises
    ------
    TypeError : `params` is a single tensor, or holds something else than tensors.
    ValueError : there are no parameters, one is there twice, or does not require a gradient; the
        learning rate or the weight decay is negative or not finite.
    """

    def __init__(self, params: Iterable[Tensor], lr: float, weight_decay: float):
        if isinstance(params, Tensor):
            raise TypeError("an optimizer takes several parameters, as module.parameters(); "
                            "put a single tensor in a list")
        self.params = list(params)
        for param in self.params:
            if not isinstance(param, Tensor):
                raise TypeError(f"an optimizer moves tensors, not a {type(param).__name__}; "
                                f"pass module.parameters()")
            if not (param.requires_grad and param.is_leaf):
                raise ValueError(f"an optimizer moves tensors that require a gradient and were "
                                 f"not computed from others; one of shape {param.shape} is not so")
        if not self.params:
            raise ValueError("an optimizer needs at least one parameter, and got none (a generator "
                             "such as module.parameters() is empty once it has been walked)")
        if len({id(param) for param in self.params}) < len(self.params):
            raise ValueError("a parameter is there twice, and would be moved twice in each step")
        _check_not_negative("lr", lr)
        _check_not_negative("weight_decay", weight_decay)
        self.lr = lr
        self.weight_decay = weight_decay

        ends = np.cumsum([param.data.size for param in self.params]).tolist()
        self._pieces = [slice(end - param.data.size, end)  # where each is in the long vector
                        for end, param in zip(ends, self.params)]
        self._steps = [0] * len(self.params)  # how often each has been moved
        self._gradient = self._new_vector()

    def _new_vector(self) -> np.ndarray:
        """Zeros, one for each entry of each parameter."""
        dtype = np.result_type(*[param.dtype for param in self.params])
        return np.zeros(self._pieces[-1].stop, dtype)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients: `.grad` becomes None, and the next backward() starts afresh.

        With `set_to_none=False` the gradients that there are become zeros instead, which is not the
        same: a parameter without a gradient stays where it is, one with zeros may be carried on by
        its momentum.
        """
        for param in self.params:
            keep = param.grad is not None and not set_to_none
            param.grad = Tensor(np.zeros_like(param.data)) if keep else None

    def step(self) -> None:
        """Move each parameter once, by its gradient. One whose `.grad` is None stays as it is."""
        moves = [None if param.grad is None else steps
                 for param, steps in zip(self.params, self._steps)]
        # Neighbours that have been moved equally often are moved together: in general, all of them.
        for steps, run in groupby(range(len(moves)), key=moves.__getitem__):
            if steps is not None:
                self._step_together(list(run), steps + 1)

    def _step_together(self, run: list[int], step: int) -> None:
        """Make the `step`-th move of the neighbouring parameters with the numbers `run`."""
        params = [self.params[i] for i in run]
        part = slice(self._pieces[run[0]].start, self._pieces[run[-1]].stop)
        g = self._gradient[part]
        np.concatenate([param.grad.data.ravel() for param in params], out=g)
        if self.weight_decay:
            g += self.weight_decay * np.concatenate([param.data.ravel() for param in params])
        move = self._move(g, part, step)
        start = 0
        for i, param in zip(run, params):
            stop = start + param.data.size
            param.data -= move[start:stop].reshape(param.shape)
            self._steps[i] = step
            start = stop

    def _move(self, g: np.ndarray, part: slice, step: int) -> np.ndarray:
        """What to subtract from the parameters in `part` of the long vector.

        Parameters
        ----------
        g : their gradient; may be overwritten.
        part : where they are; the optimiser's memory is laid out in the same way.
        step : 1 in the first step.
        """
        raise NotImplementedError


class SGD(Optimizer):
    """Stochastic gradient descent: a step against the gradient of one batch.

    Parameters
    ----------
    params, lr, weight_decay : as for `Optimizer`.
    momentum : how much of the last velocity is kept, from 0 (nothing) to below 1.

    Notes
    -----
        g <- gradient + weight_decay * p
        v <- momentum * v + g               (v = g in the first step)
        p <- p - lr * v

    In a steady slope v grows to g / (1 - momentum): a momentum of 0.9 goes ten times as fast.
    Where the gradient changes sign from step to step, v averages it away.

    Raises
    ------
    ValueError : `momentum` is negative or not finite; and as `Optimizer`.
    """

    def __init__(self, params: Iterable[Tensor], lr: float = 1e-3, momentum: float = 0,
                 weight_decay: float = 0):
        super().__init__(params, lr, weight_decay)
        _check_not_negative("momentum", momentum)
        self.momentum = momentum
        self._velocity = self._new_vector()

    def _move(self, g: np.ndarray, part: slice, step: int) -> np.ndarray:
        v = self._velocity[part]
        v *= self.momentum
        v += g
        return np.multiply(v, self.lr, out=g)


class Adam(Optimizer):
    """Adam (Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1).

    Parameters
    ----------
    params, lr, weight_decay : as for `Optimizer`. No parameter moves much more than `lr` in a step.
    betas : how much of the running means of gradient and squared gradient is kept in a step, both
        from 0 to below 1.
    eps : added to the denominator, so that it is never 0.

    Notes
    -----
        g <- gradient + weight_decay * p
        m <- beta1 m + (1 - beta1) g                        running mean of the gradient
        v <- beta2 v + (1 - beta2) g^2                      running mean of its square
        p <- p - lr * m' / (sqrt(v') + eps)
        with m' = m / (1 - beta1^t) and v' = v / (1 - beta2^t) in step t

    Both means start at 0, and so are too small at first: after t steps the weights of the gradients
    seen so far add up to 1 - beta^t only, and the division makes up for it.  In the first step this
    gives m' / sqrt(v') = g / |g|: every parameter moves by lr, whatever the size of its gradient.

    Raises
    ------
    ValueError : a beta is outside [0, 1), `eps` is negative or not finite; and as `Optimizer`.
    """

    def __init__(self, params: Iterable[Tensor], lr: float = 1e-3,
                 betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 0):
        super().__init__(params, lr, weight_decay)
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"betas must be from 0 to below 1, got {betas}")
        _check_not_negative("eps", eps)
        self.betas = betas
        self.eps = eps
        self._mean = self._new_vector()
        self._mean_square = self._new_vector()
        self._scratch = self._new_vector()  # room for products, so that no step allocates

    def _move(self, g: np.ndarray, part: slice, step: int) -> np.ndarray:
        beta1, beta2 = self.betas
        m, v, scratch = self._mean[part], self._mean_square[part], self._scratch[part]

        m *= beta1  # m <- beta1 m + (1 - beta1) g
        np.multiply(g, 1 - beta1, out=scratch)
        m += scratch

        v *= beta2  # v <- beta2 v + (1 - beta2) g^2
        np.multiply(g, g, out=g)
        g *= 1 - beta2
        v += g

        np.sqrt(v, out=scratch)  # sqrt(v') + eps
        scratch /= math.sqrt(1 - beta2**step)
        scratch += self.eps
        np.divide(m, scratch, out=g)
        g *= self.lr / (1 - beta1**step)
        return g


def _check_not_negative(name: str, value: float) -> None:
    if not (value >= 0 and math.isfinite(value)):
        raise ValueError(f"{name} must be a finite number, 0 or more, got {value}")
