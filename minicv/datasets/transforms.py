"""Views in the format of NeRF's synthetic scenes: pictures, and a `transforms.json` with the poses.

    FOLDER/transforms_train.json  transforms_test.json      or one transforms.json for all
    FOLDER/train/r_0.png ...

Each file has `camera_angle_x`, the angle between the left and the right edge of a picture in
radians, and `frames`: of each picture its `file_path` and its pose, `transform_matrix`, from the
camera to the world with Blender's axes (y up, z backward).  (Mildenhall et al., *NeRF*, ECCV 2020.)
In the place of the angle there may be the focal lengths `fl_x` and `fl_y`, and besides the centre
`cx` and `cy`, in pixels of a picture `w` wide; and each frame may have its own.  Of lenses that
bend straight lines (`k1`, ...) we know nothing: an error.  Transparency is the mask; behind it we
put white.
"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import numpy as np
from PIL import Image

from minicv import checks
from minicv.datasets.views import Views
from minicv.files import blamed_on


def load_transforms(folder: str | os.PathLike, *, longest: int = 100, most_test: int = 20
                    ) -> Views:
    """Read a scene.

    Parameters
    ----------
    folder : path
        With the files above.
    longest : int
        Pictures are reduced, by whole factors, until no side is longer.
    most_test : int
        At most so many views to test with, evenly chosen.

    Returns
    -------
    Views
        The poses are as in the files: `volumetric_rendering.placing.find_convention` converts them.

    Raises
    ------
    OSError
        A file is missing.
    ValueError
        A file is no such JSON or no picture, or pictures differ in size; the message names it. Or
        nothing is transparent in any picture.
    """
    folder = checks.path(folder, "folder")
    longest = checks.whole(longest, "longest", least=8, most=4096)
    most_test = checks.whole(most_test, "most_test", least=1)
    images, masks, intrinsics, poses, test = [], [], [], [], []
    for name, frames in _splits(folder, most_test).items():
        for frame, settings, is_test in frames:
            with blamed_on(folder / name):
                picture = _read_picture(_path_of(folder, frame))
                image, mask, factor = _on_white(picture, longest)
                intrinsics.append(_intrinsics(settings | frame, picture.size, factor))
                poses.append(checks.numbers(frame.get("transform_matrix", ()), "transform_matrix",
                                            (4, 4), dtype=float))
            images.append(image)
            masks.append(mask)
            test.append(is_test)
    if len(sizes := {mask.shape for mask in masks}) > 1:
        raise ValueError(f"{folder}: the pictures differ in size after reduction: {sorted(sizes)}")
    if np.all(masks):
        raise ValueError(f"{folder}: no picture is transparent, so none tells where the object is")
    return Views(np.stack(images), np.stack(masks), np.stack(intrinsics), np.stack(poses),
                 np.array(test))


def _splits(folder: Path, most_test: int) -> dict[str, list[tuple[dict, dict, bool]]]:
    """For each file its frames, with the file's settings, and whether each is to test with."""
    names = [name for name in ("transforms_train.json", "transforms_test.json")
             if (folder / name).is_file()]
    if len(names) < 2:
        names = ["transforms.json"]
    splits = {}
    for name in names:
        settings, frames = _read_json(folder / name)
        if name == "transforms_test.json":
            chosen = np.unique(np.linspace(0, len(frames) - 1, most_test).round().astype(int))
            splits[name] = [(frames[n], settings, True) for n in chosen]
        else:
            splits[name] = [(frame, settings, name == "transforms.json" and n % 5 == 4)
                            for n, frame in enumerate(frames)]
    return splits


def _read_json(path: Path) -> tuple[dict, list[dict]]:
    """The settings of a scene, and its frames."""
    try:
        settings = json.loads(checks.file(path).read_text(encoding="utf-8"))
        frames = [checks.instance(frame, "each frame", dict)
                  for frame in checks.several(settings["frames"], "frames")]
        if not frames:
            raise ValueError("there is none")
        return settings, frames
    except (LookupError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"{path} is no JSON object with a list of \"frames\": {error}") from error


def _path_of(folder: Path, frame: dict) -> Path:
    given = frame.get("file_path")
    path = folder / str(checks.instance(given, "file_path", str))
    if not path.is_file():
        path = path.with_name(f"{path.name}.png")
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"the picture {given} lies outside of the folder")
    return path


def _read_picture(path: Path) -> Image.Image:
    """A picture in red, green, blue and alpha."""
    checks.file(path)
    try:
        with Image.open(path) as opened:
            if opened.mode.startswith(("I", "F")):  # Pillow would cut off all above 255
                raise ValueError("it has more than 8 bits")
            return opened.convert("RGBA")
    except Exception as error:  # which of many kinds depends on the byte that is wrong
        raise ValueError(f"{path} is no picture that can be read: {error}") from error


def _on_white(picture: Image.Image, longest: int) -> tuple[np.ndarray, np.ndarray, int]:
    """(H, W, 3) uint8 on white; where the object is; and by what factor both are reduced."""
    factor = math.ceil(max(picture.size) / longest)
    white = Image.new("RGBA", picture.size, "white")
    on_white = Image.alpha_composite(white, picture).convert("RGB").reduce(factor)
    mask = np.asarray(picture.getchannel("A").reduce(factor)) > 127
    return np.asarray(on_white), mask, factor


def _intrinsics(settings: dict, size: tuple[int, int], factor: int) -> np.ndarray:
    """The camera of a picture of this size (width, height), after its reduction by a factor."""
    width, height = size
    bent = [key for key in ("k1", "k2", "k3", "k4", "p1", "p2", "is_fisheye") if settings.get(key)]
    if bent:
        raise ValueError(f"the lens bends straight lines ({', '.join(bent)}): undo that first")
    given = {key: checks.number(settings[key], key, above=0)
             for key in ("fl_x", "fl_y", "cx", "cy") if key in settings}
    if (given and "w" not in settings) or not {"camera_angle_x", "fl_x"} & settings.keys():
        raise ValueError("it needs camera_angle_x, or fl_x and w")
    if given:  # in pixels of a picture that may have had another width
        larger = width / checks.number(settings["w"], "w", above=0)
        given = {key: larger * length for key, length in given.items()}
    if "fl_x" not in given:
        angle = checks.number(settings["camera_angle_x"], "camera_angle_x", above=0, below=math.pi)
        given["fl_x"] = width / 2 / math.tan(angle / 2)
    usual = {"fl_y": given["fl_x"], "cx": width / 2, "cy": height / 2}
    fx, fy, cx, cy = ((usual | given)[key] for key in ("fl_x", "fl_y", "cx", "cy"))
    # The last column of a reduced picture may stand for fewer pixels: its width tells nothing.
    return np.array([[fx, 0, cx], [0, fy, cy], [0, 0, factor]]) / factor
