//! What a key and a frame cost on a small screen and on a large one, with a long log behind.

use chalktalk::ui_term::frame::{Size, diff};
use chalktalk::ui_term::keys::Key;
use chalktalk::ui_term::render::render;
use chalktalk_tests::chat::Chat;
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;

/// As many as are kept.
const MESSAGES: usize = 10_000;

fn long_chat(size: Size) -> Chat {
    let mut chat = Chat::joined(size.rows, size.columns);
    for n in 0..MESSAGES {
        chat.line(&format!(
            "SAID lobby bert message {n}, of which some are long enough to take more than one row, \
             with ünïcode and 日本語 and http://example.com/{n}"
        ));
    }
    chat
}

fn frames(criterion: &mut Criterion) {
    for (rows, columns) in [(24, 80), (70, 250)] {
        let size = Size { rows, columns };
        let mut chat = long_chat(size);
        let name = |what: &str| format!("{what} at {columns}x{rows}");
        criterion.bench_function(&name("a frame"), |bencher| {
            bencher.iter(|| render(black_box(chat.model())));
        });
        let before = render(chat.model());
        criterion.bench_function(&name("the first words for it"), |bencher| {
            bencher.iter(|| diff(None, black_box(&before)));
        });
        chat.line("SAID lobby bert one more");
        let after = render(chat.model());
        criterion.bench_function(&name("the words for one more message"), |bencher| {
            bencher.iter(|| diff(Some(&before), black_box(&after)));
        });
        let mut shown = after;
        let mut keys = [Key::Char('x'), Key::Backspace].into_iter().cycle();
        criterion.bench_function(&name("from a key to the words"), |bencher| {
            bencher.iter(|| {
                keys.next().into_iter().for_each(|key| chat.press(key));
                let frame = render(chat.model());
                let words = diff(Some(&shown), &frame);
                shown = frame;
                words
            });
        });
    }
}

criterion_group!(benches, frames);
criterion_main!(benches);
