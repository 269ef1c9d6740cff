"""The pages: one a lesson, and `index.html`, which leads to them.

Each page holds everything it needs, pictures and meshes included, so that it opens from disk and
can be sent to somebody. It is made from what the cells showed (`lesson.CellRun`).
"""

from __future__ import annotations

import base64
import html
import keyword
import re
from collections.abc import Iterable
from pathlib import Path

from lessons import replace_file
from lessons.engine.lesson import CellRun, LessonRun, Picture

STYLE = Path(__file__).with_name("page.css")
SCRIPT = Path(__file__).with_name("page.js")
PICTURE = re.compile(r'<img src="data:image/png;base64,[^"]*"')  # as `_image` begins


def write_page(lesson: LessonRun, title: str) -> Path:
    """Write the page of a lesson into its folder; returns its path.

    What a run shows that failed is `unfinished.html`: so it never replaces a whole page.
    """
    cells, seen_heading = [], False
    for run in lesson.runs:
        seen_heading = seen_heading or bool(run.cell.heading)
        draws = run.cell.source.startswith("figure, ")  # and nothing else: who wants may unfold it
        cells.append(_cell(run, is_open=seen_heading and not draws))
    seconds = sum(run.seconds for run in lesson.runs)
    body = (f'<nav><a href="../index.html">all lessons</a><span class="space"></span>'
            f'<button type="button" id="fold">fold or open the code</button>'
            f'<button type="button" id="look">light or dark</button></nav>\n'
            f'<main>{"".join(cells)}</main>\n'
            f'<footer class="time">{seconds:.0f} s in all. As a notebook: '
            f'<code>python -m lessons notebook {lesson.number}</code></footer>')
    has_meshes = any(isinstance(shown, Picture) and shown.meshes
                     for run in lesson.runs for shown in run.shown)
    path = lesson.result("lesson.html")
    _write(path, f"Lesson {lesson.number}: {title}", body, _viewer() if has_meshes else "")
    return path


def write_index(out: Path, lessons: Iterable[tuple[str, str]]) -> Path:
    """Write `index.html`, which leads to each page that is there, whole or else unfinished.

    A page is shown by its own first picture: those beside it may be of another run.

    Parameters
    ----------
    out : the folder that holds the folders of the lessons.
    lessons : number and title of each, in order.
    """
    cards = []
    for number, title in lessons:
        folder = out / f"ex{number.replace('.', '_')}"
        pages = [name for name in ("lesson.html", "unfinished.html") if (folder / name).is_file()]
        if not pages:
            continue
        first = PICTURE.search((folder / pages[0]).read_text(encoding="utf-8"))
        image = f'<div>{first[0]} alt=""></div>' if first else ""
        cards.append(f'<li><a href="{folder.name}/{pages[0]}">{image}'
                     f'<h3>{number} {html.escape(title)}</h3></a></li>')
    body = ('<nav><span class="space"></span><button type="button" id="look">light or dark'
            '</button></nav>\n<h1>The lessons</h1>\n'
            '<p>Each walks through one exercise on real input: the idea, the code, the number, the '
            'picture. Then do it yourself: <code>python -m lessons start 1.4</code>.</p>\n'
            f'<ul class="cards">{"".join(cards)}</ul>')
    _write(out / "index.html", "minicv: the lessons", body)
    return out / "index.html"


def _write(path: Path, title: str, body: str, script: str = "") -> None:
    with replace_file(path, "w") as file:
        file.write(f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{html.escape(title)}</title>
<style>
{STYLE.read_text(encoding="utf-8")}</style>
</head>
<body>
{body}
<script>
{SCRIPT.read_text(encoding="utf-8")}</script>
{f"<script>{script}</script>" if script else ""}
</body>
</html>
""")


# -- cells -----------------------------------------------------------------------------------------


def _cell(run: CellRun, is_open: bool) -> str:
    if run.cell.kind == "markdown":
        return to_html(run.cell.source) + "\n"
    parts = [f'<details{" open" if is_open else ""}><summary>code'
             f'{f", {run.seconds:.1f} s" if run.seconds >= 0.05 else ""}</summary>'
             f'<pre>{highlight(run.cell.source)}</pre></details>']
    parts += [f'<pre class="printed">{html.escape(shown.rstrip())}</pre>'
              if isinstance(shown, str) else _figure(shown) for shown in run.shown]
    if run.error:
        parts.append(f'<p class="error">Here the lesson ended: {html.escape(run.error)}</p>')
    return "\n".join(parts) + "\n"


def _figure(picture: Picture) -> str:
    if picture.meshes:
        return mesh_html(picture)
    return (f'<figure>{_image(picture.path, picture.alt)}'
            f'<figcaption>{html.escape(_sentence(picture.caption))}</figcaption></figure>')


def mesh_html(picture: Picture, with_script: bool = False) -> str:
    """A picture of meshes as a figure that turns."""
    from minicv.plotting.mesh_viewer import mesh_figure

    text = mesh_figure(picture.meshes, picture.path.stem.replace("_", "-"),
                       _image(picture.path, picture.alt), _sentence(picture.caption))
    if not with_script:
        return text
    style = STYLE.read_text(encoding="utf-8")
    rules = "\n".join(line for line in style.splitlines() if line.startswith(".mesh-viewer"))
    return f"<style>{rules}</style>{text}<script>{{{_viewer()}}}</script>"


def _sentence(caption: str) -> str:
    return caption[:1].upper() + caption[1:]


def _viewer() -> str:
    from minicv.plotting.mesh_viewer import VIEWER_SCRIPT

    return VIEWER_SCRIPT


def _image(path: Path, alt: str) -> str:
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    return f'<img src="data:image/png;base64,{data}" alt="{html.escape(alt, quote=True)}">'


PARTS = re.compile(
    r"(?P<c>#.*)|(?P<s>(?:\b[bfrBFR]{1,2})?(?:\"{3}[\s\S]*?\"{3}|'{3}[\s\S]*?'{3}"
    r"|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'))"
    rf"|(?P<k>\b(?:{'|'.join(keyword.kwlist)})\b)")


def highlight(source: str) -> str:
    """Python code as HTML, with classes for keywords (k), strings (s) and comments (c).

    >>> highlight("x = 'a'  # b")
    'x = <span class="s">\\'a\\'</span>  <span class="c"># b</span>'
    """
    text, at = "", 0
    for part in PARTS.finditer(source):
        text += html.escape(source[at:part.start()], quote=False)
        text += f'<span class="{part.lastgroup}">{html.escape(part[0], quote=False)}</span>'
        at = part.end()
    return text + html.escape(source[at:], quote=False)


# -- the text of the cells, which is Markdown ------------------------------------------------------


def to_html(text: str) -> str:
    """Markdown to HTML: headings, paragraphs, lists, code, tables; no more.

    Python brings no converter, and the lessons need little. What is not known here stays as it is
    written, as a paragraph.

    >>> to_html("## The *idea*\\n\\nf(x) = `x < 0`")
    '<h2>The <em>idea</em></h2>\\n<p>f(x) = <code>x &lt; 0</code></p>'
    """
    return "\n".join(_block(block) for block in _blocks(text))


def _blocks(text: str) -> list[list[str]]:
    """Lines that belong together: cut at headings and blank lines, but not within indented code."""
    blocks: list[list[str]] = []
    text = re.sub(r"^(#.*)$", r"\n\1\n", text, flags=re.MULTILINE)
    for lines in map(str.splitlines, re.split(r"\n(?:[ \t]*\n)+", text.strip("\n"))):
        if blocks and _is_code(lines) and _is_code(blocks[-1]):
            blocks[-1] += ["    ", *lines]
        elif lines:
            blocks.append(lines)
    return blocks


def _is_code(block: list[str]) -> bool:
    return all(line.startswith("    ") for line in block)


ITEM = re.compile(r"^(?:[-*]|(\d+)\.) +")


def _block(lines: list[str]) -> str:
    heading = re.match(r"^(#{1,4}) +(.*)", lines[0])
    if heading:
        level = len(heading[1])
        return f"<h{level}>{inline(heading[2])}</h{level}>"
    if _is_code(lines):
        return f"<pre>{html.escape(chr(10).join(line[4:] for line in lines))}</pre>"
    if ITEM.match(lines[0]):
        return _list(lines)
    if all(line.startswith("|") for line in lines) and len(lines) > 2:
        return _table(lines)
    return f"<p>{inline(' '.join(line.strip() for line in lines))}</p>"


def _list(lines: list[str]) -> str:
    kind = "ol" if ITEM.match(lines[0])[1] else "ul"
    items = re.split(r"\n(?=[-*] |\d+\. )", "\n".join(lines))  # other lines go on with an item
    texts = (inline(" ".join(ITEM.sub("", item).split())) for item in items)
    return f"<{kind}>" + "".join(f"<li>{text}</li>" for text in texts) + f"</{kind}>"


def _table(lines: list[str]) -> str:
    rows = [[inline(cell.strip()) for cell in line.strip("|").split("|")] for line in lines]
    text = "".join("<tr>" + "".join(f"<{kind}>{cell}</{kind}>" for cell in row) + "</tr>"
                   for row, kind in zip([rows[0], *rows[2:]], ["th", *["td"] * len(rows)]))
    return f"<table>{text}</table>"


def inline(text: str) -> str:
    """What stands within a line: `code`, **bold**, *italic*, [a link](address)."""
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(f"<code>{html.escape(part[1:-1], quote=False)}</code>"
                   if re.fullmatch(r"`[^`]+`", part) else _styled(part) for part in parts)


def _styled(text: str) -> str:
    text = html.escape(text, quote=False)
    text = re.sub(r"\[([^\]]+)\]\(([^)\s]+)\)", r'<a href="\2">\1</a>', text)
    text = re.sub(r"\*\*(\S(?:.*?\S)?)\*\*", r"<strong>\1</strong>", text)
    return re.sub(r"(?<![\w*])\*(\S(?:[^*]*?\S)?)\*(?![\w*])", r"<em>\1</em>", text)
