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
import sys
from pathlib import Path

# The checkout, where `lessons` and `minicv` lie.
sys.path.insert(0, str(Path(globals().get("__file__", "lesson.py")).resolve().parents[2]))

# %%
import numpy as np

from lessons import begin
from minicv import Tensor, nn, no_grad, plotting
from minicv.datasets.shapes import SHAPES, make_shapes

TITLE = "Layers and losses: parameters, receptive fields, and which samples pull"

lesson = begin("1.3", __name__)
N_IMAGES = 1500  # of the shapes at the end
EPOCHS = 8
N_WEIGHED = 150  # of them, to see how hard each pulls
SIZE = 24  # of an image of a shape

# %% [markdown]
# ## a) Parameters, by hand
#
# A linear layer has a weight for each pair of an input and an output, and a bias for each output.
# A convolution has a small window of weights, K x K, for each pair of an input channel and an
# output channel, and a bias for each output channel. With #P for the number of parameters:
#
#     #P = (D_in + 1) D_out              #P = (K K C_in + 1) C_out
#
# Note what is missing on the right: the size of the image. Pooling has nothing to learn.

# %%
print(f"i)   (32 * 32 + 1) * 256                             = {(32 * 32 + 1) * 256:>7,}")
print(f"ii)  (5 * 5 * 16 + 1) * 48                           = {(5 * 5 * 16 + 1) * 48:>7,}")
print(f"iii) 2 * (3 * 3 * 64 + 1) * 64                       = {2 * (3 * 3 * 64 + 1) * 64:>7,}")
print(f"iv)  (5 * 5 * 24 + 1) * 64 + (3 * 3 * 64 + 1) * 128  = "
      f"{(5 * 5 * 24 + 1) * 64 + (3 * 3 * 64 + 1) * 128:>7,}")
print(f"v)   nothing to learn                                = {0:>7,}")

# %% [markdown]
# ## a) Receptive fields, by hand
#
# How many pixels in a row does one output see? Walk through the layers and keep two numbers: the
# field r, at first 1, and the *jump* s between what two neighbouring outputs see, at first 1. A
# window of K taps, D apart, reaches over (K - 1) D jumps more:
#
#     r <- r + (K - 1) D s        then        s <- s S        (S is the layer's stride)


# %%
def field(layers):
    """Side of the receptive field of layers given as (K, D, S)."""
    r = s = 1
    for K, D, S in layers:
        r, s = r + (K - 1) * D * s, s * S
    return r


print(f"i)   a linear layer sees the whole image: 32 x 32 = {32 * 32:,} pixels")
for name, layers in {"ii": [(5, 1, 1)], "iii": [(3, 1, 3), (3, 1, 3)],
                     "iv": [(5, 1, 1), (3, 3, 1)], "v": [(3, 1, 3)]}.items():
    print(f"{name + ')':<5}{' then '.join(f'K = {K}, D = {D}, S = {S}' for K, D, S in layers):<46}"
          f"  r = {field(layers):>2}: {field(layers)} x {field(layers)} pixels")

# %% [markdown]
# ## a) The five networks of the sheet, asked themselves
#
# Each with the shape of an image that goes in, (channels, height, width). The sheet gives one in i;
# for the others any size will do, as long as an output in the middle sees no border.

# %%
networks = {
    "i": (nn.Sequential(nn.Flatten(), nn.Linear(32 * 32, 256, rng=0)), (1, 32, 32)),
    "ii": (nn.Conv2d(16, 48, 5, padding=2, rng=0), (16, 15, 15)),
    "iii": (nn.Sequential(nn.Conv2d(64, 64, 3, stride=3, padding=1, rng=0),
                          nn.Conv2d(64, 64, 3, stride=3, padding=1, rng=1)), (64, 27, 27)),
    "iv": (nn.Sequential(nn.Conv2d(24, 64, 5, padding=2, rng=0),
                         nn.Conv2d(64, 128, 3, padding=3, dilation=3, rng=1)), (24, 19, 19)),
    "v": (nn.MaxPool2d(3), (1, 15, 15)),
}
for number, (network, shape) in networks.items():
    print(f"{number}) an image of {' x '.join(map(str, shape))} (channels x height x width)")
    for view in nn.receptive_fields(network, shape):
        print(f"   {view.layer!r}")
        print("\n".join(f"      {line}" for line in view.derivation))

# %% [markdown]
# The formulas are one thing; the network is another. Its arrays have so many entries
# (`count_parameters`), and an output in the middle has a derivative by so many pixels
# (`seen_inputs_by_gradient`). A maximum has a derivative by one pixel only, so pooling takes many
# images to show all. Below, S_r is the size of the receptive field.
#
# (The *first centre* above is the middle of what the first output sees, in pixels from the border:
# it tells how the outputs lie over the image.)

# %%
rows = []
for number, (network, shape) in networks.items():
    views = nn.receptive_fields(network, shape)
    last, by_formula = views[-1], sum(view.n_parameters for view in views)
    middle = (0, *(n // 2 for n in last.output_shape[1:]))
    seen = nn.seen_inputs_by_gradient(network, shape, middle, rng=0,
                                      tries=300 if number == "v" else 2).any(axis=0)
    box = [int(np.ptp(pixels)) + 1 for pixels in np.nonzero(seen)]
    counted = nn.count_parameters(network)
    print(f"{number:<4} #P  = {by_formula:,} by formula, {counted:,} numbers in its arrays\n"
          f"     S_r = {' x '.join(map(str, last.size))} = {np.prod(last.size):,} by formula; "
          f"of {box[0]} x {box[1]} pixels, {seen.sum():,} have a gradient")
    rows.append({"number": number, "parameters": by_formula, "parameters_counted": counted,
                 "receptive_field": last.size, "box_with_a_gradient": box,
                 "pixels_with_a_gradient": int(seen.sum())})
lesson.record(layers=rows)

# %%
figure, panels = plotting.panels("2d", "2d", height=5)
for panel, number in zip(panels, ("iii", "iv")):
    network, shape = networks[number]
    last = nn.receptive_fields(network, shape)[-1]
    _, row, column = (n // 2 for n in last.output_shape)
    plotting.draw_seen(panel, nn.seen_inputs(network, shape, (0, row, column)).any(axis=0))
    plotting.draw_boxes(panel, [last.box(row, column)],
                        label=f"seen by one output: {last.size[0]} x {last.size[1]}")
    plotting.draw_boxes(panel, [last.box(row, column + 1)], colour=plotting.VERMILION,
                        label=f"by its neighbour, {last.jump[1]} to the right (pixels)")
    panel.legend(loc="lower center", bbox_to_anchor=(0.5, -0.32), frameon=False)
panels[0].set_title("iii) 3 x 3 twice, with stride 3:\nthe boxes of neighbours lie side by side")
panels[1].set_title("iv) 5 x 5, then 3 x 3 with dilation 3:\nthe boxes of neighbours overlap")
lesson.show(figure, "receptive_fields.png",
            "why do the boxes of iii not overlap, and those of iv do?")

# %% [markdown]
# ## Holes
#
# A receptive field is a box around all that an output sees. Not all of the box need be seen. We
# follow sets of pixels back through the layers, and check them with gradients. In the picture each
# pixel carries the number of ways that lead from it to the output: with all weights 1, that is the
# gradient.

# %%
stacks = {
    "dilation 2, twice": [dict(kernel_size=3, dilation=2), dict(kernel_size=3, dilation=2)],
    "stride 3 of a 2 x 2, then 2 x 2": [dict(kernel_size=2, stride=3), dict(kernel_size=2)],
    "dilation 1, then 2": [dict(kernel_size=3), dict(kernel_size=3, dilation=2)],
}
shape, holes = (1, 11, 11), []
figure, panels = plotting.panels("2d", "2d", "2d", height=4.2)
for panel, (name, layers) in zip(panels, stacks.items()):
    network = nn.Sequential(*[nn.Conv2d(1, 1, **layer, bias=False) for layer in layers])
    for parameter in network.parameters():
        parameter.data[...] = 1
    last = nn.receptive_fields(network, shape)[-1]
    middle = (0, *(n // 2 for n in last.output_shape[1:]))
    seen = nn.seen_inputs(network, shape, middle)
    x = Tensor(np.zeros((1, *shape), np.float32), requires_grad=True)
    network(x)[(0, *middle)].backward()
    equal = np.array_equal(seen, x.grad.numpy()[0] != 0)
    print(f"{name:<32} box {last.size[0]} x {last.size[1]} = {np.prod(last.size):>2}   seen by "
          f"sets and by gradients: {seen.sum():>2}, {'the same' if equal else 'DIFFERENT'} pixels")
    plotting.draw_seen(panel, seen[0], ways=x.grad.numpy()[0, 0])
    plotting.draw_boxes(panel, [last.box(*middle[1:])], colour=plotting.VERMILION)
    panel.set_title(f"{name}:\n{seen.sum()} of {np.prod(last.size)} pixels in the box are seen")
    holes.append({"stack": name, "box": last.size, "seen": int(seen.sum()), "equal": equal})
figure.suptitle("What one output sees; the number tells in how many ways")
lesson.record(holes=holes)
lesson.show(figure, "holes.png",
            "which of the three would you use to find a line one pixel wide?")

# %% [markdown]
# ## b) Softmax and cross entropy
#
# Four samples, four classes. *Softmax* makes probabilities of the scores, and the *cross entropy*
# is the surprise at the true class:
#
#     p_k = e^(s_k) / sum_j e^(s_j)          loss = -log p_true
#
# With the natural logarithm its unit is called *nat*: a loss of 1 is the surprise at something
# that had the probability 1/e.
#
# In our copy of the sheet the red marks of the true classes are lost; the losses it prints bring
# them back, as -log p is different for every class (but for the third sample, where any will do; we
# take the first, for a reason that will be seen).

# %%
SCORES = np.array([[3.0, 1, -2, 0], [-1, 2, 3, -2], [0, 0, 0, 0], [4, 1, -2, 3]])
printed_p = np.array([[0.839, 0.114, 0.006, 0.042], [0.013, 0.264, 0.718, 0.005],
                      [0.25, 0.25, 0.25, 0.25], [0.704, 0.035, 0.002, 0.259]])
printed_losses = np.array([2.17, 4.34, 1.39, 0.35])
true = np.abs(-np.log(printed_p) - printed_losses[:, None]).argmin(axis=1)  # from 0

p = np.exp(SCORES) / np.exp(SCORES).sum(axis=1, keepdims=True)
losses = -np.log(p[range(4), true])
print("sample   true class   softmax(s)                       cross entropy   on the sheet")
for n in range(4):
    print(f"{n + 1:>6}   {'any' if n == 2 else true[n] + 1:>10}   "
          f"({', '.join(f'{one:.3f}' for one in p[n])})   {losses[n]:>13.4f}   "
          f"{printed_losses[n]:>12.2f}")
assert np.allclose(losses, nn.cross_entropy(Tensor(SCORES), true, reduction="none").numpy())

# %% [markdown]
# **Which samples are classified correctly?** Those whose true class has the highest score, and
# alone: where all scores are equal, nothing was recognised.

# %%
verdicts = []
for n, (scores, target) in enumerate(zip(SCORES, true)):
    best = np.flatnonzero(scores == scores.max())
    verdicts.append("right" if best.tolist() == [target] else
                    "a tie: not right" if target in best else "wrong")
    print(f"sample {n + 1}: {verdicts[n]}")
lesson.say(f"The sheet's 2.17 and 4.34 are -log 0.114 and -log 0.013, of rounded probabilities; "
           f"exactly they are {losses[0]:.4f} and {losses[1]:.4f}. Round last.")
lesson.say("In the tie, argmax names the first of equal scores, class "
           f"{SCORES[2].argmax() + 1}, and would call sample 3 right, but only because of the "
           "order of the classes.")
lesson.record(samples=[{"sample": n + 1, "true_class": true[n] + 1, "softmax": p[n],
                        "cross_entropy": losses[n], "verdict": verdicts[n]} for n in range(4)])

# %% [markdown]
# ## Which samples pull hardest?
#
# "The one with the highest loss", says the sheet. What moves the parameters is not the loss, but
# its gradient. For the scores that is p - t, where t is 1 for the true class and 0 for the others;
# its length is the sample's *pull*.

# %%
errors = p - np.eye(4)[true]
pulls = np.linalg.norm(errors, axis=1)
print("sample   loss     gradient p - t                          pull |p - t|")
for n in range(4):
    print(f"{n + 1:>6}   {losses[n]:.4f}   ({', '.join(f'{one:+.3f}' for one in errors[n])})   "
          f"{pulls[n]:>12.4f}")
lesson.say(f"Sample 2 pulls hardest, as the sheet says, but hardly harder than sample 1: "
           f"{pulls[1] / pulls[0]:.2f} times, at {losses[1] / losses[0]:.2f} times the loss. A "
           f"gradient p - t is never longer than sqrt(2) = {np.sqrt(2):.4f}, whatever the loss.")
scores = Tensor(SCORES, requires_grad=True)
nn.cross_entropy(scores, true, reduction="sum").backward()
assert np.allclose(scores.grad.numpy(), errors)  # what autograd finds

# %% [markdown]
# For the weights of a last layer s = W x the gradient is (p - t) x^T, of length |p - t| |x|: the
# features x count as well. Give sample 1 features that are three times as long, and weights that
# make the same scores of them: its loss is what it was, and it pulls three times as hard.

# %%
longer = []
for x, scores, target in zip(np.diag([3.0, 1, 1, 1]), SCORES, true):
    W = Tensor(np.outer(scores, x) / (x @ x), requires_grad=True)  # so that W x = scores
    nn.cross_entropy(W @ x, target).backward()
    longer.append(float(np.linalg.norm(W.grad.numpy())))
print(f"pulls on W with longer features in sample 1: {', '.join(f'{one:.4f}' for one in longer)}")

scores = Tensor(SCORES, requires_grad=True)
hinge = nn.multi_margin_loss(scores, true, reduction="none")
hinge.sum().backward()
lesson.say("The hinge loss is content with sample 4, which leads by exactly the margin of 1: "
           f"losses {', '.join(f'{one:.2f}' for one in hinge.detach().numpy())}; pulls "
           f"{', '.join(f'{one:.2f}' for one in np.linalg.norm(scores.grad.numpy(), axis=1))}.")
lesson.record(pulls={"losses": losses, "pulls": pulls, "pulls_with_longer_features": longer})

# %%
lead, curves = np.linspace(-6, 6, 200), {}
for name, loss, factor in (("cross entropy", nn.cross_entropy, 1),
                           ("hinge loss", nn.multi_margin_loss, 2)):  # torch halves it: 2 classes
    scores = Tensor(np.stack([lead, np.zeros(200)], axis=1), requires_grad=True)
    values = loss(scores, np.zeros(200, int), reduction="none")
    values.sum().backward()
    curves[name] = (factor * values.detach().numpy(),
                    factor * np.linalg.norm(scores.grad.numpy(), axis=1))
figure, (left, right) = plotting.panels("2d", "2d")
plotting.draw_pairs(left, ["1", "2", "3", "4"],
                    {"loss (nats)": losses, "pull: length of p - t": pulls})
left.set(xlabel="sample", title="Twice the loss is not twice the pull: samples 1, 2")
plotting.draw_pulls(right, lead, curves)
right.set_title("Two classes: losses grow for ever, pulls do not")
lesson.show(figure, "losses.png", "which loss stops caring, and from which lead on?")

# %% [markdown]
# ## Large scores
#
# e^10000 is no number that a computer has. Softmax does not change if the same number is taken off
# all scores, so take off the largest: then no exponential is above 1.

# %%
scores = np.array([1e4, 0.0, -1e4])
with np.errstate(over="ignore", invalid="ignore"):
    naive = np.exp(scores) / np.exp(scores).sum()
shifted = np.exp(scores - scores.max())
print(f"scores {scores.tolist()}\n"
      f"e^s / sum of e^s as it is written:  {naive.tolist()}\n"
      f"with the largest score taken off:   {(shifted / shifted.sum()).tolist()}")
losses = [nn.cross_entropy(Tensor(scores), target).item() + 0.0 for target in range(3)]
print(f"cross entropy for each true class:  {losses}\n"
      "-log of the probabilities would be infinite for the last two: the loss is computed from the "
      "scores")

# %% [markdown]
# ## All of it at work: shapes in noise
#
# A small network of these layers learns to tell discs, squares, triangles and crosses apart, on
# grey images with noise. Its summary has for each layer what it must learn and what it sees.

# %%
rng = np.random.default_rng(lesson.seed)
quarter = SIZE // 2 // 2
network = nn.Sequential(
    nn.Conv2d(1, 8, 5, padding=2, rng=rng), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(8, 16, 3, padding=1, rng=rng), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(16 * quarter * quarter, len(SHAPES), rng=rng))
print(nn.summary(network, (1, SIZE, SIZE)))

# %%
images, labels = make_shapes(N_IMAGES, SIZE, rng=lesson.seed)
training, validation = nn.train_val_split(images, labels, rng=lesson.seed)
history = nn.fit(network,
                 nn.DataLoader(nn.TensorDataset(*training), 50, shuffle=True, rng=lesson.seed),
                 nn.DataLoader(nn.TensorDataset(*validation), 100), epochs=EPOCHS,
                 loss=nn.CrossEntropyLoss(),
                 optimizer=nn.optim.Adam(network.parameters(), lr=5e-3))
print(f"know nothing: log {len(SHAPES)} = {np.log(len(SHAPES)):.4f} nats per image")
for epoch in history.epochs:
    print(f"epoch {epoch.number}: cross entropy {epoch.train_loss:.4f} in training, "
          f"{epoch.val_loss:.4f} in validation")

# %% [markdown]
# Now each image that the network has not trained on is asked for its loss, and for its pull: the
# length of its gradient over *all* parameters.

# %%
images, labels = validation
with no_grad():
    scores = network(Tensor(images)).numpy()
is_right = scores.argmax(axis=1) == labels
print(f"of {len(labels)} new images {is_right.mean():.1%} are recognised")

few = slice(0, N_WEIGHED)
losses = nn.cross_entropy(Tensor(scores[few]), labels[few], reduction="none").numpy()
pulls = []
for image, label in zip(images[few], labels[few]):
    network.zero_grad()
    nn.cross_entropy(network(Tensor(image[None])), [label]).backward()
    pulls.append(np.sqrt(sum((one.grad.numpy()**2).sum() for one in network.parameters())))
pulls = np.array(pulls)

# %%
hardest = pulls.argsort()[::-1]
tenth = hardest[:max(len(hardest) // 10, 1)]
share = pulls[tenth].sum() / pulls.sum()
ranks = losses.argsort().argsort(), pulls.argsort().argsort()
agreement = np.corrcoef(*ranks)[0, 1]
print(f"of the first {len(pulls)}, the hardest tenth does {share:.0%} of all the pulling")
print(f"ranked by loss and by pull they agree to {agreement:.2f} (1 would be the same order)")
half = losses >= np.median(losses)
print(f"the half with the higher loss has {losses[half].mean() / losses[~half].mean():.0f} times "
      f"the loss of the other, and {pulls[half].mean() / pulls[~half].mean():.0f} times the pull")
lesson.record(shapes={"accuracy": is_right.mean(), "share_of_the_hardest_tenth": share,
                      "rank_correlation": agreement})

# %%
figure, (scatter, tiles) = plotting.panels("2d", "2d", height=5)
plotting.draw_scatter(scatter, losses, pulls, is_right[few])
scatter.set(xlabel="loss (nats)", ylabel="pull: length of the gradient, all parameters",
            title=f"Loss and pull of each sample: rank correlation {agreement:.2f}")
shown = [*hardest[:8], *hardest[-8:]]
plotting.draw_tiles(tiles, images[shown, 0], [
    f"{SHAPES[labels[n]]}\n" + ("right" if is_right[n] else f"called {SHAPES[scores[n].argmax()]}")
    for n in shown], columns=4)
tiles.set_title("Above, what pulls hardest; below, what hardly pulls")
lesson.show(figure, "shapes.png",
            "below each image what it is, and what the network calls it. What do the images have "
            "in common that pull hardest?")

# %% [markdown]
# **Try next.** Give the second convolution of the small network a dilation of 2 (and a padding of
# 2), and predict its line of the table before you run it; or smooth the labels with
# `nn.CrossEntropyLoss(label_smoothing=0.1)`: which samples still pull at the end?
#
# **Do it yourself.** `python -m lessons start 1.3`, then `python -m lessons check`.
