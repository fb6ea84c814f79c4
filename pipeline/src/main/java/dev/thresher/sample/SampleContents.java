package dev.thresher.sample;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What was found in the sources of a sample, in numbers.
 *
 * @param sources in the order given
 * @param duplicates images that sources named more than once, each repetition counted
 * @param ranked images that are labelled by the rank of their class among those found, since
 *     nothing tells the network's classes
 * @param namedByPlace whether images of tables and shards are known by their places, since names
 *     are repeated
 * @param strata found and selected images of each stratum, by name
 * @param leftOut files that are no images by their names, by kind ({@code .tif})
 * @param unusable members that cannot be images, whatever they hold
 * @param unusableNotes why, of the first of them
 */
public record SampleContents(
    List<SourceRecord> sources,
    int duplicates,
    int ranked,
    boolean namedByPlace,
    List<SampleManifest.Stratum> strata,
    SortedMap<String, Integer> leftOut,
    int unusable,
    List<ImageNote> unusableNotes) {
  /** Classes that were found; images without one are a stratum, and no class. */
  public int classes() {
    return SampleManifest.classes(strata);
  }

  /** Copies. */
  public SampleContents {
    sources = List.copyOf(sources);
    strata = List.copyOf(strata);
    leftOut = Collections.unmodifiableSortedMap(new TreeMap<>(leftOut));
    unusableNotes = List.copyOf(unusableNotes);
  }

  /**
   * Sums up a census.
   *
   * @param sources that were counted
   * @param taken images taken of each slot
   * @param ranks whether labels that images do not say are ranks of their classes
   */
  public static SampleContents of(
      List<Source> sources, Census.Counts counts, Map<DrawKey.Slot, Integer> taken, boolean ranks) {
    ArrayList<SourceRecord> records = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      Source source = sources.get(i);
      int images = counts.sources().getOrDefault(i, 0);
      records.add(new SourceRecord(source.location(), source.layout(), images));
    }
    TreeMap<String, Integer> selected = new TreeMap<>();
    taken.forEach((slot, n) -> selected.merge(slot.stratum(), n, Integer::sum));
    return new SampleContents(
        records,
        counts.duplicates(),
        ranks ? counts.unlabelled() : 0,
        sources.stream().anyMatch(Source::isNamedByPlace),
        counts.images().entrySet().stream()
            .map(
                s -> new SampleManifest.Stratum(s.getKey(), s.getValue(), selected.get(s.getKey())))
            .toList(),
        counts.leftOut(),
        counts.noted(),
        counts.notes());
  }

  /**
   * Refuses sources that no sample can be drawn from.
   *
   * @param maxBadFraction share of the members that may be unusable, 0 to 1
   * @throws SampleException if a source holds no image, two images are known by one name, or more
   *     is unusable
   */
  public static void check(List<Source> sources, Census.Counts counts, double maxBadFraction) {
    int images = counts.sources().values().stream().mapToInt(Integer::intValue).sum();
    if (counts.noted() > 0) {
      SampleManifest.checkBad(
          counts.notes(), counts.noted(), images + counts.noted(), maxBadFraction);
    }
    for (int i = 0; i < sources.size(); i++) {
      if (counts.sources().getOrDefault(i, 0) == 0) {
        throw sources.get(i).empty();
      }
    }
    counts
        .conflict()
        .ifPresent(
            conflict -> {
              throw new SampleException(conflict);
            });
  }
}
