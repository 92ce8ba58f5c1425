//! The clock: a thread that tells the hub and the post that time has passed. Everything that has a deadline is looked
//! at here, at most a second late, so that no other thread needs a timer.

use std::sync::Weak;
use std::thread;
use std::time::Instant;

use super::post::Post;

/// Ticks while there is a server.
pub(super) fn run(post: &Weak<Post>) {
    while let Some(interval) = post.upgrade().map(|post| post.limits().tick()) {
        let next = Instant::now() + interval;
        // Parking may end early; nothing else wakes it.
        while let Some(left) = next
            .checked_duration_since(Instant::now())
            .filter(|left| !left.is_zero())
        {
            thread::park_timeout(left);
        }
        if let Some(post) = post.upgrade() {
            post.tick();
        }
    }
}
