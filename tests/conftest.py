"""What all tests share: one thread for NumPy's products, no waiting for the disk, bytecode kept.

The products of small networks gain nothing from more, and beside any other program OpenBLAS's
threads wait for each other in busy loops: a test of half a second then takes half a minute.
OpenBLAS must be told before NumPy is loaded, hence here.

Files are saved some 2,000 times, and each time twice the disk is waited for.  What the tests say of
that is when it is called; no power cut is to be outlived.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.fsync = lambda descriptor: None
if hasattr(os, "sync"):  # which waits for all that any program has written
    os.sync = lambda: None
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A helper of the parity tests and of a benchmark, not a test file: --doctest-modules would import
# it to look for examples, also where there is no torch.
collect_ignore = ["parity/torch_rendering.py"]
