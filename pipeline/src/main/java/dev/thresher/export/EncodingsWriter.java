package dev.thresher.export;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thresher.engine.IntegerNode;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.Quantizer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Writes the grids of a quantized model as encodings in the form of AIMET 0.6.1: what goes beside a
 * float ONNX file for tools that quantize it themselves (AIMET, Qualcomm's converters with {@code
 * --quantization_overrides}). The tensors are named as {@link
 * dev.thresher.network.onnx.OnnxGraphWriter} names those of the network that was quantized.
 *
 * <p>{@code scale} is the real value of one step, {@code offset} the least step: {@code min = scale
 * * offset}, {@code max = scale * (offset + 2^bitwidth - 1)}, a zero point of z is the offset -z.
 * Symmetric means that zero is the middle. Weights and biases have an entry for each filter, or one
 * in per-tensor granularity. Complete: every activation, weight and bias. Deterministic.
 */
public final class EncodingsWriter {
  private static final String VERSION = "0.6.1";
  private static final String INPUT = "input";
  private static final String OUTPUT = "output";
  private static final int BIAS_BITS = 32;

  private final QuantizedModel model;
  private final boolean perTensor;

  private EncodingsWriter(QuantizedModel model) {
    this.model = model;
    this.perTensor = model.granularity() == Granularity.PER_TENSOR;
  }

  /** The document, UTF-8; a model is complete by construction, and so are its encodings. */
  public static byte[] write(QuantizedModel model) {
    try {
      return (new ObjectMapper().writeValueAsString(new EncodingsWriter(model).document()) + "\n")
          .getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new AssertionError("a JSON tree has a JSON form", e);
    }
  }

  private ObjectNode document() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("version", VERSION);
    ObjectNode activations = root.putObject("activation_encodings");
    for (QuantizedTensor tensor : model.tensors()) {
      boolean first = tensor.name().equals(model.input());
      activation(activations.putArray(first ? INPUT : tensor.name()), tensor.quantizer());
    }
    QuantizedTensor logits = model.tensorsByName().get(model.output());
    activation(activations.putArray(OUTPUT), logits.quantizer());
    ObjectNode parameters = root.putObject("param_encodings");
    Map<String, QuantizedTensor> tensors = model.tensorsByName();
    for (IntegerNode node : model.nodes()) {
      float inputScale = tensors.get(node.inputs().get(0)).quantizer().scale();
      node.operator()
          .constants()
          .ifPresent(weights -> parameters(parameters, node.name(), weights.scales(), inputScale));
    }
    ObjectNode arguments = root.putObject("quantizer_args");
    arguments.put("activation_bitwidth", model.activationBits());
    arguments.put("dtype", "int");
    arguments.put("is_symmetric", true);
    arguments.put("param_bitwidth", model.weightBits());
    arguments.put("per_channel_quantization", !perTensor);
    arguments.put("quant_scheme", "training_range_learning_with_tf_init");
    ObjectNode provenance = root.putObject("thresher");
    model.properties().forEach(provenance::put);
    return root;
  }

  private void activation(ArrayNode list, Quantizer grid) {
    encoding(list, grid.scale(), -grid.zeroPoint(), model.activationBits());
  }

  private void parameters(ObjectNode parameters, String node, float[] scales, float inputScale) {
    ArrayNode weights = parameters.putArray(node + "/weight");
    ArrayNode biases = parameters.putArray(node + "/bias");
    int bits = model.weightBits();
    for (int k = 0; k < (perTensor ? 1 : scales.length); k++) {
      encoding(weights, scales[k], -(1L << (bits - 1)), bits);
      encoding(biases, inputScale * scales[k], -(1L << (BIAS_BITS - 1)), BIAS_BITS);
    }
  }

  private static void encoding(ArrayNode list, float scale, long offset, int bits) {
    long levels = (1L << bits) - 1;
    ObjectNode encoding = list.addObject();
    encoding.put("bitwidth", bits);
    encoding.put("dtype", "int");
    encoding.put("is_symmetric", offset == -(1L << (bits - 1)) ? "True" : "False");
    encoding.put("max", (double) scale * (offset + levels));
    encoding.put("min", (double) scale * offset);
    encoding.put("offset", offset);
    encoding.put("scale", (double) scale);
  }
}
