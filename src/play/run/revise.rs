//! What came in place of what was expected, where that is to be expected from then on.

use super::Run;
use crate::play::pattern::assign;
use crate::play::text::Text;
use std::sync::PoisonError;

impl Run<'_> {
    /// Takes this line for what is to be expected in place of the old pattern, if that is asked for. Where the step takes
    /// a block, the pattern stands in that line below it, from 1.
    pub(super) fn revises(&mut self, old: &Text, below: usize, line: &[u8]) -> bool {
        let (Some(changes), Some(place)) = (&self.how.update, self.place) else {
            return false;
        };
        let new = old.revised(line, &self.vars);
        (self.vars).extend(new.matches(line, &self.vars).unwrap_or_default());
        let mut changes = changes.lock().unwrap_or_else(PoisonError::into_inner);
        changes.add(place, below, old, &new);
        true
    }

    /// The same of a set: true if one of its patterns is to be another. What fits is as it is.
    pub(super) fn revises_set(&mut self, patterns: &[Text], lines: &[Vec<u8>]) -> bool {
        let assigned = assign(patterns, lines, &self.vars);
        let others = lines.iter().enumerate();
        let mut others = others.filter(|(line, _)| !assigned.contains(&Some(*line)));
        let mut revised = false;
        for (index, (pattern, line)) in patterns.iter().zip(&assigned).enumerate() {
            if let Some(line) = line.and_then(|line| lines.get(line)) {
                self.fits(line, pattern);
            } else if let Some((_, line)) = others.next() {
                revised |= self.revises(pattern, index + 1, line);
            }
        }
        revised
    }
}
