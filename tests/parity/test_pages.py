"""The pages in a real browser: nothing in the console, every image there, meshes that turn."""

import base64
import json
import re
import shutil
import subprocess
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from lessons.engine import page
from lessons.engine.lesson import Cell, CellRun, LessonRun
from minicv import plotting
from minicv.occupancy_network import mesh_from_grid
from tests.lessons.running import walk

BROWSER = next((path for name in ("chromium", "chromium-browser", "google-chrome")
                if (path := shutil.which(name))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="there is no Chromium")

# What a page says of itself when it has come to rest.
REPORT = """<script>
window.addEventListener("load", () => setTimeout(async () => {
  await window.done;
  const images = [...document.images];
  document.documentElement.dataset.report = JSON.stringify({
    images: images.length, broken: images.filter(one => !one.naturalWidth).length,
    unnamed: images.filter(one => !one.alt && !one.closest(".cards")).length,
    turning: document.querySelectorAll(".mesh-viewer.turns").length,
    wider: document.documentElement.scrollWidth - window.innerWidth,
    milliseconds: Math.round(performance.now()), ...(window.extra ? window.extra() : {})});
}, 500));
</script></body>"""


def open_page(path, *options, size="1000,2000", extra=""):
    """Open a page; returns its report, and what it wrote to the console."""
    text = path.read_text(encoding="utf-8").replace("</body>", f"{extra}{REPORT}")
    probe = path.with_name("probe.html")
    probe.write_text(text, encoding="utf-8")
    run = subprocess.run(
        [BROWSER, "--headless=new", "--no-sandbox", "--use-angle=swiftshader",
         "--enable-unsafe-swiftshader", f"--window-size={size}", "--enable-logging=stderr",
         "--virtual-time-budget=20000", *options, "--dump-dom", probe.as_uri()],
        capture_output=True, text=True, timeout=120)
    probe.unlink()
    report = re.search(r'data-report="([^"]*)"', run.stdout)
    assert report, f"the page never came to rest: {run.stderr[-2000:]}"
    console = [line for line in run.stderr.splitlines() if "CONSOLE" in line
               and "GPU stall" not in line]  # of a machine that draws without a graphics card
    return json.loads(report[1].replace("&quot;", '"')), console


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The page of lesson 1.4, the index, and a page with two meshes, of 80,000 faces in all."""
    folder = tmp_path_factory.mktemp("pages")
    lesson = walk("1.4", folder, folder, N_IMAGES=30, N_RESAMPLES=10).lesson
    found = {"lesson": page.write_page(lesson, "Detection metrics"),
             "index": page.write_index(folder, [("1.4", "Detection metrics")])}
    axis = np.linspace(-1, 1, 110)
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    ball = mesh_from_grid(0.9 - np.sqrt(x**2 + y**2 + z**2), bounds=(-0.5, 0.5))
    ring = mesh_from_grid(0.3 - np.hypot(np.hypot(x, y) - 0.6, z), bounds=(-0.5, 0.5))
    assert len(ball.faces) + len(ring.faces) > 80_000
    turning = LessonRun("9.9", folder, folder, seed=0)
    turning.runs.append(CellRun(Cell("code", 1, "pass")))
    figure, (axes,) = plotting.panels("2d")
    axes.set_title("a ball and a ring")
    colours = np.tile([200, 30, 30], (len(ring.vertices), 1)).astype(np.uint8)
    turning.show(figure, "mesh.png", "turn it", meshes={
        "a ball": (ball.vertices, ball.faces), "a ring": (ring.vertices, ring.faces, colours)})
    return found | {"meshes": page.write_page(turning, "Meshes")}


@pytest.mark.parametrize("name", ["lesson", "index", "meshes"])
@pytest.mark.parametrize("size", ["1000,2000", "500,800"])
def test_a_page_loads_without_a_complaint(pages, name, size):
    report, console = open_page(pages[name], size=size)
    assert console == []
    assert report["images"] > 0 and report["broken"] == report["unnamed"] == 0
    assert report["wider"] <= 0  # readable without scrolling to the side
    assert report["turning"] == (name == "meshes")


SCALE = """<script>
const each = what => [...document.images].map(what);
window.extra = () => ({scale: Math.min(...each(image => Math[
  getComputedStyle(image).objectFit === "cover" ? "max" : "min"](
  image.clientWidth / image.naturalWidth, image.clientHeight / image.naturalHeight))),
  cut: each(image => getComputedStyle(image).objectFit === "cover"),
  hidden: Math.max(...each(image => image.parentNode.scrollWidth - image.parentNode.clientWidth))});
</script>"""


@pytest.mark.parametrize("size", ["1000,2000", "500,800"])
def test_pictures_in_the_index_are_large_enough_to_read(tmp_path, size):
    (tmp_path / "ex1_4").mkdir()
    two_panels = plotting.panels("2d", "2d")[0].get_size_inches() * 110
    Image.new("RGB", tuple(two_panels.astype(int))).save(picture := BytesIO(), "png")
    data = base64.b64encode(picture.getvalue()).decode()
    (tmp_path / "ex1_4" / "lesson.html").write_text(f'<img src="data:image/png;base64,{data}">')
    index = page.write_index(tmp_path, [("1.4", "Detection metrics")])
    report, _ = open_page(index, size=size, extra=SCALE)
    assert report["scale"] > 0.5  # letters of 10 points at 110 dots an inch: 8 pixels and more
    assert report["cut"] == [False]
    assert report["hidden"] <= 0 or size.startswith("500")  # there the card scrolls to the side


# The middle pixels of a canvas, before and after keys and drags.
LOOK = """<script>
const figure = document.querySelector(".mesh-viewer");
const canvas = figure.querySelectorAll("canvas")[1];
window.requestAnimationFrame = draw => setTimeout(draw, 10);  // nobody looks: no frame may come
const frame = () => new Promise(done => setTimeout(done, 50));
const seen = [];
const hash = text => [...text].reduce((sum, c) => (31 * sum + c.charCodeAt(0)) | 0, 7);
async function act(what) { what(); await frame(); seen.push(hash(canvas.toDataURL())); }
const key = name => canvas.dispatchEvent(new KeyboardEvent("keydown", {key: name, bubbles: true}));
const mouse = (type, x, y) => canvas.dispatchEvent(new PointerEvent(type,
  {pointerId: 1, clientX: x, clientY: y, bubbles: true}));
canvas.setPointerCapture = () => {};
HTMLCanvasElement.prototype.getContext = (old => function (type, options) {
  return old.call(this, type, {...options, preserveDrawingBuffer: true}); })(
  HTMLCanvasElement.prototype.getContext);
window.done = new Promise(done => window.addEventListener("load", async () => {
  await act(() => {});
  await act(() => key("ArrowLeft"));
  await act(() => key("0"));
  await act(() => key("+"));
  await act(() => canvas.dispatchEvent(new MouseEvent("dblclick", {bubbles: true})));
  await act(() => ["pointerdown", "pointermove", "pointerup"].forEach(
    (type, n) => mouse(type, 10 + 40 * n, 10 + 20 * n)));
  await act(() => key("0"));
  await act(() => key("w"));
  await act(() => figure.querySelector("button").click());
  done();
}));
window.extra = () => ({seen});
</script>"""


def test_meshes_turn_zoom_and_come_back(pages):
    text = pages["meshes"].read_text(encoding="utf-8")
    # The probe has to see the pixels that were drawn: it runs before the viewer starts.
    head, viewer = text.rsplit("<script>// A small viewer", 1)
    path = pages["meshes"].with_name("turned.html")
    path.write_text(head + LOOK + "<script>// A small viewer" + viewer, encoding="utf-8")
    report, console = open_page(path)
    assert console == []
    start, left, again, nearer, back, dragged, reset, wires, plain = report["seen"]
    assert len({start, left, nearer, dragged, wires}) == 5
    assert start == again == back == reset == plain


def test_without_webgl_the_picture_stands_there(pages):
    report, _ = open_page(pages["meshes"], "--disable-3d-apis")
    assert report["turning"] == 0 and report["broken"] == 0 and report["images"] == 1
