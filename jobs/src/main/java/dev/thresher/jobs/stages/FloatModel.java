package dev.thresher.jobs.stages;

import dev.thresher.fold.FoldedNetwork;
import dev.thresher.fold.Folder;
import dev.thresher.image.Preprocessing;
import dev.thresher.jobs.BadInputException;
import dev.thresher.jobs.Context;
import dev.thresher.jobs.UsageException;
import dev.thresher.jobs.config.Nearest;
import dev.thresher.jobs.config.Settings;
import dev.thresher.network.FloatNetwork;
import dev.thresher.network.InputScaling;
import dev.thresher.network.ModelFolder;
import dev.thresher.network.NetworkFormatException;
import dev.thresher.network.NetworkReader;
import dev.thresher.network.OtherFormat;
import dev.thresher.sample.ImageFiles;
import dev.thresher.tensor.FeatureShape;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;

/** Reads the network of model.path and holds it against the preprocessing. */
public final class FloatModel {
  /** Networks are trained on pixels that spread over some units: [0, 1] is the least in use. */
  private static final double LEAST_SPREAD = 0.5;

  private FloatModel() {}

  /** The network without regard to images: of its own size, or of the crop where it has none. */
  public static FoldedNetwork folded(Settings settings, SortedMap<String, String> hadoop) {
    String path = path(settings);
    byte[] bytes = bytes(hadoop, path);
    ModelFolder folder = folder(hadoop, path);
    try {
      return folded(path, NetworkReader.read(bytes, fileName(path), OptionalInt.empty(), folder));
    } catch (NetworkFormatException e) {
      return folded(path, NetworkReader.read(bytes, fileName(path), crop(settings), folder));
    }
  }

  /**
   * What is said where the configured preprocessing is probably done twice: once by Thresher, and
   * once more by the network.
   */
  static Optional<String> doubt(Context context) {
    Preprocessing preprocessing = context.settings().model().preprocessing();
    double least = Collections.min(preprocessing.std());
    return InputScaling.of(read(context).graph())
        .filter(scaling -> scaling.steepest() / least < LEAST_SPREAD)
        .map(
            scaling ->
                "the network scales its input itself (node %s), and model.preprocessing scales the pixels before: black and white differ by %.3f after both. If the network was trained on pixels from 0 to 255, set model.preprocessing = imagenet-zero-to-255, or mean = [0, 0, 0] and std = [0.0039215686, 0.0039215686, 0.0039215686] with your resize and crop"
                    .formatted(scaling.node(), scaling.steepest() / least));
  }

  private static FloatNetwork read(Context context) {
    String path = path(context.settings());
    return NetworkReader.read(
        bytes(context.hadoopSettings(), path),
        fileName(path),
        crop(context.settings()),
        folder(context.hadoopSettings(), path));
  }

  static FoldedNetwork folded(Context context) {
    String path = path(context.settings());
    int crop = context.settings().model().preprocessing().crop();
    FloatNetwork network = read(context);
    FeatureShape input = network.graph().inputShape();
    if (!input.equals(new FeatureShape(3, crop, crop))) {
      throw new BadInputException(
          "Cannot use "
              + path
              + " with model.preprocessing: the network reads "
              + input.channels()
              + " channels of "
              + input.height()
              + " x "
              + input.width()
              + ", images are prepared as 3 channels of "
              + crop
              + " x "
              + crop
              + "; set the crop to the network's size");
    }
    requireAClassForEveryOutput(context, network.graph().classes(), path);
    return folded(path, network);
  }

  private static String path(Settings settings) {
    return settings
        .model()
        .path()
        .orElseThrow(
            () ->
                new UsageException(
                    "No network is given; set model.path to an ONNX, .keras or .h5 file"));
  }

  private static OptionalInt crop(Settings settings) {
    return OptionalInt.of(settings.model().preprocessing().crop());
  }

  private static FoldedNetwork folded(String path, FloatNetwork network) {
    try {
      return Folder.fold(network);
    } catch (IllegalArgumentException e) {
      throw new NetworkFormatException("Cannot use " + path + ": " + e.getMessage(), e);
    }
  }

  /**
   * Classes of another number are of another network, or shifted: every label would be wrong. A
   * list that labels images names no classes.
   */
  private static void requireAClassForEveryOutput(Context context, int outputs, String path) {
    Settings.Data data = context.settings().data();
    if (data.labels().isEmpty()) {
      return;
    }
    int classes = SampleStage.labels(data, new ImageFiles(context.hadoopSettings())).size();
    if (classes > 0 && classes != outputs) {
      throw new BadInputException(
          "Cannot use "
              + data.labels().get()
              + " with "
              + path
              + ": it names "
              + classes
              + " classes, the network has "
              + outputs
              + " outputs; give data.labels one line for each output, in their order, or leave it"
              + " unset");
    }
  }

  private static byte[] bytes(SortedMap<String, String> hadoop, String path) {
    try {
      byte[] bytes = new ImageFiles(hadoop).read(path, NetworkReader.LARGEST);
      if (bytes.length > NetworkReader.LARGEST) {
        throw new NetworkFormatException(
            "Cannot read " + path + ": it is larger than " + NetworkReader.LARGEST + " bytes.");
      }
      return bytes;
    } catch (java.io.FileNotFoundException | java.nio.file.NoSuchFileException e) {
      throw new NetworkFormatException(
          "Cannot read %s: there is no such file%s; correct model.path"
              .formatted(path, Nearest.file(path, List.of())),
          e);
    } catch (IOException e) {
      if (isThere(hadoop, path + "/saved_model.pb")) {
        String folder = path.contains("://") ? "FOLDER" : path;
        throw new NetworkFormatException(
            "Cannot import " + path + ": " + OtherFormat.savedModel(folder), e);
      }
      throw new NetworkFormatException(
          "Cannot read "
              + path
              + ": "
              + e.getMessage()
              + "; give the path of an ONNX, .keras or .h5 file",
          e);
    }
  }

  private static boolean isThere(SortedMap<String, String> hadoop, String path) {
    try {
      new ImageFiles(hadoop).read(path, 1);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Exporters keep weights in a file beside the model's, wherever that lies. */
  private static ModelFolder folder(SortedMap<String, String> hadoop, String path) {
    ImageFiles files = new ImageFiles(hadoop);
    return name -> {
      byte[] bytes = files.readBeside(path, name, NetworkReader.LARGEST);
      if (bytes.length > NetworkReader.LARGEST) {
        throw new IOException("it is larger than " + NetworkReader.LARGEST + " bytes");
      }
      return bytes;
    };
  }

  private static String fileName(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }
}
