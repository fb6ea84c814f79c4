package dev.thresher.finetune;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** What one shard brings back from a round: all that travels from an executor to the driver. */
public sealed interface ShardOutcome {
  /** The shard, counted from 0. */
  int shard();

  /** Images that the shard has read in the round. */
  long images();

  /** Seconds that the shard has worked; not part of any result. */
  double seconds();

  /**
   * A shard that took all its steps.
   *
   * @param scales trained vector after the last step, [n]
   * @param moments Adam's moments after the last step, [2 n]
   * @param optimizerOrigin step at which the moments were last cleared
   * @param loss mean loss of the steps
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Trained(
      int shard,
      long images,
      double seconds,
      float[] scales,
      float[] moments,
      int optimizerOrigin,
      double loss)
      implements ShardOutcome {}

  /**
   * A shard that met NaN or infinity and stopped.
   *
   * @param step at which it was met
   * @param what was not finite: {@code loss NaN}, {@code scale 17 Infinity}
   */
  record NonFinite(int shard, long images, double seconds, int step, String what)
      implements ShardOutcome {}

  /** The outcome as bytes, exactly. */
  default byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(shard());
      out.writeLong(images());
      out.writeDouble(seconds());
      out.writeBoolean(this instanceof Trained);
      if (this instanceof Trained trained) {
        out.writeInt(trained.optimizerOrigin());
        out.writeDouble(trained.loss());
        out.writeInt(trained.scales().length);
        writeFloats(out, trained.scales());
        writeFloats(out, trained.moments());
      } else if (this instanceof NonFinite bad) {
        out.writeInt(bad.step());
        out.writeUTF(bad.what());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** The outcome of bytes that {@link #encode} made. */
  static ShardOutcome decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int shard = in.readInt();
      long images = in.readLong();
      double seconds = in.readDouble();
      if (!in.readBoolean()) {
        return new NonFinite(shard, images, seconds, in.readInt(), in.readUTF());
      }
      int origin = in.readInt();
      double loss = in.readDouble();
      int n = in.readInt();
      float[] scales = readFloats(in, n);
      float[] moments = readFloats(in, 2 * n);
      return new Trained(shard, images, seconds, scales, moments, origin, loss);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void writeFloats(DataOutputStream out, float[] values) throws IOException {
    for (float value : values) {
      out.writeInt(Float.floatToRawIntBits(value));
    }
  }

  private static float[] readFloats(DataInputStream in, int count) throws IOException {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = Float.intBitsToFloat(in.readInt());
    }
    return values;
  }
}
