package dev.thresher.report;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thresher.report.Figure.Grid;
import dev.thresher.report.Figure.GridRow;
import dev.thresher.store.ObjectRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.StreamSupport;

/** What made the run, and what it left. */
final class ProvenanceSection {
  private static final String ID = "provenance";
  private static final String TITLE = "Provenance";

  private ProvenanceSection() {}

  static Section of(Run run) {
    List<Grid> tables = new ArrayList<>();
    JsonNode provenance = run.json("provenance.json");
    if (provenance.isObject()) {
      List<GridRow> rows = new ArrayList<>();
      flatten("", provenance, rows);
      tables.add(
          Grid.of("Hashes, versions, machine", List.of("what", "value"), rows, "provenance.json"));
    }
    List<GridRow> stages =
        StreamSupport.stream(run.summary().path("stages").spliterator(), false)
            .map(
                stage ->
                    GridRow.of(
                        stage.path("name").asText(),
                        Wording.seconds(stage.path("seconds").asDouble())))
            .toList();
    if (!stages.isEmpty()) {
      tables.add(Grid.of("Stages", List.of("stage", "time"), stages, Run.SUMMARY));
    }
    List<GridRow> files =
        run.objects().records().stream()
            .filter(record -> record.name().startsWith("model/"))
            .map(ProvenanceSection::file)
            .toList();
    if (!files.isEmpty()) {
      tables.add(
          Grid.of(
              "Exported files", List.of("file", "size", "SHA-256"), files, "stages/export.json"));
    }
    String text =
        provenance.isObject()
            ? "Equal network, images, settings and seeds give an equal model, on any number of threads, on machines of one kind."
            : "This run has no provenance.json.";
    return new Section(ID, TITLE, List.of(text), List.of(), tables);
  }

  private static GridRow file(ObjectRecord record) {
    return GridRow.of(record.key(), Wording.bytes(OptionalLong.of(record.size())), record.sha256());
  }

  private static void flatten(String path, JsonNode node, List<GridRow> rows) {
    if (node.isObject()) {
      node.fields()
          .forEachRemaining(
              field ->
                  flatten(
                      path.isEmpty() ? field.getKey() : path + " " + field.getKey(),
                      field.getValue(),
                      rows));
    } else if (node.isArray() && node.path(0).isObject()) {
      for (int i = 0; i < node.size(); i++) {
        flatten(path + " " + (i + 1), node.get(i), rows);
      }
    } else if (node.isArray()) {
      List<String> values = new ArrayList<>();
      node.forEach(value -> values.add(value.asText()));
      rows.add(GridRow.of(path, String.join(", ", values)));
    } else {
      rows.add(GridRow.of(path, node.asText()));
    }
  }
}
