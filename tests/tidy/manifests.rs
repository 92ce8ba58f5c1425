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
            let is_declared = declared.contains(&format!("path = \"{start}{name}\""));
            let is_module = name.contains('/');
            assert!(is_module || is_declared, "{manifest} lacks {file}");
        }
    }
}

#[test]
fn the_versions_agree() {
    let ours = env!("CARGO_PKG_VERSION");
    let package = format!("name = \"chalktalk\"\nversion = \"{ours}\"");
    for file in [
        "Cargo.toml",
        "Cargo.lock",
        "tests/Cargo.lock",
        "fuzz/Cargo.lock",
    ] {
        assert!(read(file).contains(&package), "{file}");
    }
    let row = format!("\nversion = \"{ours}\"\n");
    assert!(read("fuzz/Cargo.toml").contains(&row), "fuzz/Cargo.toml");
    // The newest stands first.
    let changelog = read("CHANGELOG.md");
    let mut headings = changelog
        .lines()
        .filter_map(|line| line.strip_prefix("## ["));
    let heading = headings.find(|heading| heading.starts_with(char::is_numeric));
    assert!(heading.is_some_and(|heading| heading.starts_with(&format!("{ours}]"))));
}

/// The lines of a manifest's section, without comments.
fn section<'a>(manifest: &'a str, name: &str) -> Vec<&'a str> {
    let header = format!("[{name}]");
    let lines = manifest.lines().skip_while(|line| *line != header).skip(1);
    let lines = lines.take_while(|line| !line.starts_with('['));
    let is_said = |line: &&str| !line.is_empty() && !line.starts_with('#');
    lines.filter(is_said).collect()
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
    // How a test fails, and how it tells.
    let panics = "print_stdout print_stderr unwrap_used string_slice";
    let panics = panics.split(' ').map(|lint| format!("{lint} = \"warn\""));
    assert!(missing.iter().copied().eq(panics), "{missing:?}");
}
