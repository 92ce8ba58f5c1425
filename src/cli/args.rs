//! Arguments taken one by one: options, their values, words.

use super::failure::Failure;
use std::collections::VecDeque;
use std::process::ExitCode;

/// A verb: its name, what it is for, its usage, and what it does with the arguments behind it.
pub(crate) type Verb = (
    &'static str,
    &'static str,
    &'static str,
    fn(Vec<String>) -> Result<ExitCode, Failure>,
);

/// A variable of the environment, where it says anything.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The arguments not yet taken.
#[derive(Default)]
pub(crate) struct Args {
    left: VecDeque<String>,
    /// The option whose value may come next.
    option: String,
    /// The value written behind its `=`.
    inline: Option<String>,
    /// After `--` everything is a word.
    only_words: bool,
}

/// One argument.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Arg {
    /// With its dashes.
    Option(String),
    Word(String),
}

impl Args {
    pub(crate) fn new(args: Vec<String>) -> Args {
        Args {
            left: args.into(),
            ..Args::default()
        }
    }

    /// The next argument; `None` at the end.
    ///
    /// # Errors
    /// Where the last option was given a value that it does not take.
    pub(crate) fn next(&mut self) -> Result<Option<Arg>, Failure> {
        if let Some(value) = self.inline.take() {
            let sentence = format!("{} takes no value, not {value}", self.option);
            return Err(Failure::Usage(sentence));
        }
        let Some(arg) = self.left.pop_front() else {
            return Ok(None);
        };
        if self.only_words || !arg.starts_with('-') || arg == "-" {
            return Ok(Some(Arg::Word(arg)));
        }
        if arg == "--" {
            self.only_words = true;
            return self.next();
        }
        let (option, value) = arg.split_once('=').unzip();
        self.inline = value.map(str::to_owned);
        self.option = option.unwrap_or(&arg).to_owned();
        Ok(Some(Arg::Option(self.option.clone())))
    }

    /// The value of the option that was taken last, made into what it means.
    ///
    /// # Errors
    /// Where it is missing, or makes no sense: the option is named.
    pub(crate) fn value<T, E: ToString>(
        &mut self,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, Failure> {
        let option = &self.option;
        let value = self.inline.take().or_else(|| self.left.pop_front());
        let value = value.ok_or_else(|| Failure::Usage(format!("{option} wants a value")))?;
        parse(&value)
            .map_err(|error| Failure::Usage(format!("{option} {value}: {}", error.to_string())))
    }
}

/// An argument that a verb does not know.
pub(crate) fn unknown(arg: &Arg, verb: &str) -> Failure {
    let (Arg::Option(arg) | Arg::Word(arg)) = arg;
    Failure::Usage(format!(
        "{verb} does not take {arg}; {verb} --help lists what it takes"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Result<u8, std::num::ParseIntError> {
        text.parse()
    }

    /// What `--n N` and `--flag` and words give.
    fn taken(args: &[&str]) -> Result<Vec<String>, String> {
        let mut args = Args::new(args.iter().map(|&arg| arg.to_owned()).collect());
        let mut taken = Vec::new();
        let told = |failure| match failure {
            Failure::Usage(sentence) | Failure::Failed(sentence) => sentence,
        };
        while let Some(arg) = args.next().map_err(told)? {
            match arg {
                Arg::Option(option) if option == "--n" => {
                    taken.push(format!("n is {}", args.value(number).map_err(told)?));
                }
                Arg::Option(option) => taken.push(format!("option {option}")),
                Arg::Word(word) => taken.push(format!("word {word}")),
            }
        }
        Ok(taken)
    }

    #[track_caller]
    fn check(args: &[&str], expected: &[&str]) {
        let expected = expected.iter().map(|&text| text.to_owned()).collect();
        assert_eq!(taken(args), Ok(expected));
    }

    #[track_caller]
    fn refused(args: &[&str], expected: &str) {
        let sentence = taken(args).expect_err(expected);
        assert!(sentence.starts_with(expected), "{sentence}");
    }

    #[test]
    fn options_take_their_values_either_way() {
        check(&["--n", "1", "--n=2"], &["n is 1", "n is 2"]);
        check(
            &["a", "--flag", "b"],
            &["word a", "option --flag", "word b"],
        );
        check(
            &["-x", "-", "--", "--n"],
            &["option -x", "word -", "word --n"],
        );
    }

    #[test]
    fn errors_name_the_option() {
        refused(&["--n"], "--n wants a value");
        refused(&["--n", "x"], "--n x: invalid digit");
        refused(&["--n="], "--n : ");
        refused(&["--flag=yes"], "--flag takes no value, not yes");
    }
}
