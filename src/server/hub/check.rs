//! The hub's invariants, asserted: for tests of every kind.
//!
//! Only tests call it. It is compiled into the program so that it changes together with what it checks, and public so
//! that the crates of tests and of fuzz targets can call it after every step.

use super::{Hub, Login};

impl Hub {
    /// Asserts what [`hub`](super) says must hold.
    ///
    /// # Panics
    /// If something does not.
    pub fn check(&self) {
        let mut named = 0;
        for (id, session) in &self.sessions {
            let Login::Named { name, room } = &session.login else {
                continue;
            };
            named += 1;
            let owner = self.names.get(&name.folded());
            assert_eq!(owner, Some(id), "a name belongs to its connection");
            let room = self.rooms.get(room).expect("a session's room exists");
            let member = room.members.get(&name.folded());
            assert_eq!(member, Some(id), "a session is in its room");
        }
        assert_eq!(self.names.len(), named, "nobody else has a name");
        let members: usize = self.rooms.values().map(|room| room.members.len()).sum();
        assert_eq!(members, named, "nobody is in two rooms");
        assert_eq!(self.room_ids.len(), self.rooms.len());
        for (id, room) in &self.rooms {
            assert_eq!(self.room_ids.get(&room.name.folded()), Some(id));
            let lasts = *id == self.lobby || !room.members.is_empty();
            assert!(lasts, "an empty room ends");
            assert!(room.history.last(usize::MAX).len() <= self.limits.history_events_max);
        }
        let unnamed = self.sessions.len() - named;
        assert_eq!(
            self.admission.unnamed(),
            unnamed,
            "who has no name is counted"
        );
        assert!(self.sessions.len() <= self.limits.connections_max);
        assert!(self.rooms.len() <= self.limits.rooms_max);
    }
}
