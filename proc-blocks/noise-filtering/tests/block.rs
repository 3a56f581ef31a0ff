//! The block behind `fft`, as Runefiles of both versions make them.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking")]

use runeblocks_core::{Axis, Facts, Framing, Notation, Quantization, SampleRate, Tensor, TensorView};
use serde_json::{Map, Value, json};

fn map(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[test]
fn version_1_takes_the_framing_of_micro_speech() {
    let fft = runeblocks_fft::DESCRIPTOR.create_with(&map(json!({"sample_rate": "16000"})), Notation::V1);
    let noise_filtering =
        runeblocks_noise_filtering::DESCRIPTOR.create_with(&map(json!({"strength": 0.9})), Notation::V1);
    let (mut fft, mut noise_filtering) = (fft.unwrap(), noise_filtering.unwrap());
    let spectrogram = fft.infer(&[Facts::of::<i16>([1, 16_000])]).unwrap();
    let features = noise_filtering.infer(&spectrogram).unwrap();
    assert_eq!(features[0].shape.fixed(), Some(vec![49, 40]));
    assert_eq!(features[0].quantization, Some(Quantization { scale: 26.0 / 256.0, zero_point: -128 }));
    assert_eq!(features[0].sample_rate, Some(SampleRate(16_000)));
    assert_eq!(features[0].framing, Some(Framing { window: 480, hop: 320 }));
    assert_eq!(features[0].fft_size, Some(512));

    let (mut between, mut out) = ([spectrogram[0].buffer()], [features[0].buffer()]);
    fft.process(&[Tensor::from(vec![0i16; 16_000]).view()], &mut between).unwrap();
    noise_filtering.process(&[between[0].view()], &mut out).unwrap();
    assert_eq!(out[0].to_tensor(), Tensor::from(ndarray::Array2::from_elem((49, 40), -128i8)));
}

#[test]
fn digests_tell_front_ends_apart() {
    let digest = |fft: Value, noise_filtering: Value| {
        let mut fft = runeblocks_fft::DESCRIPTOR.create(&fft).unwrap();
        let mut noise_filtering = runeblocks_noise_filtering::DESCRIPTOR.create(&noise_filtering).unwrap();
        let spectrogram = fft.infer(&[Facts::new(runeblocks_core::ElementType::I16, [Axis::Stream])]).unwrap();
        noise_filtering.infer(&spectrogram).unwrap()[0].front_end.unwrap()
    };
    let usual = digest(json!({}), json!({}));
    assert_eq!(usual, digest(json!({"dialect": "tf"}), json!({"out_type": "uint16"})));
    let others = [
        digest(json!({"dialect": "tflm"}), json!({})),
        digest(json!({"window_step": 20}), json!({})),
        digest(json!({}), json!({"even_smoothing": 0.03})),
        digest(json!({}), json!({"enable_pcan": false})),
        digest(json!({}), json!({"out_type": "int8"})),
        digest(json!({}), json!({"out_type": "float32"})),
        digest(json!({}), json!({"out_type": "float32", "scale": 0.5})),
    ];
    for (i, digest) in others.iter().enumerate() {
        assert!(*digest != usual && !others[..i].contains(digest), "{i}");
    }
}

#[test]
fn frames_need_not_lie_side_by_side() {
    let by_channel = ndarray::Array2::from_shape_fn((37, 9), |(channel, frame)| (1000 * frame + 7 * channel) as u32);
    let by_frame = by_channel.t().as_standard_layout().into_owned();
    for out_type in ["uint16", "int8", "float32"] {
        let features = |frames: ndarray::ArrayView2<'_, u32>| {
            let mut block = runeblocks_noise_filtering::DESCRIPTOR.create(&json!({"out_type": out_type})).unwrap();
            let facts = block.infer(&[Facts { fft_size: Some(512), ..Facts::of::<u32>([9, 37]) }]).unwrap();
            let mut out = [facts[0].buffer()];
            block.process(&[TensorView::U32(frames.into_dyn())], &mut out).unwrap();
            out[0].to_tensor()
        };
        assert_eq!(features(by_channel.t()), features(by_frame.view()), "{out_type}");
    }
}
