"""Lesson 1.2: a shape from pictures alone, by differentiable volumetric rendering.

    python -m lessons run 1.2
    python lessons/ex1_2_volumetric_rendering/lesson.py    the same; --help shows the options
    python lessons/ex1_2_volumetric_rendering/lesson.py --ablation    what each loss is worth
"""

# %% [markdown]
# # 1.2 Differentiable volumetric rendering
#
# **What we want.** Here are 32 pictures of a teapot, and the places that they were taken from. We
# want the teapot: its shape and its colours, in three dimensions. Nobody tells us a depth.
#
# **The idea** (Niemeyer et al., 2020). A network says of each point whether it is inside, another
# one which colour the surface has there. Follow a pixel's ray to the surface, compare the colour
# with the pixel's, and change both networks so that they differ less. The difficulty: the place
# where the ray meets the surface was found by a search. What is the derivative of a search?
#
# First by hand, for one ray in the plane, as on the sheet. Then for 130,000 rays in space.
#
# Read next to this, in `minicv/volumetric_rendering/`: `surface_search.py` (a, d), `rendering.py`
# (the network, and its pictures), `learning.py` (the losses, and the loop).

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
from minicv.datasets import Views, load_views
from minicv.datasets.teapot import see_teapot, teapot_occupancy
from minicv.decision_boundary import ray_crossings
from minicv.occupancy_network import Mesh, OccupancyNetwork
from minicv.occupancy_network.mesh_files import write_mesh
from minicv.occupancy_network.shape_metrics import volumetric_iou
from minicv.volumetric_rendering import (
    Camera,
    LossWeights,
    Picture,
    Schedule,
    TexturedShape,
    ViewRays,
    box_interval,
    evaluate_field,
    find_surface,
    fit_views,
    implicit_depth,
    psnr,
    render,
    secant_step,
    spatial_gradient,
)
from minicv.volumetric_rendering.learning import choose_points, draw_rays, render_loss

TITLE = "Volumetric rendering: a coloured shape from pictures alone"

SCHEDULE = Schedule()
ABLATION = Schedule(n_batches=800)
NETWORK = dict(hidden_size=64, n_hidden=3, frequencies=4)
WATCHED = (0, 30, 100, 300, 1000)  # batches after which a picture is kept
RESOLUTION = 96
SEARCH_POINTS, SEARCH_EPOCHS = 40_000, 6
SEARCH_STEPS = (16, 32, 64, 128)

# %% [markdown]
# ## a) One step of the secant method
#
# The sheet's scene: in the plane, inside is where f = sigma(-3 x + 2 y + 2) is above tau = 0.5, the
# intensity is t = sigma(x + 4 y - 1), the ray runs from the origin along the diagonal.
#
# The sheet rounds to four digits on the way. `hand_calculation` does not;
# `with_the_sheets_rounding` does it where the sheet does. The table shows both.


# %%
def linear(weight: list[float], bias: float) -> nn.Sequential:
    """sigma(W p + b) for points in the plane, in double precision."""
    network = nn.Sequential(nn.Linear(2, 1, dtype=np.float64), nn.Sigmoid())
    network.load_state_dict({"0.weight": [weight], "0.bias": [bias]})
    return network


SHAPE = linear([-3, 2], 2)
TEXTURE = linear([1, 4], -1)
TAU = 0.5
TRUE_INTENSITY = 0.7
ORIGIN = np.zeros((1, 2))
DIRECTION = np.full((1, 2), np.sqrt(0.5))
TRUE_DISTANCE = 2 * np.sqrt(2)


def along_the_ray(d: float) -> float:
    """f at the distance d."""
    return float(evaluate_field(SHAPE, ORIGIN + d * DIRECTION)[0])


def hand_calculation(d: float | None = None) -> dict:
    """a) to d) at full precision, and the last step; after one secant step if d is not given."""
    d = secant_step(along_the_ray, 1.0, 2.0, TAU) if d is None else d
    p = (ORIGIN + d * DIRECTION)[0]
    f = along_the_ray(d)
    intensity = float(evaluate_field(TEXTURE, p[None])[0])
    dl_di = 2 * (intensity - TRUE_INTENSITY)
    dt_dz, df_dz = intensity * (1 - intensity), f * (1 - f)  # sigma' = sigma (1 - sigma)
    dt_dp, df_dp = dt_dz * TEXTURE[0].weight.data[0], df_dz * SHAPE[0].weight.data[0]
    w = DIRECTION[0]
    slope = df_dp @ w
    dp_dw, dp_db = -np.outer(w, df_dz * p) / slope, -w * df_dz / slope
    return {"d": d, "p": p, "f(p)": f, "I": intensity, "dL/dI": dl_di, "dt/dp": dt_dp,
            "dp/dW_f": dp_dw, "dp/db_f": dp_db,
            "dL/dW_f": dl_di * dt_dp @ dp_dw, "dL/db_f": dl_di * dt_dp @ dp_db,
            "dL/dW_t": dl_di * dt_dz * p, "dL/db_t": dl_di * dt_dz}


def with_the_sheets_rounding() -> dict:
    """The same by hand, rounded to four digits after each line, as printed on the sheet."""
    n = {}

    def put(name: str, value: float, digits: int = 4) -> float:
        n[name] = round(value, digits)
        return n[name]

    def sigmoid(z: float) -> float:
        return 1 / (1 + np.exp(-z))

    put("f(p0)", sigmoid(put("z0", 2 - np.sqrt(0.5))))
    put("f(p1)", sigmoid(put("z1", 2 - np.sqrt(2))))
    g0, g1 = put("g0", n["f(p0)"] - 0.5), put("g1", n["f(p1)"] - 0.5)
    p = put("p", put("d", 2 - g1 * (2 - 1) / (g1 - g0)) * np.sqrt(0.5))
    f = put("f(p)", sigmoid(put("z", -3 * p + 2 * p + 2)))
    intensity = put("I", sigmoid(put("z_t", p + 4 * p - 1)))
    dl_di = put("dL/dI", 2 * (intensity - 0.7))
    dt_dz = round(intensity * (1 - intensity), 4)
    put("dt/dp x", dt_dz), put("dt/dp y", 4 * dt_dz)
    df_dz = put("sigma'", f * (1 - f))
    put("df/dp x", -3 * df_dz), put("df/dp y", 2 * df_dz)
    put("df/dW_f", df_dz * p)
    put("1/slope", 1 / ((n["df/dp x"] + n["df/dp y"]) * 0.707), 3)  # 0.707 for 1/sqrt(2)
    by_b = dl_di * (n["dt/dp x"] + n["dt/dp y"])  # not on the sheet: its factors, carried on
    return n | {"dL/dW_f": by_b * p, "dL/db_f": by_b}


def show_hand_calculation() -> dict:
    exact, rounded = hand_calculation(), with_the_sheets_rounding()
    rows = {"d": exact["d"], "p": exact["p"][0], "f(p)": exact["f(p)"], "I": exact["I"],
            "dL/dI": exact["dL/dI"], "dt/dp x": exact["dt/dp"][0], "dt/dp y": exact["dt/dp"][1],
            "dL/dW_f": exact["dL/dW_f"][0], "dL/db_f": exact["dL/db_f"]}
    print(f"{'':<10} {'exact':>15} {'sheet':>10}   off by")
    for name, value in rows.items():
        print(f"{name:<10} {value:>15.9g} {rounded[name]:>10.5g}   "
              f"{abs(rounded[name] / value - 1):.2%}")
    print("The last two are not on the sheet: its rounded factors, carried on. sigma(z_t) = "
          f"{exact['I']:.6f} was\nrounded to 0.9999, and what counts is how far it is from 1: "
          f"{1 - exact['I']:.2e} became 1e-04.")
    print("p = (x, y) has x = y, so that dp/dW_f has this x in all four places, and dp/db_f = "
          "(1, 1):\nsigma' is in numerator and denominator, and cancels.")
    return {name: float(value) for name, value in rows.items()}


# %% [markdown]
# ## d) The gradient, three ways
#
# 1. The *formula* of the sheet: dd/dtheta = -(df/dtheta) / (grad f . w).
# 2. *Automatic differentiation* through d = d0 - (f(p0) - [f(p0)]) / [grad f . w], where [...] is a
#    constant (`implicit_depth`).
# 3. *Differences*: change a weight by 1e-5, find the crossing anew, look at the loss.
#
# At which point? After one secant step f = 0.4695, which is not quite tau. There the formula gives
# the derivative of the place where f = 0.4695, and for this level the three must agree; at the true
# crossing they must agree for tau = 0.5. The two gradients differ, because the points do.


# %%
def three_ways(place: str) -> dict[str, dict]:
    """Gradients of the loss; `place`: "after one secant step" or "at the true crossing"."""
    d = TRUE_DISTANCE if place == "at the true crossing" else None
    formula = hand_calculation(d)
    level = formula["f(p)"]  # 0.5 at the true crossing

    depth = implicit_depth(SHAPE, ORIGIN, DIRECTION, np.array([formula["d"]]), level=level)
    intensity = TEXTURE(Tensor(ORIGIN) + depth.unsqueeze(1) * DIRECTION)
    loss = ((intensity - TRUE_INTENSITY) ** 2).sum()
    parameters = {"dL/dW_f": SHAPE[0].weight, "dL/db_f": SHAPE[0].bias,
                  "dL/dW_t": TEXTURE[0].weight, "dL/db_t": TEXTURE[0].bias}
    for parameter in parameters.values():
        parameter.grad = None
    loss.backward()
    autograd = {name: parameter.grad.data.squeeze() for name, parameter in parameters.items()}

    differences = {name: difference(parameter.data, level)
                   for name, parameter in parameters.items()}
    return {"formula": formula, "autograd": autograd, "differences": differences}


def loss_found_anew(level: float) -> float:
    """The crossing f = level is looked for from scratch. f is sigma of a straight line: exact."""
    logit = np.log(level / (1 - level))
    ((d,),) = ray_crossings(SHAPE[0], ORIGIN, DIRECTION, 0.0, 10.0, logit)
    intensity = evaluate_field(TEXTURE, ORIGIN + d * DIRECTION)[0]
    return (intensity - TRUE_INTENSITY) ** 2


def difference(values: np.ndarray, level: float, eps: float = 1e-5) -> np.ndarray:
    """Central differences of the loss by each entry of a parameter."""
    result = np.empty(values.shape)
    for index in np.ndindex(values.shape):
        kept = values[index]
        values[index] = kept + eps
        above = loss_found_anew(level)
        values[index] = kept - eps
        below = loss_found_anew(level)
        values[index] = kept
        result[index] = (above - below) / (2 * eps)
    return result.squeeze()


def show_three_ways() -> dict:
    results = {}
    for place in ("after one secant step", "at the true crossing"):
        ways = three_ways(place)
        print(f"{place}: d = {ways['formula']['d']:.7f}, f = {ways['formula']['f(p)']:.7f}")
        print(f"{'':<10}" + "".join(f"{way:>16}" for way in ways))
        for name in ("dL/dW_f", "dL/db_f", "dL/dW_t", "dL/db_t"):
            rows = zip(*[np.atleast_1d(values[name]) for values in ways.values()])
            for entry, row in enumerate(rows):
                print(f"{name if entry == 0 else '':<10}" + "".join(f"{x:>16.8g}" for x in row))
            results[f"{name} {place}"] = np.asarray(ways["autograd"][name]).tolist()
    return results


# %% [markdown]
# ## The bracket that has no root
#
# In [1, 2] f does not cross 0.5: it is 0.78 and 0.64, and the ray is inside all the way. The secant
# step *extrapolates* to 3.0011. That it helps is luck, or rather smoothness: f is nearly a straight
# line here. The true crossing is at 2 sqrt(2), where -d/sqrt(2) + 2 = 0.
#
# Note also that f *falls* along this ray: it comes from inside, and leaves. A renderer looks for
# the way in. Turn the ray round, and `find_surface` finds the same place: by the secant method with
# a bracket that is kept, and with Illinois's remedy: an end that stays for the second time counts
# with half its value, or the steps would come from one side alone.


# %%
def secant_errors(d0: float, d1: float, steps: int = 6) -> list[float]:
    """Distances from the true crossing: of the start d1, and after each step."""
    errors = [abs(d1 - TRUE_DISTANCE)]
    for _ in range(steps):
        if d0 == d1:
            break
        d0, d1 = d1, secant_step(along_the_ray, d0, d1, TAU)
        errors.append(abs(d1 - TRUE_DISTANCE))
        if along_the_ray(d1) == TAU:
            break
    return errors


def bracket_errors(method: str, steps: int = 6) -> list[float]:
    """The same with a bracket kept, on the ray turned round: from d = 4 back to d = 1."""
    errors = []
    for n in range(steps + 1):
        found = find_surface(SHAPE, ORIGIN + 4 * DIRECTION, -DIRECTION, 0.0, 3.0, n_steps=1,
                             n_secant=n, level=TAU, method=method)
        errors.append(abs(4 - found.distance[0] - TRUE_DISTANCE))
    return errors


def show_bracket(out: Path) -> dict:
    forwards = find_surface(SHAPE, ORIGIN, DIRECTION, 1.0, 2.0, level=TAU)
    backwards = find_surface(SHAPE, ORIGIN + 4 * DIRECTION, -DIRECTION, 0.0, 4.0, level=TAU)
    print(f"the sheet's ray between 1 and 2: hit {forwards.hit[0]}, starts inside "
          f"{forwards.starts_inside[0]}")
    print(f"the ray turned round, from d = 4: hit at d = {4 - backwards.distance[0]:.12f}; "
          f"2 sqrt(2) = {TRUE_DISTANCE:.12f}")
    curves = {"secant from 1, 2 (no root there)": secant_errors(1.0, 2.0),
              "secant from 1, 4": secant_errors(1.0, 4.0),
              "bracket [1, 4], Illinois": bracket_errors("secant"),
              "bracket [1, 4], bisection": bracket_errors("bisection")}
    print(f"{'|d - 2 sqrt(2)| after':<34} " + " ".join(f"{n:>8}" for n in range(7)) + " steps")
    for name, errors in curves.items():
        print(f"{name:<34} " + " ".join(f"{error:>8.1e}" for error in errors))

    figure, (ray, errors) = plotting.panels("2d", "2d")
    d = np.linspace(0, 5, 400)
    plotting.draw_ray(ray, d, np.array([along_the_ray(x) for x in d]), TAU,
                      samples=np.array([1.0, 2.0]), label="f along the sheet's ray")
    step = secant_step(along_the_ray, 1.0, 2.0, TAU)
    ray.plot([1, step], [along_the_ray(1.0), TAU], color="black", linewidth=1, linestyle=":")
    ray.plot(step, TAU, "kx", markersize=8, label=f"secant step: {step:.4f}")
    ray.plot(TRUE_DISTANCE, TAU, "*", color=plotting.VERMILION, markersize=11,
             label=f"the crossing: {TRUE_DISTANCE:.4f}")
    ray.set(ylabel="f: probability of being inside", ylim=(0, 1),
            title="Both samples are inside: the step goes beyond")
    ray.legend(frameon=False, fontsize=9, loc="lower left")
    plotting.draw_errors(errors, curves)
    errors.set_title("The secant method, with and without a bracket")
    plotting.save(figure, out / "ray.png")
    print("look at ray.png: left, why the step overshoots; right, who needs how many evaluations")
    return curves


# %% [markdown]
# ## Many rays: what does marching miss?
#
# For a ReLU network all crossings along a ray are known exactly (`ray_crossings`, exercise 1.1). So
# we let one learn the teapot from labelled points, look at it with a camera, and compare: how many
# first hits do n steps miss, and how far off is the distance after k secant steps?


# %%
def search_scene(camera: Camera, seed: int) -> tuple:
    """A plain ReLU network that knows the teapot, rays, and the exact first hits (inf if none)."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(-0.5, 0.5, (SEARCH_POINTS, 3)).astype(np.float32)
    labels = teapot_occupancy(points)[:, None].astype(np.float32)
    network = OccupancyNetwork(48, 2, rng=rng)
    network[0].weight.data *= 5  # kinks that lie closer together: else the handle comes late
    loader = nn.DataLoader(nn.TensorDataset(points, labels), 500, shuffle=True, rng=rng)
    nn.fit(network, loader, epochs=SEARCH_EPOCHS, loss=nn.BCEWithLogitsLoss(),
           optimizer=nn.optim.Adam(network.parameters(), lr=5e-3))
    exact = OccupancyNetwork(48, 2, dtype=np.float64)
    exact.load_state_dict(network.state_dict())

    origins, directions = camera.rays()
    near, far = box_interval(origins, directions)
    useful = near < far
    origins, directions, near, far = (x[useful] for x in (origins, directions, near, far))
    inside = evaluate_field(exact, origins + near[:, None] * directions) > 0
    crossings = ray_crossings(exact, origins, directions, near, far)
    first = np.array([c[0] if len(c) and not start else np.inf
                      for c, start in zip(crossings, inside)])
    return exact, origins, directions, near, far, first, useful


def compare_with_exact(scene: tuple, size: tuple[int, int], out: Path) -> dict:
    network, origins, directions, near, far, first, useful = scene
    rays = origins, directions, near, far
    n_hits = int(np.isfinite(first).sum())
    print(f"{len(first)} rays through the cube, {n_hits} of them hit (exactly)")
    missed = {}
    for n in SEARCH_STEPS:
        found = find_surface(network, *rays, n_steps=n)
        missed[n] = found.distance > first + (far - near).max() / 1000
        print(f"{n:>4} steps: {missed[n].sum():>4} first hits missed "
              f"({missed[n].sum() / n_hits:.2%})")

    coarse = SEARCH_STEPS[1]
    errors, compared = {}, np.isfinite(first) & ~missed[coarse]
    for method in ("secant", "bisection"):
        for statistic in ("median", "largest"):
            errors[f"{method}, {statistic}"] = []
        for n in range(9):
            found = find_surface(network, *[x[compared] for x in rays], n_steps=coarse,
                                 n_secant=n, method=method)
            error = np.abs(found.distance - first[compared])
            errors[f"{method}, median"].append(float(np.median(error)))
            errors[f"{method}, largest"].append(float(error.max()))
    print(f"in the brackets of {coarse} steps:")
    print("error of the distance after     " + " ".join(f"{n:>8}" for n in range(9)) + " steps")
    for name, values in errors.items():
        print(f"{name:<32}" + " ".join(f"{value:>8.1e}" for value in values))

    print("The straight line of the secant step is exact once no kink of the network is left in "
          "the bracket:\nfor most rays after four steps. Where f bends sharply it is slower than "
          "bisection, which never fails.")

    figure, (where, how_many, how_far) = plotting.panels("2d", "2d", "2d", height=4)
    picture = np.ones((len(useful), 3))
    colours = np.where(np.isfinite(first)[:, None], [0.8, 0.8, 0.8], 1.0)
    colours[missed[SEARCH_STEPS[0]]] = [0.835, 0.369, 0]
    picture[useful] = colours
    where.imshow(picture.reshape(*size, 3), interpolation="nearest")
    where.set(xticks=[], yticks=[],
              title=f"Orange: the first hit is missed with {SEARCH_STEPS[0]} steps")
    plotting.draw_missed(how_many, SEARCH_STEPS, [int(m.sum()) for m in missed.values()])
    how_many.set_title(f"Of {n_hits} hits, ray marching misses")
    plotting.draw_errors(how_far, errors, ylabel="error of the distance (cube sides)")
    how_far.set_title("From the bracket to the crossing")
    plotting.save(figure, out / "search.png")
    print("look at search.png: where are the rays that coarse steps miss, and why there?")
    return {"rays": len(first), "hits": n_hits, "errors": errors,
            "missed": {str(n): int(m.sum()) for n, m in missed.items()}}


# %% [markdown]
# ## Grazing rays, and a floor under the slope
#
# dd/dtheta has the slope grad f . w in its denominator, and at the outline the slope goes to 0. A
# floor bounds the derivative there. What does it cost? We look at dd/db, by the last bias of the
# network: it is -1 / slope. And since the crossings are known exactly, we can check it: change b a
# little, and see where they go.


# %%
def show_floor(scene: tuple) -> list[dict]:
    network, origins, directions, near, far, first, _ = scene
    hit = np.flatnonzero(np.isfinite(first))
    origins, directions, near, far, d = (x[hit] for x in (origins, directions, near, far, first))
    gradient = spatial_gradient(network, origins + d[:, None] * directions)
    slope = (gradient * directions).sum(axis=1)

    bias, eps = network[-1].bias, 1e-7
    moved = []
    for shift in (eps, -2 * eps, eps):  # the last one back to where it was
        bias.data += shift
        moved.append([c[0] if len(c) else np.nan
                      for c in ray_crossings(network, origins, directions, near, far)])
    by_difference = (np.array(moved[0]) - np.array(moved[1])) / (2 * eps)
    off = np.abs(by_difference * slope + 1)  # relative to -1 / slope
    print(f"dd/db against exact crossings for b + 1e-7 and b - 1e-7: on {len(d)} rays the relative "
          f"difference\nhas the median {np.median(off):.1e}; it is above 1e-4 on "
          f"{np.count_nonzero(~(off < 1e-4))} (a kink of the network, or an outline, in between)")
    print("floor   rays below it   largest |dd/db|   root mean square   lost of the sum")
    rows = []
    for floor in (0.0, 2.0, 8.0, 32.0):
        size = 1 / np.maximum(np.abs(slope), floor)
        rows.append({"floor": floor, "below": float(np.mean(np.abs(slope) < floor)),
                     "largest": float(size.max()), "rms": float(np.sqrt(np.mean(size**2))),
                     "lost": float(1 - size.sum() / (1 / np.abs(slope)).sum())})
        row = rows[-1]
        print(f"{floor:>5g} {row['below']:>15.1%} {row['largest']:>17.3g} {row['rms']:>18.3g} "
              f"{row['lost']:>17.1%}")
    print(f"(slopes here are between {np.abs(slope).min():.2g} and {np.abs(slope).max():.2g}, "
          f"median {np.median(slope):.2g})")
    return rows


# %% [markdown]
# ## Learning from pictures
#
# From now on there are no labelled points, only pictures. A ray of a pixel that shows the teapot
# and hits the shape teaches colour, and by its depth the place of the surface; one that shows the
# teapot and misses says "there is something on my way"; one that shows the background says "nothing
# on my way". `minicv/volumetric_rendering/learning.py` has the table.


# %%
def cameras_of(views: Views) -> list[Camera]:
    size = views.masks.shape[1:]
    return [Camera(intrinsics, pose, size)
            for intrinsics, pose in zip(views.intrinsics, views.poses)]


def shows_the_teapot(views: Views) -> bool:
    """Whether these are views of minicv's own teapot, which the results can be compared with."""
    distances, _, _ = see_teapot(*cameras_of(views)[0].rays())
    return np.array_equal(np.isfinite(distances), views.masks[0].ravel())


def show_views(views: Views, out: Path) -> None:
    train, test = np.flatnonzero(~views.test), np.flatnonzero(views.test)
    print(f"{len(train)} views to learn from and {len(test)} to test with, "
          f"{views.masks.shape[1]} x {views.masks.shape[2]} pixels, "
          f"{views.masks.mean():.1%} of them on the object")
    shown = [train[i] for i in np.linspace(0, len(train) - 1, 16).astype(int)]
    figure = plotting.picture_table(
        {"": [views.images[i] / 255 for i in shown[:8]],
         " ": [views.images[i] / 255 for i in shown[8:]]}, size=1.2,
        heading="Some of the pictures to learn from: no depth, no shape, only colours")
    plotting.save(figure, out / "views.png")
    print("look at views.png: which parts of the teapot are seen by few of them?")


def training_rays(views: Views) -> ViewRays:
    cameras = [camera for camera, test in zip(cameras_of(views), views.test) if not test]
    return ViewRays(cameras, views.images[~views.test], views.masks[~views.test])


def learn(views: Views, out: Path, seed: int) -> tuple[TexturedShape, dict]:
    rays = training_rays(views)
    network = TexturedShape(**NETWORK, rng=seed)
    n_numbers = sum(parameter.data.size for parameter in network.parameters())
    print(f"{len(rays.rays.mask)} rays, a network of {n_numbers} numbers")
    index = int(np.flatnonzero(views.test)[0])
    camera, truth = cameras_of(views)[index], views.images[index] / 255
    strip = {}

    def watch(batch: int) -> None:
        if batch in WATCHED or batch == SCHEDULE.n_batches:
            strip[batch] = render(network, camera, n_steps=32)
            print(f"after {batch:>4} batches: test view {index} at "
                  f"{psnr(strip[batch].colours, truth):.1f} dB")

    start = time.perf_counter()
    history = fit_views(network, rays, SCHEDULE, rng=seed, watch=watch)
    seconds = time.perf_counter() - start
    last = slice(-max(len(history.colour) // 10, 1), None)
    losses = {name: float(np.mean(getattr(history, name)[last]))
              for name in ("colour", "occupancy", "freespace", "hit_share")}
    print(f"{seconds:.1f} s; in the last tenth of the batches: colour loss {losses['colour']:.4f}, "
          f"occupancy {losses['occupancy']:.4f},\nfreespace {losses['freespace']:.4f}; "
          f"{losses['hit_share']:.1%} of the rays on the object hit it")
    show_strip(strip, truth, history, out)
    return network, {"seconds": seconds, **losses}


def show_strip(strip: dict[int, Picture], truth: np.ndarray, history, out: Path) -> None:
    titles = [f"{batch} batches" for batch in strip] + ["the truth"]
    figure = plotting.picture_table(
        {"colours": [picture.colours for picture in strip.values()] + [truth],
         "normals": [plotting.normal_picture(picture.normals) for picture in strip.values()]
         + [None]},
        titles, heading="A view that is never shown to the network, while it learns")
    plotting.save(figure, out / "strip.png")

    figure, (axes,) = plotting.panels("2d")
    width = max(len(history.colour) // 60, 1)  # means over so many batches: single ones jump
    for name, colour, style in (("colour", plotting.BLUE, "-"),
                                ("occupancy", plotting.VERMILION, "--"),
                                ("freespace", "black", ":")):
        values = np.array(getattr(history, name))
        values = values[:len(values) // width * width].reshape(-1, width).mean(axis=1)
        axes.plot(width * (np.arange(len(values)) + 0.5), values, style, color=colour, label=name)
    axes.set(xlabel="batch", ylabel="loss, weighted", yscale="log",
             title="First the outline, then the colours")
    axes.grid(True, which="both", alpha=0.3)
    axes.legend(frameon=False)
    plotting.save(figure, out / "losses.png")
    print("look at strip.png and losses.png: when does the opening of the handle appear? what "
          "comes last?")


# %% [markdown]
# **Where does the time go?** Searching needs dozens of evaluations for each ray, but records
# nothing; the loss needs three, and records.


# %%
def show_time(network: TexturedShape, views: Views, seed: int, repeats: int = 20) -> dict:
    rays, rng = training_rays(views), np.random.default_rng(seed)
    optimizer = nn.optim.Adam(network.parameters(), lr=0.0)
    seconds = dict.fromkeys(("search", "loss", "backward", "optimiser"), 0.0)
    for _ in range(repeats):
        batch = draw_rays(rays, SCHEDULE.n_rays, rng)
        marks = [time.perf_counter()]
        points = choose_points(network, batch, SCHEDULE.n_steps(SCHEDULE.n_batches - 1))
        marks.append(time.perf_counter())
        loss = render_loss(network, batch, points, LossWeights())
        marks.append(time.perf_counter())
        optimizer.zero_grad()
        loss.total.backward()
        marks.append(time.perf_counter())
        optimizer.step()
        marks.append(time.perf_counter())
        for name, taken in zip(seconds, np.diff(marks)):
            seconds[name] += taken / repeats
    total = sum(seconds.values())
    print(f"one step: {1000 * total:.1f} ms = " + " + ".join(
        f"{name} {1000 * taken:.1f} ({taken / total:.0%})" for name, taken in seconds.items()))
    return seconds


# %% [markdown]
# ## How good is it?
#
# On views that the network has never seen: *PSNR* says how far the colours are off (25 dB: by 0.056
# in root mean square, white background included), *silhouette IoU* how well the outline fits.


# %%
def evaluate(network: TexturedShape, views: Views) -> tuple[list[Picture], dict]:
    pictures, rows = [], []
    for index in np.flatnonzero(views.test):
        picture = render(network, cameras_of(views)[index])
        truth, mask = views.images[index] / 255, views.masks[index]
        both = mask & picture.mask
        rows.append({"view": int(index), "psnr": psnr(picture.colours, truth),
                     "psnr_object": psnr(picture.colours[both], truth[both]) if both.any()
                     else float("nan"),
                     "iou": volumetric_iou(picture.mask, mask)})
        pictures.append(picture)
    means = {name: float(np.mean([row[name] for row in rows]))
             for name in ("psnr", "psnr_object", "iou")}
    return pictures, {"views": rows, **means}


def show_test(network: TexturedShape, views: Views, out: Path) -> tuple[list[Picture], dict]:
    pictures, scores = evaluate(network, views)
    print("test view   PSNR (dB)   on the object   silhouette IoU")
    for row in [*scores["views"], {"view": "mean", **scores}]:
        print(f"{row['view']:>9} {row['psnr']:>11.2f} {row['psnr_object']:>15.2f} "
              f"{row['iou']:>16.4f}")
    truths = views.images[views.test] / 255
    difference = [np.abs(picture.colours - truth) for picture, truth in zip(pictures, truths)]
    figure = plotting.picture_table(
        {"the truth": truths, "learned": [picture.colours for picture in pictures],
         "difference": [1 - d for d in difference]},
        [f"{row['psnr']:.1f} dB" for row in scores["views"]], size=1.2,
        heading="Views that were never shown: difference white = none")
    plotting.save(figure, out / "test_views.png")
    print("look at test_views.png: where is what is left of the difference?")
    return pictures, scores


# %% [markdown]
# ## Depth and normals
#
# Nobody has shown the network a depth. It had to find one that explains all pictures at once.


# %%
def show_geometry(pictures: list[Picture], views: Views, teapot: bool, out: Path) -> dict | None:
    cameras = [camera for camera, test in zip(cameras_of(views), views.test) if test]
    seen = np.concatenate([p.distances[p.mask] for p in pictures] or [np.zeros(0)])
    near, far = (seen.min(), seen.max()) if len(seen) else (0.0, 1.0)
    shown = range(min(6, len(pictures)))
    rows = {"learned depth": [plotting.depth_picture(pictures[i].distances, near, far)
                              for i in shown],
            "learned normals": [plotting.normal_picture(pictures[i].normals) for i in shown]}
    result = None
    if teapot:
        true = [see_teapot(*camera.rays()) for camera in cameras]
        size = pictures[0].mask.shape
        rows = {"true depth": [plotting.depth_picture(true[i][0].reshape(size), near, far)
                               for i in shown],
                "learned depth": rows["learned depth"],
                "true normals": [plotting.normal_picture(true[i][1].reshape(*size, 3))
                                 for i in shown],
                "learned normals": rows["learned normals"]}
        off, angle = [], []
        for (distances, normals, _), picture in zip(true, pictures):
            both = np.isfinite(distances) & picture.mask.ravel()
            off.append(np.abs(picture.distances.ravel()[both] - distances[both]))
            cos = (picture.normals.reshape(-1, 3) * normals).sum(axis=1)[both]
            angle.append(np.degrees(np.arccos(np.clip(cos, -1, 1))))
        off, angle = np.concatenate(off), np.concatenate(angle)
        result = {"depth_median": float(np.median(off)), "depth_90": float(np.quantile(off, 0.9)),
                  "normal_median": float(np.median(angle))}
        print(f"depth is off by {result['depth_median']:.4f} cube sides in the median, by less "
              f"than {result['depth_90']:.4f} on nine of ten pixels\n(a pixel is "
              f"{2.2 / cameras[0].intrinsics[0, 0]:.4f} wide at the teapot); normals by "
              f"{result['normal_median']:.0f} degrees in the median")
    figure = plotting.picture_table(
        rows, size=1.3, heading="Depth: near is yellow. Normals: red, green, blue are x, y, z")
    plotting.save(figure, out / "depth_and_normals.png")
    print("look at depth_and_normals.png: which is harder to get right from colours, and why?")
    return result


# %% [markdown]
# ## The mesh, with its colours


# %%
def show_mesh(network: TexturedShape, teapot: bool, out: Path) -> dict:
    mesh = fast.extract_mesh(network.occupancy, RESOLUTION)
    points = mesh.vertices.astype(np.float32)
    with no_grad():
        colours = network.colour(points).numpy() if len(points) else np.zeros((0, 3))
    mesh = Mesh(mesh.vertices, mesh.faces, np.round(255 * colours).astype(np.uint8))
    write_mesh(out / "teapot.ply", mesh)
    report = mesh.report()
    result = {"faces": len(mesh.faces), "pieces": report.n_components, "genus": report.genus,
              "iou": None}
    print(f"{len(mesh.faces)} faces; pieces: {report.n_components}, handles: {report.genus}")
    if teapot:
        axis = np.linspace(-0.5, 0.5, RESOLUTION)
        grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
        inside = fast.evaluate_grid(network.occupancy, RESOLUTION).ravel() > 0
        result["iou"] = volumetric_iou(inside, teapot_occupancy(grid))
        print(f"IoU with the true teapot: {result['iou']:.3f} (at {RESOLUTION}^3 points)")
    figure, axes = plotting.panels("3d", "3d", height=4.5)
    shades = colours[mesh.faces].mean(axis=1) if len(mesh.faces) else plotting.WOOD
    for panel, azimuth in zip(axes, (-60, 120)):
        plotting.draw_mesh(panel, mesh.vertices, mesh.faces, colour=shades)
        panel.view_init(elev=20, azim=azimuth)
    axes[0].set_title(f"Learned from pictures alone: {len(mesh.faces):,} faces")
    axes[1].set_title("The same from behind")
    plotting.save(figure, out / "mesh.png")
    print("look at mesh.png, and open teapot.ply in a mesh viewer: the colours are in it")
    return result


# %% [markdown]
# ## What is each loss worth?
#
# Each is left out once, and the encoding of the points too, in a shorter training (a minute or two;
# not part of the default run): `python -m lessons run 1.2 --ablation`, or in a notebook
# `ablation(Path("../../data"), seed=0)`.


# %%
def what_each_loss_is_worth(views: Views, seed: int) -> list[dict]:
    rays, rows = training_rays(views), []
    axis = np.linspace(-0.5, 0.5, 64)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    true = teapot_occupancy(grid)
    print(f"{ABLATION.n_batches} batches each\n"
          "losses                    PSNR (dB)   silhouette IoU   IoU with the teapot")
    cases = {"all three": (NETWORK, {}),
             "without colour": (NETWORK, {"colour": 0.0}),
             "without occupancy": (NETWORK, {"occupancy": 0.0}),
             "without freespace": (NETWORK, {"freespace": 0.0}),
             "all three, no encoding": (NETWORK | {"frequencies": 0}, {})}
    for name, (sizes, change) in cases.items():
        network = TexturedShape(**sizes, rng=seed)
        fit_views(network, rays, ABLATION, weights=LossWeights(**change), rng=seed)
        _, scores = evaluate(network, views)
        inside = fast.evaluate_grid(network.occupancy, 64).ravel() > 0
        rows.append({"losses": name, "psnr": scores["psnr"], "iou": scores["iou"],
                     "volume_iou": volumetric_iou(inside, true)})
        print(f"{name:<25} {scores['psnr']:>9.2f} {scores['iou']:>16.4f} "
              f"{rows[-1]['volume_iou']:>21.3f}")
    print("Without occupancy nothing keeps the shape from vanishing; without freespace nothing "
          "keeps it from\nfilling the cube: then all rays start inside. Colour does the rest, and "
          "a little for the shape.")
    return rows


def ablation(data: Path, seed: int) -> None:
    what_each_loss_is_worth(read(load_views, data / "views.npz"), seed)


# %% [markdown]
# ## All steps in order
#
# In a notebook: `run(Path("../../data"), Path("output"), seed=0)`.


# %%
def run(data: Path, out: Path, seed: int) -> None:
    out = out / "ex1_2"
    steps = Steps(out)
    views = read(load_views, data / "views.npz")
    if views.test.all() or not views.test.any():
        raise InputError(f"{data / 'views.npz'} must hold views to learn from and views to test "
                         "with")
    cameras = cameras_of(views)
    teapot = shows_the_teapot(views)
    with steps("a) to c) By hand: one ray"):
        by_hand = show_hand_calculation()
    with steps("d) The gradient, three ways"):
        gradients = show_three_ways()
    with steps("The bracket that has no root"):
        curves = show_bracket(out)
    # The test view in which most of the object is seen.
    camera = cameras[int(np.argmax(views.masks.sum(axis=(1, 2)) * views.test))]
    with steps("Many rays: what does marching miss?"):
        scene = search_scene(camera, seed)
        search = compare_with_exact(scene, camera.size, out)
    with steps("Grazing rays, and a floor under the slope"):
        floors = show_floor(scene)
    with steps("The pictures"):
        show_views(views, out)
    with steps("Learning from pictures"):
        network, training = learn(views, out, seed)
        nn.save(network.state_dict(), out / "network.npz")
        step_seconds = show_time(network, views, seed)
    with steps("How good is it?"):
        pictures, scores = show_test(network, views, out)
    with steps("Depth and normals"):
        geometry = show_geometry(pictures, views, teapot, out)
    with steps("The mesh, with its colours"):
        mesh = show_mesh(network, teapot, out)
    print("\nTry next: python -m lessons run 1.2 --ablation leaves each loss out once.\nNETWORK "
          "with frequencies=0, a plain ReLU network: what does it get, what not?\nOr fewer "
          "pictures, in `run` after they are read: views.test[np.arange(40) % 4 > 0] = True")
    steps.finish(seed=seed, by_hand=by_hand, gradients=gradients, secant=curves, search=search,
                 floors=floors, training=training, step_seconds=step_seconds, test=scores,
                 geometry=geometry, mesh=mesh)


# %%
run_as_script(__name__, "1.2")
