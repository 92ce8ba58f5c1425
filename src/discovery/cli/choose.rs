//! A chat on the network to join, before one is hosted here.

use super::super::Found;
use super::{address, row, search};
use crate::cli::failure::Failure;
use crate::client::Address;
use crate::wire::Mode;
use std::io::{self, BufRead, Write};
use std::time::{Duration, Instant};

/// Somebody waits for it to end: two questions, and time for the answers.
const PATIENCE: Duration = Duration::from_millis(800);

/// The chat that is known, else one that a person chooses from those found at this port; `None` to stay here.
pub(crate) fn choose<T>(
    port: u16,
    meet: impl Fn(&Address, bool, Instant) -> Option<T>,
) -> Result<Option<(Address, Option<T>)>, Failure> {
    let Ok(search) = search(port, PATIENCE) else {
        return Ok(None);
    };
    let deadline = Instant::now() + Duration::from_secs(2);
    for one in &search.found {
        let at = address(one).unwrap();
        if let Some(t) = meet(&at, one.mode == Mode::noise(), deadline) {
            return Ok(Some((at, Some(t))));
        }
    }
    if search.found.is_empty() {
        return Ok(None);
    }
    let picked = pick(&search.found, &mut io::stdin().lock(), &mut io::stdout())?;
    Ok(picked.map(|at| (at, None)))
}

/// Lets a person choose.
fn pick(
    found: &[Found],
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> Result<Option<Address>, Failure> {
    let failed = |error: io::Error| Failure::Failed(format!("cannot ask which chat: {error}"));
    let mut list =
        String::from("# chats on this network; that they are what they say is not proven\n");
    for (index, one) in found.iter().enumerate() {
        list += &format!("  {} {}", index + 1, row(one));
    }
    output.write_all(list.as_bytes()).map_err(failed)?;
    loop {
        write!(output, "which one? a number, or Enter to host one here: ").map_err(failed)?;
        output.flush().map_err(failed)?;
        let mut line = String::new();
        if input.read_line(&mut line).map_err(failed)? == 0 {
            return Err(Failure::Failed("no chat was chosen".into()));
        }
        if line.trim().is_empty() {
            return Ok(None);
        }
        let number = line.trim().parse::<usize>().ok();
        let chosen = number.and_then(|number| found.get(number.checked_sub(1)?));
        if let Some(chosen) = chosen {
            return Ok(address(chosen));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{ChatName, Nonce};
    use super::*;
    use crate::wire::Mode;
    use std::net::SocketAddr;

    #[test]
    fn whom_to_join_is_chosen_by_a_person() {
        let found = |last: u8| Found {
            addresses: vec![SocketAddr::from(([10, 0, 0, last], 5))],
            instance: Nonce(1),
            people: 2,
            mode: Mode::open(),
            name: ChatName::new("class").unwrap(),
        };
        let check = |typed: &str, expected: Option<&str>| {
            let picked = pick(
                &[found(1), found(2)],
                &mut typed.as_bytes(),
                &mut Vec::new(),
            );
            let picked = picked.ok().flatten().map(|address| address.to_string());
            assert_eq!(picked.as_deref(), expected, "{typed:?}");
        };
        check("2\n", Some("10.0.0.2:5"));
        check("0\n3\nx\n 1 \n", Some("10.0.0.1:5"));
        check("\n", None);
        assert!(pick(&[found(1)], &mut &b""[..], &mut Vec::new()).is_err());
    }
}
