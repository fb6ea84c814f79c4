package dev.thresher.network;

import dev.thresher.network.keras.IsolatedKerasReader;
import dev.thresher.network.onnx.ExternalData;
import dev.thresher.network.onnx.OnnxReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Reads a trained float network from a file, whose content tells the format: Keras ({@code .keras}
 * or HDF5) or ONNX.
 *
 * <p>The same bytes, of the file and of those beside it, give the same network. A network whose
 * file leaves height and width open takes the size of the images; where the file fixes them, the
 * size given must agree.
 */
public final class NetworkReader {
  private static final byte[] HDF5 = {(byte) 0x89, 'H', 'D', 'F'};
  private static final byte[] ZIP = {'P', 'K', 3, 4};

  /** Larger files than any mobile network's by far. */
  public static final int LARGEST = 256 << 20;

  private NetworkReader() {}

  /**
   * Reads a file that fixes the size of its images.
   *
   * @throws NetworkFormatException saying what cannot be used, and why
   */
  public static FloatNetwork read(Path file) {
    return read(bytes(file), name(file), OptionalInt.empty(), folder(file));
  }

  /**
   * Reads a file for square images.
   *
   * @param imageSize height and width of the prepared images
   * @throws NetworkFormatException saying what cannot be used, and why
   */
  public static FloatNetwork read(Path file, int imageSize) {
    return read(bytes(file), name(file), OptionalInt.of(imageSize), folder(file));
  }

  private static String name(Path file) {
    return file.getFileName().toString();
  }

  private static ModelFolder folder(Path file) {
    return ModelFolder.of(file.toAbsolutePath().getParent());
  }

  /** Reads the bytes of a model that is one file. */
  public static FloatNetwork read(byte[] bytes, String fileName, OptionalInt imageSize) {
    return read(bytes, fileName, imageSize, ModelFolder.NONE);
  }

  /**
   * Reads the bytes of a file, and the files beside it that it names.
   *
   * @param fileName for messages and the network's name
   * @param imageSize height and width of the prepared images; empty to take the file's own
   * @param folder where the file lies
   * @throws NetworkFormatException saying what cannot be used, and why
   */
  public static FloatNetwork read(
      byte[] bytes, String fileName, OptionalInt imageSize, ModelFolder folder) {
    if (imageSize.isPresent() && imageSize.getAsInt() < 1) {
      throw new IllegalArgumentException(
          "Cannot import " + fileName + " for images of " + imageSize.getAsInt() + " rows.");
    }
    ExternalData external = new ExternalData(folder);
    Graph graph;
    if (startsWith(bytes, HDF5) || startsWith(bytes, ZIP)) {
      graph = IsolatedKerasReader.read(bytes, fileName, imageSize);
    } else {
      refuseOtherFormats(bytes, fileName);
      graph = OnnxReader.read(bytes, fileName, imageSize, external);
    }
    return new FloatNetwork(withoutSuffix(fileName), graph, identity(bytes, external));
  }

  private static byte[] bytes(Path file) {
    if (!Files.exists(file)) {
      throw new NetworkFormatException(
          "Cannot import " + file + ": there is no such file; check the path of the model.");
    }
    if (!Files.isRegularFile(file)) {
      throw new NetworkFormatException(
          "Cannot import " + file + ": it is not a file; give the path of the model itself.");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(LARGEST + 1);
      if (bytes.length > LARGEST) {
        throw new NetworkFormatException(
            "Cannot import " + file + ": it is larger than " + LARGEST + " bytes.");
      }
      return bytes;
    } catch (IOException e) {
      throw new NetworkFormatException("Cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static void refuseOtherFormats(byte[] bytes, String fileName) {
    Optional<String> other = OtherFormat.of(bytes, fileName);
    if (other.isPresent()) {
      throw new NetworkFormatException("Cannot import " + fileName + ": " + other.get());
    }
  }

  static boolean startsWith(byte[] bytes, byte[] prefix) {
    for (int i = 0; i < prefix.length; i++) {
      if (i >= bytes.length || bytes[i] != prefix[i]) {
        return false;
      }
    }
    return true;
  }

  private static String withoutSuffix(String fileName) {
    int dot = fileName.lastIndexOf('.');
    return dot > 0 ? fileName.substring(0, dot) : fileName;
  }

  /** The hash of the file; with files beside it, of the list of all their hashes. */
  private static String identity(byte[] bytes, ExternalData external) {
    String own = sha256(bytes);
    if (external.files().isEmpty()) {
      return own;
    }
    StringBuilder all = new StringBuilder(own);
    external
        .files()
        .forEach((name, data) -> all.append('\n').append(sha256(data)).append("  ").append(name));
    return sha256(all.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
