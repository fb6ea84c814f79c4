/**
 * The integer network as files: the documented JSON + binary form (FORMAT.md beside this package in
 * the resources), and ONNX with QuantizeLinear/DequantizeLinear.
 */
package dev.thresher.export;
