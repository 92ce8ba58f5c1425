//! `chalktalk serve` under the eyes of a program or of a class: what it shows, and when it ends.

use super::args::Args;
use super::failure::Failure;
use crate::server::{Config, Log, Server, Style};
use crate::trace;
use std::convert::Infallible;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// What the options say.
#[derive(Debug, Default)]
pub(super) struct Observe {
    style: Style,
    trace: bool,
    until_eof: bool,
    port_file: Option<PathBuf>,
}

impl Observe {
    /// Takes an option that is of this kind; false where it is not.
    pub(super) fn set(&mut self, option: &str, args: &mut Args) -> Result<bool, Failure> {
        match option {
            "--trace" => self.trace = true,
            "--until-eof" => self.until_eof = true,
            "--log" => self.style = args.value(style)?,
            "--port-file" => self.port_file = Some(args.value(path)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The log to stderr, as asked for.
    pub(super) fn log(&self) -> Log {
        Log::to(io::stderr(), self.style)
    }

    /// What of this the server itself has to know.
    pub(super) fn apply(&self, config: Config, log: &Log) -> Config {
        Config {
            tap: trace::to(log, self.trace),
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
        if !self.until_eof {
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

fn path(text: &str) -> Result<PathBuf, Infallible> {
    Ok(text.into())
}

/// A reader sees all of it or no file: it is written beside, and then takes its name.
fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", std::process::id()));
    // One that is there was left by a process of the same number, or is a link that somebody laid: `create_new`
    // follows none.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    File::create_new(&beside)?.write_all(text.as_bytes())?;
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

    #[cfg(unix)]
    #[test]
    fn a_link_that_was_laid_is_not_followed() {
        let folder = std::env::temp_dir().join(format!("chalktalk-laid-{}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        let (path, precious) = (folder.join("port"), folder.join("precious"));
        fs::write(&precious, "kept").unwrap();
        let laid = folder.join(format!("port.{}", std::process::id()));
        std::os::unix::fs::symlink(&precious, laid).unwrap();
        write_whole(&path, "7\n").unwrap();
        let read = |path| fs::read_to_string(path).unwrap();
        assert_eq!(
            (read(&path), read(&precious)),
            ("7\n".into(), "kept".into())
        );
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn each_option_means_what_the_usage_says() {
        let all = [
            "--trace",
            "--until-eof",
            "--log",
            "json",
            "--port-file",
            "p",
        ];
        let all = observe(&all).ok().unwrap();
        assert_eq!(
            (all.style, all.trace, all.until_eof),
            (Style::Json, true, true)
        );
        assert_eq!(all.port_file.as_deref(), Some(Path::new("p")));
        let usual = observe(&["--log=text"]).ok().unwrap();
        assert_eq!((usual.style, usual.trace), (Style::Text, false));
        assert!(matches!(observe(&["--log", "xml"]), Err(Failure::Usage(_))));
    }
}
