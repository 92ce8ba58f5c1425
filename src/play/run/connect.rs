//! How somebody comes: straight, or through what disturbs.

use super::{Run, no_connection};
use crate::play::connection::Connection;
use crate::play::server::Server;
use crate::proxy;
use crate::proxy::pump::Ended;
use std::io;

impl Run<'_> {
    pub(super) fn connect(&mut self, name: &str) -> Result<(), String> {
        let connection = self
            .connection(name)
            .map_err(|error| no_connection(&error))?;
        self.people.entry(name.to_owned()).or_default().connection = Some(connection);
        Ok(())
    }

    fn connection(&mut self, who: &str) -> io::Result<Connection> {
        let mut stream = Server::connect(self.server, self.deadline)?;
        let mut ended = Ended::default();
        let through = self.how.through.as_ref();
        if through.is_some() || self.network.is_some() {
            let plans = through.map(|through| through.plans(self.ends.len()));
            let network = self.network.clone().unwrap_or_default();
            (stream, ended) = proxy::through(&stream, plans.unwrap_or_default(), (&network, who))?;
        }
        self.ends.push(ended.clone());
        Connection::new(stream, ended)
    }
}
