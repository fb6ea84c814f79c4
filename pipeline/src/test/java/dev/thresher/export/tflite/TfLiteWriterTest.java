package dev.thresher.export.tflite;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.export.Exports;
import dev.thresher.export.ModelFormatException;
import dev.thresher.export.QuantizedModel;
import dev.thresher.export.QuantizedModelReader;
import dev.thresher.export.QuantizedModelWriter;
import dev.thresher.quantize.Granularity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tensorflow.lite.schema.BuiltinOperator;
import org.tensorflow.lite.schema.Model;
import org.tensorflow.lite.schema.Operator;
import org.tensorflow.lite.schema.QuantizationParameters;
import org.tensorflow.lite.schema.SubGraph;
import org.tensorflow.lite.schema.Tensor;
import org.tensorflow.lite.schema.TensorType;

/** The file as its schema reads it. */
class TfLiteWriterTest {
  private static final int MODELS = 60;
  private static final List<Integer> WEIGHTED =
      List.of(BuiltinOperator.CONV_2D, BuiltinOperator.DEPTHWISE_CONV_2D);

  private static List<QuantizedModel> models() {
    List<QuantizedModel> models = new ArrayList<>();
    for (long seed = 0; seed < MODELS; seed++) {
      QuantizedModel model = Exports.model(RandomGraphs.quantized(seed));
      try {
        Int8Network.of(model);
        models.add(model);
      } catch (ModelFormatException e) {
        // A tensor is always zero.
      }
    }
    assertThat(models).hasSizeGreaterThan(MODELS * 9 / 10);
    return models;
  }

  private static Model read(QuantizedModel model, TfLiteInterface ends) {
    ByteBuffer file = ByteBuffer.wrap(TfLiteWriter.write(model, ends));
    assertThat(Model.ModelBufferHasIdentifier(file)).isTrue();
    return Model.getRootAsModel(file);
  }

  @ParameterizedTest
  @EnumSource(TfLiteInterface.class)
  void nothingButTheEndsIsNotAnInteger(TfLiteInterface ends) {
    for (QuantizedModel model : models()) {
      SubGraph graph = read(model, ends).subgraphs(0);
      for (int i = 0; i < graph.tensorsLength(); i++) {
        Tensor tensor = graph.tensors(i);
        boolean end = i == graph.inputs(0) || i == graph.outputs(0);
        if (end) {
          assertThat(tensor.type()).as(tensor.name()).isEqualTo(ends.type());
        } else {
          assertThat(tensor.type()).as(tensor.name()).isIn(TensorType.INT8, TensorType.INT32);
        }
        if (tensor.type() == TensorType.INT8) {
          encoded(tensor);
        }
      }
    }
  }

  private static void encoded(Tensor tensor) {
    QuantizationParameters grid = tensor.quantization();
    assertThat(grid).as(tensor.name()).isNotNull();
    assertThat(grid.zeroPointLength()).as(tensor.name()).isEqualTo(grid.scaleLength());
    assertThat(grid.scaleLength()).as(tensor.name()).isPositive();
    for (int k = 0; k < grid.scaleLength(); k++) {
      assertThat(grid.scale(k)).as(tensor.name()).isPositive().isFinite();
      assertThat(grid.zeroPoint(k)).as(tensor.name()).isBetween(-128L, 127L);
    }
  }

  /** The int8 specification: symmetric weights, biases in steps of input times weight. */
  @Test
  void weightsAndBiasesAreEncodedAsTheSpecificationHasIt() {
    for (QuantizedModel model : models()) {
      Model file = read(model, TfLiteInterface.INT8);
      SubGraph graph = file.subgraphs(0);
      for (int i = 0; i < graph.operatorsLength(); i++) {
        Operator operator = graph.operators(i);
        int code = file.operatorCodes((int) operator.opcodeIndex()).builtinCode();
        if (!WEIGHTED.contains(code)) {
          continue;
        }
        QuantizationParameters in = graph.tensors(operator.inputs(0)).quantization();
        Tensor weight = graph.tensors(operator.inputs(1));
        Tensor bias = graph.tensors(operator.inputs(2));
        int dimension = code == BuiltinOperator.CONV_2D ? 0 : 3;
        int scales = model.granularity() == Granularity.PER_TENSOR ? 1 : weight.shape(dimension);
        assertThat(weight.quantization().scaleLength()).isEqualTo(scales);
        assertThat(weight.quantization().quantizedDimension()).isEqualTo(dimension);
        assertThat(bias.type()).isEqualTo(TensorType.INT32);
        for (int k = 0; k < scales; k++) {
          assertThat(weight.quantization().zeroPoint(k)).isZero();
          assertThat(bias.quantization().zeroPoint(k)).isZero();
          assertThat(bias.quantization().scale(k))
              .isEqualTo(in.scale(0) * weight.quantization().scale(k));
        }
        ByteBuffer data = file.buffers((int) weight.buffer()).dataAsByteBuffer();
        while (data.hasRemaining()) {
          assertThat(data.get()).isNotEqualTo(Byte.MIN_VALUE);
        }
      }
    }
  }

  @Test
  void constantsAreAlignedForDevicesThatReadThemInPlace() {
    byte[] bytes = TfLiteWriter.write(models().get(1), TfLiteInterface.INT8);
    Model file = Model.getRootAsModel(ByteBuffer.wrap(bytes));
    for (int i = 1; i < file.buffersLength(); i++) {
      assertThat(file.buffers(i).dataAsByteBuffer().position() % 16).as("buffer %d", i).isZero();
    }
  }

  @Test
  void theFileSaysWhatMadeItAndWhatRunsIt() throws IOException {
    QuantizedModel model = models().get(1);
    Model file = read(model, TfLiteInterface.FLOAT);
    Map<?, ?> provenance = new ObjectMapper().readValue(metadata(file, "thresher"), Map.class);
    assertThat(provenance.get("thresher.model_sha256")).isEqualTo(Exports.ORIGIN.modelSha256());
    assertThat(provenance).isEqualTo(model.properties());
    assertThat(metadata(file, "min_runtime_version").replace("\0", "")).isIn("1.14.0", "2.9.0");
    assertThat(file.signatureDefs(0).inputs(0).name()).isEqualTo("input");
    assertThat(file.signatureDefs(0).outputs(0).name()).isEqualTo("output");
  }

  private static String metadata(Model file, String name) {
    for (int i = 0; i < file.metadataLength(); i++) {
      if (file.metadata(i).name().equals(name)) {
        ByteBuffer data = file.buffers((int) file.metadata(i).buffer()).dataAsByteBuffer();
        byte[] text = new byte[data.remaining()];
        data.get(text);
        return new String(text, UTF_8);
      }
    }
    throw new AssertionError("no metadata " + name);
  }

  @Test
  void equalModelsGiveEqualBytes() {
    QuantizedModel model = models().get(4);
    QuantizedModel read = QuantizedModelReader.read(QuantizedModelWriter.write(model));
    assertThat(TfLiteWriter.write(read, TfLiteInterface.INT8))
        .isEqualTo(TfLiteWriter.write(model, TfLiteInterface.INT8));
  }

  /** Seed 3 reads a tensor that ReLU leaves nothing of. */
  @Test
  void aConstantTensorIsRefusedByName() {
    QuantizedModel model = Exports.model(RandomGraphs.quantized(3));
    assertThatThrownBy(() -> TfLiteWriter.write(model, TfLiteInterface.INT8))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("Cannot run n5 in int8")
        .hasMessageContaining("calibrate");
  }
}
