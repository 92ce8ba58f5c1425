//! Rust source as the checks see it: its tokens without comments and tests, and what they name.
//!
//! `proc_macro2` reads the tokens, so what is a comment and what a string is the language's own answer. A parser would
//! bring all of the grammar, of which the checks need a `use` and a path.

use proc_macro2::{Delimiter, Spacing, Span, TokenStream, TokenTree};
use std::collections::BTreeSet;

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
        match tree {
            _ if left_out > 0 => {}
            TokenTree::Group(group) => {
                let marks = match group.delimiter() {
                    Delimiter::Parenthesis => ["(", ")"],
                    Delimiter::Brace => ["{", "}"],
                    Delimiter::Bracket => ["[", "]"],
                    Delimiter::None => ["", ""],
                };
                push(tokens, marks[0], group.span_open());
                read(group.stream(), tokens);
                push(tokens, marks[1], group.span_close());
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
    let at = 1 + usize::from(text(1) == "!");
    let ends_item = |tree: &TokenTree| match tree {
        TokenTree::Group(block) => block.delimiter() == Delimiter::Brace,
        tree => tree.to_string() == ";",
    };
    match text(at) {
        _ if text(0) != "#" => 0,
        doc if doc.starts_with("[doc =") => at + 1,
        test if test == "[cfg (test)]" => {
            let end = trees.iter().position(ends_item);
            end.map_or(trees.len(), |end| end + 1)
        }
        _ => 0,
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

/// A path in a file, as it is written, with what stands before the brace that it is in.
pub(crate) struct Path {
    pub(crate) path: String,
    /// In a `use`: what it is called here.
    pub(crate) name: Option<String>,
    /// In a public one.
    pub(crate) is_shown: bool,
}

/// Every path, single words included.
pub(crate) fn paths(tokens: &[Token]) -> Vec<Path> {
    let mut paths: Vec<Path> = Vec::new();
    let mut prefixes = vec![String::new()];
    // Whether a `use` goes on, and whether that is public: behind `pub`, or the bracket of a `pub(crate)`.
    let (mut imports, mut is_shown) = (false, false);
    let mut before = "";
    for Token { text, .. } in tokens {
        let prefix = prefixes.last().cloned().unwrap_or_default();
        match (text.as_str(), before) {
            ("use", before) => (imports, is_shown) = (true, ["pub", ")"].contains(&before)),
            (";", _) => (imports, is_shown) = (false, false),
            ("{", before) => {
                let is_tree = before.ends_with("::");
                let above = paths.pop_if(|_| is_tree).map(|path| path.path + "::");
                prefixes.push(above.unwrap_or_default());
            }
            ("}", _) => _ = prefixes.pop(),
            ("as", _) => {}
            (name, "as") if imports => {
                let last = paths.last_mut().expect("what is renamed");
                last.name = Some(name.to_owned());
            }
            (path, _) if is_word(path) => {
                let path = prefix + path.trim_end_matches("::");
                let path = path.strip_suffix("::self").unwrap_or(&path).to_owned();
                let name = path.rsplit("::").next().filter(|_| imports);
                paths.push(Path {
                    name: name.map(str::to_owned),
                    path,
                    is_shown,
                });
            }
            _ => {}
        }
        before = text;
    }
    paths
}
