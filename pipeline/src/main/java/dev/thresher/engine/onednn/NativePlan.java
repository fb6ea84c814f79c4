package dev.thresher.engine.onednn;

import dev.thresher.engine.EngineMemory;
import dev.thresher.engine.EngineMemoryException;
import dev.thresher.engine.onednn.vector.Lanes;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.Pointer;

/**
 * Owns everything native of one pass: the stream, buffers, primitives, and the scratchpad that its
 * primitives share, one at a time. A plan's primitives therefore run beside those of other plans,
 * each on the thread that runs it.
 */
final class NativePlan implements AutoCloseable {
  private static final long LARGEST = Integer.MAX_VALUE - 4096;

  private static final String SCRATCH = "the scratchpad";

  private record Scratch(IntMemoryMap arguments, memory.desc layout) {}

  private final List<Pointer> owned = new ArrayList<>();
  private final List<Scratch> scratches = new ArrayList<>();
  private final stream queue;
  private long bytes;
  private long convolutionNanos;
  private NativeBuffer pad;
  private long padSize;

  NativePlan() {
    Native.useThisThreadAlone();
    queue = own(new stream(Native.processor()));
  }

  /** Frees the object together with the plan. */
  <T extends Pointer> T own(T object) {
    owned.add(object);
    return object;
  }

  /** Attributes of a primitive that uses the plan's scratchpad. */
  primitive_attr attributes() {
    Native.useThisThreadAlone();
    primitive_attr attributes = own(new primitive_attr());
    attributes.set_scratchpad_mode(dnnl.scratchpad_mode.user);
    return attributes;
  }

  /** A zeroed buffer of so many elements. */
  NativeBuffer elements(long count, int bytesEach, String what) {
    return allocate(count * bytesEach, what);
  }

  /** A zeroed buffer, with room for the vector passes beyond its end. */
  NativeBuffer allocate(long used, String what) {
    long size = used + Lanes.SLACK;
    if (size > LARGEST) {
      throw new EngineMemoryException(
          "Cannot hold "
              + what
              + " in "
              + size
              + " bytes: a buffer has at most "
              + LARGEST
              + ". Use a smaller batch.");
    }
    EngineMemory.take(size, what);
    bytes += size;
    memory.desc layout =
        own(new memory.desc(new long[] {size}, memory.data_type.u8, memory.format_tag.a));
    memory owner = own(new memory(layout, Native.processor()));
    Pointer.memset(owner.get_data_handle(), 0, size);
    return new NativeBuffer(owner, size);
  }

  /** Makes a buffer an argument of a primitive; the view can be moved to another address. */
  memory bind(IntMemoryMap arguments, int argument, memory.desc layout, NativeBuffer buffer) {
    memory view = own(new memory(own(layout), Native.processor(), buffer.at(0)));
    arguments.put(argument, view);
    return view;
  }

  /** Registers that a primitive works on a scratchpad. */
  void scratchpad(IntMemoryMap arguments, memory.desc layout) {
    Scratch scratch = new Scratch(arguments, own(layout));
    if (pad == null) {
      scratches.add(scratch);
    } else if (layout.get_size() > 0) {
      give(scratch, layout.get_size() > padSize ? allocate(layout.get_size(), SCRATCH) : pad);
    }
  }

  private void give(Scratch scratch, NativeBuffer buffer) {
    memory view = own(new memory(scratch.layout(), Native.processor(), buffer.at(0)));
    scratch.arguments().put(dnnl.DNNL_ARG_SCRATCHPAD, view);
  }

  /** Allocates the scratchpad; primitives can run from here on. */
  void seal() {
    for (Scratch scratch : scratches) {
      padSize = Math.max(padSize, scratch.layout().get_size());
    }
    pad = allocate(padSize, SCRATCH);
    scratches.forEach(scratch -> give(scratch, pad));
    scratches.clear();
  }

  /** Runs a convolution and takes its time; on processors oneDNN returns when it is done. */
  void execute(primitive convolution, IntMemoryMap arguments) {
    Native.useThisThreadAlone();
    long begin = System.nanoTime();
    convolution.execute(queue, arguments);
    convolutionNanos += System.nanoTime() - begin;
  }

  /** Runs a primitive that moves data. */
  void move(primitive operation, IntMemoryMap arguments) {
    Native.useThisThreadAlone();
    operation.execute(queue, arguments);
  }

  /** Nanoseconds spent in convolutions so far. */
  long convolutionNanos() {
    return convolutionNanos;
  }

  /** Bytes of all buffers. */
  long bytes() {
    return bytes;
  }

  @Override
  public void close() {
    for (int i = owned.size() - 1; i >= 0; i--) {
      owned.get(i).close();
    }
    owned.clear();
    EngineMemory.giveBack(bytes);
    bytes = 0;
  }
}
