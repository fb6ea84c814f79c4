package dev.thresher.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thresher.finetune.RoundRecord;
import dev.thresher.store.CorruptObjectException;
import dev.thresher.store.ObjectRecord;
import dev.thresher.store.SealedJson;
import java.util.List;

/**
 * The record that makes a checkpoint visible.
 *
 * @param format version of this record
 * @param configuration hash of all that determines the run's result
 * @param network hash of the network that the scales belong to
 * @param scales length of the trained vector
 * @param codeVersion that wrote it
 * @param writer epoch of the writer
 * @param state the object
 * @param kept states of earlier rounds that are there beside it; all others were given up
 * @param round what happened in the round
 */
record CheckpointCommit(
    int format,
    String configuration,
    String network,
    int scales,
    String codeVersion,
    int writer,
    ObjectRecord state,
    List<KeptState> kept,
    RoundRecord round) {
  static final int FORMAT = 2;

  /** A state of an earlier round. */
  record KeptState(int round, ObjectRecord state) {}

  CheckpointCommit {
    kept = List.copyOf(kept);
  }

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE);

  ObjectNode content() {
    return JSON.valueToTree(this);
  }

  /**
   * The content of a record.
   *
   * @throws CorruptObjectException for one that is damaged
   * @throws CheckpointException for one of another release
   */
  static CheckpointCommit parse(byte[] json, String key) {
    ObjectNode content = SealedJson.open(json, key);
    int format = content.path("format").asInt();
    if (format != FORMAT) {
      throw new CheckpointException(
          "Cannot read commit record "
              + key
              + ": it has format "
              + format
              + ", this release reads "
              + FORMAT
              + ". Resume with the release that wrote it, or start a new run.");
    }
    try {
      return JSON.treeToValue(content, CheckpointCommit.class);
    } catch (JsonProcessingException e) {
      throw new CheckpointException("Cannot read commit record " + key + ": " + e.getMessage(), e);
    }
  }
}
