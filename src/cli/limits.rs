//! The options that set a limit of the server, a line each.

use super::args::Args;
use super::failure::Failure;
use crate::server::Limits;
use crate::server::limits::{CONNECTS, REQUESTS};
use std::time::Duration;

/// The option that lifts them; wherever it stands, a limit that is named beside it holds.
const LIFT: &str = "--no-limits";

/// The limits before any option is looked at.
pub(super) fn beginning(args: &[String]) -> Limits {
    match args.iter().any(|arg| arg == LIFT) {
        true => Limits::default().lifted(),
        false => Limits::default(),
    }
}

/// Sets the limit that the option names, to the value that comes next. False where it names none.
///
/// # Errors
/// Where the value makes no sense.
pub(super) fn set(option: &str, limits: &mut Limits, args: &mut Args) -> Result<bool, Failure> {
    match option {
        LIFT => {}
        "--connections" => limits.connections_max = args.value(count)?,
        "--name-deadline" => limits.name_deadline = args.value(seconds)?,
        "--rate" => limits.requests.get_or_insert(REQUESTS).interval = args.value(per_second)?,
        "--burst" => limits.requests.get_or_insert(REQUESTS).burst = args.value(count)?,
        "--connect-rate" => {
            limits.connects.get_or_insert(CONNECTS).interval = args.value(per_second)?;
        }
        "--slow-bytes" => limits.slow_bytes_max = args.value(count)?,
        "--ping-after" => limits.ping_after = args.value(seconds)?,
        "--silence" => limits.silence_max = args.value(seconds)?,
        "--history-events" => limits.history_events_max = args.value(whole)?,
        "--history-bytes" => limits.history_bytes_max = args.value(whole)?,
        "--rooms" => limits.rooms_max = args.value(count)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// What the flags of a transcript set, wherever it is played. They do nothing else: a transcript may come from a
/// stranger, and no option that writes a file or opens a port may stand in it.
///
/// # Errors
/// What is no limit, or makes no sense.
#[cfg(any(feature = "play", test))]
pub fn limits_of(flags: Vec<String>) -> Result<Limits, String> {
    use super::args::Arg;
    let told = |(Failure::Usage(why) | Failure::Failed(why))| {
        format!("flags set limits and nothing else: {why}")
    };
    let mut limits = beginning(&flags);
    let mut args = Args::new(flags);
    while let Some(arg) = args.next().map_err(told)? {
        match &arg {
            Arg::Option(option) if set(option, &mut limits, &mut args).map_err(told)? => {}
            Arg::Option(other) | Arg::Word(other) => {
                return Err(told(Failure::Usage(format!("{other} is no limit"))));
            }
        }
    }
    Ok(limits)
}

/// A number of digits and nothing else.
pub(crate) fn whole<T: std::str::FromStr>(text: &str) -> Result<T, &'static str> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| text.parse().ok()).flatten();
    number.ok_or("a whole number is wanted, as in 200")
}

fn count<T: std::str::FromStr + PartialOrd + From<u8>>(text: &str) -> Result<T, &'static str> {
    let number = whole(text)?;
    if number < T::from(1) {
        return Err("at least 1 is wanted");
    }
    Ok(number)
}

/// A positive number of digits with a point among them or not: no sign, no exponent. So small a one that its inverse
/// is no time is none.
fn decimal(text: &str, wanted: &'static str) -> Result<f64, &'static str> {
    let is_foreign = |c: char| !c.is_ascii_digit() && c != '.';
    let number = text.parse().ok().filter(|_| !text.contains(is_foreign));
    let number = number.filter(|number| (1e-9..=1e9).contains(number));
    number.ok_or(wanted)
}

fn seconds(text: &str) -> Result<Duration, &'static str> {
    decimal(text, "seconds are wanted, as in 60 or 0.5").map(Duration::from_secs_f64)
}

fn per_second(text: &str) -> Result<Duration, &'static str> {
    let times = decimal(text, "how often a second is wanted, as in 5 or 0.5")?;
    Ok(Duration::from_secs_f64(1.0 / times))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::Rate;

    fn requests(limits: &mut Limits) -> &mut Rate {
        limits.requests.get_or_insert(REQUESTS)
    }

    fn read(args: &[&str]) -> Result<Limits, String> {
        limits_of(args.iter().map(|&arg| arg.to_owned()).collect())
    }

    #[track_caller]
    fn refused(option: &str, value: &str, why: &str) {
        let Err(sentence) = read(&[option, value]) else {
            panic!("{option} {value}");
        };
        assert!(
            sentence.contains(&format!(": {option} {value}: {why}")),
            "{sentence}"
        );
    }

    #[track_caller]
    fn limits(args: &[&str], expected: impl FnOnce(&mut Limits)) {
        let row = format!("\n  {} ", args[0]);
        assert!(crate::cli::serve::USAGE.contains(&row), "{args:?}");
        let mut limits = Limits::default();
        expected(&mut limits);
        assert_eq!(read(args).unwrap(), limits, "{args:?}");
    }

    #[test]
    fn every_limit_has_its_option() {
        let half = Duration::from_millis(500);
        limits(&["--connections", "7"], |limits| limits.connections_max = 7);
        limits(&["--name-deadline", "0.5"], |limits| {
            limits.name_deadline = half;
        });
        limits(&["--rate", "2"], |limits| requests(limits).interval = half);
        limits(&["--burst", "9"], |limits| requests(limits).burst = 9);
        limits(&["--connect-rate", "2"], |limits| {
            limits.connects = Some(Rate {
                burst: 100,
                interval: half,
            });
        });
        limits(&["--slow-bytes", "9"], |limits| limits.slow_bytes_max = 9);
        limits(&["--ping-after", ".5"], |limits| limits.ping_after = half);
        limits(&["--silence", "0.5"], |limits| limits.silence_max = half);
        limits(&["--history-events", "0"], |limits| {
            limits.history_events_max = 0;
        });
        limits(&["--history-bytes", "0"], |limits| {
            limits.history_bytes_max = 0;
        });
        limits(&["--rooms", "2"], |limits| limits.rooms_max = 2);
    }

    #[test]
    fn a_limit_that_is_named_holds_without_limits() {
        let lifted = |limits: &mut Limits| *limits = Limits::default().lifted();
        limits(&["--no-limits"], lifted);
        limits(&["--rate", "2", "--no-limits"], |limits| {
            lifted(limits);
            requests(limits).interval = Duration::from_millis(500);
        });
    }

    #[test]
    fn what_is_no_limit_is_none_wherever_it_stands() {
        let others = [
            "--port-file",
            "--listen=0.0.0.0:1",
            "--lan",
            "--key",
            "-h",
            "x",
            "",
        ];
        for other in others {
            for args in [
                &[other][..],
                &["--no-limits", other],
                &["--rooms", "2", other],
            ] {
                let Err(sentence) = read(args) else {
                    panic!("{args:?}");
                };
                assert!(sentence.ends_with(" is no limit"), "{sentence}");
            }
        }
        refused("--rooms", "--lan", "a whole number");
    }

    #[test]
    fn a_limit_is_a_number() {
        refused("--connections", "0", "at least 1");
        for bad in ["-1", "1e3", "", "x", "1.5", "99999999999999999999999"] {
            refused("--burst", bad, "a whole number");
        }
        for bad in ["-1", "0", "1e3", "", ".", "inf", "1.2.3"] {
            refused("--silence", bad, "seconds are wanted");
        }
        for bad in ["0", "0.000000000000000000000000001", "1e-27"] {
            refused("--rate", bad, "how often a second");
            refused("--connect-rate", bad, "how often a second");
        }
    }
}
