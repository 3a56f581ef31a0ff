//! Decodes the flatbuffer of a TensorFlow Lite file into a [`ModelFile`].
//!
//! All access goes through the flatbuffer verifier; the tables are those of [`schema`]. On top of what the
//! verifier checks (offsets, strings, alignment) every index is checked against what it points into, shapes against their
//! bounds, and constants against their shapes.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use sha2::{Digest, Sha256};

use crate::bytes::Bytes;
use crate::file::{
    MAX_SUBGRAPH_BYTES, MAX_TENSOR_BYTES, Metadata, ModelFile, Operator, QuantizationParameters, Signature, Subgraph,
    TensorInfo,
};
use crate::schema::{self, FILE_IDENTIFIER};
use crate::{DecodeError, TensorType, macs, operator};

type Result<T> = core::result::Result<T, DecodeError>;

/// Decodes a file.
pub(crate) fn decode(bytes: Bytes) -> Result<ModelFile> {
    let identifier = bytes.get(4..8).unwrap_or_default();
    if identifier != FILE_IDENTIFIER.as_bytes() {
        return damaged(
            "header",
            format!(
                "the file identifier (bytes 4 to 7) is {:?}, expected \"TFL3\" (the file has {} bytes)",
                String::from_utf8_lossy(identifier),
                bytes.len()
            ),
        );
    }
    let model = schema::root(&bytes).map_err(|error| verifier_error(&error))?;
    let buffers = model.buffers().iter().flatten().map(|buffer| buffer.data()).collect();
    let decoder = Decoder { buffers, model, start: bytes.as_ptr() as usize };
    let mut used = BTreeSet::new();
    let mut subgraphs = Vec::new();
    for (index, graph) in decoder.model.subgraphs().iter().flatten().enumerate() {
        subgraphs.push(decoder.subgraph(index, graph, &mut used)?);
    }
    if subgraphs.is_empty() {
        return damaged("subgraphs", "none found, expected at least one".into());
    }
    let signatures = decoder.signatures(&subgraphs)?;
    let metadata = decoder.metadata()?;
    let weight_bytes = used.iter().filter_map(|&index| decoder.buffers[index]).map(|data| data.len()).sum();
    let (schema_version, description) = (decoder.model.version(), decoder.model.description().map(str::to_owned));
    let sha256 = Sha256::digest(&*bytes).into();
    Ok(ModelFile { schema_version, description, subgraphs, signatures, metadata, weight_bytes, sha256, bytes })
}

struct Decoder<'a> {
    model: schema::Model<'a>,
    buffers: Vec<Option<flatbuffers::Vector<'a, u8>>>,
    /// Address of the file's first byte.
    start: usize,
}

impl<'a> Decoder<'a> {
    fn subgraph(&self, index: usize, graph: schema::SubGraph<'a>, used: &mut BTreeSet<usize>) -> Result<Subgraph> {
        let here = format!("subgraph {index}");
        let mut tensors = Vec::new();
        let mut total = 0_usize;
        for (number, tensor) in graph.tensors().iter().flatten().enumerate() {
            let part = format!("{here}, tensor {number} {:?}", tensor.name().unwrap_or_default());
            let tensor = self.tensor(&part, tensor, used)?;
            total = total.saturating_add(tensor.element_type.bytes(tensor.elements()).unwrap_or(0));
            tensors.push(tensor);
        }
        if total > MAX_SUBGRAPH_BYTES {
            return damaged(&here, format!("its tensors take {total} bytes, the limit is {MAX_SUBGRAPH_BYTES}"));
        }
        let mut operators = Vec::new();
        for (number, operator) in graph.operators().iter().flatten().enumerate() {
            operators.push(self.operator(&format!("{here}, operator {number}"), operator, &tensors)?);
        }
        let port = |what: &str, list: Option<flatbuffers::Vector<'a, i32>>| {
            let part = format!("{here}, {what}");
            list.iter().flatten().map(|n| tensor_index(&part, n, tensors.len())).collect::<Result<Vec<_>>>()
        };
        let (inputs, outputs) = (port("inputs", graph.inputs())?, port("outputs", graph.outputs())?);
        Ok(Subgraph { name: graph.name().unwrap_or_default().to_owned(), tensors, inputs, outputs, operators })
    }

    fn tensor(&self, part: &str, tensor: schema::Tensor<'a>, used: &mut BTreeSet<usize>) -> Result<TensorInfo> {
        let element_type = TensorType::from_code(tensor.type_());
        let mut shape = Vec::new();
        for length in tensor.shape().iter().flatten() {
            let length = usize::try_from(length).or_else(|_| {
                damaged(part, format!("an axis of its shape has the length {length}, expected 0 or more"))
            })?;
            shape.push(length);
        }
        // The product runs over the lengths with zeros left out, so that no order of multiplication can overflow.
        let elements = shape.iter().filter(|&&n| n != 0).try_fold(1_usize, |all, &n| all.checked_mul(n));
        let bytes = elements.filter(|&n| n <= MAX_TENSOR_BYTES).map(|n| element_type.bytes(n).unwrap_or(n));
        if bytes.is_none_or(|bytes| bytes > MAX_TENSOR_BYTES) {
            return damaged(part, format!("its shape {shape:?} of {element_type} exceeds {MAX_TENSOR_BYTES} bytes"));
        }
        let is_sparse = tensor.sparsity().is_some();
        let buffer = tensor.buffer() as usize;
        let data = match self.buffers.get(buffer) {
            Some(data) => data.filter(|data| buffer != 0 && !data.is_empty()),
            None if buffer == 0 => None,
            None => {
                return damaged(part, format!("its buffer is number {buffer}, the file has {}", self.buffers.len()));
            }
        };
        let constant_bytes = data.map(|data| data.len());
        let constant = data.map(|data| {
            let at = data.bytes().as_ptr() as usize - self.start;
            at..at + data.len()
        });
        if let Some(found) = constant_bytes {
            used.insert(buffer);
            let expected = element_type.bytes(shape.iter().product());
            if !is_sparse && expected.is_some_and(|expected| expected != found) {
                let expected = expected.unwrap_or_default();
                return damaged(
                    part,
                    format!(
                        "its constant has {found} bytes, expected {expected} for the shape {shape:?} of {element_type}"
                    ),
                );
            }
        }
        let signature = tensor.shape_signature();
        let open_axes = signature.iter().flatten().enumerate().filter(|(_, n)| *n < 0).map(|(axis, _)| axis);
        Ok(TensorInfo {
            name: tensor.name().unwrap_or_default().to_owned(),
            element_type,
            open_axes: open_axes.filter(|&axis| axis < shape.len()).collect(),
            quantization: quantization(part, tensor.quantization(), &shape)?,
            shape,
            constant_bytes,
            constant,
            is_variable: tensor.is_variable(),
            is_sparse,
        })
    }

    fn operator(&self, part: &str, operator: schema::Operator<'a>, tensors: &[TensorInfo]) -> Result<Operator> {
        let codes = self.model.operator_codes();
        let number = operator.opcode_index() as usize;
        let Some(entry) = codes.filter(|codes| number < codes.len()).map(|codes| codes.get(number)) else {
            let count = codes.map_or(0, |codes| codes.len());
            return damaged(part, format!("its operator code is number {number}, the file has {count}"));
        };
        // The older field has one byte: codes above 127 stand in the newer one alone, and the older then holds 127. Files
        // from before the newer field leave that at 0.
        let (older, newer) = (i32::from(entry.deprecated_builtin_code()), entry.builtin_code());
        let code = older.max(newer);
        if newer != 0 && older != newer.min(127) {
            return damaged(part, format!("its operator code is {older} in the older field, {newer} in the newer"));
        }
        let name = match operator::name(code) {
            _ if code == operator::CUSTOM => entry.custom_code().unwrap_or("CUSTOM").to_owned(),
            Some(name) => name.to_owned(),
            None => format!("BUILTIN_{code}"),
        };
        let mut inputs = Vec::new();
        for index in operator.inputs().iter().flatten() {
            let left_out = index == -1;
            inputs.push(if left_out { None } else { Some(tensor_index(part, index, tensors.len())?) });
        }
        let mut outputs = Vec::new();
        for index in operator.outputs().iter().flatten() {
            outputs.push(tensor_index(part, index, tensors.len())?);
        }
        let mut operator = Operator { code, name, version: entry.version(), inputs, outputs, macs: 0 };
        let Some(macs) = macs::count(&operator, tensors) else {
            return damaged(
                part,
                format!("the tensors of this {} do not have the number or ranks that it asks for", operator.name),
            );
        };
        operator.macs = macs;
        Ok(operator)
    }

    fn signatures(&self, subgraphs: &[Subgraph]) -> Result<Vec<Signature>> {
        let mut signatures = Vec::new();
        for (number, signature) in self.model.signature_defs().iter().flatten().enumerate() {
            let key = signature.signature_key().unwrap_or_default().to_owned();
            let part = format!("signature {number} {key:?}");
            let subgraph = signature.subgraph_index() as usize;
            let Some(graph) = subgraphs.get(subgraph) else {
                return damaged(&part, format!("it names subgraph {subgraph}, the file has {}", subgraphs.len()));
            };
            let ports = |list: Option<flatbuffers::Vector<'a, flatbuffers::ForwardsUOffset<schema::TensorMap<'a>>>>| {
                let entries = list.iter().flatten().map(|entry| {
                    let index = i32::try_from(entry.tensor_index()).unwrap_or(i32::MAX);
                    let tensor = tensor_index(&part, index, graph.tensors.len())?;
                    Ok((entry.name().unwrap_or_default().to_owned(), tensor))
                });
                entries.collect::<Result<Vec<_>>>()
            };
            let (inputs, outputs) = (ports(signature.inputs())?, ports(signature.outputs())?);
            signatures.push(Signature { key, subgraph, inputs, outputs });
        }
        Ok(signatures)
    }

    fn metadata(&self) -> Result<Vec<Metadata>> {
        let mut all = Vec::new();
        for (number, entry) in self.model.metadata().iter().flatten().enumerate() {
            let name = entry.name().unwrap_or_default().to_owned();
            let index = entry.buffer() as usize;
            let Some(data) = self.buffers.get(index) else {
                let part = format!("metadata {number} {name:?}");
                return damaged(&part, format!("its buffer is number {index}, the file has {}", self.buffers.len()));
            };
            let data = data.map(|data| data.bytes()).unwrap_or_default();
            all.push(Metadata { name, bytes: data.len(), text: printable(data) });
        }
        Ok(all)
    }
}

/// Scales and zero points of a tensor, or `None` where there is no scale.
fn quantization(
    part: &str,
    parameters: Option<schema::QuantizationParameters<'_>>,
    shape: &[usize],
) -> Result<Option<QuantizationParameters>> {
    let Some(parameters) = parameters else { return Ok(None) };
    let scales: Vec<f32> = parameters.scale().iter().flatten().collect();
    if scales.is_empty() {
        return Ok(None);
    }
    if let Some(scale) = scales.iter().find(|scale| !scale.is_finite() || **scale < 0.0) {
        return damaged(part, format!("a scale of its quantisation is {scale}, expected a finite number of 0 or more"));
    }
    let mut zero_points: Vec<i64> = parameters.zero_point().iter().flatten().collect();
    if zero_points.is_empty() {
        zero_points = vec![0; scales.len()];
    }
    if zero_points.len() != scales.len() {
        let (points, scales) = (zero_points.len(), scales.len());
        return damaged(
            part,
            format!("its quantisation has {scales} scales and {points} zero points, expected as many of each"),
        );
    }
    let named = usize::try_from(parameters.quantized_dimension()).unwrap_or(usize::MAX);
    // Some converters write the kernel's axis for its bias, which has one axis only.
    let axis = if scales.len() > 1 && shape.len() == 1 { 0 } else { named };
    if scales.len() > 1 && shape.get(axis) != Some(&scales.len()) {
        let (count, axis) = (scales.len(), parameters.quantized_dimension());
        return damaged(part, format!("its quantisation has {count} scales along axis {axis}, its shape is {shape:?}"));
    }
    Ok(Some(QuantizationParameters { scales, zero_points, axis }))
}

/// Checks an index into the tensors of a subgraph.
fn tensor_index(part: &str, index: i32, count: usize) -> Result<usize> {
    match usize::try_from(index) {
        Ok(index) if index < count => Ok(index),
        _ => damaged(part, format!("it names tensor {index}, the subgraph has {count}")),
    }
}

fn damaged<T>(part: &str, found: String) -> Result<T> {
    Err(DecodeError { part: part.to_owned(), found })
}

/// The verifier's message, with the fields that lead to the place: it lists them from the innermost out.
fn verifier_error(error: &flatbuffers::InvalidFlatbuffer) -> DecodeError {
    let message = error.to_string();
    let mut lines = message.lines();
    let found = lines.next().unwrap_or_default().trim_end_matches(['.', ':']).to_owned();
    let mut path: Vec<String> = lines
        .filter_map(|line| {
            let (_, step) = line.split_once("while verifying ")?;
            let (step, _) = step.rsplit_once(" at position")?;
            Some(step.replace("table field ", "").replace("vector element ", "number ").replace('`', ""))
        })
        .collect();
    path.push("flatbuffer".into());
    path.reverse();
    DecodeError { part: path.join(", "), found }
}

/// The content of a short text without its padding.
fn printable(data: &[u8]) -> Option<String> {
    let text = core::str::from_utf8(data).ok()?.trim_end_matches('\0');
    (!text.is_empty() && text.len() <= 200 && !text.chars().any(char::is_control)).then(|| text.to_owned())
}
