package dev.thresher.evaluate;

import java.util.ArrayList;
import java.util.List;

/**
 * The figures of all networks on the same images.
 *
 * @param set {@code validation}, or {@code sample} where there is no validation set
 * @param images evaluated
 * @param labelled those of them with a label
 * @param confidence of the intervals, {@value Proportion#CONFIDENCE}
 * @param layerImages images that layers were studied on
 * @param networks the float network first, then the quantized ones
 */
public record EvaluationSummary(
    String set,
    long images,
    long labelled,
    double confidence,
    long layerImages,
    List<NetworkFigures> networks) {
  /** Name of the float network. */
  public static final String FLOAT = "float";

  /** Copies the list. */
  public EvaluationSummary {
    networks = List.copyOf(networks);
  }

  /**
   * A row of the table.
   *
   * @param evaluation what the network was evaluated on
   * @param network its figures
   */
  public record Row(EvaluationSummary evaluation, NetworkFigures network) {}

  /** Of an evaluation with at least one candidate. */
  public static EvaluationSummary of(String set, Evaluation evaluation, long layerImages) {
    Comparison any = evaluation.comparisons().get(0);
    List<NetworkFigures> networks = new ArrayList<>();
    networks.add(NetworkFigures.ofFloat(FLOAT, any));
    for (String candidate : evaluation.candidates()) {
      networks.add(NetworkFigures.of(candidate, evaluation.of(candidate)));
    }
    return new EvaluationSummary(
        set, any.images(), any.labelled(), Proportion.CONFIDENCE, layerImages, networks);
  }

  /** The figures of a network. */
  public NetworkFigures of(String network) {
    return networks.stream()
        .filter(figures -> figures.network().equals(network))
        .findFirst()
        .orElseThrow(
            () ->
                new EvaluationException(
                    "Cannot find figures of the network " + network + " in this evaluation."));
  }

  /** One row for each network. */
  public List<Row> rows() {
    return networks.stream().map(network -> new Row(this, network)).toList();
  }
}
