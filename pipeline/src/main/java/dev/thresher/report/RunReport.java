package dev.thresher.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.samskivert.mustache.Mustache;
import dev.thresher.report.Figure.Grid;
import dev.thresher.report.Histograms.Distribution;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The report of a run: one HTML file that needs no other file and no network.
 *
 * <p>It is a pure function of the run's objects: the same objects give the same bytes. Every text
 * of the run is escaped where it enters the page; the page's policy lets only the scripts run that
 * are part of it, by their hashes, and nothing be fetched. Cost: one pass over the tables, and the
 * parts of prepared images that hold the at most {@value Pictures#MOST} pictures.
 */
public final class RunReport {
  private static final ObjectMapper JSON = new ObjectMapper();

  private RunReport() {}

  /** What the template reads. */
  private record Page(
      String title,
      String run,
      String network,
      String version,
      String policy,
      String style,
      Verdict verdict,
      List<Section> before,
      boolean hasHistograms,
      List<Distribution> distributions,
      Grid distributionTable,
      Pictures pictures,
      boolean hasMorePictures,
      Section provenance,
      String configuration,
      String data,
      String notice,
      String library,
      String script) {}

  /**
   * Renders the report.
   *
   * @param gate what the run was asked to hold
   * @return HTML, UTF-8
   * @throws ReportException for an object of the run that cannot be read
   */
  public static byte[] render(RunObjects objects, QualityGate gate) {
    Run run = new Run(objects);
    List<Section> sections =
        List.of(
            AccuracySection.of(run),
            TrainingSection.of(run),
            ThresholdSection.of(run),
            RescalingSection.of(run),
            LayerSection.of(run));
    List<Distribution> distributions = Histograms.all(run);
    Pictures pictures = Pictures.of(run);
    String library = script("echarts/echarts.common.min.js");
    String script = script("report.js");
    String network = run.summary().path("network").asText("unknown network");
    Page page =
        new Page(
            "Thresher: " + network,
            run.summary().path("run").asText("unknown"),
            network,
            run.json("provenance.json").path("origin").path("version").asText("unknown"),
            policy(library, script),
            resource("report.css"),
            Verdict.of(run, gate),
            sections,
            !distributions.isEmpty(),
            distributions,
            Histograms.grid(distributions),
            pictures,
            !pictures.more().isEmpty(),
            ProvenanceSection.of(run),
            run.text("config.conf"),
            data(sections, distributions),
            resource("echarts/NOTICE"),
            library,
            script);
    String html =
        Mustache.compiler()
            .emptyStringIsFalse(true)
            .withLoader(name -> new StringReader(resource(name + ".mustache")))
            .compile(resource("report.mustache"))
            .execute(page);
    return html.getBytes(StandardCharsets.UTF_8);
  }

  /** Charts by id, and the distributions, as JSON that is safe within a script element. */
  private static String data(List<Section> sections, List<Distribution> distributions) {
    Map<String, Chart> charts = new LinkedHashMap<>();
    Section.figures(sections).forEach(figure -> charts.put(figure.id(), figure.chart()));
    try {
      return JSON.writeValueAsString(Map.of("charts", charts, "distributions", distributions))
          .replace("<", "\\u003c");
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Cannot write the report's data.", e);
    }
  }

  private static String policy(String... scripts) {
    StringBuilder policy =
        new StringBuilder(
            "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src 'unsafe-inline'; script-src");
    for (String script : scripts) {
      policy.append(" 'sha256-").append(sha256(script)).append('\'');
    }
    return policy.toString();
  }

  private static String sha256(String text) {
    try {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  /** A script that may stand within a script element as it is. */
  private static String script(String name) {
    String script = resource(name);
    if (script.contains("</script") || script.contains("<!--")) {
      throw new IllegalStateException("Cannot inline " + name + ": it would end its own element.");
    }
    return script;
  }

  /** Text of a file beside this class; line ends as an HTML parser reads them. */
  private static String resource(String name) {
    try (InputStream in = RunReport.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(
            "Cannot find " + name + " among the classes of the report.");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).replaceAll("\r\n?", "\n");
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + name, e);
    }
  }
}
