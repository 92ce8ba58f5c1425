//! A proxy that disturbs: bytes one by one, lines glued together, pauses, cuts; the same for the
//! same seed.
//!
//! [`plan`] decides, [`pump`] carries it out. It knows bytes and nothing of what they say: a
//! proxy that understood lines could aim better, but would be of use for one protocol only, and
//! would share the faults of its decoder with the server it is to try.

pub mod seed;
pub mod plan;
pub mod cue;
pub mod network;
pub mod pump;
mod private;
pub mod record;
pub(crate) mod cli;

use network::Network;
use plan::Plan;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// The client's end of a connection to `server` that is disturbed by these plans, and by what this network does to this
/// person; for whoever wants trouble within its own process.
pub fn through(
    server: &TcpStream,
    plans: [Plan; 2],
    on: (&Arc<Network>, &str),
) -> io::Result<(TcpStream, pump::Ended)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let ours = TcpStream::connect(listener.local_addr()?)?;
    let port = ours.local_addr()?;
    // Somebody else on this machine may have connected first.
    let theirs = loop {
        let (theirs, from) = listener.accept()?;
        if from == port {
            break theirs;
        }
    };
    let ended = pump::between(&theirs, server, plans, on, |_| ())?;
    Ok((ours, ended))
}

#[cfg(test)]
mod tests {
    use super::cue::Cue;
    use super::network::Network;
    use super::plan::{Plan, Trouble, plans};
    use super::through;
    use crate::proxy::seed::Seed;
    use std::io::{Read, Write};
    use std::net::{Shutdown, TcpListener, TcpStream};
    use std::sync::Arc;
    use std::time::Duration;

    /// What comes out of the other end for `said`, and whether the plan ended the connection.
    fn carried(seed: u64, troubles: &[Trouble], said: &[u8]) -> (Vec<u8>, bool) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut far, _) = listener.accept().unwrap();
        let plans = plans(Seed::new(seed), troubles);
        let on = (&Arc::default(), "");
        let (mut near, ended) = through(&server, plans, on).unwrap();
        drop(server);
        let _ = near.write_all(said);
        let _ = near.shutdown(Shutdown::Write);
        let mut heard = Vec::new();
        let _ = far.read_to_end(&mut heard);
        (heard, ended.by_plan())
    }

    /// Anna's end and the server's, where the network does this.
    fn pair(cue: &str) -> [TcpStream; 2] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (far, _) = listener.accept().unwrap();
        let network = Arc::<Network>::default();
        network.say(Cue::parse(cue).unwrap());
        let plans = <[Plan; 2]>::default();
        let (near, _) = through(&server, plans, (&network, "anna")).unwrap();
        [near, far]
    }

    #[test]
    fn a_reset_is_one_for_both_and_a_cut_an_end() {
        for mut side in pair("resets of anna") {
            side.write_all(b"x").unwrap();
            assert!(side.read(&mut [0]).is_err());
        }
        let [mut near, mut far] = pair("cuts after 3 bytes from anna");
        near.write_all(b"hello").unwrap();
        let mut heard = Vec::new();
        far.write_all(b"x").unwrap();
        far.read_to_end(&mut heard).unwrap();
        assert_eq!(heard, b"hel");
        near.read_to_end(&mut heard).unwrap();
        // What was on its way back when it was cut has come, or not.
        assert!(heard == b"hel" || heard == b"helx");
    }

    #[test]
    #[cfg_attr(windows, ignore = "there no shutdown wakes a write that waits")]
    fn whoever_is_cut_off_in_the_middle_of_speaking_may_say_all_of_it() {
        let [mut near, mut far] = pair("cuts after 3 bytes from anna");
        // Until the proxy waits for anna to read, and so the server for the proxy.
        far.set_write_timeout(Some(Duration::from_millis(200)))
            .unwrap();
        while far.write(&[b'x'; 1 << 16]).is_ok() {}
        near.write_all(b"hello").unwrap();
        let mut heard = Vec::new();
        far.read_to_end(&mut heard).unwrap();
        assert_eq!(heard, b"hel");
        // It is read, and lost.
        far.set_write_timeout(None).unwrap();
        far.write_all(&vec![b'x'; 32 << 20]).unwrap();
    }

    #[test]
    fn disturbed_bytes_arrive_all_and_in_order() {
        let said: Vec<u8> = (0..=255).cycle().take(100_000).collect();
        let troubles = [
            Trouble::Split,
            Trouble::Merge,
            Trouble::Delay(1),
            Trouble::Stall,
        ];
        for seed in 0..3 {
            assert!(carried(seed, &troubles, &said) == (said.clone(), false));
        }
    }

    #[test]
    fn a_cut_connection_ends_at_the_same_byte_each_time() {
        let said: Vec<u8> = (0..=255).cycle().take(100_000).collect();
        let mut cut = 0;
        for seed in 0..20 {
            let half_closed = carried(seed, &[Trouble::HalfClose], &said);
            assert_eq!(half_closed, carried(seed, &[Trouble::HalfClose], &said));
            assert!(said.starts_with(&half_closed.0));
            cut += usize::from(half_closed.1);
        }
        assert!(
            (5..=15).contains(&cut),
            "of 20 seeds {cut} ended the way to the server"
        );
    }
}
