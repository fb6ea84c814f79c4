package dev.thresher.image;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import javax.imageio.ImageIO;

/** The picture of regenerate.py, and the hashes that its golden file holds. */
final class Drawn {
  private Drawn() {}

  static byte[] png(int width, int height) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int red = x * 255 / Math.max(1, width - 1);
        int green = y * 255 / Math.max(1, height - 1);
        int blue = (int) (((long) x * x + 3L * y) % 256);
        image.setRGB(x, y, red << 16 | green << 8 | blue);
      }
    }
    try (ByteArrayOutputStream out = new ByteArrayOutputStream()) {
      ImageIO.write(image, "png", out);
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All pixels of an image, which is closed. */
  static byte[] rgb(RgbImage image) {
    int row = image.width() * Preprocessing.CHANNELS;
    byte[] rgb = new byte[image.height() * row];
    try (image) {
      for (int y = 0; y < image.height(); y++) {
        image.copy(y, 0, image.width(), rgb, y * row);
      }
    }
    return rgb;
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
