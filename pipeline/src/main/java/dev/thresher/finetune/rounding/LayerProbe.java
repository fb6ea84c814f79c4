package dev.thresher.finetune.rounding;

import dev.thresher.calibrate.FloatOrigin;
import dev.thresher.engine.Engine;
import dev.thresher.engine.FloatPass;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.network.Activation;
import dev.thresher.network.Graph;
import dev.thresher.network.Linear;
import dev.thresher.network.Node;
import dev.thresher.quantize.Quantizer;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.DoublePointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Measures one layer: runs images through the quantized network up to the layer's input and through
 * the float network up to its output before the activation, and adds up {@link LayerSums} over some
 * positions of each image. Holds both until closed; used by one thread at a time.
 */
public final class LayerProbe implements AutoCloseable {
  /** Images run together. */
  public static final int BATCH = 4;

  /**
   * Positions of an image, evenly spread: more tell little, for neighbours are alike. Three times
   * as many left the error of MobileNet-v1 where it was, twice the images lowered it.
   */
  private static final int POSITIONS = 60;

  /** Far beyond what the layer's grid can show. */
  private static final double MOST_OUTPUT = 1 << 23;

  private final Linear layer;
  private final Windows windows;
  private final Quantizer input;
  private final Optional<QuantizedPass> before;
  private final FloatPass floats;
  private final double[] outputSteps;
  private final float[] reads;
  private final float[] gives;
  private final LayerSums sums;
  private int images;

  /**
   * Prepares both passes.
   *
   * @param origin the float network, and what rescaling multiplied its channels by
   * @param network integers of the layers before; those of the layer itself are not used
   * @param name of a weighted node
   * @param from tensor at which both networks' values are given, the input or where a block begins
   */
  public LayerProbe(
      Engine engine, FloatOrigin origin, IntegerNetwork network, String name, String from) {
    Graph graph = network.graph();
    Node node = graph.node(name);
    String source = network.network().quantizedTensor(node.inputs().get(0));
    this.layer = node.weighted();
    this.windows = new Windows(layer, graph.shape(source), graph.shape(name));
    this.input = network.quantizer(source);
    this.sums = new LayerSums(layer);
    this.reads = new float[BATCH * graph.shape(source).size()];
    this.gives = new float[BATCH * graph.shape(name).size()];
    this.outputSteps = origin.factors(name);
    double step = network.quantizer(name).scale() / LayerSums.FRACTION;
    Arrays.setAll(outputSteps, k -> outputSteps[k] / step);
    this.before =
        source.equals(from)
            ? Optional.empty()
            : Optional.of(engine.quantizedPass(network.between(from, source), BATCH));
    try {
      this.floats = engine.floatPass(unclamped(origin.graph().between(from, name)), BATCH);
    } catch (RuntimeException e) {
      before.ifPresent(QuantizedPass::close);
      throw e;
    }
  }

  private static Graph unclamped(Graph part) {
    Node last = part.node(part.output());
    Node plain = new Node(last.name(), last.operator(), Activation.NONE, last.inputs());
    return part.with(Map.of(plain.name(), plain));
  }

  /**
   * Measures some more images.
   *
   * @param quantized values of the quantized network where they are given, [count, H, W, C]
   * @param plain values of the float network, likewise
   */
  public void add(float[] quantized, float[] plain, int count) {
    int size = quantized.length / count;
    for (int first = 0; first < count; first += BATCH) {
      int now = Math.min(BATCH, count - first);
      float[] some = Arrays.copyOfRange(quantized, first * size, (first + now) * size);
      before.ifPresentOrElse(
          pass -> pass.logits(some, now, reads),
          () -> System.arraycopy(some, 0, reads, 0, some.length));
      floats.logits(Arrays.copyOfRange(plain, first * size, (first + now) * size), now, gives);
      sum(now);
    }
  }

  private void sum(int count) {
    int stride = Math.max(1, windows.positions() / POSITIONS);
    int most = (windows.positions() + stride - 1) / stride;
    int[] places = new int[count * most];
    int rows = 0;
    for (int image = 0; image < count; image++, images++) {
      for (int at = images % stride; at < windows.positions(); at += stride) {
        places[rows++] = image * windows.positions() + at;
      }
    }
    double[] y = outputs(places, rows);
    if (layer.isDepthwise()) {
      sumDepthwise(places, rows, y);
      sums.count(count, rows);
      return;
    }
    for (int group = 0; group < layer.groups(); group++) {
      sum(group, places, rows, y);
    }
    sums.count(count, rows);
  }

  /** What the filters should give, [rows, filters]. */
  private double[] outputs(int[] places, int rows) {
    int filters = layer.filters();
    double[] y = new double[rows * filters];
    for (int row = 0; row < rows; row++) {
      for (int k = 0; k < filters; k++) {
        double steps = Math.rint(gives[places[row] * filters + k] * outputSteps[k]);
        double value = Math.max(-MOST_OUTPUT, Math.min(steps, MOST_OUTPUT));
        y[row * filters + k] = value;
        sums.outputs()[k] += value;
        sums.squares()[k] += (long) (value * value);
      }
    }
    return y;
  }

  /** All channels side by side: each alone has so few products that reading them takes longer. */
  private void sumDepthwise(int[] places, int rows, double[] y) {
    DepthwiseSums some = new DepthwiseSums(layer.filters(), windows.taps());
    for (int row = 0; row < rows; row++) {
      int from = places[row] / windows.positions() * (reads.length / BATCH);
      windows.readAll(reads, from, places[row] % windows.positions(), some.inputs());
      input.toSteps(some.inputs());
      some.add(y, row * layer.filters(), sums);
    }
    some.moveTo(sums);
  }

  private void sum(int group, int[] places, int rows, double[] y) {
    int each = layer.filterSize();
    int mapSize = reads.length / BATCH;
    double[] x = new double[rows * each];
    for (int row = 0; row < rows; row++) {
      int image = places[row] / windows.positions();
      int at = places[row] % windows.positions();
      windows.read(reads, image * mapSize, group, at, x, row * each);
      for (int i = 0; i < each; i++) {
        int read = row * each + i;
        x[read] = input.quantize((float) x[read]) - input.zeroPoint();
        sums.inputs(group)[i] += x[read];
      }
    }
    if (layer.groups() == 1) {
      multiply(x, x, rows, sums.products(0));
      multiply(x, y, rows, sums.cross());
    } else {
      multiplySmall(group, x, rows, y);
    }
  }

  /** Adds right^T left, [columns, each], of left [rows, each] and right [rows, columns]. */
  private static void multiply(double[] left, double[] right, int rows, double[] target) {
    try (INDArray a = matrix(left, rows);
        INDArray b = matrix(right, rows);
        INDArray product = Nd4j.gemm(b, a, true, false);
        INDArray rowByRow = product.dup('c')) {
      LayerSums.add(rowByRow.data().asDouble(), target);
    }
  }

  /** {@code Nd4j.create} would make floats of doubles. */
  private static INDArray matrix(double[] values, int rows) {
    INDArray matrix =
        Nd4j.createUninitialized(DataType.DOUBLE, new long[] {rows, values.length / rows}, 'c');
    new DoublePointer(matrix.data().addressPointer()).put(values, 0, values.length);
    return matrix;
  }

  private void multiplySmall(int group, double[] x, int rows, double[] y) {
    int each = layer.filterSize();
    int filters = layer.filters() / layer.groups();
    double[] products = sums.products(group);
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < each; i++) {
        double value = x[row * each + i];
        for (int j = 0; j < each; j++) {
          products[i * each + j] += value * x[row * each + j];
        }
        for (int k = group * filters; k < (group + 1) * filters; k++) {
          sums.cross()[k * each + i] += value * y[row * layer.filters() + k];
        }
      }
    }
  }

  /** The sums of the images measured so far; not a copy. */
  public LayerSums sums() {
    return sums;
  }

  @Override
  public void close() {
    before.ifPresent(QuantizedPass::close);
    floats.close();
  }
}
