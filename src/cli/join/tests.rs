//! Names and arguments.

use super::*;

fn told(failure: Failure) -> String {
    match failure {
        Failure::Usage(sentence) | Failure::Failed(sentence) => sentence,
    }
}

#[track_caller]
fn named(given: Option<&str>, environment: &[(&str, &str)], expected: Result<Option<&str>, &str>) {
    let variable = |name: &str| {
        let found = environment.iter().find(|(other, _)| *other == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let given = given.map(|name| Name::parse(name).unwrap());
    let name = name(given, &variable).map_err(told);
    let shown = name.as_ref().map(|name| name.as_ref().map(Name::as_str));
    assert_eq!(shown.map_err(String::as_str), expected);
}

#[test]
fn a_name_is_looked_for_where_people_put_it() {
    named(
        Some("anna"),
        &[("CHALKTALK_NAME", "bert")],
        Ok(Some("anna")),
    );
    named(
        None,
        &[("CHALKTALK_NAME", "bert"), ("USER", "carl")],
        Ok(Some("bert")),
    );
    named(None, &[("LOGNAME", "carl")], Ok(Some("carl")));
    named(
        None,
        &[("USER", "two words"), ("LOGNAME", "carl")],
        Ok(Some("carl")),
    );
    named(None, &[("USER", "system")], Ok(None));
    named(None, &[], Ok(None));
    let code = "1ZVWG4PNPPMN3RDX04HMASW9";
    named(
        None,
        &[("USER", code), ("LOGNAME", "carl")],
        Ok(Some("carl")),
    );
    let bad = "CHALKTALK_NAME @x: a name does not begin with @";
    named(
        None,
        &[("CHALKTALK_NAME", "@x"), ("USER", "carl")],
        Err(bad),
    );
}

#[test]
fn a_name_is_asked_for_until_it_is_one() {
    let mut output = Vec::new();
    let name = ask(&mut &b"\n@x\n anna \n"[..], &mut output);
    assert_eq!(name.as_ref().map(Name::as_str), Some("anna"));
    assert_eq!(output.iter().filter(|&&byte| byte == b'\n').count(), 2);
    assert!(ask(&mut &b"\n"[..], &mut output).is_none());
}

#[test]
fn arguments_that_make_no_sense_are_named() {
    #[track_caller]
    fn check(args: &[&str], expected: &str) {
        let args = args.iter().map(|&arg| arg.to_owned()).collect();
        let failure = Options::parse(args, "chalktalk join");
        let sentence = told(failure.expect_err(expected));
        assert!(sentence.starts_with(expected), "{sentence}");
    }
    check(&["--nmae", "x"], "chalktalk join does not take --nmae");
    check(&["here", "there"], "chalktalk join does not take there");
    check(
        &["--name", "two words"],
        "--name two words: a name holds no space",
    );
    check(&["--name"], "--name wants a value");
    check(&["host:x"], "host:x: a port is a number");
    check(&["--stay=yes"], "--stay takes no value");
    check(&["-oX=y"], "chalktalk join does not take -oX");
    check(&["--", "-oX=y"], "-oX=y: not a host");
    check(
        &["1zvw-G4PN-PPMN-3RDX-04HM-ASW9"],
        "1zvw-G4PN-PPMN-3RDX-04HM-ASW9: that is a code, not an address",
    );
    for code in ["1ZVW-G4PN-PPMN-3RDX-04HM-ASW9", "1zvw-g4pnppmn3rdx04hm"] {
        let why = "that is a code, not an address";
        check(&[&format!("{code}:24255")], &format!("{code}:24255: {why}"));
        check(
            &["--name", code],
            &format!("--name {code}: that is a join code"),
        );
        check(
            &["--room", code],
            &format!("--room {code}: that is a join code"),
        );
    }
    let link = "chalktalk://10.0.0.7/1ZVW-G4PN-PPMN-3RDX-04HM-ASW8";
    check(&[link], "a character of the code is wrong");
}
