//! The operator's console: typed commands on the server's own terminal.

use std::io::{BufRead, ErrorKind, Write};
use std::net::{IpAddr, UdpSocket};

use super::admission::Security;
use super::dispatcher::Dispatcher;
use super::operator::Operator;

/// Obeys the lines of `input` and answers on `output`, until the input ends. True if the operator said stop.
pub(super) fn run(
    input: impl BufRead,
    mut output: impl Write,
    dispatcher: &Dispatcher,
    security: &Security,
) -> bool {
    let _ = writeln!(output, "type a command; help lists them");
    for line in input.lines() {
        match line.as_deref().map(str::trim) {
            Ok("") => {}
            Ok(line) if line.eq_ignore_ascii_case("stop") => return true,
            Ok(line) => {
                let answer = obey(line, dispatcher).unwrap_or_else(|sentence| sentence);
                let _ = writeln!(output, "{answer}");
                if let ("who", Security::Noise(noise)) = (line, security) {
                    // A number that runs up is somebody who guesses.
                    let _ = writeln!(output, "{} refused for a wrong code", noise.refused());
                }
            }
            // Not UTF-8: nothing of ours.
            Err(error) if error.kind() == ErrorKind::InvalidData => {}
            Err(_) => return false,
        }
    }
    false
}

/// Does what was typed, and returns the answer.
///
/// # Errors
/// What is wrong with it.
pub(super) fn obey(line: &str, dispatcher: &Dispatcher) -> Result<String, String> {
    dispatcher.enter(|hub, out, now| {
        Operator {
            hub,
            out,
            now,
            is_own,
        }
        .obey(line)
    })
}

/// True for an address of this machine: no other can be bound. Nothing is sent.
fn is_own(address: IpAddr) -> bool {
    address.is_loopback() || UdpSocket::bind((address, 0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::server::hub::Hub;
    use crate::server::limits::Limits;
    use crate::server::log::Log;
    use crate::wire::Boot;

    #[test]
    fn lines_are_obeyed_until_the_operator_says_stop() {
        let hub = Hub::new(Boot::from_seed(1), Limits::default());
        let dispatcher = Dispatcher::new(hub, Log::silent());
        for (typed, stopped) in [(" Stop \n", true), ("\nwho\nstop it\n", false)] {
            let mut answers = Vec::new();
            let end = run(typed.as_bytes(), &mut answers, &dispatcher, &Security::Open);
            assert_eq!(end, stopped, "{typed}");
        }
    }

    #[test]
    fn what_can_be_bound_is_of_this_machine() {
        for (address, own) in [("127.0.0.1", true), ("127.9.9.9", true), ("::1", true)]
            .into_iter()
            .chain([("192.0.2.1", false), ("2001:db8::1", false)])
        {
            assert_eq!(is_own(address.parse().unwrap()), own, "{address}");
        }
    }
}
