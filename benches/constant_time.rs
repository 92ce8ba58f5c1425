//! Whether time tells secrets: the scalar multiplication and the comparison of tags.
//!
//! After the method of Reparaz, Balasch and Verbauwhede ("Dude, is my code constant time?", DATE
//! 2017): the same thing is timed for two classes of input, in random order, and Welch's t-test
//! says whether the two sets of times could be of one distribution. A t beyond 4.5 either way is
//! a leak to look for, beyond 10 one that is there. A test on one machine proves no absence; a
//! comparison that is known to leak runs along, to show that a leak would be seen.
//!
//! To be run by hand, on a quiet machine: it asserts nothing, because time cannot be asserted.
//! `cargo bench --manifest-path tests/Cargo.toml --bench constant_time`

use std::hint::black_box;
use std::io::{self, Write as _};
use std::time::Instant;

use chalktalk::secure::{PrivateKey, PublicKey, aead};

/// Of all times, the share that is looked at: the longest are the system's, not the code's.
const KEPT_PERCENT: usize = 90;

/// Numbers that are only to look random: which class comes next, and what is in it.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.next().to_be_bytes()[0])
    }
}

/// The two classes: one input over and over, and others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Fixed,
    Varied,
}

/// Times the same thing for both classes, and says what t comes out.
fn measure<T>(
    what: &str,
    times: usize,
    mut input: impl FnMut(Class, &mut Numbers) -> T,
    mut run: impl FnMut(&T),
) {
    let mut numbers = Numbers(0x2425_5242_5524_2552);
    let inputs: Vec<(Class, T)> = (0..times)
        .map(|_| {
            let class = if numbers.next() & 1 == 0 {
                Class::Fixed
            } else {
                Class::Varied
            };
            (class, input(class, &mut numbers))
        })
        .collect();
    let mut spent: Vec<(Class, u128)> = inputs
        .iter()
        .map(|(class, input)| {
            let start = Instant::now();
            run(black_box(input));
            (*class, start.elapsed().as_nanos())
        })
        .collect();
    spent.sort_by_key(|(_, nanos)| *nanos);
    let median = spent[times / 2].1;
    let all = t(&spent);
    spent.truncate(times * KEPT_PERCENT / 100);
    let kept = t(&spent);
    let line =
        format!("{what:52} {times:8} times, median {median:6} ns, t {kept:7.2} (uncut {all:7.2})");
    let _ = writeln!(io::stdout(), "{line}");
}

/// Welch's t of the two classes.
fn t(spent: &[(Class, u128)]) -> f64 {
    let statistics = |wanted| {
        let of_class = spent.iter().filter(|(class, _)| *class == wanted);
        let values: Vec<f64> = of_class.map(|(_, nanos)| *nanos as f64).collect();
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        (mean, squares / (count - 1.0) / count)
    };
    let ((fixed, fixed_error), (varied, varied_error)) =
        (statistics(Class::Fixed), statistics(Class::Varied));
    (fixed - varied) / (fixed_error + varied_error).sqrt()
}

fn main() {
    let point = PublicKey::from_bytes({
        let mut base = [0; 32];
        base[0] = 9;
        base
    });
    let multiply = |key: &PrivateKey| {
        black_box(key.shared(&point));
    };
    let scalar = |zeros: [u8; 32]| {
        move |class, numbers: &mut Numbers| {
            // Both classes draw, so that drawing costs both the same.
            let varied = numbers.bytes();
            PrivateKey::from_bytes(if class == Class::Fixed { zeros } else { varied })
        }
    };
    measure(
        "multiplication: a scalar of zeros, others",
        200_000,
        scalar([0; 32]),
        multiply,
    );
    measure(
        "multiplication: a scalar of ones, others",
        200_000,
        scalar([0xff; 32]),
        multiply,
    );

    let right = [0x5a_u8; 16];
    let tag = |class, numbers: &mut Numbers| {
        let varied = numbers.bytes();
        if class == Class::Fixed { right } else { varied }
    };
    // A comparison is shorter than a tick of the clock, so many are timed together.
    let many = |compare: fn(&[u8; 16], &[u8; 16]) -> bool| {
        move |tag: &[u8; 16]| {
            for _ in 0..64 {
                black_box(compare(black_box(tag), black_box(&right)));
            }
        }
    };
    measure(
        "comparison: the right tag, others",
        1_000_000,
        tag,
        many(aead::same),
    );
    measure("one that leaks, for control", 1_000_000, tag, many(leaks));

    let (key, nonce) = ([1; 32], [2; 12]);
    let mut text = vec![0; 64];
    let expected = aead::seal(&key, &nonce, &[], &mut text);
    let wrong = |class, numbers: &mut Numbers| {
        let mut tag = expected;
        let at = if class == Class::Fixed { 0 } else { 15 };
        tag[at] ^= numbers.bytes::<1>()[0] | 1;
        tag
    };
    measure(
        "opening: wrong in the first byte, in the last",
        500_000,
        wrong,
        |tag| {
            let mut text = text.clone();
            black_box(aead::open(&key, &nonce, &[], &mut text, tag)).unwrap_err();
        },
    );
}

/// Stops at the first difference.
fn leaks(left: &[u8; 16], right: &[u8; 16]) -> bool {
    left.iter()
        .zip(right)
        .all(|(left, right)| black_box(left) == black_box(right))
}
