//! All that the screen shows, as one value, without a screen, a clock or a connection.
//!
//! [`update`](super::update) changes it, [`render`](super::render) draws it, and neither
//! keeps anything of its own. The time is in it as it was told last, so that the same events
//! give the same screens.
//!
//! Ruled out: a widget for each part of the screen with a state of its own. Nearly every key
//! and every event concerns several of them.

mod clock;
mod log;

pub use clock::Offset;
pub(crate) use log::{Body, Entry, Log, Move, Seq, Sort};

use super::editor::Editor;
use super::frame::Size;
use crate::client::{Address, Place, Row, Ticket};
use crate::wire::{Mode, Name, Room, UnixMs};
use std::collections::BTreeMap;
use std::time::Duration;

/// What is known at the start.
#[derive(Debug, Clone)]
pub struct Start {
    /// Where the server is.
    pub address: Address,
    /// How its lines travel.
    pub mode: Mode,
    /// Something to be told first of all.
    pub greeting: Option<String>,
    /// How far the local time is from UTC.
    pub offset: Offset,
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
            offset: Offset::default(),
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

/// Which page fills the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Page {
    Chat,
    /// The help, from this row on.
    Help(usize),
    /// Nothing of ours: plain text to be copied stands in the terminal.
    Copy,
}

/// How the connection is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    Connecting,
    Up,
    /// The next attempt is at this time.
    Lost {
        again_at: Duration,
    },
    /// The lost connection still has the name, which is asked for again at this time.
    NameHeld {
        again_at: Duration,
    },
}

/// Which part of the log is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scroll {
    Bottom,
    /// The lowest row seen is of this entry, of which so many rows are below it.
    At {
        seq: Seq,
        below: usize,
    },
}

/// A search through the log.
#[derive(Debug)]
pub(crate) struct Search {
    pub(crate) needle: String,
    pub(crate) failed: bool,
    /// What was seen before.
    pub(crate) before: Scroll,
}

/// Whether the people of the room are listed beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PeoplePane {
    /// Where the screen is wide enough.
    Auto,
    Shown,
    Hidden,
}

/// Everything that the screen shows.
#[derive(Debug)]
pub struct Model {
    pub(crate) page: Page,
    /// Told once one is in.
    pub(crate) greeting: Option<String>,
    pub(crate) address: Address,
    /// How the lines travel.
    pub(crate) mode: Mode,
    pub(crate) line: Line,
    pub(crate) place: Place,
    pub(crate) log: Log,
    pub(crate) scroll: Scroll,
    pub(crate) search: Option<Search>,
    /// The entry that was jumped to or found.
    pub(crate) pointed: Option<Seq>,
    pub(crate) editor: Editor,
    /// A text of many lines that asks to be taken in.
    pub(crate) paste: Option<String>,
    /// One line about what was just done, until the next key.
    pub(crate) notice: Option<String>,
    pub(crate) people: PeoplePane,
    /// The first entry that nobody has looked at.
    pub(crate) first_unread: Option<Seq>,
    /// Messages from it on, of others.
    pub(crate) unread: usize,
    /// Who whispered and was not answered, and how often; the newest is last.
    pub(crate) whispers: Vec<(Name, usize)>,
    /// Who spoke, the newest last: Tab tries them first.
    pub(crate) speakers: Vec<Name>,
    pub(crate) rooms: Vec<Room>,
    pub(crate) answers: BTreeMap<Ticket, Vec<Row>>,
    pub(crate) bell: Bell,
    pub(crate) palette: Palette,
    pub(crate) offset: Offset,
    pub(crate) size: Size,
    /// Time since the start.
    pub(crate) now: Duration,
    pub(crate) wall: UnixMs,
    pub(crate) last_key: Duration,
    /// Leaving has been asked for, at this time.
    pub(crate) leaving: Option<Duration>,
    /// Why it ended, where that was not asked for.
    pub(crate) ended: Option<String>,
}

impl Model {
    /// The model of somebody who is about to come in.
    #[must_use]
    pub fn new(start: Start) -> Self {
        Self {
            page: Page::Chat,
            greeting: start.greeting,
            address: start.address,
            mode: start.mode,
            line: Line::Connecting,
            place: Place::default(),
            log: Log::default(),
            scroll: Scroll::Bottom,
            search: None,
            pointed: None,
            editor: Editor::default(),
            paste: None,
            notice: None,
            people: PeoplePane::Auto,
            first_unread: None,
            unread: 0,
            whispers: Vec::new(),
            speakers: Vec::new(),
            rooms: Vec::new(),
            answers: BTreeMap::new(),
            bell: start.bell,
            palette: start.palette,
            offset: start.offset,
            size: Size {
                rows: 0,
                columns: 0,
            },
            now: Duration::ZERO,
            wall: UnixMs(0),
            last_key: Duration::ZERO,
            leaving: None,
            ended: None,
        }
    }

    /// Adds a line of the program's own, or of the server's.
    pub(crate) fn note(&mut self, text: impl Into<String>) {
        self.log.push(self.wall, Body::Note(text.into()));
    }

    /// Seconds until a time, as one counts down.
    pub(crate) fn seconds_until(&self, at: Duration) -> u64 {
        let left = at.saturating_sub(self.now);
        left.as_secs() + u64::from(left.subsec_nanos() > 0)
    }

    /// Who was the last to whisper, answered or not.
    pub(crate) fn whispered_last(&self) -> Option<Name> {
        let whisper = |entry: &Entry| match &entry.body {
            Body::Told { from, sort, .. } if *sort != Sort::Mine => Some(from.clone()),
            _ => None,
        };
        self.log.iter().rev().find_map(whisper)
    }

    /// How it ended. Not sent is what is on its way, what came back at the end, and the draft.
    #[must_use]
    pub fn closed(&self) -> Closed {
        let mut at_the_end = true;
        let unsent = |entry: &Entry| match &entry.body {
            Body::Unsaid { text, .. } if at_the_end => Some(text.clone()),
            Body::Pending { text, .. } => Some(text.clone()),
            _ => {
                at_the_end = false;
                None
            }
        };
        let mut unsent: Vec<String> = self.log.iter().rev().filter_map(unsent).collect();
        unsent.reverse();
        unsent.push(self.editor.text().to_owned());
        unsent.retain(|text| !text.trim().is_empty());
        let why = self.ended.clone();
        Closed { why, unsent }
    }

    /// Whether plain text stands in the terminal instead of the screen.
    pub(crate) fn is_copied(&self) -> bool {
        self.page == Page::Copy
    }

    pub(crate) fn is_at_bottom(&self) -> bool {
        self.scroll == Scroll::Bottom
    }
}
