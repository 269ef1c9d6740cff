"""What is each loss of lesson 1.2 worth? Each is left out once, and the encoding of points too.

    python -m lessons run 1.2 --ablation
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lessons import read
from minicv import fast
from minicv.datasets import Views, load_views
from minicv.datasets.teapot import teapot_occupancy
from minicv.occupancy_network.shape_metrics import volumetric_iou
from minicv.volumetric_rendering import (
    Camera,
    LossWeights,
    Schedule,
    TexturedShape,
    ViewRays,
    fit_views,
    psnr,
    render,
)

SCHEDULE = Schedule(n_batches=800)
NETWORK = dict(hidden_size=64, n_hidden=3, frequencies=4)


def run(data: Path, seed: int) -> list[dict]:
    """Train without each loss, on minicv's own teapot; print and return how good each is."""
    views = read(load_views, data / "views.npz")
    cameras = [Camera(*matrices, views.masks.shape[1:])
               for matrices in zip(views.intrinsics, views.poses)]
    train = np.flatnonzero(~views.test)
    rays = ViewRays([cameras[n] for n in train], views.images[train], views.masks[train])
    axis = np.linspace(-0.5, 0.5, 64)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    true = teapot_occupancy(grid)
    print(f"{SCHEDULE.n_batches} batches each\n"
          "losses                    PSNR (dB)   silhouette IoU   IoU with the teapot")
    cases = {"all three": (NETWORK, {}),
             "without colour": (NETWORK, {"colour": 0.0}),
             "without occupancy": (NETWORK, {"occupancy": 0.0}),
             "without freespace": (NETWORK, {"freespace": 0.0}),
             "all three, no encoding": (NETWORK | {"frequencies": 0}, {})}
    rows = []
    for name, (sizes, change) in cases.items():
        network = TexturedShape(**sizes, rng=seed)
        fit_views(network, rays, SCHEDULE, weights=LossWeights(**change), rng=seed)
        inside = fast.evaluate_grid(network.occupancy, 64).ravel() > 0
        rows.append({"losses": name, **_on_test_views(network, cameras, views),
                     "volume_iou": volumetric_iou(inside, true)})
        print(f"{name:<25} {rows[-1]['psnr']:>9.2f} {rows[-1]['iou']:>16.4f} "
              f"{rows[-1]['volume_iou']:>21.3f}")
    print("Without occupancy nothing keeps the shape from vanishing; without freespace nothing "
          "keeps it from\nfilling the cube: then all rays start inside. Colour does the rest, and "
          "a little for the shape.")
    return rows


def _on_test_views(network: TexturedShape, cameras: list[Camera], views: Views) -> dict:
    scores = []
    for n in np.flatnonzero(views.test):
        picture = render(network, cameras[n])
        scores.append((psnr(picture.colours, views.images[n] / 255),
                       volumetric_iou(picture.mask, views.masks[n])))
    return dict(zip(("psnr", "iou"), np.mean(scores, axis=0).tolist()))
