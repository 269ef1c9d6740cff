"""In-place operators: what they change, what they refuse, and that no gradient is wrong for it.

Right values are closed forms, in the comments. The same programs beside PyTorch, and many more, are
in tests/parity/test_in_place_torch.py.
"""

import copy
import gc
import pickle

import numpy as np
import pytest

from minicv import nn
from minicv.autograd import Tensor, memory, no_grad, record, tensor, where


def leaf():
    return tensor([1.0, 2.0], requires_grad=True)


CHANGES = {
    "+=": lambda x: x.__iadd__(1), "-=": lambda x: x.__isub__(1), "*=": lambda x: x.__imul__(2),
    "/=": lambda x: x.__itruediv__(2), "**=": lambda x: x.__ipow__(2),
    "[0] =": lambda x: x.__setitem__(0, 5), "zero_": Tensor.zero_, "add_": lambda x: x.add_(1),
    "sub_": lambda x: x.sub_(1), "mul_": lambda x: x.mul_(2), "fill_": lambda x: x.fill_(2),
    "copy_": lambda x: x.copy_(np.zeros(2)), "clamp_": lambda x: x.clamp_(0, 1.5),
}
every_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


@every_change
def test_a_constant_changes_in_its_own_memory_and_its_views_with_it(change):
    x = tensor([1.0, 2.0])
    array, view, row = x.data, x.reshape(2, 1), x[0]
    change(x)
    assert x.data is array
    assert x.tolist() != [1, 2]
    assert view.flatten().tolist() == x.tolist()
    assert row.item() == x[0].item()


@every_change
def test_a_leaf_changes_within_no_grad_only(change):
    x = leaf()
    with pytest.raises(RuntimeError, match="leaf that requires a gradient.*no_grad"):
        change(x)
    assert x.tolist() == [1, 2]
    with no_grad():
        change(x)
    assert x.tolist() != [1, 2]
    assert x.is_leaf
    assert x.requires_grad


@every_change
def test_no_gradient_of_overwritten_values(change):
    y = leaf() * 1
    z = (y * y).sum()  # needs y as it was
    change(y)
    with pytest.raises(RuntimeError, match="changed in place since"):
        z.backward()


@every_change
def test_a_view_of_a_result_is_refused(change):
    y = leaf() * 1
    with pytest.raises(RuntimeError, match="this tensor is a view"):
        change(y.reshape(2))


@every_change
def test_the_rule_of_a_change_itself_is_right(change):
    # the same out of place, by central differences: dL/dx of sum(change(3 x)^2)
    def loss(values):
        y = tensor(values, np.float64, requires_grad=True)
        z = 3 * y
        change(z)
        return y, (z * z).sum()

    x, total = loss([0.1, 0.7])
    total.backward()
    for i in range(2):
        step = np.eye(2)[i] * 1e-6
        difference = (loss(x.data + step)[1].item() - loss(x.data - step)[1].item()) / 2e-6
        assert x.grad.data[i] == pytest.approx(difference, abs=1e-6)


def test_training_by_hand_moves_the_parameters_of_a_layer():
    layer = nn.Linear(2, 1, rng=0)
    weight, before = layer.weight, layer.weight.tolist()
    layer(np.ones((3, 2), np.float32)).sum().backward()  # dL/dw = 3, for each of the two
    with no_grad():
        for p in layer.parameters():
            p -= 0.5 * p.grad
    assert layer.weight is weight
    np.testing.assert_allclose(layer.weight.data, np.array(before) - 1.5, rtol=1e-6)


def test_what_was_computed_before_leads_to_the_old_values():
    x = leaf()
    y = 2 * x
    z = y + 1
    y *= 3
    (z + y).sum().backward()  # 2 x + 1 + 6 x
    assert x.grad.tolist() == [8, 8]


def test_a_sum_that_grows_in_place_has_all_gradients():
    x, total = leaf(), tensor(0.0)
    for factor in (1, 10, 100):
        total += (factor * x).sum()
    total.backward()
    assert x.grad.tolist() == [111, 111]


def test_an_entry_set_twice_gives_its_gradient_to_the_one_that_stayed():
    values, y = tensor([5.0, 7.0], requires_grad=True), tensor(np.zeros(3, np.float32))
    y[[1, 1]] = values
    y.backward([1, 10, 100])
    assert y.tolist() == [0, 7, 0]
    assert values.grad.tolist() == [0, 10]


def test_an_entry_that_did_not_stay_gets_0_whatever_comes_back():
    values = tensor([1.0, 2.0], requires_grad=True)
    x = tensor([0.0, 0.0])
    x[[0, 0]] = values
    x.backward([np.inf, 1])
    assert values.grad.tolist() == [0, np.inf]


def test_a_view_of_a_constant_would_miss_the_gradient_that_the_whole_takes_up():
    x, whole = leaf(), tensor([0.0, 0.0])
    before = whole[:1]
    whole += x
    with pytest.raises(RuntimeError, match="make the view again"):
        before * 2
    (whole[:1] * 2).sum().backward()
    assert x.grad.tolist() == [2, 0]
    with no_grad():
        assert (before * 2).tolist() == [2]


def test_a_multiple_of_small_integers_is_added_in_the_dtype_of_the_sum():
    x = tensor([0.5])
    assert x.add_(tensor([3], np.int8), alpha=100).tolist() == [300.5]  # int8 ends at 127


def test_a_single_number_changed_in_place_has_the_gradient_of_its_new_history():
    x = tensor([1.0, 2.0], requires_grad=True)
    total = x.sum() * 1
    total.fill_(3)
    (total * 2).backward()
    assert x.grad.tolist() == [0, 0]  # of the 3


def test_integers_end_the_flow_of_the_gradient_as_values_too():
    x = tensor([1.9], requires_grad=True)
    whole = tensor([0])
    whole[0] = x[0]
    assert whole.tolist() == [1] and not whole.requires_grad


@pytest.mark.parametrize("view", [
    Tensor.detach, lambda y: y.detach()[:1], lambda y: y.detach().reshape(1, 2).T,
    lambda y: Tensor(y.data), lambda y: Tensor(np.lib.stride_tricks.sliding_window_view(
        y.data, 1, writeable=True)),
], ids=["detach", "slice", "transpose", "array", "windows"])
def test_a_change_through_other_tensors_of_the_same_memory_counts(view):
    y = leaf() * 1
    z = (y * y).sum()
    view(y).zero_()
    with pytest.raises(RuntimeError, match="changed in place since"):
        z.backward()
    with pytest.raises(RuntimeError, match="changed in place, through a view"):
        y * 2


def test_what_no_rule_needs_may_change():
    x, c = leaf(), tensor([3.0, 4.0])
    z = (x + c).sum()
    c.zero_()
    z.backward()
    assert x.grad.tolist() == [1, 1]


@pytest.mark.parametrize("kept", [
    lambda a: (lambda g: g * a), lambda a: (lambda g, a=a: g * a),
    lambda a: (lambda g, parts=[(a,)]: g * parts[0][0]),
    lambda a: (lambda inner: lambda g: inner(g))(lambda g: g * a),
    lambda a: (lambda t: lambda g: g * t.data)(Tensor(a)),
], ids=["closure", "default", "list", "inner function", "tensor"])
def test_whatever_way_a_rule_keeps_an_array_it_is_found(kept):
    x, c = leaf(), tensor([3.0, 4.0])
    z = record(x.data * c.data, (x, kept(c.data)))
    c += 1
    with pytest.raises(RuntimeError, match="changed in place since"):
        z.backward([1.0, 1.0])


def test_a_gradient_that_has_grown_is_another():
    x, w = leaf(), leaf()
    (x * x).sum().backward()
    z = (w * x.grad).sum()
    (x * x).sum().backward()  # adds to x.grad, in place
    with pytest.raises(RuntimeError, match="changed in place since"):
        z.backward()


def test_an_error_of_backward_leaves_the_gradients_as_they_were():
    x = leaf()
    y = x.exp()
    z = (y * y + 3 * x).sum()
    y.zero_()
    with pytest.raises(RuntimeError, match="changed in place since"):
        z.backward()
    assert x.grad is None


def test_dates_go_with_the_memory_they_are_of():
    gc.collect()
    before = len(memory._dates)
    for _ in range(100):
        tensor([1.0]).zero_()
    assert len(memory._dates) == before


@pytest.mark.parametrize(("change", "error", "words"), [
    (lambda: tensor([1]).__iadd__(1.5), TypeError, "int64, which cannot hold .* float32: write"),
    (lambda: tensor([1]).__itruediv__(2), TypeError, "int64, which cannot hold .* float32: write"),
    (lambda: tensor([1.0]).__iadd__(np.ones(2)), ValueError, r"the shape stays \(1,\)"),
    (lambda: tensor([1]).__setitem__(0, np.nan), ValueError, "NaN"),
    (lambda: tensor([1], np.uint8).__setitem__(0, 300), ValueError, "uint8 cannot hold"),
    (lambda: tensor([1.0, 2.0]).__setitem__(slice(2), np.ones(3)), ValueError,
     r"shape \(3,\) do not fit into \(2,\)"),
    (lambda: tensor([1.0]).__setitem__(3, 1), IndexError, r"shape \(1,\) has no entry at 3"),
    (lambda: Tensor(np.broadcast_to(1.0, 3)).zero_(), ValueError, "read-only"),
    (lambda: tensor([1.0]).fill_(np.ones(1)), ValueError, "one number"),
], ids=range(9))
def test_what_does_not_fit_is_refused(change, error, words):
    with pytest.raises(error, match=words):
        change()


def test_an_array_minus_a_tensor_in_place_stays_an_array():
    p = leaf()
    array = p.data
    p.sum().backward()
    p.data -= 0.5 * p.grad
    assert p.data is array
    assert p.tolist() == [0.5, 1.5]


def test_data_is_an_array_whatever_it_is_set_to():
    x = leaf()
    x.data = tensor([5.0])
    assert type(x.data) is np.ndarray
    with pytest.raises(TypeError, match="must be floats, got int64"):
        x.data = [1, 2]


def test_data_is_seen_by_nothing():
    # as in PyTorch: dz/dx = 2 x with the new x
    x = leaf()
    z = (x * x).sum()
    x.data *= 2
    z.backward()
    assert x.grad.tolist() == [4, 8]


@pytest.mark.parametrize(("grad", "error"), [
    (np.ones(2), TypeError), (1.0, TypeError), (tensor([1.0]), RuntimeError),
    (tensor([1, 2]), RuntimeError), (tensor(np.ones(2)), RuntimeError)])
def test_grad_is_a_tensor_of_the_same_shape_and_dtype(grad, error):
    x = leaf()
    with pytest.raises(error, match="grad must"):
        x.grad = grad
    x.grad = tensor([1.0, 1.0])
    x.sum().backward()
    assert x.grad.tolist() == [2, 2]
    x.grad = None
    assert x.grad is None


def test_leaves_are_copied_and_pickled_results_are_not():
    x = leaf()
    for y in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert y.tolist() == [1, 2]
        assert y.requires_grad
        assert not memory.share_memory(x.data, y.data)
    with pytest.raises(RuntimeError, match="only leaves"):
        copy.deepcopy(x * 2)


def test_where_refuses_what_it_cannot_join():
    with pytest.raises(ValueError, match=r"\(2,\) and \(3,\)"):
        where(np.ones(2, bool), np.ones(3), np.ones(3))
