"""A table of a network's layers: sizes, parameters, and receptive fields; see `receptive_field`."""

from __future__ import annotations

from minicv.nn.layers import Module
from minicv.nn.receptive_field import by, count_parameters, receptive_fields


def summary(model: Module, input_shape: tuple[int, ...]) -> str:
    """A table of all layers: what comes out, what is learned, and what is seen.

    Parameters
    ----------
    model, input_shape : as for `receptive_fields`.

    Raises
    ------
    TypeError, ValueError : as for `receptive_fields`.

    Examples
    --------
    >>> from minicv import nn
    >>> network = nn.Sequential(nn.Conv2d(1, 8, (3, 5)), nn.ReLU(), nn.Flatten(),
    ...                         nn.Linear(720, 10))
    >>> print(summary(network, (1, 12, 13)))
    layer      output      parameters  receptive field  jump   first centre (y, x)
    0 Conv2d   8 x 10 x 9         128  3 x 5            1 x 1  1.5, 2.5
    1 ReLU     8 x 10 x 9           0  3 x 5            1 x 1  1.5, 2.5
    2 Flatten  720                  0  3 x 5            -      -
    3 Linear   10               7,210  12 x 13          -      -
    all                         7,338
    """
    rows = [("layer", "output", "parameters", "receptive field", "jump", "first centre (y, x)")]
    for view in receptive_fields(model, input_shape):
        centre = view.first_centre
        rows.append((f"{view.name} {type(view.layer).__name__}".strip(), by(view.output_shape),
                     f"{view.n_parameters:,}", by(view.size),
                     "-" if view.jump is None else by(view.jump),
                     "-" if centre is None else ", ".join(f"{one:g}" for one in centre)))
    rows.append(("all", "", f"{count_parameters(model):,}", "", "", ""))
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    return "\n".join(
        "  ".join(cell.rjust(width) if column == 2 else cell.ljust(width)
                  for column, (cell, width) in enumerate(zip(row, widths))).rstrip()
        for row in rows)
