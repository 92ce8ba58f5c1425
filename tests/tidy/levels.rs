//! The level table of `docs/ARCHITECTURE.md`, and whether the source keeps to it.
//!
//! The table is read from the page people read, so the two cannot disagree. Only paths are
//! looked at (`crate::`, `super::`, a file's own child modules, imports followed to where the
//! thing lives): a type that arrives by inference from further up goes unseen.

use crate::source::{Path, paths, tokens};
use crate::{expect_empty, program, read};
use std::collections::{BTreeMap, BTreeSet};

/// One file or folder of the table.
struct Row<'a> {
    /// A file, or a folder with its slash, which stands for the files in it with no row.
    place: &'a str,
    level: u8,
    /// The wing it is of, which is deletable as a whole: only that wing and the highest level may
    /// name it. Empty for the core.
    wing: &'a str,
    /// What may stand in no path.
    forbidden: Vec<&'a str>,
}

/// Reads the table out of the page: the rows whose first cell is a level.
fn table(page: &str) -> Vec<Row<'_>> {
    let (_, pure) = page
        .split_once("`pure` stands for")
        .expect("the page says what `pure` stands for");
    let pure = spans(pure.split("\n\n").next().unwrap_or_default());
    let mut rows = Vec::new();
    for line in page.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let ["", level, places, _what, untouched, ""] = cells[..] else {
            continue;
        };
        let (level, wing) = level.split_once(" wing ").unwrap_or((level, ""));
        let Ok(level) = level.parse() else { continue };
        let mut forbidden = spans(untouched);
        if forbidden.contains(&"pure") {
            forbidden.extend(&pure);
        }
        rows.extend(spans(places).into_iter().map(|place| Row {
            place,
            level,
            wing,
            forbidden: forbidden.clone(),
        }));
    }
    rows
}

/// What stands between backquotes.
fn spans(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The row of a file: the longest that fits.
fn row<'a>(table: &'a [Row<'_>], file: &str) -> Option<&'a Row<'a>> {
    let fits = |row: &&Row<'_>| {
        row.place == file || row.place.ends_with('/') && file.starts_with(row.place)
    };
    table.iter().filter(fits).max_by_key(|row| row.place.len())
}

/// The source: what each module names, and where what it imports lives. Modules and paths are
/// written from the root, as in `wire::name`.
struct Tree {
    modules: BTreeMap<String, Vec<Path>>,
    imports: BTreeMap<String, String>,
}

impl Tree {
    fn new(files: &[(String, String)]) -> Tree {
        let module = |file: &str| {
            let file = file.trim_start_matches("src/").trim_end_matches(".rs");
            file.replace('/', "::")
        };
        let read = |(file, text): &(String, String)| (module(file), paths(&tokens(text)));
        let modules = files.iter().map(read).collect();
        let imports = BTreeMap::new();
        let mut tree = Tree { modules, imports };
        for (module, paths) in &tree.modules {
            for Path { path, name, .. } in paths {
                let name = name.iter().map(|name| format!("{module}::{name}")).next();
                let path = tree.rooted(module, path);
                // A function may be called as its module is.
                let name = name.filter(|name| !tree.modules.contains_key(name));
                tree.imports.extend(name.zip(path));
            }
        }
        tree
    }

    /// What a path that is written in a module is from the root. None for what is not ours.
    fn rooted(&self, module: &str, path: &str) -> Option<String> {
        let (first, _) = path.split_once("::")?;
        let ours = ["crate", "chalktalk", "self", "super"].contains(&first);
        if !ours && !self.modules.contains_key(&format!("{module}::{first}")) {
            return None;
        }
        let mut found: Vec<&str> = module.split("::").collect();
        for part in path.split("::") {
            match part {
                "crate" | "chalktalk" => found.clear(),
                "self" => {}
                "super" => _ = found.pop(),
                part => found.push(part),
            }
        }
        Some(found.join("::"))
    }

    /// The path with its imports followed; a circle of them would not compile.
    fn followed(&self, mut path: String) -> String {
        let import = |path: &str| {
            let import = starts(path).find_map(|start| Some((self.imports.get(start)?, start)));
            import.map(|(to, start)| format!("{to}{}", &path[start.len()..]))
        };
        while let Some(to) = import(&path) {
            path = to;
        }
        path
    }

    /// The files that a module names, with their rows; and what it names and may not touch.
    fn named(&self, module: &str, from: &Row<'_>, faults: &mut Vec<String>) -> BTreeSet<String> {
        let mut named = BTreeSet::new();
        for Path { path, is_shown, .. } in &self.modules[module] {
            let rooted = self.rooted(module, path);
            let is_own = |path: &String| path.starts_with(&format!("{module}::"));
            // To show a child is no use of it: that is what a caption is for.
            if *is_shown && rooted.as_ref().is_some_and(is_own) {
                continue;
            }
            let found = rooted.map(|path| self.followed(path));
            let path = match &found {
                Some(found) => format!("crate::{found}"),
                None => path.clone(),
            };
            let touched = |no: &&&str| format!("::{path}::").contains(&format!("::{no}::"));
            for no in from.forbidden.iter().filter(touched) {
                let file = file_of(module);
                faults.push(format!("{file} names {path}, but may not touch {no}"));
            }
            let is_module = |path: &&str| self.modules.contains_key(*path);
            let to = found.as_deref().map(starts);
            let to = to.and_then(|starts| starts.filter(is_module).last());
            named.extend(to.filter(|to| *to != module).map(file_of));
        }
        named
    }
}

fn file_of(module: &str) -> String {
    format!("src/{}.rs", module.replace("::", "/"))
}

/// All that a path begins with, the shortest first.
fn starts(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.match_indices("::").map(|(at, _)| at);
    ends.chain([path.len()]).map(|end| &path[..end])
}

/// Everything in the files that breaks the table, a sentence each.
fn faults(files: &[(String, String)], table: &[Row<'_>]) -> Vec<String> {
    let tree = Tree::new(files);
    let mut faults = Vec::new();
    let mut same_level: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let highest = table.iter().map(|row| row.level).max();
    for module in tree.modules.keys().filter(|module| *module != "lib") {
        let file = file_of(module);
        let Some(from) = row(table, &file) else {
            faults.push(format!("{file} has no level: add it to the table"));
            continue;
        };
        for other in tree.named(module, from, &mut faults) {
            // Where it has none, that is told of itself.
            let Some(to) = row(table, &other) else {
                continue;
            };
            let is_own = to.wing.is_empty() || to.wing == from.wing || Some(from.level) == highest;
            if to.level > from.level {
                faults.push(format!("{file} names {other}, which is of a higher level"));
            } else if !is_own {
                faults.push(format!("{file} names {other}, which is a wing"));
            } else if to.level == from.level {
                same_level.entry(file.clone()).or_default().push(other);
            }
        }
    }
    // Those that name none are taken away until all do: from what is left one comes to a cycle.
    let mut before = 0;
    while same_level.len() != before {
        before = same_level.len();
        let left: BTreeSet<String> = same_level.keys().cloned().collect();
        same_level.retain(|_, named| named.iter().any(|file| left.contains(file)));
    }
    if before > 0 {
        let files: Vec<String> = same_level.into_keys().collect();
        faults.push(format!("a cycle is among {}", files.join(", ")));
    }
    faults
}

#[test]
fn every_file_keeps_to_its_level() {
    expect_empty(&faults(&program(), &table(&read("docs/ARCHITECTURE.md"))));
}

const PAGE: &str = "
`pure` stands for `std::thread` and
`Mutex`.

| 0 | `src/wire.rs` `src/wire/` | | `pure` `std::net` |
| 0 wing art | `src/brush.rs` | | |
| 1 | `src/hub.rs` `src/keys.rs` | | `crate::wire::line` |
| 5 | `src/cli.rs` | | |
";

/// Files with what stands in them, and behind an arrow what is wrong with them.
const CASES: &str = "
src/wire.rs: mod name; mod line; pub use name::Name; // crate::hub
src/wire/name.rs: use super::line::Line; #[cfg(test)] mod tests { use std::net::TcpStream; }
src/wire/line.rs: fn f() { \"std::net\" }
src/hub.rs: use chalktalk::wire::Name;
src/brush.rs: fn f() {}
src/cli.rs: use crate::{brush::{self, Picture}, hub as b};

src/new.rs: fn f() {}
=> src/new.rs has no level: add it to the table

src/wire.rs: pub use super::{hub::Hub};
src/hub.rs: fn f(hub: &crate::brush::Brush) {}
src/brush.rs: fn f() {}
=> src/hub.rs names src/brush.rs, which is a wing
src/wire.rs names src/hub.rs, which is of a higher level

src/wire.rs: use std::{fmt, net::TcpStream as Stream}; fn f() { sync::Mutex::new(1) }
=> src/wire.rs names std::net::TcpStream, but may not touch std::net
src/wire.rs names sync::Mutex::new, but may not touch Mutex

src/wire.rs: mod line; pub(crate) use line::{a as b};
src/wire/line.rs: fn a() {}
src/hub.rs: use crate::wire; fn f() { crate::wire::b() }
=> src/hub.rs names crate::wire::line::a, but may not touch crate::wire::line

src/wire.rs: mod name; mod line; pub use name::Name;
src/wire/name.rs: use super::line::Line;
src/wire/line.rs: use crate::wire::Name;
=> a cycle is among src/wire/line.rs, src/wire/name.rs
";

#[test]
fn what_breaks_the_table_is_told() {
    for case in CASES.trim().split("\n\n") {
        let (files, fault) = case.split_once("\n=> ").unwrap_or((case, ""));
        let files = files.lines().filter_map(|line| line.split_once(": "));
        let files: Vec<_> = files
            .map(|(file, text)| (file.into(), text.into()))
            .collect();
        assert_eq!(faults(&files, &table(PAGE)).join("\n"), fault, "{case}");
    }
}
