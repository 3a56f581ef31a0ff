"""What the training scripts share: seeding, conversion to TFLite, running it, and intervals."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf


def single_threaded(seed):
    """One thread, deterministic kernels and this seed: the same machine gives the same weights."""
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(seed)


def to_tflite(model, representative=None):
    """The model as .tflite bytes with batch size 1: float32, or int8 throughout if inputs to
    calibrate on are given."""
    fixed = keras.models.clone_model(
        model, input_tensors=keras.Input(batch_shape=(1, *model.input_shape[1:]))
    )
    fixed.set_weights(model.get_weights())
    converter = tf.lite.TFLiteConverter.from_keras_model(fixed)
    if representative is not None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([x[None]] for x in representative)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
        converter._experimental_disable_per_channel_quantization_for_dense_layers = True
    return converter.convert()


def run_float(tflite, inputs):
    """f32 outputs of a float model under LiteRT, one input at a time."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=tflite, num_threads=1)
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]["index"]
    result = interpreter.get_output_details()[0]["index"]
    outputs = []
    for x in inputs:
        interpreter.set_tensor(source, x[None])
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(result)[0])
    return np.array(outputs)


def run_int8(tflite, inputs):
    """int8 outputs of a quantised model under TensorFlow Lite for Microcontrollers, of int8 inputs."""
    from tflite_micro.python.tflite_micro.runtime import Interpreter

    interpreter = Interpreter.from_bytes(tflite)
    outputs = []
    for x in np.asarray(inputs):
        interpreter.set_input(x[None], 0)
        interpreter.invoke()
        outputs.append(interpreter.get_output(0)[0])
    return np.array(outputs)


def wilson(hits, total, z=1.959964):
    """The Wilson 95 % interval of hits/total, in per cent."""
    p, z2 = hits / total, z * z
    centre = (p + z2 / (2 * total)) / (1 + z2 / total)
    half = z / (1 + z2 / total) * np.sqrt(p * (1 - p) / total + z2 / (4 * total * total))
    return 100 * (centre - half), 100 * (centre + half)


def percent(hits):
    """As in "87.0 % (80.3-91.6; 120 of 138)" of an array of booleans."""
    low, high = wilson(hits.sum(), hits.size)
    return f"{100 * hits.mean():.1f} % ({low:.1f}-{high:.1f}; {hits.sum()} of {hits.size})"


def save(path, content):
    """Writes bytes or text beside `path`, then renames."""
    temporary = path.with_name(path.name + ".part")
    temporary.write_bytes(content if isinstance(content, bytes) else content.encode())
    temporary.replace(path)
    print(f"{path}: {len(content)} bytes", flush=True)
