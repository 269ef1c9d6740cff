"""Lesson 1.3: how much layers have to learn, what they get to see, and what pulls on them.

    python -m lessons run 1.3
    python lessons/ex1_3_layers_and_losses/lesson.py    the same; --help shows the options
"""

# %% [markdown]
# # 1.3 Neural network layers
#
# **What we want.** Before a network is trained, two questions decide whether it can work at all:
# how many numbers must it learn, and how much of the image does an output get to see? And while it
# is trained, a third: which of the samples move it?
#
# **The idea.** The first two are counting. We do it with the formula, line by line, and then ask
# the network itself: its arrays have so many entries, and an output sees a pixel if its derivative
# by that pixel is not 0. The third is a derivative, too.
#
# Read next to this, in `minicv/nn/`: `receptive_field.py` (the formulas), `convolution.py` (the
# layers) and `losses.py`.

# %%
from __future__ import annotations

import sys
from pathlib import Path

# The checkout, where `lessons` and `minicv` lie. (A notebook has no __file__, and runs in here.)
sys.path.insert(0, str(Path(globals().get("__file__", "lesson.py")).resolve().parents[2]))

import numpy as np

from lessons import Steps, run_as_script
from minicv import nn, plotting
from minicv.autograd import Tensor, no_grad

TITLE = "Layers and losses: parameters, receptive fields, and which samples pull"

N_IMAGES = 1500  # of the shapes at the end
EPOCHS = 8
N_WEIGHED = 150  # of them, to see how hard each pulls
SIZE = 24  # of an image of a shape

# %% [markdown]
# ## a) The five networks of the sheet
#
# Each with the shape of an image that goes in, (channels, height, width). The sheet gives one in i;
# for the others any size will do, as long as an output in the middle sees no border.


# %%
def sheet_networks() -> dict[str, tuple[nn.Module, tuple[int, int, int]]]:
    return {
        "i": (nn.Sequential(nn.Flatten(), nn.Linear(32 * 32, 256, rng=0)), (1, 32, 32)),
        "ii": (nn.Conv2d(16, 48, 5, padding=2, rng=0), (16, 15, 15)),
        "iii": (nn.Sequential(nn.Conv2d(64, 64, 3, stride=3, padding=1, rng=0),
                              nn.Conv2d(64, 64, 3, stride=3, padding=1, rng=1)), (64, 27, 27)),
        "iv": (nn.Sequential(nn.Conv2d(24, 64, 5, padding=2, rng=0),
                             nn.Conv2d(64, 128, 3, padding=3, dilation=3, rng=1)), (24, 19, 19)),
        "v": (nn.MaxPool2d(3), (1, 15, 15)),
    }


def middle(output_shape: tuple[int, ...]) -> tuple[int, ...]:
    """The index of an output in the middle: (0, row, column), or (0,)."""
    return (0, *(n // 2 for n in output_shape[1:]))


def bounding_box(seen: np.ndarray) -> tuple[int, int]:
    """Rows and columns from the first pixel that is seen to the last."""
    pixels = seen.any(axis=0)
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    return int(rows[-1] - rows[0] + 1), int(columns[-1] - columns[0] + 1)


def count_parameters_and_fields() -> list[dict]:
    rows = []
    for number, (network, shape) in sheet_networks().items():
        views = nn.receptive_fields(network, shape)
        print(f"{number}) an image of {' x '.join(map(str, shape))} (channels x height x width)")
        for view in views:
            print(f"   {view.layer!r}")
            for line in view.derivation:
                print(f"      {line}")
        by_formula = sum(view.n_parameters for view in views)
        by_counting = nn.count_parameters(network)
        last = views[-1]
        # A maximum has a derivative by one pixel only, so pooling takes many images to show all.
        seen = nn.seen_inputs_by_gradient(network, shape, middle(last.output_shape),
                                          tries=300 if by_counting == 0 else 2, rng=0)
        box = bounding_box(seen)
        size = f"{' x '.join(map(str, last.size))} = {np.prod(last.size):,}"
        print(f"   #P  = {by_formula:,} by formula, {by_counting:,} numbers in its arrays")
        print(f"   S_r = {size} by formula; of {box[0]} x {box[1]} pixels, "
              f"{seen.any(axis=0).sum():,} have a gradient\n")
        rows.append({"number": number, "parameters": by_formula,
                     "parameters_counted": by_counting, "receptive_field": list(last.size),
                     "box_with_a_gradient": list(box),
                     "pixels_with_a_gradient": int(seen.any(axis=0).sum())})
    print("A convolution of 19 thousand numbers serves images of any size; the linear layer needs "
          "262 thousand\nfor one small image, and sees all of it.")
    return rows


def show_fields(out: Path) -> None:
    figure, axes = plotting.panels("2d", "2d", height=5)
    networks = sheet_networks()
    for ax, number, title in zip(axes, ("iii", "iv"), (
            "iii) 3 x 3 twice, with stride 3:\nthe boxes of neighbours lie side by side",
            "iv) 5 x 5, then 3 x 3 with dilation 3:\nthe boxes of neighbours overlap")):
        network, shape = networks[number]
        last = nn.receptive_fields(network, shape)[-1]
        _, row, column = middle(last.output_shape)
        plotting.draw_seen(ax, nn.seen_inputs(network, shape, (0, row, column)).any(axis=0))
        plotting.draw_boxes(ax, [last.box(row, column)], filled=False,
                            label=f"seen by one output: {last.size[0]} x {last.size[1]}")
        plotting.draw_boxes(ax, [last.box(row, column + 1)], colour=plotting.VERMILION,
                            label=f"by its neighbour, {last.jump[1]} to the right")
        ax.set_title(title)
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, -0.32), frameon=False)
    plotting.save(figure, out / "receptive_fields.png")
    print("look at receptive_fields.png: why do the boxes of iii not overlap, and those of iv do?")


# %% [markdown]
# ## Holes
#
# A receptive field is a box around all that an output sees. Not all of the box need be seen. We
# follow sets of pixels back through the layers, and check them with gradients. In the picture each
# pixel carries the number of ways that lead from it to the output: with all weights 1, that is the
# gradient.


# %%
def stacks() -> dict[str, nn.Sequential]:
    """Networks with weights of 1, without biases, so that gradients count ways."""
    stacked = {
        "dilation 2, twice": (nn.Conv2d(1, 1, 3, dilation=2, bias=False),
                              nn.Conv2d(1, 1, 3, dilation=2, bias=False)),
        "stride 3 of a 2 x 2, then 2 x 2": (nn.Conv2d(1, 1, 2, stride=3, bias=False),
                                            nn.Conv2d(1, 1, 2, bias=False)),
        "dilation 1, then 2": (nn.Conv2d(1, 1, 3, bias=False),
                               nn.Conv2d(1, 1, 3, dilation=2, bias=False)),
    }
    for layers in stacked.values():
        for layer in layers:
            layer.weight.data[...] = 1
    return {name: nn.Sequential(*layers) for name, layers in stacked.items()}


def show_holes(out: Path) -> list[dict]:
    figure, axes = plotting.panels("2d", "2d", "2d", height=4.2)
    rows = []
    for ax, (name, network) in zip(axes, stacks().items()):
        shape = (1, 11, 11)
        last = nn.receptive_fields(network, shape)[-1]
        output = middle(last.output_shape)
        seen = nn.seen_inputs(network, shape, output)
        with_gradient = nn.seen_inputs_by_gradient(network, shape, output, rng=0)
        x = Tensor(np.zeros((1, *shape), np.float32), requires_grad=True)
        network(x)[(0, *output)].backward()
        box = int(np.prod(last.size))
        print(f"{name:<32} box {last.size[0]} x {last.size[1]} = {box:>2}   "
              f"seen, by sets: {seen.sum():>2}   by gradients: {with_gradient.sum():>2}   "
              f"{'the same pixels' if np.array_equal(seen, with_gradient) else 'DIFFERENT pixels'}")
        plotting.draw_seen(ax, seen[0], ways=x.grad.numpy()[0, 0])
        plotting.draw_boxes(ax, [last.box(*output[1:])], colour=plotting.VERMILION)
        ax.set_title(f"{name}:\n{seen.sum()} of {box} pixels in the box are seen")
        rows.append({"stack": name, "box": list(last.size), "seen": int(seen.sum()),
                     "with_gradient": int(with_gradient.sum()),
                     "equal": bool(np.array_equal(seen, with_gradient))})
    figure.suptitle("What one output sees; the number tells in how many ways")
    plotting.save(figure, out / "holes.png")
    print("look at holes.png: the numbers tell in how many ways a pixel reaches the output. Which "
          "of the three\nwould you use to find a line one pixel wide?")
    return rows


# %% [markdown]
# ## b) Softmax and cross entropy
#
# Four samples, four classes. In our copy of the sheet the red marks of the true classes are lost;
# the losses it prints bring them back, as -log p is different for every class (but for the third
# sample, where any will do; we take the first, for a reason that will be seen).

# %%
SCORES = np.array([[3.0, 1, -2, 0],
                   [-1, 2, 3, -2],
                   [0, 0, 0, 0],
                   [4, 1, -2, 3]])
PRINTED_PROBABILITIES = np.array([[0.839, 0.114, 0.006, 0.042],
                                  [0.013, 0.264, 0.718, 0.005],
                                  [0.25, 0.25, 0.25, 0.25],
                                  [0.704, 0.035, 0.002, 0.259]])
PRINTED_LOSSES = np.array([2.17, 4.34, 1.39, 0.35])


def true_classes() -> np.ndarray:
    """For each sample the class, from 0, whose -log p is nearest to the printed loss."""
    losses = -np.log(PRINTED_PROBABILITIES)
    return np.abs(losses - PRINTED_LOSSES[:, None]).argmin(axis=1)


def verdict(scores: np.ndarray, target: int) -> str:
    """Right only if no other class has as high a score."""
    others = np.delete(scores, target)
    if scores[target] > others.max():
        return "right"
    return "a tie: not right" if scores[target] == others.max() else "wrong"


def losses_of_the_sheet() -> list[dict]:
    target = true_classes()
    p = nn.softmax(Tensor(SCORES), dim=1).numpy()
    cross_entropy = nn.cross_entropy(Tensor(SCORES), target, reduction="none").numpy()
    hinge = nn.multi_margin_loss(Tensor(SCORES), target, reduction="none").numpy()
    print("sample   true class   softmax(s)                       cross entropy   "
          "on the sheet   verdict")
    rows = []
    for n in range(4):
        judged = verdict(SCORES[n], target[n])
        probabilities = ", ".join(f"{one:.3f}" for one in p[n])
        print(f"{n + 1:>6}   {'any' if n == 2 else target[n] + 1:>10}   ({probabilities})   "
              f"{cross_entropy[n]:>13.4f}   {PRINTED_LOSSES[n]:>12.2f}   {judged}")
        rows.append({"sample": n + 1, "true_class": int(target[n] + 1), "softmax": p[n].tolist(),
                     "cross_entropy": float(cross_entropy[n]), "hinge": float(hinge[n]),
                     "verdict": judged})
    print(f"The sheet's 2.17 and 4.34 are -log 0.114 and -log 0.013, of rounded probabilities; "
          f"exactly they\nare {cross_entropy[0]:.4f} and {cross_entropy[1]:.4f}. Round last.")
    print(f"The tie: argmax names the first of equal scores, class {SCORES[2].argmax() + 1}, and "
          f"would call sample 3 right,\nbut only because of the order in which we list the "
          f"classes. Nothing was recognised.")
    return rows


# %% [markdown]
# ## Which samples pull hardest?
#
# "The one with the highest loss", says the sheet. What moves the parameters is not the loss, but
# its gradient. For the scores that is p - t, where t is 1 for the true class and 0 for the others;
# its length is the sample's pull. For the weights of a last layer s = W x it is (p - t) x^T, of
# length |p - t| |x|: the features count as well.


# %%
def pulls_of_the_sheet(out: Path) -> dict:
    target = true_classes()
    # Four samples with features of length 1, each with a feature of its own: then s = W x holds
    # with the scores as the columns of W, and each column of the gradient belongs to one sample.
    features, weight = np.eye(4), SCORES.T.copy()
    pulls = _pulls(features, weight, target)
    losses = nn.cross_entropy(Tensor(SCORES), target, reduction="none").numpy()
    print("sample   loss     gradient p - t                          pull |p - t|")
    p = nn.softmax(Tensor(SCORES), dim=1).numpy()
    for n, error in enumerate(p - np.eye(4)[target]):
        print(f"{n + 1:>6}   {losses[n]:.4f}   ({', '.join(f'{one:+.3f}' for one in error)})   "
              f"{pulls[n]:>12.4f}")
    print(f"Sample 2 pulls hardest, as the sheet says, but hardly harder than sample 1: "
          f"{pulls[1] / pulls[0]:.2f} times, at\n{losses[1] / losses[0]:.2f} times the loss. A "
          f"gradient p - t is never longer than sqrt(2) = 1.4142, whatever the loss.")
    # The same scores, hence the same losses, from a feature that is three times as long.
    longer = _pulls(np.diag([3.0, 1, 1, 1]), weight / [3, 1, 1, 1], target)
    print(f"Give sample 1 features that are 3 times as long, and weights that make the same "
          f"scores of them:\nall losses stay, and it pulls with {longer[0]:.4f}, "
          f"{longer[0] / longer[1]:.2f} times as hard as sample 2.")
    scores = Tensor(SCORES, requires_grad=True)
    hinge = nn.multi_margin_loss(scores, target, reduction="none")
    hinge.sum().backward()
    print("The hinge is content with sample 4, which leads by exactly the margin of 1:\nlosses "
          f"{', '.join(f'{one:.2f}' for one in hinge.detach().numpy())}; pulls "
          f"{', '.join(f'{one:.2f}' for one in np.linalg.norm(scores.grad.numpy(), axis=1))}.")
    _show_pulls(losses, pulls, np.take_along_axis(p, target[:, None], 1)[:, 0], out)
    return {"losses": losses.tolist(), "pulls": pulls.tolist(),
            "pulls_with_longer_features": longer.tolist()}


def _pulls(features: np.ndarray, weight: np.ndarray, target: np.ndarray) -> np.ndarray:
    """How long each sample's gradient is, for the weights of s = W x, found by autograd."""
    pulls = []
    for x, true in zip(features, target):
        w = Tensor(weight, requires_grad=True)
        nn.cross_entropy(w @ x, true).backward()
        pulls.append(np.linalg.norm(w.grad.numpy()))
    return np.array(pulls)


def _show_pulls(losses: np.ndarray, pulls: np.ndarray, p_true: np.ndarray, out: Path) -> None:
    figure, (bars, curves) = plotting.panels("2d", "2d")
    at = np.arange(1, 5)
    bars.bar(at - 0.2, losses, 0.38, color=plotting.BLUE, label="loss, nats")
    bars.bar(at + 0.2, pulls, 0.38, color="white", edgecolor=plotting.VERMILION, hatch="///",
             label="pull: length of p - t")
    for x, value in zip(np.concatenate([at - 0.2, at + 0.2]), np.concatenate([losses, pulls])):
        bars.annotate(f"{value:.2f}", (x, value), ha="center", va="bottom", fontsize=9)
    bars.set(xticks=at, xlabel="sample", ylabel="loss (nats), pull (no unit)",
             title="Twice the loss is not twice the pull: samples 1, 2")
    bars.legend(frameon=False)
    gap = np.linspace(-6, 6, 200)  # score of the right class minus the other one's
    scores = Tensor(np.stack([gap, np.zeros(200)], axis=1), requires_grad=True)
    for name, loss, colour, style in (
            ("cross entropy", nn.cross_entropy, plotting.BLUE, "-"),
            ("hinge", nn.multi_margin_loss, "black", ":")):
        scores.grad = None
        values = loss(scores, np.zeros(200, int), reduction="none")
        values.sum().backward()
        factor = 2 if name == "hinge" else 1  # as in textbooks, not divided by the 2 classes
        curves.plot(gap, factor * values.detach().numpy(), style, color=colour,
                    label=f"{name}: loss")
        curves.plot(gap, factor * np.linalg.norm(scores.grad.numpy(), axis=1), style, linewidth=3,
                    alpha=0.45, color=colour, label=f"{name}: pull")
    curves.set(xlabel="lead of the right class over the other, in scores",
               ylabel="loss (nats), pull (no unit)", ylim=(0, 6),
               title="Two classes: losses grow for ever, pulls do not")
    curves.legend(frameon=False)
    curves.grid(True, alpha=0.3)
    plotting.save(figure, out / "losses.png")
    print("look at losses.png: which loss stops caring, and from which lead on?")


def show_large_scores() -> None:
    scores = np.array([1e4, 0.0, -1e4])
    with np.errstate(over="ignore", invalid="ignore"):
        naive = np.exp(scores) / np.exp(scores).sum()
    stable = nn.softmax(Tensor(scores), dim=0).numpy()
    print(f"scores {scores.tolist()}")
    print(f"e^s / sum of e^s as it is written:  {naive.tolist()}")
    print(f"with the largest score taken off:   {stable.tolist()}")
    losses = [nn.cross_entropy(Tensor(scores), true).item() for true in range(3)]
    print(f"cross entropy for each true class:  {[one + 0.0 for one in losses]}; -log of the "
          f"probabilities would be\ninfinite for the last two")


# %% [markdown]
# ## All of it at work
#
# A small network of these layers learns to tell discs, squares, triangles and crosses apart, on
# grey images with noise. Then each image that it has not trained on is asked for its loss, and for
# the length of its gradient over *all* parameters.

# %%
CLASSES = ("disc", "square", "triangle", "cross")


def make_shapes(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(n, 1, SIZE, SIZE) float32 images, and the number of the class of each."""
    y, x = np.mgrid[:SIZE, :SIZE] + 0.5
    labels = rng.integers(0, len(CLASSES), n)
    images = np.empty((n, 1, SIZE, SIZE), np.float32)
    for image, label in zip(images, labels):
        radius = rng.uniform(4.5, 8)
        across, down = (grid - rng.uniform(9, SIZE - 9) for grid in (x, y))
        turn = rng.uniform(-0.3, 0.3)
        u = (across * np.cos(turn) + down * np.sin(turn)) / radius
        v = (down * np.cos(turn) - across * np.sin(turn)) / radius
        inside = {"disc": np.hypot(u, v) < 1,
                  "square": np.maximum(np.abs(u), np.abs(v)) < 0.85,
                  "triangle": (v < 0.8) & (v > 2 * np.abs(u) - 1),
                  "cross": np.minimum(np.abs(u), np.abs(v)) + 0.65 * (np.hypot(u, v) > 1.1) < 0.3,
                  }[CLASSES[label]]
        image[0] = rng.uniform(0.3, 1) * inside + rng.normal(0, 0.25, inside.shape)
    return images, labels


def build(seed: int) -> nn.Sequential:
    rng = np.random.default_rng(seed)
    quarter = SIZE // 2 // 2
    network = nn.Sequential(
        nn.Conv2d(1, 8, 5, padding=2, rng=rng), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1, rng=rng), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(16 * quarter * quarter, len(CLASSES), rng=rng))
    print(nn.summary(network, (1, SIZE, SIZE)))
    return network


def train(network: nn.Module, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Train it; returns images and classes that it has not seen."""
    images, labels = make_shapes(N_IMAGES, np.random.default_rng(seed))
    training, validation = nn.train_val_split(images, labels, rng=seed)
    history = nn.fit(network,
                     nn.DataLoader(nn.TensorDataset(*training), 50, shuffle=True, rng=seed),
                     nn.DataLoader(nn.TensorDataset(*validation), 100), epochs=EPOCHS,
                     loss=nn.CrossEntropyLoss(),
                     optimizer=nn.optim.Adam(network.parameters(), lr=5e-3))
    print(f"know nothing: log {len(CLASSES)} = {np.log(len(CLASSES)):.4f} nats per image")
    for epoch in history.epochs:
        print(f"epoch {epoch.number}: cross entropy {epoch.train_loss:.4f} in training, "
              f"{epoch.val_loss:.4f} in validation")
    return validation


def weigh(network: nn.Module, images: np.ndarray, labels: np.ndarray, out: Path) -> dict:
    """Which of the new images pull hardest?"""
    with no_grad():
        scores = network(Tensor(images)).numpy()
    is_right = scores.argmax(axis=1) == labels
    print(f"of {len(labels)} new images {is_right.mean():.1%} are recognised")
    images, labels, scores = images[:N_WEIGHED], labels[:N_WEIGHED], scores[:N_WEIGHED]
    is_right = is_right[:N_WEIGHED]
    losses = nn.cross_entropy(Tensor(scores), labels, reduction="none").numpy()
    pulls = np.array([_pull_on_all(network, image, label) for image, label in zip(images, labels)])
    order = pulls.argsort()[::-1]
    tenth = max(len(order) // 10, 1)
    share = float(pulls[order[:tenth]].sum() / pulls.sum())
    together = float(np.corrcoef(losses.argsort().argsort(), pulls.argsort().argsort())[0, 1])
    print(f"of the first {len(labels)}, the hardest tenth does {share:.0%} of all the pulling")
    print(f"ranked by loss and by pull they agree to {together:.2f} (1 would be the same order)")

    figure, (scatter, tiles) = plotting.panels("2d", "2d", height=5)
    for right, colour, mark, name in ((True, plotting.BLUE, "o", "right"),
                                      (False, plotting.VERMILION, "x", "wrong")):
        chosen = is_right == right
        scatter.plot(losses[chosen], pulls[chosen], mark, color=colour, markersize=5,
                     fillstyle="none", label=f"{name}: {chosen.sum()}")
    scatter.set(xlabel="loss (nats)", ylabel="pull: length of the gradient, all parameters",
                xscale="log", yscale="log",
                title="The pull grows with the loss,\nthen it has reached its limit")
    scatter.legend(frameon=False)
    scatter.grid(True, alpha=0.3)
    shown = [*order[:8], *order[-8:]]
    plotting.draw_tiles(tiles, images[shown, 0], [
        f"{CLASSES[labels[n]]}\n{'right' if is_right[n] else CLASSES[scores[n].argmax()] + '?'}"
        for n in shown], columns=4)
    tiles.set_title("Two rows that pull hardest,\ntwo that hardly pull")
    plotting.save(figure, out / "shapes.png")
    print("look at shapes.png: what do the images have in common that pull hardest?")
    return {"accuracy": float(is_right.mean()), "share_of_the_hardest_tenth": share,
            "rank_correlation": together}


def _pull_on_all(network: nn.Module, image: np.ndarray, label: int) -> float:
    """The length of one sample's gradient, over all parameters of the network."""
    network.zero_grad()
    nn.cross_entropy(network(Tensor(image[None])), [label]).backward()
    return float(np.sqrt(sum((parameter.grad.numpy()**2).sum()
                             for parameter in network.parameters())))


# %% [markdown]
# ## All steps in order
#
# In a notebook: `run(Path("../../data"), Path("output"), seed=0)`. This lesson reads no data.


# %%
def run(data: Path, out: Path, seed: int) -> None:
    out = out / "ex1_3"
    steps = Steps(out)
    with steps("a) Parameters and receptive fields, i to v"):
        layers = count_parameters_and_fields()
        show_fields(out)
    with steps("Holes in receptive fields"):
        holes = show_holes(out)
    with steps("b) Softmax and cross entropy"):
        samples = losses_of_the_sheet()
    with steps("Which samples pull hardest?"):
        pulls = pulls_of_the_sheet(out)
    with steps("Large scores"):
        show_large_scores()
    with steps("All of it at work: shapes in noise"):
        network = build(seed)
        images, labels = train(network, seed)
        shapes = weigh(network, images, labels, out)
    print("\nTry next: give the second convolution of the small network a dilation of 2 (and a "
          "padding of 2),\nand predict its line of the table before you run it; or smooth the "
          "labels with\nnn.CrossEntropyLoss(label_smoothing=0.1): which samples still pull at the "
          "end?")
    steps.finish(seed=seed, layers=layers, holes=holes, samples=samples, pulls=pulls,
                 shapes=shapes)


# %%
run_as_script(__name__, "1.3")
