//! Chats that were found on the network: only one that has proved a key is joined unasked, that of the code that was
//! given, or else one that is remembered.

use super::failure::Failure;
use super::join::{Destination, Joined};
use crate::client::{Address, Met};
use crate::discovery::cli::{Found, choose as choose_from};
use crate::secure::known::Known;
use crate::secure::trust::{Decision, Meeting, Open, Person, Pin, decide};
use crate::wire::Mode;
use std::sync::Arc;
use std::time::Instant;

/// A chat, and the connection on which it has proved who it is.
pub(super) type Chosen = (Address, Option<Joined>);

/// A chat on the network; `None` to stay on this machine.
pub(super) fn choose(to: &Destination) -> Result<Option<Chosen>, Failure> {
    let mut known = Known::load().map_err(Failure::Failed)?;
    let (knows, means) = (Arc::new(known.clone()), to.clone());
    let chosen = choose_from(to.0.port, move |found, by| prove(&knows, &means, found, by))?;
    if let Some((_, Some(joined))) = &chosen {
        joined.remember(&mut known);
    }
    Ok(chosen)
}

/// Meets a chat that was found. Only what its handshake proves counts, and that its first line says what its answer
/// said.
fn prove(known: &Known, to: &Destination, found: &Found, deadline: Instant) -> Option<Joined> {
    if *found.mode() == Mode::open() {
        return None;
    }
    let left = deadline.saturating_duration_since(Instant::now());
    let address = found.address();
    let met = Met::at(&address, Some(left)).ok()?;
    let decision = decide(&Meeting {
        greeting: &met.greeting,
        addresses: &met.addresses,
        code: to.1.as_ref(),
        open: Open::Refused,
        person: Person::Absent,
        known,
    });
    match decision {
        Decision::Go { pin, told } if pin != Pin::Open => Joined::on(met, pin, told, None).ok(),
        _ => None,
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::discovery::{Answer, ChatName};
    use crate::secure::{Addresses, Entropy, Identity, JoinCode, Keys};
    use crate::server::{Config, Noise, Security, Server};
    use std::num::NonZeroU16;
    use std::time::Duration;

    #[test]
    fn only_who_proves_the_key_of_the_code_or_a_remembered_one_is_joined_unasked() {
        let [here, other] = [1, 2].map(|byte| Keys::from_random(&[byte; 37]));
        let [code, others] = [&here, &other].map(|keys| Identity::new(keys.clone()).code().clone());
        let (mut knows, key) = (Known::default(), here.private.public());
        knows.learn(&key, &here.secret, &Addresses::new("elsewhere", 7, &[]));
        let start = |security| {
            let listen = vec![([127, 0, 0, 1], 0).into()];
            let config = Config {
                listen,
                security,
                ..Config::default()
            };
            Server::start(config).unwrap()
        };
        let sealed = start(Security::Noise(
            Noise::new(Identity::new(here).into(), Entropy::open().unwrap()).into(),
        ));
        let open = start(Security::Open);
        let check =
            |server: &Server, mode: Mode, known: &Known, code: Option<&JoinCode>, expected| {
                let at = server.addresses()[0];
                let answer = Answer {
                    nonce: 1,
                    port: NonZeroU16::new(at.port()).unwrap(),
                    instance: 1,
                    people: 1,
                    mode,
                    name: ChatName::new("class").unwrap(),
                };
                let found = Found {
                    addresses: vec![at],
                    answer,
                };
                let to = (Address::here(), code.cloned());
                let deadline = Instant::now() + Duration::from_secs(60);
                let joined = prove(known, &to, &found, deadline);
                assert_eq!(joined.is_some(), expected, "{found:?}");
            };
        let (nobody, noise) = (Known::default(), Mode::noise);
        check(&sealed, noise(), &knows, None, true);
        check(&sealed, noise(), &knows, Some(&code), true);
        check(&sealed, noise(), &knows, Some(&others), false);
        check(&sealed, Mode::open(), &knows, None, false);
        check(&sealed, noise(), &nobody, None, false);
        check(&sealed, noise(), &nobody, Some(&code), true);
        check(&open, noise(), &knows, None, false);
        check(&open, Mode::open(), &knows, Some(&code), false);
    }
}
