package dev.thresher.publish;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thresher.store.CorruptObjectException;
import dev.thresher.store.ObjectRecord;
import dev.thresher.store.SealedJson;
import dev.thresher.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * One version of what is published for a network; immutable once it is written.
 *
 * @param network that it is published for
 * @param version counted from 1
 * @param id unlike that of any other publication
 * @param restores the version that a rollback went back to, empty for a run that was published
 * @param publishedAt ISO 8601 in UTC
 * @param host where it was done
 * @param promotion the model
 */
public record Publication(
    String network,
    int version,
    String id,
    OptionalInt restores,
    String publishedAt,
    String host,
    Promotion promotion) {
  private static final int FORMAT = 1;

  /** As it is stored: sealed JSON, docs/publishing.md documents the fields. */
  public String toJson() {
    ObjectNode root = new ObjectMapper().createObjectNode();
    root.put("format", FORMAT).put("network", network).put("version", version);
    root.put("run", promotion.run());
    root.put("published_at", publishedAt).put("host", host).put("publication", id);
    restores.ifPresentOrElse(
        restored -> root.put("restores", restored), () -> root.putNull("restores"));
    ArrayNode objects = root.putArray("objects");
    for (ObjectRecord object : promotion.objects()) {
      objects
          .addObject()
          .put("name", object.name())
          .put("path", "runs/" + promotion.run() + "/" + object.key())
          .put("key", object.key())
          .put("size", object.size())
          .put("sha256", object.sha256());
    }
    root.set("evidence", promotion.evidence());
    return SealedJson.seal(root);
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @throws CorruptObjectException where it is damaged
   * @throws StoreException where another release wrote it
   */
  static Publication parse(byte[] json, String key) {
    ObjectNode root = SealedJson.open(json, key);
    if (root.path("format").asInt() != FORMAT) {
      throw new StoreException(
          "Cannot read %s: it has format %s, this release reads %d. Use the release that wrote it."
              .formatted(key, root.path("format").asText(), FORMAT));
    }
    List<ObjectRecord> objects = new ArrayList<>();
    for (JsonNode object : root.path("objects")) {
      objects.add(
          new ObjectRecord(
              object.path("key").asText(),
              object.path("size").asLong(),
              object.path("sha256").asText()));
    }
    JsonNode restores = root.path("restores");
    return new Publication(
        root.path("network").asText(),
        root.path("version").asInt(),
        root.path("publication").asText(),
        restores.isInt() ? OptionalInt.of(restores.asInt()) : OptionalInt.empty(),
        root.path("published_at").asText(),
        root.path("host").asText(),
        new Promotion(root.path("run").asText(), objects, root.withObject("/evidence")));
  }
}
