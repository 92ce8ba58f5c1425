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

    /// Takes the lines of a set, each as the pattern says that it fits. One that fits none is the pattern of one that has
    /// none from then on, if that is asked for.
    pub(super) fn takes_set(&mut self, patterns: &[Text], lines: &[Vec<u8>]) {
        let assigned = assign(patterns, lines, &self.vars);
        let others = lines.iter().enumerate();
        let mut others = others.filter(|(line, _)| !assigned.contains(&Some(*line)));
        for (index, (pattern, line)) in patterns.iter().zip(&assigned).enumerate() {
            if let Some(line) = line.and_then(|line| lines.get(line)) {
                self.fits(line, pattern);
            } else if let Some((_, line)) = others.next() {
                self.revises(pattern, index + 1, line);
            }
        }
    }
}
