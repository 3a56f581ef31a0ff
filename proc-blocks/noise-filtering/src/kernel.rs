//! The three stages as one: signal in, features out, by each [`Level`].

use alloc::boxed::Box;

use runeblocks_micro::Level;

#[cfg(target_arch = "x86_64")]
use crate::avx2::Avx2;
use crate::log;
use crate::noise_reduction::Coefficients;
use crate::pcan::Pcan;
use crate::scalar::Scalar;

/// What the stages do.
#[derive(Clone, Debug)]
pub(crate) struct Stages {
    pub(crate) noise_reduction: Coefficients,
    pub(crate) pcan: Option<Pcan>,
    pub(crate) correction_bits: i32,
    /// The power of two that the logarithm is scaled by, where it is taken.
    pub(crate) scale_shift: Option<u32>,
}

impl Stages {
    /// The last stage on one value.
    #[inline]
    pub(crate) fn scale(&self, value: u32) -> u16 {
        let scaled = match self.scale_shift {
            Some(scale_shift) => log::log(log::correct(value, self.correction_bits), scale_shift),
            None => value,
        };
        scaled.min(u32::from(u16::MAX)) as u16
    }

    /// Every stage on each channel in turn: what the other kernels are held to.
    #[inline(never)]
    fn apply(&self, signal: &[u32], estimate: &mut [u32], features: &mut [u16]) {
        for (channel, ((&value, estimate), feature)) in signal.iter().zip(estimate).zip(features).enumerate() {
            let reduced = self.noise_reduction.reduce(channel, value, estimate);
            let normalized = self.pcan.as_ref().map_or(reduced, |pcan| pcan.normalize(reduced, *estimate));
            *feature = self.scale(normalized);
        }
    }
}

/// The form that the stages run in, with the tables in its layout.
#[derive(Clone, Debug)]
pub(crate) enum Kernel {
    Plain,
    Scalar(Box<Scalar>),
    #[cfg(target_arch = "x86_64")]
    Avx2(Box<Avx2>),
}

impl Kernel {
    /// The fastest kernel that `level` allows.
    pub(crate) fn new(stages: &Stages, level: Level) -> Self {
        #[cfg(target_arch = "x86_64")]
        if level >= Level::Avx2
            && let Some(avx2) = Avx2::new(stages)
        {
            return Kernel::Avx2(Box::new(avx2));
        }
        if level >= Level::Scalar { Kernel::Scalar(Box::new(Scalar::new(stages))) } else { Kernel::Plain }
    }

    /// Updates `estimate` from `signal` and makes `features` of both. All of them are of one length.
    pub(crate) fn apply(&self, stages: &Stages, signal: &[u32], estimate: &mut [u32], features: &mut [u16]) {
        match self {
            Kernel::Plain => stages.apply(signal, estimate, features),
            Kernel::Scalar(scalar) => scalar.apply(signal, estimate, features),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2(avx2) => avx2.apply(signal, estimate, features),
        }
    }
}
