//! The logarithm of energies.

use crate::args::{Log, MelFilterbankArgs};

/// log(max(energy, amin) + offset), in the unit that was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Logarithm {
    log: Log,
    amin: f32,
    offset: f32,
    /// The decibels of the reference.
    zero: f32,
}

impl Logarithm {
    /// That of valid arguments.
    pub(crate) fn new(args: &MelFilterbankArgs) -> Self {
        let zero = 10.0 * libm::log10f(args.reference.max(args.amin));
        Logarithm { log: args.log, amin: args.amin, offset: args.log_offset, zero }
    }

    /// Replaces each energy of a frame.
    pub(crate) fn apply(&self, energies: &mut [f32]) {
        let argument = |energy: f32| energy.max(self.amin) + self.offset;
        let each = energies.iter_mut();
        match self.log {
            Log::None => {}
            Log::Natural => each.for_each(|value| *value = libm::logf(argument(*value))),
            Log::Log10 => each.for_each(|value| *value = libm::log10f(argument(*value))),
            Log::Db => each.for_each(|value| *value = 10.0 * libm::log10f(argument(*value)) - self.zero),
        }
    }
}
