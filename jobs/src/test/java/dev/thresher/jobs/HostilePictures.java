package dev.thresher.jobs;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Pictures that cost more than they look. */
final class HostilePictures implements Hostile.Kind {
  @Override
  public List<Hostile> in(Path folder) throws IOException {
    List<Hostile> all = new ArrayList<>();
    all.add(Hostile.picture(folder, "jpeg-9-scans-of-64-megapixels", scans(8192, 3)));
    all.add(Hostile.picture(folder, "jpeg-20000-scans", scans(64, 20_000)));
    byte[] jpeg = jpeg(64);
    all.add(Hostile.picture(folder, "jpeg-65535-pixels-a-side", extent(jpeg)));
    all.add(Hostile.picture(folder, "jpeg-cut-in-its-header", Arrays.copyOf(jpeg, 120)));
    all.add(Hostile.picture(folder, "png-chunk-of-2-gb", png(64, 64, Integer.MAX_VALUE)));
    all.add(Hostile.picture(folder, "png-2-gigapixels", png(46_000, 46_000, 13)));
    all.add(Hostile.picture(folder, "png-of-no-rows", png(1 << 14, 0, 13)));
    all.add(Hostile.picture(folder, "gif-65535-pixels-a-side", gif()));
    all.add(Hostile.picture(folder, "webp-16-million-pixels-a-side", webp()));
    all.add(Hostile.picture(folder, "bmp-of-negative-size", bmp(64, Integer.MIN_VALUE)));
    all.add(Hostile.picture(folder, "bmp-larger-than-its-file", bmp(16_000, 4_000)));
    all.add(Hostile.picture(folder, "text", "root:$y$j9T$secret".getBytes(US_ASCII)));
    Path large = java.nio.file.Files.createDirectories(folder.resolve("3-gb"));
    Hostile.sparse(large.resolve("picture.jpg"), 3L << 30, jpeg);
    all.add(Hostile.images("picture-of-3-gb", large));
    return all;
  }

  private static byte[] jpeg(int side) throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream stream = new MemoryCacheImageOutputStream(out)) {
      writer.setOutput(stream);
      ImageWriteParam progressive = writer.getDefaultWriteParam();
      progressive.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
      BufferedImage grey = new BufferedImage(side, side, BufferedImage.TYPE_BYTE_GRAY);
      writer.write(null, new IIOImage(grey, null, null), progressive);
    } finally {
      writer.dispose();
    }
    return out.toByteArray();
  }

  /** A progressive picture whose last scan is there so many times more. */
  private static byte[] scans(int side, int times) throws IOException {
    byte[] jpeg = jpeg(side);
    int last = jpeg.length - 2;
    while (jpeg[last] != (byte) 0xff || jpeg[last + 1] != (byte) 0xda) {
      last--;
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(jpeg, 0, jpeg.length - 2);
    for (int i = 0; i < times; i++) {
      all.write(jpeg, last, jpeg.length - 2 - last);
    }
    all.write(jpeg, jpeg.length - 2, 2);
    return all.toByteArray();
  }

  private static byte[] extent(byte[] jpeg) {
    byte[] wide = jpeg.clone();
    int at = 0;
    while (wide[at] != (byte) 0xff || wide[at + 1] != (byte) 0xc2) {
      at++;
    }
    Arrays.fill(wide, at + 5, at + 9, (byte) 0xff);
    return wide;
  }

  private static byte[] png(int width, int height, int headerLength) {
    ByteBuffer file = ByteBuffer.allocate(64);
    file.put(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    file.putInt(headerLength).put("IHDR".getBytes(US_ASCII)).putInt(width).putInt(height);
    file.put(new byte[] {8, 2, 0, 0, 0}).putInt(0);
    file.putInt(0).put("IEND".getBytes(US_ASCII)).putInt(0);
    return Arrays.copyOf(file.array(), file.position());
  }

  private static byte[] gif() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY), "gif", out);
    byte[] gif = out.toByteArray();
    Arrays.fill(gif, 6, 10, (byte) 0xff);
    return gif;
  }

  private static byte[] webp() {
    ByteBuffer file = ByteBuffer.allocate(30).order(ByteOrder.LITTLE_ENDIAN);
    file.put("RIFF".getBytes(US_ASCII)).putInt(22).put("WEBPVP8X".getBytes(US_ASCII)).putInt(10);
    return file.putInt(2).putShort((short) -1).putInt(-1).array();
  }

  private static byte[] bmp(int width, int height) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BufferedImage small = new BufferedImage(8, 8, BufferedImage.TYPE_3BYTE_BGR);
    ImageIO.write(small, "bmp", out);
    assert ImageIO.read(new ByteArrayInputStream(out.toByteArray())) != null;
    ByteBuffer file = ByteBuffer.wrap(out.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
    return file.putInt(18, width).putInt(22, height).array();
  }
}
