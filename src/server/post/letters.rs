//! The bytes of one round, while it is walked.

use std::ops::Range;
use std::sync::Arc;

use crate::server::outgoing::{RoomId, Run};

/// Some bytes of this round.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) source: Source,
    pub(super) bytes: Range<usize>,
}

/// Where they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Run(usize),
    Singles,
}

/// The bytes that pieces are of.
pub(super) struct Letters {
    /// Shared with the couriers of those who are slow.
    runs: Vec<(RoomId, Arc<Vec<u8>>)>,
    pub(super) singles: Vec<u8>,
    /// Has a peer stalled in this round? From then on nobody is waited for.
    pub(super) stalled: bool,
}

impl Letters {
    pub(super) fn new(runs: impl Iterator<Item = Run>, singles: Vec<u8>) -> Letters {
        let runs = runs.map(|run| (run.room, Arc::new(run.bytes))).collect();
        Letters {
            runs,
            singles,
            stalled: false,
        }
    }

    pub(super) fn of(&self, piece: &Piece) -> &[u8] {
        match piece.source {
            Source::Run(run) => &self.runs[run].1[piece.bytes.clone()],
            Source::Singles => &self.singles[piece.bytes.clone()],
        }
    }

    /// The whole of a run, as one piece, and the room it is for.
    pub(super) fn whole_run(&self, run: usize) -> (RoomId, Piece) {
        let (room, bytes) = &self.runs[run];
        (
            *room,
            Piece {
                source: Source::Run(run),
                bytes: 0..bytes.len(),
            },
        )
    }

    /// The bytes to keep for a courier, and where in them the piece stands: half of a run or more is shared; less
    /// is copied, and pins no more than itself.
    pub(super) fn kept(&self, piece: &Piece) -> (Arc<Vec<u8>>, Range<usize>) {
        match piece.source {
            Source::Run(run) if piece.bytes.len() * 2 >= self.runs[run].1.len() => {
                (Arc::clone(&self.runs[run].1), piece.bytes.clone())
            }
            _ => (Arc::new(self.of(piece).to_vec()), 0..piece.bytes.len()),
        }
    }

    /// The runs that no courier holds, to be used again.
    pub(super) fn unshared(self) -> impl Iterator<Item = Run> {
        self.runs.into_iter().filter_map(|(room, bytes)| {
            Some(Run {
                room,
                bytes: Arc::into_inner(bytes)?,
            })
        })
    }
}
