//! The kernels of the front end and the whole of it, each held to the specification before it is used.

use std::fmt::Debug;
use std::hint::black_box;

use runeblocks_fft::fixed_fft::{Complex16, RealFft};
use runeblocks_fft::{energy, sqrt, window};
use runeblocks_frontend::{Config, MicroFrontend};
use runeblocks_micro::{Dialect, Level};

use crate::signal::speech_like;

/// A configuration in use, by its name.
///
/// # Panics
///
/// If there is none of that name.
#[must_use]
pub fn preset(name: &str) -> Config {
    let (window_size, window_step, num_channels) = match name {
        "op" => (25, 10, 32),
        "micro_speech" => (30, 20, 40),
        "micro_wake_word" => (30, 10, 40),
        _ => panic!("no preset is called {name}"),
    };
    Config { window_size, window_step, num_channels, ..Config::default() }
}

/// The preset whose stages are looked at by themselves.
const PRESET: &str = "micro_speech";

/// Work on a number of frames of speech-like sound.
pub struct Kernel {
    /// What is done.
    pub name: &'static str,
    /// With which preset, or size.
    pub config: String,
    /// To how many frames.
    pub frames: usize,
    run: Box<dyn FnMut()>,
}

impl Kernel {
    /// Does it.
    pub fn run(&mut self) {
        (self.run)();
    }

    /// `run` on each of `inputs`, into the same `output`, which has to be as `expected` the first time.
    fn new<I: 'static, O: PartialEq + Debug + 'static>(
        name: &'static str,
        config: impl ToString,
        inputs: Vec<I>,
        expected: &[O],
        mut output: O,
        mut run: impl FnMut(&I, &mut O) + 'static,
    ) -> Self {
        let config = config.to_string();
        assert_eq!(inputs.len(), expected.len());
        for (i, (input, expected)) in inputs.iter().zip(expected).enumerate() {
            run(input, &mut output);
            assert!(output == *expected, "{name}/{config} differs from the specification in input {i}");
        }
        let frames = inputs.len();
        let run = Box::new(move || {
            for input in &inputs {
                run(black_box(input), &mut output);
                black_box(&mut output);
            }
        });
        Kernel { name, config, frames, run }
    }
}

/// What the specification makes of the signal, frame by frame.
#[derive(Default)]
struct Frames {
    shifts: Vec<u32>,
    windowed: Vec<Vec<i16>>,
    spectra: Vec<Vec<Complex16>>,
    energies: Vec<Vec<u32>>,
    sums: Vec<Vec<u64>>,
    filterbank: Vec<Vec<u32>>,
    reduced: Vec<Vec<u32>>,
    estimates: Vec<Vec<u32>>,
    normalized: Vec<Vec<u32>>,
    output: Vec<Vec<u16>>,
}

impl Frames {
    fn of(config: &Config, samples: &[i16]) -> Self {
        let mut frames = Frames::default();
        front_end(config, Level::Plain).for_each_frame(samples, |taps| {
            frames.shifts.push(taps.shift);
            frames.windowed.push(taps.window.to_vec());
            frames.spectra.push(taps.fft.to_vec());
            frames.energies.push(taps.energy.to_vec());
            frames.sums.push(taps.sums.to_vec());
            frames.filterbank.push(taps.filterbank.to_vec());
            frames.reduced.push(taps.noise.to_vec());
            frames.estimates.push(taps.estimate.to_vec());
            frames.normalized.push(taps.pcan.to_vec());
            frames.output.push(taps.output.to_vec());
        });
        frames
    }
}

fn front_end(config: &Config, level: Level) -> MicroFrontend {
    MicroFrontend::with_level(config, Dialect::Tf, level).expect("the preset is valid, and the machine has the level")
}

/// Every kernel at a level: the front end, its halves and the transforms. At [`Level::Plain`] its stages too, which the
/// other levels do not part.
#[must_use]
pub fn kernels(level: Level) -> Vec<Kernel> {
    let samples = speech_like();
    let mut kernels = Vec::from(["op", "micro_speech", "micro_wake_word"].map(|name| whole(level, &samples, name)));
    kernels.extend(halves(level, &samples));
    kernels.extend([256, 512, 1024, 2048].into_iter().flat_map(|size| transforms(level, &samples, size)));
    if level == Level::Plain {
        kernels.extend(front_stages(&samples));
        kernels.extend(back_stages(&samples));
    }
    kernels
}

/// The front end with a preset.
fn whole(level: Level, samples: &[i16], name: &str) -> Kernel {
    let config = preset(name);
    let frames = Frames::of(&config, samples);
    let mut front_end = front_end(&config, level);
    let expected = [frames.output.concat()];
    let run = move |clip: &Vec<i16>, features: &mut Vec<u16>| {
        front_end.process_clip_into(clip, features).expect("there is room for every row");
    };
    let features = vec![0; expected[0].len()];
    let kernel = Kernel::new("front_end", name, vec![samples.to_vec()], &expected, features, run);
    Kernel { frames: frames.output.len(), ..kernel }
}

/// The two halves of the front end, with [`PRESET`].
fn halves(level: Level, samples: &[i16]) -> [Kernel; 2] {
    let config = preset(PRESET);
    let frames = Frames::of(&config, samples);
    let front_end = front_end(&config, level);
    let (mut front, mut back) = (front_end.spectrogram().clone(), front_end.noise_filter().clone());
    let features = vec![0; back.num_channels()];
    let spectrogram = move |clip: &Vec<i16>, frames: &mut Vec<u32>| {
        let mut rest = &clip[..];
        frames.clear();
        while let Some(frame) = front.push(&mut rest) {
            frames.extend_from_slice(frame);
        }
        front.reset();
    };
    let expected = [frames.filterbank.concat()];
    let spectrogram = Kernel::new("spectrogram", PRESET, vec![samples.to_vec()], &expected, Vec::new(), spectrogram);
    let filter = move |frame: &Vec<u32>, features: &mut Vec<u16>| back.apply(frame, features);
    let noise_filter = Kernel::new("noise_filter", PRESET, frames.filterbank, &frames.output, features, filter);
    [Kernel { frames: frames.output.len(), ..spectrogram }, noise_filter]
}

/// The transform of `size` points, into a spectrum and into energies, on frames that nearly fill it.
fn transforms(level: Level, samples: &[i16], size: u32) -> [Kernel; 2] {
    let window_size = size * 15 / 256;
    let config = Config { window_size, window_step: window_size.min(20), ..Config::default() };
    let frames = Frames::of(&config, samples);
    let points = size as usize;
    let fft = RealFft::with_level(points, level).expect("the size is valid, and the machine has the level");
    let padded = frames.windowed.into_iter().map(|mut frame| {
        frame.resize(points, 0);
        frame
    });
    let inputs: Vec<(Vec<i16>, u32)> = padded.zip(frames.shifts).collect();
    let bins = points / 2 + 1;
    let mut expected = vec![vec![0; bins]; inputs.len()];
    frames.spectra.iter().zip(&mut expected).for_each(|(spectrum, energies)| energy::energy(spectrum, energies));

    let (transform, mut work) = (fft.clone(), vec![Complex16::default(); points + 1]);
    let forward = move |(frame, shift): &(Vec<i16>, u32), spectrum: &mut Vec<Complex16>| {
        transform.forward(frame, *shift, &mut work, spectrum);
    };
    let spectrum = vec![Complex16::default(); bins];
    let forward = Kernel::new("fft", size, inputs.clone(), &frames.spectra, spectrum, forward);

    let mut work = vec![Complex16::default(); points + 1];
    let energies = move |(frame, shift): &(Vec<i16>, u32), energies: &mut Vec<u32>| {
        fft.energies(frame, *shift, &mut work, energies);
    };
    [forward, Kernel::new("fft_energies", size, inputs, &expected, vec![0; bins], energies)]
}

/// The stages of the front half but the FFT, with [`PRESET`].
fn front_stages(samples: &[i16]) -> [Kernel; 4] {
    let config = preset(PRESET);
    let frames = Frames::of(&config, samples);
    let front_end = front_end(&config, Level::Plain);
    let front = front_end.spectrogram();

    let coefficients = front.coefficients().to_vec();
    let windows = samples.windows(front.window_size()).step_by(front.window_step()).map(<[i16]>::to_vec).collect();
    let windowed = vec![0; front.window_size()];
    let window = move |samples: &Vec<i16>, windowed: &mut Vec<i16>| {
        window::apply(samples, &coefficients, windowed);
    };
    let window = Kernel::new("window", PRESET, windows, &frames.windowed, windowed, window);

    let filterbank = front.filterbank().clone();
    let range = filterbank.start_index()..filterbank.end_index();
    let energies = vec![0; frames.energies[0].len()];
    let energy = move |spectrum: &Vec<Complex16>, energies: &mut Vec<u32>| {
        energy::energy(&spectrum[range.clone()], &mut energies[range.clone()]);
    };
    let energy = Kernel::new("energy", PRESET, frames.spectra, &frames.energies, energies, energy);

    let accumulate = move |energies: &Vec<u32>, sums: &mut Vec<u64>| filterbank.accumulate(energies, sums);
    let sums = vec![0; front.num_channels() + 1];
    let accumulate = Kernel::new("filterbank", PRESET, frames.energies, &frames.sums, sums, accumulate);

    let inputs = frames.sums.into_iter().zip(frames.shifts).collect();
    let sqrt = |(sums, shift): &(Vec<u64>, u32), roots: &mut Vec<u32>| {
        for (root, &sum) in roots.iter_mut().zip(&sums[1..]) {
            *root = sqrt::sqrt(sum) >> shift;
        }
    };
    let roots = vec![0; front.num_channels()];
    let sqrt = Kernel::new("sqrt", PRESET, inputs, &frames.filterbank, roots, sqrt);
    [window, energy, accumulate, sqrt]
}

/// The stages of the back half, with [`PRESET`].
fn back_stages(samples: &[i16]) -> [Kernel; 3] {
    let config = preset(PRESET);
    let frames = Frames::of(&config, samples);
    let filter = front_end(&config, Level::Plain).noise_filter().clone();
    let (signal, features) = (vec![0; filter.num_channels()], vec![0; filter.num_channels()]);

    let mut reducing = filter.clone();
    let reduce = move |frame: &Vec<u32>, signal: &mut Vec<u32>| {
        signal.copy_from_slice(frame);
        reducing.reduce(signal);
    };
    let reduce = Kernel::new("noise_reduction", PRESET, frames.filterbank, &frames.reduced, signal.clone(), reduce);

    let inputs = frames.reduced.into_iter().zip(frames.estimates).collect();
    let mut normalizing = filter.clone();
    let normalize = move |(frame, estimate): &(Vec<u32>, Vec<u32>), signal: &mut Vec<u32>| {
        signal.copy_from_slice(frame);
        assert!(normalizing.resume(estimate));
        normalizing.normalize(signal);
    };
    let normalize = Kernel::new("pcan", PRESET, inputs, &frames.normalized, signal, normalize);

    let scale = move |frame: &Vec<u32>, features: &mut Vec<u16>| filter.scale(frame, features);
    let scale = Kernel::new("log", PRESET, frames.normalized, &frames.output, features, scale);
    [reduce, normalize, scale]
}
