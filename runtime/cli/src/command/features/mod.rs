//! `features`: the front end alone.

mod options;
mod output;
mod stage;

use std::path::{Path, PathBuf};

use clap::Args;
use rayon::prelude::*;
use runeblocks_core::{SampleRate, Tensor};
use runeblocks_frontend::{Config, MicroFrontend};
use runeblocks_io::output::Outputs;
use serde_json::json;

use crate::failure::{Exit, Failure, Failures};
use crate::paths::Destination;
use crate::progress::Progress;
use crate::sound::SoundOptions;
use crate::terminal;
use crate::values;
use options::FrontEndOptions;
use output::{Output, Report};
use stage::Stage;

/// Turn sound into features, as TensorFlow's op audio_microfrontend does, bit for bit
#[derive(Debug, Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "\
OUT is one file, or a folder, which is made where there is none:
  clip.npy   one clip: [frames, channels]; several of equal length: [clips, frames, channels]
  -          the same on stdout
  folder     a file for each clip, named after it: clip.wav gives clip.npy; a name that is not
             there yet is a folder's where it has no ending, or ends in a slash
Without --out the features are made and summed up, and nothing is written.
A clip that can't be used is reported; into a folder the others are written all the same, one file
holds every clip or is not written.

Stages:
  window      samples after the window                  i16 [frames, samples]
  fft         spectrum, real and imaginary part         i16 [frames, bins, 2]
  filterbank  channels after the square root            u32 [frames, channels]
  noise       channels after noise reduction            u32 [frames, channels]
  pcan        channels after amplitude normalisation    u32 [frames, channels]
  output      the op's own output, of --out-type        u16 or f32 [rows, channels of each row]

Defaults are those of the op. A BOOL is true or false; the option alone means true.

Examples:
  runeblocks features clip.wav -o clip.npy
  runeblocks features clips/*.wav -o features/ --json
  runeblocks features clip.wav -o fft.npy --stage fft

The front ends of micro_speech (TensorFlow) and microWakeWord (ESPHome):
  runeblocks features clip.wav --window-size 30 --window-step 20 --num-channels 40
  runeblocks features clip.wav --window-size 30 --num-channels 40 --dialect tflm"
)]
pub struct Features {
    /// Sound files
    #[arg(required = true, value_name = "CLIP.wav")]
    clips: Vec<PathBuf>,
    /// Where to write: a .npy file, or a folder
    #[arg(short, long, value_name = "OUT")]
    out: Option<Destination>,
    /// Replace files that are there
    #[arg(long)]
    overwrite: bool,
    /// The stage whose output is wanted: window, fft, filterbank, noise, pcan or output
    #[arg(long, value_enum, default_value_t, hide_possible_values = true)]
    stage: Stage,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sound: SoundOptions,
    #[command(flatten)]
    front_end: FrontEndOptions,
}

/// The largest array that is made of a clip: 4 GiB.
const MAX_ARRAY_BYTES: u64 = 1 << 32;
/// Clips of each core whose arrays are held at one time, and the largest array of such a clip: 64 MiB. A clip with a
/// larger one is taken by itself.
const CLIPS_OF_A_CORE: usize = 4;
const MAX_SHARED_BYTES: u64 = 1 << 26;

impl Features {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let config = self.front_end.config();
        let dialect = self.front_end.dialect.into();
        self.stage.check(&config)?;
        let mut frontend = MicroFrontend::new(&config, dialect).map_err(|error| Failure::block(Exit::Usage, &error))?;
        let mut outputs =
            Outputs::new(self.overwrite).with_stdout(self.json.then_some("--json")).reading(self.clips.iter().cloned());
        let mut output = Output::new(self.out.as_deref(), &self.clips, &mut outputs)?;
        let progress = Progress::new(self.clips.len());
        let mut failures = Failures::default();
        for clips in self.clips.chunks(CLIPS_OF_A_CORE * rayon::current_num_threads()) {
            let most = if self.clips.len() == 1 { MAX_ARRAY_BYTES } else { MAX_SHARED_BYTES };
            let arrays = clips
                .par_iter()
                .map_init(|| frontend.clone(), |frontend, clip| self.array(clip, &config, frontend, most))
                .collect::<Vec<_>>();
            for (clip, array) in clips.iter().zip(arrays) {
                let array = match array {
                    Ok(None) => self.array(clip, &config, &mut frontend, MAX_ARRAY_BYTES),
                    array => array,
                };
                match array {
                    Ok(array) => array.map_or(Ok(()), |array| output.take(clip, array))?,
                    Err(failure) => progress.aside(|| failures.add(&failure)),
                }
                progress.advance();
            }
        }
        drop(progress);
        if let Some(failure) = output.obstacle(failures.count(), self.clips.len()) {
            failures.add(&failure);
            return failures.into_result();
        }
        let reports = output.finish()?;
        if reports.is_empty() {
            return failures.into_result();
        }
        let digest = self.stage.digest(&frontend);
        if self.json {
            let files: Vec<_> = reports.iter().map(Report::to_json).collect();
            terminal::print_json(&json!({
                "stage": self.stage.name(), "front_end": digest, "dialect": dialect, "config": values::json(&config),
                "arrays": files,
            }))?;
            return failures.into_result();
        }
        for report in &reports {
            terminal::print_beside(&outputs, format_args!("{report}\n"))?;
        }
        terminal::print_beside(&outputs, format_args!("front end {digest}\n"))?;
        failures.into_result()
    }

    /// What the stage makes of a clip; `None` where that has more than `most` bytes.
    fn array(
        &self,
        clip: &Path,
        config: &Config,
        frontend: &mut MicroFrontend,
        most: u64,
    ) -> Result<Option<Tensor>, Failure> {
        let sound = self.sound.read(clip, Some(SampleRate(config.sample_rate)))?;
        let bytes = self.stage.bytes(frontend, config, sound.samples().len());
        if bytes > MAX_ARRAY_BYTES {
            return Err(Failure::new(
                Exit::Input,
                format!("{}: its array would have {bytes} bytes: at most {MAX_ARRAY_BYTES} are held", clip.display()),
            )
            .help("cut the clip into parts, or take less context, a larger window_step or another stage"));
        }
        if bytes > most {
            return Ok(None);
        }
        let array = self.stage.of(frontend, sound.samples())?;
        if !array.view().is_empty() {
            return Ok(Some(array));
        }
        let (found, window) = (sound.samples().len(), frontend.spectrogram().window_size());
        let (length, rate) = (config.window_size, config.sample_rate);
        Err(Failure::new(
            Exit::Input,
            format!(
                "{}: it has {found} samples, and a window takes {window} ({length} ms at {rate} Hz)",
                clip.display()
            ),
        )
        .help("record a longer clip, or shorten the window with `--window-size`"))
    }
}
