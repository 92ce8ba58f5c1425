//! What every part of the post needs, and none of them owns.

use std::io;
use std::sync::atomic::AtomicUsize;
use std::sync::{Mutex, MutexGuard};

use crate::server::limits::Limits;
use crate::server::outgoing::ConnectionId;
use crate::wire::Code;

/// How threads are started; a test has one that fails.
pub(in crate::server) type Spawn = fn(String, Box<dyn FnOnce() + Send>) -> io::Result<()>;

/// See the module.
pub(in crate::server) struct Means {
    pub(in crate::server) limits: Limits,
    pub(in crate::server) spawn: Spawn,
    /// Bytes that wait with all couriers.
    pub(super) couriered: AtomicUsize,
    /// Tells the hub of a peer that could not be written to.
    pub(super) report: Box<dyn Fn(Failed) + Send + Sync>,
}

/// A connection that could not be written to, and why.
pub(super) struct Failed {
    pub(super) id: ConnectionId,
    pub(super) code: Code,
}

/// Locks. A panic has ended the process before a lock can be poisoned; should one be all the same, this does.
pub(in crate::server) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|_| std::process::abort())
}
