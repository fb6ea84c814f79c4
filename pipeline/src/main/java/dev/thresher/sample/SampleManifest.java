package dev.thresher.sample;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.thresher.image.Preprocessing;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
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
 * @param ranked images found that are labelled by the rank of their class among those found
 * @param namedByPlace whether images of tables and shards are known by their places, since names
 *     are repeated
 * @param tried images selected
 * @param images images prepared: those tried less the bad ones
 * @param labelled images prepared that have a label
 * @param partImages images of a part, at most
 * @param strata found and selected images of each stratum, by name
 * @param parts the objects, by part number
 * @param bad images that were skipped, by part
 * @param fallback images that the second decoder read, by part
 * @param leftOut files of the sources that are no images by their names, by kind ({@code .tif})
 * @param unusable members of the sources that cannot be images, whatever they hold
 * @param unusableNotes why, of the first of them
 */
public record SampleManifest(
    int format,
    Preprocessing preprocessing,
    long seed,
    double fraction,
    List<SourceRecord> sources,
    int found,
    int duplicates,
    int ranked,
    boolean namedByPlace,
    int tried,
    int images,
    int labelled,
    int partImages,
    List<Stratum> strata,
    List<PartRecord> parts,
    List<ImageNote> bad,
    List<ImageNote> fallback,
    SortedMap<String, Integer> leftOut,
    int unusable,
    List<ImageNote> unusableNotes)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The version that this code writes and reads. */
  public static final int FORMAT = 3;

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

  /** Classes that were found; images without one are a stratum, and no class. */
  public int classes() {
    return classes(strata);
  }

  static int classes(List<Stratum> strata) {
    return (int) strata.stream().filter(stratum -> !stratum.name().isEmpty()).count();
  }

  /** Copies. */
  public SampleManifest {
    sources = List.copyOf(sources);
    strata = List.copyOf(strata);
    parts = List.copyOf(parts);
    bad = List.copyOf(bad);
    fallback = List.copyOf(fallback);
    leftOut = Collections.unmodifiableSortedMap(new TreeMap<>(leftOut));
    unusableNotes = List.copyOf(unusableNotes);
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
    int tried = plan.images();
    checkBad(bad, bad.size(), tried, maxBadFraction);
    return new SampleManifest(
        FORMAT,
        preprocessing,
        plan.seed(),
        plan.fraction(),
        plan.contents().sources(),
        plan.contents().strata().stream().mapToInt(Stratum::found).sum(),
        plan.contents().duplicates(),
        plan.contents().ranked(),
        plan.contents().namedByPlace(),
        tried,
        tried - bad.size(),
        results.stream().mapToInt(PartResult::labelled).sum(),
        plan.partImages(),
        plan.contents().strata(),
        results.stream().map(PartResult::part).toList(),
        bad,
        results.stream().flatMap(result -> result.fallback().stream()).toList(),
        plan.contents().leftOut(),
        plan.contents().unusable(),
        plan.contents().unusableNotes());
  }

  /**
   * Refuses what is more than may be bad.
   *
   * @param notes about the bad ones, or the first of them
   * @param bad how many there are
   * @param tried of how many
   */
  static void checkBad(List<ImageNote> notes, int bad, int tried, double maxBadFraction) {
    if (bad == 0 || (bad < tried && bad <= maxBadFraction * tried)) {
      return;
    }
    StringBuilder list = new StringBuilder();
    for (ImageNote note : notes.subList(0, Math.min(NAMED_IN_MESSAGES, notes.size()))) {
      list.append("\n  ").append(note.line());
    }
    if (bad > NAMED_IN_MESSAGES) {
      list.append("\n  and %d more".formatted(bad - NAMED_IN_MESSAGES));
    }
    String allowed =
        bad == tried
            ? "none is left"
            : "data.max-bad-fraction allows %s of them".formatted(maxBadFraction);
    throw new SampleException(
        "Cannot use %d of %d images, and %s. Replace or remove them%s:%s"
            .formatted(
                bad, tried, allowed, bad == tried ? "" : ", or raise data.max-bad-fraction", list));
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
          "Cannot read the sample's manifest %s: it has format %s, this version reads %d. Begin a new run."
              .formatted(origin, manifest == null ? "none" : manifest.format(), FORMAT));
    }
    return manifest;
  }
}
