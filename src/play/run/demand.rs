//! What must be so of the server under test, and what happens to its process.

use super::Run;
use super::Server;
use crate::play::process::until;
use crate::play::script::{Demand, spell_time};

/// A megabyte, in bytes.
const MB: u64 = 1_000_000;

impl Run<'_> {
    pub(super) fn demand(&mut self, demand: Demand) -> Result<(), String> {
        let (by, time) = (self.by(), spell_time(self.deadline));
        let mut server = self.server();
        if let Some(status) = server.ended().filter(|_| demand.is_of_usage()) {
            return Err(format!("the server has ended with {status}"));
        }
        match demand {
            Demand::Restart => {
                *server = Server::default();
                *server = self.how.start(self.script)?;
            }
            Demand::Stop => server.ask_to_stop(),
            Demand::Ended(code) => match until(by, || server.ended()) {
                Some(status) if status.code().map(i32::cast_unsigned) == Some(code) => {}
                Some(status) => return Err(format!("the server has ended with {status}")),
                None => return Err(format!("the server still ran after {time}")),
            },
            Demand::MemoryMax(most) => match server.used_more() {
                None => self.not_looked = self.place,
                Some(more) if more.memory_bytes <= u64::from(most) * MB => {}
                Some(more) => {
                    return Err(format!("{} MB more", more.memory_bytes.div_ceil(MB)));
                }
            },
            Demand::DescriptorsMax(most) => {
                let most = u64::from(most);
                let many = || server.used_more().map(|more| more.descriptors);
                // What cannot be looked at is not waited for.
                let few = until(by, || many().is_none_or(|many| many <= most).then_some(()));
                match many() {
                    None => self.not_looked = self.place,
                    Some(_) if few.is_some() => {}
                    Some(many) => return Err(format!("{many} descriptors more, after {time}")),
                }
            }
        }
        Ok(())
    }
}
