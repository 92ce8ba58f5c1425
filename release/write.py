#!/usr/bin/env python3
"""Writes the man page and the completions of a built program, from what it says of itself.

    release/write.py target/release/chalktalk FOLDER

makes FOLDER/man1/chalktalk.1 and, in FOLDER/completions, chalktalk.bash, _chalktalk (zsh) and chalktalk.fish. The day on the
page is that of SOURCE_DATE_EPOCH where it is set, so that the same source gives the same page; else today.

No argument parser was given a table to generate from: the table is the help, which people read first and tests hold to
what the program takes.
"""

import os
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True

import bash  # noqa: E402
import fish  # noqa: E402
import man  # noqa: E402
import zsh  # noqa: E402
from usage import Program  # noqa: E402


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: release/write.py PROGRAM FOLDER")
    program, folder = Program(Path(sys.argv[1]).resolve()), Path(sys.argv[2])
    seconds = float(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
    pages = {
        "man1/chalktalk.1": man.page(program, time.strftime("%Y-%m-%d", time.gmtime(seconds))),
        "completions/chalktalk.bash": bash.page(program),
        "completions/_chalktalk": zsh.page(program),
        "completions/chalktalk.fish": fish.page(program),
    }
    for name, text in pages.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


main()
