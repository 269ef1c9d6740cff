"""Lesson 1.2: a shape from pictures alone, by differentiable volumetric rendering.

    python -m lessons run 1.2
    python lessons/ex1_2_volumetric_rendering/lesson.py    the same; --help shows the options
    python -m lessons run 1.2 --ablation                   what each loss is worth
"""

# %% [markdown]
# # 1.2 Differentiable volumetric rendering
#
# **What we want.** Here are some dozens of pictures of an object, and the places that they were
# taken from. We want the object: its shape and its colours, in three dimensions. Nobody tells us a
# depth.
#
# **The idea** (Niemeyer et al., 2020). A network says of each point whether it is inside, another
# one which colour the surface has there. Follow a pixel's ray to the surface, compare the colour
# with the pixel's, and change both networks so that they differ less. The difficulty: the place
# where the ray meets the surface was found by a search. What is the derivative of a search?
#
# First by hand, for one ray in the plane, as on the sheet. Then for many thousand rays in space.
#
# Read next to this, in `minicv/volumetric_rendering/`: `surface_search.py` (a),
# `depth_gradient.py` (d), `rendering.py` (the networks and their pictures), `learning.py` (the
# losses and the loop).

# %%
import sys
from pathlib import Path

# The checkout, where `lessons` and `minicv` lie.
sys.path.insert(0, str(Path(globals().get("__file__", "lesson.py")).resolve().parents[2]))

# %%
import time

import numpy as np

from lessons import InputError, begin
from minicv import Tensor, fast, nn, no_grad, plotting
from minicv.datasets import load_views
from minicv.datasets.teapot import see_teapot, teapot_occupancy
from minicv.datasets.transforms import load_transforms
from minicv.decision_boundary import ray_crossings
from minicv.occupancy_network import Mesh, OccupancyNetwork
from minicv.occupancy_network.mesh_files import write_mesh
from minicv.occupancy_network.shape_metrics import volumetric_iou
from minicv.volumetric_rendering import (
    Camera,
    LossWeights,
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
from minicv.volumetric_rendering.placing import find_convention, into_cube, seen_bounds

TITLE = "Volumetric rendering: a coloured shape from pictures alone"

lesson = begin("1.2", __name__)
SCHEDULE = Schedule()
NETWORK = dict(hidden_size=64, n_hidden=3, frequencies=4)
WATCHED = (1, 30, 100, 300, 1000)  # batches after which a picture is kept
RESOLUTION = 96
SEARCH_POINTS, SEARCH_EPOCHS = 40_000, 6
SEARCH_SIZE, SEARCH_STEPS = 64, (16, 32, 64, 128)

# The pictures, which we need only after the exercise by hand.
scene = lesson.data / "views.npz"
if scene.is_file() or not any(lesson.data.glob("transforms*.json")):
    views = lesson.read(load_views, scene)
else:
    views = lesson.read(load_transforms, lesson.data)
if views.test.all() or not views.test.any():
    raise InputError(f"{lesson.data} must hold views to learn from and views to test with")

# %% [markdown]
# ## a) One step of the secant method
#
# The sheet's scene: in the plane, inside is where f = sigma(W_f p + b_f) is above tau = 0.5, and
# the ray runs from the origin along the diagonal, p = d w. Where is f = tau? Take two distances,
# draw the straight line through g = f - tau there, and see where it is 0:
#
#     d = d1 - g1 (d1 - d0) / (g1 - g0)

# %%
W_f, b_f = np.array([-3.0, 2.0]), 2.0  # the shape
W_t, b_t = np.array([1.0, 4.0]), -1.0  # its texture: t = sigma(W_t p + b_t)
tau, true_intensity = 0.5, 0.7
w = np.array([1, 1]) / np.sqrt(2)


def sigma(z):
    return 1 / (1 + np.exp(-z))


d0, d1 = 1.0, 2.0
z0, z1 = W_f @ (d0 * w) + b_f, W_f @ (d1 * w) + b_f
g0, g1 = sigma(z0) - tau, sigma(z1) - tau
d = d1 - g1 * (d1 - d0) / (g1 - g0)
p = d * w
print(f"p0 = {d0:g} w = ({d0 * w[0]:.6f}, {d0 * w[1]:.6f})   z0 = W_f p0 + b_f = {z0:.6f}   "
      f"f(p0) = {sigma(z0):.6f}   g0 = {g0:.6f}")
print(f"p1 = {d1:g} w = ({d1 * w[0]:.6f}, {d1 * w[1]:.6f})   z1 = W_f p1 + b_f = {z1:.6f}   "
      f"f(p1) = {sigma(z1):.6f}   g1 = {g1:.6f}")
print(f"d = {d1:g} - {g1:.6f} ({d1:g} - {d0:g}) / ({g1:.6f} - {g0:.6f}) = {d:.7f}")
z = W_f @ p + b_f
f = sigma(z)
print(f"p = ({p[0]:.7f}, {p[1]:.7f})   z = {z:.7f}   f(p) = {f:.7f}, near tau = {tau}")

# %% [markdown]
# ## b) The intensity there
#
# t = sigma(W_t p + b_t), at the point just found.

# %%
z_t = W_t @ p + b_t
intensity = sigma(z_t)
print(f"z_t = 1 * {p[0]:.7f} + 4 * {p[1]:.7f} - 1 = {z_t:.7f}   I = sigma(z_t) = {intensity:.10f}")

# %% [markdown]
# ## c) The loss, and what it asks of the point
#
# L = (I - I_true)^2, so dL/dI = 2 (I - I_true). And with sigma' = sigma (1 - sigma), taken at z_t,
# dt/dp = sigma'(z_t) W_t: in which direction does the texture become brighter? W_f and b_f change
# the texture only through the point.

# %%
dL_dI = 2 * (intensity - true_intensity)
dt_dz = intensity * (1 - intensity)
dt_dp = dt_dz * W_t
print(f"dL/dI = 2 ({intensity:.7f} - {true_intensity}) = {dL_dI:.7f}")
print(f"sigma'(z_t) = I (1 - I) = {dt_dz:.6e}   dt/dp = ({dt_dp[0]:.6e}, {dt_dp[1]:.6e})")
print("dt/dW_f = (0, 0), dt/db_f = 0, as long as the point stays where it is")

# %% [markdown]
# ## d) The derivative of a search
#
# However the point was found, it has f(p) = tau. Change a weight theta a little: f changes, and for
# f to be tau again the distance d along the ray must change with it, so that
#
#     0 = df/dtheta + (df/dp . w) dd/dtheta
#
# Since p = d w, the point moves by w times that:
#
#     dp/dtheta = w dd/dtheta = -w (df/dp . w)^-1 df/dtheta

# %%
df_dz = f * (1 - f)
df_dp, df_dW, df_db = df_dz * W_f, df_dz * p, df_dz
slope = df_dp @ w
dp_dW, dp_db = -np.outer(w, df_dW) / slope, -w * df_db / slope
dL_dW, dL_db = dL_dI * dt_dp @ dp_dW, dL_dI * dt_dp @ dp_db
print(f"sigma'(z) = f (1 - f) = {df_dz:.6f}")
print(f"df/dp = sigma' W_f = ({df_dp[0]:.6f}, {df_dp[1]:.6f})   df/dp . w = {slope:.6f}   "
      f"its inverse {1 / slope:.6f}")
print(f"df/dW_f = sigma' p = ({df_dW[0]:.6f}, {df_dW[1]:.6f})   df/db_f = sigma' = {df_db:.6f}")
print(f"dp/dW_f = ({dp_dW[0, 0]:.6f}, {dp_dW[0, 1]:.6f}; {dp_dW[1, 0]:.6f}, {dp_dW[1, 1]:.6f})"
      f"   dp/db_f = ({dp_db[0]:g}, {dp_db[1]:g})")
print(f"dL/dW_f = dL/dI dt/dp dp/dW_f = ({dL_dW[0]:.6e}, {dL_dW[1]:.6e})   "
      f"dL/db_f = {dL_db:.6e}")
lesson.say("p = (x, y) has x = y, so that dp/dW_f has this x in all four places, and dp/db_f = "
           "(1, 1): sigma' is in numerator and denominator, and cancels.")

# %% [markdown]
# **Rounded on the way.** The sheet rounds to four digits after each line. What does that do? Here
# is the same calculation, rounded where the sheet rounds. The last two lines are not on the sheet:
# they are its rounded factors, carried on.


# %%
def rounded():
    n = {}

    def put(name, value, digits=4):
        n[name] = round(float(value), digits)
        return n[name]

    g0 = put("g0", put("f(p0)", sigma(put("z0", 2 - np.sqrt(0.5)))) - 0.5)
    g1 = put("g1", put("f(p1)", sigma(put("z1", 2 - np.sqrt(2)))) - 0.5)
    p = put("p", put("d", 2 - g1 * (2 - 1) / (g1 - g0)) * np.sqrt(0.5))
    f = put("f(p)", sigma(put("z", -3 * p + 2 * p + 2)))
    I = put("I", sigma(put("z_t", p + 4 * p - 1)))  # noqa: E741
    dL_dI, dt_dz = put("dL/dI", 2 * (I - 0.7)), round(float(I * (1 - I)), 4)
    x, y = put("dt/dp x", dt_dz), put("dt/dp y", 4 * dt_dz)
    df_dz = put("sigma'", f * (1 - f))
    put("df/dW_f", df_dz * p)
    along = put("df/dp x", -3 * df_dz) + put("df/dp y", 2 * df_dz)
    put("1/slope", 1 / (along * 0.707), 3)  # 0.707 for 1/sqrt(2)
    return n | {"dL/dW_f": dL_dI * (x + y) * p, "dL/db_f": dL_dI * (x + y)}


printed = rounded()
exact = {"d": d, "p": p[0], "f(p)": f, "I": intensity, "dL/dI": dL_dI, "dt/dp x": dt_dp[0],
         "dt/dp y": dt_dp[1], "dL/dW_f": dL_dW[0], "dL/db_f": dL_db}
print(f"{'':<10} {'exact':>15} {'sheet':>10}   off by")
for name, value in exact.items():
    print(f"{name:<10} {value:>15.9g} {printed[name]:>10.5g}   "
          f"{abs(printed[name] / value - 1):.2%}")
lesson.say(f"sigma(z_t) = {intensity:.6f} was rounded to 0.9999, and what counts is how far it is "
           f"from 1: {1 - intensity:.2e} became 1e-04. Round last.")
lesson.record(by_hand=exact)

# %% [markdown]
# ## d) The gradient, three ways
#
# 1. The *formula* of the sheet, as above.
# 2. *Automatic differentiation* through d = d0 - (f(p0) - [f(p0)]) / [grad f . w], where [...] is a
#    constant (`implicit_depth`).
# 3. *Differences*: change a weight by 1e-5, find the crossing anew, look at the loss.
#
# At which point? After one secant step f = 0.4695, which is not quite tau. There the formula gives
# the derivative of the place where f = 0.4695, and for this level the three must agree; at the true
# crossing they must agree for tau = 0.5. The two gradients differ, because the points do.


# %%
def linear(weight, bias):
    """sigma(W p + b) for points in the plane, in double precision."""
    network = nn.Sequential(nn.Linear(2, 1, dtype=np.float64), nn.Sigmoid())
    network.load_state_dict({"0.weight": [weight], "0.bias": [bias]})
    return network


shape, texture = linear(W_f, b_f), linear(W_t, b_t)
origin, direction = np.zeros((1, 2)), w[None]
parameters = {"dL/dW_f": shape[0].weight, "dL/db_f": shape[0].bias,
              "dL/dW_t": texture[0].weight, "dL/db_t": texture[0].bias}


def by_formula(d):
    p = d * w
    f, intensity = sigma(W_f @ p + b_f), sigma(W_t @ p + b_t)
    by_t = 2 * (intensity - true_intensity) * intensity * (1 - intensity)  # dL/dz_t
    move = -by_t * (W_t @ w) / (f * (1 - f) * W_f @ w)  # dL/dd dd/df
    return {"dL/dW_f": move * f * (1 - f) * p, "dL/db_f": move * f * (1 - f),
            "dL/dW_t": by_t * p, "dL/db_t": by_t}


# %%
def by_autograd(d):
    level = float(sigma(W_f @ (d * w) + b_f))
    depth = implicit_depth(shape, origin, direction, np.array([d]), level=level)
    color = texture(Tensor(origin) + depth.unsqueeze(1) * direction)
    for parameter in parameters.values():
        parameter.grad = None
    ((color - true_intensity) ** 2).sum().backward()
    return {name: parameter.grad.numpy().squeeze() for name, parameter in parameters.items()}


def by_differences(d, eps=1e-5):
    level = sigma(W_f @ (d * w) + b_f)

    def loss():  # the crossing is looked for from scratch; f is sigma of a straight line: exact
        ((found,),) = ray_crossings(shape[0], origin, direction, 0.0, 10.0,
                                    float(np.log(level / (1 - level))))
        return (evaluate_field(texture, found * direction)[0] - true_intensity) ** 2

    gradients = {}
    for name, parameter in parameters.items():
        values = parameter.data  # the array itself: what is written there is in the network
        gradients[name] = np.zeros(values.shape)
        for index in np.ndindex(values.shape):
            for step, sign in ((eps, 1), (-2 * eps, -1), (eps, 0)):  # the last: back again
                values[index] += step
                gradients[name][index] += sign * loss() / (2 * eps) if sign else 0
    return {name: gradient.squeeze() for name, gradient in gradients.items()}


# %%
gradients = {}
for place, at in (("after one secant step", d), ("at the true crossing", 2 * np.sqrt(2))):
    ways = {"formula": by_formula(at), "autograd": by_autograd(at),
            "differences": by_differences(at)}
    print(f"{place}: d = {at:.7f}, f = {sigma(W_f @ (at * w) + b_f):.7f}")
    print(f"{'':<10}" + "".join(f"{way:>16}" for way in ways))
    for name in parameters:
        for entry, row in enumerate(zip(*[np.atleast_1d(way[name]) for way in ways.values()])):
            print(f"{name if entry == 0 else '':<10}" + "".join(f"{x:>16.8g}" for x in row))
    gradients[place] = ways
lesson.record(gradients=gradients)

# %% [markdown]
# ## The bracket that has no root
#
# In [1, 2] f does not cross 0.5: it is 0.78 and 0.64, and the ray is inside all the way. The secant
# step *extrapolates* to 3.0011. That it helps is luck, or rather smoothness: f is nearly a straight
# line here. The true crossing is at 2 sqrt(2), where -d/sqrt(2) + 2 = 0.
#
# Note also that f *falls* along this ray: it comes from inside, and leaves. A renderer looks for
# the way in. Turn the ray round, and `find_surface` finds the same place: by the secant method with
# a *bracket* that is kept, two distances with the crossing in between. One remedy is built in, the
# *Illinois* rule: an end that stays for the second time counts with half its value, or the steps
# would come from one side alone.

# %%
true_distance = 2 * np.sqrt(2)
forwards = find_surface(shape, origin, direction, 1.0, 2.0, level=tau)
backwards = find_surface(shape, 4 * direction, -direction, 0.0, 4.0, level=tau)
print(f"the sheet's ray between 1 and 2: {'a hit' if forwards.hit[0] else 'no hit'}, starts "
      f"{'inside' if forwards.starts_inside[0] else 'outside'}")
print(f"the ray turned round, from d = 4: hit at d = {4 - backwards.distance[0]:.12f}; "
      f"2 sqrt(2) = {true_distance:.12f}")


def along_the_ray(d):
    return float(evaluate_field(shape, d * direction)[0])


def secant_errors(d0, d1, steps=6):
    """Distances from the true crossing: of the start d1, and after each step."""
    errors = [abs(d1 - true_distance)]
    for _ in range(steps):
        if d0 == d1 or along_the_ray(d1) == tau:
            break
        d0, d1 = d1, secant_step(along_the_ray, d0, d1, tau)
        errors.append(abs(d1 - true_distance))
    return errors


# %%
def bracket_errors(method, steps=6):
    """The same with a bracket kept, on the ray turned round: from d = 4 back to d = 1."""
    found = [find_surface(shape, 4 * direction, -direction, 0.0, 3.0, n_steps=1, n_secant=n,
                          level=tau, method=method).distance[0] for n in range(steps + 1)]
    return [abs(4 - distance - true_distance) for distance in found]


curves = {"secant from 1, 2 (no root there)": secant_errors(1.0, 2.0),
          "secant from 1, 4": secant_errors(1.0, 4.0),
          "bracket [1, 4], Illinois": bracket_errors("secant"),
          "bracket [1, 4], bisection": bracket_errors("bisection")}
print(f"{'|d - 2 sqrt(2)| after':<32}" + "".join(f"{n:>8}" for n in range(7)) + " steps")
for name, errors in curves.items():
    print(f"{name:<32}" + "".join(f"{error:>8.1e}" for error in errors))
lesson.record(secant=curves)

# %%
figure, (ray, errors) = plotting.panels("2d", "2d")
distances = np.linspace(0, 5, 400)
plotting.draw_ray(ray, distances, np.array([along_the_ray(x) for x in distances]), tau,
                  samples=np.array([1.0, 2.0]), label="f along the sheet's ray")
ray.plot([1, d], [along_the_ray(1.0), tau], color="black", linewidth=1, linestyle=":")
ray.plot(d, tau, "kx", markersize=8, label=f"secant step: {d:.4f}")
ray.plot(true_distance, tau, "*", color=plotting.VERMILION, markersize=11,
         label=f"the crossing: {true_distance:.4f}")
ray.set(ylabel="f: probability of being inside", ylim=(0, 1),
        title="Both samples are inside: the step goes beyond")
ray.legend(frameon=False, fontsize=9, loc="lower left")
plotting.draw_errors(errors, curves)
errors.set(ylabel="error |d - 2 sqrt(2)|", title="Each secant step gains more digits than the last")
lesson.show(figure, "ray.png",
            "left, why the step overshoots; right, who needs how many evaluations")

# %% [markdown]
# ## Many rays: what does marching miss?
#
# A renderer takes n samples along each ray, looks for the first that is inside, and refines. For a
# ReLU network all crossings along a ray are known exactly (`ray_crossings`, exercise 1.1). So we
# let one learn a teapot from labelled points, look at it with a camera, and compare: how many first
# hits do n steps miss?

# %%
rng = np.random.default_rng(lesson.seed)
points = rng.uniform(-0.5, 0.5, (SEARCH_POINTS, 3)).astype(np.float32)
labels = teapot_occupancy(points)[:, None].astype(np.float32)
network = OccupancyNetwork(48, 2, rng=rng)
network[0].weight.data[...] *= 5  # kinks that lie closer together: else the handle comes late
nn.fit(network, nn.DataLoader(nn.TensorDataset(points, labels), 500, shuffle=True, rng=rng),
       epochs=SEARCH_EPOCHS, loss=nn.BCEWithLogitsLoss(),
       optimizer=nn.optim.Adam(network.parameters(), lr=5e-3))
known = OccupancyNetwork(48, 2, dtype=np.float64)
known.load_state_dict(network.state_dict())

camera = Camera.look_at((1.2, -1.8, 0.8), (0, 0, 0), field_of_view=28,
                        size=(SEARCH_SIZE, SEARCH_SIZE))
origins, directions = camera.rays()
near, far = box_interval(origins, directions)
useful = near < far
rays = origins, directions, near, far = [x[useful] for x in (origins, directions, near, far)]
starts_inside = evaluate_field(known, origins + near[:, None] * directions) > 0
first = np.array([c[0] if len(c) and not inside else np.inf for c, inside in
                  zip(ray_crossings(known, *rays), starts_inside)])

# %%
hit, missed = np.isfinite(first), {}
n_hits, coarse = int(hit.sum()), SEARCH_STEPS[1]
for n in SEARCH_STEPS:
    found = find_surface(known, *rays, n_steps=n)
    missed[n] = found.distance > first + (far - near).max() / 1000
compared, errors = hit & ~missed[coarse], {}
if not compared.any():
    raise InputError("the network that learned from labelled points has no surface here that "
                     f"{coarse} steps along a ray find: choose another --seed")
print(f"{len(first)} rays through the cube, {n_hits} of them hit (exactly)")
for n, lost in missed.items():
    print(f"{n:>4} steps: {lost.sum():>4} first hits missed ({lost.sum() / n_hits:.2%})")

for method in ("secant", "bisection"):
    off = np.array([np.abs(find_surface(known, *[x[compared] for x in rays], n_steps=coarse,
                                        n_secant=n, method=method).distance - first[compared])
                    for n in range(9)])
    errors |= {f"{method}, median": np.median(off, axis=1), f"{method}, largest": off.max(axis=1)}
print(f"in the brackets of {coarse} steps, the error of the distance (in cube sides)\n"
      f"{'after':<19}" + " ".join(f"{n:>7}" for n in range(9)) + " steps")
for name, values in errors.items():
    print(f"{name:<19}" + " ".join(f"{value:>7.1e}" for value in values))
lesson.say("The straight line of the secant step is exact once no kink of the network is left in "
           "the bracket. Where f bends sharply it may be slower than bisection, which never fails.")
lesson.record(search={"rays": len(first), "hits": n_hits, "errors": errors,
                      "missed": {n: int(m.sum()) for n, m in missed.items()}})

# %%
figure, (where, how_many, how_far) = plotting.panels("2d", "2d", "2d", height=4)
picture = np.ones((len(useful), 3))
picture[useful] = np.where(hit[:, None], [0.8, 0.8, 0.8], 1.0)
picture[np.flatnonzero(useful)[missed[SEARCH_STEPS[0]]]] = [0.835, 0.369, 0]
where.imshow(picture.reshape(*camera.size, 3), interpolation="nearest")
where.set(xticks=[], yticks=[], title=f"Orange: missed with {SEARCH_STEPS[0]} steps")
plotting.draw_missed(how_many, SEARCH_STEPS, [int(m.sum()) for m in missed.values()])
how_many.set_title(f"Of {n_hits} hits, ray marching misses")
plotting.draw_errors(how_far, errors, ylabel="error of the distance (cube sides)")
how_far.set_title("Each step towards the crossing")
lesson.show(figure, "search.png", "where are the rays that coarse steps miss, and why there?")

# %% [markdown]
# ## Grazing rays, and a floor under the slope
#
# dd/dtheta has the slope grad f . w in its denominator, and at the outline the slope goes to 0. A
# floor bounds the derivative there. What does it cost? We look at dd/db, by the last bias of the
# network: it is -1 / slope. And since the crossings are known exactly, we can check it: change b a
# little, and see where they go.
#
# In the table, the last column says how much smaller the sum of all |dd/db| becomes by the floor:
# that much of the gradient is lost.

# %%
origins, directions, near, far, distances = (x[hit] for x in (*rays, first))
gradient = spatial_gradient(known, origins + distances[:, None] * directions)
slope = (gradient * directions).sum(axis=1)

bias, moved = known[-1].bias.data, []
for shift in (1e-7, -2e-7, 1e-7):  # the last one back to where it was
    bias += shift
    moved.append(np.array([c[0] if len(c) else np.nan for c in
                           ray_crossings(known, origins, directions, near, far)]))
off = np.abs((moved[0] - moved[1]) / 2e-7 * slope + 1)  # relative to -1 / slope
lesson.say(f"dd/db against exact crossings for b + 1e-7 and b - 1e-7: on {len(slope)} rays the "
           f"relative difference has the median {np.nanmedian(off):.1e}; it is above 1e-4 on "
           f"{np.count_nonzero(~(off < 1e-4))} (where a kink or an outline lies in between)")

# %%
print("floor   rays below it   largest |dd/db|   root mean square   lost of the sum")
floors = []
for floor in (0.0, 2.0, 8.0, 32.0):
    size = 1 / np.maximum(np.abs(slope), floor)
    row = {"floor": floor, "below": np.mean(np.abs(slope) < floor), "largest": size.max(),
           "rms": np.sqrt(np.mean(size**2)), "lost": 1 - size.sum() / (1 / np.abs(slope)).sum()}
    print(f"{floor:>5g} {row['below']:>15.1%} {row['largest']:>17.3g} {row['rms']:>18.3g} "
          f"{row['lost']:>17.1%}")
    floors.append(row)
print(f"(slopes here are between {np.abs(slope).min():.3g} and {np.abs(slope).max():.3g}, "
      f"median {np.median(np.abs(slope)):.3g})")
lesson.record(floors=floors)

# %% [markdown]
# ## The pictures
#
# From now on there are no labelled points, only pictures, their masks and their cameras: from
# `views.npz`, or from a scene in the format of NeRF's (`transforms.json`).
#
# Everybody stores poses in another way, and objects are of any size. The rays through the middles
# of the masks must meet in front of all cameras: that tells which convention it is. And what all
# masks cover tells where the object is: the world is moved and scaled so that it fits into the cube
# from -0.5 to 0.5, where the networks look for a surface.

# %%
try:
    convention, poses = find_convention(views.intrinsics, views.poses, views.masks)
    low, high = seen_bounds(views.intrinsics, poses, views.masks)
except ValueError as error:
    raise InputError(f"{lesson.data}: {error}") from error
print(f"{(~views.test).sum()} views to learn from and {views.test.sum()} to test with, "
      f"{views.masks.shape[1]} x {views.masks.shape[2]} pixels, {views.masks.mean():.1%} of them "
      f"on the object\nposes: {convention}")
print(f"the cameras see something between ({', '.join(f'{x:.2f}' for x in low)}) and "
      f"({', '.join(f'{x:.2f}' for x in high)})")
if (low < -0.5).any() or (high > 0.5).any() or (high - low).max() < 0.4:
    poses, centre, scale = into_cube(poses, low, high)
    print(f"scaled by {scale:.4g} around ({', '.join(f'{x:.2f}' for x in centre)}), to fit into "
          "the cube")
cameras = [Camera(*matrices, views.masks.shape[1:]) for matrices in zip(views.intrinsics, poses)]
train, test = np.flatnonzero(~views.test), np.flatnonzero(views.test)

# %%
shown = [train[i] for i in np.linspace(0, len(train) - 1, 16).astype(int)]
figure = plotting.picture_table(
    {"": [views.images[i] / 255 for i in shown[:8]],
     " ": [views.images[i] / 255 for i in shown[8:]]}, size=1.2,
    heading="Some of the pictures to learn from: no depth, no shape, only colours")
lesson.show(figure, "views.png", "which parts of the object are seen by few of them?")

# %% [markdown]
# ## Learning from pictures
#
# A ray of a pixel that shows the object and hits the shape teaches colour, and by its depth the
# place of the surface (the *colour* loss); one that shows the object and misses says "there is
# something on my way" (*occupancy*); one that shows the background says "nothing on my way"
# (*freespace*). `learning.py` has the table. The step of the search is halved after three tenths of
# the batches.
#
# Meanwhile we look at a view that is not learned from. *PSNR*, the peak signal-to-noise ratio in
# decibels, says how far its colours are off: 20 dB means by 0.1 in root mean square (of a scale
# from 0 to 1), 40 dB by 0.01.

# %%
view_rays = ViewRays([cameras[n] for n in train], views.images[train], views.masks[train])
network = TexturedShape(**NETWORK, rng=lesson.seed)
print(f"{len(view_rays.rays.mask)} rays, a network of {nn.count_parameters(network)} numbers")
watched, strip = test[0], {}


def watch(batch):
    if batch in WATCHED or batch == SCHEDULE.n_batches:
        strip[batch] = render(network, cameras[watched])
        print(f"batch {batch:>4}: test view {watched} at "
              f"{psnr(strip[batch].colours, views.images[watched] / 255):.1f} dB")


start = time.perf_counter()
history = fit_views(network, view_rays, SCHEDULE, rng=lesson.seed, watch=watch)
nn.save(network.state_dict(), lesson.out / "network.npz")
last = slice(-max(len(history.colour) // 10, 1), None)
losses = {name: np.mean(getattr(history, name)[last])
          for name in ("colour", "occupancy", "freespace", "hit_share")}
print(f"{time.perf_counter() - start:.1f} s; in the last tenth of the batches: colour loss "
      f"{losses['colour']:.4f}, occupancy {losses['occupancy']:.4f},\nfreespace "
      f"{losses['freespace']:.4f}; {losses['hit_share']:.1%} of the rays on the object hit it")
lesson.record(training=losses)

# %%
figure = plotting.picture_table(
    {"colours": [picture.colours for picture in strip.values()] + [views.images[watched] / 255],
     "normals": [plotting.normal_picture(picture.normals) for picture in strip.values()] + [None]},
    [f"batch {batch}" for batch in strip] + ["the truth"],
    heading="A view that is never shown to the network, while it learns")
lesson.show(figure, "strip.png", "what comes first, what last? (Normals: red, green, blue are x, "
            "y, z; white is where the shape is not hit.)")
figure, (axes,) = plotting.panels("2d")
plotting.draw_running_means(axes, {name: getattr(history, name)
                                   for name in ("colour", "occupancy", "freespace")})
axes.set(xlabel="batch", ylabel="loss, weighted", title="The three losses while it learns")
lesson.show(figure, "losses.png", "which loss falls first, which is the last to go on falling?")

# %% [markdown]
# **Where does the time go?** Searching needs dozens of evaluations for each ray, but records
# nothing; the loss needs three, and records.

# %%
optimizer = nn.optim.Adam(network.parameters(), lr=1e-12)  # steps that change nothing
rng, seconds = np.random.default_rng(lesson.seed), np.zeros(4)
for _ in range(20):
    batch = draw_rays(view_rays, SCHEDULE.n_rays, rng)
    marks = [time.perf_counter()]
    chosen = choose_points(network, batch, SCHEDULE.n_steps(SCHEDULE.n_batches - 1))
    marks.append(time.perf_counter())
    loss = render_loss(network, batch, chosen, LossWeights())
    marks.append(time.perf_counter())
    optimizer.zero_grad()
    loss.total.backward()
    marks.append(time.perf_counter())
    optimizer.step()
    seconds += np.diff([*marks, time.perf_counter()]) / 20
print(f"one step: {1000 * seconds.sum():.1f} ms = " + " + ".join(
    f"{name} {1000 * taken:.1f} ({taken / seconds.sum():.0%})"
    for name, taken in zip(("search", "loss", "backward", "optimiser"), seconds)))
network.load_state_dict(nn.load(lesson.out / "network.npz"))

# %% [markdown]
# ## How good is it?
#
# On views that the network has never seen: the PSNR of the whole picture, white background
# included, and of the pixels that show the object in both; and how well the outline fits, the
# *silhouette IoU*: of the pixels that show the object in either picture, the share that does in
# both.

# %%
pictures = [render(network, cameras[n]) for n in test]
rows = []
for n, picture in zip(test, pictures):
    truth, both = views.images[n] / 255, views.masks[n] & picture.mask
    rows.append({"view": int(n), "psnr": psnr(picture.colours, truth),
                 "psnr_object": psnr(picture.colours[both], truth[both]) if both.any() else np.nan,
                 "iou": volumetric_iou(picture.mask, views.masks[n])})
means = {name: np.mean([row[name] for row in rows]) for name in ("psnr", "psnr_object", "iou")}
print("test view   PSNR (dB)   on the object   silhouette IoU")
for row in [*rows, {"view": "mean", **means}]:
    print(f"{row['view']:>9} {row['psnr']:>11.2f} {row['psnr_object']:>15.2f} {row['iou']:>16.4f}")
lesson.record(test={"views": rows, **means})

# %%
few = slice(0, 10)
figure = plotting.picture_table(
    {"the truth": views.images[test[few]] / 255,
     "learned": [picture.colours for picture in pictures[few]],
     "difference": [1 - np.abs(picture.colours - views.images[n] / 255)
                    for picture, n in zip(pictures[few], test[few])]},
    [f"{row['psnr']:.1f} dB" for row in rows[few]], size=1.2,
    heading="Views that were never shown: difference white = none")
lesson.show(figure, "test_views.png", "where is what is left of the difference?")

# %% [markdown]
# ## Depth and normals
#
# Nobody has shown the network a depth. It had to find one that explains all pictures at once. If
# the object is minicv's own teapot, the true depth is known, and we compare.

# %%
size = views.masks.shape[1:]
true = {n: see_teapot(*cameras[n].rays()) for n in test}
is_teapot = np.array_equal(np.isfinite(true[test[0]][0]), views.masks[test[0]].ravel())
seen = np.concatenate([picture.distances[picture.mask] for picture in pictures])
nearest, farthest = (seen.min(), seen.max()) if len(seen) else (0.0, 1.0)
geometry = None
if is_teapot and len(seen):
    off, angle = [], []
    for n, picture in zip(test, pictures):
        distances, normals, _ = true[n]
        both = np.isfinite(distances) & picture.mask.ravel()
        off.append(np.abs(picture.distances.ravel()[both] - distances[both]))
        cosine = (picture.normals.reshape(-1, 3) * normals).sum(axis=1)[both]
        angle.append(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    off, angle = np.concatenate(off), np.concatenate(angle)
    geometry = {"depth_median": np.median(off), "depth_90": np.quantile(off, 0.9),
                "normal_median": np.median(angle)}
    pixel = np.median(seen) / cameras[0].intrinsics[0, 0]
    lesson.say(f"depth is off by {geometry['depth_median']:.4f} cube sides in the median, by less "
               f"than {geometry['depth_90']:.4f} on nine of ten pixels (a pixel is {pixel:.4f} "
               "wide at the object); normals by "
               f"{geometry['normal_median']:.0f} degrees in the median")
lesson.record(geometry=geometry)

# %%
few = slice(0, 6)
depth = {"learned depth": [plotting.depth_picture(picture.distances, nearest, farthest)
                           for picture in pictures[few]]}
normals = {"learned normals": [plotting.normal_picture(picture.normals)
                               for picture in pictures[few]]}
if is_teapot:
    depth["true depth"] = [plotting.depth_picture(true[n][0].reshape(size), nearest, farthest)
                           for n in test[few]]
    normals["true normals"] = [plotting.normal_picture(true[n][1].reshape(*size, 3))
                               for n in test[few]]
figure = plotting.picture_table(
    depth | normals, size=1.3,
    heading=f"Depth: yellow is {nearest:.2f}, dark blue {farthest:.2f} cube sides away. Normals: "
            "red, green, blue are x, y, z")
lesson.show(figure, "depth_and_normals.png",
            "which is harder to get right from colours, depth or normals, and why?")

# %% [markdown]
# ## The mesh, with its colours
#
# The shape is an occupancy network as in exercise 2.1, so marching cubes gives its mesh; and each
# vertex is asked for its colour.

# %%
mesh = fast.extract_mesh(network.occupancy, RESOLUTION)
with no_grad():
    colours = (network.colour(mesh.vertices.astype(np.float32)).numpy() if len(mesh.vertices)
               else np.zeros((0, 3)))
mesh = Mesh(mesh.vertices, mesh.faces, np.round(255 * colours).astype(np.uint8))
write_mesh(lesson.out / "mesh.ply", mesh)
report = mesh.report()
print(f"{len(mesh.faces)} faces; pieces: {report.n_components}, genus (handles): {report.genus}")
iou = None
if is_teapot:
    axis = np.linspace(-0.5, 0.5, RESOLUTION)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    inside = fast.evaluate_grid(network.occupancy, RESOLUTION).ravel() > 0
    iou = volumetric_iou(inside, teapot_occupancy(grid))
    print(f"IoU with the true teapot: {iou:.3f} (at {RESOLUTION}^3 points)")
lesson.record(mesh={"faces": len(mesh.faces), "pieces": report.n_components,
                    "genus": report.genus, "iou": iou})

# %%
figure, axes = plotting.panels("3d", "3d", height=4.5)
shades = colours[mesh.faces].mean(axis=1) if len(mesh.faces) else plotting.WOOD
for panel, azimuth in zip(axes, (-60, 120)):
    plotting.draw_mesh(panel, mesh.vertices, mesh.faces, colour=shades,
                       room=mesh.vertices if len(mesh.vertices) else None)
    panel.view_init(elev=20, azim=azimuth)
axes[0].set_title(f"Learned from pictures alone: {len(mesh.faces):,} faces")
axes[1].set_title("The same from behind")
lesson.show(figure, "mesh.png", "where is the shape worse than its colours? (mesh.ply has both.)",
            meshes={"with its colours": (mesh.vertices, mesh.faces, mesh.colours),
                    "the shape alone": (mesh.vertices, mesh.faces)})

# %% [markdown]
# **Try next.** `python -m lessons run 1.2 --ablation` leaves each loss out once. NETWORK with
# `frequencies=0`, a plain ReLU network: what does it get, what not? Or fewer pictures, after they
# are read: `views.test[np.arange(len(views.test)) % 4 > 0] = True`.
#
# **Do it yourself.** `python -m lessons start 1.2`, then `python -m lessons check`.
