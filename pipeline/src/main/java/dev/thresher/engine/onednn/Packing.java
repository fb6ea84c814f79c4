package dev.thresher.engine.onednn;

import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.javacpp.Pointer;

/** Copies weights from the graph's order to a primitive's, converting their type. */
final class Packing {
  private final NativePlan plan;
  private final reorder operation;
  private final IntMemoryMap arguments;
  private final memory packed;
  private final long packedSize;

  Packing(NativePlan plan, memory.desc plain, Pointer from, memory.desc packed) {
    this.plan = plan;
    plan.own(plain);
    var attributes = plan.attributes();
    var description =
        plan.own(
            new reorder.primitive_desc(
                Native.processor(), plain, Native.processor(), packed, attributes, false));
    this.operation = plan.own(new reorder(description));
    this.packedSize = packed.get_size();
    this.packed = plan.own(new memory(packed, Native.processor(), from));
    this.arguments = plan.own(new IntMemoryMap());
    arguments.put(dnnl.DNNL_ARG_FROM, plan.own(new memory(plain, Native.processor(), from)));
    arguments.put(dnnl.DNNL_ARG_TO, this.packed);
    plan.scratchpad(arguments, description.scratchpad_desc());
  }

  /** Bytes that packed weights take. */
  long packedSize() {
    return packedSize;
  }

  /** Packs what lies in the plain buffer. */
  void pack(Pointer to) {
    packed.set_data_handle(to);
    plan.move(operation, arguments);
  }
}
