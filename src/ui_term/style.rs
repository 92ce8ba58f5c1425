//! How a cell looks: the few things that every terminal can do.
//!
//! Only the terminal's own 16 colours, which its owner has chosen to be legible on the ground
//! below them; fixed RGB values would look better on one screen and vanish on another.

use super::escape;

/// One of the terminal's own colours, for letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is named by its colour")]
#[repr(u8)]
pub enum Colour {
    Red = 1,
    Green = 2,
    Yellow = 3,
    Blue = 4,
    Magenta = 5,
    Cyan = 6,
    BrightRed = 9,
    BrightGreen = 10,
    BrightYellow = 11,
    BrightBlue = 12,
    BrightMagenta = 13,
    BrightCyan = 14,
}

/// How letters are drawn; [`Style::PLAIN`] is as the terminal does it by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    colour: Option<Colour>,
    weight: Weight,
    line: Line,
    ground: Ground,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Weight {
    #[default]
    Normal,
    Bold,
    Dim,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Line {
    #[default]
    None,
    Under,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Ground {
    #[default]
    Normal,
    Reversed,
}

impl Style {
    /// As the terminal draws by itself.
    pub const PLAIN: Self = Self {
        colour: None,
        weight: Weight::Normal,
        line: Line::None,
        ground: Ground::Normal,
    };

    /// The same, bold.
    #[must_use]
    pub const fn bold(self) -> Self {
        Self {
            weight: Weight::Bold,
            ..self
        }
    }

    /// The same, dim.
    #[must_use]
    pub const fn dim(self) -> Self {
        Self {
            weight: Weight::Dim,
            ..self
        }
    }

    /// The same, underlined.
    #[must_use]
    pub const fn underlined(self) -> Self {
        Self {
            line: Line::Under,
            ..self
        }
    }

    /// The same, letter and ground exchanged.
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self {
            ground: Ground::Reversed,
            ..self
        }
    }

    /// The same, in a colour.
    #[must_use]
    pub const fn coloured(self, colour: Colour) -> Self {
        Self {
            colour: Some(colour),
            ..self
        }
    }

    /// The same without its colour, as people ask for with `NO_COLOR`.
    #[must_use]
    pub const fn colourless(self) -> Self {
        Self {
            colour: None,
            ..self
        }
    }

    /// Says the style to a terminal, whatever was drawn before.
    pub fn write(self, out: &mut String) {
        out.push_str(escape::PLAIN);
        match self.weight {
            Weight::Normal => {}
            Weight::Bold => out.push_str(escape::BOLD),
            Weight::Dim => out.push_str(escape::DIM),
        }
        if self.line == Line::Under {
            out.push_str(escape::UNDERLINED);
        }
        if self.ground == Ground::Reversed {
            out.push_str(escape::REVERSED);
        }
        if let Some(colour) = self.colour {
            escape::coloured(out, colour as u8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(style: Style, expected: &[&str]) {
        let mut out = String::new();
        style.write(&mut out);
        assert_eq!(out, expected.concat());
    }

    #[test]
    fn a_style_says_all_that_it_is_and_nothing_else() {
        check(Style::PLAIN, &[escape::PLAIN]);
        check(
            Style::PLAIN.bold().underlined().reversed(),
            &[
                escape::PLAIN,
                escape::BOLD,
                escape::UNDERLINED,
                escape::REVERSED,
            ],
        );
        check(Style::PLAIN.bold().dim(), &[escape::PLAIN, escape::DIM]);
    }

    #[test]
    fn a_colour_can_be_taken_away() {
        let mut green = String::new();
        escape::coloured(&mut green, 2);
        let style = Style::PLAIN.coloured(Colour::Green);
        check(style, &[escape::PLAIN, &green]);
        check(style.colourless(), &[escape::PLAIN]);
    }
}
