//! Writes models.

use std::collections::BTreeMap;

use flatbuffers::{FlatBufferBuilder, WIPOffset};
use runeblocks_tflite::schema::{self, AnyOptions, FILE_IDENTIFIER, OptionsTable};
use runeblocks_tflite::{Operator, TensorType};

/// Alignment of constants in the file.
const ALIGNMENT: usize = 16;

/// A tensor to be written.
#[derive(Debug, Clone)]
pub struct Tensor {
    /// Type of the elements.
    pub kind: TensorType,
    /// Shape; empty for a scalar.
    pub shape: Vec<usize>,
    /// One scale, or one for each index of `axis`; none where it is not quantised.
    pub scales: Vec<f32>,
    /// One zero point for each scale.
    pub zero_points: Vec<i64>,
    /// The axis of several scales.
    pub axis: usize,
    /// The bytes of a constant.
    pub constant: Option<Vec<u8>>,
    /// Whether it keeps its content from one invocation to the next.
    pub is_variable: bool,
    /// Whether it is said to be stored in a sparse format.
    pub is_sparse: bool,
}

impl Tensor {
    /// A tensor without quantisation or content.
    pub fn new(kind: TensorType, shape: &[usize]) -> Self {
        let shape = shape.to_vec();
        Self {
            kind,
            shape,
            scales: Vec::new(),
            zero_points: Vec::new(),
            axis: 0,
            constant: None,
            is_variable: false,
            is_sparse: false,
        }
    }

    /// A constant of `int32`.
    pub fn int32(shape: &[usize], values: impl IntoIterator<Item = i32>) -> Self {
        Self::new(TensorType::Int32, shape).constant(values.into_iter().flat_map(i32::to_le_bytes).collect())
    }

    /// With a scale and a zero point.
    pub fn quantized(self, scale: f32, zero_point: i64) -> Self {
        self.quantized_along(0, vec![scale], vec![zero_point])
    }

    /// With a scale and a zero point for each index of an axis.
    pub fn quantized_along(mut self, axis: usize, scales: Vec<f32>, zero_points: Vec<i64>) -> Self {
        (self.axis, self.scales, self.zero_points) = (axis, scales, zero_points);
        self
    }

    /// With its content, little-endian.
    pub fn constant(mut self, bytes: Vec<u8>) -> Self {
        self.constant = Some(bytes);
        self
    }

    /// One that keeps its content.
    pub fn variable(mut self) -> Self {
        self.is_variable = true;
        self
    }

    /// Number of elements.
    pub fn elements(&self) -> usize {
        self.shape.iter().product()
    }
}

/// What writes the options of an operator: their number among the format's, and where they stand.
pub type Options = Box<dyn Fn(&mut FlatBufferBuilder<'static>) -> (u8, AnyOptions)>;

/// Options of scalars alone: `options(schema::AddOptions::create, schema::AddOptionsArgs { .. })`.
pub fn options<T: OptionsTable<'static>, A: 'static>(
    create: fn(&mut FlatBufferBuilder<'static>, &A) -> WIPOffset<T>,
    args: A,
) -> Option<Options> {
    Some(Box::new(move |builder| (T::NUMBER, create(builder, &args).as_union_value())))
}

/// An operator to be written.
struct Node {
    code: i32,
    inputs: Vec<Option<usize>>,
    outputs: Vec<usize>,
    options: Option<Options>,
}

/// A subgraph to be written.
#[derive(Default)]
pub struct Graph {
    /// Its tensors; the other fields index this one.
    pub tensors: Vec<Tensor>,
    /// Tensors that the caller fills.
    pub inputs: Vec<usize>,
    /// Tensors that the caller reads.
    pub outputs: Vec<usize>,
    operators: Vec<Node>,
}

impl Graph {
    /// Adds a tensor, and gives its number.
    pub fn add(&mut self, tensor: Tensor) -> usize {
        self.tensors.push(tensor);
        self.tensors.len() - 1
    }

    /// Adds a tensor that the caller fills.
    pub fn input(&mut self, tensor: Tensor) -> usize {
        let index = self.add(tensor);
        self.inputs.push(index);
        index
    }

    /// Adds a tensor that the caller reads.
    pub fn output(&mut self, tensor: Tensor) -> usize {
        let index = self.add(tensor);
        self.outputs.push(index);
        index
    }

    /// Adds an operator by its code, one of [`runeblocks_tflite::operator`]. An input that is `None` is left out.
    pub fn operator(&mut self, code: i32, inputs: &[Option<usize>], outputs: &[usize], options: Option<Options>) {
        self.operators.push(Node { code, inputs: inputs.to_vec(), outputs: outputs.to_vec(), options });
    }

    /// The bytes of a model with this subgraph alone.
    pub fn finish(&self) -> Vec<u8> {
        finish(&[self])
    }
}

/// The bytes of a model.
pub fn finish(graphs: &[&Graph]) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let mut codes = BTreeMap::new();
    for node in graphs.iter().flat_map(|graph| &graph.operators) {
        let next = codes.len();
        codes.entry(node.code).or_insert(next);
    }
    let mut buffers = vec![schema::Buffer::create(&mut builder, &schema::BufferArgs::default())];
    let mut subgraphs = Vec::new();
    for graph in graphs {
        subgraphs.push(subgraph(&mut builder, graph, &codes, &mut buffers));
    }
    let mut numbers: Vec<_> = codes.into_iter().collect();
    numbers.sort_by_key(|&(_, number)| number);
    let codes: Vec<_> = numbers
        .into_iter()
        .map(|(code, _)| {
            let custom_code = (code == Operator::CUSTOM).then(|| builder.create_string("Custom"));
            let args = schema::OperatorCodeArgs {
                deprecated_builtin_code: code.min(127) as i8,
                builtin_code: code,
                custom_code,
                ..Default::default()
            };
            schema::OperatorCode::create(&mut builder, &args)
        })
        .collect();
    let args = schema::ModelArgs {
        version: 3,
        operator_codes: Some(builder.create_vector(&codes)),
        subgraphs: Some(builder.create_vector(&subgraphs)),
        description: Some(builder.create_string("a model of the tests")),
        buffers: Some(builder.create_vector(&buffers)),
        ..Default::default()
    };
    let model = schema::Model::create(&mut builder, &args);
    // What is written is aligned from the end of the file: its length has to be aligned, too.
    pad(&mut builder, 8);
    builder.finish(model, Some(FILE_IDENTIFIER));
    assert!(builder.finished_data().len().is_multiple_of(ALIGNMENT), "constants are not aligned");
    builder.finished_data().to_vec()
}

/// Pads what is written so far, so that it is aligned once `bytes` more are there.
fn pad(builder: &mut FlatBufferBuilder<'static>, bytes: usize) {
    while !(builder.unfinished_data().len() + bytes).is_multiple_of(ALIGNMENT) {
        builder.push(0_u8);
    }
}

fn subgraph(
    builder: &mut FlatBufferBuilder<'static>,
    graph: &Graph,
    codes: &BTreeMap<i32, usize>,
    buffers: &mut Vec<WIPOffset<schema::Buffer<'static>>>,
) -> WIPOffset<schema::SubGraph<'static>> {
    let mut tensors = Vec::new();
    for (number, tensor) in graph.tensors.iter().enumerate() {
        let mut buffer = 0;
        if let Some(constant) = &tensor.constant {
            pad(builder, constant.len());
            let data = Some(builder.create_vector(constant));
            buffer = buffers.len() as u32;
            buffers.push(schema::Buffer::create(builder, &schema::BufferArgs { data, ..Default::default() }));
        }
        let quantization = (!tensor.scales.is_empty()).then(|| {
            let args = schema::QuantizationParametersArgs {
                scale: Some(builder.create_vector(&tensor.scales)),
                zero_point: Some(builder.create_vector(&tensor.zero_points)),
                quantized_dimension: tensor.axis as i32,
                ..Default::default()
            };
            schema::QuantizationParameters::create(builder, &args)
        });
        let sparsity = tensor.is_sparse.then(|| schema::Empty::create(builder, &schema::EmptyArgs::default()));
        let args = schema::TensorArgs {
            shape: Some(builder.create_vector(&numbers(&tensor.shape))),
            type_: (0..=17).find(|&code| TensorType::from_code(code) == tensor.kind).unwrap_or(127),
            buffer,
            name: Some(builder.create_string(&format!("t{number}"))),
            quantization,
            is_variable: tensor.is_variable,
            sparsity,
            ..Default::default()
        };
        tensors.push(schema::Tensor::create(builder, &args));
    }
    let mut operators = Vec::new();
    for node in &graph.operators {
        let inputs: Vec<i32> = node.inputs.iter().map(|input| input.map_or(-1, |input| input as i32)).collect();
        let (builtin_options_type, builtin_options) = match &node.options {
            Some(options) => {
                let (number, options) = options(builder);
                (number, Some(options))
            }
            None => (0, None),
        };
        let args = schema::OperatorArgs {
            opcode_index: codes[&node.code] as u32,
            inputs: Some(builder.create_vector(&inputs)),
            outputs: Some(builder.create_vector(&numbers(&node.outputs))),
            builtin_options_type,
            builtin_options,
            ..Default::default()
        };
        operators.push(schema::Operator::create(builder, &args));
    }
    let args = schema::SubGraphArgs {
        tensors: Some(builder.create_vector(&tensors)),
        inputs: Some(builder.create_vector(&numbers(&graph.inputs))),
        outputs: Some(builder.create_vector(&numbers(&graph.outputs))),
        operators: Some(builder.create_vector(&operators)),
        ..Default::default()
    };
    schema::SubGraph::create(builder, &args)
}

fn numbers(values: &[usize]) -> Vec<i32> {
    values.iter().map(|&value| value as i32).collect()
}
