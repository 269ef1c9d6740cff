"""How fast minicv is, beside the libraries it is proven equal to: `python -m tests.benchmarks`."""
