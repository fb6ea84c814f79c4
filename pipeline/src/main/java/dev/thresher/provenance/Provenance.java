package dev.thresher.provenance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * What made an artefact: {@code provenance.json}.
 *
 * @param origin what decides the bytes of the model; equal for equal runs
 * @param environment the run, the code and the machine; may differ between equal runs
 */
public record Provenance(Origin origin, Environment environment) {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** The document, UTF-8, with a line break at its end. Deterministic. */
  public byte[] json() {
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n"));
    try {
      return (JSON.writer(printer).writeValueAsString(this) + "\n")
          .getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new AssertionError("records of text and numbers have a JSON form", e);
    }
  }

  /**
   * Reads what {@link #json} wrote.
   *
   * @throws ProvenanceFormatException for anything else
   */
  public static Provenance parse(byte[] json) {
    try {
      return JSON.readValue(json, Provenance.class);
    } catch (IOException e) {
      String reason =
          e instanceof JsonProcessingException jsonError
              ? jsonError.getOriginalMessage()
              : e.getMessage();
      throw new ProvenanceFormatException("Cannot read the provenance: " + reason, e);
    }
  }
}
