package dev.thresher.report;

import dev.thresher.image.PreparedImage;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** A small JPEG of a prepared image, as an address that holds its bytes. */
final class Thumbnail {
  private static final int SIDE = 128;
  private static final float QUALITY = 0.8f;
  private static final int CHANNELS = 3;

  private Thumbnail() {}

  /** {@code data:image/jpeg;base64,...} of at most {@value #SIDE} pixels a side. */
  static String dataAddress(PreparedImage image) {
    return "data:image/jpeg;base64," + Base64.getEncoder().encodeToString(jpeg(scaled(image)));
  }

  private static BufferedImage scaled(PreparedImage image) {
    BufferedImage whole = whole(image);
    double factor = Math.min(1, (double) SIDE / Math.max(image.width(), image.height()));
    if (factor == 1) {
      return whole;
    }
    int width = Math.max(1, (int) Math.rint(image.width() * factor));
    int height = Math.max(1, (int) Math.rint(image.height() * factor));
    BufferedImage small = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = small.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    graphics.drawImage(whole, 0, 0, width, height, null);
    graphics.dispose();
    return small;
  }

  private static BufferedImage whole(PreparedImage image) {
    BufferedImage whole =
        new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    byte[] rgb = image.rgb();
    for (int i = 0; i < image.width() * image.height(); i++) {
      int red = rgb[CHANNELS * i] & 0xff;
      int green = rgb[CHANNELS * i + 1] & 0xff;
      int blue = rgb[CHANNELS * i + 2] & 0xff;
      whole.setRGB(i % image.width(), i / image.width(), red << 16 | green << 8 | blue);
    }
    return whole;
  }

  private static byte[] jpeg(BufferedImage image) {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
      ImageWriteParam parameters = writer.getDefaultWriteParam();
      parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      parameters.setCompressionQuality(QUALITY);
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), parameters);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write a thumbnail to memory.", e);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }
}
