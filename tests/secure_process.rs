//! Encrypted, and found by itself: the program as people run it, on this machine, with key files of its own.
#![forbid(unsafe_code)]

use chalktalk_tests::harness::port::Port;
use chalktalk_tests::harness::{Lines, Process, Program};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, UdpSocket};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

const PROGRAM: &str = env!("CARGO_BIN_EXE_chalktalk");

/// A folder for keys and what is remembered, gone with its value.
struct State(PathBuf);

impl State {
    fn new() -> State {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("chalktalk-secure-{}-{number}", std::process::id());
        State(std::env::temp_dir().join(name))
    }

    fn program(&self, arguments: &[&str]) -> Program {
        let folder = self.0.to_str().expect("a folder that is UTF-8");
        let program = Program::new(PROGRAM).arguments(arguments);
        program.environment("XDG_STATE_HOME", folder)
    }
}

impl Drop for State {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
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

#[cfg(unix)]
#[test]
fn keys_and_what_is_remembered_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let state = State::new();
    let (_server, address, code) = serve(&state, &[]);
    let join = state.program(&["join", &address]);
    comes_in(&join.environment("CHALKTALK_CODE", &code), "noise");
    for file in ["chalktalk/key", "chalktalk/known"] {
        let mode = fs::metadata(state.0.join(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[test]
fn the_code_outlives_the_server_until_a_new_one_is_made() {
    let state = State::new();
    let code = |arguments: &[&str]| serve(&state, arguments).2;
    let first = code(&[]);
    assert_eq!(code(&[]), first);
    let second = code(&["--new-code"]);
    assert_ne!(second, first);
    assert_eq!(code(&[]), second);
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

#[test]
fn a_new_code_for_a_port_that_is_taken_leaves_the_old_one() {
    let state = State::new();
    let (_server, address, code) = serve(&state, &[]);
    let (_, port) = address.rsplit_once(':').unwrap();
    let arguments = ["serve", "--lan", "--new-code", "--port", port];
    let mut second = state.program(&arguments).start();
    assert_eq!(second.wait().code(), Some(1));
    assert_eq!(serve(&state, &[]).2, code);
}

#[test]
fn a_server_that_cannot_start_leaves_nothing_behind() {
    let (host, other) = (State::new(), State::new());
    let (_server, address, _) = serve(&host, &[]);
    let (_, port) = address.rsplit_once(':').unwrap();
    let arguments = ["serve", "--lan", "--port", port];
    let mut second = other.program(&arguments).start();
    assert_eq!(second.wait().code(), Some(1));
    let advice = second.errors.all();
    assert!(advice.contains("with --lan and --port"), "{advice}");
    assert!(!other.0.exists());
}

#[test]
fn no_error_repeats_a_code() {
    const CODE: &str = "2FB5-11T1-Y6XW-494N-EC3M-YFK";
    let state = State::new();
    for words in [
        &["join", CODE][..],
        &["join", &format!("chalktalk:/h/{CODE}")],
        &["join", &format!("http://h/{CODE}")],
        &["join", &format!("chalktalk://h:x/{CODE}")],
        &["join", "127.0.0.1", "--name", CODE],
        &["join", "127.0.0.1", CODE],
        &["serve", "--listen", CODE],
        &[CODE],
    ] {
        let (code, shown, wrong) = ended(state.program(words).start());
        assert!(code.is_some_and(|code| code > 0), "{words:?}");
        assert!(
            !shown.contains("2FB5") && !wrong.contains("2FB5"),
            "{words:?}: {wrong}"
        );
    }
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
    let known = guest.0.join("chalktalk/known");
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
fn a_server_that_stands_in_its_own_way_says_so() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let state = State::new();
    let arguments = ["serve", "--lan", "--listen", "127.0.0.1"];
    let mut server = state.program(&arguments).start();
    assert_eq!(server.wait().code(), Some(2));
    let wrong = server.errors.all();
    assert!(
        wrong.contains("[::]:24255 is 127.0.0.1:24255 too"),
        "{wrong}"
    );
    assert!(!state.0.exists());
}

#[test]
fn a_port_or_keys_that_cannot_be_kept_leave_nothing_behind() {
    let state = State::new();
    let lan = ["serve", "--lan", "--port", "0"];
    let nowhere = state.0.join("nowhere").join("port");
    let file = ["--port-file", nowhere.to_str().unwrap()];
    let mut server = state.program(&lan).arguments(&file).start();
    assert_eq!(server.wait().code(), Some(1));
    assert_eq!(server.output.all(), "");
    assert!(!state.0.exists());
    // A place for the keys that is a folder once it is made.
    let port = std::env::temp_dir().join(format!("chalktalk-kept-{}", std::process::id()));
    let keys = state.0.join("made").join("key/");
    let file = ["--port-file", port.to_str().unwrap()];
    let key = ["--key", keys.to_str().unwrap()];
    let server = state.program(&lan).arguments(&file).arguments(&key);
    let mut server = server.start();
    assert_eq!(server.wait().code(), Some(1));
    assert_eq!(server.output.all(), "");
    assert!(!state.0.exists() && !port.exists());
}
