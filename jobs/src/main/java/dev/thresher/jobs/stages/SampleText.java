package dev.thresher.jobs.stages;

import dev.thresher.sample.Layout;
import dev.thresher.sample.SampleManifest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Collectors;

/** What a user should know of a set of images that was prepared, in words. */
final class SampleText {
  private SampleText() {}

  /**
   * The lines that say something; of the sample nothing is said about labels: nothing reads them.
   */
  static List<String> lines(ImageSet images, SampleManifest manifest) {
    String set = images == ImageSet.VALIDATION ? "data.validation" : "data.train";
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s of %s images of %s".formatted(count(manifest.tried()), count(manifest.found()), set));
    if (!manifest.leftOut().isEmpty()) {
      lines.add("%s also holds %s".formatted(set, leftOut(manifest.leftOut())));
    }
    if (manifest.namedByPlace()) {
      lines.add(
          "%s repeats names of images, so rows are told apart by their numbers, shards by their names"
              .formatted(set));
    }
    if (images == ImageSet.VALIDATION && manifest.labelled() < manifest.images()) {
      lines.add(labels(set, manifest));
    }
    return lines;
  }

  private static String labels(String set, SampleManifest manifest) {
    if (manifest.labelled() > 0) {
      return "%s of %s images of %s have a label; Top-1 is of these"
          .formatted(count(manifest.labelled()), count(manifest.images()), set);
    }
    boolean tables =
        manifest.sources().stream().anyMatch(source -> source.layout() == Layout.PARQUET);
    return "no image of %s has a label, so there is no Top-1%s"
        .formatted(
            set, tables ? "; data.columns.label names the column of labels, if there is one" : "");
  }

  private static String leftOut(SortedMap<String, Integer> kinds) {
    int all = kinds.values().stream().mapToInt(Integer::intValue).sum();
    String files =
        kinds.entrySet().stream()
            .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
            .map(kind -> count(kind.getValue()) + " " + kind.getKey())
            .collect(Collectors.joining(", "));
    String what = all == 1 ? "file that is no image" : "files that are no images";
    String hint =
        kinds.containsKey(".cls") ? "; set data.layout to webdataset if .cls are labels" : "";
    return "%s %s that Thresher reads (%s)%s".formatted(count(all), what, files, hint);
  }

  private static String count(int number) {
    return String.format(Locale.ROOT, "%,d", number);
  }
}
