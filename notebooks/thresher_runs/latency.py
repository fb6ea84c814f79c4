"""How long one image takes in ONNX Runtime and in LiteRT, float and integers, on this machine."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

from thresher_runs.run import Run

WARM_UP = 5


def measure(
    run: Run, float_model: str | os.PathLike[str] | None = None, threads: int = 1, seconds: float = 3.0
) -> list[dict[str, Any]]:
    """One row for each runtime that is installed: milliseconds of one image, median and least.

    The candidates take turns, image by image, so that a machine that is busy for a while slows all of them alike.

    float_model: the ONNX file that the run was made from; without it there is no row for float.
    seconds: for each candidate.
    """
    candidates: dict[tuple[str, str], Callable[[], object]] = {}
    try:
        import onnxruntime  # noqa: F401

        if float_model is not None:
            candidates["ONNX Runtime", "float"] = _onnx(os.fspath(float_model), threads)
        if "model/model.onnx" in run.names:
            candidates["ONNX Runtime", "integers"] = _onnx(run.read("model/model.onnx"), threads)
    except ImportError:
        pass
    try:
        import ai_edge_litert  # noqa: F401

        if "model/model.tflite" in run.names:
            candidates["LiteRT", "integers"] = _lite(run.read("model/model.tflite"), threads)
    except ImportError:
        pass
    taken: dict[tuple[str, str], list[float]] = {key: [] for key in candidates}
    for turn in candidates.values():
        for _ in range(WARM_UP):
            turn()
    end = time.perf_counter() + seconds * len(candidates)
    while candidates and time.perf_counter() < end:
        for key, turn in candidates.items():
            begin = time.perf_counter()
            turn()
            taken[key].append(1000 * (time.perf_counter() - begin))
    return [
        {
            "runtime": runtime,
            "network": network,
            "threads": threads,
            "median_ms": statistics.median(times),
            "least_ms": min(times),
            "images": len(times),
        }
        for (runtime, network), times in taken.items()
    ]


def _onnx(model: str | bytes, threads: int) -> Callable[[], object]:
    import numpy
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0]
    shape = [side if isinstance(side, int) else 1 for side in given.shape]
    image = numpy.random.default_rng(1).standard_normal(shape, numpy.float32)
    return lambda: session.run(None, {given.name: image})


def _lite(model: bytes, threads: int) -> Callable[[], object]:
    import numpy
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=model, num_threads=threads)
    interpreter.allocate_tensors()
    given = interpreter.get_input_details()[0]
    random = numpy.random.default_rng(1)
    if numpy.issubdtype(given["dtype"], numpy.integer):
        limits = numpy.iinfo(given["dtype"])
        image = random.integers(limits.min, limits.max, given["shape"], given["dtype"], endpoint=True)
    else:
        image = random.standard_normal(given["shape"], numpy.float32)
    interpreter.set_tensor(given["index"], image)
    return interpreter.invoke  # type: ignore[no-any-return]
