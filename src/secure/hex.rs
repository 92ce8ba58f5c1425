//! Bytes as lower-case hexadecimal digits and back: keys in the server's first line, in the key
//! file, and in tests.
//!
//! A digit is found by arithmetic, not in a table: the private key passes through here, and an
//! index that depends on it would show in the cache.

/// The digits of the bytes, two each, lower case.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|value| {
            // 39 further on from `9` stands `a`; the mask is all ones for values above 9.
            let letter = 9u8.wrapping_sub(value) >> 7;
            char::from(b'0' + value + 39 * letter)
        })
        .collect()
}

/// Exactly `N` bytes from `2 * N` lower-case digits; anything else is `None`.
#[must_use]
pub fn decode<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let (pairs, []) = digits.as_chunks::<2>() else {
        return None;
    };
    let pairs: &[[u8; 2]; N] = pairs.try_into().ok()?;
    let mut bad = 0;
    let bytes = pairs.map(|[high, low]| {
        let (high, low) = (digit(high), digit(low));
        bad |= high | low;
        high << 4 | low & 15
    });
    (bad & 0xf0 == 0).then_some(bytes)
}

/// A digit's value, or something above 15.
fn digit(byte: u8) -> u8 {
    let decimal = byte.wrapping_sub(b'0');
    let letter = byte.wrapping_sub(b'a');
    let is_decimal = mask(decimal < 10);
    let is_letter = mask(letter < 6);
    (decimal & is_decimal) | ((letter.wrapping_add(10)) & is_letter) | !(is_decimal | is_letter)
}

fn mask(when: bool) -> u8 {
    u8::from(when).wrapping_neg()
}

/// Test vectors as they stand in the documents they come from: digits, and white space.
#[cfg(test)]
pub(crate) fn fixed<const N: usize>(digits: &str) -> [u8; N] {
    bytes(digits).try_into().unwrap()
}

#[cfg(test)]
pub(crate) fn bytes(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits.bytes().filter(u8::is_ascii_hexdigit).collect();
    let (pairs, []) = digits.as_chunks::<2>() else {
        panic!("half a byte");
    };
    pairs
        .iter()
        .map(|pair| decode::<1>(pair).unwrap()[0])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_comes_back() {
        let all: [u8; 256] = std::array::from_fn(|at| u8::try_from(at).unwrap());
        let digits = encode(&all);
        assert!(digits.starts_with("000102") && digits.ends_with("fdfeff"));
        assert_eq!(decode(digits.as_bytes()), Some(all));
    }

    #[test]
    fn only_the_exact_number_of_lower_case_digits_is_read() {
        assert_eq!(decode::<2>(b"0a1f"), Some([10, 31]));
        for bad in [
            "",
            "0a1",
            "0a1f0",
            "0a1f00",
            "0A1f",
            "0a1g",
            "0a1/",
            "0a1:",
            "0a1`",
            "0a1\u{e9}",
        ] {
            assert_eq!(decode::<2>(bad.as_bytes()), None, "{bad}");
        }
    }
}
