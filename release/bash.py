"""Completions for bash, 3.2 and newer, with nothing but its builtins."""

import shlex

from usage import kind, value_kind

PAGE = """\
# bash completion for {release}. Generated from --help: what should change, changes there.

# What comes behind the option $2 of the verb $1.
_chalktalk_takes() {{
    takes=
    case "$1 $2" in
{values}
    esac
}}

_chalktalk() {{
    local word current=${{COMP_WORDS[COMP_CWORD]}} verb='' takes='' options='' words='' behind='' i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${{COMP_WORDS[i]}}
        # bash parts --log=text at its "=".
        if [ "$word" = "=" ] || [ "$takes" = behind ]; then
            continue
        elif [ -n "$takes" ]; then
            takes=
        elif [ "$word" = -- ]; then
            takes=behind
        elif [ $i = 1 ] && [ "${{word#-}}" = "$word" ]; then
            verb=$word
        else
            _chalktalk_takes "$verb" "$word"
        fi
    done
    [ "$current" != "=" ] || current=''
    case $verb in
{verbs}
    *) return ;;
    esac
    case $takes in
    '') ;;
    behind) options= words=$behind ;;
    *) options= words=$takes ;;
    esac
    case $current in
    -*) words=$options ;;
    *) [ -n "$words" ] || words=$options ;;
    esac
    case $words in
    files | folders)
        compopt -o filenames 2>/dev/null
        while IFS= read -r word; do COMPREPLY+=("$word"); done \\
            < <(if [ "$words" = files ]; then compgen -f -- "$current"; else compgen -d -- "$current"; fi)
        ;;
    nothing) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
    esac
}}
complete -F _chalktalk chalktalk
"""


def offered(kind):
    """A kind in one word of bash, or in the words to choose from."""
    if kind is None:
        return "nothing"
    return kind if isinstance(kind, str) else " ".join(kind)


def first(words):
    """What can be offered for a word; nothing if no word is taken, and then options are."""
    kinds = [kind(word) for word in words]
    return next((offered(one) for one in kinds if one), "")


def options(usage):
    return " ".join(row.options[0] for row in usage.options)


def page(program):
    takes = {}
    for usage in [program.own, *program.verbs]:
        for row in usage.options:
            if row.value:
                takes.setdefault(offered(value_kind(row)), []).append(f"'{usage.name} {row.options[0]}'")
    values = []
    for what, patterns in takes.items():
        ends = [" | \\"] * (len(patterns) - 1) + [f") takes={shlex.quote(what)} ;;"]
        values += [f"    {pattern}{end}" for pattern, end in zip(patterns, ends)]
    names = " ".join(usage.name for usage in program.verbs)
    verbs = [
        f"    '') options={shlex.quote(options(program.own))} behind=nothing",
        f"        [ \"$COMP_CWORD\" != 1 ] || words='{names}' ;;",
    ]
    for usage in program.verbs:
        before, behind = (first(words) for words in usage.words)
        behind = behind or before or "nothing"
        verbs.append(f"    {usage.name}) options={shlex.quote(options(usage))} words='{before}' behind={behind} ;;")
    return PAGE.format(release=program.release, values="\n".join(values), verbs="\n".join(verbs))
