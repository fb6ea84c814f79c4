package dev.thresher.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thresher.report.WrittenRun.Size;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The report as people see it: opened from disk in a real browser. */
@Tag("slow")
class ReportInBrowserTest {
  private static final Size SIZE = new Size(24, 6, 12, 480, true);

  /** What each series of each chart has drawn, by the chart's id and the series' name. */
  private static final String DRAWN =
      """
      Object.fromEntries([...document.querySelectorAll(".chart")].map(element => {
        const series = echarts.getInstanceByDom(element).getModel().getSeries();
        const drawn = one => {
          const data = one.getData();
          let count = 0;
          for (let i = 0; i < data.count(); i++) {
            const at = data.getItemLayout(i);
            count += data.getItemGraphicEl(i) || (Array.isArray(at) && at.every(Number.isFinite)) ? 1 : 0;
          }
          return count;
        };
        return [element.id, Object.fromEntries(series.map(one => [one.name, drawn(one)]))];
      }))
      """;

  @TempDir(cleanup = CleanupMode.NEVER)
  static Path folder;

  private static Browser browser;
  private static Path page;

  @BeforeAll
  static void open() throws IOException, InterruptedException {
    assumeTrue(Browser.executable().isPresent(), "there is no Chromium here");
    browser = Browser.start(folder);
    page = Files.write(folder.resolve("report.html"), WrittenRun.of(SIZE).render());
  }

  @AfterAll
  static void close() throws InterruptedException {
    if (browser != null) {
      browser.close();
    }
  }

  @ParameterizedTest
  @CsvSource({"360, light", "360, dark", "1280, light", "1280, dark"})
  void itLoadsFromDiskWithoutComplaintOrRequestAndFitsTheScreen(int width, String colours) {
    browser.open(page, width, colours);
    assertThat(browser.complaints()).isEmpty();
    assertThat(browser.requests()).containsExactly(page.toUri().toString());
    assertThat(browser.evaluate("document.title").asText()).isEqualTo("Thresher: net-work");
    assertThat(browser.evaluate("document.documentElement.scrollWidth"))
        .isEqualTo(browser.evaluate("document.documentElement.clientWidth"));
    assertThat(browser.evaluate("document.querySelectorAll('.chart svg').length"))
        .isEqualTo(browser.evaluate("document.querySelectorAll('.chart').length"));
  }

  @Test
  void everyChartHasThePointsOfItsTable() {
    browser.open(page, 1280, "light");
    JsonNode drawn = browser.evaluate(DRAWN);
    Map<String, Map<String, Integer>> wanted =
        Map.ofEntries(
            Map.entry("top1", Map.of("95 % interval", 3, "measured", 3)),
            Map.entry("agreement", Map.of("95 % interval", 2, "measured", 2)),
            Map.entry("loss", Map.of("loss", SIZE.rounds())),
            Map.entry("learning-rate", Map.of("learning rate", SIZE.rounds())),
            Map.entry(
                "activations-thresholds",
                Map.of("before", SIZE.layers() + 1, "after", SIZE.layers() + 1)),
            Map.entry("activations-scales", Map.of("scale", SIZE.layers() + 1)),
            Map.entry(
                "weights-thresholds", Map.of("before", SIZE.layers(), "after", SIZE.layers())),
            Map.entry(
                "weights-scales",
                Map.of("least to greatest", SIZE.layers(), "mean", SIZE.layers())),
            Map.entry(
                "limits",
                Map.of("at the lower limit", SIZE.layers(), "at the upper limit", SIZE.layers())),
            Map.entry("spreads", Map.of("before", 8, "after", 8)),
            Map.entry("gains", Map.of("gain", 20)),
            Map.entry("errors", Map.of("activation", SIZE.layers() + 1, "weights", SIZE.layers())));
    wanted.forEach(
        (id, series) ->
            series.forEach(
                (name, points) ->
                    assertThat(drawn.path("chart-" + id).path(name).asInt())
                        .as(id + ": " + name)
                        .isEqualTo(points)));
    assertThat(drawn.size()).isEqualTo(wanted.size() + 1);
  }

  @Test
  void aChosenTensorIsDrawnAndTold() {
    browser.open(page, 360, "dark");
    String choose =
        "tensor.selectedIndex = %d; tensor.dispatchEvent(new Event('change'));"
            + " document.getElementById('histogram-sentence').textContent";
    String first = browser.evaluate(choose.formatted(0)).asText();
    String other = browser.evaluate(choose.formatted(2)).asText();
    assertThat(first).contains("values between 0 and 8").contains("represent 0 to ");
    assertThat(other).contains("values between −1 and 1".replace('−', '-'));
    browser.evaluate("logarithmic.click()");
    JsonNode bins = browser.evaluate(DRAWN).path("chart-histogram").path("values");
    assertThat(bins.asInt()).isEqualTo(64);
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void chartsFollowTheWidthAndTheColours() {
    browser.open(page, 1280, "light");
    String width = "document.querySelector('#chart-loss svg').getBoundingClientRect().width";
    double wide = browser.evaluate(width).asDouble();
    browser.open(page, 360, "light");
    assertThat(browser.evaluate(width).asDouble()).isLessThan(360).isLessThan(wide);
  }

  @Test
  void everythingThatCanBeUsedIsReachedByTheKeyboard() {
    browser.open(page, 360, "light");
    assertThat(
            browser
                .evaluate(
                    "[...document.querySelectorAll('.scroll')].every(e => e.tabIndex === 0 && e.getAttribute('aria-label'))")
                .asBoolean())
        .isTrue();
    assertThat(
            browser
                .evaluate(
                    "[...document.querySelectorAll('input, select')].every(e => e.labels.length === 1)")
                .asBoolean())
        .isTrue();
  }

  @Test
  void hostileNamesRunNothing() {
    browser.open(page, 1280, "light");
    browser.evaluate("[...document.querySelectorAll('details')].forEach(d => d.open = true)");
    assertThat(browser.evaluate("document.title").asText()).doesNotContain("taken");
    assertThat(browser.evaluate("document.images.length").asInt()).isZero();
  }
}
