//! `chalktalk serve` under the eyes of a program or of a class: what it shows, and when it ends.

use super::args::Args;
use super::failure::Failure;
use super::watch::Watch;
#[cfg(feature = "play")]
use crate::play::record;
use crate::server::{Config, Log, Server, Style};
use crate::tap::Taps;
use std::convert::Infallible;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// What the options say.
#[derive(Debug, Default)]
pub(super) struct Observe {
    style: Style,
    watch: Watch,
    end: End,
    port_file: Option<PathBuf>,
    record: Option<PathBuf>,
}

/// When does the server end?
#[derive(Debug, Default, PartialEq, Eq)]
enum End {
    /// When somebody ends it.
    #[default]
    Never,
    /// When its standard input does, and so with whoever started it, however that ends.
    Input,
}

impl Observe {
    /// Takes an option that is of this kind; false where it is not.
    pub(super) fn set(&mut self, option: &str, args: &mut Args) -> Result<bool, Failure> {
        match option {
            "--until-eof" => self.end = End::Input,
            "--log" => self.style = args.value(style)?,
            "--port-file" => self.port_file = Some(args.value(path)?),
            #[cfg(not(feature = "play"))]
            "--record" => return Err(Failure::Usage("--record: this build has no play".into())),
            #[cfg(feature = "play")]
            "--record" => self.record = Some(args.value(path)?),
            _ => return self.watch.set(option, args),
        }
        Ok(true)
    }

    /// The log to stderr, as asked for.
    pub(super) fn log(&self) -> Log {
        Log::styled(io::stderr(), self.style, self.watch.clock)
    }

    /// Who is shown what the server does; `flags` are for the one that will play what is recorded.
    pub(super) fn taps(&self, log: &Log, flags: &[String]) -> Result<Taps, Failure> {
        let trace = self.watch.taps(log);
        let Some(path) = &self.record else {
            return Ok(trace);
        };
        let failed = {
            let path = path.display().to_string();
            move |error| format!("cannot record to {path}: {error}")
        };
        let (told, complaint) = (log.clone(), failed.clone());
        let complain = move |error| told.say(complaint(error));
        let record = private_file(path)
            .and_then(|file| record::to(file, &flags.join(" "), complain))
            .map_err(|error| Failure::Failed(failed(error)))?;
        Ok(trace.and(record))
    }

    /// What of this the server itself has to know.
    pub(super) fn apply(&self, config: Config, log: &Log) -> Config {
        Config {
            clock: self.watch.clock,
            log: log.clone(),
            ..config
        }
    }

    /// Tells a program that waits for it the port, if one asked to be told so.
    pub(super) fn tell_port(&self, addresses: &[SocketAddr]) -> Result<(), Failure> {
        let (Some(path), Some(first)) = (&self.port_file, addresses.first()) else {
            return Ok(());
        };
        write_whole(path, &format!("{}\n", first.port())).map_err(|error| {
            Failure::Failed(format!(
                "cannot write the port to {}: {error}",
                path.display()
            ))
        })
    }

    /// Does the server end with its input? Then waits for that, and stops it.
    pub(super) fn until_eof(&self, server: Server) -> Option<Server> {
        if self.end == End::Never {
            return Some(server);
        }
        let mut nothing = [0; 256];
        let mut input = io::stdin().lock();
        loop {
            match input.read(&mut nothing) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            }
        }
        server.stop("the server ends with the program that started it");
        None
    }
}

/// Never called: the option is not taken.
#[cfg(not(feature = "play"))]
mod record {
    pub(super) fn to(
        _: std::fs::File,
        _: &str,
        _: impl Fn(std::io::Error),
    ) -> std::io::Result<crate::tap::Taps> {
        Err(std::io::ErrorKind::Unsupported.into())
    }
}

/// A new file that only its owner can read. One that is there is not written over: mostly the server that wrote it
/// still runs, and this one is about to find its port taken.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            io::Error::other("it is there already, and is not written over")
        }
        _ => error,
    })
}

fn path(text: &str) -> Result<PathBuf, Infallible> {
    Ok(text.into())
}

/// A reader sees all of it or no file: it is written beside, and then takes its name.
fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", std::process::id()));
    fs::write(&beside, text)?;
    fs::rename(&beside, path).inspect_err(|_| drop(fs::remove_file(&beside)))
}

fn style(text: &str) -> Result<Style, &'static str> {
    match text {
        "text" => Ok(Style::Text),
        "json" => Ok(Style::Json),
        _ => Err("the log is text or json"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::Arg;
    use crate::cli::watch::Trace;
    use crate::server::Clock;

    fn observe(args: &[&str]) -> Result<Observe, Failure> {
        let mut args = Args::new(args.iter().map(|&arg| arg.to_owned()).collect());
        let mut observe = Observe::default();
        while let Some(Arg::Option(option)) = args.next()? {
            assert!(observe.set(&option, &mut args)?, "{option}");
            assert!(
                crate::cli::serve::USAGE.contains(&format!("\n  {option} ")),
                "{option} is in the usage"
            );
        }
        Ok(observe)
    }

    #[test]
    fn each_option_means_what_the_usage_says() {
        let all = [
            "--trace",
            "--until-eof",
            "--log",
            "json",
            "--clock=logical",
            "--port-file",
            "p",
            #[cfg(feature = "play")]
            "--record=r",
        ];
        let all = observe(&all).ok().unwrap();
        assert_eq!((all.style, all.watch.clock), (Style::Json, Clock::Logical));
        assert_eq!((all.watch.trace, all.end), (Trace::On, End::Input));
        assert_eq!(all.port_file.as_deref(), Some(Path::new("p")));
        #[cfg(feature = "play")]
        assert_eq!(all.record.as_deref(), Some(Path::new("r")));
        let usual = observe(&["--log=text", "--clock", "wall"]).ok().unwrap();
        assert_eq!((usual.style, usual.watch.clock), (Style::Text, Clock::Wall));
        for bad in [["--log", "xml"], ["--clock", "sun"]] {
            assert!(matches!(observe(&bad), Err(Failure::Usage(_))), "{bad:?}");
        }
    }
}
