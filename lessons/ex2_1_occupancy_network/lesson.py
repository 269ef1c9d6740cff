"""Lesson 2.1: a network learns a chair from labelled points, and gives it back as a mesh.

    python -m lessons run 2.1
    python lessons/ex2_1_occupancy_network/lesson.py    the same; --help shows the options
"""

# %% [markdown]
# # 2.1 Occupancy network
#
# **What we want.** Somebody has thrown 100,000 points into a cube and told us of each whether it
# lies inside a chair. We want the chair: a closed surface that can be turned, measured, printed.
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
from __future__ import annotations

import sys
import time
from pathlib import Path

# The checkout, where `lessons` and `minicv` lie. (A notebook has no __file__, and runs in here.)
sys.path.insert(0, str(Path(globals().get("__file__", "lesson.py")).resolve().parents[2]))

import numpy as np

from lessons import InputError, Steps, read, run_as_script
from minicv import fast, nn, plotting
from minicv.autograd import Tensor, no_grad
from minicv.datasets import load_points
from minicv.datasets.solids import chair_occupancy, chair_signed_distance, chair_surface
from minicv.occupancy_network import Mesh, OccupancyNetwork, mesh_from_grid
from minicv.occupancy_network.mesh_files import write_mesh
from minicv.occupancy_network.shape_metrics import evaluate_mesh, volumetric_iou

TITLE = "Occupancy network: from a chair's labelled points to a watertight mesh"

BATCH_SIZE = 1024
LEARNING_RATE = 1e-3
EPOCHS = 15  # the sheet's recipe
MORE_EPOCHS = 30  # and on to 45
RESOLUTION = 128
RESOLUTIONS = (32, 64, 128, 256)

# %% [markdown]
# ## The points
#
# The left picture shows the cube, the right one a thin slice of it through the two legs on one
# side: there you see what the network gets, and how few points there are to learn a rung from.


# %%
def show_points(points: np.ndarray, occupancies: np.ndarray, out: Path) -> None:
    inside = occupancies.mean()
    print(f"{len(points)} points in [{points.min():.2f}, {points.max():.2f}]^3, "
          f"{inside:.2%} of them inside")
    # The best answer of somebody who knows this share and nothing else is to bet on it always.
    know_nothing = -inside * np.log(inside) - (1 - inside) * np.log(1 - inside)
    print(f"knowing that share and nothing else costs {know_nothing:.4f} nats per point: "
          "the loss that a network has to beat")

    figure, (space, cut) = plotting.panels("3d", "2d")
    plotting.draw_points(space, points, occupancies, rng=0)
    space.set_title(f"What we have: {len(points):,} points (some of them)")
    plotting.draw_cut(cut, points, occupancies, x=0.28, thickness=0.04)
    cut.set_title("A slice at x = 0.28: legs, rung, seat and back")
    plotting.save(figure, out / "points.png")
    print("look at points.png: could you draw the outline in the slice by hand? "
          "That is the network's task.")


# %% [markdown]
# ## a) Training and validation data
#
# One point in five is put aside. The network never trains on these, so they tell whether it has
# learned the chair, or only the points that it was shown.


# %%
def prepare(points: np.ndarray, occupancies: np.ndarray, seed: int) -> tuple:
    labels = occupancies[:, None].astype(np.float32)  # (N, 1), as the network's output
    train, val = nn.train_val_split(points, labels, fraction=0.8, rng=seed)
    print(f"{len(train[0])} points to train on, {len(val[0])} to validate with; "
          f"inside: {train[1].mean():.2%} and {val[1].mean():.2%}")
    return train, val


# %% [markdown]
# ## b) The network
#
# A layer from 3 numbers to 64, then four hidden layers from 64 to 64, then one number, with ReLU in
# between: a continuous function made of flat pieces. No sigmoid at the end: the loss takes the
# *logit*, and the sigmoid is inside it, where it can be computed without overflow
# (`minicv/nn/losses.py` shows how).


# %%
def build(seed: int) -> OccupancyNetwork:
    network = OccupancyNetwork(hidden_size=64, n_hidden=4, rng=seed)
    n_numbers = sum(parameter.data.size for parameter in network.parameters())
    print(network)
    print(f"{n_numbers} parameters")
    return network


# %% [markdown]
# ## c) Training
#
# The recipe of the sheet: batches of 1024, binary cross entropy, Adam with steps of 0.001, 15
# epochs. Then the same optimiser goes on to 45 epochs: was 15 enough?
#
# `nn.fit` is the training loop; it measures the validation loss after every epoch and leaves the
# network with its best weights.


# %%
class Training:
    """The network, its data and its optimiser: what one needs to train, and to train on."""

    def __init__(self, network: OccupancyNetwork, train: tuple, val: tuple, seed: int):
        self.network = network
        self.val_points, self.val_labels = val
        self.train_loader = nn.DataLoader(nn.TensorDataset(*train), batch_size=BATCH_SIZE,
                                          shuffle=True, rng=seed)
        self.val_loader = nn.DataLoader(nn.TensorDataset(*val), batch_size=BATCH_SIZE)
        self.optimizer = nn.optim.Adam(network.parameters(), lr=LEARNING_RATE)
        self.history = nn.History()

    def more(self, epochs: int) -> dict:
        """Train on; returns the numbers that say where we are."""
        nn.fit(self.network, self.train_loader, self.val_loader, epochs=epochs,
               loss=nn.BCEWithLogitsLoss(), optimizer=self.optimizer, history=self.history)
        if self.history.interrupted:
            raise KeyboardInterrupt
        with no_grad():
            predicted = self.network(Tensor(self.val_points)).numpy() > 0
        iou = volumetric_iou(predicted, self.val_labels > 0.5)
        last, best = self.history.epochs[-1], self.history.best
        print(f"after {last.number} epochs: training loss {last.train_loss:.4f}, "
              f"validation loss {last.val_loss:.4f}")
        print(f"best validation loss {best.val_loss:.4f} (epoch {best.epoch}); "
              f"with these weights IoU {iou:.3f} on the held-out points")
        verdict, reasons = judge(self.history.train_loss, self.history.val_loss)
        print(f"{reasons}\n=> {verdict}: {MEANING[verdict]}")
        return {"epochs": last.number, "train_loss": last.train_loss, "val_loss": last.val_loss,
                "best_epoch": best.epoch, "best_val_loss": best.val_loss, "val_iou": iou,
                "verdict": verdict}


# %% [markdown]
# **Under- or overfitting?** One can stare at curves for long, so here is a rule to argue with.
# Cut the training into thirds, and take medians, because single epochs jump.
#
# - *Gap*: validation loss over training loss in the last third. The network knows the points it
#   was shown better than the others when it is above 1; above 1.25 we call that overfitting.
# - *Progress*: how far the validation loss fell from the second third to the last. If it is still
#   falling by more than 5 %, the training stopped too early: underfitting.


# %%
MEANING = {
    "overfitting": "it knows the points it was shown better than the shape",
    "underfitting": "the validation loss is still falling; training longer will pay",
    "neither": "both losses are close together and have stopped falling; only a larger network or "
               "more points would help now",
}


def judge(train_loss: list[float], val_loss: list[float]) -> tuple[str, str]:
    """The verdict by the rule above, a key of MEANING, and the numbers that it rests on."""
    third = max(len(val_loss) // 3, 1)
    train_last = np.median(train_loss[-third:])
    val_last = np.median(val_loss[-third:])
    val_before = np.median(val_loss[-2 * third:-third] or val_loss)
    gap = val_last / train_last
    progress = 1 - val_last / val_before
    reasons = (f"gap {gap:.3f} (validation over training loss, last third)"
               f"\nprogress {progress:.0%} (fall of the validation loss, second third to last)")
    if gap > 1.25:
        return "overfitting", reasons
    if progress > 0.05:
        return "underfitting", reasons
    return "neither", reasons


def show_losses(history: nn.History, out: Path) -> None:
    figure, (axes,) = plotting.panels("2d")
    plotting.draw_losses(axes, history.train_epochs, history.train_loss,
                         history.val_epochs, history.val_loss)
    axes.axvline(EPOCHS, color=plotting.GREY, linestyle=":")
    axes.annotate(f"the recipe's {EPOCHS} epochs", (EPOCHS, axes.get_ylim()[1]), xytext=(4, -12),
                  textcoords="offset points", color=plotting.GREY, fontsize=8)
    verdict, _ = judge(history.train_loss, history.val_loss)
    axes.set_title(f"Under- or overfitting? {verdict.capitalize()}")
    plotting.save(figure, out / "losses.png")
    print("look at losses.png: the scale is logarithmic, so equal falls are equal factors")


# %% [markdown]
# ## d) From the network to a mesh
#
# The network is asked at the 128 x 128 x 128 points of a grid. Marching cubes then places a vertex
# on every grid edge whose ends have different signs, where the straight line between both values
# crosses 0, and joins the vertices to triangles, cube by cube.
#
# The grid spans the cube that the points were thrown into: what the network says about places
# farther out is a guess that nothing has ever corrected.


# %%
def cube_of(points: np.ndarray) -> tuple[float, float]:
    """The bounds of the cube that the points fill: +-0.5 for ours, +-0.55 for ShapeNet's."""
    reach = round(float(np.abs(points).max()), 2)
    return -reach, reach


def show_grid(network: OccupancyNetwork, bounds: tuple[float, float]) -> Mesh:
    start = time.perf_counter()
    logits = fast.evaluate_grid(network, RESOLUTION, bounds=bounds)
    seconds = time.perf_counter() - start
    print(f"{logits.size} logits between {logits.min():.1f} and {logits.max():.1f} in "
          f"{seconds:.2f} s; {(logits > 0).mean():.2%} of them inside")
    start = time.perf_counter()
    mesh = mesh_from_grid(logits, bounds=bounds)
    print(f"marching cubes: {len(mesh.faces)} faces in {time.perf_counter() - start:.2f} s")
    return mesh


def show_mesh(mesh: Mesh, points: np.ndarray, occupancies: np.ndarray, out: Path) -> None:
    print(mesh.report())
    for suffix in (".obj", ".ply"):
        write_mesh(out / f"chair{suffix}", mesh)
    figure, (left, right) = plotting.panels("3d", "3d")
    plotting.draw_points(left, points, occupancies, rng=0)
    left.set_title("The points that the network learned from")
    plotting.draw_mesh(right, mesh.vertices, mesh.faces)
    right.set_title(f"The surface that it learned ({len(mesh.faces):,} faces)")
    plotting.save(figure, out / "mesh.png")
    print("look at mesh.png, and open chair.ply or chair.obj in a mesh viewer")


# %% [markdown]
# **How good is it?** The points come from a chair that is known exactly (`datasets/solids.py`), so
# we can measure how far apart the two surfaces are. Two random sets of points on *the same* surface
# are not at distance 0 either: that floor is printed for comparison.
#
# The number of *handles* is topology: openings that one could put a hand through. The true chair
# has four, two in its back and one between each rung and the seat.


# %%
def compare_with_truth(early: Mesh, late: Mesh, out: Path, seed: int) -> dict:
    truth = chair_surface(100_000, rng=seed)
    floor = evaluate_mesh(chair_surface(100_000, rng=seed + 1), truth)
    results = {}
    for name, mesh in ((f"{EPOCHS} epochs", early), (f"{EPOCHS + MORE_EPOCHS} epochs", late)):
        metrics = evaluate_mesh(mesh, truth, rng=seed)
        results[name] = {"chamfer_l1": metrics.chamfer_l1, "accuracy": metrics.accuracy,
                         "completeness": metrics.completeness, "f_score": metrics.f_score}
        print(f"{name}: Chamfer-L1 {metrics.chamfer_l1:.4f} (accuracy {metrics.accuracy:.4f}, "
              f"completeness {metrics.completeness:.4f}), F-score at {metrics.threshold:g} "
              f"{metrics.f_score:.3f}")
    print(f"the floor: Chamfer-L1 {floor.chamfer_l1:.4f}")

    figure, axes = plotting.panels("3d", "3d", "3d")
    shapes = {**dict(zip(results, (early, late), strict=True)), "the true chair": true_chair()}
    for panel, (name, mesh) in zip(axes, shapes.items(), strict=True):
        genus = mesh.report().genus
        print(f"{name}: pieces: {mesh.n_components}, handles: {genus}")
        plotting.draw_mesh(panel, mesh.vertices, mesh.faces)
        panel.set_title(f"{name}; handles: {genus}")
    plotting.save(figure, out / "compare.png")
    print("look at compare.png: which parts came last? which edges are still round?")
    return results


def true_chair() -> Mesh:
    """The chair of minicv.datasets.solids as a mesh, by marching cubes on its signed distance."""
    axis = np.linspace(-0.5, 0.5, 96)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
    distance = chair_signed_distance(grid.reshape(-1, 3)).reshape(grid.shape[:3])
    return mesh_from_grid(-distance, bounds=(-0.5, 0.5))


# %% [markdown]
# ## One step further: how fine must the grid be, and must it be evaluated everywhere?
#
# Twice the resolution is eight times the grid points. But nearly all of them are far from the
# surface, where we learn nothing. The *multi-resolution* extraction asks on a coarse grid first and
# then only near sign changes, level by level (MISE, section 3.3 of the paper). The price: a loose
# scrap that slips between the points of the coarse grid changes no sign there, and is never found.


# %%
def sweep_resolutions(network: OccupancyNetwork, bounds: tuple[float, float],
                      out: Path) -> list[dict]:
    print("           ------ dense ------   -------- multi-resolution --------")
    print("   grid    evaluated   seconds   evaluated     share    seconds   same mesh    faces")
    figure, axes = plotting.panels(*["3d"] * len(RESOLUTIONS), height=4)
    rows = []
    for panel, resolution in zip(axes, RESOLUTIONS, strict=True):
        start = time.perf_counter()
        values = fast.evaluate_grid(network, resolution, bounds=bounds, dtype=np.float64)
        dense = mesh_from_grid(values, bounds=bounds)
        between = time.perf_counter()
        values, n_evaluated = fast.evaluate_near_surface(network, resolution, bounds=bounds,
                                                         dtype=np.float64)
        multi = mesh_from_grid(values, bounds=bounds)
        end = time.perf_counter()
        row = {"resolution": resolution, "dense_evaluations": values.size,
               "dense_seconds": between - start, "multi_evaluations": n_evaluated,
               "multi_seconds": end - between, "same_mesh": same_mesh(dense, multi),
               "faces": len(dense.faces), "pieces": dense.n_components,
               "multi_pieces": multi.n_components}
        rows.append(row)
        print(f"{resolution:>5}^3 {row['dense_evaluations']:>12} {row['dense_seconds']:>9.2f} "
              f"{n_evaluated:>11} {n_evaluated / values.size:>9.1%} {row['multi_seconds']:>10.2f} "
              f"{'yes' if row['same_mesh'] else 'NO':>11} {row['faces']:>8}")
        plotting.draw_mesh(panel, dense.vertices, dense.faces)
        panel.set_title(f"{resolution}³ grid: {len(dense.faces):,} faces")
    plotting.save(figure, out / "resolutions.png")
    missed = [row for row in rows if row["pieces"] > row["multi_pieces"]]
    if missed:
        print("what the coarse grid does not see is lost; pieces, dense and multi-resolution:\n"
              + ", ".join(f"{row['pieces']} and {row['multi_pieces']} at {row['resolution']}^3"
                          for row in missed))
    print("look at resolutions.png: from which grid on is it the network, and no longer the grid,\n"
          "that limits the detail?")
    return rows


def same_mesh(one: Mesh, other: Mesh) -> bool:
    """The same faces, and the same vertices but for rounding."""
    return (np.array_equal(one.faces, other.faces)
            and np.allclose(one.vertices, other.vertices, rtol=0, atol=1e-9))


# %% [markdown]
# ## All steps in order
#
# In a notebook: `run(Path("../../data"), Path("output"), seed=0)`.


# %%
def run(data: Path, out: Path, seed: int) -> None:
    out = out / "ex2_1"
    steps = Steps(out)
    with steps("The points"):
        points, occupancies = read(load_points, data / "points.npz")
        if len(points) < 10 or occupancies.all() or not occupancies.any():
            raise InputError(f"{data / 'points.npz'} must hold at least 10 points, inside and "
                             "outside the shape")
        show_points(points, occupancies, out)
    with steps("a) Training and validation data"):
        train, val = prepare(points, occupancies, seed)
    with steps("b) The network"):
        network = build(seed)
        training = Training(network, train, val, seed)
    bounds = cube_of(points)
    with steps(f"c) Training, {EPOCHS} epochs"):
        recipe = training.more(EPOCHS)
        early = mesh_from_grid(fast.evaluate_grid(network, RESOLUTION, bounds=bounds,
                                                  dtype=np.float64), bounds=bounds)
    with steps(f"c) {MORE_EPOCHS} epochs more"):
        longer = training.more(MORE_EPOCHS)
        show_losses(training.history, out)
        nn.save(network.state_dict(), out / "network.npz")
    with steps(f"d) The grid of {RESOLUTION}^3 points, and the mesh"):
        network.load_state_dict(nn.load(out / "network.npz"))
        late = show_grid(network, bounds)
        show_mesh(late, points, occupancies, out)
    truth = None
    with steps("How good is it?"):
        if np.array_equal(chair_occupancy(points), occupancies):
            truth = compare_with_truth(early, late, out, seed)
        else:
            print("these are not the points of minicv's own chair, so the true surface is unknown")
    with steps("One step further: resolutions"):
        resolutions = sweep_resolutions(network, bounds, out)
    print("\nTry next: --seed 1 (which parts of the chair change?), hidden_size=128, or twice the "
          "learning rate.")
    report = vars(late.report())
    steps.finish(seed=seed, points=len(points), recipe=recipe, longer=longer, mesh=report,
                 truth=truth, resolutions=resolutions)


# %%
run_as_script(__name__, "2.1")
