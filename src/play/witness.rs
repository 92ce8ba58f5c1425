//! Hears what happens in a run, for a picture; where nobody draws, there is none.
//!
//! It is told before somebody sends and after something came: so what was caused stands behind what caused it, whichever
//! thread tells it.

use super::seen::Seen;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Whoever draws a run, for all who take part in it.
#[derive(Debug, Clone, Default)]
pub struct Witness(Arc<Mutex<Seen>>);

impl Witness {
    /// What was seen until now.
    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
