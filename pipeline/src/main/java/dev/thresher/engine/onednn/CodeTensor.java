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

/** The integers of one activation tensor, for one chunk of images or for a whole batch. */
final class CodeTensor {
  private final String name;
  private final FeatureShape shape;
  private final int chunkSize;
  private final NativeBuffer codes;
  private final NativeBuffer states;
  private final Pointer[] chunkStarts;
  private Quantizer quantizer;
  private CodeGrid grid;
  private int lower;
  private int upper;

  /** With room for so many chunks; {@code trains} keeps straight-through states too. */
  CodeTensor(NativePlan plan, String name, FeatureShape shape, int images, int chunks, Keep keep) {
    this.name = name;
    this.shape = shape;
    this.chunkSize = shape.size() * images;
    long all = (long) chunkSize * chunks;
    this.codes = plan.elements(all, Byte.BYTES, name);
    this.states = keep == Keep.STATES ? plan.elements(all, Byte.BYTES, name) : null;
    this.chunkStarts = new Pointer[chunks];
    for (int i = 0; i < chunks; i++) {
      chunkStarts[i] = codes.at((long) i * chunkSize);
    }
  }

  /** What a forward pass leaves behind. */
  enum Keep {
    /** The codes of the chunk at work. */
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

  /** Elements of a chunk. */
  int chunkSize() {
    return chunkSize;
  }

  /** Element at which a chunk starts. */
  int start(int chunk) {
    return chunk * chunkSize;
  }

  Pointer address(int chunk) {
    return chunkStarts[chunk];
  }

  ByteBuffer codes() {
    return codes.bytes();
  }

  /** Rounds a block of values in steps, and keeps its codes, and its states where wanted. */
  void write(int chunk, int at, Blocks block, int n) {
    Requantization.codes(block.floats, grid, block.bytes, n);
    codes().put(start(chunk) + at, block.bytes, 0, n);
    if (keepsStates()) {
      Requantization.states(block.floats, grid, block.bytes, n);
      states().put(start(chunk) + at, block.bytes, 0, n);
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
