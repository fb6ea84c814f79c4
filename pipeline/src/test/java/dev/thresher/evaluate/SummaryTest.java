package dev.thresher.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class SummaryTest {
  private static final OptionalDouble NONE = OptionalDouble.empty();

  private static OptionalDouble of(double value) {
    return OptionalDouble.of(value);
  }

  private static Summary summary(OptionalDouble top1, int rounds) {
    return summary(top1, rounds, rounds, 432);
  }

  private static Summary summary(OptionalDouble top1, int rounds, int kept, int right) {
    return new Summary(
        "run-1",
        "mobilenet",
        "per-filter",
        "symmetric",
        new Summary.Bits(8, 8),
        1759,
        663,
        top1,
        top1,
        top1,
        top1,
        top1,
        of(82.1),
        of(90.1),
        of(0.787),
        of(0.354),
        rounds == 0 ? NONE : of(0.8),
        rounds == 0 ? NONE : of(0.4),
        rounds,
        kept,
        1234,
        rounds == 0 ? NONE : of(12.5),
        List.of(new Summary.Stage("sample", 1.5), new Summary.Stage("finetune", 60)),
        3L << 29,
        "reference",
        2,
        2,
        evaluation(top1.isPresent() ? 663 : 0, right),
        new DeviceComparison(200, 200, 130, 131, 180, 196, 200_000, 150_000, 3).figures());
  }

  /** Of 663 images the float network has 437 right, the trained one so many, 409 both. */
  private static EvaluationSummary evaluation(long labelled, int right) {
    Comparison trained =
        labelled == 0
            ? new Comparison(1000, 663, 0, 0, 0, 0, 0, 0, 597, 1e6, 1e4, 2.5)
            : new Comparison(1000, 663, 663, 437, 437, right, 437, 409, 597, 1e6, 1e4, 2.5);
    Evaluation evaluation =
        new Evaluation(
            List.of(Summary.UNTRAINED, Summary.QUANTIZED), List.of(trained, trained), List.of());
    return EvaluationSummary.of("validation", evaluation, 16);
  }

  @Test
  void theDocumentHasTheseFields() throws IOException {
    JsonNode json = new ObjectMapper().readTree(summary(of(65.9), 8).json());
    assertThat(json.fieldNames())
        .toIterable()
        .containsExactly(
            ("run network granularity scheme bits images_trained images_evaluated float_top1"
                    + " float_top5 untrained_top1 quantized_top1 quantized_top5"
                    + " untrained_agreement agreement untrained_logit_rmse logit_rmse loss_first"
                    + " loss_last rounds result_round weights_moved finetune_images_per_second stages peak_memory_bytes"
                    + " engine bad_images schema_version evaluation device")
                .split(" "));
    assertThat(json.get("bits").toString()).isEqualTo("{\"weights\":8,\"activations\":8}");
    assertThat(json.get("stages").get(0).toString())
        .isEqualTo("{\"name\":\"sample\",\"seconds\":1.5}");
    assertThat(json.get("float_top1").doubleValue()).isEqualTo(65.9);
    JsonNode quantized = json.at("/evaluation/networks/2");
    assertThat(quantized.get("network").asText()).isEqualTo("quantized");
    assertThat(quantized.at("/top1/percent").doubleValue()).isEqualTo(100.0 * 432 / 663);
    assertThat(quantized.get("pairs").toString())
        .isEqualTo("{\"both\":409,\"lost\":28,\"gained\":23,\"neither\":203}");
    assertThat(quantized.get("drop").fieldNames())
        .toIterable()
        .containsExactly("points", "low", "high", "p_value");
    assertThat(quantized.get("logit_sqnr_db").doubleValue()).isEqualTo(20);
    assertThat(json.get("device").toString())
        .isEqualTo(
            "{\"images\":200,\"top1\":65.0,\"quantized_top1\":65.5,\"agreement\":90.0,"
                + "\"same_class\":98.0,\"equal_logits\":75.0,\"most_steps\":3.0}");
  }

  @Test
  void whatIsWrittenIsReadBack() {
    assertThat(Summary.parse(summary(of(65.9), 8).json())).isEqualTo(summary(of(65.9), 8));
    assertThat(Summary.parse(summary(NONE, 0).json())).isEqualTo(summary(NONE, 0));
  }

  @Test
  void figuresWithoutLabelsOrNumbersAreNull() throws IOException {
    JsonNode json = new ObjectMapper().readTree(summary(of(Double.NaN), 0).json());
    assertThat(json.get("float_top1").isNull()).isTrue();
    assertThat(json.get("loss_first").isNull()).isTrue();
  }

  @Test
  void otherDocumentsAreRefused() {
    String json = new String(summary(NONE, 0).json(), StandardCharsets.UTF_8);
    for (String other :
        List.of(
            json.replace("\"rounds\" : 0,", ""),
            json.replace("\"rounds\"", "\"round\""),
            json.replace("\"agreement\" : 90.1", "\"agreement\" : \"high\""),
            json + "{}",
            "nothing")) {
      assertThatThrownBy(() -> Summary.parse(other.getBytes(StandardCharsets.UTF_8)))
          .isInstanceOf(EvaluationException.class)
          .hasMessageStartingWith("Cannot read the summary: ");
    }
  }

  @Test
  void theTableSaysItInWords() {
    assertThat(summary(of(65.9), 8).table())
        .isEqualTo(
            """
            mobilenet in 8-bit integers
            per-filter weight thresholds, symmetric activations

                                            float   quantized  fine-tuned
            first guess right (top-1)      65.9 %      65.9 %      65.9 %
            among first five (top-5)       65.9 %      65.9 %      65.9 %
            same first guess as float     100.0 %      82.1 %      90.1 %
            error of logits (RMSE)              0       0.787       0.354
            signal to noise of logits           -     20.0 dB     20.0 dB

            top-1 lost    0.75 points, -1.38 to 2.89 with 95 % confidence (McNemar p = 0.576)
                          28 images right in float only, 23 in integers only
            agreement     90.0 %, 87.5 to 92.1 with 95 % confidence
            on a device   top-1 65.0 % against 65.5 % on the same 200 images, same first guess on 98.0 %: fixed-point kernels
            evaluated on  663 images; 2 unreadable images were skipped
            fine-tuned    on 1759 images, their labels never read: 8 rounds, loss 0.800 to 0.400; training read 12.5 images/s
            time          sample 1.5 s, finetune 60.0 s
            memory        1536 MiB at most; engine reference
            run           run-1
            """);
    assertThat(summary(NONE, 0).table()).contains("the images have no labels", "not at all");
  }

  @Test
  void aTrainingThatBroughtNothingIsNotToldAsALossThatRose() {
    assertThat(summary(of(65.9), 8, 0, 432).table())
        .contains("none of 8 rounds was better than the start, which is kept;")
        .doesNotContain("loss 0.800");
    assertThat(summary(of(65.9), 8, 5, 432).table())
        .contains("8 rounds, loss 0.800 to 0.400; the state after round 5 is kept;");
  }

  @Test
  void aLossBelowZeroIsAGain() {
    assertThat(summary(of(65.9), 8, 8, 440).table())
        .contains("top-1 gained  0.45 points, -1.84 to 2.74 with 95 % confidence")
        .contains("28 images right in float only, 31 in integers only");
    assertThat(summary(of(65.9), 8, 8, 437).table()).contains("top-1 lost    0.00 points");
  }

  @Test
  void whatRoundsToZeroHasNoSign() {
    assertThat(SummaryTable.real("%.1f", OptionalDouble.of(-0.04))).isEqualTo("0.0");
    assertThat(SummaryTable.real("%.1f", OptionalDouble.of(-0.06))).isEqualTo("-0.1");
    assertThat(SummaryTable.real("%.3f", OptionalDouble.of(-20.0))).isEqualTo("-20.000");
  }
}
