package dev.thresher.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thresher.evaluate.Summary;
import dev.thresher.jobs.config.Settings;
import dev.thresher.publish.Publication;
import dev.thresher.publish.Publications;
import dev.thresher.publish.PublishedHistory;
import dev.thresher.store.ObjectRecord;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Publications for people and for programs. */
record PublishedText(Publications publications, Settings settings) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What was done, in two lines. */
  String told(Publication version) {
    return line(version) + System.lineSeparator() + "Pointer: " + address(version.network());
  }

  /** One line for each network. */
  String list(List<PublishedHistory> all) {
    List<String> lines = new ArrayList<>();
    for (PublishedHistory history : all) {
      history.current().ifPresent(current -> lines.add(line(current)));
      behind(history, lines);
    }
    return lines.isEmpty() ? "Nothing is published." : String.join(System.lineSeparator(), lines);
  }

  /** One line for each version, the newest first. */
  String history(PublishedHistory history) {
    List<String> lines = new ArrayList<>();
    history.versions().forEach(version -> lines.add(0, line(version)));
    behind(history, lines);
    lines.add("Pointer: " + address(history.network()));
    return String.join(System.lineSeparator(), lines);
  }

  private void behind(PublishedHistory history, List<String> lines) {
    if (history.current().isPresent() && !publications.isPointerCurrent(history)) {
      String run = history.current().get().promotion().run();
      lines.add(
          "%s is not the current version; publish that again: thresher publish --run %s"
              .formatted(address(history.network()), run));
    }
  }

  private String address(String network) {
    return Reachable.where(settings, URI.create(publications.address(network)));
  }

  private static String line(Publication version) {
    long bytes = version.promotion().objects().stream().mapToLong(ObjectRecord::size).sum();
    StringBuilder line = new StringBuilder();
    line.append(
        "%s version %d: run %s, %d objects of %d bytes, %s"
            .formatted(
                version.network(),
                version.version(),
                version.promotion().run(),
                version.promotion().objects().size(),
                bytes,
                version.publishedAt()));
    version.restores().ifPresent(restored -> line.append(", as version ").append(restored));
    for (JsonNode network : version.promotion().evidence().at("/evaluation/networks")) {
      if (network.path("network").asText().equals(Summary.QUANTIZED)) {
        figure(line, "top-1", network.at("/top1/percent"));
        figure(line, "agreement", network.at("/agreement/percent"));
      }
    }
    return Printable.line(line.toString());
  }

  private static void figure(StringBuilder line, String name, JsonNode percent) {
    if (percent.isNumber()) {
      line.append(String.format(Locale.ROOT, ", %s %.2f %%", name, percent.asDouble()));
    }
  }

  /** One publication. */
  String json(Publication version) {
    return node(version).toPrettyString();
  }

  /** All networks with all versions. */
  String json(List<PublishedHistory> all) {
    ObjectNode root = JSON.createObjectNode();
    ArrayNode networks = root.putArray("networks");
    for (PublishedHistory history : all) {
      ObjectNode network = networks.addObject().put("network", history.network());
      network.put("pointer", address(history.network()));
      network.put("pointer_is_current", publications.isPointerCurrent(history));
      network.set("current", history.current().map(this::node).orElse(null));
      ArrayNode versions = network.putArray("versions");
      history.versions().forEach(version -> versions.add(node(version)));
      history.damaged().forEach(network.putArray("damaged")::add);
    }
    return root.toPrettyString();
  }

  private ObjectNode node(Publication version) {
    try {
      ObjectNode node = (ObjectNode) JSON.readTree(version.toJson());
      return node.put("pointer", address(version.network()));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A publication is JSON", e);
    }
  }
}
