package dev.thresher.export;

import dev.thresher.engine.IntegerNode;
import dev.thresher.engine.IntegerOperator;
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
    for (IntegerNode node : model.nodes()) {
      codes.put(node.name(), node(node, codes));
    }
    return codes.get(model.output());
  }

  private int[] node(IntegerNode node, Map<String, int[]> codes) {
    List<int[]> in = node.inputs().stream().map(name -> centred(name, codes.get(name))).toList();
    FeatureShape shape = tensors.get(node.inputs().get(0)).shape();
    FeatureShape out = tensors.get(node.name()).shape();
    int[] y = new int[out.size()];
    Definition definition = node.operator().accept(new Reading(in, shape, out));
    for (int i = 0; i < y.length; i++) {
      float real = definition.at(i);
      double code = Math.rint((double) real) + tensors.get(node.name()).quantizer().zeroPoint();
      y[i] = (int) Math.min(Math.max(code, node.lower()), node.upper());
    }
    return y;
  }

  /** One output in steps. */
  private interface Definition {
    float at(int index);
  }

  /** What FORMAT.md says of each family. */
  private record Reading(List<int[]> in, FeatureShape shape, FeatureShape out)
      implements IntegerOperator.Visitor<Definition> {
    @Override
    public Definition weighted(IntegerOperator.Weighted weighted) {
      byte[] codes = weighted.weights().codes();
      int[] bias = weighted.weights().bias();
      float[] multipliers = weighted.weights().multipliers();
      return i -> {
        int filter = i / out.positions();
        long sum = accumulate(weighted, codes, in.get(0), shape, out, i);
        return (float) (sum + bias[filter]) * multipliers[filter];
      };
    }

    @Override
    public Definition mapped(IntegerOperator.Mapped mapped) {
      float ratio = mapped.ratios().get(0);
      return mapped.operator().match(identity -> i -> in.get(0)[i] * ratio);
    }

    @Override
    public Definition combined(IntegerOperator.Combined combined) {
      float first = combined.ratios().get(0);
      float second = combined.ratios().get(1);
      return combined
          .operator()
          .match(
              add ->
                  i -> {
                    float a = in.get(0)[i] * first;
                    float b = in.get(1)[i] * second;
                    return a + b;
                  });
    }

    @Override
    public Definition reduced(IntegerOperator.Reduced reduced) {
      float ratio = reduced.ratios().get(0);
      return reduced
          .operator()
          .match(
              mean ->
                  i -> {
                    long sum = 0;
                    for (int p = 0; p < shape.positions(); p++) {
                      sum += in.get(0)[i * shape.positions() + p];
                    }
                    return (float) sum * ratio;
                  });
    }

    @Override
    public Definition moved(IntegerOperator.Moved moved) {
      return moved.operator().match(flatten -> i -> in.get(0)[i]);
    }
  }

  private int[] centred(String tensor, int[] codes) {
    int[] centred = codes.clone();
    for (int i = 0; i < centred.length; i++) {
      centred[i] -= tensors.get(tensor).quantizer().zeroPoint();
    }
    return centred;
  }

  private static long accumulate(
      IntegerOperator.Weighted operator,
      byte[] w,
      int[] x,
      FeatureShape in,
      FeatureShape out,
      int index) {
    int filter = index / out.positions();
    long sum = 0;
    if (!(operator instanceof IntegerOperator.Convolution convolution)) {
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
