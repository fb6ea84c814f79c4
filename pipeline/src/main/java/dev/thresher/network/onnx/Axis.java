package dev.thresher.network.onnx;

/** What one dimension of an ONNX activation counts; every dimension of extent one is UNIT. */
enum Axis {
  BATCH,
  CHANNEL,
  ROW,
  COLUMN,
  UNIT
}
