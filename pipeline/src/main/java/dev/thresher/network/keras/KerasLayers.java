package dev.thresher.network.keras;

import dev.thresher.network.Activation;
import dev.thresher.network.BatchNormalization;
import dev.thresher.network.Border;
import dev.thresher.network.Combine;
import dev.thresher.network.GraphBuilder;
import dev.thresher.network.Linear;
import dev.thresher.network.Reduce;
import dev.thresher.tensor.FeatureShape;
import dev.thresher.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Turns layers into operators; maps are [C, H, W] here, [H, W, C] in the file. */
final class KerasLayers {
  private static final String SUPPORTED =
      "Activation (linear, relu, relu6, softmax at the end), Add, AveragePooling2D (of the whole"
          + " map), BatchNormalization, Conv2D, Dense, DepthwiseConv2D, Flatten,"
          + " GlobalAveragePooling2D, InputLayer, Normalization, ReLU, Rescaling, Reshape,"
          + " SeparableConv2D, Softmax (at the end), ZeroPadding2D, arithmetic with a number, networks"
          + " of these, and layers that only training needs (dropout, noise, augmentation)";

  /** Layers that give what they read, once training is over. */
  private static final Set<String> OF_TRAINING =
      Set.of(
          "ActivityRegularization",
          "AlphaDropout",
          "Dropout",
          "GaussianDropout",
          "GaussianNoise",
          "Identity",
          "RandomBrightness",
          "RandomColorDegeneration",
          "RandomColorJitter",
          "RandomContrast",
          "RandomElasticTransform",
          "RandomErasing",
          "RandomFlip",
          "RandomGaussianBlur",
          "RandomGrayscale",
          "RandomHue",
          "RandomInvert",
          "RandomPerspective",
          "RandomPosterization",
          "RandomRotation",
          "RandomSaturation",
          "RandomSharpness",
          "RandomShear",
          "RandomTranslation",
          "RandomZoom",
          "SpatialDropout2D");

  /** What Keras 2 and 3 call arithmetic of a tensor and a number. */
  private static final Set<String> ARITHMETIC =
      Set.of("Add", "Subtract", "Multiply", "Divide", "TrueDivide", "TFOpLambda");

  private final GraphBuilder builder;
  private final KerasWeights weights;

  KerasLayers(GraphBuilder builder, KerasWeights weights) {
    this.builder = builder;
    this.weights = weights;
  }

  /** What a layer gives. */
  sealed interface Output {
    /** Name in the graph. */
    String tensor();
  }

  /** A tensor of the graph, with zeros around it until a convolution takes them over. */
  record Map(String tensor, Border border) implements Output {}

  /** The softmax of a tensor of the graph, which is dropped. */
  record Probabilities(String tensor) implements Output {}

  static Output map(String tensor) {
    return new Map(tensor, Border.NONE);
  }

  Output apply(KerasLayer layer, List<Output> inputs) {
    if (layer.call().number().isPresent() && ARITHMETIC.contains(layer.type())) {
      return map(arithmetic(layer, plain(layer, inputs.get(0))));
    }
    if (inputs.size() != (layer.type().equals("Add") ? 2 : 1)) {
      throw layer.refuse("it reads " + inputs.size() + " layers.");
    }
    String format = layer.text("data_format", "channels_last");
    if (!format.equals("channels_last")) {
      throw layer.refuse("data_format = " + format + "; channels_last is needed.");
    }
    if (OF_TRAINING.contains(layer.type())) {
      return inputs.get(0);
    }
    return switch (layer.type()) {
      case "Reshape", "Flatten" -> reshaped(layer, inputs.get(0));
      case "Conv2D" -> activated(layer, convolution(layer, padded(layer, inputs.get(0))));
      case "DepthwiseConv2D" -> activated(layer, depthwise(layer, padded(layer, inputs.get(0))));
      case "SeparableConv2D" -> activated(layer, separable(layer, padded(layer, inputs.get(0))));
      case "ZeroPadding2D" -> {
        Map x = padded(layer, inputs.get(0));
        yield new Map(x.tensor(), x.border().plus(padding(layer)));
      }
      case "Add" ->
          map(
              builder.add(
                  layer.name(),
                  new Combine.Add(),
                  plain(layer, inputs.get(0)),
                  plain(layer, inputs.get(1))));
      default -> unpadded(layer, plain(layer, inputs.get(0)));
    };
  }

  private Output unpadded(KerasLayer layer, String x) {
    return switch (layer.type()) {
      case "Dense" -> activated(layer, dense(layer, x));
      case "BatchNormalization" -> map(normalization(layer, x));
      case "Rescaling" -> map(rescaled(layer, x));
      case "Normalization" -> map(standardized(layer, x));
      case "AveragePooling2D" -> map(pooled(layer, x));
      case "Activation" -> activated(layer, x);
      case "ReLU" -> map(builder.clamp(layer.name(), clamp(layer), x));
      case "Softmax" -> softmax(layer, x);
      case "GlobalAveragePooling2D" ->
          map(builder.add(layer.name(), new Reduce.GlobalAveragePool(), x));
      default -> throw layer.refuse("it is not supported. Supported: " + SUPPORTED + ".");
    };
  }

  private static Map padded(KerasLayer layer, Output x) {
    if (x instanceof Map map) {
      return map;
    }
    throw layer.refuse("it reads a softmax, which may stand at the end only.");
  }

  private static String plain(KerasLayer layer, Output x) {
    Map map = padded(layer, x);
    if (!map.border().isNone()) {
      throw layer.refuse("it reads a padded map; padding must be followed by a convolution.");
    }
    return map.tensor();
  }

  private String convolution(KerasLayer layer, Map x) {
    Tensor kernel = filters(weights.of(layer, "kernel", 4));
    int groups = (int) layer.number("groups", 1);
    return windowed(layer, layer.name(), x, kernel, groups, bias(layer, kernel.extent(0)));
  }

  /** [kH, kW, I / groups, O] -> [O, I / groups, kH, kW]. */
  private static Tensor filters(Tensor kernel) {
    int positions = kernel.extent(0) * kernel.extent(1);
    int inputs = kernel.extent(2);
    int filters = kernel.extent(3);
    float[] values = new float[kernel.size()];
    for (int from = 0; from < values.length; from++) {
      int o = from % filters;
      int i = from / filters % inputs;
      values[(o * inputs + i) * positions + from / filters / inputs] = kernel.get(from);
    }
    return Tensor.of(values, filters, inputs, kernel.extent(0), kernel.extent(1));
  }

  private String depthwise(KerasLayer layer, Map x) {
    // Keras 3 calls it kernel.
    String name = weights.has(layer, "depthwise_kernel") ? "depthwise_kernel" : "kernel";
    Tensor kernel = channelwise(weights.of(layer, name, 4));
    return windowed(layer, layer.name(), x, kernel, channels(x), bias(layer, kernel.extent(0)));
  }

  private int channels(Map x) {
    return builder.shape(x.tensor()).channels();
  }

  /**
   * Filters of single channels, then filters of single positions, without an activation between.
   */
  private String separable(KerasLayer layer, Map x) {
    Tensor first = channelwise(weights.of(layer, "depthwise_kernel", 4));
    int inner = first.extent(0);
    Tensor none = Tensor.of(new float[inner], inner);
    String name = layer.name() + "/depthwise";
    String middle = windowed(layer, name, x, first, channels(x), none);
    Tensor second = filters(weights.of(layer, "pointwise_kernel", 4));
    if (second.extent(2) != 1 || second.extent(3) != 1) {
      throw layer.refuse("its pointwise_kernel has more than one position.");
    }
    return builder.add(
        layer.name(),
        new Linear.Convolution(
            second,
            bias(layer, second.extent(0)),
            Border.NONE.window(new int[] {1, 1}, new int[] {1, 1}),
            1),
        middle);
  }

  /** [kH, kW, C, M] -> [C * M, 1, kH, kW]. */
  private static Tensor channelwise(Tensor kernel) {
    int positions = kernel.extent(0) * kernel.extent(1);
    int filters = kernel.extent(2) * kernel.extent(3);
    float[] values = new float[kernel.size()];
    for (int from = 0; from < values.length; from++) {
      values[from % filters * positions + from / filters] = kernel.get(from);
    }
    return Tensor.of(values, filters, 1, kernel.extent(0), kernel.extent(1));
  }

  private String windowed(
      KerasLayer layer, String name, Map x, Tensor kernel, int groups, Tensor bias) {
    int[] strides = layer.pair("strides", 1);
    int[] dilations = layer.pair("dilation_rate", 1);
    FeatureShape shape = builder.shape(x.tensor());
    Border border = x.border();
    String padding = layer.text("padding", "valid");
    if (padding.equals("same")) {
      int rows = shape.height() + border.top() + border.bottom();
      int columns = shape.width() + border.left() + border.right();
      int[] extents = {kernel.extent(2), kernel.extent(3)};
      border = border.plus(Border.same(rows, columns, extents, strides, dilations));
    } else if (!padding.equals("valid")) {
      throw layer.refuse("padding = " + padding + "; same or valid is needed.");
    }
    return builder.add(
        name,
        new Linear.Convolution(kernel, bias, border.window(strides, dilations), groups),
        x.tensor());
  }

  private Tensor bias(KerasLayer layer, int filters) {
    return layer.isNotFalse("use_bias")
        ? weights.of(layer, "bias", 1)
        : Tensor.of(new float[filters], filters);
  }

  private String dense(KerasLayer layer, String x) {
    if (builder.shape(x).positions() != 1) {
      throw layer.refuse("it reads a map; pool it first.");
    }
    Tensor kernel = weights.of(layer, "kernel", 2);
    int inputs = kernel.extent(0);
    int outputs = kernel.extent(1);
    float[] values = new float[kernel.size()];
    for (int from = 0; from < values.length; from++) {
      values[from % outputs * inputs + from / outputs] = kernel.get(from);
    }
    Tensor matrix = Tensor.of(values, outputs, inputs);
    return builder.fullyConnected(layer.name(), matrix, bias(layer, outputs), x);
  }

  private String normalization(KerasLayer layer, String x) {
    Object axis = layer.config().get("axis");
    Object only = axis instanceof List<?> axes && axes.size() == 1 ? axes.get(0) : axis;
    if (only != null && !only.equals(3) && !only.equals(-1)) {
      throw layer.refuse("axis = " + axis + "; the last, the channels, is needed.");
    }
    Tensor mean = weights.of(layer, "moving_mean", 1);
    Tensor variance = weights.of(layer, "moving_variance", 1);
    for (int i = 0; i < variance.size(); i++) {
      if (variance.get(i) < 0) {
        throw layer.refuse(
            "the variance of channel " + i + " is " + variance.get(i) + ", below zero.");
      }
    }
    float[] ones = new float[mean.size()];
    Arrays.fill(ones, 1f);
    Tensor gamma =
        layer.isNotFalse("scale") ? weights.of(layer, "gamma", 1) : Tensor.of(ones, ones.length);
    Tensor beta =
        layer.isNotFalse("center")
            ? weights.of(layer, "beta", 1)
            : Tensor.of(new float[ones.length], ones.length);
    double epsilon = layer.number("epsilon", 1e-3);
    return builder.add(
        layer.name(), new BatchNormalization(gamma, beta, mean, variance, epsilon), x);
  }

  /** One scale and one offset for all channels, as most files have, or one a channel. */
  private String rescaled(KerasLayer layer, String x) {
    int channels = builder.shape(x).channels();
    Tensor scale = perChannel(layer, "scale", 1, channels);
    Tensor offset = perChannel(layer, "offset", 0, channels);
    return builder.affine(layer.name(), scale, offset, x);
  }

  /** x + number, x - number, number - x, x * number or x / number. */
  private String arithmetic(KerasLayer layer, String x) {
    double number = layer.call().number().orElseThrow();
    boolean first = layer.call().numberFirst();
    String function = layer.text("function", layer.type());
    double[] line =
        switch (function) {
          case "Add", "math.add", "__operators__.add" -> new double[] {1, number};
          case "Subtract", "math.subtract" ->
              first ? new double[] {-1, number} : new double[] {1, -number};
          case "Multiply", "math.multiply" -> new double[] {number, 0};
          case "Divide", "TrueDivide", "math.divide", "math.truediv" ->
              first ? new double[0] : new double[] {1 / number, 0};
          default -> new double[0];
        };
    if (line.length == 0 || !Double.isFinite(line[0])) {
      throw layer.refuse("%s with %s cannot be folded into a layer.".formatted(function, number));
    }
    int channels = builder.shape(x).channels();
    float[] scale = new float[channels];
    float[] shift = new float[channels];
    Arrays.fill(scale, (float) line[0]);
    Arrays.fill(shift, (float) line[1]);
    return builder.affine(layer.name(), Tensor.of(scale, channels), Tensor.of(shift, channels), x);
  }

  /** (x - mean) / sqrt(variance), as adapted or as given; where invert is set, the way back. */
  private String standardized(KerasLayer layer, String x) {
    if (Boolean.TRUE.equals(layer.config().get("invert"))) {
      throw layer.refuse("it inverts a normalization; that is not supported.");
    }
    int channels = builder.shape(x).channels();
    boolean given = layer.config().get("mean") != null;
    Tensor mean = given ? perChannel(layer, "mean", 0, channels) : weights.of(layer, "mean", 1);
    Tensor variance =
        given ? perChannel(layer, "variance", 1, channels) : weights.of(layer, "variance", 1);
    if (mean.size() != channels || variance.size() != channels) {
      throw layer.refuse(
          "its mean has %d values for %d channels; set axis to the last one."
              .formatted(mean.size(), channels));
    }
    float[] scale = new float[channels];
    float[] shift = new float[channels];
    for (int c = 0; c < channels; c++) {
      // Keras divides by at least its epsilon.
      scale[c] = (float) (1 / Math.max(Math.sqrt(variance.get(c)), 1e-7));
      shift[c] = -mean.get(c) * scale[c];
    }
    return builder.affine(layer.name(), Tensor.of(scale, channels), Tensor.of(shift, channels), x);
  }

  private String pooled(KerasLayer layer, String x) {
    FeatureShape shape = builder.shape(x);
    int[] window = layer.pair("pool_size", 1);
    boolean one =
        layer.text("padding", "valid").equals("valid")
            ? window[0] == shape.height() && window[1] == shape.width()
            : shape.positions() == 1;
    if (!one) {
      throw layer.refuse(
          "its window of %d x %d is not the whole map of %d x %d."
              .formatted(window[0], window[1], shape.height(), shape.width()));
    }
    return builder.add(layer.name(), new Reduce.GlobalAveragePool(), x);
  }

  private static Tensor perChannel(KerasLayer layer, String key, double otherwise, int channels) {
    float[] values = new float[channels];
    if (!(layer.config().get(key) instanceof List<?> list)) {
      Arrays.fill(values, (float) layer.number(key, otherwise));
    } else if (list.size() == channels && list.stream().allMatch(Number.class::isInstance)) {
      for (int i = 0; i < channels; i++) {
        values[i] = ((Number) list.get(i)).floatValue();
      }
    } else {
      throw layer.refuse(
          key
              + " = "
              + list
              + " must be one number, or one for each of "
              + channels
              + " channels.");
    }
    return Tensor.of(values, channels);
  }

  private static Activation clamp(KerasLayer layer) {
    double slope = layer.number("negative_slope", 0);
    double threshold = layer.number("threshold", 0);
    if (slope != 0 || threshold != 0) {
      throw layer.refuse(
          "negative_slope = " + slope + ", threshold = " + threshold + "; both must be 0.");
    }
    return new Activation(0f, (float) layer.number("max_value", Double.POSITIVE_INFINITY));
  }

  private Output activated(KerasLayer layer, String tensor) {
    String activation = layer.text("activation", "linear");
    return switch (activation) {
      case "linear" -> map(tensor);
      case "relu" -> map(builder.clamp(layer.name(), Activation.RELU, tensor));
      case "relu6" -> map(builder.clamp(layer.name(), Activation.RELU6, tensor));
      case "softmax" -> softmax(layer, tensor);
      default ->
          throw layer.refuse(
              "activation = " + activation + "; supported are linear, relu, relu6 and softmax.");
    };
  }

  private Output softmax(KerasLayer layer, String tensor) {
    if (builder.shape(tensor).positions() != 1) {
      throw layer.refuse("its softmax must be over the classes of one vector, at the end.");
    }
    return new Probabilities(tensor);
  }

  /** One number, [rows, columns], or [[top, bottom], [left, right]]. */
  private static Border padding(KerasLayer layer) {
    if (layer.config().get("padding") instanceof List<?> sides
        && sides.size() == 2
        && sides.get(0) instanceof List<?> rows
        && sides.get(1) instanceof List<?> columns) {
      int[] vertical = layer.numbers("padding", rows, 0);
      int[] horizontal = layer.numbers("padding", columns, 0);
      return new Border(vertical[0], horizontal[0], vertical[1], horizontal[1]);
    }
    int[] both = layer.pair("padding", 0);
    return new Border(both[0], both[1], both[0], both[1]);
  }

  private Output reshaped(KerasLayer layer, Output x) {
    FeatureShape shape = builder.shape(x.tensor());
    boolean padded = x instanceof Map map && !map.border().isNone();
    if (shape.positions() != 1 || padded) {
      throw layer.refuse(
          "it reads a map of "
              + shape.height()
              + " x "
              + shape.width()
              + " positions; only pooled maps can be reshaped.");
    }
    List<?> target =
        layer.config().get("target_shape") instanceof List<?> list ? list : List.of(-1);
    boolean vector =
        target.stream().allMatch(n -> n.equals(1) || n.equals(-1) || n.equals(shape.channels()));
    long channels = target.stream().filter(n -> !n.equals(1)).count();
    if (!vector || channels > 1) {
      throw layer.refuse(
          "target_shape = " + target + " must keep its " + shape.channels() + " channels.");
    }
    return x;
  }
}
