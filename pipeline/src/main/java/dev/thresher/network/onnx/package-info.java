/** Import of ONNX files: every operator is evaluated once, symbolically, on tracked layouts. */
package dev.thresher.network.onnx;
