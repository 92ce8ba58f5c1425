//! What came in place of what was expected, where that is to be expected from then on.

use super::Run;
use crate::play::pattern::{Pattern, assign};
use crate::play::script::{Act, Deed, Step};
use crate::play::update::Change;
use std::slice;
use std::sync::PoisonError;

impl Run<'_> {
    /// Takes what has come in place of what this step expected for what is to be expected, if that is asked for.
    pub(super) fn revises(&mut self, step: &Step) -> bool {
        let came = std::mem::take(&mut self.came);
        let (Some(changes), Act::Person(_, deed)) = (&self.how.update, &step.act) else {
            return false;
        };
        let (patterns, first) = if let Deed::GetSet(patterns) = deed {
            (&patterns[..], 1)
        } else if let Deed::Get(pattern) | Deed::GetNothingUntil(pattern) = deed {
            (slice::from_ref(pattern), 0)
        } else {
            return false;
        };
        for (index, line) in &came {
            let Some(old) = patterns.get(*index) else {
                continue;
            };
            let new = old.revised(line, &self.vars);
            (self.vars).extend(new.matches(line, &self.vars).unwrap_or_default());
            let mut changes = changes.lock().unwrap_or_else(PoisonError::into_inner);
            let change = Change {
                place: step.place.clone(),
                below: first + index,
                old: old.clone(),
                new,
            };
            change.add_to(&mut changes);
        }
        !came.is_empty()
    }

    /// Which lines came in place of which patterns; what fits is as it is.
    pub(super) fn take_others(&mut self, patterns: &[Pattern], lines: &[Vec<u8>]) {
        let assigned = assign(patterns, lines, &self.vars);
        let others = lines.iter().enumerate();
        let mut others = others.filter(|(line, _)| !assigned.contains(&Some(*line)));
        self.came.clear();
        for (index, (pattern, line)) in patterns.iter().zip(&assigned).enumerate() {
            match line.and_then(|line| lines.get(line)) {
                Some(line) => drop(self.fits(line, pattern)),
                None => (self.came).extend(others.next().map(|(_, line)| (index, line.clone()))),
            }
        }
    }
}
