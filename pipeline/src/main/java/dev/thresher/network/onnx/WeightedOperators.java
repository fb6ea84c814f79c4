package dev.thresher.network.onnx;

import dev.thresher.network.BatchNormalization;
import dev.thresher.network.Border;
import dev.thresher.network.Linear;
import dev.thresher.network.Window;
import dev.thresher.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** Conv, Gemm, MatMul and BatchNormalization. */
final class WeightedOperators {
  private WeightedOperators() {}

  static Value convolution(Call call) {
    Feature x = call.map(0);
    Constant kernel = call.constant(1);
    if (kernel.rank() != 4) {
      throw new IllegalArgumentException(
          "its weights " + kernel + " must be [O, I / groups, kH, kW]; only 2-D is supported.");
    }
    int[] kernelShape = {kernel.extent(2), kernel.extent(3)};
    call.integers("kernel_shape")
        .ifPresent(
            given -> {
              if (given.length != 2 || given[0] != kernelShape[0] || given[1] != kernelShape[1]) {
                throw new IllegalArgumentException(
                    "kernel_shape = "
                        + Arrays.toString(given)
                        + " must agree with its weights "
                        + kernel
                        + ".");
              }
            });
    Tensor weights = kernel.tensor(kernel.dims());
    Tensor bias =
        call.optionalConstant(2)
            .map(b -> b.tensor(b.size()))
            .orElseGet(() -> Tensor.of(new float[weights.extent(0)], weights.extent(0)));
    long groups = call.integer("group", 1);
    if (groups < 1 || groups > weights.extent(0)) {
      throw new IllegalArgumentException(
          "group = " + groups + " must be from 1 to its " + weights.extent(0) + " filters.");
    }
    Window window = window(call, x, kernelShape);
    String out =
        call.builder()
            .add(
                call.name(),
                new Linear.Convolution(weights, bias, window, (int) groups),
                x.tensor());
    return Feature.channelsFirst(out, call.builder().shape(out), x.batch());
  }

  private static Window window(Call call, Feature x, int[] kernel) {
    int[] strides = call.extents("strides", 2, 1);
    int[] dilations = call.extents("dilations", 2, 1);
    Border border = x.border();
    int rows = x.shape().height() + border.top() + border.bottom();
    int columns = x.shape().width() + border.left() + border.right();
    String auto = call.text("auto_pad", "NOTSET");
    Border own =
        switch (auto) {
          case "NOTSET" -> {
            int[] pads = call.extents("pads", 4, 0);
            yield new Border(pads[0], pads[1], pads[2], pads[3]);
          }
          case "VALID" -> Border.NONE;
          case "SAME_UPPER" -> Border.same(rows, columns, kernel, strides, dilations);
          case "SAME_LOWER" -> Border.same(rows, columns, kernel, strides, dilations).mirrored();
          default ->
              throw new IllegalArgumentException(
                  "auto_pad = " + auto + " must be NOTSET, VALID, SAME_UPPER or SAME_LOWER.");
        };
    return border.plus(own).window(strides, dilations);
  }

  static Value gemm(Call call) {
    Feature x = vector(call);
    if (call.integer("transA", 0) != 0) {
      throw new IllegalArgumentException("transA = 1 is not supported; the batch must come first.");
    }
    boolean outputsFirst = call.integer("transB", 0) != 0;
    Constant matrix = call.constant(1);
    Tensor weights = matrix(outputsFirst ? matrix : transposed(matrix), call.number("alpha", 1));
    int outputs = weights.extent(0);
    float[] bias = new float[outputs];
    double beta = call.number("beta", 1);
    call.optionalConstant(2)
        .ifPresent(
            c -> {
              if (c.size() != 1 && (c.size() != outputs || c.extent(c.rank() - 1) != outputs)) {
                throw new IllegalArgumentException(
                    "its bias " + c.origin() + " " + c + " must hold " + outputs + " values.");
              }
              Tensor values = c.tensor(c.size());
              for (int i = 0; i < outputs; i++) {
                bias[i] = (float) (beta * values.get(c.size() == 1 ? 0 : i));
              }
            });
    return fullyConnected(call, x, weights, Tensor.of(bias, outputs));
  }

  static Value matMul(Call call) {
    Feature x = vector(call);
    Tensor weights = matrix(transposed(call.constant(1)), 1);
    int outputs = weights.extent(0);
    return fullyConnected(call, x, weights, Tensor.of(new float[outputs], outputs));
  }

  private static Feature vector(Call call) {
    Feature x = call.feature(0);
    if (!x.isVector()) {
      throw new IllegalArgumentException(
          "its input " + x.tensor() + " " + x.axes() + " must be a vector [N, C].");
    }
    return x;
  }

  private static Constant transposed(Constant matrix) {
    if (matrix.rank() != 2) {
      throw new IllegalArgumentException("its weights " + matrix + " must be a matrix.");
    }
    return matrix.transposed(1, 0);
  }

  private static Tensor matrix(Constant constant, double factor) {
    if (constant.rank() != 2) {
      throw new IllegalArgumentException("its weights " + constant + " must be a matrix.");
    }
    double[] values = constant.values();
    for (int i = 0; i < values.length; i++) {
      values[i] *= factor;
    }
    return new Constant(constant.origin(), Element.DOUBLE, constant.dims(), values)
        .tensor(constant.dims());
  }

  private static Value fullyConnected(Call call, Feature x, Tensor weights, Tensor bias) {
    String out = call.builder().fullyConnected(call.name(), weights, bias, x.tensor());
    return Feature.channelsFirst(out, call.builder().shape(out), x.batch())
        .withAxes(List.of(Axis.BATCH, Axis.CHANNEL));
  }

  static Value batchNormalization(Call call) {
    Feature x = call.feature(0);
    if (x.rank() < 2 || (x.axes().get(1) != Axis.CHANNEL && x.shape().channels() != 1)) {
      throw new IllegalArgumentException(
          "its input " + x.tensor() + " " + x.axes() + " must have its channels second.");
    }
    if (call.integer("training_mode", 0) != 0 || call.integer("spatial", 1) != 1) {
      throw new IllegalArgumentException(
          "it normalizes by statistics of the batch; export the network in evaluation mode.");
    }
    Tensor[] vectors = new Tensor[4];
    for (int i = 0; i < vectors.length; i++) {
      Constant constant = call.constant(i + 1);
      vectors[i] = constant.tensor(constant.size());
    }
    for (int i = 0; i < vectors[3].size(); i++) {
      if (vectors[3].get(i) < 0) {
        throw new IllegalArgumentException(
            "the variance of channel " + i + " is " + vectors[3].get(i) + ", below zero.");
      }
    }
    // 1e-5 as the float that the standard's default is.
    double epsilon = call.number("epsilon", 1e-5f);
    String out =
        call.builder()
            .add(
                call.name(),
                new BatchNormalization(vectors[0], vectors[1], vectors[2], vectors[3], epsilon),
                x.tensor());
    return x.as(out, x.shape());
  }
}
