//! What a TensorFlow Lite file says about itself: subgraphs, operators, tensors, quantisation.
//!
//! These types are independent of how the file is decoded. Every index in a [`ModelFile`] has been checked against what it
//! points into, and every constant's size against its shape and element type, so that code that holds one may index without doubt.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use runeblocks_core::Digest;
use serde::Serialize;

use crate::bytes::Bytes;
use crate::{DecodeError, TensorType, schema};

/// The greatest size of a file, in bytes; offsets of the format reach no further.
pub const MAX_FILE_BYTES: u64 = 1 << 31;

/// The greatest size of one tensor, in bytes; a file that declares a greater one is refused.
pub const MAX_TENSOR_BYTES: usize = 1 << 30;

/// The greatest size of all tensors of one subgraph together, in bytes; a file that declares more is refused.
pub const MAX_SUBGRAPH_BYTES: usize = 1 << 31;

/// A decoded and checked TensorFlow Lite file.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct ModelFile {
    /// Version of the file's schema; 3 in every file written since 2017.
    pub schema_version: u32,
    /// Free text of the converter.
    pub description: Option<String>,
    /// The subgraphs; the first is the one that is run.
    pub subgraphs: Vec<Subgraph>,
    /// Named entry points.
    pub signatures: Vec<Signature>,
    /// Named blobs that ride along.
    pub metadata: Vec<Metadata>,
    /// Bytes of constants that tensors refer to, each buffer counted once.
    pub weight_bytes: usize,
    /// SHA-256 of the file.
    #[serde(serialize_with = "hexadecimal")]
    pub sha256: [u8; 32],
    #[serde(skip)]
    pub(crate) bytes: Bytes,
}

/// A graph of operators over tensors.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Subgraph {
    /// Name, empty where the file gives none.
    pub name: String,
    /// All tensors; the other fields index this one.
    pub tensors: Vec<TensorInfo>,
    /// Tensors that the caller fills.
    pub inputs: Vec<usize>,
    /// Tensors that the caller reads.
    pub outputs: Vec<usize>,
    /// Operators in the order in which they run.
    pub operators: Vec<Operator>,
}

/// A tensor of a subgraph.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct TensorInfo {
    /// Name, empty where the file gives none.
    pub name: String,
    /// Element type.
    pub element_type: TensorType,
    /// Shape; empty for a scalar. An axis that may be resized has the length that the file gives for one invocation.
    pub shape: Vec<usize>,
    /// Axes that the file leaves open (−1 in its shape signature).
    pub open_axes: Vec<usize>,
    /// Scales and zero points, where the tensor is quantised.
    pub quantization: Option<QuantizationParameters>,
    /// Bytes of the constant that the file holds for this tensor.
    pub constant_bytes: Option<usize>,
    /// Where in the file they stand.
    #[serde(skip)]
    pub constant: Option<Range<usize>>,
    /// Whether the tensor keeps its content from one invocation to the next.
    pub is_variable: bool,
    /// Whether the constant is stored in a sparse format.
    pub is_sparse: bool,
}

/// How integers of a tensor stand for real numbers: `real = scale × (integer − zero_point)`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct QuantizationParameters {
    /// One scale for the tensor, or one for each index of `axis`.
    pub scales: Vec<f32>,
    /// One zero point for each scale.
    pub zero_points: Vec<i64>,
    /// The axis that several scales belong to.
    pub axis: usize,
}

/// One operator of a subgraph.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Operator {
    /// Code of the built-in operator; [`Operator::CUSTOM`] for custom ones.
    pub code: i32,
    /// Name of the built-in operator (`CONV_2D`), or the custom operator's own.
    pub name: String,
    /// Version of the operator's definition.
    pub version: i32,
    /// Input tensors; `None` for an optional one that is left out.
    pub inputs: Vec<Option<usize>>,
    /// Output tensors.
    pub outputs: Vec<usize>,
    /// Multiply-accumulates of one invocation (see [`Operator::counts_macs`]).
    pub macs: u64,
}

/// A named entry point.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Signature {
    /// Name of the entry point (`serving_default`).
    pub key: String,
    /// The subgraph it runs.
    pub subgraph: usize,
    /// Names of the inputs, and their tensors.
    pub inputs: Vec<(String, usize)>,
    /// Names of the outputs, and their tensors.
    pub outputs: Vec<(String, usize)>,
}

/// A named blob.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Metadata {
    /// Name (`min_runtime_version`).
    pub name: String,
    /// Size in bytes.
    pub bytes: usize,
    /// The content, where it is printable text of at most 200 characters.
    pub text: Option<String>,
}

impl ModelFile {
    /// Decodes and checks the bytes of a file. Any bytes give a model or an error, and memory is taken in proportion to
    /// their number. Bytes of a `&'static [u8]` are used where they lie.
    ///
    /// # Errors
    ///
    /// When the bytes are not a sound TensorFlow Lite file; the error names the part and what was found there.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Result<Self, DecodeError> {
        crate::decode::decode(bytes.into())
    }

    /// The file's own bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The file's own bytes, shared.
    pub fn shared_bytes(&self) -> Bytes {
        self.bytes.clone()
    }

    /// The bytes of a tensor's constant.
    pub fn constant(&self, tensor: &TensorInfo) -> Option<&[u8]> {
        self.bytes.get(tensor.constant.clone()?)
    }

    /// The tables of the file.
    #[expect(unsafe_code, reason = "the file was verified when it was decoded")]
    pub fn tables(&self) -> schema::Model<'_> {
        // SAFETY: a `ModelFile` is only made of bytes that the verifier has found sound, and they do not change.
        unsafe { schema::root_again(&self.bytes) }
    }

    /// The table of an operator, with its options.
    ///
    /// # Panics
    ///
    /// When the file has no such subgraph or operator.
    pub fn operator(&self, subgraph: usize, operator: usize) -> schema::Operator<'_> {
        let graphs = self.tables().subgraphs().expect("a decoded file has subgraphs");
        graphs.get(subgraph).operators().expect("the subgraph has operators").get(operator)
    }

    /// The subgraph that is run: the first.
    pub fn main(&self) -> &Subgraph {
        &self.subgraphs[0]
    }

    /// The tensors that a caller fills, in order.
    pub fn inputs(&self) -> impl ExactSizeIterator<Item = &TensorInfo> {
        let main = self.main();
        main.inputs.iter().map(|&index| &main.tensors[index])
    }

    /// The tensors that a caller reads, in order.
    pub fn outputs(&self) -> impl ExactSizeIterator<Item = &TensorInfo> {
        let main = self.main();
        main.outputs.iter().map(|&index| &main.tensors[index])
    }

    /// Multiply-accumulates of one invocation of the first subgraph.
    pub fn macs(&self) -> u64 {
        self.main().operators.iter().fold(0, |sum, op| sum.saturating_add(op.macs))
    }

    /// Tensors of any subgraph that hold quantised values: integers of 16 bits or fewer, or any element type with a scale.
    pub fn quantized_tensors(&self) -> impl Iterator<Item = &TensorInfo> {
        self.subgraphs.iter().flat_map(|graph| &graph.tensors).filter(|tensor| tensor.is_quantized())
    }
}

impl TensorInfo {
    /// Number of elements.
    pub fn elements(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether the tensor holds quantised values: integers of 16 bits or fewer, or any element type with a scale.
    pub fn is_quantized(&self) -> bool {
        self.element_type.holds_quantised_values() || self.quantization.is_some()
    }
}

impl Operator {
    /// The code of custom operators.
    pub const CUSTOM: i32 = 32;

    /// Whether the operator is a custom one, known by its name alone.
    pub fn is_custom(&self) -> bool {
        self.code == Self::CUSTOM
    }
}

fn hexadecimal<S: serde::Serializer>(digest: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Digest(*digest))
}
