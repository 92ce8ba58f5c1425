//! All that the screen shows, as one value, without a screen, a clock or a connection.
//!
//! [`update`](super::update) changes it, [`render`](super::render) draws it, and neither
//! keeps anything of its own. The time is in it as it was told last, so that the same events
//! give the same screens.
//!
//! Its parts are what a function can be about: to draw the status of the line takes the
//! `Link` and the `Clock`, to lay out a message the `Reading`.
//!
//! Ruled out: a widget for each part of the screen with a state of its own. Nearly every key
//! and every event concerns several of them.

mod log;
mod reading;

pub(crate) use log::{Body, Entry, Move, Seq, Sort};
pub(crate) use reading::{Reading, Scroll};

use super::editor::Editor;
use super::frame::Size;
use crate::client::{Address, Place, Row, Ticket};
pub use crate::clock::Offset;
use crate::wire::{Mode, Name, Room, UnixMs};
use std::collections::BTreeMap;
use std::time::Duration;

/// Whoever has pressed no key for so long is taken to be away.
const AWAY: Duration = Duration::from_secs(30);
/// People whose whispers are counted, people whose names Tab tries first, and rooms that it knows.
const WHISPERERS_MAX: usize = 50;
const SPEAKERS_MAX: usize = 50;
const ROOMS_MAX: usize = 256;

/// What is known at the start.
#[derive(Debug, Clone)]
pub struct Start {
    /// Where the server is.
    pub address: Address,
    /// Whether it is encrypted, as the greeting says it.
    pub mode: Mode,
    /// Something to be told first of all, after the welcome.
    pub greeting: Option<String>,
    /// Whether there are colours.
    pub palette: Palette,
    /// Whether it rings when one is spoken to.
    pub bell: Bell,
}

impl Start {
    /// At that server, and nothing else that is not usual.
    #[must_use]
    pub fn at(address: Address, mode: Mode) -> Start {
        Start {
            address,
            mode,
            greeting: None,
            palette: Palette::default(),
            bell: Bell::default(),
        }
    }
}

/// How it ended.
#[derive(Debug, Default)]
pub struct Closed {
    /// Why, where that was not asked for: a sentence, raw where it quotes the server.
    pub why: Option<String>,
    /// What was written and not sent, as it was typed.
    pub unsent: Vec<String>,
}

/// Whether letters may have colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Palette {
    /// The terminal's own 16.
    #[default]
    Sixteen,
    /// None, as `NO_COLOR` asks; bold, dim, underlined and reversed stay.
    None,
}

/// Whether it rings when one is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bell {
    /// It does.
    On,
    /// It does not.
    #[default]
    Off,
}

/// Everything that the screen shows.
#[derive(Debug)]
pub struct Model {
    /// As it was started; the bell may have been turned on or off since.
    pub(crate) start: Start,
    pub(crate) link: Link,
    pub(crate) place: Place,
    pub(crate) clock: Clock,
    pub(crate) window: Window,
    pub(crate) reading: Reading,
    pub(crate) input: Input,
    pub(crate) heard: Heard,
}

/// The connection.
#[derive(Debug, Default)]
pub(crate) struct Link {
    pub(crate) state: LinkState,
    /// It was told that somebody else answers.
    pub(crate) warned: bool,
    /// Answers that have begun.
    pub(crate) answers: BTreeMap<Ticket, Vec<Row>>,
    /// How many others there are whose chat ends with this screen.
    pub(crate) others: usize,
    /// That was told; to leave again means it.
    pub(crate) told_others: Option<Duration>,
    /// Leaving was asked for, at this time.
    pub(crate) leaving: Option<Duration>,
    /// Why it ended, where that was not asked for.
    pub(crate) ended: Option<String>,
}

/// How the connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum LinkState {
    #[default]
    Connecting,
    Up,
    /// The next attempt is at this time.
    Lost(Duration),
    /// The lost connection still has the name, which is asked for again at this time.
    NameHeld(Duration),
}

/// The time, as it was told last.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    /// Since the start.
    pub(crate) now: Duration,
    /// Since the start too.
    pub(crate) last_key: Duration,
    pub(crate) wall: UnixMs,
}

impl Clock {
    /// Seconds until a time, as one counts down.
    pub(crate) fn seconds_until(&self, at: Duration) -> u64 {
        let left = at.saturating_sub(self.now);
        left.as_secs() + u64::from(left.subsec_nanos() > 0)
    }

    pub(crate) fn is_away(&self) -> bool {
        self.now.saturating_sub(self.last_key) >= AWAY
    }
}

/// The terminal's window, and what fills it.
#[derive(Debug, Default)]
pub(crate) struct Window {
    pub(crate) size: Size,
    pub(crate) page: Page,
    pub(crate) people: PeoplePane,
}

/// Which page fills the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Page {
    #[default]
    Chat,
    /// The help, from this row on.
    Help(usize),
    /// Nothing of ours: plain text to be copied stands in the terminal.
    Copy,
}

/// Whether the people of the room are listed beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum PeoplePane {
    /// Where the window is wide enough.
    #[default]
    Auto,
    Shown,
    Hidden,
}

/// What the keys are for, and what the line below says of the last one.
#[derive(Debug, Default)]
pub(crate) struct Input {
    pub(crate) editor: Editor,
    pub(crate) search: Option<Search>,
    /// A text of many lines that asks to be taken in.
    pub(crate) paste: Option<String>,
    /// What was just done, until the next key.
    pub(crate) notice: Option<String>,
}

/// A search through the log.
#[derive(Debug, Default)]
pub(crate) struct Search {
    pub(crate) needle: String,
    pub(crate) failed: bool,
    /// What was seen before.
    pub(crate) before: Scroll,
}

/// Who and what was heard of, the newest last.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// Who spoke.
    pub(crate) speakers: Vec<Name>,
    /// Who whispered and was not answered, and how often.
    pub(crate) whispers: Vec<(Name, usize)>,
    pub(crate) rooms: Vec<Room>,
}

impl Heard {
    pub(crate) fn speaker(&mut self, name: &Name) {
        self.speakers.retain(|speaker| speaker != name);
        self.speakers.push(name.clone());
        keep_newest(&mut self.speakers, SPEAKERS_MAX);
    }

    pub(crate) fn whisper(&mut self, from: &Name) {
        let before = self.whispers.iter().position(|(name, _)| name == from);
        let count = before.map_or(0, |at| self.whispers.remove(at).1);
        self.whispers.push((from.clone(), count + 1));
        keep_newest(&mut self.whispers, WHISPERERS_MAX);
    }

    pub(crate) fn room(&mut self, room: &Room) {
        if !self.rooms.contains(room) {
            self.rooms.push(room.clone());
            keep_newest(&mut self.rooms, ROOMS_MAX);
        }
    }
}

fn keep_newest<T>(all: &mut Vec<T>, max: usize) {
    all.drain(..all.len().saturating_sub(max));
}

impl Model {
    /// Before the welcome.
    #[must_use]
    pub fn new(start: Start) -> Self {
        Self {
            link: Link::default(),
            place: Place::default(),
            clock: Clock::default(),
            window: Window::default(),
            reading: Reading::default(),
            start,
            input: Input::default(),
            heard: Heard::default(),
        }
    }

    /// Adds a line of the program's own, or of the server's.
    pub(crate) fn note(&mut self, text: impl Into<String>) {
        let note = Body::Note(text.into());
        self.reading.log.push(self.clock.wall, note);
    }

    /// How it ended. Not sent is what is on its way, what came back at the end, and the draft.
    #[must_use]
    pub fn closed(&self) -> Closed {
        let mut unsent = self.reading.log.unsent();
        unsent.push(self.input.editor.text().to_owned());
        unsent.retain(|text| !text.trim().is_empty());
        let why = self.link.ended.clone();
        Closed { why, unsent }
    }
}
