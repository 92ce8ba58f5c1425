//! What the client tells, and what that changes.

use super::effect::Effect;
use crate::client::plain::{how_left, line};
use crate::client::{Ending, Event, Happened, Line, Outcome, Row, Ticket, Trouble, When, Whose};
use crate::ui_term::model::{Bell, Body, LinkState, Model, Page, Sort, Start};
use crate::wire::{EventKind, Name};

/// Rows of an answer that are shown.
const ROWS_MAX: usize = 5_000;

pub(super) fn told(model: &mut Model, event: Event, effects: &mut Vec<Effect>) {
    if let Event::Happened(happened) = &event {
        self::happened(model, &event, happened, effects);
    }
    model.place.apply(&event);
    match event {
        Event::Line(line) => link(model, line),
        Event::Row(ticket, row) => {
            if let Row::Room(room, ..) = &row {
                model.heard.room(room);
            }
            let rows = model.link.answers.entry(ticket).or_default();
            if rows.len() < ROWS_MAX {
                rows.push(row);
            }
        }
        Event::Settled(ticket, outcome) => settled(model, ticket, outcome),
        Event::Help => model.window.page = Page::Help(0),
        Event::Ended(ending) => ended(model, &ending, effects),
        Event::Happened(_) | Event::People(..) => {}
    }
}

fn happened(model: &mut Model, event: &Event, happened: &Happened, effects: &mut Vec<Effect>) {
    let (time, log) = (happened.time, &mut model.reading.log);
    if let Whose::Mine(Some(ticket)) = happened.whose {
        log.take_pending(ticket);
    }
    let is_mine = matches!(happened.whose, Whose::Mine(_));
    let note = match &happened.what {
        EventKind::Welcome(name, _) => return welcome(model, name),
        EventKind::Room(room, people, topic) => {
            model.heard.room(room);
            let topic = topic
                .as_ref()
                .map_or(String::new(), |topic| format!("; the topic is: {topic}"));
            let people = match people {
                1 => "nobody else is here yet".to_owned(),
                2 => "one more person is here".to_owned(),
                more => format!("{} others are here", more - 1),
            };
            format!("you are in {room}; {people}{topic}")
        }
        what @ (EventKind::Said(_, name, text) | EventKind::Did(_, name, text)) => {
            let sort = match model.place.name() {
                _ if is_mine => Sort::Mine,
                Some(me) if mentions(&text.to_string(), me) => Sort::Mention,
                _ => Sort::Plain,
            };
            model.heard.speaker(name);
            let body = Body::Said {
                did: matches!(what, EventKind::Did(..)),
                name: name.clone(),
                text: text.to_string(),
                sort,
                when: happened.when,
            };
            return add(model, happened, body, sort, effects);
        }
        EventKind::Told(from, to, text) => {
            let sort = if is_mine { Sort::Mine } else { Sort::Mention };
            if !is_mine {
                model.heard.whisper(from);
            }
            let body = Body::Told {
                from: from.clone(),
                to: to.clone(),
                text: text.to_string(),
                sort,
            };
            return add(model, happened, body, sort, effects);
        }
        EventKind::Came(..) | EventKind::Left(..) if is_mine => return,
        EventKind::Came(_, name) => return log.push_move(time, name, "came".to_owned()),
        EventKind::Left(_, name, code, words) => {
            return log.push_move(time, name, how_left(code, words.as_ref()));
        }
        EventKind::Renamed(..) | EventKind::Topic(..) if happened.when == When::Past => {
            format!("earlier: {}", as_plain_mode(event))
        }
        EventKind::Renamed(_, _, new) if is_mine => format!("you are now {new}"),
        EventKind::Renamed(..) | EventKind::Topic(..) => as_plain_mode(event),
        EventKind::Notice(_, text) => format!("the server says: {text}"),
    };
    log.push(time, Body::Note(note));
}

fn welcome(model: &mut Model, name: &Name) {
    if model.place.name().is_some() && model.link.state != LinkState::Up {
        model.note(format!("connected again, as {name}"));
    }
    if let Some(greeting) = model.start.greeting.take() {
        model.note(greeting);
    }
    model.link.state = LinkState::Up;
    model.link.warned = false;
}

/// Adds a message, and draws attention to it where nobody looks.
fn add(model: &mut Model, happened: &Happened, body: Body, sort: Sort, effects: &mut Vec<Effect>) {
    let reading = &mut model.reading;
    let seq = reading.log.push(happened.time, body);
    if sort == Sort::Mine || happened.when == When::Past {
        return;
    }
    if model.clock.is_away() || !reading.is_at_bottom() || model.window.page != Page::Chat {
        reading.leave_unread(seq);
    }
    if sort == Sort::Mention && model.start.bell == Bell::On {
        effects.push(Effect::Ring);
    }
}

/// Whether a text holds a name as a word of its own, in any case of letters.
fn mentions(text: &str, name: &Name) -> bool {
    let (text, name) = (text.to_lowercase(), name.as_str().to_lowercase());
    text.match_indices(&name).any(|(at, found)| {
        let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let (before, rest) = text.split_at(at);
        let after = rest.split_at(found.len()).1;
        !is_word(before.chars().next_back()) && !is_word(after.chars().next())
    })
}

fn link(model: &mut Model, line: Line) {
    let now = model.clock.now;
    model.link.state = match line {
        Line::Connecting => LinkState::Connecting,
        Line::Lost { trouble, retry_in } => {
            // Told once more where somebody else answers: that is no matter of waiting.
            let is_other = matches!(trouble, Trouble::OtherServer | Trouble::Encrypted);
            let warns = is_other && !std::mem::replace(&mut model.link.warned, is_other);
            if warns || model.link.state == LinkState::Up {
                let why = trouble.sentence(&model.start.address);
                model.note(format!("{why}; what you send now waits"));
            }
            LinkState::Lost(now + retry_in)
        }
        Line::NameHeld { retry_in, .. } => LinkState::NameHeld(now + retry_in),
        Line::Doubted => return model.note(as_plain_mode(&Event::Line(line))),
        Line::NameRefused { .. } => {
            let why = as_plain_mode(&Event::Line(line));
            model.note(format!("{why}: /name NAME"));
            LinkState::Connecting
        }
    };
}

/// What plain mode says of it, without the marks at its start.
fn as_plain_mode(event: &Event) -> String {
    let told = line(event, "").unwrap_or_default();
    told.trim_start_matches(['#', '*', ':', ' ']).to_owned()
}

fn settled(model: &mut Model, ticket: Ticket, outcome: Outcome) {
    let rows = model.link.answers.remove(&ticket).unwrap_or_default();
    let why = match outcome {
        Outcome::Done(_) if rows.is_empty() => return,
        Outcome::Done(_) => return model.note(answer(&model.start, ticket, rows)),
        Outcome::Refused { sentence, .. } => format!("not done: {sentence}"),
        Outcome::Unsure => {
            "the line broke before the answer came, so this may have been said or not".to_owned()
        }
        Outcome::Unsent => "not sent".to_owned(),
    };
    match model.reading.log.take_pending(ticket) {
        Some((_, text)) => {
            let unsaid = Body::Unsaid { text, why };
            model.reading.log.push(model.clock.wall, unsaid);
        }
        None if model.link.leaving.is_none() => model.note(why),
        None => {}
    }
}

/// The rows of an answer as one text.
fn answer(start: &Start, ticket: Ticket, rows: Vec<Row>) -> String {
    let mut people: Vec<(String, Vec<String>)> = Vec::new();
    let mut lines = Vec::new();
    for row in rows {
        match row {
            Row::Person(room, name) => match people.last_mut() {
                Some((last, names)) if last == room.as_str() => names.push(name.to_string()),
                _ => people.push((room.to_string(), vec![name.to_string()])),
            },
            row => lines.push(as_plain_mode(&Event::Row(ticket, row))),
        }
    }
    if !people.is_empty() {
        // The mode says who can read along beside them.
        lines.push(format!("at {} ({})", start.address, start.mode.as_str()));
    }
    let in_rooms = people
        .iter()
        .map(|(room, names)| format!("in {room}: {}", names.join(", ")));
    in_rooms.chain(lines).collect::<Vec<String>>().join("\n")
}

fn ended(model: &mut Model, ending: &Ending, effects: &mut Vec<Effect>) {
    if let Ending::Failed(trouble) = ending
        && model.link.leaving.is_none()
    {
        model.link.ended = Some(trouble.sentence(&model.start.address));
    }
    effects.push(Effect::Leave);
}
