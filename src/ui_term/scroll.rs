//! Reading further up: moves through the log by rows, whatever is added to it meanwhile.
//!
//! What is seen hangs on its lowest row, which is of a certain entry. So new messages push
//! nothing away, and after a change of the screen's width the same message is still there.

use super::layout::Layout;
use super::model::{Model, Scroll, Seq};
use super::rows::{LogRow, rows};
use super::typing::Typing;
use std::cmp::Reverse;

/// A row of the log: the entry's place, and how many of its rows are below.
#[derive(Debug, Clone, Copy)]
struct Spot {
    index: usize,
    below: usize,
}

impl Spot {
    fn or_lower(self, other: Self) -> Self {
        std::cmp::max_by_key(self, other, |spot| (spot.index, Reverse(spot.below)))
    }
}

/// The log on a screen: its heights, asked for as far as one walks.
struct Walk<'a> {
    model: &'a Model,
    layout: &'a Layout,
}

impl Walk<'_> {
    fn height(&self, index: usize) -> usize {
        rows(self.model, index, self.layout.width).len()
    }

    fn spot(&self, scroll: Scroll) -> Option<Spot> {
        let newest = self.model.log.len().checked_sub(1)?;
        Some(match scroll {
            Scroll::Bottom => Spot {
                index: newest,
                below: 0,
            },
            Scroll::At { seq, below } => {
                let index = self.model.log.index_of(seq).min(newest);
                Spot {
                    index,
                    below: below.min(self.height(index).saturating_sub(1)),
                }
            }
        })
    }

    fn scroll(&self, spot: Spot) -> Scroll {
        let is_newest = spot.index + 1 >= self.model.log.len();
        match self.model.log.get(spot.index) {
            Some(entry) if !is_newest || spot.below > 0 => Scroll::At {
                seq: entry.seq,
                below: spot.below,
            },
            _ => Scroll::Bottom,
        }
    }

    /// So many rows further up, or the topmost.
    fn up(&self, mut spot: Spot, rows: usize) -> Spot {
        spot.below += rows;
        loop {
            let height = self.height(spot.index);
            if spot.below < height {
                return spot;
            }
            if spot.index == 0 {
                spot.below = height.saturating_sub(1);
                return spot;
            }
            spot.below -= height;
            spot.index -= 1;
        }
    }

    /// So many rows further down, or the lowest.
    fn down(&self, mut spot: Spot, mut rows: usize) -> Spot {
        while rows > spot.below {
            if spot.index + 1 >= self.model.log.len() {
                spot.below = 0;
                return spot;
            }
            rows -= spot.below + 1;
            spot.index += 1;
            spot.below = self.height(spot.index).saturating_sub(1);
        }
        spot.below -= rows;
        spot
    }

    /// The lowest place from which a whole page is seen, at the beginning of the log.
    fn first_page(&self) -> Option<Spot> {
        let height = self.height(0);
        let top = Spot {
            index: 0,
            below: height.checked_sub(1)?,
        };
        Some(self.down(top, self.layout.page_rows() - 1))
    }
}

fn with_walk<T>(model: &Model, act: impl FnOnce(&Walk<'_>) -> T) -> T {
    let typing = Typing::of(&model.editor, "> ", model.size.columns);
    let layout = Layout::of(model, model.size, &typing);
    act(&Walk {
        model,
        layout: &layout,
    })
}

/// How far one may go at once.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    Row,
    Page,
    End,
}

/// Reads further up.
pub(crate) fn up(model: &mut Model, step: Step) {
    model.scroll = with_walk(model, |walk| {
        let page = walk.layout.page_rows();
        let target = match (step, walk.spot(model.scroll), walk.first_page()) {
            (Step::End, _, Some(first)) => first,
            (Step::Row, Some(spot), Some(first)) => walk.up(spot, 1).or_lower(first),
            (_, Some(spot), Some(first)) => walk.up(spot, page.max(2) - 1).or_lower(first),
            _ => return Scroll::Bottom,
        };
        walk.scroll(target)
    });
}

/// Reads further down.
pub(crate) fn down(model: &mut Model, step: Step) {
    model.scroll = with_walk(model, |walk| {
        let rows = match step {
            Step::End => return Scroll::Bottom,
            Step::Row => 1,
            Step::Page => walk.layout.page_rows().max(2) - 1,
        };
        walk.spot(model.scroll)
            .map_or(Scroll::Bottom, |spot| walk.scroll(walk.down(spot, rows)))
    });
}

/// Goes to an entry, and shows a little of what is above it.
pub(crate) fn to(model: &mut Model, seq: Seq) {
    model.pointed = Some(seq);
    model.scroll = with_walk(model, |walk| {
        let Some(spot) = walk.spot(Scroll::At { seq, below: 0 }) else {
            return Scroll::Bottom;
        };
        let page = walk.layout.page_rows();
        let height = walk.height(spot.index);
        let spare = page.saturating_sub(height + page / 4);
        walk.scroll(walk.down(spot, spare))
    });
}

/// Forgets what no longer is: called after every change of the log or the screen.
pub(crate) fn settle(model: &mut Model) {
    if let Scroll::At { seq, .. } = model.scroll
        && model.log.get(0).is_some_and(|oldest| seq < oldest.seq)
    {
        up(model, Step::End);
    }
}

/// The rows that are seen from a place in the log upwards, lowest last, at most so many.
pub(crate) fn rows_above(
    model: &Model,
    layout: &Layout,
    scroll: Scroll,
    most: usize,
) -> Vec<LogRow> {
    let walk = Walk { model, layout };
    let Some(spot) = walk.spot(scroll) else {
        return Vec::new();
    };
    let mut seen = Vec::new();
    let mut below = spot.below;
    for index in (0..=spot.index).rev() {
        let mut rows = rows(model, index, layout.width);
        rows.truncate(rows.len() - below.min(rows.len()));
        below = 0;
        while seen.len() < most
            && let Some(row) = rows.pop()
        {
            seen.push(row);
        }
        if seen.len() == most {
            break;
        }
    }
    seen.reverse();
    seen
}

/// Entries below what is seen.
pub(crate) fn entries_below(model: &Model) -> usize {
    match model.scroll {
        Scroll::Bottom => 0,
        Scroll::At { seq, .. } => model.log.len().saturating_sub(model.log.index_of(seq) + 1),
    }
}
