"""Products in pieces are products, and images dealt out to threads are all dealt out."""

import numpy as np
import pytest

from minicv import nn
from minicv.autograd import Tensor
from minicv.nn import parallel

# Around the sizes of a piece: less than one, a few whole ones, and a rest in each direction.
SIZES = [(1, 1, 1, 1), (2, 3, 5, 7), (1, 64, 128, 32), (1, 65, 129, 33), (3, 70, 300, 130),
         (1, 1, 4, 70_000), (2, 7, 1, 300)]


@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("strided", [False, True])
@pytest.mark.parametrize("groups, m, k, n", SIZES)
def test_products_in_pieces(groups, m, k, n, strided, n_threads, monkeypatch):
    monkeypatch.setattr(parallel, "n_threads", lambda: n_threads)
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(groups, m, k)), rng.normal(size=(groups, k, n))
    if strided:
        a, b = np.repeat(a, 2, axis=2)[..., ::2], np.repeat(b, 2, axis=2)[..., ::2]
    np.testing.assert_allclose(parallel.product(a, b), a @ b, rtol=1e-12, atol=1e-12)
    right = b.swapaxes(1, 2)  # now the long axis is summed over
    np.testing.assert_allclose(parallel.product_over_many(b, b), b @ right, rtol=1e-11, atol=1e-11)


def test_pieces_stay_below_what_blas_splits(monkeypatch):
    sizes = []
    multiply = np.matmul

    def remember(a, b, **options):
        sizes.append(a.shape[-2] * a.shape[-1] * b.shape[-1])
        return multiply(a, b, **options)

    monkeypatch.setattr(np, "matmul", remember)
    monkeypatch.setattr(parallel, "n_threads", lambda: 2)
    parallel.product(np.ones((1, 100, 120)), np.ones((1, 120, 500)))
    assert len(sizes) > 3 and max(sizes) <= 2**18


@pytest.mark.parametrize("n_images", [1, 2, 3, 7, 16])
@pytest.mark.parametrize("n_threads", [1, 2, 3, 5])
def test_every_image_is_worked_on_once_and_in_order(n_images, n_threads, monkeypatch):
    monkeypatch.setattr(parallel, "n_threads", lambda: n_threads)
    parts = parallel.for_all_images(lambda images: list(range(n_images))[images], n_images, 10**6)
    assert sum(parts, []) == list(range(n_images))
    assert len(parts) == min(n_threads, n_images)
    assert len(parallel.for_all_images(lambda images: None, n_images, 100)) == 1


def test_an_error_in_a_thread_arrives(monkeypatch):
    monkeypatch.setattr(parallel, "n_threads", lambda: 2)
    with pytest.raises(ZeroDivisionError):
        parallel.for_all_images(lambda images: 1 / images.start, 4, 10**6)


@pytest.mark.parametrize("settings, expected", [
    ({"OPENBLAS_NUM_THREADS": "3", "OMP_NUM_THREADS": "5"}, 3), ({"OMP_NUM_THREADS": "5"}, 5),
    ({"OMP_NUM_THREADS": "0"}, 1)])
def test_the_number_of_threads_is_that_of_openblas(settings, expected, monkeypatch):
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert parallel.n_threads() == expected


def test_layers_compute_the_same_on_any_number_of_threads(monkeypatch):
    rng = np.random.default_rng(0)
    values = rng.normal(size=(5, 6, 40, 41))
    network = nn.Sequential(nn.Conv2d(6, 4, 3, groups=2, padding=1, rng=0, dtype=np.float64),
                            nn.MaxPool2d(3, stride=2))
    results = []
    for n_threads in (1, 3):
        monkeypatch.setattr(parallel, "n_threads", lambda n=n_threads: n)
        # Even this little work is worth threads here.
        monkeypatch.setattr(nn.convolution, "for_all_images",
                            lambda work, n, size: parallel.for_all_images(work, n, 10**9))
        monkeypatch.setattr(nn.pooling, "for_all_images",
                            lambda work, n, size: parallel.for_all_images(work, n, 10**9))
        x = Tensor(values, requires_grad=True)
        network.zero_grad()
        out = network(x)
        out.backward(np.cos(np.arange(out.numel())).reshape(out.shape))
        results.append([out.data, x.grad.data, *(p.grad.data for p in network.parameters())])
    for one, three in zip(*results):
        np.testing.assert_allclose(one, three, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("value", ["4,2", "auto", " "])
def test_a_number_of_threads_that_is_none_is_passed_over(monkeypatch, value):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", value)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert parallel.n_threads() == 3
