package dev.thresher.jobs;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Tar archives, block by block as POSIX writes them down. */
final class HostileArchives implements Hostile.Kind {
  private static final int BLOCK = 512;
  private static final long GIGABYTES = 3L << 30;

  @Override
  public List<Hostile> in(Path folder) throws IOException {
    List<Hostile> all = new ArrayList<>();
    byte[] picture = header("a/x.jpg", '0', 10);
    all.add(archive(folder, "tar-name-of-3-gb", header("L", 'L', GIGABYTES), picture));
    Path sparse = folder.resolve("name.tar");
    Files.write(sparse, header("L", 'L', GIGABYTES));
    Hostile.sparse(sparse, GIGABYTES + 4 * BLOCK);
    all.add(Hostile.images("tar-name-of-3-gb-that-is-there", sparse));
    all.add(archive(folder, "tar-pax-of-exabytes", base256("p", 'x', 0x7f), picture));
    String digits = "9".repeat(100_000);
    all.add(archive(folder, "tar-pax-number-without-end", pax("mtime=" + digits), picture));
    all.add(archive(folder, "tar-pax-size-without-end", pax("size=" + digits), picture));
    all.add(archive(folder, "tar-pax-negative-size", pax("size=-512"), picture));
    all.add(archive(folder, "tar-pax-line-of-no-length", paxOf("0 path=x\n"), picture));
    all.add(archive(folder, "tar-pax-line-of-2-gb", paxOf("2147483648 path=x\n"), picture));
    all.add(archive(folder, "tar-pax-headers-by-the-million", repeated(pax("path=x"), 50_000)));
    all.add(archive(folder, "tar-long-names-by-the-million", repeated(longName(), 50_000)));
    all.add(archive(folder, "tar-member-larger-than-file", header("a/x.jpg", '0', 8L << 30)));
    all.add(archive(folder, "tar-negative-size", base256("a/x.jpg", '0', 0xff), picture));
    byte[] wrong = header("a/x.jpg", '0', 0);
    wrong[3] ^= 1;
    all.add(archive(folder, "tar-check-sum", wrong));
    all.add(archive(folder, "tar-holes-without-end", endlessHoles()));
    byte[] key = join(header("k.cls", '0', 0), repeated(header("k.jpg", '0', 0), 10_000));
    all.add(archive(folder, "tar-one-key-for-all", key));
    byte[] inner = header("n00000001.tar", '0', 1L << 40);
    all.add(archive(folder, "tar-in-tar-larger-than-outer", inner));
    all.add(
        archive(
            folder, "tar-links", header("a/x.jpg", '2', 0), header("../../etc/passwd", '0', 0)));
    return all;
  }

  private static Hostile archive(Path folder, String name, byte[]... blocks) throws IOException {
    return Hostile.images(name, Files.write(folder.resolve(name + ".tar"), join(blocks)));
  }

  private static byte[] join(byte[]... blocks) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] block : blocks) {
      all.writeBytes(block);
    }
    return all.toByteArray();
  }

  private static byte[] repeated(byte[] block, int times) {
    byte[][] all = new byte[times][];
    Arrays.fill(all, block);
    return join(all);
  }

  private static byte[] header(String name, char type, long size) {
    byte[] block = new byte[BLOCK];
    put(block, 0, name);
    put(block, 100, "0000644\0");
    put(block, 124, size < 1L << 33 ? "%011o\0".formatted(size) : "");
    if (size >= 1L << 33) {
      block[124] = (byte) 0x80;
      for (int i = 0; i < 8; i++) {
        block[135 - i] = (byte) (size >> (8 * i));
      }
    }
    block[156] = (byte) type;
    put(block, 257, "ustar\00000");
    return summed(block);
  }

  /** A size in base 256, all of the same bytes. */
  private static byte[] base256(String name, char type, int fill) {
    byte[] block = header(name, type, 0);
    Arrays.fill(block, 124, 136, (byte) fill);
    block[124] |= (byte) 0x80;
    return summed(block);
  }

  private static byte[] summed(byte[] block) {
    put(block, 148, "        ");
    int sum = 0;
    for (byte b : block) {
      sum += b & 0xff;
    }
    put(block, 148, "%06o\0 ".formatted(sum));
    return block;
  }

  private static void put(byte[] block, int at, String text) {
    byte[] bytes = text.getBytes(US_ASCII);
    System.arraycopy(bytes, 0, block, at, bytes.length);
  }

  private static byte[] pax(String line) {
    int length = line.length() + 3;
    while (Integer.toString(length).length() + line.length() + 2 != length) {
      length = Integer.toString(length).length() + line.length() + 2;
    }
    return paxOf(length + " " + line + "\n");
  }

  private static byte[] paxOf(String lines) {
    byte[] data = lines.getBytes(US_ASCII);
    return join(header("pax", 'x', data.length), padded(data));
  }

  private static byte[] longName() {
    return join(header("long", 'L', 6), padded("a.jpg\0".getBytes(US_ASCII)));
  }

  private static byte[] padded(byte[] data) {
    return Arrays.copyOf(data, (data.length + BLOCK - 1) / BLOCK * BLOCK);
  }

  /** GNU's old map of holes: each block says that another one follows. */
  private static byte[] endlessHoles() {
    byte[] first = header("a/x.jpg", 'S', 0);
    first[482] = 1;
    byte[] more = new byte[BLOCK];
    more[504] = 1;
    return join(summed(first), repeated(more, 10_000));
  }
}
