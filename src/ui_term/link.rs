//! Where in a word an address of the web stands, so that a terminal can open it when it is clicked on.
//!
//! Holds: the address is that of the letters that are seen, begins with http or https, and is printable ASCII. What
//! other schemes open (files, calls, programs) nobody should open by a click in a chat.
//!
//! Ruled out: parsing it (RFC 3986). Whatever stands behind the scheme is the browser's to refuse.

use std::fmt::Write;
use std::ops::Range;

/// Longer ones are no link: browsers and terminals give up there too.
const ADDRESS_BYTES_MAX: usize = 2_000;
const BETWEEN: &str = "://";

/// The bytes of the word that are the link, and where it leads.
pub(super) fn link(word: &str) -> Option<(Range<usize>, String)> {
    let start = word.match_indices(BETWEEN).find_map(|(at, _)| {
        let before = word.split_at(at).0;
        let scheme = before.rsplit(|c: char| !c.is_ascii_alphanumeric()).next()?;
        let is_web = matches!(&*scheme.to_ascii_lowercase(), "http" | "https");
        is_web.then_some(at - scheme.len())
    })?;
    let rest = word.split_at(start).1;
    let closed = rest.find(['<', '>', '"', '`']).unwrap_or(rest.len());
    let shown = without_punctuation(rest.split_at(closed).0);
    let mut address = String::new();
    for byte in shown.bytes() {
        match byte {
            b'!'..=b'~' => address.push(char::from(byte)),
            // Writing to a string cannot fail.
            _ => drop(write!(address, "%{byte:02X}")),
        }
    }
    let has_host = shown.find(BETWEEN)? + BETWEEN.len() < shown.len();
    (has_host && address.len() <= ADDRESS_BYTES_MAX)
        .then_some((start..start + shown.len(), address))
}

/// Without what ends the sentence, or closes a bracket that stands before the address.
fn without_punctuation(mut text: &str) -> &str {
    const ENDS: &str = ".,;:!?'…。、”’»";
    while let Some(last) = text.chars().next_back() {
        let count = |bracket: char| text.matches(bracket).count();
        let is_over = match last {
            ')' => count(')') > count('('),
            ']' => count(']') > count('['),
            '}' => count('}') > count('{'),
            _ => ENDS.contains(last),
        };
        if !is_over {
            break;
        }
        text = text.split_at(text.len() - last.len_utf8()).0;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, shown: &str, address: &str) {
        let found =
            link(word).map(|(range, address)| (word.get(range).unwrap().to_owned(), address));
        assert_eq!(
            found,
            Some((shown.to_owned(), address.to_owned())),
            "{word}"
        );
    }

    #[test]
    fn an_address_ends_where_its_sentence_goes_on() {
        let plain = "https://a.example/b?c=d#e";
        check(plain, plain, plain);
        for (before, behind) in [
            ("(", ")."),
            ("<", ">"),
            ("\"", "\","),
            ("see:", "!"),
            ("[x](", ")"),
        ] {
            check(&format!("{before}{plain}{behind}"), plain, plain);
        }
        let bracket = "http://a.example/b_(c)";
        check(&format!("({bracket})"), bracket, bracket);
        check("HTTP://A.example", "HTTP://A.example", "HTTP://A.example");
        check(
            "http://a.example/ö",
            "http://a.example/ö",
            "http://a.example/%C3%B6",
        );
    }

    #[test]
    fn nothing_else_is_a_link() {
        for none in [
            "",
            "http",
            "http://",
            "https://.",
            "://a",
            "file:///etc/passwd",
            "javascript://a",
            "xhttp://a",
            "ssh://a",
        ] {
            assert_eq!(link(none), None, "{none}");
        }
        assert_eq!(
            link(&format!("http://{}", "a".repeat(ADDRESS_BYTES_MAX))),
            None
        );
    }
}
