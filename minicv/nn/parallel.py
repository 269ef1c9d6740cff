"""Convolutions on all cores: images dealt out to threads, and products that stay on one.

NumPy multiplies matrices with OpenBLAS, which splits large products among threads of its own.  Each
part then waits for the others in busy loops, many times in one product; beside another program on
two cores a convolution took ten times as long as without.  And everything around the products,
copying above all, remains on one core.

So we deal out whole *images*: each thread does all the work on its own, and meets the others once,
at the end.  NumPy lets other threads run while it computes.  The products are computed in pieces,
so small that OpenBLAS leaves each on the thread that asks for it (it splits products of more than
2^18 multiplications).  Small pieces cost up to half of the speed of a product, and save the rest.

How many threads: as OpenBLAS, one for each core, unless OPENBLAS_NUM_THREADS or OMP_NUM_THREADS
says otherwise.  Sums over images are added up thread by thread, so the last digits of a gradient
depend on their number; for one number of threads they are always the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

ON_ONE_THREAD = 2**18  # multiplications
ROWS, INNER = 64, 144  # of a piece, at most; its columns are as many as the limit then allows


def n_threads() -> int:
    """How many threads to use."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        if os.environ.get(name, "").isdecimal():
            return max(int(os.environ[name]), 1)
    return os.cpu_count() or 1


def for_all_images(work: Callable[[slice], object], n_images: int, size: int) -> list:
    """Call `work` with the slices of the images, one for each thread; returns what they return.

    Parameters
    ----------
    work : must not write where the work on other images writes.
    n_images : how many there are.
    size : how many numbers are handled in all; for a few it is not worth to start threads.

    Examples
    --------
    >>> for_all_images(lambda images: images.stop - images.start, 10, size=10)
    [10]
    """
    n = min(n_threads(), n_images) if size > 2**19 else 1
    if n <= 1:
        return [work(slice(0, n_images))]
    ends = [n_images * k // n for k in range(n + 1)]
    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(work, map(slice, ends, ends[1:])))


def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a @ b in pieces, for b with many columns.

    Parameters
    ----------
    a : (G, m, k), a matrix for each of G groups. b : (G, k, n).

    Returns
    -------
    (G, m, n)
    """
    if n_threads() == 1:  # nobody to wait for
        return a @ b
    out = np.empty((len(a), a.shape[1], b.shape[2]), a.dtype)
    for rows in _steps(a.shape[1], ROWS):
        for inner in _steps(a.shape[2], INNER):
            left = a[:, None, rows, inner]
            for columns, width in _even_steps(b.shape[2], _columns(left)):
                # (G, k, pieces * width) to (G, pieces, k, width), and the result back: views.
                right = _cut(b[:, inner, columns], width).swapaxes(1, 2)
                target = _cut(out[:, rows, columns], width).swapaxes(1, 2)
                if inner.start == 0:
                    np.matmul(left, right, out=target)
                else:
                    target += left @ right
    return out


def product_over_many(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a @ b^T in pieces, for a and b with many columns, over which is summed.

    Parameters
    ----------
    a : (G, m, n), a matrix for each of G groups. b : (G, k, n).

    Returns
    -------
    (G, m, k)
    """
    if n_threads() == 1:
        return a @ b.swapaxes(1, 2)
    out = np.zeros((len(a), a.shape[1], b.shape[1]), a.dtype)
    for rows in _steps(a.shape[1], ROWS):
        for inner in _steps(b.shape[1], INNER):
            most = _columns(out[:, None, rows, inner])
            for columns, width in _even_steps(a.shape[2], most):
                left = _cut(a[:, rows, columns], width).swapaxes(1, 2)
                right = _cut(b[:, inner, columns], width).transpose(0, 2, 3, 1)
                out[:, rows, inner] += (left @ right).sum(axis=1)
    return out


def _columns(left: np.ndarray) -> int:
    """How many columns a piece may have beside so many rows and inner entries."""
    return ON_ONE_THREAD // (left.shape[-2] * left.shape[-1])


def _steps(n: int, step: int) -> Iterator[slice]:
    for start in range(0, n, step):
        yield slice(start, min(start + step, n))


def _even_steps(n: int, width: int) -> Iterator[tuple[slice, int]]:
    """All columns that make whole pieces of this width, then the rest as one piece."""
    whole = n // width * width
    if whole:
        yield slice(0, whole), width
    if whole < n:
        yield slice(whole, n), n - whole


def _cut(x: np.ndarray, width: int) -> np.ndarray:
    """(G, rows, pieces * width) as (G, rows, pieces, width): always a view."""
    of_group, of_row, of_column = x.strides
    return np.lib.stride_tricks.as_strided(x, (*x.shape[:2], x.shape[2] // width, width),
                                           (of_group, of_row, width * of_column, of_column))
