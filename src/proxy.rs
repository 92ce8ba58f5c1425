//! A proxy that disturbs: bytes one by one, lines glued together, pauses, cuts; the same for the
//! same seed.
//!
//! [`plan`] decides, [`pump`] carries it out. It knows bytes and nothing of what they say: a
//! proxy that understood lines could aim better, but would be of use for one protocol only, and
//! would share the faults of its decoder with the server it is to try.

pub mod seed;
pub mod plan;
pub mod pump;

use crate::play::piece::visible;
use plan::{Plans, Trouble};
use seed::Seed;
use std::io::{self, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

/// What `chalktalk proxy` takes.
pub const USAGE: &str = "\
usage: chalktalk proxy --listen ADDR --to ADDR [--seed N] [TROUBLE…]

Passes connections on and disturbs them, at the same bytes for the same seed, and prints what
it did. The first line printed is `listening on ADDR`.

  --listen ADDR   where clients come; port 0 is any free one
  --to ADDR       where the server is
  --seed N        another number, other disturbances (default 1)
  --split         bytes travel one by one
  --merge         bytes wait for each other and travel together
  --delay MS      pauses of at most so many milliseconds
  --stall         each direction stands still once
  --cut           every connection is cut, early
  --half-close    one direction of every connection ends, early
";

/// How long after a failed `accept` the next is tried: the reason, mostly a want of
/// descriptors, does not pass at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Options {
    listen: String,
    to: String,
    seed: u64,
    troubles: Vec<Trouble>,
}

fn options(args: impl IntoIterator<Item = String>) -> Result<Options, String> {
    let mut args = args.into_iter();
    let (mut listen, mut to, mut seed, mut troubles) = (None, None, 1, Vec::new());
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} wants a value"));
        let number = |text: String| {
            text.parse()
                .map_err(|_| format!("`{}` is no number", visible(&text)))
        };
        match arg.as_str() {
            "--listen" => listen = Some(value()?),
            "--to" => to = Some(value()?),
            "--seed" => seed = number(value()?)?,
            "--split" => troubles.push(Trouble::Split),
            "--merge" => troubles.push(Trouble::Merge),
            "--delay" => troubles.push(Trouble::Delay(number(value()?)?)),
            "--stall" => troubles.push(Trouble::Stall),
            "--cut" => troubles.push(Trouble::Cut),
            "--half-close" => troubles.push(Trouble::HalfClose),
            other => return Err(format!("`{}` is unknown", visible(other))),
        }
    }
    let listen = listen.ok_or("say where clients come: --listen 127.0.0.1:0")?;
    let to = to.ok_or("say where the server is: --to 127.0.0.1:24255")?;
    Ok(Options {
        listen,
        to,
        seed,
        troubles,
    })
}

/// What the verb is for.
pub const ABOUT: &str = "disturb connections on purpose";

/// `chalktalk proxy`, with what stands behind the verb. Runs until it is killed; 2 is a mistake
/// in the arguments, 1 an address it cannot listen at.
#[must_use]
pub fn cli(args: impl IntoIterator<Item = String>) -> ExitCode {
    let args: Vec<String> = args.into_iter().collect();
    if args.iter().any(|arg| arg == "--help") {
        let _ = io::stdout().write_all(USAGE.as_bytes());
        return ExitCode::SUCCESS;
    }
    let failed = match options(args) {
        Err(mistake) => (2, format!("{mistake}\n\n{USAGE}")),
        Ok(options) => match serve(&options) {
            Ok(()) => return ExitCode::SUCCESS,
            Err(error) => (
                1,
                format!("cannot listen at {}: {error}\n", visible(&options.listen)),
            ),
        },
    };
    let _ = write!(io::stderr(), "chalktalk proxy: {}", failed.1);
    ExitCode::from(failed.0)
}

fn serve(options: &Options) -> io::Result<()> {
    let listener = TcpListener::bind(&options.listen)?;
    tell(&format!("listening on {}", listener.local_addr()?));
    for (index, client) in (1_u64..).zip(listener.incoming()) {
        let passed = client.and_then(|client| pass_on(&client, index, options));
        if let Err(error) = passed {
            tell(&format!("connection {index}: {error}"));
            pump::pause(ACCEPT_PAUSE);
        }
    }
    Ok(())
}

/// Connects a client through. Its number is part of the seed, so that connections differ.
fn pass_on(client: &TcpStream, index: u64, options: &Options) -> io::Result<()> {
    let server = TcpStream::connect(&options.to).inspect_err(|_| {
        let _ = client.shutdown(Shutdown::Both);
    })?;
    let plans = Plans::new(
        Seed::new(options.seed).fork(&index.to_string()),
        &options.troubles,
    );
    pump::between(client, &server, plans, move |done| {
        tell(&format!("connection {index} {done}"));
    })?;
    Ok(())
}

/// One line on stdout; that nobody reads it does not stop the proxy.
fn tell(line: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// The client's end of a connection to `server` that is disturbed by these plans; for whoever
/// wants trouble within its own process.
pub fn through(server: &TcpStream, plans: Plans) -> io::Result<(TcpStream, pump::Ended)> {
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
    let ended = pump::between(&theirs, server, plans, |_| ())?;
    Ok((ours, ended))
}

#[cfg(test)]
mod tests {
    use super::plan::{Plans, Trouble};
    use super::{options, through};
    use crate::proxy::seed::Seed;
    use std::io::{Read, Write};
    use std::net::{Shutdown, TcpListener, TcpStream};

    /// What comes out of the other end for `said`, and whether the plan ended the connection.
    fn carried(seed: u64, troubles: &[Trouble], said: &[u8]) -> (Vec<u8>, bool) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut far, _) = listener.accept().unwrap();
        let plans = Plans::new(Seed::new(seed), troubles);
        let (mut near, ended) = through(&server, plans).unwrap();
        drop(server);
        let _ = near.write_all(said);
        let _ = near.shutdown(Shutdown::Write);
        let mut heard = Vec::new();
        let _ = far.read_to_end(&mut heard);
        (heard, ended.by_plan())
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

    #[test]
    fn arguments_are_read_and_refused() {
        let read = |line: &str| options(line.split(' ').map(str::to_owned));
        let good =
            "--listen a:0 --to b:1 --seed 7 --delay 5 --split --merge --stall --cut --half-close";
        let troubles = read(good)
            .unwrap()
            .troubles
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>();
        assert_eq!(
            troubles.join(" "),
            "--delay 5 --split --merge --stall --cut --half-close"
        );
        assert!(read("--to b:1").unwrap_err().contains("--listen"));
        assert!(read("--listen a:0").unwrap_err().contains("--to"));
        assert!(
            read("--listen a:0 --to b:1 --seed x")
                .unwrap_err()
                .contains("`x` is no number")
        );
        assert!(
            read("--listen a:0 --to")
                .unwrap_err()
                .contains("--to wants a value")
        );
        assert!(
            read("--listen a:0 --to b:1 --melt")
                .unwrap_err()
                .contains("`--melt` is unknown")
        );
    }
}
