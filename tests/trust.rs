//! Trust: how every meeting with a server ends, and what is remembered of those that were joined.
#![cfg(unix)]

use chalktalk::secure::code::Fingerprint;
use chalktalk::secure::known::Standing;
use chalktalk::secure::prompt;
use chalktalk::secure::trust::{Decision, Greeting, Meeting, Open, Person, Pin, Question, decide};
use chalktalk::secure::{Addresses, JoinCode, Known, PrivateKey, PublicKey, Secret};
use chalktalk_tests::harness::Folder;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::LazyLock;

/// The server that answers, and another.
static KEYS: LazyLock<[PublicKey; 2]> =
    LazyLock::new(|| [1, 2].map(|byte| PrivateKey::from_bytes([byte; 32]).public()));
static CODES: LazyLock<[JoinCode; 2]> = LazyLock::new(|| {
    KEYS.map(|key| JoinCode {
        fingerprint: Fingerprint::of(&key),
        secret: secret(7),
    })
});

fn place(host: &str, port: u16) -> Addresses {
    let here = ([10, 0, 0, 1], port).into();
    match host {
        "here" => Addresses::new("here", port, &[here]),
        host => Addresses::new(host, port, &[]),
    }
}

/// What is remembered of the place where the server answers.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Had {
    Nothing,
    It,
    Another,
    ItSpelledOtherwise,
    AnotherSpelledOtherwise,
    ItAtAnotherPort,
    AnotherAtAnotherPort,
    Encrypted,
    EncryptedSpelledOtherwise,
    Both,
    BothInTwoSpellings,
}
use Had::*;

/// A key, and where it was learnt.
type Learnt = (usize, &'static str, u16);

/// Each with how it came to be: which key was learnt where, one after the other.
const ALL: [(Had, &[Learnt]); 11] = [
    (Nothing, &[]),
    (It, &[(0, "here", 7)]),
    (Another, &[(1, "here", 7)]),
    (ItSpelledOtherwise, &[(0, "10.0.0.1", 7)]),
    (AnotherSpelledOtherwise, &[(1, "::ffff:10.0.0.1", 7)]),
    (ItAtAnotherPort, &[(0, "here", 8)]),
    (AnotherAtAnotherPort, &[(1, "here", 8)]),
    (Encrypted, &[(1, "HERE", 7), FULL]),
    (EncryptedSpelledOtherwise, &[(1, "10.0.0.1", 7), FULL]),
    (Both, &[(0, "here", 7), (1, "here", 7)]),
    // The word itself was the other's.
    (BothInTwoSpellings, &[(1, "HERE", 7), (0, "10.0.0.1", 7)]),
];
/// Stands for more places than are kept of one: the first gives way.
const FULL: Learnt = (1, "away", 0);

fn known(learnt: &[Learnt]) -> Known {
    let mut known = Known::default();
    for &(which, host, port) in learnt {
        let ports = if port > 0 { port..=port } else { 1..=16 };
        for port in ports {
            known.learn(&KEYS[which], &secret(7), &place(host, port));
        }
    }
    known
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Plain,
    PlainAndTold,
    Sealed,
    SealedAndTold,
    AskedForTheCode,
    Asked,
    Refused,
}
use Outcome::*;

fn outcome(decision: &Decision) -> Outcome {
    match decision {
        Decision::Go { pin, told } => match (pin, told) {
            (Pin::Open, None) => Plain,
            (Pin::Open, Some(_)) => PlainAndTold,
            (Pin::Key { server, secret }, told) => {
                assert!(*server == KEYS[0] && *secret == Secret::from_bytes([7; 5]));
                told.as_ref().map_or(Sealed, |_| SealedAndTold)
            }
        },
        Decision::Ask(Question::Code { server, .. }) => {
            assert_eq!(*server, KEYS[0]);
            AskedForTheCode
        }
        Decision::Ask(Question::Trust { pin, .. }) => {
            assert!(pin.allows(&Greeting::Sealed(KEYS[0])));
            Asked
        }
        Decision::Refuse(_) => Refused,
    }
}

/// The table, row by row.
fn expected(meeting: &Meeting<'_>, had: Had, is_elsewhere: bool) -> Outcome {
    let is_known = is_elsewhere
        || matches!(
            had,
            It | ItSpelledOtherwise | ItAtAnotherPort | Both | BothInTwoSpellings
        );
    let fits = meeting.code.map(|code| *code == CODES[0]);
    let or_refused = |asked| match meeting.person {
        Person::Present => asked,
        Person::Absent => Refused,
    };
    match (meeting.greeting, fits, had) {
        (Greeting::Open, Some(_), _) => Refused,
        (Greeting::Open, None, Nothing) => Plain,
        (Greeting::Open, None, ItAtAnotherPort | AnotherAtAnotherPort) => PlainAndTold,
        (Greeting::Open, None, _) if meeting.open == Open::Meant => PlainAndTold,
        (Greeting::Open, None, _) => Refused,
        (Greeting::Sealed(_), Some(false), _) => Refused,
        (Greeting::Sealed(_), _, It | ItSpelledOtherwise | Both) => Sealed,
        (Greeting::Sealed(_), Some(true), Nothing | AnotherAtAnotherPort) if !is_known => Sealed,
        (Greeting::Sealed(_), Some(true), _) => SealedAndTold,
        (Greeting::Sealed(_), None, _) if !is_known => or_refused(AskedForTheCode),
        (Greeting::Sealed(_), None, Nothing | ItAtAnotherPort | AnotherAtAnotherPort) => {
            SealedAndTold
        }
        (Greeting::Sealed(_), None, _) => or_refused(Asked),
    }
}

/// Every meeting there can be, with what is remembered in it.
fn each(mut check: impl FnMut(&Meeting<'_>, Had, bool)) {
    let here = place("here", 7);
    let greetings = [Greeting::Open, Greeting::Sealed(KEYS[0])];
    let cases = ALL.into_iter().flat_map(|had| [(had, false), (had, true)]);
    for ((had, learnt), is_elsewhere) in cases {
        let before: &[_] = if is_elsewhere {
            &[(0, "elsewhere", 7)]
        } else {
            &[]
        };
        let known = known(&[before, learnt].concat());
        for greeting in &greetings {
            for code in [None, Some(&CODES[0]), Some(&CODES[1])] {
                for open in [Open::Refused, Open::Meant] {
                    for person in [Person::Present, Person::Absent] {
                        let (addresses, known) = (&here, &known);
                        let meeting = Meeting {
                            greeting,
                            addresses,
                            code,
                            open,
                            person,
                            known,
                        };
                        check(&meeting, had, is_elsewhere);
                    }
                }
            }
        }
    }
}

#[test]
fn every_meeting_ends_as_the_table_says() {
    let nothing = Known::default();
    each(|meeting, had, is_elsewhere| {
        let decision = decide(meeting);
        let (greeting, open, person) = (meeting.greeting, meeting.open, meeting.person);
        let code = meeting.code.map(|code| *code == CODES[0]);
        let case = format!(
            "{greeting:?}, code {code:?}, {open:?}, {person:?}, {had:?}, elsewhere {is_elsewhere}: {decision:?}"
        );
        let found = outcome(&decision);
        assert_eq!(found, expected(meeting, had, is_elsewhere), "{case}");
        // What holds over all of it, said once more without the table.
        let is_plain = matches!(found, Plain | PlainAndTold);
        assert!(!is_plain || meeting.code.is_none(), "a code: {case}");
        let was = meeting.known.was_encrypted(meeting.addresses);
        assert!(
            !is_plain || !was || open == Open::Meant,
            "was encrypted: {case}"
        );
        let is_asked = matches!(found, Asked | AskedForTheCode);
        assert!(
            !is_asked || person == Person::Present,
            "nobody to ask: {case}"
        );
        if person == Person::Present {
            let without = decide(&Meeting {
                known: &nothing,
                ..*meeting
            });
            let was_refused = outcome(&without) == Refused;
            assert!(
                !was_refused || found == Refused,
                "opened by what is known: {case}"
            );
        }
    });
}

#[test]
fn the_sentences_say_where_and_what_to_do() {
    #[track_caller]
    fn check(sentence: &str, parts: &[&str]) {
        for part in parts {
            assert!(sentence.contains(part), "{part}: {sentence}");
        }
    }
    each(|meeting, had, _| match decide(meeting) {
        Decision::Go { told, .. } => {
            let told = told.as_deref().unwrap_or("here:7");
            check(told, &["here:7"]);
            if had == AnotherAtAnotherPort && meeting.greeting == &Greeting::Open {
                check(told, &[":8"]);
            }
        }
        Decision::Ask(Question::Code { why, .. } | Question::Trust { why, .. }) => {
            check(&why, &["here:7"]);
        }
        Decision::Refuse(sentence) => match meeting.greeting {
            Greeting::Open if meeting.code.is_some() => {
                check(&sentence, &["here:7", "without"]);
            }
            Greeting::Open => check(&sentence, &["here:7", "--open"]),
            Greeting::Sealed(_) if meeting.code.is_some() => {
                check(&sentence, &["here:7", "ask for it"]);
            }
            Greeting::Sealed(_) => {
                check(&sentence, &["here:7", "CHALKTALK_CODE", "at a terminal"]);
            }
        },
    });
}

#[test]
fn a_reconnection_meets_the_same() {
    let pin = Pin::Key {
        server: KEYS[0],
        secret: secret(7),
    };
    assert!(pin.allows(&Greeting::Sealed(KEYS[0])) && Pin::Open.allows(&Greeting::Open));
    for other in [Greeting::Open, Greeting::Sealed(KEYS[1])] {
        assert!(!pin.allows(&other), "{other:?}");
    }
    assert!(!Pin::Open.allows(&Greeting::Sealed(KEYS[0])));
    assert!(!format!("{pin:?}").contains("7, 7, 7"), "{pin:?}");
}

/// A file of known servers, in a folder that is not there yet.
struct File(Folder, PathBuf);

impl File {
    fn new() -> File {
        let folder = Folder::make();
        let path = folder.join("made").join("known");
        File(folder, path)
    }

    #[track_caller]
    fn known(&self) -> Known {
        Known::load_from(&self.1).unwrap()
    }

    fn write(&self, text: &str, mode: u32) {
        fs::create_dir_all(self.0.join("made")).unwrap();
        fs::write(&self.1, text).unwrap();
        fs::set_permissions(&self.1, Permissions::from_mode(mode)).unwrap();
    }
}

fn key(number: u8) -> PublicKey {
    PublicKey::from_bytes([number; 32])
}

fn secret(number: u8) -> Secret {
    Secret::from_bytes([number; 5])
}

#[test]
fn what_is_kept_is_read_again_and_no_key_takes_anothers_place() {
    let file = File::new();
    let mut known = file.known();
    known.keep(&key(1), &secret(1), &place("here", 7)).unwrap();
    known.keep(&key(2), &secret(2), &place("here", 7)).unwrap();
    known.keep(&key(1), &secret(3), &place("there", 7)).unwrap();
    let known = file.known();
    for (number, now, last) in [(1, 3, "there:7"), (2, 2, "here:7")] {
        let server = known.by_key(&key(number)).unwrap();
        assert!(server.secret == secret(now) && server.last_place() == last);
        assert_eq!(
            known.standing(&place("here", 7), &key(number)),
            Standing::Same
        );
    }
    assert_eq!(known.standing(&place("there", 7), &key(2)), Standing::Other);
    assert_eq!(known.standing(&place("there", 8), &key(2)), Standing::New);
    let mode = fs::metadata(&file.1).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// Which addresses a word stands for, a name server says, and it may be somebody's own.
#[test]
fn an_address_that_is_only_claimed_is_nobodys() {
    let [away, here, aside] = [9, 1, 2].map(|last| ([10, 0, 0, last], 7).into());
    let mut known = Known::default();
    known.learn(&key(1), &secret(1), &Addresses::new("10.0.0.1", 7, &[here]));
    let evil = Addresses::new("evil", 7, &[away, here, aside]);
    known.learn(&key(2), &secret(2), &evil);
    let of = |host: &str, key: &PublicKey| known.standing(&Addresses::new(host, 7, &[]), key);
    assert_eq!(of("10.0.0.1", &key(1)), Standing::Same);
    assert_eq!(of("10.0.0.1", &key(2)), Standing::Other);
    assert_eq!(of("10.0.0.2", &key(2)), Standing::Forgotten);
    assert!(known.was_encrypted(&Addresses::new("10.0.0.2", 7, &[])));
    // Of several that a new word stands for, one that is known and met decides over one that is not.
    for (resolved, expected) in [
        ([aside, away], Standing::Same),
        ([here, away], Standing::Other),
    ] {
        let alias = Addresses::new("alias", 7, &resolved);
        assert_eq!(known.standing(&alias, &key(2)), expected);
    }
}

#[test]
fn many_who_write_at_once_lose_no_entry() {
    let file = File::new();
    let names: Vec<String> = (0..4).map(|number| format!("host{number}")).collect();
    std::thread::scope(|scope| {
        for (name, number) in names.iter().zip(0..) {
            let mut known = file.known();
            scope.spawn(move || {
                for port in 1..=4 {
                    let place = place(name, port);
                    known.keep(&key(number), &secret(1), &place).unwrap();
                }
            });
        }
    });
    let known = file.known();
    for port in 1..=4 {
        let is_there = |name: &String| known.was_encrypted(&place(name, port));
        assert!(names.iter().all(is_there), "{port}");
    }
    let folder = fs::read_dir(file.0.join("made")).unwrap();
    assert_eq!(folder.count(), 2, "nothing but the lock stays beside it");
}

/// What is known is whole, and must not be moved away for that.
#[test]
fn a_lock_that_cannot_be_had_is_named() {
    let file = File::new();
    let lock = file.1.with_extension("lock");
    fs::create_dir_all(&lock).unwrap();
    let kept = file.known().keep(&key(1), &secret(1), &place("here", 7));
    let expected = format!("this server is not remembered: {}: ", lock.display());
    assert!(kept.is_err_and(|sentence| sentence.starts_with(&expected)));
}

#[test]
fn a_file_of_the_first_kind_is_read() {
    let file = File::new();
    let (key_digits, secret_digits) = ("07".repeat(32), "07".repeat(5));
    file.write(
        &format!("chalktalk known 1\n{key_digits} {secret_digits} LocalHost:7\n"),
        0o600,
    );
    let standing = file.known().standing(&place("localhost", 7), &key(7));
    assert_eq!(standing, Standing::Same);
}

#[test]
fn that_a_place_was_encrypted_is_never_forgotten() {
    let file = File::new();
    let mut known = Known::default();
    // More servers than are kept, one of which has more places than are.
    for number in 0..=200 {
        known.learn(
            &key(number),
            &secret(1),
            &place(&format!("host{number}"), 7),
        );
    }
    for number in 0..40 {
        known.learn(&key(200), &secret(1), &place(&format!("away{number}"), 7));
    }
    file.write(&known.format(), 0o600);
    for known in [&known, &file.known()] {
        assert!(known.by_key(&key(0)).is_none() && known.by_key(&key(1)).is_some());
        for number in 0..=200 {
            assert!(
                known.was_encrypted(&place(&format!("host{number}"), 7)),
                "{number}"
            );
        }
        assert!(known.was_encrypted(&place("away0", 7)));
        assert_eq!(
            known.standing(&place("away0", 7), &key(200)),
            Standing::Forgotten
        );
        assert_eq!(
            known.standing(&place("host0", 7), &key(1)),
            Standing::Forgotten
        );
    }
}

#[test]
fn a_file_that_is_full_drops_nothing_and_says_so() {
    let file = File::new();
    let mut text = String::from("chalktalk known 1\n");
    for number in 0..52_427 {
        text += &format!("encrypted h{number:06}:7\n");
    }
    file.write(&text, 0o600);
    let sentence = file
        .known()
        .keep(&key(1), &secret(1), &place("here", 7))
        .unwrap_err();
    assert!(
        sentence.contains("is full") && sentence.contains("remove lines"),
        "{sentence}"
    );
    assert!(fs::read_to_string(&file.1).unwrap() == text);
}

#[test]
fn a_file_that_cannot_be_relied_on_stops_its_reader() {
    #[track_caller]
    fn check(file: &File, parts: [&str; 2]) {
        let sentence = Known::load_from(&file.1).err().unwrap();
        let is_there = parts.iter().all(|part| sentence.contains(part));
        assert!(
            is_there && sentence.contains(file.1.to_str().unwrap()),
            "{sentence}"
        );
    }
    let file = File::new();
    let title = "chalktalk known 1\n";
    file.write(title, 0o644);
    check(&file, ["others can read", "chmod 600"]);
    file.write("", 0o600);
    check(&file, ["first line", "move it away"]);
    file.write("chalktalk known 2\n", 0o600);
    check(&file, ["first line", "move it away"]);
    let (good, digits) = (format!("{title}encrypted here:7\n"), "07".repeat(32));
    for bad in [
        "",
        "encrypted",
        "encrypted here",
        "encrypted here:7  there:7",
    ] {
        file.write(&format!("{good}{bad}\n"), 0o600);
        check(&file, ["line 3", "mend it"]);
    }
    for bad in [
        format!("{digits} 0707070707"),
        format!("{digits} 07 here:7"),
        format!("{digits}0 0707070707 here:7"),
    ] {
        file.write(&format!("{good}{bad}\n"), 0o600);
        check(&file, ["line 3", "mend it"]);
    }
    for cut in title.len() + 1..good.len() {
        file.write(&good[..cut], 0o600);
        check(&file, ["its last line is cut off", "mend it"]);
    }
    file.write(&"x".repeat(1 << 20 | 1), 0o600);
    check(&file, ["too long", "move it away"]);
    fs::remove_file(&file.1).unwrap();
    fs::create_dir(&file.1).unwrap();
    check(&file, ["is no file of this version", "move it away"]);
}

#[test]
fn without_a_home_nothing_is_known_or_kept() {
    let sentence = Known::default().keep(&key(1), &secret(1), &place("here", 7));
    assert!(sentence.unwrap_err().contains("set HOME"));
}

/// Asks for the code of the first server, with this typed; what came of it, and what was shown.
fn answered(question: &Question, typed: &str) -> (Option<Pin>, String) {
    let mut shown = Vec::new();
    let pin = prompt::ask(
        question,
        &place("here", 7),
        &mut typed.as_bytes(),
        &mut shown,
    );
    (pin.unwrap(), String::from_utf8(shown).unwrap())
}

#[test]
fn a_code_is_asked_for_until_it_is_the_servers() {
    #[track_caller]
    fn check(typed: &str, questions: usize, parts: &[&str], is_given: bool) {
        let why = "the chat is encrypted".into();
        let server = KEYS[0];
        let (pin, shown) = answered(&Question::Code { why, server }, typed);
        let secret = CODES[0].secret.clone();
        assert_eq!(
            pin,
            is_given.then_some(Pin::Key { server, secret }),
            "{shown}"
        );
        assert_eq!(shown.matches("join code: ").count(), questions, "{shown}");
        for part in ["# the chat is encrypted\n"].iter().chain(parts) {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        for word in typed.split_whitespace() {
            assert!(word.len() < 9 || !shown.contains(word), "{shown}");
        }
    }
    let [code, other] = CODES.each_ref().map(ToString::to_string);
    let link = |host: &str, port, code: &str| format!("chalktalk://{host}:{port}/{code}\n");
    check(&code, 1, &[], true);
    check(&link("10.0.0.1", 7, &code), 1, &[], true);
    check(
        &link("elsewhere", 7, &code),
        1,
        &["names another address than here:7"],
        true,
    );
    check(
        &format!("{other}\n{code}\n"),
        2,
        &["code of another chat"],
        true,
    );
    check(
        &link("elsewhere", 7, &other),
        2,
        &["another address", "another chat"],
        false,
    );
    check("1ZVW-G4PN\n", 2, &["24 characters, this has 8"], false);
    check("", 1, &[], false);
    check(&"\n".repeat(100), 5, &[], false);
}

#[test]
fn only_a_yes_goes_on() {
    let question = Question::Trust {
        why: "it is another".into(),
        pin: Pin::Open,
    };
    for (typed, is_yes) in [
        ("y\n", true),
        (" YES\r\n", true),
        ("yes", true),
        ("\n", false),
        ("", false),
        ("n\n", false),
        ("yep\ny\n", false),
    ] {
        let (pin, shown) = answered(&question, typed);
        assert_eq!(pin.is_some(), is_yes, "{typed:?}");
        assert!(
            shown.starts_with("# it is another\n") && shown.ends_with("y/N "),
            "{shown}"
        );
    }
}
