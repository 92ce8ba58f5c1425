//! `chalktalk proxy`: the proxy as a program of its own, for any client and any server.

use super::plan::{Trouble, plans};
use super::pump;
use super::seed::Seed;
use crate::cli::args::{Arg, Args, Verb, unknown};
use crate::cli::failure::Failure;
use crate::cli::limits::whole;
use std::io::{self, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

/// The verb.
pub(crate) const VERB: Verb = ("proxy", "disturb connections on purpose", USAGE, run);

const USAGE: &str = "\
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
#[derive(Debug, Default)]
struct Options {
    listen: String,
    to: String,
    seed: u64,
    troubles: Vec<Trouble>,
}

fn options(args: Vec<String>) -> Result<Options, Failure> {
    let mut options = Options {
        seed: 1,
        ..Options::default()
    };
    let (mut args, troubles) = (Args::new(args), &mut options.troubles);
    while let Some(arg) = args.next()? {
        let (Arg::Option(option) | Arg::Word(option)) = &arg;
        match option.as_str() {
            "--listen" => options.listen = args.value(str::parse)?,
            "--to" => options.to = args.value(str::parse)?,
            "--seed" => options.seed = args.value(whole)?,
            "--split" => troubles.push(Trouble::Split),
            "--merge" => troubles.push(Trouble::Merge),
            "--delay" => troubles.push(Trouble::Delay(args.value(whole)?)),
            "--stall" => troubles.push(Trouble::Stall),
            "--cut" => troubles.push(Trouble::Cut),
            "--half-close" => troubles.push(Trouble::HalfClose),
            _ => return Err(unknown(&arg, "chalktalk proxy")),
        }
    }
    let missing = match (options.listen.as_str(), options.to.as_str()) {
        ("", _) => "say where clients come: --listen 127.0.0.1:0",
        (_, "") => "say where the server is: --to 127.0.0.1:24255",
        _ => return Ok(options),
    };
    Err(Failure::Usage(missing.to_owned()))
}

/// Runs until it is killed.
fn run(args: Vec<String>) -> Result<ExitCode, Failure> {
    let options = options(args)?;
    let failed = |error| format!("cannot listen at {}: {error}", options.listen);
    let served = serve(&options).map_err(|error| Failure::Failed(failed(error)));
    served.map(|()| ExitCode::SUCCESS)
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
    let seed = Seed::new(options.seed).fork(&index.to_string());
    let plans = plans(seed, &options.troubles);
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

#[cfg(test)]
mod tests {
    use super::{Failure, Options, options};

    fn read(line: &str) -> Result<Options, Failure> {
        options(line.split(' ').map(str::to_owned).collect())
    }

    #[track_caller]
    fn check_refused(line: &str, expected: &str) {
        let Err(Failure::Usage(sentence)) = read(line) else {
            panic!("{line}");
        };
        assert!(sentence.contains(expected), "{sentence}");
    }

    #[test]
    fn arguments_are_read_and_refused() {
        let good =
            "--listen a:0 --to b:1 --seed 7 --delay 5 --split --merge --stall --cut --half-close";
        let read = read(good).unwrap();
        let troubles: Vec<String> = read.troubles.iter().map(ToString::to_string).collect();
        let expected = "--delay 5 --split --merge --stall --cut --half-close";
        assert_eq!((read.seed, troubles.join(" ").as_str()), (7, expected));
        check_refused("--to b:1", "--listen");
        check_refused("--listen a:0", "--to");
        check_refused("--listen a:0 --to b:1 --seed x", "--seed x: a whole number");
        check_refused("--listen a:0 --to", "--to wants a value");
        check_refused("--listen a:0 --to b:1 --melt", "does not take --melt");
        check_refused("--listen a:0 --to b:1 melt", "does not take melt");
    }
}
