//! The form that asks where to join, and under which name.

use crate::client::{Address, Settings, Way, Wish};
use crate::ui_term::editor::Editor;
use crate::wire::{Name, Room};

/// Where the cursor of the form is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Focus {
    Server,
    #[default]
    Name,
    Join,
}

/// The form; what was typed into it stays, whatever comes of it.
#[derive(Debug, Default)]
pub(crate) struct Form {
    pub(crate) server: Editor,
    pub(crate) name: Editor,
    pub(crate) focus: Focus,
    /// What is wrong, in words of others or ours, and where.
    pub(crate) error: Option<(Focus, String)>,
    /// How to reach the server that was known at the start; another is reached plainly.
    pub(crate) way: Option<(Address, Way)>,
    /// The room and the history that were asked for at the start.
    pub(crate) room: Option<Room>,
    pub(crate) replay: Option<u64>,
    /// Everything was known at the start, so nobody need be asked.
    pub(crate) is_complete: bool,
}

impl Form {
    pub(crate) fn filled(server: &str, name: &str) -> Self {
        let mut form = Self::default();
        form.server.insert(server);
        form.name.insert(name);
        form
    }

    /// The field that is being typed into.
    pub(crate) fn field(&mut self) -> Option<&mut Editor> {
        match self.focus {
            Focus::Server => Some(&mut self.server),
            Focus::Name => Some(&mut self.name),
            Focus::Join => None,
        }
    }

    pub(crate) fn fail(&mut self, at: Focus, why: String) {
        self.focus = at;
        self.error = Some((at, why));
    }

    fn way_to(&self, address: &Address) -> Way {
        let known = self.way.as_ref().filter(|(known, _)| known == address);
        known.map(|(_, way)| way.clone()).unwrap_or_default()
    }

    /// What the form asks for; or `None`, and the form says what is wrong with it.
    pub(crate) fn settings(&mut self) -> Option<Settings> {
        self.error = None;
        let address = match Address::parse(self.server.text().trim()) {
            Ok(address) => address,
            Err(error) => {
                self.fail(Focus::Server, error.to_string());
                return None;
            }
        };
        match Name::parse(self.name.text().trim()) {
            Ok(name) => Some(Settings {
                way: self.way_to(&address),
                address,
                wish: Wish {
                    name,
                    room: self.room.clone(),
                    replay: self.replay,
                },
            }),
            Err(error) => {
                self.fail(Focus::Name, error.to_string());
                None
            }
        }
    }
}

impl Focus {
    pub(crate) fn next(self) -> Self {
        match self {
            Self::Server => Self::Name,
            Self::Name => Self::Join,
            Self::Join => Self::Server,
        }
    }

    pub(crate) fn previous(self) -> Self {
        self.next().next()
    }
}
