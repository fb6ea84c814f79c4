package dev.thresher.network.keras;

import dev.thresher.network.NetworkFormatException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * A {@code .keras} file, which Keras 3 writes by default: a ZIP archive of the configuration and of
 * the weights as HDF5.
 */
final class KerasArchive {
  private static final String CONFIGURATION = "config.json";
  private static final String WEIGHTS = "model.weights.h5";

  /** Keras writes three, and a few for the vocabularies of texts. */
  private static final int MOST_ENTRIES = 1000;

  private static final int LARGEST_CONFIGURATION = 32 << 20;

  /** Unpacked, all entries together: weights of networks for phones take 50 MB. */
  private static final long LARGEST = 512L << 20;

  private static final int BUFFER = 1 << 16;

  private final byte[] configuration;
  private final byte[] weights;

  private KerasArchive(byte[] configuration, byte[] weights) {
    this.configuration = configuration;
    this.weights = weights;
  }

  /** The configuration, JSON. */
  byte[] configuration() {
    return configuration;
  }

  /** The weights, an HDF5 file. */
  byte[] weights() {
    return weights;
  }

  /** Whether bytes begin as a ZIP archive does. */
  static boolean isZip(byte[] bytes) {
    return bytes.length > 3 && bytes[0] == 'P' && bytes[1] == 'K' && bytes[2] == 3 && bytes[3] == 4;
  }

  /**
   * Unpacks an archive.
   *
   * @param model name of the file, for messages
   * @throws NetworkFormatException where it is something else, or takes too much
   */
  static KerasArchive of(byte[] bytes, String model) {
    Map<String, byte[]> found = new HashMap<>();
    boolean torch = false;
    long left = LARGEST;
    int entries = 0;
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(bytes))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        if (++entries > MOST_ENTRIES) {
          throw refuse(model, "its archive has more than " + MOST_ENTRIES + " entries.");
        }
        String name = entry.getName();
        torch |= name.endsWith("/data.pkl") || name.endsWith("/version");
        byte[] content =
            content(zip, name.equals(CONFIGURATION) ? LARGEST_CONFIGURATION : left, model);
        left -= content.length;
        boolean wanted = name.equals(CONFIGURATION) || name.equals(WEIGHTS);
        if (wanted && found.put(name, content) != null) {
          throw refuse(model, "its archive holds " + name + " twice.");
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      throw refuse(model, "its ZIP archive is damaged (" + e.getMessage() + "); copy it anew.");
    }
    if (found.size() == 2) {
      return new KerasArchive(found.get(CONFIGURATION), found.get(WEIGHTS));
    }
    throw refuse(
        model,
        torch
            ? "it is PyTorch's own format, which holds Python objects. Export the network:"
                + " torch.onnx.export(model.eval(), (torch.zeros(1, 3, 224, 224),), 'model.onnx')."
            : "it is a ZIP archive without "
                + CONFIGURATION
                + " and "
                + WEIGHTS
                + ", so no model of Keras 3; give an ONNX file, or what model.save('NAME.keras') writes.");
  }

  private static byte[] content(ZipInputStream zip, long most, String model) throws IOException {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    byte[] buffer = new byte[BUFFER];
    for (int read = zip.read(buffer); read >= 0; read = zip.read(buffer)) {
      content.write(buffer, 0, read);
      if (content.size() > most) {
        throw refuse(model, "its archive unpacks to more than " + (LARGEST >> 20) + " MiB.");
      }
    }
    return content.toByteArray();
  }

  private static NetworkFormatException refuse(String model, String reason) {
    return new NetworkFormatException("Cannot import " + model + ": " + reason);
  }
}
