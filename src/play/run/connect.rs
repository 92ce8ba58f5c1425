//! How somebody comes: straight, or through what disturbs.

use super::{Run, no_connection};
use crate::play::connection::Connection;
use crate::play::server::Server;
use crate::proxy;
use crate::proxy::pump::{Ended, Line};
use std::io;

impl Run<'_> {
    pub(super) fn connect(&mut self, name: &str) -> Result<(), String> {
        let connected = self.connection(name);
        let (connection, ended) = connected.map_err(|error| no_connection(&error))?;
        let person = self.person(name);
        person.connection = Some(connection);
        person.ends.push(ended);
        Ok(())
    }

    fn connection(&mut self, who: &str) -> io::Result<(Connection, Ended)> {
        let mut stream = Server::connect(self.server, self.deadline)?;
        let mut ended = Ended::default();
        let through = self.how.through.as_ref();
        if through.is_some() || self.network.is_some() {
            let before = self.people.get(who).map_or(0, |person| person.ends.len());
            let plans = through.map(|through| through.plans(who, before));
            let (network, who) = (self.network.clone().unwrap_or_default(), who.to_owned());
            let line = Line { network, who };
            (stream, ended) = proxy::through(&stream, plans.unwrap_or_default(), &line)?;
        }
        Ok((Connection::new(stream)?, ended))
    }
}
