"""Reverse-mode automatic differentiation over NumPy arrays.

A network is one long formula, and training needs the derivative of its last number, the loss L, by
every parameter in it.  The chain rule gives it step by step:

1. *Forward.*  Every operation computes its result and notes on it which tensors went in and, for
   each of them, a *rule*: given dL/d(result), what is dL/d(input)?  The notes form a graph whose
   edges point from results to inputs.
2. *Backward.*  Start at the loss with dL/dL = 1 and follow the edges.  Each tensor adds up what
   arrives from all of its uses, and hands the sum on through its rules.

One walk gives all derivatives for about twice the work of the forward pass, however many
parameters there are: this is why *reverse* mode trains networks.

The order of the walk matters.  In `b = a + a; c = b + b` the gradient 1 of `c` reaches `b` twice.
If `b` handed on the first 1 at once and its new total 2 later, `a` would get 2 * 1 + 2 * 2 = 6; the
derivative of c = 4 a is 4.  So a tensor waits until *everything computed from it* has delivered:
results before inputs, a topological order.  `Tensor.backward` counts the uses of each tensor and
gives it its turn when the count is down to zero (Kahn, "Topological sorting of large networks",
1962).  Counting and walking are loops, not recursions: a graph may be as deep as memory allows.

>>> a = tensor(3.0, requires_grad=True)
>>> b = a + a
>>> c = b + b
>>> c.backward()
>>> a.grad
tensor(4.)

Names, arguments and results are PyTorch's (Paszke et al., "Automatic differentiation in PyTorch",
2017), the conventions at kinks too: the rules state them.  What differs, on purpose:

- First derivatives only: rules compute with plain arrays and leave no graph of their own.
- A graph is freed by the walk, and says so when walked again without `retain_graph=True`.
- *In place.*  `+=`, `x[i] = ...`, `zero_()` and the like change the tensor itself and all that
  shares its memory, and where a rule still needs the old values `backward` is an error, as in
  PyTorch (`memory` tells how it is known).  Errors here, though not there: to change a view where
  the gradient is recorded, to use a view after that was done to the whole, and to use a result
  whose values were changed through a view or within `no_grad`.  `x.data` is a plain array: what is
  written there, nothing notices.
- Two arrays meet in the wider type, whatever their shapes: one without axes does not give way.
  Numbers do: beside float32 they are float32.
- *NaN and infinity* go on as there, the conventions at NaN too (two differ: `amax`, and powers of
  minus infinity); only the sign of a zero, and which of two steps on the way overflows, may differ.
- Conversion to integers refuses NaN and what does not fit, where PyTorch gives some number.
  Arithmetic of small integers wraps, as there.
- Arrays and numbers are taken wherever tensors are.  `Tensor(data)` keeps the dtype of `data`, and
  shares an array; in PyTorch it copies to float32, as `tensor(data, float32)` does.
- Where PyTorch raises a RuntimeError about arguments, here it is a ValueError or TypeError; for an
  axis that does not exist it is an AxisError, which is an IndexError and a ValueError.

Read `tensors` (a tensor, its gradient, `backward`), `recording` (how a result remembers its inputs)
and `graph` (the walk back): that is the whole idea.  Then the operations, forward and derivative
together, a class of methods in each file: `arithmetic`, `functions` of each entry, `reductions`,
`shapes`, `in_place`; in `operations` those that join several tensors.  `checking` tells how a
derivative is proven.  `values` (the door), `memory` (what was changed in place), `creation` and
`dtypes` serve these.
Exercises 1.2 (gradients through a volumetric renderer) and 2.1 (training) stand on this package.
"""

from minicv.autograd import creation, dtypes, operations
from minicv.autograd.checking import gradcheck
from minicv.autograd.graph import enable_grad, no_grad
from minicv.autograd.operations import concatenate, linear, maximum, minimum, stack, where
from minicv.autograd.recording import record
from minicv.autograd.tensors import Tensor, tensor

__all__ = [
    "Tensor", "concatenate", "creation", "dtypes", "enable_grad", "gradcheck", "linear", "maximum",
    "minimum", "no_grad", "operations", "record", "stack", "tensor", "where",
]
