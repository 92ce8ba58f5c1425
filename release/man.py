"""The man page, in roff."""

import re
import textwrap

from usage import OPTION

PURPOSE = "chat with the people on one network"
# What roff would take for something else, print as a prettier character that no shell understands, or lose where the terminal
# knows ASCII alone.
SPELLED = {"…": "...", "\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti", '"': r"\(dq"}


def escaped(text):
    """Text that comes out as it went in."""
    spelled = (SPELLED.get(c) or (c if c.isascii() else rf"\[u{ord(c):04X}]") for c in text)
    return "".join(spelled)


def line(text):
    """A line of text that is no request: those begin with a dot, or an apostrophe, which is spelled by now."""
    return rf"\&{text}" if text.startswith(".") else text


def filled(text):
    """A paragraph, in lines."""
    lines = textwrap.wrap(escaped(text), 76, break_long_words=False, break_on_hyphens=False)
    return [line(one) for one in lines]


def call(text):
    """How something is called: options and verbs bold, what stands for something else slanted."""
    def shown(found):
        font = "I" if re.fullmatch(r"[A-Z][A-Z0-9-]*", found[0]) else "B"
        return rf"\f{font}{escaped(found[0])}\fR"

    words = re.compile(rf"{OPTION.pattern}|(?<![\w-])[A-Za-z][A-Za-z0-9-]*")
    parts, at = [], 0
    for found in words.finditer(text):
        parts += [escaped(text[at : found.start()]), shown(found)]
        at = found.end()
    return line("".join(parts) + escaped(text[at:]))


def table(rows):
    for row in rows:
        # What is no option is an example of what is typed or read.
        name = call(row.name) if row.name.startswith("--") else line(rf"\fB{escaped(row.name)}\fR")
        yield from [".TP", name, *(filled(row.text) or [r"\&"])]


def block(content):
    if isinstance(content, list):
        yield from table(content)
    else:
        yield from [".PP", *filled(content)]


def page(program, date):
    """The page of a program, as of a day."""
    lines = [
        r".\" Generated from --help: what should change, changes there.",
        f'.TH CHALKTALK 1 {date} "{escaped(program.release)}" "User Commands"',
        ".nh",
        ".ad l",
        ".SH NAME",
        rf"chalktalk \- {PURPOSE}",
        ".SH SYNOPSIS",
        call(program.own.calls[0]),
    ]
    for other in program.own.calls[1:]:
        lines += [".br", call(other)]
    lines += [".SH DESCRIPTION"]
    for content in program.own.blocks:
        if isinstance(content, list) and content[0].options:
            lines += [".SH OPTIONS"]
        lines += block(content)
    lines += [".SH VERBS"]
    for verb in program.verbs:
        lines += [f".SS chalktalk {verb.name}", call(verb.calls[0])]
        for other in verb.calls[1:]:
            lines += [".br", call(other)]
        for content in verb.blocks:
            lines += block(content)
    # A request for a paragraph directly behind a heading's text is one too many.
    return re.sub(r"(?m)^(\.SH .*\n)\.PP\n", r"\1", "\n".join(lines) + "\n")
