//! `chalktalk serve`: what to listen on, what to bear, and how others get in.

use super::args::{Arg, Args, Verb, unknown};
use super::failure::Failure;
use super::keyboard;
use super::limits::{self, whole};
use crate::client::Address;
use crate::file::write_whole;
use crate::secure::sealing::{Sealed, Sealing};
use crate::secure::{JoinCode, Link};
use crate::server::{Config, Limits, Log, Server, StartError, Style};
use crate::trace;
use crate::wire::PORT;
use std::io::{self, IsTerminal, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::process::ExitCode;

pub(super) const VERB: Verb = ("serve", "host a chat for others", USAGE, run);

pub(super) const USAGE: &str = "\
usage: chalktalk serve [OPTION…]

Hosts a chat. The first lines on stdout are \"listening on ADDR\", one for each address; behind them stands how
others get in. What happens is told on stderr. At a terminal you can type kick NAME [MINUTES], ban NAME|ADDR, unban,
bans, mute NAME, unmute, lock, unlock, say TEXT, topic [ROOM] TEXT, who, stop; help says what each does. In the
background it serves without that.

  --listen ADDR            listen here: IP, IP:PORT or [IPV6]:PORT, with port 0 at any that is free; may be
                           given again (127.0.0.1:24255, which only this machine reaches)
  --lan                    listen on every address of this machine: others on the network can join, encrypted
  --port PORT              with --lan: at this port (24255)
  --open                   not encrypted, as for nc: anybody on the network can join, and read along
  --key FILE               with the keys of this file, made if it is not there ($XDG_STATE_HOME/chalktalk/key)
  --new-code               encrypted, with a new code: whoever has the old one does not get in any more
  --hidden                 do not answer those who look for chats on this network
  --title TEXT             be found under this name
  --no-limits              no limits of rate and number; those on slow peers and silence stay

  --connections N          connections at once (1000); over about 500, raise the descriptors: ulimit -n
  --name-deadline SECONDS  for a name to be given (60)
  --rate N                 requests a second from one connection (5)
  --burst N                requests at once, after a rest (30)
  --connect-rate N         new connections a second from one address (10), after 100 at once
  --slow-bytes BYTES       may wait for one that does not read (1048576)
  --ping-after SECONDS     of silence one is asked whether it is there (20)
  --silence SECONDS        of silence one that has answered before is gone (60)
  --history-events N       that a room remembers (200)
  --history-bytes BYTES    that a room remembers (262144)
  --rooms N                at once, the lobby among them (256)

  --trace                  show each read and each write, and what a line was taken for
  --log text|json          how stderr is written (text)
  --until-eof              end when standard input ends: with the program that started this
  --port-file FILE         write the port there, once people can join
";

fn run(args: Vec<String>) -> Result<ExitCode, Failure> {
    let options = Options::parse(args)?;
    let is_at_terminal = io::stdin().is_terminal();
    if is_at_terminal {
        keyboard::prepare();
    }
    let (listen, _) = options.addresses();
    let mut sealed = options.sealing.ready(&listen)?;
    let log = Log::to(io::stderr(), options.log);
    let server = start(&options, &sealed, &log);
    let server = server.map_err(|error| Failure::Failed(error.to_string()))?;
    // Before the keys are kept: what fails leaves nothing behind.
    if let (Some(path), Some(first)) = (&options.port_file, server.addresses().first()) {
        let text = format!("{}\n", first.port());
        let failed = |error| format!("cannot write the port to {}: {error}", path.display());
        write_whole(path, &text).map_err(|error| Failure::Failed(failed(error)))?;
    }
    sealed.save().inspect_err(|_| {
        options.port_file.as_deref().map(std::fs::remove_file);
    })?;
    announce(server.addresses(), sealed.code.as_ref());
    #[cfg(feature = "discovery")]
    let _found = options
        .announce
        .start(&server, sealed.security.mode(), &log);
    if options.until_eof {
        // A terminal that is not to be read has not ended.
        if io::copy(&mut io::stdin().lock(), &mut io::sink()).is_err() {
            server.wait();
        }
        server.stop("the server ends with the program that started it");
    } else if is_at_terminal {
        keyboard::obeys(&server);
        server.stop("the operator has stopped the server");
    } else {
        server.wait()
    }
    Ok(ExitCode::SUCCESS)
}

#[derive(Debug, Default)]
struct Options {
    listen: Vec<SocketAddr>,
    /// On every address of this machine too.
    lan: bool,
    port: Option<u16>,
    limits: Limits,
    log: Style,
    trace: bool,
    until_eof: bool,
    port_file: Option<PathBuf>,
    sealing: Sealing,
    #[cfg(feature = "discovery")]
    announce: crate::discovery::cli::Announce,
}

impl Options {
    fn parse(args: Vec<String>) -> Result<Options, Failure> {
        let mut options = Options {
            limits: limits::beginning(&args),
            ..Options::default()
        };
        let mut args = Args::new(args);
        while let Some(arg) = args.next()? {
            let Arg::Option(option) = &arg else {
                return Err(unknown(&arg, "chalktalk serve"));
            };
            match option.as_str() {
                "--listen" => options.listen.push(args.value(listen)?),
                "--lan" => options.lan = true,
                "--port" => options.port = Some(args.value(whole)?),
                "--log" => options.log = args.value(style)?,
                "--trace" => options.trace = true,
                "--until-eof" => options.until_eof = true,
                "--port-file" => options.port_file = Some(args.value(str::parse)?),
                _ if options.sealing.set(option, &mut args)? => {}
                #[cfg(feature = "discovery")]
                _ if options.announce.set(option, &mut args)? => {}
                _ if limits::set(option, &mut options.limits, &mut args)? => {}
                _ => return Err(unknown(&arg, "chalktalk serve")),
            }
        }
        if let Some(port) = options.port.filter(|_| !options.lan) {
            let sentence = format!("--port goes with --lan; without it: --listen 127.0.0.1:{port}");
            return Err(Failure::Usage(sentence));
        }
        if let Some((all, one)) = twice(&options.addresses().0) {
            let sentence =
                format!("{all} is {one} too: leave one of them out, or give it another port");
            return Err(Failure::Usage(sentence));
        }
        Ok(options)
    }

    /// What to listen on, and what instead where that cannot be: not every machine has IPv6.
    fn addresses(&self) -> (Vec<SocketAddr>, Option<Vec<SocketAddr>>) {
        let port = self.port.unwrap_or(PORT);
        let v4 = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
        let v6 = SocketAddr::from((Ipv6Addr::UNSPECIFIED, port));
        let also = |every: &[SocketAddr]| [every, &self.listen].concat();
        match self.lan {
            true if V6_IS_BOTH => (also(&[v6]), Some(also(&[v4]))),
            // The system would choose another port for each.
            true if port == 0 => (also(&[v4]), None),
            true => (also(&[v4, v6]), Some(also(&[v4]))),
            false if self.listen.is_empty() => (vec![(Ipv4Addr::LOCALHOST, PORT).into()], None),
            false => (self.listen.clone(), None),
        }
    }
}

/// A listener on every IPv6 address takes IPv4 too, and a second one finds the port taken.
const V6_IS_BOTH: bool = cfg!(any(target_os = "linux", target_os = "macos"));

/// Two of them of which the first is the second too: a server that listens at both would find the port taken, by itself.
fn twice(addresses: &[SocketAddr]) -> Option<(&SocketAddr, &SocketAddr)> {
    let holds = |all: &SocketAddr, one: &SocketAddr| {
        let family = all.is_ipv4() == one.is_ipv4() || V6_IS_BOTH && all.is_ipv6();
        let covers = all == one || all.ip().is_unspecified() && family;
        covers && all.port() == one.port() && all.port() != 0
    };
    let with_each = |all| addresses.iter().map(move |one| (all, one));
    let mut pairs = addresses.iter().flat_map(with_each);
    pairs.find(|(all, one)| !std::ptr::eq(*all, *one) && holds(all, one))
}

/// An address of this machine: a number, since a name may stand for several.
fn listen(text: &str) -> Result<SocketAddr, &'static str> {
    let bad = "an address to listen on is a number, as in 127.0.0.1:24255 or [::1]:24255";
    number(&Address::parse(text)?).ok_or(bad)
}

/// What an address is without asking a name server.
pub(super) fn number(address: &Address) -> Option<SocketAddr> {
    let ip = match address.host.as_str() {
        "localhost" => Ipv4Addr::LOCALHOST.into(),
        host => host.parse::<IpAddr>().ok()?,
    };
    Some(SocketAddr::new(ip, address.port))
}

fn style(text: &str) -> Result<Style, &'static str> {
    match text {
        "text" => Ok(Style::Text),
        "json" => Ok(Style::Json),
        _ => Err("the log is text or json"),
    }
}

fn start(options: &Options, sealed: &Sealed, log: &Log) -> Result<Server, StartError> {
    let config = |listen| Config {
        listen,
        limits: options.limits.clone(),
        security: sealed.security.clone(),
        tap: trace::to(log, options.trace),
        log: log.clone(),
    };
    let (listen, instead) = options.addresses();
    match (Server::start(config(listen)), instead) {
        (Err(error), Some(instead)) if !error.is_in_use() => Server::start(config(instead)),
        (started, _) => started,
    }
}

/// First for programs, then for people, and apart from the log. Where stdout is closed the server serves on.
fn announce(addresses: &[SocketAddr], code: Option<&JoinCode>) {
    let mut output = io::stdout().lock();
    for address in addresses {
        let _ = writeln!(output, "listening on {address}");
    }
    let open = addresses.iter().find(|address| !address.ip().is_loopback());
    if let Some(address) = open.or(addresses.first()) {
        let _ = output.write_all(invitation(reached_at(*address), code).as_bytes());
    }
    let _ = output.flush();
}

/// Where others reach a server that listens there; still no address in particular where this machine has none.
fn reached_at(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        let own = own_address();
        // A network that leads nowhere else has no way outward.
        #[cfg(feature = "discovery")]
        let own = own.or_else(crate::discovery::cli::own_address);
        address.set_ip(own.unwrap_or(address.ip()));
    }
    address
}

/// What others type to get in.
fn command(address: SocketAddr) -> String {
    match (address.ip().is_loopback(), address.port()) {
        _ if address.ip().is_unspecified() => {
            format!("chalktalk join ADDRESS-OF-THIS-MACHINE:{}", address.port())
        }
        (true, PORT) => "chalktalk join".into(),
        (false, PORT) => format!("chalktalk join {}", address.ip()),
        _ => format!("chalktalk join {address}"),
    }
}

/// What others need to get in, each in lines of its own, to be read aloud or copied.
fn invitation(address: SocketAddr, code: Option<&JoinCode>) -> String {
    let mut text = format!("\njoin with:\n\n    {}\n\n", command(address));
    if let Some(code) = code {
        text += &format!("which asks for this code:\n\n    {code}\n\n");
    }
    let (ip, port) = (address.ip(), address.port());
    if ip.is_unspecified() {
        text += "this machine is on no network, so nobody else can reach it yet; once it is, put its address, which\n\
                 ip addr or ifconfig shows, where ADDRESS-OF-THIS-MACHINE stands\n";
    } else if let Some(code) = code.cloned() {
        let (host, port) = (ip.to_string(), Some(port));
        text += &format!("or all in one:\n\n    {}\n\n", Link { host, port, code });
    }
    if !ip.is_loopback() {
        text += match code {
            Some(_) => "encrypted: only who has the code can join, or read what is said on its way",
            None => {
                "not encrypted: anybody on the network can join, and read what is said on its way"
            }
        };
        text += &format!(
            "\nif that does not reach this machine, its firewall has to let TCP port {port} in\n\n"
        );
    }
    text
}

/// The address by which this machine reaches others. Nothing is sent: connecting a UDP socket only asks the system for the way to an address, here one of those that
/// are reserved for documentation (RFC 5737).
fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

#[cfg(test)]
mod tests;
