//! Screens, drawn: what a person sees after what was pressed and what the server said.

use chalktalk::client::{
    Address, COMMANDS, Command, Ending, Event as Told, Line, Outcome, Row, Trouble,
};
use chalktalk::ui_term::help::{KEYS, OWN_COMMANDS};
use chalktalk::ui_term::keys::Key;
use chalktalk::ui_term::model::Offset;
use chalktalk::ui_term::update::{Effect, Event};
use chalktalk::ui_term::{Closed, Palette, Start};
use chalktalk::wire::{Code, Mode, Name, Room, Text};
use chalktalk_tests::chat::Chat;
use chalktalk_tests::properties::render::{Act, any_screen_is_harmless};
use chalktalk_tests::screen::expect_screen;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::time::Duration;

#[track_caller]
fn expect(chat: &mut Chat, drawing: &str) {
    expect_screen(chat.screen(), drawing);
}

fn name(name: &str) -> Name {
    Name::parse(name).unwrap()
}

/// Since it was last looked at this was sent, and nothing else happened.
#[track_caller]
fn has_sent(chat: &Chat, typed: &str) {
    let command = Command::parse(typed).unwrap().unwrap();
    assert!(matches!(&chat.effects[..], [Effect::Send(sent)] if *sent == command));
}

#[test]
fn why_it_ended_and_what_was_not_sent_is_told_behind_the_screen() {
    let mut chat = Chat::joined(8, 60);
    chat.say("on its way");
    chat.type_text("half a sen");
    chat.tell(Told::Ended(Ending::Failed(Trouble::Closed {
        code: Code::KICKED,
        sentence: Text::new("be kind").unwrap(),
    })));
    assert!(matches!(chat.effects.last(), Some(Effect::Leave)));
    let Closed { why, unsent } = chat.model().closed();
    assert_eq!(why.as_deref(), Some("you were sent away: be kind"));
    assert_eq!(unsent, ["on its way", "half a sen"]);
}

#[test]
fn a_name_refused_on_return_is_a_notice_and_name_answers_it() {
    let mut chat = Chat::joined(8, 70);
    chat.lose(Duration::from_secs(1));
    chat.tell(Told::Line(Line::NameRefused {
        name: name("anna"),
        code: Code::NAME_TAKEN,
        sentence: Text::new("somebody has that name").unwrap(),
    }));
    chat.shows("cannot be called anna: somebody has that name: /name NAME");
    chat.say("/name berta");
    assert!(matches!(
        chat.effects.last(),
        Some(Effect::Send(Command::Name(_)))
    ));
}

#[test]
fn the_mode_is_the_last_to_go() {
    let joined = |rows, columns| {
        let address = Address::parse("10.0.0.7").unwrap();
        let mut chat = Chat::started(rows, columns, Start::at(address, Mode::noise()));
        chat.line("WELCOME * anna hello");
        chat.line("ROOM lobby 1 tea");
        chat
    };
    #[track_caller]
    fn shows(row: usize, mut chat: Chat, expected: &str) {
        assert_eq!(chat.text_of(row), expected);
    }
    shows(
        0,
        joined(8, 49),
        " lobby: tea       noise 10.0.0.7:24255 connected",
    );
    let mut chat = joined(8, 49);
    chat.line("TOPIC lobby anna");
    shows(0, chat, " lobby            noise 10.0.0.7:24255 connected");
    shows(0, joined(8, 40), " lobby: tea        noise 10.0.0.7:24255");
    shows(0, joined(8, 24), " lobby: tea       noise");
    shows(0, joined(8, 14), " lobb…  noise");
    shows(1, joined(3, 40), " anna     noise, 1 person here, F1 help");
    shows(1, joined(3, 20), " anna         noise");
    let mut chat = joined(8, 40);
    chat.lose(Duration::from_secs(3));
    shows(0, chat, " lobby: tea     LINE LOST, again in 3 s");
    let mut chat = joined(8, 60);
    chat.row(5, Row::Person(Room::lobby(), name("anna")));
    chat.settle(5, Outcome::Done(None));
    chat.shows("· in lobby: anna ");
    chat.shows("at 10.0.0.7:24255 (noise)");
}

#[test]
fn a_chat_is_told_with_times_once_a_minute() {
    let mut chat = Chat::joined(11, 52);
    chat.line("SAID lobby bert good morning");
    chat.line("CAME lobby carl");
    chat.line("LEFT lobby carl quit");
    chat.line("CAME lobby dora");
    chat.wait(60_000);
    chat.press(Key::Left);
    chat.line("SAID lobby dora hello bert");
    chat.line("SAID lobby bert hello dora");
    chat.line("NOTICE * back in five minutes");
    expect(
        &mut chat,
        "
        | lobby: tea           open 10.0.0.7:24255 connected |
        |── Sunday, 22 November 2026 ────────────────────────|
        |09:05· you are in lobby; one more person is here;   |
        |         the topic is: tea                          |
        |     │ bert: good morning                           |
        |     · carl came; carl left; dora came              |
        |09:06│ dora: hello bert                             |
        |     │ bert: hello dora                             |
        |     · the server says: back in five minutes        |
        | anna                        3 people here, F1 help |
        |>                                                   |
        ",
    );
    chat.wait(24 * 3_600_000);
    chat.line("SAID lobby bert good morning");
    chat.shows("── Monday, 23 November 2026 ──");
}

#[test]
fn what_is_done_looks_like_nothing_that_is_said() {
    let mut chat = Chat::joined(9, 52);
    chat.line("DID lobby bert waves");
    chat.line("SAID lobby bert - anna waves");
    chat.mine("DID lobby anna bows", None);
    chat.past("DID lobby bert : I resign");
    chat.line("DID lobby bert smiles at anna");
    expect(
        &mut chat,
        "
        | lobby: tea           open 10.0.0.7:24255 connected |
        |         the topic is: tea                          |
        |     │ - bert waves                                 |
        |     ▌ bert: - anna waves                           |
        |     │ - anna bows                                  |
        |     : - bert : I resign                            |
        |     ▌ - bert smiles at anna                        |
        | anna                        2 people here, F1 help |
        |>                                                   |
        ",
    );
}

#[test]
fn what_is_past_cannot_be_taken_for_what_is_said_now() {
    let mut chat = Chat::joined(9, 50);
    chat.past("SAID lobby carl is anybody here, anna?");
    chat.line("SAID lobby bert good morning");
    chat.past("SAID lobby bert good morning");
    chat.past("TOPIC lobby bert tea");
    expect(
        &mut chat,
        "
        | lobby: tea         open 10.0.0.7:24255 connected |
        |09:05· you are in lobby; one more person is here; |
        |         the topic is: tea                        |
        |     : carl: is anybody here, anna?               |
        |     │ bert: good morning                         |
        |     : bert: good morning                         |
        |     · earlier: bert set the topic: tea           |
        | anna                      2 people here, F1 help |
        |>                                                 |
        ",
    );
}

#[test]
fn people_stand_beside_a_wide_log_and_go_away_when_unwanted() {
    let mut chat = Chat::joined(6, 72);
    chat.line("SAID lobby bert hi");
    chat.line("TOLD * bert anna psst");
    expect(
        &mut chat,
        "
        | lobby: tea                               open 10.0.0.7:24255 connected |
        |         the topic is: tea                          │ anna              |
        |     │ bert: hi                                     │ 1! bert           |
        |     █ bert whispers to you: psst                   │                   |
        | anna whispered: bert 1 /r answers               2 people here, F1 help |
        |>                                                                       |
        ",
    );
    chat.press(Key::Function(8));
    chat.hides("│ anna");
    chat.press(Key::Function(8));
    chat.shows("│ anna");
}

#[test]
fn ones_own_message_is_pending_until_the_server_tells_it() {
    let mut chat = Chat::joined(6, 50);
    chat.say("is this on?");
    chat.shows("  …  ┊ sending: is this on?");
    chat.settle(0, Outcome::Done(None));
    chat.mine("SAID lobby anna is this on?", Some(0));
    chat.shows("     │ anna: is this on?");
    chat.hides("sending");
}

#[test]
fn that_somebody_else_answers_is_told_once() {
    let mut chat = Chat::joined(9, 70);
    chat.lose(Duration::from_secs(1));
    for _ in 0..3 {
        chat.tell(Told::Line(Line::Connecting));
        chat.tell(Told::Line(Line::Lost {
            trouble: Trouble::OtherServer,
            retry_in: Duration::from_secs(1),
        }));
    }
    let drawn = chat.screen().drawn();
    let told = drawn.matches("is not the chat that was joined").count();
    assert_eq!(told, 1, "{drawn}");
}

#[test]
fn what_was_not_sent_says_so_and_comes_back_with_up() {
    let mut chat = Chat::joined(7, 70);
    chat.say("/msg nobody psst");
    let outcome = Outcome::Refused {
        code: Code::parse("no-such-name").unwrap(),
        sentence: Text::cut("nobody is not here"),
    };
    chat.settle(0, outcome);
    chat.shows("× not done: nobody is not here");
    chat.press(Key::Up);
    chat.shows("> /msg nobody psst");
}

#[test]
fn a_whisper_looks_like_nothing_else() {
    let mut chat = Chat::joined(7, 50);
    chat.line(r"SAID lobby bert hi\n█ carl whispers to you: fake");
    chat.line("TOLD * bert anna the answer is 42");
    chat.mine("TOLD * anna bert thank you", None);
    let screen = chat.screen();
    let rows: Vec<String> = (0..7).map(|row| screen.text_of(row)).collect();
    assert_eq!(rows[2], "         █ carl whispers to you: fake");
    assert_eq!(rows[3], "     █ bert whispers to you: the answer is 42");
    assert_eq!(rows[4], "     █ you whisper to bert: thank you");
    assert!(
        screen.style_at(3, 8).contains(&7),
        "reversed without colours too"
    );
    assert!(screen.style_at(2, 12).is_empty());
}

#[test]
fn a_whisper_is_counted_and_easily_answered() {
    let mut chat = Chat::joined(6, 60);
    chat.line("TOLD * bert anna one");
    chat.line("TOLD * bert anna two");
    assert!(chat.text_of(4).contains("whispered: bert 2 /r answers"));
    chat.effects.clear();
    chat.say("/r yes");
    has_sent(&chat, "/msg bert yes");
    assert!(!chat.text_of(4).contains("whispered"));
    chat.say("/r");
    assert_eq!(chat.text_of(5), "> /msg bert");
}

#[test]
fn a_lost_line_counts_down_and_keeps_the_draft() {
    let mut chat = Chat::joined(8, 60);
    chat.type_text("half a sen");
    chat.lose(Duration::from_millis(2500));
    assert!(chat.text_of(0).ends_with("LINE LOST, again in 3 s"));
    chat.wait(600);
    assert!(chat.text_of(0).ends_with("LINE LOST, again in 2 s"));
    let status = chat.text_of(6);
    assert!(status.contains("@draft"), "{status}");
    assert_eq!(chat.text_of(7), "> half a sen");
    chat.line("WELCOME * anna hello");
    assert!(chat.text_of(0).ends_with("connected"));
    assert!(chat.text_of(5).ends_with("connected again, as anna"));
}

/// Twenty messages, of which the screen has room for some.
fn long_chat(rows: usize) -> Chat {
    let mut chat = Chat::joined(rows, 40);
    for n in 1..=20 {
        chat.line(&format!("SAID lobby bert message {n}"));
    }
    chat
}

#[test]
fn the_newest_stay_visible_while_one_reads_further_up() {
    let mut chat = long_chat(12);
    chat.press(Key::PageUp);
    expect(
        &mut chat,
        "
        | lobby: tea         open 10.0.0.7:24255 |
        |│bert: message 12                       |
        |│bert: message 13                       |
        |│bert: message 14                       |
        |│bert: message 15                       |
        |│bert: message 16                       |
        |── 4 further down, Esc goes there ──────|
        |│bert: message 18                       |
        |│bert: message 19                       |
        |│bert: message 20                       |
        | anna ~4         2 people here, F1 help |
        |>                                       |
        ",
    );
    let before = chat.screen().drawn();
    chat.line("SAID lobby bert message 21");
    let after = chat.screen().drawn();
    assert!(after.contains("+1 ~5"), "{after}");
    let top = |drawn: &str| drawn.lines().take(6).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(top(&after), top(&before), "nothing is pushed away");
    chat.press(Key::Escape);
    assert!(chat.text_of(9).ends_with("message 21"));
}

#[test]
fn reading_goes_to_the_oldest_and_back() {
    let mut chat = long_chat(12);
    chat.press(Key::Top);
    assert!(chat.text_of(1).starts_with("── Sunday"));
    for _ in 0..10 {
        chat.press(Key::PageDown);
    }
    assert!(chat.text_of(9).ends_with("message 20"));
    chat.hides("further down");
    for _ in 0..30 {
        chat.press(Key::ScrollUp);
    }
    assert!(chat.text_of(1).starts_with("── Sunday"));
}

#[test]
fn what_was_said_is_found() {
    let mut chat = long_chat(12);
    chat.press(Key::Ctrl('s'));
    chat.type_text("message 1");
    chat.shows("▶bert: message 19");
    chat.press(Key::Ctrl('s'));
    chat.shows("▶bert: message 18");
    assert_eq!(chat.text_of(11), "find: message 1");
    chat.type_text("x");
    assert_eq!(chat.text_of(11), "not found: message 1x");
    chat.press(Key::Escape);
    chat.hides("further down");
}

#[test]
fn a_search_ends_where_its_last_key_says() {
    #[track_caller]
    fn check(last: Key, found: bool, seen: &str, typed: &str) {
        let mut chat = long_chat(12);
        chat.type_text("draft");
        chat.press(Key::PageUp);
        chat.press(Key::PageUp);
        chat.press(Key::Ctrl('s'));
        chat.type_text("age 33");
        chat.press(Key::Backspace);
        chat.press(Key::Paste("\t\n".to_owned()));
        assert_eq!(chat.text_of(11), "find: age 3");
        chat.press(last);
        let drawn = chat.screen().drawn();
        assert_eq!(drawn.contains("▶bert: message 3"), found, "{drawn}");
        assert!(chat.text_of(5).ends_with(seen), "{drawn}");
        assert_eq!(chat.text_of(11), typed);
    }
    check(Key::Enter, true, "message 6", "> draft");
    for back in [Key::Escape, Key::Ctrl('g'), Key::Ctrl('c')] {
        check(back, false, "message 12", "> draft");
    }
    check(Key::Left, true, "message 6", "> draft");
    check(Key::Bottom, false, "message 16", "> draft");
    check(Key::Ctrl('u'), true, "message 6", ">");
}

#[test]
fn keys_in_a_search_of_what_was_sent_leave_the_log_alone() {
    for key in [
        Key::Ctrl('s'),
        Key::PageUp,
        Key::Meta('m'),
        Key::Function(1),
    ] {
        let mut chat = long_chat(12);
        let before = chat.screen().drawn();
        chat.press(Key::Ctrl('r'));
        assert!(chat.text_of(11).starts_with("sent:"));
        chat.press(key);
        assert_eq!(chat.screen().drawn(), before);
    }
}

#[test]
fn the_first_unread_and_mentions_are_jumped_to() {
    let mut chat = long_chat(14);
    chat.wait(60_000);
    chat.line("SAID lobby bert look, Anna!");
    for n in 1..=20 {
        chat.line(&format!("SAID lobby bert annabel {n}"));
    }
    let status = chat.text_of(12);
    assert!(status.contains("+21"), "{status}");
    chat.press(Key::Meta('m'));
    chat.shows("▶bert: look, Anna!");
    chat.press(Key::Escape);
    chat.press(Key::Meta('u'));
    chat.shows("── not read yet ──");
    chat.shows("▶bert: look, Anna!");
}

/// Whether it leaves now, or has said goodbye.
fn leaves(chat: &Chat) -> bool {
    let is_end = |effect: &Effect| matches!(effect, Effect::Leave | Effect::Send(Command::Quit(_)));
    chat.effects.iter().any(is_end)
}

#[test]
fn a_host_is_asked_once_before_others_are_left_behind() {
    let question = "the chat ends with you, for others too (2): once more, and you leave";
    let host = |others| {
        let mut chat = Chat::joined(8, 90);
        chat.event(Event::Others(others));
        chat
    };
    let quit = |chat: &mut Chat| chat.say("/quit");
    let ctrl = |c| move |chat: &mut Chat| chat.press(Key::Ctrl(c));
    let ways: [&dyn Fn(&mut Chat); 3] = [&quit, &ctrl('c'), &ctrl('d')];
    for way in ways {
        let mut chat = host(2);
        way(&mut chat);
        assert!(chat.screen().drawn().contains(question) && !leaves(&chat));
        way(&mut chat);
        assert!(leaves(&chat));
        // Who goes on chatting is asked again.
        let mut chat = host(2);
        way(&mut chat);
        chat.say("no");
        way(&mut chat);
        assert!(chat.screen().drawn().contains(question) && !leaves(&chat));
        // So is who has not answered for a while.
        chat.wait(31_000);
        way(&mut chat);
        assert!(chat.screen().drawn().contains(question) && !leaves(&chat));
    }
    for way in [&quit as &dyn Fn(&mut Chat), &ctrl('d')] {
        let mut chat = host(0);
        way(&mut chat);
        assert!(leaves(&chat), "nobody is left behind");
    }
}

#[test]
fn a_host_is_asked_once_before_the_chat_stands_still() {
    let suspends = |chat: &mut Chat| {
        chat.effects.clear();
        chat.press(Key::Ctrl('z'));
        matches!(chat.effects[..], [Effect::Suspend])
    };
    let mut chat = Chat::joined(8, 90);
    assert!(suspends(&mut chat));
    chat.event(Event::Others(2));
    assert!(!suspends(&mut chat));
    let question = "the chat stands still meanwhile, for others too (2): C-z again suspends";
    chat.shows(question);
    assert!(suspends(&mut chat));
    chat.hides(question);
}

#[test]
fn what_others_of_the_same_name_were_called_is_the_past() {
    let mut chat = Chat::joined(8, 60);
    chat.past("RENAMED lobby anna Anna2");
    chat.shows("earlier: anna is now Anna2");
}

#[test]
fn a_key_has_a_lost_line_tried_at_once() {
    let mut chat = Chat::joined(8, 70);
    let hurries = |chat: &mut Chat| {
        chat.effects.clear();
        chat.press(Key::Left);
        matches!(chat.effects[..], [Effect::Hurry])
    };
    assert!(!hurries(&mut chat));
    chat.lose(Duration::from_secs(30));
    assert!(hurries(&mut chat));
    chat.tell(Told::Line(Line::Connecting));
    assert!(!hurries(&mut chat));
}

#[test]
fn it_rings_only_if_that_was_asked_for() {
    let rings = |chat: &Chat| chat.effects.iter().any(|e| matches!(e, Effect::Ring));
    let mut chat = Chat::joined(8, 40);
    chat.line("SAID lobby bert anna?");
    assert!(!rings(&chat));
    chat.say("/bell");
    chat.line("SAID lobby bert hello");
    chat.past("SAID lobby bert anna?");
    assert!(!rings(&chat));
    chat.line("SAID lobby bert anna?");
    assert!(rings(&chat));
}

#[test]
fn a_long_paste_is_asked_about_and_becomes_one_message() {
    let mut chat = Chat::joined(12, 60);
    let pasted: String = (0..200).map(|n| format!("line {n}\n")).collect();
    chat.press(Key::Paste(pasted.clone()));
    chat.shows("Paste 200 lines, 1690 bytes");
    chat.press(Key::Enter);
    chat.effects.clear();
    chat.press(Key::Enter);
    has_sent(&chat, pasted.trim_end());
}

#[test]
fn what_is_too_long_is_not_sent_and_stays() {
    let mut chat = Chat::joined(9, 100);
    chat.press(Key::Paste("x".repeat(15_400)));
    chat.effects.clear();
    chat.press(Key::Enter);
    assert!(chat.effects.is_empty());
    chat.shows("too long by 40 bytes");
    chat.press(Key::Backspace);
    chat.hides("too long");
}

#[test]
fn tab_completes_those_who_spoke_first() {
    let mut chat = Chat::joined(8, 60);
    chat.line("CAME lobby bea");
    chat.line("SAID lobby bert hi");
    chat.type_text("b");
    chat.press(Key::Tab);
    assert_eq!(chat.text_of(7), "> bert:");
    chat.press(Key::Tab);
    assert_eq!(chat.text_of(7), "> bea:");
    chat.press(Key::Ctrl('c'));
    chat.type_text("/ro");
    chat.press(Key::Tab);
    assert_eq!(chat.text_of(7), "> /rooms");
}

#[test]
fn what_tab_chooses_from_stands_below() {
    let mut chat = Chat::joined(8, 60);
    chat.line("CAME lobby bea");
    chat.type_text("ask b");
    chat.press(Key::Tab);
    assert_eq!(chat.text_of(6), " bea  bert");
    assert_eq!(chat.text_of(7), "> ask bea");
    chat.press(Key::Ctrl('s'));
    assert!(chat.text_of(6).starts_with(" anna "));
    chat.press(Key::Escape);
    chat.press(Key::Tab);
    chat.press(Key::Ctrl('c'));
    assert!(chat.text_of(6).starts_with(" anna "));
    chat.press(Key::Tab);
    assert_eq!(chat.text_of(7), ">");
}

#[test]
fn what_a_command_is_about_is_listed_before_anything_of_it_is_typed() {
    #[track_caller]
    fn check(typed: &str, line: &str, below: &str) {
        let mut chat = Chat::joined(8, 60);
        chat.line("CAME lobby bea");
        for room in ["maths", "music"] {
            chat.row(5, Row::Room(Room::parse(room).unwrap(), 1, None));
        }
        chat.settle(5, Outcome::Done(None));
        chat.type_text(typed);
        chat.press(Key::Tab);
        assert_eq!(chat.text_of(7), line);
        let status = chat.text_of(6);
        assert!(status.starts_with(below), "{status}");
    }
    check("/join ", "> /join lobby", " lobby  maths  music");
    check("/join mu", "> /join music", " anna");
    check("/msg ", "> /msg bea", " bea  bert");
    check("/msg b", "> /msg bea", " bea  bert");
    check("hello ", "> hello", " anna");
    check("", ">", " anna");
}

#[test]
fn a_hint_is_read_whole_at_any_width() {
    let sentence = "there is no /nonsense;";
    for columns in [100, 60, 30, 14] {
        let mut chat = Chat::joined(24, columns);
        chat.say("/nonsense");
        let screen = chat.screen();
        let rows: Vec<String> = (1..23).map(|row| screen.text_of(row)).collect();
        let shown = rows
            .join(" ")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let end = "type one more slash before it";
        assert!(shown.contains(sentence) && shown.ends_with(end), "{shown}");
        chat.press(Key::Left);
        chat.hides("slash before");
    }
    let mut chat = Chat::joined(2, 30);
    chat.say("/nonsense");
    assert!(chat.text_of(0).contains("there is no"));
}

#[test]
fn a_long_message_is_folded_and_a_key_opens_it() {
    let mut chat = Chat::joined(20, 60);
    let lines: Vec<String> = (1..=30).map(|n| format!("line {n}.")).collect();
    chat.line(&format!("SAID lobby bert {}", lines[..12].join("\\n")));
    // Twelve rows are not too many.
    chat.shows("line 12.");
    chat.line(&format!("SAID lobby bert {}", lines.join("\\n")));
    let screen = chat.screen();
    assert_eq!(screen.text_of(6), "     │ bert: line 1.");
    assert_eq!(screen.text_of(15), "         line 10.");
    assert_eq!(screen.text_of(17), "     ⋮ 19 more rows, M-o opens");
    chat.press(Key::Meta('o'));
    let drawn = chat.screen().drawn();
    assert!(
        drawn.contains("▶ bert: line 1."),
        "its beginning is in sight:\n{drawn}"
    );
    assert!(
        !drawn.contains("more rows") && drawn.contains("line 30."),
        "{drawn}"
    );
    chat.press(Key::Meta('o'));
    chat.shows("⋮ 19 more rows");
    chat.press(Key::Escape);
    chat.press(Key::Ctrl('s'));
    chat.type_text("line 25.");
    // What was found is not hidden.
    chat.hides("more rows");
}

#[test]
fn there_may_be_nothing_to_open() {
    let mut chat = Chat::joined(20, 60);
    chat.press(Key::Meta('o'));
    chat.shows("no message in sight");
}

#[test]
fn an_address_of_the_web_can_be_clicked_on() {
    let mut chat = Chat::joined(8, 90);
    let address = "http://a.example/";
    let path = "b".repeat(100);
    chat.line("SAID lobby bert see (https://b.example/c).");
    chat.line(&format!("SAID lobby bert {address}{path}"));
    let screen = chat.screen();
    assert!(
        screen
            .text_of(3)
            .starts_with("     │ bert: see (https://b.example/c). ")
    );
    assert_eq!(screen.link_at(3, 18), "https://b.example/c");
    assert!(screen.link_at(3, 17).is_empty() && screen.link_at(3, 37).is_empty());
    // In pieces beside the people, each of which leads to the whole.
    for (row, column) in [(4, 13), (5, 9)] {
        assert_eq!(screen.link_at(row, column), format!("{address}{path}"));
    }
    assert_eq!(screen.faults(), &[] as &[String]);
}

#[test]
fn a_line_with_a_slash_becomes_no_part_of_a_message_unasked() {
    for text in [
        "hi\n/msg bert secret",
        "/msg bert secret\nhi",
        "\n/who",
        "a\n//b\nc",
        "hi\n  /msg bert secret",
        "hi\u{2028}/msg bert secret",
        "hi\u{2029}\u{a0}/w bert secret",
    ] {
        let mut chat = Chat::joined(9, 60);
        chat.press(Key::Paste(text.to_owned()));
        chat.effects.clear();
        for _ in 0..3 {
            chat.press(Key::Enter);
            assert!(chat.effects.is_empty(), "{text}");
            chat.shows("begins with a slash");
        }
        chat.press(Key::Left);
        chat.press(Key::MetaEnter);
        assert!(
            chat.effects.is_empty(),
            "not what was asked any more: {text}"
        );
        chat.press(Key::Backspace);
        chat.press(Key::Enter);
        chat.press(Key::MetaEnter);
        has_sent(&chat, text);
    }
    let mut chat = Chat::joined(9, 60);
    let program = "and/or\n 1/2\n  // a comment";
    chat.press(Key::Paste(program.to_owned()));
    chat.effects.clear();
    chat.press(Key::Enter);
    assert!(matches!(&chat.effects[..], [Effect::Send(_)]));
}

#[test]
fn times_are_told_anew_when_clocks_change() {
    let mut chat = Chat::joined(8, 60);
    chat.shows("09:05·");
    chat.event(Event::Offset(Offset::parse("+0130").unwrap()));
    chat.shows("10:35·");
}

#[test]
fn the_input_grows_and_the_cursor_stands_in_it() {
    let mut chat = Chat::joined(9, 24);
    chat.type_text("one");
    chat.press(Key::MetaEnter);
    chat.type_text("two and a word more than fits");
    expect(
        &mut chat,
        "
        | lobby: tea        open |
        |── Sunday, 22 Novembe… ─|
        |·you are in lobby; one  |
        |   more person is here; |
        |   the topic is: tea    |
        | anna                   |
        |> one                   |
        |  two and a word more th|
        |  an fits               |
        ",
    );
    assert_eq!(chat.screen().cursor(), (8, 9));
}

#[test]
fn answers_are_one_entry() {
    let mut chat = Chat::joined(10, 60);
    let lobby = Room::lobby;
    chat.row(5, Row::Room(lobby(), 2, None));
    chat.row(5, Row::Room(Room::parse("maths").unwrap(), 1, None));
    chat.settle(5, Outcome::Done(None));
    chat.row(6, Row::Person(lobby(), name("anna")));
    chat.row(6, Row::Person(lobby(), name("bert")));
    chat.settle(6, Outcome::Done(None));
    let screen = chat.screen();
    assert_eq!(screen.text_of(4), "     · lobby: 2 people");
    assert_eq!(screen.text_of(5), "         maths: 1 person");
    assert_eq!(screen.text_of(6), "     · in lobby: anna, bert");
    assert_eq!(screen.text_of(7), "         at 10.0.0.7:24255 (open)");
}

#[test]
fn help_lists_every_key_and_scrolls() {
    let mut chat = Chat::joined(10, 80);
    chat.press(Key::Function(1));
    let mut seen = String::new();
    for _ in 0..12 {
        seen += &chat.screen().drawn();
        chat.press(Key::PageDown);
    }
    for (what, does) in KEYS.iter().chain(OWN_COMMANDS) {
        assert!(seen.contains(what) && seen.contains(does), "{what}");
    }
    chat.press(Key::Escape);
    chat.shows("you are in lobby");
}

#[test]
fn the_tiniest_screens_still_show_where_one_types() {
    for (rows, columns) in [
        (0, 0),
        (0, 5),
        (5, 0),
        (1, 1),
        (1, 9),
        (2, 2),
        (3, 1),
        (4, 3),
    ] {
        let mut chat = long_chat(12);
        chat.resize(rows, columns);
        chat.type_text("日本語 hello");
        let screen = chat.screen();
        assert_eq!(screen.faults(), &[] as &[String]);
        let last = if columns > 0 {
            rows.saturating_sub(1)
        } else {
            0
        };
        assert_eq!(screen.cursor().0, last);
    }
    let mut chat = long_chat(12);
    chat.resize(2, 20);
    chat.type_text("hi");
    expect(
        &mut chat,
        "
        |│bert: message 20   |
        |> hi                |
        ",
    );
}

#[test]
fn every_script_has_its_place() {
    let mut chat = Chat::joined(8, 24);
    chat.line("SAID lobby bert 日本語のとても長い文章です");
    chat.line("SAID lobby bert ne\u{301}e שלום नमस्ते");
    chat.line("SAID lobby 李小龙 👩\u{200d}👧 👍\u{1f3fd} 🇩🇪");
    let screen = chat.screen();
    let rows: Vec<String> = (1..6).map(|row| screen.text_of(row)).collect();
    assert_eq!(
        rows,
        [
            "   the topic is: tea",
            "│bert: 日本語のとても長",
            "   い文章です",
            "│bert: ne\u{301}e שלום नमस्ते",
            "│李小龙: 👩\u{200d}👧 👍\u{1f3fd} 🇩🇪",
        ]
    );
    assert_eq!(screen.faults(), &[] as &[String]);
}

#[test]
fn nothing_that_others_write_does_anything() {
    // One of every class that may not be shown as it is.
    let hostile = "\u{1b}[2J\u{1b}]2;x\u{7}\u{5}\u{9b}31m\u{85}\r\t\u{202e}\u{2066}\u{e0041}\u{200b}\u{fe0f}\u{200d}\u{301}\u{301}\u{301}\u{301}\u{301}\u{e000}\u{fdd0}\u{2028}";
    let text = Text::cut(hostile);
    let text = text.written();
    let mut chat = Chat::joined(20, 70);
    chat.line(&format!("SAID lobby bert {text}"));
    chat.line(&format!("TOLD * bert anna {text}"));
    chat.line(&format!("TOPIC lobby bert {text}"));
    chat.line(&format!("NOTICE * {text}"));
    chat.line(&format!("LEFT lobby bert quit {text}"));
    chat.press(Key::Paste(hostile.to_owned()));
    let screen = chat.screen();
    assert_eq!(screen.faults(), &[] as &[String]);
    let drawn = screen.drawn();
    chat.shows("^[[2J^[]2;x^G^E<9B>31m");
    assert!(!drawn.contains('\u{202e}') && !drawn.contains('\u{200b}'));
    let trouble = Trouble::Closed {
        code: Code::parse("stopping").unwrap(),
        sentence: Text::cut(hostile),
    };
    chat.tell(Told::Ended(Ending::Failed(trouble)));
    let screen = chat.screen();
    assert_eq!(screen.faults(), &[] as &[String], "the form too");
}

#[test]
fn without_colours_everything_is_still_told_apart() {
    let start = Start {
        palette: Palette::None,
        ..Chat::usual()
    };
    let mut chat = Chat::started(8, 50, start);
    chat.line("WELCOME * anna hello");
    chat.line("SAID lobby bert anna, hi");
    chat.line("TOLD * bert anna psst");
    let screen = chat.screen();
    for row in 0..8 {
        for column in 0..50 {
            let style = screen.style_at(row, column);
            assert!(
                style.iter().all(|number| *number < 30),
                "{row}:{column} {style:?}"
            );
        }
    }
    assert!(screen.text_of(4).contains("▌ bert"));
    assert!(screen.text_of(5).contains("█ bert whispers"));
}

#[test]
fn the_readme_lists_every_key() {
    let readme = std::fs::read_to_string("../README.md").unwrap();
    for (what, does) in KEYS.iter().chain(OWN_COMMANDS) {
        let row = format!("| `{what}` | {does} |");
        assert!(readme.contains(&row), "README.md lacks the row\n{row}");
    }
    // Those of who hosts stand in a table, without the slash.
    for (usage, about) in COMMANDS {
        let command = usage.split(' ').next().unwrap().trim_end_matches("text");
        let command = match about.starts_with("who hosts") {
            true => &command[1..],
            false => command,
        };
        assert!(readme.contains(&format!("`{command}")), "{command}");
    }
}

fn act() -> impl Strategy<Value = Act> {
    use Key::{
        Backspace, Bottom, Enter, Escape, MetaEnter, PageDown, PageUp, ScrollUp, Tab, Top, Up,
    };
    let mut keys = vec![
        Enter, MetaEnter, Tab, Backspace, Escape, Up, PageUp, PageDown, ScrollUp, Top, Bottom,
    ];
    keys.extend([1, 8].map(Key::Function));
    keys.extend("src".chars().map(Key::Ctrl));
    keys.extend("umlo".chars().map(Key::Meta));
    keys.extend("/日\u{301}r".chars().map(Key::Char));
    prop_oneof![
        4 => select(keys).prop_map(Act::Key),
        1 => ".{0,60}".prop_map(|text| Act::Key(Key::Paste(text))),
        4 => (any::<u8>(), "\\PC{1,40}|(.|\n){1,200}").prop_map(|(how, text)| Act::Said(how, text)),
        1 => Just(Act::Lost),
        1 => any::<u8>().prop_map(Act::Settled),
        1 => any::<u16>().prop_map(Act::Wait),
        2 => (0..30_u8, 0..100_u8).prop_map(|(rows, columns)| Act::Size(rows, columns)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_happens_the_screen_is_harmless(acts in vec(act(), 0..40)) {
        any_screen_is_harmless(&acts);
    }
}
