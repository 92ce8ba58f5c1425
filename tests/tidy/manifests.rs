//! What must hold of the manifests: no dependency where none may be, nothing forgotten, one
//! version.

use crate::{expect_empty, read, sources};

#[test]
fn the_root_manifest_names_no_dependency() {
    let manifest = read("Cargo.toml");
    let sections = manifest.lines().filter(|line| line.starts_with('['));
    // A member of a workspace may have one.
    let named = |section: &&str| section.contains("dependencies") || section.contains("workspace");
    expect_empty(&sections.filter(named).collect::<Vec<_>>());
}

#[test]
fn nothing_is_left_out_of_its_manifest() {
    let manifests = [
        ("tests/", "tests/Cargo.toml", ""),
        ("benches/", "tests/Cargo.toml", "../benches/"),
        ("examples/", "Cargo.toml", "examples/"),
        ("fuzz/fuzz_targets/", "fuzz/Cargo.toml", "fuzz_targets/"),
    ];
    for (folder, manifest, start) in manifests {
        let declared = read(manifest);
        for (file, _) in sources(&[folder.trim_end_matches('/')]) {
            let name = &file[folder.len()..];
            let row = format!("path = \"{start}{name}\"");
            assert!(
                name.contains('/') || declared.contains(&row),
                "{manifest} does not declare {file}"
            );
        }
    }
}

/// What stands behind the first `before` of a text whose value is a version.
fn version(text: &str, before: &str) -> Option<String> {
    let starts = text
        .match_indices(before)
        .map(|(at, _)| &text[at + before.len()..]);
    let mut versions = starts.filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    versions.next()?.split(['"', ']']).next().map(str::to_owned)
}

#[test]
fn the_versions_agree() {
    let ours = version(&read("Cargo.toml"), "version = \"");
    let package = "name = \"chalktalk\"\nversion = \"";
    for (file, before) in [
        ("tests/Cargo.toml", "version = \""),
        ("fuzz/Cargo.toml", "version = \""),
        ("CHANGELOG.md", "\n## ["),
        ("Cargo.lock", package),
        ("tests/Cargo.lock", package),
        ("fuzz/Cargo.lock", package),
    ] {
        assert_eq!(version(&read(file), before), ours, "{file}");
    }
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
}
