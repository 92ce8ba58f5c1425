//! The questions that trust leaves to a person, in lines, before there is a screen.
//!
//! What was typed is not shown again: it may be most of a code.

use std::io::{self, BufRead, Write};

use super::addresses::Addresses;
use super::code::{Fingerprint, JoinCode};
use super::link::{Link, LinkError};
use super::trust::{Pin, Question};
use super::x25519::PublicKey;
use crate::sanitise::plain_line;

/// Codes that may be mistyped before it is given up.
const TRIES: usize = 5;

/// Asks about the server that is here. What to go on with; `None` for no, and at the end of the input.
///
/// # Errors
/// From reading or writing.
pub fn ask(
    question: &Question,
    here: &Addresses,
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> io::Result<Option<Pin>> {
    let (Question::Code { why, .. } | Question::Trust { why, .. }) = question;
    writeln!(output, "# {}", plain_line(why))?;
    match question {
        Question::Trust { pin, .. } => {
            let answer = line(input, output, "go on with it? y/N ")?.unwrap_or_default();
            let answer = answer.trim().to_lowercase();
            Ok(["y", "yes"].contains(&answer.as_str()).then(|| pin.clone()))
        }
        Question::Code { server, .. } => code(*server, here, input, output),
    }
}

fn code(
    server: PublicKey,
    here: &Addresses,
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> io::Result<Option<Pin>> {
    for _ in 0..TRIES {
        let Some(typed) = line(input, output, "join code: ")? else {
            break;
        };
        let (code, leads_here) = match Link::parse(&typed) {
            Ok(link) => (Ok(link.code), here.has(&link.host, link.port)),
            Err(LinkError::Scheme) => (JoinCode::parse(&typed).map_err(LinkError::Code), true),
            Err(error) => (Err(error), true),
        };
        if !leads_here {
            writeln!(output, "# this link names another address than {here}")?;
        }
        match code {
            Ok(code) if code.fingerprint == Fingerprint::of(&server) => {
                let secret = code.secret;
                return Ok(Some(Pin::Key { server, secret }));
            }
            Ok(_) => writeln!(output, "# this is the code of another chat, or an old one")?,
            Err(error) => writeln!(output, "# {}", plain_line(&error.to_string()))?,
        }
    }
    Ok(None)
}

/// Shows what is wanted and reads a line; `None` at the end of the input.
pub(crate) fn line(
    input: &mut impl BufRead,
    output: &mut impl Write,
    wanted: &str,
) -> io::Result<Option<String>> {
    write!(output, "{wanted}")?;
    output.flush()?;
    let mut line = String::new();
    Ok((input.read_line(&mut line)? > 0).then_some(line))
}
