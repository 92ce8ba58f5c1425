//! Whether to go on with the server that answers: decided once, on the connection that goes on.
//!
//! The server's first line proves nothing. An encrypted server proves its key in the handshake that follows, so it is
//! enough to decide here which key that has to be. An open one proves nothing ever, so what decides is what was there
//! before. A connection is bound to a [`Pin`], and so is every reconnection.
//!
//! What always holds: with a code in hand nobody goes on in plain. Where an encrypted server ever was, nobody does
//! without `--open`. Who cannot be asked is not asked. What is remembered spares a question, and never opens what
//! would have been refused without it.

use std::fmt;

use super::code::{Fingerprint, JoinCode, Secret};
use super::known::{Known, Standing};
use super::places::Places;
use super::x25519::PublicKey;

/// What a server's first line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Greeting {
    /// It is open.
    Open,
    /// It is encrypted, and claims to have this key.
    Sealed(PublicKey),
    /// It is nothing to go on with; the sentence says why, to people.
    Unfit(String),
}

/// What a connection is bound to, and each one that replaces it.
#[derive(Clone, PartialEq, Eq)]
pub enum Pin {
    /// An open server.
    Open,
    /// The server that proves to have this key, to which one proves to have this secret.
    Key {
        /// The whole key, not only its fingerprint.
        server: PublicKey,
        /// Of the server's code.
        secret: Secret,
    },
}

impl Pin {
    /// Whether a server that greets so may be the same.
    #[must_use]
    pub fn allows(&self, greeting: &Greeting) -> bool {
        match (self, greeting) {
            (Self::Open, Greeting::Open) => true,
            (Self::Key { server, .. }, Greeting::Sealed(key)) => server == key,
            _ => false,
        }
    }
}

/// A log is no place for a secret.
impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("Open"),
            Self::Key { server, .. } => write!(f, "Key({server:?}, ..)"),
        }
    }
}

/// May a server be open where an encrypted one was?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Open {
    /// Not unless somebody says that it is meant.
    #[default]
    Refused,
    /// Somebody has: `--open`.
    Meant,
}

/// Is there somebody to answer a question?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Person {
    /// At a terminal.
    Present,
    /// It is a script.
    Absent,
}

/// All that is decided upon.
pub struct Meeting<'a> {
    /// What the server says.
    pub greeting: &'a Greeting,
    /// Where it is.
    pub places: &'a Places,
    /// What the arguments or the environment give.
    pub code: Option<&'a JoinCode>,
    /// What the arguments say.
    pub open: Open,
    /// Whom to ask.
    pub person: Person,
    /// What is remembered.
    pub known: &'a Known,
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// This connection goes on.
    Go {
        /// What it is bound to.
        pin: Pin,
        /// Something unexpected, to be told.
        told: Option<String>,
    },
    /// That is for a person to say.
    Ask(Question),
    /// It does not; the sentence says why, and what to do.
    Refuse(String),
}

/// What a person is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// For the code of the server with this key.
    Code {
        /// The reason, as a sentence.
        why: String,
        /// Whose code it has to be.
        server: PublicKey,
    },
    /// Whether to go on, bound to this.
    Trust {
        /// The reason, as a sentence.
        why: String,
        /// What a yes leads to.
        pin: Pin,
    },
}

/// Decides.
#[must_use]
pub fn decide(meeting: &Meeting<'_>) -> Decision {
    match meeting.greeting {
        Greeting::Unfit(why) => Decision::Refuse(why.clone()),
        Greeting::Open => open(meeting),
        Greeting::Sealed(server) => sealed(meeting, *server),
    }
}

fn open(meeting: &Meeting<'_>) -> Decision {
    let (here, known) = (meeting.places, meeting.known);
    if meeting.code.is_some() {
        return Decision::Refuse(format!(
            "the chat at {here} is open, and you have given a code: if its host says that it is meant to be open, join it without one, in CHALKTALK_CODE neither"
        ));
    }
    let was = format!("the chat at {here} was encrypted when you last joined it and is open now");
    let told = match (known.was_encrypted(here), meeting.open) {
        (true, Open::Refused) => {
            return Decision::Refuse(format!("{was}: if its host says so, join with --open"));
        }
        (true, Open::Meant) => Some(format!("{was}: what is said can be read on its way")),
        (false, _) => known.beside(here).map(|other| {
            format!(
                "the chat at {here} is open; the encrypted one that you joined there is at {other}"
            )
        }),
    };
    Decision::Go {
        pin: Pin::Open,
        told,
    }
}

fn sealed(meeting: &Meeting<'_>, server: PublicKey) -> Decision {
    let (here, known) = (meeting.places, meeting.known);
    let standing = known.standing(here, &server);
    let remembered = known.by_key(&server);
    let elsewhere = remembered.map(|remembered| {
        let last = remembered.last_place();
        format!("the chat at {here} is the one that you last joined at {last}")
    });
    if let Some(code) = meeting.code {
        if Fingerprint::of(&server) != code.fingerprint {
            return Decision::Refuse(format!(
                "the code is not that of the chat at {here}: it is of another chat, or its host has made a new one; ask for it"
            ));
        }
        let secret = code.secret.clone();
        let told = match standing {
            Standing::Same => None,
            Standing::New => elsewhere,
            Standing::Other => Some(format!(
                "the chat at {here} is not the one that you joined there before, or it has a new code; it is the one of the code that you gave"
            )),
        };
        let pin = Pin::Key { server, secret };
        return Decision::Go { pin, told };
    }
    let other = match standing {
        Standing::Other => "is not the one that you joined there before, or it has a new code",
        _ => "is encrypted",
    };
    let Some((remembered, elsewhere)) = remembered.zip(elsewhere) else {
        let why = format!("the chat at {here} {other}: its host has the code");
        return ask(meeting, Question::Code { why, server });
    };
    let secret = remembered.secret.clone();
    let pin = Pin::Key { server, secret };
    match standing {
        Standing::Same => Decision::Go { pin, told: None },
        Standing::New => Decision::Go {
            pin,
            told: Some(elsewhere),
        },
        Standing::Other => {
            let why = format!("{elsewhere}, and not the one that you joined here before");
            ask(meeting, Question::Trust { why, pin })
        }
    }
}

/// Asks whom there is to ask.
fn ask(meeting: &Meeting<'_>, question: Question) -> Decision {
    if meeting.person == Person::Present {
        return Decision::Ask(question);
    }
    let (Question::Code { why, .. } | Question::Trust { why, .. }) = question;
    let here = meeting.places;
    Decision::Refuse(format!(
        "{why}; set CHALKTALK_CODE to its code, or join {here} once at a terminal, where you are asked"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secure::PrivateKey;
    use std::sync::LazyLock;

    /// The server that answers, and another.
    static KEYS: LazyLock<[PublicKey; 2]> =
        LazyLock::new(|| [1, 2].map(|byte| PrivateKey::from_bytes([byte; 32]).public()));
    static CODES: LazyLock<[JoinCode; 2]> = LazyLock::new(|| {
        KEYS.map(|key| JoinCode {
            fingerprint: Fingerprint::of(&key),
            secret: Secret::from_bytes([7; 5]),
        })
    });

    fn place(host: &str, port: u16) -> Places {
        let here = ([10, 0, 0, 1], port).into();
        match host {
            "here" => Places::new("here", port, &[here]),
            host => Places::new(host, port, &[]),
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

    const ALL: [Had; 11] = [
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
    ];

    impl Had {
        fn known(self, is_elsewhere: bool) -> Known {
            let mut known = Known::default();
            let mut learn = |which: usize, host: &str, port| {
                let secret = Secret::from_bytes([7; 5]);
                known.learn(&KEYS[which], &secret, &place(host, port));
            };
            if is_elsewhere {
                learn(0, "elsewhere", 7);
            }
            match self {
                Nothing => {}
                It => learn(0, "here", 7),
                Another => learn(1, "here", 7),
                ItSpelledOtherwise => learn(0, "10.0.0.1", 7),
                AnotherSpelledOtherwise => learn(1, "::ffff:10.0.0.1", 7),
                ItAtAnotherPort => learn(0, "here", 8),
                AnotherAtAnotherPort => learn(1, "here", 8),
                Encrypted | EncryptedSpelledOtherwise => {
                    let host = if self == Encrypted {
                        "HERE"
                    } else {
                        "10.0.0.1"
                    };
                    learn(1, host, 7);
                    // More places than are kept: the first gives way.
                    (0..16).for_each(|at| learn(1, &format!("away{at}"), 7));
                }
                Both => [0, 1].into_iter().for_each(|which| learn(which, "here", 7)),
                BothInTwoSpellings => {
                    // The word itself was the other's.
                    learn(1, "HERE", 7);
                    learn(0, "10.0.0.1", 7);
                }
            }
            known
        }
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
                    if told.is_some() {
                        SealedAndTold
                    } else {
                        Sealed
                    }
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
            (Greeting::Unfit(_), ..) => Refused,
            (Greeting::Open, Some(_), _) => Refused,
            (Greeting::Open, None, Nothing) => Plain,
            (Greeting::Open, None, ItAtAnotherPort | AnotherAtAnotherPort) => PlainAndTold,
            (Greeting::Open, None, _) if meeting.open == Open::Meant => PlainAndTold,
            (Greeting::Open, None, _) => Refused,
            (Greeting::Sealed(_), Some(false), _) => Refused,
            (Greeting::Sealed(_), _, It | ItSpelledOtherwise | Both) => Sealed,
            (Greeting::Sealed(_), Some(true), Nothing | AnotherAtAnotherPort) if !is_known => {
                Sealed
            }
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
        let greetings = [
            Greeting::Open,
            Greeting::Sealed(KEYS[0]),
            Greeting::Unfit("BYE".into()),
        ];
        for (had, is_elsewhere) in ALL.into_iter().flat_map(|had| [(had, false), (had, true)]) {
            let known = had.known(is_elsewhere);
            for greeting in &greetings {
                for code in [None, Some(&CODES[0]), Some(&CODES[1])] {
                    for open in [Open::Refused, Open::Meant] {
                        for person in [Person::Present, Person::Absent] {
                            let (places, known) = (&here, &known);
                            let meeting = Meeting {
                                greeting,
                                places,
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
            let was = meeting.known.was_encrypted(meeting.places);
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
                Greeting::Unfit(why) => assert_eq!(sentence, *why),
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
            secret: Secret::from_bytes([7; 5]),
        };
        assert!(pin.allows(&Greeting::Sealed(KEYS[0])) && Pin::Open.allows(&Greeting::Open));
        for other in [
            Greeting::Open,
            Greeting::Sealed(KEYS[1]),
            Greeting::Unfit(String::new()),
        ] {
            assert!(!pin.allows(&other), "{other:?}");
        }
        assert!(!Pin::Open.allows(&Greeting::Sealed(KEYS[0])));
        assert!(!format!("{pin:?}").contains("7, 7, 7"), "{pin:?}");
    }
}
