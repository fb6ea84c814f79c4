package dev.thresher.image;

import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_COLOR_RGB;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_IGNORE_ORIENTATION;
import static org.bytedeco.opencv.global.opencv_imgcodecs.imdecode;

import java.util.Optional;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;

/**
 * OpenCV's decoders: 8 bits, three channels, red first, orientation tags ignored as Pillow does.
 */
final class OpenCvCodec {
  /** Decoding runs inside a task that owns one core. */
  private static final int THREADS = 1;

  static {
    opencv_core.setNumThreads(THREADS);
  }

  private OpenCvCodec() {}

  /** The pixels, or empty where OpenCV refuses the file. */
  static Optional<RgbImage> decode(byte[] file) {
    try (BytePointer bytes = new BytePointer(file.length)) {
      bytes.put(file);
      try (Mat encoded = new Mat(1, file.length, opencv_core.CV_8UC1, bytes);
          Mat pixels = imdecode(encoded, IMREAD_COLOR_RGB | IMREAD_IGNORE_ORIENTATION)) {
        return pixels.empty() ? Optional.empty() : Optional.of(copy(pixels));
      }
    } catch (RuntimeException refused) {
      // cv::Exception arrives as RuntimeException; it says nothing that a user could act on.
      return Optional.empty();
    }
  }

  private static RgbImage copy(Mat pixels) {
    int height = pixels.rows();
    int width = pixels.cols();
    byte[] rgb = new byte[Math.multiplyExact(Math.multiplyExact(height, width), 3)];
    BytePointer data = pixels.data();
    if (pixels.isContinuous()) {
      data.get(rgb);
    } else {
      for (int y = 0; y < height; y++) {
        data.position(y * pixels.step()).get(rgb, y * width * 3, width * 3);
      }
    }
    return new RgbImage(height, width, rgb, Codec.OPENCV);
  }
}
