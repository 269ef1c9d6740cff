"""2.2c: the windows, held against HOG of each window by itself, on pictures made of waves.

Each usual mistake has windows, or descriptors, of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from lessons.engine import Answer, Wrong
from lessons.engine.comparing import agrees, difference, show, to_array
from minicv.person_detector import hog, image_to_hog_patches

# How far a descriptor may be off, as a share of its length. Where pixels are divided by 255, some
# gradients of exactly 45 degrees land in the neighbouring bin: up to 0.012; a window that is one
# pixel off differs by 0.06 and more.
SAME = 0.03
# Others than our filter resize as well. With waves this long they are off by up to 0.29 (Pillow's
# filters, picking pixels), and other windows by 0.49 and more. What that forgives the second case
# does not, where nothing is to be resized.
NEAR = 0.4


def _waves(height: int, width: int, seed: int) -> np.ndarray:
    """A picture (height, width, 3) uint8 that is smooth and looks different everywhere."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    image = np.zeros((height, width, 3))
    for _ in range(12):
        across, down = rng.uniform(-0.35, 0.35, 2)  # radians a pixel: wavelengths from 13 pixels
        phases = rng.uniform(0, 2 * np.pi, 3)
        image += np.sin(across * x[..., None] + down * y[..., None] + phases)
    return np.clip(128 + 25 * image, 0, 255).astype(np.uint8)


def _resize(window: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """As `get_resized_patch` does it; the size is (width, height)."""
    from PIL import Image

    if 0 in window.shape:  # on which versions of Pillow differ
        return np.zeros((size[1], size[0], 3), np.uint8)
    return np.array(Image.fromarray(np.ascontiguousarray(window)).resize(size))


def _describe(patch: np.ndarray) -> np.ndarray:
    return hog(patch, 8, (16, 16), (1, 1), channel_axis=-1)


def _positions(extent: int, window: int, stride: int) -> range:
    return range(0, extent - window + 1, stride)


def _grid(lefts: range, uppers: range) -> set[tuple[float, float]]:
    return {(float(left), float(upper)) for left in lefts for upper in uppers}


class Case:
    """An image, and windows to be laid over it; all sizes are (width, height)."""

    def __init__(self, image_size: tuple[int, int], window_size: tuple[int, int],
                 patch_size: tuple[int, int], step: int, seed: int):
        self.image = _waves(*image_size[::-1], seed=seed)
        self.image_size, self.window_size = image_size, window_size
        self.patch_size, self.step = patch_size, step
        self.length = 8 * (patch_size[0] // 16) * (patch_size[1] // 16)
        self.what = (f"img_to_hog_patches(image of {image_size}, window_size={window_size}, "
                     f"patch_size={patch_size}, step_size={step})")

    def anchors(self) -> set[tuple[float, float]]:
        (width, height), (w, h) = self.image_size, self.window_size
        return _grid(_positions(width, w, self.step), _positions(height, h, self.step))

    def crop(self, left: float, upper: float) -> np.ndarray:
        left, upper, (w, h) = int(left), int(upper), self.window_size
        return self.image[upper:upper + h, left:left + w]

    def describe(self, window: np.ndarray) -> np.ndarray:
        """Of what a window shows, resized."""
        return _describe(_resize(window, self.patch_size))


def draw_cases(rng: np.random.Generator) -> list[Case]:
    """First an image that is nearly square, where x and y taken for each other still give something
    to look at, and where the last windows end at the border. Then one where none does, and where
    nothing is to be resized.
    """
    # 28 and 35 cells, no multiples of 8: 9 directions each give no number that 8 give of others.
    # 2 step < w: with x and y exchanged, too, each crop holds something (old Pillow needs that).
    step, w = int(rng.integers(14, 17)), int(rng.integers(33, 38))
    h = w + 2 * step + int(rng.integers(1, step))
    seeds = rng.integers(1000, size=2).tolist()
    return [Case((w + 8 * step, h + 4 * step), (w, h),
                 [(64, 112), (80, 112)][int(rng.integers(2))], step, seeds[0]),
            Case((100, 175), (48, 112), (48, 112), int(rng.integers(15, 19)), seeds[1])]


def check_windows(answer: Answer) -> None:
    from PIL import Image

    _judge_step(answer)
    resized_otherwise = short = False
    for case in draw_cases(np.random.default_rng()):
        image = Image.fromarray(case.image)
        with answer.noting(image_to_hog_patches):
            result = _call(answer, image, case)
        if image.size != case.image_size or (np.array(image) != case.image).any():
            raise Wrong("given-image-changed", case.what, got="another image than was given",
                        expected="the image as it was", cause="crop and resize make new images; "
                        "what is drawn or pasted into the given one stays for whoever calls")
        fds, anchors = _two_results(result, case)
        anchors, left_out = _judge_anchors(anchors, _n_rows(fds), case)
        fds = _judge_rows(fds, anchors, case)
        resized_otherwise |= _judge_descriptors(fds, anchors, case)
        short |= left_out
    if short:
        answer.notes.append("the last windows, which touch the right or lower border, are left "
                            "out: range(0, W - w, step) ends before W - w. A person who stands "
                            "there is missed")
    if resized_otherwise:
        answer.notes.append("the windows are resized in another way than by get_resized_patch. "
                            "That works; best is how the patches to learn from were resized")


EMPTY = "are the loops empty? left goes from 0 to W - w, upper from 0 to H - h"
IGNORED = "windows lie `step_size` pixels apart, to the right and downwards"


def _judge_step(answer: Answer) -> None:
    """Whether step_size counts.

    In an image so small that nobody waits for a window at each pixel; in the others that is long.
    """
    from PIL import Image

    step = 9
    case = Case((36 + step, 40 + step), (36, 40), (32, 48), step, seed=0)
    result = _call(answer, Image.fromarray(case.image), case)
    if isinstance(result, tuple) and _n_rows(result[0]) == (step + 1)**2:
        raise Wrong("stride-ignored", case.what, got=f"{(step + 1)**2} windows, one at each pixel",
                    expected=f"{len(case.anchors())} windows", cause=IGNORED)


def _call(answer: Answer, image, case: Case):
    try:
        return answer.call("img_to_hog_patches", image, np.array(case.window_size),
                           case.patch_size, case.step)
    except ValueError as error:
        if "at least one array" in str(error):  # NumPy's word on an empty list
            raise Wrong("no-windows", case.what, got=str(error), expected="windows",
                        cause=EMPTY) from None
        if "Coordinate" not in str(error):  # Pillow's word on a box that ends before it begins
            raise
        raise Wrong("box-as-width-height", case.what, got=str(error),
                    expected="boxes (left, upper, right, lower)",
                    cause="are the last two numbers of the box the window's size? They have to be "
                          "its right and lower edge: left + width, upper + height") from None


def _two_results(result, case: Case) -> tuple:
    expected = f"two results: fds (P, {case.length}) and anchors (P, 2)"
    if result is None:
        raise Wrong("nothing-returned", case.what, got="None", expected=expected,
                    cause="the function needs a return")
    if not (isinstance(result, (list, tuple)) and len(result) == 2):
        n = len(result) if isinstance(result, (list, tuple)) else 1
        raise Wrong("not-two-results", case.what, got=f"{n} results: {show(result)}",
                    expected=expected, cause="return descriptors, anchors: all descriptors, then "
                    "all anchors")
    if _n_columns(result[0]) == 2 and _n_columns(result[1]) > 4:
        raise Wrong("results-swapped", case.what, got="anchors, then descriptors",
                    expected="descriptors, then anchors",
                    cause="whoever calls takes the first result for the descriptors")
    return tuple(result)


def _n_rows(rows) -> int:
    return len(rows) if hasattr(rows, "__len__") else 0


def _n_columns(rows) -> int:
    """How many numbers the first row has; 0 if there are no rows."""
    try:
        return len(rows[0])
    except (TypeError, LookupError):
        return 0


def _judge_anchors(anchors, n_descriptors: int, case: Case) -> tuple[np.ndarray, bool]:
    """As an array, and whether the last windows are left out, which the course allows."""
    anchors = to_array(anchors, "anchors")
    right = case.anchors()
    if anchors.size == 0:
        raise Wrong("no-windows", case.what, got="no windows", expected=f"{len(right)}",
                    cause=EMPTY)
    if anchors.ndim != 2 or anchors.shape[1] != 2:
        name, cause = "other", "a row for each window: left and upper"
        if anchors.ndim == 2 and anchors.shape[1] == 4:
            name, cause = "boxes-for-anchors", "these are boxes; their first two numbers are wanted"
        elif anchors.ndim == 2 and len(anchors) == 2:
            name, cause = "anchors-transposed", ("all lefts and then all uppers; np.stack([lefts, "
                                                 "uppers], axis=1) makes a row of each window")
        raise Wrong(name, f"anchors of {case.what}", got=f"shape {anchors.shape}",
                    expected=f"shape ({len(right)}, 2)", cause=cause)
    rows = [tuple(row) for row in anchors.tolist()]
    (width, height), (w, h), step = case.image_size, case.window_size, case.step
    inner = _grid(range(0, width - w, step), range(0, height - h, step))
    if set(rows) != right and not inner <= set(rows) <= right:
        name, cause = next(((name, cause) for name, windows, cause in _wrong_windows(right, case)
                            if set(rows) == windows), _why_anchors(set(rows), right, case))
        if len(rows) < n_descriptors == len(right):
            name, cause = "appended-in-the-outer-loop", (
                "there are more descriptors than anchors: both are appended in the inner loop")
        lacking, extra = sorted(right - set(rows)), sorted(set(rows) - right)
        raise Wrong(name, f"anchors of {case.what}", got=f"{len(rows)} windows"
                    + (f", among them (left, upper) = {_anchor(extra[0])}" if extra else ""),
                    expected=f"{len(right)} windows"
                    + (f", among them {_anchor(lacking[-1])}" if lacking else ""), cause=cause)
    if len(rows) != len(set(rows)):
        raise Wrong("windows-twice", f"anchors of {case.what}", got=f"{len(rows)} windows, some of "
                    "them more than once", expected=f"{len(right)} different ones",
                    cause="is something appended twice in the loops?")
    return anchors, set(rows) != right


def _anchor(anchor: tuple[float, float]) -> str:
    return f"({anchor[0]:g}, {anchor[1]:g})"


def _wrong_windows(right: set, case: Case) -> Iterator[tuple[str, set, str]]:
    """Name, anchors and cause."""
    (width, height), (w, h), step = case.image_size, case.window_size, case.step
    patch = case.patch_size

    def windows(image: tuple[int, int], window: tuple[int, int], steps: tuple[int, int],
                first: int = 0) -> set:
        return _grid(*[range(first, extent - size + 1, stride)
                       for extent, size, stride in zip(image, window, steps)])

    middle = {(left + w / 2, upper + h / 2) for left, upper in right}
    yield ("anchors-y-x", {(upper, left) for left, upper in right},
           "an anchor is (left, upper), x first; these are (upper, left)")
    yield ("anchors-counted", {(left / step, upper / step) for left, upper in right},
           "these count windows; anchors are in pixels: times step_size")
    for rounded in (middle, {(left // 1, upper // 1) for left, upper in middle}):
        yield ("anchors-in-the-middle", rounded,
               "an anchor is the upper left corner, not the middle")
    yield ("anchors-at-the-end", {(left + w, upper + h) for left, upper in right},
           "an anchor is the upper left corner, not the lower right one")
    for steps in ((1, 1), (w, h), (step, 1), (1, step), (w, step)):
        yield "stride-ignored", windows((width, height), (w, h), steps), IGNORED
    steps = step, step
    yield ("patch-size-for-window-size", windows((width, height), patch, steps),
           "window_size says what is cut out, patch_size to what it is resized")
    yield ("window-size-swapped", windows((width, height), (h, w), steps),
           "window_size is (width, height): the width belongs to x")
    yield ("image-size-swapped", windows((height, width), (w, h), steps),
           "img.size is (width, height), and the shape of an array (height, width, channels)")
    yield ("image-resized", windows(patch, (w, h), steps),
           "the whole image was resized to patch_size; what a window shows is resized, after it "
           "has been cut out")
    for first in (1, step):
        yield ("first-windows-left-out", windows((width, height), (w, h), steps, first),
               "the first window begins at (0, 0)")


def _why_anchors(got: set, right: set, case: Case) -> tuple[str, str]:
    (width, height), (w, h) = case.image_size, case.window_size
    rows_and_columns = [{edge[axis] for edge in got} for axis in (0, 1)]
    if got < right and 1 in map(len, rows_and_columns):
        return "return-inside-the-loop", ("only one window, row or column of windows is left: does "
                                          "the return stand inside of a loop? Or are the lists "
                                          "made anew in it?")
    if any(left < 0 or upper < 0 or left > width - w or upper > height - h for left, upper in got):
        return "windows-leave-the-image", (
            "some windows are not wholly inside the image, and show less than the others: left "
            "goes up to W - w, and only in steps of step_size")
    return "other", ("left is 0, step_size, 2 step_size, ... as long as left + w <= W; upper "
                     "likewise")


def _judge_rows(descriptors, anchors: np.ndarray, case: Case) -> np.ndarray:
    """Descriptors as an array (P, d), a row for each window."""
    what = f"descriptors of {case.what}"
    if isinstance(descriptors, np.ndarray) and descriptors.dtype == object \
            and descriptors.ndim == 1:
        raise Wrong("object-array", what, got=f"an array of {len(descriptors)} objects",
                    expected=f"numbers, shape ({len(anchors)}, {case.length})",
                    cause="classifiers need numbers in rows and columns: np.stack(list of "
                          "descriptors), which also says so if they are not of equal length")
    array = to_array(descriptors, what)
    right = len(anchors), case.length
    if array.shape == right:
        return array
    raw = _describe(case.crop(0, 0)).size
    name, cause = "other", "one row for each window, with the numbers that get_hog gives"
    if array.shape == right[::-1]:
        name, cause = "descriptors-transposed", "each window needs a row; here it has a column"
    elif array.size == len(anchors) * case.length:
        name, cause = "not-in-rows", ("the right number of numbers, in another shape: a row of "
                                      f"{case.length} for each window: np.stack(fds)")
    elif array.ndim == 2 and array.shape == (len(anchors), raw):
        name, cause = "hog-before-resizing", (
            f"this describes the window as it is cut out, which gives {raw} numbers. The "
            "classifiers have learned from patches of one size: resize first, then describe")
    elif array.size == len(anchors) * 3 * case.patch_size[0] * case.patch_size[1]:
        name, cause = "pixels-for-hog", "these are the pixels of the patches: describe them"
    elif array.ndim == 2 and len(array) == len(anchors) and array.shape[1] == case.describe(
            case.crop(0, 0)).size // 8 * 9:
        name, cause = "other-orientations", "9 directions are counted; get_hog counts 8"
    elif array.shape == (case.length,):
        name, cause = "last-window-only", "this is one descriptor: collect those of all windows"
    elif array.ndim == 2 and array.shape[1] == case.length and len(array) < len(anchors):
        name, cause = "appended-in-the-outer-loop", (
            "there are more anchors than descriptors: both are appended in the inner loop")
    elif array.ndim == 2 and len(array) == len(anchors) and array.shape[1] % 8 == 0:
        name, cause = "patches-of-another-size", (
            f"get_hog gives {case.length} numbers for a patch of patch_size, and these are for "
            "patches of another size: get_resized_patch(img, box, patch_size)")
    raise Wrong(name, what, got=f"shape {array.shape}", expected=f"shape {right}", cause=cause)


def _judge_descriptors(got: np.ndarray, anchors: np.ndarray, case: Case) -> bool:
    """Hold each window's against HOG of that window; True if it was resized in another way."""
    places = [(int(left), int(upper)) for left, upper in anchors]
    right = np.stack([case.describe(case.crop(*place)) for place in places])
    off = _distances(got, right).diagonal().max()
    if off < SAME:
        return False
    name, cause = _why_descriptors(got, right, places, case)
    if name == "other" and off < NEAR and case.patch_size != case.window_size:
        return True
    texts = difference(got, right, 0, 1e-4)
    raise Wrong(name, f"descriptors of {case.what}", got=texts[0], expected=texts[1], cause=cause)


def _distances(got: np.ndarray, right: np.ndarray) -> np.ndarray:
    """How far each descriptor is from each of the right ones, in lengths of the latter."""
    return (np.linalg.norm(got[:, None] - right, axis=-1) / np.linalg.norm(right, axis=-1))


def _why_descriptors(got: np.ndarray, right: np.ndarray, places: list[tuple[int, int]], case: Case
                     ) -> tuple[str, str]:
    for name, describe, cause in _wrong_descriptors(case):
        if all(agrees(one, describe(*place), 0, 1e-4) for one, place in zip(got, places)):
            return name, cause
    if np.ptp(got, axis=0).max() < 1e-9:
        return "same-window-everywhere", ("all windows have the same descriptor: does what is cut "
                                          "out depend on left and upper?")
    distances = _distances(got, right)
    nearest = distances.argmin(axis=1)
    if distances.min(axis=1).max() < 1e-3 and len(np.unique(nearest)) == len(right):
        return "anchors-apart", (
            "descriptors and anchors are not in the same order: each descriptor is right, for "
            "another window. Append both in the same loop")
    return "other", "get_resized_patch, then get_hog, for each window"


def _wrong_descriptors(case: Case) -> Iterator[tuple[str, Callable, str]]:
    """Name, function of left and upper that describes a window, and cause."""
    from PIL import Image

    image, (w, h), patch = case.image, case.window_size, case.patch_size

    def of_window(change: Callable) -> Callable:
        """The right one, of a window that is changed before it is resized."""
        return lambda left, upper: case.describe(change(case.crop(left, upper)))

    def of_patch(change: Callable, size: tuple[int, int] = patch) -> Callable:
        """The right one, of a patch that is changed after the window was resized."""
        return lambda left, upper: _describe(change(_resize(case.crop(left, upper), size)))

    def of_box(box: Callable) -> Callable:
        """The right one, of another part of the image, as Pillow cuts it out."""
        return lambda left, upper: case.describe(np.array(
            Image.fromarray(image).crop(box(left, upper))))

    lying = ("the patches lie on their side: patch_size is (width, height), as Pillow's resize "
             "takes it")
    slices = "rows come first: image[upper:lower, left:right], not image[left:right, upper:lower]"
    first_is_y = ("an image's first index is y: image[upper:lower, left:right]; here left and "
                  "upper have changed places")
    whole = case.describe(image)
    yield ("hog-of-the-whole-image", lambda left, upper: whole,
           "every window has the descriptor of the whole image: cut the window out first")
    yield ("x-and-y-swapped-in-the-crop",
           lambda left, upper: case.describe(image[left:left + w, upper:upper + h]), slices)
    yield ("x-and-y-swapped-in-the-crop",
           lambda left, upper: case.describe(image[left:left + h, upper:upper + w]), first_is_y)
    for box, cause in [
            (lambda left, upper: (left - w // 2, upper - h // 2, left + w // 2,
                                  upper + h // 2),
             "left and upper are the window's corner, and not its middle: no half of its size is "
             "taken off"),
            (lambda left, upper: (left, upper, left + patch[0], upper + patch[1]),
             "what is cut out has patch_size; it is window_size, and then resized to patch_size")]:
        yield "another-part-cut-out", of_box(box), cause
    for box in (lambda left, upper: (upper, left, upper + h, left + w),
                lambda left, upper: (upper, left, upper + w, left + h)):
        yield ("x-and-y-swapped-in-the-crop", of_box(box),
               "x and y have changed places: a box is (left, upper, right, lower), with x first")
    for describe in (
            lambda left, upper: case.describe(image[upper:upper + w, left:left + h]),
            of_box(lambda left, upper: (left, upper, left + h, upper + w))):
        yield ("width-and-height-swapped-in-the-crop", describe,
               "the window is as wide as it should be high: lower = upper + height")
    for describe in (
            lambda left, upper: case.describe(image[upper:upper + h - 1, left:left + w - 1]),
            of_box(lambda left, upper: (left, upper, left + w + 1, upper + h + 1))):
        yield ("one-pixel-off", describe,
               "a row and a column are lost, or come in addition: right = left + width, and lower "
               "= upper + height, are edges, without - 1 or + 1")
    yield "resized-lying-down", of_patch(lambda pixels: pixels, patch[::-1]), lying
    yield ("resized-from-rows", lambda left, upper: _describe(np.resize(
        case.crop(left, upper), (*patch[::-1], 3))),
        "np.resize repeats the numbers, and makes no smaller or larger picture of them")
    yield ("transposed-patch", of_patch(lambda pixels: pixels.transpose(1, 0, 2), patch[::-1]),
           "the patch is transposed: x and y have changed places")
    yield ("transposed-patch", of_window(lambda pixels: pixels.transpose(1, 0, 2)),
           "the window is transposed: x and y have changed places")
    grey = ("the colours are lost: get_hog takes, at each pixel, the channel with the strongest "
            "gradient")

    def luminance(pixels: np.ndarray) -> np.ndarray:
        return np.array(Image.fromarray(pixels).convert("L").convert("RGB"))

    yield "grey-image", of_window(luminance), grey
    for make_grey in (lambda pixels: pixels.mean(axis=2, keepdims=True).repeat(3, axis=2),
                      luminance,
                      *[lambda pixels, i=i: pixels[..., [i] * 3] for i in range(3)]):
        yield "grey-image", of_patch(make_grey), grey
    yield ("mirrored", of_patch(lambda pixels: pixels[:, ::-1]),
           "the patches are mirrored: left and right have changed places")
    yield ("upside-down", of_patch(lambda pixels: pixels[::-1]),
           "the patches stand on their head: y points downwards in an image")
