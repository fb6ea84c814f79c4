package dev.thresher.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thresher.report.WrittenRun.Size;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a report says of runs of every kind, as a file. */
@Tag("slow")
class RunReportTest {
  private static final Size SMALL = new Size(9, 5, 4, 120, true);
  private static final int MEGABYTE = 1_000_000;

  private static String page(WrittenRun run) {
    return new String(run.render(), UTF_8);
  }

  private static JsonNode data(String page) throws IOException {
    Matcher data =
        Pattern.compile("<script type=\"application/json\" id=\"data\">(.*?)</script>")
            .matcher(page);
    assertThat(data.find()).isTrue();
    return new ObjectMapper().readTree(data.group(1));
  }

  @Test
  void theSameObjectsGiveTheSameBytes() {
    assertThat(WrittenRun.of(SMALL).render()).isEqualTo(WrittenRun.of(SMALL).render());
  }

  @Test
  void theVerdictComesFirstThenThePartsInTheirOrder() {
    assertThat(page(WrittenRun.of(SMALL)))
        .containsSubsequence(
            "id=\"verdict\"",
            "The quality gate is passed",
            "1.0 points",
            "id=\"accuracy\"",
            "id=\"training\"",
            "id=\"thresholds\"",
            "id=\"rescaling\"",
            "id=\"layers\"",
            "id=\"histograms\"",
            "id=\"images\"",
            "id=\"provenance\"",
            "id=\"configuration\"");
  }

  @Test
  void classesHaveTheNamesOfTheLabelsFile() {
    byte[] titles =
        "[\"tench, Tinca tinca\", \"goldfish\", \"great white shark\", \"<b>ray</b>\"]"
            .getBytes(UTF_8);
    String page = page(WrittenRun.of(SMALL).with("sample/classes.json", titles));
    assertThat(page).contains("goldfish", "great white shark", "&lt;b&gt;ray&lt;/b&gt;");
    assertThat(page).doesNotContain("n01441001", "<b>ray");
    assertThat(page(WrittenRun.of(SMALL))).contains("n01441001");
  }

  @Test
  void whatADeviceComputesIsTold() {
    assertThat(page(WrittenRun.of(SMALL)))
        .contains("computed for 200 images: the same first class as in this evaluation in 98.5")
        .contains("Top-1 is 76.0");
  }

  @Test
  void aMissedGateSaysWhatIsMissed() {
    byte[] html = RunReport.render(WrittenRun.of(SMALL), new QualityGate(0.5, 99, 90, 0.0001));
    assertThat(new String(html, UTF_8))
        .contains("The quality gate is missed")
        .contains("Top-1 drops by 1.00 points; evaluate.max-drop allows 0.5.")
        .contains("agree on 97.50 % of the images; evaluate.min-agreement asks for 99.0.")
        .contains("evaluate.min-sqnr asks for 90.0.")
        .contains("evaluate.max-rmse allows 1.0E-4.");
  }

  @Test
  void withoutAGateNothingIsJudged() {
    byte[] html = RunReport.render(WrittenRun.of(SMALL), new QualityGate(100, 0, 0, 0));
    assertThat(new String(html, UTF_8))
        .contains("class=\"verdict open\"")
        .contains("No quality gate was set");
  }

  @Test
  void namesOfTheRunAreTextsAndNothingElse() throws IOException {
    String page = page(WrittenRun.of(SMALL));
    // One script element of data, one of the library, one of the page.
    assertThat(page.split("<script", -1)).hasSize(1 + 3);
    assertThat(page).doesNotContain("<img src=x").contains("&lt;img src");
    assertThat(data(page).findValuesAsText("name"))
        .anyMatch(name -> name.contains(WrittenRun.HOSTILE));
  }

  @Test
  void nothingIsAskedOfANetwork() {
    String page = page(WrittenRun.of(SMALL));
    assertThat(page)
        .contains(
            "default-src &#39;none&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;;");
    // Behind a quotation mark of its own stands text of the library's code, not an address.
    assertThat(Pattern.compile("(src|href)=\"(?!data:|#|')").matcher(page).results()).isEmpty();
    assertThat(page).doesNotContain("@import");
  }

  @Test
  void everyChartHasASentenceAndATableIsNear() throws IOException {
    String page = page(WrittenRun.of(SMALL));
    data(page)
        .get("charts")
        .fieldNames()
        .forEachRemaining(
            id ->
                assertThat(page)
                    .contains("id=\"chart-" + id + "\" role=\"img\"")
                    .containsPattern("id=\"" + id + "-sentence\">[^<]{5,}"));
  }

  @Test
  void thresholdsAreThoseOfTheTable() throws IOException {
    JsonNode charts = data(page(WrittenRun.of(SMALL))).get("charts");
    JsonNode weights = charts.get("weights-scales");
    assertThat(weights.get("categories")).hasSize(SMALL.layers());
    for (JsonNode series : weights.get("series")) {
      assertThat(series.get("values")).hasSize(SMALL.layers());
    }
    assertThat(charts.get("activations-thresholds").get("categories")).hasSize(SMALL.layers() + 1);
    assertThat(charts.get("activations-thresholds").get("series").get(0).get("values"))
        .allMatch(value -> value.asDouble() == 6);
  }

  @Test
  void aRunWithoutLabelsAndTrainingIsShownAsItIs() {
    String page = page(WrittenRun.of(new Size(9, 5, 0, 120, false)));
    assertThat(page)
        .contains("came without labels")
        .contains("evaluate.max-drop cannot be held against anything")
        .contains("Nothing was trained")
        .contains("another class")
        .doesNotContain("chart-top1")
        .doesNotContain("chart-loss");
  }

  @ParameterizedTest
  @CsvSource({
    "rounds, training",
    "layers, layers",
    "thresholds, thresholds",
    "rescaling, rescaling",
    "images, images",
    "histograms, histograms"
  })
  void aTableThatIsMissingIsNamed(String table, String section) {
    String page = page(WrittenRun.of(SMALL).without("metrics/" + table + ".parquet"));
    String part = page.substring(page.indexOf("<section id=\"" + section + "\""));
    assertThat(part.substring(0, part.indexOf("</section>"))).contains("This run has no table");
  }

  @Test
  void tensorsThatMayNotBeScaledAreNamedWithTheirReason() {
    String report =
        """
        {"groups":[{"producers":[],"consumers":["stem<b>"],"channels":3,"locked_because":"network-input"},
                   {"producers":["a"],"consumers":["b"],"channels":8,"locked_because":"none"}]}
        """;
    WrittenRun run = WrittenRun.of(SMALL).with("calibrate/rescale.json", report.getBytes(UTF_8));
    assertThat(page(run))
        .contains("stem&lt;b&gt;")
        .contains("holds the images, whose scale is given")
        .doesNotContain("a → b");
  }

  @Test
  void channelsThatWereScaledThoughTheyReachTheBoundAreCounted() {
    String groups = "{\"groups\":[{\"channels\":8,\"fitted\":%d,\"locked_because\":\"none\"}]}";

    assertThat(page(WrittenRun.of(SMALL).with("calibrate/rescale.json", bytes(groups, 5))))
        .containsPattern("[1-9]\\d* reach the upper bound")
        .contains("5 of them were scaled all the same", "Biases take up")
        .doesNotContain("so they keep their scale");
    assertThat(page(WrittenRun.of(SMALL).with("calibrate/rescale.json", bytes(groups, 0))))
        .contains("so they keep their scale")
        .doesNotContain("all the same");
  }

  private static byte[] bytes(String format, int fitted) {
    return format.formatted(fitted).getBytes(UTF_8);
  }

  @Test
  void withoutTheTableOfNetworksTheSummaryIsShown() {
    String page = page(WrittenRun.of(SMALL).without("metrics/evaluation.parquet"));
    assertThat(page).contains("1.0 points").contains("97.5\u00a0%").contains("chart-top1");
  }

  @Test
  void aRunThatIsNotEvaluatedSaysSo() {
    String page = page(WrittenRun.of(SMALL).without("metrics/evaluation.parquet", "summary.json"));
    assertThat(page).contains("Not evaluated").contains("This run is not evaluated");
  }

  @Test
  void aDamagedTableIsAnErrorThatNamesIt() {
    WrittenRun run = WrittenRun.of(SMALL).with("metrics/layers.parquet", "PAR1".getBytes(UTF_8));
    assertThatThrownBy(run::render)
        .isInstanceOf(ReportException.class)
        .hasMessageContaining("metrics/layers.parquet");
  }

  @ParameterizedTest
  @ValueSource(ints = {70, 1})
  void hundredsOfLayersAndThousandsOfFiltersStaySmall(int filters) {
    byte[] html = WrittenRun.of(new Size(300, filters, 5000, 5000, true)).render();
    assertThat(html.length).isLessThan(3 * MEGABYTE);
  }
}
