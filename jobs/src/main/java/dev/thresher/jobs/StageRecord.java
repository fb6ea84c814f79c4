package dev.thresher.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thresher.store.ObjectRecord;
import dev.thresher.store.SealedJson;
import dev.thresher.store.StoreException;
import java.util.ArrayList;
import java.util.List;

/**
 * The commit record of a stage, {@code stages/<name>.json}.
 *
 * @param writer id of the process that did the work, so that no two writers' records are equal
 * @param epoch number of the writer
 * @param configuration hash of the configuration it was done with
 * @param seconds how long it took, wall clock
 */
public record StageRecord(
    String stage,
    String writer,
    int epoch,
    String configuration,
    double seconds,
    List<ObjectRecord> objects,
    JsonNode facts) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Copies the list. */
  public StageRecord {
    objects = List.copyOf(objects);
  }

  static String key(String stage) {
    return "stages/" + stage + ".json";
  }

  /** The recorded object of this name; its key says which writer's folder it is in. */
  public ObjectRecord object(String key) {
    return objects.stream()
        .filter(object -> object.name().equals(key))
        .findFirst()
        .orElseThrow(
            () ->
                new StoreException(
                    "Stage " + stage + " of this run has no object " + key + " in its record"));
  }

  static JsonNode json(Object facts) {
    return JSON.valueToTree(facts);
  }

  ObjectNode content() {
    ObjectNode root = JSON.createObjectNode();
    root.put("stage", stage);
    root.put("writer", writer);
    root.put("epoch", epoch);
    root.put("configuration_sha256", configuration);
    root.put("seconds", seconds);
    ArrayNode list = root.putArray("objects");
    for (ObjectRecord object : objects) {
      list.addObject()
          .put("key", object.key())
          .put("size", object.size())
          .put("sha256", object.sha256());
    }
    root.set("facts", facts);
    return root;
  }

  static StageRecord fromJson(String where, byte[] bytes) {
    try {
      JsonNode root = SealedJson.open(bytes, where);
      List<ObjectRecord> objects = new ArrayList<>();
      for (JsonNode object : root.required("objects")) {
        objects.add(
            new ObjectRecord(
                object.required("key").asText(),
                object.required("size").asLong(),
                object.required("sha256").asText()));
      }
      return new StageRecord(
          root.required("stage").asText(),
          root.required("writer").asText(),
          root.required("epoch").asInt(),
          root.required("configuration_sha256").asText(),
          root.required("seconds").asDouble(),
          objects,
          root.required("facts"));
    } catch (IllegalArgumentException e) {
      throw new StoreException(
          "Cannot read the commit record " + where + ": it is damaged. Start a new run.", e);
    }
  }
}
