"""Pictures without people, of many kinds, for the person detector to learn from.

The photographs of Penn-Fudan show streets.  A detector that has seen nothing else takes columns of
text, book spines and bars of a chart for people: they are upright, have edges on both sides, and
nobody told it.  These pictures do:

`packaged`       photographs and pictures that scikit-image, scikit-learn and Matplotlib carry along
`drawn`          pages of text, textures, night skies, shelves, fences, charts, empty streets
`street_pieces`  what is beside the people in photographs of streets: turned, mirrored, noisy

A third of the first two is kept aside, never learned from: there the false alarms are counted.
Licences are told in `data/README.md`; no picture is copied into the repository.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

import matplotlib
import numpy as np
from make_street_ped import empty_street
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from scipy.ndimage import gaussian_filter

SIZE = (300, 400)  # rows, columns of what is drawn
LONGEST_SIDE = 640
N_OF_A_KIND = 12
PLACES = {"mined": (0, 1), "kept": (2,)}  # of each three

# Those without a person in them: astronaut, camera, and Matplotlib's Grace Hopper are left out.
SCIKIT_IMAGE = (
    "brick", "cell", "chelsea", "checkerboard", "clock", "coffee", "coins", "colorwheel", "grass",
    "gravel", "hubble_deep_field", "immunohistochemistry", "logo", "microaneurysms", "moon", "page",
    "retina", "rocket", "shepp_logan_phantom", "stereo_motorcycle", "text", "horse")
SCIKIT_LEARN = ("china.jpg", "flower.jpg")


def pictures_without_people(part: str, seed: int = 7) -> list[np.ndarray]:
    """All of `packaged` and `drawn` that are "mined", or that are "kept": (H, W, 3) uint8 each."""
    places = PLACES[part]
    pictures = [image for n, image in enumerate(packaged()) if n % 3 in places]
    for kind, draw in enumerate(KINDS):
        pictures += [draw(np.random.default_rng([seed, kind, n])) for n in range(N_OF_A_KIND)
                     if n % 3 in places]
    # Dithered: what fax machines and electronic paper make of the pictures above.
    return pictures + [as_rgb(Image.fromarray(image).convert("1")) for image in pictures[::3]]


def packaged() -> Iterator[np.ndarray]:
    """What the libraries carry along, at most `LONGEST_SIDE` pixels long."""
    import skimage.data
    from sklearn.datasets import load_sample_image

    for name in SCIKIT_IMAGE:
        image = getattr(skimage.data, name)()
        image = np.asarray(image[0] if isinstance(image, tuple) else image)  # of a stereo pair one
        if image.dtype != np.uint8:  # black and white, or from 0 to 1
            image = (255 * image.astype(float)).astype(np.uint8)
        yield as_rgb(Image.fromarray(image))
    for name in SCIKIT_LEARN:
        yield as_rgb(Image.fromarray(load_sample_image(name)))
    yield as_rgb(Image.open(Path(matplotlib.get_data_path()) / "sample_data" / "logo2.png"))


def as_rgb(picture: Image.Image) -> np.ndarray:
    picture = picture.convert("RGB")
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.BOX)
    return np.asarray(picture)


def street_pieces(images: Sequence[np.ndarray], boxes: Sequence[np.ndarray],
                  seed: int) -> list[np.ndarray]:
    """The widest strip beside the people, of every third photograph where it has 100 pixels.

    As no street looks: turned by 90, 180 or 270 degrees, or noisy.
    """
    pieces, rng = [], np.random.default_rng(seed)
    for image, own in list(zip(images, boxes))[::3]:
        edges = np.array([[0, 0], *sorted(own[:, ::2].tolist()), [image.shape[1]] * 2])
        starts, stops = np.maximum.accumulate(edges[:-1, 1]), edges[1:, 0]
        widest = np.argmax(stops - starts)
        if stops[widest] - starts[widest] < 100:
            continue
        piece = np.rot90(image[:, int(np.ceil(starts[widest])):int(stops[widest])], rng.integers(4))
        noise = rng.normal(0, rng.choice([0, 20, 40]), piece.shape)
        pieces.append(np.clip(piece + noise, 0, 255).astype(np.uint8))
    return pieces


# --------------------------------------------------------------------------------------------
# Drawn
# --------------------------------------------------------------------------------------------


def page_of_text(rng: np.random.Generator) -> np.ndarray:
    """Columns of made-up words, dark on light or the other way round, scanned or photographed."""
    height, width = SIZE
    paper, ink = (tuple(int(v) for v in rng.integers(low, high, 3))
                  for low, high in ((200, 256), (0, 90)))
    if rng.random() < 0.3:
        paper, ink = ink, paper
    picture = Image.new("RGB", (width, height), paper)
    draw = ImageDraw.Draw(picture)
    columns, size = int(rng.integers(1, 5)), int(rng.choice([9, 12, 16, 24, 40]))
    face = rng.choice(["DejaVuSans", "DejaVuSerif", "DejaVuSansMono", "DejaVuSans-Bold"])
    font = ImageFont.truetype(str(Path(matplotlib.get_data_path()) / f"fonts/ttf/{face}.ttf"), size)
    for column in range(columns):
        left, right = (width * (column + share) / columns for share in (0.06, 0.94))
        y = rng.uniform(0, 40)
        while y < height:
            x = left + rng.choice([0, 0, 0, 2 * size])
            end = right if rng.random() < 0.85 else rng.uniform(left, right)
            while x < end:
                word = "".join(rng.choice(list("eeeetttaaooinshrdlucmfwypvbg"),
                                          rng.integers(1, 10)))
                if x + draw.textlength(word, font) > right:
                    break
                draw.text((x, y), word, ink, font)
                x += draw.textlength(word + " ", font)
            y += size * (1.3 if rng.random() < 0.9 else 2.5)
    picture = picture.rotate(rng.normal(0, 3), fillcolor=paper)
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(rng.uniform(0, 1))))


def texture(rng: np.random.Generator) -> np.ndarray:
    """Noise that is smoothed, more along one direction; grain, cloth, bark, clouds."""
    smooth = np.exp(rng.uniform(np.log(0.7), np.log(20), 2))
    image = gaussian_filter(rng.normal(size=(*SIZE, 3)), (*smooth, 0), mode="wrap")
    if rng.random() < 0.5:
        image[:] = image[..., :1]
    image /= image.std()
    if rng.random() < 0.3:
        image = np.sign(image)
    return np.clip(rng.uniform(60, 200, 3) + rng.uniform(10, 60) * image, 0, 255).astype(np.uint8)


def night_sky(rng: np.random.Generator) -> np.ndarray:
    """Stars, and now and then lit windows of a town below."""
    image = np.zeros((*SIZE, 3)) + rng.uniform(0, 40, 3) * np.linspace(0.3, 1, SIZE[0])[:, None,
                                                                                        None]
    for size in (0.6, 1.2, 2.5):
        stars = np.zeros(SIZE)
        places = rng.integers(0, SIZE, (int(rng.integers(5, 200)), 2))
        stars[tuple(places.T)] = rng.uniform(100, 999)
        image += gaussian_filter(stars, size)[..., None] * rng.uniform(0.6, 1, 3)
    if rng.random() < 0.5:
        for left in np.arange(0, SIZE[1], 50):
            roof = rng.integers(80, 280)
            image[roof:, left:left + 46] = rng.uniform(0, 25, 3)
            for y in np.arange(roof + 8, SIZE[0], 18):
                for x in np.arange(left + 6, left + 40, 12):
                    if rng.random() < 0.4:
                        image[y:y + 9, x:x + 6] = [230, 200, 120]
    image += rng.normal(0, rng.uniform(1, 8), image.shape)
    return np.clip(image, 0, 255).astype(np.uint8)


def shelf(rng: np.random.Generator) -> np.ndarray:
    """Upright things side by side, as high and as wide as people: books, bottles, columns."""
    picture = Image.new("RGB", SIZE[::-1], tuple(int(v) for v in rng.integers(30, 230, 3)))
    draw = ImageDraw.Draw(picture)
    high, wide = rng.uniform(60, 260), rng.uniform(0.06, 0.4)
    for foot in np.arange(high + 10, SIZE[0] + high, high + 20):
        x = rng.uniform(-20, 20)
        while x < SIZE[1]:
            width, height = high * wide * rng.uniform(0.6, 1.4), high * rng.uniform(0.7, 1)
            paint = tuple(int(v) for v in rng.integers(0, 256, 3))
            box = (x, foot - height, x + width, foot)
            if rng.random() < 0.5:
                draw.rectangle(box, paint, outline=(20, 20, 20))
            else:
                draw.rounded_rectangle(box, width / 2, paint)
            for up in rng.uniform(0.1, 0.9, rng.integers(0, 4)):
                draw.rectangle((x + 0.2 * width, foot - up * height, x + 0.8 * width,
                                foot - up * height + rng.uniform(2, 25)), (230, 220, 190))
            x += width * rng.choice([1.0, 1.05, 2.0])
    image = gaussian_filter(np.asarray(picture, float), (*2 * [rng.uniform(0, 1.5)], 0))
    return np.clip(image + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8)


def chart(rng: np.random.Generator) -> np.ndarray:
    """Bars, lines or points, as Matplotlib draws them."""
    figure = Figure(figsize=(SIZE[1] / 100, SIZE[0] / 100), dpi=100)
    axes = figure.subplots()
    x, kind = np.arange(rng.integers(3, 30)), rng.choice(["bar", "line", "points", "steps"])
    y = rng.uniform(0.1, 1, len(x))
    colour = rng.uniform(0, 0.8, 3)
    if kind == "bar":
        axes.bar(x, y, width=rng.uniform(0.3, 0.95), color=colour)
    elif kind == "line":
        axes.plot(x, y, color=colour, marker=rng.choice(["", "o", "s"]))
    elif kind == "points":
        axes.scatter(*rng.normal(size=(2, 200)), s=rng.uniform(3, 60), color=colour)
    else:
        axes.stairs(y[:-1], x, fill=True, color=colour)
    axes.grid(bool(rng.random() < 0.4))
    axes.set(title="a chart", xlabel="x", ylabel="y")
    figure.savefig(file := BytesIO(), format="png")
    return as_rgb(Image.open(file))


KINDS = (page_of_text, texture, night_sky, shelf, chart, empty_street)
