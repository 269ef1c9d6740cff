"""Meshes that one can turn, in a page: a fragment of HTML with everything in it.

`mesh_viewer.js`, beside this file, does the turning, with WebGL and no library. The fragment holds
the numbers of each mesh and a picture, which stands there where a browser has no WebGL. A page
needs the script once, after all fragments (`VIEWER_SCRIPT`).
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.colors import to_rgb

from minicv.plotting.figures import WOOD

VIEWER_SCRIPT = Path(__file__).with_name("mesh_viewer.js").read_text(encoding="utf-8")

HELP = ("Drag to turn, wheel or pinch to zoom, double click to reset. "
        "Keys: arrows, + and -, 0 to reset, w for the wireframe.")


def mesh_figure(meshes: Mapping[str, tuple], name: str, picture: str, caption: str = "") -> str:
    """HTML that shows meshes side by side, turning together.

    Parameters
    ----------
    meshes : mapping from titles to (vertices, faces) or (vertices, faces, colours)
        Arrays (V, 3), (F, 3) and, as uint8, (V, 3).
    name : str
        Letters, digits and dashes; unique in its page.
    picture : str
        HTML, such as an <img>, for browsers without WebGL.
    caption : str
        Below the meshes.

    Returns
    -------
    str
        A <figure>; it lives once `VIEWER_SCRIPT` has run.

    Examples
    --------
    >>> triangle = np.eye(3), np.array([[0, 1, 2]])
    >>> text = mesh_figure({"a triangle": triangle}, "one", "<p>a triangle</p>")
    >>> text.count("<canvas"), text.count("application/json")
    (1, 1)
    """
    # All in one scale around one centre, so that sizes can be compared.
    everywhere = np.concatenate([vertices for vertices, *_ in meshes.values()])
    if len(everywhere) == 0:
        everywhere = np.array([[0, 0, 0], [1, 1, 1]])
    low, high = everywhere.min(axis=0), everywhere.max(axis=0)
    canvases, numbers = [], []
    for number, (title, mesh) in enumerate(meshes.items()):
        key = f"{name}-{number}"
        label = html.escape(f"{title}. {HELP}", quote=True)
        canvases.append(f'<div><canvas data-mesh="{key}" tabindex="0" role="img" '
                        f'aria-label="{label}"></canvas><p>{html.escape(title)}</p></div>')
        numbers.append(f'<script type="application/json" id="{key}">'
                       f'{_numbers(*mesh, centre=(low + high) / 2, size=high - low)}</script>')
    return (f'<figure class="mesh-viewer" id="{name}"><div class="picture">{picture}</div>'
            f'<div class="canvases">{"".join(canvases)}</div>'
            f'<p class="help">{HELP} <button type="button">wireframe</button></p>'
            f'<figcaption>{html.escape(caption)}</figcaption>{"".join(numbers)}</figure>')


def _numbers(vertices: np.ndarray, faces: np.ndarray, colours: np.ndarray | None = None, *,
             centre: np.ndarray, size: np.ndarray) -> str:
    """One mesh as JSON."""
    if colours is None:
        colours = np.tile(np.round(255 * np.array(to_rgb(WOOD))), (len(vertices), 1))

    def packed(array: np.ndarray, dtype: str) -> str:
        return base64.b64encode(np.ascontiguousarray(array, dtype).tobytes()).decode("ascii")

    return json.dumps({"vertices": packed(vertices, "<f4"), "faces": packed(faces, "<u4"),
                       "colours": packed(colours, "u1"), "centre": centre.tolist(),
                       "radius": float(np.linalg.norm(size)) / 2 or 1.0})
