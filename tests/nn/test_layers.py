"""Layers: closed forms, gradients, the module tree, and state dicts in memory and in files."""

import errno

import numpy as np
import pytest

import minicv
from minicv import nn
from minicv.autograd import Tensor, gradcheck, tensor


def random_tensor(*shape, seed=0):
    return Tensor(np.random.default_rng(seed).normal(size=shape), requires_grad=True)


# ---- Linear -------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [lambda rng, bias: nn.Linear(4, 3, bias=bias, rng=rng),
                                  lambda rng, bias: nn.Conv2d(1, 3, 2, bias=bias, rng=rng)])
def test_a_layer_draws_its_weights_and_then_its_bias_if_it_has_one(make):
    # 12 weights and 3 numbers of bias, all in +-1/2, as each output has 4 inputs
    for bias, n in ((True, 15), (False, 12)):
        rng, expected = np.random.default_rng(5), np.random.default_rng(5)
        layer, numbers = make(rng, bias), expected.uniform(-0.5, 0.5, n).astype(np.float32)
        assert layer.weight.data.ravel().tolist() == numbers[:12].tolist()
        assert (layer.bias.tolist() if bias else []) == numbers[12:].tolist()
        assert rng.random() == expected.random()  # nothing else was drawn


def test_relu_and_flatten_take_whole_numbers_too():
    x = tensor([[-1, 2]])
    assert nn.functional.relu(x).tolist() == nn.ReLU()(x).tolist() == [[0, 2]]
    assert nn.functional.relu(x).dtype == np.int64
    assert nn.Flatten(0)(x).tolist() == [-1, 2]


def test_linear_is_x_times_w_transposed_plus_b():
    layer = nn.Linear(2, 2, dtype=np.float64)
    layer.load_state_dict({"weight": [[-2, 5], [5, 10]], "bias": [-1, -3]})  # the sheet's 1.1b
    # By hand: (-2 * 1 + 5 * 2 - 1, 5 * 1 + 10 * 2 - 3).
    assert layer(Tensor(np.array([[1.0, 2.0]]))).detach().numpy().tolist() == [[7.0, 22.0]]


def test_linear_without_bias_maps_zero_to_zero():
    layer = nn.Linear(3, 4, bias=False)
    assert layer.bias is None
    assert [name for name, _ in layer.named_parameters()] == ["weight"]
    assert not layer(Tensor(np.zeros((2, 3), np.float32))).detach().numpy().any()


@pytest.mark.parametrize("shape", [(3,), (0, 3), (1, 3), (2, 5, 3)])
def test_linear_keeps_all_axes_but_the_last(shape):
    assert nn.Linear(3, 7)(Tensor(np.zeros(shape, np.float32))).shape == shape[:-1] + (7,)


def test_linear_takes_an_array():
    assert nn.Linear(3, 7)(np.zeros((2, 3), np.float32)).shape == (2, 7)


@pytest.mark.parametrize("n_in", [1, 3, 64])
def test_linear_starts_uniform_within_one_over_root_n(n_in):
    layer = nn.Linear(n_in, 20_000, rng=0)
    bound = 1 / np.sqrt(n_in)
    for parameter in (layer.weight, layer.bias):
        values = parameter.data
        assert np.abs(values).max() <= bound
        # A uniform distribution on [-k, k] has mean 0, variance k^2 / 3, fourth moment k^4 / 5.
        assert values.mean() == pytest.approx(0, abs=0.02 * bound)
        assert np.mean(values**2) == pytest.approx(bound**2 / 3, rel=0.03)
        assert np.mean(values**4) == pytest.approx(bound**4 / 5, rel=0.04)


def test_linear_same_seed_same_weights():
    a, b, other = nn.Linear(3, 4, rng=5), nn.Linear(3, 4, rng=5), nn.Linear(3, 4, rng=6)
    assert np.array_equal(a.weight.data, b.weight.data)
    assert np.array_equal(a.bias.data, b.bias.data)
    assert not np.array_equal(a.weight.data, other.weight.data)


def test_linear_a_generator_goes_on():
    rng = np.random.default_rng(0)
    assert not np.array_equal(nn.Linear(3, 4, rng=rng).weight.data,
                              nn.Linear(3, 4, rng=rng).weight.data)


def test_linear_wrong_last_dimension_says_what_came_and_what_is_needed():
    with pytest.raises(ValueError, match=r"needs x \(\.\.\., n_in\).*got \(10, 2\), \(64, 3\)"):
        nn.Linear(3, 64)(Tensor(np.zeros((10, 2), np.float32)))


def test_linear_refuses_a_number():
    with pytest.raises(ValueError, match=r"got \(\)"):
        nn.Linear(1, 1)(Tensor(1.0))


def test_linear_other_dtype_says_how_to_convert():
    with pytest.raises(TypeError, match=r"x is float64, weight float32.*convert.*x\.to\("):
        nn.Linear(3, 64)(Tensor(np.zeros((10, 3))))


@pytest.mark.parametrize("sizes", [(0, 3), (3, 0), (-1, 1)])
def test_linear_refuses_sizes_below_one(sizes):
    with pytest.raises(ValueError, match="(in|out)_features must be at least 1"):
        nn.Linear(*sizes)


def test_float32_stays_float32():
    network = nn.Sequential(nn.Flatten(), nn.MLP(3, 4, 1), nn.Sigmoid())
    x = Tensor(np.ones((2, 3), np.float32), requires_grad=True)
    out = network(x)
    out.sum().backward()
    assert {out.dtype, x.grad.dtype, *(p.grad.dtype for p in network.parameters())} == {
        np.dtype(np.float32)}


# ---- gradients ----------------------------------------------------------------------------------


LAYERS = {
    "Linear": nn.Linear(4, 3, rng=0, dtype=np.float64),
    "ReLU": nn.ReLU(),
    "Sigmoid": nn.Sigmoid(),
    "Flatten": nn.Flatten(),
    "Sequential": nn.Sequential(nn.Linear(4, 5, rng=1, dtype=np.float64), nn.Sigmoid()),
    "MLP": nn.MLP(4, 6, 5, 2, rng=0, dtype=np.float64),
}


@pytest.mark.parametrize("name", LAYERS)
def test_gradient_by_the_input(name):
    assert gradcheck(LAYERS[name], random_tensor(3, 2, 4))


def test_gradient_by_weight_and_bias():
    assert gradcheck(nn.functional.linear, (random_tensor(5, 4), random_tensor(3, 4, seed=1),
                                            random_tensor(3, seed=2)))


# ---- small layers -------------------------------------------------------------------------------


def test_relu_cuts_at_zero():
    assert nn.ReLU()(Tensor([-1.0, 0.0, 2.0])).numpy().tolist() == [0, 0, 2]


def test_sigmoid_closed_forms():
    # sigmoid(log 3) = 3 / 4; far out it saturates without a warning.
    out = nn.Sigmoid()(Tensor(np.array([0, np.log(3), -1e4, 1e4]))).numpy()
    assert out == pytest.approx([0.5, 0.75, 0, 1], abs=1e-15)


def test_flatten_keeps_the_first_axis_and_the_order():
    x = np.arange(24.0).reshape(2, 3, 4)
    assert np.array_equal(nn.Flatten()(Tensor(x)).numpy(), x.reshape(2, 12))
    assert nn.Flatten(0)(Tensor(x)).shape == (24,)
    assert nn.Flatten(0, 1)(Tensor(x)).shape == (6, 4)


# ---- Module: what is inside ---------------------------------------------------------------------


class TwoBranches(nn.Module):
    """No call of super().__init__(): a module needs no registration."""

    def __init__(self):
        self.scale = nn.Parameter(np.ones(1, np.float32))
        self.left = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
        self.right = nn.Linear(2, 3)
        self.offset = nn.Parameter(np.zeros(1, np.float32))

    def forward(self, x):
        return self.left(x) * self.scale + self.right(x) + self.offset


def test_named_parameters_own_first_then_children_in_order():
    assert [name for name, _ in TwoBranches().named_parameters()] == [
        "scale", "offset", "left.0.weight", "left.0.bias", "right.weight", "right.bias"]


def test_parameters_of_every_branch_get_gradients():
    module = TwoBranches()
    module(Tensor(np.ones((1, 2), np.float32))).sum().backward()
    assert all(parameter.grad is not None for parameter in module.parameters())


def test_a_parameter_used_twice_is_found_once():
    layer = nn.Linear(3, 3)
    network = nn.Sequential(layer, nn.ReLU(), layer)
    assert len(list(network.parameters())) == 2
    assert len(list(network.modules())) == 3
    assert len(network) == 3


def test_plain_tensors_are_not_parameters():
    module = nn.Module()
    module.constant = Tensor([1.0], requires_grad=True)
    assert list(module.parameters()) == []


@pytest.mark.parametrize("container", [list, tuple, lambda layers: dict(enumerate(layers))])
def test_a_list_of_layers_is_an_error_because_it_would_be_overlooked(container):
    module = nn.Module()
    module.layers = container([nn.Linear(1, 1)])
    with pytest.raises(TypeError, match=r"inside of Module\.layers are not found.*nn\.Sequential"):
        list(module.parameters())


def test_a_list_of_numbers_is_no_error():
    module = nn.Module()
    module.sizes = [1, 2, 3]
    assert list(module.parameters()) == []


def test_a_module_without_forward_says_so():
    class Unfinished(nn.Module):
        pass

    with pytest.raises(NotImplementedError, match="Unfinished has no forward"):
        Unfinished()(1)


def test_train_and_eval_reach_every_module():
    network = nn.Sequential(nn.Sequential(nn.ReLU()), nn.ReLU())
    assert all(module.training for module in network.modules())
    assert network.eval() is network
    assert not any(module.training for module in network.modules())
    assert network.train() is network
    assert all(module.training for module in network.modules())


def test_zero_grad_forgets_all_gradients():
    network = nn.MLP(2, 3, 1)
    network(Tensor(np.ones((1, 2), np.float32))).sum().backward()
    network.zero_grad()
    assert all(parameter.grad is None for parameter in network.parameters())


def test_repr_is_that_of_torch():
    network = nn.Sequential(nn.Flatten(), nn.Sequential(nn.Linear(3, 1, bias=False), nn.ReLU()))
    # Copied from torch 2.13.
    assert repr(network) == """\
Sequential(
  (0): Flatten(start_dim=1, end_dim=-1)
  (1): Sequential(
    (0): Linear(in_features=3, out_features=1, bias=False)
    (1): ReLU()
  )
)"""
    plain, full = nn.Conv2d(1, 2, 3), nn.Conv2d(2, 2, (3, 1), 2, 1, 2, groups=2, bias=False)
    assert repr(plain) == "Conv2d(1, 2, kernel_size=(3, 3), stride=(1, 1))"
    assert repr(full) == ("Conv2d(2, 2, kernel_size=(3, 1), stride=(2, 2), padding=(1, 1), "
                          "dilation=(2, 2), groups=2, bias=False)")


# ---- Sequential and MLP -------------------------------------------------------------------------


def test_sequential_applies_its_layers_in_order():
    double, shift = nn.Linear(1, 1, dtype=np.float64), nn.Linear(1, 1, dtype=np.float64)
    double.load_state_dict({"weight": [[2]], "bias": [0]})
    shift.load_state_dict({"weight": [[1]], "bias": [3]})
    x = Tensor(np.array([[5.0]]))
    assert nn.Sequential(double, shift)(x).item() == 13
    assert nn.Sequential(shift, double)(x).item() == 16


def test_sequential_is_indexed_sliced_counted_and_looped_over():
    layers = [nn.Linear(1, 1), nn.ReLU(), nn.Sigmoid()]
    network = nn.Sequential(*layers)
    assert len(network) == 3
    assert list(network) == layers
    assert network[0] is layers[0] and network[-1] is layers[2]
    assert isinstance(network[1:], nn.Sequential) and list(network[1:]) == layers[1:]
    with pytest.raises(IndexError):
        network[3]


def test_an_empty_sequential_changes_nothing():
    x = Tensor([1.0])
    assert nn.Sequential()(x) is x


def test_sequential_of_a_list_says_to_unpack_it():
    with pytest.raises(TypeError, match=r"layer 0 must be .* of a list .* Sequential\(\*layers\)"):
        nn.Sequential([nn.ReLU()])


def test_mlp_has_a_relu_between_but_not_at_the_end():
    network = nn.MLP(3, 64, 32, 1)
    assert [type(layer) for layer in network] == [nn.Linear, nn.ReLU, nn.Linear, nn.ReLU, nn.Linear]
    assert [p.shape for p in network.parameters()] == [(64, 3), (64,), (32, 64), (32,), (1, 32),
                                                       (1,)]


def test_mlp_layers_differ_under_one_seed():
    network = nn.MLP(8, 8, 8, rng=0)
    assert not np.array_equal(network[0].weight.data, network[2].weight.data)
    assert np.array_equal(network[2].weight.data, nn.MLP(8, 8, 8, rng=0)[2].weight.data)


def test_mlp_needs_two_sizes():
    with pytest.raises(ValueError, match=r"got \(3,\)"):
        nn.MLP(3)


# ---- state dicts --------------------------------------------------------------------------------


def test_state_dict_is_a_snapshot():
    layer = nn.Linear(2, 1)
    state = layer.state_dict()
    before = state["weight"].copy()
    layer.weight.data += 1
    assert np.array_equal(state["weight"], before)


def test_load_state_dict_makes_equal_networks():
    a, b = nn.MLP(3, 8, 1, rng=0), nn.MLP(3, 8, 1, rng=1)
    result = b.load_state_dict(a.state_dict())
    assert result == ([], [])
    x = Tensor(np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32))
    assert np.array_equal(a(x).detach().numpy(), b(x).detach().numpy())


def test_load_state_dict_copies_in_place():
    layer = nn.Linear(2, 1)
    array = layer.weight.data
    state = layer.state_dict()
    layer.load_state_dict(state)
    state["weight"] += 1
    assert layer.weight.data is array
    assert not np.array_equal(layer.weight.data, state["weight"])


def test_load_state_dict_keeps_the_dtype_of_the_module():
    layer = nn.Linear(2, 1)
    layer.load_state_dict({"weight": np.ones((1, 2), np.float64), "bias": tensor([0.5])})
    assert layer.weight.dtype == np.float32
    assert layer.bias.item() == 0.5


def test_load_state_dict_names_all_faults_in_one_error_and_changes_nothing():
    network = nn.MLP(3, 8, 1)
    before = network.state_dict()
    state = network.state_dict()
    state["0.weight"] += 1
    del state["0.bias"], state["2.bias"]
    state["extra"] = np.zeros(1)
    state["2.weight"] = np.zeros((1, 9))
    with pytest.raises(ValueError) as caught:
        network.load_state_dict(state)
    message = str(caught.value)
    assert "missing: 0.bias, 2.bias" in message
    assert "unexpected: extra" in message
    assert "2.weight is (1, 9) in the state dict and (1, 8) in the module" in message
    after = network.state_dict()
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_load_state_dict_not_strict_loads_what_fits_and_tells_the_rest():
    layer = nn.Linear(2, 1)
    bias = layer.bias.item()
    result = layer.load_state_dict({"weight": np.ones((1, 2)), "extra": 0}, strict=False)
    assert result.missing_keys == ["bias"]
    assert result.unexpected_keys == ["extra"]
    assert layer.weight.data.tolist() == [[1, 1]]
    assert layer.bias.item() == bias


def test_load_state_dict_not_strict_still_refuses_a_wrong_shape():
    with pytest.raises(ValueError, match="wrong shape: weight"):
        nn.Linear(2, 1).load_state_dict({"weight": np.ones((2, 1))}, strict=False)


def test_whole_numbers_and_flags_are_saved_with_a_network_and_loaded_as_they_are():
    module = nn.Linear(1, 1, rng=0)
    module.count = nn.Parameter([7, 2**53 + 1], requires_grad=False)
    module.on = nn.Parameter([True], requires_grad=False)
    saved = module.state_dict()
    module.count.data[...] = 0
    module.load_state_dict(saved)
    assert module.count.tolist() == [7, 2**53 + 1]
    module.load_state_dict({**saved, "count": np.array([3.0, 4.0]), "on": np.array([0])})
    assert module.count.tolist() == [3, 4] and module.on.tolist() == [False]
    for wrong in ([1.5, 2], [np.nan, 2], [2.0**63, 2]):
        with pytest.raises(ValueError, match="no int64: count has other numbers than those"):
            module.load_state_dict({**saved, "count": np.array(wrong)})
    assert module.to(np.float64).count.dtype == np.int64 and module.weight.dtype == np.float64


def test_load_state_dict_refuses_text():
    with pytest.raises(ValueError, match="not real numbers: bias is <U1"):
        nn.Linear(2, 1).load_state_dict({"weight": np.ones((1, 2)), "bias": np.array(["a"])})


# ---- files --------------------------------------------------------------------------------------


def test_minicv_save_and_load_are_those_of_nn():
    assert (minicv.save, minicv.load) == (nn.save, nn.load)


def test_saved_and_loaded_bit_by_bit(tmp_path):
    state = nn.MLP(3, 8, 1).state_dict()
    nn.save(state, tmp_path / "network.npz")
    loaded = nn.load(tmp_path / "network.npz")
    assert list(loaded) == list(state)
    for name in state:
        assert loaded[name].dtype == state[name].dtype
        assert loaded[name].tobytes() == state[name].tobytes()


def test_save_takes_tensors_that_require_a_gradient(tmp_path):
    nn.save({"w": nn.Parameter(np.ones(2))}, tmp_path / "w.npz")
    assert nn.load(tmp_path / "w.npz")["w"].tolist() == [1, 1]


def test_save_of_a_module_says_what_to_write(tmp_path):
    with pytest.raises(TypeError, match=r"save\(module\.state_dict\(\), path\)"):
        nn.save(nn.Linear(1, 1), tmp_path / "network.npz")


def test_a_write_that_fails_midway_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "network.npz"
    nn.save({"w": np.ones(3)}, path)

    def disk_full(file, array, **options):
        file.write(b"half of an array")
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(np.lib.format, "write_array", disk_full)
    with pytest.raises(OSError, match="no space"):
        nn.save({"w": np.zeros(3)}, path)
    assert nn.load(path)["w"].tolist() == [1, 1, 1]
    assert [file.name for file in tmp_path.iterdir()] == ["network.npz"]


def test_load_never_unpickles(tmp_path):
    class Trap:
        def __reduce__(self):
            return (tmp_path.joinpath("executed").touch, ())

    path = tmp_path / "trap.npz"
    np.savez(path, w=np.array([Trap()], dtype=object))
    with pytest.raises(ValueError, match="pickled"):
        nn.load(path)
    assert not (tmp_path / "executed").exists()


def test_save_refuses_objects_and_writes_nothing(tmp_path):
    with pytest.raises(TypeError, match="'w' must be numbers or text"):
        nn.save({"w": np.array([None])}, tmp_path / "network.npz")
    assert list(tmp_path.iterdir()) == []


def test_load_of_a_file_cut_short_says_so(tmp_path):
    path = tmp_path / "network.npz"
    nn.save(nn.MLP(3, 8, 1).state_dict(), path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match="cut short"):
        nn.load(path)


def test_zero_grad_of_a_module_can_leave_zeros():
    layer = nn.Linear(2, 1, rng=0)
    layer(np.ones((3, 2), np.float32)).sum().backward()
    layer.zero_grad(set_to_none=False)
    assert layer.weight.grad.tolist() == [[0, 0]]
    with pytest.raises(TypeError, match="set_to_none must be True or False"):
        layer.zero_grad(set_to_none=0)
    layer.zero_grad()
    assert layer.weight.grad is None


def test_weights_that_were_loaded_are_not_mixed_into_a_gradient():
    layer = nn.Linear(2, 1, rng=0)
    loss = (layer.weight * layer.weight).sum()
    layer.load_state_dict(nn.Linear(2, 1, rng=1).state_dict())
    with pytest.raises(RuntimeError, match="changed in place"):
        loss.backward()
