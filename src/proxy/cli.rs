//! `chalktalk proxy`: the proxy as a program of its own, for any client and any server.

use super::cue::{Cue, SENTENCES};
use super::network::Network;
use super::plan::{Trouble, plans};
use super::pump::{self, Told};
use super::record::{Passed, Recording};
use super::seed::Seed;
use crate::cli::args::{Arg, Args, Verb, unknown};
use crate::cli::failure::Failure;
use crate::cli::limits::whole;
use crate::file::write_whole;
use crate::play::parse::FILES_BYTES_MAX;
use crate::play::piece::visible;
use std::fs::File;
use std::io::{self, BufRead, Write};
use std::iter;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// The verb.
pub(crate) const VERB: Verb = ("proxy", "disturb connections on purpose", USAGE, run);

const USAGE: &str = "\
usage: chalktalk proxy --listen ADDR --to ADDR [--seed N] [--record FILE] [TROUBLE…]

Passes connections on and disturbs them, at the same bytes for the same seed, and prints what
it did. The first line printed is `listening on ADDR`. While it runs, a line on its input says
what the network does from then on, as in `stalls`, `resets of 2` or `is whole again`.

  --listen ADDR   where clients come; port 0 is any free one
  --to ADDR       where the server is
  --seed N        another number, other disturbances (default 1)
  --record FILE   what passes, as a transcript that `chalktalk play` plays
  --no-texts      the same without what people say: `text1` stands for it
  --until-eof     end when the input does
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
    record: Option<String>,
    no_texts: bool,
    until_eof: bool,
    /// What is said on the standard input.
    network: Arc<Network>,
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
            "--record" => options.record = Some(args.value(str::parse)?),
            "--no-texts" => options.no_texts = true,
            "--until-eof" => options.until_eof = true,
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
        _ if options.no_texts && options.record.is_none() => "say where to record: --record FILE",
        _ => return Ok(options),
    };
    Err(Failure::Usage(missing.to_owned()))
}

/// Runs until it is killed, or its input ends where that is to end it.
fn run(args: Vec<String>) -> Result<ExitCode, Failure> {
    let options = Arc::new(options(args)?);
    let bound = TcpListener::bind(&options.listen).and_then(|at| Ok((at.local_addr()?, at)));
    let (address, listener) = bound.map_err(|error| {
        let at = visible(&options.listen);
        Failure::Failed(format!("cannot listen at {at}: {error}"))
    })?;
    let (record, heard) = mpsc::channel();
    let recorder = recorder(&options, heard)?;
    tell(&format!("listening on {address}"));
    let (accepted, hears) = (Arc::clone(&options), record.clone());
    let accepting = thread::spawn(move || accept(&listener, &accepted, &hears));
    obey(io::stdin().lock(), &options.network);
    if !options.until_eof {
        let _ = accepting.join();
    }
    let _ = record.send(None);
    let _ = recorder.map(JoinHandle::join);
    Ok(ExitCode::SUCCESS)
}

/// Does what each line says, until there are no more.
fn obey(input: impl BufRead, network: &Network) {
    for line in input.split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line);
        let number = |whom: &String| whom.parse::<u64>().is_ok();
        match Cue::parse(&line) {
            Some(cue) if cue.whom.as_ref().is_none_or(number) => {
                network.say(cue.clone());
                tell(&format!("the network {cue}"));
            }
            None if line.trim().is_empty() => {}
            _ => {
                let sentence = format!(
                    "chalktalk proxy: no such trouble: say {SENTENCES}, where 1 for anna is connection 1"
                );
                let _ = writeln!(io::stderr(), "{sentence}");
            }
        }
    }
}

/// What passed at the connection of this number, and when; at last nothing.
type Heard = Option<(u64, Instant, Passed)>;

/// Starts the thread that records, if that is wished; where nothing is, nobody hears.
fn recorder(options: &Options, heard: Receiver<Heard>) -> Result<Option<JoinHandle<()>>, Failure> {
    let Some(file) = options.record.clone() else {
        return Ok(None);
    };
    let recording = match options.no_texts {
        true => Recording::without_texts(),
        false => Recording::default(),
    };
    let written = File::create_new(&file).and_then(|_| write(&file, &recording));
    written.map_err(|error| {
        Failure::Failed(format!(
            "cannot record in {}: {error}; name a file that can be made and is not there yet",
            visible(&file)
        ))
    })?;
    Ok(Some(thread::spawn(move || {
        if let Err(error) = keep(&file, recording, &heard) {
            let _ = writeln!(io::stderr(), "chalktalk proxy: {}: {error}", visible(&file));
        }
    })))
}

/// Writes all that has passed whenever something has, so that nothing is lost however the proxy ends. While it writes
/// more comes; so the more there is, the less often.
fn keep(file: &str, mut recording: Recording, heard: &Receiver<Heard>) -> io::Result<()> {
    let start = Instant::now();
    while let Ok(first) = heard.recv() {
        for next in iter::once(first).chain(heard.try_iter()) {
            let Some((who, at, passed)) = next else {
                return write(file, &recording);
            };
            recording.hear(who, at.saturating_duration_since(start), passed);
        }
        write(file, &recording)?;
    }
    Ok(())
}

/// Whoever looks finds a whole file: this one or the one before.
fn write(file: &str, recording: &Recording) -> io::Result<()> {
    let text = recording.to_string();
    if text.len() > FILES_BYTES_MAX || recording.is_full() {
        return Err(io::Error::other(
            "no more is recorded: a transcript holds no more",
        ));
    }
    write_whole(Path::new(file), &text)
}

/// Accepts for ever. Each client's server is called in a thread of its own: one that does not answer holds up nobody else.
fn accept(listener: &TcpListener, options: &Arc<Options>, record: &Sender<Heard>) {
    for (index, client) in (1_u64..).zip(listener.incoming()) {
        let (options, record) = (Arc::clone(options), record.clone());
        let calls = thread::Builder::new().name(format!("call {index}"));
        let pass_on = |client| calls.spawn(move || pass_on(&client, index, &options, record));
        if let Err(error) = client.and_then(pass_on) {
            tell(&format!("connection {index}: {error}"));
            pump::pause(ACCEPT_PAUSE);
        }
    }
}

/// Connects a client through. Its number is part of the seed, so that connections differ.
fn pass_on(client: &TcpStream, index: u64, options: &Options, record: Sender<Heard>) {
    let who = index.to_string();
    let plans = plans(Seed::new(options.seed).fork(&who), &options.troubles);
    let hear = move |passed| {
        // If nobody hears, nothing is recorded.
        let _ = record.send(Some((index, Instant::now(), passed)));
    };
    let passed = TcpStream::connect(&options.to).and_then(|server| {
        hear(Passed::Connects);
        let on = (&options.network, &*who);
        pump::between(client, &server, plans, on, move |told| match told {
            Told::Passed(passed) => hear(passed),
            Told::Done(done) => tell(&format!("connection {index} {done}")),
        })
    });
    if let Err(error) = passed {
        tell(&format!("connection {index}: {error}"));
        let _ = client.shutdown(Shutdown::Both);
    }
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
        check_refused("--listen a:0 --to b:1 --no-texts", "--record FILE");
        check_refused("--listen a:0 --to b:1 melt", "does not take melt");
    }
}
