package dev.thresher.jobs;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import onnx.Onnx.ModelProto;

/** Files of networks that say little and mean much. */
final class HostileNetworks implements Hostile.Kind {
  private static final int GRAPH = 7;
  private static final int NODE = 1;
  private static final int ATTRIBUTE = 5;
  private static final int ATTRIBUTE_GRAPH = 6;
  private static final int ATTRIBUTE_INTS = 8;

  @Override
  public List<Hostile> in(Path folder) throws IOException {
    List<Hostile> all = new ArrayList<>();
    all.add(network("network-of-a-device", "/dev/zero"));
    all.add(network("network-of-a-pipe", Hostile.pipe(folder.resolve("pipe.onnx"))));
    all.add(network("network-of-http", "http://127.0.0.1:9/a.onnx"));
    Path large = Hostile.sparse(folder.resolve("large.onnx"), 3L << 30, (byte) 1);
    all.add(network("network-of-3-gb", large));
    byte[] node = message(NODE, new byte[] {0x22, 4, 'R', 'e', 'l', 'u'});
    all.add(network(folder, "network-of-a-million-nodes", graph(repeated(node, 1_000_000))));
    byte[] empty = message(NODE, new byte[0]);
    all.add(network(folder, "network-of-40-million-nodes", graph(repeated(empty, 40_000_000))));
    byte[] attributes = repeated(message(ATTRIBUTE, new byte[0]), 5_000_000);
    all.add(network(folder, "network-of-attributes", graph(message(NODE, attributes))));
    byte[] integers = message(ATTRIBUTE_INTS, new byte[60 << 20]);
    byte[] holding = message(NODE, message(ATTRIBUTE, integers));
    all.add(network(folder, "network-of-packed-integers", graph(holding)));
    all.add(
        network(
            folder,
            "network-of-unknown-fields",
            graph(repeated(new byte[] {(byte) 0x98, 6, 1}, 5_000_000))));
    all.add(network(folder, "network-of-groups", graph(repeated(new byte[] {0x0b}, 1_000_000))));
    byte[] deep = new byte[0];
    for (int i = 0; i < 1_000; i++) {
      deep = message(NODE, message(ATTRIBUTE, message(ATTRIBUTE_GRAPH, deep)));
    }
    all.add(network(folder, "network-in-network", graph(deep)));
    byte[] whole = Workplace.network();
    all.add(network(folder, "network-cut", Arrays.copyOf(whole, whole.length / 2)));
    ModelProto model = ModelProto.parseFrom(whole);
    ModelProto.Builder wide = model.toBuilder();
    wide.getGraphBuilder().getInitializerBuilder(0).setDims(0, Integer.MAX_VALUE);
    all.add(network(folder, "network-of-2-billion-filters", wide.build().toByteArray()));
    return all;
  }

  private static Hostile network(String name, Object location) {
    return new Hostile(name, List.of("run", "--dry-run", "model.path=" + location));
  }

  private static Hostile network(Path folder, String name, byte[] file) throws IOException {
    return network(name, Files.write(folder.resolve(name + ".onnx"), file));
  }

  private static byte[] graph(byte[] contents) {
    byte[] version = {8, 8, 0x42, 2, 0x10, 13};
    byte[] graph = message(GRAPH, contents);
    byte[] all = Arrays.copyOf(version, version.length + graph.length);
    System.arraycopy(graph, 0, all, version.length, graph.length);
    return all;
  }

  private static byte[] repeated(byte[] part, int times) {
    byte[] all = new byte[part.length * times];
    for (int i = 0; i < times; i++) {
      System.arraycopy(part, 0, all, i * part.length, part.length);
    }
    return all;
  }

  private static byte[] message(int field, byte[] contents) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(field << 3 | 2);
    int length = contents.length;
    while (length > 0x7f) {
      out.write((length & 0x7f) | 0x80);
      length >>>= 7;
    }
    out.write(length);
    out.writeBytes(contents);
    return out.toByteArray();
  }
}
