package dev.thresher.store;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;

/**
 * Who writes a run, {@code writers/<epoch>.json}: the newest record names the only one who may.
 *
 * @param epoch counted from 1; each writer's is one more than the last
 * @param id of the process, unlike any other
 * @param host where it runs
 * @param pid its number there
 * @param started when it took the run, ISO 8601 in UTC
 * @param configuration SHA-256 of the run's configuration as stored, empty where it has none
 */
public record WriterRecord(
    int epoch, String id, String host, long pid, String started, String configuration) {
  /** This process, which takes a run now, under a name that no other has. */
  public static WriterRecord ofThisProcess(String id) {
    String host;
    try {
      host = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      host = "an unnamed host";
    }
    return new WriterRecord(
        0, id, host, ProcessHandle.current().pid(), Instant.now().toString(), "");
  }

  /** The same, going by this configuration. */
  public WriterRecord by(byte[] storedConfiguration) {
    return new WriterRecord(epoch, id, host, pid, started, RunStore.sha256(storedConfiguration));
  }

  static String key(int epoch) {
    return "writers/%06d.json".formatted(epoch);
  }

  WriterRecord at(int otherEpoch) {
    return new WriterRecord(otherEpoch, id, host, pid, started, configuration);
  }

  ObjectNode content() {
    ObjectNode content = new ObjectMapper().createObjectNode();
    content.put("epoch", epoch).put("writer", id).put("host", host);
    return content
        .put("pid", pid)
        .put("started", started)
        .put("stored_configuration_sha256", configuration);
  }

  static WriterRecord parse(byte[] json, String key) {
    ObjectNode content = SealedJson.open(json, key);
    return new WriterRecord(
        content.path("epoch").asInt(),
        content.path("writer").asText(),
        content.path("host").asText(),
        content.path("pid").asLong(),
        content.path("started").asText(),
        content.path("stored_configuration_sha256").asText());
  }

  @Override
  public String toString() {
    return "process %d on %s since %s".formatted(pid, host, started);
  }
}
