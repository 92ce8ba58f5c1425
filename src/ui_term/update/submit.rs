//! From the finished text to what is sent, and to what the log shows of it meanwhile.

use std::time::Duration;

use super::effect::Effect;
use crate::client::plain::host_leaves;
use crate::client::{Command, LINE_ENDS, Ticket, behind_blanks};
use crate::ui_term::model::{Bell, Body, Model, Page};

/// A host who is asked answers within this time, or is asked again.
const ANSWERED_WITHIN: Duration = Duration::from_secs(30);

/// Asks about a text of several lines of which one looks like a command: it may have been typed as one.
pub(super) const ASKED: &str = "nothing was sent: a line begins with a slash, and may be a command; M-Enter sends all of it as one message";

/// Sends the text, or says why not and leaves it where it is.
pub(super) fn submit(model: &mut Model, effects: &mut Vec<Effect>) {
    let text = model.input.editor.text();
    let mut lines = text.split(LINE_ENDS);
    // Indented, two are a comment of most programs.
    let is_slashed = |line: &str| match line.trim_start().strip_prefix('/') {
        Some(more) => line.starts_with('/') || !more.starts_with('/'),
        None => false,
    };
    if lines.clone().nth(1).is_some() && lines.any(is_slashed) {
        model.input.notice = Some(ASKED.to_owned());
        return;
    }
    send_text(model, effects);
}

/// Sends the text as it stands.
pub(super) fn send_text(model: &mut Model, effects: &mut Vec<Effect>) {
    let text = model.input.editor.text().to_owned();
    let typed = behind_blanks(&text);
    let (command, rest) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
    match (command, rest.trim()) {
        ("/r", _) => reply(model, rest.trim_start(), effects),
        ("/bell", "") => flip_bell(model),
        _ => parse_and_send(model, &text, effects),
    }
}

fn parse_and_send(model: &mut Model, text: &str, effects: &mut Vec<Effect>) {
    match Command::parse(text) {
        Ok(None) => {}
        Ok(Some(command)) => send(model, command, effects),
        Err(sentence) => model.input.notice = Some(sentence),
    }
}

/// Answers whoever whispered last; without words, begins the answer.
fn reply(model: &mut Model, answer: &str, effects: &mut Vec<Effect>) {
    let whispered = model.heard.whispers.last().map(|(name, _)| name);
    let Some(to) = whispered.or_else(|| model.reading.log.last_whisperer()) else {
        model.input.notice = Some("nobody has whispered to you".to_owned());
        return;
    };
    if answer.is_empty() {
        model.input.editor.submit();
        model.input.editor.insert(&format!("/msg {to} "));
        return;
    }
    parse_and_send(model, &format!("/msg {to} {answer}"), effects);
}

fn flip_bell(model: &mut Model) {
    model.input.editor.submit();
    let (bell, words) = match model.start.bell {
        Bell::Off => (Bell::On, "it rings when you are named or whispered to"),
        Bell::On => (Bell::Off, "it does not ring any more"),
    };
    model.start.bell = bell;
    model.input.notice = Some(words.to_owned());
}

fn send(model: &mut Model, command: Command, effects: &mut Vec<Effect>) {
    model.input.editor.submit();
    match command {
        Command::Help => model.window.page = Page::Help(0),
        Command::Quit(_) => leave(model, command, effects),
        _ => {
            if let Command::Tell(to, _) = &command {
                let whispers = &mut model.heard.whispers;
                whispers.retain(|(name, _)| name.folded() != to.folded());
            }
            model.link.told_others = None;
            model.reading.finish();
            effects.push(Effect::Send(command));
        }
    }
}

/// What was sent stands in the log until the server tells of it.
pub(super) fn sent(model: &mut Model, ticket: Ticket, command: &Command) {
    if let Some((to, text)) = command.words() {
        let (to, text) = (to.cloned(), text.to_string());
        let pending = Body::Pending { ticket, to, text };
        model.reading.log.push(model.clock.wall, pending);
    }
}

/// Tells a host once, in place of leaving, that this would end the chat for others too.
pub(super) fn warns(model: &mut Model) -> bool {
    // What was answered with something else than leaving is asked again later.
    let now = model.clock.now;
    let is_fresh = |told: Duration| now.saturating_sub(told) < ANSWERED_WITHIN;
    let warns = model.link.others > 0 && !model.link.told_others.is_some_and(is_fresh);
    if warns {
        model.link.told_others = Some(now);
        model.input.notice = Some(host_leaves(model.link.others));
    }
    warns
}

/// Leaves: says goodbye, or asked twice does not wait for the answer.
pub(super) fn leave(model: &mut Model, command: Command, effects: &mut Vec<Effect>) {
    if warns(model) {
        return;
    }
    if model.link.leaving.is_some() {
        return effects.push(Effect::Leave);
    }
    model.link.leaving = Some(model.clock.now);
    model.input.notice = Some("leaving".to_owned());
    effects.push(Effect::Send(command));
}
