//! Before joining: who answers at an address, and what it takes to trust them.
//!
//! The server's first line says whether it is encrypted, and which key it claims to have. That is asked of a
//! connection of its own, closed before the chat begins: where a code is needed there is still time to ask for it.
//! Nothing of it is believed. A wrong claim leads to a handshake that fails, or to a question; only that a server is
//! open has no proof, so where an encrypted one was before, somebody has to say that this is meant.

use super::failure::Failure;
use super::known::{self, Known};
use crate::client::{Address, Guide, Seal, Way};
use crate::sanitise::plain_line;
use crate::secure::link::code_or_link;
use crate::secure::{Entropy, JoinCode, Link, PublicKey, Trust, hex};
use crate::wire::{Mode, PORT, ServerLine, Tagged, VERSION};
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Time for the first line to come, the connection included.
const PATIENCE: Duration = Duration::from_secs(3);
/// Longer than any first line of ours that matters here.
const LINE_BYTES_MAX: u64 = 1024;
/// Codes that may be mistyped before it is given up.
const TRIES: usize = 5;

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Met {
    /// A server of ours; everybody may read along.
    Open,
    /// A server of ours that claims to have this key.
    Encrypted(PublicKey),
    /// Nobody, or something else: joining will say what.
    Unclear,
}

/// What the arguments and the environment say.
#[derive(Debug, Default)]
pub(super) struct Given {
    pub(super) code: Option<JoinCode>,
    pub(super) downgrade: Downgrade,
}

/// May a server be open where an encrypted one was?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Downgrade {
    #[default]
    Refused,
    Meant,
}

/// Where a link leads, and its code.
pub(super) fn follow(link: Link) -> (Address, JoinCode) {
    let address = Address {
        host: link.host,
        port: link.port.unwrap_or(PORT),
    };
    (address, link.code)
}

/// Asks who is there.
pub(super) fn meet(address: &Address) -> Met {
    first_line(address).map_or(Met::Unclear, |line| recognise(&line))
}

fn first_line(address: &Address) -> Option<String> {
    let begun = Instant::now();
    let left = || {
        let left = PATIENCE.saturating_sub(begun.elapsed());
        (!left.is_zero()).then_some(left)
    };
    let mut candidates = (address.host.as_str(), address.port)
        .to_socket_addrs()
        .ok()?;
    let stream = candidates.find_map(|at| TcpStream::connect_timeout(&at, left()?).ok())?;
    let (mut line, mut byte) = (Vec::new(), [0]);
    let mut input = stream.try_clone().ok()?.take(LINE_BYTES_MAX);
    while line.last() != Some(&b'\n') {
        stream.set_read_timeout(Some(left()?)).ok()?;
        match input.read(&mut byte) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(1) => line.push(byte[0]),
            _ => return None,
        }
    }
    line.pop();
    String::from_utf8(line).ok()
}

fn recognise(line: &str) -> Met {
    let Ok(Tagged {
        body:
            ServerLine::Greeting {
                version: VERSION,
                mode,
                sentence,
            },
        ..
    }) = ServerLine::decode(line)
    else {
        return Met::Unclear;
    };
    if mode == Mode::open() {
        return Met::Open;
    }
    let key = hex::decode(sentence.to_string().as_bytes()).map(PublicKey::from_bytes);
    match key {
        Some(key) if mode == Mode::noise() => Met::Encrypted(key),
        _ => Met::Unclear,
    }
}

/// With whom to seal at this address; `None` where the lines go as they are.
pub(super) fn trust(address: &Address, given: Given) -> Result<Option<Seal>, Failure> {
    let (known, trouble) = Known::load();
    if let Some(sentence) = trouble {
        remark(&sentence);
    }
    let trust = match given.code {
        Some(code) => Trust::Code(code),
        None => match meet(address) {
            Met::Encrypted(key) => match known.by_key(&key) {
                Some(trust) => trust,
                None => Trust::Code(ask(&told(address, &known), address)?),
            },
            Met::Open if known.at(address).is_some() && given.downgrade == Downgrade::Refused => {
                return Err(Failure::Failed(format!(
                    "the chat at {address} was encrypted when you last joined it, and is open now: if its host says so, join it with --open"
                )));
            }
            Met::Open | Met::Unclear => return Ok(None),
        },
    };
    seal(trust, address, known).map(Some)
}

/// The way to servers that are named later, in the form. Nobody is asked who is there, since a screen does not wait:
/// where an encrypted chat was before, only that one is joined, and an encrypted one that is not known says so itself.
pub(super) fn guide() -> Guide {
    Guide::new(|address, code| {
        let (known, _) = Known::load();
        let trust = match code {
            Some(code) => Some(Trust::Code(code)),
            None => known.at(address),
        };
        let seal = trust.map(|trust| seal(trust, address, known));
        let seal = seal.transpose().map_err(Failure::sentence)?;
        Ok(Way {
            seal,
            ..Way::default()
        })
    })
}

/// Seals; a server that proves to be the one is remembered.
fn seal(trust: Trust, address: &Address, known: Known) -> Result<Seal, Failure> {
    let entropy = Entropy::open()?;
    let (Trust::Code(JoinCode { secret, .. }) | Trust::Remembered { secret, .. }) = &trust;
    let secret = secret.clone();
    let (known, address) = (Mutex::new(known), address.to_string());
    let remember = move |key: &PublicKey| {
        let server = known::Server {
            key: *key,
            secret: secret.clone(),
            address: address.clone(),
        };
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(sentence) = known.keep(server) {
            remark(&sentence);
        }
    };
    Ok(Seal::new(trust, Arc::new(entropy)).telling(remember))
}

/// The code that the environment gives.
pub(super) fn from_environment(
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<JoinCode>, Failure> {
    let parse = |text: String| {
        code_or_link(&text).map_err(|why| Failure::Usage(format!("CHALKTALK_CODE: {why}")))
    };
    variable("CHALKTALK_CODE").map(parse).transpose()
}

/// Why a code is asked for.
fn told(address: &Address, known: &Known) -> String {
    match known.at(address) {
        Some(_) => format!(
            "the chat at {address} is not the one you joined there before, or it has a new code: its host has it"
        ),
        None => format!("the chat at {address} is encrypted, and its host has the code"),
    }
}

fn ask(why: &str, address: &Address) -> Result<JoinCode, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::Failed(format!(
            "{why}; give it in CHALKTALK_CODE, or join {address} once at a terminal, which asks for it"
        )));
    }
    let _ = io::stdout().write_all(format!("# {why}\n").as_bytes());
    ask_for_code(&mut io::stdin().lock(), &mut io::stdout())
}

fn ask_for_code(input: &mut impl BufRead, output: &mut impl Write) -> Result<JoinCode, Failure> {
    let failed = |error: io::Error| Failure::Failed(format!("cannot ask for the code: {error}"));
    for _ in 0..TRIES {
        write!(output, "join code: ").map_err(failed)?;
        output.flush().map_err(failed)?;
        let mut line = String::new();
        if input.read_line(&mut line).map_err(failed)? == 0 {
            break;
        }
        match code_or_link(&line) {
            Ok(code) => return Ok(code),
            Err(error) => writeln!(output, "# {error}").map_err(failed)?,
        }
    }
    Err(Failure::Failed("no code was given".into()))
}

/// Beside the chat, and no reason to end it.
fn remark(sentence: &str) {
    let _ = writeln!(io::stderr(), "chalktalk: {}", plain_line(sentence));
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "1ZVW-G4PN-PPMN-3RDX-04HM-ASW9";

    #[test]
    fn a_first_line_says_who_is_there() {
        let key = "8f40c5adb68f25624ae5b214ea767a6ec94d829d3d7b5e1ad1ba6f3e2138285f";
        let claimed = PublicKey::from_bytes(hex::decode(key.as_bytes()).unwrap());
        for (line, expected) in [
            ("CHALKTALK 1 open Welcome.", Met::Open),
            (&format!("CHALKTALK 1 noise {key}"), Met::Encrypted(claimed)),
            (&format!("CHALKTALK 1 noise {key}0"), Met::Unclear),
            (&format!("CHALKTALK 2 noise {key}"), Met::Unclear),
            ("CHALKTALK 2 open Welcome.", Met::Unclear),
            ("BYE server-full no", Met::Unclear),
            ("SSH-2.0-OpenSSH_9.2\r", Met::Unclear),
            ("", Met::Unclear),
        ] {
            assert_eq!(recognise(line), expected, "{line}");
        }
    }

    #[test]
    fn a_code_is_asked_for_until_it_is_one() {
        #[track_caller]
        fn check(typed: &str, questions: usize, expected: bool) {
            let mut output = Vec::new();
            let code = ask_for_code(&mut typed.as_bytes(), &mut output);
            assert_eq!(code.is_ok_and(|code| code.to_string() == CODE), expected);
            let output = String::from_utf8(output).unwrap();
            assert_eq!(output.matches("join code: ").count(), questions, "{output}");
        }
        check(CODE, 1, true);
        check(&format!("chalktalk://10.0.0.7/{CODE}\n"), 1, true);
        check(
            &format!("1ZVW-G4PN\n{}\n{CODE}\n", CODE.replace('9', "8")),
            3,
            true,
        );
        check("", 1, false);
        check(&"\n".repeat(100), TRIES, false);
    }

    #[test]
    fn a_code_in_the_environment_must_be_one() {
        let says = |code: &'static str| move |_: &str| Some(code.to_owned());
        assert!(matches!(from_environment(&says(CODE)), Ok(Some(_))));
        assert!(matches!(from_environment(&|_| None), Ok(None)));
        let mistyped = from_environment(&says("1ZVW-G4PN-PPMN-3RDX-04HM-ASW8"));
        assert!(matches!(mistyped, Err(Failure::Usage(_))));
    }
}
