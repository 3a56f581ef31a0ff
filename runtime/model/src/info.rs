//! A summary of a model for people.

use core::fmt;

use runeblocks_graph::verdict;
use serde::Serialize;

use crate::{LastLayer, Memory, ModelFile, Operator, QuantizationParameters, TensorInfo, backends, device};

/// A summary of a model: the whole file, what runs it, and totals. Displays as a table.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct ModelInfo<'a> {
    /// What the file says.
    #[serde(flatten)]
    pub file: &'a ModelFile,
    /// Size of the file in bytes.
    pub file_bytes: usize,
    /// Multiply-accumulates of one invocation.
    pub macs: u64,
    /// Whether a tensor holds quantised values.
    pub quantized: bool,
    /// Whether TensorFlow Lite Micro runs it on a device.
    pub device: Verdict,
    /// Whether its last layer can be trained anew.
    pub calibratable: Verdict,
    /// The backends of this build, and why those that can't run the model can't.
    pub backends: Vec<BackendInfo>,
}

/// Whether something can be done with a model. Displays as `yes`, or `no, because …`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Verdict {
    /// Whether it can.
    pub yes: bool,
    /// Why it can't, a sentence each without its full stop; empty where it can.
    pub reasons: Vec<String>,
}

impl Verdict {
    fn new(reasons: Vec<String>) -> Self {
        Self { yes: reasons.is_empty(), reasons }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&verdict(&self.reasons))
    }
}

/// Whether a backend can run a model.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct BackendInfo {
    /// Name of the backend.
    pub name: &'static str,
    /// Why it can't run the model; empty where it can.
    pub reasons: Vec<String>,
    /// The memory that the model takes, where the backend can tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Memory>,
}

impl<'a> ModelInfo<'a> {
    /// Summarises a model.
    #[must_use]
    pub fn new(file: &'a ModelFile) -> Self {
        let backends = backends().iter().map(|backend| BackendInfo {
            name: backend.name(),
            reasons: backend.supports(file).err().map(|reasons| reasons.reasons).unwrap_or_default(),
            memory: backend.memory(file),
        });
        Self {
            file,
            file_bytes: file.bytes().len(),
            macs: file.macs(),
            quantized: file.quantized_tensors().next().is_some(),
            device: Verdict::new(device::reasons(file)),
            calibratable: Verdict::new(LastLayer::find(file).err().into_iter().collect()),
            backends: backends.collect(),
        }
    }
}

impl fmt::Display for ModelInfo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file;
        if let Some(description) = &file.description {
            writeln!(f, "description  {}", description.escape_debug())?;
        }
        writeln!(f, "size         {} bytes, {} of them weights", self.file_bytes, file.weight_bytes)?;
        writeln!(f, "MACs         {}", self.macs)?;
        writeln!(f, "quantised    {}", if self.quantized { "yes" } else { "no" })?;
        writeln!(f, "device       {}", self.device)?;
        writeln!(f, "calibratable {}", self.calibratable)?;
        for (index, tensor) in file.inputs().enumerate() {
            writeln!(f, "input {index}      {}", Port(tensor))?;
        }
        for (index, tensor) in file.outputs().enumerate() {
            writeln!(f, "output {index}     {}", Port(tensor))?;
        }
        for signature in &file.signatures {
            writeln!(f, "signature    {}", signature.key.escape_debug())?;
        }
        for metadata in &file.metadata {
            let text = metadata.text.as_deref().map_or_else(String::new, |text| format!(": {text}"));
            writeln!(f, "metadata     {} ({} bytes{text})", metadata.name.escape_debug(), metadata.bytes)?;
        }
        for backend in &self.backends {
            match backend.reasons.as_slice() {
                [] => {
                    writeln!(f, "backend      {}: can run it", backend.name)?;
                    if let Some(Memory { arena, state, prepared }) = backend.memory {
                        writeln!(
                            f,
                            "             arena {arena} bytes ({state} of them state), prepared {prepared} bytes"
                        )?;
                    }
                }
                reasons => {
                    writeln!(f, "backend      {}: can't run it", backend.name)?;
                    reasons.iter().try_for_each(|reason| writeln!(f, "             - {reason}"))?;
                }
            }
        }
        for (index, graph) in file.subgraphs.iter().enumerate() {
            let name = graph.name.escape_debug();
            write!(f, "\nsubgraph {index} {name}: {} operators\n\n", graph.operators.len())?;
            writeln!(f, "{:>4}  {:<26} {:<20} {:<20} {:>12}", "", "operator", "input", "output", "MACs")?;
            for (number, operator) in graph.operators.iter().enumerate() {
                let shape = |index: Option<usize>| {
                    index.map_or_else(|| "–".to_owned(), |index| typed_shape(&graph.tensors[index]))
                };
                let (input, output) =
                    (shape(operator.inputs.first().copied().flatten()), shape(operator.outputs.first().copied()));
                let macs = Macs(operator);
                let name = operator.name.escape_debug().to_string();
                writeln!(f, "{number:>4}  {name:<26} {input:<20} {output:<20} {macs:>12}")?;
            }
            write!(f, "\n{:>4}  {:<20} {:>9}  {:<24} name\n", "", "tensor", "constant", "quantisation")?;
            for (number, tensor) in graph.tensors.iter().enumerate() {
                let constant = tensor.constant_bytes.map_or_else(String::new, |bytes| format!("{bytes} B"));
                let quantization = tensor.quantization.as_ref().map_or_else(String::new, parameters);
                let (shape, name) = (typed_shape(tensor), tensor.name.escape_debug());
                writeln!(f, "{number:>4}  {shape:<20} {constant:>9}  {quantization:<24} {name}")?;
            }
        }
        Ok(())
    }
}

/// An input or output in one line.
struct Port<'a>(&'a TensorInfo);

impl fmt::Display for Port<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", typed_shape(self.0))?;
        if let Some(quantization) = &self.0.quantization {
            write!(f, ", {}", parameters(quantization))?;
        }
        write!(f, "  {}", self.0.name.escape_debug())
    }
}

/// Multiply-accumulates of an operator; blank where they are not counted.
struct Macs<'a>(&'a Operator);

impl fmt::Display for Macs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.counts_macs() { self.0.macs.fmt(f) } else { f.pad("") }
    }
}

fn typed_shape(tensor: &TensorInfo) -> String {
    format!("{} {:?}", tensor.element_type, tensor.shape)
}

fn parameters(quantization: &QuantizationParameters) -> String {
    match (quantization.scales.as_slice(), quantization.zero_points.as_slice()) {
        ([scale], [zero_point]) => format!("scale {scale}, zero point {zero_point}"),
        (scales, _) => format!("{} scales along axis {}", scales.len(), quantization.axis),
    }
}
