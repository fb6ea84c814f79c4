package dev.thresher.engine.onednn;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.onednn.vector.CodeGrid;
import dev.thresher.engine.onednn.vector.Requantization;
import dev.thresher.network.Activation;
import dev.thresher.network.Graph;
import dev.thresher.network.Node;
import dev.thresher.quantize.Quantizer;
import dev.thresher.tensor.FeatureShape;
import java.nio.ByteBuffer;
import org.bytedeco.javacpp.Pointer;

/**
 * The integers of one activation tensor, [image, H, W, C]: of the whole batch, or of the images at
 * work alone.
 */
final class CodeTensor {
  private final String name;
  private final FeatureShape shape;
  private final NativeBuffer codes;
  private final NativeBuffer states;
  private final Pointer[] starts;
  private Quantizer quantizer;
  private CodeGrid grid;
  private int lower;
  private int upper;

  /** With room for so many images. */
  CodeTensor(NativePlan plan, String name, FeatureShape shape, int images, Keep keep) {
    this.name = name;
    this.shape = shape;
    long all = (long) shape.size() * images;
    this.codes = plan.elements(all, Byte.BYTES, name);
    this.states = keep == Keep.STATES ? plan.elements(all, Byte.BYTES, name) : null;
    this.starts = new Pointer[keep == Keep.CODES_AT_WORK ? 1 : images];
    for (int i = 0; i < starts.length; i++) {
      this.starts[i] = codes.at((long) i * shape.size());
    }
  }

  /** What a forward pass leaves behind. */
  enum Keep {
    /** The codes of the images at work. */
    CODES_AT_WORK,
    /** The codes of the whole batch. */
    CODES,
    /** Codes and straight-through states of the whole batch. */
    STATES
  }

  void configure(IntegerNetwork network) {
    Graph graph = network.graph();
    quantizer = network.quantizer(name);
    if (name.equals(graph.input())) {
      lower = quantizer.qmin();
      upper = quantizer.qmax();
      grid = grid(Activation.NONE);
      return;
    }
    Node node = graph.node(name);
    lower = network.lower(node);
    upper = network.upper(node);
    grid = grid(node.activation());
  }

  private CodeGrid grid(Activation activation) {
    return CodeGrid.of(
        quantizer.zeroPoint(),
        quantizer.qmin(),
        quantizer.qmax(),
        lower,
        upper,
        (float) ((double) activation.lower() / quantizer.scale()),
        (float) ((double) activation.upper() / quantizer.scale()));
  }

  String name() {
    return name;
  }

  FeatureShape shape() {
    return shape;
  }

  /** Element at which an image starts. */
  int start(int image) {
    return starts.length == 1 ? 0 : image * shape.size();
  }

  Pointer address(int image) {
    return starts[starts.length == 1 ? 0 : image];
  }

  ByteBuffer codes() {
    return codes.bytes();
  }

  /** Rounds values in steps to codes, and to states where they are kept. */
  void write(ByteBuffer steps, int firstImage, int n) {
    if (keepsStates()) {
      Requantization.codesAndStates(
          steps, grid, codes.bytes(), states.bytes(), start(firstImage), n);
    } else {
      Requantization.codes(steps, grid, codes.bytes(), start(firstImage), n);
    }
  }

  boolean keepsStates() {
    return states != null;
  }

  ByteBuffer states() {
    return states.bytes();
  }

  Quantizer quantizer() {
    return quantizer;
  }

  /** Least integer, the activation included. */
  int lower() {
    return lower;
  }

  /** Greatest integer, the activation included. */
  int upper() {
    return upper;
  }

  CodeGrid grid() {
    return grid;
  }
}
