"""What an attribute of a module may hold, and the lists in which modules are found."""

import copy
import pickle

import numpy as np
import pytest

from minicv import nn
from minicv.autograd import Tensor, tensor


class Two(nn.Module):
    def __init__(self):
        self.layer = nn.Linear(2, 2, rng=0)
        self.scale = nn.Parameter([1.0, 2.0])

    def forward(self, x):
        return self.layer(x) * self.scale


def names(module):
    return [name for name, _ in module.named_parameters()]


# ---- a parameter stays a parameter --------------------------------------------------------------


@pytest.mark.parametrize("value", [Tensor([0.0, 0.0]), np.zeros(2), 3.0, nn.ReLU])
def test_a_parameter_is_replaced_by_nothing_but_a_parameter_or_none(value):
    module = Two()
    before = module.scale
    with pytest.raises(TypeError, match=r"cannot assign .* to Two\.scale, which is a Parameter"):
        module.scale = value
    assert module.scale is before and "scale" in names(module)


def test_taking_one_off_a_parameter_never_removes_it():
    module = Two()
    with pytest.raises((TypeError, RuntimeError)):  # in place it is an error, and so is a new one
        module.scale -= 1
    assert isinstance(module.scale, nn.Parameter) and "scale" in names(module)


def test_the_advice_for_a_parameter_works():
    # "which is a Parameter: assign one, or None, or write into .scale.data"
    module, values = Two(), np.array([5.0, 6.0], np.float32)
    module.scale = nn.Parameter(values)
    assert module.scale.tolist() == [5, 6] and "scale" in names(module)
    module.scale.data[...] = values + 1
    assert module.scale.tolist() == [6, 7]


def test_none_in_the_place_of_a_parameter_keeps_the_place():
    module = Two()
    module.scale = None
    assert "scale" not in names(module)
    with pytest.raises(TypeError, match="Two.scale, which is a Parameter"):
        module.scale = tensor([1.0])
    module.scale = nn.Parameter([3.0])
    assert "scale" in names(module)


@pytest.mark.parametrize("layer", [nn.Linear(2, 3, bias=False), nn.Conv2d(1, 3, 1, bias=False)])
def test_a_layer_without_bias_does_not_take_a_tensor_for_it(layer):
    with pytest.raises(TypeError, match="bias, which is a Parameter"):
        layer.bias = Tensor(np.zeros(3, np.float32))
    layer.bias = nn.Parameter(np.zeros(3, np.float32))
    assert names(layer) == ["weight", "bias"]


@pytest.mark.parametrize("value", [abs, 3, Tensor([1.0])])
def test_a_module_is_replaced_by_nothing_but_a_module_or_none(value):
    module = Two()
    with pytest.raises(TypeError, match=r"Two\.layer, which is a Module: assign one, or None$"):
        module.layer = value
    module.layer = None
    module.layer = nn.Linear(2, 2)
    assert "layer.weight" in names(module)


def test_a_parameter_may_take_the_place_of_a_module_but_not_the_reverse():
    module = Two()
    module.layer = nn.Parameter([1.0])
    assert names(module) == ["scale", "layer"]
    with pytest.raises(TypeError, match="Two.layer, which is a Parameter"):
        module.layer = nn.Linear(1, 1)


def test_a_deleted_attribute_is_gone_and_its_name_is_free():
    module = Two()
    del module.scale
    assert not hasattr(module, "scale") and "scale" not in names(module)
    module.scale = 3
    with pytest.raises(AttributeError):
        del module.nothing


def test_a_new_parameter_comes_last_and_a_replaced_one_keeps_its_place():
    module = nn.Module()
    module.late = None
    module.first, module.second = nn.Parameter([1.0]), nn.Parameter([2.0])
    module.late = nn.Parameter([3.0])
    module.first = nn.Parameter([4.0])
    assert names(module) == ["first", "second", "late"]


def test_a_leaf_is_pickled_by_each_protocol_that_can():
    for protocol in range(2, 6):
        twin = pickle.loads(pickle.dumps(Tensor([1.0, 2.0], requires_grad=True), protocol))
        assert twin.tolist() == [1, 2] and twin.requires_grad
    for protocol in (1, 6):
        with pytest.raises(ValueError, match="protocol must be at least 2 and at most 5"):
            Tensor([1.0]).__reduce_ex__(protocol)


def test_copies_and_pickles_keep_the_rule():
    for twin in (copy.deepcopy(Two()), pickle.loads(pickle.dumps(nn.Linear(2, 2)))):
        name = names(twin)[-1]
        with pytest.raises(TypeError, match="which is a"):
            setattr(twin, name.split(".")[0], 3)


# ---- lists --------------------------------------------------------------------------------------


@pytest.mark.parametrize("hidden", [
    [nn.Parameter([1.0])], (nn.Parameter([1.0]),), {"a": nn.Parameter([1.0])}, [[nn.ReLU()]],
    {"a": [nn.ReLU()]},
])
def test_a_parameter_in_a_list_is_an_error_because_it_would_be_overlooked(hidden):
    module = nn.Module()
    module.hidden = hidden
    with pytest.raises(TypeError, match=r"inside of Module\.hidden .*nn\.ModuleList.*attribute"):
        list(module.parameters())


def test_the_advice_for_lists_of_layers_works():
    layers = [nn.Linear(2, 2), nn.ReLU()]
    for advised in (nn.ModuleList(layers), nn.Sequential(*layers)):
        module = nn.Module()
        module.layers = advised
        assert names(module) == ["layers.0.weight", "layers.0.bias"]


def test_a_module_list_is_indexed_sliced_appended_counted_and_looped_over():
    layers = [nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)]
    held = nn.ModuleList(layers[:2])
    assert held.append(layers[2]) is held
    assert len(held) == 3 and list(held) == layers and held[-1] is layers[2]
    assert isinstance(held[1:], nn.ModuleList) and list(held[1:]) == layers[1:]
    assert names(held) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert list(nn.ModuleList().extend(layers)) == layers
    assert list(nn.Sequential().append(layers[0])) == layers[:1]


def test_a_sequential_is_no_module_list():  # nor in PyTorch
    assert not isinstance(nn.Sequential(), nn.ModuleList)


def test_what_a_module_list_refuses():
    with pytest.raises(TypeError, match=r"layer 1 must be a Module, got [^;]*$"):
        nn.ModuleList([nn.ReLU(), lambda x: x])
    with pytest.raises(TypeError, match="modules must be a list"):
        nn.ModuleList(nn.ReLU)
    with pytest.raises(IndexError, match="there are 1 layers"):
        nn.ModuleList([nn.ReLU()])[1]
    with pytest.raises(TypeError, match="index must be a whole number"):
        nn.ModuleList([nn.ReLU()])["0"]
    with pytest.raises(NotImplementedError, match="no forward"):
        nn.ModuleList([nn.ReLU()])(Tensor([1.0]))


def test_a_module_inside_itself_is_found_once():
    module = Two()
    module.again = module
    assert len(list(module.modules())) == 2
    assert names(module) == ["scale", "layer.weight", "layer.bias"]


def test_a_layer_used_twice_is_one_child_and_two_layers():
    layer = nn.Linear(2, 2)
    network = nn.Sequential(layer, nn.ReLU(), layer)
    assert len(list(network.children())) == 2 and len(network) == 3
    assert [name for name, _ in network.named_modules()] == ["", "0", "1"]


# ---- dtypes and devices -------------------------------------------------------------------------


def test_to_another_dtype_changes_parameters_and_gradients_in_place():
    module = Two()
    module(np.ones((1, 2), np.float32)).sum().backward()
    weight, values = module.layer.weight, module.layer.weight.data.copy()
    gradient = weight.grad.numpy()
    assert module.double() is module
    assert module.layer.weight is weight and weight.dtype == weight.grad.dtype == np.float64
    assert weight.data.tolist() == values.tolist() and weight.grad.tolist() == gradient.tolist()
    assert module(np.ones((1, 2))).dtype == np.float64
    assert module.float().scale.dtype == module.to(np.float32).scale.dtype == np.float32


def test_the_cpu_is_where_everything_is():
    module = Two()
    assert module.cpu() is module.to("cpu") is module
    with pytest.raises(ValueError, match="CPU alone"):
        module.to("cuda")


@pytest.mark.parametrize("dtype", [int, "nonsense", None, complex, "f4,f4"])
def test_layers_have_floats(dtype):
    for make in (lambda: nn.Linear(1, 1, dtype=dtype), lambda: nn.MLP(1, 1, dtype=dtype),
                 lambda: nn.Conv2d(1, 1, 1, dtype=dtype), lambda: Two().to(dtype)):
        with pytest.raises(TypeError, match="dtype must be (of real numbers, as )?np.float32"):
            make()


# ---- what goes in -------------------------------------------------------------------------------


LAYERS = {
    "Linear": nn.Linear(4, 2), "ReLU": nn.ReLU(), "Sigmoid": nn.Sigmoid(), "Flatten": nn.Flatten(),
    "Softmax": nn.Softmax(1), "LogSoftmax": nn.LogSoftmax(1), "MLP": nn.MLP(4, 3, 1),
    "Conv2d": nn.Conv2d(1, 2, 3), "MaxPool2d": nn.MaxPool2d(2), "Sequential": nn.Sequential(),
}


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_takes_an_array_as_a_constant(name):
    x = np.random.default_rng(0).normal(size=(1, 4, 4) if "2d" in name else (3, 4)).astype("f4")
    layer = LAYERS[name]
    assert np.array_equal(np.asarray(getattr(layer(x), "data", x)),
                          np.asarray(getattr(layer(Tensor(x)), "data", x)))


@pytest.mark.parametrize("name", [name for name in LAYERS if name != "Sequential"])
def test_every_layer_refuses_a_list_with_the_same_words(name):
    with pytest.raises(TypeError, match=r"input must be a tensor or an array, got \[\[1"):
        LAYERS[name]([[1.0, 2.0]])


@pytest.mark.parametrize("name", ["Sigmoid", "Softmax", "LogSoftmax", "Conv2d", "MaxPool2d"])
def test_integers_are_refused_with_advice_that_works(name):
    x = np.ones((1, 4, 4), int)
    with pytest.raises(TypeError, match=r"must be floats, got int64: .*minicv.tensor\(x\).float"):
        LAYERS[name](x)
    LAYERS[name](tensor(x).float())


def test_another_number_of_inputs_is_told():
    with pytest.raises(TypeError, match="other inputs than forward takes: .*2 were given|3 were"):
        nn.ReLU()(tensor([1.0]), tensor([1.0]))


def test_a_type_error_inside_forward_is_passed_on_as_it_is():
    class Broken(nn.Module):
        def forward(self, x):
            raise TypeError("mine")

    with pytest.raises(TypeError, match="^mine$"):
        Broken()(1)


@pytest.mark.parametrize("value, message", [
    (np.full((1, 2), 1e300), "too large for float32: weight has numbers beyond 3.4e"),
    ([[1.0], [2.0, 3.0]], r"state_dict\['weight'\] must be an array"),
])
def test_load_state_dict_refuses_what_the_dtype_cannot_hold(value, message):
    layer = nn.Linear(2, 1, rng=0)
    before = layer.state_dict()
    with pytest.raises(ValueError, match=message):
        layer.load_state_dict({"weight": value, "bias": [0.0]})
    assert np.array_equal(layer.weight.data, before["weight"])


def test_load_state_dict_takes_the_largest_numbers_of_the_dtype():
    layer, largest = nn.Linear(2, 1), np.finfo(np.float32).max
    layer.load_state_dict({"weight": [[largest, -largest]], "bias": [0.0]})
    assert layer.weight.tolist() == [[largest, -largest]]


def test_load_state_dict_refuses_other_things_and_read_only_parameters():
    with pytest.raises(TypeError, match="strict must be True or False"):
        nn.Linear(1, 1).load_state_dict({}, strict="no")
    with pytest.raises(TypeError, match="state_dict must be a Mapping"):
        nn.Linear(1, 1).load_state_dict([1])
    module, fixed = nn.Module(), np.zeros(2, np.float32)
    fixed.flags.writeable = False
    module.p = nn.Parameter(fixed)
    with pytest.raises(ValueError, match="cannot be written: p"):
        module.load_state_dict({"p": [1.0, 2.0]})


def test_a_layer_of_more_weights_than_memory_holds_is_refused():
    for make in (lambda: nn.Linear(10**6, 10**6), lambda: nn.Conv2d(10**6, 10**6, 3)):
        with pytest.raises(ValueError, match="weights of .* would take .* numbers"):
            make()
