package dev.thresher.report;

import dev.thresher.image.PreparedImage;
import dev.thresher.sample.PreparedParts;
import dev.thresher.sample.SampleManifest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The images that the two networks see differently, with small pictures of them.
 *
 * @param text what is shown
 * @param cards the images to see at once
 * @param more the images to see when asked for
 */
record Pictures(List<String> text, List<Card> cards, List<Card> more) {
  /** Pictures in a page: about 5 kB each. */
  static final int MOST = 48;

  private static final int AT_ONCE = 12;
  private static final List<String> OUTCOMES = List.of("lost", "gained", "changed");

  /**
   * One image.
   *
   * @param name of the image
   * @param picture data address of a JPEG; empty where it cannot be had
   * @param outcome what became of it
   * @param outcomeText the same in words
   * @param floatSays class and confidence of the float network
   * @param quantizedSays class and confidence of the quantized network
   * @param label right class; empty where not known
   */
  record Card(
      String name,
      String picture,
      String outcome,
      String outcomeText,
      String floatSays,
      String quantizedSays,
      String label) {}

  static Pictures of(Run run) {
    if (!run.hasTable("images")) {
      return new Pictures(
          List.of(
              "This run has no table metrics/images.parquet: the version that evaluated it did not write one."),
          List.of(),
          List.of());
    }
    List<Table.Row> differing =
        run.table("images").rows().filter(row -> OUTCOMES.contains(row.text("outcome"))).toList();
    if (differing.isEmpty()) {
      return new Pictures(
          List.of("Both networks put the same class first on every image."), List.of(), List.of());
    }
    List<Table.Row> shown = chosen(differing);
    Map<Table.Row, String> pictures = pictures(run, shown);
    ClassNames names = ClassNames.of(run);
    List<Card> cards =
        shown.stream().map(row -> card(row, names, pictures.getOrDefault(row, ""))).toList();
    int split = Math.min(AT_ONCE, cards.size());
    return new Pictures(
        text(differing, shown), cards.subList(0, split), cards.subList(split, cards.size()));
  }

  private static List<String> text(List<Table.Row> differing, List<Table.Row> shown) {
    Map<String, Long> counts =
        differing.stream()
            .collect(Collectors.groupingBy(row -> row.text("outcome"), Collectors.counting()));
    List<String> parts = new ArrayList<>();
    for (String outcome : OUTCOMES) {
      if (counts.containsKey(outcome)) {
        parts.add(Wording.count(counts.get(outcome)) + " " + inWords(outcome));
      }
    }
    String all =
        "The networks put different classes first on %s: %s."
            .formatted(Wording.count(differing.size(), "image"), String.join(", ", parts));
    return shown.size() == differing.size()
        ? List.of(all)
        : List.of(
            all,
            "%d of them are shown, those of which the quantized network is surest first; all are in metrics/images."
                .formatted(shown.size()));
  }

  private static String inWords(String outcome) {
    return switch (outcome) {
      case "lost" -> "only the float network has right";
      case "gained" -> "only the quantized network has right";
      default -> "where both are wrong or the right class is not known";
    };
  }

  /** Half the room for what was lost, a quarter for what was won, the rest for the others. */
  private static List<Table.Row> chosen(List<Table.Row> differing) {
    List<Table.Row> chosen = new ArrayList<>();
    int[] room = {MOST / 2, MOST / 4, MOST};
    for (int i = 0; i < OUTCOMES.size(); i++) {
      String outcome = OUTCOMES.get(i);
      differing.stream()
          .filter(row -> row.text("outcome").equals(outcome))
          .sorted(Comparator.comparingDouble(row -> -row.real("quantized_confidence").orElse(0)))
          .limit(Math.min(room[i], MOST - chosen.size()))
          .forEach(chosen::add);
    }
    return chosen;
  }

  private static Card card(Table.Row row, ClassNames names, String picture) {
    String outcome = row.text("outcome");
    return new Card(
        row.text("id"),
        picture,
        outcome,
        switch (outcome) {
          case "lost" -> "float right, quantized wrong";
          case "gained" -> "float wrong, quantized right";
          default -> row.integer("label").isPresent() ? "both wrong" : "another class";
        },
        said(names.name(row.integer("float_class")), row.real("float_confidence")),
        said(names.name(row.integer("quantized_class")), row.real("quantized_confidence")),
        row.integer("label").isPresent() ? names.name(row.integer("label")) : "");
  }

  private static String said(String name, OptionalDouble confidence) {
    return confidence.isEmpty()
        ? name
        : name + ", " + Wording.percent(OptionalDouble.of(100 * confidence.getAsDouble()));
  }

  /** Data addresses of small JPEGs, part by part; an image whose pixels are gone has none. */
  private static Map<Table.Row, String> pictures(Run run, List<Table.Row> rows) {
    Map<String, List<Table.Row>> byPart =
        rows.stream()
            .collect(
                Collectors.groupingBy(r -> r.text("part_key"), TreeMap::new, Collectors.toList()));
    Map<Table.Row, String> pictures = new HashMap<>();
    byPart.forEach(
        (key, ofPart) ->
            images(run, key)
                .ifPresent(
                    images ->
                        ofPart.forEach(
                            row -> pictures.put(row, picture(images, row.count("row"))))));
    return pictures;
  }

  private static String picture(List<PreparedImage> images, long row) {
    return row < images.size() ? Thumbnail.dataAddress(images.get((int) row)) : "";
  }

  private static Optional<List<PreparedImage>> images(Run run, String partKey) {
    String folder = partKey.substring(0, partKey.lastIndexOf('/') + 1);
    String manifestKey = folder + "manifest.json";
    Optional<byte[]> manifest = run.objects().read(manifestKey);
    if (manifest.isEmpty()) {
      return Optional.empty();
    }
    Optional<byte[]> part = run.objects().read(partKey);
    SampleManifest sample =
        SampleManifest.parse(new String(manifest.get(), StandardCharsets.UTF_8), manifestKey);
    for (int p = 0; p < sample.parts().size(); p++) {
      if (part.isPresent() && partKey.equals(folder + sample.parts().get(p).name())) {
        return Optional.of(new PreparedParts(sample, record -> part.get()).load(p));
      }
    }
    return Optional.empty();
  }
}
