"""Completions for fish."""

from usage import kind, value_kind

HEAD = """\
# fish completion for {release}. Generated from --help: what should change, changes there.

# Is this the place of the first word?
function __chalktalk_begins
    test (count (commandline -opc)) = 1
end

# Is the verb $argv[1], with no -- behind it? Without an argument: is there none?
function __chalktalk_in
    set -l words (commandline -opc)
    if not set -q argv[1]
        not set -q words[2]; or string match -q -- '-*' $words[2]
    else
        set -q words[2]; and test $words[2] = $argv[1]; and not contains -- -- $words
    end
end

# Is it behind the -- of the verb $argv[1]?
function __chalktalk_behind
    set -l words (commandline -opc)
    set -q words[2]; and test $words[2] = $argv[1]; and contains -- -- $words
end

complete -c chalktalk -e
complete -c chalktalk -f
"""
FOLDERS = "-x -a '(__fish_complete_directories)'"
VALUES = {"files": "-r -F", "folders": FOLDERS, None: "-x"}
WORDS = {"files": "-F", "folders": FOLDERS}


def quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", r"\'") + "'"


def value(kind):
    return f"-x -a {quoted(' '.join(kind))}" if isinstance(kind, list) else VALUES[kind]


def option(condition, row):
    takes = f" {value(value_kind(row))}" if row.value else ""
    name = row.options[0].removeprefix("--")
    return f"complete -c chalktalk -n {condition} -l {name}{takes} -d {quoted(row.text)}"


def page(program):
    lines = [HEAD.format(release=program.release)]
    for usage in program.verbs:
        lines.append(f"complete -c chalktalk -n __chalktalk_begins -a {usage.name} -d {quoted(usage.about)}")
    lines += [option("__chalktalk_in", row) for row in program.own.options]
    for usage in program.verbs:
        lines.append("")
        inside = quoted(f"__chalktalk_in {usage.name}")
        lines += [option(inside, row) for row in usage.options]
        before, behind = ([kind(word) for word in words if kind(word)] for words in usage.words)
        if before:
            lines.append(f"complete -c chalktalk -n {inside} {WORDS[before[0]]}")
        if behind or before:
            inside = quoted(f"__chalktalk_behind {usage.name}")
            lines.append(f"complete -c chalktalk -n {inside} {WORDS[(behind or before)[0]]}")
    return "\n".join(lines) + "\n"
