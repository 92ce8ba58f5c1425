//! The transcripts in a page of Markdown: its fenced blocks whose first word behind the fence is `chat`.
//!
//! Each is the whole page up to its end with everything else blank, so that a line has the same number in both: reports
//! need not know of pages. A parser of all of Markdown would also know of blocks in HTML; fences are enough.

/// The line of each such block's fence, from 1, and the block.
#[must_use]
pub fn blocks(page: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    // Of the block that is open: its fence, what that is indented by, and its first word.
    let mut open: Option<(&str, usize, &str)> = None;
    for (index, line) in page.lines().enumerate() {
        let text = line.trim_start_matches(' ');
        let indent = line.len() - text.len();
        let (fence, rest) = fence(text);
        match open {
            None if fence.is_empty() => {}
            None => {
                let kind = rest.split_whitespace().next().unwrap_or_default();
                open = Some((fence, indent, kind));
                if kind == "chat" {
                    found.push((index + 1, "\n".repeat(index + 1)));
                }
            }
            Some((opened, ..)) if fence.starts_with(opened) && rest.trim().is_empty() => {
                open = None;
            }
            Some((_, outer, "chat")) => {
                if let Some((_, block)) = found.last_mut() {
                    *block += line.get(indent.min(outer)..).unwrap_or_default();
                    block.push('\n');
                }
            }
            Some(_) => {}
        }
    }
    found
}

/// The fence that a line begins with, which may be none, and what stands behind it.
fn fence(text: &str) -> (&str, &str) {
    for mark in ['`', '~'] {
        let rest = text.trim_start_matches(mark);
        let fence = text.len() - rest.len();
        // Behind backticks more of them are a piece of code in a line of text.
        if fence >= 3 && !(mark == '`' && rest.contains(mark)) {
            return text.split_at(fence);
        }
    }
    ("", text)
}

#[cfg(test)]
mod tests {
    use super::blocks;

    #[test]
    fn blocks_are_where_they_stand_in_the_page() {
        let page = "# A\n```chat\none\n  two\n```\n\n- in a list:\n  ~~~ chat of two\n  three\n  ````\n~~~\n";
        let first = "\n\none\n  two\n".to_owned();
        let second = format!("{}three\n````\n", "\n".repeat(8));
        assert_eq!(blocks(page), [(2, first), (8, second)]);
    }

    #[test]
    fn a_fence_in_another_block_opens_nothing() {
        for page in [
            "````\n```chat\nanna connects\n```\n````\n",
            "```chats\na\n```\n",
            "```chat``` is how it begins\n",
            "~~~text\n```chat\n~~~\n",
        ] {
            assert_eq!(blocks(page), [], "{page}");
        }
    }

    #[test]
    fn a_block_without_an_end_goes_on_to_the_end_of_the_page() {
        let until_the_end = [(1, "\na\n".to_owned())];
        assert_eq!(blocks("```chat\na"), until_the_end);
    }
}
