//! Reading further up: moves through the log by rows, whatever is added to it meanwhile.
//!
//! What is seen hangs on its lowest row, which is of a certain entry. So new messages push
//! nothing away, and after a change of the screen's width the same message is still there.

use super::layout::Layout;
use super::model::{Model, Reading, Scroll, Seq};
use super::rows::{folds, rows};
use super::wrap::{Pane, Row};
use std::cmp::{Reverse, max_by_key};

/// A row of the log: the entry's place, and how many of its rows are below.
#[derive(Clone, Copy)]
struct Spot {
    index: usize,
    below: usize,
}

/// The log on a screen: its heights, asked for as far as one walks.
struct Walk<'a> {
    reading: &'a Reading,
    pane: Pane,
    page_rows: usize,
}

impl<'a> Walk<'a> {
    fn of(reading: &'a Reading, layout: &Layout) -> Self {
        Self {
            reading,
            pane: layout.pane,
            page_rows: layout.page_rows(),
        }
    }

    fn height(&self, index: usize) -> usize {
        rows(self.reading, index, self.pane).len()
    }

    fn spot(&self, scroll: Scroll) -> Option<Spot> {
        let newest = self.reading.log.len().checked_sub(1)?;
        let (index, below) = match scroll {
            Scroll::Bottom => (newest, 0),
            Scroll::At { seq, below } => {
                let index = self.reading.log.index_of(seq).min(newest);
                (index, below.min(self.height(index).saturating_sub(1)))
            }
        };
        Some(Spot { index, below })
    }

    fn scroll(&self, spot: Option<Spot>) -> Scroll {
        let newest = self.reading.log.len().saturating_sub(1);
        let spot = spot.filter(|spot| spot.index < newest || spot.below > 0);
        let at = |Spot { index, below }| {
            let seq = self.reading.log.get(index)?.seq;
            Some(Scroll::At { seq, below })
        };
        spot.and_then(at).unwrap_or_default()
    }

    /// So many rows further up, or the topmost.
    fn up(&self, mut spot: Spot, rows: usize) -> Spot {
        spot.below += rows;
        let mut height = self.height(spot.index);
        while spot.below >= height && spot.index > 0 {
            spot.below -= height;
            spot.index -= 1;
            height = self.height(spot.index);
        }
        spot.below = spot.below.min(height.saturating_sub(1));
        spot
    }

    /// So many rows further down, or the lowest.
    fn down(&self, mut spot: Spot, mut rows: usize) -> Spot {
        while rows > spot.below && spot.index + 1 < self.reading.log.len() {
            rows -= spot.below + 1;
            spot.index += 1;
            spot.below = self.height(spot.index).saturating_sub(1);
        }
        spot.below = spot.below.saturating_sub(rows);
        spot
    }

    /// The lowest place from which a whole page is seen, at the beginning of the log.
    fn first_page(&self) -> Option<Spot> {
        let below = self.height(0).checked_sub(1)?;
        let top = Spot { index: 0, below };
        Some(self.down(top, self.page_rows - 1))
    }

    fn rows_of(&self, step: Step) -> usize {
        match step {
            Step::Row => 1,
            Step::Page | Step::End => self.page_rows.max(2) - 1,
        }
    }
}

/// How far a key goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Row,
    Page,
    End,
}

/// Reads further up.
pub(crate) fn up(model: &mut Model, step: Step) {
    walk(model, model.reading.scroll, |walk, spot| {
        let first = walk.first_page()?;
        let above = match step {
            Step::End => first,
            _ => walk.up(spot, walk.rows_of(step)),
        };
        let depth = |spot: &Spot| (spot.index, Reverse(spot.below));
        Some(max_by_key(above, first, depth))
    });
}

/// Reads further down.
pub(crate) fn down(model: &mut Model, step: Step) {
    walk(model, model.reading.scroll, |walk, spot| match step {
        Step::End => None,
        _ => Some(walk.down(spot, walk.rows_of(step))),
    });
}

/// Goes to an entry, and shows a little of what is above it; of a long one the beginning.
pub(crate) fn to(model: &mut Model, seq: Seq) {
    model.reading.pointed = Some(seq);
    walk(model, Scroll::At { seq, below: 0 }, |walk, spot| {
        let (page, height) = (walk.page_rows, walk.height(spot.index));
        let spare = page.saturating_sub(height + page / 4);
        let below = height.saturating_sub(page);
        Some(walk.down(Spot { below, ..spot }, spare))
    });
}

/// Opens the long message that was jumped to, or the lowest one from where one reads, or folds it again; false if there
/// is none near.
pub(crate) fn open(model: &mut Model) -> bool {
    let layout = Layout::of(&model.window, &model.input);
    let reading = &mut model.reading;
    let from = match reading.pointed {
        Some(seq) => Scroll::At { seq, below: 0 },
        None => reading.scroll,
    };
    let lowest = Walk::of(reading, &layout).spot(from);
    let upwards = (0..lowest.map_or(0, |spot| spot.index + 1)).rev();
    let mut near = upwards.take(layout.log.len());
    let long = near.find(|index| folds(reading, *index, layout.pane));
    let Some(seq) = long.and_then(|index| Some(reading.log.get(index)?.seq)) else {
        return false;
    };
    reading.opened = (reading.opened != Some(seq)).then_some(seq);
    to(model, seq);
    true
}

/// Goes from a place to where that leads, or to the newest.
fn walk(model: &mut Model, from: Scroll, to: impl Fn(&Walk<'_>, Spot) -> Option<Spot>) {
    let layout = Layout::of(&model.window, &model.input);
    let walk = Walk::of(&model.reading, &layout);
    let target = walk.spot(from).and_then(|spot| to(&walk, spot));
    model.reading.scroll = walk.scroll(target);
}

/// Goes to the oldest where what was seen has been dropped from the log.
pub(crate) fn settle(model: &mut Model) {
    let reading = &model.reading;
    if let Scroll::At { seq, .. } = reading.scroll
        && reading.log.get(0).is_some_and(|oldest| seq < oldest.seq)
    {
        up(model, Step::End);
    }
}

/// The rows that are seen from a place in the log upwards, lowest last, at most so many.
pub(crate) fn rows_above(
    reading: &Reading,
    layout: &Layout,
    scroll: Scroll,
    most: usize,
) -> Vec<Row> {
    let Some(spot) = Walk::of(reading, layout).spot(scroll) else {
        return Vec::new();
    };
    let of_entry = |index| rows(reading, index, layout.pane).into_iter().rev();
    let upwards = (0..=spot.index).rev().flat_map(of_entry);
    let mut seen: Vec<Row> = upwards.skip(spot.below).take(most).collect();
    seen.reverse();
    seen
}
