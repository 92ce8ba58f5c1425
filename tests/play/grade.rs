//! `chalktalk grade`: what is told of submissions, and that each costs only itself.

use crate::{Folder, Played};
use std::fs;
use std::path::Path;

/// The checks of step 4, by a command that finds the right server in its environment: it starts at once, however busy
/// the machine is.
const GRADE: [&str; 5] = [
    "grade",
    ".",
    "--steps=4",
    "--run",
    concat!(
        "RIGHT='",
        env!("CARGO_BIN_EXE_classroom"),
        "' sh server.sh {port}"
    ),
];
/// A submission that starts it.
const RIGHT: &str = "exec \"$RIGHT\" \"$1\"";

/// A folder of submissions, each with its server.
fn class(servers: &[(&str, &str)]) -> Folder {
    let folder = Folder::new();
    for (name, text) in servers {
        fs::create_dir(folder.0.join(name)).expect("a folder");
        fs::write(folder.0.join(name).join("server.sh"), text).expect("a server");
    }
    folder
}

/// The row of a submission: how many checks held, of how many, and the note.
fn row(table: &str, name: &str) -> (u32, u32, String) {
    let row = table
        .lines()
        .find(|line| line.split(' ').next() == Some(name));
    let words: Vec<&str> = row.unwrap_or_default().split_whitespace().collect();
    let [_, all, step, note @ ..] = &words[..] else {
        panic!("{name} in\n{table}")
    };
    assert_eq!(step, all, "{table}");
    let (held, all) = all.split_once('/').expect("a cell");
    (
        held.parse().expect("a number"),
        all.parse().expect("a number"),
        note.join(" "),
    )
}

#[test]
fn each_submission_is_a_row() {
    let folder = class(&[("anna", RIGHT), ("ben", "echo oh >&2; exit 3")]);
    let Played { code, out, err } = folder.run(&[&GRADE[..], &["--json", "all.json"]].concat());
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(
        out.starts_with("submission               all   4     note\nanna "),
        "{out}"
    );
    let (held, all, note) = row(&out, "anna");
    assert!(held == all && all > 3 && note.is_empty(), "{out}");
    assert_eq!(row(&out, "ben"), (0, all, "does not start".to_owned()));
    let json = folder.read("all.json");
    assert!(
        json.starts_with(
            "[{\"submission\":\"anna\",\"output\":\"\",\"tests\":[{\"name\":\"04-names/"
        ),
        "{json}"
    );
    assert!(
        json.contains("\"score\":1,\"max_score\":1,\"output\":\"ok    04-names/"),
        "{json}"
    );
    // Twice, and no more.
    assert_eq!(
        json.matches("exit status: 3\\u000a            oh\\u000a")
            .count(),
        2,
        "{json}"
    );
}

#[test]
fn a_submission_is_built_in_a_copy() {
    let folder = class(&[("anna", ""), ("ben", "")]);
    fs::write(folder.0.join("anna/good"), RIGHT).expect("a file");
    let build = "test -e good && mv good server.sh || { echo no luck >&2; exit 1; }";
    let Played { out, .. } = folder.run(&[&GRADE[..], &["--build", build]].concat());
    let (held, all, _) = row(&out, "anna");
    assert!(held == all && all > 0, "{out}");
    assert_eq!(
        row(&out, "ben"),
        (0, all, "does not build: no luck".to_owned())
    );
    assert!(folder.0.join("anna/good").exists());
}

#[test]
fn a_build_reaches_neither_grade_nor_the_terminal() {
    let folder = class(&[("anna", RIGHT), ("ben", RIGHT)]);
    fs::write(folder.0.join("ben/bad"), "").expect("a file");
    // What signals its own group does not signal grade's, which is this test's.
    let own = std::process::id();
    let build = format!(
        "test $(ps -o pgid= -p $$) -ne $(ps -o pgid= -p {own}) || exit 1
        test ! -e bad || {{ printf '\\033[31mred\\n' >&2; exit 1; }}"
    );
    let nowhere = ["--build", &build, "--csv", "no/folder.csv"];
    let Played { code, out, err } = folder.run(&[&GRADE[..], &nowhere].concat());
    let (held, all, _) = row(&out, "anna");
    assert!(held == all && all > 0, "{out}");
    let note = r"does not build: \x1b[31mred".to_owned();
    assert_eq!(row(&out, "ben"), (0, all, note));
    assert!(code == 1 && err.contains("no/folder.csv"), "{err}");
}

#[test]
fn what_is_submitted_costs_only_itself() {
    let link = |name: &str| format!("ln -s {name} link; {RIGHT}");
    let servers = [
        ("crashes", "kill -SEGV $$"),
        ("deletes", "rm -rf \"$PWD\""),
        (
            "forks",
            "for i in 1 2 3 4 5 6 7 8; do for j in 1 2 3 4 5 6 7 8 9; do sleep 999 & done; done; wait",
        ),
        ("hangs", "exec sleep 999"),
        ("ignores", "trap '' HUP INT TERM; while :; do sleep 9; done"),
        ("parricide", "kill -KILL $PPID; exec sleep 999"),
        ("prints", "exec yes"),
        ("-rf", &link("..")),
        ("=1+1", &link("/")),
        ("od d\n\u{1b}[31m", &link(".")),
        ("right", RIGHT),
    ];
    let folder = class(&servers);
    fs::create_dir(folder.0.join(".git")).expect("a folder");
    for to in ["/", ".", "nowhere"] {
        let link = folder
            .0
            .join("right")
            .join(to.replace('/', "root").replace('.', "circle"));
        std::os::unix::fs::symlink(to, link).expect("a link");
    }
    let more = ["--csv=-", "--json=marks.json", "--jobs=7"];
    let Played { code, out, .. } = folder.run(&[&GRADE[..], &more].concat());
    assert_eq!(code, 0, "{out}");
    let (heading, rows) = out.split_once("\r\n").expect("a heading");
    let all = heading
        .split("all (of ")
        .nth(1)
        .and_then(|rest| rest.split(')').next());
    let all = all.expect("a number of checks");
    assert_eq!(
        heading,
        format!("\"submission\",all (of {all}),4 (of {all}),\"note\"")
    );
    let held = format!("\",{all},{all},\"\"");
    let held: Vec<&str> = rows
        .lines()
        .filter_map(|row| row.strip_suffix(&held))
        .collect();
    assert_eq!(
        held,
        ["\"'-rf", "\"'=1+1", "\"od d\\n\\x1b[31m", "\"right"],
        "{out}"
    );
    assert_eq!(rows.lines().count(), servers.len(), "{out}");
    let json = folder.read("marks.json");
    assert!(
        json.contains("ended by grade: more than 64 processes"),
        "{json}"
    );
    let files = fs::read_dir(&folder.0).expect("a folder").count();
    assert_eq!(
        files,
        servers.len() + 2,
        "the results, and nothing beside them"
    );
}

/// Of a system whose `cp` does this, one submission: how it gets on.
#[cfg(target_os = "linux")]
#[track_caller]
fn check_copied(copying: &str, expected: &str) {
    use std::os::unix::fs::PermissionsExt;
    let (folder, tools) = (class(&[("anna", RIGHT)]), Folder::new());
    tools.write("cp", &format!("#!/bin/sh\n{copying}\n"));
    let cp = tools.0.join("cp");
    fs::set_permissions(&cp, PermissionsExt::from_mode(0o755)).expect("a tool");
    let mut grade = std::process::Command::new(crate::PROGRAM);
    let path = std::env::var("PATH").expect("a path");
    let path = format!("{}:{path}", tools.0.display());
    let output = grade
        .args(GRADE)
        .current_dir(&folder.0)
        .env("PATH", path)
        .output();
    let out = String::from_utf8(output.expect("it runs").stdout).expect("UTF-8");
    let (held, _, note) = row(&out, "anna");
    assert_eq!((held, note.as_str()), (0, expected), "{out}");
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_copied_or_is_too_large_costs_only_itself() {
    check_copied("echo 'file: no' >&2; exit 1", "cannot be copied: file: no");
    check_copied(
        "fallocate -l 600M \"$TMPDIR/large\"; exec sleep 999",
        "cannot be copied: ended by grade: more than 512 MiB in its folder",
    );
}

#[cfg(target_os = "linux")]
#[test]
fn what_has_left_its_group_is_found() {
    let daemon = format!("setsid sh -c 'echo $$ >\"$PIDS/$$\"; exec sleep 999' & {RIGHT}");
    let folder = class(&[("daemon", &daemon)]);
    let pids = Folder::new();
    let mut run = GRADE.map(str::to_owned);
    run[4] = format!("PIDS='{}' {}", pids.0.display(), run[4]);
    let Played { code, out, .. } = folder.run(&run.each_ref().map(String::as_str));
    assert_eq!(code, 0, "{out}");
    let started: Vec<_> = fs::read_dir(&pids.0).expect("a folder").flatten().collect();
    assert!(!started.is_empty());
    for pid in started {
        // Of one that has ended, and that nobody has asked about, nothing is left but the number.
        let line = fs::read(Path::new("/proc").join(pid.file_name()).join("cmdline"));
        assert!(
            line.is_err() || line.is_ok_and(|line| line.is_empty()),
            "{pid:?}"
        );
    }
}

#[test]
fn a_server_that_has_started_before_is_tried_on() {
    let now_and_then = format!("echo >>times; test $(($(wc -l <times) % 2)) = 1 && {RIGHT}");
    let folder = class(&[("busy", &now_and_then)]);
    let Played { out, .. } = folder.run(&GRADE);
    let (held, all, note) = row(&out, "busy");
    assert_eq!(held, all.div_ceil(2), "{out}");
    assert!(note.starts_with("04-names/"), "{out}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_of_any_name_is_graded() {
    use std::os::unix::ffi::OsStrExt;
    let folder = class(&[]);
    let name = std::ffi::OsStr::from_bytes(b"b\xffn");
    fs::create_dir(folder.0.join(name)).expect("a folder");
    fs::write(folder.0.join(name).join("server.sh"), RIGHT).expect("a server");
    let Played { out, .. } = folder.run(&GRADE);
    let (held, all, _) = row(&out, "b\\xffn");
    assert!(held == all && all > 3, "{out}");
}

#[test]
fn a_variant_wants_another_mark() {
    let folder = class(&[("copied", RIGHT)]);
    let more = ["--set=mark=#", "--json=marks.json"];
    let Played { out, .. } = folder.run(&[&GRADE[..], &more].concat());
    let (held, all, _) = row(&out, "copied");
    assert!(held < all, "{out}");
    let json = folder.read("marks.json");
    assert!(
        json.contains(r"gets: \\#*\u000a  but came  * here"),
        "{json}"
    );
}

#[test]
fn arguments_that_say_nothing_are_refused() {
    let folder = class(&[]);
    let refused = [
        (&["grade"][..], 2, "a folder is wanted"),
        (&["grade", "."], 2, "--run './server {port}'"),
        (
            &["grade", ".", "--run=x", "--steps=four"],
            2,
            "--steps four: a whole number",
        ),
        (&["grade", ".", "--run=x", "--steps=12"], 1, "no such steps"),
        (&["grade", ".", "--run=x", "--set=mark"], 2, "--set mark"),
        (&["grade", ".", "--run=x"], 1, "no folder in it"),
        (&["grade", "nowhere", "--run=x"], 1, "nowhere: "),
        (&["grade", ".", "--fast"], 2, "does not take --fast"),
    ];
    for (arguments, expected, why) in refused {
        let Played { code, err, .. } = folder.run(arguments);
        assert!(
            code == expected && err.contains(why),
            "{arguments:?}: {err}"
        );
    }
}
