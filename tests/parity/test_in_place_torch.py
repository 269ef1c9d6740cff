"""In-place operators against PyTorch: the same programs in both, with the same end.

Each program runs with `t` as torch and as minicv. Where PyTorch computes, minicv computes the same;
where it raises, so does minicv. What minicv refuses though PyTorch computes it is in STRICTER.
"""

import numpy as np
import pytest

import minicv
from tests.parity.test_torch_names import assert_same, kind

torch = pytest.importorskip("torch")

LEAF = "x = t.tensor([1.0, 2.0], requires_grad=True); "
RESULT = LEAF + "y = x * 1; "
W = "w = t.tensor(3.0, requires_grad=True); "
ENDS = "; y.sum().backward(); r = x.grad, y"

SAME = [
    # constants
    "x = t.tensor([1.0, 2.0]); z = x; x += 1; r = x, z, x is z",
    *[f"x = t.tensor([3.0, 2.0]); z = x; x {op}= 2; r = x, z" for op in ("+", "-", "*", "/", "**")],
    "x = t.tensor([2, 3]); x **= 2; r = x",
    "x = t.tensor([1.0]); x += t.tensor([1], dtype=t.int64); r = x",
    "x = t.tensor([1.0]); x += t.tensor([1.0], dtype=t.float64); r = x",
    "x = t.tensor([1], dtype=t.int32); x *= t.tensor([3]); r = x",
    "x = t.tensor([[1.0], [2.0]]); x += x * 2; r = x",
    "x = t.tensor([True, False]); x &= x; x |= ~x; r = x",
    "x = t.tensor([True]); z = x; x &= t.tensor([False]); r = z",
    "x = t.tensor([1.0]); r = x.add_(t.tensor([1.0]), alpha=2), x",
    "x = t.ones(2); r = x.sub_(3, alpha=2)",
    "x = t.zeros(1); r = x.sub_(t.tensor([3], dtype=t.int8), alpha=100)",
    "x = t.ones(2); r = x.mul_(3).div_(2).zero_()", "x = t.ones(2); r = x.fill_(3)",
    "x = t.tensor([1, 2]); r = x.fill_(1.5)",
    "x = t.tensor([1, 2]); r = x.copy_(t.tensor([1.5, 2.5]))",
    "x = t.zeros(2, 2); r = x.copy_(t.tensor([1.0, 2.0]))",
    "x = t.tensor([-1.0, 5.0]); r = x.clamp_(0, 3)",
    "x = t.tensor([-1.0, 5.0]); r = x.clamp_(min=t.tensor([0.0, 9.0]))",
    "x = t.zeros(3); x[0] = 5; x[1:] = t.tensor([1.0, 2.0]); r = x",
    "x = t.zeros(2, 3); x[:, 1] = 7; r = x",
    "x = t.zeros(3); x[x == 0] = 2.5; r = x",
    "x = t.zeros(3); x[[0, 2]] = t.tensor([1.0, 2.0]); r = x",
    "x = t.zeros(3); x[t.tensor([0, 2])] += 1; r = x", "x = t.tensor([1]); x[0] = 2.7; r = x",
    "x = t.zeros(2, 2); x[0] += 1; x[..., 1] *= 3; r = x",
    "x = t.zeros(3); x[0] = np.float64(3); r = x",
    "x = t.zeros(2, 3); x[0] = t.ones(1, 3); r = x",
    # views show the same memory
    "x = t.zeros(2, 2); v = x[0]; x += 1; r = v", "x = t.zeros(4); v = x.view(2, 2); v += 1; r = x",
    "x = t.zeros(2, 3); x.T.fill_(2); r = x", "x = t.zeros(2); x.detach().add_(1); r = x",
    "a = np.zeros(2); x = t.from_numpy(a); x += 1; r = t.from_numpy(a)",
    "x = t.zeros(2); x.numpy()[0] = 5; r = x",
    "x = t.zeros(2, 3); x.unsqueeze(0).squeeze(0).mul_(0).add_(4); r = x",
    # leaves that require a gradient
    *[LEAF + change for change in (
        "x += 1", "x -= x", "x *= 2", "x /= 2", "x **= 2", "x[0] = 1", "x[0] += 1", "x.zero_()",
        "x.fill_(1)",
        "x.add_(1)", "x.copy_(t.ones(2))", "x.clamp_(0)", "x.view(2).add_(1)", "x[:1].zero_()",
        "x += t.ones(2)")],
    LEAF + "w = x\nwith t.no_grad(): x -= 0.5\nr = x, w, x.is_leaf",
    LEAF + "(x * x).sum().backward()\nwith t.no_grad(): x -= 0.5 * x.grad\nx.grad.zero_(); "
    "r = x, x.grad",
    LEAF + "x.requires_grad = False; x += 1; x.requires_grad = True; (x * x).sum().backward(); "
    "r = x.grad",
    # results in a graph
    *[RESULT + change + ENDS for change in (
        "y += 1", "y -= 3", "y *= 3", "y /= 4", "y **= 2", "y *= x", "y += x * x",
        "y += y.detach()", "y /= x",
        "y -= y * 2", "y[0] = 7", "y[0] = x[1]", "y[:] = x * x", "y[y > 1] = 0.5", "y.zero_()",
        "y.fill_(2)",
        "y.copy_(x * 3)", "y.clamp_(0, 1.5)", "y.add_(x, alpha=3)", "y.sub_(x, alpha=3)",
        "y.mul_(x).add_(1)",
        "y = x + 0; y *= 2; y += x", "z = y.clone(); y += z", "y = x.relu(); y = y + 1; y *= 2")],
    # the rule of the operation before still needs the values
    *[RESULT + change + ENDS for change in (
        "y = x.exp(); y += 1", "y = x.relu(); y += 1", "y = x.sigmoid(); y *= 2",
        "y = x.sqrt(); y[0] = 1", "y = x.tanh(); y.zero_()")],
    RESULT + "z = y * y; y += 1; z.sum().backward()",
    RESULT + "z = y * y; y[0] = 1; z.sum().backward()",
    RESULT + "z = y * y; y.detach().add_(1); z.sum().backward()",
    RESULT + "z = y * y; y.detach()[0].add_(1); z.sum().backward()",
    RESULT + "z = y * y; y.detach().view(2, 1).zero_(); z.sum().backward()",
    RESULT + "z = y + 1; y += 1; (z * y).sum().backward(); r = x.grad",
    RESULT + "z = y * 2; y *= 3; (z + y).sum().backward(); r = x.grad",  # z leads to the old y
    RESULT + "v = y[0] * 5; y *= 3; v.backward(); r = x.grad",
    W + "x = w * w\nwith t.no_grad(): w -= 1\nx.backward()",
    W + "x = w + 2\nwith t.no_grad(): w -= 1\nx.backward(); r = w.grad",
    W + "c = t.tensor(2.0); x = w * c; c += 1; x.backward()",
    W + "c = t.tensor(2.0); x = w + c; c += 1; x.backward(); r = w.grad",
    W + "i = t.tensor([0]); x = (w * t.ones(2))[i]; i += 1; x.sum().backward()",
    RESULT + "y[:1] = y[1:] * y[1:]" + ENDS,  # the rule keeps the same memory
    # a constant takes up a gradient
    LEAF + "s = t.tensor(0.0); s += (x * x).sum(); s += x.sum(); s.backward(); r = x.grad, s",
    LEAF + "s = 0\nfor one in x: s += one * one\ns.backward(); r = x.grad",
    LEAF + "b = t.zeros(2, 2); b[1] = x * 2; b[0, 0] = x[0]; (b * b).sum().backward(); "
    "r = x.grad, b",
    # integers take up none; a single number is changed as any other, and seen where it is shown
    LEAF + "i = t.zeros(2, dtype=t.int64); i[...] = x; r = i, i.requires_grad",
    LEAF + "i = t.zeros(2, dtype=t.int64); i.copy_(x); r = i, i.requires_grad",
    LEAF + "s = x.sum() * 1; s.fill_(3); (s * 2).backward(); r = x.grad",
    LEAF + "s = x.sum() * 1; z = s * 1; z[...] = s * 5; (z * 2).backward(); r = x.grad",
    "x = t.ones(2); x[t.tensor(0)].zero_(); r = x", "x = t.tensor(2.0); x.max(0)[0].zero_(); r = x",
    # a number beside an array in an index only takes an axis off
    "x = t.arange(30).reshape(2, 3, 5); r = x[1, :, t.tensor([4, 0])], x[-1, :, x[0, 0] > 2]",
    "x = t.arange(30).reshape(2, 3, 5); r = x[:, t.tensor([2, 0]), None, 4], x[0, ..., [1, 1]]",
    "x = t.arange(30).reshape(2, 3, 5); x[0, :, t.tensor([4, 0])] = t.tensor([-1, -2]); r = x",
    "x = t.ones(2, 3, 5, requires_grad=True); y = x[1, :, [4, 4]]; "
    "(y * t.tensor([[1.0, 2], [3, 4], [5, 6]])).sum().backward(); r = x.grad",
    LEAF + "y = x * 1; y[((0, 0),)].sum().backward(); r = x.grad",
    "x = t.arange(3); r = x[True], x[False], x[t.tensor(True)], x[None, t.tensor([2])]",
    # what does not fit
    "x = t.tensor([1]); x += 1.5", "x = t.tensor([1]); x /= 2", "x = t.tensor([True]); x += 1",
    "x = t.tensor([1]); x += t.tensor([1, 2])", "x = t.ones(2); x += t.ones(2, 2)",
    "x = t.ones(2); x += 'a'",
    "x = t.ones(1); x[5] = 1", "x = t.ones(1); x[0] = t.ones(2)",
    "x = t.tensor([1]); x[0] = float('nan')",
    "x = t.ones(2); x[0] = 'a'", "x = t.ones(2); x[0] = None", "x = t.ones(2); x[0] = [1]",
    "x = t.ones(2); x.copy_(t.ones(3))", "x = t.ones(2); x.fill_(t.ones(2))",
    "x = t.ones(2); x.fill_('a')",
    "x = t.tensor([1]); x.clamp_(1.5)", "x = t.tensor([2]); x **= -1",
    "x = t.ones(1); x.add_(t.ones(1), 2)",
    "x = t.from_numpy(np.broadcast_to(np.ones(1), (3,))); x += 1",
    # data and grad
    LEAF + "x.data -= 0.5 * t.tensor([1.0, 1.0]); r = x", LEAF + "x.data = t.tensor([5.0]); r = x",
    LEAF + "x.data = t.tensor([1, 2])", LEAF + "x.data += x.detach(); r = x",
    LEAF + "x.sum().backward(); x.data -= 0.1 * x.grad; r = x, x.is_leaf",
    LEAF + "z = (x * x).sum(); x.data *= 2; z.backward(); r = x.grad",  # unseen, in both
    LEAF + "x.grad = np.ones(2)", LEAF + "x.grad = 1.0", LEAF + "x.grad = t.ones(3)",
    LEAF + "x.grad = t.tensor([1, 2])",
    LEAF + "x.grad = t.ones(2); x.sum().backward(); r = x.grad; x.grad = None",
    LEAF + "x.sum().backward(); g = x.grad; x.sum().backward(); r = g",
    # copies
    "import copy; x = t.ones(2, requires_grad=True); z = copy.deepcopy(x); r = z, z is x",
    "import copy; x = t.ones(2, requires_grad=True) * 2; copy.deepcopy(x)",
    "import pickle; x = t.ones(2, requires_grad=True); r = pickle.loads(pickle.dumps(x))",
]
STRICTER = [
    RESULT + "v = y[0]; v *= 3" + ENDS, RESULT + "y[0] *= 3" + ENDS,
    RESULT + "y.view(2).add_(1)" + ENDS, RESULT + "v = y[0]; y *= 3; v.backward()",
    RESULT + "y.detach().add_(1)" + ENDS,
    LEAF + "b = t.zeros(2, 2); b[0] += x; b.sum().backward()",
    RESULT + "\nwith t.no_grad(): y *= 2\ny.sum().backward()",
    RESULT + "\nwith t.no_grad(): y *= 2\nz = y * 2",
    LEAF + "b = t.zeros(2); v = b[:1]; b += x; (v * v + x).sum().backward()",
]
RIGHT = [  # PyTorch raises, as the second factor is overwritten; minicv keeps a copy of it
    (RESULT + "y *= y" + ENDS, [2, 4]), (RESULT + "y *= y.detach()" + ENDS, [1, 2]),
]


def outcome(program, t):
    """What `r` is at the end, or the error."""
    names = {"t": t, "np": np}
    try:
        exec(program.replace("; ", "\n"), names)
    except Exception as error:
        return error
    return names.get("r")


@pytest.mark.parametrize("program", SAME)
@pytest.mark.filterwarnings("ignore::UserWarning")  # torch: an array that is read-only
def test_the_same_end(program):
    theirs, ours = outcome(program, torch), outcome(program, minicv)
    if isinstance(theirs, Exception):
        assert isinstance(ours, Exception)
        assert kind(ours) in (kind(theirs), TypeError)
    else:
        assert not isinstance(ours, Exception), ours
        assert_same(ours, theirs)


@pytest.mark.parametrize("program", STRICTER)
def test_refused_with_the_reason(program):
    assert not isinstance(outcome(program, torch), Exception)
    ours = outcome(program, minicv)
    assert isinstance(ours, RuntimeError)
    assert "view" in str(ours)


@pytest.mark.parametrize(("program", "gradient"), RIGHT)
def test_right_where_torch_gives_up(program, gradient):
    assert outcome(program, minicv)[0].tolist() == gradient


def test_a_gradient_of_overwritten_values_would_be_wrong_without_the_check(monkeypatch):
    program = RESULT + "z = y * y; y += 1; z.sum().backward(); r = x.grad"
    monkeypatch.setattr("minicv.autograd.graph.written_since", lambda array, date: False)
    assert outcome(program, minicv).tolist() == [4, 6]  # 2 y after the change; right are 2 and 4
