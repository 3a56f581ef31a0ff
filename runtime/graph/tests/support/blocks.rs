//! Blocks with several inputs, several outputs, state, streams, and none of it.

use ndarray::{ArrayView1, ArrayViewD, IxDyn};
use runeblocks_core::{
    Axis, BlockError, ElementType, Facts, Info, Port, ProcBlock, StateReader, StateWriter, Writer, args,
};

type Vector<'a> = Writer<'a, f32, ndarray::Ix1>;

pub mod join {
    use super::*;
    args! { pub struct JoinArgs {} }
    /// One vector behind the other.
    pub struct Join;
    pub static DESCRIPTOR: runeblocks_core::Descriptor = runeblocks_core::Descriptor::of::<Join>();

    impl ProcBlock for Join {
        type Args = JoinArgs;
        type Input<'a> = (ArrayView1<'a, f32>, ArrayView1<'a, f32>);
        type Output<'a> = Vector<'a>;
        const INFO: Info = Info::new("test-join", "Joins two vectors")
            .inputs(&[Port::new("first", &["n"], ""), Port::new("second", &["m"], "")])
            .outputs(&[Port::new("joined", &["n+m"], "")]);

        fn new(_: JoinArgs) -> Result<Self, BlockError> {
            Ok(Self)
        }

        fn infer(&mut self, [a, b]: [&Facts; 2]) -> Result<[Facts; 1], BlockError> {
            let shape = match (a.shape.count(), b.shape.count()) {
                (Some(a), Some(b)) => Axis::Fixed(a + b),
                _ => Axis::Stream,
            };
            Ok([a.map(ElementType::F32, [shape])])
        }

        fn process(&mut self, (a, b): Self::Input<'_>, output: Vector<'_>) -> Result<(), BlockError> {
            let mut output = output.shape(a.len() + b.len())?;
            output.iter_mut().zip(a.iter().chain(b.iter())).for_each(|(to, from)| *to = *from);
            Ok(())
        }
    }
}

pub mod split {
    use super::*;
    args! { pub struct SplitArgs {} }
    /// The negative and the other elements, the rest being zero.
    pub struct Split;
    pub static DESCRIPTOR: runeblocks_core::Descriptor = runeblocks_core::Descriptor::of::<Split>();

    impl ProcBlock for Split {
        type Args = SplitArgs;
        type Input<'a> = ArrayViewD<'a, f32>;
        type Output<'a> = (Writer<'a, f32, IxDyn>, Writer<'a, f32, IxDyn>);
        const INFO: Info = Info::new("test-split", "Splits by sign")
            .inputs(&[Port::new("numbers", &[], "")])
            .outputs(&[Port::new("below", &[], ""), Port::new("above", &[], "")]);

        fn new(_: SplitArgs) -> Result<Self, BlockError> {
            Ok(Self)
        }

        fn infer(&mut self, [a]: [&Facts; 1]) -> Result<[Facts; 2], BlockError> {
            Ok([a.clone(), a.clone()])
        }

        fn process(&mut self, a: ArrayViewD<'_, f32>, (below, above): Self::Output<'_>) -> Result<(), BlockError> {
            let mut below = below.shape(a.raw_dim())?;
            let mut above = above.shape(a.raw_dim())?;
            below.zip_mut_with(&a, |to, from| *to = from.min(0.0));
            above.zip_mut_with(&a, |to, from| *to = from.max(0.0));
            Ok(())
        }
    }
}

pub mod running_sum {
    use super::*;
    args! {
        pub struct RunningSumArgs {
            /// What the sum starts with.
            start: f32 = 0.0, min -100.0, max 100.0;
        }
    }
    /// Each element is the sum of all up to it.
    pub struct RunningSum {
        start: f32,
        sum: f32,
    }
    pub static DESCRIPTOR: runeblocks_core::Descriptor = runeblocks_core::Descriptor::of::<RunningSum>();

    impl ProcBlock for RunningSum {
        type Args = RunningSumArgs;
        type Input<'a> = ArrayView1<'a, f32>;
        type Output<'a> = Vector<'a>;
        const INFO: Info = Info::new("test-running-sum", "Sums up")
            .inputs(&[Port::new("numbers", &["n"], "")])
            .outputs(&[Port::new("sums", &["n"], "")])
            .v1_defaults("{\"start\": 10}");

        fn new(args: RunningSumArgs) -> Result<Self, BlockError> {
            Ok(Self { start: args.start, sum: args.start })
        }

        fn infer(&mut self, [a]: [&Facts; 1]) -> Result<[Facts; 1], BlockError> {
            Ok([a.clone()])
        }

        fn process(&mut self, a: ArrayView1<'_, f32>, output: Vector<'_>) -> Result<(), BlockError> {
            for (to, from) in output.shape(a.len())?.iter_mut().zip(a) {
                self.sum += from;
                *to = self.sum;
            }
            Ok(())
        }

        fn reset(&mut self) {
            self.sum = self.start;
        }

        fn save(&self, state: &mut StateWriter) {
            state.put_f32(&[self.sum]);
        }

        fn restore(&mut self, state: &mut StateReader<'_>) -> Result<(), BlockError> {
            self.sum = state.take_f32(1)?.first().copied().unwrap_or(self.start);
            Ok(())
        }
    }
}

pub mod frame_sums {
    use super::*;
    args! {
        pub struct FrameSumsArgs {
            /// Elements in a frame.
            size: usize, min 1, max 64;
        }
    }
    /// The sum of each whole frame of a stream; what is left waits for the next piece.
    pub struct FrameSums {
        size: usize,
        sum: f32,
        count: usize,
    }
    pub static DESCRIPTOR: runeblocks_core::Descriptor = runeblocks_core::Descriptor::of::<FrameSums>();

    impl ProcBlock for FrameSums {
        type Args = FrameSumsArgs;
        type Input<'a> = ArrayView1<'a, i16>;
        type Output<'a> = Vector<'a>;
        const INFO: Info = Info::new("test-frame-sums", "Sums frames")
            .inputs(&[Port::new("samples", &["n"], "")])
            .outputs(&[Port::new("sums", &["frames"], "")]);

        fn new(args: FrameSumsArgs) -> Result<Self, BlockError> {
            Ok(Self { size: args.size, sum: 0.0, count: 0 })
        }

        fn infer(&mut self, [a]: [&Facts; 1]) -> Result<[Facts; 1], BlockError> {
            let frames = a.shape.count().map_or(Axis::Stream, |n| Axis::Fixed(n / self.size));
            Ok([a.map(ElementType::F32, [frames])])
        }

        fn process(&mut self, a: ArrayView1<'_, i16>, output: Vector<'_>) -> Result<(), BlockError> {
            let mut output = output.shape((self.count + a.len()) / self.size)?;
            let mut sums = output.iter_mut();
            for sample in a {
                self.sum += f32::from(*sample);
                self.count += 1;
                if self.count == self.size {
                    if let Some(to) = sums.next() {
                        *to = self.sum;
                    }
                    ProcBlock::reset(self);
                }
            }
            Ok(())
        }

        fn reset(&mut self) {
            (self.sum, self.count) = (0.0, 0);
        }

        fn save(&self, state: &mut StateWriter) {
            state.put_f32(&[self.sum]);
            state.put_u64(&[self.count as u64]);
        }

        fn restore(&mut self, state: &mut StateReader<'_>) -> Result<(), BlockError> {
            self.sum = state.take_f32(1)?.first().copied().unwrap_or_default();
            self.count = state.take_u64(1)?.first().map_or(0, |n| *n as usize % self.size);
            Ok(())
        }
    }
}

pub mod every_other {
    use super::*;
    args! { pub struct EveryOtherArgs {} }
    /// Passes on every other call and writes nothing at all in between.
    pub struct EveryOther {
        passes: bool,
    }
    pub static DESCRIPTOR: runeblocks_core::Descriptor = runeblocks_core::Descriptor::of::<EveryOther>();

    impl ProcBlock for EveryOther {
        type Args = EveryOtherArgs;
        type Input<'a> = ArrayView1<'a, f32>;
        type Output<'a> = Vector<'a>;
        const INFO: Info = Info::new("test-every-other", "Passes every other call")
            .inputs(&[Port::new("numbers", &["n"], "")])
            .outputs(&[Port::new("numbers", &["n"], "")]);

        fn new(_: EveryOtherArgs) -> Result<Self, BlockError> {
            Ok(Self { passes: true })
        }

        fn infer(&mut self, [a]: [&Facts; 1]) -> Result<[Facts; 1], BlockError> {
            Ok([a.map(ElementType::F32, [Axis::Stream])])
        }

        fn process(&mut self, a: ArrayView1<'_, f32>, output: Vector<'_>) -> Result<(), BlockError> {
            if self.passes {
                output.shape(a.len())?.assign(&a);
            }
            self.passes = !self.passes;
            Ok(())
        }

        fn reset(&mut self) {
            self.passes = true;
        }
    }
}
