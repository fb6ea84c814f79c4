package dev.thresher.testing;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;

/** What ONNX Runtime computes for a model: the independent answer that import is held against. */
public final class OnnxOracle {
  private OnnxOracle() {}

  /** The first output for one image, flattened; the input is given in the model's own layout. */
  public static float[] run(byte[] model, float[] image, long... shape) {
    return run((environment, options) -> environment.createSession(model, options), image, shape);
  }

  /** The same for a file, which may have its weights beside it. */
  public static float[] run(Path model, float[] image, long... shape) {
    return run(
        (environment, options) -> environment.createSession(model.toString(), options),
        image,
        shape);
  }

  private interface Opening {
    OrtSession open(OrtEnvironment environment, OrtSession.SessionOptions options)
        throws OrtException;
  }

  private static float[] run(Opening model, float[] image, long... shape) {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      try (OrtSession session = model.open(environment, options);
          OnnxTensor input = OnnxTensor.createTensor(environment, FloatBuffer.wrap(image), shape);
          OrtSession.Result result =
              session.run(Map.of(session.getInputNames().iterator().next(), input))) {
        FloatBuffer buffer = ((OnnxTensor) result.get(0)).getFloatBuffer();
        float[] values = new float[buffer.remaining()];
        buffer.get(values);
        return values;
      }
    } catch (OrtException e) {
      throw new AssertionError("ONNX Runtime refuses the model of the test", e);
    }
  }
}
