package dev.thresher.finetune;

import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Bulk copies between float arrays and ND4J's buffers outside the heap. */
final class NdFloats {
  private NdFloats() {}

  /** A copy of the values in row-major order. */
  static float[] of(INDArray array) {
    float[] values = new float[Math.toIntExact(array.length())];
    copy(array, values);
    return values;
  }

  /** Copies the values to the front of {@code target}, in row-major order. */
  static void copy(INDArray array, float[] target) {
    INDArray dense = isDense(array) ? array : array.dup('c');
    // A pointer taken from the buffer starts at the view's own offset.
    new FloatPointer(dense.data().addressPointer()).get(target, 0, Math.toIntExact(array.length()));
  }

  /** An array of the values; {@code Nd4j.create} would copy them one by one. */
  static INDArray array(float[] values, long... shape) {
    INDArray array = Nd4j.createUninitialized(DataType.FLOAT, shape, 'c');
    assign(array, values);
    return array;
  }

  /** Overwrites a dense array, or a dense view, with the front of {@code values}. */
  static void assign(INDArray array, float[] values) {
    if (!isDense(array)) {
      throw new FineTuneException(
          "Cannot write to an array of " + array.dataType() + ", order " + array.ordering() + ".");
    }
    new FloatPointer(array.data().addressPointer()).put(values, 0, Math.toIntExact(array.length()));
  }

  private static boolean isDense(INDArray array) {
    return array.dataType() == DataType.FLOAT
        && (array.ordering() == 'c' || array.isVectorOrScalar())
        && array.elementWiseStride() == 1;
  }
}
