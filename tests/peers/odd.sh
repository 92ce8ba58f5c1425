#!/bin/sh
# Takes part in tests/release.rs: its help has all that roff or a shell could take for something else.
case "$*" in
--version) echo 'chalktalk 9.8.7 (protocol 1)' ;;
--help) cat <<'END'
usage: chalktalk [OPTION…]
       chalktalk VERB …

.TH is no request here, and neither is
'so /etc/passwd

  --help   \fBnot bold\fR, 'quoted', "so", `touch touched`
  --first A|B   .the row begins with a dot

verbs:

  odd    it's $(touch touched) [odd]: \ and "more"
  plain  -a row that begins with a hyphen
END
;;
"odd --help") cat <<'END'
usage: chalktalk odd DIR [--bare] [OPTION…]

  --odd-one a-b|c   'so; $HOME, `touch touched`: [in] \brackets\ {braces} ~ ^ %s
  --odd-two FILE
                    .br is text, and so is
                    'br; and "this"

  'row 1            \e is no escape
END
;;
"plain --help") printf 'usage: chalktalk plain\n\nNothing to choose.\n' ;;
esac
