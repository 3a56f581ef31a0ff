"""Makes the models of these tests and the outputs that LiteRT gives for them.

    python make.py [name=path/to/model.tflite ...]

Writes float.tflite, mean.tflite, flat.tflite, int8.tflite (random weights, seed 1), operators.tflite (one output for each entry of
OPERATORS), unsupported.tflite (mean.tflite with a custom operator that nothing has) and litert.json beside this script. The float32 models of the folder models/ and those given as name=path are
run too; only their outputs are stored. Element k of case c of every input is
((37 k + 11 c) mod 128 - 64) / 64, which is exact in float32. Reference: ai-edge-litert, BUILTIN_REF kernels,
one thread.
"""

import hashlib
import importlib.metadata
import json
import pathlib
import sys

import flatbuffers
import numpy as np
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

HERE = pathlib.Path(__file__).parent
keras = tf.keras
keras.utils.set_random_seed(1)


def convert(model, path, samples=None):
    """Converts a Keras model of fixed batch; with samples to full int8."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if samples is not None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([s] for s in samples)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
    path.write_bytes(converter.convert())


def jitter(model):
    """Biases start at zero: give them values, so that they count."""
    rng = np.random.default_rng(1)
    model.set_weights([w + rng.normal(0, 0.1, w.shape).astype(np.float32) for w in model.get_weights()])
    return model


def network(pooling):
    x = y = keras.Input(batch_shape=(1, 13, 10, 1))
    y = keras.layers.Conv2D(4, (4, 3), strides=2, padding="same", activation="relu")(y)
    y = keras.layers.DepthwiseConv2D(3, padding="same", activation="relu6")(y)
    y = keras.layers.Conv2D(6, 1)(y)
    y = pooling(y)
    y = keras.layers.Flatten()(y)
    y = keras.layers.Dense(5, activation="relu")(y)
    y = keras.layers.Dense(3, activation="softmax")(y)
    return jitter(keras.Model(x, y))


def kernel(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


OPERATORS = [
    lambda x: tf.pad(x, [[0, 0], [1, 2], [0, 1], [0, 0]]),
    lambda x: tf.pad(x, [[0, 0], [1, 2], [0, 1], [0, 0]], constant_values=2.5),
    lambda x: tf.concat([x, x * 2.0], -2),
    lambda x: x + tf.constant([1.0, 2.0]),
    lambda x: tf.constant([1.0, 2.0]) - x,
    lambda x: x / (tf.abs(x) + 0.3),
    lambda x: tf.minimum(tf.maximum(x, -0.2), 0.3),
    lambda x: tf.nn.relu(x),
    lambda x: tf.nn.relu6(x * 9),
    lambda x: tf.nn.leaky_relu(x, 0.1),
    lambda x: x * tf.nn.relu6(x + 3.0) * (1 / 6.0),
    tf.tanh,
    tf.sigmoid,
    tf.exp,
    lambda x: tf.math.log(tf.abs(x) + 1e-2),
    lambda x: tf.sqrt(tf.abs(x)),
    lambda x: tf.math.rsqrt(tf.abs(x) + 0.1),
    tf.square,
    tf.sin,
    tf.cos,
    lambda x: tf.floor(x * 5),
    lambda x: tf.slice(x, [0, 1, 0, 1], [1, 3, 2, 1]),
    lambda x: x[:, 1:4:2],
    lambda x: x[:, -3:],
    lambda x: x[..., 1:],
    lambda x: x[:, ::-1],
    lambda x: tf.transpose(x, [0, 3, 1, 2]),
    lambda x: tf.compat.v1.image.resize_bilinear(x, [7, 5]),
    lambda x: tf.image.resize(x, [7, 5]),
    lambda x: tf.compat.v1.image.resize_bilinear(x, [7, 5], align_corners=True),
    lambda x: tf.compat.v1.image.resize_nearest_neighbor(x, [7, 5]),
    lambda x: tf.image.resize(x, [7, 5], method="nearest"),
    lambda x: tf.reduce_max(x, [1]),
    lambda x: tf.reduce_min(x, [2, 3]),
    lambda x: tf.reduce_sum(x, [1, 2]),
    lambda x: tf.reduce_prod(x, [3]),
    lambda x: tf.reduce_mean(x, [1]),
    lambda x: tf.reduce_mean(x, [1, 2], keepdims=True),
    lambda x: tf.nn.softmax(x * 5),
    lambda x: tf.where(x > 0.1, x, x * 3.0),
    lambda x: tf.matmul(tf.reshape(x, [1, 4, 6]), tf.reshape(x + 1, [1, 6, 4])),
    lambda x: tf.matmul(tf.reshape(x, [1, 4, 6]), tf.reshape(x + 1, [1, 4, 6]), transpose_b=True),
    lambda x: tf.broadcast_to(tf.reduce_max(x, [1], keepdims=True), [1, 4, 3, 2]),
    lambda x: tf.nn.avg_pool2d(x, 3, 2, "SAME"),
    lambda x: tf.nn.max_pool2d(x, 3, 2, "SAME"),
    lambda x: tf.nn.avg_pool2d(x, [2, 3], 1, "VALID"),
    lambda x: tf.nn.conv2d(x, kernel(2, 2, 2, 4), 1, "SAME", dilations=2) + np.arange(4, dtype=np.float32),
    lambda x: tf.nn.conv2d(x, kernel(3, 2, 2, 4), 2, "SAME"),
    lambda x: tf.nn.depthwise_conv2d(x, kernel(3, 3, 2, 1), [1, 2, 2, 1], "SAME"),
    lambda x: tf.nn.relu(tf.matmul(tf.reshape(x, [4, 6]), kernel(6, 4)) + np.arange(4, dtype=np.float32)),
]


def operators(path):
    """One model with an output for each of OPERATORS."""
    spec = [tf.TensorSpec([1, 4, 3, 2], tf.float32)]
    function = tf.function(lambda x: [operator(x) for operator in OPERATORS], input_signature=spec)
    path.write_bytes(tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()]).convert())


def unsupported(path, to):
    """The model with its MEAN as a custom operator."""
    model = schema.ModelT.InitFromPackedBuf(path.read_bytes(), 0)
    mean = next(c for c in model.operatorCodes if c.builtinCode == schema.BuiltinOperator.MEAN)
    mean.builtinCode = mean.deprecatedBuiltinCode = schema.BuiltinOperator.CUSTOM
    mean.customCode = b"Erode"
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), b"TFL3")
    to.write_bytes(bytes(builder.Output()))


def is_float(path):
    interpreter = Interpreter(str(path))
    types = {detail["dtype"] for detail in interpreter.get_tensor_details()}
    return types <= {np.float32, np.int32, np.bool_}


def run(path, cases=2):
    """Outputs of LiteRT for the inputs that the head of this file defines."""
    interpreter = Interpreter(str(path), experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    found = []
    for case in range(cases):
        for detail in interpreter.get_input_details():
            k = np.arange(np.prod(detail["shape"])).reshape(detail["shape"])
            data = (((37 * k + 11 * case) % 128 - 64) / 64).astype(np.float32)
            interpreter.set_tensor(detail["index"], data)
        interpreter.invoke()
        outputs = [interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()]
        found.append([[float(f"{v:.8g}") for v in output.flatten()] for output in outputs])
    return {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "outputs": found}


net = network(keras.layers.AveragePooling2D((3, 3)))
convert(net, HERE / "float.tflite")
samples = [np.random.default_rng(i).uniform(-1, 1, (1, 13, 10, 1)).astype(np.float32) for i in range(20)]
convert(net, HERE / "int8.tflite", samples)
convert(network(keras.layers.GlobalAveragePooling2D()), HERE / "mean.tflite")
# The pooling covers the whole plane: the converter leaves its four axes to the layer behind it.
convert(network(keras.layers.AveragePooling2D((7, 5))), HERE / "flat.tflite")
operators(HERE / "operators.tflite")
unsupported(HERE / "mean.tflite", HERE / "unsupported.tflite")

golden = {
    "reference": f"ai-edge-litert {importlib.metadata.version('ai-edge-litert')}, BUILTIN_REF",
    "command": "python " + " ".join(["make.py", *(arg.split("=")[0] + "=…" for arg in sys.argv[1:])]),
    "models": {},
}
paths = {name: HERE / f"{name}.tflite" for name in ("float", "mean", "flat", "operators")}
own = HERE.parents[3] / "models"
paths |= {f"models/{path.relative_to(own).with_suffix('')}": path for path in sorted(own.glob("*/*.tflite")) if is_float(path)}
paths |= {name: pathlib.Path(path) for name, path in (arg.split("=", 1) for arg in sys.argv[1:])}
for name, path in paths.items():
    golden["models"][name] = run(path)
lines = [f'  {json.dumps(name)}: {json.dumps(value)}' for name, value in golden.pop("models").items()]
head = json.dumps(golden, indent=1).removesuffix("\n}")
(HERE / "litert.json").write_text(head + ',\n "models": {\n' + ",\n".join(lines) + "\n }\n}\n")
