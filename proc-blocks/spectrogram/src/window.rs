//! Window functions.

use std::f64::consts::TAU;

use runeblocks_core::choice;

choice! {
    /// A window function.
    pub enum Window {
        /// Raised cosine that meets zero: ½ − ½·cos(2πi/period).
        Hann = "hann",
        /// Raised cosine that does not: 0.54 − 0.46·cos(2πi/period).
        Hamming = "hamming",
        /// All ones: samples are left as they are.
        Boxcar = "boxcar",
    }
}

/// The `size` coefficients of a window, 0 to 1, i/`period` being the turn of coefficient i.
#[must_use]
pub fn coefficients(window: Window, size: usize, period: usize) -> Vec<f32> {
    let cosine = |i: usize| (TAU * i as f64 / period as f64).cos();
    let value = |i| match window {
        Window::Hann => 0.5 - 0.5 * cosine(i),
        Window::Hamming => 0.54 - 0.46 * cosine(i),
        Window::Boxcar => 1.0,
    };
    (0..size).map(|i| value(i) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        assert_eq!(coefficients(Window::Hann, 4, 4), [0.0, 0.5, 1.0, 0.5]);
        assert_eq!(coefficients(Window::Hamming, 4, 4), [0.08, 0.54, 1.0, 0.54]);
        assert_eq!(coefficients(Window::Boxcar, 3, 3), [1.0; 3]);
    }

    #[test]
    fn are_symmetric_in_their_period() {
        for window in [Window::Hann, Window::Hamming] {
            let odd = coefficients(window, 401, 401);
            assert!(odd[..201].is_sorted() && (1..401).all(|i| (odd[i] - odd[401 - i]).abs() < 1e-7));
        }
    }
}
