package dev.thresher.finetune;

import dev.thresher.finetune.TrainingState.Best;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * A training state as bytes, exactly: every bit of every float comes back.
 *
 * <pre>
 *   int32 magic 'THTS', int32 version 2, UTF network hash, int32 step, optimizer origin, round,
 *   rollbacks, n, float32 scales[n], moments[2 n],
 *   bool is one judged, and if so int32 round, float64 loss, float32 scales[n] of the best,
 *   int64 CRC-32C of all bytes before it                                        (big endian)
 * </pre>
 */
public final class TrainingStateCodec {
  private static final int MAGIC = 0x54485453;
  private static final int VERSION = 2;
  private static final int CHECKSUM_BYTES = Long.BYTES;

  private TrainingStateCodec() {}

  /** The bytes of a state; equal states give equal bytes. */
  public static byte[] encode(TrainingState state) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(MAGIC);
      out.writeInt(VERSION);
      out.writeUTF(state.networkHash());
      out.writeInt(state.step());
      out.writeInt(state.optimizerOrigin());
      out.writeInt(state.round());
      out.writeInt(state.rollbacks());
      float[] scales = state.scales();
      out.writeInt(scales.length);
      writeFloats(out, scales);
      writeFloats(out, state.moments());
      out.writeBoolean(state.best().isPresent());
      if (state.best().isPresent()) {
        out.writeInt(state.best().get().round());
        out.writeDouble(state.best().get().loss());
        writeFloats(out, state.best().get().scales());
      }
      out.writeLong(checksum(bytes.toByteArray(), bytes.size()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /**
   * The state of some bytes.
   *
   * @throws FineTuneException for bytes of another kind or version, or damaged ones
   */
  public static TrainingState decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      if (bytes.length < 2 * Integer.BYTES + CHECKSUM_BYTES || in.readInt() != MAGIC) {
        throw new FineTuneException(
            "Cannot read a training state of " + bytes.length + " bytes: it is of another kind.");
      }
      int version = in.readInt();
      if (version != VERSION) {
        throw new FineTuneException(
            "Cannot read a training state of version "
                + version
                + ": this release reads version "
                + VERSION
                + ". Resume with the release that wrote it, or start a new run.");
      }
      checkSum(bytes);
      return read(in);
    } catch (IOException e) {
      throw new FineTuneException(
          "Cannot read a training state of " + bytes.length + " bytes: it is cut short.", e);
    }
  }

  private static void checkSum(byte[] bytes) {
    int length = bytes.length - CHECKSUM_BYTES;
    long computed = checksum(bytes, length);
    long stored = java.nio.ByteBuffer.wrap(bytes, length, CHECKSUM_BYTES).getLong();
    if (stored != computed) {
      throw new FineTuneException(
          "Cannot use a training state: its checksum is %x, its bytes give %x. It is damaged; fall"
                  .formatted(stored, computed)
              + " back to an earlier checkpoint.");
    }
  }

  private static TrainingState read(DataInputStream in) throws IOException {
    String hash = in.readUTF();
    int step = in.readInt();
    int origin = in.readInt();
    int round = in.readInt();
    int rollbacks = in.readInt();
    int n = in.readInt();
    requireBytes(in, n, 12L * n + 1);
    float[] scales = readFloats(in, n);
    float[] moments = readFloats(in, 2 * n);
    Optional<Best> best = Optional.empty();
    if (in.readBoolean()) {
      requireBytes(in, n, Integer.BYTES + Double.BYTES + 4L * n);
      best = Optional.of(new Best(in.readInt(), in.readDouble(), readFloats(in, n)));
    }
    return new TrainingState(hash, scales, moments, step, origin, round, best, rollbacks);
  }

  private static void requireBytes(DataInputStream in, int n, long wanted) throws IOException {
    if (n < 0 || in.available() < wanted + CHECKSUM_BYTES) {
      throw new FineTuneException(
          "Cannot read a training state of %d scales: %d bytes follow, %d are needed."
              .formatted(n, in.available(), wanted + CHECKSUM_BYTES));
    }
  }

  static void writeFloats(DataOutputStream out, float[] values) throws IOException {
    for (float value : values) {
      out.writeInt(Float.floatToRawIntBits(value));
    }
  }

  static float[] readFloats(DataInputStream in, int count) throws IOException {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = Float.intBitsToFloat(in.readInt());
    }
    return values;
  }

  private static long checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return crc.getValue();
  }
}
