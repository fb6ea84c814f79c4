package dev.thresher.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.network.onnx.OnnxGraphWriter;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.Quantizer;
import java.io.IOException;
import java.util.Set;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;
import org.junit.jupiter.api.Test;

class EncodingsWriterTest {
  private static final int MODELS = 40;

  /** Computes no values of its own: those of its input are encoded, or those of its output. */
  private static final Set<String> WITHOUT_VALUES = Set.of("Flatten", "Reshape");

  @Test
  void everyTensorOfTheFloatFileHasItsEncoding() throws IOException {
    for (long seed = 0; seed < MODELS; seed++) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      QuantizedModel model = Exports.model(random);
      JsonNode encodings = new ObjectMapper().readTree(EncodingsWriter.write(model));
      GraphProto graph =
          ModelProto.parseFrom(
                  OnnxGraphWriter.write(random.graph(), "n", "0", model.origin().properties()))
              .getGraph();
      JsonNode activations = encodings.get("activation_encodings");
      assertThat(activations.has(graph.getInput(0).getName())).isTrue();
      for (NodeProto node : graph.getNodeList()) {
        String output = node.getOutput(0);
        // What a clamp follows is not quantized before it.
        if (!WITHOUT_VALUES.contains(node.getOpType()) && !output.endsWith("/linear")) {
          assertThat(activations.has(output)).as(output).isTrue();
        }
      }
      for (TensorProto constant : graph.getInitializerList()) {
        String name = constant.getName();
        if (name.endsWith("/weight") || name.endsWith("/bias")) {
          int filters = (int) constant.getDims(0);
          assertThat(encodings.get("param_encodings").get(name))
              .as(name)
              .hasSize(model.granularity() == Granularity.PER_TENSOR ? 1 : filters);
        }
      }
    }
  }

  @Test
  void anEncodingSaysTheSameInAllItsWords() throws IOException {
    for (long seed = 0; seed < MODELS; seed++) {
      QuantizedModel model = Exports.model(RandomGraphs.quantized(seed));
      JsonNode encodings = new ObjectMapper().readTree(EncodingsWriter.write(model));
      for (String kind : Set.of("activation_encodings", "param_encodings")) {
        encodings.get(kind).forEach(list -> list.forEach(EncodingsWriterTest::check));
      }
      for (QuantizedTensor tensor : model.tensors().subList(1, model.tensors().size())) {
        Quantizer grid = tensor.quantizer();
        JsonNode encoding = encodings.get("activation_encodings").get(tensor.name()).get(0);
        assertThat(encoding.get("bitwidth").asInt()).isEqualTo(model.activationBits());
        assertThat((float) encoding.get("scale").asDouble()).isEqualTo(grid.scale());
        assertThat((float) encoding.get("min").asDouble()).isEqualTo(grid.dequantize(0));
      }
    }
  }

  private static void check(JsonNode encoding) {
    double scale = encoding.get("scale").asDouble();
    long offset = encoding.get("offset").asLong();
    long levels = (1L << encoding.get("bitwidth").asInt()) - 1;
    assertThat(scale).isPositive();
    assertThat(encoding.get("min").asDouble()).isEqualTo(scale * offset);
    assertThat(encoding.get("max").asDouble()).isEqualTo(scale * (offset + levels));
    assertThat(encoding.get("is_symmetric").asText())
        .isEqualTo(2 * offset == -(levels + 1) ? "True" : "False");
  }
}
