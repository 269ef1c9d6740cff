"""Optimisers: how the parameters move once their gradients are known.

The gradient says in which direction the loss rises fastest, so all optimisers go roughly the other
way.  They differ in what they remember of earlier steps:

- `SGD` remembers nothing, or (with momentum) a fading sum of gradients, as a ball rolling downhill.
- `Adam` remembers, for each parameter, a running mean of its gradient and one of the gradient's
  square, and divides the first by the root of the second: parameters with steep and with flat
  slopes move equally fast.

One step of training is always the same four lines:

>>> from minicv.autograd import Tensor
>>> from minicv.nn.layers import Linear
>>> network = Linear(1, 1, rng=0)
>>> optimizer = Adam(network.parameters(), lr=0.5)
>>> x, y = Tensor([[1.0], [2.0]]), Tensor([[5.0], [7.0]])
>>> for _ in range(200):
...     optimizer.zero_grad()                   # gradients add up until they are cleared
...     loss = ((network(x) - y) ** 2).mean()
...     loss.backward()                         # fills parameter.grad
...     optimizer.step()                        # moves parameter.data
>>> print(f"y = {network.weight.item():.2f} x + {network.bias.item():.2f}")
y = 2.00 x + 3.00

The names, arguments, defaults and formulas are PyTorch's (`torch.optim`).  What differs:

- There are no parameter groups; the learning rate is simply `optimizer.lr`, and may be changed
  between steps.
- Parameters in half precision are moved with float32 arithmetic.  In their own, `eps` would be 0,
  and 0 / 0 would make a parameter whose gradient is 0 NaN (so it does in PyTorch).
- A step looks at the shapes and dtypes of all gradients before it moves anything.  NaN and infinity
  in a gradient make the numbers that they belong to NaN (or infinite), at the latest in the next
  step; numbers whose squares are infinite do so too, while PyTorch's Adam stops moving them.

Exercise 2.1 trains with `Adam`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from minicv import checks
from minicv.autograd import Tensor
from minicv.autograd.memory import mark_written
from minicv.nn.advice import fail_absent
from minicv.nn.inputs import quiet
from minicv.nn.modules import forget_gradients

__all__ = ["SGD", "Adam", "Optimizer"]


class Optimizer:
    """What all optimisers share: the parameters and their gradients.

    Parameters
    ----------
    params : iterable of Tensor
        The tensors to move, as `module.parameters()`.
    lr : float
        The learning rate, the length scale of a step.
    weight_decay : float
        Adds weight_decay * parameter to each gradient, which pulls the parameters towards 0: the
        gradient of the penalty weight_decay / 2 * |parameter|^2.
    """

    def __init__(self, params: Iterable[Tensor], lr: float, weight_decay: float):
        if isinstance(params, Tensor):
            raise TypeError("an optimizer takes several parameters: put a single tensor in a list")
        self.params = checks.several(params, "params")
        if not self.params:
            raise ValueError("an optimizer needs parameters; was a generator used up before?")
        for param in self.params:
            checks.instance(param, "an entry of params", Tensor, hint="pass module.parameters()")
            if not (param.requires_grad and param.is_leaf and param.data.flags.writeable):
                raise ValueError(f"parameters require a gradient, are not computed from others and "
                                 f"can be written into, unlike this one of {param.shape}")
        if len(set(self.params)) < len(self.params):
            raise ValueError("a parameter is there twice, and would be moved twice in each step")
        self.lr = lr
        self.weight_decay = checks.number(weight_decay, "weight_decay", least=0, most=1e30)

    @property
    def lr(self) -> float:
        """The learning rate; may be set between two steps."""
        return self._lr

    @lr.setter
    def lr(self, lr: float) -> None:
        self._lr = checks.number(lr, "lr", least=0, most=1e30)

    if not TYPE_CHECKING:
        def __getattr__(self, name):
            fail_absent(self, f"{type(self).__name__!r} object", name)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients: `.grad` becomes None, and the next backward() starts afresh.

        With `set_to_none=False` they become zeros instead. That is not the same: a parameter
        without a gradient stays where it is, one with zeros may be carried on by its momentum.
        """
        forget_gradients(self.params, set_to_none)

    def step(self) -> None:
        """Move each parameter once, by its gradient. One whose `.grad` is None stays as it is."""
        raise NotImplementedError

    def _memory(self) -> list[np.ndarray]:
        """Zeros, as many as there are parameters; for halves in float32."""
        return [np.zeros(param.shape, np.promote_types(param.dtype, np.float32))
                for param in self.params]

    def _moves(self, memory: list[np.ndarray]) -> list[tuple[int, np.ndarray, np.ndarray]]:
        """Of each parameter with a gradient: its number, its values, and g with the decay."""
        moves = []
        for i, (param, like) in enumerate(zip(self.params, memory)):
            if param.grad is None:
                continue
            p, g = param.data, param.grad.data
            if not p.shape == g.shape == like.shape or p.dtype != g.dtype:
                raise ValueError(f"parameter {i} was {like.shape} and is {p.shape} of {p.dtype}, "
                                 f"its gradient {g.shape} of {g.dtype}: all must be alike")
            g = g.astype(like.dtype, copy=False)  # halves in float32
            moves.append((i, p, g + self.weight_decay * p if self.weight_decay else g))
        for _, p, _ in moves:
            mark_written(p)  # a graph that still needs the old values will say so
        return moves


class SGD(Optimizer):
    """Stochastic gradient descent: a step against the gradient of one batch.

        g <- gradient + weight_decay * p
        v <- momentum * v + g               (v = g in the first step)
        p <- p - lr * v

    In a steady slope v grows to g / (1 - momentum): a momentum of 0.9 goes ten times as fast.
    Where the gradient changes sign from step to step, v averages it away.

    Parameters
    ----------
    params, lr, weight_decay
        As for `Optimizer`.
    momentum : float
        How much of the last velocity is kept, from 0 (nothing) to 1 (all).

    Examples
    --------
    >>> p = Tensor([1.0], requires_grad=True)
    >>> (3 * p).sum().backward()
    >>> SGD([p], lr=0.1).step()  # 1 - 0.1 * 3
    >>> p
    tensor([0.7], requires_grad=True)
    """

    def __init__(self, params: Iterable[Tensor], lr: float = 1e-3, momentum: float = 0, *,
                 weight_decay: float = 0):
        super().__init__(params, lr, weight_decay)
        self.momentum = checks.number(momentum, "momentum", least=0, most=1)
        self._velocities = self._memory()

    @quiet()
    def step(self) -> None:
        for i, p, g in self._moves(self._velocities):
            v = self._velocities[i]
            v *= self.momentum
            v += g
            p -= self.lr * v


class Adam(Optimizer):
    """Adam (Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1).

        g <- gradient + weight_decay * p
        m <- beta1 m + (1 - beta1) g                        running mean of the gradient
        v <- beta2 v + (1 - beta2) g^2                      running mean of its square
        p <- p - lr * m' / (sqrt(v') + eps)
        with m' = m / (1 - beta1^t) and v' = v / (1 - beta2^t) in step t

    Both means start at 0 and so are too small at first: after t steps the weights of the gradients
    add up to 1 - beta^t only, and the division makes up for it.  In the first step every parameter
    moves by lr, whatever the size of its gradient: m' / sqrt(v') = g / |g|.

    Parameters
    ----------
    params, lr, weight_decay
        As for `Optimizer`. No parameter moves much more than `lr` in a step.
    betas : tuple of two floats
        How much of each mean is kept in a step, from 0 to below 1.
    eps : float
        Added to the denominator, so that it is never 0; at least 1e-30.

    Examples
    --------
    >>> p = Tensor([1.0], requires_grad=True)
    >>> (3 * p).sum().backward()
    >>> Adam([p], lr=0.1).step()  # 1 - 0.1 * 3 / |3|
    >>> p
    tensor([0.9], requires_grad=True)
    """

    def __init__(self, params: Iterable[Tensor], lr: float = 1e-3,
                 betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 0):
        super().__init__(params, lr, weight_decay)
        beta1, beta2 = (checks.number(beta, f"betas[{i}]", least=0, below=1) for i, beta
                        in enumerate(checks.numbers(betas, "betas", (2,)).tolist()))
        self.betas = beta1, beta2
        self.eps = checks.number(eps, "eps", least=1e-30)
        self._steps = [0] * len(self.params)  # how often each has been moved
        self._means, self._mean_squares = self._memory(), self._memory()

    @quiet()
    def step(self) -> None:
        beta1, beta2 = self.betas
        for i, p, g in self._moves(self._means):
            self._steps[i] += 1
            t, m, v = self._steps[i], self._means[i], self._mean_squares[i]
            _follow(m, g, beta1)
            _follow(v, g * g, beta2)
            p -= self.lr / (1 - beta1**t) * m / (np.sqrt(v / (1 - beta2**t)) + self.eps)


def _follow(mean: np.ndarray, value: np.ndarray, beta: float) -> None:
    """mean <- beta * mean + (1 - beta) * value, as a step from the one that weighs more.

    A step from the other would be nearly its whole size, and only rounding left of what is small. A
    sum of the two would keep an infinite mean for ever; infinity - infinity is NaN, and shows.
    """
    if beta < 0.5:
        mean[...] = value + beta * (mean - value)
    else:
        mean += (1 - beta) * (value - mean)


def __getattr__(name: str):
    fail_absent(None, "module 'minicv.nn.optim'", name)
