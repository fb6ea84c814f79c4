package dev.thresher.network.onnx;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** Which ONNX operators are known, on activations and on constants. */
final class Operators {
  private static final Map<String, Function<Call, Value>> ON_ACTIVATIONS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("Add", ElementwiseOperators::add),
              Map.entry("AveragePool", PoolingOperators::averagePool),
              Map.entry("BatchNormalization", WeightedOperators::batchNormalization),
              Map.entry("Cast", LayoutOperators::cast),
              Map.entry("CastLike", LayoutOperators::castLike),
              Map.entry("Clip", ElementwiseOperators::clip),
              Map.entry("Conv", WeightedOperators::convolution),
              Map.entry("Div", ElementwiseOperators::divide),
              Map.entry("Dropout", LayoutOperators::dropout),
              Map.entry("Expand", LayoutOperators::expand),
              Map.entry("Flatten", LayoutOperators::flatten),
              Map.entry("Gemm", WeightedOperators::gemm),
              Map.entry("GlobalAveragePool", PoolingOperators::globalAveragePool),
              Map.entry("Identity", LayoutOperators::identity),
              Map.entry("LogSoftmax", PoolingOperators::softmax),
              Map.entry("MatMul", WeightedOperators::matMul),
              Map.entry("Max", ElementwiseOperators::maximum),
              Map.entry("Min", ElementwiseOperators::minimum),
              Map.entry("Mul", ElementwiseOperators::multiply),
              Map.entry("Pad", PoolingOperators::pad),
              Map.entry("ReduceMean", PoolingOperators::reduceMean),
              Map.entry("Relu", ElementwiseOperators::relu),
              Map.entry("Reshape", LayoutOperators::reshape),
              Map.entry("Shape", LayoutOperators::shape),
              Map.entry("Sigmoid", PoolingOperators::sigmoid),
              Map.entry("Softmax", PoolingOperators::softmax),
              Map.entry("Squeeze", LayoutOperators::squeeze),
              Map.entry("Sub", ElementwiseOperators::subtract),
              Map.entry("Transpose", LayoutOperators::transpose),
              Map.entry("Unsqueeze", LayoutOperators::unsqueeze)));

  /** What takes a padded map as it is; everything else would compute on the zeros. */
  private static final Set<String> ON_PADDED =
      Set.of("Cast", "CastLike", "Conv", "Dropout", "Identity", "Pad", "Transpose");

  /** What may stand between the softmax or sigmoid and the output. */
  private static final Set<String> AFTER_SOFTMAX =
      Set.of(
          "Cast", "Dropout", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze");

  private Operators() {}

  static boolean knows(String type) {
    return ON_ACTIVATIONS.containsKey(type) || ConstantOperators.ALL.containsKey(type);
  }

  /** Every known type, for messages. */
  static String supported() {
    Set<String> onConstantsOnly = new TreeSet<>(ConstantOperators.ALL.keySet());
    onConstantsOnly.removeAll(ON_ACTIVATIONS.keySet());
    return String.join(", ", ON_ACTIVATIONS.keySet())
        + "; on constants and shapes also "
        + String.join(", ", onConstantsOnly);
  }

  /** Evaluates one node. */
  static Value apply(Call call) {
    String type = call.type();
    Optional<Value.Activations> activations =
        call.inputs().stream()
            .flatMap(Optional::stream)
            .filter(Value.Activations.class::isInstance)
            .map(Value.Activations.class::cast)
            .findFirst();
    if (activations.isEmpty()) {
      return operator(ConstantOperators.ALL, type, "constants").apply(call);
    }
    if (activations.get() instanceof Value.Probabilities softmax) {
      if (!AFTER_SOFTMAX.contains(type)) {
        throw new IllegalArgumentException(
            "it reads the "
                + softmax.type()
                + " "
                + softmax.node()
                + ", which may stand at the end only.");
      }
      Value result = apply(call.with(softmax, softmax.logits()));
      return new Value.Probabilities((Feature) result, softmax.type(), softmax.node());
    }
    for (Optional<Value> value : call.inputs()) {
      if (value.orElse(null) instanceof Feature feature
          && !feature.border().isNone()
          && !ON_PADDED.contains(type)) {
        throw new IllegalArgumentException(
            "it reads a padded map; a Pad must be followed by a convolution.");
      }
    }
    return operator(ON_ACTIVATIONS, type, "activations").apply(call);
  }

  private static Function<Call, Value> operator(
      Map<String, Function<Call, Value>> operators, String type, String on) {
    Function<Call, Value> operator = operators.get(type);
    if (operator == null) {
      throw new IllegalArgumentException(type + " is not supported on " + on + ".");
    }
    return operator;
  }
}
