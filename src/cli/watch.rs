//! `--trace`, and by which clock: each read and each write on stderr, of a server and of a client alike.

use super::args::Args;
use super::failure::Failure;
use crate::server::{Clock, Log};
use crate::tap::Taps;
use crate::trace;

/// What the options say.
#[derive(Debug, Default)]
pub(super) struct Watch {
    pub(super) trace: Trace,
    pub(super) clock: Clock,
}

/// Is each read and each write shown?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Trace {
    #[default]
    Off,
    On,
}

impl Watch {
    /// Takes an option that is of this kind; false where it is not.
    pub(super) fn set(&mut self, option: &str, args: &mut Args) -> Result<bool, Failure> {
        match option {
            "--trace" => self.trace = Trace::On,
            "--clock" => self.clock = args.value(clock)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Who is to be shown it.
    pub(super) fn taps(&self, log: &Log) -> Taps {
        match self.trace {
            Trace::On => trace::to(log.clone()),
            Trace::Off => Taps::default(),
        }
    }
}

fn clock(text: &str) -> Result<Clock, &'static str> {
    match text {
        "wall" => Ok(Clock::Wall),
        "logical" => Ok(Clock::Logical),
        _ => Err("the clock is wall or logical"),
    }
}
