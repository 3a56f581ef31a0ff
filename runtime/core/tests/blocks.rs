//! One block of each kind that the trait has to fit, run through the object-safe form.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use ndarray::{ArrayView1, ArrayView2, ArrayView3, Axis as NdAxis, Ix1, Ix3, s};
use proptest::prelude::*;
use runeblocks_core::{
    AnyWriter, Axis, BlockError, Buffer, Descriptor, DynBlock, ElementType, Facts, Framing, Info, Number, NumericView,
    Port, ProcBlock, SampleRate, StateReader, StateWriter, Tensor, TensorView, Text, Writer, args, choice, numeric,
};
use serde_json::json;

args! {
    /// No arguments.
    struct NoArgs {}
}

args! {
    /// Arguments of `windows`.
    struct WindowsArgs {
        /// Rows in a window.
        rows: usize = 3, unit "rows", min 1, max 100, alias "size";
        /// Rows from one window to the next.
        hop: usize = 1, unit "rows", min 1, max 100;
    }
}

/// A sliding window over a stream of rows: state of changing length, and an output with a new axis.
struct Windows {
    args: WindowsArgs,
    channels: usize,
    rows: Vec<f32>,
}

impl ProcBlock for Windows {
    type Args = WindowsArgs;
    type Input<'a> = ArrayView2<'a, f32>;
    type Output<'a> = Writer<'a, f32, Ix3>;
    const INFO: Info = Info::new("windows", "Cuts rows into windows")
        .inputs(&[Port::new("rows", &["rows", "channels"], "features")])
        .outputs(&[Port::new("windows", &["windows", "rows", "channels"], "features")])
        .v1_defaults(r#"{"rows": 2}"#);

    fn new(args: WindowsArgs) -> Result<Self, BlockError> {
        if args.hop > args.rows {
            return Err(BlockError::Argument {
                name: "hop".into(),
                found: args.hop.to_string(),
                expected: format!("at most `rows`, which is {}", args.rows),
                help: None,
            });
        }
        Ok(Windows { args, channels: 0, rows: Vec::new() })
    }

    fn infer(&mut self, [rows]: [&Facts; 1]) -> Result<[Facts; 1], BlockError> {
        let &[length, Axis::Fixed(channels)] = rows.shape.axes() else { unreachable!("checked by rank") };
        self.channels = channels;
        let windows = match length {
            Axis::Fixed(n) => Axis::Fixed((n + self.args.hop).saturating_sub(self.args.rows) / self.args.hop),
            Axis::Stream => Axis::Stream,
        };
        Ok([rows.map(ElementType::F32, [windows, Axis::Fixed(self.args.rows), Axis::Fixed(channels)])])
    }

    fn process(&mut self, input: ArrayView2<f32>, output: Writer<f32, Ix3>) -> Result<(), BlockError> {
        self.rows.extend(input.iter());
        let (rows, hop, channels) = (self.args.rows, self.args.hop, self.channels);
        let windows = (self.rows.len() / channels + hop).saturating_sub(rows) / hop;
        let mut output = output.shape([windows, rows, channels])?;
        for (i, mut window) in output.axis_iter_mut(NdAxis(0)).enumerate() {
            let from = i * hop * channels;
            window.assign(&ArrayView2::from_shape((rows, channels), &self.rows[from..from + rows * channels]).unwrap());
        }
        self.rows.drain(..windows * hop * channels);
        Ok(())
    }

    fn reset(&mut self) {
        self.rows.clear();
    }

    fn save(&self, state: &mut StateWriter) {
        state.put_f32(&self.rows);
    }

    fn restore(&mut self, state: &mut StateReader<'_>) -> Result<(), BlockError> {
        self.rows = state.take_f32(self.args.rows * self.channels)?;
        Ok(())
    }
}

/// Two inputs of different types and ranks, two outputs of different types.
struct MixAndCount;

impl ProcBlock for MixAndCount {
    type Args = NoArgs;
    type Input<'a> = (ArrayView2<'a, i16>, ArrayView1<'a, f32>);
    type Output<'a> = (Writer<'a, f32, Ix1>, Writer<'a, Text, Ix1>);
    const INFO: Info = Info::new("mix-and-count", "Mixes channels and says how many there are")
        .inputs(&[
            Port::new("samples", &["channels", "samples"], "PCM"),
            Port::new("weights", &["channels"], "factors"),
        ])
        .outputs(&[Port::new("mixed", &["samples"], "the sum"), Port::new("count", &["1"], "a text")]);

    fn new(_: NoArgs) -> Result<Self, BlockError> {
        Ok(MixAndCount)
    }

    fn infer(&mut self, [samples, weights]: [&Facts; 2]) -> Result<[Facts; 2], BlockError> {
        if samples.shape.axes()[0] != weights.shape.axes()[0] {
            return Err(BlockError::Input {
                index: 1,
                port: "weights".into(),
                found: weights.to_string(),
                expected: format!("one weight for each channel of {samples}"),
                help: None,
            });
        }
        Ok([samples.map(ElementType::F32, [samples.shape.axes()[1]]), Facts::of::<Text>([1])])
    }

    fn process(
        &mut self,
        (samples, weights): (ArrayView2<i16>, ArrayView1<f32>),
        (mixed, count): (Writer<f32, Ix1>, Writer<Text, Ix1>),
    ) -> Result<(), BlockError> {
        mixed.shape(samples.ncols())?.assign(&weights.dot(&samples.mapv(f32::from)));
        count.shape(1)?[0] = format!("{} channels", samples.nrows()).into();
        Ok(())
    }
}

choice! {
    /// What to give.
    enum Kind {
        /// The sum.
        Sum = "sum",
        /// The largest value.
        Max = "max",
    }
}

args! {
    /// Arguments of `fold`.
    struct FoldArgs {
        /// What to compute.
        kind: Kind = Kind::Sum;
        /// Whether the answer is a float.
        float: bool = true;
    }
}

/// Any element type in, one of two out.
struct Fold(FoldArgs);

impl ProcBlock for Fold {
    type Args = FoldArgs;
    type Input<'a> = NumericView<'a>;
    type Output<'a> = AnyWriter<'a>;
    const INFO: Info = Info::new("fold", "Folds a tensor")
        .inputs(&[Port::new("values", &[], "numbers")])
        .outputs(&[Port::new("folded", &["1"], "a number")]);

    fn new(args: FoldArgs) -> Result<Self, BlockError> {
        Ok(Fold(args))
    }

    fn infer(&mut self, _: [&Facts; 1]) -> Result<[Facts; 1], BlockError> {
        Ok([Facts::new(if self.0.float { ElementType::F64 } else { ElementType::I64 }, [1])])
    }

    fn process(&mut self, input: NumericView<'_>, output: AnyWriter<'_>) -> Result<(), BlockError> {
        let folded = numeric!(input, array => {
            let values = array.iter().map(|x| x.to_f64());
            match self.0.kind { Kind::Sum => values.sum(), Kind::Max => values.fold(f64::MIN, f64::max) }
        });
        if self.0.float {
            output.shape::<f64, _>(1)?[0] = folded;
        } else {
            output.shape::<i64, _>(1)?[0] = folded as i64;
        }
        Ok(())
    }
}

static WINDOWS: Descriptor = Descriptor::of::<Windows>();
static MIX: Descriptor = Descriptor::of::<MixAndCount>();
static FOLD: Descriptor = Descriptor::of::<Fold>();

fn run(block: &mut dyn DynBlock, inputs: &[&Tensor], facts: &[Facts]) -> Vec<Tensor> {
    let outputs = block.infer(facts).unwrap();
    let mut buffers: Vec<Buffer> = outputs.iter().map(Facts::buffer).collect();
    block.process(&inputs.iter().map(|t| t.view()).collect::<Vec<_>>(), &mut buffers).unwrap();
    buffers.iter().map(Buffer::to_tensor).collect()
}

#[test]
fn every_description_agrees_with_its_types() {
    for descriptor in [&WINDOWS, &MIX, &FOLD] {
        descriptor.check().unwrap();
    }
    let markdown = WINDOWS.to_markdown();
    assert!(markdown.contains("| in `rows` | f32 | `[rows, channels]` | features |"), "{markdown}");
    assert!(
        markdown.contains("| `rows`, `size` | `3` | an integer from 1 to 100 (rows) | Rows in a window. |"),
        "{markdown}"
    );
    assert_eq!(FOLD.args_schema()["properties"]["kind"]["enum"], json!(["sum", "max"]));
    assert_eq!(WINDOWS.to_json()["args"]["properties"]["size"]["maximum"], 100);
}

#[test]
fn several_inputs_and_outputs() {
    let samples = Tensor::from(ndarray::arr2(&[[1i16, 2, 3], [10, 20, 30]]));
    let weights = Tensor::from(vec![1.0f32, 0.5]);
    let mut block = MIX.create(&json!({})).unwrap();
    let facts = [Facts::of::<i16>([2, 3]), Facts::of::<f32>([1, 2])];
    let outputs = run(&mut *block, &[&samples, &weights], &facts);
    assert_eq!(outputs, [Tensor::from(vec![6.0f32, 12.0, 18.0]), Tensor::from(vec![Text::from("2 channels")])]);

    let error = block.infer(&facts[..1]).unwrap_err();
    assert_eq!(error.to_string(), "1 inputs: expected 2 (`samples`, `weights`)");
    let error = block.infer(&[facts[0].clone(), Facts::of::<f32>([3])]).unwrap_err();
    assert_eq!(error.to_string(), "the input `weights` is f32 [3]: expected one weight for each channel of i16 [2, 3]");
    let error = block.infer(&[Facts::of::<i8>([2, 3]), facts[1].clone()]).unwrap_err();
    assert_eq!(error.to_string(), "the input `samples` is i8 [2, 3]: expected i16 with 2 axes");
    let error = block.infer(&[Facts::of::<i16>([2, 3, 4]), facts[1].clone()]).unwrap_err();
    assert_eq!(error.to_string(), "the input `samples` is i16 [2, 3, 4]: expected i16 with 2 axes");
    assert_eq!(error.help(), Some("only leading axes of length 1 are dropped"));
    let mut buffers = [Buffer::new(ElementType::F32), Buffer::new(ElementType::Utf8)];
    let error = block.process(&[weights.view(), weights.view()], &mut buffers).unwrap_err();
    assert_eq!(error.to_string(), "the input `0` is f32 [2]: expected i16 with 2 axes");
}

#[test]
fn any_element_type_and_leading_axes() {
    let mut block = FOLD.create(&json!({"kind": "Max", "float": false})).unwrap();
    for tensor in [Tensor::from(vec![3u8, 9, 4]), Tensor::from(ndarray::arr3(&[[[-1.0f64, 9.0]]]))] {
        let facts = Facts::new(tensor.element_type(), tensor.view().shape());
        assert_eq!(run(&mut *block, &[&tensor], &[facts]), [Tensor::from(vec![9i64])]);
    }
    let error = block.infer(&[Facts::of::<Text>([1])]).unwrap_err();
    assert_eq!(error.to_string(), "the input `values` is utf8 [1]: expected any number");
    let mut wrong = [Buffer::new(ElementType::U8)];
    let error = block.process(&[Tensor::from(vec![1u8]).view()], &mut wrong).unwrap_err();
    assert_eq!(error.to_string(), "the output was to hold elements of i64: expected u8");

    let mut windows = WINDOWS.create(&json!({})).unwrap();
    let rows = Tensor::from(ndarray::arr3(&[[[1.0f32], [2.0], [3.0], [4.0]]]));
    let outputs = run(&mut *windows, &[&rows], &[Facts::of::<f32>([1, 4, 1])]);
    assert_eq!(outputs, [Tensor::from(ndarray::arr3(&[[[1.0f32], [2.0], [3.0]], [[2.0], [3.0], [4.0]]]))]);
}

args! {
    /// An argument with one bound only.
    struct OpenArgs {
        /// Length of a window.
        window_size: u32 = 25, unit "ms", min 1;
    }
}

#[test]
fn an_integer_beyond_its_type_is_told_the_bounds_of_the_type() {
    let given = json!({"window_size": 5_000_000_000_u64}).as_object().unwrap().clone();
    let error = runeblocks_core::parse_args::<OpenArgs>(&given, runeblocks_core::Notation::Typed).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the argument `window_size` is 5000000000: expected an integer from 1 to 4294967295 (ms)"
    );
}

#[test]
fn arguments_that_mean_the_same_are_resolved_to_the_same() {
    let resolve = |block: &Descriptor, args: serde_json::Value| block.resolve(args.as_object().unwrap());
    let expected = json!({"rows": 2, "hop": 1}).as_object().unwrap().clone();
    for args in [json!({"size": 2}), json!({"rows": 2.0, "hop": 1}), json!({"hop": 1, "rows": 2})] {
        assert_eq!(resolve(&WINDOWS, args).unwrap(), expected);
    }
    assert_eq!(resolve(&FOLD, json!({"kind": "MAX"})).unwrap()["kind"], json!("max"));
    let error = resolve(&WINDOWS, json!({"row": 3})).unwrap_err().to_string();
    assert_eq!(error, "unknown argument `row` (did you mean `rows`? valid names: `rows`, `hop`)");
}

#[test]
fn arguments_are_checked_all_at_once() {
    let errors = |args| WINDOWS.create(&args).err().unwrap().to_string();
    assert_eq!(
        errors(json!({"row": 3, "hop": 0})),
        "the argument `hop` is 0: expected an integer from 1 to 100 (rows)\n\
         unknown argument `row` (did you mean `rows`? valid names: `rows`, `hop`)"
    );
    assert_eq!(errors(json!({"rows": 1.5})), "the argument `rows` is 1.5: expected an integer from 1 to 100 (rows)");
    assert_eq!(
        errors(json!({"rows": "4"})),
        "the argument `rows` is the text `4`: expected an integer from 1 to 100 (rows)"
    );
    assert_eq!(
        errors(json!({"rows": 2, "size": 2})),
        "the argument `rows` is given twice: expected one value (`size` is the same as `rows`)"
    );
    assert_eq!(errors(json!({"rows": 2, "hop": 3})), "the argument `hop` is 3: expected at most `rows`, which is 2");
    assert_eq!(errors(json!([1])), "the argument `args` is [1]: expected an object");
    let error = FOLD.create(&json!({"kind": "mean"})).err().unwrap().to_string();
    assert_eq!(error, "the argument `kind` is the text `mean`: expected sum or max");

    let v1 = json!({"hop": "2"}).as_object().unwrap().clone();
    let mut block = WINDOWS.create_with(&v1, runeblocks_core::Notation::V1).unwrap();
    assert_eq!(block.infer(&[Facts::of::<f32>([6, 1])]).unwrap()[0].shape.to_string(), "[3, 2, 1]");
}

#[test]
fn facts_travel() {
    let mut block = WINDOWS.create(&json!({"rows": 4, "hop": 2})).unwrap();
    let facts = Facts {
        sample_rate: Some(SampleRate(16_000)),
        framing: Some(Framing { window: 480, hop: 320 }),
        ..Facts::of::<f32>([Axis::Stream, Axis::Fixed(40)])
    };
    let inferred = block.infer(std::slice::from_ref(&facts)).unwrap().remove(0);
    assert_eq!(inferred.to_string(), "f32 [stream, 4, 40] at 16000 Hz");
    assert_eq!(inferred.framing, facts.framing);
    assert_eq!(
        inferred.to_json(),
        json!({"type": "f32", "shape": ["stream", 4, 40], "sample_rate": 16000, "framing": {"window": 480, "hop": 320}})
    );
}

#[test]
fn a_foreign_or_damaged_state_is_refused_and_leaves_the_block_reset() {
    let mut block = WINDOWS.create(&json!({})).unwrap();
    let row = Tensor::from(ndarray::arr2(&[[1.0f32]]));
    run(&mut *block, &[&row], &[Facts::of::<f32>([1, 1])]);
    let saved = block.save();
    let fresh = {
        let mut block = WINDOWS.create(&json!({})).unwrap();
        block.infer(&[Facts::of::<f32>([1, 1])]).unwrap();
        block.save()
    };
    assert_ne!(saved, fresh);
    let foreign = FOLD.create(&json!({})).unwrap().save();
    for (state, message) in [
        (foreign, "the saved state is of `fold` version [1]: expected `windows` version [1]"),
        (saved[..saved.len() - 1].to_vec(), "the saved state is cut short: expected 4 more bytes where 3 are left"),
        ([&saved[..], &[0]].concat(), "the saved state is 1 bytes too long: expected its end"),
        (vec![255; 20], "the saved state is one with 18446744073709551615 values in a row: expected at most 256"),
    ] {
        assert_eq!(block.restore(&state).unwrap_err().to_string(), message);
        assert_eq!(block.save(), fresh);
        block.restore(&saved).unwrap();
        assert_eq!(block.save(), saved);
    }
}

fn stream(block: &mut dyn DynBlock, rows: ArrayView2<f32>, cuts: &[usize]) -> Vec<f32> {
    let mut output = [Buffer::new(ElementType::F32)];
    let mut all = Vec::new();
    let mut from = 0;
    for to in cuts.iter().copied().chain([rows.nrows()]) {
        let piece = rows.slice(s![from..to, ..]);
        block.process(&[TensorView::from(piece)], &mut output).unwrap();
        let view: ArrayView3<f32> = output[0].view().array().unwrap().into_dimensionality().unwrap();
        all.extend(view.iter());
        from = to;
        let state = block.save();
        block.reset();
        block.restore(&state).unwrap();
    }
    all
}

proptest! {
    #[test]
    fn a_stream_cut_anywhere_equals_the_clip(
        rows in 1usize..8, hop in 1usize..8, length in 0usize..40, mut cuts in proptest::collection::vec(0usize..40, 0..6),
    ) {
        prop_assume!(hop <= rows);
        cuts.iter_mut().for_each(|cut| *cut = (*cut).min(length));
        cuts.sort_unstable();
        let data = ndarray::Array2::from_shape_fn((length, 2), |(i, j)| (i * 2 + j) as f32);
        let mut block = WINDOWS.create(&json!({"rows": rows, "hop": hop})).unwrap();
        block.infer(&[Facts::of::<f32>([Axis::Stream, Axis::Fixed(2)])]).unwrap();
        let clip = stream(&mut *block, data.view(), &[]);
        block.reset();
        prop_assert_eq!(stream(&mut *block, data.view(), &cuts), clip);
    }
}
