package dev.thresher.export;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;

/** A model in ONNX Runtime: what users run. */
public final class OnnxRuntimeModel implements AutoCloseable {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;

  /** With the optimizations given. */
  public OnnxRuntimeModel(byte[] onnx, OptLevel level) throws OrtException {
    this(onnx, level, null);
  }

  /** Also writes the optimized model, where a path is given. */
  OnnxRuntimeModel(byte[] onnx, OptLevel level, Path optimized) throws OrtException {
    try (SessionOptions options = new SessionOptions()) {
      options.setOptimizationLevel(level);
      options.setIntraOpNumThreads(1);
      // Without VNNI, the default kernels saturate 16-bit sums.
      options.addConfigEntry("session.x64quantprecision", "1");
      if (optimized != null) {
        options.setOptimizedModelFilePath(optimized.toString());
      }
      session = environment.createSession(onnx, options);
    }
  }

  /** [count, classes] of [count, C, H, W]. */
  public float[][] logits(float[] images, long... shape) throws OrtException {
    try (OnnxTensor input = OnnxTensor.createTensor(environment, FloatBuffer.wrap(images), shape);
        OrtSession.Result result = session.run(Map.of("input", input))) {
      return (float[][]) result.get("output").orElseThrow().getValue();
    }
  }

  /** The file's metadata. */
  Map<String, String> metadata() throws OrtException {
    return session.getMetadata().getCustomMetadata();
  }

  @Override
  public void close() throws OrtException {
    session.close();
  }
}
