//! The loop: waits for one queue, updates the model, draws.
//!
//! A frame is drawn at once after a key, and after anything else at most every 16 ms, so that
//! no flood of messages takes a whole core; typing never waits for it.

mod painter;

use super::escape;
use super::frame::{Position, Size};
use super::keys::{Decoder, Key};
use super::model::{Closed, Model, Offset, Page, Palette, Start};
use super::tty::{self, Input, Terminal};
use super::update::{Effect, Event, update};
use crate::client::plain::{Asking, come_in};
use crate::client::{self, Client, Connection, Settings};
use crate::clock;
use painter::{Painter, plain_page};
use std::env;
use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

/// Things that may wait in the queue; then those who add to it wait.
const QUEUE_MAX: usize = 1024;
/// Things that are taken from it before a frame is drawn.
const DRAIN_MAX: usize = 4096;
/// The clock's tick: countdowns move.
const TICK: Duration = Duration::from_millis(100);
/// Ticks further apart than this: we were stopped, or the machine slept.
const SLEPT: Duration = Duration::from_secs(1);
/// Between two frames that no key asked for.
const FRAME_PAUSE: Duration = Duration::from_millis(16);
/// For the terminal to answer what it is asked at the start.
const ANSWER_PATIENCE: Duration = Duration::from_millis(150);
/// Ticks between two looks at the size where nobody tells of its changes.
const TICKS_PER_SIZE: u32 = 10;
/// Ticks between two questions for the local time, half a minute: clocks are put forward and back, and people travel.
const TICKS_PER_OFFSET: u32 = 300;
/// The size of a screen of which nobody knows it.
const USUAL: Size = Size {
    rows: 24,
    columns: 80,
};

/// What comes through the queue.
enum Incoming {
    Terminal(Input),
    Client(client::Event),
}

/// Makes sure that the terminal is put back whatever kills the program, for which this process
/// becomes another one: on success it returns in a child process of the same arguments. To be
/// called before an argument means anything else, and of no effect unless these arguments lead to a chat in the whole
/// window. Where this terminal cannot show the chat, it says why, and nothing has happened yet.
pub fn prepare(arguments: &[&str]) {
    const QUICK: &str = "--plain --times --quiet --help -h --version -V";
    let first = arguments.first();
    let chats = first.is_none_or(|first| *first == "join" || first.starts_with('-'));
    let is_quick = QUICK.split(' ').any(|quick| arguments.contains(&quick));
    if chats
        && !is_quick
        && has_terminal()
        && let Err(why) = supervised()
    {
        tell(&why);
    }
}

/// That there is none needs no word.
fn has_terminal() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal() && tty::open().is_ok()
}

fn supervised() -> Result<(), String> {
    if env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb") {
        return Err("TERM says that this terminal can place no text".to_owned());
    }
    let error = match is_prepared() {
        true => tty::end_with_supervisor().err(),
        false => Some(tty::supervise()),
    };
    error.map_or(Ok(()), |error| Err(no_modes(&error)))
}

/// Whether this is the child process in which [`prepare`] returns.
pub fn is_prepared() -> bool {
    tty::supervised_by().is_some()
}

/// Says why there is no screen.
fn tell(why: &String) {
    // Where stderr is closed, plain lines explain themselves.
    let _ = writeln!(io::stderr(), "chalktalk: {why}; plain lines instead");
}

fn no_modes(error: &io::Error) -> String {
    format!("this terminal cannot be set up: {error}")
}

/// Comes in, then chats in the whole window until the person leaves or is sent away. The terminal is as before then,
/// and after whatever else. In a process that is prepared. None where this terminal cannot show it, which is told; the
/// connection is gone then, or was not taken.
pub fn run(
    start: Start,
    settings: Settings,
    connection: &mut Option<Connection>,
    asking: Asking<'_>,
) -> Option<Closed> {
    let ended = chat(start, settings, connection, asking);
    ended.inspect_err(tell).ok()
}

fn chat(
    mut start: Start,
    settings: Settings,
    connection: &mut Option<Connection>,
    (ask_name, others): Asking<'_>,
) -> Result<Closed, String> {
    let (sender, queue) = sync_channel(QUEUE_MAX);
    let tell = sender.clone();
    let tell = move |event| drop(tell.send(Incoming::Client(event)));
    let client = match Client::connect_into(settings, connection.take(), tell) {
        Ok(client) => client,
        Err(error) => return Ok(because(error.to_string())),
    };
    let next = || match queue.recv() {
        Ok(Incoming::Client(event)) => Some(event),
        // The terminal is not taken yet.
        Ok(Incoming::Terminal(_)) | Err(_) => None,
    };
    let welcome = match come_in(&client, &start.address, ask_name, next) {
        Ok(welcome) => welcome,
        Err(why) => return Ok(because(why)),
    };
    let tell = move |input| drop(sender.send(Incoming::Terminal(input)));
    let terminal = Terminal::take(tell).map_err(|error| no_modes(&error))?;
    if env::var_os("NO_COLOR").is_some_and(|no| !no.is_empty()) {
        start.palette = Palette::None;
    }
    let chat = Loop {
        terminal,
        client,
        others,
        model: Model::new(start),
        decoder: Decoder::default(),
        begun: Instant::now(),
        ticked: Duration::ZERO,
        ticks: 0,
        tells_size: true,
        painter: Painter::default(),
        drawn: Duration::ZERO,
        state: State::Changed,
    };
    chat.run(welcome, &queue)
}

/// It ended for this, with nothing left unsent.
fn because(why: String) -> Closed {
    let (why, unsent) = (Some(why), Vec::new());
    Closed { why, unsent }
}

struct Loop<'a> {
    terminal: Terminal,
    client: Client,
    others: Option<&'a dyn Fn() -> usize>,
    model: Model,
    decoder: Decoder,
    begun: Instant,
    ticked: Duration,
    ticks: u32,
    tells_size: bool,
    painter: Painter,
    drawn: Duration,
    state: State,
}

/// What is to happen after the queue was emptied, the least first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    /// Nothing has changed.
    Still,
    /// Something has, and may wait a little.
    Changed,
    /// A key has changed something.
    Urgent,
    /// The end, with the terminal ours or not.
    Left,
    Orphaned,
}

impl Loop<'_> {
    fn run(mut self, welcome: client::Event, queue: &Receiver<Incoming>) -> Result<Closed, String> {
        self.tick();
        // Before anything that may have come with it, and is taken from the queue while the terminal is asked.
        self.update(Event::Server(welcome));
        if let Err(error) = self.enter(queue) {
            self.terminal.give_back();
            return Err(error);
        }
        while !self.is_over() {
            self.draw();
            match queue.recv_timeout(self.patience()) {
                Ok(incoming) => self.take(incoming),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            for incoming in queue.try_iter().take(DRAIN_MAX) {
                self.take(incoming);
                if self.is_over() {
                    break;
                }
            }
            self.tick();
        }
        if self.state == State::Left {
            self.terminal.give_back();
        }
        Ok(self.model.closed())
    }

    fn is_over(&self) -> bool {
        self.state >= State::Left
    }

    /// How long to wait for the queue.
    fn patience(&self) -> Duration {
        let now = self.begun.elapsed();
        let tick = (self.ticked + TICK).saturating_sub(now);
        let key = self.decoder.deadline().map(|at| at.saturating_sub(now));
        let frame =
            (self.state == State::Changed).then(|| (self.drawn + FRAME_PAUSE).saturating_sub(now));
        [key, frame].into_iter().flatten().fold(tick, Duration::min)
    }

    /// Takes over the screen, and asks the terminal whether it shows UTF-8 and, if the system
    /// does not know, how large it is. One that does not answer in time is believed.
    fn enter(&mut self, queue: &Receiver<Incoming>) -> Result<(), String> {
        const TWO_BYTES: &str = "é";
        let size = tty::size();
        let mut words = String::new();
        escape::cursor_to(&mut words, 0, 0);
        words += TWO_BYTES;
        words += escape::ASK_CURSOR;
        if size.is_none() {
            words += escape::CURSOR_TO_LAST_CELL;
            words += escape::ASK_CURSOR;
        }
        words += escape::ASK_DEVICE;
        self.terminal.enter();
        self.say(&words);
        let (answers, others) = self.answers(queue);
        if answers.first().is_some_and(|place| place.column > 1) {
            return Err("this terminal does not show UTF-8".to_owned());
        }
        let told = answers.get(1).map(|place| Size {
            rows: place.row + 1,
            columns: place.column + 1,
        });
        self.resize(size.or(told).unwrap_or(USUAL));
        others.into_iter().for_each(|key| self.key(key));
        Ok(())
    }

    /// The places that the terminal told, up to its last answer or the deadline; and what was
    /// typed meanwhile.
    fn answers(&mut self, queue: &Receiver<Incoming>) -> (Vec<Position>, Vec<Key>) {
        let deadline = self.begun.elapsed() + ANSWER_PATIENCE;
        let (mut answers, mut others) = (Vec::new(), Vec::new());
        loop {
            let left = deadline.saturating_sub(self.begun.elapsed());
            let bytes = match queue.recv_timeout(left) {
                Ok(Incoming::Terminal(Input::Bytes(bytes))) => bytes,
                Ok(incoming) => {
                    self.take(incoming);
                    continue;
                }
                Err(_) => return (answers, others),
            };
            let keys = self.decoded(&bytes);
            self.terminal.read_on();
            let is_end = keys.contains(&Key::Device);
            for key in keys {
                match key {
                    Key::CursorAt(place) => answers.push(place),
                    Key::Device => {}
                    key => others.push(key),
                }
            }
            if is_end {
                return (answers, others);
            }
        }
    }

    fn take(&mut self, incoming: Incoming) {
        match incoming {
            Incoming::Terminal(Input::Bytes(bytes)) => {
                let keys = self.decoded(&bytes);
                keys.into_iter().for_each(|key| self.key(key));
                if !self.is_over() {
                    self.terminal.read_on();
                }
            }
            Incoming::Terminal(Input::Size(size)) => self.resize(size),
            Incoming::Terminal(Input::Redraw) => self.wake(),
            Incoming::Terminal(Input::SizesEnd) => self.tells_size = false,
            Incoming::Terminal(Input::End) => self.go_on(State::Orphaned),
            Incoming::Client(event) => self.update(Event::Server(event)),
        }
    }

    fn decoded(&mut self, bytes: &[u8]) -> Vec<Key> {
        let mut keys = Vec::new();
        self.decoder.feed(bytes, self.begun.elapsed(), &mut keys);
        keys
    }

    fn key(&mut self, key: Key) {
        if let Some(others) = self.others {
            self.update(Event::Others(others()));
        }
        self.update(Event::Key(key));
        self.go_on(State::Urgent);
    }

    /// What is more stays: the end above all.
    fn go_on(&mut self, state: State) {
        self.state = self.state.max(state);
    }

    fn resize(&mut self, size: Size) {
        if size != self.model.window.size {
            self.update(Event::Size(size));
            self.go_on(State::Urgent);
        }
    }

    fn tick(&mut self) {
        let now = self.begun.elapsed();
        let mut keys = Vec::new();
        self.decoder.tick(now, &mut keys);
        keys.into_iter().for_each(|key| self.key(key));
        if now < self.ticked + TICK && self.ticks > 0 {
            return;
        }
        if now > self.ticked + SLEPT && self.ticks > 0 {
            self.wake();
        }
        self.ticked = now;
        if self.ticks.is_multiple_of(TICKS_PER_OFFSET) {
            self.update(Event::Offset(Offset::ask()));
        }
        self.ticks = self.ticks.wrapping_add(1);
        if !self.tells_size && self.ticks.is_multiple_of(TICKS_PER_SIZE) {
            self.ask_size();
        }
        let wall = clock::now();
        self.update(Event::Tick { now, wall });
    }

    /// After a pause in which anything may have happened to the terminal. What is to be copied stays on the first screen.
    fn wake(&mut self) {
        let _ = self.terminal.make_raw();
        if self.model.window.page == Page::Copy {
            return;
        }
        self.terminal.enter();
        self.painter = Painter::default();
        self.ask_size();
        self.go_on(State::Changed);
    }

    fn ask_size(&mut self) {
        let size = tty::size();
        size.into_iter().for_each(|size| self.resize(size));
    }

    fn update(&mut self, event: Event) {
        self.go_on(State::Changed);
        for effect in update(&mut self.model, event) {
            match effect {
                Effect::Send(command) => {
                    let ticket = self.client.send(command.clone());
                    self.update(Event::Sent(ticket, command));
                }
                Effect::Hurry => self.client.hurry(),
                Effect::Ring => self.say(escape::RING_BELL),
                Effect::Redraw => self.wake(),
                Effect::Suspend => self.suspend(),
                Effect::ShowPlain(lines) => {
                    self.terminal.leave();
                    self.say(&plain_page(&lines));
                }
                Effect::Leave => self.go_on(State::Left),
            }
        }
    }

    fn suspend(&mut self) {
        self.terminal.give_back();
        let _ = self.terminal.stop();
        if self.terminal.is_ours() {
            self.wake();
            self.ticked = self.begun.elapsed();
        }
    }

    fn say(&mut self, words: &str) {
        if self.terminal.say(words).is_err() {
            self.go_on(State::Orphaned);
        }
    }

    fn draw(&mut self) {
        let now = self.begun.elapsed();
        let may_wait = self.state == State::Changed && now < self.drawn + FRAME_PAUSE;
        if self.state == State::Still || may_wait {
            return;
        }
        self.state = State::Still;
        if self.model.window.page == Page::Copy {
            return;
        }
        let words = self.painter.paint(&self.model);
        self.drawn = now;
        if !words.is_empty() {
            self.say(&words);
        }
    }
}
