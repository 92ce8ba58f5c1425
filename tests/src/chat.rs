//! A screen without a terminal: a model that is told what a server would say and what a
//! person would press, drawn on a terminal in memory.

use crate::screen::Screen;
use chalktalk::client::{
    Address, Event as Told, Happened, Line, Outcome, Row, Ticket, Trouble, When, Whose,
};
use chalktalk::ui_term::frame::{Frame, Size, diff};
use chalktalk::ui_term::keys::Key;
use chalktalk::ui_term::model::{Model, Start};
use chalktalk::ui_term::render::render;
use chalktalk::ui_term::update::{Effect, Event, update};
use chalktalk::wire::{Id, Mode, Name, ServerLine, UnixMs};
use std::time::Duration;

/// 2026-11-22 09:05 UTC, when these chats begin.
pub const MORNING: u64 = 1_795_338_300_000;

/// A chat on a screen.
pub struct Chat {
    model: Model,
    /// What was asked to be done since it was last looked at.
    pub effects: Vec<Effect>,
    screen: Screen,
    shown: Option<Frame>,
    counts: u64,
    tickets: u64,
    now: Duration,
}

impl Chat {
    /// At an open server, and nothing else that is not usual.
    #[must_use]
    pub fn usual() -> Start {
        Start::at(Address::parse("10.0.0.7").unwrap(), Mode::open())
    }

    /// A screen that was opened like that.
    #[must_use]
    pub fn started(rows: usize, columns: usize, start: Start) -> Chat {
        let mut chat = Chat {
            model: Model::new(start),
            effects: Vec::new(),
            screen: Screen::new(rows, columns),
            shown: None,
            counts: 0,
            tickets: 0,
            now: Duration::ZERO,
        };
        chat.wait(0);
        chat.resize(rows, columns);
        chat
    }

    /// anna, in the lobby, with bert.
    #[must_use]
    pub fn joined(rows: usize, columns: usize) -> Chat {
        let mut chat = Chat::started(rows, columns, Chat::usual());
        chat.line("WELCOME * anna hello");
        chat.line("ROOM lobby 2 tea");
        let names = ["anna", "bert"].map(|name| Name::parse(name).unwrap());
        let lobby = chalktalk::wire::Room::lobby();
        chat.tell(Told::People(lobby, names.to_vec()));
        chat
    }

    /// An event of the server as it stands on the wire, without its id and time, from others.
    pub fn line(&mut self, line: &str) {
        self.happens(line, When::Now, Whose::Others);
    }

    /// The same, as one's own doing.
    pub fn mine(&mut self, line: &str, ticket: Option<u64>) {
        self.happens(line, When::Now, Whose::Mine(ticket.map(Ticket)));
    }

    /// The same, of the time before.
    pub fn past(&mut self, line: &str) {
        self.happens(line, When::Past, Whose::Others);
    }

    fn happens(&mut self, line: &str, when: When, whose: Whose) {
        self.counts += 1;
        let time = MORNING + u64::try_from(self.now.as_millis()).unwrap();
        let (verb, rest) = line.split_once(' ').unwrap();
        let line = format!("{verb} b.{} {time} {rest}", self.counts);
        let ServerLine::Event(event) = ServerLine::decode(&line).unwrap().body else {
            panic!("no event: {line}")
        };
        let id: Id = event.id;
        self.tell(Told::Happened(Happened {
            id,
            time: event.time,
            what: event.what,
            when,
            whose,
        }));
    }

    /// What the client tells.
    pub fn tell(&mut self, told: Told) {
        self.event(Event::Server(told));
    }

    /// A command is done with.
    pub fn settle(&mut self, ticket: u64, outcome: Outcome) {
        self.tell(Told::Settled(Ticket(ticket), outcome));
    }

    /// A row of an answer.
    pub fn row(&mut self, ticket: u64, row: Row) {
        self.tell(Told::Row(Ticket(ticket), row));
    }

    /// The line breaks.
    pub fn lose(&mut self, retry_in: Duration) {
        self.tell(Told::Line(Line::Lost {
            trouble: Trouble::Broken,
            retry_in,
        }));
    }

    /// Types text.
    pub fn type_text(&mut self, text: &str) {
        text.chars().for_each(|c| self.press(Key::Char(c)));
    }

    /// Presses a key; what is sent by it gets the next ticket.
    pub fn press(&mut self, key: Key) {
        self.event(Event::Key(key));
    }

    /// Types a text and sends it.
    pub fn say(&mut self, text: &str) {
        self.type_text(text);
        self.press(Key::Enter);
    }

    /// So much time passes.
    pub fn wait(&mut self, ms: u64) {
        self.now += Duration::from_millis(ms);
        let wall = MORNING + u64::try_from(self.now.as_millis()).unwrap();
        self.event(Event::Tick {
            now: self.now,
            wall: UnixMs(wall),
        });
    }

    /// The window is given another size.
    pub fn resize(&mut self, rows: usize, columns: usize) {
        self.screen = Screen::new(rows, columns);
        self.shown = None;
        self.event(Event::Size(Size { rows, columns }));
    }

    /// Anything that can happen.
    pub fn event(&mut self, event: Event) {
        let effects = update(&mut self.model, event);
        for effect in effects {
            if let Effect::Send(command) = &effect {
                let ticket = Ticket(self.tickets);
                self.tickets += 1;
                self.event(Event::Sent(ticket, command.clone()));
            }
            self.effects.push(effect);
        }
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The screen as it is now, drawn over what it was when it was last asked for.
    pub fn screen(&mut self) -> &Screen {
        let frame = render(&self.model);
        self.screen.feed(&diff(self.shown.as_ref(), &frame));
        self.shown = Some(frame);
        &self.screen
    }

    /// A row of the screen.
    pub fn text_of(&mut self, row: usize) -> String {
        self.screen().text_of(row)
    }

    /// The screen shows this somewhere.
    #[track_caller]
    pub fn shows(&mut self, text: &str) {
        let drawn = self.screen().drawn();
        assert!(drawn.contains(text), "no {text} on\n{drawn}");
    }

    /// The screen shows this nowhere.
    #[track_caller]
    pub fn hides(&mut self, text: &str) {
        let drawn = self.screen().drawn();
        assert!(!drawn.contains(text), "{text} on\n{drawn}");
    }
}
