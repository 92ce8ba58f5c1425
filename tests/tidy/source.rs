//! Rust source as the checks see it: its tokens without comments and tests, and what they name.
//!
//! `proc_macro2` reads the tokens, so what is a comment and what a string is the language's own answer. A parser would
//! bring all of the grammar, of which the checks need a `use`, a `mod` and a path.

use proc_macro2::{Delimiter, Spacing, Span, TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};

/// A word, a literal or a mark. A path is one token, with the `::` behind it where a brace follows.
pub(crate) struct Token {
    pub(crate) text: String,
    line: usize,
}

/// The tokens of a file, comments and what is compiled for tests only left out.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    read(text.parse().expect("Rust"), &mut tokens);
    tokens
}

fn read(stream: TokenStream, tokens: &mut Vec<Token>) {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    let mut at = 0;
    while let Some(tree) = trees.get(at) {
        let left_out = left_out(&trees[at..]);
        at += left_out.max(1);
        if left_out > 0 {
            continue;
        }
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                push(tokens, open, group.span_open());
                read(group.stream(), tokens);
                push(tokens, close, group.span_close());
            }
            TokenTree::Punct(mark) if mark.as_char() == ':' && mark.spacing() == Spacing::Joint => {
                at += 1;
                push(tokens, "::", mark.span());
            }
            _ => push(tokens, &tree.to_string(), tree.span()),
        }
    }
}

/// Adds a token, or what continues a path to its beginning.
fn push(tokens: &mut Vec<Token>, text: &str, span: Span) {
    match tokens.last_mut() {
        Some(last) if text == "::" && is_word(&last.text) => last.text.push_str(text),
        Some(last) if last.text.ends_with("::") && is_word(text) => last.text.push_str(text),
        _ => tokens.push(Token {
            text: text.to_owned(),
            line: span.start().line,
        }),
    }
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// How many of the trees, from the first, are a doc comment or an item for tests.
fn left_out(trees: &[TokenTree]) -> usize {
    let text = |at: usize| trees.get(at).map(TokenTree::to_string).unwrap_or_default();
    if text(0) != "#" {
        return 0;
    }
    let at = 1 + usize::from(text(1) == "!");
    let attribute = text(at);
    let ends_item = |tree: &TokenTree| matches!(tree, TokenTree::Group(block) if block.delimiter() == Delimiter::Brace);
    if attribute.starts_with("[doc =") {
        at + 1
    } else if attribute == "[cfg (test)]" {
        let end = trees
            .iter()
            .position(|tree| ends_item(tree) || tree.to_string() == ";");
        end.map_or(trees.len(), |end| end + 1)
    } else {
        0
    }
}

/// How many lines have something of a token: a string may have blank ones.
pub(crate) fn lines(tokens: &[Token]) -> usize {
    let lines = tokens
        .iter()
        .flat_map(|token| token.text.lines().zip(token.line..));
    let lines = lines.filter(|(text, _)| !text.trim().is_empty());
    lines.map(|(_, line)| line).collect::<BTreeSet<_>>().len()
}

/// What one file says of others. Paths are as written, `use` trees spelled out.
#[derive(Default)]
pub(crate) struct Names {
    /// `mod x;`
    pub(crate) children: Vec<String>,
    /// Every path that is no public `use`, single words included.
    pub(crate) paths: Vec<String>,
    /// Every public `use`: what a caption shows.
    pub(crate) shown: Vec<String>,
    /// What each imported name stands for.
    pub(crate) imports: BTreeMap<String, String>,
}

pub(crate) fn names(tokens: &[Token]) -> Names {
    let mut names = Names::default();
    let texts: Vec<&str> = tokens.iter().map(|token| token.text.as_str()).collect();
    let mut before = "";
    let mut rest = &texts[..];
    while let [text, after @ ..] = rest {
        rest = after;
        match *text {
            "use" => {
                let end = after.iter().position(|text| *text == ";");
                let (tree, after) = after.split_at(end.unwrap_or(after.len()));
                rest = after;
                // Behind `pub`, or the bracket of a `pub(crate)`.
                let list = match before {
                    "pub" | ")" => &mut names.shown,
                    _ => &mut names.paths,
                };
                for (path, name) in spelled_out(tree) {
                    list.push(path.clone());
                    names.imports.insert(name, path);
                }
            }
            "mod" if after.get(1) == Some(&";") => names.children.push(after[0].to_owned()),
            path if is_word(path) => names.paths.push(path.trim_end_matches("::").to_owned()),
            _ => {}
        }
        before = text;
    }
    names
}

/// The paths of a `use`, each with the name that it gets.
fn spelled_out(tree: &[&str]) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut prefixes = vec![String::new()];
    let mut before = "";
    for text in tree {
        match (*text, found.last_mut()) {
            ("{", _) => prefixes.push(found.pop().unwrap_or_default().0),
            ("}", _) => _ = prefixes.pop(),
            (name, Some(last)) if before == "as" => last.1 = name.to_owned(),
            (path, _) if is_word(path) && path != "as" => {
                let path = prefixes.last().cloned().unwrap_or_default() + path;
                let path = path.strip_suffix("::self").unwrap_or(&path);
                let name = path.rsplit("::").next().unwrap_or_default();
                found.push((path.to_owned(), name.to_owned()));
            }
            _ => {}
        }
        before = text;
    }
    found
}
