//! The hub by stories: what people send stands beside what each of them gets, as it would stand on the wire.

mod house;

mod asked;
mod coming;
mod faults;
mod history;
mod liveness;
mod names;
mod operator;
mod presence;
mod rate;
mod unnamed;
