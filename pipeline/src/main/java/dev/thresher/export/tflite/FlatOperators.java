package dev.thresher.export.tflite;

import com.google.flatbuffers.FlatBufferBuilder;
import java.util.ArrayList;
import java.util.List;
import org.tensorflow.lite.schema.Operator;
import org.tensorflow.lite.schema.OperatorCode;

/** The operators of a file and the codes that they share. */
final class FlatOperators {
  /**
   * A builtin operator with the version whose kernels take int8.
   *
   * @param code of the schema's BuiltinOperator
   * @param version least one that knows int8, as the runtime's own versioning has it
   */
  record Builtin(int code, int version) {}

  /**
   * An operator's options.
   *
   * @param type of the schema's BuiltinOptions
   * @param offset in the file
   */
  record Options(byte type, int offset) {}

  private static final int UNUSED = 0;

  private final FlatBufferBuilder file;
  private final List<Builtin> codes = new ArrayList<>();
  private final List<Integer> offsets = new ArrayList<>();

  FlatOperators(FlatBufferBuilder file) {
    this.file = file;
  }

  void add(Builtin builtin, Options options, int[] inputs, int output) {
    if (!codes.contains(builtin)) {
      codes.add(builtin);
    }
    int in = Operator.createInputsVector(file, inputs);
    int out = Operator.createOutputsVector(file, new int[] {output});
    offsets.add(
        Operator.createOperator(
            file,
            codes.indexOf(builtin),
            in,
            out,
            options.type(),
            options.offset(),
            UNUSED,
            (byte) UNUSED,
            UNUSED,
            UNUSED));
  }

  /** All codes are below 127, where the schema's old and new field are equal. */
  int[] codes() {
    return codes.stream()
        .mapToInt(
            builtin ->
                OperatorCode.createOperatorCode(
                    file, (byte) builtin.code(), UNUSED, builtin.version(), builtin.code()))
        .toArray();
  }

  int[] offsets() {
    return offsets.stream().mapToInt(Integer::intValue).toArray();
  }
}
