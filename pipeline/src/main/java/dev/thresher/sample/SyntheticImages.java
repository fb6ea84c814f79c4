package dev.thresher.sample;

import dev.thresher.tensor.NativeMemory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.global.opencv_imgcodecs;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * Draws a small labelled set of JPEG pictures in the ImageNet layout, for tests and the quick
 * start.
 *
 * <p>Class c of C is a figure (disc, ring, square, cross, stripes down, stripes across, checks,
 * gradient) in a hue of its own; place, size, hue, contrast, background and noise vary by the seed,
 * so much that a small network errs on some. The same arguments give the same pictures. About 1 ms
 * for a picture of 64 x 64 pixels.
 *
 * @param classes 1 to 1000; figures repeat in other hues after the eighth
 * @param imagesPerClass at least 1
 * @param side shorter side of the pictures in pixels, at least 8; the longer is up to a half more
 * @param seed of everything that varies
 */
public record SyntheticImages(int classes, int imagesPerClass, int side, long seed) {
  /** Beside the folders: one line {@code wnid name} for each class, in label order. */
  public static final String LABELS = "synset_words.txt";

  static {
    NativeMemory.isNotForTheLoaderToLimit();
  }

  private static final int MAX_CLASSES = 1000;
  private static final int QUALITY = 90;
  private static final double NOISE = 300;

  private enum Figure {
    DISC,
    RING,
    SQUARE,
    CROSS,
    STRIPES_DOWN,
    STRIPES_ACROSS,
    CHECKS,
    GRADIENT;

    /** How much of the figure's colour is at (u, v), both about [-1, 1] from its centre. */
    double cover(double u, double v) {
      return switch (this) {
        case DISC -> u * u + v * v < 0.5 ? 1 : 0;
        case RING -> Math.abs(u * u + v * v - 0.45) < 0.22 ? 1 : 0;
        case SQUARE -> Math.max(Math.abs(u), Math.abs(v)) < 0.6 ? 1 : 0;
        case CROSS -> Math.min(Math.abs(u), Math.abs(v)) < 0.22 ? 1 : 0;
        case STRIPES_DOWN -> Math.floorMod((int) Math.floor(u * 4), 2);
        case STRIPES_ACROSS -> Math.floorMod((int) Math.floor(v * 4), 2);
        case CHECKS -> Math.floorMod((int) Math.floor(u * 3) + (int) Math.floor(v * 3), 2);
        case GRADIENT -> Math.max(0, Math.min(1, (u + v + 2) / 4));
      };
    }
  }

  /** Refuses counts and sizes below the least. */
  public SyntheticImages {
    if (classes < 1 || classes > MAX_CLASSES || imagesPerClass < 1 || side < 8) {
      throw new IllegalArgumentException(
          "Cannot draw %d classes of %d pictures of %d pixels: draw 1 to %d classes, at least 1 picture of each, at least 8 pixels."
              .formatted(classes, imagesPerClass, side, MAX_CLASSES));
    }
  }

  /** The WordNet-like id of a class: sorts as the labels do. */
  public static String wnid(int label) {
    return "n9%07d".formatted(label);
  }

  /** Writes {@code <folder>/<wnid>/<wnid>_<k>.JPEG} and the labels file. */
  public void write(Path folder) throws IOException {
    StringBuilder labels = new StringBuilder();
    for (int label = 0; label < classes; label++) {
      Path classFolder = Files.createDirectories(folder.resolve(wnid(label)));
      for (int k = 0; k < imagesPerClass; k++) {
        Files.write(classFolder.resolve("%s_%d.JPEG".formatted(wnid(label), k)), jpeg(label, k));
      }
      Figure figure = Figure.values()[label % Figure.values().length];
      labels.append("%s %s %d\n".formatted(wnid(label), figure, label));
    }
    Files.writeString(folder.resolve(LABELS), labels, StandardCharsets.UTF_8);
  }

  /** Picture {@code index} of class {@code label}, as a JPEG file. */
  public byte[] jpeg(int label, int index) {
    String name = "%d/%d".formatted(label, index);
    SplittableRandom random = new SplittableRandom(new SeededHash(seed).of("picture", name));
    int width = side + random.nextInt(side / 2 + 1);
    int height = width > side ? side : side + random.nextInt(side / 2 + 1);
    return encode(draw(label, height, width, random), height, width);
  }

  private byte[] draw(int label, int height, int width, SplittableRandom random) {
    Figure figure = Figure.values()[label % Figure.values().length];
    double hue = (label + 0.9 * (random.nextDouble() - 0.5)) / classes;
    double contrast = 0.1 + 0.5 * random.nextDouble();
    double ground = 30 + 60 * random.nextDouble();
    double radius = side * (0.3 + 0.2 * random.nextDouble());
    double left = width * (0.4 + 0.2 * random.nextDouble());
    double top = height * (0.4 + 0.2 * random.nextDouble());
    byte[] bgr = new byte[height * width * 3];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        double cover = figure.cover((x - left) / radius, (y - top) / radius);
        for (int c = 0; c < 3; c++) {
          double colour = 60 + 190 * wave(hue + (2 - c) / 3.0);
          double noise = NOISE * (random.nextDouble() - 0.5);
          double value = ground + contrast * cover * (colour - ground) + noise;
          bgr[(y * width + x) * 3 + c] = (byte) Math.max(0, Math.min(255, Math.rint(value)));
        }
      }
    }
    return bgr;
  }

  /** A hue wheel of triangles: no transcendental function, so the same on every machine. */
  private static double wave(double turn) {
    double t = turn - Math.floor(turn);
    return Math.max(0, Math.min(1, 2 - Math.abs(6 * t - 3)));
  }

  private static byte[] encode(byte[] bgr, int height, int width) {
    try (BytePointer pixels = new BytePointer(bgr);
        Mat image = new Mat(height, width, opencv_core.CV_8UC3, pixels);
        BytePointer file = new BytePointer();
        IntPointer quality = new IntPointer(opencv_imgcodecs.IMWRITE_JPEG_QUALITY, QUALITY)) {
      opencv_imgcodecs.imencode(".jpg", image, file, quality);
      byte[] bytes = new byte[Math.toIntExact(file.limit())];
      file.get(bytes);
      return bytes;
    }
  }
}
