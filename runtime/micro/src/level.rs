//! Which form of a kernel runs.

use alloc::format;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use runeblocks_core::{BlockError, nearest};

/// The form of a kernel. All of them give the same bits.
///
/// The order is that of preference: the highest that is [available](Self::is_available) is the one to
/// [choose](Self::choose).
///
/// ```
/// use runeblocks_micro::Level;
///
/// assert!(Level::Plain < Level::Scalar && Level::Scalar < Level::Avx2);
/// assert!(Level::choose()?.is_available());
/// # Ok::<(), runeblocks_core::BlockError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The specification: each stage as it is defined, one value at a time. Every other level is held to it.
    Plain,
    /// Portable and fast: no instructions but those that the target has anyway.
    Scalar,
    /// NEON of 64-bit Arm.
    Neon,
    /// SSE4.1 of x86-64.
    Sse41,
    /// AVX2 and FMA of x86-64.
    Avx2,
    /// AVX-512 VNNI of x86-64, with the parts F, BW and VL.
    Vnni,
}

/// The environment variable that caps the level.
pub const LEVEL_VARIABLE: &str = "RUNEBLOCKS_SIMD";

impl Level {
    /// Every level, lowest first.
    pub const ALL: [Level; 6] = [Level::Plain, Level::Scalar, Level::Neon, Level::Sse41, Level::Avx2, Level::Vnni];

    /// The name by which it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Level::Plain => "plain",
            Level::Scalar => "scalar",
            Level::Neon => "neon",
            Level::Sse41 => "sse4.1",
            Level::Avx2 => "avx2",
            Level::Vnni => "vnni",
        }
    }

    /// Whether this machine can run it. Without the feature `std`, whether the target always can.
    #[must_use]
    pub fn is_available(self) -> bool {
        /// Whether each of the features is there, by the names of the target's features.
        macro_rules! has {
            ($($feature:tt),*) => {{
                #[cfg(all(feature = "std", target_arch = "x86_64"))]
                let has = $(std::arch::is_x86_feature_detected!($feature))&&*;
                #[cfg(not(all(feature = "std", target_arch = "x86_64")))]
                let has = cfg!(all(target_arch = "x86_64", $(target_feature = $feature),*));
                has
            }};
        }
        match self {
            Level::Plain | Level::Scalar => true,
            Level::Neon => cfg!(all(target_arch = "aarch64", target_feature = "neon")),
            Level::Sse41 => has!("sse4.1"),
            Level::Avx2 => has!("avx2", "fma"),
            Level::Vnni => has!("avx2", "fma", "avx512f", "avx512bw", "avx512vl", "avx512vnni"),
        }
    }

    /// The levels that this machine can run, lowest first.
    pub fn available() -> impl DoubleEndedIterator<Item = Level> {
        Self::ALL.into_iter().filter(|level| level.is_available())
    }

    /// Says that this machine can run it.
    ///
    /// # Errors
    ///
    /// Where it can't.
    pub fn check(self) -> Result<(), BlockError> {
        if self.is_available() {
            return Ok(());
        }
        let has: Vec<&str> = Self::available().map(Level::name).collect();
        let help = format!("take one of {}", has.join(", "));
        Err(BlockError::Unsupported { reason: format!("this machine has no level {self}"), help: Some(help) })
    }

    /// The highest level that this machine can run, and that the environment variable `RUNEBLOCKS_SIMD` allows where it
    /// is set. It is read once.
    ///
    /// # Errors
    ///
    /// Where the variable names no level.
    pub fn choose() -> Result<Level, BlockError> {
        #[cfg(feature = "std")]
        let cap = {
            static CAP: std::sync::OnceLock<Option<std::string::String>> = std::sync::OnceLock::new();
            CAP.get_or_init(|| std::env::var_os(LEVEL_VARIABLE).map(|name| name.to_string_lossy().into_owned()))
                .as_deref()
        };
        #[cfg(not(feature = "std"))]
        let cap = None;
        Self::capped_by(cap)
    }

    fn capped_by(name: Option<&str>) -> Result<Level, BlockError> {
        let cap = match name.filter(|name| !name.is_empty()) {
            Some(name) => name.parse().map_err(|error: BlockError| BlockError::Unsupported {
                reason: format!("the environment variable `{LEVEL_VARIABLE}`: {error}"),
                help: Some(error.help().unwrap_or("unset it for the fastest that this machine has").into()),
            })?,
            None => return Ok(Self::available().next_back().unwrap_or(Level::Plain)),
        };
        Ok(Self::available().rfind(|&level| level <= cap).unwrap_or(Level::Plain))
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Level {
    type Err = BlockError;

    fn from_str(name: &str) -> Result<Self, BlockError> {
        Self::ALL.into_iter().find(|level| level.name() == name).ok_or_else(|| BlockError::Unsupported {
            reason: format!("`{name}` is no level: expected plain, scalar, neon, sse4.1, avx2 or vnni"),
            help: nearest(name, Self::ALL.map(Level::name)).map(|name| format!("did you mean `{name}`?")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        assert!(Level::ALL.is_sorted());
        for level in Level::ALL {
            assert_eq!(level.to_string().parse(), Ok(level));
        }
    }

    #[test]
    fn is_capped() {
        assert_eq!(Level::capped_by(Some("plain")), Ok(Level::Plain));
        assert_eq!(Level::capped_by(Some("scalar")), Ok(Level::Scalar));
        let best = Level::available().next_back();
        assert_eq!(Level::capped_by(None).ok(), best);
        assert_eq!(Level::capped_by(Some("")).ok(), best);
        assert_eq!(Level::capped_by(Some("vnni")).ok(), best);
    }

    /// Holds the level that the environment forces, where it does and the machine has it.
    #[test]
    fn the_forced_level_is_chosen() {
        let forced = std::env::var(LEVEL_VARIABLE).ok().and_then(|name| name.parse::<Level>().ok());
        let chosen = Level::choose().unwrap();
        match forced.filter(|level| level.is_available()) {
            Some(forced) => assert_eq!(chosen, forced),
            None => assert!(chosen.is_available() && forced.is_none_or(|cap| chosen <= cap)),
        }
    }

    #[test]
    fn unknown_names_are_refused() {
        let message = |name| {
            let error = Level::capped_by(Some(name)).unwrap_err();
            std::format!("{error} ({})", error.help().unwrap())
        };
        assert_eq!(
            [message("avx"), message("quickly")],
            [
                "the environment variable `RUNEBLOCKS_SIMD`: `avx` is no level: expected plain, scalar, neon, sse4.1, avx2 or vnni (did you mean `avx2`?)",
                "the environment variable `RUNEBLOCKS_SIMD`: `quickly` is no level: expected plain, scalar, neon, sse4.1, avx2 or vnni (unset it for the fastest that this machine has)",
            ]
        );
    }
}
