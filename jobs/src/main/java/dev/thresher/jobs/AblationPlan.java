package dev.thresher.jobs;

import dev.thresher.jobs.config.Axis;
import dev.thresher.jobs.config.Configuration;
import dev.thresher.jobs.config.Settings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The cells of an ablation: every combination of the crossed axes, and around each of them the
 * other axes one at a time, starting from the configuration's own values.
 */
final class AblationPlan {
  private AblationPlan() {}

  /**
   * A way to quantize.
   *
   * @param choices a value for every axis
   */
  record Cell(SortedMap<Axis, String> choices) {
    /** {@code per-filter.symmetric.min-max.all.plain}: names its run. */
    String id() {
      List<String> words = new ArrayList<>();
      choices.forEach(
          (axis, value) ->
              words.add(
                  axis == Axis.BIAS_CORRECTION
                      ? value.equals("true") ? "corrected" : "plain"
                      : value));
      return String.join(".", words);
    }

    /** What it sets. */
    Map<String, String> values() {
      Map<String, String> values = new LinkedHashMap<>();
      choices.forEach((axis, value) -> values.put(axis.key(), value));
      return values;
    }

    private Cell with(Axis axis, String value) {
      TreeMap<Axis, String> changed = new TreeMap<>(choices);
      changed.put(axis, value);
      return new Cell(changed);
    }
  }

  /**
   * The cells in their order, each once.
   *
   * @throws UsageException for more than {@code ablate.most-cells}
   */
  static List<Cell> cells(Configuration configuration) {
    Settings.Ablate ablate = configuration.settings().ablate();
    TreeMap<Axis, String> own = new TreeMap<>();
    for (Axis axis : Axis.values()) {
      own.put(axis, configuration.value(axis.key()));
    }
    List<Cell> centres = List.of(new Cell(own));
    for (Axis axis : ablate.cross()) {
      centres =
          centres.stream()
              .flatMap(cell -> ablate.values().get(axis).stream().map(v -> cell.with(axis, v)))
              .toList();
    }
    LinkedHashSet<Cell> cells = new LinkedHashSet<>();
    for (Cell centre : centres) {
      cells.add(centre);
      for (Axis axis : Axis.values()) {
        if (!ablate.cross().contains(axis)) {
          ablate.values().get(axis).forEach(value -> cells.add(centre.with(axis, value)));
        }
      }
    }
    if (cells.size() > ablate.mostCells()) {
      throw new UsageException(
          "The ablation has %d cells, ablate.most-cells allows %d. Cross fewer axes, list fewer values, or allow more"
              .formatted(cells.size(), ablate.mostCells()));
    }
    return List.copyOf(cells);
  }
}
