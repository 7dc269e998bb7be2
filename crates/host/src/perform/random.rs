//! Random characters, drawn evenly and sealed at once.

use cutover_engine::effect::{Call, EffectError, Reply};
use cutover_engine::host::Secrets;
use cutover_engine::keep::place_of;

use crate::local::Inner;
use crate::perform::not_sent;
use crate::private::fill_random;

/// The longest value that is drawn.
const LENGTH_LIMIT: usize = 4096;
/// A draw is one byte: more characters than that cannot be told apart.
const ALPHABET_LIMIT: usize = 256;

/// Draws characters and seals them.
pub(crate) fn perform(
    inner: &Inner,
    call: &Call,
    length: usize,
    alphabet: &str,
) -> Result<Reply, EffectError> {
    let alphabet: Vec<char> = alphabet.chars().collect();
    if alphabet.is_empty() || alphabet.len() > ALPHABET_LIMIT || length > LENGTH_LIMIT {
        return Err(not_sent(format!(
            "cannot draw {length} of {} characters (at most {LENGTH_LIMIT} of {ALPHABET_LIMIT})",
            alphabet.len()
        )));
    }
    let drawn = draw(length, &alphabet);
    let origin = format!("{}.value", place_of(&call.step));
    Ok(Reply::Secret(inner.secrets.seal(&origin, drawn)))
}

/// Draws evenly: bytes beyond the last whole multiple of the alphabet are thrown away.
fn draw(length: usize, alphabet: &[char]) -> String {
    let even = ALPHABET_LIMIT - ALPHABET_LIMIT % alphabet.len();
    let mut drawn = String::with_capacity(length * 4);
    let mut buffer = zeroize::Zeroizing::new([0_u8; 64]);
    let mut count = 0;
    while count < length {
        fill_random(buffer.as_mut_slice());
        for byte in buffer.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < even) {
            if count == length {
                break;
            }
            drawn.push(alphabet[byte % alphabet.len()]);
            count += 1;
        }
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_comes_about_equally_often() {
        let alphabet: Vec<char> = ('a'..='z').collect();
        let drawn = draw(26_000, &alphabet);
        for letter in &alphabet {
            let count = drawn.chars().filter(|c| c == letter).count();
            assert!((800..1200).contains(&count), "{letter}: {count}");
        }
    }

    #[test]
    fn the_length_is_counted_in_characters() {
        assert_eq!(draw(40, &['ä']).chars().count(), 40);
        assert_eq!(draw(0, &['x']), "");
    }
}
