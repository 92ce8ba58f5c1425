//! What a server uses, as Linux tells it in `/proc`; elsewhere nothing is told.
//!
//! The most memory it has ever had is read, and not what it has now: a run that looked every 50 ms missed a peak of
//! many megabytes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What some processes use, all together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// The most memory they ever had, each of them (`VmHWM`).
    pub memory_bytes: u64,
    /// How many descriptors they have open.
    pub descriptors: u64,
}

impl Usage {
    /// Of this process group, and of all that it has started.
    #[must_use]
    pub fn of_group(group: u32) -> Option<Usage> {
        let all: Vec<[u32; 3]> = fs::read_dir("/proc")
            .ok()?
            .filter_map(|entry| process(entry.ok()?.file_name().to_str()?))
            .collect();
        let mut tree = BTreeSet::new();
        let mut before = None;
        while before.replace(tree.len()) != Some(tree.len()) {
            let of_tree = |[_, parent, of]: &&[u32; 3]| *of == group || tree.contains(parent);
            let found: Vec<u32> = all.iter().filter(of_tree).map(|[id, ..]| *id).collect();
            tree.extend(found);
        }
        let sum = |of: fn(&u32) -> Option<u64>| -> u64 { tree.iter().filter_map(of).sum() };
        (!tree.is_empty()).then(|| Usage {
            memory_bytes: sum(|id| kib(format!("/proc/{id}"), "VmHWM:")) * 1024,
            descriptors: sum(descriptors),
        })
    }

    /// What of it is more than that.
    #[must_use]
    pub fn beyond(self, that: Usage) -> Usage {
        Usage {
            memory_bytes: self.memory_bytes.saturating_sub(that.memory_bytes),
            descriptors: self.descriptors.saturating_sub(that.descriptors),
        }
    }
}

/// The number of a process, its parent's, and its group's.
fn process(id: &str) -> Option<[u32; 3]> {
    let id: u32 = id.parse().ok()?;
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // A name may hold spaces and parentheses: what comes behind the last one is numbers.
    let mut behind = stat.rsplit_once(')')?.1.split_whitespace().skip(1);
    let mut number = || behind.next()?.parse().ok();
    Some([id, number()?, number()?])
}

/// What the status of a process, or of a thread of it, says of its memory under this name.
pub(super) fn kib(at: impl AsRef<Path>, name: &str) -> Option<u64> {
    let status = fs::read_to_string(at.as_ref().join("status")).ok()?;
    let (_, rest) = status.split_once(name)?;
    rest.split_whitespace().next()?.parse().ok()
}

fn descriptors(id: &u32) -> Option<u64> {
    let open = fs::read_dir(format!("/proc/{id}/fd")).ok()?;
    u64::try_from(open.count()).ok()
}
