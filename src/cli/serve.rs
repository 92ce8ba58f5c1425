//! `chalktalk serve`: what to listen on, what to bear, and how others get in.

use super::args::{Arg, Args, unknown};
use super::failure::Failure;
use super::join::variable;
use super::limits::{self, whole};
use super::network::{self, Announce};
use super::observe::Observe;
use super::sealing::{Sealed, Sealing};
use crate::client::Address;
use crate::secure::{JoinCode, Link};
use crate::server::{Config, Limits, Server, StartError};
use crate::wire::PORT;
use std::io::{self, IsTerminal, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::process::ExitCode;

const VERB: &str = "chalktalk serve";

pub(super) const USAGE: &str = "\
usage: chalktalk serve [OPTION…]

Hosts a chat. The first lines on stdout are \"listening on ADDR\", one for each address; what happens is told
on stderr. At a terminal you can type: who, say TEXT, kick NAME [REASON], stop.

  --listen ADDR            listen here: IP, IP:PORT or [IPV6]:PORT, port 0 for any that is free; may be given
                           again (default 127.0.0.1:24255, which only this machine reaches)
  --lan                    listen on every address of this machine: others on the network can join
  --port PORT              with --lan: at this port (24255)
  --open                   not encrypted, as for nc: anybody on the network can join, and read along
  --key FILE               encrypted, with the keys of this file; made where it is not there
                           (default $XDG_STATE_HOME/chalktalk/key, where others than this machine are served)
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

pub(super) fn run(args: Vec<String>) -> Result<ExitCode, Failure> {
    let options = Options::parse(args)?;
    let (listen, _) = options.addresses();
    let mut sealed = options.sealing.ready(&listen)?;
    let server = start(&options, &sealed).map_err(|error| Failure::Failed(error.to_string()))?;
    sealed.save()?;
    announce(server.addresses(), sealed.code.as_ref());
    let mode = sealed.security.mode();
    let _found = options.announce.start(&server, mode, &variable);
    options.observe.tell_port(server.addresses())?;
    let Some(server) = options.observe.until_eof(server) else {
        return Ok(ExitCode::SUCCESS);
    };
    if io::stdin().is_terminal() && server.console(io::stdin().lock(), io::stderr()) {
        server.stop("the operator has stopped the server");
        return Ok(ExitCode::SUCCESS);
    }
    server.wait()
}

/// Where to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// Where the arguments say.
    Listed,
    /// On every address of this machine too, at this port.
    Lan(u16),
}

#[derive(Debug)]
struct Options {
    listen: Vec<SocketAddr>,
    reach: Reach,
    limits: Limits,
    observe: Observe,
    sealing: Sealing,
    announce: Announce,
}

impl Options {
    fn parse(args: Vec<String>) -> Result<Options, Failure> {
        let limits = limits::beginning(&args);
        let mut args = Args::new(args);
        let mut port = None;
        let mut options = Options {
            listen: Vec::new(),
            reach: Reach::Listed,
            limits,
            observe: Observe::default(),
            sealing: Sealing::default(),
            announce: Announce::default(),
        };
        while let Some(arg) = args.next()? {
            let Arg::Option(option) = &arg else {
                return Err(unknown(&arg, VERB));
            };
            match option.as_str() {
                "--listen" => options.listen.push(args.value(listen)?),
                "--lan" => options.reach = Reach::Lan(PORT),
                "--port" => port = Some(args.value(whole)?),
                _ if options.sealing.set(option, &mut args)? => {}
                _ if options.announce.set(option, &mut args)? => {}
                _ if limits::set(option, &mut options.limits, &mut args)? => {}
                _ if options.observe.set(option, &mut args)? => {}
                _ => return Err(unknown(&arg, VERB)),
            }
        }
        match (&mut options.reach, port) {
            (Reach::Lan(at), Some(port)) => *at = port,
            (Reach::Listed, Some(port)) => {
                return Err(Failure::Usage(format!(
                    "--port goes with --lan; without it: --listen 127.0.0.1:{port}"
                )));
            }
            (_, None) => {}
        }
        Ok(options)
    }

    /// What to listen on, and what instead where that cannot be: not every machine has IPv6.
    fn addresses(&self) -> (Vec<SocketAddr>, Option<Vec<SocketAddr>>) {
        let every = |port, ips: &[IpAddr]| {
            let every = ips.iter().map(|&ip| SocketAddr::new(ip, port));
            every.chain(self.listen.iter().copied()).collect::<Vec<_>>()
        };
        let (v4, v6) = (Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into());
        match self.reach {
            Reach::Listed if self.listen.is_empty() => {
                (every(PORT, &[Ipv4Addr::LOCALHOST.into()]), None)
            }
            Reach::Listed => (self.listen.clone(), None),
            // There a listener on every IPv6 address takes IPv4 too, and a second one finds the port taken.
            Reach::Lan(port) if cfg!(any(target_os = "linux", target_os = "macos")) => {
                (every(port, &[v6]), Some(every(port, &[v4])))
            }
            Reach::Lan(port) => (every(port, &[v4, v6]), Some(every(port, &[v4]))),
        }
    }
}

/// An address of this machine: a number, since a name may stand for several.
fn listen(text: &str) -> Result<SocketAddr, String> {
    let address = Address::parse(text).map_err(str::to_owned)?;
    let ip = match address.host.as_str() {
        "localhost" => Ok(Ipv4Addr::LOCALHOST.into()),
        host => host.parse::<IpAddr>(),
    };
    let bad = "an address to listen on is a number, as in 127.0.0.1:24255 or [::1]:24255";
    let ip = ip.map_err(|_| bad.to_owned())?;
    Ok(SocketAddr::new(ip, address.port))
}

fn start(options: &Options, sealed: &Sealed) -> Result<Server, StartError> {
    let log = options.observe.log();
    let config = |listen| {
        let config = Config {
            listen,
            limits: options.limits.clone(),
            security: sealed.security.clone(),
            ..Config::default()
        };
        options.observe.apply(config, &log)
    };
    let (listen, instead) = options.addresses();
    match (Server::start(config(listen)), instead) {
        (Err(error), Some(instead)) if !error.is_in_use() => Server::start(config(instead)),
        (started, _) => started,
    }
}

/// For programs on stdout, for people on stderr. Where either is closed the server serves on.
fn announce(addresses: &[SocketAddr], code: Option<&JoinCode>) {
    let mut output = io::stdout().lock();
    for address in addresses {
        let _ = writeln!(output, "listening on {address}");
    }
    let _ = output.flush();
    let open = addresses.iter().find(|address| !address.ip().is_loopback());
    let invitation = match (open, addresses.first()) {
        (Some(open), _) => to_the_network(*open, code),
        (None, Some(first)) => {
            let asked = code.map_or(String::new(), |code| asked(*first, code));
            format!("join with: {}\n{asked}", command(*first))
        }
        (None, None) => return,
    };
    let _ = io::stderr().write_all(invitation.as_bytes());
}

/// What others type to get in.
fn command(address: SocketAddr) -> String {
    match (address.ip().is_loopback(), address.port()) {
        (true, PORT) => "chalktalk join".into(),
        (false, PORT) => format!("chalktalk join {}", address.ip()),
        _ => format!("chalktalk join {address}"),
    }
}

/// What others are asked for, and what spares them the question.
fn asked(address: SocketAddr, code: &JoinCode) -> String {
    let link = Link {
        host: address.ip().to_string(),
        port: Some(address.port()),
        code: code.clone(),
    };
    format!("which asks for this code: {code}\nor, with all in one:\n{link}\n")
}

fn to_the_network(mut address: SocketAddr, code: Option<&JoinCode>) -> String {
    if address.ip().is_unspecified() {
        address.set_ip(own_address().unwrap_or(address.ip()));
    }
    let command = if address.ip().is_unspecified() {
        format!("chalktalk join ADDRESS-OF-THIS-MACHINE:{}", address.port())
    } else {
        command(address)
    };
    let (asked, mode) = match code {
        Some(code) => (
            asked(address, code),
            "encrypted: only who has the code can join, or read what is said on its way",
        ),
        None => (
            String::new(),
            "anybody on the network can join, and it is not encrypted: what is said can be read on its way",
        ),
    };
    format!(
        "others on the network join with: {command}\n\
         {asked}\
         if that does not reach this machine, its firewall has to let TCP port {} in\n\
         {mode}\n",
        address.port()
    )
}

/// The address by which this machine reaches others, else any that it has on a network.
fn own_address() -> Option<IpAddr> {
    outward_address().or_else(|| Some(network::own_address()?.into()))
}

/// Nothing is sent: connecting a UDP socket only asks the system for the way to an address, here one of those that
/// are reserved for documentation (RFC 5737).
fn outward_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Options, String> {
        let args = args.iter().map(|&arg| arg.to_owned()).collect();
        Options::parse(args).map_err(|failure| match failure {
            Failure::Usage(sentence) | Failure::Failed(sentence) => sentence,
        })
    }

    #[track_caller]
    fn listens(args: &[&str], expected: &[&str]) {
        let (listen, _) = parse(args).unwrap().addresses();
        let listen: Vec<String> = listen.iter().map(ToString::to_string).collect();
        assert_eq!(listen, expected);
    }

    #[track_caller]
    fn refused(args: &[&str], expected: &str) {
        let sentence = parse(args).expect_err(expected);
        assert!(sentence.starts_with(expected), "{sentence}");
    }

    #[test]
    fn it_listens_where_it_is_told() {
        listens(&[], &["127.0.0.1:24255"]);
        listens(&["--listen", "localhost:0"], &["127.0.0.1:0"]);
        listens(
            &["--listen=::1", "--listen", "10.0.0.7:1"],
            &["[::1]:24255", "10.0.0.7:1"],
        );
        if cfg!(target_os = "linux") {
            listens(&["--lan"], &["[::]:24255"]);
            listens(&["--lan", "--port", "5000"], &["[::]:5000"]);
            listens(
                &["--port=0", "--lan", "--listen=127.0.0.1:1"],
                &["[::]:0", "127.0.0.1:1"],
            );
        }
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        refused(
            &["--listen", "host"],
            "--listen host: an address to listen on is a number",
        );
        refused(
            &["--listen", "1.2.3.4:x"],
            "--listen 1.2.3.4:x: a port is a number",
        );
        refused(
            &["--port", "5000"],
            "--port goes with --lan; without it: --listen 127.0.0.1:5000",
        );
        refused(&["here"], "chalktalk serve does not take here");
        refused(&["--lam"], "chalktalk serve does not take --lam");
    }

    #[test]
    fn others_are_told_what_to_type() {
        #[track_caller]
        fn check(address: &str, expected: &str) {
            assert_eq!(command(address.parse().unwrap()), expected);
        }
        check("127.0.0.1:24255", "chalktalk join");
        check("127.0.0.1:1", "chalktalk join 127.0.0.1:1");
        check("[fe80::1]:24255", "chalktalk join fe80::1");
        check("[fe80::1]:1", "chalktalk join [fe80::1]:1");
        let code = JoinCode::parse("1ZVW-G4PN-PPMN-3RDX-04HM-ASW9").unwrap();
        let sealed = to_the_network("10.0.0.7:5000".parse().unwrap(), Some(&code));
        assert!(
            sealed.contains("code: 1ZVW-G4PN-PPMN-3RDX-04HM-ASW9\n")
                && sealed.contains("chalktalk://10.0.0.7:5000/1ZVW-")
                && !sealed.contains("not encrypted"),
            "{sealed}"
        );
        let open = to_the_network("10.0.0.7:5000".parse().unwrap(), None);
        assert!(
            open.contains("join with: chalktalk join 10.0.0.7:5000\n"),
            "{open}"
        );
        assert!(
            open.contains("TCP port 5000") && open.contains("not encrypted"),
            "{open}"
        );
    }
}
