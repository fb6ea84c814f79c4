package dev.thresher.network;

import dev.thresher.tensor.Tensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a file keeps of an operator beside its kind.
 *
 * @param constants in an order of the operator's own
 * @param numbers by name, in the order in which they are written
 */
public record OperatorParts(List<Tensor> constants, Map<String, List<Double>> numbers) {
  /** Of an operator that its kind says all of. */
  public static final OperatorParts NONE = new OperatorParts(List.of(), Map.of());

  /** Copies. */
  public OperatorParts {
    constants = List.copyOf(constants);
    numbers = Collections.unmodifiableMap(new LinkedHashMap<>(numbers));
  }

  static OperatorParts of(Tensor... constants) {
    return new OperatorParts(List.of(constants), Map.of());
  }

  /** The same with some more numbers. */
  OperatorParts with(String name, double... values) {
    Map<String, List<Double>> more = new LinkedHashMap<>(numbers);
    more.put(name, java.util.Arrays.stream(values).boxed().toList());
    return new OperatorParts(constants, more);
  }

  Tensor constant(int index) {
    if (index >= constants.size()) {
      throw new IllegalArgumentException(
          "it has " + constants.size() + " constants, one more is needed.");
    }
    return constants.get(index);
  }

  int integer(String name) {
    return integers(name, 1)[0];
  }

  int[] integers(String name, int count) {
    return list(name, count).stream().mapToInt(Double::intValue).toArray();
  }

  double real(String name) {
    return list(name, 1).get(0);
  }

  private List<Double> list(String name, int count) {
    List<Double> values = numbers.getOrDefault(name, List.of());
    if (values.size() != count) {
      throw new IllegalArgumentException(
          "it has %d numbers %s, %d are needed.".formatted(values.size(), name, count));
    }
    return values;
  }
}
