//! The client behind the screen: one at a time, and how to find the way to the next.

use crate::client::{Client, Command, Ending, Event, Guide, Settings, Ticket, Trouble};
use crate::secure::JoinCode;

/// At most one client.
pub(super) struct Connection {
    client: Option<Client>,
    /// How many there have been.
    number: u64,
    guide: Guide,
}

impl Connection {
    /// None yet.
    pub(super) fn new(guide: Guide) -> Connection {
        Connection {
            client: None,
            number: 0,
            guide,
        }
    }

    /// The same settings with the way to their server, or why there is none.
    pub(super) fn find_way(
        &self,
        code: Option<JoinCode>,
        settings: Settings,
    ) -> Result<Settings, String> {
        let way = self.guide.way(&settings.address, code)?;
        Ok(Settings { way, ..settings })
    }

    /// A new client, in place of any before, whose events are told with its number; how it ended, if it did at once.
    pub(super) fn open(
        &mut self,
        settings: Settings,
        tell: impl Fn(u64, Event) + Send + 'static,
    ) -> Result<(), Ending> {
        self.close();
        let number = self.number;
        match Client::connect_into(settings, move |event| tell(number, event)) {
            Ok(client) => {
                self.client = Some(client);
                Ok(())
            }
            Err(error) => Err(Ending::Failed(Trouble::Own(error.to_string()))),
        }
    }

    /// What the client before still tells is old.
    pub(super) fn close(&mut self) {
        self.client = None;
        self.number += 1;
    }

    /// Is it the client of this number?
    pub(super) fn is(&self, number: u64) -> bool {
        self.number == number
    }

    /// Sends a command, where there is somebody to send it.
    pub(super) fn send(&self, command: &Command) -> Option<Ticket> {
        let client = self.client.as_ref()?;
        Some(client.send(command.clone()))
    }
}
