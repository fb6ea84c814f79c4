package dev.thresher.export.tflite;

import dev.thresher.export.QuantizedModel;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A quantized model as operators of TFLite's int8 specification: what the file holds and what the
 * integer reference computes. Unsigned codes become signed by subtracting 128, from the zero point
 * too, so that no real value moves.
 *
 * <p>What differs from the model is rounding (TFLite multiplies in fixed point), and one end: on a
 * signed symmetric grid of 8 bits the model's least code is -127, TFLite's -128. Clamps that no
 * fused activation of TFLite gives become MAXIMUM and MINIMUM.
 *
 * @param model that it was made from
 * @param tensors activations by name, the input first
 * @param nodes in the order of execution; the last writes the logits, [batch, classes]
 */
public record Int8Network(
    QuantizedModel model, Map<String, Int8Tensor> tensors, List<Int8Node> nodes) {
  /** Copies. */
  public Int8Network {
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    nodes = List.copyOf(nodes);
  }

  /** The operators of a model. */
  public static Int8Network of(QuantizedModel model) {
    return new Lowering(model).network();
  }

  /** The input. */
  public Int8Tensor input() {
    return tensors.values().iterator().next();
  }

  /** The logits. */
  public Int8Tensor output() {
    return tensors.get(nodes.get(nodes.size() - 1).output());
  }
}
