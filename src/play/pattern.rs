//! Whether a line is the one that was expected.
//!
//! A pattern is read from left to right and never gone back on: a star takes as little as lets
//! the next stretch fit, a variable seen for the first time takes all up to the character that
//! stands behind it, or up to the next space. So what a variable gets can be told by looking,
//! and the work is at most the line's length times the pattern's. Regular expressions can say
//! more, and were left out for that: a class would have to learn them first, every `[anna]`
//! would want escaping, and which of several ways they matched takes an expert to say.

use super::piece::Piece;
use super::text::{Room, Text, Vars};
use std::collections::{BTreeMap, BTreeSet};

/// A longer line is not compared word by word with the pattern that it did not fit.
const REVISED_BYTES_MAX: usize = 1024;

impl Text {
    /// Reads what a line must look like: of each variable it must be plain where it begins and ends.
    pub fn parse_pattern(written: &str, room: &mut Room) -> Result<Text, String> {
        let pattern = Text::parse(written, room)?;
        for pair in pattern.0.windows(2) {
            if let [Piece::Variable(_) | Piece::Any, Piece::Variable(name)] = pair {
                return Err(format!(
                    "where does `${name}` begin? put something before it"
                ));
            }
            if let [Piece::Variable(name), Piece::Any] = pair {
                return Err(format!("where does `${name}` end? put something after it"));
            }
        }
        Ok(pattern)
    }

    /// Of this text, in which a star is any stretch and all else itself.
    pub(super) fn of_stars(text: &str) -> Text {
        let stretches = text.split('*').map(|part| Text::exactly(part.as_bytes()).0);
        Text(stretches.collect::<Vec<_>>().join(&Piece::Any))
    }

    /// What the variables seen here for the first time stand for, if the line fits; `None` if
    /// it does not.
    #[must_use]
    pub fn matches(&self, line: &[u8], vars: &Vars) -> Option<Vars> {
        let mut attempt = Attempt {
            line,
            vars,
            found: Vars::new(),
        };
        let mut stretches = self.0.split(|piece| *piece == Piece::Any).peekable();
        let mut at = attempt.fit(stretches.next()?, 0)?;
        while let Some(stretch) = stretches.next() {
            // The first place where one fits is as good as any, but for the last.
            let is_inner = stretches.peek().is_some();
            at = attempt.first(stretch, at, |end| is_inner || end == line.len())?;
        }
        (at == line.len()).then_some(attempt.found)
    }

    /// A pattern that the line fits. Of this one it keeps what fits at either end of the line, words, stars and
    /// variables; what lies between is the line's own.
    #[must_use]
    pub fn revised(&self, line: &[u8], vars: &Vars) -> Text {
        let words = |piece: &Piece| match piece {
            Piece::Bytes(bytes) => {
                let words = bytes.split_inclusive(|byte| *byte == b' ');
                words.map(|word| Piece::Bytes(word.to_vec())).collect()
            }
            Piece::Variable(_) | Piece::Any => vec![piece.clone()],
        };
        let words: Vec<Piece> = self.0.iter().flat_map(words).collect();
        let short = line.len() <= REVISED_BYTES_MAX;
        let revised = short.then(|| revised(&words, line, vars)).flatten();
        revised.unwrap_or_else(|| Text::exactly(line))
    }
}

/// The longest head of a pattern that the line begins with, what follows of the line, and the longest tail that the
/// rest ends with; `None` if that makes no pattern. No star stands beside what is new, for it would take all of that.
fn revised(words: &[Piece], line: &[u8], vars: &Vars) -> Option<Text> {
    let star = Some(&Piece::Any);
    let before = |at: usize| words.get(at.checked_sub(1)?);
    let mut heads = (0..=words.len()).rev().filter(|at| before(*at) != star);
    let (head, at, found) = heads.find_map(|head| {
        let pattern = Text(words.get(..head)?.to_vec());
        let found = |at: usize| Some((head, at, pattern.matches(line.get(..at)?, vars)?));
        (0..=line.len()).rev().find_map(found)
    })?;
    let (words, rest, mut known) = (words.split_at_checked(head)?, line.get(at..)?, vars.clone());
    known.extend(found);
    // The shortest that fits, of whole words: a variable would take more for itself.
    let is_space = |at: usize| rest.get(at).is_none_or(|byte| *byte == b' ');
    let ends = (0..=rest.len()).rev();
    let ends = ends.filter(|at| is_space(*at) || at.checked_sub(1).is_none_or(is_space));
    let mut tails = (0..=words.1.len()).filter(|at| words.1.get(*at) != star);
    let (tail, until) = tails.find_map(|from| {
        let tail = words.1.get(from..)?;
        let pattern = Text(tail.to_vec());
        let fits = |until: &usize| {
            let end = rest.get(*until..).unwrap_or_default();
            pattern.matches(end, &known).is_some()
        };
        Some((tail, ends.clone().find(fits)?))
    })?;
    let pieces = [words.0, &Text::exactly(rest.get(..until)?).0, tail].concat();
    let pattern = Text::parse_pattern(&Text(pieces).to_string(), &mut Room::default()).ok()?;
    pattern.matches(line, vars).map(|_| pattern)
}

/// A line on the way to be matched.
struct Attempt<'a> {
    line: &'a [u8],
    vars: &'a Vars,
    found: Vars,
}

impl Attempt<'_> {
    /// Where the stretch ends in the line that begins there; `None` where it does not fit.
    fn fit(&mut self, stretch: &[Piece], start: usize) -> Option<usize> {
        let mut at = start;
        for (index, piece) in stretch.iter().enumerate() {
            let rest = self.line.get(at..)?;
            at += match piece {
                Piece::Bytes(bytes) => rest.starts_with(bytes).then_some(bytes.len())?,
                Piece::Variable(name) => match self.value(name) {
                    Some(value) => rest.starts_with(value).then_some(value.len())?,
                    None => {
                        let value = rest.get(..word(rest, stretch.get(index + 1)))?;
                        self.found.insert(name.clone(), value.to_vec());
                        (!value.is_empty()).then_some(value.len())?
                    }
                },
                Piece::Any => 0,
            };
        }
        Some(at)
    }

    fn value(&self, name: &str) -> Option<&Vec<u8>> {
        self.vars.get(name).or_else(|| self.found.get(name))
    }

    /// Where the stretch ends at the first place, from `start` on, at which it fits so that the
    /// end is a good one.
    fn first(
        &mut self,
        stretch: &[Piece],
        start: usize,
        good: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        let before = self.found.clone();
        for at in start..=self.line.len() {
            if let Some(end) = self.fit(stretch, at).filter(|end| good(*end)) {
                return Some(end);
            }
            // What was found there must not stay.
            if self.found.len() > before.len() {
                self.found.clone_from(&before);
            }
        }
        None
    }
}

/// How much of `rest` a variable takes that is followed by this piece.
fn word(rest: &[u8], next: Option<&Piece>) -> usize {
    let stop = match next {
        Some(Piece::Bytes(bytes)) => first_char(bytes),
        _ => b" ",
    };
    let stops = |at: &usize| {
        let here = rest.get(*at..).unwrap_or_default();
        here.starts_with(b" ") || here.starts_with(stop)
    };
    (0..rest.len()).find(stops).unwrap_or(rest.len())
}

/// The bytes of the first character, or the first byte where none is whole.
fn first_char(bytes: &[u8]) -> &[u8] {
    let chunk = bytes.utf8_chunks().next();
    let first = chunk.and_then(|chunk| chunk.valid().chars().next());
    let len = first.map_or(1, char::len_utf8);
    bytes.get(..len).unwrap_or(bytes)
}

/// For each pattern the place of the line it got, `None` where it got none, so that as many as
/// possible have one (augmenting paths, as in any book on matchings).
#[must_use]
pub fn assign(patterns: &[Text], lines: &[Vec<u8>], vars: &Vars) -> Vec<Option<usize>> {
    let fits = |line: &Vec<u8>| {
        let all = patterns.iter().enumerate();
        let fitting = all.filter(|(_, pattern)| pattern.matches(line, vars).is_some());
        fitting.map(|(at, _)| at).collect()
    };
    let fits: Vec<Vec<usize>> = lines.iter().map(fits).collect();
    let mut taken = BTreeMap::new();
    for line in 0..lines.len() {
        place(line, &fits, &mut taken, &mut BTreeSet::new());
    }
    (0..patterns.len())
        .map(|pattern| taken.get(&pattern).copied())
        .collect()
}

/// Finds a pattern for the line that was not tried yet, moving other lines where that helps.
fn place(
    line: usize,
    fits: &[Vec<usize>],
    taken: &mut BTreeMap<usize, usize>,
    tried: &mut BTreeSet<usize>,
) -> bool {
    fits.get(line).into_iter().flatten().any(|&pattern| {
        let holder = taken.get(&pattern).copied();
        let free =
            tried.insert(pattern) && holder.is_none_or(|other| place(other, fits, taken, tried));
        if free {
            taken.insert(pattern, line);
        }
        free
    })
}

#[cfg(test)]
mod tests {
    use super::assign;
    use crate::play::text::{Room, Text, Vars};

    fn pattern(written: &str) -> Text {
        Text::parse_pattern(written, &mut Room::default()).unwrap()
    }

    fn vars(of: &[(&str, &str)]) -> Vars {
        of.iter()
            .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
            .collect()
    }

    #[test]
    fn a_revised_pattern_keeps_what_still_fits() {
        for (written, line, expected) in [
            ("tea 1", "tea 2", "tea 2"),
            ("OK $id.$count of *", "OK 7.x in *", "OK $id.$count in \\*"),
            ("HI $id * lobby", "HELLO 7 now lobby", "HELLO $id * lobby"),
            ("[$known] a * b", "[k] a x c", "[$known] a * c"),
            ("[$known] a", "[j] a", "[j] a"),
            ("a", "", ""),
            ("$what * 5", "  ", "\\x20\\x20"),
            ("a *", "b $1", "b \\$1"),
        ] {
            let known = vars(&[("known", "k")]);
            let revised = pattern(written).revised(line.as_bytes(), &known);
            assert_eq!(revised.to_string(), expected, "{written}");
            assert!(revised.matches(line.as_bytes(), &known).is_some());
        }
    }

    #[track_caller]
    fn check(written: &str, line: &str, expected: Option<&[(&str, &str)]>) {
        let known = vars(&[("known", "k")]);
        assert_eq!(
            pattern(written).matches(line.as_bytes(), &known),
            expected.map(vars)
        );
    }

    #[track_caller]
    fn check_refused(written: &str, expected: &str) {
        let error = Text::parse_pattern(written, &mut Room::default()).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn a_line_fits_only_as_a_whole() {
        check("hello", "hello", Some(&[]));
        check("hello", "hello ", None);
        check("hello", " hello", None);
        check("", "", Some(&[]));
        check("", " ", None);
        check(r"hello\r", "hello\r", Some(&[]));
        check(r"\*", "*", Some(&[]));
        check(r"\*", "x", None);
    }

    #[test]
    fn a_star_takes_anything() {
        check("*", "", Some(&[]));
        check("*", "a b", Some(&[]));
        check("a*", "a", Some(&[]));
        check("a*c", "abcbc", Some(&[]));
        check("a*b*c", "a1b2b3c", Some(&[]));
        check("a*b*c", "a1c2b", None);
        check("*ab", "aab", Some(&[]));
        check("ab*ab", "ab", None);
        check("a**c", "abc", Some(&[]));
        check("a**", "a", Some(&[]));
        check("*a*", "bbb", None);
    }

    #[test]
    fn a_variable_takes_a_word_and_then_keeps_it() {
        check("OK $id", "OK b.7", Some(&[("id", "b.7")]));
        check("OK $id", "OK ", None);
        check("OK $id", "OK b 7", None);
        check(
            "OK $boot.$count",
            "OK b.7",
            Some(&[("boot", "b"), ("count", "7")]),
        );
        check("[$who] *", "[anna] [hi]", Some(&[("who", "anna")]));
        check("$a and $a", "x and x", Some(&[("a", "x")]));
        check("$a and $a", "x and y", None);
        check("$known and $b", "k and y", Some(&[("b", "y")]));
        check("$known", "kk", None);
        check("${a}é", "bèé", Some(&[("a", "bè")]));
        check("* $a!", "x y z!", Some(&[("a", "z")]));
        check("* $a", "x y z", Some(&[("a", "z")]));
        check("* $a=1 *", "x y=2 z=1 ", Some(&[("a", "z")]));
    }

    #[test]
    fn a_variable_needs_an_edge_on_both_sides() {
        check_refused("$a$b", "where does `$b` begin?");
        check_refused("*$b", "where does `$b` begin?");
        check_refused("$b*", "where does `$b` end?");
    }

    #[track_caller]
    fn check_set(patterns: &[&str], lines: &[&str], expected: &[Option<usize>]) {
        let patterns: Vec<Text> = patterns.iter().map(|written| pattern(written)).collect();
        let lines: Vec<Vec<u8>> = lines.iter().map(|line| line.as_bytes().to_vec()).collect();
        let assigned = assign(&patterns, &lines, &vars(&[("known", "k")]));
        assert_eq!(assigned, expected);
    }

    #[test]
    fn a_set_fits_in_any_order() {
        check_set(&["a", "b"], &["b", "a"], &[Some(1), Some(0)]);
        check_set(&["a", "b"], &["b", "b"], &[None, Some(0)]);
        check_set(&["a", "b"], &["c", "b"], &[None, Some(1)]);
        let moved = [Some(2), Some(0), Some(1)];
        check_set(&["*", "a", "a*"], &["a", "ab", "c"], &moved);
        check_set(&["a*", "*"], &["ab", "x"], &[Some(0), Some(1)]);
        check_set(&["OK $id", "$known"], &["k", "OK 7"], &[Some(1), Some(0)]);
    }
}
