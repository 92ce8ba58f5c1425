//! What a real terminal shows: every script, whatever happened to the screen, and what came together with the welcome.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;

use crate::ends::{family, group, kill};
use crate::window::{Window, has_tmux};
use crate::{PROGRAM, SHELLS, anna};

/// With vowel signs before, behind, above and around their letters, joiners, viramas, and syllables of single letters.
const SCRIPTS: [&str; 20] = [
    "Devanagari हिन्दी में बात करें, र्‍क क्‌ष",
    "Marathi माझी मराठी भाषा",
    "Bengali বাংলা ভাষায় কথা, কোনো র‍্যাব",
    "Gurmukhi ਪੰਜਾਬੀ ਵਿੱਚ ਗੱਲ",
    "Gujarati ગુજરાતીમાં વાત",
    "Oriya ଓଡ଼ିଆ ଭାଷାରେ କୋଣ",
    "Tamil தமிழ் மொழியில் கௌரவம்",
    "Telugu తెలుగులో మాట్లాడు",
    "Kannada ಕನ್ನಡದಲ್ಲಿ ಮಾತು ಕೊಡು",
    "Malayalam മലയാളത്തിൽ കൊച്ചു നൗക",
    "Sinhala සිංහලෙන් කථා කෝපි ක්‍ෂ, ශ්‍රී ලංකාව සහ ප්‍රශ්න",
    "Thai ภาษาไทย น้ำ กำแพง เก็บ",
    "Lao ພາສາລາວ ນ້ຳ",
    "Tibetan བོད་སྐད་ཀྱི་",
    "Myanmar မြန်မာဘာသာ ကြောင်း",
    "Khmer ភាសាខ្មែរ ស្រ្តី",
    "Javanese ꦧꦱꦗꦮ",
    "Balinese ᬪᬵᬱᬩᬮᬶ",
    "Jamo \u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af} 한글",
    "Latin ne\u{301}e Z\u{335}, עברית שָׁלוֹם, العَرَبِيَّة",
];

#[test]
fn every_script_is_shown_as_printf_shows_it() {
    let Some((server, chat)) = anna("scripts", 40, 80) else {
        return;
    };
    let printed = Window::open("printed", SHELLS[1], 40, 80);
    let file = printed.folder.join("scripts");
    fs::write(&file, SCRIPTS.join("\n")).unwrap();
    printed.line(&format!(
        "while read -r line; do printf '%s\\n' \"$line\"; done <{}; printf 'all of ''it\\n'",
        file.display()
    ));
    // The last has no end of its line.
    let printed = printed.expect("all of it");
    let mut bot = server.join("bot");
    for line in SCRIPTS {
        bot.send(&format!("SAY {line}"));
    }
    bot.send("SAY the last");
    let shown = chat.expect("bot: the last");
    for script in &SCRIPTS[..SCRIPTS.len() - 1] {
        let name = script.split(' ').next().unwrap();
        let of = |screen: &str| {
            let line = screen.lines().find(|line| line.contains(name));
            let line = line.unwrap_or_else(|| panic!("no {name} on\n{screen}"));
            line.split_at(line.find(name).unwrap()).1.to_owned()
        };
        let (shown, printed) = (of(&shown), of(&printed));
        // The people stand on the right.
        let shown = shown.split('│').next().unwrap().trim_end().to_owned();
        assert_eq!(shown, printed, "{name}");
    }
}

#[test]
fn a_change_to_the_same_size_draws_anew() {
    let Some((_server, window)) = anna("winch", 12, 60) else {
        return;
    };
    let family = family(&window.ask("#{pane_pid}"));
    let job = family.first().expect("a job");
    let of_job = |process: &&String| group(process).as_ref() == Some(job);
    let all: Vec<&str> = family.iter().filter(of_job).map(String::as_str).collect();
    for _ in 0..2 {
        fs::write(window.ask("#{pane_tty}"), "\x1b[2J").unwrap();
        kill("-WINCH", &all);
        window.expect("you are in lobby");
        window.expect(" F1 help");
    }
    window.type_text("still here");
    window.expect("> still here");
    // What is to be copied is not drawn over.
    window.press("M-l");
    window.expect("-- Enter goes back to the chat --");
    kill("-WINCH", &all);
    window.press("Enter");
    window.expect("> still here");
}

/// The port of a server that says all of this in one write, once it is told a name, and then is silent.
fn server_that_says(words: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"CHALKTALK 1 open hello\n").unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let name = lines
            .by_ref()
            .map_while(Result::ok)
            .find(|line| line.contains("NAME "));
        let name = name.unwrap();
        let tag = name.split_once("NAME ").unwrap().0;
        let words = words.replace("{tag}", tag);
        stream.write_all(words.as_bytes()).unwrap();
        lines.map_while(Result::ok).for_each(drop);
    });
    port
}

const WELCOME: &str =
    "WELCOME b.1 1763816400250 * anna hi\n{tag}OK b.1\nROOM b.2 1763816400250 lobby 1\n";

#[test]
fn what_comes_together_with_the_welcome_is_told_behind_it() {
    if !has_tmux() {
        return;
    }
    let said = "HISTORY lobby 0\nEND lobby\nCAME b.3 1763816400250 lobby anna\n\
                SAID b.4 1763816400250 lobby bert hello anna\nSAID b.5 1763816400250 lobby bert the last\n";
    let words: &'static str = format!("{WELCOME}{said}").leak();
    let port = server_that_says(words);
    let window = Window::open("together", SHELLS[0], 12, 60);
    window.line(&format!(
        "{PROGRAM} join 127.0.0.1:{port} --open --name anna"
    ));
    let screen = window.expect("bert: the last");
    // A name is known as one's own behind the welcome alone.
    assert!(screen.contains("▌ bert: hello anna"), "{screen}");
    assert!(!screen.contains("connected again"), "{screen}");
}

#[test]
fn an_end_that_comes_together_with_the_welcome_is_the_end() {
    if !has_tmux() {
        return;
    }
    let words: &'static str = format!("{WELCOME}BYE kicked be kind\n").leak();
    let port = server_that_says(words);
    let window = Window::open("bye", SHELLS[0], 12, 60);
    let before = window.modes("before");
    window.line(&format!(
        "{PROGRAM} join 127.0.0.1:{port} --open --name anna; echo le''ft:$?"
    ));
    window.expect("left:1");
    window.expect("you were sent away: be kind");
    assert_eq!(window.modes("after"), before);
}
