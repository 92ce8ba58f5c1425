//! What must hold of the manifests: no dependency where none may be, nothing forgotten, one
//! version.

use crate::{expect_empty, read, sources};

/// The sections of a manifest that name a dependency of any kind, or members that may have one.
fn dependencies(manifest: &str) -> Vec<String> {
    let sections = manifest
        .lines()
        .filter(|line| line.trim_start().starts_with('['));
    let named = |section: &&str| section.contains("dependencies") || section.contains("workspace");
    sections.filter(named).map(str::to_owned).collect()
}

#[test]
fn the_root_manifest_names_no_dependency() {
    expect_empty(&dependencies(&read("Cargo.toml")));
    for broken in [
        "[dev-dependencies]",
        "[target.'cfg(unix)'.dependencies]",
        "[workspace]",
    ] {
        assert_eq!(dependencies(&format!("[package]\n{broken}\n")), [broken]);
    }
}

/// The files directly in a folder that no manifest declares with this beginning of a path.
fn undeclared(
    files: &[(String, String)],
    folder: &str,
    manifest: &str,
    start: &str,
) -> Vec<String> {
    let name = |path: &str| {
        path.strip_prefix(folder)?
            .strip_prefix('/')
            .map(str::to_owned)
    };
    let names = files
        .iter()
        .filter_map(|(path, _)| name(path))
        .filter(|name| !name.contains('/'));
    names
        .filter(|name| !manifest.contains(&format!("path = \"{start}{name}\"")))
        .collect()
}

#[test]
fn nothing_is_left_out_of_its_manifest() {
    let manifests = [
        ("tests", "tests/Cargo.toml", ""),
        ("benches", "tests/Cargo.toml", "../benches/"),
        ("examples", "Cargo.toml", "examples/"),
        ("fuzz/fuzz_targets", "fuzz/Cargo.toml", "fuzz_targets/"),
    ];
    for (folder, manifest, start) in manifests {
        let faults = undeclared(&sources(&[folder]), folder, &read(manifest), start);
        assert!(faults.is_empty(), "{manifest} does not declare {faults:?}");
    }
    let files =
        ["tests/a.rs", "tests/b.rs", "tests/b/c.rs"].map(|path| (path.into(), String::new()));
    assert_eq!(undeclared(&files, "tests", "path = \"a.rs\"", ""), ["b.rs"]);
}

/// The lines of a manifest's section, without comments.
fn section<'a>(manifest: &'a str, name: &str) -> Vec<&'a str> {
    let header = format!("[{name}]");
    let lines = manifest.lines().skip_while(|line| *line != header).skip(1);
    let lines = lines.take_while(|line| !line.starts_with('['));
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
}

/// The version that a manifest, or the first heading of a changelog that has one, gives.
fn version(text: &str) -> Option<String> {
    let mut lines = text.lines();
    lines.find_map(|line| {
        let rest = line
            .strip_prefix("version = \"")
            .or_else(|| line.strip_prefix("## ["))?;
        let version = rest.split(['"', ']']).next()?;
        version
            .starts_with(|c: char| c.is_ascii_digit())
            .then(|| version.to_owned())
    })
}

/// The version a lock file gives for the program.
fn locked_version(lock: &str) -> Option<String> {
    version(
        lock.split("[[package]]")
            .find(|package| package.contains("\"chalktalk\"\n"))?,
    )
}

#[test]
fn the_versions_agree() {
    let ours = version(&read("Cargo.toml")).expect("a version");
    for path in ["tests/Cargo.toml", "fuzz/Cargo.toml", "CHANGELOG.md"] {
        assert_eq!(version(&read(path)).as_ref(), Some(&ours), "{path}");
    }
    for path in ["Cargo.lock", "tests/Cargo.lock", "fuzz/Cargo.lock"] {
        assert_eq!(locked_version(&read(path)).as_ref(), Some(&ours), "{path}");
    }
    let changelog = "# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-01-01\n## [1.2.2]";
    assert_eq!(version(changelog).as_deref(), Some("1.2.3"));
    assert_eq!(
        version("[package]\nversion = \"1.2.3\"\n").as_deref(),
        Some("1.2.3")
    );
}

#[test]
fn the_lints_and_the_shipped_profile_agree() {
    let (root, tests) = (read("Cargo.toml"), read("tests/Cargo.toml"));
    for same in ["lints.rust", "profile.release"] {
        assert_eq!(section(&root, same), section(&tests, same), "{same}");
    }
    let tests = section(&tests, "lints.clippy");
    let mut missing = section(&root, "lints.clippy");
    missing.retain(|lint| !tests.contains(lint));
    let panics = [
        "print_stdout",
        "print_stderr",
        "unwrap_used",
        "string_slice",
    ];
    assert_eq!(missing, panics.map(|lint| format!("{lint} = \"warn\"")));
    assert_eq!(section("[a]\nx = 1\n# x\n\n[b]\ny = 2", "a"), ["x = 1"]);
}
