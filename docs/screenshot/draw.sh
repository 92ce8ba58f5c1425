#!/bin/sh
# Draws chat.svg: three people in real terminals (tmux), of which one is captured with its
# colours. Wants tmux, python3, and the program as its argument: target/release/chalktalk.
set -eu
program=$(realpath "${1:?usage: draw.sh PROGRAM}")
cd "$(dirname "$0")"
scratch=$(mktemp -d)
tm() { tmux -u -L chalktalk-screenshot -f /dev/null "$@"; }
server=
finish() {
    tm kill-server 2>/dev/null || true
    [ -z "$server" ] || kill "$server"
    rm -r "$scratch"
}
trap finish EXIT

mkfifo "$scratch/announced"
"$program" serve --listen 127.0.0.1:0 >"$scratch/announced" 2>/dev/null &
server=$!
read -r _ _ address <"$scratch/announced"

# Waits until a terminal shows something; each look takes some milliseconds.
see() {
    looks=0
    until tm capture-pane -p -t "=$1:" | grep -qF -- "$2"; do
        looks=$((looks + 1))
        [ "$looks" -lt 3000 ] || { echo "$1 never sees: $2" >&2; exit 1; }
    done
}
say() {
    tm send-keys -t "=$1:" -l "$2"
    tm send-keys -t "=$1:" Enter
}
for person in anna bert carl; do
    tm new-session -d -s "$person" -x 84 -y 20 -e NO_COLOR= "$program" join "$address" --name "$person"
    see "$person" "F1 help"
done
say carl "/topic homework and tea"
see anna "set the topic"
say bert "good morning! has anybody understood exercise 3?"
see anna "exercise 3"
say anna "a little: the loop must end, https://doc.rust-lang.org/book/ch03-05-control-flow.html"
see anna "anna: a little"
say bert "ah, anna, thank you 👍"
see anna "thank you"
say carl "/msg anna may I copy yours?"
see anna "copy yours"
say anna "/r no, but I explain it to you"
see anna "explain it"
say carl "日本語も大丈夫ですか？"
see anna "大丈夫"
say bert "of course"
see anna "of course"
tm send-keys -t "=anna:" -l "sure, carl: "
see anna "> sure"
tm capture-pane -p -e -t "=anna:" | python3 svg.py >chat.svg
