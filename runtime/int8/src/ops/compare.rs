//! EQUAL, NOT_EQUAL, GREATER, GREATER_EQUAL, LESS, LESS_EQUAL, LOGICAL_AND, LOGICAL_OR and LOGICAL_NOT.

use runeblocks_tflite::TensorType::{Bool, Float32, Int8, Int32, Int64};
use runeblocks_tflite::operator as code;

use crate::error::{Refusal, refuse};
use crate::op::{Node, Prepared};
use crate::ops::binary::binary;
use crate::ops::elementwise;
use crate::ops::number::Number;
use crate::ops::scale::Scale;
use crate::ops::shared::check_kind;
use crate::tensor::Tensor;

/// What is asked of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    Equal,
    NotEqual,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
}

impl Question {
    #[inline]
    fn answer<T: PartialOrd>(self, a: T, b: T) -> u8 {
        u8::from(match self {
            Question::Equal => a == b,
            Question::NotEqual => a != b,
            Question::Greater => a > b,
            Question::GreaterEqual => a >= b,
            Question::Less => a < b,
            Question::LessEqual => a <= b,
        })
    }
}

/// EQUAL, NOT_EQUAL, GREATER, GREATER_EQUAL, LESS and LESS_EQUAL.
pub(super) fn compare(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let question = match node.operator().code {
        code::EQUAL => Question::Equal,
        code::NOT_EQUAL => Question::NotEqual,
        code::GREATER => Question::Greater,
        code::GREATER_EQUAL => Question::GreaterEqual,
        code::LESS => Question::Less,
        _ => Question::LessEqual,
    };
    node.check_counts(2..=2, 1)?;
    let (a, b) = (node.input(0)?, node.input(1)?);
    check_kind("input 0", a, &[Int8, Int32, Int64, Float32, Bool])?;
    check_kind("input 1", b, &[a.kind])?;
    check_kind("output", node.output(0)?, &[Bool])?;
    match a.kind {
        Int8 => {
            let (a_real, b_real) = (real(a)?, real(b)?);
            binary(node, move |a: i8, b: i8| question.answer(a_real(a), b_real(b)))
        }
        Int32 => plain::<i32>(node, question),
        Int64 => plain::<i64>(node, question),
        Float32 => plain::<f32>(node, question),
        _ if matches!(question, Question::Equal | Question::NotEqual) => {
            binary(node, move |a: u8, b: u8| question.answer(a != 0, b != 0))
        }
        _ => refuse!("its inputs are bool: expected numbers"),
    }
}

fn plain<T: Number + PartialOrd>(node: &Node<'_>, question: Question) -> Result<Prepared, Refusal> {
    binary(node, move |a: T, b: T| question.answer(a, b))
}

/// What is compared of an 8-bit number: the real one, times 256, rounded.
fn real(tensor: &Tensor) -> Result<impl Fn(i8) -> i32 + Copy + Send + Sync + use<>, Refusal> {
    let (scale, zero_point) = tensor.quantization()?;
    let factor = Scale::of(scale.into());
    Ok(move |x| factor.apply((i32::from(x) - zero_point) << 8))
}

/// LOGICAL_AND.
pub(super) fn logical_and(node: &Node<'_>) -> Result<Prepared, Refusal> {
    logical(node, |a, b| a && b)
}

/// LOGICAL_OR.
pub(super) fn logical_or(node: &Node<'_>) -> Result<Prepared, Refusal> {
    logical(node, |a, b| a || b)
}

fn logical(
    node: &Node<'_>,
    f: impl Fn(bool, bool) -> bool + Copy + Send + Sync + 'static,
) -> Result<Prepared, Refusal> {
    node.check_counts(2..=2, 1)?;
    for (what, tensor) in [("input 0", node.input(0)?), ("input 1", node.input(1)?), ("output", node.output(0)?)] {
        check_kind(what, tensor, &[Bool])?;
    }
    binary(node, move |a: u8, b: u8| u8::from(f(a != 0, b != 0)))
}

/// LOGICAL_NOT.
pub(super) fn logical_not(node: &Node<'_>) -> Result<Prepared, Refusal> {
    elementwise::check(node)?;
    check_kind("input", node.input(0)?, &[Bool])?;
    check_kind("output", node.output(0)?, &[Bool])?;
    elementwise::map(node, |x: u8| u8::from(x == 0))
}
