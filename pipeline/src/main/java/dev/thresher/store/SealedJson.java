package dev.thresher.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Commit records that notice damage to themselves: nothing else names them, so each carries, as its
 * last field, the SHA-256 of its text without that field. Reading writes the record again and
 * compares all bytes, so that a change of any one is seen, of a blank too.
 */
public final class SealedJson {
  private static final String SEAL = "record_sha256";
  private static final ObjectMapper JSON = new ObjectMapper();

  private SealedJson() {}

  /** The text of a record: indented JSON that ends with its seal. */
  public static String seal(ObjectNode content) {
    ObjectNode sealed = content.deepCopy();
    sealed.remove(SEAL);
    sealed.put(SEAL, RunStore.sha256(sealed.toPrettyString().getBytes(StandardCharsets.UTF_8)));
    return sealed.toPrettyString() + "\n";
  }

  /**
   * The content of a record, without its seal.
   *
   * @param key of the record, for the message
   * @throws CorruptObjectException where the text is not what {@link #seal} wrote
   */
  public static ObjectNode open(byte[] text, String key) {
    JsonNode parsed;
    try {
      parsed = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw damaged(key, "it is no JSON");
    } catch (IOException | RuntimeException e) {
      throw damaged(key, "it is no text");
    }
    if (!(parsed instanceof ObjectNode content) || !content.path(SEAL).isTextual()) {
      throw damaged(key, "it has no " + SEAL);
    }
    if (!Arrays.equals(seal(content).getBytes(StandardCharsets.UTF_8), text)) {
      throw damaged(key, "its text is not the one that its " + SEAL + " names");
    }
    content.remove(SEAL);
    return content;
  }

  private static CorruptObjectException damaged(String key, String how) {
    return new CorruptObjectException("Cannot use the commit record " + key + ": " + how);
  }
}
