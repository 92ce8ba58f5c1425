//! What it takes, and what it tells others.

use super::*;

fn parse(args: &[&str]) -> Result<Options, String> {
    let args = args.iter().map(|&arg| arg.to_owned()).collect();
    Options::parse(args).map_err(|failure| match failure {
        Failure::Usage(sentence) | Failure::Failed(sentence) => sentence,
    })
}

#[track_caller]
fn listens(args: &[&str], expected: &[&str]) {
    let (listen, _) = parse(args).unwrap().addresses();
    let listen: Vec<String> = listen.iter().map(ToString::to_string).collect();
    assert_eq!(listen, expected);
}

#[track_caller]
fn refused(args: &[&str], expected: &str) {
    let sentence = parse(args).expect_err(expected);
    assert!(sentence.starts_with(expected), "{sentence}");
}

#[test]
fn it_listens_where_it_is_told() {
    listens(&[], &["127.0.0.1:24255"]);
    listens(&["--listen", "localhost:0"], &["127.0.0.1:0"]);
    listens(
        &["--listen", "0.0.0.0", "--listen=::1"],
        &["0.0.0.0:24255", "[::1]:24255"],
    );
    listens(
        &["--listen=[::1]:0", "--listen=[::1]:0"],
        &["[::1]:0", "[::1]:0"],
    );
    listens(
        &["--listen=::1", "--listen", "10.0.0.7:1"],
        &["[::1]:24255", "10.0.0.7:1"],
    );
    if cfg!(target_os = "linux") {
        listens(&["--lan"], &["[::]:24255"]);
        listens(&["--lan", "--port", "5000"], &["[::]:5000"]);
        listens(
            &["--port=0", "--lan", "--listen=127.0.0.1:1"],
            &["[::]:0", "127.0.0.1:1"],
        );
    }
    if cfg!(windows) {
        listens(&["--lan"], &["0.0.0.0:24255", "[::]:24255"]);
        listens(&["--lan", "--port=0"], &["0.0.0.0:0"]);
    }
}

#[test]
fn the_usage_names_what_is_said_of_keys() {
    for option in ["--open", "--key", "--new-code"] {
        assert!(USAGE.contains(&format!("\n  {option} ")), "{option}");
    }
}

#[test]
fn what_makes_no_sense_is_named() {
    refused(
        &["--listen", "host"],
        "--listen host: an address to listen on is a number",
    );
    refused(
        &["--listen", "1.2.3.4:x"],
        "--listen 1.2.3.4:x: a port is a number",
    );
    refused(
        &["--port", "5000"],
        "--port goes with --lan; without it: --listen 127.0.0.1:5000",
    );
    if cfg!(target_os = "linux") {
        refused(
            &["--lan", "--listen", "127.0.0.1"],
            "[::]:24255 is 127.0.0.1:24255 too: leave one of them out",
        );
    }
    refused(
        &["--listen=10.0.0.7:5", "--listen=0.0.0.0:5"],
        "0.0.0.0:5 is 10.0.0.7:5 too",
    );
    refused(
        &["--listen=::1", "--listen=::1"],
        "[::1]:24255 is [::1]:24255 too",
    );
    refused(&["here"], "chalktalk serve does not take here");
    refused(&["--lam"], "chalktalk serve does not take --lam");
    refused(&["--log", "xml"], "--log xml: the log is text or json");
}

#[test]
fn what_a_program_asks_for_is_in_the_usage_too() {
    let all = ["--trace", "--until-eof", "--log=json", "--port-file=p"];
    for option in all.map(|arg| arg.split('=').next().unwrap_or_default()) {
        assert!(USAGE.contains(&format!("\n  {option} ")), "{option}");
    }
    let all = parse(&all).unwrap();
    assert_eq!(
        (all.log, all.trace, all.until_eof),
        (Style::Json, true, true)
    );
    assert_eq!(all.port_file, Some("p".into()));
    let usual = parse(&["--log=text"]).unwrap();
    assert_eq!((usual.log, usual.trace), (Style::Text, false));
}

#[test]
fn others_are_told_what_to_type() {
    #[track_caller]
    fn check(address: &str, expected: &str) {
        assert_eq!(command(address.parse().unwrap()), expected);
    }
    check("127.0.0.1:24255", "chalktalk join");
    check("127.0.0.1:1", "chalktalk join 127.0.0.1:1");
    check("[fe80::1]:24255", "chalktalk join fe80::1");
    check("[fe80::1]:1", "chalktalk join [fe80::1]:1");
    let code = JoinCode::parse("1ZVW-G4PN-PPMN-3RDX-04HM-ASW9").unwrap();
    let sealed = invitation("10.0.0.7:5000".parse().unwrap(), Some(&code));
    assert!(
        sealed.contains("code:\n\n    1ZVW-G4PN-PPMN-3RDX-04HM-ASW9\n\n")
            && sealed.contains("\n\n    chalktalk://10.0.0.7:5000/1ZVW-")
            && !sealed.contains("not encrypted"),
        "{sealed}"
    );
    let nowhere = invitation("[::]:5000".parse().unwrap(), Some(&code));
    assert!(
        nowhere.contains(" ADDRESS-OF-THIS-MACHINE:5000\n")
            && nowhere.contains("1ZVW-")
            && nowhere.contains("this machine is on no network")
            && !nowhere.contains("chalktalk://"),
        "{nowhere}"
    );
    let here = invitation("127.0.0.1:24255".parse().unwrap(), None);
    assert_eq!(here, "\njoin with:\n\n    chalktalk join\n\n");
    let open = invitation("10.0.0.7:5000".parse().unwrap(), None);
    assert!(
        open.contains("join with:\n\n    chalktalk join 10.0.0.7:5000\n\n"),
        "{open}"
    );
    assert!(
        open.contains("TCP port 5000") && open.contains("not encrypted"),
        "{open}"
    );
}
