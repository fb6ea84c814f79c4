package dev.thresher.export;

import dev.thresher.network.Window;
import dev.thresher.quantize.Quantizer;
import dev.thresher.tensor.FeatureShape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs a quantized model from what its files say and nothing else, straight from FORMAT.md. */
final class FileIntegers {
  private final Map<String, QuantizedTensor> tensors;
  private final QuantizedModel model;

  FileIntegers(QuantizedModel model) {
    this.model = model;
    this.tensors = model.tensorsByName();
  }

  /** Codes of the logits of one image, [C, H, W]. */
  int[] logits(float[] image) {
    Quantizer input = tensors.get(model.input()).quantizer();
    Map<String, int[]> codes = new HashMap<>();
    int[] first = new int[image.length];
    for (int i = 0; i < image.length; i++) {
      double steps = Math.rint((double) (image[i] / input.scale())) + input.zeroPoint();
      first[i] = (int) Math.min(Math.max(steps, input.qmin()), input.qmax());
    }
    codes.put(model.input(), first);
    for (QuantizedNode node : model.nodes()) {
      codes.put(node.name(), node(node, codes));
    }
    return codes.get(model.output());
  }

  private int[] node(QuantizedNode node, Map<String, int[]> codes) {
    List<int[]> in = node.inputs().stream().map(name -> centred(name, codes.get(name))).toList();
    FeatureShape shape = tensors.get(node.inputs().get(0)).shape();
    FeatureShape out = tensors.get(node.name()).shape();
    int[] y = new int[out.size()];
    for (int i = 0; i < y.length; i++) {
      QuantizedOperator operator = node.operator();
      float real;
      if (operator instanceof QuantizedOperator.Add add) {
        float a = in.get(0)[i] * add.first();
        float b = in.get(1)[i] * add.second();
        real = a + b;
      } else if (operator instanceof QuantizedOperator.GlobalAveragePool pool) {
        long sum = 0;
        for (int p = 0; p < shape.positions(); p++) {
          sum += in.get(0)[i * shape.positions() + p];
        }
        real = (float) sum * pool.multiplier();
      } else if (operator instanceof QuantizedOperator.PassThrough pass) {
        real = in.get(0)[i] * pass.multiplier();
      } else if (operator instanceof QuantizedOperator.Weighted weighted) {
        int filter = i / out.positions();
        long sum = accumulate(weighted, in.get(0), shape, out, i);
        real =
            (float) (sum + weighted.weights().bias()[filter])
                * weighted.weights().multipliers()[filter];
      } else {
        real = in.get(0)[i];
      }
      double code = Math.rint((double) real) + tensors.get(node.name()).quantizer().zeroPoint();
      y[i] = (int) Math.min(Math.max(code, node.lower()), node.upper());
    }
    return y;
  }

  private int[] centred(String tensor, int[] codes) {
    int[] centred = codes.clone();
    for (int i = 0; i < centred.length; i++) {
      centred[i] -= tensors.get(tensor).quantizer().zeroPoint();
    }
    return centred;
  }

  private static long accumulate(
      QuantizedOperator.Weighted operator, int[] x, FeatureShape in, FeatureShape out, int index) {
    byte[] w = operator.weights().codes();
    int filter = index / out.positions();
    long sum = 0;
    if (!(operator instanceof QuantizedOperator.Convolution convolution)) {
      for (int i = 0; i < x.length; i++) {
        sum += (long) x[i] * w[filter * x.length + i];
      }
      return sum;
    }
    int[] shape = convolution.weights().shape();
    Window window = convolution.window();
    int firstChannel = filter / (shape[0] / convolution.groups()) * shape[1];
    int top = index % out.positions() / out.width() * window.strideHeight() - window.padTop();
    int left = index % out.width() * window.strideWidth() - window.padLeft();
    for (int c = 0; c < shape[1]; c++) {
      for (int ky = 0; ky < shape[2]; ky++) {
        for (int kx = 0; kx < shape[3]; kx++) {
          int row = top + ky * window.dilationHeight();
          int column = left + kx * window.dilationWidth();
          if (row >= 0 && row < in.height() && column >= 0 && column < in.width()) {
            int weight = w[((filter * shape[1] + c) * shape[2] + ky) * shape[3] + kx];
            sum +=
                (long) weight * x[((firstChannel + c) * in.height() + row) * in.width() + column];
          }
        }
      }
    }
    return sum;
  }
}
