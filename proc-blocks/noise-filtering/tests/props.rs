//! Properties of the block over random arguments and frames.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

use ndarray::Array2;
use proptest::prelude::*;
use runeblocks_core::{Axis, Buffer, DynBlock, ElementType, Facts, Tensor, TensorView};
use runeblocks_noise_filtering::{DESCRIPTOR, NoiseFilter, NoiseFilteringArgs, OutType};

const CHANNELS: usize = 5;

/// Any arguments at all, most of them without meaning.
fn any_args() -> impl Strategy<Value = NoiseFilteringArgs> {
    let fraction = || prop_oneof![any::<f32>(), 0f32..=1.0];
    let bits = || prop_oneof![any::<u32>(), 0..40u32];
    let gain = (any::<bool>(), any::<f32>(), any::<f32>(), bits());
    (bits(), fraction(), fraction(), fraction(), gain, any::<bool>(), bits()).prop_map(
        |(smoothing_bits, even_smoothing, odd_smoothing, min_signal_remaining, gain, enable_log, scale_shift)| {
            let (enable_pcan, pcan_strength, pcan_offset, gain_bits) = gain;
            NoiseFilteringArgs {
                smoothing_bits,
                even_smoothing,
                odd_smoothing,
                min_signal_remaining,
                enable_pcan,
                pcan_strength,
                pcan_offset,
                gain_bits,
                enable_log,
                scale_shift,
                ..NoiseFilteringArgs::default()
            }
        },
    )
}

/// Arguments with a meaning for an FFT of 512 points.
fn args() -> impl Strategy<Value = NoiseFilteringArgs> {
    let gain = (any::<bool>(), -0.5f32..2.0, 0f32..300.0, 15..=30u32);
    let out = prop_oneof![Just(OutType::Uint16), Just(OutType::Int8), Just(OutType::Float32)];
    (3..=31u32, 0f32..=1.0, 0f32..=1.0, 0f32..=1.0, gain, any::<bool>(), 0..=11u32, out).prop_map(
        |(
            smoothing_bits,
            even_smoothing,
            odd_smoothing,
            min_signal_remaining,
            gain,
            enable_log,
            scale_shift,
            out_type,
        )| {
            let (enable_pcan, pcan_strength, pcan_offset, gain_bits) = gain;
            NoiseFilteringArgs {
                smoothing_bits,
                even_smoothing,
                odd_smoothing,
                min_signal_remaining,
                enable_pcan,
                pcan_strength,
                pcan_offset,
                gain_bits,
                enable_log,
                scale_shift,
                out_type,
                scale: if out_type == OutType::Float32 { 0.039_062_5 } else { 1.0 },
            }
        },
    )
}

fn frames() -> impl Strategy<Value = Vec<[u32; CHANNELS]>> {
    let value = (any::<u32>(), 0..32u32).prop_map(|(value, shift)| value >> shift);
    proptest::collection::vec(proptest::array::uniform5(value), 0..20)
}

fn block(args: &NoiseFilteringArgs) -> (Box<dyn DynBlock>, Buffer) {
    let mut block = DESCRIPTOR.create(&serde_json::to_value(args).unwrap()).unwrap();
    let facts = Facts { fft_size: Some(512), ..Facts::new(ElementType::U32, [Axis::Stream, Axis::Fixed(CHANNELS)]) };
    let buffer = block.infer(&[facts]).unwrap()[0].buffer();
    (block, buffer)
}

/// The features of one call, as floats.
fn features(block: &mut dyn DynBlock, buffer: &mut Buffer, frames: &[[u32; CHANNELS]]) -> Vec<f32> {
    let rows = Array2::from_shape_vec((frames.len(), CHANNELS), frames.concat()).unwrap();
    block.process(&[Tensor::from(rows).view()], std::slice::from_mut(buffer)).unwrap();
    assert_eq!(buffer.view().shape(), [frames.len(), CHANNELS]);
    match buffer.view() {
        TensorView::U16(values) => values.iter().map(|&value| value.into()).collect(),
        TensorView::I8(values) => values.iter().map(|&value| value.into()).collect(),
        TensorView::F32(values) => values.iter().copied().collect(),
        other => panic!("features are not {}", other.element_type()),
    }
}

proptest! {
    #[test]
    fn any_arguments_are_taken_or_refused(args in any_args(), fft_size in prop_oneof![any::<u32>(), (0..32u32).prop_map(|bits| 1 << bits)], frames in frames()) {
        if let Ok(mut filter) = NoiseFilter::new(args, fft_size, CHANNELS) {
            for frame in frames {
                filter.apply(&frame, &mut [0; CHANNELS]);
            }
        }
    }

    #[test]
    fn frame_by_frame_is_the_clip(args in args(), frames in frames()) {
        let (mut whole, mut buffer) = block(&args);
        let expected = features(&mut *whole, &mut buffer, &frames);
        let (mut cut, mut buffer) = block(&args);
        let found: Vec<f32> = frames.iter().flat_map(|frame| features(&mut *cut, &mut buffer, &[*frame])).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn reset_is_a_fresh_block(args in args(), before in frames(), after in frames()) {
        let (mut fresh, mut buffer) = block(&args);
        let expected = features(&mut *fresh, &mut buffer, &after);
        let (mut used, mut buffer) = block(&args);
        features(&mut *used, &mut buffer, &before);
        used.reset();
        prop_assert_eq!(features(&mut *used, &mut buffer, &after), expected);
    }

    #[test]
    fn a_saved_stream_goes_on(args in args(), before in frames(), after in frames()) {
        let (mut first, mut buffer) = block(&args);
        features(&mut *first, &mut buffer, &before);
        let state = first.save();
        let expected = features(&mut *first, &mut buffer, &after);
        let (mut second, mut buffer) = block(&args);
        second.restore(&state).unwrap();
        prop_assert_eq!(features(&mut *second, &mut buffer, &after), expected);
    }

    #[test]
    fn damaged_state_is_refused_without_panic(args in args(), state in proptest::collection::vec(any::<u8>(), 0..64)) {
        let (mut block, _) = block(&args);
        prop_assert!(block.restore(&state).is_err());
    }
}
