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
import sys
from pathlib import Path

# The checkout, where `lessons` and `minicv` lie.
sys.path.insert(0, str(Path(globals().get("__file__", "lesson.py")).resolve().parents[2]))

# %%
import time

import numpy as np

from lessons import begin
from lessons.ex1_1_decision_boundary.formatting import equation, fraction
from minicv import Tensor, nn, no_grad, plotting
from minicv.datasets.star import is_inside, star_outline
from minicv.decision_boundary import (
    Line,
    decision_boundary,
    distance_to_curves,
    find_contours,
    linear_regions,
    points_along,
    ray_crossings,
)
from minicv.decision_boundary.regions import shoelace

TITLE = "Decision boundary: lines, linear regions, and the exact outline of a ReLU network"

lesson = begin("1.1", __name__)
N_POINTS = 8000
HIDDEN = (32, 32)
EPOCHS = (0, 2, 10, 100)  # after which we look at what the network draws
GRIDS = (8, 16, 32, 64, 128, 256)
WIDTHS = (8, 16, 32)

# %% [markdown]
# ## a) The boundary of a linear layer
#
# f(x) = w1 x1 + w2 x2 + b is 0 on a line. Solve for x2, if w2 is not 0:
#
#     x2 = -(w1 / w2) x1 - b / w2
#
# But the better way to look at it is the vector w itself: f does not change along the line, so the
# line is at a right angle to w, and f grows in the direction of w, by |w| for each unit of length.
# So w points inside, and |b| / |w| is how far the line is from the origin.
#
# And if both weights are 0? Then there is no line, and `Line` says why.

# %%
try:
    Line([0, 0], 2)
except ValueError as error:
    lesson.say(f"Line([0, 0], 2): {error}")

# %% [markdown]
# ## b) Two lines to draw
#
# Two points are enough for a line, and the easiest to find are those on the axes: put x2 = 0, then
# x1 = 0.

# %%
lines = []
for name, (w1, w2), b in (("i", (-2, 5), -1), ("ii", (5, 10), -3)):
    slope, on_x2, on_x1 = -w1 / w2, -b / w2, -b / w1
    distance = abs(b) / np.hypot(w1, w2)
    print(f"{name}) {equation((w1, w2), b)} = 0:  x2 = {fraction(slope)} x1 + {fraction(on_x2)};\n"
          f"   on the axes at x1 = {fraction(on_x1)} and x2 = {fraction(on_x2)}; "
          f"{distance:.4f} from the origin")
    lines.append({"name": name, "weight": (w1, w2), "bias": b, "slope": slope,
                  "intercepts": (on_x1, on_x2), "distance": distance})
lesson.record(lines=lines)

# %%
figure, panels = plotting.panels("2d", "2d")
window = (-1, -1, 1, 1)
for panel, row in zip(panels, lines):
    line, (x1, x2) = Line(row["weight"], row["bias"]), row["intercepts"]
    layer = nn.Linear(2, 1, dtype=np.float64)
    layer.load_state_dict({"weight": [row["weight"]], "bias": [row["bias"]]})
    plotting.draw_half_plane(panel, window, line.segment(window), line.normal,
                             [region.inside for region in linear_regions(layer, window)],
                             {f"({fraction(x1)}, 0)": (x1, 0), f"(0, {fraction(x2)})": (0, x2)})
    panel.set_title(f"{row['name']}) W = {row['weight']}, b = {row['bias']}")
figure.suptitle("W is at a right angle to the line f = 0, and points to where f > 0")
lesson.show(figure, "lines.png", "the arrow is W, shortened. On which side is the origin, and what "
            "has the sign of b to do with it?")

# %% [markdown]
# ## c) Two ReLUs: four regions
#
# Each hidden unit draws a line of its own, its *hinge*: on one side the unit is active, on the
# other it is 0. Two lines make four regions, and in each of them the network is one linear
# function: leave out the units that are not active, and multiply out.

# %%
W1, b1 = np.array([[3, -2], [-1, 4]]), np.array([2, -3])
W2, b2 = np.array([1, -2]), -1
for unit in range(2):
    print(f"hinge of unit {unit + 1}: {equation(W1[unit], b1[unit])} = 0")
patterns = {(1, 1): "both active", (1, 0): "only unit 1 active", (0, 1): "only unit 2 active",
            (0, 0): "neither active"}
for active, name in patterns.items():
    weight, bias = (W2 * active) @ W1, (W2 * active) @ b1 + b2
    print(f"{name:<19} f = {equation(weight, bias)}")

# %% [markdown]
# Where is f = 0? On the line of a region, but only where this line passes through the region
# itself. `linear_regions` gives the regions as polygons in a window, with their functions: so we
# can look at the values in the corners.

# %%
network = nn.MLP(2, 2, 1, dtype=np.float64)
network.load_state_dict({"0.weight": W1, "0.bias": b1, "2.weight": [W2], "2.bias": [b2]})
WINDOW = (-3, -3, 3, 3)
regions = {tuple(map(int, region.pattern[0])): region for region in linear_regions(network, WINDOW)}
rows = []
for pattern, name in patterns.items():
    region = regions[pattern]
    low, high = region.value(region.polygon).min(), region.value(region.polygon).max()
    where = equation(region.weight, region.bias)
    verdict = (f"the boundary is here: {where} = 0" if low < 0 < high else
               f"f is from {low:g} to {high:g} in the window: never 0" if low < high else "never 0")
    print(f"{name:<19} f = {where:<18} {verdict}")
    rows.append({"pattern": pattern, "weight": region.weight, "bias": region.bias,
                 "visited": bool(low < 0 < high), "area": region.area})
lesson.record(regions=rows)

# %% [markdown]
# ## c) The boundary
#
# Put the pieces together, and the boundary is a polyline that bends where it passes a hinge.

# %%
curves = decision_boundary(network, WINDOW)
for curve in curves:
    corners = ", ".join(f"({fraction(x1)}, {fraction(x2)})" for x1, x2 in curve)
    print(f"the boundary in the window, the inside on its left:\n   {corners}")
lesson.record(boundary=curves)

# %%
figure, (panel,) = plotting.panels("2d", height=6)
polygons = [regions[pattern].polygon for pattern in patterns]
plotting.draw_regions(panel, polygons, ["#C9E2F0", "#CDEBDD", "#FBF5C4", "#E4E4E4"])
for unit, style in ((0, "--"), (1, ":")):
    hinge = Line(W1[unit], b1[unit])
    plotting.draw_curves(panel, [hinge.segment(WINDOW)], colour="black", linewidth=1.2,
                         linestyle=style, label=f"hinge of unit {unit + 1}")
plotting.draw_curves(panel, curves, linewidth=2.8, label="decision boundary f = 0")
plotting.name_regions(panel, polygons, [
    f"{name}\nf = {equation(regions[pattern].weight, regions[pattern].bias)}"
    for pattern, name in patterns.items()], curves)
for bend in (point for curve in curves for point in curve[1:-1]):
    panel.plot(*bend, "o", color=plotting.VERMILION, zorder=3)
    panel.annotate(f"bend at ({fraction(bend[0])}, {fraction(bend[1])})", bend, xytext=(26, -22),
                   textcoords="offset points", arrowprops=dict(arrowstyle="-"))
panel.set_title(f"The boundary visits {sum(row['visited'] for row in rows)} of the {len(rows)} "
                "regions, and bends on a hinge")
panel.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=3, frameon=False)
lesson.show(figure, "network.png",
            "where else could it bend? What would make it visit a third region?")

# %% [markdown]
# **Along a ray** the same method needs no drawing, and works in any dimension: follow f from
# bend to bend, and see where it passes through 0 (`ray_crossings`).

# %%
origins, directions = [(0, 0), (1, 0), (-2, 0)], [(0, 1), (0, 1), (0, -1)]
found = ray_crossings(network, origins, directions, near=0, far=9)
for origin, direction, distances in zip(origins, directions, found):
    print(f"from {origin} in direction {direction}: f = 0 at distance "
          f"{', '.join(fraction(distance) for distance in distances) or 'none'}")
lesson.record(rays=found)

# %% [markdown]
# ## A network that learns a shape
#
# Now the same for a network that nobody could work out by hand. It learns a star from random
# points with labels, as the network of exercise 2.1 learns a shape in space, and we watch what it
# draws: every patch, and the exact boundary. As each patch is a polygon with one linear function,
# the area of the inside is exact, too.

# %%
rng = np.random.default_rng(lesson.seed)
outline = star_outline()
points = rng.uniform(-1, 1, (N_POINTS, 2)).astype(np.float32)
labels = is_inside(outline, points)[:, None].astype(np.float32)
test = rng.uniform(-1, 1, (20_000, 2)).astype(np.float32)
truth = is_inside(outline, test)

network = nn.MLP(2, *HIDDEN, 1, rng=lesson.seed)
loader = nn.DataLoader(nn.TensorDataset(points, labels), batch_size=200, shuffle=True,
                       rng=lesson.seed)
adam = nn.optim.Adam(network.parameters(), lr=1e-2)
print(f"a star of area {shoelace(outline):.4f}; {N_POINTS} points, {labels.mean():.1%} of them "
      "inside")

# %%
SQUARE = (-1, -1, 1, 1)
print("epochs   regions   area inside   boundary: curves   corners   wrong points")
training, drawn, history = [], [], nn.History()
for epochs in EPOCHS:
    if epochs > 0:
        nn.fit(network, loader, epochs=epochs - len(history.epochs), loss=nn.BCEWithLogitsLoss(),
               optimizer=adam, history=history)
        if history.interrupted:
            raise KeyboardInterrupt
    regions, curves = linear_regions(network, SQUARE), decision_boundary(network, SQUARE)
    with no_grad():
        wrong = float(np.mean((network(Tensor(test)).numpy()[:, 0] > 0) != truth))
    area = sum(shoelace(region.inside) for region in regions if len(region.inside))
    corners = sum(len(curve) - 1 for curve in curves)
    print(f"{epochs:>6} {len(regions):>9} {area:>13.4f} {len(curves):>18} {corners:>9} "
          f"{wrong:>14.2%}")
    training.append({"epochs": epochs, "regions": len(regions), "area": area,
                     "curves": len(curves), "corners": corners, "wrong": wrong})
    drawn.append((regions, curves))
if not drawn[0][1]:
    print("without a boundary at first: everything in the square was on one side")
lesson.record(training=training)

# %%
figure, panels = plotting.panels(*["2d"] * len(EPOCHS), height=4.2)
for panel, row, (regions, curves) in zip(panels, training, drawn):
    plotting.draw_regions(panel, [region.polygon for region in regions])
    plotting.draw_curves(panel, [outline], colour=plotting.BLUE, linewidth=1.2, linestyle="--",
                         label="the true star")
    plotting.draw_curves(panel, curves, label="the network's boundary, exact")
    panel.set_title(f"epochs: {row['epochs']}; regions: {row['regions']}"
                    + ("" if curves else "; no boundary"))
figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2,
              frameon=False)
figure.suptitle("Each patch of grey is one flat piece of f; they move to where the outline bends")
lesson.show(figure, "training.png", "the network moves its hinges to where it needs to bend. What "
            "are the ones far from the outline for?")

# %% [markdown]
# ## Marching squares against the exact curve
#
# Marching squares sees f at grid points alone. On a grid side that no hinge crosses, f is straight,
# and the interpolated point is *exactly* right; so the contour is wrong in squares with a bend
# only, where it cuts the corner.
#
# How wrong? With squares of half the side, half as much of the curve lies in squares with a bend,
# and each of these is half as wrong: the *mean* error should go down with h^2.
#
# The *largest* error is that of one corner. No point of the contour is farther from the curve than
# the diagonal of a square: where it passes through a side, f has different signs at the ends, so
# the curve passes through that side, too. The other way round there is no such limit: the tip of
# the curve may slip between the grid points. And how much of a corner is cut off depends on how
# sharp it is, and on where in its square it lies. So the largest error stays within a few sides,
# but jumps from grid to grid, and is worst on coarse ones, where several bends share a square.

# %%
double = nn.MLP(2, *HIDDEN, 1, dtype=np.float64)  # float32 would put a floor under the errors
double.load_state_dict(network.state_dict())
exact = decision_boundary(network, SQUARE)
samples = np.concatenate([points_along(curve, 2e-3) for curve in exact])
contours, grids = {}, []
print("                        distance between the contour and the exact curve\n"
      "   grid    side h   mean error   largest error   largest / h")
for n in GRIDS:
    axis = np.linspace(-1, 1, n + 1)
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    with no_grad():
        values = double(Tensor(grid)).numpy().reshape(n + 1, n + 1)
    contours[n] = [curve * 2 / n - 1 for curve in find_contours(values, 0.0)]
    mean = distance_to_curves(samples, contours[n]).mean()
    largest = max(distance_to_curves(np.concatenate(exact), contours[n]).max(),
                  distance_to_curves(np.concatenate(contours[n]), exact).max())
    grids.append({"n": n, "h": 2 / n, "largest": largest, "mean": mean})
    print(f"{n:>5}^2   {2 / n:.5f} {mean:>12.2e} {largest:>15.2e} {largest * n / 2:>13.2f}")
lesson.record(grids=grids)

# %%
figure, (left, right) = plotting.panels("2d", "2d", height=5)
plotting.draw_regions(left, [region.polygon for region in linear_regions(network, SQUARE)])
plotting.draw_curves(left, exact, label="exact")
plotting.draw_curves(left, contours[GRIDS[1]], colour=plotting.BLUE, linewidth=1.2, marker="o",
                     label=f"marching squares, {GRIDS[1]} x {GRIDS[1]}")
left.set_title("A grid cuts corners, and is right elsewhere")
left.legend(loc="lower center", fontsize=8)
h = np.array([row["h"] for row in grids])
mean, largest = [np.array([row[name] for row in grids]) for name in ("mean", "largest")]
slope = plotting.draw_slopes(right, h, {"mean error": mean, "largest error": largest},
                             {"mean error": 2})["mean error"]
right.set(xlabel="side of a grid square h", ylabel="distance from the exact curve",
          title=f"Half the side, {2 ** -slope:.2f} times the mean error;\n"
                f"the largest is {min(largest / h):.1f} to {max(largest / h):.1f} sides")
lesson.say(f"The mean error goes with h^{slope:.2f} (h^2 expected). The largest is between "
           f"{min(largest / h):.2f} and {max(largest / h):.2f} sides of a square.")
lesson.show(figure, "marching_squares.png",
            "at which corners is the blue curve wrong, and why not at all of them?")

# %% [markdown]
# ## What it costs
#
# n lines in the plane cut it into at most 1 + n + n (n - 1) / 2 parts. The hinges of deeper layers
# are bent, and a network with n hidden units in several layers has about as many regions as one
# with n in a single layer, if it has just been made (that training *could* make many more of them
# is a theorem; that it does is not observed).

# %%
print("hidden layers        n   regions   regions / n^2   ms   ms a region")
costs = []
for depth in (1, 2, 3):
    for width in WIDTHS:
        start = time.perf_counter()
        n_regions = len(linear_regions(nn.MLP(2, *[width] * depth, 1, rng=lesson.seed),
                                       (-10, -10, 10, 10)))
        ms, n = 1000 * (time.perf_counter() - start), width * depth
        print(f"{' x '.join([str(width)] * depth):<15} {n:>6} {n_regions:>9} "
              f"{n_regions / n**2:>15.2f} {ms:>4.0f} {ms / n_regions:>13.2f}")
        costs.append({"depth": depth, "width": width, "regions": n_regions, "ms": ms})
for depth in (1, 2, 3):
    more, less = [row for row in costs if row["depth"] == depth][:-3:-1]
    print(f"{depth} deep: from {less['width']} to {more['width']} units a layer there are "
          f"{more['regions'] / less['regions']:.1f} times as many regions")
lesson.record(costs=costs)

# %% [markdown]
# **Try next.** Change one sign in `W2` so that the boundary visits three regions; or let HIDDEN be
# (8, 8), then (64,): which draws the better star?
#
# In space the same can be done: the last chapter of lesson 2.1 finds every flat face of its
# network's surface, and measures with it how wrong marching cubes is.
#
# **Do it yourself.** `python -m lessons start 1.1`, then `python -m lessons check`.
