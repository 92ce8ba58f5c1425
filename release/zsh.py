"""Completions for zsh."""

from usage import kind, value_kind

PAGE = """\
#compdef chalktalk
# zsh completion for {release}. Generated from --help: what should change, changes there.

_chalktalk() {{
    local -a verbs options
    local words_are behind_are
    verbs=(
{verbs}
    )
    case $words[2] in
    -*|'') options=(
{own}
        ) ;;
{cases}
    *) (( CURRENT == 2 )) || return 1 ;;
    esac
    if (( CURRENT == 2 )); then
        if [[ $PREFIX != -* ]]; then
            _describe -t verbs verb verbs
            return
        fi
    elif [[ $words[2] != -* ]]; then
        shift words
        (( CURRENT -= 1 ))
        # Behind a -- nothing is an option.
        if (( ${{words[(i)--]}} < CURRENT )); then
            ${{(z)behind_are}}
            return
        fi
    fi
    # An option is offered behind a word of which nothing is known, too.
    [[ $PREFIX != -* ]] || : ${{words_are:= }}
    _arguments -S $options ${{words_are:+"*:word:$words_are"}}
}}

if [[ $funcstack[1] = _chalktalk ]]; then
    _chalktalk "$@"
else
    compdef _chalktalk chalktalk
fi
"""

ACTIONS = {"files": "_files", "folders": "_path_files -/", None: " "}


def quoted(text):
    return "'" + text.replace("'", r"'\''") + "'"


def action(kind):
    """What completes a value or a word of this kind."""
    return f"({' '.join(kind)})" if isinstance(kind, list) else ACTIONS[kind]


def specification(row):
    """An option as `_arguments` takes it; the star has it offered again, as in the other shells: some may be given twice."""
    text = row.text
    for special in "\\[]":
        text = text.replace(special, "\\" + special)
    option = row.options[0]
    if not row.value:
        return quoted(f"*{option}[{text}]")
    value = row.value.replace(":", r"\:")
    return quoted(f"*{option}=[{text}]:{value}:{action(value_kind(row))}")


def first(words):
    kinds = [kind(word) for word in words]
    return next((action(one) for one in kinds if one), "")


def page(program):
    def options(usage):
        return "\n".join(f"        {specification(row)}" for row in usage.options)

    cases = []
    for usage in program.verbs:
        before, behind = (first(words) for words in usage.words)
        cases.append(f"    {usage.name}) words_are={quoted(before)} behind_are={quoted(behind or before or '_nothing')}")
        cases.append(f"        options=(\n{options(usage)}\n        ) ;;")
    return PAGE.format(
        release=program.release,
        verbs="\n".join(f"        {quoted(verb(usage))}" for usage in program.verbs),
        own=options(program.own),
        cases="\n".join(cases),
    )


def verb(usage):
    """A verb as `_describe` takes it."""
    return f"{usage.name}:" + usage.about.replace("\\", "\\\\")
