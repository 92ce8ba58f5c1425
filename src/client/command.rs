//! What the user typed: a line to say, or a command behind a slash, blanks before it or not.
//!
//! What is said keeps its spaces and its line breaks, so a pasted text of several lines is one message. Names and
//! rooms are parsed here, so a misspelt one is told at once and costs the server nothing.
//!
//! A join code is no name and no room: one that is typed in the wrong place would be told to the server, and to all.

use crate::sanitise::plain_line;
use crate::secure::code::looks_like_code;
use crate::wire::{Name, Phrase, Request, Room, Text, Words, escape};
use crate::words::did_you_mean;

/// Something the user, or a program in their place, wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Say something to the room.
    Say(Text),
    /// Do something that the room sees.
    Do(Text),
    /// Say something to one person.
    Tell(Name, Text),
    /// Move to a room.
    Join(Room),
    /// Who is in this room, or in that one?
    Who(Option<Room>),
    /// Which rooms are there?
    Rooms,
    /// What is this room's topic?
    ShowTopic,
    /// Set the room's topic, or remove it.
    Topic(Option<Phrase>),
    /// Be called something else.
    Name(Name),
    /// The room's last events: all that are kept, or so many.
    History(Option<u64>),
    /// Ignore what this name says, or only tell whose is ignored. Done by the client alone.
    Ignore(Option<Name>),
    /// Hear this name again.
    Unignore(Name),
    /// What can be typed? Answered by whoever shows things.
    Help,
    /// It is the right chat: send what waits, though it is on another network.
    Yes,
    /// Keep order. Obeyed by the server in this process, for whoever hosts; the wire has no word for it.
    Host(String),
    /// Leave.
    Quit(Option<Phrase>),
    /// Settled when everything that was on its way when it was sent has been received. Not typed.
    Fence,
}

/// What one types, and what it does. The first word of the usage is the command; what other chats call it stands behind.
pub const COMMANDS: &[(&str, &str)] = &[
    ("/who [room]", "who is here, or there; also /names"),
    ("/msg name text", "say it to them alone; also /w, /query"),
    ("/me text", "do it before all in the room, as in /me waves"),
    ("/join room", "move to another room; a new name begins one"),
    ("/rooms", "which rooms there are"),
    (
        "/topic [text]",
        "show the room's topic, or set it; /topic - removes it",
    ),
    ("/name name", "be called something else; also /nick"),
    ("/history [number]", "what was said here last"),
    ("/yes", "send what waits, on another network than before"),
    ("/ignore [name]", "do not show what they say, or list those"),
    ("/unignore name", "show it again"),
    ("/help", "these lines"),
    ("/quit [words]", "leave; also /exit, /q, /part, /leave"),
    (
        "/kick name [minutes]",
        "who hosts: throw somebody out, for 10 minutes or so many",
    ),
    ("/ban name", "who hosts: the same for good"),
    ("/unban name", "who hosts: let them come in again"),
    ("/bans", "who hosts: who is kept out, and who is muted"),
    ("/mute name", "who hosts: let nobody hear them"),
    ("/unmute name", "who hosts: let them be heard again"),
    ("/lock", "who hosts: let nobody new come in"),
    ("/unlock", "who hosts: let everybody come in again"),
    ("/say text", "who hosts: tell everybody, in every room"),
    ("//text", "say a text that begins with a slash"),
];

/// Where a line ends in a text that was pasted.
pub(crate) const LINE_ENDS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

impl Command {
    /// Reads what was typed, without its end; `None` where there is nothing but white space.
    ///
    /// # Errors
    /// What is wrong with it, and what to do, as a sentence that may be shown as it is.
    pub fn parse(typed: &str) -> Result<Option<Command>, String> {
        if typed.trim().is_empty() {
            return Ok(None);
        }
        let command = match typed.strip_prefix('/') {
            Some(said) if said.starts_with('/') => Command::Say(text(said)?),
            Some(command) => slashed(command)?,
            // A blank before a command is a slip of the finger: what was meant for one must not be said to all.
            None => match behind_blanks(typed).strip_prefix('/') {
                Some(command) if is_known(cut_word(command).0) => slashed(command)?,
                _ => Command::Say(text(typed)?),
            },
        };
        Ok(Some(command))
    }

    /// Whom it speaks to, where that is not the room, and what it says; `None` where it says nothing.
    pub fn words(&self) -> Option<(Option<&Name>, &Text)> {
        match self {
            Command::Say(text) | Command::Do(text) => Some((None, text)),
            Command::Tell(to, text) => Some((Some(to), text)),
            Command::Join(_) | Command::Who(_) | Command::Rooms | Command::Name(_) => None,
            Command::ShowTopic | Command::Topic(_) | Command::History(_) => None,
            Command::Help | Command::Yes | Command::Quit(_) | Command::Fence => None,
            Command::Ignore(_) | Command::Unignore(_) | Command::Host(_) => None,
        }
    }

    /// What it asks of the server, if anything.
    pub(super) fn request(&self) -> Option<Request> {
        Some(match self {
            Command::Help | Command::Yes | Command::Host(_) => return None,
            Command::Ignore(_) | Command::Unignore(_) => return None,
            Command::Say(text) => Request::Say(text.clone()),
            Command::Do(text) => Request::Do(text.clone()),
            Command::Tell(name, text) => Request::Tell(name.clone(), text.clone()),
            Command::Join(room) => Request::Join(room.clone()),
            Command::Who(room) => Request::Who(room.clone()),
            Command::Rooms => Request::Rooms,
            Command::Topic(topic) => Request::Topic(topic.clone()),
            Command::Name(name) => Request::Name(name.clone()),
            Command::History(number) => Request::History(*number),
            Command::Quit(words) => Request::Quit(words.clone()),
            // The client knows the topic, once what is on its way has come.
            Command::Fence | Command::ShowTopic => Request::Ping(Phrase::new("fence").ok()),
        })
    }
}

/// The first word and what stands behind the one space after it.
fn cut_word(text: &str) -> (&str, &str) {
    text.split_once(char::is_whitespace).unwrap_or((text, ""))
}

/// What stands behind the blanks of the first line.
pub(crate) fn behind_blanks(typed: &str) -> &str {
    typed.trim_start_matches(|c: char| c.is_whitespace() && !LINE_ENDS.contains(&c))
}

/// The words behind a slash that are commands, with what other chats call them.
fn known() -> impl Iterator<Item = &'static str> {
    let told = COMMANDS.iter().flat_map(|(usage, about)| [*usage, *about]);
    let words = told.flat_map(|told| told.split([' ', ',', ';']));
    words.filter_map(|word| word.strip_prefix('/'))
}

fn is_known(word: &str) -> bool {
    known().any(|known| known == word.to_lowercase())
}

fn slashed(command: &str) -> Result<Command, String> {
    let (word, rest) = cut_word(command);
    let argument = rest.trim();
    match &*word.to_lowercase() {
        _ if !is_known(word) => Err(unknown(word)),
        "who" | "names" => optional(argument, room).map(Command::Who),
        "me" if argument.is_empty() => Err(missing("/me text")),
        "me" => text(rest).map(Command::Do),
        "msg" | "w" | "query" => tell(rest),
        "join" if argument.is_empty() => Err(missing("/join room")),
        "join" => own_room(argument).map(Command::Join),
        "rooms" => alone(argument, "/rooms", Command::Rooms),
        "topic" => topic(argument),
        "name" | "nick" if argument.is_empty() => Err(missing("/name name")),
        "name" | "nick" => own_name(argument).map(Command::Name),
        "history" => optional(argument, number).map(Command::History),
        "ignore" => optional(argument, name).map(Command::Ignore),
        "unignore" if argument.is_empty() => Err(missing("/unignore name")),
        "unignore" => name(argument).map(Command::Unignore),
        "yes" => alone(argument, "/yes", Command::Yes),
        "help" => alone(argument, "/help", Command::Help),
        "kick" | "ban" | "unban" | "bans" | "mute" | "unmute" | "lock" | "unlock" | "say" => {
            Ok(Command::Host(command.to_owned()))
        }
        "quit" | "exit" | "q" | "part" | "leave" => optional(argument, text).map(Command::Quit),
        _ => Err(unknown(word)),
    }
}

fn unknown(word: &str) -> String {
    // What was pasted may be a wall of anything, and this is shown.
    let shown = plain_line(&format!("/{word:.40}"));
    let meant = did_you_mean(&word.to_lowercase(), "/", known());
    format!(
        "there is no {shown};{meant} /help lists what there is; to say it, type one more slash before it"
    )
}

/// A server's sentence as people type it: for those who speak to a server by hand, it names verbs.
pub(super) fn as_typed(sentence: &Text) -> Text {
    let commands = COMMANDS.iter().map(|(usage, _)| cut_word(usage).0);
    let typed = commands.fold(sentence.to_string(), |typed, command| {
        let verb = command.trim_start_matches('/').to_uppercase();
        typed.replace(&format!("; {verb} "), &format!("; {command} "))
    });
    Text::cut(&typed)
}

fn missing(usage: &str) -> String {
    format!("something is missing: {usage}")
}

fn alone(argument: &str, usage: &str, command: Command) -> Result<Command, String> {
    match argument {
        "" => Ok(command),
        _ => Err(format!("that is too much: {usage}")),
    }
}

fn optional<T>(argument: &str, parse: fn(&str) -> Result<T, String>) -> Result<Option<T>, String> {
    (!argument.is_empty()).then(|| parse(argument)).transpose()
}

fn tell(rest: &str) -> Result<Command, String> {
    let (to, said) = cut_word(rest.trim_start());
    if said.trim().is_empty() {
        return Err(missing("/msg name text"));
    }
    Ok(Command::Tell(name(to)?, text(said)?))
}

fn topic(argument: &str) -> Result<Command, String> {
    match argument {
        "" => Ok(Command::ShowTopic),
        "-" => Ok(Command::Topic(None)),
        _ => text(argument).map(Some).map(Command::Topic),
    }
}

/// A name to be called by.
pub(crate) fn own_name(typed: &str) -> Result<Name, String> {
    no_code(typed, name)
}

/// A room to be in.
pub(crate) fn own_room(typed: &str) -> Result<Room, String> {
    no_code(typed, room)
}

fn no_code<T>(typed: &str, parse: fn(&str) -> Result<T, String>) -> Result<T, String> {
    match looks_like_code(typed) {
        true => Err("that is a join code, and is told to nobody".to_owned()),
        false => parse(typed),
    }
}

fn name(typed: &str) -> Result<Name, String> {
    Name::parse(typed).map_err(|fault| fault.to_string())
}

fn room(typed: &str) -> Result<Room, String> {
    Room::parse(typed).map_err(|fault| fault.to_string())
}

fn number(argument: &str) -> Result<u64, String> {
    let number = argument.parse().ok().filter(|_| !argument.starts_with('+'));
    number.ok_or_else(|| "how many is a number, as in /history 20".to_owned())
}

/// What is said goes out whole or not at all.
fn text<const MAX: usize>(typed: &str) -> Result<Words<MAX>, String> {
    Words::new(typed).map_err(|fault| {
        let mut written = String::new();
        escape(typed, &mut written);
        let bytes = written.len();
        match bytes.saturating_sub(MAX) {
            0 => fault.to_string(),
            over => format!(
                "too long by {over} bytes ({bytes}, and {MAX} is the most): shorten it, or send it in parts"
            ),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, expected: Command) {
        let word = cut_word(typed.trim_start()).0.to_lowercase();
        let is_listed = |(usage, _): &(&str, &str)| cut_word(usage).0 == word;
        let is_said = matches!(expected, Command::Say(_));
        assert!(is_said || COMMANDS.iter().any(is_listed), "{word}");
        assert_eq!(Command::parse(typed), Ok(Some(expected)), "{typed:?}");
    }

    #[track_caller]
    fn refused(typed: &str, sentence: &str) {
        let error = Command::parse(typed).expect_err(typed);
        assert!(error.contains(sentence), "{typed:?}: {error}");
    }

    fn text(text: &str) -> Text {
        Text::new(text).unwrap()
    }

    fn anna() -> Name {
        Name::parse("anna").unwrap()
    }

    fn maths() -> Room {
        Room::parse("maths").unwrap()
    }

    #[test]
    fn what_has_no_slash_is_said_as_it_stands() {
        check("hi", Command::Say(text("hi")));
        check("  two  spaces ", Command::Say(text("  two  spaces ")));
        check("two\nlines", Command::Say(text("two\nlines")));
        check("//who", Command::Say(text("/who")));
        check("///", Command::Say(text("//")));
        for said in ["  //who", "  /* who", " /usr", "\n/who", "\u{2028}/q"] {
            check(said, Command::Say(text(said)));
        }
        for nothing in ["", " ", "\t\n"] {
            assert_eq!(Command::parse(nothing), Ok(None));
        }
    }

    #[test]
    fn every_command_is_taken_in_any_case_and_with_any_spaces() {
        check("/msg anna hi", Command::Tell(anna(), text("hi")));
        check("/MSG  anna  hi ", Command::Tell(anna(), text(" hi ")));
        check(" \t/msg anna hi", Command::Tell(anna(), text("hi")));
        check(
            "\u{a0}\u{3000}/msg anna hi",
            Command::Tell(anna(), text("hi")),
        );
        check("/msg anna\na\nb", Command::Tell(anna(), text("a\nb")));
        check("/msg anna /who", Command::Tell(anna(), text("/who")));
        check("/me waves ", Command::Do(text("waves ")));
        check("/join maths", Command::Join(maths()));
        check("/who", Command::Who(None));
        check("/who maths ", Command::Who(Some(maths())));
        check("/rooms", Command::Rooms);
        check("/topic", Command::ShowTopic);
        check("/topic -", Command::Topic(None));
        check(
            "/topic  tea time ",
            Command::Topic(Phrase::new("tea time").ok()),
        );
        check("/name anna", Command::Name(anna()));
        check("/history", Command::History(None));
        check("/history 007", Command::History(Some(7)));
        check("/yes", Command::Yes);
        check("/ignore", Command::Ignore(None));
        check("/ignore anna", Command::Ignore(Some(anna())));
        check("/unignore anna", Command::Unignore(anna()));
        check("/help", Command::Help);
        for host in ["kick anna 5", "ban anna", "bans", "unlock", "say a\nb"] {
            check(&format!("/{host}"), Command::Host(host.to_owned()));
        }
        check("/quit", Command::Quit(None));
        check("/quit see you", Command::Quit(Phrase::new("see you").ok()));
    }

    #[test]
    fn an_error_says_what_to_do() {
        refused("/nonsense", "there is no /nonsense; /help lists");
        refused(
            "/quti",
            "there is no /quti; did you mean /quit? /help lists",
        );
        refused("/EXTI", "there is no /EXTI; did you mean /exit?");
        refused("/", "there is no /;");
        refused("/ who", "there is no /;");
        refused("/msg anna", "/msg name text");
        refused("/msg", "/msg name text");
        refused("/msg @anna hi", "does not begin with @");
        refused("/me ", "/me text");
        refused("/join", "/join room");
        refused("/join #maths", "a room's name does not begin with #");
        refused("/name two words", "no space");
        refused("/unignore", "/unignore name");
        refused("/ignore two words", "no space");
        refused("/rooms all", "/rooms");
        refused("/history -1", "/history 20");
        refused("/history +1", "/history 20");
        refused("/history 99999999999999999999", "/history 20");
        refused(&"a".repeat(15_361), "send it in parts");
        refused(&format!("/topic {}", "a".repeat(513)), "send it in parts");
    }

    #[test]
    fn other_chats_words_are_taken_and_told_of() {
        for (command, others) in [
            ("who", &["names"][..]),
            ("msg", &["w", "query"]),
            ("name", &["nick"]),
            ("quit", &["exit", "q", "part", "leave"]),
        ] {
            let is_it = |row: &&(&str, &str)| cut_word(row.0).0 == format!("/{command}");
            let (_, about) = COMMANDS.iter().find(is_it).unwrap();
            let told: Vec<&str> = about.split([' ', ',']).collect();
            for other in others {
                assert!(told.contains(&&*format!("/{other}")), "/{other}");
                for argument in ["", " anna", " anna hi"] {
                    let parse = |word| Command::parse(&format!("/{word}{argument}"));
                    assert_eq!(parse(*other), parse(command), "/{other}{argument}");
                }
            }
        }
    }

    #[test]
    fn a_code_is_no_name_and_no_room() {
        for code in ["1ZVWG4PNPPMN3RDX04HMASW9", "1zvw-g4pn-ppmn-3rdx-04hm"] {
            assert!(Name::parse(code).is_ok(), "it could be one");
            refused(&format!("/name {code}"), "that is a join code");
            refused(&format!("/join {code}"), "that is a join code");
        }
    }

    #[test]
    fn a_servers_sentence_is_told_as_people_type() {
        #[track_caller]
        fn check(sentence: &str, expected: &str) {
            assert_eq!(as_typed(&Text::cut(sentence)).to_string(), expected);
        }
        check(
            "bert is not here; WHO lists who is",
            "bert is not here; /who lists who is",
        );
        check("WHO is not here; TLS  no", "WHO is not here; TLS  no");
    }

    #[test]
    fn the_table_lists_what_is_taken() {
        for (usage, _) in COMMANDS {
            let taken = Command::parse(cut_word(usage).0);
            let is_unknown = taken.is_err_and(|error| error.starts_with("there is no"));
            assert!(!is_unknown, "{usage}");
        }
    }
}
