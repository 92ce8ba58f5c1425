//! What looks how. A colour is never the only sign of anything: with `NO_COLOR` every line
//! still says what it is.

use super::model::Palette;
use super::style::{Colour, Style};
use crate::sanitise::width::width;
use crate::wire::Name;

/// Colours for names: those that are legible on a dark ground and on a light one in the usual
/// palettes, which leaves out yellow and the dark blue.
const NAME_COLOURS: [Colour; 5] = [
    Colour::Green,
    Colour::Magenta,
    Colour::Cyan,
    Colour::BrightBlue,
    Colour::BrightRed,
];

/// The parts that differ in how they are drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part<'a> {
    Text,
    /// The title line and the status line.
    Bar,
    /// Times, rules, hints, and what stands beside the text.
    Faint,
    /// What the program or the server tells.
    Note,
    Name(&'a Name),
    MyName,
    /// The name of someone who says one's own.
    Mentioning,
    /// The head of what was said to one person.
    Private,
    /// One's own message, of which the server has not told yet.
    Pending,
    Trouble,
    /// The field or button that has the cursor.
    Focus,
    Heading,
}

/// How a part is drawn.
pub(crate) fn style(part: Part<'_>, palette: Palette) -> Style {
    let style = match part {
        Part::Text | Part::Note => Style::PLAIN,
        Part::Bar | Part::Focus | Part::Mentioning => Style::PLAIN.reversed(),
        Part::Faint | Part::Pending => Style::PLAIN.dim(),
        Part::Name(name) => Style::PLAIN.coloured(colour_of(name)),
        Part::MyName | Part::Heading => Style::PLAIN.bold(),
        Part::Private => Style::PLAIN.bold().reversed().coloured(Colour::Magenta),
        Part::Trouble => Style::PLAIN.bold().coloured(Colour::Red),
    };
    match palette {
        Palette::Sixteen => style,
        Palette::None => style.colourless(),
    }
}

/// The same for everybody, on every day: FNV-1a over the name as it is compared.
fn colour_of(name: &Name) -> Colour {
    let folded = format!("{:?}", name.folded());
    let hash = folded.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    let at = usize::try_from(hash).unwrap_or_default() % NAME_COLOURS.len();
    NAME_COLOURS.get(at).copied().unwrap_or(Colour::Green)
}

/// As much of a text as fits, with a sign where something is left out.
pub(crate) fn fit(text: &str, cells: usize) -> String {
    let mut used = 0;
    let mut end = 0;
    for (at, c) in text.char_indices() {
        used += width(c);
        if used > cells {
            let mut cut = text.split_at(end).0.to_owned();
            if cells > 0 {
                cut.push('…');
            }
            return cut;
        }
        if used < cells {
            end = at + c.len_utf8();
        }
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, cells: usize, expected: &str) {
        assert_eq!(fit(text, cells), expected, "{text:?} in {cells}");
    }

    #[test]
    fn what_does_not_fit_is_cut_visibly() {
        check("lobby", 5, "lobby");
        check("lobby", 4, "lob…");
        check("lobby", 1, "…");
        check("lobby", 0, "");
        check("", 0, "");
        check("日本", 3, "日…");
        check("日本", 2, "…");
        check("ne\u{301}e", 2, "n…");
    }

    #[test]
    fn a_person_has_one_colour_however_the_name_is_spelled() {
        let name = |text| Name::parse(text).unwrap();
        assert_eq!(colour_of(&name("Anna")), colour_of(&name("ANNA")));
        assert_ne!(colour_of(&name("anna")), colour_of(&name("bert")));
    }

    #[test]
    fn nothing_is_coloured_where_colours_are_unwanted() {
        let anna = Name::parse("anna").unwrap();
        for part in [Part::Name(&anna), Part::Private, Part::Trouble] {
            let style = style(part, Palette::None);
            assert_eq!(style, style.colourless());
        }
    }
}
