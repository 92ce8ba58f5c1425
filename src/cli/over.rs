//! A command on one line, cut into words: what a shell would do with it, and nothing else a shell would do.

use crate::client::Over;

/// Reads a command: words are separated by spaces, quotes of either kind keep spaces in a word.
///
/// # Errors
/// Where there is none, or a quote has no end.
pub(super) fn parse(text: &str) -> Result<Over, &'static str> {
    let mut words = split(text)?.into_iter();
    let program = words.next().ok_or("the command is missing")?;
    if program.is_empty() || program.starts_with('-') {
        return Err("a command begins with the name of a program");
    }
    Ok(Over {
        program,
        arguments: words.collect(),
    })
}

fn split(text: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for character in text.chars() {
        match (character, quote) {
            (end, Some(begun)) if end == begun => quote = None,
            (' ' | '\t', None) => words.extend(word.take()),
            ('\'' | '"', None) => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (other, _) => word.get_or_insert_default().push(other),
        }
    }
    if quote.is_some() {
        return Err("a quote has no end");
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let over = parse(text).unwrap();
        let mut words = vec![over.program];
        words.extend(over.arguments);
        assert_eq!(words, expected, "{text}");
    }

    #[test]
    fn a_command_is_its_words() {
        check(
            "ssh host chalktalk pipe",
            &["ssh", "host", "chalktalk", "pipe"],
        );
        check("  a\t b ", &["a", "b"]);
        check("a 'b c' \"d 'e\" f''g ''", &["a", "b c", "d 'e", "fg", ""]);
        check("a $HOME;b|c >d \\", &["a", "$HOME;b|c", ">d", "\\"]);
    }

    #[test]
    fn what_is_no_command_is_named() {
        for bad in ["", "  ", "a 'b", "''", "-oProxyCommand=x", "'-x' y"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
