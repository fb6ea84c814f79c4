package dev.thresher.export;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.thresher.engine.IntegerNode;
import dev.thresher.engine.IntegerOperator;
import dev.thresher.engine.IntegerWeights;
import dev.thresher.engine.Ratios;
import dev.thresher.network.Activation;
import dev.thresher.network.Linear;
import dev.thresher.network.Operator;
import dev.thresher.network.OperatorParts;
import dev.thresher.network.Window;
import dev.thresher.provenance.Hashes;
import dev.thresher.provenance.Origin;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.Quantizer;
import dev.thresher.quantize.Scheme;
import dev.thresher.tensor.FeatureShape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads {@code model.json} and {@code model.bin} and trusts neither: every field, size, hash, range
 * and shape is checked, and unknown fields are refused.
 */
public final class QuantizedModelReader {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .build();

  private final BlobReader blob;

  private QuantizedModelReader(byte[] blob) {
    this.blob = new BlobReader(blob);
  }

  /**
   * The model that was written.
   *
   * @throws ModelFormatException naming the field, what it holds and what is needed
   */
  public static QuantizedModel read(QuantizedModelFiles files) {
    try {
      JsonCursor root = new JsonCursor(JSON.readTree(files.json()), QuantizedModelFiles.JSON_NAME);
      return new QuantizedModelReader(files.blob()).model(root, files.blob());
    } catch (JsonProcessingException e) {
      throw new ModelFormatException(
          "Cannot read " + QuantizedModelFiles.JSON_NAME + ": " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new ModelFormatException(
          "Cannot read " + QuantizedModelFiles.JSON_NAME + ": " + e.getMessage(), e);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new ModelFormatException("Cannot read the quantized model: " + e.getMessage(), e);
    }
  }

  private QuantizedModel model(JsonCursor root, byte[] bytes) {
    root.expect("format", Format.NAME);
    root.expect("version", Format.VERSION);
    root.expect("rounding", Format.ROUNDING);
    root.expect("byte_order", Format.BYTE_ORDER);
    checkBlob(root.object("blob"), bytes);
    Origin origin = origin(root.object("origin"));
    JsonCursor quantization = root.object("quantization");
    int weightBits = quantization.integer("weight_bits");
    int activationBits = quantization.integer("activation_bits");
    Granularity granularity = granularity(quantization);
    Scheme scheme = scheme(quantization);
    quantization.finish();
    List<QuantizedTensor> tensors =
        root.objects("tensors").stream().map(json -> tensor(json, activationBits)).toList();
    List<IntegerNode> nodes =
        root.objects("nodes").stream().map(json -> node(json, weightBits)).toList();
    blob.finish();
    QuantizedModel model =
        new QuantizedModel(origin, granularity, scheme, weightBits, activationBits, tensors, nodes);
    root.expect("input", model.input());
    root.expect("output", model.output());
    root.finish();
    return model;
  }

  private static void checkBlob(JsonCursor json, byte[] bytes) {
    json.expect("file", QuantizedModelFiles.BLOB_NAME);
    json.expect("bytes", bytes.length);
    json.expect("sha256", Hashes.sha256(bytes));
    json.finish();
  }

  private static Origin origin(JsonCursor json) {
    Origin origin =
        new Origin(
            json.text("version"),
            json.text("network"),
            json.text("model_sha256"),
            json.text("sample_sha256"),
            json.text("settings_sha256"),
            json.longMap("seeds"),
            json.textMap("preprocessing"));
    json.finish();
    return origin;
  }

  private static Granularity granularity(JsonCursor json) {
    String given = json.text("granularity");
    return Arrays.stream(Granularity.values())
        .filter(value -> QuantizedModelWriter.name(value).equals(given))
        .findFirst()
        .orElseThrow(
            () ->
                json.refuse(
                    "granularity", "it is '" + given + "', per-tensor or per-filter is needed."));
  }

  private static Scheme scheme(JsonCursor json) {
    String given = json.text("scheme");
    return Arrays.stream(Scheme.values())
        .filter(value -> QuantizedModelWriter.name(value).equals(given))
        .findFirst()
        .orElseThrow(
            () ->
                json.refuse("scheme", "it is '" + given + "', symmetric or asymmetric is needed."));
  }

  private static QuantizedTensor tensor(JsonCursor json, int bits) {
    int[] shape = json.integers("shape", 3);
    json.expect("bits", bits);
    json.expectFlag("signed", "false");
    QuantizedTensor tensor =
        new QuantizedTensor(
            json.text("name"),
            new FeatureShape(shape[0], shape[1], shape[2]),
            new Quantizer(
                json.real("scale"),
                json.integer("zero_point"),
                json.integer("qmin"),
                json.integer("qmax")));
    json.finish();
    return tensor;
  }

  private IntegerNode node(JsonCursor json, int weightBits) {
    int[] clamp = json.integers("clamp", 2);
    JsonCursor bounds = json.object("activation");
    Activation activation =
        new Activation(
            bounds.real("lower", Float.NEGATIVE_INFINITY),
            bounds.real("upper", Float.POSITIVE_INFINITY));
    bounds.finish();
    IntegerNode node =
        new IntegerNode(
            json.text("name"),
            operator(json, weightBits),
            activation,
            clamp[0],
            clamp[1],
            json.texts("inputs"));
    json.finish();
    return node;
  }

  private IntegerOperator operator(JsonCursor json, int weightBits) {
    String kind = json.text("operator");
    return switch (kind) {
      case Linear.Convolution.KIND ->
          new IntegerOperator.Convolution(
              weights(json, weightBits, 4), window(json), json.integer("groups"));
      case Linear.FullyConnected.KIND ->
          new IntegerOperator.FullyConnected(weights(json, weightBits, 2));
      default -> weightless(json, kind);
    };
  }

  private static IntegerOperator weightless(JsonCursor json, String kind) {
    Operator operator;
    try {
      operator = Operator.of(kind, OperatorParts.NONE);
    } catch (IllegalArgumentException e) {
      throw json.refuse(
          "operator", "version " + Format.VERSION + " has no operator '" + kind + "'.");
    }
    List<Float> ratios = new ArrayList<>();
    for (float ratio : json.reals("multipliers", Ratios.count(operator))) {
      ratios.add(ratio);
    }
    return IntegerOperator.of(
        operator,
        () -> {
          throw new IllegalStateException(kind + " has weights");
        },
        ratios);
  }

  private static Window window(JsonCursor json) {
    int[] strides = json.integers("strides", 2);
    int[] pads = json.integers("pads", 4);
    int[] dilations = json.integers("dilations", 2);
    return new Window(
        strides[0], strides[1], pads[0], pads[1], pads[2], pads[3], dilations[0], dilations[1]);
  }

  private IntegerWeights weights(JsonCursor json, int bits, int rank) {
    int limit = (1 << (bits - 1)) - 1;
    JsonCursor codes = json.object("weights");
    codes.expect("bits", bits);
    codes.expectFlag("signed", "true");
    codes.expect("zero_point", 0);
    codes.expect("qmin", -limit);
    codes.expect("qmax", limit);
    int[] shape = codes.integers("shape", rank);
    byte[] values = blob.bytes(codes, shape);
    codes.finish();
    JsonCursor scales = json.object("weight_scales");
    JsonCursor bias = json.object("bias");
    JsonCursor multipliers = json.object("multipliers");
    IntegerWeights weights =
        new IntegerWeights(
            shape,
            values,
            blob.reals(scales, shape[0]),
            blob.integers(bias, shape[0]),
            blob.reals(multipliers, shape[0]));
    scales.finish();
    bias.finish();
    multipliers.finish();
    return weights;
  }
}
