"""The names that `minicv` and its tensors have in common with `torch`: the same programs in both.

Each line is run twice, with `t` as torch and as minicv, and must give the same values, shapes and
dtypes, or errors of the same kind. Kinds: TypeError, IndexError, AttributeError and errors about
values; for the last PyTorch raises RuntimeError, ValueError or NotImplementedError, minicv
ValueError (RuntimeError where it is about the graph). float32 has 24 bits, and a few operations
lose at most a few of them: 1e-6.
"""

import numpy as np
import pytest

import minicv

torch = pytest.importorskip("torch")

VALUES = """
t.tensor([1, 2]); t.tensor([1.5, 2]); t.tensor(True); t.tensor([True, 2, 3.5])
t.tensor(np.float64(1.5)); t.tensor([0.1], dtype=t.float64); t.tensor([1.9, -1.9], dtype=t.int64)
t.tensor([1, 2]).float(); t.tensor([1.7]).long(); t.tensor([0, 2]).bool(); t.tensor([1.5]).double()
t.tensor([1.7]).int(); t.tensor([1]).to(t.float32); t.tensor([1]).to("cpu"); t.ones(2).cpu()
t.ones(2).to(device="cpu"); t.ones(2).to("cpu", t.float64); t.ones(2).to(t.tensor([1]))
t.from_numpy(np.ones(3)); t.from_numpy(np.arange(3)); t.as_tensor([1.5])
t.as_tensor(np.ones(2), dtype=t.int64)
t.zeros(2, 3); t.zeros((2, 3)); t.zeros([2]); t.zeros(0); t.zeros(()); t.zeros(2, dtype=t.int64)
t.ones(2); t.ones(2, 2, dtype=t.bool); t.zeros_like(t.tensor([1, 2])); t.ones_like(t.ones(2, 1))
t.ones_like(t.tensor([1]), dtype=t.float64); t.full((2,), 7); t.full((2, 1), 0.5)
t.full((2,), True); t.full((2,), 1, dtype=t.float32); t.full((), 3)
t.arange(3); t.arange(3.0); t.arange(1, 4); t.arange(0, 1, 0.25); t.arange(5, 0, -2)
t.arange(0, 1, 0.1); t.arange(0); t.arange(2, 9, 3, dtype=t.float32); t.arange(1, 2, 0.3)
t.linspace(0, 1, 5); t.linspace(-1, 1, 7); t.linspace(0, 1, 1); t.linspace(0, 1, 0)
t.linspace(0, 10, 5, dtype=t.int64); t.linspace(-10, 0, 5, dtype=t.int64); t.linspace(1, -1, 4)
t.meshgrid(t.arange(2), t.arange(3), indexing="ij")
t.meshgrid([t.arange(2), t.arange(3)], indexing="xy")
t.meshgrid(t.arange(2), t.arange(3), t.arange(4), indexing="xy")
t.stack(t.meshgrid(t.linspace(0, 1, 2), t.linspace(0, 1, 3), indexing="ij"), dim=-1).reshape(-1, 2)
t.cat([t.ones(1, 2), t.zeros(2, 2)]); t.cat([t.ones(2), t.tensor([1, 2])]); t.cat((t.ones(2),), 0)
t.cat([t.tensor([]), t.ones(2, 3)]); t.cat([t.ones(2, 1), t.zeros(2, 2)], dim=-1)
t.stack([t.ones(2), t.zeros(2)]); t.stack([t.ones(2), t.zeros(2)], 1); t.stack([t.tensor(1)] * 2)
t.concatenate([t.ones(2), t.zeros(1)])
t.tensor([1, 2]) / 2; t.tensor([1, 2]) / t.tensor([2, 4]); t.tensor([True]) / 2
t.tensor([True]) + t.tensor([True]); t.tensor([True]) * 2; t.tensor([True]) + 1
t.tensor([1], dtype=t.int32) + 1; t.tensor([1], dtype=t.int32) * 1.5
2 - t.tensor([1], dtype=t.uint8)
t.tensor([200], dtype=t.uint8) + 100; t.tensor([200], dtype=t.uint8) + t.tensor([1])
t.tensor([2, 3]) ** 2; t.tensor([2, 3]) ** 2.0; 2 ** t.tensor([2, 3]); 2.0 ** t.tensor([2, 3])
t.tensor([1, 2]) @ t.tensor([3, 4]); t.tensor([1.5]) * t.tensor([2]); -t.tensor([1, 2])
np.float32(2) * t.ones(2); t.ones(2) * np.int64(3); 1 / t.tensor([2, 4])
t.exp(t.tensor([1, 2])); t.log(t.tensor([1, 2])); t.sqrt(t.tensor([1, 4]))
t.abs(t.tensor([-1, 2]))
t.sigmoid(t.tensor([0, 1])); t.tanh(t.tensor([0, 1])); t.relu(t.tensor([-1, 2]))
t.relu(t.tensor([-1.0, float("nan")])); t.log(t.tensor([0.0, -1.0])); t.tensor([1.0]) / 0
t.exp(t.tensor([1e4])); t.tensor([float("inf")]) - float("inf"); t.tensor([0.0]) ** -1
t.maximum(t.tensor([1.0, 5.0]), t.tensor([3, 2])); t.minimum(t.tensor([1, 5]), t.tensor([3, 2]))
t.maximum(t.tensor([float("nan")]), t.tensor([1.0]))
t.where(t.tensor([True, False]), 1, 2); t.where(t.tensor([True]), 1.5, 2)
t.where(t.tensor([True, False]), t.tensor([1, 2]), 0.5)
t.clamp(t.tensor([-1.0, 0.5, 2.0]), 0, 1); t.tensor([1, 5]).clamp(max=3)
t.tensor([1.0]).clamp(2, 1)
t.tensor([1, 2]).clamp(0.5); t.tensor([float("nan")]).clamp(0, 1); t.clamp(t.ones(2), min=2)
t.sum(t.tensor([True, True])); t.sum(t.tensor([1], dtype=t.uint8)); t.sum(t.ones(2, 3), dim=1)
t.sum(t.ones(2, 3), dim=(0, 1), keepdim=True); t.ones(2, 3).sum(0, True); t.tensor(2.0).sum(0)
t.mean(t.tensor([1.0, 2.0])); t.mean(t.ones(2, 3), dim=-1); t.tensor([]).mean()
t.ones(0, 2).mean(0)
t.ones(2, 3).mean(dim=[0, 1]); t.tensor([]).sum(); t.ones(2, 0).sum(1)
t.max(t.tensor([[1, 5], [7, 2]])); t.max(t.tensor([[1, 5], [7, 2]]), 1)
t.min(t.tensor([1.0, 5.0]))
t.tensor([[1, 5], [5, 2]]).max(dim=0, keepdim=True); t.tensor([[1.0, 0.5]]).min(1)
t.max(t.tensor([1, 5]), t.tensor([3, 2])); t.tensor([1.0, float("nan")]).max()
t.tensor([[1.0, float("nan"), 2.0]]).max(1); t.tensor([1, float("nan")]).argmax()
t.argmax(t.tensor([[1, 3], [4, 2]])); t.argmax(t.tensor([[1, 3], [4, 2]]), dim=1)
t.tensor([[1, 3], [4, 2]]).argmax(1, keepdim=True); t.argmin(t.tensor([3, 1, 2]))
t.tensor(3).argmax(0)
t.amax(t.tensor([[1, 5], [7, 2]]), 0); t.amin(t.tensor([[1, 5], [7, 2]]), (0, 1))
t.any(t.tensor([0, 2])); t.all(t.tensor([[0, 2], [1, 1]]), 1); t.tensor([]).all()
t.tensor([]).any()
~t.tensor([True, False]); (t.ones(2) > 0) & t.tensor([True, False])
t.tensor([True]) | t.tensor([False])
t.matmul(t.ones(2, 3), t.ones(3)); t.ones(2, 3) @ t.ones(4, 3, 2); t.ones(3) @ t.ones(3)
t.reshape(t.arange(6), (2, -1)); t.flatten(t.ones(2, 3, 4), 1); t.arange(6).view(2, 3); t.ones(1).T
t.squeeze(t.ones(1, 2, 1)); t.ones(1, 2, 1).squeeze(-1); t.ones(1, 2, 1).squeeze((0, 2))
t.unsqueeze(t.ones(2), 0); t.ones(2).unsqueeze(-1); t.tensor(1).unsqueeze(-1)
t.permute(t.ones(2, 3, 4), (2, 0, 1)); t.transpose(t.ones(2, 3), 0, 1); t.ones(2, 3).T
t.tensor(1).flatten()
t.arange(6).reshape(2, 3).T.contiguous().view(6); t.ones(2).clone(); t.ones(2).detach()
t.arange(3)[t.tensor([True, False, True])]; t.arange(3)[t.tensor(1)]; t.arange(3)[[2, 0]]
t.arange(3)[True]
t.arange(3)[None]; t.arange(6).reshape(2, 3)[..., -1]
t.arange(6).reshape(2, 3)[:, t.tensor([1, 1])]
t.tensor([1, 2]) == t.tensor([1, 3]); t.tensor([1, 2]) == None; t.tensor([1]) != None
t.tensor([1, 2]) == [1, 2]; t.tensor([1, 2]) == "a"; t.tensor([1.0, float("nan")]) == float("nan")
2 in t.tensor([1, 2]); 5 in t.tensor([1, 2]); int(t.tensor([3.7])); float(t.tensor(2))
bool(t.tensor([0.0]))
["a", "b"][t.tensor(1)]; ["a", "b"][t.tensor([1])]; list(range(t.tensor(2))); len(t.ones(3, 2))
list(t.tensor([1, 2])); [row.sum() for row in t.ones(2, 3)]; t.tensor([[1.5]]).item()
t.ones(2, 1).tolist()
t.tensor(3).item(); t.ones(2, 3).size(); t.ones(2, 3).size(-1); t.ones(2, 3).dim()
t.ones(2, 3).numel()
t.ones(2, 3).shape; t.ones(2).ndim; t.is_tensor(t.ones(1)); t.is_tensor([1]); t.ones(2).is_leaf
np.asarray(t.ones(2)); t.ones(2).numpy(); t.tensor([1, 2]).numpy() + 1; f"{t.tensor(0.25):.3f}"
t.ones(1).dtype == t.float32; t.tensor([1]).dtype == t.long; t.ones(1).dtype == t.float64
t.ones(1).dtype is t.float32; t.half == t.float16
t.ones(1, requires_grad=True).requires_grad; (2 * t.ones(1, requires_grad=True)).is_leaf
t.ones(1).grad; t.ones(1).grad_fn; t.ones(1).requires_grad_().requires_grad
t.rand(2, 3).shape; t.randn(2).dtype; t.randperm(4).dtype; t.rand((2,)).dtype; t.rand(0)
"""

ERRORS = """
t.tensor([1]) < None; t.tensor([1]) + [1]; t.tensor([1]) + None
int(t.tensor([1, 2])); float(t.tensor([1, 2])); bool(t.tensor([1, 2])); bool(t.tensor([]))
len(t.tensor(1)); list(t.tensor(1)); [1, 2][t.tensor(1.0)]; t.tensor([1, 2]).item()
t.ones(2, 3).sum(5); t.ones(2, 3).mean(-3); t.ones(2).argmax(5); t.ones(2).max(5)
t.ones(2, 3).amax(2)
t.ones(2, 3) @ t.ones(2, 3); t.ones(2) @ t.ones(3); t.tensor(1.0) @ t.ones(1)
t.ones(2, 3) + t.ones(2)
t.ones(2, 3) == t.ones(2); t.ones(2, 3) * t.ones(4, 3)
t.where(t.ones(2) > 0, t.ones(3), t.ones(3))
t.ones(2)[5]; t.ones(2)[1.5]; t.ones(2)[0, 0]; t.ones(2)[t.tensor([2])]; t.ones(2)[t.ones(3) > 0]
t.ones(2)[[5]]
t.tensor([True]) - t.tensor([True]); -t.tensor([True]); t.tensor([True]) ** t.tensor([True])
t.tensor([1, 2]) ** -1; t.tensor([1, 2]).mean(); t.tensor([]).max(); t.ones(0, 2).amax(0)
t.where(t.tensor([1]), t.tensor([1]), t.tensor([2])); t.cat([]); t.stack([])
t.cat([t.tensor(1)] * 2)
t.stack([t.ones(1), t.ones(2)]); t.cat([t.ones(1, 2), t.ones(1, 3)]); t.cat([t.ones(2)], 1)
t.arange(5, 0); t.arange(0, 5, 0); t.full(2, 1); t.zeros(-1); t.zeros(); t.zeros(2.5); t.zeros("a")
t.from_numpy([1]); t.linspace(0, 1, -1); t.meshgrid(t.ones(2, 2)); t.randperm(-1)
t.ones(2).clamp(); t.ones(2).to("cuda"); t.ones(2).size(5); t.ones(2).squeeze(5)
t.ones(2).unsqueeze(5)
t.ones(2).reshape(3); t.ones(2).reshape(-1, -1); t.ones(2).permute(0, 0); t.ones(2, 3).permute(0)
t.arange(4).reshape(2, 2).T.view(4); t.ones(2).flatten(1); t.ones(2, 3).transpose(0, 2)
t.ones(2, 3).sum((0, 0)); t.sum([1]); t.exp([1.0]); t.exp("a"); ~t.ones(1); t.tensor("a")
t.tensor(["a"])
t.ones(1).sort_of; t.sort_of; t.ones(1, requires_grad=True).numpy()
t.tensor([1], requires_grad=True); t.tensor([1]).requires_grad_(); t.ones(1).backward()
t.ones(2, requires_grad=True).backward(); t.zeros(2, dtype="nonsense")
t.tensor([1], dtype=t.ones(1))
"""


def programs(text):
    return [line.strip() for part in text.strip().splitlines() for line in part.split("; ")]


def assert_same(ours, theirs):
    """Both have the same values, shapes and dtypes."""
    if isinstance(theirs, (tuple, list)) and not isinstance(theirs, torch.Size):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs):
            assert_same(one, other)
    elif isinstance(theirs, torch.Tensor):
        assert isinstance(ours, minicv.Tensor)
        assert (f"torch.{ours.dtype}", ours.shape) == (str(theirs.dtype), tuple(theirs.shape))
        assert ours.requires_grad == theirs.requires_grad
        np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-6,
                                   atol=1e-7)
    elif isinstance(theirs, torch.dtype):
        assert f"torch.{ours}" == str(theirs)
    else:
        np.testing.assert_array_equal(ours, theirs)


def kind(error):
    values = (RuntimeError, ValueError, NotImplementedError, AssertionError)
    return next((one for one in (TypeError, IndexError, AttributeError) if isinstance(error, one)),
                ValueError if isinstance(error, values) else type(error))


# Where the words differ because the checks come in another order, on purpose.
OTHER_KIND = {
    "t.ones(2).argmax(5)", "t.tensor([1, 2]).mean()", "-t.tensor([True])",
    "t.tensor([True]) - t.tensor([True])", "t.tensor([True]) ** t.tensor([True])",
    "t.where(t.tensor([1]), t.tensor([1]), t.tensor([2]))", "t.tensor(\"a\")", "t.tensor([\"a\"])",
    "t.ones(0, 2).amax(0)", "t.tensor([1], requires_grad=True)", "t.tensor([1]).requires_grad_()",
}


@pytest.mark.parametrize("program", programs(VALUES))
@pytest.mark.filterwarnings("ignore::UserWarning")  # torch: meshgrid without indexing
def test_the_same_values(program):
    theirs = eval(program, {"t": torch, "np": np})
    assert_same(eval(program, {"t": minicv, "np": np}), theirs)


@pytest.mark.parametrize("program", programs(ERRORS))
def test_errors_of_the_same_kind(program):
    with pytest.raises(Exception) as theirs:
        eval(program, {"t": torch, "np": np})
    with pytest.raises(Exception) as ours:
        eval(program, {"t": minicv, "np": np})
    if program not in OTHER_KIND:
        assert kind(ours.value) is kind(theirs.value)
