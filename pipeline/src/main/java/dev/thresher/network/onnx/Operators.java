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
              Map.entry("Clip", ElementwiseOperators::clip),
              Map.entry("Conv", WeightedOperators::convolution),
              Map.entry("Div", ElementwiseOperators::divide),
              Map.entry("Dropout", LayoutOperators::dropout),
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
              Map.entry("Softmax", PoolingOperators::softmax),
              Map.entry("Squeeze", LayoutOperators::squeeze),
              Map.entry("Sub", ElementwiseOperators::subtract),
              Map.entry("Transpose", LayoutOperators::transpose),
              Map.entry("Unsqueeze", LayoutOperators::unsqueeze)));

  private static final Map<String, Function<Call, Value>> ON_CONSTANTS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("Add", ConstantOperators::add),
              Map.entry("Cast", ConstantOperators::cast),
              Map.entry("Concat", ConstantOperators::concat),
              Map.entry("Constant", ConstantOperators::constant),
              Map.entry("ConstantOfShape", ConstantOperators::constantOfShape),
              Map.entry("DequantizeLinear", ConstantOperators::dequantize),
              Map.entry("Div", ConstantOperators::divide),
              Map.entry("Gather", ConstantOperators::gather),
              Map.entry("Identity", LayoutOperators::identity),
              Map.entry("Mul", ConstantOperators::multiply),
              Map.entry("Reshape", ConstantOperators::reshape),
              Map.entry("Shape", ConstantOperators::shape),
              Map.entry("Slice", ConstantOperators::slice),
              Map.entry("Squeeze", ConstantOperators::squeeze),
              Map.entry("Sub", ConstantOperators::subtract),
              Map.entry("Transpose", ConstantOperators::transpose),
              Map.entry("Unsqueeze", ConstantOperators::unsqueeze)));

  /** What takes a padded map as it is; everything else would compute on the zeros. */
  private static final Set<String> ON_PADDED =
      Set.of("Cast", "Conv", "Dropout", "Identity", "Pad", "Transpose");

  /** What may stand between the softmax and the output. */
  private static final Set<String> AFTER_SOFTMAX =
      Set.of(
          "Cast", "Dropout", "Flatten", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze");

  private Operators() {}

  static boolean knows(String type) {
    return ON_ACTIVATIONS.containsKey(type) || ON_CONSTANTS.containsKey(type);
  }

  /** Every known type, for messages. */
  static String supported() {
    Set<String> onConstantsOnly = new TreeSet<>(ON_CONSTANTS.keySet());
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
      return operator(ON_CONSTANTS, type, "constants").apply(call);
    }
    if (activations.get() instanceof Value.Probabilities softmax) {
      if (!AFTER_SOFTMAX.contains(type)) {
        throw new IllegalArgumentException(
            "it reads the softmax " + softmax.node() + ", which may stand at the end only.");
      }
      Value result = apply(call.with(softmax, softmax.logits()));
      return new Value.Probabilities((Feature) result, softmax.node());
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
