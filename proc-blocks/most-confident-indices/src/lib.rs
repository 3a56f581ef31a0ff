#![doc = include_str!("../README.md")]
//!
//! Of equal scores the one with the lower index comes first; NaN is less than any number. Leading axes of length 1 are
//! dropped, rows may stream.
//!
//! ```
//! use runeblocks_core::{DynBlock, Facts, Tensor};
//! use serde_json::json;
//!
//! let mut block = runeblocks_most_confident_indices::DESCRIPTOR.create(&json!({"count": 2}))?;
//! let facts = block.infer(&[Facts::of::<f32>([1, 4])])?;
//! let mut outputs = [facts[0].buffer()];
//! block.process(&[Tensor::from(vec![0.1f32, 0.6, 0.1, 0.2]).view()], &mut outputs)?;
//! assert_eq!(outputs[0].to_tensor(), Tensor::from(vec![1u32, 3]));
//! # Ok::<(), runeblocks_core::BlockErrors>(())
//! ```

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::{format, string::ToString};
use core::cmp::Ordering;

use ndarray::IxDyn;
use runeblocks_core::{
    Axis, BlockError, ElementType, Facts, Info, Number, NumericView, Port, ProcBlock, Shape, Writer, args, numeric,
};

args! {
    /// Arguments of `most-confident-indices`.
    pub struct MostConfidentIndicesArgs {
        /// How many indices to give.
        count: usize = 1, min 1;
    }
}

/// The block.
#[derive(Debug)]
pub struct MostConfidentIndices {
    count: usize,
    classes: usize,
    rows: Option<Axis>,
}

runeblocks_core::register!(MostConfidentIndices);

impl ProcBlock for MostConfidentIndices {
    type Args = MostConfidentIndicesArgs;
    type Input<'a> = NumericView<'a>;
    type Output<'a> = Writer<'a, u32, IxDyn>;
    const INFO: Info = Info::new("most-confident-indices", "The indices of the largest values")
        .tags(&["classification", "post-processing"])
        .inputs(&[Port::new("scores", &[], "scores of N classes: `[N]` or `[rows, N]`")])
        .outputs(&[Port::new("indices", &[], "the classes, the most confident first: `[count]` or `[rows, count]`")]);

    fn new(args: MostConfidentIndicesArgs) -> Result<Self, BlockError> {
        Ok(MostConfidentIndices { count: args.count, classes: 1, rows: None })
    }

    fn infer(&mut self, [scores]: [&Facts; 1]) -> Result<[Facts; 1], BlockError> {
        let error = |expected, help| BlockError::Input {
            index: 0,
            port: "scores".to_string(),
            found: scores.to_string(),
            expected,
            help,
        };
        let shape = scores.shape.squeeze_to(1);
        (self.rows, self.classes) = match *shape.axes() {
            [Axis::Fixed(classes)] => (None, classes),
            [rows, Axis::Fixed(classes)] => (Some(rows), classes),
            _ => return Err(error("scores of shape [N] or [rows, N]".to_string(), None)),
        };
        if self.classes < self.count {
            let help = format!("set `count` to at most {}", self.classes);
            return Err(error(format!("at least {} scores, as `count` asks", self.count), Some(help)));
        }
        let count = Axis::Fixed(self.count);
        let shape: Shape = self.rows.map_or([count].into(), |rows| [rows, count].into());
        Ok([Facts { classes: Some(self.classes), ..scores.map(ElementType::U32, shape) }])
    }

    fn process(&mut self, input: NumericView<'_>, output: Writer<'_, u32, IxDyn>) -> Result<(), BlockError> {
        numeric!(input, scores => {
            let rows = scores.len() / self.classes;
            let mut indices = match self.rows {
                None => output.shape(IxDyn(&[self.count])),
                Some(_) => output.shape(IxDyn(&[rows, self.count])),
            }?;
            let mut indices = indices.iter_mut();
            for row in 0..rows {
                let row = scores.iter().skip(row * self.classes).take(self.classes).copied();
                let mut last = None;
                for index in indices.by_ref().take(self.count) {
                    last = next(row.clone(), last);
                    *index = last.map_or(0, |(_, index)| index);
                }
            }
        });
        Ok(())
    }
}

/// The most confident score, with its index, of those that come after `last`.
fn next<T: Number>(scores: impl Iterator<Item = T>, last: Option<(T, u32)>) -> Option<(T, u32)> {
    let left = scores.zip(0u32..).filter(|score| last.is_none_or(|last| precedes(&last, score)));
    left.reduce(|best, score| if precedes(&score, &best) { score } else { best })
}

/// Whether `a` is more confident than `b`.
fn precedes<T: Number>(a: &(T, u32), b: &(T, u32)) -> bool {
    let order = a.0.partial_cmp(&b.0).unwrap_or_else(|| is_number(a.0).cmp(&is_number(b.0)));
    order.then(b.1.cmp(&a.1)) == Ordering::Greater
}

/// Whether the score is anything but NaN.
fn is_number<T: Number>(score: T) -> bool {
    score.partial_cmp(&score).is_some()
}
