//! CONCATENATION and PACK.

use alloc::boxed::Box;
use alloc::vec::Vec;

use runeblocks_tflite::TensorType::Int8;
use runeblocks_tflite::schema;

use crate::error::{Refusal, refuse};
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};
use crate::ops::activation::Activation;
use crate::ops::shared::axis_of;
use crate::ops::transfer::{Transfer, Transfers, check_type};
use crate::ops::view::View;
use crate::tensor::Tensor;

/// CONCATENATION: the inputs one after the other along an axis.
pub(super) fn concatenation(node: &Node<'_>) -> Result<Prepared, Refusal> {
    node.check_counts(1.., 1)?;
    let Some(options) = node.options::<schema::ConcatenationOptions<'_>>() else {
        refuse!("it has no options: expected those of CONCATENATION");
    };
    let activation = Activation::of(options.fused_activation_function())?;
    if activation != Activation::None {
        refuse!("its fused activation is {activation:?}: expected none");
    }
    let output = node.output(0)?;
    let axis = axis_of(options.axis().into(), output.shape.len())?;
    let mut parts = Vec::new();
    let mut begin = 0;
    for number in 0..node.input_count() {
        let input = node.input(number)?;
        check_type(output, input)?;
        let Some(&length) = input.shape.get(axis).filter(|_| begin <= output.shape[axis]) else {
            refuse!("its input {number} has the shape {:?}: expected a part of {:?}", input.shape, output.shape);
        };
        let place = View::of(output)?.slice(axis, begin, length, 1)?;
        parts.push((input, Transfer::new(&View::of(input)?, &place)?));
        begin += length;
    }
    if begin != output.shape[axis] {
        refuse!("its output has the shape {:?} in the file: expected {begin} along axis {axis}", output.shape);
    }
    if parts.iter().all(|(input, _)| input.kind != Int8 || is_quantized_alike(input, output)) {
        let mut transfers = Transfers::default();
        parts.into_iter().for_each(|(input, transfer)| transfers.add([input, output], transfer));
        return Prepared::run(transfers);
    }
    let rescaled = |(input, transfer): (&Tensor, Transfer)| {
        Ok(Part { input: input.index, transfer, table: table(input, output)? })
    };
    let parts = parts.into_iter().map(rescaled).collect::<Result<_, Refusal>>()?;
    Prepared::run(Rescaled { parts, output: output.index })
}

fn is_quantized_alike(a: &Tensor, b: &Tensor) -> bool {
    a.scales == b.scales && a.zero_points == b.zero_points
}

/// An input with other values in the output.
struct Part {
    input: usize,
    transfer: Transfer,
    table: Box<[u8; 256]>,
}

/// Concatenates inputs that are quantised unlike the output.
struct Rescaled {
    parts: Vec<Part>,
    output: usize,
}

impl Op for Rescaled {
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        for Part { input, transfer, table } in &self.parts {
            let ([input], output, _) = memory.get([*input], self.output);
            transfer.run_through(table, input, output);
        }
        Ok(())
    }

    fn prepared_bytes(&self) -> usize {
        self.parts.len() * (size_of::<Part>() + 256)
    }
}

/// The outputs for each input byte. Only `uint8` is scaled anew, as LiteRT has it: `round(input · scale − zero point ·
/// scale)`, both products in 32 bits, with the zero point of the output added.
fn table(input: &Tensor, output: &Tensor) -> Result<Box<[u8; 256]>, Refusal> {
    if !output.was_unsigned {
        refuse!(
            "its input {:?} has the scales {:?} and zero points {:?}, its output {:?} and {:?}: expected the same",
            input.name,
            input.scales,
            input.zero_points,
            output.scales,
            output.zero_points
        );
    }
    // From here on in the numbers of the file.
    let ((input_scale, input_zero), (output_scale, output_zero)) = (input.quantization()?, output.quantization()?);
    let (input_zero, output_zero) = (input_zero + 128, output_zero + 128);
    let same = input_scale == output_scale && input_zero == output_zero;
    let scale = input_scale * (1.0 / output_scale);
    let bias = -input_zero as f32 * scale;
    let output_of = |byte: usize| {
        let value = byte ^ 0x80;
        let scaled = libm::roundf(value as f32 * scale + bias) as i32;
        let output = if same { value as i32 } else { scaled.saturating_add(output_zero).clamp(0, 255) };
        output as u8 ^ 0x80
    };
    Ok(Box::new(core::array::from_fn(output_of)))
}

/// PACK: the inputs one after the other along a new axis.
pub(super) fn pack(node: &Node<'_>) -> Result<Prepared, Refusal> {
    node.check_counts(1.., 1)?;
    let Some(options) = node.options::<schema::PackOptions<'_>>() else {
        refuse!("it has no options: expected those of PACK");
    };
    let (first, output) = (node.input(0)?, node.output(0)?);
    let axis = axis_of(options.axis().into(), first.shape.len() + 1)?;
    let mut packed = first.shape.clone();
    packed.insert(axis, node.input_count());
    node.check_shape(0, &packed)?;
    let mut transfers = Transfers::default();
    for number in 0..node.input_count() {
        let input = node.input(number)?;
        check_type(output, input)?;
        let place = View::of(output)?.select(axis, number)?;
        transfers.add([input, output], Transfer::new(&View::of(input)?, &place)?);
    }
    Prepared::run(transfers)
}
