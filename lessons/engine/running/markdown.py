"""The Markdown of the lessons' cells as HTML: headings, paragraphs, lists, code, tables; no more.

Python brings no converter, and the lessons need little. What is not known here stays as it is
written, as a paragraph.
"""

from __future__ import annotations

import html
import re


def to_html(text: str) -> str:
    """Markdown to HTML.

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
