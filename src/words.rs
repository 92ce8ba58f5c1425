//! Which word was meant: for everything that is typed and has a table of words.

/// The word of the table that was most likely meant, as the end of a sentence; empty where none is near.
pub(crate) fn did_you_mean<'a>(typed: &str, words: impl IntoIterator<Item = &'a str>) -> String {
    let distances = words.into_iter().map(|word| (distance(typed, word), word));
    let nearest = distances.min_by_key(|(distance, _)| *distance);
    // One slip, and in a longer word two: of what is further away nobody knows what it was to be.
    let near = nearest.filter(|(distance, word)| *distance <= word.chars().count().div_ceil(3));
    near.map_or(String::new(), |(_, word)| format!("; did you mean {word}?"))
}

/// How many letters have to be added, dropped, replaced, or swapped with their neighbour (optimal string alignment).
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) =
        (from.chars().take(64).collect(), to.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=to.len()).collect()];
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let replaced = rows[i][j] + usize::from(a != b);
            let mut least = replaced.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && (a, &from[i - 1]) == (&to[j - 1], b) {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_told_what_was_meant_and_a_word_is_not() {
        #[track_caller]
        fn check(typed: &str, expected: &str) {
            let words = ["kick", "unban", "who", "lock", "unlock"];
            assert_eq!(did_you_mean(typed, words), expected);
        }
        for slip in ["kik", "kcik", "kickk", "kock", "kic", "ickk"] {
            check(slip, "; did you mean kick?");
        }
        check("unabn", "; did you mean unban?");
        check("unlokc", "; did you mean unlock?");
        check("wo", "; did you mean who?");
        for foreign in ["", "x", "restart", "日本", &"k".repeat(10_000)] {
            check(foreign, "");
        }
    }
}
