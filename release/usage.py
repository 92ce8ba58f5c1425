"""What the program says of itself, as a table: each `--help` read once, for the man page and for every shell.

The help texts are the table, and nothing stands beside them: a verb or an option that is new there is new here. Read are
three shapes: lines at the margin are prose; lines indented by two begin a row, its name and its text two blanks apart;
lines indented further go on with the row above.
"""

import re
import subprocess
from dataclasses import dataclass

OPTION = re.compile(r"--[a-z][a-z0-9-]*")


@dataclass
class Row:
    """A row of a help text: `--key FILE` and what it does."""

    name: str
    text: str

    @property
    def options(self):
        """The options that it is about: `--hint` in `learn 3 --hint` too."""
        return OPTION.findall(self.name)

    @property
    def value(self):
        """What its option takes, in the words of the help: FILE, or text|json; empty if nothing."""
        return OPTION.split(self.name)[-1].strip(" =[]") if self.options else ""


@dataclass
class Usage:
    """One help text: how it is called, and what follows, each a paragraph or a list of rows."""

    name: str
    about: str
    calls: list
    blocks: list

    @property
    def rows(self):
        return [row for block in self.blocks if isinstance(block, list) for row in block]

    @property
    def options(self):
        """Every option once, as a row that names it alone: those with a row, those in a call alone, and `--help`."""
        found = {option: Row(f"{option} {row.value}".strip(), row.text) for row in self.rows for option in row.options}
        for option in OPTION.findall(" ".join(self.calls)):
            found.setdefault(option, Row(option, ""))
        found.setdefault("--help", Row("--help", "how it is used"))
        return list(found.values())

    @property
    def words(self):
        """What stands for a word in a call, as in `FILE…`, before a `--` and behind it."""
        calls = " ".join(re.sub(r"[\[\]…|]", " ", call) for call in self.calls)
        before, _, behind = f"{calls} ".partition(" -- ")
        before = re.sub(OPTION.pattern + r" [A-Z]+", "", before)
        return re.findall(r"\b[A-Z]+\b", before), re.findall(r"\b[A-Z]+\b", behind)


def read(name, about, text):
    """A help text as a `Usage`."""
    head, *rest = text.rstrip("\n").split("\n\n")
    calls = [line.removeprefix("usage: ").strip() for line in head.split("\n")]
    blocks = []
    for line in "\n\n".join(rest).split("\n"):
        last = blocks[-1] if blocks else None
        if not line:
            blocks.append("")
        elif line.startswith("   ") and isinstance(last, list):
            last[-1].text = f"{last[-1].text} {line.strip()}".strip()
        elif line.startswith("  "):
            left, _, right = line.strip().partition("  ")
            row = Row(left, right.strip())
            if isinstance(last, list):
                last.append(row)
            else:
                blocks.append([row])
        elif isinstance(last, str):
            blocks[-1] = f"{last} {line}".strip()
        else:
            blocks.append(line)
    return Usage(name, about, calls, [block for block in blocks if block])


class Program:
    """A built program: its release, its own usage, and that of each verb."""

    def __init__(self, path):
        def told(*arguments):
            return subprocess.run([path, *arguments], check=True, capture_output=True, encoding="utf-8").stdout

        self.release = " ".join(told("--version").split()[:2])
        self.own = read("", "", told("--help"))
        # The one table whose rows are plain words.
        lists = (block for block in self.own.blocks if isinstance(block, list))
        verbs = next(rows for rows in lists if all(re.fullmatch("[a-z]+", row.name) for row in rows))
        self.verbs = [read(row.name, row.text, told(row.name, "--help")) for row in verbs]


def kind(word):
    """What a shell can offer for a value or a word: files, folders, a list of words, or None."""
    if re.fullmatch(r"[a-z0-9-]+(\|[a-z0-9-]+)+", word):
        return word.split("|")
    return {"FILE": "files", "COMMAND": "files", "DIR": "folders"}.get(word)


def value_kind(row):
    """The same for the value of an option: a command there is a line of its own, which no shell completes."""
    return None if row.value == "COMMAND" else kind(row.value)
