//! What looks how. A colour is never the only sign of anything: with `NO_COLOR` every line
//! still says what it is.

use super::style::{Colour, Style};
use crate::sanitise::width::{width, width_of};
use crate::wire::Name;

/// The title line and the status line.
pub(crate) const BAR: Style = Style::REVERSED;
/// Times, rules, hints, what stands beside the text, and one's own message while it is on its way.
pub(crate) const FAINT: Style = Style::DIM;
/// One's own name, and what was jumped to.
pub(crate) const MINE: Style = Style::BOLD;
/// The name of someone who says one's own.
pub(crate) const MENTIONING: Style = Style::REVERSED;
/// The head of what was said to one person.
pub(crate) const PRIVATE: Style = Style::BOLD.reversed().coloured(Some(Colour::Magenta));
/// Why something was not said.
pub(crate) const TROUBLE: Style = Style::BOLD.coloured(Some(Colour::Red));

/// Colours for names: those that are legible on a dark ground and on a light one in the usual
/// palettes, which leaves out yellow and the dark blue.
const NAME_COLOURS: [Colour; 5] = [
    Colour::Green,
    Colour::Magenta,
    Colour::Cyan,
    Colour::BrightBlue,
    Colour::BrightRed,
];

/// How a name is drawn: the same for everybody, on every day (FNV-1a over the name as it is compared).
pub(crate) fn of_name(name: &Name) -> Style {
    let folded = format!("{:?}", name.folded());
    let hash = folded.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    let at = usize::try_from(hash).unwrap_or_default() % NAME_COLOURS.len();
    Style::PLAIN.coloured(NAME_COLOURS.get(at).copied())
}

/// As much of a text as fits, with a sign where something is left out.
pub(crate) fn fit(text: &str, cells: usize) -> String {
    if width_of(text) <= cells {
        return text.to_owned();
    }
    let mut used = usize::from(cells > 0);
    let kept = text.chars().take_while(|c| {
        used += width(*c);
        used <= cells
    });
    kept.chain((cells > 0).then_some('…')).collect()
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
        assert_eq!(of_name(&name("Anna")), of_name(&name("ANNA")));
        assert_ne!(of_name(&name("anna")), of_name(&name("bert")));
    }
}
