"""Turns a screen with its colours (tmux capture-pane -e) into an SVG: stdin to stdout."""

import html
import re
import sys
import unicodedata

CELL, LINE, FONT = 8.4, 18, 14
GROUND, TEXT = "#1d1f21", "#d8d8d8"
COLOURS = {
    30: "#1d1f21", 31: "#cc6666", 32: "#8fbf5a", 33: "#d9a441", 34: "#6a9fd8", 35: "#c08bd0",
    36: "#6cc0b8", 37: "#d8d8d8", 90: "#808080", 91: "#ef7a7a", 92: "#a9d977", 93: "#f0c674",
    94: "#8fb8f0", 95: "#dba8ea", 96: "#8fdcd4", 97: "#ffffff",
}


def width(char):
    if unicodedata.combining(char) or char in "\u200d\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def runs(line):
    """The pieces of a line: column, cells, text, and the attributes as numbers."""
    style, column, at = set(), 0, 0
    while at < len(line):
        sequence = re.match("\x1b\\[([0-9;]*)m", line[at:])
        if sequence:
            for number in (int(part or 0) for part in sequence[1].split(";")):
                if number == 0:
                    style = set()
                elif number in (39, 49):
                    style = {n for n in style if n < 30}
                else:
                    style = style | {number}
            at += sequence.end()
            continue
        cells = width(line[at])
        yield column, cells, line[at], frozenset(style)
        column += cells
        at += 1


def joined(line):
    """The same, neighbours of one style as one, wide characters for themselves."""
    last = None
    for column, cells, text, style in runs(line):
        if last and last[3] == style and cells < 2 and last[1] == len(last[2]):
            last[1] += cells
            last[2] += text
        else:
            if last:
                yield last
            last = [column, cells, text, style]
    if last:
        yield last


def main():
    lines = sys.stdin.read().rstrip("\n").split("\n")
    columns = max(sum(cells for _, cells, _, _ in runs(line)) for line in lines)
    across, down = columns * CELL + 24, len(lines) * LINE + 24
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across:.0f} {down}" '
          f'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="{FONT}">')
    print(f'<rect width="100%" height="100%" rx="8" fill="{GROUND}"/>')
    for row, line in enumerate(lines):
        top = 12 + row * LINE
        for column, cells, text, style in joined(line):
            left, wide = 12 + column * CELL, cells * CELL
            colour = next((COLOURS[n] for n in sorted(style) if n in COLOURS), TEXT)
            ground = None
            if 7 in style:
                colour, ground = GROUND, colour
            if ground:
                print(f'<rect x="{left:.1f}" y="{top}" width="{wide:.1f}" height="{LINE}" fill="{ground}"/>')
            if text.strip():
                bold = ' font-weight="bold"' if 1 in style else ""
                dim = ' opacity="0.6"' if 2 in style else ""
                print(f'<text x="{left:.1f}" y="{top + 13.5}" fill="{colour}" textLength="{wide:.1f}" '
                      f'xml:space="preserve"{bold}{dim}>{html.escape(text)}</text>')
    print("</svg>")


main()
