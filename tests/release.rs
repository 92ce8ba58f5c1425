//! What a release has beside the program, made by `release/write.py` from what the program says of itself: the man page, put
//! before the programs that read man pages, and the completions, asked in the real shells.
//!
//! What is expected is read from the help texts here too, but by its words alone: a `--word` at the start of a row, or in
//! a call. Where a shell or a reader of man pages is missing that is said, and nothing is tested. Elsewhere than on Linux `man`
//! is another program, with other options.
#![cfg(target_os = "linux")]
#![forbid(unsafe_code)]

use chalktalk_tests::harness::{Folder, Lines as _, Program};
use chalktalk_tests::skipped;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

const PROGRAM: &str = env!("CARGO_BIN_EXE_chalktalk");
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A program that says what no shell and no man page may take for something else. A file of its own: one that is written here
/// could not be started while another test starts something.
const ODD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/odd.sh");

/// Prints what bash offers for each line, which ends where the cursor is; bash itself parts lines at blanks and at `=`.
const BASH: &str = r#"
source "$1/completions/chalktalk.bash"
cd "$1/here"
shift
line= word= COMP_WORDS=() COMP_CWORD= COMPREPLY=() known=
known=$(compgen -v)
for line; do
    COMP_WORDS=()
    for word in ${line//=/ = }; do COMP_WORDS+=("$word"); done
    case $line in *' ') COMP_WORDS+=('') ;; esac
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    COMPREPLY=(of an earlier line)
    _chalktalk
    printf '%s\n' "${COMPREPLY[@]}" =
done
# No variable of the completions stays behind in a shell.
compgen -v | grep -vxF "$known"
"#;

/// The same of fish, which can be asked.
const FISH: &str = r#"
source $argv[1]/completions/chalktalk.fish
cd $argv[1]/here
for line in $argv[2..-1]
    complete -C $line
    echo =
end
"#;

/// The same of a zsh with a terminal, which is told to press Tab: what its completion adds is written to a file on the way,
/// and the next line typed when the prompt is back.
const ZSH: &str = r#"
zmodload zsh/zpty
export FOLDER=$1 OFFERED=$1/offered
cd $1/here
shift
cat > $FOLDER/setup <<'END'
PS1= PS2= RPS1=
fpath=($FOLDER/completions $fpath)
autoload -Uz compinit && compinit -u -D
compadd() {
    local -a offered
    case " $* " in
    *' -'[AOD]' '*) ;;
    *) builtin compadd -O offered "$@"; print -rl -- $offered >> $OFFERED ;;
    esac
    builtin compadd "$@"
}
ask() {
    _main_complete
    print -- = >> $OFFERED
    compstate[insert]= compstate[list]=
    print -n 'asked''-and-told'
}
zle -C ask complete-word ask
bindkey -e
bindkey '^I' ask
bindkey '^U' kill-whole-line
print 'ready''-to-ask'
END
zpty shell TERM=dumb zsh -f -i
zpty -w shell 'source $FOLDER/setup'
zpty -r shell told '*ready-to-ask*'
for line; do
    zpty -w -n shell "$line"$'\t'
    zpty -r shell told '*asked-and-told*'
    zpty -w -n shell $'\x15'
    cat $OFFERED
    : > $OFFERED
done
zpty -d shell
"#;

/// A folder with the pages of a program in it, a folder to stand in while completing, and nobody's settings; gone with
/// its value.
struct Pages {
    folder: Folder,
}

impl Pages {
    /// `None` where there is no Python.
    fn of(program: &str) -> Option<Pages> {
        let folder = Folder::make();
        let pages = Pages { folder };
        fs::create_dir_all(pages.here().join("a folder")).unwrap();
        fs::write(pages.here().join("a file"), "").unwrap();
        let mut write = Command::new("python3");
        write.arg(format!("{ROOT}/release/write.py"));
        write.args([program, pages.folder.to_str().unwrap()]);
        output(&mut write, "Python").map(|_| pages)
    }

    fn here(&self) -> PathBuf {
        self.folder.join("here")
    }

    fn man_page(&self) -> PathBuf {
        self.folder.join("man1/chalktalk.1")
    }

    /// What a shell offers for each line: words without what only shows what they are, in order.
    fn offered(&self, shell: &[&str], lines: &[String]) -> Option<Vec<Vec<String>>> {
        let program = Command::new(shell[0]).args(["-c", ""]).output();
        if program.is_err() {
            skipped::say(&format!("no completions in {0}: there is no {0}", shell[0]));
            return None;
        }
        let folder = self.folder.to_str().unwrap();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let mut shell = Program::new(shell[0])
            .arguments(&shell[1..])
            .arguments(&[folder])
            .arguments(&lines)
            .environment("LC_ALL", "C.UTF-8");
        for settings in ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "ZDOTDIR"] {
            shell = shell.environment(settings, folder);
        }
        let mut shell = shell.start();
        let mut offered = Vec::new();
        for _ in lines {
            let mut words = shell.output.take_to("=");
            words.pop();
            words.retain(|word| !word.is_empty());
            let words: Vec<String> = words.iter().map(|word| bare(word)).collect();
            offered.push(sorted(words.iter().map(String::as_str)));
        }
        shell.output.expect_end();
        assert_eq!(shell.errors.rest(), [""; 0]);
        Some(offered)
    }
}

/// What is offered, without what a shell adds: an explanation, backslashes, the sign that more follows, and the option before
/// its value.
fn bare(offered: &str) -> String {
    let word = offered
        .split('\t')
        .next()
        .unwrap_or_default()
        .replace('\\', "");
    let word = word.trim_end_matches(['/', '=']);
    word.rsplit('=').next().unwrap_or_default().to_owned()
}

/// What a command says that is to be without fault; `None`, said loudly, where it is not there.
#[track_caller]
fn output(command: &mut Command, what: &str) -> Option<String> {
    let Ok(Output {
        status,
        stdout,
        stderr,
    }) = command.output()
    else {
        skipped::say(&format!(
            "man page and completions without {what}: it is not here"
        ));
        return None;
    };
    let (stdout, stderr) = (String::from_utf8(stdout), String::from_utf8(stderr));
    let (stdout, stderr) = (stdout.unwrap(), stderr.unwrap());
    assert!(
        status.success(),
        "{command:?}: {status}\n{stdout}\n{stderr}"
    );
    assert_eq!(stderr, "", "{command:?} complains\n{stdout}");
    Some(stdout)
}

fn help(program: &str, verb: &str) -> String {
    let mut command = Command::new(program);
    command
        .args((!verb.is_empty()).then_some(verb))
        .arg("--help");
    output(&mut command, program).unwrap()
}

/// The verbs: the rows whose name is a word.
fn verbs(program: &str) -> Vec<String> {
    let help = help(program, "");
    let rows = help.lines().filter_map(|line| line.strip_prefix("  "));
    let names = rows.filter_map(|row| row.split_once("  ").map(|(name, _)| name));
    let is_verb = |name: &&str| name.chars().all(|c| c.is_ascii_lowercase());
    sorted(names.filter(|name| !name.is_empty()).filter(is_verb))
}

/// The options of a verb: those in a call, and those in the names of rows.
fn options(program: &str, verb: &str) -> Vec<String> {
    let help = help(program, verb);
    let calls = help.lines().take_while(|line| !line.is_empty());
    let rows = help.lines().filter_map(|line| line.strip_prefix("  "));
    let names = rows.map(|row| row.split("  ").next().unwrap_or_default());
    let words = calls
        .chain(names)
        .flat_map(|text| text.split([' ', '[', ']']));
    let is_option = |word: &&str| word.starts_with("--") && word.len() > 2;
    sorted(words.filter(is_option).chain(["--help"]))
}

fn sorted<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut words: Vec<String> = words.into_iter().map(str::to_owned).collect();
    words.sort();
    words.dedup();
    words
}

/// What is to be offered for which line.
fn expectations() -> Vec<(String, Vec<String>)> {
    let here = ["a file", "a folder"];
    let mut expected = vec![
        ("chalktalk ".into(), verbs(PROGRAM)),
        ("chalktalk se".into(), sorted(["serve"])),
        ("chalktalk -".into(), options(PROGRAM, "")),
        // Verbs stand first or nowhere.
        ("chalktalk --name se".into(), vec![]),
        ("chalktalk --name anna se".into(), vec![]),
        ("chalktalk --name anna --".into(), options(PROGRAM, "")),
        ("chalktalk serve jo".into(), vec![]),
        ("chalktalk nothing --".into(), vec![]),
    ];
    for verb in verbs(PROGRAM) {
        let line = format!("chalktalk {verb} --");
        expected.push((line, options(PROGRAM, &verb)));
    }
    let rest: [(&str, &[&str]); 17] = [
        ("chalktalk serve --port", &["--port", "--port-file"]),
        ("chalktalk serve --log ", &["json", "text"]),
        ("chalktalk serve --log j", &["json"]),
        ("chalktalk serve --log=t", &["text"]),
        (
            "chalktalk serve --log text --hi",
            &["--hidden", "--history-bytes", "--history-events"],
        ),
        // Behind a word that no shell knows anything of.
        ("chalktalk join 10.0.0.7 --ro", &["--room"]),
        ("chalktalk relay nats://h --sub", &["--subject"]),
        ("chalktalk learn 3 --hi", &["--hint"]),
        ("chalktalk serve --key ", &here),
        ("chalktalk serve --port-file ", &here),
        ("chalktalk play --junit ", &here),
        ("chalktalk serve --title ", &[]),
        ("chalktalk play ", &here),
        ("chalktalk grade ", &["a folder"]),
        ("chalktalk learn -- ", &here),
        ("chalktalk learn -- ./server ", &here),
        ("chalktalk learn -- ./server --", &[]),
    ];
    let rest = rest.map(|(line, words)| (line.into(), sorted(words.iter().copied())));
    expected.extend(rest);
    expected
}

/// Asks a shell, of this program and of the odd one.
fn check(shell: &[&str]) {
    let Some(pages) = Pages::of(PROGRAM) else {
        return;
    };
    let (lines, expected): (Vec<_>, Vec<_>) = expectations().into_iter().unzip();
    let Some(offered) = pages.offered(shell, &lines) else {
        return;
    };
    assert_eq!(offered.len(), lines.len(), "{offered:?}");
    for ((line, expected), offered) in lines.iter().zip(expected).zip(offered) {
        assert_eq!(offered, expected, "{line}");
    }
    let odd = Pages::of(ODD).unwrap();
    let lines = [
        "",
        "-",
        "odd --",
        "odd --odd-one ",
        "odd --odd-two ",
        "odd ",
        "plain --",
    ];
    let offered = odd.offered(shell, &lines.map(|line| format!("chalktalk {line}")));
    let expected: [&[&str]; 7] = [
        &["odd", "plain"],
        &["--first", "--help"],
        &["--bare", "--help", "--odd-one", "--odd-two"],
        &["a-b", "c"],
        &["a file", "a folder"],
        &["a folder"],
        &["--help"],
    ];
    assert_eq!(offered.unwrap(), expected);
    assert!(!odd.here().join("touched").exists(), "a text was run");
}

/// Text as it comes out, whatever stands between its words.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Each piece of a help text that must stand on the page: lines of prose, names of rows, texts of rows. A page has three
/// dots where a help text has one character, for terminals that know ASCII alone.
fn pieces(help: &str) -> Vec<String> {
    let lines = help.lines().map(|line| line.trim_start_matches("usage: "));
    let pieces = lines.flat_map(|line| line.split("  ")).map(str::trim);
    let pieces = pieces.filter(|piece| !piece.is_empty());
    pieces.map(|piece| piece.replace('…', "...")).collect()
}

/// Checks a page by itself, and that it shows all that the program says.
fn check_man_page(program: &str, pages: &Pages) {
    let page = pages.man_page();
    let page = page.to_str().unwrap();
    // Not every reader of man pages prints a bare hyphen as what is typed.
    let source = fs::read_to_string(page).unwrap();
    for line in source.lines().filter(|line| !line.starts_with('.')) {
        assert!(!line.replace(r"\-", "").contains('-'), "{line}");
    }
    let readers: [&[&str]; 4] = [
        &[
            "man",
            "--warnings",
            "-E",
            "UTF-8",
            "-Tutf8",
            "-Z",
            "-l",
            page,
        ],
        &["groff", "-ww", "-man", "-Tutf8", page],
        &["groff", "-ww", "-man", "-Tascii", page],
        &["mandoc", "-T", "lint", page],
    ];
    for reader in readers {
        let mut command = Command::new(reader[0]);
        command.args(&reader[1..]).env("LC_ALL", "C.UTF-8");
        let said = output(&mut command, reader[0]);
        assert!(reader[0] != "mandoc" || said.is_none_or(|said| said.is_empty()));
    }
    let mut man = Command::new("man");
    man.args(["-E", "UTF-8", "-P", "cat", "-l", page]);
    man.env("LC_ALL", "C.UTF-8").env("MANWIDTH", "1000");
    let Some(shown) = output(&mut man, "man") else {
        return;
    };
    let (own, by_verbs) = shown.split_once("\nVERBS\n").unwrap();
    let expect = |shown: &str, help: &str| {
        let shown = words(shown);
        for piece in pieces(help) {
            assert!(shown.contains(&words(&piece)), "no {piece} in\n{shown}");
        }
    };
    expect(own, &help(program, ""));
    for verb in verbs(program) {
        let (_, shown) = by_verbs
            .split_once(&format!("   chalktalk {verb}\n"))
            .unwrap();
        let shown = shown.split("\n   chalktalk ").next().unwrap();
        expect(shown, &help(program, &verb));
    }
}

#[test]
fn the_man_page_is_without_fault_and_shows_all_that_help_says() {
    let Some(pages) = Pages::of(PROGRAM) else {
        return;
    };
    check_man_page(PROGRAM, &pages);
    let odd = Pages::of(ODD).unwrap();
    check_man_page(ODD, &odd);
}

/// A folder with a manifest and a changelog, asked what the release of a version says.
#[track_caller]
fn check_notes(changelog: &str, expected: Result<&str, &str>) {
    let folder = Folder::make();
    let manifest = "[package]\nversion = \"1.2.3\"\n";
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::write(folder.join("CHANGELOG.md"), changelog).unwrap();
    let mut notes = Command::new(format!("{ROOT}/release/notes"));
    let Output { stdout, stderr, .. } = notes.arg("1.2.3").current_dir(&*folder).output().unwrap();
    let (stdout, stderr) = (String::from_utf8(stdout), String::from_utf8(stderr));
    match expected {
        Ok(text) => assert_eq!(
            (stdout.unwrap().trim(), stderr.unwrap().as_str()),
            (text, "")
        ),
        Err(sentence) => assert!(stderr.as_ref().unwrap().contains(sentence), "{stderr:?}"),
    }
}

#[test]
fn a_release_says_what_the_changelog_says_of_its_version() {
    let older = "## [1.2.2] - 2025-01-01\n\n- Old.\n";
    let newest = "# Changelog\n\n## [1.2.3] - 2026-02-03\n\n### Added\n\n- New.\n\n";
    check_notes(&format!("{newest}{older}"), Ok("### Added\n\n- New."));
    check_notes(newest, Ok("### Added\n\n- New."));
    let no_day = "its heading should be ## [1.2.3] - YYYY-MM-DD";
    check_notes(&newest.replace("2026-02-03", "unreleased"), Err(no_day));
    check_notes(older, Err(no_day));
}

#[test]
fn a_release_wants_the_version_of_the_manifest() {
    let mut notes = Command::new(format!("{ROOT}/release/notes"));
    let told = notes.arg("0.0.1").current_dir(ROOT).output().unwrap();
    let told = String::from_utf8(told.stderr).unwrap();
    assert!(
        told.starts_with("Cargo.toml has another version than 0.0.1"),
        "{told}"
    );
}

#[test]
fn an_archive_has_every_file_and_its_checksum_and_the_same_bytes_each_time() {
    let Some(pages) = Pages::of(PROGRAM) else {
        return;
    };
    let pack = |folder: &str, program: &str, ending: &str| {
        let dist = pages.folder.join(folder);
        let content = dist.join("chalktalk-1");
        fs::create_dir_all(content.join("man1")).unwrap();
        fs::write(content.join(program), program).unwrap();
        fs::copy(pages.man_page(), content.join("man1/chalktalk.1")).unwrap();
        let mut pack = Command::new("python3");
        pack.arg(format!("{ROOT}/release/pack.py")).arg(&content);
        output(pack.env("SOURCE_DATE_EPOCH", "1700000000"), "Python").unwrap();
        let archive = format!("chalktalk-1{ending}");
        let mut list = Command::new("python3");
        let module = if ending == ".zip" {
            "zipfile"
        } else {
            "tarfile"
        };
        let list = list.args(["-m", module, "-l"]).arg(dist.join(&archive));
        let listed = output(list, "Python").unwrap();
        for name in [program, "man1/chalktalk.1"] {
            assert!(listed.contains(&format!("chalktalk-1/{name}")), "{listed}");
        }
        let mut check = Command::new("sha256sum");
        check
            .args(["--strict", "--check", "SHA256SUMS"])
            .current_dir(&dist);
        assert_eq!(
            output(&mut check, "sha256sum").unwrap(),
            format!("{archive}: OK\n")
        );
        fs::read(dist.join(&archive)).unwrap()
    };
    assert_eq!(
        pack("a", "chalktalk", ".tar.gz"),
        pack("b", "chalktalk", ".tar.gz")
    );
    assert_eq!(
        pack("c", "chalktalk.exe", ".zip"),
        pack("d", "chalktalk.exe", ".zip")
    );
}

#[test]
fn bash_completes_verbs_options_and_values() {
    check(&["bash", "--norc", "--noprofile", "-c", BASH, "bash"]);
}

#[test]
fn zsh_completes_verbs_options_and_values() {
    check(&["zsh", "-f", "-c", ZSH, "zsh"]);
}

#[test]
fn fish_completes_verbs_options_and_values() {
    check(&["fish", "--no-config", "-c", FISH]);
}
