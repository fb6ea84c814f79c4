package dev.thresher.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What Spark itself wrote down of a job. */
final class SparkEvents {
  /** The jobs of training: rounds, and judgements of states. */
  static final List<String> TRAINING = List.of("finetune: round ", "finetune: judge");

  private static final String DESCRIPTION = "spark.job.description";

  private final List<JsonNode> events = new ArrayList<>();

  private SparkEvents(Path file) throws IOException {
    ObjectMapper json = new ObjectMapper();
    for (String line : Files.readAllLines(file)) {
      events.add(json.readTree(line));
    }
  }

  /** The log of the only application in the folder. */
  static SparkEvents in(Path folder) throws IOException {
    List<Path> files = Cluster.list(folder);
    if (files.size() != 1) {
      throw new AssertionError("one event log is expected: " + files);
    }
    return new SparkEvents(files.get(0));
  }

  long count(String event) {
    return named(event).size();
  }

  private List<JsonNode> named(String event) {
    return events.stream()
        .filter(e -> e.path("Event").asText().equals("SparkListener" + event))
        .toList();
  }

  /**
   * Bytes of broadcast blocks that executors have fetched in some jobs: by broadcast, then by
   * executor. Spark posts an update of a block when it is fetched, again, and when it is removed,
   * so pairs of executor and block are counted once, in the job that they were first seen in.
   *
   * @param jobs what descriptions begin with
   */
  Map<String, Map<String, Long>> broadcastsOf(List<String> jobs) {
    Map<String, Map<String, Long>> pieces = new TreeMap<>();
    Set<String> seenBefore = new HashSet<>();
    boolean isOne = false;
    for (JsonNode event : events) {
      switch (event.path("Event").asText()) {
        case "SparkListenerJobStart" ->
            isOne = isOneOf(jobs, event.path("Properties").path(DESCRIPTION).asText());
        case "SparkListenerBlockUpdated" -> {
          JsonNode block = event.path("Block Updated Info");
          String id = block.path("Block ID").asText();
          String executor = block.path("Block Manager ID").path("Executor ID").asText();
          long size = block.path("Memory Size").asLong() + block.path("Disk Size").asLong();
          if (!isOne) {
            seenBefore.add(id + " " + executor);
          } else if (id.startsWith("broadcast_")
              && !executor.equals("driver")
              && !seenBefore.contains(id + " " + executor)) {
            pieces.computeIfAbsent(id, i -> new TreeMap<>()).merge(executor, size, Math::max);
          }
        }
        default -> {}
      }
    }
    Map<String, Map<String, Long>> broadcasts = new TreeMap<>();
    pieces.forEach(
        (piece, executors) ->
            executors.forEach(
                (executor, size) ->
                    broadcasts
                        .computeIfAbsent(piece.replaceAll("_piece.*", ""), b -> new TreeMap<>())
                        .merge(executor, size, Long::sum)));
    return broadcasts;
  }

  private static boolean isOneOf(List<String> jobs, String description) {
    return jobs.stream().anyMatch(description::startsWith);
  }
}
