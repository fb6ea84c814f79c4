package dev.thresher.image;

import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_COLOR_RGB;
import static org.bytedeco.opencv.global.opencv_imgcodecs.IMREAD_IGNORE_ORIENTATION;
import static org.bytedeco.opencv.global.opencv_imgcodecs.imdecode;

import dev.thresher.tensor.NativeMemory;
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
    NativeMemory.isNotForTheLoaderToLimit();
    opencv_core.setNumThreads(THREADS);
  }

  private OpenCvCodec() {}

  /** The pixels, in memory of OpenCV's, or empty where it refuses the file. */
  static Optional<RgbImage> decode(byte[] file) {
    try (BytePointer bytes = new BytePointer(file.length)) {
      bytes.put(file);
      try (Mat encoded = new Mat(1, file.length, opencv_core.CV_8UC1, bytes)) {
        return image(imdecode(encoded, IMREAD_COLOR_RGB | IMREAD_IGNORE_ORIENTATION));
      }
    } catch (RuntimeException refused) {
      // cv::Exception arrives as RuntimeException; it says nothing that a user could act on.
      return Optional.empty();
    }
  }

  /** The decoded matrix, which is closed with the image, or empty where there is none. */
  private static Optional<RgbImage> image(Mat pixels) {
    if (pixels.empty() || !pixels.isContinuous()) {
      pixels.close();
      return Optional.empty();
    }
    return Optional.of(
        new RgbImage(
            pixels.rows(), pixels.cols(), pixels.createBuffer(), Codec.OPENCV, pixels::close));
  }
}
