"""Records stay what they were when they were checked."""

import dataclasses
import importlib
import pkgutil

import minicv

GROWING = {"History", "RenderHistory"}  # a line an epoch or a step


def test_every_dataclass_but_a_growing_history_is_frozen():
    modules = [importlib.import_module(info.name)
               for info in pkgutil.walk_packages(minicv.__path__, "minicv.")]
    records = {value for module in modules for value in vars(module).values()
               if isinstance(value, type) and dataclasses.is_dataclass(value)}
    assert len(records) > 20
    assert {one.__name__ for one in records if not one.__dataclass_params__.frozen} == GROWING
