//! The word that was most likely meant by one that does not exist.

/// The word that differs least: in a letter more, less, or other, or in two neighbours exchanged. One such difference
/// may be in a short word, two in a longer one.
pub(crate) fn nearest<'a>(typed: &str, words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let max = match typed.chars().count() {
        2..=4 => 1,
        5..=20 => 2,
        _ => return None,
    };
    let near = words.map(|word| (distance(typed, word), word));
    let nearest = near.filter(|(distance, _)| *distance <= max).min();
    nearest.map(|(_, word)| word)
}

/// The distance of optimal string alignment: the differences of each two beginnings follow from those of shorter ones.
fn distance(typed: &str, word: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (typed.chars().collect(), word.chars().collect());
    let mut least = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            if i == 0 || j == 0 {
                least[i][j] = i + j;
                continue;
            }
            let other = least[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            least[i][j] = other.min(least[i - 1][j] + 1).min(least[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least[i][j] = least[i][j].min(least[i - 2][j - 2] + 1);
            }
        }
    }
    least[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_understood_and_another_word_is_not() {
        #[track_caller]
        fn check(typed: &str, expected: Option<&str>) {
            let words = ["quit", "who", "msg", "history", "join", "find"];
            assert_eq!(nearest(typed, words.into_iter()), expected, "{typed}");
        }
        check("quti", Some("quit"));
        check("jion", Some("join"));
        check("fnd", Some("find"));
        check("whoo", Some("who"));
        check("mgs", Some("msg"));
        check("hsitroy", Some("history"));
        check("histories", None);
        check("say", None);
        check("q", None);
        check("", None);
        check(&"q".repeat(10_000), None);
    }
}
