package dev.thresher.report;

import dev.thresher.provenance.Hashes;
import dev.thresher.store.ObjectRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * The objects of a run as the tables' schema describes them, of any size, written here and not by
 * the code that a run uses.
 */
final class WrittenRun implements RunObjects {
  /** What a file or a class may be called by somebody who means ill. */
  static final String HOSTILE =
      "</script><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">&amp;'\"{{title}}";

  /**
   * How big a run is.
   *
   * @param layers with weights
   * @param filters of each
   * @param rounds of training
   * @param images evaluated; every tenth differs
   * @param labelled whether images have labels
   */
  record Size(int layers, int filters, int rounds, int images, boolean labelled) {}

  private final Map<String, byte[]> objects = new LinkedHashMap<>();
  private final Size size;
  private final Random random = new Random(7);

  private WrittenRun(Size size) {
    this.size = size;
  }

  static WrittenRun of(Size size) {
    WrittenRun run = new WrittenRun(size);
    run.text("summary.json", run.summary());
    run.text("config.conf", "data.train = \"" + HOSTILE + "\"\n");
    run.text(
        "provenance.json",
        "{\"origin\":{\"version\":\"0.1.0\",\"model_sha256\":\"ab12\"},\"environment\":{\"cpu\":\"x\"}}");
    run.objects.put("model/model.onnx", new byte[62_000]);
    run.objects.put("calibrate/float.graph", new byte[248_000]);
    run.table("rounds", run.rounds());
    run.table("layers", run.layers());
    run.table("thresholds", run.thresholds());
    run.table("rescaling", run.rescaling());
    run.table("evaluation", run.evaluation());
    run.table("classes", run.classes());
    run.table("images", run.images());
    run.table("histograms", run.histograms());
    return run;
  }

  /** The same run without some of its objects. */
  WrittenRun without(String... keys) {
    for (String key : keys) {
      objects.remove(key);
    }
    return this;
  }

  /** The same run with another object of this name. */
  WrittenRun with(String key, byte[] bytes) {
    objects.put(key, bytes);
    return this;
  }

  @Override
  public List<ObjectRecord> records() {
    return objects.entrySet().stream()
        .map(e -> new ObjectRecord(e.getKey(), e.getValue().length, Hashes.sha256(e.getValue())))
        .toList();
  }

  @Override
  public Optional<byte[]> read(String key) {
    return Optional.ofNullable(objects.get(key));
  }

  byte[] render() {
    return RunReport.render(this, new QualityGate(1.5, 90, 0, 0));
  }

  private void text(String key, String text) {
    objects.put(key, text.getBytes(StandardCharsets.UTF_8));
  }

  private void table(String name, List<Map<String, Object>> rows) {
    Set<String> columns = new LinkedHashSet<>(List.of("index"));
    rows.stream().map(Map::keySet).forEach((Collection<String> keys) -> columns.addAll(keys));
    objects.put("metrics/" + name + ".parquet", RowsFile.of(List.copyOf(columns), rows));
  }

  private static Map<String, Object> row(Object... namesAndValues) {
    Map<String, Object> row = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      if (namesAndValues[i + 1] != null) {
        row.put((String) namesAndValues[i], namesAndValues[i + 1]);
      }
    }
    return row;
  }

  private String summary() {
    return """
        {"run":"written","network":"net-work","granularity":"per-filter","scheme":"symmetric",
         "bits":{"weights":8,"activations":8},"images_trained":1000,"images_evaluated":%d,
         "float_top1":%s,"quantized_top1":%s,"untrained_top1":null,"agreement":97.5,"untrained_agreement":91.0,
         "logit_rmse":0.1,"untrained_logit_rmse":0.2,"rounds":%d,"finetune_images_per_second":120.5,
         "stages":[{"name":"sample","seconds":6.4},{"name":"finetune","seconds":70.0}],"engine":"onednn","bad_images":0,
         "device":{"images":200,"top1":%s,"quantized_top1":77.0,"agreement":96.5,"same_class":98.5}}
        """
        .formatted(
            size.images(),
            size.labelled() ? "79.0" : "null",
            size.labelled() ? "78.0" : "null",
            size.rounds(),
            size.labelled() ? "76.0" : "null");
  }

  private List<Map<String, Object>> rounds() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (int i = 1; i <= size.rounds(); i++) {
      rows.add(
          row(
              "round",
              i,
              "step",
              10 * i,
              "loss",
              0.1 + 0.2 / i,
              "learning_rate",
              5e-3 / i,
              "images",
              320,
              "seconds",
              2.5,
              "alpha_min",
              0.5,
              "alpha_mean",
              1 - 0.01 / i,
              "alpha_max",
              1.0,
              "alphas_at_limits",
              40,
              "rollbacks",
              0));
    }
    return rows;
  }

  private String layer(int index) {
    return index == 0 ? "input" : index == 2 ? HOSTILE : "features." + index + ".conv";
  }

  private List<Map<String, Object>> layers() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (int i = 0; i <= size.layers(); i++) {
      boolean weighted = i > 0;
      rows.add(
          row(
              "index",
              i,
              "tensor",
              layer(i),
              "kind",
              weighted ? "pointwise" : "input",
              "sqnr_db",
              40 - 25.0 * i / size.layers(),
              "weight_sqnr_db",
              weighted ? (Object) (36 + random.nextDouble()) : null,
              "filters",
              weighted ? size.filters() : null,
              "weights",
              weighted ? 9000 : null,
              "only_sqnr_db",
              30 + 5 * random.nextDouble(),
              "all_but_sqnr_db",
              16 + random.nextDouble(),
              "gain_db",
              random.nextDouble()));
    }
    return rows;
  }

  private List<Map<String, Object>> thresholds() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (int i = 0; i <= size.layers(); i++) {
      for (int k = 0; i > 0 && k < size.filters(); k++) {
        rows.add(threshold(i, "weights", k, random.nextDouble()));
      }
    }
    for (int i = 0; i <= size.layers(); i++) {
      rows.add(threshold(i, "activation", null, 6.0));
    }
    return rows;
  }

  private Map<String, Object> threshold(int layer, String of, Integer filter, double t) {
    double alpha =
        size.rounds() == 0 ? 1 : Math.max(0.5, 1 - 0.6 * Math.pow(random.nextDouble(), 3));
    double left = of.equals("weights") ? -1 : 0;
    return row(
        "layer",
        layer,
        "tensor",
        layer(layer),
        "of",
        of,
        "filter",
        filter,
        "min_before",
        left * t,
        "max_before",
        t,
        "min_after",
        left * t * alpha,
        "max_after",
        t * alpha,
        "alpha_before",
        1.0,
        "alpha_after",
        alpha,
        "alpha_low",
        0.5,
        "alpha_high",
        1.0,
        "at_limit",
        alpha == 0.5 ? "low" : alpha == 1 ? "high" : null,
        "scale_before",
        t / 127,
        "scale_after",
        t * alpha / 127,
        "zero_point_before",
        0,
        "zero_point_after",
        0);
  }

  private List<Map<String, Object>> rescaling() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (int i = 1; i + 1 <= size.layers(); i += 3) {
      rows.add(
          row(
              "first",
              layer(i),
              "second",
              layer(i + 1),
              "channels",
              size.filters(),
              "locked",
              3,
              "limited",
              2,
              "zero",
              1,
              "target",
              1.5,
              "target_rule",
              "mean_of_locked",
              "spread_before",
              10 + 90 * random.nextDouble(),
              "spread_after",
              1 + random.nextDouble()));
    }
    return rows;
  }

  private List<Map<String, Object>> evaluation() {
    List<Map<String, Object>> rows = new ArrayList<>();
    Object yes = size.labelled() ? "" : null;
    for (String name : List.of("float", "untrained", "quantized")) {
      boolean isFloat = name.equals("float");
      double top1 = isFloat ? 79.0 : name.equals("quantized") ? 78.0 : 71.0;
      rows.add(
          row(
              "network",
              name,
              "set",
              "validation",
              "images",
              size.images(),
              "labelled",
              yes == null ? 0 : size.images(),
              "top1",
              yes == null ? null : top1,
              "top1_low",
              yes == null ? null : top1 - 3,
              "top1_high",
              yes == null ? null : top1 + 3,
              "top5",
              yes == null ? null : 95.0,
              "drop",
              yes == null || isFloat ? null : 79 - top1,
              "drop_low",
              yes == null || isFloat ? null : 78 - top1,
              "drop_high",
              yes == null || isFloat ? null : 80.5 - top1,
              "drop_p_value",
              yes == null || isFloat ? null : 0.21,
              "lost",
              yes == null || isFloat ? null : 9,
              "gained",
              yes == null || isFloat ? null : 4,
              "agreement",
              isFloat ? 100.0 : 97.5,
              "agreement_low",
              isFloat ? 100.0 : 96.0,
              "agreement_high",
              isFloat ? 100.0 : 98.5,
              "logit_rmse",
              isFloat ? 0.0 : 0.11,
              "logit_sqnr_db",
              isFloat ? Double.POSITIVE_INFINITY : 24.5));
    }
    return rows;
  }

  private List<Map<String, Object>> classes() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (int i = 0; size.labelled() && i < 30; i++) {
      rows.add(
          row(
              "class",
              i,
              "name",
              i == 3 ? HOSTILE : "n0144" + (1000 + i),
              "images",
              20,
              "float_right",
              15,
              "untrained_right",
              12,
              "quantized_right",
              15 - i % 4,
              "drop",
              5.0 * (i % 4),
              "drop_low",
              -4.0,
              "drop_high",
              20.0,
              "lost",
              i % 4,
              "gained",
              0));
    }
    return rows;
  }

  private List<Map<String, Object>> images() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (int i = 0; i < size.images(); i++) {
      boolean differs = i % 10 == 0;
      String outcome = !differs ? "same" : size.labelled() && i % 20 == 0 ? "lost" : "changed";
      rows.add(
          row(
              "set",
              "validation",
              "part",
              i / 64,
              "row",
              i % 64,
              "part_key",
              "sample/validation/part-%05d.parquet".formatted(i / 64),
              "id",
              (i == 0 ? HOSTILE : "n01440764/ILSVRC2012_val_0000" + i),
              "label",
              size.labelled() ? (Object) (i % 30) : null,
              "float_class",
              i % 30,
              "untrained_class",
              i % 30,
              "quantized_class",
              differs ? (i + 3) % 30 : i % 30,
              "float_confidence",
              0.7,
              "quantized_confidence",
              0.4 + 0.5 * random.nextDouble(),
              "logit_rmse",
              0.1,
              "outcome",
              outcome));
    }
    return rows;
  }

  private List<Map<String, Object>> histograms() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (int i = 0; i <= size.layers(); i++) {
      for (String of : i == 0 ? List.of("activation") : List.of("activation", "weights")) {
        double low = of.equals("weights") ? -1 : 0;
        double width = of.equals("weights") ? 1.0 / 32 : 0.125;
        for (int bin = 0; bin < 64; bin++) {
          double at = of.equals("weights") ? (bin - 32) / 10.0 : bin / 12.0;
          rows.add(
              row(
                  "layer",
                  i,
                  "tensor",
                  layer(i),
                  "of",
                  of,
                  "low",
                  low + bin * width,
                  "high",
                  low + (bin + 1) * width,
                  "count",
                  (long) (5000 * Math.exp(-at * at))));
        }
      }
    }
    return rows;
  }
}
