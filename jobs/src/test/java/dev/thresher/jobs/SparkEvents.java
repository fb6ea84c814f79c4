package dev.thresher.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What Spark itself wrote down of a job. */
final class SparkEvents {
  /** The jobs of training: rounds, and judgements of states. */
  private static final List<String> TRAINING = List.of("finetune: round ", "finetune: judge");

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
   * Bytes of broadcast blocks that executors have fetched from the first job of training to the
   * last one: by broadcast, then by executor. Spark posts an update of a block twice, so pairs of
   * executor and block are counted, each once.
   */
  Map<String, Map<String, Long>> broadcastsOfTraining() {
    Map<String, Map<String, Long>> pieces = new TreeMap<>();
    boolean inTraining = false;
    for (JsonNode event : events) {
      switch (event.path("Event").asText()) {
        case "SparkListenerJobStart" ->
            inTraining = isTraining(event.path("Properties").path(DESCRIPTION).asText());
        case "SparkListenerBlockUpdated" -> {
          JsonNode block = event.path("Block Updated Info");
          String id = block.path("Block ID").asText();
          String executor = block.path("Block Manager ID").path("Executor ID").asText();
          long size = block.path("Memory Size").asLong() + block.path("Disk Size").asLong();
          if (inTraining && id.startsWith("broadcast_") && !executor.equals("driver")) {
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

  private static boolean isTraining(String description) {
    return TRAINING.stream().anyMatch(description::startsWith);
  }
}
