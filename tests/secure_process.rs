//! Encrypted, and found by itself: the program as people run it, on this machine, with key files of its own.
#![forbid(unsafe_code)]

use chalktalk_tests::harness::port::Port;
use chalktalk_tests::harness::{Folder, Lines, Process, Program};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, UdpSocket};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

const PROGRAM: &str = env!("CARGO_BIN_EXE_chalktalk");

/// A place for keys and what is remembered, not there yet.
struct State(Folder);

impl State {
    fn new() -> State {
        State(Folder::make())
    }

    fn program(&self, arguments: &[&str]) -> Program {
        let program = Program::new(PROGRAM).arguments(arguments);
        program.environment("XDG_STATE_HOME", &self.0.named("state"))
    }

    fn is_there(&self) -> bool {
        self.0.join("state").exists()
    }
}

/// A server for the network: its process, where it is joined from here, and its code.
fn serve(state: &State, arguments: &[&str]) -> (Process, String, String) {
    let usual = ["serve", "--lan", "--port", "0"];
    let mut process = state.program(&usual).arguments(arguments).start();
    let first = process.output.expect("listening on *");
    let (_, port) = first.rsplit_once(':').expect("a port");
    process.output.skip_to("which asks for this code:");
    process.output.expect("");
    let code = process.output.expect("    *").trim().to_owned();
    (process, format!("127.0.0.1:{port}"), code)
}

/// What a process that reads to the end of its input has shown, and what went wrong.
fn ended(mut process: Process) -> (Option<i32>, String, String) {
    process.close_input();
    let code = process.wait().code();
    (code, process.output.all(), process.errors.all())
}

#[track_caller]
fn comes_in(program: &Program, mode: &str) {
    let mut process = program.clone().arguments(&["--name", "anna"]).start();
    process.type_line("hello");
    let (code, shown, wrong) = ended(process);
    assert_eq!(code, Some(0), "{shown}{wrong}");
    assert!(shown.contains("# connected to "), "{shown}");
    assert!(shown.contains(&format!("({mode})\n")), "{shown}");
    assert!(shown.contains("\nanna: hello\n"), "{shown}");
}

/// It may end before it has read anything, so it is given nothing to read.
#[track_caller]
fn stays_out(program: &Program, why: &str) {
    let process = program.clone().arguments(&["--name", "anna"]).start();
    let (code, shown, wrong) = ended(process);
    assert!(code.is_some_and(|code| code > 0), "{shown}{wrong}");
    assert!(wrong.contains(why), "expected {why}, got {wrong}");
    assert!(!shown.contains("welcome"), "{shown}");
}

#[test]
fn a_code_is_needed_once() {
    let (host, guest) = (State::new(), State::new());
    let (_server, address, code) = serve(&host, &[]);
    let join = || guest.program(&["join", &address]);
    stays_out(
        &join(),
        "is encrypted: its host has the code; set CHALKTALK_CODE",
    );
    // One wrong character, which its check always finds.
    let last = if code.ends_with('0') { "1" } else { "0" };
    let mistyped = format!("{}{last}", code.split_at(code.len() - 1).0);
    stays_out(
        &join().environment("CHALKTALK_CODE", &mistyped),
        "CHALKTALK_CODE: ",
    );
    comes_in(&join().environment("CHALKTALK_CODE", &code), "noise");
    comes_in(&join(), "noise");
    let link = format!("chalktalk://{address}/{code}");
    comes_in(&State::new().program(&["join", &link]), "noise");
}

#[test]
fn whoever_knows_the_old_code_is_told_that_there_is_another() {
    let (host, guest) = (State::new(), State::new());
    let (mut server, address, old) = serve(&host, &[]);
    let join = || guest.program(&["join", &address]);
    comes_in(&join().environment("CHALKTALK_CODE", &old), "noise");
    server.kill();
    let (_, port) = address.rsplit_once(':').unwrap();
    let (_server, address, new) = serve(&host, &["--port", port, "--new-code"]);
    let join = || guest.program(&["join", &address]);
    stays_out(
        &join(),
        "is not the one that you joined there before, or it has a new code",
    );
    let with_old = join().environment("CHALKTALK_CODE", &old);
    stays_out(
        &with_old,
        "it is of another chat, or its host has made a new one",
    );
    comes_in(&join().environment("CHALKTALK_CODE", &new), "noise");
    comes_in(&join(), "noise");
}

/// Alone, the program hosts an open chat where there is none.
#[test]
fn whoever_has_a_code_hosts_no_chat() {
    let state = State::new();
    let port = Port::take().expect("a port");
    let address = format!("127.0.0.1:{}", port.number());
    let alone = state.program(&[]).environment("CHALKTALK_SERVER", &address);
    let with_code = alone.environment("CHALKTALK_CODE", "1ZVW-G4PN-PPMN-3RDX-04HM-ASW9");
    stays_out(&with_code, "nobody listens on");
}

#[test]
fn an_open_server_where_an_encrypted_one_was_is_refused_until_it_is_meant() {
    let (host, guest) = (State::new(), State::new());
    let (mut server, address, code) = serve(&host, &[]);
    let join = || guest.program(&["join", &address]);
    comes_in(&join().environment("CHALKTALK_CODE", &code), "noise");
    server.kill();
    let open = ["serve", "--open", "--listen", &address];
    let mut open = host.program(&open).start();
    open.output.expect("listening on *");
    stays_out(&join(), "was encrypted when you last joined it");
    let with_code = join().environment("CHALKTALK_CODE", &code);
    stays_out(&with_code, "is open, and you have given a code");
    comes_in(&join().arguments(&["--open"]), "open");
}

#[test]
fn a_chat_is_found_unless_it_hides() {
    let state = State::new();
    let (_server, address, _) = serve(&state, &["--title", "class 7b"]);
    let (_, port) = address.rsplit_once(':').unwrap();
    let mut find = state.program(&["find", "--port", port]).start();
    assert_eq!(find.wait().code(), Some(0));
    find.output
        .expect(&format!("*:{port}*0 people*noise*class 7b"));
    find.output.expect_end();

    let (_server, address, _) = serve(&state, &["--hidden"]);
    let (_, port) = address.rsplit_once(':').unwrap();
    let mut find = state
        .program(&["find", "--explain", "--port", port])
        .start();
    assert_eq!(find.wait().code(), Some(1));
    find.output
        .expect(&format!("# asked at UDP port {port} of"));
    find.errors
        .expect("chalktalk: no chat was found on this network");
}

#[test]
fn a_chat_that_cannot_be_found_goes_on() {
    // A port that is free for TCP: others may just use the one that the system gives.
    let taken = || UdpSocket::bind("0.0.0.0:0").unwrap();
    let port = |socket: &UdpSocket| socket.local_addr().unwrap().port();
    let is_free = |socket: &UdpSocket| TcpListener::bind(("0.0.0.0", port(socket))).is_ok();
    let taken = std::iter::repeat_with(taken).find(is_free).unwrap();
    let port = port(&taken).to_string();
    let state = State::new();
    let arguments = ["serve", "--lan", "--open", "--port", &port];
    let mut server = state.program(&arguments).start();
    server.output.expect("listening on *");
    server
        .errors
        .skip_to("* those who look for chats will not find this one: Address already in use*");
    comes_in(
        &state.program(&["join", &format!("127.0.0.1:{port}")]),
        "open",
    );
}

/// Somebody else listens where a server was: answers each that comes with these bytes, and gives what was said.
fn stranger(address: &str, says: &'static str) -> Receiver<Vec<u8>> {
    let listener = TcpListener::bind(address).expect("the port is free again");
    let (tell, told) = channel();
    thread::spawn(move || {
        for mut guest in listener.incoming().map_while(Result::ok) {
            let mut heard = Vec::new();
            let said = guest.write_all(says.as_bytes());
            // What says nothing more is not answered, so it ends.
            let _ = said.and_then(|()| guest.shutdown(Shutdown::Write));
            let _ = guest.read_to_end(&mut heard);
            if tell.send(heard).is_err() {
                return;
            }
        }
    });
    told
}

#[test]
fn where_an_encrypted_chat_was_nobody_is_joined_in_the_open_whatever_they_say() {
    for says in ["", "BYE server-full later\n", "CHALKTALK 1 open hi\n"] {
        let (host, guest) = (State::new(), State::new());
        let (mut server, address, code) = serve(&host, &[]);
        let join = |address: &str| guest.program(&["join", address]);
        comes_in(
            &join(&address).environment("CHALKTALK_CODE", &code),
            "noise",
        );
        server.kill();
        let told = stranger(&address, says);
        for spelled in [address.clone(), address.replace("127.0.0.1", "localhost")] {
            stays_out(&join(&spelled), "");
            assert_eq!(told.recv().unwrap(), b"", "{says:?} {spelled}");
        }
    }
}

#[test]
fn the_host_of_one_chat_is_not_believed_at_the_address_of_another() {
    let (one, other, guest) = (State::new(), State::new(), State::new());
    let join = |address: &str| guest.program(&["join", address]);
    let (mut first, address, code) = serve(&one, &[]);
    comes_in(
        &join(&address).environment("CHALKTALK_CODE", &code),
        "noise",
    );
    let (mut second, elsewhere, code) = serve(&other, &[]);
    let with_code = join(&elsewhere).environment("CHALKTALK_CODE", &code);
    comes_in(&with_code, "noise");
    first.kill();
    second.kill();
    let (_, port) = address.rsplit_once(':').unwrap();
    let (mut second, _, code) = serve(&other, &["--port", port]);
    stays_out(&join(&address), "not the one that you joined here before");
    // With its code one means it, and the first is still remembered.
    comes_in(
        &join(&address).environment("CHALKTALK_CODE", &code),
        "noise",
    );
    second.kill();
    let (_first, ..) = serve(&one, &["--port", port]);
    comes_in(&join(&address), "noise");
}

#[test]
fn what_is_remembered_and_cannot_be_relied_on_stops() {
    let (host, guest) = (State::new(), State::new());
    let (_server, address, code) = serve(&host, &[]);
    let join = || guest.program(&["join", &address]);
    comes_in(&join().environment("CHALKTALK_CODE", &code), "noise");
    let known = guest.0.join("state/chalktalk/known");
    let text = fs::read_to_string(&known).unwrap();
    fs::write(&known, format!("{text}what is this?\n")).unwrap();
    let with_code = join().environment("CHALKTALK_CODE", &code);
    stays_out(&with_code, "mend it, or move it away");
    fs::write(&known, text).unwrap();
    comes_in(&join(), "noise");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&known, fs::Permissions::from_mode(0o644)).unwrap();
        stays_out(&join(), "known");
    }
}

#[test]
fn a_server_that_cannot_start_leaves_everything_as_it_was() {
    let (host, other) = (State::new(), State::new());
    let (_server, address, code) = serve(&host, &[]);
    let (_, taken) = address.rsplit_once(':').unwrap();
    let fails = |state: &State, arguments: &str, why: &str| {
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let mut server = state
            .program(&["serve", "--lan"])
            .arguments(&arguments)
            .start();
        assert_eq!(server.wait().code(), Some(1));
        assert_eq!(server.output.all(), "");
        let told = server.errors.all();
        assert!(told.contains(why), "{told}");
    };
    fails(
        &host,
        &format!("--new-code --port {taken}"),
        "with --lan and --port",
    );
    assert_eq!(serve(&host, &[]).2, code);
    fails(&other, &format!("--port {taken}"), "with --lan and --port");
    assert!(!other.is_there());
    let port = other.0.named("port");
    fails(&other, &format!("--port 0 --port-file {port}/port"), "port");
    assert!(!other.is_there());
    // A place for the keys that is a folder once it is made.
    let keys = other.0.named("state/made/key/");
    fails(
        &other,
        &format!("--port 0 --port-file {port} --key {keys}"),
        "key",
    );
    assert!(!other.is_there() && !other.0.join("port").exists());
}
