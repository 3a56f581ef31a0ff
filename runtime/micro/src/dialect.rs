//! The two references of the `micro_frontend`.

use runeblocks_core::choice;

choice! {
    /// Which reference a front end agrees with, bit for bit.
    ///
    /// The integer stages of both are the same; the arithmetic that makes the window and the filterbank's weights
    /// differs, and so do about one in a hundred of the output values.
    pub enum Dialect {
        /// TensorFlow's own op `audio_microfrontend`: tables in double precision.
        Tf = "tf",
        /// TensorFlow Lite Micro, `pymicro-features`, ESPHome, microWakeWord: tables in single precision, with the
        /// results of glibc 2.36.
        Tflm = "tflm",
    }
}
