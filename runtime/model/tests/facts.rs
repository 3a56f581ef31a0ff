//! What is read from files.
#![allow(clippy::unwrap_used, reason = "a test fails by it")]

mod common;

use common::{golden, shared_models, tflite_files};
use runeblocks_core::Quantization;
use runeblocks_model::{ModelInfo, TensorType};

#[test]
fn a_float_model() {
    let file = runeblocks_model::read(golden("float.tflite")).unwrap();
    let names: Vec<&str> = file.main().operators.iter().map(|op| op.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "CONV_2D",
            "DEPTHWISE_CONV_2D",
            "CONV_2D",
            "AVERAGE_POOL_2D",
            "RESHAPE",
            "FULLY_CONNECTED",
            "FULLY_CONNECTED",
            "SOFTMAX"
        ]
    );
    let macs: Vec<u64> = file.main().operators.iter().map(|op| op.macs).collect();
    // [1, 7, 5, 4] × 4·3·1; [1, 7, 5, 4] × 3·3; [1, 7, 5, 6] × 4; 12 → 5; 5 → 3
    assert_eq!(macs, [7 * 5 * 4 * 12, 7 * 5 * 4 * 9, 7 * 5 * 6 * 4, 0, 0, 12 * 5, 5 * 3, 0]);
    let (input, output) = (file.inputs().next().unwrap(), file.outputs().next().unwrap());
    assert_eq!((input.element_type, &input.shape[..]), (TensorType::Float32, &[1, 13, 10, 1][..]));
    assert_eq!((output.element_type, &output.shape[..]), (TensorType::Float32, &[1, 3][..]));
    assert_eq!(input.quantization, None);
    assert_eq!(file.quantized_tensors().count(), 0);
    assert_eq!(file.schema_version, 3);
    assert_eq!(file.description.as_deref(), Some("MLIR Converted."));
    let signature = &file.signatures[0];
    assert_eq!((signature.key.as_str(), signature.subgraph), ("serving_default", 0));
    assert_eq!(signature.inputs[0].1, file.main().inputs[0]);
    // Weights: 4·4·3 + 4, 3·3·4 + 4, 6·4 + 6, 5·12 + 5, 3·5 + 3 floats, and the shape of the reshape.
    assert_eq!(file.weight_bytes, 4 * (52 + 40 + 30 + 65 + 18) + 8);
}

#[test]
fn a_quantized_model() {
    let file = runeblocks_model::read(golden("int8.tflite")).unwrap();
    let output = file.outputs().next().unwrap();
    let quantization = output.quantization.as_ref().unwrap();
    assert_eq!((&quantization.scales[..], &quantization.zero_points[..]), (&[1.0 / 256.0][..], &[-128][..]));
    let per_channel = file.main().operators[1].inputs[1].unwrap();
    let quantization = file.main().tensors[per_channel].quantization.as_ref().unwrap();
    assert_eq!((quantization.scales.len(), quantization.axis), (4, 3));
}

/// Types, shapes, scales and zero points of the speech models, and the difference of their scales from 26/256.
#[test]
fn speech_models_expect_what_noise_filtering_gives() {
    let Some(folder) = shared_models() else { return };
    let mut checked = 0;
    for path in tflite_files(&folder).iter().filter(|path| path.contains("speech/models/m")) {
        let file = runeblocks_model::read(folder.join(path)).unwrap();
        let input = file.inputs().next().unwrap();
        assert_eq!((input.element_type, &input.shape[..]), (TensorType::Int8, &[1, 1960][..]), "{path}");
        let quantization = input.quantization.as_ref().unwrap();
        let [scale] = quantization.scales[..] else { panic!("{path}") };
        let [zero_point] = quantization.zero_points[..] else { panic!("{path}") };
        let features = Quantization { scale: 26.0 / 256.0, zero_point: -128 };
        assert!(
            features.agrees_with(Quantization { scale, zero_point: zero_point as i32 }),
            "{path}: {quantization:?}"
        );
        checked += 1;
    }
    assert_eq!(checked, 7);
}

#[test]
fn info_as_json_and_as_a_table() {
    let file = runeblocks_model::read(golden("float.tflite")).unwrap();
    let info = ModelInfo::new(&file);
    let json = serde_json::to_value(&info).unwrap();
    assert_eq!(json["macs"], 3855);
    assert_eq!(json["quantized"], false);
    let int8 = json["backends"].as_array().unwrap().iter().find(|backend| backend["name"] == "int8").unwrap();
    assert_eq!((&int8["reasons"], &int8["memory"]["state"]), (&serde_json::json!([]), &serde_json::json!(0)));
    assert!(int8["memory"]["arena"].as_u64().is_some_and(|bytes| bytes > 520));
    assert_eq!(json["subgraphs"][0]["tensors"][0]["element_type"], "float32");
    assert_eq!(json["sha256"].as_str().map(str::len), Some(64));
    let table = info.to_string();
    for line in [
        "size         4736 bytes, 828 of them weights",
        "MACs         3855",
        "backend      int8: can run it",
        "   0  CONV_2D                    float32 [1, 13, 10, 1] float32 [1, 7, 5, 4]         1680",
    ] {
        assert!(table.lines().any(|found| found == line), "{line:?} is not in\n{table}");
    }
    let file = runeblocks_model::read(golden("int8.tflite")).unwrap();
    let table = ModelInfo::new(&file).to_string();
    assert!(table.contains("backend      int8: can run it"), "{table}");
    assert!(table.contains("scale 0.00390625, zero point -128"), "{table}");
    let file = runeblocks_model::read(golden("unsupported.tflite")).unwrap();
    let table = ModelInfo::new(&file).to_string();
    let reason = "backend      int8: can't run it\n             - operator 3 (Erode): the operator is not supported";
    assert!(table.contains(reason), "{table}");
}
