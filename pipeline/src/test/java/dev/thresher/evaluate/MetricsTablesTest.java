package dev.thresher.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.finetune.RoundRecord;
import dev.thresher.sample.MemoryFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;
import org.junit.jupiter.api.Test;

class MetricsTablesTest {
  private static final List<RoundRecord> ROUNDS =
      List.of(
          new RoundRecord(1, 4, 0.75, Double.NaN, 1e-3, 64, 1.5, 0.9, 0.98, 1, 12, 0, 100, 200),
          new RoundRecord(2, 8, Double.NaN, 0.5, 9e-4, 64, 1.25, 0.5, 0.9, 1, 3, 1, 200, 400));

  private static <R> String csv(MetricsTable<R> table, List<R> rows) {
    return new String(table.csv(rows), StandardCharsets.UTF_8);
  }

  @Test
  void roundsAsCsv() {
    assertThat(csv(MetricsTables.ROUNDS, ROUNDS))
        .isEqualTo(
            """
            round,step,loss,judged_loss,learning_rate,images,seconds,alpha_min,alpha_mean,alpha_max,\
            alphas_at_limits,rollbacks,bytes_sent,bytes_received
            1,4,0.75,,0.001,64,1.5,0.9,0.98,1.0,12,0,100,200
            2,8,NaN,0.5,9.0E-4,64,1.25,0.5,0.9,1.0,3,1,200,400
            """);
  }

  @Test
  void parquetHoldsTheSameCellsAndSaysItsVersion() throws IOException {
    RandomGraphs.Case random = RandomGraphs.quantized(6);
    List<LayerRow> rows =
        LayerTable.of(IntegerNetwork.of(random.network(), random.scales()), LayerStudy.none());
    byte[] parquet = MetricsTables.LAYERS.parquet(rows);
    assertThat(parquet).isEqualTo(MetricsTables.LAYERS.parquet(rows));
    assertThat(asCsv(parquet)).isEqualTo(csv(MetricsTables.LAYERS, rows));
    assertThat(asCsv(MetricsTables.ROUNDS.parquet(ROUNDS)))
        .isEqualTo(csv(MetricsTables.ROUNDS, ROUNDS));
    try (ParquetFileReader reader = ParquetFileReader.open(new MemoryFile.Input(parquet))) {
      assertThat(reader.getFileMetaData().getKeyValueMetaData())
          .containsEntry(ParquetTable.VERSION_KEY, "2")
          .containsEntry(ParquetTable.NAME_KEY, "layers");
    }
  }

  private static String asCsv(byte[] parquet) throws IOException {
    List<String> lines = new ArrayList<>();
    try (ParquetFileReader reader = ParquetFileReader.open(new MemoryFile.Input(parquet))) {
      MessageType schema = reader.getFileMetaData().getSchema();
      lines.add(String.join(",", schema.getFields().stream().map(f -> f.getName()).toList()));
      PageReadStore pages = reader.readNextRowGroup();
      RecordReader<Group> rows =
          new ColumnIOFactory()
              .getColumnIO(schema)
              .getRecordReader(pages, new GroupRecordConverter(schema));
      for (long i = 0; i < pages.getRowCount(); i++) {
        Group row = rows.read();
        List<String> cells = new ArrayList<>();
        for (int f = 0; f < schema.getFieldCount(); f++) {
          cells.add(row.getFieldRepetitionCount(f) == 0 ? "" : row.getValueToString(f, 0));
        }
        lines.add(String.join(",", cells));
      }
    }
    return String.join("\n", lines) + "\n";
  }

  @Test
  void textWithCommasAndQuotesIsQuoted() {
    MetricsTable<String> table = new MetricsTable<String>("t").text("name", name -> name);
    assertThat(csv(table, List.of("plain", "a,b", "say \"x\"")))
        .isEqualTo("name\nplain\n\"a,b\"\n\"say \"\"x\"\"\"\n");
  }

  @Test
  void theDocumentOfTheSchemaNamesTheColumnsOfEveryTable() throws IOException {
    String document;
    try (InputStream in = MetricsTable.class.getResourceAsStream("SCHEMA.md")) {
      document = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    assertThat(document).contains("schema version " + MetricsTable.SCHEMA_VERSION);
    List<MetricsTable<?>> tables = new ArrayList<>(MetricsTables.ALL);
    tables.add(AblationTable.COLUMNS);
    for (MetricsTable<?> table : tables) {
      String section = document.substring(document.indexOf("\n## " + table.name() + ": "));
      String rows =
          section.substring(
              section.indexOf("|---"), section.indexOf("\n\n", section.indexOf("|---")));
      List<String> named = new ArrayList<>();
      for (String row : rows.lines().skip(1).toList()) {
        Matcher names =
            Pattern.compile("`([a-z0-9_]+)`").matcher(row.substring(0, row.indexOf("| ", 2)));
        names.results().forEach(name -> named.add(name.group(1)));
      }
      assertThat(named)
          .as(table.name())
          .containsExactlyInAnyOrderElementsOf(
              table.columns().stream().map(MetricsTable.Column::name).toList());
    }
  }

  @Test
  void aTableWithoutRowsHasItsColumns() throws IOException {
    byte[] parquet = MetricsTables.ROUNDS.parquet(List.of());
    try (ParquetFileReader reader = ParquetFileReader.open(new MemoryFile.Input(parquet))) {
      assertThat(reader.getRecordCount()).isZero();
      assertThat(reader.getFileMetaData().getSchema().getFieldCount()).isEqualTo(14);
    }
  }
}
