//! The three blocks one behind the other.

use runeblocks_core::{Buffer, DynBlock, Facts, Tensor};
use runeblocks_mel_filterbank::MelFilterbankArgs;
use runeblocks_mfcc::MfccArgs;
use runeblocks_spectrogram::SpectrogramArgs;
use serde_json::json;

/// The arguments of the three.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    /// Of `spectrogram`.
    pub spectrogram: SpectrogramArgs,
    /// Of `mel-filterbank`.
    pub mel: MelFilterbankArgs,
    /// Of `mfcc`.
    pub mfcc: MfccArgs,
}

/// What a block made of a clip: frames of equal length, one after another.
#[derive(Clone, Debug)]
pub struct Frames {
    /// Which block.
    pub name: String,
    /// Values of a frame.
    pub width: usize,
    /// The values.
    pub values: Vec<f32>,
}

impl Frames {
    /// One frame.
    pub fn row(&self, at: usize) -> &[f32] {
        &self.values[at * self.width..(at + 1) * self.width]
    }

    /// Frame by frame.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.width)
    }
}

/// The blocks and the buffers behind them.
pub struct Chain {
    blocks: Vec<Box<dyn DynBlock>>,
    buffers: Vec<[Buffer; 1]>,
}

impl Chain {
    /// For sound of these facts.
    pub fn new(arguments: &Arguments, sound: Facts) -> Self {
        let Arguments { spectrogram, mel, mfcc } = arguments;
        let mut blocks = vec![
            runeblocks_spectrogram::DESCRIPTOR.create(&json!(spectrogram)).unwrap(),
            runeblocks_mel_filterbank::DESCRIPTOR.create(&json!(mel)).unwrap(),
            runeblocks_mfcc::DESCRIPTOR.create(&json!(mfcc)).unwrap(),
        ];
        let mut facts = sound;
        let mut buffers = Vec::new();
        for block in &mut blocks {
            facts = block.infer(&[facts]).unwrap().remove(0);
            buffers.push([facts.buffer()]);
        }
        Chain { blocks, buffers }
    }

    /// Runs all blocks on a piece of sound.
    fn process(&mut self, sound: &Tensor) {
        let mut buffers = &mut self.buffers[..];
        self.blocks[0].process(&[sound.view()], &mut buffers[0]).unwrap();
        for block in &mut self.blocks[1..] {
            let (before, after) = buffers.split_at_mut(1);
            block.process(&[before[0][0].view()], &mut after[0]).unwrap();
            buffers = after;
        }
    }

    /// What every block makes of a clip.
    pub fn run(&mut self, sound: &Tensor) -> [Frames; 3] {
        self.blocks.iter_mut().for_each(|block| block.reset());
        self.process(sound);
        let mut buffers = self.buffers.iter();
        ["spectrogram", "mels", "mfcc"].map(|name| {
            let view = buffers.next().unwrap()[0].view().array::<f32>().unwrap();
            Frames { name: name.to_owned(), width: view.shape()[1], values: view.iter().copied().collect() }
        })
    }
}
