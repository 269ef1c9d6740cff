"""What PyTorch has and minicv has not, and what to do instead: the words of an AttributeError."""

import numpy as np

CPU = "minicv computes on the CPU: leave it out"
SEED = "there is no global seed: pass rng=0 to what draws random numbers, as minicv.rand(3, rng=0)"
WITHOUT_GRADIENT = "write with minicv.no_grad():"

MISSING_IN_TENSOR = {
    "cuda": CPU, "device": CPU, "is_cuda": CPU, "pin_memory": CPU, "mps": CPU,
    "type": "write .to(minicv.float32), or read .dtype", "type_as": "write .to(other)",
    "half": "write .to(minicv.float16)",
    "retain_grad": "only leaves keep a gradient: make the tensor a leaf, with "
                   ".detach().requires_grad_()",
    "expand": "shapes are stretched where they meet, as in x + y",
    "repeat": "write minicv.cat([x, x])", "t": "write .T", "mm": "write x @ y",
    "norm": "write (x * x).sum().sqrt()", "var": "write ((x - x.mean()) ** 2).mean()",
    "std": "write ((x - x.mean()) ** 2).mean().sqrt()", "square": "write x * x",
    "softmax": "write minicv.nn.functional.softmax(x, dim)", "astype": "write .to(minicv.float32)",
    "copy": "write .clone()", "ravel": "write .flatten()",
}
MISSING_IN_MINICV = {
    "cuda": CPU, "device": CPU, "backends": CPU, "manual_seed": SEED, "seed": SEED,
    "Generator": "pass numpy.random.default_rng(0) as rng",
    "inference_mode": WITHOUT_GRADIENT, "set_grad_enabled": WITHOUT_GRADIENT,
    "optim": "write minicv.nn.optim", "utils": "minicv.nn.TensorDataset, DataLoader",
    "empty": "write minicv.zeros", "randint": "write minicv.tensor(rng.integers(0, 10, size))",
    "mm": "write x @ y", "norm": "write (x * x).sum().sqrt()",
    "softmax": "write minicv.nn.functional.softmax(x, dim)",
}


def advise(name: str, table: dict[str, str]) -> str:
    """What to add to "there is no NAME"."""
    if name in table:
        return f": {table[name]}"
    if not name.startswith("_") and callable(getattr(np, name, None)):
        return f": np.{name}(x.numpy()) computes it, without a gradient"
    return ""
