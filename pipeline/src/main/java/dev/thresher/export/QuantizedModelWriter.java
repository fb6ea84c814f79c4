package dev.thresher.export;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thresher.engine.IntegerNode;
import dev.thresher.engine.IntegerOperator;
import dev.thresher.engine.IntegerWeights;
import dev.thresher.network.Activation;
import dev.thresher.network.Window;
import dev.thresher.provenance.Hashes;
import dev.thresher.provenance.Origin;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.Quantizer;
import dev.thresher.quantize.Scheme;
import dev.thresher.tensor.FeatureShape;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Writes a quantized model as {@code model.json} and {@code model.bin}; FORMAT.md is the
 * specification. Deterministic: equal models give equal bytes. Real numbers are written as the
 * double that equals the float.
 */
public final class QuantizedModelWriter {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final BlobWriter blob = new BlobWriter();

  private QuantizedModelWriter() {}

  /** The bytes of both files. */
  public static QuantizedModelFiles write(QuantizedModel model) {
    return new QuantizedModelWriter().files(model);
  }

  private QuantizedModelFiles files(QuantizedModel model) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("format", Format.NAME);
    root.put("version", Format.VERSION);
    root.put("rounding", Format.ROUNDING);
    root.put("byte_order", Format.BYTE_ORDER);
    origin(root.putObject("origin"), model.origin());
    ObjectNode quantization = root.putObject("quantization");
    quantization.put("granularity", name(model.granularity()));
    quantization.put("scheme", name(model.scheme()));
    quantization.put("weight_bits", model.weightBits());
    quantization.put("activation_bits", model.activationBits());
    root.put("input", model.input());
    root.put("output", model.output());
    ArrayNode tensors = root.putArray("tensors");
    for (QuantizedTensor tensor : model.tensors()) {
      tensor(tensors.addObject(), tensor, model.activationBits());
    }
    ArrayNode nodes = root.putArray("nodes");
    for (IntegerNode node : model.nodes()) {
      node(nodes.addObject(), node, model.weightBits());
    }
    byte[] bytes = blob.bytes();
    ObjectNode file = root.putObject("blob");
    file.put("file", QuantizedModelFiles.BLOB_NAME);
    file.put("bytes", bytes.length);
    file.put("sha256", Hashes.sha256(bytes));
    return new QuantizedModelFiles(text(root), bytes);
  }

  private static byte[] text(ObjectNode root) {
    DefaultIndenter lines = new DefaultIndenter("  ", "\n");
    DefaultPrettyPrinter printer = new DefaultPrettyPrinter().withObjectIndenter(lines);
    try {
      return (JSON.writer(printer).writeValueAsString(root) + "\n")
          .getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new AssertionError("a JSON tree has a JSON form", e);
    }
  }

  static String name(Granularity granularity) {
    return switch (granularity) {
      case PER_TENSOR -> "per-tensor";
      case PER_FILTER -> "per-filter";
    };
  }

  static String name(Scheme scheme) {
    return switch (scheme) {
      case SYMMETRIC -> "symmetric";
      case ASYMMETRIC -> "asymmetric";
    };
  }

  private static void origin(ObjectNode json, Origin origin) {
    json.put("version", origin.version());
    json.put("network", origin.network());
    json.put("model_sha256", origin.modelSha256());
    json.put("sample_sha256", origin.sampleSha256());
    json.put("settings_sha256", origin.settingsSha256());
    ObjectNode seeds = json.putObject("seeds");
    origin.seeds().forEach(seeds::put);
    ObjectNode preprocessing = json.putObject("preprocessing");
    origin.preprocessing().forEach(preprocessing::put);
  }

  private static void tensor(ObjectNode json, QuantizedTensor tensor, int bits) {
    FeatureShape shape = tensor.shape();
    Quantizer grid = tensor.quantizer();
    json.put("name", tensor.name());
    json.putArray("shape").add(shape.channels()).add(shape.height()).add(shape.width());
    json.put("bits", bits);
    json.put("signed", false);
    json.put("scale", (double) grid.scale());
    json.put("zero_point", grid.zeroPoint());
    json.put("qmin", grid.qmin());
    json.put("qmax", grid.qmax());
  }

  private void node(ObjectNode json, IntegerNode node, int weightBits) {
    json.put("name", node.name());
    json.put("operator", node.operator().kind());
    ArrayNode inputs = json.putArray("inputs");
    node.inputs().forEach(inputs::add);
    activation(json.putObject("activation"), node.activation());
    json.putArray("clamp").add(node.lower()).add(node.upper());
    node.operator().accept(new Constants(json, weightBits));
  }

  /** Writes what each family needs, and answers what it wrote into. */
  private final class Constants implements IntegerOperator.Visitor<ObjectNode> {
    private final ObjectNode json;
    private final int weightBits;

    Constants(ObjectNode json, int weightBits) {
      this.json = json;
      this.weightBits = weightBits;
    }

    @Override
    public ObjectNode weighted(IntegerOperator.Weighted weighted) {
      weighted.match(this::convolution, fullyConnected -> json);
      weights(json, weighted.weights(), weightBits);
      return json;
    }

    private ObjectNode convolution(IntegerOperator.Convolution convolution) {
      window(json, convolution.window());
      return json.put("groups", convolution.groups());
    }

    @Override
    public ObjectNode mapped(IntegerOperator.Mapped mapped) {
      return ratios(mapped.ratios());
    }

    @Override
    public ObjectNode combined(IntegerOperator.Combined combined) {
      return ratios(combined.ratios());
    }

    @Override
    public ObjectNode reduced(IntegerOperator.Reduced reduced) {
      return ratios(reduced.ratios());
    }

    @Override
    public ObjectNode moved(IntegerOperator.Moved moved) {
      return ratios(List.of());
    }

    private ObjectNode ratios(List<Float> ratios) {
      ArrayNode array = json.putArray("multipliers");
      ratios.forEach(ratio -> array.add((double) ratio));
      return json;
    }
  }

  /** JSON has no infinity: an absent bound is null. */
  private static void activation(ObjectNode json, Activation activation) {
    bound(json, "lower", activation.lower());
    bound(json, "upper", activation.upper());
  }

  private static void bound(ObjectNode json, String name, float limit) {
    if (Float.isInfinite(limit)) {
      json.putNull(name);
    } else {
      json.put(name, (double) limit);
    }
  }

  private static void window(ObjectNode json, Window window) {
    json.putArray("strides").add(window.strideHeight()).add(window.strideWidth());
    json.putArray("pads")
        .add(window.padTop())
        .add(window.padLeft())
        .add(window.padBottom())
        .add(window.padRight());
    json.putArray("dilations").add(window.dilationHeight()).add(window.dilationWidth());
  }

  private void weights(ObjectNode json, IntegerWeights weights, int bits) {
    int limit = (1 << (bits - 1)) - 1;
    ObjectNode codes = json.putObject("weights");
    codes.put("bits", bits);
    codes.put("signed", true);
    codes.put("zero_point", 0);
    codes.put("qmin", -limit);
    codes.put("qmax", limit);
    blob.append(codes, weights.codes(), weights.shape());
    blob.append(json.putObject("weight_scales"), weights.scales(), weights.filters());
    blob.append(json.putObject("bias"), weights.bias(), weights.filters());
    blob.append(json.putObject("multipliers"), weights.multipliers(), weights.filters());
  }
}
