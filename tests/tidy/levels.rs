//! The level table of `docs/ARCHITECTURE.md`, and whether the source keeps to it.
//!
//! The table is read from the page people read, so the two cannot disagree. Only paths are
//! looked at (`crate::`, `super::`, a file's own child modules, imports followed to where the
//! thing lives): a type that arrives by inference from further up goes unseen.

use crate::source::{Keep, Names, names, strip};
use std::collections::BTreeMap;

/// One file or folder of the table.
#[derive(Debug)]
pub(crate) struct Row {
    /// A file, or a folder with its slash, which stands for the files in it with no row.
    place: String,
    level: u8,
    /// The wing it is of, which is deletable as a whole: only that wing and the highest level may
    /// name it. A wing without a name is a line of the table.
    wing: Option<String>,
    /// Paths that may not occur: std's, ours, or the end of any path.
    forbidden: Vec<String>,
}

/// The one word that stands for several paths, and how the paragraph that says for which begins.
const PURE: &str = "pure";
const PURE_IS: &str = "`pure` stands for";

/// Reads the table out of the page: the rows whose first cell is a level.
pub(crate) fn table(page: &str) -> Vec<Row> {
    let (_, paragraph) = page.split_once(PURE_IS).unwrap_or_default();
    let pure = spans(paragraph.split("\n\n").next().unwrap_or_default());
    let forbidden = |cell: &str| -> Vec<String> {
        let (words, mut paths): (Vec<_>, Vec<_>) =
            spans(cell).into_iter().partition(|path| path == PURE);
        // A word that stands for nothing would forbid nothing.
        assert!(words.is_empty() || !pure.is_empty(), "say what {PURE_IS}");
        if !words.is_empty() {
            paths.extend_from_slice(&pure);
        }
        paths
    };
    let mut rows = Vec::new();
    for (line, text) in page.lines().enumerate() {
        let cells: Vec<&str> = text
            .trim()
            .trim_matches('|')
            .split('|')
            .map(str::trim)
            .collect();
        let [level, places, _what, untouched] = cells[..] else {
            continue;
        };
        let (number, rest) = level.split_at_checked(1).unwrap_or(("", ""));
        let Ok(number) = number.parse() else { continue };
        for place in spans(places) {
            rows.push(Row {
                place,
                level: number,
                wing: wing(rest.trim(), line),
                forbidden: forbidden(untouched),
            });
        }
    }
    rows
}

/// The wing that stands behind a level, as in `wing` or `wing play`.
fn wing(behind: &str, line: usize) -> Option<String> {
    match behind.strip_prefix("wing")?.trim() {
        "" => Some(format!("of line {line}")),
        name => Some(name.to_owned()),
    }
}

/// What stands between backquotes.
fn spans(cell: &str) -> Vec<String> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// The row of a file: the longest that fits.
fn row<'a>(table: &'a [Row], file: &str) -> Option<&'a Row> {
    let fits =
        |row: &&Row| row.place == file || row.place.ends_with('/') && file.starts_with(&row.place);
    table.iter().filter(fits).max_by_key(|row| row.place.len())
}

/// The source by path, `src/` and all, without tests.
pub(crate) struct Tree(BTreeMap<String, Names>);

impl Tree {
    pub(crate) fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Tree {
        let read = |(path, text): (&str, &str)| (path.to_owned(), names(&strip(text, Keep::Code)));
        Tree(files.into_iter().map(read).collect())
    }

    /// The file of a module, the caption's for the root.
    fn file(&self, module: &[String]) -> Option<&str> {
        let path = match module {
            [] => "src/lib.rs".to_owned(),
            _ => format!("src/{}.rs", module.join("/")),
        };
        self.0.get_key_value(&path).map(|(path, _)| path.as_str())
    }

    /// The path from the root that `path`, written in `module`, stands for, imports followed.
    /// None for what is not ours.
    fn resolve(&self, module: &[String], path: &[String], depth: u8) -> Option<Vec<String>> {
        let here = self.file(module).map(|file| &self.0[file])?;
        let (mut at, mut rest) = match path.first()?.as_str() {
            "crate" | "chalktalk" => (Vec::new(), &path[1..]),
            "self" => (module.to_vec(), &path[1..]),
            "super" => (module.split_last()?.1.to_vec(), &path[1..]),
            first if path.len() > 1 && here.children.iter().any(|child| child == first) => {
                (module.to_vec(), path)
            }
            _ => return None,
        };
        while let Some((next, after)) = rest.split_first() {
            let mut deeper = at.clone();
            if next == "super" {
                deeper.pop();
            } else {
                deeper.push(next.clone());
            }
            if self.file(&deeper).is_none() {
                break;
            }
            (at, rest) = (deeper, after);
        }
        let import = rest.first().and_then(|name| self.import(&at, name));
        if let Some(import) = import.filter(|_| depth > 0) {
            let path: Vec<String> = import.iter().chain(&rest[1..]).cloned().collect();
            if let Some(found) = self.resolve(&at, &path, depth - 1) {
                return Some(found);
            }
        }
        at.extend_from_slice(rest);
        Some(at)
    }

    fn import(&self, module: &[String], name: &str) -> Option<&Vec<String>> {
        self.file(module)
            .and_then(|file| self.0[file].imports.get(name))
    }

    /// The files that a file names, and its paths resolved where they are ours.
    fn edges(&self, file: &str) -> (Vec<&str>, Vec<String>) {
        let module = module(file);
        let names = &self.0[file];
        let own = |path: &&Vec<String>| !names.children.contains(&path[0]) && path[0] != "self";
        let mut edges = Vec::new();
        let mut paths = Vec::new();
        // To show a child is no use of it: that is what a caption is for.
        for path in names.paths.iter().chain(names.shown.iter().filter(own)) {
            let Some(mut found) = self.resolve(&module, path, 8) else {
                paths.push(path.join("::"));
                continue;
            };
            paths.push(format!("crate::{}", found.join("::")));
            while self.file(&found).is_none() {
                found.pop();
            }
            edges.extend(self.file(&found).filter(|found| *found != file));
        }
        edges.sort_unstable();
        edges.dedup();
        (edges, paths)
    }
}

fn module(file: &str) -> Vec<String> {
    let path = file.trim_start_matches("src/").trim_end_matches(".rs");
    let root = matches!(path, "lib" | "main");
    if root {
        Vec::new()
    } else {
        path.split('/').map(str::to_owned).collect()
    }
}

/// Whether `path` is `forbidden` or lies below it: from its start for paths of std and ours, to
/// its end for all others.
fn touches(path: &str, forbidden: &str) -> bool {
    let below = |path: &str| {
        path.strip_prefix(forbidden)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    let rooted = forbidden.starts_with("std::") || forbidden.starts_with("crate::");
    below(path)
        || !rooted
            && path
                .match_indices("::")
                .any(|(at, _)| below(&path[at + 2..]))
}

/// Everything in the tree that breaks the table, a sentence each.
pub(crate) fn faults(tree: &Tree, table: &[Row]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut same_level = BTreeMap::new();
    let highest = table.iter().map(|row| row.level).max();
    for file in tree.0.keys().filter(|file| *file != "src/lib.rs") {
        let Some(from) = row(table, file) else {
            faults.push(format!("{file} has no level: add it to the table"));
            continue;
        };
        let (edges, paths) = tree.edges(file);
        for path in &paths {
            for no in from.forbidden.iter().filter(|no| touches(path, no)) {
                faults.push(format!("{file} names {path}, but may not touch {no}"));
            }
        }
        for edge in edges {
            let Some(to) = row(table, edge) else {
                faults.push(format!("{file} names {edge}, which has no level"));
                continue;
            };
            if to.level > from.level {
                faults.push(format!("{file} names {edge}, which is of a higher level"));
            } else if to.wing.is_some() && to.wing != from.wing && Some(from.level) != highest {
                faults.push(format!("{file} names {edge}, which is a wing"));
            } else if to.level == from.level {
                same_level
                    .entry(file.as_str())
                    .or_insert_with(Vec::new)
                    .push(edge);
            }
        }
    }
    faults.extend(
        same_level
            .keys()
            .filter_map(|file| cycle(&same_level, file)),
    );
    faults
}

/// The way from a file back to itself, told where the file is the first of its cycle.
fn cycle(edges: &BTreeMap<&str, Vec<&str>>, start: &str) -> Option<String> {
    let mut ways = vec![vec![start]];
    let mut seen = vec![start];
    while let Some(way) = ways.pop() {
        let last = way.last().and_then(|last| edges.get(last));
        for next in last.into_iter().flatten() {
            if *next == start {
                let first = way.iter().min() == Some(&start);
                return first.then(|| format!("{} -> {start} is a cycle", way.join(" -> ")));
            }
            if !seen.contains(next) {
                seen.push(next);
                ways.push([&way[..], &[*next]].concat());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Tree, faults, table};

    const PAGE: &str = "
Here `pure` stands for `std::thread` and
`Mutex`.

Not for `fmt`.

| level | file | what it is | may not touch |
|---|---|---|---|
| 0 | `src/wire.rs` `src/wire/` | types | `std::net`, `Instant::now`, `println` |
| 1 | `src/hub.rs` | the hub | |
| 2 | `src/client.rs` | the client | `crate::hub` |
| 2 | `src/rules.rs` | rules | `pure` `crate::hub` |
| 4 wing | `src/play.rs` `src/play/` | a wing | |
| 0 wing art | `src/brush.rs` | | |
| 4 wing art | `src/art.rs` | | |
| 4 | `src/screen.rs` `src/keys.rs` | | |
| 5 | `src/cli.rs` `src/main.rs` | arguments | |
";

    const CAPTION: (&str, &str) = (
        "src/wire.rs",
        "mod name; mod line; pub use name::Name; use line::Line; use std::fmt;",
    );

    #[track_caller]
    fn check(files: &[(&str, &str)], expected: &[&str]) {
        let tree = Tree::new(
            files
                .iter()
                .copied()
                .chain([("src/lib.rs", "pub mod wire;")]),
        );
        assert_eq!(faults(&tree, &table(PAGE)), expected);
    }

    #[test]
    fn what_the_table_allows_passes() {
        let name = (
            "src/wire/name.rs",
            "use super::line::Line; fn f() { super::line::g() }",
        );
        let line = (
            "src/wire/line.rs",
            "use std::fmt; #[cfg(test)] use std::net::TcpStream;",
        );
        let cli = (
            "src/cli.rs",
            "use crate::{hub::Hub, play, client}; // crate::nothing",
        );
        let hub = (
            "src/hub.rs",
            "use crate::wire::Name; use std::time::Instant;",
        );
        let play = [("src/play.rs", "mod a; use a::B;"), ("src/play/a.rs", "")];
        let main = ("src/main.rs", "fn main() { chalktalk::cli::main() }");
        let client = ("src/client.rs", "");
        let all = [
            CAPTION, name, line, cli, hub, main, client, play[0], play[1],
        ];
        check(&all, &[]);
    }

    #[test]
    fn a_file_without_a_level_is_a_fault() {
        check(
            &[("src/new.rs", "")],
            &["src/new.rs has no level: add it to the table"],
        );
    }

    #[test]
    fn a_name_from_a_higher_level_is_a_fault() {
        let hub = ("src/hub.rs", "");
        let fault = "src/wire.rs names src/hub.rs, which is of a higher level";
        check(&[("src/wire.rs", "use crate::hub::Hub;"), hub], &[fault]);
        check(&[("src/wire.rs", "use super::{hub::Hub};"), hub], &[fault]);
        check(
            &[("src/wire.rs", "fn f(hub: &crate::hub::Hub) {}"), hub],
            &[fault],
        );
        check(
            &[("src/wire.rs", "pub use crate::hub::Hub;"), hub],
            &[fault],
        );
    }

    #[test]
    fn a_forbidden_path_is_a_fault() {
        let client = "src/client.rs names crate::hub::Hub, but may not touch crate::hub";
        check(
            &[
                ("src/client.rs", "use crate::hub::Hub;"),
                ("src/hub.rs", ""),
            ],
            &[client],
        );
        let faults = [
            (
                "use std::{fmt, net::TcpStream};",
                "std::net::TcpStream",
                "std::net",
            ),
            (
                "fn f() { std::time::Instant::now() }",
                "std::time::Instant::now",
                "Instant::now",
            ),
            ("fn f() { Instant::now() }", "Instant::now", "Instant::now"),
            ("fn f() { println!() }", "println", "println"),
        ];
        for (code, path, forbidden) in faults {
            let fault = format!("src/wire.rs names {path}, but may not touch {forbidden}");
            check(&[("src/wire.rs", code)], &[&fault]);
        }
    }

    #[test]
    fn pure_stands_for_all_that_the_page_says() {
        let fault = |path: &str, no: &str| {
            let fault = format!("src/rules.rs names {path}, but may not touch {no}");
            check(&[("src/rules.rs", &format!("use {path};"))], &[&fault]);
        };
        fault("std::thread", "std::thread");
        fault("std::sync::Mutex", "Mutex");
        check(
            &[("src/rules.rs", "use std::fmt; use std::sync::Arc;")],
            &[],
        );
        let hub = ("src/hub.rs", "");
        let fault = "src/rules.rs names crate::hub::Hub, but may not touch crate::hub";
        check(&[("src/rules.rs", "use crate::hub::Hub;"), hub], &[fault]);
    }

    #[test]
    #[should_panic(expected = "say what `pure` stands for")]
    fn pure_may_not_stand_for_nothing() {
        table("| 0 | `src/rules.rs` | rules | `pure` |");
    }

    #[test]
    fn a_cycle_within_a_level_is_a_fault() {
        let screen = ("src/screen.rs", "use crate::keys::Key;");
        let cycle = ["src/keys.rs -> src/screen.rs -> src/keys.rs is a cycle"];
        check(&[screen, ("src/keys.rs", "")], &[]);
        check(
            &[screen, ("src/keys.rs", "use super::screen::Screen;")],
            &cycle,
        );
        // Also where a caption stands between.
        let name = ("src/wire/name.rs", "use super::line::Line;");
        let line = ("src/wire/line.rs", "use crate::wire::Name;");
        let cycle = ["src/wire/line.rs -> src/wire/name.rs -> src/wire/line.rs is a cycle"];
        check(&[CAPTION, name, line], &cycle);
    }

    #[test]
    fn a_wing_named_by_anything_but_the_top_is_a_fault() {
        let wing = ("src/play.rs", "");
        let fault = "src/screen.rs names src/play.rs, which is a wing";
        check(&[("src/screen.rs", "use crate::play;"), wing], &[fault]);
        check(&[("src/cli.rs", "use crate::play;"), wing], &[]);
    }

    #[test]
    fn a_wing_of_a_name_is_one_over_several_levels() {
        let (brush, art) = (("src/brush.rs", ""), ("src/art.rs", "use crate::brush;"));
        check(&[brush, art], &[]);
        let fault = "src/play.rs names src/brush.rs, which is a wing";
        check(&[brush, ("src/play.rs", "use crate::brush;")], &[fault]);
    }
}
