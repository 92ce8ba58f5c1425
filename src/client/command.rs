//! What the user typed: a line to say, or a command behind a slash.
//!
//! A command is typed as it is shown: `parse(command.to_string())` is the command again. What is said keeps its
//! spaces and its line breaks, so a pasted text of several lines is one message. Names and rooms are parsed
//! here, so a misspelt one is told at once and costs the server nothing.
//!
//! Ruled out: aliases (`/nick`, `/tell`, `/w`): a table that fits on a screen is learnt faster than guessed.

use crate::sanitise::plain_line;
use crate::wire::{Name, NameError, Phrase, Room, Text, TextError};
use std::fmt;

/// Something the user, or a program in their place, wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Say something to the room.
    Say(Text),
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
    /// What can be typed? Answered by whoever shows things.
    Help,
    /// It is the right chat: send what waits, though it is on another network.
    Yes,
    /// Leave.
    Quit(Option<Phrase>),
    /// Settled when everything that was on its way when it was sent has been received. Not typed.
    Fence,
}

/// What one types, and what it does. The first word of the usage is the command.
pub const COMMANDS: &[(&str, &str)] = &[
    ("/who [room]", "who is here, or there"),
    ("/msg name text", "say it to one person only"),
    ("/join room", "move to another room; a new name begins one"),
    ("/rooms", "which rooms there are"),
    (
        "/topic [text]",
        "show the room's topic, or set it; /topic - removes it",
    ),
    ("/name name", "be called something else"),
    ("/history [number]", "what was said here last"),
    ("/yes", "send what waits, on another network than before"),
    ("/help", "these lines"),
    ("/quit [words]", "leave"),
    ("//text", "say a text that begins with a slash"),
];

/// Why a typed line is no command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandError {
    /// There is no such command.
    Unknown(String),
    /// The command wants more: its usage.
    Missing(&'static str),
    /// The command takes less: its usage.
    Extra(&'static str),
    /// Not a name.
    BadName(NameError),
    /// Not a room.
    BadRoom(NameError),
    /// Not a number.
    BadNumber,
    /// Too long to be sent.
    BadText(TextError),
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CommandError::Unknown(word) => {
                // What was pasted may hold anything, and this sentence is shown.
                write!(f, "there is no {}; there are", plain_line(word))?;
                for (usage, _) in COMMANDS
                    .iter()
                    .filter(|(usage, _)| !usage.starts_with("//"))
                {
                    write!(f, " {}", first_word(usage))?;
                }
                write!(f, "; to say it, type one more slash before it")
            }
            CommandError::Missing(usage) => write!(f, "something is missing: {usage}"),
            CommandError::Extra(usage) => write!(f, "that is too much: {usage}"),
            CommandError::BadName(error) => error.fmt(f),
            CommandError::BadRoom(error) => {
                f.write_str(&error.to_string().replacen("a name", "a room's name", 1))
            }
            CommandError::BadNumber => f.write_str("how many is a number, as in /history 20"),
            CommandError::BadText(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CommandError {}

impl From<TextError> for CommandError {
    fn from(error: TextError) -> CommandError {
        CommandError::BadText(error)
    }
}

fn first_word(usage: &str) -> &str {
    usage.split(' ').next().unwrap_or_default()
}

impl Command {
    /// Reads what was typed, without its end; `None` where there is nothing but white space.
    ///
    /// # Errors
    /// What is wrong with it, and what to do.
    pub fn parse(typed: &str) -> Result<Option<Command>, CommandError> {
        if typed.trim().is_empty() {
            return Ok(None);
        }
        let Some(command) = typed.strip_prefix('/') else {
            return Ok(Some(Command::Say(Text::new(typed)?)));
        };
        if command.starts_with('/') {
            return Ok(Some(Command::Say(Text::new(command)?)));
        }
        let (word, rest) = cut_word(command);
        slashed(word, rest).map(Some)
    }
}

/// The first word and what stands behind the one space after it.
fn cut_word(text: &str) -> (&str, &str) {
    text.split_once(char::is_whitespace).unwrap_or((text, ""))
}

fn slashed(word: &str, rest: &str) -> Result<Command, CommandError> {
    let argument = rest.trim();
    match &*word.to_lowercase() {
        "who" => optional(argument, room).map(Command::Who),
        "msg" => tell(rest),
        "join" => room(argument).map(Command::Join),
        "rooms" => alone(argument, "/rooms", Command::Rooms),
        "topic" => topic(argument),
        "name" => name(argument).map(Command::Name),
        "history" => optional(argument, number).map(Command::History),
        "yes" => alone(argument, "/yes", Command::Yes),
        "help" => alone(argument, "/help", Command::Help),
        "quit" => optional(argument, phrase).map(Command::Quit),
        _ => Err(CommandError::Unknown(format!("/{}", shortened(word)))),
    }
}

/// A pasted wall of text is not repeated in the error about it.
fn shortened(word: &str) -> String {
    word.chars().take(40).collect()
}

fn optional<T>(
    argument: &str,
    parse: fn(&str) -> Result<T, CommandError>,
) -> Result<Option<T>, CommandError> {
    (!argument.is_empty()).then(|| parse(argument)).transpose()
}

fn alone(argument: &str, usage: &'static str, command: Command) -> Result<Command, CommandError> {
    if argument.is_empty() {
        Ok(command)
    } else {
        Err(CommandError::Extra(usage))
    }
}

fn tell(rest: &str) -> Result<Command, CommandError> {
    const USAGE: &str = "/msg name text";
    let (to, text) = cut_word(rest.trim_start());
    if to.is_empty() || text.trim().is_empty() {
        return Err(CommandError::Missing(USAGE));
    }
    Ok(Command::Tell(name(to)?, Text::new(text)?))
}

fn topic(argument: &str) -> Result<Command, CommandError> {
    match argument {
        "" => Ok(Command::ShowTopic),
        "-" => Ok(Command::Topic(None)),
        _ => phrase(argument).map(Some).map(Command::Topic),
    }
}

fn name(argument: &str) -> Result<Name, CommandError> {
    if argument.is_empty() {
        return Err(CommandError::Missing("/name name"));
    }
    Name::parse(argument).map_err(CommandError::BadName)
}

fn room(argument: &str) -> Result<Room, CommandError> {
    if argument.is_empty() {
        return Err(CommandError::Missing("/join room"));
    }
    Room::parse(argument).map_err(CommandError::BadRoom)
}

fn number(argument: &str) -> Result<u64, CommandError> {
    let digits = argument.bytes().all(|b| b.is_ascii_digit());
    digits
        .then(|| argument.parse().ok())
        .flatten()
        .ok_or(CommandError::BadNumber)
}

fn phrase(argument: &str) -> Result<Phrase, CommandError> {
    Ok(Phrase::new(argument)?)
}

/// As it is typed. A topic that is a lone `-` cannot be.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Command::Say(text) if text.written().starts_with('/') => write!(f, "/{text}"),
            Command::Say(text) => text.fmt(f),
            Command::Tell(name, text) => write!(f, "/msg {name} {text}"),
            Command::Join(room) => write!(f, "/join {room}"),
            Command::Who(room) => with_optional(f, "/who", room.as_ref()),
            Command::Rooms => f.write_str("/rooms"),
            Command::ShowTopic => f.write_str("/topic"),
            Command::Topic(None) => f.write_str("/topic -"),
            Command::Topic(topic) => with_optional(f, "/topic", topic.as_ref()),
            Command::Name(name) => write!(f, "/name {name}"),
            Command::History(number) => with_optional(f, "/history", number.as_ref()),
            Command::Yes => f.write_str("/yes"),
            Command::Help => f.write_str("/help"),
            Command::Quit(words) => with_optional(f, "/quit", words.as_ref()),
            Command::Fence => f.write_str("(fence)"),
        }
    }
}

fn with_optional(
    f: &mut fmt::Formatter<'_>,
    command: &str,
    argument: Option<&impl fmt::Display>,
) -> fmt::Result {
    f.write_str(command)?;
    argument.map_or(Ok(()), |argument| write!(f, " {argument}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, expected: Command) {
        assert_eq!(
            Command::parse(typed),
            Ok(Some(expected.clone())),
            "{typed:?}"
        );
        assert_eq!(Command::parse(&expected.to_string()), Ok(Some(expected)));
    }

    #[track_caller]
    fn refused(typed: &str, sentence: &str) {
        let error = Command::parse(typed).expect_err(typed).to_string();
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
        check(" /who", Command::Say(text(" /who")));
        for nothing in ["", " ", "\t\n"] {
            assert_eq!(Command::parse(nothing), Ok(None));
        }
    }

    #[test]
    fn every_command_is_typed_as_it_is_shown() {
        check("/msg anna hi", Command::Tell(anna(), text("hi")));
        check("/MSG  anna  hi ", Command::Tell(anna(), text(" hi ")));
        check("/msg anna\na\nb", Command::Tell(anna(), text("a\nb")));
        check("/msg anna /who", Command::Tell(anna(), text("/who")));
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
        check("/help", Command::Help);
        check("/quit", Command::Quit(None));
        check("/quit see you", Command::Quit(Phrase::new("see you").ok()));
    }

    #[test]
    fn an_error_says_what_to_do() {
        refused("/nick anna", "there is no /nick; there are /who /msg");
        refused("/", "there is no /;");
        refused("/ who", "there is no /;");
        refused("/msg anna", "/msg name text");
        refused("/msg", "/msg name text");
        refused("/msg @anna hi", "does not begin with @");
        refused("/join", "/join room");
        refused("/join #maths", "a room's name does not begin with #");
        refused("/name two words", "no space");
        refused("/rooms all", "/rooms");
        refused("/history -1", "/history 20");
        refused("/history 99999999999999999999", "/history 20");
        refused(&"a".repeat(15_361), "send it in parts");
        refused(&format!("/topic {}", "a".repeat(513)), "send it in parts");
    }

    #[test]
    fn the_table_lists_what_is_taken() {
        for (usage, _) in COMMANDS {
            let unknown = matches!(
                Command::parse(first_word(usage)),
                Err(CommandError::Unknown(_))
            );
            assert!(!unknown, "{usage}");
        }
    }
}
