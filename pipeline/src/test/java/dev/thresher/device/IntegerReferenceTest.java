package dev.thresher.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.export.Exports;
import dev.thresher.export.ModelFormatException;
import dev.thresher.export.Python;
import dev.thresher.export.QuantizedModel;
import dev.thresher.export.tflite.TfLiteInterface;
import dev.thresher.export.tflite.TfLiteWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The arithmetic of devices, against the runtime that defines it. */
class IntegerReferenceTest {
  private static final int MODELS = 150;

  /** Networks with a tensor that is always zero have no int8 form: few. */
  private static final int LEAST_MODELS = 140;

  @Test
  void litertsReferenceKernelsComputeTheSameBytes(@TempDir Path folder) throws Exception {
    List<Long> seeds = new ArrayList<>();
    for (long seed = 0; seed < MODELS; seed++) {
      if (write(folder, seed)) {
        seeds.add(seed);
      }
    }
    assertThat(seeds).hasSizeGreaterThanOrEqualTo(LEAST_MODELS);
    Python.run("litert.py", folder);
    long equal = 0;
    long all = 0;
    for (long seed : seeds) {
      byte[] expected = read(folder, seed + ".expected");
      assertThat(read(folder, seed + ".reference")).as("seed %d", seed).isEqualTo(expected);
      byte[] optimized = read(folder, seed + ".default");
      for (int i = 0; i < expected.length; i++) {
        equal += expected[i] == optimized[i] ? 1 : 0;
        all++;
      }
    }
    // Optimized kernels round elsewhere; of few bits, one step less is much in the next layer.
    assertThat(equal).as("equal of %d", all).isGreaterThan(all * 85 / 100);
  }

  @Test
  void otherInterfacesOfTheFileGiveTheSameValues(@TempDir Path folder) throws Exception {
    RandomGraphs.Case random = RandomGraphs.quantized(5);
    QuantizedModel model = Exports.model(random);
    IntegerReference reference = IntegerReference.of(model);
    float[] image = random.image(0);
    byte[] codes = reference.codes(image);
    float[] logits = new float[codes.length];
    reference.logits(image, 1, logits);
    write(folder, "uint8", model, TfLiteInterface.UINT8, shifted(reference.quantize(image)));
    write(folder, "float", model, TfLiteInterface.FLOAT, bytes(image));
    Python.run("litert.py", folder, "reference");
    assertThat(read(folder, "uint8.reference")).isEqualTo(shifted(codes));
    assertThat(read(folder, "float.reference")).isEqualTo(bytes(logits));
  }

  private static void write(
      Path folder, String name, QuantizedModel model, TfLiteInterface ends, byte[] input)
      throws IOException {
    Files.write(folder.resolve(name + ".tflite"), TfLiteWriter.write(model, ends));
    Files.write(folder.resolve(name + ".input"), input);
  }

  /** Signed codes as unsigned ones: 128 more. */
  private static byte[] shifted(byte[] codes) {
    byte[] shifted = new byte[codes.length];
    for (int i = 0; i < codes.length; i++) {
      shifted[i] = (byte) (codes[i] + 128);
    }
    return shifted;
  }

  private static byte[] bytes(float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }

  private static boolean write(Path folder, long seed) throws IOException {
    RandomGraphs.Case random = RandomGraphs.quantized(seed);
    QuantizedModel model = Exports.model(random);
    IntegerReference reference;
    try {
      reference = IntegerReference.of(model);
    } catch (ModelFormatException e) {
      assertThat(e).hasMessageContaining("almost) constant");
      return false;
    }
    ByteArrayOutputStream in = new ByteArrayOutputStream();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < RandomGraphs.IMAGES; i++) {
      in.writeBytes(reference.quantize(random.image(i)));
      out.writeBytes(reference.codes(random.image(i)));
    }
    Files.write(folder.resolve(seed + ".tflite"), TfLiteWriter.write(model, TfLiteInterface.INT8));
    Files.write(folder.resolve(seed + ".input"), in.toByteArray());
    Files.write(folder.resolve(seed + ".expected"), out.toByteArray());
    return true;
  }

  private static byte[] read(Path folder, String name) throws IOException {
    return Files.readAllBytes(folder.resolve(name));
  }
}
