"""Lesson 2.1: a network learns a shape from labelled points, and gives it back as a mesh.

    python -m lessons run 2.1
    python lessons/ex2_1_occupancy_network/lesson.py    the same; --help shows the options
"""

# %% [markdown]
# # 2.1 Occupancy network
#
# **What we want.** Somebody has thrown points into a cube, 100,000 of them in ours, and told us of
# each whether it lies inside a shape. We want the shape: a closed surface that can be turned,
# measured, printed.
#
# **The idea** (Mescheder et al., 2019). Do not store a shape; learn a function
#
#     f: (x, y, z) -> occupancy        f > 0 inside, f < 0 outside
#
# The surface is where f = 0. The function has a value everywhere, so the surface can be looked at
# as closely as we please; and a network with 17,000 numbers is all there is to store.
#
# Read next to this: `minicv/nn/` for everything about the training, `minicv/occupancy_network/` for
# everything about the surface.

# %%
import sys
from pathlib import Path

# The checkout, where `lessons` and `minicv` lie.
sys.path.insert(0, str(Path(globals().get("__file__", "lesson.py")).resolve().parents[2]))

# %%
import time

import numpy as np
from scipy.spatial import cKDTree

from lessons import InputError, begin
from minicv import Tensor, fast, nn, no_grad, plotting
from minicv.datasets import load_points
from minicv.datasets.solids import chair_occupancy, chair_signed_distance, chair_surface
from minicv.decision_boundary import exact_surface, walk_surface
from minicv.occupancy_network import Mesh, OccupancyNetwork, mesh_from_grid
from minicv.occupancy_network.mesh_files import write_mesh
from minicv.occupancy_network.shape_metrics import evaluate_mesh, volumetric_iou
from minicv.occupancy_network.true_distance import distance_to_mesh

TITLE = "Occupancy network: from labelled points to a watertight mesh"

lesson = begin("2.1", __name__)
BATCH_SIZE = 1024  # the recipe of the course's notebook
LEARNING_RATE = 1e-3
WIDTH = 64  # units in each of the hidden layers
EPOCHS = 15
MORE_EPOCHS = 30  # and on to 45
RESOLUTION = 128
RESOLUTIONS = (32, 64, 128, 256)
TRUE_RESOLUTION = 96  # of the picture of the true shape
MOST_CELLS = 200_000  # of the exact surface: what is beyond is left undecided, and told
N_MEASURED = 1000  # points on each surface from which the distance to the other is measured
SURFACE_POINTS = 100_000  # on each surface, to measure its distance from the other

# %% [markdown]
# ## The points
#
# The left picture shows the cube, the right one a thin slice of it: there you see what the network
# gets, and how few points there are to learn a thin part from.
#
# Somebody who knows the share of points inside, and nothing else, can do no better than to bet on
# it always. What that costs, in *nats* a point (the cross entropy with the natural logarithm, as in
# 1.3), is the loss that a network has to beat.

# %%
points, occupancies = lesson.read(load_points, lesson.data / "points.npz")
if len(points) < 10 or occupancies.all() or not occupancies.any():
    raise InputError(f"{lesson.data / 'points.npz'} must hold at least 10 points, inside and "
                     "outside the shape")
inside = occupancies.mean()
know_nothing = -inside * np.log(inside) - (1 - inside) * np.log(1 - inside)
print(f"{len(points)} points in [{points.min():.2f}, {points.max():.2f}]^3, {inside:.2%} inside\n"
      f"knowing that share and nothing else costs {know_nothing:.4f} nats per point")

# %%
figure, (space, cut) = plotting.panels("3d", "2d")
plotting.draw_points(space, points, occupancies, rng=0)
space.set_title(f"What we have: {len(points):,} points (some of them)")
at = float(np.quantile(points[occupancies, 0], 0.9))
plotting.draw_cut(cut, points, occupancies, x=at, thickness=0.04)
cut.set_title(f"A slice 0.04 thick, at x = {at:.2f}")
lesson.show(figure, "points.png", "could you draw the outline in the slice by hand? That is the "
            "network's task.")

# %% [markdown]
# ## a) Training and validation data
#
# One point in five is put aside. The network never trains on these, so they tell whether it has
# learned the shape, or only the points that it was shown. Chance decides which: the points of a
# file may be in any order.

# %%
rng = np.random.default_rng(lesson.seed)
order = rng.permutation(len(points))
n_train = round(0.8 * len(points))
labels = occupancies[:, None].astype(np.float32)  # (N, 1), as the network's output
train = points[order[:n_train]], labels[order[:n_train]]
val = points[order[n_train:]], labels[order[n_train:]]
print(f"{len(train[0])} points to train on, {len(val[0])} to validate with; "
      f"inside: {train[1].mean():.2%} and {val[1].mean():.2%}")

# %% [markdown]
# That was the whole of it; `nn.train_val_split` does the same in a line. A *loader* hands out the
# points in batches, those to train on in a new order each time.

# %%
again = nn.train_val_split(points, labels, fraction=0.8, rng=lesson.seed)
assert np.array_equal(again[0][0], train[0]) and np.array_equal(again[1][1], val[1])
train_loader = nn.DataLoader(nn.TensorDataset(*train), BATCH_SIZE, shuffle=True, rng=lesson.seed)
val_loader = nn.DataLoader(nn.TensorDataset(*val), BATCH_SIZE)

# %% [markdown]
# ## b) The network
#
# A layer from 3 numbers to 64, then four hidden layers from 64 to 64, then one number, with ReLU in
# between: a continuous function made of flat pieces. No sigmoid at the end: the loss takes the
# *logit*, and the sigmoid is inside it, where it can be computed without overflow
# (`minicv/nn/losses.py` shows how).

# %%
layers = [nn.Linear(3, WIDTH, rng=lesson.seed), nn.ReLU()]
for _ in range(4):
    layers += [nn.Linear(WIDTH, WIDTH), nn.ReLU()]
by_hand = nn.Sequential(*layers, nn.Linear(WIDTH, 1))
network = OccupancyNetwork(hidden_size=WIDTH, n_hidden=4, rng=lesson.seed)  # the same layers
by_hand.load_state_dict(network.state_dict())  # and the same weights
print(network)
print(f"{nn.count_parameters(network)} parameters")

# %% [markdown]
# ## c) Training
#
# For each batch: compute the loss, its derivative by every parameter, and take a step against it.
# The loss is the binary cross entropy, the step is Adam's.


# %%
def train_epoch(network, loader, optimizer, criterion):
    """One pass through the data; the mean loss on the way."""
    total = count = 0
    for points, labels in loader:
        loss = criterion(network(points), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(points)
        count += len(points)
    return total / count


criterion = nn.BCEWithLogitsLoss()
same_order = nn.DataLoader(nn.TensorDataset(*train), BATCH_SIZE, shuffle=True, rng=lesson.seed)
first_loss = train_epoch(by_hand, same_order, nn.optim.Adam(by_hand.parameters(), LEARNING_RATE),
                         criterion)
print(f"the first epoch, by hand: training loss {first_loss:.4f}")

# %% [markdown]
# `nn.fit` is this loop, with what one wants around it: after every epoch it measures the validation
# loss, and it leaves the network with its best weights, also after Ctrl-C (here Ctrl-C ends the
# lesson). 15 epochs are the recipe of the course's notebook; then the same optimiser goes on to 45.
# Was 15 enough?
#
# Beside the loss we count: of the held-out points that are inside the shape, or that the network
# puts there, how large a share is both? That is the *IoU*, intersection over union, as of boxes in
# 1.4; 1 is perfect.

# %%
optimizer = nn.optim.Adam(network.parameters(), LEARNING_RATE)
history, early, trainings = nn.History(), None, {}
for name, epochs in (("recipe", EPOCHS), ("longer", MORE_EPOCHS)):
    nn.fit(network, train_loader, val_loader, epochs=epochs, loss=criterion, optimizer=optimizer,
           history=history)
    if history.interrupted:
        raise KeyboardInterrupt
    with no_grad():
        iou = volumetric_iou(network(Tensor(val[0])).numpy() > 0, val[1] > 0.5)
    last, best = history.epochs[-1], history.best
    print(f"after {last.number} epochs: training loss {last.train_loss:.4f}, validation loss "
          f"{last.val_loss:.4f}\nbest validation loss {best.val_loss:.4f} (epoch {best.epoch}); "
          f"with these weights IoU {iou:.3f} on the held-out points")
    trainings[name] = {"epochs": last.number, "train_loss": last.train_loss, "val_iou": iou,
                       "val_loss": last.val_loss, "best_epoch": best.epoch,
                       "best_val_loss": best.val_loss}
    if early is None:
        early = {key: value.copy() for key, value in network.state_dict().items()}
nn.save(network.state_dict(), lesson.out / "network.npz")
print(f"the first epoch of nn.fit: training loss {history.epochs[0].train_loss:.4f}")

# %% [markdown]
# **Under- or overfitting?** One can stare at curves for long, so here is a rule to argue with.
# Look at the last third of the training, and take medians, because single epochs jump.
#
# - *Fall*: how far the validation loss fell from the second third to the last. If by more than 5 %
#   and by more than it jumps from one epoch to the next, the training stopped too early:
#   underfitting.
# - *Gap*: validation loss over training loss. The network knows the points it was shown better than
#   the others when it is above 1; above 1.25, and with no new best among the last epochs, we call
#   that overfitting.


# %%
def judge(train_loss, val_loss):
    """The verdict by the rule above, and the numbers that it rests on."""
    third = max(len(val_loss) // 3, 1)
    last, before = np.array(val_loss[-third:]), np.array(val_loss[-2 * third:-third] or val_loss)
    fall = 1 - np.median(last) / np.median(before)
    jump = np.median(np.abs(np.diff(last))) / np.median(before) if third > 1 else 0.0
    gap = np.median(last) / np.median(train_loss[-third:])
    best_is_late = np.argmin(val_loss) >= len(val_loss) - max(len(val_loss) // 10, 1)
    reasons = f"gap {gap:.3f}; fall {fall:.1%}, where one epoch's jump is {jump:.1%}"
    if fall > max(0.05, jump):
        return "underfitting", reasons
    if gap > 1.25 and not (best_is_late and len(val_loss) > 1):
        return "overfitting", reasons
    return "neither", reasons


meaning = {
    "overfitting": "it knows the points it was shown better than the shape",
    "underfitting": "the validation loss is still falling; training longer will pay",
    "neither": "no clear sign of either; a larger network or more points would help now"}
for name, n in (("recipe", EPOCHS), ("longer", EPOCHS + MORE_EPOCHS)):
    verdict, reasons = judge(history.train_loss[:n], history.val_loss[:n])
    print(f"after {n} epochs: {reasons}\n=> {verdict}: {meaning[verdict]}")
    trainings[name]["verdict"] = verdict
lesson.record(points=len(points), **trainings)

# %%
figure, (axes,) = plotting.panels("2d")
plotting.draw_losses(axes, history.train_epochs, history.train_loss,
                     history.val_epochs, history.val_loss)
axes.axvline(EPOCHS, color=plotting.GREY, linestyle=":")
axes.annotate(f"the recipe's {EPOCHS} epochs", (EPOCHS, axes.get_ylim()[1]), xytext=(4, -12),
              textcoords="offset points", color=plotting.GREY, fontsize=8)
axes.set_title(f"Under- or overfitting? {verdict.capitalize()}")
lesson.show(figure, "losses.png", "do the curves look good? The scale is logarithmic, so equal "
            "falls are equal factors.")

# %% [markdown]
# ## d) The grid
#
# The network is asked at the points of a grid, batch by batch: all 128 x 128 x 128 at once, with 64
# numbers each on the way, would not fit into the memory of a small computer. The grid spans the
# cube that the points were thrown into: what the network says about places farther out is a guess
# that nothing has ever corrected.

# %%
reach = round(float(np.abs(points).max()), 2)
bounds = (-reach, reach)
axis = np.linspace(*bounds, RESOLUTION, dtype=np.float32)
start = time.perf_counter()
with no_grad():
    slices = []
    for x in axis:  # the slice with this x, all y and z
        y, z = np.meshgrid(axis, axis, indexing="ij")
        batch = np.stack([np.full_like(y, x), y, z], axis=-1).reshape(-1, 3)
        slices.append(network(Tensor(batch)).numpy())
logits = np.concatenate(slices).reshape(RESOLUTION, RESOLUTION, RESOLUTION)
by_hand_seconds = time.perf_counter() - start
start = time.perf_counter()
quick = fast.evaluate_grid(network, RESOLUTION, bounds=bounds)
print(f"{logits.size} logits between {logits.min():.1f} and {logits.max():.1f}; "
      f"{(logits > 0).mean():.2%} of them inside\nslice by slice {by_hand_seconds:.2f} s; "
      f"fast.evaluate_grid {time.perf_counter() - start:.2f} s, "
      f"the same to {np.abs(quick - logits).max():.0e}")

# %% [markdown]
# ## d) The mesh
#
# Marching cubes places a vertex on every grid edge whose ends have different signs, where the
# straight line between both values crosses 0, and joins the vertices to triangles, cube by cube.
# Watertight means: every edge is shared by exactly two triangles.

# %%
start = time.perf_counter()
late_mesh = mesh_from_grid(quick, bounds=bounds)
print(f"marching cubes: {len(late_mesh.faces)} faces in {time.perf_counter() - start:.2f} s")
print(late_mesh.report())
lesson.record(mesh=vars(late_mesh.report()))
for suffix in (".obj", ".ply"):
    write_mesh(lesson.out / f"mesh{suffix}", late_mesh)

network.load_state_dict(early)
early_mesh = mesh_from_grid(fast.evaluate_grid(network, RESOLUTION, bounds=bounds), bounds=bounds)
network.load_state_dict(nn.load(lesson.out / "network.npz"))

# %%
names = [f"after {EPOCHS} epochs", f"after {EPOCHS + MORE_EPOCHS} epochs"]
shapes = dict(zip(names, (early_mesh, late_mesh)))
figure, (left, *panels) = plotting.panels("3d", "3d", "3d")
plotting.draw_points(left, points, occupancies, rng=0)
left.set_title("What the network learned from")
for panel, (name, mesh) in zip(panels, shapes.items()):
    plotting.draw_mesh(panel, mesh.vertices, mesh.faces)
    panel.set_title(f"{name}: {len(mesh.faces):,} faces")
lesson.show(figure, "mesh.png", "which parts came last? (mesh.ply and mesh.obj open in any mesh "
            "viewer.)",
            meshes={name: (mesh.vertices, mesh.faces) for name, mesh in shapes.items()})

# %% [markdown]
# ## How good is it?
#
# Held-out points say how many are on the right side; they do not say how far the surface is off.
# If the points come from a shape that is known exactly (ours do: `minicv/datasets/solids.py`), we
# can measure. The *Chamfer* distance is the mean distance from points on one surface to the
# other, in sides of the cube: *accuracy* from ours to the true one, *completeness* the other way.
# The *F-score* asks for shares instead: how many points of ours are closer than 0.01 to the true
# surface, and how many of its points to ours; it is their harmonic mean. Two random sets of points
# on *the same* surface are not at distance 0 either: that is the floor.
#
# *Genus* is topology: how many handles a surface has, openings that one could put a hand through.


# %%
def told(report):
    """The genus, or why there is none."""
    if report.n_faces == 0:
        return "none, there is no surface"
    return "not defined, it is not closed" if report.genus is None else report.genus


truth = None
if np.array_equal(chair_occupancy(points), occupancies):
    surface = chair_surface(SURFACE_POINTS, rng=lesson.seed)
    floor = evaluate_mesh(chair_surface(SURFACE_POINTS, rng=lesson.seed + 1), surface)
    truth = {}
    for name, mesh in shapes.items():
        found = evaluate_mesh(mesh, surface, n_points=SURFACE_POINTS, rng=lesson.seed)
        print(f"{name}: Chamfer-L1 {found.chamfer_l1:.4f} (accuracy {found.accuracy:.4f}, "
              f"completeness {found.completeness:.4f}); F-score {found.f_score:.3f} "
              f"at {found.threshold:g}" if len(mesh.faces) else
              f"{name}: no surface in the cube, and so no distance from the true one")
        truth[name] = {"chamfer_l1": found.chamfer_l1, "f_score": found.f_score}
    print(f"the floor: Chamfer-L1 {floor.chamfer_l1:.4f}")
else:
    print("these are not the points of minicv's own chair, so the true surface is unknown")
lesson.record(truth=truth)

# %%
if truth:
    axis = np.linspace(*bounds, TRUE_RESOLUTION)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    distance = chair_signed_distance(grid).reshape([TRUE_RESOLUTION] * 3)
    true_mesh = mesh_from_grid(-distance, bounds=bounds)
    compared = {**shapes, "the true shape": true_mesh}
    figure, panels = plotting.panels("3d", "3d", "3d")
    for panel, (name, mesh) in zip(panels, compared.items()):
        print(f"{name}: pieces: {mesh.n_components}, genus: {told(mesh.report())}")
        plotting.draw_mesh(panel, mesh.vertices, mesh.faces)
        panel.set_title(f"{name}; genus: {told(mesh.report())}")
    lesson.show(figure, "compare.png", "which edges are still round?", meshes={
        name: (compared[name].vertices, compared[name].faces)
        for name in (names[1], "the true shape")})

# %% [markdown]
# ## One step further: how fine must the grid be, and must it be evaluated everywhere?
#
# Twice the resolution is eight times the grid points. But nearly all of them are far from the
# surface, where we learn nothing. The *multi-resolution* extraction asks on a coarse grid first and
# then only near sign changes, level by level (MISE, section 3.3 of the paper). The price: a loose
# scrap that slips between the points of the coarse grid changes no sign there, and is never found.

# %%
print("           ------ dense ------   -------- multi-resolution --------")
print("   grid    evaluated   seconds   evaluated     share    seconds   same mesh    faces")
resolutions, meshes, missed = [], {}, {}
for n in RESOLUTIONS:
    start = time.perf_counter()
    values = fast.evaluate_grid(network, n, bounds=bounds, dtype=np.float64)
    dense = meshes[n] = mesh_from_grid(values, bounds=bounds)
    between = time.perf_counter()
    near, n_evaluated = fast.evaluate_near_surface(network, n, bounds=bounds, dtype=np.float64)
    multi = mesh_from_grid(near, bounds=bounds)
    seconds = between - start, time.perf_counter() - between
    same = np.array_equal(dense.faces, multi.faces) and np.allclose(
        dense.vertices, multi.vertices, rtol=0, atol=1e-9)
    print(f"{n:>5}^3 {values.size:>12} {seconds[0]:>9.2f} {n_evaluated:>11} "
          f"{n_evaluated / values.size:>9.1%} {seconds[1]:>10.2f} {'yes' if same else 'NO':>11} "
          f"{len(dense.faces):>8}")
    missed[n] = np.argwhere((values > 0) != (near > 0))
    resolutions.append({"resolution": n, "dense_seconds": seconds[0], "multi_seconds": seconds[1],
                        "dense_evaluations": values.size, "multi_evaluations": n_evaluated,
                        "same_mesh": same, "faces": len(dense.faces)})
for n, samples in missed.items():
    if len(samples):
        place = np.linspace(*bounds, n)[samples].mean(axis=0)
        lesson.say(f"at {n}^3 the coarse grid does not see {len(samples)} samples that are on the "
                   f"other side than all around, near ({', '.join(f'{x:.2f}' for x in place)}): "
                   "what changes no sign there is lost")
lesson.record(resolutions=resolutions)

# %% [markdown]
# Where does the resolution matter? At the place where the coarsest mesh is farthest from the finest
# we look closely.

# %%
coarse, fine = meshes[RESOLUTIONS[0]], meshes[RESOLUTIONS[-1]]
if len(coarse.faces) and len(fine.faces):
    off, _ = cKDTree(coarse.vertices).query(fine.vertices)
    worst, size = fine.vertices[off.argmax()], 0.12 * 2 * reach
    figure, panels = plotting.panels(*["3d"] * len(RESOLUTIONS), height=4)
    for panel, (n, mesh) in zip(panels, meshes.items()):
        near = (np.abs(mesh.vertices[mesh.faces] - worst) < size).all(axis=(1, 2))
        plotting.draw_mesh(panel, mesh.vertices - worst, mesh.faces[near],
                           room=size * np.array([[-1, -1, -1], [1, 1, 1]]))
        panel.set_title(f"{n}³ grid: {len(mesh.faces):,} faces in all")
    figure.suptitle(f"Where {RESOLUTIONS[0]}³ differs most from {RESOLUTIONS[-1]}³: "
                    f"{2 * size:.2f} cube sides around ({', '.join(f'{x:.2f}' for x in worst)})")
    shown = (RESOLUTIONS[0], RESOLUTIONS[min(2, len(RESOLUTIONS) - 1)])
    lesson.show(figure, "resolutions.png",
                "from which grid on does the network, and no longer the grid, limit the detail?",
                meshes={f"{n}³ grid": (meshes[n].vertices, meshes[n].faces) for n in shown})

# %% [markdown]
# ## The last step: the exact surface
#
# Linear layers and ReLUs make f out of flat pieces (exercise 1.1). So the surface f = 0 is made of
# flat polygons, finitely many, and no grid is needed to find them. *Walk*: begin with a polygon
# that some ray meets; go round it, from hinge to hinge; behind each of its edges one unit is in the
# other state, and that gives the next polygon (`minicv/decision_boundary/surface_walk.py`).

# %%
start = time.perf_counter()
walked = walk_surface(network, bounds)
print(f"the walk comes to {len(walked.polygons)} flat polygons in "
      f"{time.perf_counter() - start:.1f} s")

# %% [markdown]
# Are these all? A part that no ray meets would be missing. So the other way: cut the cube along the
# hinges of all units, layer by layer, and drop each cell in which f is *proven* to stay above or
# below 0 (`minicv/decision_boundary/complete/`). What is left is the whole surface.
# Nothing can slip through, however small it is.

# %%
start = time.perf_counter()
exact = exact_surface(network, bounds, most_cells=MOST_CELLS)
flat = Mesh(*exact.triangles())
closed = Mesh(*exact.triangles(cap=True)).report()
corners = np.mean([len(polygon) for polygon in exact.polygons] or [0])
volume = exact.volume() if exact.complete else None
print(f"{len(exact.polygons)} flat polygons with {corners:.1f} corners on average, in "
      f"{time.perf_counter() - start:.1f} s; complete: {'yes' if exact.complete else 'NO'}\n"
      f"area {exact.area():.6f}, volume {'unknown' if volume is None else f'{volume:.6f}'}; "
      f"pieces: {closed.n_components}, genus: {told(closed)}")
lesson.record(exact={"polygons": len(exact.polygons), "walked": len(walked.polygons),
                     "complete": exact.complete, "area": exact.area(), "volume": volume,
                     "genus": closed.genus})

# %%
if len(flat.faces):
    coloured = plotting.facets(flat.vertices, flat.faces, exact.owners())
    figure, panels = plotting.panels("3d", "3d")
    plotting.draw_mesh(panels[0], *coloured[:2], colour=coloured[2][::3] / 255)
    panels[0].set_title(f"The network's surface: {len(exact.polygons):,} flat polygons"
                        + ("" if exact.complete else ", not all"))
    middle = flat.vertices[flat.vertices[:, 2].argmax()]  # the highest corner
    near = (np.abs(flat.vertices[flat.faces] - middle) < 0.15 * reach).all(axis=(1, 2))
    plotting.draw_mesh(panels[1], flat.vertices - middle, flat.faces[near],
                       colour=coloured[2][::3][near] / 255,
                       room=0.15 * reach * np.array([[-1, -1, -1], [1, 1, 1]]))
    panels[1].set_title("Its highest corner, close up, around ("
                        f"{', '.join(f'{x:.2f}' for x in middle)})")
    lesson.show(figure, "exact.png", "where does the network spend many small faces, and where few "
                "large ones?", meshes={"one colour a polygon": coloured})

# %% [markdown]
# ## How wrong is marching cubes?
#
# Now we know the truth about this network, and can measure: how far are points of a mesh from the
# exact surface, and points of the surface from the mesh? Not to the nearest *sample*, but to the
# nearest place (`minicv/occupancy_network/true_distance.py`): so nothing puts a floor under it.
#
# As with marching squares in 1.1: in a cube without a hinge the mesh is exact, and where there is
# one it cuts the corner. With half the side h, half the share of the surface lies in such cubes,
# and each of them is half as wrong: the mean error should go with h^2. The largest error belongs to
# one place. It goes with h once the grid is finer than the thinnest part; before that the grid
# misses whole parts, now these, now others, and no power of h tells how it falls.

# %%
errors = []
if exact.complete and len(flat.faces):
    print("                    distance (cube sides)\n"
          "   grid   triangles    mean error   largest seen   area missing   genus")
for n, mesh in meshes.items() if exact.complete and len(flat.faces) else []:
    if len(mesh.faces) == 0:
        continue
    on_mesh, _ = mesh.sample(N_MEASURED, lesson.seed)
    on_exact, _ = flat.sample(N_MEASURED, lesson.seed)
    off, missed = distance_to_mesh(on_mesh, flat), distance_to_mesh(on_exact, mesh)
    row = {"n": n, "h": 2 * reach / (n - 1), "triangles": len(mesh.faces),
           "mean": float(off.mean() + missed.mean()) / 2,
           "largest": float(max(off.max(), missed.max())), "area": 1 - mesh.area() / flat.area(),
           "genus": mesh.report().genus}
    errors.append(row)
    print(f"{n:>5}^3 {row['triangles']:>11} {row['mean']:>13.2e} {row['largest']:>14.2e} "
          f"{row['area']:>14.2%} {'-' if row['genus'] is None else row['genus']:>7}")
if not exact.complete:
    print("the exact surface was left incomplete: there is nothing to measure with")
elif len(flat.faces) == 0:
    print("the network has no surface in the cube: there is nothing to measure with")
else:
    print(f"  exact {len(flat.faces):>11}   (the others are measured against it) "
          f"{'-' if closed.genus is None else closed.genus:>18}")
lesson.record(errors=errors)

# %%
if len(errors) > 1:
    figure, (left, right) = plotting.panels("2d", "3d")
    h, series = np.array([row["h"] for row in errors]), {
        f"{name} error": np.array([row[name] for row in errors]) for name in ("mean", "largest")}
    slope = plotting.draw_slopes(left, h, series, {"mean error": 2})["mean error"]
    falls = series["largest error"][:-1] / series["largest error"][1:]
    lesson.say("from each grid to the next finer one, the largest error seen becomes "
               f"{', '.join(f'{fall:.1f}' for fall in falls)} times smaller (2 times if it went "
               "with h)")
    left.set(xlabel="side of a grid cube h (cube sides)", ylabel="distance (cube sides)",
             title=f"Half the side, {2**-slope:.2f} times the mean error")
    n = errors[1]["n"]
    shown, wrong = meshes[n], distance_to_mesh(meshes[n].vertices, flat)
    most = max(float(np.quantile(wrong, 0.99)), 1e-12)
    colours = plotting.error_colours(wrong, most)
    plotting.draw_mesh(right, shown.vertices, shown.faces,
                       colour=colours[shown.faces].mean(axis=1) / 255)
    plotting.error_key(right, most, "distance from the exact surface (cube sides)")
    right.set_title(f"Where the {n}³ grid is wrong")
    need = errors[-1]["triangles"] * (errors[-1]["mean"] / 1e-7) ** (2 / max(slope, 0.5))
    lesson.say(f"the mean error goes with h^{slope:.2f}, and the triangles with 1 / h^2: to come "
               f"down to 1e-7, where the network's own float32 numbers end, marching cubes would "
               f"need {need:.1g} triangles; the exact surface has {len(flat.faces)}")
    lesson.show(figure, "errors.png", "is it wrong at edges, at thin parts, or everywhere?",
                meshes={f"pale: exact, vermilion: off by {most:.1g} or more": (
                    shown.vertices, shown.faces, colours)})

# %% [markdown]
# A network begins with hardly any surface in the cube, and makes its faces as it learns. (Each time
# the best weights up to then.)

# %%
print("  epochs   polygons       area")
network.load_state_dict(early)
growth = [(1, exact_surface(by_hand, bounds, most_cells=MOST_CELLS)),
          (EPOCHS, exact_surface(network, bounds, most_cells=MOST_CELLS)),
          (EPOCHS + MORE_EPOCHS, exact)]
network.load_state_dict(nn.load(lesson.out / "network.npz"))
for epochs, found in growth:
    print(f"{epochs:>8} {len(found.polygons):>10} {found.area():>10.4f}"
          + ("" if found.complete else "   (not all of it)"))
lesson.record(growth=[{"epochs": epochs, "polygons": len(found.polygons)}
                      for epochs, found in growth])
figure, (left, right) = plotting.panels("2d", "2d", height=2.4)
names = [f"epoch {epochs}" for epochs, _ in growth]
plotting.draw_steps(left, names, [len(found.polygons) for _, found in growth], form=",.0f")
left.set(title="Flat polygons of the surface", xlabel="polygons")
plotting.draw_steps(right, names, [found.area() for _, found in growth], form=".2f",
                    colour=plotting.VERMILION)
right.set(title="Area of the surface", xlabel="area (cube sides squared)")
for axes in (left, right):
    axes.margins(x=0.35)
lesson.show(figure, "growth.png", "which comes first, the area or the number of flat pieces?")

# %% [markdown]
# **Try next.** `--seed 1` (which parts of the shape change?), twice the learning rate, or
# `WIDTH = 32`; with 128 the exact surface has several times as many faces, and takes far longer.
#
# **Do it yourself.** `python -m lessons start 2.1`, then `python -m lessons check`.
