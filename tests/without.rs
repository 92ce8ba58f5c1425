//! The last of the tests, by its name: says once more what was not tested on this machine, for further up it is
//! overlooked. Not a failure: each says what it wants, and a machine may do without.
#![forbid(unsafe_code)]

use chalktalk_tests::skipped;

fn main() {
    let all = skipped::take().expect("the list of what was skipped can be read");
    if all.is_empty() {
        println!("\nNothing was skipped.");
    }
    for why in all {
        println!("\n!!! SKIPPED: {why} !!!");
    }
}
