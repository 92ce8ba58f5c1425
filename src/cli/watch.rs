//! `--trace`: each read and each write on stderr, of a server and of a client alike.

use crate::server::Log;
use crate::trace;
use crate::transport::Taps;

/// Is each read and each write shown?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Trace {
    #[default]
    Off,
    On,
}

impl Trace {
    /// Who is to be shown it.
    pub(super) fn taps(self, log: &Log) -> Taps {
        match self {
            Trace::On => trace::to(log.clone()),
            Trace::Off => Taps::default(),
        }
    }
}
