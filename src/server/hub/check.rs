//! The hub's invariants, asserted: for tests of every kind.

use super::person::Stage;
use super::state::Hub;

impl Hub {
    /// Asserts the invariants above; for tests.
    ///
    /// # Panics
    /// Where one does not hold.
    pub fn check(&self) {
        let named = self
            .people
            .iter()
            .filter_map(|(id, person)| match &person.stage {
                Stage::Named { name, room } => Some((id, name, room)),
                Stage::Unnamed { .. } => None,
            });
        let mut count = 0;
        for (id, name, room) in named {
            count += 1;
            assert_eq!(
                self.names.get(&name.folded()),
                Some(id),
                "a name belongs to its connection"
            );
            let place = self.places.get(room).expect("a person's room exists");
            assert_eq!(
                place.members.get(&name.folded()),
                Some(id),
                "a person is in its room"
            );
        }
        assert_eq!(self.names.len(), count, "nobody else has a name");
        let members: usize = self.places.values().map(|place| place.members.len()).sum();
        assert_eq!(members, count, "nobody is in two rooms");
        assert_eq!(self.by_room.len(), self.places.len());
        for (id, place) in &self.places {
            assert_eq!(self.by_room.get(&place.room.folded()), Some(id));
            assert!(
                *id == self.lobby || !place.members.is_empty(),
                "an empty room ends"
            );
            assert!(place.history.last(usize::MAX).len() <= self.limits.history_events_max);
        }
        assert_eq!(
            self.admission.unnamed(),
            self.people.len() - count,
            "who has no name is counted"
        );
        assert!(self.people.len() <= self.limits.connections_max);
        assert!(self.places.len() <= self.limits.rooms_max);
    }
}
