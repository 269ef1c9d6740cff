"""Optimisers: closed forms of single steps, a plain loop as oracle, and what they refuse."""

import math

import numpy as np
import pytest

from minicv import nn
from minicv.autograd import Tensor, tensor

BOTH = {
    "SGD": lambda params, **options: nn.optim.SGD(params, **{"lr": 0.1, **options}),
    "Adam": nn.optim.Adam,
}


def parameter(*values, gradient=None):
    """A float64 vector to be moved, with its gradient already there."""
    param = nn.Parameter(np.array(values, np.float64))
    param.grad = None if gradient is None else Tensor(np.array(gradient, np.float64))
    return param


# ---- SGD ----------------------------------------------------------------------------------------


def test_sgd_moves_by_lr_times_gradient():
    p = parameter(1.0, 2.0, gradient=[10.0, -20.0])
    nn.optim.SGD([p], lr=0.1).step()
    assert p.data == pytest.approx([0, 4])


def test_sgd_momentum_sums_up_a_geometric_series():
    p = parameter(0.0, gradient=[1.0])
    optimizer = nn.optim.SGD([p], lr=0.1, momentum=0.9)
    velocities = []
    for _ in range(5):
        before = p.data.item()
        optimizer.step()
        velocities.append((before - p.data.item()) / 0.1)
    # With gradient 1 in every step: v_n = 1 + 0.9 + ... = (1 - 0.9^n) / (1 - 0.9).
    assert velocities == pytest.approx([(1 - 0.9**n) / 0.1 for n in range(1, 6)])


@pytest.mark.parametrize("momentum", [0, 0.9])
def test_sgd_weight_decay_alone_shrinks_by_a_factor(momentum):
    p = parameter(3.0, -5.0, gradient=[0.0, 0.0])
    nn.optim.SGD([p], lr=0.1, momentum=momentum, weight_decay=0.5).step()
    assert p.data == pytest.approx([3 * 0.95, -5 * 0.95])


# ---- Adam ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BOTH)
def test_the_defaults_are_those_of_torch(name):
    # lr = 1e-3, no momentum, no decay: two steps with the gradient 1 move by 1e-3 each
    p = parameter(1.0, gradient=[1.0])
    optimizer = getattr(nn.optim, name)([p])
    for _ in range(2):
        optimizer.step()
    assert p.data.item() == pytest.approx(1 - 2e-3, abs=1e-10)


def test_adam_first_step_is_lr_whatever_the_size_of_the_gradient():
    p = parameter(0.0, 0.0, 0.0, gradient=[1e-3, -1.0, 1e6])
    nn.optim.Adam([p], lr=0.01).step()
    assert p.data == pytest.approx([-0.01, 0.01, -0.01], rel=1e-4)  # 1e-8 / 1e-3 is from eps


def test_adam_leaves_parameters_with_gradient_zero():
    p = parameter(1.0, gradient=[0.0])
    nn.optim.Adam([p]).step()
    assert p.data.item() == 1


def plain_adam(start, gradients, lr, betas, eps, weight_decay):
    """The algorithm as in the paper, one parameter array, nothing reused."""
    p, m, v, t = start.copy(), 0.0, 0.0, 0
    for gradient in gradients:
        if gradient is None:
            continue
        t += 1
        g = gradient + weight_decay * p
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        m_hat, v_hat = m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)
        p = p - lr * m_hat / (np.sqrt(v_hat) + eps)
    return p


def plain_sgd(start, gradients, lr, momentum, weight_decay):
    p, v = start.copy(), 0.0
    for gradient in gradients:
        if gradient is None:
            continue
        v = momentum * v + gradient + weight_decay * p
        p = p - lr * v
    return p


@pytest.mark.parametrize("sometimes_missing", [False, True])
@pytest.mark.parametrize("plain, optimizer, options", [
    (plain_adam, nn.optim.Adam,
     {"lr": 0.02, "betas": (0.8, 0.95), "eps": 1e-6, "weight_decay": 0.3}),
    (plain_adam, nn.optim.Adam,
     {"lr": 0.02, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0}),
    (plain_adam, nn.optim.Adam,
     {"lr": 0.02, "betas": (0.3, 0.45), "eps": 1e-6, "weight_decay": 0.3}),
    (plain_sgd, nn.optim.SGD, {"lr": 0.02, "momentum": 0.7, "weight_decay": 0.3}),
])
def test_steps_are_those_of_the_formula_also_where_gradients_are_missing(plain, optimizer, options,
                                                             sometimes_missing):
    rng = np.random.default_rng(0)
    shapes = [(4, 3), (4,), (), (2, 2, 2), (1,), (5,)]
    starts = [rng.normal(size=shape) for shape in shapes]
    gradients = [[rng.normal(size=shape) for _ in range(20)] for shape in shapes]
    if sometimes_missing:  # in runs of all kinds: none missing, some, all
        missing = rng.random((len(shapes), 20)) < 0.3
        missing[:, 7] = True
        gradients = [[None if gone else g for g, gone in zip(*row)]
                     for row in zip(gradients, missing)]
    params = [nn.Parameter(start.copy()) for start in starts]
    moving = optimizer(params, **options)
    for step in range(20):
        for param, own in zip(params, gradients):
            param.grad = None if own[step] is None else Tensor(own[step])
        moving.step()
    for param, start, own in zip(params, starts, gradients):
        assert param.data == pytest.approx(plain(start, own, **options), rel=1e-12)


# ---- what both share ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", BOTH)
def test_parameters_without_gradient_stay_even_under_weight_decay(name):
    still, moved = parameter(1.0), parameter(1.0, gradient=[1.0])
    BOTH[name]([still, moved], weight_decay=0.5).step()
    assert still.data.item() == 1
    assert moved.data.item() < 1


@pytest.mark.parametrize("name", BOTH)
def test_parameters_are_moved_in_place_in_their_dtype(name):
    p = nn.Parameter(np.ones(3, np.float32))
    p.grad = tensor([1.0, 2.0, 3.0])
    array = p.data
    BOTH[name]([p]).step()
    assert p.data is array and array.dtype == np.float32
    assert np.all(array < 1)


@pytest.mark.parametrize("name", BOTH)
def test_a_step_leaves_the_gradient(name):
    p = parameter(1.0, 1.0, gradient=[3.0, 4.0])
    BOTH[name]([p], weight_decay=0.1).step()
    assert p.grad.numpy().tolist() == [3, 4]


@pytest.mark.parametrize("name", BOTH)
def test_zero_grad_forgets(name):
    p = parameter(1.0, gradient=[1.0])
    optimizer = BOTH[name]([p])
    optimizer.zero_grad()
    assert p.grad is None
    optimizer.step()
    assert p.data.item() == 1


@pytest.mark.parametrize("name", BOTH)
def test_zero_grad_can_leave_zeros(name):
    with_gradient, without = parameter(1.0, gradient=[1.0]), parameter(1.0)
    held = with_gradient.grad
    BOTH[name]([with_gradient, without]).zero_grad(set_to_none=False)
    assert with_gradient.grad is held  # as in PyTorch: who holds it sees the zeros
    assert with_gradient.grad.tolist() == [0]
    assert without.grad is None


@pytest.mark.parametrize("name", BOTH)
def test_lr_may_be_changed_between_steps(name):
    p = parameter(1.0, gradient=[1.0])
    optimizer = BOTH[name]([p])
    optimizer.lr = 0
    optimizer.step()
    assert p.data.item() == 1


@pytest.mark.parametrize("name", BOTH)
def test_a_generator_of_parameters_is_taken_and_training_fits_a_line(name):
    x = Tensor(np.linspace(-1, 1, 20).reshape(20, 1))
    network = nn.Linear(1, 1, rng=0, dtype=np.float64)
    optimizer = BOTH[name](network.parameters(), lr=0.1)
    for _ in range(1000):
        optimizer.zero_grad()
        nn.mse_loss(network(x), x * 2 + 3).backward()
        optimizer.step()
    assert network.weight.item() == pytest.approx(2, abs=1e-6)
    assert network.bias.item() == pytest.approx(3, abs=1e-6)


@pytest.mark.parametrize("name", BOTH)
def test_parameters_of_two_dtypes_keep_theirs(name):
    a, b = nn.Parameter(np.ones(2, np.float32)), nn.Parameter(np.ones(2, np.float64))
    a.grad, b.grad = Tensor(np.ones(2, np.float32)), Tensor(np.ones(2))
    BOTH[name]([a, b]).step()
    assert (a.dtype, b.dtype) == (np.float32, np.float64)
    assert a.data == pytest.approx(b.data, rel=1e-6)


@pytest.mark.parametrize("name", BOTH)
def test_no_parameters_is_an_error_that_mentions_walked_generators(name):
    params = nn.Linear(1, 1).parameters()
    list(params)
    with pytest.raises(ValueError, match="needs parameters.*generator"):
        BOTH[name](params)


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("bad", [-0.1, math.nan, math.inf])
@pytest.mark.parametrize("option", ["lr", "weight_decay"])
def test_negative_and_infinite_options_are_errors(name, option, bad):
    with pytest.raises(ValueError, match=f"{option} must be (a finite number|at least 0)"):
        BOTH[name]([parameter(1.0)], **{option: bad})


@pytest.mark.parametrize("option, bad", [("betas", (1.0, 0.9)), ("betas", (0.9, -0.1)),
                                         ("eps", -1e-8)])
def test_adam_refuses_options_out_of_range(option, bad):
    with pytest.raises(ValueError, match=option):
        nn.optim.Adam([parameter(1.0)], **{option: bad})


def test_sgd_refuses_negative_momentum():
    with pytest.raises(ValueError, match="momentum"):
        nn.optim.SGD([parameter(1.0)], momentum=-0.9)


@pytest.mark.parametrize("name", BOTH)
def test_a_parameter_given_twice_is_an_error(name):
    p = parameter(1.0)
    with pytest.raises(ValueError, match="there twice"):
        BOTH[name]([p, p])


@pytest.mark.parametrize("name", BOTH)
def test_a_single_tensor_is_an_error(name):
    with pytest.raises(TypeError, match="put a single tensor in a list"):
        BOTH[name](parameter(1.0))


@pytest.mark.parametrize("name", BOTH)
def test_arrays_are_an_error(name):
    with pytest.raises(TypeError, match=r"of params must be a Tensor, .*module\.parameters"):
        BOTH[name]([np.ones(1)])


@pytest.mark.parametrize("name", BOTH)
def test_tensors_that_collect_no_gradient_are_an_error(name):
    with pytest.raises(ValueError, match=r"require a gradient.*unlike this one of \(1,\)"):
        BOTH[name]([Tensor([1.0])])
    with pytest.raises(ValueError, match="can be written into, unlike this one"):
        BOTH[name]([parameter(1.0) * 2])


# ---- gradients that do not fit ------------------------------------------------------------------


def poisoned(gradient, dtype=np.float64):
    """A parameter of three numbers with this gradient, whatever that is."""
    p = nn.Parameter(np.ones(3, dtype))
    p.grad = Tensor(np.zeros(3, dtype))
    p.grad.data = np.asarray(gradient)
    return p


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("gradient, message", [
    (np.ones(5), r"parameter 1 .* its gradient \(5,\) of float64"),
    (np.ones((1, 3)), r"parameter 1 .* its gradient \(1, 3\)"),
    (1.0, r"parameter 1 .* its gradient \(\)"),
    (np.ones(3, np.float32), "parameter 1 .* of float32: all must be alike"),
])
def test_a_gradient_of_another_shape_or_dtype_is_an_error_before_anything_moves(name, gradient,
                                                                                message):
    first, wrong = parameter(1.0, gradient=[1.0]), poisoned(gradient)
    optimizer = BOTH[name]([first, wrong])
    with pytest.raises(ValueError, match=message):
        optimizer.step()
    assert first.data.tolist() == [1] and wrong.data.tolist() == [1, 1, 1]
    # Nor was anything remembered: from here on it is as if that step had not been.
    wrong.grad = Tensor(np.ones(3))
    optimizer.step()
    fresh = parameter(1.0, gradient=[1.0])
    BOTH[name]([fresh]).step()
    assert first.data.item() == fresh.data.item()


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("dtype, bad", [(np.float64, np.nan), (np.float32, np.inf),
                                        (np.float16, np.nan)])
@pytest.mark.filterwarnings("error")
def test_a_gradient_that_is_not_finite_shows_in_its_number_and_in_no_other(name, dtype, bad):
    p = poisoned(np.array([1, 1, bad], dtype), dtype)
    BOTH[name]([p]).step()
    assert np.isfinite(p.data).tolist() == [True, True, False]


@pytest.mark.parametrize("dtype, large", [(np.float32, 1e20), (np.float64, -1e200)])
@pytest.mark.filterwarnings("error")
def test_adam_does_not_stop_for_ever_where_the_square_of_a_gradient_is_infinite(dtype, large):
    p = poisoned(np.array([1, 1, large], dtype), dtype)
    adam = nn.optim.Adam([p])
    adam.step()
    p.grad = Tensor(np.ones(3, dtype))
    adam.step()  # its mean square is infinite: NaN, rather than a number that no longer moves
    assert np.isfinite(p.data).tolist() == [True, True, False]


@pytest.mark.parametrize("betas", [(0, 0), (0, 1e-30), (1e-30, 0)])
def test_adam_that_forgets_at_once_takes_steps_of_lr(betas):
    # m' / sqrt(v') = g / |g|, also right after a gradient that is 10 billion times as large
    p = nn.Parameter(np.zeros(1, np.float32))
    adam = nn.optim.Adam([p], lr=0.5, betas=betas, eps=1e-30)
    for g, expected in ((1e5, -0.5), (1e-5, -1.0), (-1e-5, -0.5), (-1e5, 0.0)):
        p.grad = Tensor(np.array([g], np.float32))
        adam.step()
        assert p.data[0] == pytest.approx(expected, abs=1e-6)


def test_the_first_step_of_adam_is_lr_however_long_it_remembers():
    # m' = g and v' = g^2, to the digits of float32, though m and v are 10,000 times as small
    p = poisoned(np.array([0.3, -7.0, 1e5], np.float32), np.float32)
    before = p.data.copy()
    nn.optim.Adam([p], lr=1.0, betas=(0.9999, 0.9999), eps=1e-30).step()
    np.testing.assert_allclose(p.data - before, [-1, 1, -1], rtol=1e-6)


@pytest.mark.parametrize("gradient", [0.0, 1e-7, 1e-4, 1.0, 300.0, 6e4])
@pytest.mark.parametrize("name", BOTH)
@pytest.mark.filterwarnings("error")
def test_halves_move_as_in_double_precision_and_never_become_nan(name, gradient):
    half, double = (nn.Parameter(np.full(1, 0.5, dtype)) for dtype in (np.float16, np.float64))
    optimizers = [BOTH[name]([p], lr=1e-2) for p in (half, double)]
    for _ in range(3):
        for p, optimizer in zip((half, double), optimizers):
            p.grad = Tensor(np.full(1, gradient, np.float16).astype(p.dtype))
            optimizer.step()
    assert half.dtype == np.float16
    # Three steps, each rounded to a half: relative errors of 2^-11.
    assert half.data[0] == pytest.approx(double.data[0], rel=2e-3)


def test_a_parameter_in_a_read_only_array_is_refused():
    fixed = np.zeros(2)
    fixed.flags.writeable = False
    with pytest.raises(ValueError, match="can be written into, unlike this one"):
        nn.optim.SGD([nn.Parameter(fixed)])


@pytest.mark.parametrize("make, message", [
    (lambda: nn.optim.SGD(["a"]), "an entry of params must be a Tensor"),
    (lambda: nn.optim.SGD(3), "params must be a list"),
    (lambda: nn.optim.SGD([{"params": []}]), "pass module.parameters"),
    (lambda: nn.optim.SGD([parameter(1.0)], "fast"), "lr must be a number, got 'fast'"),
    (lambda: nn.optim.SGD([parameter(1.0)], 0.1, 0.9, 0.5), "positional"),  # dampening in PyTorch
])
def test_what_is_no_parameter_and_no_number(make, message):
    with pytest.raises(TypeError, match=message):
        make()


@pytest.mark.parametrize("betas", [(0.9,), 0.9, (0.9, 0.9, 0.9)])
def test_there_are_two_betas(betas):
    with pytest.raises(ValueError, match=r"betas must have the shape \(2,\)"):
        nn.optim.Adam([parameter(1.0)], betas=betas)


def test_an_eps_that_would_be_zero_is_refused():
    with pytest.raises(ValueError, match="eps must be at least 1e-30"):
        nn.optim.Adam([parameter(1.0)], eps=0)


def test_a_step_between_forward_and_backward_is_not_mixed_into_the_gradient():
    # The rule of the product needs the old value of p; after the step it is not there any more.
    p = Tensor([2.0], requires_grad=True)
    first = (3 * p).sum()
    second = (p * p).sum()
    optimizer = nn.optim.SGD([p], lr=0.1)
    first.backward()
    optimizer.step()
    with pytest.raises(RuntimeError, match="changed in place"):
        second.backward()
