//! Lint as a test: what must hold of the source itself.

/// The text of a file of the project, named from its root.
fn read(path: &str) -> String {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    std::fs::read_to_string(format!("{root}/{path}")).expect(path)
}

/// Whether a manifest names a dependency of any kind.
fn names_a_dependency(manifest: &str) -> bool {
    manifest
        .lines()
        .any(|line| line.trim_start().starts_with('[') && line.contains("dependencies"))
}

#[test]
fn the_root_manifest_names_no_dependency() {
    assert!(!names_a_dependency(&read("Cargo.toml")));
    assert!(names_a_dependency("[package]\n[dev-dependencies]\n"));
    assert!(names_a_dependency("[target.'cfg(unix)'.dependencies]\n"));
}
