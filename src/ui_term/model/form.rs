//! The form that asks where to join, and under which name; and for the code, where one is needed.

use crate::client::{Address, Settings, Way, Wish};
use crate::secure::link::code_or_link;
use crate::secure::{JoinCode, Link};
use crate::ui_term::editor::Editor;
use crate::wire::{Name, PORT, Room};

/// Where the cursor of the form is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Focus {
    Server,
    Code,
    #[default]
    Name,
    Join,
}

/// The form; what was typed into it stays, whatever comes of it.
#[derive(Debug, Default)]
pub(crate) struct Form {
    pub(crate) server: Editor,
    /// There once a server has turned out to want one.
    pub(crate) code: Option<Editor>,
    pub(crate) name: Editor,
    pub(crate) focus: Focus,
    /// What is wrong, in words of others or ours, and where.
    pub(crate) error: Option<(Focus, String)>,
    /// How to reach the server that was known at the start.
    pub(crate) way: Option<(Address, Way)>,
    /// The room and the history that were asked for at the start.
    pub(crate) room: Option<Room>,
    pub(crate) replay: Option<u64>,
    /// Everything was known at the start, so nobody need be asked.
    pub(crate) is_complete: bool,
}

/// What the form asks for.
pub(crate) struct Wanted {
    pub(crate) address: Address,
    pub(crate) code: Option<JoinCode>,
    pub(crate) wish: Wish,
}

impl Form {
    pub(crate) fn filled(server: &str, name: &str) -> Self {
        let mut form = Self::default();
        form.server.insert(server);
        form.name.insert(name);
        form
    }

    /// What is asked for, from the top, with the words before it.
    pub(crate) fn asks(&self) -> impl Iterator<Item = (Focus, &'static str)> + use<> {
        let all = [
            (Focus::Server, "Server"),
            (Focus::Code, "Code"),
            (Focus::Name, "Name"),
            (Focus::Join, ""),
        ];
        let asks_code = self.code.is_some();
        let is_asked = move |(focus, _): &(Focus, _)| *focus != Focus::Code || asks_code;
        all.into_iter().filter(is_asked)
    }

    /// Goes so many fields on, round and round.
    pub(crate) fn go_on(&mut self, fields: usize) {
        let here = self.focus;
        let mut ring = self.asks().map(|(focus, _)| focus).collect::<Vec<_>>();
        let at = ring.iter().position(|focus| *focus == here);
        ring.rotate_left(at.unwrap_or_default());
        self.focus = ring.into_iter().cycle().nth(fields).unwrap_or_default();
    }

    pub(crate) fn go_back(&mut self) {
        self.go_on(self.asks().count() - 1);
    }

    /// The field that is being typed into.
    pub(crate) fn field(&mut self) -> Option<&mut Editor> {
        match self.focus {
            Focus::Server => Some(&mut self.server),
            Focus::Code => self.code.as_mut(),
            Focus::Name => Some(&mut self.name),
            Focus::Join => None,
        }
    }

    pub(crate) fn fail(&mut self, at: Focus, why: String) {
        self.focus = at;
        self.error = Some((at, why));
    }

    /// The server wants a code, or another one.
    pub(crate) fn ask_for_code(&mut self, why: String) {
        self.code.get_or_insert_default();
        self.fail(Focus::Code, why);
    }

    /// One is in: a code need not stand there any longer.
    pub(crate) fn succeed(&mut self) {
        self.error = None;
        self.code = None;
    }

    /// What the form asks for; or `None`, and the form says what is wrong with it.
    pub(crate) fn wanted(&mut self) -> Option<Wanted> {
        self.error = None;
        match self.read() {
            Ok(wanted) => Some(wanted),
            Err((at, why)) => {
                self.fail(at, why);
                None
            }
        }
    }

    fn read(&self) -> Result<Wanted, (Focus, String)> {
        let bad_server = |error: &dyn ToString| (Focus::Server, error.to_string());
        let server = self.server.text().trim();
        let (address, linked) = if Link::is_meant_by(server) {
            let link = Link::parse(server).map_err(|error| bad_server(&error))?;
            let port = link.port.unwrap_or(PORT);
            (
                Address {
                    host: link.host,
                    port,
                },
                Some(link.code),
            )
        } else {
            let address = Address::parse(server).map_err(|error| bad_server(&error))?;
            (address, None)
        };
        let typed = self.code.as_ref().map_or("", |code| code.text().trim());
        let code = match linked {
            None if !typed.is_empty() => {
                let bad_code = |error: &dyn ToString| (Focus::Code, error.to_string());
                Some(code_or_link(typed).map_err(|error| bad_code(&error))?)
            }
            linked => linked,
        };
        let name = Name::parse(self.name.text().trim());
        let name = name.map_err(|error| (Focus::Name, error.to_string()))?;
        let wish = Wish {
            name,
            room: self.room.clone(),
            replay: self.replay,
        };
        Ok(Wanted {
            address,
            code,
            wish,
        })
    }
}

impl Wanted {
    /// The same, that way.
    pub(crate) fn by(self, way: Way) -> Settings {
        Settings {
            address: self.address,
            way,
            wish: self.wish,
        }
    }
}
