//! Rust source as the checks see it: comments, strings and tests blanked out, paths spelled out.
//!
//! A scanner of its own and no parser: the checks need five facts about a file (its code, its
//! paths, its child modules, its imports, its functions), the language's grammar has hundreds,
//! and a parser would bring a dependency that must be kept in step with the compiler.

use std::collections::BTreeMap;

/// What of a file is left to be searched.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Code alone: the insides of strings are blank too.
    Code,
    /// Code and the insides of strings.
    CodeAndStrings,
    /// Everything but comments: tests too.
    AllButComments,
}

/// `text` with everything blanked that is not asked for; every line keeps its number.
pub(crate) fn strip(text: &str, keep: Keep) -> String {
    let code = blank_literals(text, Keep::Code);
    match keep {
        Keep::Code => blank_tests(&code, &code),
        Keep::CodeAndStrings => blank_tests(&code, &blank_literals(text, keep)),
        Keep::AllButComments => blank_literals(text, keep),
    }
}

/// `text` without comments, and for code alone without the insides of strings.
fn blank_literals(text: &str, keep: Keep) -> String {
    let strings = keep != Keep::Code;
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let rest = &chars[at..];
        let (length, shown) = match rest {
            ['/', '/', ..] => (line_comment(rest), false),
            ['/', '*', ..] => (block_comment(rest), false),
            ['"', ..] => (string(rest), strings),
            ['r', '"' | '#', ..] if !in_word(&chars, at) && raw_string(rest) > 0 => {
                (raw_string(rest), strings)
            }
            ['\'', ..] if character(rest) > 0 => (character(rest), strings),
            _ => (1, true),
        };
        let blank = |c: &char| if shown || *c == '\n' { *c } else { ' ' };
        out.extend(rest[..length].iter().map(blank));
        at += length;
    }
    out
}

/// Whether the character before `at` continues a word; the `b` and `c` of `br""` and `cr""` do
/// not, they stand alone before it.
fn in_word(chars: &[char], at: usize) -> bool {
    let word = |i: usize| i < chars.len() && (chars[i].is_alphanumeric() || chars[i] == '_');
    let prefix = at > 0 && matches!(chars[at - 1], 'b' | 'c') && !word(at.wrapping_sub(2));
    at > 0 && word(at - 1) && !prefix
}

fn line_comment(chars: &[char]) -> usize {
    let end = chars.iter().position(|c| *c == '\n');
    end.unwrap_or(chars.len())
}

fn block_comment(chars: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < chars.len() {
        match chars[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at.min(chars.len())
}

fn string(chars: &[char]) -> usize {
    let mut at = 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

/// The length of a raw string, 0 where this is none (`r#type` is a name).
fn raw_string(chars: &[char]) -> usize {
    let hashes = chars[1..].iter().take_while(|c| **c == '#').count();
    if chars.get(1 + hashes) != Some(&'"') {
        return 0;
    }
    let closes =
        |at: &usize| chars[*at] == '"' && (1..=hashes).all(|i| chars.get(at + i) == Some(&'#'));
    let end = (2 + hashes..chars.len()).find(closes);
    end.map_or(chars.len(), |at| at + 1 + hashes)
}

/// The length of a character literal, 0 where this is a lifetime.
fn character(chars: &[char]) -> usize {
    match chars {
        ['\'', '\\', rest @ ..] => {
            let end = rest.iter().skip(1).position(|c| *c == '\'');
            end.map_or(0, |at| at + 4)
        }
        ['\'', _, '\'', ..] => 3,
        _ => 0,
    }
}

/// `shown` without what is compiled for tests only. Where that ends is told by `code`, which is as many characters:
/// a brace in a string closes nothing.
fn blank_tests(code: &str, shown: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut out = String::with_capacity(shown.len());
    let (mut rest, mut shown) = (code, shown.chars());
    while let Some(at) = rest.find(MARK) {
        let (before, item) = rest.split_at(at);
        let (item, after) = item.split_at(item_end(item));
        out.extend(shown.by_ref().take(before.chars().count()));
        let tests = shown.by_ref().take(item.chars().count());
        out.extend(tests.map(|c| if c == '\n' { c } else { ' ' }));
        rest = after;
    }
    out.extend(shown);
    out
}

/// Where the item ends that `text` begins with: after its block, or after its semicolon.
fn item_end(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && matches!(c, ';' | '}') {
            return at + 1;
        }
    }
    text.len()
}

/// What one file says of others. Paths are as written, `use` trees spelled out.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// `mod x;`
    pub(crate) children: Vec<String>,
    /// Every path that is no public `use`, single words included.
    pub(crate) paths: Vec<Vec<String>>,
    /// Every public `use`: what a caption shows.
    pub(crate) shown: Vec<Vec<String>>,
    /// What each imported name stands for.
    pub(crate) imports: BTreeMap<String, Vec<String>>,
}

/// Reads the names out of stripped code.
pub(crate) fn names(code: &str) -> Names {
    let tokens = tokens(code);
    let mut names = Names::default();
    let mut at = 0;
    let mut public = false;
    while at < tokens.len() {
        match tokens[at].as_str() {
            "pub" => {
                public = true;
                at += if tokens.get(at + 1).is_some_and(|t| t == "(") {
                    4
                } else {
                    1
                };
                continue;
            }
            "mod" if tokens.get(at + 2).is_some_and(|t| t == ";") => {
                names.children.push(tokens[at + 1].clone());
                at += 3;
            }
            "use" => {
                let mut found = Vec::new();
                at = use_tree(&tokens, at + 1, &[], &mut found);
                for (path, name) in found {
                    names.imports.insert(name, path.clone());
                    let list = if public {
                        &mut names.shown
                    } else {
                        &mut names.paths
                    };
                    list.push(path);
                }
            }
            token if is_word(token) => {
                let mut path = vec![tokens[at].clone()];
                while tokens.get(at + 1).is_some_and(|t| t == "::")
                    && tokens.get(at + 2).is_some_and(|t| is_word(t))
                {
                    path.push(tokens[at + 2].clone());
                    at += 2;
                }
                names.paths.push(path);
                at += 1;
            }
            _ => at += 1,
        }
        public = false;
    }
    names
}

/// Spells out the tree at `at`; gives what follows it. A glob's name is its path and `*`.
fn use_tree(
    tokens: &[String],
    mut at: usize,
    prefix: &[String],
    found: &mut Vec<(Vec<String>, String)>,
) -> usize {
    let mut path = prefix.to_vec();
    while at < tokens.len() {
        match tokens[at].as_str() {
            "{" => {
                at += 1;
                while tokens.get(at).is_some_and(|t| t != "}") {
                    at = use_tree(tokens, at, &path, found);
                    at += usize::from(tokens.get(at).is_some_and(|t| t == ","));
                }
                return at + 1;
            }
            "*" => {
                let name = format!("{}::*", path.join("::"));
                found.push((path, name));
                return at + 1;
            }
            "as" => {
                found.push((path, tokens.get(at + 1).cloned().unwrap_or_default()));
                return at + 2;
            }
            "self" if !path.is_empty() => at += 1,
            "::" => at += 1,
            word if is_word(word) => {
                path.push(tokens[at].clone());
                at += 1;
            }
            _ => break,
        }
    }
    let name = path.last().cloned().unwrap_or_default();
    found.push((path, name));
    at
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Words, `::`, and every other character that is no blank.
fn tokens(code: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut chars = code.chars().peekable();
    while let Some(c) = chars.next() {
        let mut token = String::from(c);
        if c.is_alphanumeric() || c == '_' {
            while let Some(c) = chars.next_if(|c| c.is_alphanumeric() || *c == '_') {
                token.push(c);
            }
        } else if c == ':' && chars.next_if_eq(&':').is_some() {
            token.push(':');
        } else if c.is_whitespace() {
            continue;
        }
        tokens.push(token);
    }
    tokens
}

/// Each function of stripped code: its name, the line it starts in, how many lines it has.
pub(crate) fn functions(code: &str) -> Vec<(String, usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = code[at..].find("fn ") {
        let start = at + next;
        at = start + "fn ".len();
        let joined = code[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let name: String = code[at..]
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        if joined || name.is_empty() {
            continue;
        }
        let item = &code[start..start + item_end(&code[start..])];
        let line = code[..start].matches('\n').count() + 1;
        found.push((name, line, item.matches('\n').count() + 1));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Keep, functions, names, strip};

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(strip(text, Keep::Code), expected);
    }

    #[test]
    fn comments_and_strings_are_blanked() {
        check("a // b\nc", "a     \nc");
        check("a /* b /* c */ d */ e", "a                   e");
        check(r#"f("x \" y", z)"#, r#"f(        , z)"#);
        check("f(r#\"x \" y\"#, z)", "f(          , z)");
        check("br\"x\" r#type for", "b     r#type for");
        check("'a' '\\'' '\\u{1b}' &'a str", "                  &'a str");
        check("var\"x\"", "var   ");
        assert_eq!(strip("\"x\" // y", Keep::CodeAndStrings), "\"x\"     ");
    }

    #[test]
    fn tests_are_blanked() {
        check(
            "a\n#[cfg(test)]\nmod tests {\n{b}\n}\nc",
            "a\n            \n           \n   \n \nc",
        );
        check("#[cfg(test)] mod tests; c", "                        c");
        let text = "#[cfg(test)]\nmod tests { \"}\" }\n\"é\" // c";
        let expected = "            \n                 \n\"é\"     ";
        assert_eq!(strip(text, Keep::CodeAndStrings), expected);
        let expected = "#[cfg(test)]\nmod tests { \"}\" }\n\"é\"     ";
        assert_eq!(strip(text, Keep::AllButComments), expected);
    }

    #[test]
    fn paths_are_spelled_out() {
        let names = names("mod x; pub use x::Y; use a::{self, b::{C, D as E}, f::*}; g::h(I)");
        assert_eq!(names.children, ["x"]);
        assert_eq!(names.shown, [["x", "Y"]]);
        let paths: Vec<String> = names.paths.iter().map(|path| path.join("::")).collect();
        assert_eq!(paths, ["a", "a::b::C", "a::b::D", "a::f", "g::h", "I"]);
        assert_eq!(names.imports["E"], ["a", "b", "D"]);
        assert_eq!(names.imports["Y"], ["x", "Y"]);
        assert_eq!(names.imports["a::f::*"], ["a", "f"]);
    }

    #[test]
    fn functions_are_measured() {
        let code = "fn a() {}\nfn b(x: [u8; 2]) {\n  if x {}\n}\ntrait T { fn c(); }";
        let expected = [("a", 1, 1), ("b", 2, 3), ("c", 5, 1)];
        assert_eq!(
            functions(code),
            expected.map(|(n, line, length)| (n.to_owned(), line, length))
        );
    }
}
