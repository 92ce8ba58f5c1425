//! A list that each thread shall have: the compiler refuses it.
use std::thread;

fn main() {
    let mut people = Vec::new();
    for name in ["anna", "ben"] {
        thread::spawn(move || people.push(name));
    }
}
