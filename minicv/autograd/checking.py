"""Checking a derivative against differences: the proof that every operation here has to pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from minicv import checks
from minicv.autograd.graph import no_grad
from minicv.autograd.tensors import Tensor, tensor

Result = TypeVar("Result")


def gradcheck(f: Callable[..., Tensor], inputs: Tensor | Sequence[Tensor], eps: float = 1e-6,
              atol: float = 1e-5, rtol: float = 1e-3) -> bool:
    """Compare the gradient of every input of `f` with central differences, entry by entry.

    (f(x + eps) - f(x - eps)) / (2 eps) needs no rule at all, so a wrong rule shows. Of a result
    with many entries a sum is taken, with fixed random weights: so that no two errors cancel, and
    a permuted gradient differs. Keep away from kinks, where differences see both sides at once.

    Parameters
    ----------
    f : callable
        A function of tensors that returns one tensor.
    inputs : Tensor, or a sequence of them
        Its arguments. Those that require a gradient are checked, and must be float64: the rounding
        of float32 would drown the differences.
    eps : float
        The step of the differences.
    atol, rtol : float
        How far backward may be off: by atol + rtol * |difference|.

    Returns
    -------
    bool
        True, if all agree.

    Raises
    ------
    AssertionError
        A gradient is wrong; the message names the first entry that is.
    TypeError
        An input to check is not float64.
    ValueError
        No input is to be checked.

    Examples
    --------
    >>> x = tensor([0.1, 0.2], dtype=np.float64, requires_grad=True)
    >>> gradcheck(lambda x: (x * x).exp(), x)
    True
    """
    eps, atol, rtol = (checks.number(eps, "eps", above=0), checks.number(atol, "atol", least=0),
                       checks.number(rtol, "rtol", least=0))
    inputs = [inputs] if isinstance(inputs, Tensor) else checks.several(inputs, "inputs")
    copies = [tensor(checks.instance(x, f"input {number}", Tensor).data,
                     requires_grad=x.requires_grad) for number, x in enumerate(inputs)]
    checked = {number: x for number, x in enumerate(copies) if x.requires_grad}
    if not checked:
        raise ValueError("gradcheck: no input requires a gradient, so there is nothing to check")
    for number, x in checked.items():
        if x.dtype != np.float64:
            raise TypeError(f"gradcheck: input {number} is {x.dtype}, and must be float64")
    out = call(f, f"f cannot be called with {len(copies)} inputs", *copies)
    checks.instance(out, "the result of f", Tensor)
    weights = np.random.default_rng(0).uniform(0.5, 1.5, out.shape)
    out.backward(weights)
    for number, x in checked.items():
        analytic = np.zeros(x.shape) if x.grad is None else x.grad.data
        for index, ours in np.ndenumerate(analytic):
            numerical = _difference(lambda: f(*copies).data, weights, x.data, index, eps)
            if not np.abs(ours - numerical) <= atol + rtol * np.abs(numerical):
                raise AssertionError(f"gradcheck: input {number}, entry {index}: backward gives "
                                     f"{ours:.9g}, central differences give {numerical:.9g}")
    return True


def call(function: Callable[..., Result], fault: str, *inputs, **options) -> Result:
    """The result of a caller's function; a TypeError in our words if it takes other inputs."""
    try:
        return function(*inputs, **options)
    except TypeError as error:
        if error.__traceback__ and error.__traceback__.tb_next:
            raise  # from inside the function
        raise TypeError(f"{fault}: {error}") from None


@no_grad()
@np.errstate(all="ignore")
def _difference(f: Callable[[], np.ndarray], weights: np.ndarray, x: np.ndarray,
                index: tuple[int, ...], eps: float) -> float:
    """The central difference of the weighted sum of f, by one entry of x."""
    centre, sums = x[index], []
    for value in (centre + eps, centre - eps):
        x[index] = value
        sums.append((f() * weights).sum())
    x[index] = centre
    return (sums[0] - sums[1]) / (2 * eps)
