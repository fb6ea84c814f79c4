"""Checks ONNX files in full: types and shapes too, as onnx.checker infers them."""

import sys

import onnx

for path in sys.argv[1:]:
    onnx.checker.check_model(path, full_check=True)
    opset = onnx.load(path).opset_import[0].version
    if opset < 13:
        sys.exit(f"{path} has opset {opset}")
