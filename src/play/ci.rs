//! What is told of a run to CI systems: JUnit's XML, TAP, and annotations on GitHub.
//!
//! As in the report, times are left out (JUnit has an attribute for them), so that the same run reads the same.

use super::piece::visible;
use super::report::{Outcome, Verdict, count, escaped};
use std::fmt::Write as _;

/// The outcomes in the XML that CI systems read, JUnit's.
#[must_use]
pub fn junit(outcomes: &[Outcome]) -> String {
    let (all, failed) = (outcomes.len(), count(outcomes, "FAIL"));
    let skipped = all - failed - count(outcomes, "ok  ") - count(outcomes, "new ");
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"chalktalk play\" tests=\"{all}\" \
         failures=\"{failed}\" errors=\"0\" skipped=\"{skipped}\">\n"
    );
    for outcome in outcomes {
        let what = match &outcome.verdict {
            Verdict::Passed => String::new(),
            Verdict::Skipped(_) | Verdict::Known(_) | Verdict::NotSeen(_) => {
                format!("<skipped message=\"{}\"/>", escaped(&outcome.told().1))
            }
            Verdict::Failed(failure) => {
                let mut titles = outcome.title.lines().chain(failure.expected.lines());
                let title = escaped(titles.next().unwrap_or_default());
                let report = escaped(&outcome.to_string());
                format!("<failure message=\"{title}\">{report}</failure>")
            }
        };
        let case = format!(
            "classname=\"transcripts\" name=\"{}\"",
            escaped(&outcome.file)
        );
        let _ = writeln!(xml, "  <testcase {case}>{what}</testcase>");
    }
    xml + "</testsuite>\n"
}

/// The outcome as a test point of TAP, version 14, the first being number 1.
#[must_use]
pub fn tap(number: usize, outcome: &Outcome) -> String {
    let more = outcome.told().1;
    let (held, behind) = match &outcome.verdict {
        Verdict::Passed => ("ok", String::new()),
        Verdict::Skipped(_) | Verdict::NotSeen(_) => ("ok", format!(" # SKIP {more}")),
        Verdict::Known(_) => ("not ok", format!(" # TODO {more}")),
        Verdict::Failed(_) => {
            let report = outcome.to_string();
            // Its first line is the name once more.
            let lines = report.lines().skip(1).map(|line| format!("\n  {line}"));
            let lines: String = lines.collect();
            ("not ok", format!("\n  ---\n  report: |{lines}\n  ..."))
        }
    };
    let name = outcome.file.replace('\\', "\\\\").replace('#', "\\#");
    format!("{held} {number} - {name}{behind}\n")
}

/// What makes GitHub show a failure beside the line where it happened.
#[must_use]
pub fn annotation(outcome: &Outcome) -> Option<String> {
    let Verdict::Failed(failure) = &outcome.verdict else {
        return None;
    };
    let place = failure.place.as_ref();
    let file = place.map_or(outcome.file.clone(), |place| visible(&*place.file));
    let line = place.map_or(1, |place| place.line);
    let data = |text: &str| {
        let text = text.replace('%', "%25").replace('\r', "%0D");
        text.replace('\n', "%0A")
    };
    let file = data(&file).replace(':', "%3A").replace(',', "%2C");
    let what = format!(
        "{}\nexpected  {}\nbut came  {}",
        outcome.title, failure.expected, failure.got
    );
    Some(format!(
        "::error file={file},line={line}::{}\n",
        data(what.trim_start())
    ))
}

/// A report that holds no command to GitHub's runner, which obeys what it finds in the output, and so what a server
/// under test has said. It still reads as the same bytes.
#[must_use]
pub fn without_commands(report: &str) -> String {
    let inert = |line: &str| match line.trim_start().starts_with("::") {
        true => line.replacen("::", "\\x3a:", 1),
        false => line.to_owned(),
    };
    let lines: String = report.split_inclusive('\n').map(inert).collect();
    lines.replace("##[", "#\\x23[")
}

#[cfg(test)]
mod tests {
    use super::{annotation, tap, without_commands};
    use crate::play::report::{Failure, Outcome, Verdict};
    use crate::play::script::Location;

    fn outcome(verdict: Verdict) -> Outcome {
        Outcome {
            file: r"a#\\.chat".to_owned(),
            title: "Why.".to_owned(),
            verdict,
            times: (1, 0),
            rewritten: Vec::new(),
        }
    }

    fn failed() -> Verdict {
        let place = Location {
            file: "a,b:c%.chat".into(),
            line: 7,
        };
        Verdict::Failed(Failure::new(
            Some(&place),
            "a\nb".to_owned(),
            "100%\r".to_owned(),
        ))
    }

    #[test]
    fn points_of_tap_say_what_is_to_be_thought_of_them() {
        let name = r"- a\#\\\\.chat";
        for (verdict, point) in [
            (Verdict::Passed, format!("ok 1 {name}\n")),
            (
                Verdict::Skipped("why".to_owned()),
                format!("ok 1 {name} # SKIP why\n"),
            ),
            (
                Verdict::NotSeen(1),
                format!("ok 1 {name} # SKIP not seen in 1 round\n"),
            ),
            (
                Verdict::Known("why".to_owned()),
                format!("not ok 1 {name} # TODO known to fail: why\n"),
            ),
        ] {
            assert_eq!(tap(1, &outcome(verdict)), point);
        }
        let failed = tap(1, &outcome(failed()));
        let report = "  ---\n  report: |\n    Why.\n    at a,b:c%.chat:7\n    expected  a\n              b\n";
        assert!(
            failed.starts_with(&format!("not ok 1 {name}\n{report}")),
            "{failed}"
        );
        assert!(failed.ends_with("\n  ...\n"), "{failed}");
    }

    #[test]
    fn an_annotation_is_one_line_whatever_stands_in_it() {
        let expected =
            "::error file=a%2Cb%3Ac%25.chat,line=7::Why.%0Aexpected  a%0Ab%0Abut came  100%25%0D\n";
        assert_eq!(annotation(&outcome(failed())).as_deref(), Some(expected));
        assert_eq!(annotation(&outcome(Verdict::Passed)), None);
    }

    #[test]
    fn what_a_server_says_is_no_command_to_the_runner() {
        let report = "FAIL  a::b\n    ::stop-commands::x\n  but came  ##[set-env name=A]b\n";
        let inert = "FAIL  a::b\n    \\x3a:stop-commands::x\n  but came  #\\x23[set-env name=A]b\n";
        assert_eq!(without_commands(report), inert);
    }
}
