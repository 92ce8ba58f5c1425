//! What to do to the bytes of a connection: a value, decided before the first byte comes.
//!
//! A plan counts bytes, not reads and not time: whatever the network does with the pieces, the
//! same seed disturbs at the same bytes. Deciding read by read would be simpler, and a run
//! could then not be had twice. Plans wear off: only the first [`STEPS`] steps disturb, so that
//! a long run is hurt at its start, where names, greetings and joins are, and still ends.

use crate::proxy::seed::Seed;
use std::fmt;
use std::time::Duration;

/// The steps of a direction that are disturbed.
pub const STEPS: usize = 200;
/// The most bytes of one step: 1 KiB.
pub const STEP_BYTES_MAX: u64 = 1 << STEP_BITS;
/// How long a stall is: long enough for buffers to fill and for timers of a second not to have run out.
pub const STALL: Duration = Duration::from_millis(300);
/// How long bytes that shall travel together wait for each other. They are not waited for longer, because the other side
/// may be waiting for the first of them.
pub const HOLD: Duration = Duration::from_millis(5);

const STEP_BITS: u64 = 10;
/// Among this many first steps a cut, a stall or a half-close takes place.
const EARLY_STEPS: u64 = 30;
/// The most bytes of a step that travel one by one.
const SINGLE_BYTES_MAX: u64 = 64;

/// A way to disturb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Bytes travel one by one.
    Split,
    /// Bytes are held back until there are many.
    Merge,
    /// Pauses of at most so many milliseconds.
    Delay(u64),
    /// Each direction stands still once, for [`STALL`].
    Stall,
    /// The connection is cut.
    Cut,
    /// One direction ends early, the other goes on.
    HalfClose,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Split => write!(f, "--split"),
            Trouble::Merge => write!(f, "--merge"),
            Trouble::Delay(ms) => write!(f, "--delay {ms}"),
            Trouble::Stall => write!(f, "--stall"),
            Trouble::Cut => write!(f, "--cut"),
            Trouble::HalfClose => write!(f, "--half-close"),
        }
    }
}

/// How the bytes of a step travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// As they come.
    AsTheyCome,
    /// Each in a write of its own.
    OneByOne,
    /// In one write what comes within [`HOLD`].
    Together,
}

/// What happens when the bytes of a step have passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// The next step.
    GoOn,
    /// Nothing passes for so long.
    Pause(Duration),
    /// Both directions end at once.
    Cut,
    /// This direction ends.
    HalfClose,
}

/// So many bytes, and what happens to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// How many, from 1 to [`STEP_BYTES_MAX`].
    pub bytes: u64,
    /// How they travel.
    pub how: How,
    /// What happens then.
    pub then: Then,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.how {
            How::AsTheyCome => "as they came",
            How::OneByOne => "one by one",
            How::Together => "together",
        })?;
        match self.then {
            Then::GoOn => Ok(()),
            Then::Pause(time) => write!(f, ", then a pause of {} ms", time.as_millis()),
            Then::Cut => write!(f, ", then cut"),
            Then::HalfClose => write!(f, ", then half-closed"),
        }
    }
}

/// What to do to one direction: these steps, and then everything as it comes.
pub type Plan = Vec<Step>;

/// One of the two directions of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// What the client sends.
    ToServer,
    /// What the server sends.
    ToClient,
}

impl Direction {
    /// Both.
    pub const ALL: [Direction; 2] = [Direction::ToServer, Direction::ToClient];

    /// The other one.
    #[must_use]
    pub fn back(self) -> Direction {
        match self {
            Direction::ToServer => Direction::ToClient,
            Direction::ToClient => Direction::ToServer,
        }
    }

    /// As it is told.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Direction::ToServer => "to the server",
            Direction::ToClient => "to the client",
        }
    }
}

/// What this seed does to each direction of a connection with these troubles: the same for the same.
#[must_use]
pub fn plans(seed: Seed, troubles: &[Trouble]) -> [Plan; 2] {
    let mut plans = Direction::ALL.map(|direction| plan(seed.fork(direction.name()), troubles));
    let mut ends = seed.fork("ends");
    for trouble in troubles {
        let then = match trouble {
            Trouble::Cut => Then::Cut,
            Trouble::HalfClose => Then::HalfClose,
            Trouble::Split | Trouble::Merge | Trouble::Delay(_) | Trouble::Stall => continue,
        };
        let plan = &mut plans[usize::from(ends.below(2) == 1)];
        plan.truncate(usize::try_from(1 + ends.below(EARLY_STEPS)).unwrap_or(1));
        if let Some(last) = plan.last_mut() {
            last.then = then;
        }
    }
    plans
}

fn plan(mut seed: Seed, troubles: &[Trouble]) -> Plan {
    let mut plan: Plan = (0..STEPS).map(|_| step(&mut seed, troubles)).collect();
    if troubles.contains(&Trouble::Stall) {
        let at = usize::try_from(seed.below(EARLY_STEPS)).unwrap_or(0);
        if let Some(step) = plan.get_mut(at) {
            step.then = Then::Pause(STALL);
        }
    }
    plan
}

/// As many numbers are drawn whatever the troubles are, so that adding one leaves the sizes be.
fn step(seed: &mut Seed, troubles: &[Trouble]) -> Step {
    let size = 1 << seed.below(STEP_BITS + 1);
    let size = 1 + seed.below(size);
    let way = |trouble: &Trouble| match trouble {
        Trouble::Split => Some(How::OneByOne),
        Trouble::Merge => Some(How::Together),
        Trouble::Delay(_) | Trouble::Stall | Trouble::Cut | Trouble::HalfClose => None,
    };
    let ways: Vec<How> = troubles.iter().filter_map(way).collect();
    let how = seed.pick(&ways).copied().unwrap_or(How::AsTheyCome);
    let (pause, paused) = (seed.draw(), seed.below(4) == 0);
    let delay = troubles.iter().find_map(|trouble| match trouble {
        Trouble::Delay(ms) => Some(Duration::from_millis(pause % ms.saturating_add(1))),
        _ => None,
    });
    Step {
        bytes: if how == How::OneByOne {
            size.min(SINGLE_BYTES_MAX)
        } else {
            size
        },
        how,
        then: delay
            .filter(|delay| paused && !delay.is_zero())
            .map_or(Then::GoOn, Then::Pause),
    }
}

#[cfg(test)]
mod tests {
    use super::{How, Plan, STEP_BYTES_MAX, STEPS, Then, Trouble};
    use crate::proxy::seed::Seed;

    fn plans(seed: u64, troubles: &[Trouble]) -> [Plan; 2] {
        super::plans(Seed::new(seed), troubles)
    }

    fn ends(plan: &Plan, then: Then) -> usize {
        plan.iter().filter(|step| step.then == then).count()
    }

    #[test]
    fn the_same_seed_makes_the_same_plans() {
        let troubles = [
            Trouble::Split,
            Trouble::Merge,
            Trouble::Delay(9),
            Trouble::Cut,
        ];
        assert_eq!(plans(1, &troubles), plans(1, &troubles));
        assert_ne!(plans(1, &troubles), plans(2, &troubles));
        let [to_server, to_client] = plans(1, &troubles);
        assert_ne!(to_server, to_client);
    }

    #[test]
    fn without_trouble_all_goes_as_it_comes() {
        for seed in 0..100 {
            let [to_server, to_client] = plans(seed, &[]);
            assert_eq!((to_server.len(), to_client.len()), (STEPS, STEPS));
            for step in to_server.iter().chain(&to_client) {
                assert_eq!((step.how, step.then), (How::AsTheyCome, Then::GoOn));
                assert!((1..=STEP_BYTES_MAX).contains(&step.bytes));
            }
        }
    }

    #[test]
    fn every_trouble_takes_place() {
        for seed in 0..100 {
            let all = |troubles: &[Trouble]| {
                let [to_server, to_client] = plans(seed, troubles);
                to_server.into_iter().chain(to_client).collect::<Plan>()
            };
            assert!(
                all(&[Trouble::Split])
                    .iter()
                    .all(|step| step.how == How::OneByOne)
            );
            assert!(
                all(&[Trouble::Merge])
                    .iter()
                    .all(|step| step.how == How::Together)
            );
            let delayed = all(&[Trouble::Delay(5)]);
            assert!(
                delayed
                    .iter()
                    .any(|step| matches!(step.then, Then::Pause(_)))
            );
            let stalled = all(&[Trouble::Stall]);
            assert_eq!(
                stalled
                    .iter()
                    .filter(|step| step.then != Then::GoOn)
                    .count(),
                2
            );
            assert_eq!(ends(&all(&[Trouble::Cut]), Then::Cut), 1);
            assert_eq!(ends(&all(&[Trouble::HalfClose]), Then::HalfClose), 1);
        }
    }

    #[test]
    fn a_cut_is_the_last_thing_of_its_direction() {
        for seed in 0..100 {
            let [to_server, to_client] = plans(seed, &[Trouble::Cut]);
            let cut = [to_server, to_client]
                .into_iter()
                .find(|plan| ends(plan, Then::Cut) == 1);
            assert_eq!(cut.unwrap().last().unwrap().then, Then::Cut);
        }
    }
}
