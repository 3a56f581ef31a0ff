//! `features`: the front end alone.

mod options;
mod output;
mod stage;

use std::path::PathBuf;

use clap::Args;
use runeblocks_core::SampleRate;
use runeblocks_frontend::MicroFrontend;
use serde_json::json;

use crate::failure::{Exit, Failure};
use crate::progress::Progress;
use crate::sound::SoundOptions;
use crate::terminal;
use options::FrontEndOptions;
use output::{Output, Report};
use stage::Stage;

/// Turn sound into features, as TensorFlow's op audio_microfrontend does, bit for bit
#[derive(Debug, Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "\
OUT is one file where it ends in .npy, and else a folder, which is made where there is none:
  clip.npy   one clip: [frames, channels]; several of equal length: [clips, frames, channels]
  folder     a file for each clip, named after it: clip.wav gives clip.npy
Without --out the features are made and summed up, and nothing is written.

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
    /// WAV files
    #[arg(required = true, value_name = "CLIP.wav")]
    clips: Vec<PathBuf>,
    /// Where to write: a .npy file, or a folder
    #[arg(short, long, value_name = "OUT")]
    out: Option<PathBuf>,
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

impl Features {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let config = self.front_end.config();
        let dialect = self.front_end.dialect.into();
        self.stage.check(&config)?;
        let mut frontend =
            MicroFrontend::new(&config, dialect).map_err(|error| Failure::new(Exit::Usage, error.to_string()))?;
        let mut output = Output::new(self.out.as_deref(), &self.clips)?;
        let progress = Progress::new(self.clips.len());
        for clip in &self.clips {
            let sound = self.sound.read(clip, Some(SampleRate(config.sample_rate)))?;
            let tensor = self.stage.of(&mut frontend, sound.samples())?;
            if tensor.view().is_empty() {
                let window = frontend.spectrogram().window_size();
                return Err(Failure::new(
                    Exit::Input,
                    format!(
                        "{}: it has {} samples, and a window takes {window} ({} ms at {} Hz)",
                        clip.display(),
                        sound.samples().len(),
                        config.window_size,
                        config.sample_rate
                    ),
                )
                .help("record a longer clip, or shorten the window with `--window-size`"));
            }
            output.take(clip, tensor)?;
            progress.advance();
        }
        let reports = output.finish()?;
        drop(progress);
        let digest = self.stage.digest(&frontend);
        if self.json {
            let files: Vec<_> = reports.iter().map(Report::to_json).collect();
            let config = serde_json::to_value(&config).unwrap_or_default();
            return terminal::print_json(&json!({
                "stage": self.stage.name(), "front_end": digest, "dialect": dialect, "config": config, "arrays": files,
            }));
        }
        for report in &reports {
            terminal::print_line(report)?;
        }
        terminal::print_line(format_args!("front end {digest}"))
    }
}
