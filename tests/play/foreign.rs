//! `play` against servers that are not ours and speak in lines: real ones, with the transcripts of `tests/foreign/`.

use crate::{Folder, Played, project};
use chalktalk_tests::skipped;
use std::path::Path;
use std::{env, fs};

/// Both: the folder, its program, and where that is, as Debian calls it.
const SERVERS: [(&str, &str); 2] = [("redis", "redis-server"), ("ngircd", "ngircd")];

/// A folder with the transcripts for a server, and the command that starts it.
struct Foreign {
    folder: Folder,
    command: String,
}

/// Those that are installed here.
fn installed() -> Vec<Foreign> {
    let path = env::var_os("PATH").unwrap_or_default();
    let is_there = |program: &str| {
        let mut folders = env::split_paths(&path).chain([Path::new("/usr/sbin").to_owned()]);
        folders.any(|folder| folder.join(program).is_file())
    };
    let mut found = Vec::new();
    for (name, program) in SERVERS {
        if !is_there(program) {
            skipped::say(&format!(
                "transcripts are not played against {program}, which is not installed"
            ));
            continue;
        }
        let (from, folder) = (project("tests/foreign").join(name), Folder::new());
        for entry in fs::read_dir(&from).expect("the transcripts").flatten() {
            fs::copy(entry.path(), folder.0.join(entry.file_name())).expect("a copy");
        }
        let command = format!("'{}' {{port}}", from.join("serve.sh").display());
        found.push(Foreign { folder, command });
    }
    found
}

impl Foreign {
    fn play(&self, arguments: &[&str]) -> Played {
        let server = ["--server-command", self.command.as_str()];
        self.folder.play(&[arguments, &server].concat())
    }

    /// Puts a line that is not right any more into a transcript: its name, how it was, and the number of the line.
    fn go_stale(&self) -> (&'static str, String, usize) {
        for (name, line, stale) in [
            (
                "values.chat",
                "ben gets: :$length",
                "ben gets: :$length letters",
            ),
            (
                "one-room.chat",
                "    :irc.example.net 366 anna #tea :*",
                "    :irc.example.net 366 ann #tea :*",
            ),
        ] {
            let path = self.folder.0.join(name);
            let Ok(text) = fs::read_to_string(&path) else {
                continue;
            };
            let at = text
                .lines()
                .position(|other| other == line)
                .expect("the line");
            fs::write(path, text.replace(line, stale)).expect("a file");
            return (name, text, at + 1);
        }
        panic!("no transcript for this")
    }
}

#[test]
fn a_folder_of_theirs_plays_and_says_what_is_known_to_fail() {
    for foreign in installed() {
        let Played { code, out, err } = foreign.play(&[".", "README.md", "--tap", "--server-log"]);
        assert_eq!(code, 0, "{out}{err}");
        assert_eq!(out.matches(" # TODO known to fail: ").count(), 1, "{out}");
        assert!(
            out.contains(" - README.md:11\n") && !out.contains("come.chat"),
            "{out}"
        );
        assert!(err.contains(" ms after it was started"), "{err}");
    }
}

#[test]
fn what_they_say_otherwise_is_shown_on_github_and_then_updated() {
    for foreign in installed() {
        let (name, before, line) = foreign.go_stale();
        let mut play = foreign
            .folder
            .command(&[name, "--server-command", &foreign.command]);
        let output = play
            .env("GITHUB_ACTIONS", "true")
            .output()
            .expect("it runs");
        let err = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(
            err.starts_with(&format!("::error file={name},line={line}::")),
            "{err}"
        );
        let Played { code, out, .. } = foreign.play(&["*.chat", "--update"]);
        assert_eq!((code, out.matches("\nnew   ").count()), (0, 1), "{out}");
        let after = foreign.folder.read(name);
        assert_eq!(after.lines().count(), before.lines().count());
        assert_eq!(foreign.play(&[name]).out, format!("ok    {name}\n"));
    }
}

#[test]
fn a_conversation_with_each_of_them_is_drawn() {
    for foreign in installed() {
        let (name, said) = match foreign.folder.0.join("values.chat").exists() {
            true => ("values.chat", "+OK"),
            false => ("one-room.chat", "Is there any left?"),
        };
        let played = foreign.play(&[name, "--picture", "out.svg"]);
        assert_eq!((played.code, played.out), (0, format!("ok    {name}\n")));
        let picture = foreign.folder.read("out.svg");
        assert!(
            picture.starts_with("<svg") && picture.contains(said),
            "{picture}"
        );
    }
}
