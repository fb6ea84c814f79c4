package dev.thresher.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.IntegerNode;
import dev.thresher.engine.IntegerOperator;
import dev.thresher.engine.IntegerWeights;
import dev.thresher.engine.testing.NaiveInteger;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.quantize.Quantizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantizedModelFilesTest {
  @Test
  void realNumbersAreScalesAndMultipliersOnly() throws IOException {
    for (long seed = 0; seed < 20; seed++) {
      QuantizedModelFiles files =
          QuantizedModelWriter.write(Exports.model(RandomGraphs.quantized(seed)));
      for (JsonNode node : new ObjectMapper().readTree(files.json()).get("nodes")) {
        node.fields()
            .forEachRemaining(
                field -> {
                  if (field.getValue().path("type").asText().equals("float32")) {
                    assertThat(field.getKey()).isIn("weight_scales", "multipliers");
                  }
                });
        if (node.has("weights")) {
          assertThat(node.at("/weights/type").asText()).isEqualTo("int8");
          assertThat(node.at("/bias/type").asText()).isEqualTo("int32");
        }
      }
    }
  }

  private final QuantizedModel model = Exports.model(RandomGraphs.quantized(5));

  @Test
  void whatIsWrittenIsReadBackExactlyAndWritesTheSameBytes() {
    for (long seed = 0; seed < 40; seed++) {
      QuantizedModel written = Exports.model(RandomGraphs.quantized(seed));
      QuantizedModelFiles files = QuantizedModelWriter.write(written);
      QuantizedModel read = QuantizedModelReader.read(files);
      assertThat(read).as("seed " + seed).isEqualTo(written);
      QuantizedModelFiles again = QuantizedModelWriter.write(read);
      assertThat(again.json()).isEqualTo(files.json());
      assertThat(again.blob()).isEqualTo(files.blob());
    }
  }

  @Test
  void theFilesAloneGiveTheLogitsOfTheEngine() {
    for (long seed = 0; seed < 60; seed++) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      IntegerNetwork network = IntegerNetwork.of(random.network(), random.scales());
      QuantizedModel read =
          QuantizedModelReader.read(QuantizedModelWriter.write(Exports.model(random)));
      FileIntegers files = new FileIntegers(read);
      Quantizer grid = network.quantizer(random.graph().output());
      for (int i = 0; i < RandomGraphs.IMAGES; i++) {
        float[] wanted = NaiveInteger.logits(network, random.image(i));
        int[] codes =
            files.logits(Exports.channelsFirst(random.image(i), random.graph().inputShape()));
        for (int k = 0; k < wanted.length; k++) {
          assertThat(grid.dequantize(codes[k])).as("seed " + seed).isEqualTo(wanted[k]);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"version\" : 1 | \"version\" : 2 | model.json.version: it is 2, 1 is needed",
        "half-to-even | half-up | model.json.rounding: it is 'half-up', 'half-to-even' is needed",
        "\"scheme\" | \"schema\" | quantization.scheme: it is missing",
        "\"rounding\" | \"rounds\" : 1, \"rounding\" | model.json.rounds: version 1 has no such field",
        "\"granularity\" : \"per-filter\" | \"granularity\" : \"some\" | per-tensor or per-filter",
        "\"signed\" : false | \"signed\" : true | tensors[0].signed: false is needed",
        "\"zero_point\" : 64 | \"zero_point\" : 300 | with zero point 300",
        "\"operator\" : \"fully | \"operator\" : \"softly | no operator 'softly-connected'",
        "\"offset\" : 0 | \"offset\" : 4 | weights.offset: it is 4, 0 is needed",
        "\"inputs\" : [ \"input\" ] | \"inputs\" : [ \"inpt\" ] | its input inpt is not computed",
        "\"scale\" : | \"scale\" : 0.1, \"zscale\" : | a number that a float32 holds exactly",
        "{ | [ | Cannot read model.json",
      })
  void contradictionsAreRefusedByPlace(String from, String to, String message) {
    assertRefused(json -> json.replaceFirst(quote(from), to), message);
  }

  private static String quote(String text) {
    return java.util.regex.Pattern.quote(text);
  }

  private void assertRefused(UnaryOperator<String> change, String message) {
    QuantizedModelFiles files = QuantizedModelWriter.write(model);
    String json = new String(files.json(), StandardCharsets.UTF_8);
    String changed = change.apply(json);
    assertThat(changed).isNotEqualTo(json);
    assertThatThrownBy(
            () ->
                QuantizedModelReader.read(
                    new QuantizedModelFiles(
                        changed.getBytes(StandardCharsets.UTF_8), files.blob())))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aChangedOrShortenedBlobIsRefused() {
    QuantizedModelFiles files = QuantizedModelWriter.write(model);
    byte[] changed = files.blob().clone();
    changed[changed.length / 2] ^= 1;
    assertThatThrownBy(
            () -> QuantizedModelReader.read(new QuantizedModelFiles(files.json(), changed)))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("sha256");
    byte[] shorter = java.util.Arrays.copyOf(changed, changed.length - 1);
    assertThatThrownBy(
            () -> QuantizedModelReader.read(new QuantizedModelFiles(files.json(), shorter)))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("blob.bytes");
  }

  @Test
  void anIncompleteEncodingIsRefusedBeforeAnythingIsWritten() {
    List<QuantizedTensor> tensors = new ArrayList<>(model.tensors());
    QuantizedTensor dropped = tensors.remove(2);
    assertThatThrownBy(() -> with(tensors, model.nodes()))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining(dropped.name())
        .hasMessageContaining("no scale and zero point");
    tensors.add(2, new QuantizedTensor(dropped.name(), dropped.shape(), null));
    assertThatThrownBy(() -> with(tensors, model.nodes()))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("no scale and zero point");
  }

  @Test
  void aMultiplierThatIsNotThatOfTheScalesIsRefused() {
    List<IntegerNode> nodes = new ArrayList<>(model.nodes());
    IntegerNode last = nodes.remove(nodes.size() - 1);
    IntegerWeights w = ((IntegerOperator.FullyConnected) last.operator()).weights();
    float[] multipliers = w.multipliers();
    multipliers[0] = Math.nextUp(multipliers[0]);
    IntegerWeights other =
        new IntegerWeights(w.shape(), w.codes(), w.scales(), w.bias(), multipliers);
    nodes.add(
        new IntegerNode(
            last.name(),
            new IntegerOperator.FullyConnected(other),
            last.activation(),
            last.lower(),
            last.upper(),
            last.inputs()));
    assertThatThrownBy(() -> with(model.tensors(), nodes))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("its multiplier is");
  }

  private QuantizedModel with(List<QuantizedTensor> tensors, List<IntegerNode> nodes) {
    return new QuantizedModel(
        model.origin(),
        model.granularity(),
        model.scheme(),
        model.weightBits(),
        model.activationBits(),
        tensors,
        nodes);
  }
}
