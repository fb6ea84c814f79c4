package dev.thresher.sample;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.thresher.image.Preprocessing;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The record of a sample: written last, and the only way to its parts.
 *
 * @param format version of this record
 * @param preprocessing what was done to the images
 * @param seed of selection and order
 * @param fraction share of the images that was taken
 * @param sources what was found where
 * @param found distinct images of all sources
 * @param duplicates images that sources named more than once
 * @param tried images selected
 * @param images images prepared: those tried less the bad ones
 * @param labelled images prepared that have a label
 * @param partImages images of a part, at most
 * @param strata found and selected images of each stratum, by name
 * @param parts the objects, by part number
 * @param bad images that were skipped, by part
 * @param fallback images that the second decoder read, by part
 */
public record SampleManifest(
    int format,
    Preprocessing preprocessing,
    long seed,
    double fraction,
    List<Catalogue.Source> sources,
    int found,
    int duplicates,
    int tried,
    int images,
    int labelled,
    int partImages,
    List<Stratum> strata,
    List<PartRecord> parts,
    List<ImageNote> bad,
    List<ImageNote> fallback)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The version that this code writes and reads. */
  public static final int FORMAT = 1;

  private static final int NAMED_IN_MESSAGES = 5;
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE);

  /**
   * One stratum of the selection: a class, or empty for images without one.
   *
   * @param name of the stratum
   * @param found images in it
   * @param selected images taken
   */
  public record Stratum(String name, int found, int selected) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  /** Copies. */
  public SampleManifest {
    sources = List.copyOf(sources);
    strata = List.copyOf(strata);
    parts = List.copyOf(parts);
    bad = List.copyOf(bad);
    fallback = List.copyOf(fallback);
  }

  /**
   * Sums up what became of the parts.
   *
   * @param results one for each part, in order of the parts
   * @param maxBadFraction share of the images tried that may be bad, 0 to 1
   * @throws SampleException if more are bad, or all
   */
  public static SampleManifest of(
      SamplePlan plan,
      Preprocessing preprocessing,
      List<PartResult> results,
      double maxBadFraction) {
    List<ImageNote> bad = results.stream().flatMap(result -> result.bad().stream()).toList();
    int tried = plan.images().size();
    checkBad(bad, tried, maxBadFraction);
    return new SampleManifest(
        FORMAT,
        preprocessing,
        plan.seed(),
        plan.fraction(),
        plan.catalogue().sources(),
        plan.catalogue().images().size(),
        plan.catalogue().duplicates(),
        tried,
        tried - bad.size(),
        results.stream().mapToInt(PartResult::labelled).sum(),
        plan.partImages(),
        strata(plan),
        results.stream().map(PartResult::part).toList(),
        bad,
        results.stream().flatMap(result -> result.fallback().stream()).toList());
  }

  private static void checkBad(List<ImageNote> bad, int tried, double maxBadFraction) {
    if (bad.isEmpty() || (bad.size() < tried && bad.size() <= maxBadFraction * tried)) {
      return;
    }
    StringBuilder list = new StringBuilder();
    for (ImageNote note : bad.subList(0, Math.min(NAMED_IN_MESSAGES, bad.size()))) {
      list.append("\n  ").append(note.path()).append(": ").append(note.reason());
    }
    if (bad.size() > NAMED_IN_MESSAGES) {
      list.append("\n  and %d more".formatted(bad.size() - NAMED_IN_MESSAGES));
    }
    String allowed =
        bad.size() == tried
            ? "none is left"
            : "data.max-bad-fraction allows %s of them".formatted(maxBadFraction);
    throw new SampleException(
        "Cannot use %d of %d images, and %s. Replace or remove them%s:%s"
            .formatted(
                bad.size(),
                tried,
                allowed,
                bad.size() == tried ? "" : ", or raise data.max-bad-fraction",
                list));
  }

  private static List<Stratum> strata(SamplePlan plan) {
    Map<String, Integer> found = count(plan.catalogue().images());
    Map<String, Integer> selected = count(plan.images());
    List<Stratum> strata = new ArrayList<>();
    found.forEach((name, n) -> strata.add(new Stratum(name, n, selected.getOrDefault(name, 0))));
    return strata;
  }

  private static Map<String, Integer> count(List<ImageRef> images) {
    Map<String, Integer> counts = new TreeMap<>();
    images.forEach(image -> counts.merge(image.stratum(), 1, Integer::sum));
    return counts;
  }

  /** Hash of the images in their order, labels left out. */
  public String imagesSha256() {
    StringBuilder all = new StringBuilder();
    parts.forEach(part -> all.append(part.imagesSha256()).append('\n'));
    return PartFormat.sha256(all.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** As JSON; the same manifest gives the same text. */
  public String toJson() {
    try {
      return JSON.writeValueAsString(this) + "\n";
    } catch (JsonProcessingException e) {
      throw new SampleException("Cannot write the manifest: " + e.getMessage(), e);
    }
  }

  /**
   * The manifest of a JSON text.
   *
   * @param origin where the text is from, for messages
   */
  public static SampleManifest parse(String json, String origin) {
    SampleManifest manifest;
    try {
      manifest = JSON.readValue(json, SampleManifest.class);
    } catch (JsonProcessingException e) {
      throw new SampleException(
          "Cannot read the sample's manifest %s: %s. Run the stage 'sample' again."
              .formatted(origin, e.getOriginalMessage()),
          e);
    }
    if (manifest == null || manifest.format() != FORMAT) {
      throw new SampleException(
          "Cannot read the sample's manifest %s: it has format %s, this version reads %d. Run the stage 'sample' again."
              .formatted(origin, manifest == null ? "none" : manifest.format(), FORMAT));
    }
    return manifest;
  }
}
