"""What `minicv` offers under PyTorch's names; beside torch itself in tests/parity."""

import numpy as np
import pytest

import minicv
from minicv import Tensor
from minicv.autograd import creation


@pytest.mark.parametrize(("name", "advice"), [
    ("cuda", "computes on the CPU"), ("device", "computes on the CPU"), ("manual_seed", "pass rng"),
    ("Generator", "default_rng"), ("sin", r"np\.sin\(x\.numpy\(\)\)"), ("nonsense", "nonsense"),
])
def test_a_name_of_torch_that_is_missing_says_what_to_do(name, advice):
    with pytest.raises(AttributeError, match=f"no attribute '{name}'.*{advice}|'nonsense'$"):
        getattr(minicv, name)


@pytest.mark.parametrize(("name", "advice"), [
    ("cuda", "computes on the CPU"), ("retain_grad", "only leaves"), ("std", "mean"),
    ("expand", "stretched"), ("cumsum", r"np\.cumsum"),
])
def test_an_attribute_of_torch_that_is_missing_says_what_to_do(name, advice):
    with pytest.raises(AttributeError, match=f"a tensor has no '{name}': .*{advice}"):
        getattr(minicv.ones(2), name)


@pytest.mark.parametrize("name", ["nonsense", "_CopyMode"])
def test_what_numpy_has_not_or_keeps_to_itself_is_no_advice(name):
    for owner in (minicv, minicv.ones(2)):
        with pytest.raises(AttributeError, match=f"'{name}'$"):
            getattr(owner, name)


def test_another_device_is_refused_and_the_cpu_is_there():
    x = minicv.ones(2)
    assert x.cpu() is x.to("cpu") is x.to(device="cpu") is x.to(minicv.float32) is x
    with pytest.raises(RuntimeError, match="computes on the CPU"):
        x.to("cuda:0")


@pytest.mark.parametrize("make", [minicv.rand, minicv.randn, minicv.randperm])
def test_random_numbers_come_from_rng(make):
    first, again, other = make(20, rng=1), make(20, rng=1), make(20, rng=2)
    assert first.tolist() == again.tolist() != other.tolist()
    assert not first.requires_grad
    rng = np.random.default_rng(1)
    assert make(20, rng=rng).tolist() == first.tolist() != make(20, rng=rng).tolist()


def test_random_numbers_have_the_spread_they_promise():
    # of n numbers the mean is off by 1 / sqrt(n) spreads: 1/300 here; 5 of them are never seen
    uniform, normal = minicv.rand(90_000, rng=0).data, minicv.randn(90_000, rng=0).data
    assert (uniform >= 0).all() and (uniform < 1).all()
    np.testing.assert_allclose([uniform.mean(), uniform.std()], [0.5, 12**-0.5], atol=5 * 0.3 / 300)
    np.testing.assert_allclose([normal.mean(), normal.std()], [0, 1], atol=5 / 300)
    assert sorted(minicv.randperm(50, rng=0).tolist()) == list(range(50))
    assert minicv.randperm(0).tolist() == minicv.linspace(0, 1, 0).tolist() == []


def test_from_numpy_shares_and_tensor_copies():
    array = np.zeros(2)
    shared, copied = minicv.from_numpy(array), minicv.tensor(array)
    array[0] = 1
    assert (shared[0].item(), copied[0].item()) == (1, 0)


def test_dtypes_are_those_of_tensors():
    assert minicv.ones(1).dtype is minicv.float32
    assert minicv.arange(3).dtype == minicv.long == np.int64


def test_all_functions_of_autograd_are_offered_at_the_top():
    for module in (minicv.autograd.creation, minicv.autograd.operations):
        for name in set(module.__all__) - {"linear"}:  # which is in nn.functional, as in torch
            assert getattr(minicv, name) is getattr(module, name)


def test_a_star_import_leaves_python_s_names_alone():
    names = {}
    exec("from minicv import *", names)
    assert names["tensor"] is minicv.tensor
    assert not {"sum", "max", "abs", "float", "bool", "any"} & set(names)


@pytest.mark.parametrize("size", [10**30, 2**28 + 1, (2**20, 2**20), -1, 2.5, "3", None])
def test_impossible_sizes_are_refused(size):
    with pytest.raises((ValueError, TypeError), match="size"):
        minicv.zeros(size)


@pytest.mark.parametrize(("start", "end", "step"), [
    (-2**40, -2**40 + 3, 1), (2**63 - 3, 2**63 - 1, 1), (-2**63, -2**63 + 2, 1),
    (-2**63, 2**63 - 1, 2**61), (10**6, -10**6, -10**5),
])
def test_arange_of_large_whole_numbers_is_exact(start, end, step):
    assert minicv.arange(start, end, step).tolist() == list(range(start, end, step))


@pytest.mark.parametrize(("call", "words"), [
    (lambda: minicv.tensor([np.nan]).long(), "NaN or infinite"),
    (lambda: minicv.tensor([3e9]).to(minicv.int32), "int32 cannot hold"),
    (lambda: minicv.tensor([-1]).to(minicv.uint8), "uint8 cannot hold"),
    (lambda: minicv.tensor([[1], [2, 3]]), "equally many"),
    (lambda: minicv.tensor([10**30]), "data must be real numbers"),
    (lambda: minicv.arange(2**63, 2**63 + 2), "at most"),
    (lambda: minicv.arange(2**63 - 1, 2**63), "at most"),
    (lambda: minicv.arange(5, 0), "step must lead"), (lambda: minicv.arange(0, 0, 0), "step must"),
    (lambda: minicv.arange(-2**63 - 1, -2**63 + 1), "at least"),
    (lambda: minicv.arange(0, 1e300, 1), "in at most .* steps, got "),
    (lambda: minicv.tensor([1.0], dtype="nonsense"), "np.float32"),
    (lambda: Tensor(2, 3), "requires_grad must be True or False"),
    (lambda: minicv.ones(2)[minicv.tensor([1, 0], dtype=minicv.uint8)], "mask"),
], ids=range(14))
def test_numbers_never_become_others_in_silence(call, words):
    with pytest.raises((ValueError, TypeError), match=words):
        call()


def test_no_warning_escapes_where_numbers_become_infinite(recwarn):
    x = minicv.tensor([0.0, -1.0, 1e38, float("inf")], requires_grad=True)
    y = (x.log() + x.exp() + x.sqrt() + x / 0 + x * x - x**3 + minicv.sigmoid(x)).sum()
    (y + minicv.mean(x) + (x @ x)).backward()
    assert len(recwarn) == 0


def test_numpy_s_functions_say_what_to_write():
    with pytest.raises(TypeError, match=r"np\.exp\(x\.numpy\(\)\), or x\.exp\(\)"):
        np.exp(minicv.ones(2))


def test_arrays_and_numbers_are_taken_wherever_tensors_are():
    array = np.array([[1.0, 4.0]], np.float32)
    for name in ("exp", "log", "sqrt", "abs", "relu", "sigmoid", "tanh", "sum", "mean", "max",
                 "min", "argmax", "flatten", "squeeze"):
        ours, theirs = getattr(minicv, name)(array), getattr(Tensor(array), name)()
        np.testing.assert_array_equal(ours.data, theirs.data)
    with pytest.raises(TypeError, match="an operand is a tensor, an array or a number"):
        minicv.maximum([1.0], minicv.ones(1))


def test_meshgrid_is_that_of_numpy_for_one_axis_and_more_and_for_a_list_of_them():
    ticks = [np.arange(n, dtype=np.float32) for n in (2, 3, 4)]
    for n in (1, 2, 3):
        for indexing in ("ij", "xy"):
            expected = np.meshgrid(*ticks[:n], indexing=indexing)
            for given in (ticks[:n], [ticks[:n]]):
                for ours, theirs in zip(minicv.meshgrid(*given, indexing=indexing), expected):
                    np.testing.assert_array_equal(ours.data, theirs)


@pytest.mark.parametrize("ticks", [(), ([],), (np.ones((2, 2)),), (np.ones(2), np.ones((1, 2)))])
def test_meshgrid_takes_one_axis_each(ticks):
    with pytest.raises(ValueError, match="meshgrid needs one axis each"):
        minicv.meshgrid(*ticks)


def test_meshgrid_has_two_ways_of_indexing_and_32_axes():
    with pytest.raises(ValueError, match="indexing must be 'ij' or 'xy', got 'yx'"):
        minicv.meshgrid(minicv.arange(2), indexing="yx")
    with pytest.raises(ValueError, match="at most .* numbers and 32 axes"):
        minicv.meshgrid(*[minicv.ones(1)] * 33)


def test_a_range_may_be_empty_and_leads_from_start_to_end():
    for empty in ((3, 3), (3, 3, -1), (2.5, 2.5)):
        assert minicv.arange(*empty).tolist() == []
    assert minicv.arange(3, 0, -1).tolist() == [3, 2, 1]
    for wrong in ((0, 3, -1), (3, 0), (0, 3, 0)):
        with pytest.raises(ValueError, match="step must lead to end"):
            minicv.arange(*wrong)
    with pytest.raises(ValueError, match="at most 9.22337e"):
        minicv.arange(2**63, 2**63)


def test_as_many_numbers_are_made_as_are_allowed_and_no_more(monkeypatch):
    monkeypatch.setattr(creation, "MOST", 6)
    assert minicv.zeros(2, 3).shape == (2, 3) and minicv.arange(6).shape == (6,)
    for beyond in (lambda: minicv.zeros(7), lambda: minicv.arange(7)):
        with pytest.raises(ValueError, match="more than 6|at most 6"):
            beyond()
    with pytest.raises(ValueError, match="at most 6 numbers and 32 axes"):
        minicv.zeros([1] * 33)
