//! What the client tells, and what that changes.

use super::effect::Effect;
use super::goings;
use crate::client::{Ending, Event, Happened, Line as Link, Outcome, Row, Ticket, When, Whose};
use crate::ui_term::model::{Bell, Body, Line, Model, Move, Page, Sort};
use crate::wire::{EventKind, Name};
use std::time::Duration;

/// Whoever has pressed no key for so long has not read what came.
const AWAY: Duration = Duration::from_secs(30);
/// Names that Tab tries first.
const SPEAKERS_MAX: usize = 50;
/// People whose whispers are counted, and rooms that Tab knows.
const WHISPERERS_MAX: usize = 50;
const ROOMS_MAX: usize = 256;
/// Rows of an answer that are shown.
const ROWS_MAX: usize = 5_000;

pub(super) fn told(model: &mut Model, event: Event, effects: &mut Vec<Effect>) {
    if let Event::Happened(happened) = &event {
        self::happened(model, happened, effects);
    }
    model.place.apply(&event);
    match event {
        Event::Line(line) => link(model, line),
        Event::Row(ticket, row) => {
            let rows = model.answers.entry(ticket).or_default();
            if rows.len() < ROWS_MAX {
                rows.push(row);
            }
        }
        Event::Settled(ticket, outcome) => settled(model, ticket, outcome),
        Event::Help => model.page = Page::Help(0),
        Event::Ended(ending) => ended(model, &ending, effects),
        Event::Happened(_) | Event::People(..) => {}
    }
}

fn happened(model: &mut Model, happened: &Happened, effects: &mut Vec<Effect>) {
    if let Whose::Mine(Some(ticket)) = happened.whose {
        model.log.take_pending(ticket);
    }
    let time = happened.time;
    let is_mine = matches!(happened.whose, Whose::Mine(_));
    match &happened.what {
        EventKind::Welcome(name, _) => welcome(model, name),
        EventKind::Room(room, people, topic) => {
            if !model.rooms.contains(room) && model.rooms.len() < ROOMS_MAX {
                model.rooms.push(room.clone());
            }
            let topic = topic
                .as_ref()
                .map_or(String::new(), |topic| format!("; the topic is: {topic}"));
            let people = match people {
                1 => "nobody else is here yet".to_owned(),
                2 => "one more person is here".to_owned(),
                more => format!("{} others are here", more - 1),
            };
            model.log.push(
                time,
                Body::Note(format!("you are in {room}; {people}{topic}")),
            );
        }
        EventKind::Said(_, name, text) => said(model, happened, name, &text.to_string(), effects),
        EventKind::Told(from, to, text) => {
            told_alone(model, happened, from, to, text.to_string(), effects);
        }
        EventKind::Came(..) | EventKind::Left(..) if is_mine => {}
        EventKind::Came(_, name) => model.log.push_move(time, Move::Came(name.clone())),
        EventKind::Left(_, name, code, words) => {
            let how = goings::how(code, words.as_ref());
            model.log.push_move(time, Move::Went(name.clone(), how));
        }
        EventKind::Renamed(_, old, new) => {
            let text = if is_mine {
                format!("you are now {new}")
            } else {
                format!("{old} is now {new}")
            };
            model.log.push(time, Body::Note(text));
        }
        EventKind::Topic(_, name, topic) => {
            let text = match topic {
                Some(topic) => format!("{name} set the topic: {topic}"),
                None => format!("{name} removed the topic"),
            };
            let text = match happened.when {
                When::Now => text,
                When::Past => format!("earlier: {text}"),
            };
            model.log.push(time, Body::Note(text));
        }
        EventKind::Notice(_, text) => {
            model
                .log
                .push(time, Body::Note(format!("the server says: {text}")));
        }
    }
}

fn welcome(model: &mut Model, name: &Name) {
    if model.place.name().is_some() && model.line != Line::Up {
        model.note(format!("connected again, as {name}"));
    }
    if let Some(greeting) = model.greeting.take() {
        model.note(greeting);
    }
    model.line = Line::Up;
}

fn said(
    model: &mut Model,
    happened: &Happened,
    name: &Name,
    text: &str,
    effects: &mut Vec<Effect>,
) {
    let sort = match (happened.whose, model.place.name()) {
        (Whose::Mine(_), _) => Sort::Mine,
        (Whose::Others, Some(me)) if mentions(text, me) => Sort::Mention,
        (Whose::Others, _) => Sort::Plain,
    };
    model.speakers.retain(|speaker| speaker != name);
    model.speakers.push(name.clone());
    if model.speakers.len() > SPEAKERS_MAX {
        model.speakers.remove(0);
    }
    let body = Body::Said {
        name: name.clone(),
        text: text.to_owned(),
        sort,
        when: happened.when,
    };
    add(model, happened, body, sort, effects);
}

fn told_alone(
    model: &mut Model,
    happened: &Happened,
    from: &Name,
    to: &Name,
    text: String,
    effects: &mut Vec<Effect>,
) {
    let sort = match happened.whose {
        Whose::Mine(_) => Sort::Mine,
        Whose::Others => Sort::Mention,
    };
    if sort == Sort::Mention {
        let before = model.whispers.iter().position(|(name, _)| name == from);
        let count = before.map_or(0, |at| model.whispers.remove(at).1);
        model.whispers.push((from.clone(), count + 1));
        if model.whispers.len() > WHISPERERS_MAX {
            model.whispers.remove(0);
        }
    }
    let body = Body::Told {
        from: from.clone(),
        to: to.clone(),
        text,
        sort,
    };
    add(model, happened, body, sort, effects);
}

/// Adds a message, and draws attention to it where nobody looks.
fn add(model: &mut Model, happened: &Happened, body: Body, sort: Sort, effects: &mut Vec<Effect>) {
    let seq = model.log.push(happened.time, body);
    if sort == Sort::Mine || happened.when == When::Past {
        return;
    }
    let is_away = model.now.saturating_sub(model.last_key) >= AWAY;
    if is_away || !model.is_at_bottom() || model.page != Page::Chat {
        if model.unread == 0 {
            model.first_unread = Some(seq);
        }
        model.unread += 1;
    }
    if sort == Sort::Mention && model.bell == Bell::On {
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

fn link(model: &mut Model, link: Link) {
    match link {
        Link::Connecting => model.line = Line::Connecting,
        Link::Lost { trouble, retry_in } => {
            if model.line == Line::Up {
                model.note(format!(
                    "{}; what you send now waits",
                    trouble.sentence(&model.address.to_string())
                ));
            }
            model.line = Line::Lost {
                again_at: model.now + retry_in,
            };
        }
        Link::NameHeld { retry_in, .. } => {
            model.line = Line::NameHeld {
                again_at: model.now + retry_in,
            };
        }
        Link::Doubted => model.note(
            "this is another network than before, and the chat is open: it may be somebody else's; /yes sends what waits, /quit leaves",
        ),
        Link::NameRefused { name, sentence, .. } => {
            model.line = Line::Connecting;
            model.note(format!(
                "you cannot be called {name}: {sentence}: /name NAME"
            ));
        }
    }
}

fn settled(model: &mut Model, ticket: Ticket, outcome: Outcome) {
    let rows = model.answers.remove(&ticket).unwrap_or_default();
    let why = match outcome {
        Outcome::Done(_) => {
            if !rows.is_empty() {
                let answer = answer(model, &rows);
                model.note(answer);
            }
            return;
        }
        Outcome::Refused { sentence, .. } => format!("not done: {sentence}"),
        Outcome::Unsure => {
            "the line broke before the answer came, so this may have been said or not".to_owned()
        }
        Outcome::Unsent => "not sent".to_owned(),
    };
    match model.log.take_pending(ticket) {
        Some((_, text)) => {
            model.log.push(model.wall, Body::Unsaid { text, why });
        }
        None if model.leaving.is_none() => model.note(why),
        None => {}
    }
}

/// The rows of an answer as one text.
fn answer(model: &mut Model, rows: &[Row]) -> String {
    let mut people: Vec<(String, Vec<&str>)> = Vec::new();
    let mut lines = Vec::new();
    for row in rows {
        match row {
            Row::Person(room, name) => match people.last_mut() {
                Some((last, names)) if last == room.as_str() => names.push(name.as_str()),
                _ => people.push((room.to_string(), vec![name.as_str()])),
            },
            Row::Room(room, count, topic) => {
                if !model.rooms.contains(room) && model.rooms.len() < ROOMS_MAX {
                    model.rooms.push(room.clone());
                }
                let count = match count {
                    1 => "1 person".to_owned(),
                    count => format!("{count} people"),
                };
                let topic = topic
                    .as_ref()
                    .map_or(String::new(), |topic| format!(", {topic}"));
                lines.push(format!("{room}: {count}{topic}"));
            }
            Row::Topic(room, Some(topic)) => lines.push(format!("the topic of {room} is: {topic}")),
            Row::Topic(room, None) => lines.push(format!("{room} has no topic")),
        }
    }
    if !people.is_empty() {
        // Whoever asks who is here is also told who else can read along.
        lines.push(format!("at {} ({})", model.address, model.mode.as_str()));
    }
    let in_rooms = people
        .iter()
        .map(|(room, names)| format!("in {room}: {}", names.join(", ")));
    in_rooms.chain(lines).collect::<Vec<String>>().join("\n")
}

fn ended(model: &mut Model, ending: &Ending, effects: &mut Vec<Effect>) {
    if let Ending::Failed(trouble) = ending
        && model.leaving.is_none()
    {
        model.ended = Some(trouble.sentence(&model.address.to_string()));
    }
    effects.push(Effect::Leave);
}
