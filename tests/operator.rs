//! The operator, against a hub in memory: what is answered, what those see whom it is about, and the others; and that
//! nobody is back sooner than was said.
//!
//! The conversations stand in `tests/operator/`, in the language of transcripts and a few sentences more: `>` is what the
//! operator types, each `=` behind it a line of the answer, and people come from an address. Names are used once in each.

use chalktalk::server::Limits;
use chalktalk::server::operator::COMMANDS;
use chalktalk_tests::harness::matches;
use chalktalk_tests::memory::Memory;
use std::fs;
use std::time::Duration;

/// A chat that asks nobody whether they are there, with anna, from this machine, and bert, from elsewhere.
struct Class {
    chat: Memory,
    /// What is not told yet of an answer.
    answer: Vec<String>,
}

impl Class {
    fn of(bans_max: usize) -> Class {
        let limits = Limits {
            ping_after: Duration::from_secs(600_000),
            bans_max,
            ..Limits::default()
        };
        let (chat, answer) = (Memory::new(limits), Vec::new());
        let mut class = Class { chat, answer };
        class.plays("include parts/anna.chat\nbert comes from 192.0.2.5\n");
        class
    }

    fn plays(&mut self, text: &str) {
        let mut transcript = String::new();
        for line in text.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let ours = [">", "=", "ms", "comes", "as"];
            if !words.iter().take(2).any(|word| ours.contains(word)) {
                transcript += &format!("{line}\n");
                continue;
            }
            self.chat.goes_on(&std::mem::take(&mut transcript));
            match words[..] {
                [">", ..] => {
                    assert_eq!(self.answer, [""; 0], "was answered before {line}");
                    let answer = self.chat.obeys(&line[2..]);
                    self.answer = answer.lines().rev().map(str::to_owned).collect();
                }
                ["=", ..] => {
                    let told = self.answer.pop().unwrap_or_default();
                    assert!(matches(&line[2..], &told), "{line}: {told}");
                }
                [ms, "ms", "pass"] => self.chat.waits(Duration::from_millis(ms.parse().unwrap())),
                [who, "comes", "from", from] => {
                    let came = format!("skips to: CAME * * lobby {who}");
                    self.comes(who, who, from, &format!("{who} {came}\nanna {came}"));
                }
                [who, "as", name, "from", from, ref then @ ..] => match then {
                    ["connects"] => self.comes(who, name, from, ""),
                    ["comes", "in"] => {
                        let welcome = format!("{who} gets: WELCOME * * \\* {name} *");
                        self.comes(who, name, from, &welcome);
                    }
                    _ => {
                        let (_, why) = line.split_once(" stays out: ").expect(line);
                        let bye = format!("{who} gets: BYE {why}\n{who} gets the end");
                        self.comes(who, name, from, &bye);
                    }
                },
                _ => panic!("{line}"),
            }
        }
        self.chat.goes_on(&transcript);
        assert_eq!(self.answer, [""; 0], "was answered too");
    }

    fn comes(&mut self, who: &str, name: &str, from: &str, then: &str) {
        self.chat.from = from.parse().expect("an address");
        self.chat.goes_on(&format!(
            "{who} connects\n{who} gets: CHALKTALK *\n{who} sends: NAME {name}\n{then}\n"
        ));
    }
}

#[test]
fn the_operator_is_obeyed() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/operator");
    for file in fs::read_dir(folder).expect("conversations") {
        let file = file.expect("a conversation").path();
        // Shown where it fails.
        println!("{}", file.display());
        let text = fs::read_to_string(file).expect("a conversation");
        Class::of(Limits::default().bans_max).plays(&text);
    }
}

#[test]
fn there_are_only_so_many_bans_and_help_lists_what_there_is() {
    let mut class = Class::of(1);
    class.plays(
        "> ban emil\n= kept out for good: emil, *\n\
         > kick bert\n= no more than 1 are kept out or muted; unban some first\n\
         > mute bert\n= no more than 1 are kept out or muted; unban some first\n",
    );
    let commands = COMMANDS.iter();
    let help: Vec<String> = commands
        .map(|(usage, about)| format!("{usage}: {about}"))
        .collect();
    class.plays(&format!("> help\n= {}\n", help.join("\n= ")));
}
