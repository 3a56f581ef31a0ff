//! BATCH_MATMUL.

use core::marker::PhantomData;

use runeblocks_tflite::TensorType::{Float32, Int8, Int16};
use runeblocks_tflite::schema;

use crate::arithmetic::Multiplier;
use crate::error::{Refusal, refuse};
use crate::memory::Memory;
use crate::op::{Node, Op, Prepared};
use crate::ops::binary::{check, scales};
use crate::ops::number::Number;
use crate::ops::operands::{Operands, common_shape};
use crate::ops::shared::{cast, cast_mut};

/// Sizes and order of a product of matrices.
struct Product {
    /// Which matrices are multiplied with each other.
    batches: Operands<2>,
    rows: usize,
    columns: usize,
    depth: usize,
    /// Whether the first matrix has the rows last, and the second the columns first.
    transposed: [bool; 2],
    inputs: [usize; 2],
    output: usize,
}

impl Product {
    /// The product that an operator asks for; the output is held to the shape that follows.
    fn of(node: &Node<'_>) -> Result<Self, Refusal> {
        let (a, b) = (node.input(0)?, node.input(1)?);
        let transposed = node
            .options::<schema::BatchMatMulOptions<'_>>()
            .map_or([false; 2], |options| [options.adj_x(), options.adj_y()]);
        let ([a_batches @ .., a_rows, a_columns], [b_batches @ .., b_rows, b_columns]) =
            (a.shape.as_slice(), b.shape.as_slice())
        else {
            refuse!("its inputs have the shapes {:?} and {:?}: expected two axes or more", a.shape, b.shape);
        };
        let [rows, depth] = if transposed[0] { [*a_columns, *a_rows] } else { [*a_rows, *a_columns] };
        let [b_depth, columns] = if transposed[1] { [*b_columns, *b_rows] } else { [*b_rows, *b_columns] };
        if b_depth != depth {
            refuse!(
                "its inputs have the shapes {:?} and {:?}: expected the columns of one to be as many as the rows of the other",
                a.shape,
                b.shape
            );
        }
        let mut shape = common_shape(&[a_batches, b_batches])?;
        let batches = Operands::new([a_batches, b_batches])?;
        shape.extend([rows, columns]);
        node.check_shape(0, &shape)?;
        let (inputs, output) = ([a.index, b.index], node.output(0)?.index);
        Ok(Self { batches, rows, columns, depth, transposed, inputs, output })
    }

    /// The sums of products for one row of the output.
    fn row<T: Copy, S: Copy>(&self, row: usize, a: &[T], b: &[T], sums: &mut [S], add: impl Fn(S, T, T) -> S) {
        let (start, step) = if self.transposed[0] { (row, self.rows) } else { (row * self.depth, 1) };
        let row = || a[start..].iter().step_by(step.max(1)).take(self.depth);
        if self.transposed[1] {
            for (sum, column) in sums.iter_mut().zip(b.chunks_exact(self.depth)) {
                *sum = row().zip(column).fold(*sum, |sum, (&a, &b)| add(sum, a, b));
            }
        } else {
            for (&a, b) in row().zip(b.chunks_exact(self.columns)) {
                sums.iter_mut().zip(b).for_each(|(sum, &b)| *sum = add(*sum, a, b));
            }
        }
    }

    /// Prepares it: `add` adds a product to a sum, and `finish` makes an output.
    fn prepare<T: Number, S: Number + Default>(
        self,
        add: impl Fn(S, T, T) -> S + Send + Sync + 'static,
        finish: impl Fn(S) -> T + Send + Sync + 'static,
    ) -> Result<Prepared, Refusal> {
        let Some(scratch) = self.columns.checked_mul(size_of::<S>()) else {
            refuse!("its output has {} columns: expected fewer", self.columns);
        };
        Prepared::with_scratch(MatMul { product: self, add, finish, types: PhantomData }, scratch)
    }
}

/// A product of matrices.
struct MatMul<T, S, F, G> {
    product: Product,
    add: F,
    finish: G,
    types: PhantomData<fn(T) -> S>,
}

impl<T, S, F, G> Op for MatMul<T, S, F, G>
where
    T: Number,
    S: Number + Default,
    F: Fn(S, T, T) -> S + Send + Sync,
    G: Fn(S) -> T + Send + Sync,
{
    fn run(&self, memory: &mut Memory<'_>) -> Result<(), Refusal> {
        let product = &self.product;
        let ([a, b], output, scratch) = memory.get(product.inputs, product.output);
        let (a, b, output) = (cast::<T>(a), cast::<T>(b), cast_mut::<T>(output));
        let sums = cast_mut::<S>(scratch);
        let mut rows = output.chunks_exact_mut(product.columns.max(1));
        let [a_size, b_size] = [product.rows, product.columns].map(|side| side * product.depth);
        product.batches.runs(|[from_a, from_b]| {
            let [a_step, b_step] = product.batches.steps;
            for batch in 0..product.batches.length {
                let a = &a[(from_a + batch * a_step) * a_size..][..a_size];
                let b = &b[(from_b + batch * b_step) * b_size..][..b_size];
                for (row, output) in (0..product.rows).zip(&mut rows) {
                    sums.fill(S::default());
                    if product.depth > 0 {
                        product.row(row, a, b, sums, &self.add);
                    }
                    output.iter_mut().zip(&*sums).for_each(|(output, &sum)| *output = (self.finish)(sum));
                }
            }
        });
        Ok(())
    }
}

/// BATCH_MATMUL: products of the matrices in the last two axes.
pub(super) fn batch_matmul(node: &Node<'_>) -> Result<Prepared, Refusal> {
    let kind = check(node, &[Int8, Int16, Float32])?;
    let product = Product::of(node)?;
    if kind == Float32 {
        return product.prepare(|sum: f32, a: f32, b: f32| sum + a * b, |sum| sum);
    }
    let ([a_scale, b_scale, scale], [a_zero, b_zero, zero]) = scales(node)?;
    let factor = Multiplier::of(a_scale * b_scale / scale);
    if kind == Int8 {
        product.prepare(
            move |sum: i32, a: i8, b: i8| sum.wrapping_add((i32::from(a) - a_zero) * (i32::from(b) - b_zero)),
            move |sum| factor.apply(sum).wrapping_add(zero).clamp(-128, 127) as i8,
        )
    } else {
        product.prepare(
            move |sum: i64, a: i16, b: i16| {
                sum.wrapping_add(i64::from(i32::from(a) - a_zero) * i64::from(i32::from(b) - b_zero))
            },
            move |sum| factor.apply_wide(sum).wrapping_add(zero).clamp(-32768, 32767) as i16,
        )
    }
}
