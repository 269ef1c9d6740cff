"""What a module finds in itself, and what it refuses, against `torch.nn`; functions as well."""

import numpy as np
import pytest

from minicv import nn
from minicv.autograd import Tensor, no_grad

torch = pytest.importorskip("torch")


def both(build):
    """The same steps with each library."""
    return build(nn), build(torch.nn)


def parameter(library, n=2):
    return library.Parameter(np.ones(n, np.float32) if library is nn else torch.ones(n))


def constant(library, n=2):
    return Tensor(np.ones(n, np.float32)) if library is nn else torch.ones(n)


def empty(library):
    return library.Module()


def names(module):
    return [name for name, _ in module.named_parameters()]


ASSIGNMENTS = {
    "tensor for parameter": lambda lib, m: setattr(m, "weight", constant(lib)),
    "number for parameter": lambda lib, m: setattr(m, "weight", 3),
    "function for module": lambda lib, m: setattr(m, "relu", abs),
    "tensor for module": lambda lib, m: setattr(m, "relu", constant(lib)),
    "tensor for none that was a parameter": lambda lib, m: setattr(m, "gone", constant(lib)),
    "tensor for no bias": lambda lib, m: setattr(m.linear, "bias", constant(lib)),
    "none for parameter": lambda lib, m: setattr(m, "weight", None),
    "parameter for parameter": lambda lib, m: setattr(m, "weight", parameter(lib, 3)),
    "parameter for none": lambda lib, m: setattr(m, "gone", parameter(lib)),
    "none for module": lambda lib, m: setattr(m, "relu", None),
    "module for parameter": lambda lib, m: setattr(m, "weight", lib.Linear(1, 1)),
    "parameter for module": lambda lib, m: setattr(m, "relu", parameter(lib)),
    "parameter for number": lambda lib, m: setattr(m, "number", parameter(lib)),
    "number for number": lambda lib, m: setattr(m, "number", 4),
    "delete a parameter": lambda lib, m: delattr(m, "weight"),
    "delete, then a tensor": lambda lib, m: (delattr(m, "weight"),
                                           setattr(m, "weight", constant(lib))),
    "delete a module": lambda lib, m: delattr(m, "relu"),
    "delete what is not there": lambda lib, m: delattr(m, "nothing"),
}


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_an_assignment_is_taken_or_refused_alike(name):
    results = []
    for library in (nn, torch.nn):
        module = empty(library)
        module.number, module.relu = 3, library.ReLU()
        module.weight, module.gone = parameter(library), parameter(library)
        module.gone = None
        module.linear = library.Linear(2, 2, bias=False)
        module.last = parameter(library)
        try:
            ASSIGNMENTS[name](library, module)
            error = None
        except (TypeError, AttributeError) as caught:
            error = type(caught)
        results.append((error, names(module), [name for name, _ in module.named_children()]))
    assert results[0] == results[1]


def shared(library):
    module = empty(library)
    layer = library.Linear(2, 2)
    module.list = library.ModuleList([layer, library.ReLU(), layer])
    module.list.append(library.Linear(2, 1))
    module.again = layer
    module.inner = library.Sequential(library.Sequential(layer), library.ReLU())
    return module


def test_names_of_parameters_modules_and_children():
    ours, theirs = both(shared)
    assert names(ours) == names(theirs)
    assert [name for name, _ in ours.named_modules()] == [name for name, _ in
                                                          theirs.named_modules()]
    assert [name for name, _ in ours.named_modules(prefix="x")] == [
        name for name, _ in theirs.named_modules(prefix="x")]
    assert [name for name, _ in ours.named_children()] == [name for name, _ in
                                                           theirs.named_children()]
    assert len(list(ours.inner.children())) == len(list(theirs.inner.children()))


@pytest.mark.parametrize("use", [
    len, lambda m: len(m[1:]), lambda m: type(m[-1]).__name__, lambda m: len(list(m)),
    lambda m: type(m[:1]).__name__, lambda m: m.append(m[0]) is m, lambda m: len(m.extend([m[0]])),
])
def test_a_module_list_is_used_alike(use):
    ours, theirs = both(lambda lib: lib.ModuleList([lib.Linear(2, 3), lib.ReLU(),
                                                    lib.Linear(3, 1)]))
    assert use(ours) == use(theirs)


@pytest.mark.parametrize("bad, error", [
    (lambda lib, m: m[3], IndexError), (lambda lib, m: m.append(3), TypeError),
    (lambda lib, m: lib.ModuleList(3), TypeError),
    (lambda lib, m: m(constant(lib)), NotImplementedError),
])
def test_a_module_list_refuses_alike(bad, error):
    for library in (nn, torch.nn):
        with pytest.raises(error):
            bad(library, library.ModuleList([library.ReLU()]))


def test_dtypes_and_devices_are_changed_alike():
    ours, theirs = both(lambda lib: lib.Linear(2, 1))
    for change in (lambda m: m.double(), lambda m: m.float(), lambda m: m.to("cpu"),
                   lambda m: m.cpu(), lambda m: m.eval(), lambda m: m.train(False)):
        assert change(ours) is ours and change(theirs) is theirs
        assert str(ours.weight.dtype) == str(theirs.weight.dtype).removeprefix("torch.")
        assert ours.training is theirs.training


X = np.random.default_rng(0).normal(size=(4, 3, 6, 5))
W = np.random.default_rng(1).normal(size=(2, 3, 3, 2))
SCORES, CLASSES = X[..., 0, 0], np.array([0, 2, 1, 1])
FUNCTIONS = {
    "relu": ((X,), {}), "sigmoid": ((X,), {}), "softmax": ((X,), {"dim": 1}),
    "log_softmax": ((X, -1), {}), "linear": ((X, W[0, 0].repeat(2, 1)[:, :1] @ X[0, 0, :1], None),
                                            {}),
    "mse_loss": ((X, X[::-1].copy()), {"reduction": "sum"}),
    "binary_cross_entropy_with_logits": ((X, (X > 0) * 1.0), {}),
    "cross_entropy": ((SCORES, CLASSES), {"label_smoothing": 0.1}),
    "multi_margin_loss": ((SCORES, CLASSES, 2, 0.5), {}),
    "conv2d": ((X, W, None, 2, 1, (1, 2)), {}), "max_pool2d": ((X, 2, None, 1, 1, True), {}),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_take_the_same_arguments_in_the_same_order(name):
    arguments, options = FUNCTIONS[name]

    def converted(make):
        return [make(one) if isinstance(one, np.ndarray) else one for one in arguments]

    ours = getattr(nn.functional, name)(*converted(Tensor), **options)
    theirs = getattr(torch.nn.functional, name)(*converted(torch.tensor), **options)
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-12, atol=1e-12)


def test_every_function_is_compared():
    assert set(FUNCTIONS) == set(nn.functional.__all__)


@pytest.mark.parametrize("gradient", [
    lambda lib: constant(lib, 3), lambda lib: np.ones(2), lambda lib: "a",
])
def test_a_gradient_of_another_shape_is_refused_by_both_before_a_step(gradient):
    """In PyTorch when it is assigned, here at the latest in the step."""
    for library, optim in ((nn, nn.optim), (torch.nn, torch.optim)):
        p = parameter(library)
        with pytest.raises((TypeError, RuntimeError, ValueError, AttributeError)):
            p.grad = gradient(library)
            optim.SGD([p], lr=0.1).step()
        assert p.tolist() == [1, 1]


def test_a_row_of_minus_infinity_that_is_ignored_has_gradient_zero_in_both():
    values = np.array([[-np.inf, -np.inf], [0.0, 1.0]])
    ours, theirs = Tensor(values, requires_grad=True), torch.tensor(values, requires_grad=True)
    nn.cross_entropy(ours, [-100, 1]).backward()
    torch.nn.functional.cross_entropy(theirs, torch.tensor([-100, 1])).backward()
    np.testing.assert_allclose(ours.grad.numpy()[1], theirs.grad.numpy()[1], rtol=1e-12)
    assert ours.grad.numpy()[0].tolist() == [0, 0]  # NaN in PyTorch


def test_the_trap_of_half_precision_is_in_pytorch_and_not_here():
    ours, theirs = (nn.Parameter(np.ones(2, np.float16)),
                    torch.nn.Parameter(torch.ones(2, dtype=torch.float16)))
    adams = nn.optim.Adam([ours]), torch.optim.Adam([theirs])
    for _ in range(2):
        ours.grad, theirs.grad = Tensor(np.zeros(2, np.float16)), torch.zeros_like(theirs)
        for adam in adams:
            adam.step()
    with no_grad():
        assert ours.tolist() == [1, 1]
    assert torch.isnan(theirs).all()
