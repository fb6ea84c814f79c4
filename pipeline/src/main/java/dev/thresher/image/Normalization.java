package dev.thresher.image;

import java.io.Serializable;

/**
 * Prepared pixels to the real values that a network reads.
 *
 * <p>y = (x / 255 - mean[c]) / std[c] for channel c, each step rounded to float as torchvision's
 * {@code ToTensor} and {@code Normalize} do, from a table of 256 entries per channel.
 *
 * <p>Output [H, W, 3], channels in the network's order (BGR networks get blue first, and mean[0] is
 * blue's). Real values, finite for every byte. Immutable; three loads and stores for each pixel.
 */
public final class Normalization implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final int CHANNELS = Preprocessing.CHANNELS;

  private final float[][] tables = new float[CHANNELS][256];
  private final int[] source = new int[CHANNELS];

  /** Makes the tables. */
  public Normalization(Preprocessing preprocessing) {
    for (int c = 0; c < CHANNELS; c++) {
      boolean reversed = preprocessing.channelOrder() == ChannelOrder.BGR;
      source[c] = reversed ? CHANNELS - 1 - c : c;
      float mean = preprocessing.mean().get(c).floatValue();
      float std = preprocessing.std().get(c).floatValue();
      for (int x = 0; x < 256; x++) {
        tables[c][x] = (x / 255f - mean) / std;
      }
    }
  }

  /** The value that byte {@code x} of the network's channel {@code channel} stands for. */
  public float value(int channel, int x) {
    return tables[channel][x];
  }

  /** Number of floats that an image takes. */
  public static int size(PreparedImage image) {
    return image.pixels().length;
  }

  /**
   * Writes an image.
   *
   * @param out receives {@link #size} values, [H, W, 3]
   * @param offset where the first value goes
   */
  public void write(PreparedImage image, float[] out, int offset) {
    write(image.pixels(), out, offset);
  }

  /**
   * Writes the pixels of an image, for readers that know nothing else of it.
   *
   * @param rgb red, green, blue, [H, W, 3]
   * @param out receives as many values, [H, W, 3], channels in the network's order
   * @param offset where the first value goes
   */
  public void write(byte[] rgb, float[] out, int offset) {
    float[] first = tables[0];
    float[] second = tables[1];
    float[] third = tables[2];
    for (int i = 0; i < rgb.length; i += CHANNELS) {
      out[offset + i] = first[rgb[i + source[0]] & 0xff];
      out[offset + i + 1] = second[rgb[i + source[1]] & 0xff];
      out[offset + i + 2] = third[rgb[i + source[2]] & 0xff];
    }
  }
}
