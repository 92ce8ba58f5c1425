//! What keys there are.

use crate::ui_term::frame::Position;

/// Something that a person did at the keyboard, or that the terminal answered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "most are what stands on the key")]
pub enum Key {
    /// Typed text; never a control character.
    Char(char),
    /// Control and a small letter, or one of `@ \ ] ^ _`; `@` is Control and Space too.
    Ctrl(char),
    /// Alt, or Esc first, and a character; never a control character.
    Meta(char),
    Enter,
    MetaEnter,
    Tab,
    BackTab,
    Backspace,
    MetaBackspace,
    Delete,
    Escape,
    Up,
    Down,
    Left,
    Right,
    /// Left with Control or Alt.
    WordLeft,
    /// Right with Control or Alt.
    WordRight,
    /// Up with Shift, Control or Alt.
    ScrollUp,
    /// Down with Shift, Control or Alt.
    ScrollDown,
    Home,
    End,
    /// Home with Shift, Control or Alt.
    Top,
    /// End with Shift, Control or Alt.
    Bottom,
    PageUp,
    PageDown,
    /// F1 or F8.
    Function(u8),
    /// Text from the clipboard: line breaks are LF, tabs stay, no other control character.
    Paste(String),
    /// The terminal's answer: where its cursor stands, counted from 0.
    CursorAt(Position),
    /// The terminal's answer to what it is, which fences off the answers before it.
    Device,
    /// Something that no key is known to send.
    Unknown,
}
