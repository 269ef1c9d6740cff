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
    """Lines that belong together: cut at blank lines, but not within indented code."""
    blocks: list[list[str]] = []
    begin = True
    for line in text.strip("\n").splitlines():
        if not line.strip():
            begin = True
            continue
        code = line.startswith("    ")
        after_code = bool(blocks) and blocks[-1][-1].startswith("    ") and _is_code(blocks[-1])
        if begin and code and after_code:
            blocks[-1] += ["    ", line]  # a blank line within code
        elif begin or line.startswith("#"):
            blocks.append([line])
        else:
            blocks[-1].append(line)
        begin = line.startswith("#")
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
    items: list[str] = []
    for line in lines:
        if ITEM.match(line):
            items.append(ITEM.sub("", line))
        else:  # an item goes on
            items[-1] += f" {line.strip()}"
    numbered = ITEM.match(lines[0])
    kind = "ol" if numbered and numbered[1] else "ul"
    return f"<{kind}>" + "".join(f"<li>{inline(item)}</li>" for item in items) + f"</{kind}>"


def _table(lines: list[str]) -> str:
    rows = [[inline(cell.strip()) for cell in line.strip("|").split("|")] for line in lines]
    head = "".join(f"<th>{cell}</th>" for cell in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>"
                   for row in rows[2:])
    return f"<table><tr>{head}</tr>{body}</table>"


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
