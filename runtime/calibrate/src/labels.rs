//! Labels that are not words.

/// Nobody speaks.
pub const SILENCE: &str = "silence";
/// Another word than those that are listened for.
pub const UNKNOWN: &str = "unknown";
/// Recordings of noise, from which samples can be mixed into others.
pub(crate) const NOISE: &str = "noise";

/// A label as it is written here: the data set Speech Commands sets some in underscores.
pub(crate) fn canonical(label: &str) -> &str {
    match label {
        "_silence_" => SILENCE,
        "_unknown_" => UNKNOWN,
        "_background_noise_" => NOISE,
        label => label,
    }
}

/// Whether the label is a word that is listened for.
pub fn is_word(label: &str) -> bool {
    !matches!(canonical(label), SILENCE | UNKNOWN | NOISE)
}
