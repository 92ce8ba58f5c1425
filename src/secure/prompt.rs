//! stub
use super::places::Places;
use super::trust::{Pin, Question};
use std::io::{self, BufRead, Write};
/// stub
pub fn ask(
    _q: &Question,
    _here: &Places,
    _i: &mut impl BufRead,
    _o: &mut impl Write,
) -> io::Result<Option<Pin>> {
    Ok(None)
}
