package dev.thresher.provenance;

import java.io.Serializable;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What decides the bytes of a model: the part of the provenance that is written into model files.
 *
 * <p>Two runs with the same inputs, settings and seeds must have equal origins. So it holds no run
 * id, clock, path, host or number of threads; and since labels must not matter, {@code
 * sampleSha256} is of the images of the sample in their order, labels left out.
 *
 * @param version of this program
 * @param network name of the network, from its file
 * @param modelSha256 hash of the float model's file, 64 lower-case hexadecimal digits
 * @param sampleSha256 hash of the sample's images without labels
 * @param settingsSha256 hash of the settings that decide the result: those of the sample, the
 *     quantization and the fine-tuning; not of the store, the cluster or the run
 * @param seeds by name
 * @param preprocessing how images are prepared, by name, for those who run the model
 */
public record Origin(
    String version,
    String network,
    String modelSha256,
    String sampleSha256,
    String settingsSha256,
    SortedMap<String, Long> seeds,
    SortedMap<String, String> preprocessing)
    implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

  /** Copies the maps; refuses blank names and what is not a SHA-256. */
  public Origin {
    checkText("version", version);
    checkText("network", network);
    checkHash("the float model", modelSha256);
    checkHash("the sample", sampleSha256);
    checkHash("the settings", settingsSha256);
    seeds = Collections.unmodifiableSortedMap(new TreeMap<>(seeds));
    preprocessing = Collections.unmodifiableSortedMap(new TreeMap<>(preprocessing));
  }

  private static void checkText(String what, String text) {
    if (text == null || text.isBlank()) {
      throw new IllegalArgumentException("Cannot record an origin: its " + what + " is blank.");
    }
  }

  private static void checkHash(String what, String hash) {
    if (hash == null || !SHA_256.matcher(hash).matches()) {
      throw new IllegalArgumentException(
          "Cannot record the origin of "
              + what
              + ": its SHA-256 is "
              + hash
              + ", 64 lower-case hexadecimal digits are needed.");
    }
  }

  /** As flat text with the prefix {@code thresher.}, for formats that hold only strings. */
  public SortedMap<String, String> properties() {
    SortedMap<String, String> properties = new TreeMap<>();
    properties.put("thresher.version", version);
    properties.put("thresher.network", network);
    properties.put("thresher.model_sha256", modelSha256);
    properties.put("thresher.sample_sha256", sampleSha256);
    properties.put("thresher.settings_sha256", settingsSha256);
    for (Map.Entry<String, Long> seed : seeds.entrySet()) {
      properties.put("thresher.seed." + seed.getKey(), seed.getValue().toString());
    }
    for (Map.Entry<String, String> step : preprocessing.entrySet()) {
      properties.put("thresher.preprocessing." + step.getKey(), step.getValue());
    }
    return properties;
  }
}
