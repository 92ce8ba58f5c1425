//! What is expected of lines, wherever they come from.

/// Something that gives lines, one after the other.
pub trait Lines {
    /// The next line without its end, or None where no more will come. Panics past the deadline.
    fn next_line(&mut self) -> Option<String>;

    /// Takes the next line, which must match the pattern, and gives it.
    #[track_caller]
    fn expect(&mut self, pattern: &str) -> String {
        match self.next_line() {
            Some(line) if matches(pattern, &line) => line,
            Some(line) => panic!("\n expected {pattern}\n      got {line}\n"),
            None => panic!("\n expected {pattern}\n      got the end\n"),
        }
    }

    /// Takes as many lines as there are patterns, which they must match in any order.
    #[track_caller]
    fn expect_set(&mut self, patterns: &[&str]) {
        let mut left = patterns.to_vec();
        while !left.is_empty() {
            let line = self.next_line();
            let line = line.unwrap_or_else(|| panic!("\n expected {left:?}\n      got the end\n"));
            let Some(at) = left.iter().position(|pattern| matches(pattern, &line)) else {
                panic!("\n expected {left:?}\n      got {line}\n");
            };
            left.remove(at);
        }
    }

    /// Takes lines up to the first that matches, and gives that one.
    #[track_caller]
    fn skip_to(&mut self, pattern: &str) -> String {
        self.take_to(pattern).pop().expect("the line that matches")
    }

    /// Takes lines up to the first that matches, and gives them all.
    #[track_caller]
    fn take_to(&mut self, pattern: &str) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let Some(line) = self.next_line() else {
                panic!("\n expected {pattern}\n      got the end after {lines:#?}\n");
            };
            let found = matches(pattern, &line);
            lines.push(line);
            if found {
                return lines;
            }
        }
    }

    /// Takes all lines to the end.
    fn rest(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.next_line()).collect()
    }

    /// The end must come next.
    #[track_caller]
    fn expect_end(&mut self) {
        assert_eq!(self.next_line(), None, "after the end");
    }
}

/// Whether the text is the pattern, in which `*` stands for any characters or none.
pub fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[track_caller]
    fn check(pattern: &str, text: &str, expected: bool) {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }

    #[test]
    fn a_star_stands_for_any_characters() {
        check("SAID * * lobby anna hi", "SAID b.1 7 lobby anna hi", true);
        check("SAID * * lobby anna hi", "SAID b.1 7 maths anna hi", false);
        check("SAID *", "SAID ", true);
        check("SAID", "SAID x", false);
        check("*", "", true);
        check("a*a", "a", false);
        check("*x*x*", "axbxc", true);
        check("*x*x*", "axb", false);
        check("", "x", false);
    }
}
