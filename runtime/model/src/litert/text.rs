//! Tensors of text as TensorFlow Lite lays them out: the number of texts, where each begins and the last ends, and their
//! bytes; numbers are of 32 bits in the machine's order, places are counted from the first byte.

use runeblocks_core::Text;

/// Bytes of a number.
const NUMBER: usize = size_of::<i32>();

/// Lays texts out in `bytes`, in place of what was there.
///
/// # Errors
///
/// When they take more bytes than 32 bits can count.
pub(super) fn pack<'a>(texts: impl Iterator<Item = &'a Text> + Clone, bytes: &mut Vec<u8>) -> Result<(), String> {
    let number = |n: usize| {
        let number =
            i32::try_from(n).map_err(|_| format!("its texts take {n} bytes, expected at most {}", i32::MAX))?;
        Ok::<_, String>(number.to_ne_bytes())
    };
    let count = texts.clone().count();
    bytes.clear();
    bytes.extend(number(count)?);
    let mut place = NUMBER * (count + 2);
    bytes.extend(number(place)?);
    for text in texts.clone() {
        place += text.len();
        bytes.extend(number(place)?);
    }
    texts.for_each(|text| bytes.extend_from_slice(text.as_bytes()));
    Ok(())
}

/// Reads the texts of a tensor.
///
/// # Errors
///
/// When the bytes are not as described above, or not UTF-8.
pub(super) fn unpack(bytes: &[u8]) -> Result<impl ExactSizeIterator<Item = Result<&str, String>>, String> {
    let damaged = || format!("a tensor of text is not laid out as one ({} bytes)", bytes.len());
    let number = move |index: usize| {
        let (number, _) = bytes.get(NUMBER * index..)?.split_first_chunk()?;
        usize::try_from(i32::from_ne_bytes(*number)).ok()
    };
    let count = number(0).filter(|&count| count <= bytes.len() / NUMBER).ok_or_else(damaged)?;
    Ok((0..count).map(move |index| {
        let place = number(index + 1).zip(number(index + 2));
        let text = place.and_then(|(start, end)| bytes.get(start..end)).ok_or_else(damaged)?;
        str::from_utf8(text).map_err(|error| format!("text {index} of a tensor is not UTF-8: {error}"))
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use super::*;

    fn packed(texts: &[&str]) -> Vec<u8> {
        let texts: Vec<Text> = texts.iter().map(|&text| text.into()).collect();
        let mut bytes = vec![9];
        pack(texts.iter(), &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn the_layout_is_the_documented_one() {
        let numbers = [2_i32, 16, 17, 19].iter().flat_map(|number| number.to_ne_bytes());
        assert_eq!(packed(&["a", "bc"]), numbers.chain(*b"abc").collect::<Vec<u8>>());
    }

    #[test]
    fn texts_come_back() {
        for texts in [&[][..], &[""], &["yes", "", "grüß"]] {
            let bytes = packed(texts);
            assert_eq!(unpack(&bytes).unwrap().collect::<Result<Vec<_>, _>>().unwrap(), texts);
        }
    }

    #[test]
    fn damage_is_an_error() {
        let whole = packed(&["yes", "no"]);
        for end in 0..whole.len() {
            let read = unpack(&whole[..end])
                .and_then(|texts| texts.map(|text| text.map(str::len)).collect::<Result<Vec<_>, _>>());
            assert!(read.is_err(), "{end}");
        }
        for place in 0..whole.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[place] = value;
                let _ = unpack(&bytes).map(|texts| texts.for_each(drop));
            }
        }
    }
}
