//! Models for tests, written as JSON: `inputs` and `outputs` are lists of `{name, type, shape}` with what else is known;
//! `warnings`, `obstacle`, `device` and `calibratable` (the reason why it is not) are what they are called. Running one writes into each output the sum of the first input.

use std::error::Error;
use std::path::Path;

use ndarray::IxDyn;
use runeblocks_core::{
    Axis, BlockError, Buffer, DynBlock, Facts, Number, Quantization, SampleRate, Shape, TensorView, numeric,
};
use runeblocks_graph::{LoadedModel, ModelLoader, ModelPort};
use serde_json::Value;

pub struct JsonModels;

#[derive(Clone)]
struct JsonModel {
    inputs: Vec<ModelPort>,
    outputs: Vec<ModelPort>,
    shapes: Vec<Vec<usize>>,
    warnings: Vec<String>,
    obstacle: Option<String>,
    device: Vec<String>,
    calibratable: Option<String>,
}

impl ModelLoader for JsonModels {
    fn check_backend(&self, name: &str) -> Result<(), Box<dyn Error + Send + Sync>> {
        if name == "json" { Ok(()) } else { Err(format!("there is no backend `{name}`: expected json").into()) }
    }

    fn load(
        &self,
        _: &Path,
        bytes: &[u8],
        _: Option<&str>,
    ) -> Result<Box<dyn LoadedModel>, Box<dyn Error + Send + Sync>> {
        let json: Value = serde_json::from_slice(bytes).map_err(|_| "the identifier `TFL3` is missing")?;
        let ports = |key: &str| json[key].as_array().into_iter().flatten().map(port).collect();
        let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
        let texts = |key: &str| json[key].as_array().into_iter().flatten().filter_map(text).collect();
        let outputs: Vec<ModelPort> = ports("outputs");
        Ok(Box::new(JsonModel {
            inputs: ports("inputs"),
            shapes: outputs.iter().map(|p| p.facts.shape.fixed().unwrap_or_default()).collect(),
            outputs,
            warnings: texts("warnings"),
            obstacle: text(&json["obstacle"]),
            device: texts("device"),
            calibratable: text(&json["calibratable"]),
        }))
    }
}

fn port(json: &Value) -> ModelPort {
    let axis = |value: &Value| value.as_u64().map_or(Axis::Stream, |n| Axis::Fixed(n as usize));
    let shape: Vec<Axis> = json["shape"].as_array().unwrap().iter().map(axis).collect();
    let mut facts = Facts::new(json["type"].as_str().unwrap().parse().unwrap(), Shape::from(shape));
    facts.sample_rate = json["sample_rate"].as_u64().map(|hz| SampleRate(hz as u32));
    facts.quantization = json["scale"].as_f64().map(|scale| Quantization {
        scale: scale as f32,
        zero_point: json["zero_point"].as_i64().unwrap_or_default() as i32,
    });
    facts.front_end = json["front_end"].as_str().map(|digest| digest.parse().unwrap());
    ModelPort { name: json["name"].as_str().unwrap().into(), facts }
}

impl LoadedModel for JsonModel {
    fn inputs(&self) -> &[ModelPort] {
        &self.inputs
    }

    fn outputs(&self) -> &[ModelPort] {
        &self.outputs
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    fn obstacle(&self) -> Option<String> {
        self.obstacle.clone()
    }

    fn device(&self) -> Vec<String> {
        self.device.clone()
    }

    fn calibratable(&self) -> Result<(), String> {
        self.calibratable.clone().map_or(Ok(()), Err)
    }

    fn again(&self) -> Box<dyn LoadedModel> {
        Box::new(self.clone())
    }
}

impl DynBlock for JsonModel {
    fn infer(&mut self, inputs: &[Facts]) -> Result<Vec<Facts>, BlockError> {
        assert!(inputs.iter().zip(&self.inputs).all(|(a, b)| a.element_type == b.facts.element_type));
        Ok(self.outputs.iter().map(|p| p.facts.clone()).collect())
    }

    fn process(&mut self, inputs: &[TensorView<'_>], outputs: &mut [Buffer]) -> Result<(), BlockError> {
        for (input, port) in inputs.iter().zip(&self.inputs) {
            let fits = |(axis, length): (&Axis, &usize)| *axis == Axis::Stream || *axis == Axis::Fixed(*length);
            assert!(port.facts.shape.axes().iter().zip(input.shape()).all(fits), "the graph reshapes");
        }
        let sum: f64 =
            inputs[0].clone().numeric().map_or(0.0, |v| numeric!(v, a => a.iter().map(|x| x.to_f64()).sum()));
        for (output, shape) in outputs.iter_mut().zip(&self.shapes) {
            match output.element_type() {
                runeblocks_core::ElementType::I8 => output.write::<i8, _>(IxDyn(shape))?.fill(sum as i8),
                runeblocks_core::ElementType::U8 => output.write::<u8, _>(IxDyn(shape))?.fill(sum as u8),
                runeblocks_core::ElementType::I16 => output.write::<i16, _>(IxDyn(shape))?.fill(sum as i16),
                _ => output.write::<f32, _>(IxDyn(shape))?.fill(sum as f32),
            }
        }
        Ok(())
    }

    fn reset(&mut self) {}

    fn save(&self) -> Vec<u8> {
        Vec::new()
    }

    fn restore(&mut self, _: &[u8]) -> Result<(), BlockError> {
        Ok(())
    }
}
