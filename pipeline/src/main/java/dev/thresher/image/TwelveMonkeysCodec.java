package dev.thresher.image;

import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * JPEG through TwelveMonkeys' reader, for what OpenCV gets wrong (four components) or refuses. A
 * file that ends before its last row is refused: the reader fills what is missing with grey, and
 * warns.
 *
 * <p>Reads the stored components and converts them here with libjpeg's and Pillow's formulas: the
 * reader's own conversion follows embedded colour profiles, which Pillow ignores.
 */
final class TwelveMonkeysCodec {
  /** Fixed point of libjpeg's jdcolor.c. */
  private static final int SCALE_BITS = 16;

  private static final int HALF = 1 << (SCALE_BITS - 1);

  private TwelveMonkeysCodec() {}

  /** The pixels; throws where this reader refuses the file too. */
  static RgbImage decode(byte[] file, ImageHeader header, Codec reason) {
    Raster raster = read(file);
    int width = raster.getWidth();
    int height = raster.getHeight();
    int bands = raster.getNumBands();
    byte[] rgb = new byte[Math.multiplyExact(Math.multiplyExact(height, width), 3)];
    int[] row = new int[width * bands];
    int[] colour = new int[4];
    for (int y = 0; y < height; y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int x = 0; x < width; x++) {
        System.arraycopy(row, x * bands, colour, 0, Math.min(4, bands));
        toRgb(colour, bands, header.colours());
        for (int c = 0; c < 3; c++) {
          rgb[3 * (y * width + x) + c] = (byte) colour[c];
        }
      }
    }
    return RgbImage.of(height, width, rgb, reason);
  }

  private static Raster read(byte[] file) {
    ImageReader reader = null;
    try (ImageInputStream stream =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
      reader = Provider.SPI.createReaderInstance();
      reader.setInput(stream, true, true);
      List<String> warnings = new ArrayList<>();
      reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
      Raster raster = reader.readRaster(0, null);
      if (!warnings.isEmpty()) {
        throw new ImageFormatException(
            "the JPEG data are damaged or end early: " + warnings.get(0));
      }
      return raster;
    } catch (IOException | RuntimeException e) {
      throw new ImageFormatException("the JPEG data cannot be decoded: " + e.getMessage(), e);
    } finally {
      if (reader != null) {
        reader.dispose();
      }
    }
  }

  private static void toRgb(int[] colour, int bands, ImageHeader.Colours colours) {
    if (bands == 1) {
      colour[1] = colour[0];
      colour[2] = colour[0];
      return;
    }
    if (colours == ImageHeader.Colours.LUMA_CHROMA) {
      fromLumaChroma(colour);
    }
    if (bands == 4) {
      fromInk(colour, colours);
    }
  }

  /** ITU T.871 in libjpeg's 16-bit fixed point. */
  private static void fromLumaChroma(int[] colour) {
    int y = colour[0];
    int cb = colour[1] - 128;
    int cr = colour[2] - 128;
    colour[0] = clip(y + ((fix(1.40200) * cr + HALF) >> SCALE_BITS));
    colour[1] = clip(y + ((-fix(0.34414) * cb - fix(0.71414) * cr + HALF) >> SCALE_BITS));
    colour[2] = clip(y + ((fix(1.77200) * cb + HALF) >> SCALE_BITS));
  }

  /**
   * Pillow takes every four-component JPEG for inverted (Adobe's convention): r = k - (255 - c) k /
   * 255 on stored values, which for stored YCCK has the red of the luma and chroma as 255 - c.
   */
  private static void fromInk(int[] colour, ImageHeader.Colours colours) {
    int light = colour[3];
    for (int c = 0; c < 3; c++) {
      boolean converted = colours == ImageHeader.Colours.LUMA_CHROMA;
      int ink = converted ? colour[c] : 255 - colour[c];
      int product = ink * light + 128;
      colour[c] = clip(light - ((product + (product >> 8)) >> 8));
    }
  }

  private static int fix(double x) {
    return (int) (x * (1 << SCALE_BITS) + 0.5);
  }

  private static int clip(int x) {
    return Math.max(0, Math.min(255, x));
  }

  /** Looked up without ImageIO's class path scan, which Spark's class loaders would defeat. */
  private static final class Provider {
    static final JPEGImageReaderSpi SPI = provider();

    private static JPEGImageReaderSpi provider() {
      IIORegistry registry = IIORegistry.getDefaultInstance();
      JPEGImageReaderSpi known = registry.getServiceProviderByClass(JPEGImageReaderSpi.class);
      if (known != null) {
        return known;
      }
      JPEGImageReaderSpi registered = new JPEGImageReaderSpi();
      registry.registerServiceProvider(registered);
      return registered;
    }
  }
}
