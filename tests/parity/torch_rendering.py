"""One step of learning from views, written with PyTorch as its users would: the same algorithm.

For the parity test and the benchmark; `minicv.volumetric_rendering.rendering` is the original.
"""

import numpy as np
import torch

CHUNK = 8


class TexturedShape(torch.nn.Module):
    """As `minicv.volumetric_rendering.TexturedShape`, and with its names of parameters."""

    def __init__(self, hidden_size, n_hidden, frequencies, dtype=torch.float32):
        super().__init__()
        self.register_buffer("factors", np.pi * 2.0 ** torch.arange(frequencies, dtype=dtype),
                             persistent=False)
        layers, width = [torch.nn.Identity()], 3 + 6 * frequencies
        for _ in range(n_hidden):
            layers += [torch.nn.Linear(width, hidden_size, dtype=dtype), torch.nn.ReLU()]
            width = hidden_size
        self.trunk = torch.nn.Sequential(*layers)
        self.shape_head = torch.nn.Linear(width, 1, dtype=dtype)
        self.colour_head = torch.nn.Sequential(
            torch.nn.Linear(width, hidden_size, dtype=dtype), torch.nn.ReLU(),
            torch.nn.Linear(hidden_size, 3, dtype=dtype), torch.nn.Sigmoid())

    def features(self, points):
        phases = (points[:, :, None] * self.factors).flatten(1)
        return self.trunk(torch.cat([points, phases.sin(), phases.cos()], dim=1))

    def occupancy(self, points):
        return self.shape_head(self.features(points))

    def colour(self, points):
        return self.colour_head(self.features(points))


@torch.no_grad()
def search(network, rays, n_steps, n_secant, chunk=CHUNK):
    """Ray marching with a bracket kept; `chunk` samples of all rays at a time, or all if None."""
    origins, directions, near, far = rays[:4]
    n = len(near)
    step = (far - near) / n_steps
    d0, d1, g0, g1 = (torch.full_like(near, torch.nan) for _ in range(4))
    starts_inside = torch.zeros(n, dtype=torch.bool)
    highest, largest = near.clone(), torch.full_like(near, -torch.inf)
    going, last = torch.arange(n), None
    for first in range(0, n_steps + 1, chunk or n_steps + 1):
        count = torch.arange(first, min(first + (chunk or n_steps + 1), n_steps + 1),
                             dtype=near.dtype)
        d = near[going, None] + step[going, None] * count
        points = origins[going, None] + d[:, :, None] * directions[going, None]
        g = network.occupancy(points.reshape(-1, 3)).reshape(d.shape)
        value, at = g.max(dim=1)
        better = value > largest[going]
        largest[going[better]] = value[better]
        highest[going[better]] = d.gather(1, at[:, None])[better, 0]
        if last is None:
            starts_inside[going] = g[:, 0] > 0
        else:
            d = torch.cat([d[:, :1] - step[going, None], d], dim=1)
            g = torch.cat([last[:, None], g], dim=1)
        enters = (g[:, :-1] <= 0) & (g[:, 1:] > 0) & ~starts_inside[going, None]
        found, at = enters.any(dim=1), enters.int().argmax(dim=1)
        rows = torch.nonzero(found)[:, 0]
        for ends, entry, shift in ((d0, d, 0), (d1, d, 1), (g0, g, 0), (g1, g, 1)):
            ends[going[rows]] = entry[rows, at[rows] + shift]
        on = ~found & ~starts_inside[going]
        going, last = going[on], g[on, -1]
        if len(going) == 0:
            break
    highest = torch.where(starts_inside, near, highest)  # such a ray is not followed any further
    hit = ~d0.isnan()
    distance = torch.full_like(near, torch.inf)
    distance[hit] = refine(network, origins[hit], directions[hit], d0[hit], d1[hit], g0[hit],
                           g1[hit], n_secant)
    return distance, hit, starts_inside, highest


def refine(network, origins, directions, d0, d1, g0, g1, n_secant):
    kept = torch.zeros(len(d0), dtype=torch.int64)
    d = d1 - g1 * (d1 - d0) / (g1 - g0)
    for _ in range(n_secant - 1):
        g = network.occupancy(origins + d[:, None] * directions)[:, 0]
        inside = g > 0
        survives = torch.where(inside, -1, 1)
        again, kept = survives == kept, survives
        g0, g1 = (torch.where(inside, torch.where(again, g0 / 2, g0), g),
                  torch.where(inside, g, torch.where(again, g1 / 2, g1)))
        d0, d1 = torch.where(inside, d0, d), torch.where(inside, d, d1)
        d = torch.minimum(torch.maximum(d1 - g1 * (d1 - d0) / (g1 - g0), d0), d1)
    return d


def loss_of(network, rays, n_steps, weights, n_secant=4, chunk=CHUNK):
    """Search, then the three losses, as a tensor to differentiate."""
    distance, hit, starts_inside, highest = search(network, rays, n_steps, n_secant, chunk)
    origins, directions, _, _, colours, mask = rays
    points = origins + torch.where(hit, distance, highest)[:, None] * directions
    occupied, free, on = mask & ~hit & ~starts_inside, ~mask, hit & mask

    p0 = (origins[on] + distance[on, None] * directions[on]).requires_grad_()
    value = network.occupancy(p0)[:, 0]
    (gradient,) = torch.autograd.grad(value.sum(), p0, retain_graph=True)
    slope = (gradient * directions[on]).sum(dim=1)
    slope = torch.where(slope < 0, slope.clamp(max=-weights.floor),
                        slope.clamp(min=weights.floor))
    depth = distance[on] - (value - value.detach()) / slope
    error = network.colour(origins[on] + depth[:, None] * directions[on]) - colours[on]

    asked = torch.cat([points[occupied], points[free]])
    inside = torch.arange(len(asked))[:, None] < occupied.sum()
    factor = torch.where(inside, weights.occupancy, weights.freespace)
    surprise = torch.nn.functional.binary_cross_entropy_with_logits(
        weights.sharpness * network.occupancy(asked), inside.to(asked.dtype), reduction="none")
    return (weights.colour * (error**2).sum() / 3 + (factor * surprise).sum()) / len(mask)
