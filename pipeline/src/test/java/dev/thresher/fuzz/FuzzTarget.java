package dev.thresher.fuzz;

import static dev.thresher.network.onnx.OnnxModel.integer;
import static dev.thresher.network.onnx.OnnxModel.ints;

import dev.thresher.engine.RoundingCodec;
import dev.thresher.engine.ThresholdedNetworkCodec;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.finetune.FineTuneException;
import dev.thresher.finetune.TeacherLogits;
import dev.thresher.finetune.TrainingState;
import dev.thresher.finetune.TrainingStateCodec;
import dev.thresher.fold.Folder;
import dev.thresher.image.ImageFormatException;
import dev.thresher.image.ImageLimits;
import dev.thresher.image.ImagePreparer;
import dev.thresher.image.Preprocessing;
import dev.thresher.network.NetworkFormatException;
import dev.thresher.network.NetworkReader;
import dev.thresher.network.keras.KerasFile;
import dev.thresher.network.onnx.OnnxModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Stream;
import onnx.Onnx.ModelProto;

/** What is fed with damaged files: the seeds, how they are damaged, and what reads them. */
enum FuzzTarget {
  ONNX {
    @Override
    List<byte[]> seeds() {
      OnnxModel small =
          OnnxModel.opset(13)
              .input("x", OnnxModel.OPEN, 3, 9, 9)
              .weights("w", 8, 3, 3, 3)
              .weights("b", 8)
              .weights("d", 8, 1, 3, 3)
              .floats("low", new long[0], 0)
              .floats("high", new long[0], 6)
              .node("Conv", "x,w,b", "c", ints("pads", 1, 1, 1, 1), ints("strides", 2, 2))
              .node("Clip", "c,low,high", "r")
              .node("Conv", "r,d", "e", integer("group", 8), ints("pads", 1, 1, 1, 1))
              .node("Add", "r,e", "s")
              .head("s");
      OnnxModel shaped =
          OnnxModel.opset(11)
              .input("x", 1, 3, 9, 9)
              .weights("w", 8, 3, 1, 1)
              .weights("g", 8)
              .longs("pad", 0, 0, 0, 0, 0, 0, 1, 1)
              .longs("flat", 1, -1)
              .node("Pad", "x,pad", "p")
              .node("Conv", "p,w", "c", ints("strides", 2, 2))
              .node("BatchNormalization", "c,g,g,g,g", "n")
              .node("Relu", "n", "r")
              .node("GlobalAveragePool", "r", "a")
              .node("Reshape", "a,flat", "f")
              .weights("m", 8, 5)
              .node("MatMul", "f,m", "l")
              .node("Softmax", "l", "y")
              .output("y");
      return List.of(small.bytes(), shaped.bytes());
    }

    @Override
    byte[] mutate(byte[] seed, List<byte[]> seeds, Random random) throws IOException {
      return random.nextBoolean()
          ? OnnxMutation.of(ModelProto.parseFrom(seed), random)
          : ByteMutation.of(seed, seeds, random);
    }

    @Override
    boolean accepts(byte[] file) {
      return readsNetwork(file, "fuzz.onnx");
    }
  },

  KERAS {
    @Override
    List<byte[]> seeds() throws IOException {
      Path file = Files.createTempFile("seed", ".h5");
      try {
        byte[] whole =
            new KerasFile(file)
                .weights("conv", "kernel", new float[27 * 4], 3, 3, 3, 4)
                .weights("conv", "bias", new float[4], 4)
                .weights("logits", "kernel", new float[20], 4, 5)
                .weights("logits", "bias", new float[5], 5)
                .bytes(KERAS_MODEL);
        return List.of(whole);
      } finally {
        Files.delete(file);
      }
    }

    @Override
    byte[] mutate(byte[] seed, List<byte[]> seeds, Random random) {
      return ByteMutation.of(seed, seeds, random);
    }

    @Override
    boolean accepts(byte[] file) {
      return readsNetwork(file, "fuzz.h5");
    }
  },

  IMAGE {
    @Override
    List<byte[]> seeds() throws IOException {
      List<byte[]> seeds = new ArrayList<>();
      Path one = Path.of(FuzzTarget.class.getResource("/dev/thresher/image/420.jpg").getPath());
      try (Stream<Path> files = Files.list(one.getParent())) {
        for (Path file : files.sorted().toList()) {
          if (!file.toString().matches(".*\\.(txt|py|class)")) {
            seeds.add(Files.readAllBytes(file));
          }
        }
      }
      return seeds;
    }

    @Override
    byte[] mutate(byte[] seed, List<byte[]> seeds, Random random) {
      return ByteMutation.of(seed, seeds, random);
    }

    @Override
    boolean accepts(byte[] file) {
      try {
        new ImagePreparer(Preprocessing.IMAGENET_TORCHVISION, ImageLimits.DEFAULT)
            .prepare(file, "fuzz", "", 0);
        return true;
      } catch (ImageFormatException e) {
        return false;
      }
    }
  },

  CONTAINER {
    @Override
    List<byte[]> seeds() {
      RandomGraphs.Case random = RandomGraphs.quantized(3);
      float[] scales = random.scales();
      TrainingState state =
          new TrainingState(
              "abc",
              scales,
              new float[2 * scales.length],
              4,
              2,
              1,
              Optional.of(new TrainingState.Best(1, 0.5, scales)),
              0);
      return List.of(
          TrainingStateCodec.encode(state),
          TeacherLogits.encode(List.of(new float[] {1f, 2f}, new float[] {3f, 4f}), 2),
          RoundingCodec.encode(RandomGraphs.moved(random, 3).rounding()),
          ThresholdedNetworkCodec.encode(random.network()));
    }

    @Override
    byte[] mutate(byte[] seed, List<byte[]> seeds, Random random) {
      return ContainerMutation.of(seed, seeds, random);
    }

    @Override
    boolean accepts(byte[] file) {
      List<Runnable> readers =
          List.of(
              () -> TrainingStateCodec.decode(file),
              () -> TeacherLogits.decode(file, "fuzz"),
              () -> RoundingCodec.decode(file),
              () -> ThresholdedNetworkCodec.decode(file));
      return readers.stream().filter(reader -> reads(reader)).count() > 0;
    }

    private boolean reads(Runnable reader) {
      try {
        reader.run();
        return true;
      } catch (NetworkFormatException | FineTuneException e) {
        return false;
      }
    }
  };

  private static final String KERAS_MODEL =
      """
      {"class_name": "Sequential", "config": {"layers": [
        {"class_name": "InputLayer", "config": {"name": "i", "batch_input_shape": [null, 9, 9, 3]}},
        {"class_name": "Conv2D", "config": {"name": "conv", "strides": [2, 2], "padding": "same"}},
        {"class_name": "GlobalAveragePooling2D", "config": {"name": "pool"}},
        {"class_name": "Dense", "config": {"name": "logits", "units": 5}}]}}
      """;

  /** Well-formed files to begin with. */
  abstract List<byte[]> seeds() throws IOException;

  /** A damaged one; the same random numbers give the same bytes. */
  abstract byte[] mutate(byte[] seed, List<byte[]> seeds, Random random) throws IOException;

  /** Whether the file is read; false where it is refused as it should be. Throws what it finds. */
  abstract boolean accepts(byte[] file);

  private static boolean readsNetwork(byte[] file, String name) {
    try {
      var network = NetworkReader.read(file, name, OptionalInt.of(9));
      try {
        Folder.fold(network);
      } catch (IllegalArgumentException e) {
        return false; // The command says so in the same words.
      }
      return true;
    } catch (NetworkFormatException e) {
      return false;
    }
  }
}
