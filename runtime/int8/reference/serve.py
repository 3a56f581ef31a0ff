"""Answers the live test: runs .tflite models through the references.

| runtime | what it is |
|---|---|
| `tflm` | TensorFlow Lite Micro, as the wheel `tflite-micro` has it |
| `litert-ref` | LiteRT with its reference kernels (`BUILTIN_REF`), without a delegate |
| `litert` | LiteRT as it comes, that is with XNNPACK, on one thread |

All numbers are little-endian u32. A blob is a number of bytes and those bytes.

    request    runtime (blob), model (blob), number of steps, steps
    step       number of input tensors, each a blob; or 0xFFFFFFFF, which resets the state by the runtime's own means
    answer     0, number of invocations, for each the number of output tensors and each a blob, number of figures and those
               1, why the runtime refuses the model or an input (blob)
               2, how the runtime crashed, and what it printed (blob)

The figures are those of TensorFlow Lite Micro's arena after the last invocation: bytes in all, head, tail. The others have none.
A request makes an interpreter of its own; its state carries on from one invocation to the next.
The first blob, unasked, is empty; or it says why there are no answers, and nothing follows.

A model can abort the process or hold it for ever, so a second process runs them: it is started anew where a model ended it.
"""

import mmap
import os
import re
import signal
import struct
import sys
import tempfile

RESET = 0xFFFFFFFF
ANSWERED, REFUSED, CRASHED = 0, 1, 2
ARENA_BYTES = 64 << 20
SECONDS = 60


class Refused(Exception):
    """The runtime does not take the model, or the model does not take the input."""


class Stream:
    """Numbers and blobs of a pair of binary files."""

    def __init__(self, inputs, outputs):
        self.inputs, self.outputs = inputs, outputs

    def read(self, size):
        data = self.inputs.read(size)
        if len(data) != size:
            raise EOFError
        return data

    def number(self):
        return struct.unpack("<I", self.read(4))[0]

    def blob(self):
        return self.read(self.number())

    def say(self, *values):
        for value in values:
            if isinstance(value, int):
                self.outputs.write(struct.pack("<I", value))
            else:
                data = value.encode() if isinstance(value, str) else value
                self.outputs.write(struct.pack("<I", len(data)))
                self.outputs.write(data)

    def flush(self):
        self.outputs.flush()


class Printed:
    """A file in the place of the standard output and error, that what the runtimes print from C++ can be read."""

    def __init__(self):
        self.file = tempfile.TemporaryFile()

    def capture(self):
        os.dup2(self.file.fileno(), 1)
        os.dup2(self.file.fileno(), 2)

    def clear(self):
        os.ftruncate(self.file.fileno(), 0)
        os.lseek(self.file.fileno(), 0, os.SEEK_SET)

    def text(self):
        size = os.fstat(self.file.fileno()).st_size
        return os.pread(self.file.fileno(), size, 0).decode(errors="replace").strip()


def tensor(data, details, index):
    """The array that an input tensor takes, from its bytes."""
    import numpy as np

    shape, dtype = tuple(int(size) for size in details["shape"]), np.dtype(details["dtype"])
    wanted = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    if len(data) != wanted:
        raise Refused(f"input {index} is {len(data)} bytes, and the model takes {wanted} ({dtype} {list(shape)})")
    return np.frombuffer(data, dtype).reshape(shape)


class Micro:
    """TensorFlow Lite Micro."""

    def __init__(self, model, printed):
        from tflite_micro.python.tflite_micro import runtime

        graph = runtime.schema_fb.Model.GetRootAsModel(model, 0).Subgraphs(0)
        self.inputs, self.outputs = range(graph.InputsLength()), range(graph.OutputsLength())
        self.interpreter = runtime.Interpreter.from_bytes(model, arena_size=ARENA_BYTES)
        self.printed = printed

    def details(self):
        return [self.interpreter.get_input_details(index) for index in self.inputs]

    def set_input(self, index, array):
        self.interpreter.set_input(array, index)

    def invoke(self):
        self.interpreter.invoke()
        return [self.interpreter.get_output(index) for index in self.outputs]

    def reset(self):
        self.interpreter.reset()

    def figures(self):
        self.interpreter.print_allocations()
        text = self.printed.text()
        return [int(re.findall(rf"Arena allocation {part} (\d+) bytes", text)[-1]) for part in ("total", "head", "tail")]


class LiteRT:
    """LiteRT, with a set of kernels."""

    def __init__(self, model, kernels):
        from ai_edge_litert import interpreter

        kinds = interpreter.OpResolverType
        kind = kinds.BUILTIN_REF if kernels == "litert-ref" else kinds.AUTO
        self.interpreter = interpreter.Interpreter(
            model_content=model, num_threads=1, experimental_op_resolver_type=kind
        )
        self.interpreter.allocate_tensors()
        self.inputs = self.interpreter.get_input_details()
        self.outputs = [details["index"] for details in self.interpreter.get_output_details()]

    def details(self):
        return self.inputs

    def set_input(self, index, array):
        self.interpreter.set_tensor(self.inputs[index]["index"], array)

    def invoke(self):
        self.interpreter.invoke()
        return [self.interpreter.get_tensor(index) for index in self.outputs]

    def reset(self):
        self.interpreter.reset_all_variables()

    def figures(self):
        return []


def run(name, model, steps, printed):
    """The raw output tensors of each invocation, and the figures."""
    runtime = Micro(model, printed) if name == "tflm" else LiteRT(model, name)
    details = runtime.details()
    answers = []
    for step in steps:
        if step is None:
            runtime.reset()
            continue
        if len(step) != len(details):
            raise Refused(f"{len(step)} inputs were given, and the model takes {len(details)}")
        for index, data in enumerate(step):
            runtime.set_input(index, tensor(data, details[index], index))
        answers.append([array.tobytes() for array in runtime.invoke()])
    return answers, runtime.figures()


def work(stream, printed, running):
    """Answers requests until there are no more; the byte `running` is 1 while a model has the process."""
    while True:
        name, model = stream.blob().decode(), stream.blob()
        steps = []
        for _ in range(stream.number()):
            count = stream.number()
            steps.append(None if count == RESET else [stream.blob() for _ in range(count)])
        refusal = None
        running[0] = 1
        signal.alarm(SECONDS)
        try:
            answers, figures = run(name, model, steps, printed)
        except Exception as error:  # whatever binding or parser of a reference raises, the reference has refused
            refusal = "\n".join(filter(None, (printed.text(), f"{type(error).__name__}: {error}")))
        signal.alarm(0)
        running[0] = 0
        if refusal is None:
            stream.say(ANSWERED, len(answers))
            for arrays in answers:
                stream.say(len(arrays), *arrays)
            stream.say(len(figures), *figures)
        else:
            stream.say(REFUSED, refusal)
        stream.flush()
        printed.clear()


def main():
    printed = Printed()
    inputs, outputs = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    stream = Stream(inputs, outputs)
    printed.capture()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        import ai_edge_litert.interpreter
        import numpy
        import tflite_micro.python.tflite_micro.runtime
    except ImportError as error:
        stream.say(f"{error} in {sys.executable}")
        stream.flush()
        return
    stream.say("")
    stream.flush()
    running = mmap.mmap(-1, 1)
    while True:
        printed.clear()
        worker = os.fork()
        if worker == 0:
            try:
                work(stream, printed, running)
            except EOFError:
                os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
        if running[0] == 0:  # between requests, or no one can tell how much of one was read or answered
            return
        running[0] = 0
        how = f"exit status {status}" if status >= 0 else signal.Signals(-status).name
        stream.say(CRASHED, "\n".join(filter(None, (printed.text(), how))))
        stream.flush()


if __name__ == "__main__":
    main()
