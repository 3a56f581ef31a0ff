//! Changes to a file: what constants hold, how large tensors are and what their integers stand for.

use alloc::string::String;
use alloc::vec::Vec;

use flatbuffers::Table;

use crate::schema::{Buffer, QuantizationParameters, SubGraph, Tensor};
use crate::table::place;
use crate::{DecodeError, ModelFile, TensorInfo};

/// Changes to the first subgraph of a file.
///
/// All that is not changed stays as it is, byte by byte. What has as many elements as before is written where it stood; what
/// has more or fewer, or is used elsewhere too, is appended to the file.
pub struct Patch<'a> {
    file: &'a ModelFile,
    bytes: Vec<u8>,
    /// Where the file says where a vector is that may be changed.
    slots: Vec<usize>,
}

/// Why a file can't be changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PatchError {
    /// The file has no place for what is to be changed.
    #[error("the tensor `{tensor}` has no {what} that could be changed")]
    Missing {
        /// The tensor.
        tensor: String,
        /// What is missing.
        what: &'static str,
    },
    /// Another tensor has the same constant.
    #[error("the tensors `{tensor}` and `{other}` share one constant: it can't be changed for one of them")]
    Shared {
        /// The tensor.
        tensor: String,
        /// The other one.
        other: String,
    },
    /// The changes don't fit together.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

type Result<T> = core::result::Result<T, PatchError>;

/// Where the field of a table says where its vector is.
fn slot(table: Table<'_>, field: u16) -> Option<usize> {
    let offset = usize::from(table.vtable().get(place(field)));
    (offset != 0).then(|| table.loc() + offset)
}

/// The slots of a tensor: its shape and signature, and of its quantisation minimum, maximum, scale and zero point.
struct TensorSlots {
    shape: Option<usize>,
    signature: Option<usize>,
    quantization: [Option<usize>; 4],
}

impl TensorSlots {
    fn of(tensor: Tensor<'_>) -> Self {
        let of = |quantization: QuantizationParameters<'_>| [0, 1, 2, 3].map(|field| slot(quantization.0, field));
        TensorSlots {
            shape: slot(tensor.0, 0),
            signature: slot(tensor.0, 7),
            quantization: tensor.quantization().map_or([None; 4], of),
        }
    }

    fn all(&self) -> impl Iterator<Item = usize> {
        [self.shape, self.signature].into_iter().chain(self.quantization).flatten()
    }
}

impl<'a> Patch<'a> {
    /// No change yet.
    pub fn new(file: &'a ModelFile) -> Self {
        let model = file.tables();
        let graphs = model.subgraphs().into_iter().flatten();
        let tensors = graphs.flat_map(|graph| graph.tensors().into_iter().flatten());
        let mut slots: Vec<_> = tensors.flat_map(|tensor| TensorSlots::of(tensor).all().collect::<Vec<_>>()).collect();
        slots.extend(model.buffers().into_iter().flatten().filter_map(|buffer| slot(buffer.0, 0)));
        Self { file, bytes: file.bytes().to_vec(), slots }
    }

    fn graph(&self) -> SubGraph<'a> {
        self.file.tables().subgraphs().expect("a decoded file has subgraphs").get(0)
    }

    fn tensor(&self, index: usize) -> (&'a TensorInfo, Tensor<'a>) {
        let tables = self.graph().tensors().expect("the subgraph has the tensors that are asked for");
        (&self.file.main().tensors[index], tables.get(index))
    }

    /// Changes what a constant holds: the bytes of its elements, little-endian and row-major.
    ///
    /// # Errors
    ///
    /// When the tensor is no constant, or another tensor has the same one.
    ///
    /// # Panics
    ///
    /// When there is no such tensor.
    pub fn constant(&mut self, tensor: usize, data: &[u8]) -> Result<()> {
        let (info, table) = self.tensor(tensor);
        if info.constant.is_none() {
            return Err(missing(info, "constant"));
        }
        let graphs = self.file.subgraphs.iter().zip(self.file.tables().subgraphs().into_iter().flatten());
        let same = graphs.flat_map(|(graph, tables)| graph.tensors.iter().zip(tables.tensors().into_iter().flatten()));
        let mut others = same.filter(|(_, other)| other.buffer() == table.buffer() && other.0.loc() != table.0.loc());
        if let Some((other, _)) = others.next() {
            return Err(PatchError::Shared { tensor: info.name.clone(), other: other.name.clone() });
        }
        let buffers = self.file.tables().buffers();
        let buffer = buffers.map(|list| list.get(table.buffer() as usize));
        let slot = buffer.and_then(|buffer: Buffer<'_>| slot(buffer.0, 0));
        self.vector(slot.ok_or(missing(info, "constant"))?, data, data.len());
        Ok(())
    }

    /// Changes a shape, and the last axes of the signature where the tensor has one.
    ///
    /// # Errors
    ///
    /// When the tensor has no shape.
    ///
    /// # Panics
    ///
    /// When there is no such tensor.
    pub fn shape(&mut self, tensor: usize, shape: &[usize]) -> Result<()> {
        let (info, table) = self.tensor(tensor);
        let slots = TensorSlots::of(table);
        let lengths: Vec<i32> = shape.iter().map(|&axis| i32::try_from(axis).unwrap_or(i32::MAX)).collect();
        let open = |(axis, length): (usize, &i32)| if info.open_axes.contains(&axis) { -1 } else { *length };
        let signature: Vec<i32> = lengths.iter().enumerate().map(open).collect();
        let bytes = |lengths: &[i32]| lengths.iter().flat_map(|length| length.to_le_bytes()).collect::<Vec<_>>();
        self.vector(slots.shape.ok_or(missing(info, "shape"))?, &bytes(&lengths), shape.len());
        if let Some(slot) = slots.signature {
            self.vector(slot, &bytes(&signature), shape.len());
        }
        Ok(())
    }

    /// Changes scales and zero points: one of each, or one for each index of the axis that several belong to.
    ///
    /// # Errors
    ///
    /// When the tensor has none.
    ///
    /// # Panics
    ///
    /// When there is no such tensor, or there are not as many zero points as scales.
    pub fn quantization(&mut self, tensor: usize, scales: &[f32], zero_points: &[i64]) -> Result<()> {
        assert_eq!(scales.len(), zero_points.len(), "a zero point for each scale");
        let (info, table) = self.tensor(tensor);
        let [min, max, scale, zero_point] = TensorSlots::of(table).quantization;
        let ends = |integer: i64| {
            let pairs = scales.iter().zip(zero_points);
            pairs.flat_map(move |(scale, zero)| (*scale * (integer - zero) as f32).to_le_bytes()).collect::<Vec<_>>()
        };
        for (slot, integer) in [(min, i8::MIN), (max, i8::MAX)] {
            if let Some(slot) = slot {
                self.vector(slot, &ends(integer.into()), scales.len());
            }
        }
        let bytes: Vec<u8> = scales.iter().flat_map(|scale| scale.to_le_bytes()).collect();
        self.vector(scale.ok_or(missing(info, "scale"))?, &bytes, scales.len());
        let bytes: Vec<u8> = zero_points.iter().flat_map(|zero_point| zero_point.to_le_bytes()).collect();
        self.vector(zero_point.ok_or(missing(info, "zero point"))?, &bytes, zero_points.len());
        Ok(())
    }

    /// Lets the subgraph give other tensors.
    ///
    /// # Panics
    ///
    /// When the subgraph has no outputs.
    pub fn outputs(&mut self, tensors: &[usize]) {
        let slot = slot(self.graph().0, 2).expect("a decoded file has outputs");
        let bytes: Vec<u8> = tensors.iter().flat_map(|&tensor| (tensor as i32).to_le_bytes()).collect();
        self.vector(slot, &bytes, tensors.len());
    }

    /// The changed file.
    ///
    /// # Errors
    ///
    /// When the changes don't fit together, as a shape and its constant.
    pub fn finish(self) -> Result<ModelFile> {
        Ok(ModelFile::from_bytes(self.bytes)?)
    }

    fn u32_at(&self, at: usize) -> usize {
        let bytes = self.bytes[at..at + 4].try_into().expect("four bytes");
        u32::from_le_bytes(bytes) as usize
    }

    /// Where the vector of a slot is.
    fn target(&self, slot: usize) -> usize {
        slot + self.u32_at(slot)
    }

    /// Writes a vector of `count` elements.
    fn vector(&mut self, slot: usize, data: &[u8], count: usize) {
        /// Constants have to stand at multiples of this.
        const ALIGNMENT: usize = 16;
        let at = self.target(slot);
        let users = self.slots.iter().filter(|&&other| self.target(other) == at).count();
        if self.u32_at(at) == count && users <= 1 {
            self.bytes[at + 4..][..data.len()].copy_from_slice(data);
            return;
        }
        let at = (self.bytes.len() + 4).next_multiple_of(ALIGNMENT) - 4;
        self.bytes.resize(at, 0);
        self.bytes.extend((count as u32).to_le_bytes());
        self.bytes.extend_from_slice(data);
        self.bytes[slot..slot + 4].copy_from_slice(&((at - slot) as u32).to_le_bytes());
    }
}

fn missing(tensor: &TensorInfo, what: &'static str) -> PatchError {
    PatchError::Missing { tensor: tensor.name.clone(), what }
}
