package dev.thresher.network.onnx;

import dev.thresher.network.NetworkFormatException;
import dev.thresher.tensor.FeatureShape;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import onnx.Onnx.GraphProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;
import onnx.Onnx.TensorShapeProto;
import onnx.Onnx.TypeProto;
import onnx.Onnx.ValueInfoProto;

/**
 * The one input of a model: which dimension is what, and its extents where the file leaves them
 * open.
 *
 * @param name of the tensor
 * @param shape extents of one image
 * @param channelsLast whether the file has [N, H, W, C]
 * @param batch extent of the batch, 1 where it is open
 */
record OnnxInput(String name, FeatureShape shape, boolean channelsLast, int batch) {
  private static final int RGB = 3;

  static OnnxInput of(
      String model, GraphProto graph, Set<String> initializers, OptionalInt imageSize) {
    // Up to IR version 3 the initializers are listed as inputs too.
    List<ValueInfoProto> inputs =
        graph.getInputList().stream().filter(in -> !initializers.contains(in.getName())).toList();
    if (inputs.size() != 1) {
      throw new NetworkFormatException(
          "Cannot import "
              + model
              + ": it has "
              + inputs.size()
              + " inputs "
              + inputs.stream().map(ValueInfoProto::getName).toList()
              + "; one, the image, is needed.");
    }
    return new Parser(model, graph, inputs.get(0), imageSize).parse();
  }

  Feature feature() {
    return channelsLast
        ? Feature.channelsLast(name, shape, batch)
        : Feature.channelsFirst(name, shape, batch);
  }

  private record Parser(
      String model, GraphProto graph, ValueInfoProto input, OptionalInt imageSize) {

    OnnxInput parse() {
      TypeProto.Tensor type = input.getType().getTensorType();
      int element = type.getElemType();
      if (element != TensorProto.DataType.FLOAT_VALUE
          && element != TensorProto.DataType.FLOAT16_VALUE) {
        throw refuse("is of type " + element + "; float32 is needed.");
      }
      TensorShapeProto dims = type.getShape();
      if (type.hasShape() && dims.getDimCount() != 4) {
        throw refuse(
            "has "
                + dims.getDimCount()
                + " dimensions; four, [N, 3, H, W] or [N, H, W, 3], are needed.");
      }
      long[] extents = new long[4];
      for (int i = 0; i < dims.getDimCount(); i++) {
        extents[i] = dims.getDim(i).getDimValue();
        if (extents[i] < -1 || extents[i] > OnnxReader.LARGEST_EXTENT) {
          throw refuse(
              "has extent "
                  + extents[i]
                  + " at dimension "
                  + i
                  + "; from 1 to "
                  + OnnxReader.LARGEST_EXTENT
                  + " is possible.");
        }
      }
      boolean last = channelsLast(extents);
      int channels = open(extents[last ? 3 : 1]) ? RGB : (int) extents[last ? 3 : 1];
      FeatureShape shape =
          new FeatureShape(channels, side(extents[last ? 1 : 2]), side(extents[last ? 2 : 3]));
      return new OnnxInput(input.getName(), shape, last, open(extents[0]) ? 1 : (int) extents[0]);
    }

    private static boolean open(long extent) {
      return extent <= 0;
    }

    /** Three channels tell; where they do not, a transposition to [N, C, H, W] does. */
    private boolean channelsLast(long[] extents) {
      if (extents[1] == RGB || extents[3] == RGB) {
        return extents[1] != RGB;
      }
      return graph.getNodeList().stream()
          .filter(node -> node.getInputList().contains(input.getName()))
          .anyMatch(Parser::movesChannelsFirst);
    }

    private static boolean movesChannelsFirst(NodeProto node) {
      return node.getOpType().equals("Transpose")
          && node.getAttributeList().stream()
              .anyMatch(a -> a.getIntsList().equals(List.of(0L, 3L, 1L, 2L)));
    }

    private int side(long extent) {
      if (open(extent) && imageSize.isEmpty()) {
        throw refuse("leaves height or width open; say which image size the network is for.");
      }
      if (!open(extent) && imageSize.isPresent() && imageSize.getAsInt() != extent) {
        throw refuse(
            "is fixed at "
                + extent
                + " rows or columns, the images have "
                + imageSize.getAsInt()
                + "; set the crop to "
                + extent
                + ".");
      }
      return open(extent) ? imageSize.getAsInt() : (int) extent;
    }

    private NetworkFormatException refuse(String reason) {
      return new NetworkFormatException(
          "Cannot import " + model + ": its input " + input.getName() + " " + reason);
    }
  }
}
