package dev.thresher.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.thresher.finetune.RoundRecord;
import dev.thresher.store.ObjectRecord;

/**
 * The record that makes a checkpoint visible.
 *
 * @param format version of this record
 * @param configuration hash of all that determines the run's result
 * @param network hash of the network that the scales belong to
 * @param scales length of the trained vector
 * @param codeVersion that wrote it
 * @param state the object
 * @param round what happened in the round
 */
record CheckpointCommit(
    int format,
    String configuration,
    String network,
    int scales,
    String codeVersion,
    ObjectRecord state,
    RoundRecord round) {
  static final int FORMAT = 1;

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE);

  String toJson() {
    try {
      return JSON.writeValueAsString(this) + "\n";
    } catch (JsonProcessingException e) {
      throw new CheckpointException("Cannot write a commit record: " + e.getMessage(), e);
    }
  }

  static CheckpointCommit parse(byte[] json, String key) {
    CheckpointCommit commit;
    try {
      commit = JSON.readValue(json, CheckpointCommit.class);
    } catch (java.io.IOException e) {
      throw new CheckpointException("Cannot read commit record " + key + ": " + e.getMessage(), e);
    }
    if (commit == null || commit.format() != FORMAT) {
      throw new CheckpointException(
          "Cannot read commit record "
              + key
              + ": it has format "
              + (commit == null ? "none" : commit.format())
              + ", this release reads "
              + FORMAT
              + ". Resume with the release that wrote it, or start a new run.");
    }
    return commit;
  }
}
