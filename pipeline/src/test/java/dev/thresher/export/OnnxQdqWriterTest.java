package dev.thresher.export;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.quantize.Quantizer;
import dev.thresher.tensor.FeatureShape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import onnx.Onnx.GraphProto;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OnnxQdqWriterTest {
  private static final Set<String> SCALED = Set.of("QuantizeLinear", "DequantizeLinear");

  @ParameterizedTest
  @EnumSource(
      value = OptLevel.class,
      names = {"NO_OPT", "ALL_OPT"})
  void onnxRuntimeComputesTheIntegersOfTheModel(OptLevel level) throws OrtException {
    int equal = 0;
    int all = 0;
    for (long seed = 0; seed < 120; seed++) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      QuantizedModel model = Exports.model(random);
      FeatureShape shape = random.graph().inputShape();
      FileIntegers oracle = new FileIntegers(model);
      Quantizer grid = model.tensorsByName().get(model.output()).quantizer();
      try (OnnxRuntimeModel onnx = new OnnxRuntimeModel(OnnxQdqWriter.write(model), level)) {
        for (int i = 0; i < RandomGraphs.IMAGES; i++) {
          float[] image = Exports.channelsFirst(random.image(i), shape);
          int[] wanted = oracle.logits(image);
          float[] given = onnx.logits(image, 1, shape.channels(), shape.height(), shape.width())[0];
          assertThat(given).hasSameSizeAs(wanted);
          for (int k = 0; k < wanted.length; k++) {
            int code = Math.round(given[k] / grid.scale()) + grid.zeroPoint();
            assertThat(Math.abs(code - wanted[k])).as("seed %d logit %d", seed, k).isLessThan(2);
            equal += code == wanted[k] ? 1 : 0;
            all++;
          }
        }
      }
    }
    assertThat(equal).as("equal logits of " + all).isGreaterThan((int) (0.999 * all));
  }

  @Test
  void equalModelsGiveEqualBytes() {
    QuantizedModel model = Exports.model(RandomGraphs.quantized(3));
    QuantizedModel read = QuantizedModelReader.read(QuantizedModelWriter.write(model));
    assertThat(OnnxQdqWriter.write(read)).isEqualTo(OnnxQdqWriter.write(model));
  }

  @Test
  void theFileSaysWhatMadeIt() throws OrtException {
    QuantizedModel model = Exports.model(RandomGraphs.quantized(3));
    try (OnnxRuntimeModel onnx =
        new OnnxRuntimeModel(OnnxQdqWriter.write(model), OptLevel.NO_OPT)) {
      assertThat(onnx.metadata())
          .containsEntry("thresher.model_sha256", Exports.ORIGIN.modelSha256())
          .containsEntry("thresher.seed.run", "7")
          .containsEntry("thresher.rounding", "half-to-even")
          .containsEntry("thresher.scheme", "asymmetric");
    }
  }

  @Test
  void onnxRuntimeFusesEveryOperatorIntoIntegers(@TempDir Path folder) throws Exception {
    for (long seed = 0; seed < 20; seed++) {
      byte[] onnx = OnnxQdqWriter.write(Exports.model(RandomGraphs.quantized(seed)));
      Path optimized = folder.resolve(seed + ".onnx");
      new OnnxRuntimeModel(onnx, OptLevel.EXTENDED_OPT, optimized).close();
      assertThat(operators(Files.readAllBytes(optimized)))
          .as("seed %d", seed)
          .doesNotContain("Conv", "Gemm", "Add", "GlobalAveragePool", "FusedConv");
    }
  }

  @Test
  void realNumbersAreScalesOnly() throws Exception {
    for (long seed = 0; seed < 40; seed++) {
      byte[] onnx = OnnxQdqWriter.write(Exports.model(RandomGraphs.quantized(seed)));
      GraphProto graph = ModelProto.parseFrom(onnx).getGraph();
      Set<String> real =
          graph.getInitializerList().stream()
              .filter(constant -> constant.getDataType() == TensorProto.DataType.FLOAT_VALUE)
              .map(TensorProto::getName)
              .collect(Collectors.toSet());
      for (NodeProto node : graph.getNodeList()) {
        List<String> inputs = node.getInputList();
        boolean scaled = SCALED.contains(node.getOpType());
        for (int i = 0; i < inputs.size(); i++) {
          assertThat(real.contains(inputs.get(i)))
              .as("seed %d, input %d of %s", seed, i, node.getName())
              .isEqualTo(scaled && i == 1);
        }
      }
    }
  }

  private static List<String> operators(byte[] onnx) throws Exception {
    return ModelProto.parseFrom(onnx).getGraph().getNodeList().stream()
        .map(NodeProto::getOpType)
        .toList();
  }
}
