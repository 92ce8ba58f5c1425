//! People and pipes in plain mode, against a server of a few scripted lines.

use super::*;
use crate::client::tests::{PATIENCE, Peer, Server};
use std::io::Cursor;
use std::thread::JoinHandle;

/// What came of a run, and all that it showed.
type Run = JoinHandle<(Result<(), String>, String)>;

fn script(settings: Settings, typed: &str) -> Run {
    let input = Cursor::new(typed.as_bytes().to_vec());
    thread::spawn(move || {
        let mut output = Vec::new();
        let manner = (Person::Absent, Manner::default());
        let asking: Asking<'_> = (&mut |_| None, None);
        let result = run(settings, None, manner, asking, input, &mut output);
        let output = String::from_utf8(output).unwrap();
        (result, output)
    })
}

/// Answers what comes until the goodbye: OK, and the event. Gives what came, without tags.
fn serve(peer: &mut Peer) -> Vec<String> {
    let mut heard = Vec::new();
    loop {
        let line = peer.hear();
        let (tag, request) = line.split_once(' ').expect("a tag");
        let id = heard.len() + 10;
        let answer = match request.split_once(' ') {
            Some(("SAY", text)) => format!("{tag} OK a.{id}\nSAID a.{id} 5 lobby anna {text}\n"),
            Some(("TELL", _)) => format!("{tag} ERROR no-such-name nobody is\\u{{9b}} not here\n"),
            Some(("PING", mark)) => format!("{tag} PONG {mark}\n{tag} OK\n"),
            _ if request == "QUIT" => format!("{tag} OK\nBYE quit until next time\n"),
            _ => format!("{tag} OK\n"),
        };
        peer.say(&answer);
        heard.push(request.to_owned());
        if request == "QUIT" {
            return heard;
        }
    }
}

#[test]
fn a_pipe_is_said_line_by_line_and_then_left() {
    let server = Server::start();
    let run = script(server.settings(), "one\n\ntwo\r\n/who\nthree");
    let heard = serve(&mut server.let_in("a"));
    assert_eq!(
        heard,
        [
            "SAY one",
            "SAY two",
            "WHO",
            "SAY three",
            "PING fence",
            "QUIT"
        ]
    );
    let (result, output) = run.join().unwrap();
    assert_eq!(result, Ok(()));
    let said: Vec<&str> = output.lines().skip(1).collect();
    let expected = ["* welcome, anna", "* you are in lobby, 999 people"];
    assert_eq!(said[..2], expected);
    let at = format!("# at {} (open)", server.settings().address);
    assert_eq!(said[2..], ["anna: one", "anna: two", &at, "anna: three"]);
}

#[test]
fn a_script_is_told_what_was_not_done() {
    let server = Server::start();
    let run = script(server.settings(), "/msg bert hi\n/nikc x\nfine\n");
    let heard = serve(&mut server.let_in("a"));
    assert_eq!(heard.last().map(String::as_str), Some("QUIT"));
    let (result, output) = run.join().unwrap();
    assert_eq!(
        result.unwrap_err(),
        "2 lines were not done; the output says which"
    );
    assert!(
        output.contains("# nobody is<9B> not here: /msg bert hi\n"),
        "{output}"
    );
    assert!(
        output.contains("# there is no /nikc; did you mean /nick? /help lists"),
        "{output}"
    );
}

#[test]
fn a_quiet_log_with_times_holds_what_was_said_and_done() {
    let server = Server::start();
    let settings = server.settings();
    let run = thread::spawn(move || {
        let (input, mut output) = (Cursor::new(b"hi\n"), Vec::new());
        let manner = Manner {
            times: true,
            quiet: true,
            ..Manner::default()
        };
        let manner = (Person::Absent, manner);
        let asking: Asking<'_> = (&mut |_| None, None);
        run(settings, None, manner, asking, input, &mut output).unwrap();
        String::from_utf8(output).unwrap()
    });
    let mut peer = server.let_in("a");
    peer.say(
        "HISTORY lobby 1\nSAID a.3 5 lobby bert old\nEND lobby\nCAME a.4 5 lobby bert\n\
         SAID a.5 1795356007999 lobby bert new\nLEFT a.6 5 lobby bert quit\n",
    );
    serve(&mut peer);
    let output = run.join().unwrap();
    let mut lines = output.lines().map(|line| {
        let (stamp, line) = line.split_once(' ').unwrap();
        assert_eq!(stamp.len(), "2026-11-22T19:45:07+05:45".len(), "{stamp}");
        (stamp, line)
    });
    let said: Vec<&str> = lines.clone().map(|(_, line)| line).collect();
    assert!(said[0].starts_with("# connected to "), "{output}");
    let expected = ["* welcome, anna", "* you are in lobby, 999 people"];
    assert_eq!(said[1..3], expected);
    assert_eq!(said[3..], ["bert: new", "anna: hi"]);
    // At any offset from UTC.
    let (stamp, _) = lines.find(|(_, line)| *line == "bert: new").unwrap();
    assert!(
        stamp.starts_with("2026-11-2") && stamp.contains(":07"),
        "{stamp}"
    );
}

/// A keyboard and a screen that a test can wait for.
struct Keyboard(Receiver<&'static str>);
struct Screen(Sender<String>);

impl Read for Keyboard {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let typed = self.0.recv().unwrap_or_default();
        buffer[..typed.len()].copy_from_slice(typed.as_bytes());
        Ok(typed.len())
    }
}

impl Write for Screen {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let shown = String::from_utf8(line.to_vec()).unwrap();
        let _ = self.0.send(shown);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Somebody at a keyboard: what they type, what they see, and what came of it.
struct Talker {
    keyboard: Option<Sender<&'static str>>,
    screen: Receiver<String>,
    run: JoinHandle<Result<(), String>>,
}

impl Talker {
    fn sit_down(server: &Server) -> Talker {
        Talker::host(server, 0)
    }

    /// Who hosts so many others.
    fn host(server: &Server, others: usize) -> Talker {
        let (keyboard, keys) = mpsc::channel();
        let (shown, screen) = mpsc::channel();
        let settings = server.settings();
        let run = thread::spawn(move || {
            let keyboard = Keyboard(keys);
            let asked = shown.clone();
            let mut bert = |why: &str| {
                let _ = asked.send(format!("asked: {why}"));
                Name::parse("bert").ok()
            };
            let manner = (Person::Present, Manner::default());
            run(
                settings,
                None,
                manner,
                (&mut bert, Some(&|| others)),
                keyboard,
                &mut Screen(shown),
            )
        });
        Talker {
            keyboard: Some(keyboard),
            screen,
            run,
        }
    }

    fn press(&self, keys: &'static str) {
        self.keyboard.as_ref().unwrap().send(keys).unwrap();
    }

    #[track_caller]
    fn see(&self, what: &str) {
        while !self
            .screen
            .recv_timeout(PATIENCE)
            .expect(what)
            .contains(what)
        {}
    }
}

#[test]
fn a_person_is_asked_for_another_name() {
    let server = Server::start();
    let mut person = Talker::sit_down(&server);
    let mut peer = server.accept();
    let first = person.screen.recv_timeout(PATIENCE).unwrap();
    let expected = format!("# connected to {} (open)\n", server.settings().address);
    assert_eq!(first, expected);
    peer.say("CHALKTALK 1 open Welcome.\n");
    assert_eq!(peer.hear(), "@1 NAME anna");
    peer.say("@1 ERROR name-taken somebody has that name\n");
    person.see("asked: you cannot be called anna: somebody has that name");
    assert_eq!(peer.hear(), "@2 NAME bert");
    peer.say("@2 OK a.1\nWELCOME a.1 5 * bert hi\nROOM a.2 5 lobby 999\n");
    assert_eq!(peer.hear(), "PONG");
    person.see("* welcome, bert");
    person.press("hi\nthere\n");
    person.keyboard = None;
    assert_eq!(
        serve(&mut peer),
        ["SAY hi", "SAY there", "PING fence", "QUIT"]
    );
    assert!(person.run.join().unwrap().is_ok());
}

#[test]
fn a_host_is_asked_once_before_others_are_left_behind() {
    let server = Server::start();
    let person = Talker::host(&server, 2);
    let mut peer = server.let_in("a");
    person.see("* welcome, anna");
    let question = "# the chat ends with you, for others too (2): once more, and you leave";
    // The end of the input, as C-d makes it at a terminal.
    person.press("");
    person.see(question);
    person.press("/me stays\n");
    assert_eq!(peer.hear(), "@2 DO stays");
    peer.say("@2 OK a.9\n");
    person.press("/quit\n");
    person.see(question);
    person.press("/quit\n");
    assert_eq!(serve(&mut peer), ["QUIT"]);
    assert!(person.run.join().unwrap().is_ok());
}

#[test]
fn a_script_does_not_wait_for_a_yes_that_nobody_says() {
    let server = Server::start();
    let client = Client::connect_into(server.settings(), None, drop).unwrap();
    let (mut output, (ask, _asked)) = (Vec::new(), mpsc::channel());
    let mut talk = Talk {
        client,
        place: String::new(),
        there: String::new(),
        person: Person::Absent,
        manner: Manner {
            stay: true,
            ..Manner::default()
        },
        others: None,
        offset: Asked::default(),
        output: Ok(&mut output),
        ask,
        is_asked: false,
        is_over: false,
        is_doubted: false,
        is_warned: false,
        pending: BTreeMap::new(),
        not_done: 0,
        stage: Stage::Reading,
        lost_since: None,
    };
    talk.event(&Event::Line(Line::Doubted)).unwrap();
    talk.go_on();
    assert_eq!(talk.stage, Stage::Reading, "who only listens goes on");
    talk.typed(Some(Ok("a secret".into())));
    talk.go_on();
    assert!(matches!(talk.stage, Stage::GivingUp(_)));
    let ended = talk.end(&Ending::Left).unwrap_err();
    assert!(ended.starts_with("nobody says yes"), "{ended}");
}

#[test]
fn a_reader_of_the_output_that_has_gone_away_is_known_by_each_of_its_numbers() {
    assert!(is_broken_pipe(&ErrorKind::BrokenPipe.into()));
    assert!(is_broken_pipe(&io::Error::from_raw_os_error(233)));
    assert!(!is_broken_pipe(&ErrorKind::StorageFull.into()));
}
