//! Numbers on the wire: decimal, no sign, no leading zero, within a `u64`. `str::parse` takes `+1` and `01`.

/// Reads a number; `None` where it breaks the grammar or does not fit.
pub(super) fn parse(text: &str) -> Option<u64> {
    let padded = text.len() > 1 && text.starts_with('0');
    if padded || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// Appends a number. Half the cost of `write!`, and an event line has two.
pub(super) fn push(number: u64, out: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_for_each_number() {
        for number in [0, 1, 9, 10, 99, 100, u64::MAX - 1, u64::MAX] {
            let mut out = Vec::new();
            push(number, &mut out);
            assert_eq!(out, number.to_string().into_bytes());
            assert_eq!(parse(&number.to_string()), Some(number));
        }
        for bad in [
            "",
            "+1",
            "-1",
            "01",
            "00",
            "1 ",
            "٣",
            "18446744073709551616",
            "1e3",
            &"9".repeat(400),
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
