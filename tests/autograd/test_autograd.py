"""Reverse-mode differentiation: every operation against NumPy and central differences, the walk
through the graph, dtypes, conventions at kinks, and the gradient checker itself.

Gradients are checked against central differences (an oracle that knows no rule), values against the
NumPy expression beside each recipe.  Equality with PyTorch is in tests/parity.
"""

import gc
import inspect
import operator
import subprocess
import sys
import threading
import warnings
import weakref
from dataclasses import dataclass

import numpy as np
import pytest

from minicv import autograd as ag
from minicv.autograd import (
    Tensor,
    enable_grad,
    gradcheck,
    graph,
    memory,
    no_grad,
    operations,
    record,
    tensor,
)

# ---- a recipe for every operation ----------------------------------------------------------------


@dataclass
class Recipe:
    """How to try an operation: a call of it, the same in NumPy, and shapes of the inputs.

    `positive` keeps the inputs above 0, where the operation (log, ...) asks for it.
    """

    call: object
    numpy: object
    shapes: list
    positive: bool = False


def random_shape(seed):
    rng = np.random.default_rng(seed)
    return tuple(rng.integers(1, 5, size=rng.integers(1, 4)).tolist())


ONE = [[()], [(1,)], [(0,)], [(0, 3)], [(1, 1, 1)], *[[random_shape(seed)] for seed in range(3)]]
TWO = [
    [(), ()], [(1,), (1,)], [(0,), (0,)],
    *[[random_shape(seed)] * 2 for seed in range(3)],
    # and with broadcasting
    [(), (2, 3)], [(2, 3), (3,)], [(2, 1), (1, 3)], [(3, 1), (2, 1, 4)], [(1,), (2, 2)],
    [(0, 3), (3,)], [(0, 3), (1, 3)], [(), (0,)],
]
BLOCK = [[(2, 3, 4)], [(1, 1, 1)], [(2, 0, 4)]]
CEILING = tensor([0.17, 0.4, 0.85])
STRIPES = np.array([True, False, True])  # a condition that broadcasts


def written(x, index, values):
    """x with other values at an index, written in place into a copy."""
    out = x.clone()
    out[index] = values
    return out


def np_written(a, index, values):
    a = a.copy()
    a[index] = values
    return a


def stable_sigmoid(a):
    return np.exp(-np.logaddexp(0, -a))


RECIPES = {
    "__add__": [Recipe(operator.add, np.add, TWO)],
    "__sub__": [Recipe(operator.sub, np.subtract, TWO)],
    "__mul__": [Recipe(operator.mul, np.multiply, TWO)],
    "__truediv__": [Recipe(operator.truediv, np.divide, TWO)],
    "__pow__": [
        Recipe(operator.pow, np.power, TWO, positive=True),
        Recipe(lambda x: x**3, lambda a: a**3, ONE),
        Recipe(lambda x: x**-1.5, lambda a: a**-1.5, ONE, positive=True),
        Recipe(lambda x: 2**x, lambda a: 2**a, ONE),
    ],
    "__neg__": [Recipe(operator.neg, np.negative, ONE)],
    "__matmul__": [Recipe(operator.matmul, np.matmul, [
        [(2, 3), (3, 4)], [(1, 1), (1, 1)], [(0, 3), (3, 2)], [(2, 0), (0, 3)],
        [(3,), (3,)], [(2, 3), (3,)], [(3,), (3, 2)], [(3,), (2, 3, 4)], [(2, 4, 3), (3,)],
        [(5, 2, 3), (5, 3, 4)], [(2, 3), (5, 3, 4)], [(5, 1, 2, 3), (4, 3, 2)],
    ])],
    "linear": [
        Recipe(ag.linear, lambda a, w, b: a @ w.T + b, [
            [(5, 3), (2, 3), (2,)], [(1, 1), (1, 1), (1,)], [(0, 3), (2, 3), (2,)],
            [(3,), (2, 3), (2,)], [(2, 4, 3), (5, 3), (5,)], [(2, 0), (3, 0), (3,)],
        ]),
        Recipe(ag.linear, lambda a, w: a @ w.T, [[(5, 3), (2, 3)], [(2, 4, 3), (5, 3)]]),
    ],
    "exp": [Recipe(Tensor.exp, np.exp, ONE)],
    "log": [Recipe(Tensor.log, np.log, ONE, positive=True)],
    "sqrt": [Recipe(Tensor.sqrt, np.sqrt, ONE, positive=True)],
    "abs": [Recipe(Tensor.abs, np.abs, ONE)],
    "relu": [Recipe(Tensor.relu, lambda a: np.where(a > 0, a, 0), ONE)],
    "tanh": [Recipe(Tensor.tanh, np.tanh, ONE)],
    "sigmoid": [Recipe(Tensor.sigmoid, stable_sigmoid, ONE)],
    "softplus": [Recipe(Tensor.softplus, lambda a: np.logaddexp(0, a), ONE)],
    # by way of another type of floats, as the own one would be no operation
    "to": [Recipe(lambda x: x.to(np.longdouble).to(x.dtype), np.copy, ONE)],
    "clone": [Recipe(Tensor.clone, np.copy, ONE)],
    "clamp": [
        Recipe(lambda x: x.clamp(-0.37, 0.42), lambda a: np.clip(a, -0.37, 0.42), ONE),
        Recipe(lambda x: x.clamp(max=CEILING),
               lambda a: np.minimum(a, CEILING.data), [[(2, 3)], [(1,)], [(0, 3)]]),
    ],
    "maximum": [Recipe(ag.maximum, np.maximum, TWO)],
    "minimum": [Recipe(ag.minimum, np.minimum, TWO)],
    "where": [
        Recipe(lambda x, y: ag.where(STRIPES, x, y), lambda a, b: np.where(STRIPES, a, b),
               [[(), ()], [(3,), (3,)], [(2, 3), (3,)], [(2, 1), (1, 3)], [(0, 3), (3,)]]),
    ],
    "sum": [
        Recipe(Tensor.sum, np.sum, ONE),
        Recipe(lambda x: x.sum(dim=1), lambda a: a.sum(axis=1), BLOCK),
        Recipe(lambda x: x.sum(dim=(0, -1), keepdim=True),
               lambda a: a.sum(axis=(0, -1), keepdims=True), BLOCK),
    ],
    "mean": [
        Recipe(Tensor.mean, np.mean, [shapes for shapes in ONE if 0 not in shapes[0]]),
        Recipe(lambda x: x.mean(dim=-1), lambda a: a.mean(axis=-1), BLOCK),
        Recipe(lambda x: x.mean(dim=(0, 2), keepdim=True),
               lambda a: a.mean(axis=(0, 2), keepdims=True), BLOCK[:2]),
    ],
    "amax": [
        Recipe(Tensor.amax, np.max, [shapes for shapes in ONE if 0 not in shapes[0]]),
        Recipe(lambda x: x.amax(dim=0), lambda a: a.max(axis=0), BLOCK),
        Recipe(lambda x: x.amax(dim=(0, -1), keepdim=True),
               lambda a: a.max(axis=(0, -1), keepdims=True), BLOCK[:2]),
    ],
    "amin": [
        Recipe(Tensor.amin, np.min, [shapes for shapes in ONE if 0 not in shapes[0]]),
        Recipe(lambda x: x.amin(dim=(2, 0)), lambda a: a.min(axis=(2, 0)), BLOCK[:2]),
    ],
    "max(dim)": [
        Recipe(lambda x: x.max(1).values, lambda a: a.max(axis=1), [*BLOCK[:2], [(2, 3, 0)]]),
        Recipe(lambda x: x.min(-1, keepdim=True)[0], lambda a: a.min(axis=-1, keepdims=True),
               BLOCK[:2]),
    ],
    "reshape": [
        Recipe(lambda x: x.reshape(4, -1), lambda a: a.reshape(4, -1), [[(2, 6)], [(4, 1)]]),
        Recipe(lambda x: x.reshape((0, 5)), lambda a: a.reshape(0, 5), [[(0, 2)]]),
        Recipe(lambda x: x.flatten(1), lambda a: a.reshape(a.shape[0], -1), BLOCK[:2]),
    ],
    "permute": [
        Recipe(lambda x: x.permute(2, 0, 1), lambda a: a.transpose(2, 0, 1), BLOCK),
        Recipe(lambda x: x.permute((-1, 0, 1)), lambda a: a.transpose(2, 0, 1), BLOCK),
        Recipe(lambda x: x.transpose(0, -1), lambda a: a.swapaxes(0, -1), BLOCK),
        Recipe(lambda x: x.T, np.transpose, ONE),
    ],
    "__getitem__": [
        Recipe(lambda x, index=index: x[index], lambda a, index=index: a[index], [[(3, 4)]])
        for index in [
            1, -1, (2, 3), slice(1, None), (slice(None), slice(None, None, -2)), (..., None, 0),
            [0, 2], np.array([1, 1, 2, 1]), ([0, 0, 2], [3, 3, 1]), (slice(None), [1, 1, 1]),
            np.array([[0, 1], [1, 0]]), np.eye(3, 4) > 0, (STRIPES, 2), [], np.zeros((3, 4), bool),
        ]
    ],
    "_replaced": [
        Recipe(lambda x, y, index=index: written(x, index, y),
               lambda a, b, index=index: np_written(a, index, b), shapes)
        for index, shapes in [
            (1, [[(3, 4), (4,)], [(3, 4), ()], [(3, 4), (1, 4)]]),
            ((slice(None), slice(1, 3)), [[(3, 4), (3, 2)], [(3, 4), (2,)], [(3, 4), (3, 1)]]),
            ([2, 0], [[(3, 4), (2, 4)]]), ([1, 1], [[(3, 4), (2, 4)]]), (..., [[(), ()]]),
            (np.eye(3, 4) > 0, [[(3, 4), (3,)], [(3, 4), ()]]),
        ]
    ],
    "concatenate": [
        Recipe(lambda *x: ag.concatenate(x, dim=-1), lambda *a: np.concatenate(a, axis=-1),
               [[(2, 3), (2, 1), (2, 4)], [(2, 0), (2, 3)], [(1,)], [(0, 2), (0, 1)]]),
        Recipe(lambda *x: ag.concatenate(x), lambda *a: np.concatenate(a), [[(2, 3), (1, 3)]]),
    ],
    "stack": [
        Recipe(lambda *x: ag.stack(x, dim=-1), lambda *a: np.stack(a, axis=-1),
               [[(2, 3), (2, 3)], [(), (), ()], [(0, 2), (0, 2)]]),
        Recipe(lambda *x: ag.stack(x), lambda *a: np.stack(a), [[(2, 3), (2, 3)]]),
    ],
}


def cases(name):
    """All pairs of a recipe for an operation and the shapes of its inputs."""
    return [(recipe, shapes) for recipe in RECIPES[name] for shapes in recipe.shapes]


every_operation = pytest.mark.parametrize("name", RECIPES)
every_case = pytest.mark.parametrize(("recipe", "shapes"), [
    pytest.param(recipe, shapes, id=f"{name} {number} {shapes}")
    for name in RECIPES for number, (recipe, shapes) in enumerate(cases(name))
])


def draw(recipe, shapes, dtype=np.float64):
    """Tensors of random order whose entries are all different, and at least 0.04 from 0.

    Nothing is close to a kink, so that central differences see one side only.
    """
    rng = np.random.default_rng(7)
    inputs = []
    for number, shape in enumerate(shapes):
        n = int(np.prod(shape))
        values = 0.2 * (rng.permutation(n) + (0.5 if recipe.positive else 0.5 - n // 2))
        inputs.append(tensor((values + 0.03 * number).reshape(shape), dtype, requires_grad=True))
    return inputs


def test_every_operation_has_a_recipe():
    # An operation is a function that records a result, by itself or through a helper; stack and
    # max(dim) are made of others.
    recording = {name for place in (*Tensor.__mro__, operations)
                 for name, value in vars(place).items()
                 if {"record", "_extreme", "_clamped"} & set(
                     getattr(getattr(inspect.unwrap(value) if callable(value) else value,
                                     "__code__", None), "co_names", ()))}
    aliases = {"_extreme", "_clamped", "__radd__", "__rmul__", "__abs__", "matmul", "cat"}
    assert set(RECIPES) == recording - aliases | {"stack", "max(dim)"}


@every_case
def test_value_equals_numpy(recipe, shapes):
    inputs = draw(recipe, shapes)
    expected = recipe.numpy(*[x.data for x in inputs])
    np.testing.assert_allclose(recipe.call(*inputs).data, expected, rtol=1e-13, atol=1e-15)


@every_case
def test_gradient_equals_central_differences(recipe, shapes):
    assert gradcheck(recipe.call, draw(recipe, shapes))


@every_operation
def test_gradient_of_nodes_used_several_times(name):
    def several_uses(*inputs):
        nodes = [1.5 * x for x in inputs]
        total = recipe.call(*nodes).sum() + recipe.call(*nodes).sum() ** 2
        for node in nodes:
            total = total + (node * node).sum()
        return total

    for recipe, shapes in cases(name):
        assert gradcheck(several_uses, draw(recipe, shapes))


@pytest.mark.parametrize("name", ["__add__", "__sub__", "__mul__", "__truediv__", "__pow__",
                                  "__matmul__", "maximum", "minimum", "where", "concatenate",
                                  "stack", "linear"])
def test_gradient_where_all_operands_are_one_node(name):
    recipe = RECIPES[name][-1 if name == "linear" else 0]

    def of_a_node_and_itself(x):
        node = 2 * x
        return recipe.call(node, node)

    [x] = draw(recipe, [(3, 3)])
    assert gradcheck(of_a_node_and_itself, x)
    assert gradcheck(lambda x: recipe.call(x, x), x)


@every_operation
def test_float32_stays_float32_in_results_and_gradients(name):
    for recipe, shapes in cases(name):
        inputs = draw(recipe, shapes, np.float32)
        out = recipe.call(*inputs)
        assert out.dtype == np.float32
        out.backward(np.ones(out.shape))
        assert [x.grad.dtype for x in inputs] == [np.float32] * len(inputs)


@every_operation
def test_results_and_gradients_are_arrays_of_the_right_shape(name):
    for recipe, shapes in cases(name):
        inputs = draw(recipe, shapes)
        out = recipe.call(*inputs)
        out.backward(np.ones(out.shape))
        assert type(out.data) is np.ndarray
        assert [type(x.grad.data) for x in inputs] == [np.ndarray] * len(inputs)
        assert [x.grad.shape for x in inputs] == shapes


@every_operation
def test_the_graph_keeps_the_old_values_when_data_is_replaced(name):
    for recipe, shapes in cases(name):
        untouched, replaced = draw(recipe, shapes), draw(recipe, shapes)
        for inputs in untouched, replaced:
            out = recipe.call(*inputs)
            if inputs is replaced:
                for x in inputs:
                    x.data = np.full(x.shape, np.nan)
            out.backward(np.ones(out.shape))
        for x, y in zip(untouched, replaced, strict=True):
            np.testing.assert_array_equal(y.grad.data, x.grad.data)


@every_operation
def test_rules_do_not_write_into_the_gradient_they_get(name):
    for recipe, shapes in cases(name):
        out = recipe.call(*draw(recipe, shapes))
        gradient = np.full(out.shape, 3.0)
        out.backward(gradient)
        assert np.all(gradient == 3.0)


@every_operation
def test_rules_wrong_by_one_percent_are_caught_in_every_operation(name, monkeypatch):
    def record_wrongly(data, *edges):
        return record(data, *[(x, lambda g, rule=rule: 1.01 * rule(g)) for x, rule in edges])

    recipe, shapes = cases(name)[0]
    for module in [module for module in vars(ag).values() if hasattr(module, "record")]:
        monkeypatch.setattr(module, "record", record_wrongly)
    with pytest.raises(AssertionError, match="gradcheck: input"):
        gradcheck(recipe.call, draw(recipe, shapes))


# ---- the checker -----------------------------------------------------------------------------


def product(rule_x, rule_y):
    """x * y with rules of our own."""
    def call(x, y):
        a, b = x.data, y.data
        return record(a * b, (x, lambda g: rule_x(g, a, b)), (y, lambda g: rule_y(g, a, b)))
    return call


def right_x(g, a, b):
    return g * b


def right_y(g, a, b):
    return g * a


WRONG_Y = {
    "wrong sign": lambda g, a, b: -g * a,
    "factor 2": lambda g, a, b: 2 * g * a,
    "1 % too large": lambda g, a, b: 1.01 * g * a,
    "1 % too small": lambda g, a, b: 0.99 * g * a,
    "the factor forgotten": lambda g, a, b: g,
    "the incoming gradient forgotten": lambda g, a, b: a,
    "at the wrong operand": lambda g, a, b: g * b,
    "nothing at all": lambda g, a, b: np.zeros_like(a),
    "broadcasting not summed, first row only": lambda g, a, b: (g * a)[0],
    "broadcasting averaged, not summed": lambda g, a, b: (g * a).mean(axis=0),
    "entries in the wrong order": lambda g, a, b: (g * a)[:, ::-1],
    "NaN": lambda g, a, b: g * np.nan,
}


def factors():
    rng = np.random.default_rng(3)
    return (tensor(rng.uniform(1, 2, (4, 3)), requires_grad=True),
            tensor(rng.uniform(1, 2, 3), requires_grad=True))


def test_gradcheck_accepts_the_right_product():
    assert gradcheck(product(right_x, right_y), factors()) is True


@pytest.mark.parametrize("fault", WRONG_Y)
def test_gradcheck_catches(fault):
    with pytest.raises(AssertionError, match="input 1"):
        gradcheck(product(right_x, WRONG_Y[fault]), factors())


def test_gradcheck_names_the_first_wrong_entry_and_both_numbers():
    def wrong_at_2_1(g, a, b):
        out = g * b
        out[2, 1] = 7.0
        out[3, 0] = 7.0
        return out

    x, y = tensor(np.ones((4, 3)), requires_grad=True), tensor(np.full(3, 0.0), requires_grad=True)
    message = r"input 0, entry \(2, 1\): backward gives 7, central differences give (-?0|.*e-)"
    with pytest.raises(AssertionError, match=message):
        gradcheck(product(wrong_at_2_1, right_y), (x, y))


def test_gradcheck_catches_an_input_cut_off_from_the_graph():
    x = tensor([1.0, 2.0], np.float64, requires_grad=True)
    with pytest.raises(AssertionError, match="input 0"):
        gradcheck(lambda x: x.detach() * x, x)


@pytest.mark.parametrize("f", ["text", lambda: 1, lambda x, y: x])
def test_gradcheck_refuses_what_cannot_be_called_with_the_inputs(f):
    with pytest.raises(TypeError, match="f cannot be called with 1 inputs: "):
        gradcheck(f, tensor([1.0], np.float64, requires_grad=True))


def test_gradcheck_passes_on_an_error_inside_the_function():
    def broken(x):
        raise TypeError("mine")

    with pytest.raises(TypeError, match="^mine$"):
        gradcheck(broken, tensor([1.0], np.float64, requires_grad=True))


def test_gradcheck_refuses_float32():
    with pytest.raises(TypeError, match="input 1 is float32, and must be float64"):
        gradcheck(operator.mul, (tensor(np.ones(2), requires_grad=True), Tensor([1.0], True)))


def test_gradcheck_refuses_to_check_nothing():
    with pytest.raises(ValueError, match="no input requires a gradient"):
        gradcheck(operator.mul, (tensor([1.0]), tensor([2.0])))


def test_gradcheck_takes_inputs_without_gradient_as_they_are():
    x = tensor(np.ones(3), requires_grad=True)
    assert gradcheck(lambda x, index: x[index], (x, tensor([2, 2, 0])))


def test_gradcheck_counts_an_input_without_influence_as_gradient_0():
    assert gradcheck(lambda x, y: x * 2, factors(), atol=0)


def test_gradcheck_leaves_its_inputs_as_they_were():
    x, y = factors()
    before = x.data.copy(), y.data.copy()
    gradcheck(operator.mul, (x, y))
    assert x.grad is None
    assert y.grad is None
    np.testing.assert_array_equal(x.data, before[0])
    np.testing.assert_array_equal(y.data, before[1])


# ---- the walk --------------------------------------------------------------------------------


def test_a_node_hands_on_its_gradient_once_it_is_complete():
    # c = b + b = 4 a: handing on each half of b's gradient as it comes would give 6
    a = tensor(3.0, requires_grad=True)
    b = a + a
    c = b + b
    c.backward()
    assert a.grad.item() == 4


def test_paths_of_different_length_are_waited_for():
    # y = x^2 (1 + x^3) by a short and a long path: dy/dx = 2 x + 5 x^4 = 84 at x = 2
    x = tensor(2.0, requires_grad=True)
    square = x * x
    y = square + square * x * x * x
    y.backward()
    assert x.grad.item() == 84


def test_exponentially_many_paths_take_linear_time():
    x = tensor(1.0, np.float64, requires_grad=True)
    y = x
    for _ in range(200):  # 2^200 paths from y to x
        y = y + y
    y.backward()
    assert x.grad.item() == 2.0**200


def test_a_chain_of_5_000_additions():
    x = tensor(1.0, np.float64, requires_grad=True)
    y = x
    for _ in range(5_000):  # Python's own limit of calls inside calls is 1,000
        y = y + x
    y.backward()
    assert x.grad.item() == 5_001


def test_a_deep_graph_is_freed_without_recursion():
    # In a process of its own, on a stack of 1 MB: C frames for 20,000 nodes would need several, and
    # end the process with a segmentation fault.
    program = """if True:
        import threading
        from minicv.autograd import tensor
        def work():
            for walked in (False, True):
                y = tensor(1.0, requires_grad=True)
                for _ in range(20_000):
                    y = -y
                if walked:
                    y.backward()
                del y
                print("freed")
        threading.stack_size(2**20)
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "freed\nfreed\n", "")


def test_a_dropped_graph_is_freed_without_the_garbage_collector():
    gc.disable()
    try:
        x = tensor(np.ones(3), requires_grad=True)
        y = x.exp()
        kept_by_the_graph = weakref.ref(y.data)
        loss = (y * y).sum()
        del y
        assert kept_by_the_graph() is not None
        del loss
        assert kept_by_the_graph() is None
    finally:
        gc.enable()


def test_backward_frees_what_the_rules_kept():
    x = tensor(np.ones(3), requires_grad=True)
    y = x.exp()
    kept_by_the_graph = weakref.ref(y.data)
    loss = (y * y).sum()
    del y
    loss.backward()
    assert kept_by_the_graph() is None


def test_gradients_of_several_calls_add_up():
    x = tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    (3 * x).sum().backward()
    np.testing.assert_array_equal(x.grad.data, [2 + 3, 4 + 3])


def test_only_leaves_that_require_it_get_a_gradient():
    x, constant = tensor([1.0], requires_grad=True), tensor([2.0])
    y = x * constant
    y.backward()
    assert constant.grad is None
    assert y.grad is None
    assert x.grad.item() == 2


def test_gradients_of_two_leaves_share_no_memory():
    # the rules of + hand the very same array to both
    x, y = tensor([1.0], requires_grad=True), tensor([1.0], requires_grad=True)
    (x + y).backward()
    x.grad.data[0] = 100
    assert y.grad.item() == 1


def test_a_gradient_shares_no_memory_with_the_one_passed_in():
    x = tensor([1.0, 2.0], np.float64, requires_grad=True)
    gradient = np.array([3.0, 4.0])
    x.backward(gradient)
    x.backward(gradient)
    np.testing.assert_array_equal(gradient, [3, 4])
    np.testing.assert_array_equal(x.grad.data, [6, 8])


def test_adding_up_does_not_write_into_a_gradient_that_others_have_got():
    # + hands one array to x and to s; x has two more uses, whose gradients must not leak into s
    x, s = tensor([1.0], requires_grad=True), tensor([1.0], requires_grad=True)
    y = (x + s) + x * 10 + x * 100
    y.backward()
    assert (x.grad.item(), s.grad.item()) == (111, 1)


def test_a_walked_graph_says_that_it_is_freed():
    x = tensor(1.0, requires_grad=True)
    y = x * x
    y.backward()
    with pytest.raises(RuntimeError, match=r"backward\(\) freed this graph.*retain_graph=True"):
        y.backward()


def test_a_result_that_reaches_into_a_walked_graph_says_so_and_changes_nothing():
    x = tensor(1.0, requires_grad=True)
    shared = x * x
    first, second = shared * 2, shared * 3 + x
    first.backward()
    with pytest.raises(RuntimeError, match="freed"):
        second.backward()
    assert x.grad.item() == 4


def test_retain_graph_allows_another_walk():
    x = tensor(3.0, requires_grad=True)
    y = x * x
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.item() == 12


def test_backward_on_several_entries_asks_for_a_gradient():
    x = tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(RuntimeError, match=r"shape is \(2,\).*backward\(gradient\)"):
        (x * 2).backward()


@pytest.mark.parametrize("shape", [(), (1,), (1, 1)])
def test_backward_on_one_entry_starts_with_one(shape):
    x = tensor(np.full(shape, 2.0), requires_grad=True)
    (x * x).backward()
    np.testing.assert_array_equal(x.grad.data, np.full(shape, 4.0))


@pytest.mark.parametrize("kind", [np.array, tensor, list])
def test_backward_takes_the_gradient_as_array_tensor_or_list(kind):
    x = tensor([1.0, 2.0], requires_grad=True)
    (x * x).backward(kind([1.0, 10.0]))
    np.testing.assert_array_equal(x.grad.data, [2, 40])


def test_a_gradient_given_as_numbers_is_not_rounded_to_float32():
    x = tensor([1.0], np.float64, requires_grad=True)
    x.backward([0.1])
    assert x.grad.item() == 0.1


def test_a_gradient_of_another_shape_is_refused():
    x = tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(ValueError, match=r"\(2, 1\).*\(2,\)"):
        (x * 2).backward(np.ones((2, 1)))


def test_backward_without_anything_to_differentiate_is_refused():
    with pytest.raises(RuntimeError, match="nothing to differentiate"):
        (tensor([1.0]) * 2).backward()


def test_a_rule_is_not_called_for_an_input_that_needs_no_gradient():
    def never(g):
        raise AssertionError("called")

    x, constant = tensor([1.0], requires_grad=True), tensor([1.0])
    record(x.data, (constant, never), (x, lambda g: g)).backward()
    assert x.grad.item() == 1


def test_a_rule_that_returns_a_wrong_shape_is_reported():
    x = tensor(np.ones((2, 3)), requires_grad=True)
    with pytest.raises(RuntimeError, match=r"shape \(3, 2\) for an operand of shape \(2, 3\)"):
        record(x.data, (x, lambda g: g.T)).backward(np.ones((2, 3)))


def test_record_takes_numbers_in_any_form_and_nothing_else():
    x = tensor([1.0], requires_grad=True)
    for values in ([2.0], 2.0, np.float32(2), np.ones((), np.float32)):
        y = record(values, (x, lambda g: 3 * g))
        assert (type(y.data), y.dtype) == (np.ndarray, np.float32)
        assert y.grad_fn is not None
    for values in ("text", [None], np.array(["a"])):
        with pytest.raises(TypeError, match="the result must be real numbers, got"):
            record(values, (x, lambda g: g))


@pytest.mark.parametrize("edges", [(), ({},), (3,), ((tensor([1.0]),),), ((1, abs),)], ids=str)
def test_what_record_cannot_use_is_refused(edges):
    with pytest.raises(TypeError, match=r"record needs pairs \(tensor, rule\)"):
        record(np.ones(1), *edges)


# ---- no_grad and detach ----------------------------------------------------------------------


def test_no_grad_records_nothing_inside_and_again_after():
    x = tensor([1.0], requires_grad=True)
    with no_grad():
        inside = x * 2
    assert not inside.requires_grad
    assert (x * 2).requires_grad


def test_no_grad_is_a_decorator():
    @no_grad()
    def twice(x, depth=2):
        return twice(x, depth - 1) * 2 if depth else x * 2

    x = tensor([1.0], requires_grad=True)
    assert not twice(x).requires_grad
    assert (x * 2).requires_grad


@pytest.mark.parametrize("block", [no_grad, ag.enable_grad])
def test_a_generator_is_not_decorated_as_its_body_runs_after_the_call(block):
    def products(x):
        yield 2 * x

    with pytest.raises(TypeError, match="write the with block inside"):
        block()(products)


def test_no_grad_nests():
    x = tensor([1.0], requires_grad=True)
    with no_grad():
        with no_grad():
            pass
        assert not (x * 2).requires_grad


def test_tolist_gives_python_s_numbers():
    assert tensor([[1.5, 2.0]], requires_grad=True).tolist() == [[1.5, 2.0]]
    assert type(tensor(3).tolist()) is int


def test_enable_grad_records_within_no_grad():
    x = tensor([1.0], requires_grad=True)
    with no_grad():
        with enable_grad():
            assert (2 * x).requires_grad
        assert not (2 * x).requires_grad


def test_no_grad_ends_with_an_error():
    with pytest.raises(ZeroDivisionError), no_grad():
        raise ZeroDivisionError
    assert (tensor([1.0], requires_grad=True) * 2).requires_grad


def test_no_grad_ends_when_ctrl_c_comes_at_any_of_its_lines():
    def interrupt_at(line):
        def trace(frame, event, _):
            nonlocal line
            if frame.f_code.co_filename != graph.__file__:
                return None
            if event == "line":
                line -= 1
                if line < 0:
                    raise KeyboardInterrupt
            return trace
        return trace

    traced_before = sys.gettrace()
    interrupted = 0
    for line in range(100):
        try:
            sys.settrace(interrupt_at(line))
            with no_grad():
                pass
            sys.settrace(traced_before)
            break
        except KeyboardInterrupt:
            sys.settrace(traced_before)
            interrupted += 1
        assert (tensor([1.0], requires_grad=True) * 2).requires_grad
    assert interrupted > 4


def test_no_grad_concerns_its_own_thread():
    x = tensor([1.0], requires_grad=True)
    seen = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append((x * 2).requires_grad))
        thread.start()
        thread.join()
    assert seen == [True]


def test_detach_is_a_constant_that_shares_its_values():
    x = tensor([2.0], requires_grad=True)
    y = (x * 3).detach()
    (y * x).backward()
    assert x.grad.item() == 6
    assert x.detach().data is x.data


# ---- conventions at kinks, and numbers of any size -------------------------------------------


def gradients(f, *values):
    inputs = [tensor(value, np.float64, requires_grad=True) for value in values]
    f(*inputs).sum().backward()
    return [x.grad.data.tolist() for x in inputs]


def test_relu_has_derivative_0_at_0():
    assert gradients(Tensor.relu, [-1.0, -0.0, 0.0, 1.0]) == [[0, 0, 0, 1]]


def test_abs_has_derivative_0_at_0():
    assert gradients(Tensor.abs, [-2.0, 0.0, 2.0]) == [[-1, 0, 1]]


def test_maximum_splits_a_tie_in_halves():
    assert gradients(ag.maximum, [1.0, 2.0, 3.0], 2.0) == [[0, 0.5, 1], 1.5]


def test_minimum_splits_a_tie_in_halves():
    assert gradients(ag.minimum, [1.0, 2.0, 3.0], 2.0) == [[1, 0.5, 0], 1.5]


def test_amax_shares_evenly_among_ties():
    assert gradients(lambda x: x.amax(dim=1), [[5.0, 5.0, 1.0], [1.0, 2.0, 3.0]]) == [
        [[0.5, 0.5, 0], [0, 0, 1]]]
    assert gradients(lambda x: x.max(), [5.0, 5.0, 1.0, 5.0, 5.0]) == [[0.25, 0.25, 0, 0.25, 0.25]]


def test_amin_shares_evenly_among_ties():
    assert gradients(lambda x: x.min(), [5.0, 1.0, 1.0]) == [[0, 0.5, 0.5]]


def test_powers_have_finite_derivatives_at_base_0():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert gradients(lambda x: x**0, [0.0, 2.0]) == [[0, 0]]
        assert gradients(lambda x: x**1, [0.0, 2.0]) == [[1, 1]]
        assert gradients(lambda x: x**2, [0.0, 2.0]) == [[0, 4]]
        assert gradients(lambda y: tensor(0.0) ** y, [2.0]) == [[0]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sigmoid_and_softplus_are_stable_far_out(dtype):
    x = tensor([-1e4, -100.0, 0.0, 100.0, 1e4], dtype, requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        s = x.sigmoid()
        s.backward(np.ones(5))
        sigmoid_grad, x.grad = x.grad, None
        p = x.softplus()
        p.backward(np.ones(5))
    # 1 / (1 + e^100) is 3.72e-44, a denormal of float32 (unit 1.4e-45)
    np.testing.assert_allclose(s.data, [0, np.exp(-100.0), 0.5, 1, 1], rtol=1e-6, atol=2e-45)
    np.testing.assert_allclose(sigmoid_grad.data, [0, np.exp(-100.0), 0.25, 0, 0], atol=2e-43)
    np.testing.assert_allclose(p.data, [0, np.exp(-100.0), np.log(2), 100, 1e4], rtol=1e-6,
                               atol=2e-45)
    np.testing.assert_allclose(x.grad.data, s.data)


def test_sigmoid_keeps_its_digits_in_the_lower_tail():
    # e^-40 / (1 + e^-40) = e^-40 to 17 digits; 1/2 + tanh(x/2)/2 would give 0
    np.testing.assert_allclose(tensor(np.array(-40.0)).sigmoid().item(), np.exp(-40.0), rtol=1e-15)


# ---- operators, numbers and arrays -----------------------------------------------------------

OPERATORS = {
    "+": lambda x, y: x + y, "-": lambda x, y: x - y, "*": lambda x, y: x * y,
    "/": lambda x, y: x / y, "**": lambda x, y: x**y, "@": lambda x, y: x @ y,
}
ARRAY = np.array([[1.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize("operator", OPERATORS)
def test_an_array_may_stand_on_either_side(operator):
    f = OPERATORS[operator]
    x = tensor(ARRAY + 1, requires_grad=True)
    for call in (lambda x: f(x, ARRAY), lambda x: f(ARRAY, x)):
        assert type(call(x)) is Tensor
        assert gradcheck(call, x)
    np.testing.assert_allclose(f(ARRAY, x).data, f(ARRAY, x.data), rtol=1e-14)


@pytest.mark.parametrize("number", [3, 2.5, True, np.float64(2.5), np.float32(2.5), np.int64(3)])
@pytest.mark.parametrize("operator", ["+", "-", "*", "/", "**"])
@pytest.mark.parametrize("shape", [(), (2,)])
def test_a_number_beside_float32_leaves_it_float32(operator, number, shape):
    f = OPERATORS[operator]
    x = tensor(np.full(shape, 2.0), np.float32)
    for y, expected in ((f(x, number), f(2.0, float(number))),
                        (f(number, x), f(float(number), 2.0))):
        assert y.dtype == np.float32
        np.testing.assert_allclose(y.data, np.full(shape, expected), rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, bool])
def test_integers_beside_float32_take_its_type(dtype):
    x = tensor([0.5, 1.5], np.float32, requires_grad=True)
    y = x * np.array([1, 0], dtype) + tensor([1, 1], dtype)
    assert y.dtype == np.float32
    np.testing.assert_array_equal(y.data, [1.5, 1])


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, bool])
def test_a_fraction_beside_integers_makes_floats_of_them(dtype):
    y = tensor([1, 0], dtype) * 0.5
    assert (y.dtype, y.tolist()) == (np.float32, [0.5, 0])


@pytest.mark.parametrize("shape", [(), (2,)])
def test_two_float_types_meet_in_the_wider_and_gradients_go_home_in_their_own(shape):
    x, y = tensor([1.0, 2.0], np.float32, True), tensor(np.ones(shape), np.float64, True)
    z = x * y
    z.backward(np.ones(2))
    assert (z.dtype, x.grad.dtype, y.grad.dtype) == (np.float64, np.float32, np.float64)


def test_to_converts_and_the_gradient_comes_back():
    x = tensor([1.5], np.float32, requires_grad=True)
    y = x.double()
    (y * y).backward()
    assert (y.dtype, x.grad.dtype, x.grad.item()) == (np.float64, np.float32, 3)


def test_integers_end_the_flow_of_the_gradient():
    assert not tensor([1.5], requires_grad=True).to(np.int64).requires_grad


def test_booleans_are_combined_as_in_logic_and_with_numbers_on_either_side():
    a, b = tensor([True, True, False, False]), np.array([True, False, True, False])
    assert (a & b).tolist() == (b & a).tolist() == [True, False, False, False]
    assert (a | b).tolist() == (b | a).tolist() == [True, True, True, False]
    assert (a ^ b).tolist() == (b ^ a).tolist() == [False, True, True, False]
    assert (~a).tolist() == [False, False, True, True]
    view = a[:]
    a ^= b
    assert view.tolist() == [False, True, True, False]
    for call in (lambda: ~tensor([1]), lambda: a & 1, lambda: tensor([1.0]) ^ a):
        with pytest.raises(TypeError, match="need booleans"):
            call()


def test_a_comparison_is_boolean_and_has_no_gradient():
    x = tensor([1.0, 2.0, 3.0], requires_grad=True)
    found = {"<": x < 2, "<=": x <= 2, ">": x > 2, ">=": x >= 2, "==": x == 2, "!=": x != 2,
             "array <": np.full(3, 2.0) < x}
    assert {name: y.data.tolist() for name, y in found.items()} == {
        "<": [True, False, False], "<=": [True, True, False],
        ">": [False, False, True], ">=": [False, True, True],
        "==": [False, True, False], "!=": [True, False, True],
        "array <": [False, False, True]}
    assert not any(y.requires_grad for y in found.values())


def test_a_tensor_is_a_key_by_identity():
    x, y = tensor([1.0]), tensor([1.0])
    names = {x: "x", y: "y"}
    assert (names[x], names[y]) == ("x", "y")


def test_numpy_functions_refuse_a_tensor():
    with pytest.raises(TypeError):
        np.exp(tensor([1.0]))


def test_numpy_functions_of_two_refuse_a_tensor_unless_it_is_an_array_s_operator():
    x = tensor([1.0, 2.0])
    for call in (lambda: np.subtract(x, 1), lambda: np.hypot(np.ones(2), x)):
        with pytest.raises(TypeError, match=r"would lose the gradient: write np\.\w+\(x\.numpy"):
            call()


@pytest.mark.parametrize("operand", ["1", [1.0], None])
def test_other_operands_are_refused(operand):
    with pytest.raises(TypeError, match="an operand is a tensor, an array or a number"):
        tensor([1.0]) + operand


@pytest.mark.parametrize("index", [tensor([2, 0, 2]), (slice(None), tensor([1, 1])),
                                   tensor(np.eye(3) > 0)], ids=["rows", "columns", "mask"])
def test_tensors_of_integers_and_booleans_are_indices(index):
    x = tensor(np.arange(9.0).reshape(3, 3), requires_grad=True)
    plain = tuple(i.data if isinstance(i, Tensor) else i
                  for i in (index if isinstance(index, tuple) else (index,)))
    np.testing.assert_array_equal(x[index].data, x.data[plain])
    assert gradcheck(lambda x: x[index], x)


@pytest.mark.parametrize(("index", "in_steps"), [
    ((1, slice(None), [4, 0]), lambda x: x[1][:, [4, 0]]),
    ((slice(None), [2, 0], None, 3), lambda x: x[:, :, 3][:, [2, 0], None]),
    ((0, ..., np.arange(5) > 2), lambda x: x[0][..., np.arange(5) > 2]),
], ids=["before", "after", "mask"])
def test_a_number_beside_an_array_only_takes_an_axis_off(index, in_steps):
    a = np.arange(30.0).reshape(2, 3, 5)  # NumPy itself would put the array's axis in front
    x = tensor(a, requires_grad=True)
    np.testing.assert_array_equal(x[index].data, in_steps(a))
    assert gradcheck(lambda x: x[index], x)
    y = tensor(a)
    y[index] = -tensor(in_steps(a))
    np.testing.assert_array_equal(in_steps(y.data), -in_steps(a))
    assert np.count_nonzero(y.data != a) == in_steps(a).size  # none of them is 0


@pytest.mark.parametrize("index", [((0, 0),), ([0, 0],), (np.array([0, 0]),)])
def test_an_entry_picked_twice_gets_both_gradients(index):
    x = tensor([1.0, 2.0], requires_grad=True)
    x[index].backward([1, 10])
    assert x.grad.tolist() == [11, 0]


def test_halves_are_added_up_in_more_digits_than_they_have():
    # Row by row in their own dtype they stop at 2048, as 2048 + 1 rounds to 2048.
    rows = np.ones((4096, 2), np.float16)
    assert tensor(rows).sum(0).tolist() == [4096, 4096]
    b = tensor(np.zeros(2, np.float16), requires_grad=True)
    (tensor(rows) + b).backward(rows)
    assert b.grad.tolist() == [4096, 4096]


def test_a_power_of_zero_has_the_derivatives_of_its_limit():
    # d x^y / dy = x^y log(x): 0 at x = 0 for y >= 0, minus infinity below.
    y = tensor([2.0, 0.0, -1.0], requires_grad=True)
    (tensor(np.zeros(3, np.float32)) ** y).sum().backward()
    assert y.grad.tolist() == [0, 0, -np.inf]


def test_a_power_of_0_is_constant_beside_others():
    x = tensor([0.0, 0.0, 3.0], requires_grad=True)
    (x ** tensor([0.0, 2.0, 2.0])).sum().backward()
    assert x.grad.tolist() == [0, 0, 6]


def test_iterating_gives_the_rows():
    x = tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    first, second = x
    (10 * first + second).sum().backward()
    np.testing.assert_array_equal(x.grad.data, [[10, 10], [1, 1]])


@pytest.mark.parametrize("join", [ag.concatenate, ag.stack])
def test_a_generator_of_tensors_is_joined_with_its_gradients(join):
    x = tensor([1.0, 2.0], requires_grad=True)
    join(k * x for k in (1, 10)).sum().backward()
    np.testing.assert_array_equal(x.grad.data, [11, 11])


@pytest.mark.parametrize("join", [ag.concatenate, ag.stack])
def test_what_cannot_be_joined_is_refused(join):
    for parts in ([], [np.ones((1, 2)), np.ones((1, 3, 1))]):
        with pytest.raises(ValueError, match="nothing to join|must agree|one shape"):
            join(parts)
    with pytest.raises(ValueError, match="nothing to join"):
        ag.concatenate([tensor(1.0)] * 2)


def test_no_tensor_is_made_with_more_than_2_to_the_28_numbers():
    with pytest.raises(ValueError, match="size must come to at most"):
        ag.creation.zeros(2**28 + 1)


@pytest.mark.parametrize(("data", "dtype"), [  # torch.tensor's
    ([np.float64(0.1)], np.float64), ([np.float64(0.1), 1], np.float64),
    ([[1.0], [np.float64(0.1)]], np.float64), ((np.full(2, 0.1),), np.float64),
    ([np.float32(0.1)], np.float32), ([np.float16(0.1), 2.0], np.float32), ([0.1], np.float32)])
def test_a_list_with_numbers_of_float64_keeps_their_digits(data, dtype):
    assert tensor(data).dtype == dtype
    np.testing.assert_array_equal(tensor(data).data, np.array(data).astype(dtype))


def test_where_asks_for_booleans():
    with pytest.raises(TypeError, match="booleans, not int64"):
        ag.where(np.array([1, 0]), tensor([1.0]), tensor([2.0]))


@pytest.mark.parametrize("bad", [np.array(["a"]), np.array([None]), np.array([1j])])
def test_where_says_of_either_side_what_is_no_number(bad):
    for x, y in ((bad, 1.0), (1.0, bad)):
        with pytest.raises(TypeError, match="an operand must be real numbers, got an array"):
            ag.where(np.array([True]), x, y)


def test_where_takes_numbers():
    x = tensor([1.0, 2.0], requires_grad=True)
    y = ag.where(x > 1.5, x, 0.0)
    assert y.dtype == np.float32
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.data, [0, 1])
    assert ag.where(x > 1.5, np.float64(1), 0.0).dtype == np.float64  # a number that has a dtype


def test_where_gives_nothing_to_the_side_not_chosen():
    # a product with the condition would give infinity * 0 = NaN
    x, y = tensor([1.0, 2.0], requires_grad=True), tensor([3.0, 4.0], requires_grad=True)
    ag.where(np.array([False, True]), x, y).backward([np.inf, np.inf])
    np.testing.assert_array_equal(x.grad.data, [0, np.inf])
    np.testing.assert_array_equal(y.grad.data, [np.inf, 0])


# ---- NaN and infinity ----------------------------------------------------------------------------


def sent_back(f, values, g, others=()):
    """What g becomes on its way back through f, at these values (and at others beside them)."""
    x, y = (tensor(np.array(v, float), requires_grad=True) for v in (values, others))
    (f(x, y) if len(others) else f(x)).backward(np.array(g, float))
    return [x.grad.data, y.grad.data] if len(others) else x.grad.data


INF, NAN = np.inf, np.nan


@pytest.mark.parametrize(("f", "values", "expected"), [  # PyTorch's choices at NaN
    (Tensor.relu, [NAN, -1, 0, 1, INF, -INF], [5, 0, 0, 5, 5, 0]),
    (Tensor.abs, [NAN, -1, 0, 1, INF, -INF], [0, -5, 0, 5, 5, -5]),
    (lambda x: x.clamp(0, 1), [NAN, -1, 0, 0.5, 1, INF], [0, 0, 5, 5, 5, 0]),
    (lambda x: x.clamp(min=NAN), [0, 1, NAN], [0, 0, 0]),
    (lambda x: x**0, [NAN, -1, 0, INF], [0, 0, 0, 0]),
], ids=["relu", "abs", "clamp", "clamp to NaN", "x^0"])
def test_the_derivative_at_nan(f, values, expected):
    np.testing.assert_array_equal(sent_back(f, values, [5] * len(values)), expected)


@pytest.mark.parametrize("f", [ag.maximum, ag.minimum])
def test_where_one_of_two_is_nan_each_gets_the_gradient(f):
    np.testing.assert_array_equal(sent_back(f, [NAN, 1, NAN], [5, 5, 5], [1, NAN, NAN]),
                                  [[5, 5, 5], [5, 5, 5]])


@pytest.mark.parametrize("name", ["amax", "amin", "max", "min"])
def test_of_nan_each_gets_a_share(name):
    for values, expected in (([NAN, 1, NAN, INF], [3, 0, 3, 0]), ([2, NAN, 1, 0], [0, 6, 0, 0])):
        np.testing.assert_array_equal(sent_back(getattr(Tensor, name), values, 6), expected)


@pytest.mark.parametrize("bad", [NAN, INF])
def test_a_gradient_that_is_not_finite_is_not_multiplied_by_0(bad):
    three = [bad] * 3
    for f, values, expected in (
            (Tensor.relu, [-1, 0, 1], [0, 0, bad]),
            (lambda x: x.clamp(0, 2), [-1, 1, 3], [0, bad, 0]),
            (lambda x: x**0, [-1, 0, 1], [0, 0, 0])):
        np.testing.assert_array_equal(sent_back(f, values, three), expected)
    np.testing.assert_array_equal(sent_back(ag.maximum, [0, 1, 2], three, [1, 1, 1]),
                                  [[0, bad, bad], [bad, bad, 0]])
    np.testing.assert_array_equal(sent_back(ag.minimum, [0, 1, 2], three, [1, 1, 1]),
                                  [[bad, bad, 0], [0, bad, bad]])
    np.testing.assert_array_equal(sent_back(Tensor.amax, [0, 2, 1], bad), [0, bad, 0])


@pytest.mark.parametrize("n_rows", [1, 2])
@pytest.mark.parametrize("n_out", [1, 2])
@pytest.mark.parametrize("bad", [NAN, INF])
def test_a_bad_weight_shows_behind_a_gradient_of_0(n_rows, n_out, bad):
    weight = np.ones((n_out, 2))
    weight[0, 1] = bad
    at_x, _ = sent_back(ag.linear, np.ones((n_rows, 2)), np.zeros((n_rows, n_out)), weight)
    np.testing.assert_array_equal(at_x, [[0, NAN]] * n_rows)


def test_a_quotient_is_divided_once_more_before_the_gradient_comes():
    # d (1 / y) / dy = -(1 / y) / y = -1e-400, rounded 0, and infinity times 0 is NaN (PyTorch's)
    _, at_y = sent_back(lambda x, y: x / y, [1.0], [INF], [1e200])
    assert np.isnan(at_y).all()


# ---- linear ----------------------------------------------------------------------------------


def test_linear_has_no_rule_for_data():
    weight = tensor(np.ones((2, 3)), requires_grad=True)
    out = ag.linear(tensor(np.ones((4, 3))), weight, tensor(np.ones(2), requires_grad=True))
    assert len(out.grad_fn.edges) == 2


@pytest.mark.parametrize("shapes", [[(4, 3), (2, 4), (2,)], [(4, 3), (2, 3), (1,)],
                                    [(4, 3), (2, 3), (3,)], [(), (2, 3), (2,)],
                                    [(4, 3), (3,), ()], [(), (3,), (3,)], [(), (), ()]], ids=str)
def test_linear_refuses_shapes_that_do_not_fit(shapes):
    with pytest.raises(ValueError, match=r"linear needs x \(\.\.\., n_in\)"):
        ag.linear(*[tensor(np.ones(shape)) for shape in shapes])


def test_linear_refuses_two_float_types():
    with pytest.raises(TypeError, match="x is float64, weight float32"):
        ag.linear(np.ones((4, 3)), tensor(np.ones((2, 3)), np.float32))


# ---- making and reading tensors --------------------------------------------------------------


@pytest.mark.parametrize(("data", "dtype"), [
    (1.5, np.float32), ([1.0, 2.0], np.float32), (1, np.int64), ([True], np.bool_),
    (np.float64(1.5), np.float64), (np.ones(2), np.float64), (np.ones(2, np.float16), np.float16),
])
def test_dtype_of_a_new_tensor(data, dtype):
    assert Tensor(data).dtype == dtype
    assert tensor(data).dtype == dtype


def test_tensor_with_a_dtype_goes_there_directly():
    assert tensor([0.1], np.float64).item() == 0.1


def test_tensor_of_a_result_is_a_leaf_with_its_values():
    y = tensor([0.1], np.float64, requires_grad=True) * 2
    for z in (tensor(y), tensor(y, np.float64)):
        assert z.is_leaf
        assert z.item() == 0.2


def test_tensor_copies_and_Tensor_shares():
    array = np.zeros(2)
    copied, shared = tensor(array), Tensor(array)
    array[0] = 1
    assert (copied.data[0], shared.data[0]) == (0, 1)
    assert shared.data is array


@pytest.mark.parametrize("data", ["text", None, [None], np.ones(2, complex)])
def test_data_that_is_no_numbers_is_refused(data):
    with pytest.raises(TypeError, match="data must be real numbers, got"):
        Tensor(data)


@pytest.mark.parametrize("dtype", [np.int64, bool])
def test_integers_cannot_require_a_gradient(dtype):
    with pytest.raises(TypeError, match="only floats can require a gradient"):
        Tensor(np.ones(2, dtype), requires_grad=True)
    with pytest.raises(TypeError, match="only floats can require a gradient"):
        tensor(np.ones(2, dtype)).requires_grad_()


def test_requires_grad_can_be_switched_on_leaves():
    x = tensor([1.0])
    assert x.requires_grad_() is x
    assert (x * 2).requires_grad
    x.requires_grad = False
    assert not (x * 2).requires_grad


def test_requires_grad_of_a_result_cannot_be_switched_off():
    y = tensor([1.0], requires_grad=True) * 2
    with pytest.raises(RuntimeError, match=r"\.detach\(\)"):
        y.requires_grad = False


def test_numpy_refuses_to_lose_a_gradient():
    x = tensor([1.0], requires_grad=True)
    with pytest.raises(RuntimeError, match=r"\.detach\(\)\.numpy\(\)"):
        x.numpy()
    with pytest.raises(RuntimeError, match=r"\.detach\(\)\.numpy\(\)"):
        np.asarray(x)
    assert np.asarray(x.detach()) is x.data


def test_argmax_finds_the_first_of_the_largest():
    x = tensor([[1.0, 3.0, 3.0], [4.0, 2.0, 0.0]], requires_grad=True)
    assert x.argmax(dim=1).data.tolist() == [1, 0]
    assert x.argmax().item() == 3


@pytest.mark.parametrize("name", ["sum", "mean", "amax", "amin", "max", "min", "argmax", "argmin",
                                  "any", "all"])
def test_keepdim_is_yes_or_no(name):
    x = tensor([[1.0, 2.0]])
    with pytest.raises(TypeError, match="keepdim must be True or False, got 1"):
        getattr(x, name)(1, keepdim=1)
    if name not in ("max", "min"):  # which give two tensors
        assert getattr(x, name)(1, keepdim=np.True_).shape == (1, 1)


@pytest.mark.parametrize("keepdim", [False, True])
def test_the_largest_of_a_number_is_the_number(keepdim):
    x = tensor(3.0, requires_grad=True)
    for found in (x.max(0, keepdim), x.min(-1, keepdim)):
        assert (found.values.tolist(), found.indices.tolist()) == (3, 0)
    x.max(0).values.backward()
    assert x.grad.item() == 1


def test_squeeze_and_unsqueeze():
    x = tensor(np.ones((2, 1, 3, 1)))
    assert x.squeeze().shape == (2, 3)
    assert x.squeeze(1).shape == (2, 3, 1)
    assert x.squeeze(0).shape == (2, 1, 3, 1)
    assert x.unsqueeze(-1).shape == (2, 1, 3, 1, 1)
    assert x.unsqueeze(-3).shape == (2, 1, 1, 3, 1) and x.unsqueeze(-5).shape == (1, 2, 1, 3, 1)
    assert tensor(2.0).unsqueeze(0).shape == (1,)


@pytest.mark.parametrize(("shape", "dims", "expected"), [
    ((2, 3, 4), (), (24,)), ((2, 3, 4), (1,), (2, 12)), ((2, 3, 4), (0, 1), (6, 4)),
    ((2, 3, 4), (-2, -1), (2, 12)), ((), (), (1,)), ((0, 3), (), (0,)), ((0, 3), (1,), (0, 3)),
])
def test_flatten(shape, dims, expected):
    assert tensor(np.ones(shape)).flatten(*dims).shape == expected
    with pytest.raises(ValueError, match="start_dim before end_dim"):
        tensor(np.ones((2, 3))).flatten(1, 0)


def test_what_python_asks_of_a_tensor():
    x = tensor([[1.0, 2.0, 3.0]], requires_grad=True)
    assert (x.shape, x.ndim, len(x), x.numel(), x.size(), x.size(1)) == ((1, 3), 2, 1, 3, (1, 3), 3)
    assert repr(x) == "tensor([[1., 2., 3.]], requires_grad=True)"
    assert f"{x.mean():.3f}" == "2.000"
    assert f"{x.detach()}" == "tensor([[1., 2., 3.]])"
    assert float(tensor(2.5)) == 2.5
    assert bool(tensor(1.0) > 0)


def test_gradcheck_tells_a_gradient_whose_entries_are_exchanged():
    # The sum of all entries is right: equal weights on the result would not show it.
    x = tensor([1.0, 2.0], np.float64, requires_grad=True)
    with pytest.raises(AssertionError, match="central differences give"):
        gradcheck(lambda x: record(3 * x.data, (x, lambda g: 3 * g[::-1])), x)


def test_gradcheck_needs_a_function_that_gives_a_tensor():
    with pytest.raises(TypeError, match="the result of f must be a Tensor"):
        gradcheck(lambda x: x.data, tensor([1.0], np.float64, requires_grad=True))


@pytest.mark.parametrize("bounds", [{"min": -1}, {"max": 1}, {"min": -1, "max": 1}])
def test_clamp_takes_either_bound_or_both(bounds):
    x = np.array([-3.0, -1.0, 0.5, 1.0, 4.0])
    np.testing.assert_array_equal(tensor(x).clamp(**bounds).data, np.clip(
        x, bounds.get("min", -np.inf), bounds.get("max", np.inf)))


def test_a_reduced_axis_goes_unless_it_is_kept():
    x = tensor(np.ones((2, 3)))
    for name in ("sum", "mean", "amax", "amin", "argmax", "argmin", "any", "all"):
        assert getattr(x, name)(0).shape == (3,), name
        assert getattr(x, name)(0, True).shape == (1, 3), name
    for extreme in (x.max, x.min):
        assert {part.shape for part in extreme(0)} == {(3,)}
        assert {part.shape for part in extreme(0, True)} == {(1, 3)}


@pytest.mark.parametrize("name", ["amax", "amin", "argmax", "argmin"])
def test_of_nothing_nothing_is_largest(name):
    with pytest.raises(ValueError, match="nothing largest or smallest"):
        getattr(tensor(np.ones((0, 3))), name)(0)


def test_logic_is_that_of_its_truth_table():
    x, y = tensor([False, False, True, True]), tensor([False, True, False, True])
    assert (x & y).tolist() == [False, False, False, True]
    assert (x | y).tolist() == [False, True, True, True]
    assert (x ^ y).tolist() == [False, True, True, False]


def test_shapes_that_do_not_broadcast_are_named():
    with pytest.raises(ValueError, match=r"\(2,\) and \(3,\) do not fit each other"):
        tensor([1.0, 2.0]) + tensor([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="shape must be at least -1"):
        tensor([1.0, 2.0]).reshape(-2)


def test_what_is_joined_has_the_widest_dtype_also_of_what_has_no_entries():
    # As torch.cat: float64 both times.
    none, one = tensor(np.zeros(0)), tensor(np.ones(1, np.float32))
    for joined in (ag.concatenate([none, one]), ag.concatenate([one[:0], none])):
        assert joined.dtype == np.float64


def test_a_whole_number_to_the_power_of_0_is_1():
    assert (tensor([2, 0]) ** tensor([0, 0])).tolist() == [1, 1]


@pytest.mark.parametrize("refused, error, message", [
    (lambda: tensor([True]) - tensor([True]), TypeError, "booleans have no difference"),
    (lambda: tensor([True]) ** tensor([True]), TypeError, "booleans have no powers"),
    (lambda: -tensor([True]), TypeError, "booleans have no negative"),
    (lambda: ag.where(np.ones(2, bool), np.ones(3), 1.0), ValueError, "do not fit each other"),
    (lambda: ag.where(np.ones(2, bool), 1.0, np.ones(3)), ValueError, "do not fit each other"),
    (lambda: tensor(np.ones((2, 1, 3))) @ tensor(np.ones((3, 3, 1))), ValueError,
     r"\(2,\) and \(3,\) do not fit each other")])
def test_what_numpy_would_refuse_is_refused_in_words_of_minicv(refused, error, message):
    with pytest.raises(error, match=message):
        refused()


def test_an_integer_type_holds_its_ends_and_nothing_beyond():
    for dtype in (np.int8, np.uint8, np.int64):
        ends = [np.iinfo(dtype).min, np.iinfo(dtype).max]
        assert tensor(ends, dtype).tolist() == ends
    for beyond in (-129, 128):
        with pytest.raises(ValueError, match="int8 cannot hold"):
            tensor([beyond, 0], np.int8)


def test_what_was_written_into_is_forgotten_when_it_is_gone():
    before = len(memory._dates)
    x = tensor([1.0, 2.0])
    x += 1
    assert len(memory._dates) == before + 1
    del x
    gc.collect()
    assert len(memory._dates) == before
