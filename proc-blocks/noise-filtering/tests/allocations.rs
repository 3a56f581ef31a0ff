//! A stream allocates nothing once the blocks have given as many frames at once as they ever will.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

use allocation_counter::measure;
use runeblocks_core::{Axis, Buffer, DynBlock, ElementType, Facts, Tensor};
use serde_json::{Value, json};

/// `fft`, `noise-filtering` and the buffers behind them.
struct Chain {
    fft: Box<dyn DynBlock>,
    noise_filtering: Box<dyn DynBlock>,
    spectrogram: [Buffer; 1],
    features: [Buffer; 1],
    frames: usize,
}

impl Chain {
    fn new(args: &Value) -> Self {
        let mut fft = runeblocks_fft::DESCRIPTOR.create(&json!({})).unwrap();
        let mut noise_filtering = runeblocks_noise_filtering::DESCRIPTOR.create(args).unwrap();
        let spectrogram = fft.infer(&[Facts::new(ElementType::I16, [Axis::Stream])]).unwrap();
        let features = noise_filtering.infer(&spectrogram).unwrap();
        let (spectrogram, features) = ([spectrogram[0].buffer()], [features[0].buffer()]);
        Chain { fft, noise_filtering, spectrogram, features, frames: 0 }
    }

    fn process(&mut self, piece: &Tensor) {
        self.fft.process(&[piece.view()], &mut self.spectrogram).unwrap();
        self.noise_filtering.process(&[self.spectrogram[0].view()], &mut self.features).unwrap();
        self.frames += self.features[0].view().shape()[0];
    }
}

#[test]
fn a_stream_in_equal_pieces_does_not_allocate() {
    const WARM_UP: usize = 16_000;
    let samples: Vec<i16> = (0..4 * WARM_UP as u64).map(|n| (n * n % 20_011) as i16).collect();
    let types = [json!({}), json!({"out_type": "int8"}), json!({"out_type": "float32", "scale": 0.5})];
    for (args, size) in types.iter().flat_map(|args| [1, 160, 333, 400, 1000, 8000].map(|size| (args, size))) {
        let mut chain = Chain::new(args);
        let pieces: Vec<Tensor> = samples.chunks_exact(size).map(|piece| piece.to_vec().into()).collect();
        let (first, rest) = pieces.split_at(WARM_UP.div_ceil(size));
        first.iter().for_each(|piece| chain.process(piece));
        let before = chain.frames;
        let count = measure(|| {
            rest.iter().for_each(|piece| chain.process(piece));
            chain.fft.reset();
            chain.noise_filtering.reset();
            rest.iter().for_each(|piece| chain.process(piece));
        });
        assert!(chain.frames > before + 2 * 290, "{} frames in pieces of {size}", chain.frames - before);
        assert_eq!(count.count_total, 0, "{count:?} in pieces of {size} with {args}");
    }
    assert!(measure(|| drop(std::hint::black_box(vec![1u8; 10]))).count_total > 0, "the counter counts");
}
