//! Which word was meant: for everything that is typed and has a table of words.

/// Longer words are no slip.
const LETTERS_MAX: usize = 20;

/// Asks whether the first of these words was meant that differs by one slip: a letter more, less or other, or one that
/// stands elsewhere. Nothing where none does.
pub(crate) fn did_you_mean<'a>(
    typed: &str,
    mark: &str,
    mut words: impl Iterator<Item = &'a str>,
) -> String {
    if !(2..=LETTERS_MAX).contains(&typed.chars().count()) {
        return String::new();
    }
    // So the two are the same, but for a letter that is left out of either.
    let is_near = |word: &&str| cuts(word).any(|cut| cuts(typed).any(|other| other == cut));
    let meant = words.find(is_near);
    meant.map_or(String::new(), |word| format!(" did you mean {mark}{word}?"))
}

/// The word, whole and with each of its letters left out.
fn cuts(word: &str) -> impl Iterator<Item = String> {
    let (whole, letters) = (word.to_owned(), word.char_indices());
    let cut = |(at, _)| {
        let (before, rest) = word.split_at(at);
        before.chars().chain(rest.chars().skip(1)).collect()
    };
    letters.map(cut).chain([whole])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_understood_and_another_word_is_not() {
        #[track_caller]
        fn check(typed: &str, expected: &str) {
            let words = [
                "quit", "who", "msg", "history", "join", "find", "q", "lock", "unlock",
            ];
            let meant = did_you_mean(typed, "/", words.into_iter());
            let expected = match expected {
                "" => String::new(),
                word => format!(" did you mean /{word}?"),
            };
            assert_eq!(meant, expected, "{typed}");
        }
        for slip in ["quti", "qui", "quitt", "quiz", "uqit"] {
            check(slip, "quit");
        }
        check("jion", "join");
        check("fnid", "find");
        check("whö", "who");
        check("hisotry", "history");
        check("unlokc", "unlock");
        for other in ["say", "r", "", "jquit0", "say who", &"q".repeat(10_000)] {
            check(other, "");
        }
    }
}
