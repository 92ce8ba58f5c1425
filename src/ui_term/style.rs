//! How a cell looks: the few things that every terminal can do.
//!
//! Only the terminal's own 16 colours, which its owner has chosen to be legible on the ground
//! below them; fixed RGB values would look better on one screen and vanish on another.

use super::escape;

/// One of the terminal's own colours, for letters: its number in ECMA-48, or in the rows of bright ones that came later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named by its colour")]
pub enum Colour {
    Red = 31,
    Green = 32,
    Magenta = 35,
    Cyan = 36,
    BrightRed = 91,
    BrightBlue = 94,
}

/// How letters are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// Bit n stands for attribute n of ECMA-48.
    attributes: u8,
    colour: Option<Colour>,
}

impl Style {
    /// As the terminal draws by itself.
    pub const PLAIN: Self = Self {
        attributes: 0,
        colour: None,
    };
    /// Bold.
    pub const BOLD: Self = Self::PLAIN.with(1);
    /// Dim.
    pub const DIM: Self = Self::PLAIN.with(2);
    /// Letter and ground exchanged.
    pub const REVERSED: Self = Self::PLAIN.with(7);

    const fn with(self, attribute: u8) -> Self {
        let attributes = self.attributes | 1 << attribute;
        Self { attributes, ..self }
    }

    /// The same, letter and ground exchanged.
    #[must_use]
    pub const fn reversed(self) -> Self {
        self.with(7)
    }

    /// The same in a colour, or without one, as people ask for with `NO_COLOR`.
    #[must_use]
    pub const fn coloured(self, colour: Option<Colour>) -> Self {
        Self { colour, ..self }
    }

    /// Says the style to a terminal, whatever was drawn before.
    pub fn write(self, out: &mut String) {
        out.push_str(escape::PLAIN);
        let attributes = (1..8).filter(|attribute| self.attributes >> attribute & 1 == 1);
        let colour = self.colour.map(|colour| colour as u8);
        attributes
            .chain(colour)
            .for_each(|number| escape::attribute(out, number));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(style: Style, numbers: &[u8]) {
        let (mut said, mut expected) = (String::new(), escape::PLAIN.to_owned());
        style.write(&mut said);
        numbers
            .iter()
            .for_each(|number| escape::attribute(&mut expected, *number));
        assert_eq!(said, expected);
    }

    #[test]
    fn a_style_says_all_that_it_is_and_nothing_else() {
        check(Style::PLAIN, &[]);
        check(Style::DIM, &[2]);
        check(Style::BOLD.reversed(), &[1, 7]);
    }

    #[test]
    fn a_colour_can_be_taken_away() {
        let style = Style::BOLD.coloured(Some(Colour::BrightBlue));
        check(style, &[1, 94]);
        check(style.coloured(None), &[1]);
    }
}
