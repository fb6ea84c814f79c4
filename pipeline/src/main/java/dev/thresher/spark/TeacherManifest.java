package dev.thresher.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thresher.finetune.FineTuneException;
import dev.thresher.store.ObjectRecord;
import dev.thresher.store.SealedJson;
import java.util.List;

/**
 * The record of the teacher's logits: written last, and the only way to them.
 *
 * @param format version of this record
 * @param network SHA-256 of the float network's bytes
 * @param sample hash of the sample's contents
 * @param engine that computed
 * @param classes logits of an image
 * @param parts one object a part
 */
record TeacherManifest(
    int format,
    String network,
    String sample,
    String engine,
    int classes,
    List<ObjectRecord> parts) {
  static final int FORMAT = 2;
  static final String KEY = "teacher/manifest.json";

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE);

  TeacherManifest {
    parts = List.copyOf(parts);
  }

  ObjectNode content() {
    return JSON.valueToTree(this);
  }

  static TeacherManifest parse(byte[] json) {
    try {
      TeacherManifest manifest =
          JSON.treeToValue(SealedJson.open(json, KEY), TeacherManifest.class);
      if (manifest != null && manifest.format() == FORMAT) {
        return manifest;
      }
      throw new FineTuneException(
          "Cannot read " + KEY + ": this release reads format " + FORMAT + ". Start a new run.");
    } catch (JsonProcessingException e) {
      throw new FineTuneException(
          "Cannot read " + KEY + ": " + e.getMessage() + ". Start a new run.", e);
    }
  }

  /** Refuses logits of another network, sample or engine. */
  void requireSame(TeacherManifest wanted) {
    if (!network.equals(wanted.network)
        || !sample.equals(wanted.sample)
        || !engine.equals(wanted.engine)
        || classes != wanted.classes) {
      throw new FineTuneException(
          "Cannot reuse the teacher's logits: they are of network %s, sample %s, engine %s, %d classes; this run has network %s, sample %s, engine %s, %d classes. Use the settings of that run, or another run id."
              .formatted(
                  network,
                  sample,
                  engine,
                  classes,
                  wanted.network,
                  wanted.sample,
                  wanted.engine,
                  wanted.classes));
    }
  }
}
