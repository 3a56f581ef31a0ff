"""Times models in LiteRT for the bench beside it: needs ai-edge-litert.

Reads a line `MODEL SECONDS` and answers with a line: the best time of one invocation in nanoseconds by XNNPACK, and by the
reference kernels, each `-` where LiteRT can't run the model. One thread each.
"""

import sys
import time

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType


def best(path, resolver, seconds):
    try:
        interpreter = Interpreter(model_path=path, num_threads=1, experimental_op_resolver_type=resolver)
        interpreter.allocate_tensors()
        random = np.random.default_rng(1)
        for tensor in interpreter.get_input_details():
            values = random.integers(0, 100, tensor["shape"]).astype(tensor["dtype"])
            interpreter.set_tensor(tensor["index"], values)
        # The call itself, without what the Python class adds to it.
        invoke = interpreter._interpreter.Invoke
        invoke()
    except (RuntimeError, ValueError):
        return "-"
    least, end = None, time.perf_counter() + seconds
    while least is None or time.perf_counter() < end:
        start = time.perf_counter_ns()
        invoke()
        took = time.perf_counter_ns() - start
        least = took if least is None else min(least, took)
    return str(least)


for line in sys.stdin:
    path, seconds = line.rstrip("\n").rsplit(" ", 1)
    resolvers = OpResolverType.AUTO, OpResolverType.BUILTIN_REF
    print(*(best(path, resolver, float(seconds)) for resolver in resolvers), flush=True)
