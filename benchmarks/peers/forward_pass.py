#!/usr/bin/env python3
"""Forward passes of an ONNX file in ONNX Runtime, for comparison: float or exported integers.

Prints one JSON object: images per second by the median batch. Needs requirements.txt beside it.
"""

import argparse
import json
import statistics
import time

import numpy
import onnxruntime


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", help="the float network, or model/model.onnx of a run")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=4, help="timed, after five batches to warm up")
    arguments = parser.parse_args()

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    session = onnxruntime.InferenceSession(arguments.model, options, providers=["CPUExecutionProvider"])
    reads = session.get_inputs()[0]
    shape = [arguments.batch, *reads.shape[1:]]
    images = numpy.random.default_rng(0).standard_normal(shape, dtype=numpy.float32)
    seconds = []
    end = float("inf")
    while time.perf_counter() < end:
        begin = time.perf_counter()
        session.run(None, {reads.name: images})
        seconds.append(time.perf_counter() - begin)
        if len(seconds) == 5:
            end = time.perf_counter() + arguments.seconds
    figures = {
        "onnxruntime": onnxruntime.__version__,
        **vars(arguments),
        "images_per_second": round(arguments.batch / statistics.median(seconds[5:]), 1),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
