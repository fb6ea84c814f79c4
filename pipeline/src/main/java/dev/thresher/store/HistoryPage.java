package dev.thresher.store;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What one writer has committed, in order, {@code history/<epoch>.json}: the only object of a run
 * that is written over, and by that writer alone.
 *
 * @param epoch of the writer
 * @param follows the link that the writer began after: the last one of the pages before this one
 * @param records that the writer has committed, itself first
 */
record HistoryPage(int epoch, String follows, List<Entry> records) {
  private static final int FORMAT = 1;

  /** A record and the SHA-256 of its bytes. */
  record Entry(String key, String sha256) {}

  HistoryPage {
    records = List.copyOf(records);
  }

  static String key(int epoch) {
    return "history/%06d.json".formatted(epoch);
  }

  /** The link before the first record of every run; that record is like no other run's. */
  static String start() {
    return hash("");
  }

  /** The page with one more record. */
  HistoryPage with(Entry entry) {
    List<Entry> more = new ArrayList<>(records);
    more.add(entry);
    return new HistoryPage(epoch, follows, more);
  }

  /**
   * The links of the chain: {@code link[0] = follows}, {@code link[i] = SHA-256(link[i-1], key[i],
   * sha256[i])}. Each stands for all records up to its own.
   */
  List<String> links() {
    List<String> links = new ArrayList<>(List.of(follows));
    for (Entry entry : records) {
      links.add(hash(links.get(links.size() - 1) + " " + entry.key() + " " + entry.sha256()));
    }
    return links;
  }

  /** The newest link. */
  String end() {
    List<String> links = links();
    return links.get(links.size() - 1);
  }

  private static String hash(String text) {
    return RunStore.sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  String toJson() {
    ObjectNode root = new ObjectMapper().createObjectNode();
    root.put("format", FORMAT).put("epoch", epoch).put("follows", follows);
    ArrayNode list = root.putArray("records");
    records.forEach(
        entry -> list.addObject().put("record", entry.key()).put("sha256", entry.sha256()));
    return SealedJson.seal(root);
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @throws CorruptObjectException where it is damaged, or of another writer
   */
  static HistoryPage parse(byte[] json, int epoch) {
    String key = key(epoch);
    ObjectNode root = SealedJson.open(json, key);
    if (root.path("format").asInt() != FORMAT) {
      throw new StoreException(
          "Cannot read %s: it has format %s, this release reads %d. Use the release that wrote it."
              .formatted(key, root.path("format").asText(), FORMAT));
    }
    if (root.path("epoch").asInt() != epoch) {
      throw new CorruptObjectException(
          "Cannot use %s: it is the history of writer %s"
              .formatted(key, root.path("epoch").asText()));
    }
    List<Entry> records = new ArrayList<>();
    for (JsonNode entry : root.path("records")) {
      records.add(new Entry(entry.path("record").asText(), entry.path("sha256").asText()));
    }
    return new HistoryPage(epoch, root.path("follows").asText(), records);
  }
}
