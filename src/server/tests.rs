//! A whole server, where a test has to reach into it: threads that cannot be had, and how it stops.

use std::io::{ErrorKind, Read, Write};
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// Only a hung server takes so long.
const DEADLINE: Duration = Duration::from_secs(30);

fn here(limits: Limits) -> Config {
    Config {
        listen: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))],
        limits,
        ..Config::default()
    }
}

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.addresses()[0]).unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream
}

/// A connection that has asked for this and read its answer.
fn asked(server: &Server, lines: &str) -> TcpStream {
    let mut stream = connect(server);
    writeln!(stream, "{lines}\nPING done").unwrap();
    let mut read = Vec::new();
    while !read.ends_with(b"PONG done\n") {
        let mut some = [0; 4096];
        let bytes = stream.read(&mut some).unwrap();
        assert!(bytes > 0, "closed: {}", read.escape_ascii());
        read.extend_from_slice(&some[..bytes]);
    }
    stream
}

fn join(server: &Server, name: &str) -> TcpStream {
    asked(server, &format!("NAME {name}"))
}

#[track_caller]
fn rest(mut stream: TcpStream) -> String {
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    rest
}

/// Does this in a thread, and gives what came of it.
#[track_caller]
fn in_time<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, came) = channel();
    thread::spawn(move || done.send(act()));
    came.recv_timeout(DEADLINE).expect("it hangs")
}

#[test]
fn who_gets_no_thread_is_told_so_and_the_others_stay() {
    static NO_READERS: AtomicBool = AtomicBool::new(false);
    fn few(name: String, run: Box<dyn FnOnce() + Send>) -> io::Result<()> {
        match NO_READERS.load(Ordering::Relaxed) && name.starts_with("reader") {
            true => Err(ErrorKind::WouldBlock.into()),
            false => spawn(name, run),
        }
    }
    let (mut told, log) = io::pipe().unwrap();
    let config = Config {
        log: Log::to(log, Style::Text),
        ..here(Limits::default())
    };
    let server = Server::start_with(config, few).unwrap();
    let mut anna = join(&server, "anna");
    NO_READERS.store(true, Ordering::Relaxed);
    for _ in 0..3 {
        let lines = rest(connect(&server));
        let last = lines.lines().last().unwrap_or_default();
        assert!(last.starts_with("BYE no-thread "), "{lines}");
    }
    NO_READERS.store(false, Ordering::Relaxed);
    drop(join(&server, "bert"));
    anna.write_all(b"QUIT\n").unwrap();
    assert!(rest(anna).contains("CAME"));
    server.stop("enough");
    // The log's thread ends with the last that may write to it.
    let told = in_time(move || {
        let mut all = String::new();
        told.read_to_string(&mut all).map(|_| all).unwrap()
    });
    let (lacking, nameless) = (
        "cannot start a thread for a connection: ",
        "closed 3 before a name (no-thread)",
    );
    assert!(told.contains(lacking) && told.contains(nameless), "{told}");
}

#[test]
fn this_machine_is_one_whatever_its_address() {
    // To connect it sends nothing: it only asks for the way. A machine on no network has loopback alone.
    let way = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    let own = way.connect(("198.51.100.1", 9));
    let own = own.and_then(|()| way.local_addr());
    for ip in [Ok(Ipv4Addr::LOCALHOST.into()), own.map(|own| own.ip())] {
        let Ok(ip) = ip else { continue };
        let mut config = here(Limits::default());
        config.listen = vec![SocketAddr::new(ip, 0)];
        let server = Server::start(config).unwrap();
        let mut relay = connect(&server);
        relay.write_all(b"NAME ~lobby\nQUIT\n").unwrap();
        let said = rest(relay);
        assert!(said.contains("\nWELCOME "), "from {ip}: {said}");
    }
}

#[test]
fn stopping_tells_everybody_and_leaves_no_thread() {
    let server = Server::start(here(Limits::default())).unwrap();
    let (anna, unnamed) = (join(&server, "anna"), asked(&server, "HELP"));
    let (address, dispatcher) = (server.addresses()[0], Arc::downgrade(&server.dispatcher));
    in_time(move || server.stop("good night"));
    for stream in [anna, unnamed] {
        let said = rest(stream);
        assert!(said.ends_with("BYE stopping good night\n"), "{said}");
    }
    // Each thread has a hold on it while it runs, and tells nobody when it ends.
    in_time(move || {
        while dispatcher.upgrade().is_some() {
            thread::park_timeout(Duration::from_millis(1));
        }
    });
    TcpListener::bind(address).expect("nobody listens there");
}

#[test]
fn stopping_waits_for_nobody_who_does_not_read() {
    let limits = Limits {
        stall_max: Duration::from_secs(60 * 60),
        linger_max: Duration::from_millis(20),
        requests: None,
        ..Limits::default()
    };
    let server = Server::start(here(limits)).unwrap();
    let _stalls = join(&server, "anna");
    let dispatcher = Arc::clone(&server.dispatcher);
    // In rounds of their own, so that it falls behind before the end.
    for _ in 0..8 {
        dispatcher.enter(|_, out, _| {
            let much = [b'.'; 1024 * 1024];
            out.to_room(outgoing::RoomId(0), |line| line.extend_from_slice(&much));
        });
    }
    in_time(move || server.stop("good night"));
}

#[test]
fn nobody_comes_in_after_the_end() {
    let server = Server::start(here(Limits::default())).unwrap();
    let refused = server.dispatcher.enter(|hub, out, now| {
        hub.stop("good night", out);
        hub.opened(Ipv4Addr::LOCALHOST.into(), now, out)
    });
    let refused = refused.map_err(|fault| fault.code);
    assert_eq!(refused, Err(crate::wire::Code::STOPPING));
}

#[test]
fn a_server_that_is_dropped_takes_nobody_and_keeps_whom_it_has() {
    let server = Server::start(here(Limits::default())).unwrap();
    let mut anna = join(&server, "anna");
    let address = server.addresses()[0];
    drop(server);
    in_time(move || while TcpStream::connect(address).is_ok() {});
    anna.write_all(b"QUIT\n").unwrap();
    assert!(rest(anna).contains("BYE quit "));
}

#[test]
#[cfg(unix)]
fn a_thread_that_panics_ends_the_process() {
    use std::os::unix::process::ExitStatusExt;
    const INSIDE: &str = "CHALKTALK_TEST_OF_A_PANIC";
    if std::env::var_os(INSIDE).is_some() {
        super::spawn("doomed".into(), Box::new(|| panic!("on purpose"))).unwrap();
        // Comes back only where the process outlives its thread.
        let (_open, nobody) = std::sync::mpsc::channel::<()>();
        let _ = nobody.recv_timeout(Duration::from_secs(30));
        return;
    }
    let me = std::env::current_exe().unwrap();
    let inside = std::process::Command::new(me)
        .args([
            "--exact",
            "server::tests::a_thread_that_panics_ends_the_process",
        ])
        .env(INSIDE, "1")
        .output()
        .unwrap();
    const ABORTED: i32 = 6;
    assert_eq!(inside.status.signal(), Some(ABORTED), "{inside:?}");
}

/// What it takes to come so far is a minute and 16,000 sockets: `docs/SCALING.md` tells what was seen then.
#[cfg(target_os = "linux")]
#[test]
fn before_the_maps_run_out_no_thread_is_started() {
    let maps = std::fs::read_to_string("/proc/sys/vm/max_map_count").unwrap();
    let maps: usize = maps.trim().parse().unwrap();
    let threads = greeter::threads_max();
    assert!((maps / 5..maps / 4).contains(&threads));
    let server = Server::start(here(Limits::default())).unwrap();
    let _anna = join(&server, "anna");
    // As many as would read have the dispatcher.
    let readers = vec![Arc::clone(&server.dispatcher); threads];
    let told = rest(connect(&server));
    assert!(told.contains("BYE no-thread"), "{told}");
    drop(readers);
    join(&server, "bert");
}
