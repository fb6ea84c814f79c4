package dev.thresher.evaluate;

import java.io.Serializable;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BinaryOperator;

/**
 * What a few images tell about every layer of a quantized network. Immutable; {@link #plus} adds
 * two of them, sums in double.
 *
 * @param images seen
 * @param own by tensor: its error against the float network's, errors of all layers before included
 * @param only by tensor: error of the logits when only its layer is quantized
 * @param allBut by tensor: error of the logits when every layer but its own is quantized
 * @param whole error of the logits when every layer is quantized
 * @param values by tensor: the float network's values after the activation
 */
public record LayerStudy(
    long images,
    Map<String, SignalToNoise> own,
    Map<String, SignalToNoise> only,
    Map<String, SignalToNoise> allBut,
    SignalToNoise whole,
    Map<String, LinearHistogram> values)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Copies the maps, order kept. */
  public LayerStudy {
    own = copy(own);
    only = copy(only);
    allBut = copy(allBut);
    values = copy(values);
  }

  private static <V> Map<String, V> copy(Map<String, V> map) {
    return Collections.unmodifiableMap(new LinkedHashMap<>(map));
  }

  /** Of no images. */
  public static LayerStudy none() {
    return new LayerStudy(0, Map.of(), Map.of(), Map.of(), new SignalToNoise(0, 0), Map.of());
  }

  /** This and then that. */
  public LayerStudy plus(LayerStudy that) {
    return new LayerStudy(
        images + that.images,
        sum(own, that.own, SignalToNoise::plus),
        sum(only, that.only, SignalToNoise::plus),
        sum(allBut, that.allBut, SignalToNoise::plus),
        whole.plus(that.whole),
        sum(values, that.values, LayerStudy::merged));
  }

  private static <V> Map<String, V> sum(
      Map<String, V> before, Map<String, V> later, BinaryOperator<V> plus) {
    Map<String, V> sum = new LinkedHashMap<>(before);
    later.forEach((tensor, more) -> sum.merge(tensor, more, plus));
    return sum;
  }

  private static LinearHistogram merged(LinearHistogram before, LinearHistogram later) {
    LinearHistogram both = new LinearHistogram();
    both.merge(before);
    both.merge(later);
    return both;
  }
}
