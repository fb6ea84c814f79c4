package dev.thresher.network.onnx;

import dev.thresher.network.Border;
import dev.thresher.tensor.FeatureShape;
import java.util.ArrayList;
import java.util.List;

/**
 * A tensor of the graph as ONNX sees it: the same values under some order of dimensions.
 *
 * @param tensor name in the graph
 * @param shape extents of one image, without the border
 * @param axes what each ONNX dimension counts
 * @param border zeros around the map that are not part of the graph's tensor
 * @param batch extent of the batch dimension
 */
record Feature(String tensor, FeatureShape shape, List<Axis> axes, Border border, int batch)
    implements Value.Activations {
  private static final List<Axis> NCHW = List.of(Axis.BATCH, Axis.CHANNEL, Axis.ROW, Axis.COLUMN);
  private static final List<Axis> NHWC = List.of(Axis.BATCH, Axis.ROW, Axis.COLUMN, Axis.CHANNEL);

  Feature {
    List<Axis> normal = new ArrayList<>();
    for (Axis axis : axes) {
      normal.add(axis != Axis.BATCH && extent(axis, shape, batch) == 1 ? Axis.UNIT : axis);
    }
    axes = List.copyOf(normal);
  }

  static Feature channelsFirst(String tensor, FeatureShape shape, int batch) {
    return new Feature(tensor, shape, NCHW, Border.NONE, batch);
  }

  static Feature channelsLast(String tensor, FeatureShape shape, int batch) {
    return new Feature(tensor, shape, NHWC, Border.NONE, batch);
  }

  private static int extent(Axis axis, FeatureShape shape, int batch) {
    return switch (axis) {
      case BATCH -> batch;
      case CHANNEL -> shape.channels();
      case ROW -> shape.height();
      case COLUMN -> shape.width();
      case UNIT -> 1;
    };
  }

  int rank() {
    return axes.size();
  }

  /** Extent of one ONNX dimension. */
  int extent(int dimension) {
    return extent(axes.get(dimension), shape, batch);
  }

  /** Extents of the ONNX dimensions. */
  long[] dims() {
    long[] dims = new long[rank()];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = extent(i);
    }
    return dims;
  }

  /** A dimension counted from either end, as ONNX attributes do. */
  int dimension(long index) {
    long dimension = index < 0 ? index + rank() : index;
    if (dimension < 0 || dimension >= rank()) {
      throw new IllegalArgumentException(
          "axis " + index + " is outside a tensor of " + rank() + " dimensions.");
    }
    return (int) dimension;
  }

  /** True where the dimensions are [N, C, H, W]. */
  boolean isChannelsFirst() {
    return axes.equals(channelsFirst(tensor, shape, batch).axes);
  }

  /** True where the dimensions are [N, C]. */
  boolean isVector() {
    return axes.equals(withAxes(List.of(Axis.BATCH, Axis.CHANNEL)).axes) && shape.positions() == 1;
  }

  Feature withAxes(List<Axis> other) {
    return new Feature(tensor, shape, other, border, batch);
  }

  Feature withBorder(Border other) {
    return new Feature(tensor, shape, axes, other, batch);
  }

  /** Another tensor under the same order of dimensions. */
  Feature as(String otherTensor, FeatureShape otherShape) {
    return new Feature(otherTensor, otherShape, axes, border, batch);
  }
}
