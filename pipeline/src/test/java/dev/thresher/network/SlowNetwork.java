package dev.thresher.network;

import dev.thresher.network.Linear.Convolution;
import dev.thresher.tensor.FeatureShape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Evaluates a graph by the definitions of its operators, one image at a time, channels first. */
public final class SlowNetwork {
  private SlowNetwork() {}

  /** The logits of one image [C, H, W]. */
  public static float[] logits(Graph graph, float[] image) {
    Map<String, float[]> tensors = new HashMap<>();
    tensors.put(graph.input(), image);
    for (Node node : graph.nodes()) {
      List<float[]> inputs = node.inputs().stream().map(tensors::get).toList();
      FeatureShape in = graph.shape(node.inputs().get(0));
      float[] out = evaluate(node.operator(), inputs, in, graph.shape(node.name()));
      for (int i = 0; i < out.length; i++) {
        out[i] = node.activation().apply(out[i]);
      }
      tensors.put(node.name(), out);
    }
    return tensors.get(graph.output());
  }

  private static float[] evaluate(
      Operator operator, List<float[]> inputs, FeatureShape in, FeatureShape out) {
    float[] x = inputs.get(0);
    float[] y = new float[out.size()];
    return operator.accept(
        new Operator.Visitor<>() {
          @Override
          public float[] linear(Linear linear) {
            convolve(linear.asConvolution(in), x, in, y, out);
            return y;
          }

          @Override
          public float[] pointwise(Pointwise pointwise) {
            return pointwise.match(identity -> x.clone());
          }

          @Override
          public float[] combine(Combine combine) {
            for (int i = 0; i < y.length; i++) {
              y[i] = x[i] + inputs.get(1)[i];
            }
            return combine.match(add -> y);
          }

          @Override
          public float[] reduce(Reduce reduce) {
            for (int i = 0; i < x.length; i++) {
              y[i / in.positions()] += x[i] / in.positions();
            }
            return reduce.match(mean -> y);
          }

          @Override
          public float[] layout(Layout layout) {
            return layout.match(flatten -> x.clone());
          }

          @Override
          public float[] normalization(BatchNormalization norm) {
            for (int i = 0; i < y.length; i++) {
              int c = i / in.positions();
              double deviation = Math.sqrt(norm.variance().get(c) + norm.epsilon());
              y[i] =
                  (float)
                      (norm.gamma().get(c) * (x[i] - norm.mean().get(c)) / deviation
                          + norm.beta().get(c));
            }
            return y;
          }
        });
  }

  private static void convolve(
      Convolution conv, float[] x, FeatureShape in, float[] y, FeatureShape out) {
    Window window = conv.window();
    float[] weights = conv.weights().values();
    int perGroup = conv.weights().extent(1);
    int filtersPerGroup = conv.filters() / conv.groups();
    int at = 0;
    for (int o = 0; o < out.channels(); o++) {
      for (int row = 0; row < out.height(); row++) {
        for (int column = 0; column < out.width(); column++) {
          float sum = conv.bias().get(o);
          int w = o * conv.filterSize();
          for (int i = 0; i < perGroup; i++) {
            int channel = o / filtersPerGroup * perGroup + i;
            for (int kh = 0; kh < conv.kernelHeight(); kh++) {
              int r = row * window.strideHeight() - window.padTop() + kh * window.dilationHeight();
              for (int kw = 0; kw < conv.kernelWidth(); kw++) {
                int c =
                    column * window.strideWidth() - window.padLeft() + kw * window.dilationWidth();
                if (r >= 0 && r < in.height() && c >= 0 && c < in.width()) {
                  sum += weights[w] * x[(channel * in.height() + r) * in.width() + c];
                }
                w++;
              }
            }
          }
          y[at++] = sum;
        }
      }
    }
  }
}
