"""Runs every NAME.tflite of a folder in LiteRT.

NAME.input holds the images, one after another, in the file's own type; NAME.reference and
NAME.default receive the outputs of the reference kernels and of those that applications get.
A second argument names the only kernels to run.
"""

import pathlib
import sys

import numpy
from ai_edge_litert.interpreter import Interpreter, OpResolverType

KERNELS = {"reference": OpResolverType.BUILTIN_REF, "default": OpResolverType.AUTO}


def run(model, resolver, images):
    interpreter = Interpreter(
        model_path=str(model), experimental_op_resolver_type=resolver, num_threads=1
    )
    entry = interpreter.get_input_details()[0]
    batch = numpy.fromfile(images, dtype=entry["dtype"]).reshape(-1, *entry["shape"][1:])
    interpreter.resize_tensor_input(entry["index"], batch.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(entry["index"], batch)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


def main(folder, kernels):
    for model in sorted(pathlib.Path(folder).glob("*.tflite")):
        for name in kernels:
            output = run(model, KERNELS[name], model.with_suffix(".input"))
            output.tofile(model.with_suffix("." + name))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:] or list(KERNELS))
