package dev.thresher.evaluate;

import dev.thresher.device.IntegerReference;
import dev.thresher.engine.Engine;
import dev.thresher.engine.FloatPass;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.export.QuantizedModel;
import dev.thresher.network.Graph;
import java.util.OptionalInt;

/** Compares a device's integers with the evaluation's, image by image; one thread at a time. */
public final class DeviceEvaluator implements AutoCloseable {
  private final IntegerReference device;
  private final FloatPass floatPass;
  private final QuantizedPass quantizedPass;
  private final float step;
  private final float[] onDevice;
  private final float[] quantized;
  private final float[] floats;

  /**
   * Prepares all three.
   *
   * @param graph the float network
   * @param network its integers
   * @param model the same integers as they are exported
   */
  public DeviceEvaluator(Engine engine, Graph graph, IntegerNetwork network, QuantizedModel model) {
    this.device = IntegerReference.of(model);
    this.floatPass = engine.floatPass(graph, 1);
    this.quantizedPass = engine.quantizedPass(network, 1);
    this.step = network.quantizer(network.graph().output()).scale();
    this.onDevice = new float[graph.classes()];
    this.quantized = new float[graph.classes()];
    this.floats = new float[graph.classes()];
  }

  /** What one image adds. */
  public DeviceComparison of(EvaluationImage image) {
    device.logits(image.values(), 1, onDevice);
    quantizedPass.logits(image.values(), 1, quantized);
    floatPass.logits(image.values(), 1, floats);
    int classes = onDevice.length;
    int first = Ranking.first(onDevice, 0, classes);
    int quantizedFirst = Ranking.first(quantized, 0, classes);
    long most = 0;
    long equal = 0;
    for (int k = 0; k < classes; k++) {
      long steps = Math.round(Math.abs((double) onDevice[k] - quantized[k]) / step);
      most = Math.max(most, steps);
      equal += steps == 0 ? 1 : 0;
    }
    return new DeviceComparison(
        1,
        image.label().isPresent() ? 1 : 0,
        hit(image.label(), first),
        hit(image.label(), quantizedFirst),
        first == Ranking.first(floats, 0, classes) ? 1 : 0,
        first == quantizedFirst ? 1 : 0,
        classes,
        equal,
        most);
  }

  private static int hit(OptionalInt label, int first) {
    return label.isPresent() && label.getAsInt() == first ? 1 : 0;
  }

  @Override
  public void close() {
    floatPass.close();
    quantizedPass.close();
  }
}
