//! Every table and stage of a front end as named bytes, little-endian, in the form that the references are read in.

use std::collections::BTreeMap;

use runeblocks_frontend::MicroFrontend;

/// Named arrays.
pub type Arrays = BTreeMap<String, Vec<u8>>;

/// Little-endian bytes of integers.
macro_rules! bytes {
    ($values:expr) => {
        $values.iter().flat_map(|value| value.to_le_bytes())
    };
}

/// All tables.
pub fn tables(frontend: &MicroFrontend) -> Arrays {
    let (spectrogram, filter) = (frontend.spectrogram(), frontend.noise_filter());
    let bank = spectrogram.filterbank();
    let mut arrays = Arrays::new();
    let mut add = |name: &str, values: Vec<u8>| arrays.insert(name.to_owned(), values);
    add("coefficients", bytes!(spectrogram.coefficients()).collect());
    add("range", bytes!([bank.start_index() as i32, bank.end_index() as i32]).collect());
    add("freq_starts", bytes!(bank.freq_starts()).collect());
    add("weight_starts", bytes!(bank.weight_starts()).collect());
    add("widths", bytes!(bank.widths()).collect());
    add("weights", bytes!(bank.weights()).collect());
    add("unweights", bytes!(bank.unweights()).collect());
    add("smoothing", bytes!(filter.noise_reduction().coefficients()).collect());
    if let Some(pcan) = filter.pcan() {
        add("gains", bytes!(pcan.gains()).collect());
        add("snr_shift", bytes!([pcan.snr_shift() as i32]).collect());
    }
    arrays
}

/// All stages of all frames, the frames of each one after another.
pub fn stages(frontend: &mut MicroFrontend, samples: &[i16]) -> Arrays {
    let mut arrays = Arrays::new();
    frontend.for_each_frame(samples, |taps| {
        let mut add = |name: &str, values: &mut dyn Iterator<Item = u8>| {
            arrays.entry(name.to_owned()).or_default().extend(values);
        };
        add("window", &mut bytes!(taps.window));
        add("shift", &mut bytes!([taps.shift as i32]));
        add("fft", &mut taps.fft.iter().flat_map(|bin| [bin.re, bin.im]).flat_map(i16::to_le_bytes));
        add("energy", &mut bytes!(taps.energy));
        add("sums", &mut bytes!(taps.sums));
        add("filterbank", &mut bytes!(taps.filterbank));
        add("noise", &mut bytes!(taps.noise));
        add("estimate", &mut bytes!(taps.estimate));
        add("pcan", &mut bytes!(taps.pcan));
        add("output", &mut bytes!(taps.output));
    });
    arrays
}
