"""Street pictures with people, in the layout of the Penn-Fudan data (exercise 2.2).

The Penn-Fudan data (Wang, Shi, Song and Shen, ACCV 2007) is 170 photographs of streets, and for
each one a *mask*: a second picture of the same size whose pixels are not colours but numbers,

    0   background
    k   a visible pixel of person k

so that the box around a person is simply where the mask holds that person's number.  The boxes
that come with the data as text count the first pixel as (1, 1) and include the last one; ours are
continuous, so a person whose first column is 159 (the 160th) and whose last one is 301 reaches
from left = 159 to right = 302.

    PennFudanPed/
        PNGImages/FudanPed00001.png, ...
        PedMasks/FudanPed00001_mask.png, ...

`PennFudan` reads any folder of that layout, `data/StreetPed` among them, and a zip file of it
without unpacking.  It is indexed like a torchvision data set: ``image, target = dataset[3]``.

**Which pictures to train on.**  A folder that holds `train.txt` and `val.txt`, with a picture's
name on each line, states it.  Penn-Fudan does not, and its neighbours in the list are often
photographs of one place: shuffled, nearly the same street would be learned from and tested on.  So
the sorted list is cut into four runs (`contiguous_folds`); "train" is the first three, "val" the
last one, and who wants all pictures tested takes each fold in turn.
"""

from __future__ import annotations

import os
import warnings
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np

from minicv import checks
from minicv.files import blamed_on

N_FOLDS = 4
MOST_INDICES = 10_000_000  # in all folds together
MOST_BYTES = 100_000_000  # of a picture's file

# What a folder that holds the data may hold it as; the first that is there is taken.
_NAMES = ("PennFudanPed", "StreetPed", "PennFudanPed.zip")


class PennFudan:
    """Pictures of people and their masks, in the layout of Penn-Fudan.

    Parameters
    ----------
    root : str or path
        The folder that holds `PNGImages` and `PedMasks`; or a zip file of it; or a folder that
        holds `PennFudanPed`, `StreetPed` or `PennFudanPed.zip`, of which the first is taken.
    split : "all", "train" or "val"

    Attributes
    ----------
    names : list of str
        The pictures' names without ".png", sorted.
    image_paths, mask_paths : lists of paths
        One for each name; `zipfile.Path` in a zip file.

    Raises
    ------
    FileNotFoundError
        There is no `root`.
    ValueError
        It does not hold the data, no picture at all, or a picture without a mask; a zip file is
        damaged; the lists of a split contradict each other.

    Examples
    --------
    >>> import tempfile
    >>> from PIL import Image
    >>> root = Path(tempfile.mkdtemp())
    >>> (root / "PNGImages").mkdir(), (root / "PedMasks").mkdir()
    (None, None)
    >>> mask = np.zeros((6, 8), np.uint8)
    >>> mask[1:5, 2:4] = 1
    >>> Image.new("RGB", (8, 6)).save(root / "PNGImages" / "one.png")
    >>> Image.fromarray(mask).save(root / "PedMasks" / "one_mask.png")
    >>> image, target = PennFudan(root)[0]
    >>> image.shape, target["boxes"].tolist(), target["mask"].shape
    ((6, 8, 3), [[2, 1, 4, 5]], (6, 8))
    """

    def __init__(self, root: str | os.PathLike, split: str = "all"):
        self.split = checks.choice(split, "split", ("all", "train", "val"))
        self.root = _find_data(checks.path(root, "root"))
        images = {path.name.removesuffix(".png"): path
                  for path in (self.root / "PNGImages").iterdir()
                  if path.name.endswith(".png") and not path.name.startswith(".")}  # no ._NAME
        masks = {path.name: path for path in (self.root / "PedMasks").iterdir()}
        if not images:
            raise ValueError(f"{self.root / 'PNGImages'} holds no .png file")
        for name in sorted(images):
            if f"{name}_mask.png" not in masks:
                raise ValueError(f"{self.root / 'PedMasks'} lacks the mask {name}_mask.png")
        self.names = _names_of_split(self.root, sorted(images), split)
        self.image_paths = [images[name] for name in self.names]
        self.mask_paths = [masks[f"{name}_mask.png"] for name in self.names]

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """One picture and the people in it.

        Returns
        -------
        image : array (H, W, 3) of uint8
            A grey picture or one with a palette becomes RGB, transparency is dropped.
        target : dict
            `mask` (H, W), and what `boxes_from_mask` gives of it: `boxes` (N, 4), tight around the
            visible pixels, and `numbers` (N,). The pixels of all people, (N, H, W), are
            `mask == numbers[:, None, None]`. An empty mask gives N = 0.

        Raises
        ------
        ValueError
            A file is damaged, cut short, or of a kind that holds no colours or no numbers; it has
            more pixels than Pillow takes for honest (89 million); picture and mask differ in size.
            The file is named.
        """
        index = checks.whole(index, "index")
        if not -len(self) <= index < len(self):
            raise IndexError(f"there are {len(self)} pictures, from 0 on, and no picture {index}")
        image = _read_picture(self.image_paths[index], *_IMAGE)
        mask = _read_picture(self.mask_paths[index], *_MASK)
        checks.numbers(mask, f"the mask {self.mask_paths[index]}", image.shape[:2])
        boxes, numbers = boxes_from_mask(mask)
        return image, {"boxes": boxes, "numbers": numbers, "mask": mask}

    def __repr__(self) -> str:
        return f"PennFudan({str(self.root)!r}, split={self.split!r}): {len(self)} pictures"


def boxes_from_mask(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The box of each person in a mask.

    Parameters
    ----------
    mask : array (H, W) of int
        Whole numbers from 0 on: 0 = background, k = person k.

    Returns
    -------
    boxes : array (N, 4) of int64
        Left, upper, right, lower; right = last column + 1. One box for each number that occurs.
    numbers : array (N,) of int
        Whose boxes they are, in rising order.

    Examples
    --------
    >>> boxes, numbers = boxes_from_mask([[0, 3, 3], [0, 0, 3]])
    >>> boxes.tolist(), numbers.tolist()
    ([[1, 0, 3, 2]], [3])
    """
    mask = checks.numbers(mask, "mask", ("H", "W"), kinds="biu", least=0)
    pixels = np.argwhere(mask)[:, ::-1]  # (column, row) of all people's pixels
    numbers, person = np.unique(mask[mask > 0], return_inverse=True)
    boxes = np.empty((len(numbers), 4), np.int64)
    boxes[:, :2], boxes[:, 2:] = max(mask.shape), 0
    np.minimum.at(boxes[:, :2], person, pixels)
    np.maximum.at(boxes[:, 2:], person, pixels + 1)
    return boxes, numbers


def contiguous_folds(count: int, n_folds: int = N_FOLDS) -> list[tuple[np.ndarray, np.ndarray]]:
    """Cut a list into runs; each is tested on once, after training on all the others.

    Parameters
    ----------
    count : int
        How many pictures there are, at least `n_folds`.
    n_folds : int
        At least 2. Where they cannot be equal, the first ones are longer by one.

    Returns
    -------
    list of n_folds pairs (train, test)
        Arrays of int64 indices, in order.

    Examples
    --------
    >>> [test.tolist() for train, test in contiguous_folds(10)]
    [[0, 1, 2], [3, 4, 5], [6, 7], [8, 9]]
    >>> contiguous_folds(10)[1][0].tolist()
    [0, 1, 2, 6, 7, 8, 9]
    """
    n_folds = checks.whole(n_folds, "n_folds", least=2, most=MOST_INDICES)
    count = checks.whole(count, "count", least=n_folds, most=MOST_INDICES // n_folds)
    indices = np.arange(count)
    return [(np.setdiff1d(indices, test), test) for test in np.array_split(indices, n_folds)]


# --------------------------------------------------------------------------------------------
# Where the data is, and which pictures belong to a split
# --------------------------------------------------------------------------------------------


def _find_data(root: Path) -> Path | zipfile.Path:
    """The folder, real or within a zip file, that holds PNGImages and PedMasks."""
    if not os.path.exists(root):
        raise FileNotFoundError(f"there is no {root}; minicv.datasets.download_penn_fudan "
                                "fetches the pictures, and data/StreetPed comes with minicv")
    for place in (root, *(root / name for name in _NAMES)):
        if place.is_file():
            with blamed_on(place):
                archive = zipfile.ZipFile(place)
                if max(map(len, archive.namelist()), default=0) > 255:
                    raise ValueError("it has names of more than 255 characters")
                top = zipfile.Path(archive)
                folders = [top, *(entry for entry in top.iterdir() if entry.is_dir())]
            for folder in folders:
                if _holds_data(folder):
                    return folder
        elif _holds_data(place):
            return place
    raise ValueError(f"{root} holds neither the folders PNGImages and PedMasks, nor any of "
                     f"{', '.join(_NAMES)} with them")


def _holds_data(folder: Path | zipfile.Path) -> bool:
    return all((folder / name).is_dir() for name in ("PNGImages", "PedMasks"))


def _names_of_split(root: Path | zipfile.Path, names: list[str], split: str) -> list[str]:
    if split == "all":
        return names
    lists = {name: _read_list(root / f"{name}.txt", names) for name in ("train", "val")
             if (root / f"{name}.txt").exists()}
    if not lists:
        if len(names) < N_FOLDS:
            raise ValueError(f"{root} holds {len(names)} pictures and no {split}.txt; without it, "
                             f"at least {N_FOLDS} are needed")
        train, val = contiguous_folds(len(names))[-1]
        return [names[index] for index in (train if split == "train" else val)]
    if split not in lists:
        other = "val" if split == "train" else "train"
        raise ValueError(f"{root} has {other}.txt, but no {split}.txt: write both, or none")
    both = set(lists["train"]) & set(lists["val"]) if len(lists) == 2 else ()
    if both:
        raise ValueError(f"{root}: {min(both)!r} is in train.txt, so val.txt must not test with it")
    return lists[split]


def _read_list(listing: Path | zipfile.Path, names: list[str]) -> list[str]:
    """The names in a list, one a line, sorted."""
    content = _read_bytes(listing)
    with blamed_on(listing):
        text = content.decode("utf-8-sig")
    listed = [line.strip() for line in text.splitlines() if line.strip()]
    for name in listed:
        if name not in names:
            raise ValueError(f"{listing} names {name!r}, but there is no PNGImages/{name}.png")
    if len(set(listed)) != len(listed) or not listed:
        raise ValueError(f"{listing} must name at least one picture, and none of them twice")
    return sorted(listed)


# --------------------------------------------------------------------------------------------
# Reading pictures
# --------------------------------------------------------------------------------------------

# Pillow's modes, and what they are: it clips pictures of more bits, and a palette holds numbers.
_IMAGE = ("1", "L", "LA", "P", "RGB", "RGBA"), "a picture of 8 bits a channel, grey or in colour"
_MASK = ("1", "L", "P", "I;16", "I"), "a mask, with one number for each pixel"


def _read_picture(path: Path | zipfile.Path, modes: tuple[str, ...], what: str) -> np.ndarray:
    """The pixels of a picture of one of the modes; as RGB, if that is one of them."""
    from PIL import Image  # here, so that reading points files does not load Pillow

    content = _read_bytes(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a palette whose transparency is dropped
            warnings.simplefilter("error", Image.DecompressionBombWarning)  # claims 89 million
            picture = Image.open(BytesIO(content), formats=["PNG"])
            pixels = np.array(picture.convert("RGB") if "RGB" in modes else picture)
        if b"IEND" not in content:  # Pillow does not miss the end if it has all pixels
            raise ValueError("its end mark is missing")
    except Exception as error:  # which of many kinds depends on the byte that is wrong
        raise ValueError(f"{path} is no PNG file, cut short, or damaged ({error}); "
                         "copy, download or make it again") from error
    if picture.mode not in modes:
        raise ValueError(f"{path} has Pillow's mode {picture.mode!r}, and must be {what}")
    return pixels


def _read_bytes(path: Path | zipfile.Path) -> bytearray:
    """All of a file, whose checksum zipfile compares if it lies in a zip file."""
    content = bytearray()
    with blamed_on(path), path.open("rb") as file:
        while len(content) <= MOST_BYTES and (chunk := file.read(1 << 16)):
            content += chunk
    if len(content) > MOST_BYTES:
        raise ValueError(f"{path} has more than {MOST_BYTES} bytes")
    return content
