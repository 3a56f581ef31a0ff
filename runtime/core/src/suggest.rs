//! Help for names that are not known.

use alloc::{string::String, vec::Vec};

/// The candidate nearest to `name`, if one is near enough to be meant: at most a third of its letters differ. Without the
/// feature `std`: none.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    #[cfg(feature = "std")]
    {
        let name = name.to_lowercase();
        candidates
            .into_iter()
            .map(|candidate| (strsim::damerau_levenshtein(&name, &candidate.to_lowercase()), candidate))
            .filter(|(distance, candidate)| *distance <= (name.len().max(candidate.len()) / 3).max(1))
            .min_by_key(|(distance, _)| *distance)
            .map(|(_, candidate)| candidate)
    }
    #[cfg(not(feature = "std"))]
    {
        let _ = (name, candidates.into_iter());
        None
    }
}

/// "did you mean `x`? valid names: `x`, `y`"
pub(crate) fn help<'a>(name: &str, valid: impl IntoIterator<Item = &'a str> + Clone) -> String {
    let mut help = String::new();
    if let Some(nearest) = nearest(name, valid.clone()) {
        help += &alloc::format!("did you mean `{nearest}`? ");
    }
    let names: Vec<_> = valid.into_iter().map(|n| alloc::format!("`{n}`")).collect();
    help + &if names.is_empty() { "there are none".into() } else { alloc::format!("valid names: {}", names.join(", ")) }
}

/// `a`, `a or b`, `a, b or c`.
pub(crate) fn or_list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => alloc::format!("{} or {last}", rest.join(", ")),
        _ => names.concat(),
    }
}
