"""Lesson 1.1: what a ReLU network draws. From one line to all linear regions.

    python -m lessons run 1.1
    python lessons/ex1_1_decision_boundary/lesson.py    the same; --help shows the options
"""

# %% [markdown]
# # 1.1 Decision boundary of a 2D occupancy network
#
# **What we want.** A network says of each point of the plane whether it is inside a shape: yes
# where f > 0. Where exactly does the shape end?
#
# **The idea.** A linear layer draws a straight line. A ReLU bends the plane along such a line. So a
# network of both is a patchwork of flat pieces, and its boundary consists of straight pieces, one
# for each patch that it visits. All of them can be computed, by hand for the sheet's network, and
# by the same method for a network with thousands of patches.
#
# Read next to this, in `minicv/decision_boundary/`: `line.py` (a and b), `regions.py` and
# `boundary.py` (c), `rays.py`, and `contour.py` (what everybody else does).

# %%
from __future__ import annotations

import sys
import time
from fractions import Fraction
from pathlib import Path

# The checkout, where `lessons` and `minicv` lie. (A notebook has no __file__, and runs in here.)
sys.path.insert(0, str(Path(globals().get("__file__", "lesson.py")).resolve().parents[2]))

import numpy as np
from matplotlib.axes import Axes

from lessons import Steps, run_as_script
from minicv import nn, plotting
from minicv.autograd import Tensor, no_grad
from minicv.decision_boundary import (
    Line,
    Region,
    decision_boundary,
    find_contours,
    linear_regions,
    ray_crossings,
)
from minicv.decision_boundary.regions import shoelace

TITLE = "Decision boundary: lines, linear regions, and the exact outline of a ReLU network"

WINDOW = (-3, -3, 3, 3)  # for the sheet's drawings
SQUARE = (-1, -1, 1, 1)  # for the network that learns a shape
N_POINTS = 8000
HIDDEN = (32, 32)
EPOCHS = (0, 2, 10, 100)  # after which we look at what it draws
GRIDS = (8, 16, 32, 64, 128, 256)
WIDTHS = (8, 16, 32)

# %% [markdown]
# ## a) The boundary of a linear layer
#
# f(x) = w1 x1 + w2 x2 + b is 0 on a line: solve for x2, if w2 is not 0. But the better way to look
# at it is the vector w itself: f does not change along the line, so the line is at a right angle
# to w, and f grows in the direction of w, by |w| for each unit of length. So w points inside, and
# |b| / |w| is how far the line is from the origin.

# %%
LINES = [((-2, 5), -1), ((5, 10), -3)]


def fraction(number: float) -> str:
    """1/5 rather than 0.2: the sheet's numbers are simple ones."""
    return str(Fraction(number).limit_denominator(1000))


def equation(weight: np.ndarray, bias: float) -> str:
    """w1 x1 + w2 x2 + b, without what is 0.

    >>> equation([5, -10], 7), equation([-1, 0], -1), equation([0, 0], -1)
    ('5 x1 - 10 x2 + 7', '-x1 - 1', '-1')
    """
    text = ""
    for number, name in zip((*weight, bias), (" x1", " x2", "")):
        if number == 0:
            continue
        size = fraction(abs(number)) + name
        if abs(number) == 1 and name:
            size = name.strip()
        if text:
            text += (" + " if number > 0 else " - ") + size
        else:
            text = size if number > 0 else "-" + size
    return text or "0"


def derive_line() -> None:
    print("0 = w1 x1 + w2 x2 + b")
    print("x2 = -(w1 / w2) x1 - b / w2        if w2 is not 0; else x1 = -b / w1")
    print("normal (w1, w2) / |w|, towards f > 0; distance from the origin |b| / |w|")
    try:
        Line([0, 0], 2)
    except ValueError as error:
        print(f"and with W = (0, 0), b = 2?\n{error}")


# %% [markdown]
# ## b) Two lines to draw
#
# Two points are enough for a line, and the easiest to find are those on the axes: put x2 = 0, then
# x1 = 0.


# %%
def draw_lines(out: Path) -> list[dict]:
    figure, axes = plotting.panels("2d", "2d")
    rows = []
    for panel, name, (weight, bias) in zip(axes, ("i", "ii"), LINES):
        line = Line(weight, bias)
        x1, x2 = line.intercepts
        print(f"{name}) {equation(weight, bias)} = 0:  x2 = {fraction(line.slope)} x1 + "
              f"{fraction(x2)};  on the axes at x1 = {fraction(x1)} and x2 = {fraction(x2)};  "
              f"{abs(line.offset):.4f} from the origin")
        rows.append({"weight": list(weight), "bias": bias, "slope": line.slope,
                     "intercepts": list(line.intercepts), "distance": abs(line.offset)})
        _draw_line(panel, line)
        panel.set_title(f"{name}) W = {weight}, b = {bias}: {equation(weight, bias)} = 0")
    plotting.save(figure, out / "lines.png")
    print("look at lines.png: the arrow is W, shortened. On which side is the origin, and what\n"
          "has the sign of b to do with it?")
    return rows


def _draw_line(panel: Axes, line: Line) -> None:
    window = (-1, -1, 1, 1)
    layer = nn.Linear(2, 1, dtype=np.float64)
    layer.load_state_dict({"weight": [line.weight], "bias": [line.bias]})
    inside = _inside_parts(linear_regions(layer, window))
    plotting.draw_regions(panel, [np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])], ["white"])
    plotting.draw_regions(panel, inside, [INSIDE] * len(inside))
    plotting.draw_curves(panel, [line.segment(window)])
    for side in (panel.axhline, panel.axvline):
        side(0, color=plotting.GREY, linewidth=0.8)
    x1, x2 = line.intercepts
    below = line.slope > 0  # to the right of the point, on the side that the line turns away from
    for point in ((x1, 0), (0, x2)):
        panel.plot(*point, "o", color="black", zorder=3)
        label = ", ".join(fraction(number) for number in point)
        panel.annotate(f"({label})", point, xytext=(6, -15 if below else 7),
                       textcoords="offset points")
    foot = line.segment(window).T @ [0.8, 0.2]
    panel.annotate("", foot + 0.22 * line.normal, foot,
                   arrowprops=dict(arrowstyle="-|>", color=plotting.BLUE, linewidth=1.8))
    panel.annotate("W", foot + 0.29 * line.normal, ha="center", va="center", color=plotting.BLUE)
    panel.annotate("f > 0", (0.4, 0.75), ha="center", va="center")
    panel.annotate("f < 0", (-0.4, -0.6), ha="center", va="center")
    ticks = (-1, -0.5, 0, 0.5, 1)
    panel.set(xlim=(-1, 1), ylim=(-1, 1), xticks=ticks, yticks=ticks)


INSIDE = "#FBE3D0"  # vermilion, very pale


def _inside_parts(regions: list[Region]) -> list[np.ndarray]:
    """The parts of regions where f > 0, as polygons: each is cut along its own f = 0."""
    parts = []
    for region in regions:
        part, values = [], region.value(region.polygon)
        for n, (corner, value) in enumerate(zip(region.polygon, values)):
            if values[n - 1] * value < 0:
                share = values[n - 1] / (values[n - 1] - value)
                part.append(region.polygon[n - 1] + share * (corner - region.polygon[n - 1]))
            if value >= 0:
                part.append(corner)
        if values.max() > 0:
            parts.append(np.array(part))
    return parts


# %% [markdown]
# ## c) Two ReLUs
#
# Each hidden unit draws a line of its own, its *hinge*: on one side the unit is active, on the
# other it is 0. Two lines make four regions, and in each of them the network is one linear
# function: leave out the units that are not active. Its line f = 0 counts only where it passes
# through the region itself.


# %%
def network_of_the_sheet() -> nn.MLP:
    network = nn.MLP(2, 2, 1, dtype=np.float64)
    network.load_state_dict({"0.weight": [[3, -2], [-1, 4]], "0.bias": [2, -3],
                             "2.weight": [[1, -2]], "2.bias": [-1]})
    return network


# Pale blue, green, yellow and grey, for the patterns "both", "first alone", ...
REGIONS = {(1, 1): ("both active", "#C9E2F0"), (1, 0): ("only unit 1 active", "#CDEBDD"),
           (0, 1): ("only unit 2 active", "#FBF5C4"), (0, 0): ("neither active", "#E4E4E4")}


def study_regions(network: nn.MLP) -> list[dict]:
    layer = network[0]
    for unit in range(2):
        line = Line.of_layer(layer, unit)
        print(f"hinge of unit {unit + 1}: {equation(line.weight, line.bias)} = 0")
    rows = []
    for region in sorted(linear_regions(network, WINDOW), key=_pattern, reverse=True):
        name, _ = REGIONS[_pattern(region)]
        values = region.value(region.polygon)
        visited = bool(values.min() < 0 < values.max())
        where = equation(region.weight, region.bias)
        if visited:
            verdict = f"the boundary is here: {where} = 0"
        elif not region.weight.any():
            verdict = "never 0"
        else:
            verdict = f"f is from {values.min():g} to {values.max():g} in the window: never 0"
        print(f"{name:<19} f = {where:<18} {verdict}")
        rows.append({"pattern": list(_pattern(region)), "weight": region.weight.tolist(),
                     "bias": region.bias, "visited": visited, "area": region.area})
    return rows


def _pattern(region: Region) -> tuple[int, ...]:
    return tuple(int(active) for active in region.pattern[0])


def draw_network(network: nn.MLP, out: Path) -> list[np.ndarray]:
    curves = decision_boundary(network, WINDOW)
    for curve in curves:
        corners = ", ".join(f"({fraction(x1)}, {fraction(x2)})" for x1, x2 in curve)
        print(f"the boundary in the window, the inside on its left: {corners}")
    regions = linear_regions(network, WINDOW)

    figure, (panel,) = plotting.panels("2d", height=6)
    plotting.draw_regions(panel, [region.polygon for region in regions],
                          [REGIONS[_pattern(region)][1] for region in regions])
    for unit, linestyle in ((0, "--"), (1, ":")):
        line = Line.of_layer(network[0], unit)
        plotting.draw_curves(panel, [line.segment(WINDOW)], colour="black", linewidth=1.2,
                             linestyle=linestyle, label=f"hinge of unit {unit + 1}: "
                             f"{equation(line.weight, line.bias)} = 0")
    plotting.draw_curves(panel, curves, linewidth=2.8, label="decision boundary f = 0")
    for region in regions:
        name, _ = REGIONS[_pattern(region)]
        panel.annotate(f"{name}\nf = {equation(region.weight, region.bias)}",
                       _label_at(region, curves), ha="center", va="center", fontsize=9)
    for bend in (point for curve in curves for point in curve[1:-1]):
        panel.plot(*bend, "o", color=plotting.VERMILION, zorder=3)
        panel.annotate(f"bend at ({fraction(bend[0])}, {fraction(bend[1])})", bend,
                       xytext=(26, -22), textcoords="offset points",
                       arrowprops=dict(arrowstyle="-"))
    visited = sum(len(curve) - 1 for curve in curves)  # one straight piece in each
    panel.set_title(f"The boundary visits {visited} of the {len(regions)} regions, "
                    "and bends on a hinge")
    panel.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=1, frameon=False)
    plotting.save(figure, out / "network.png")
    print("look at network.png: where else could it bend? what would make it visit a third region?")
    return curves


def _label_at(region: Region, curves: list[np.ndarray]) -> np.ndarray:
    """Where the name of a region has room: of some points inside, the farthest from all lines."""
    rng = np.random.default_rng(0)
    points = rng.dirichlet(np.ones(len(region.polygon)), 500) @ region.polygon
    lines = [region.polygon[[*range(len(region.polygon)), 0]], *curves]
    flat = np.array([0.3, 1])  # text is three times as wide as high
    return points[distance_to([line * flat for line in lines], points * flat).argmax()]


# %% [markdown]
# **Along a ray** the same method needs no drawing, and works in any dimension: follow f from
# bend to bend, and see where it passes through 0 (`ray_crossings`).


# %%
def shoot_rays(network: nn.MLP) -> list[float]:
    origins, directions = [(0, 0), (1, 0), (-2, 0)], [(0, 1), (0, 1), (0, -1)]
    found = ray_crossings(network, origins, directions, near=0, far=9)
    for origin, direction, distances in zip(origins, directions, found):
        print(f"from {origin} in direction {direction}: f = 0 at distance "
              f"{', '.join(fraction(distance) for distance in distances)}")
    return [float(distances[0]) for distances in found]


# %% [markdown]
# ## A network that learns a shape
#
# Now the same for a network that nobody could work out by hand. It learns a star from random
# points with labels, like the network of exercise 2.1 learns a chair, and we watch what it draws:
# every patch, and the exact boundary.


# %%
def star(n_tips: int = 5, outer: float = 0.8, inner: float = 0.38) -> np.ndarray:
    """The outline, (2 n_tips + 1, 2), counter-clockwise and closed."""
    angle = np.pi / 2 + np.pi / n_tips * np.arange(2 * n_tips + 1)
    radius = np.where(np.arange(2 * n_tips + 1) % 2 == 0, outer, inner)
    return radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def is_inside(outline: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Even-odd rule: a ray to the right leaves the shape an odd number of times."""
    x, y = points[:, :1], points[:, 1:]
    (x0, y0), (x1, y1) = outline[:-1].T, outline[1:].T
    meets = (y0 > y) != (y1 > y)
    at = x0 + (y - y0) * (x1 - x0) / np.where(y1 != y0, y1 - y0, 1)
    return (meets & (at > x)).sum(axis=1) % 2 == 1


def area_inside(regions: list[Region]) -> float:
    """The area where f > 0, region by region."""
    return sum(shoelace(part) for part in _inside_parts(regions))


def watch_training(out: Path, seed: int) -> tuple[nn.MLP, list[dict]]:
    rng = np.random.default_rng(seed)
    outline = star()
    points = rng.uniform(-1, 1, (N_POINTS, 2)).astype(np.float32)
    labels = is_inside(outline, points)[:, None].astype(np.float32)
    test = rng.uniform(-1, 1, (20_000, 2)).astype(np.float32)
    truth = is_inside(outline, test)

    network = nn.MLP(2, *HIDDEN, 1, rng=seed)
    loader = nn.DataLoader(nn.TensorDataset(points, labels), batch_size=200, shuffle=True, rng=seed)
    adam = nn.optim.Adam(network.parameters(), lr=1e-2)
    print(f"a star of area {shoelace(outline):.4f}; {N_POINTS} points, {labels.mean():.1%} of them "
          "inside")
    print("epochs   regions   area inside   boundary: curves   corners   wrong points")

    figure, axes = plotting.panels(*["2d"] * len(EPOCHS), height=4.2)
    rows, done, history = [], 0, nn.History()
    for panel, epochs in zip(axes, EPOCHS):
        if epochs > done:
            nn.fit(network, loader, epochs=epochs - done, loss=nn.BCEWithLogitsLoss(),
                   optimizer=adam, history=history)
            if history.interrupted:
                raise KeyboardInterrupt
            done = epochs
        regions, curves = linear_regions(network, SQUARE), decision_boundary(network, SQUARE)
        with no_grad():
            wrong = float(np.mean((network(Tensor(test)).data[:, 0] > 0) != truth))
        rows.append({"epochs": epochs, "regions": len(regions), "area": area_inside(regions),
                     "curves": len(curves), "corners": sum(len(curve) - 1 for curve in curves),
                     "wrong": wrong})
        print("{epochs:>6} {regions:>9} {area:>13.4f} {curves:>18} {corners:>9} {wrong:>14.2%}"
              .format(**rows[-1]))
        plotting.draw_regions(panel, [region.polygon for region in regions])
        plotting.draw_curves(panel, [outline], colour=plotting.BLUE, linewidth=1.2, linestyle="--",
                             label="the true star")
        plotting.draw_curves(panel, curves, label="the network's boundary, exact")
        panel.set_title(f"epochs: {epochs}; linear regions: {len(regions)}")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2,
                  frameon=False)
    plotting.save(figure, out / "training.png")
    print("look at training.png: the network moves its hinges to where it needs to bend.\nWhat are "
          "the ones far from the outline for?")
    return network, rows


# %% [markdown]
# ## Marching squares against the exact curve
#
# Marching squares sees f at grid points alone. On a grid side that no hinge crosses, f is straight,
# and the interpolated point is *exactly* right; so the contour is wrong in squares with a bend
# only, where it cuts the corner. Squares of half the size cut half as much: the *largest* error
# goes down with h. But there are half as many wrong squares on the length of the curve, too, so
# the *mean* error goes down with h^2.


# %%
def compare_with_grids(network: nn.MLP, out: Path) -> list[dict]:
    exact = decision_boundary(network, SQUARE)
    samples = np.concatenate([_spread(curve, 2e-3) for curve in exact])
    corners = np.concatenate(exact)
    print("     grid    side h   largest error   mean error      (distance from the exact curve)")
    rows, contours = [], {}
    for n in GRIDS:
        axis = np.linspace(-1, 1, n + 1)
        grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
        values = _evaluate(network, grid).reshape(n + 1, n + 1)
        contours[n] = [curve * 2 / n - 1 for curve in find_contours(values, 0.0)]
        mean = float(distance_to(contours[n], samples).mean())
        largest = max(float(distance_to(contours[n], corners).max()),
                      float(distance_to(exact, np.concatenate(contours[n])).max()))
        rows.append({"n": n, "h": 2 / n, "largest": largest, "mean": mean})
        print(f"{n:>5}^2   {2 / n:.5f} {largest:>15.2e} {mean:>12.2e}")
    slopes = {key: float(np.polyfit(np.log([row["h"] for row in rows]),
                                    np.log([row[key] for row in rows]), 1)[0])
              for key in ("largest", "mean")}
    print(f"slopes on the logarithmic scales: largest {slopes['largest']:.2f}, "
          f"mean {slopes['mean']:.2f}\n(the coarsest grids lose whole tips, which is worse)")

    figure, (left, right) = plotting.panels("2d", "2d", height=5)
    regions = linear_regions(network, SQUARE)
    plotting.draw_regions(left, [region.polygon for region in regions])
    coarse = GRIDS[1]
    plotting.draw_curves(left, exact, label="exact")
    plotting.draw_curves(left, contours[coarse], colour=plotting.BLUE, linewidth=1.2, marker="o",
                         label=f"marching squares, {coarse} x {coarse}")
    left.set_title("A grid cuts corners, and is right elsewhere")
    left.legend(loc="lower center", fontsize=8)
    h = np.array([row["h"] for row in rows])
    for key, colour, marker, power in (("largest", plotting.VERMILION, "o", 1),
                                       ("mean", plotting.BLUE, "s", 2)):
        error = np.array([row[key] for row in rows])
        right.loglog(h, error, marker, color=colour,
                     label=f"{key} error: slope {slopes[key]:.2f}")
        right.loglog(h, np.exp(np.mean(np.log(error / h**power))) * h**power, "--", color=colour,
                     linewidth=1, label=f"proportional to h{'²' if power == 2 else ''}")
    right.set(xlabel="side of a grid square h", ylabel="distance from the exact curve",
              title="Half the side: half the largest error, a quarter of the mean")
    right.grid(True, which="major", alpha=0.3)
    right.legend(frameon=False)
    plotting.save(figure, out / "marching_squares.png")
    print("look at marching_squares.png: at which corners is the blue curve wrong, and why not at "
          "all of them?")
    return rows


def _evaluate(network: nn.MLP, points: np.ndarray) -> np.ndarray:
    """In float64: float32 would put a floor under the errors on fine grids."""
    double = nn.MLP(2, *HIDDEN, 1, dtype=np.float64)
    double.load_state_dict(network.state_dict())
    with no_grad():
        return np.concatenate([double(Tensor(part)).data[:, 0]
                               for part in np.array_split(points, len(points) // 4096 + 1)])


def _spread(curve: np.ndarray, step: float) -> np.ndarray:
    """Points along a polyline, about `step` apart."""
    length = np.append(0, np.cumsum(np.hypot(*np.diff(curve, axis=0).T)))
    at = np.linspace(0, length[-1], int(length[-1] / step) + 2)
    return np.stack([np.interp(at, length, coordinate) for coordinate in curve.T], axis=1)


def distance_to(curves: list[np.ndarray], points: np.ndarray) -> np.ndarray:
    """How far each point is from the nearest place on any of the curves.

    >>> distance_to([np.array([[0.0, 0], [2, 0]])], np.array([[1.0, 3], [5, 4]])).tolist()
    [3.0, 5.0]
    """
    starts = np.concatenate([curve[:-1] for curve in curves])
    steps = np.concatenate([np.diff(curve, axis=0) for curve in curves])
    squared = np.maximum((steps**2).sum(axis=1), 1e-300)
    nearest = np.empty(len(points))
    for first in range(0, len(points), 200):  # not all pairs at a time
        away = points[first:first + 200, None] - starts
        share = np.clip((away * steps).sum(axis=2) / squared, 0, 1)
        gaps = away - share[:, :, None] * steps
        nearest[first:first + 200] = np.sqrt((gaps**2).sum(axis=2).min(axis=1))
    return nearest


# %% [markdown]
# ## What it costs
#
# n lines in the plane cut it into at most 1 + n + n (n - 1) / 2 parts. The hinges of deeper layers
# are bent, and a network with n hidden units in several layers has about as many regions as one
# with n in a single layer, if it has just been made (that training *could* make many more of them
# is a theorem; that it does is not observed).


# %%
def count_regions(seed: int) -> list[dict]:
    print("hidden layers        n   regions   regions / n^2   ms   ms a region")
    rows = []
    for depth in (1, 2, 3):
        for width in WIDTHS:
            network = nn.MLP(2, *[width] * depth, 1, rng=seed)
            start = time.perf_counter()
            n_regions = len(linear_regions(network, (-10, -10, 10, 10)))
            ms = 1000 * (time.perf_counter() - start)
            n = width * depth
            rows.append({"depth": depth, "width": width, "regions": n_regions, "ms": ms})
            print(f"{' x '.join([str(width)] * depth):<15} {n:>6} {n_regions:>9} "
                  f"{n_regions / n**2:>15.2f} {ms:>5.0f} {ms / n_regions:>12.2f}")
    print("twice as many units: four times as many regions, and four times the time")
    return rows


# %% [markdown]
# ## All steps in order
#
# In a notebook: `run(Path("../../data"), Path("output"), seed=0)`. This lesson reads no data.


# %%
def run(data: Path, out: Path, seed: int) -> None:
    out = out / "ex1_1"
    steps = Steps(out)
    with steps("a) The boundary of a linear layer"):
        derive_line()
    with steps("b) Two lines to draw"):
        lines = draw_lines(out)
    with steps("c) Two ReLUs: four regions"):
        network = network_of_the_sheet()
        regions = study_regions(network)
    with steps("c) The boundary"):
        curves = draw_network(network, out)
        rays = shoot_rays(network)
    with steps("A network that learns a shape"):
        learned, training = watch_training(out, seed)
    with steps("Marching squares against the exact curve"):
        grids = compare_with_grids(learned, out)
    with steps("What it costs"):
        costs = count_regions(seed)
    print("\nTry next: change one sign in network_of_the_sheet so that the boundary visits three\n"
          "regions; or let HIDDEN be (8, 8), then (64,): which draws the better star?")
    steps.finish(seed=seed, lines=lines, regions=regions, rays=rays,
                 boundary=[curve.tolist() for curve in curves], training=training, grids=grids,
                 costs=costs)


# %%
run_as_script(__name__, "1.1")
