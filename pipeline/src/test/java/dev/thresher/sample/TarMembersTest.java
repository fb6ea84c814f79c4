package dev.thresher.sample;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives of every kind have the members that other programs see in them. */
class TarMembersTest {
  private static final ImageFiles FILES = new ImageFiles(Map.of());

  @TempDir private Path folder;

  /** Name, kind and contents. */
  private record Seen(String name, String kind, String contents) {}

  private static List<Seen> members(Path archive) throws IOException {
    List<Seen> all = new ArrayList<>();
    try (TarMembers members = new TarMembers(FILES, archive.toString(), 0, ImageLocation.UNKNOWN)) {
      TarMembers.Member member;
      while ((member = members.next()) != null) {
        String contents = new String(members.contents(member), UTF_8);
        all.add(
            new Seen(
                member.name(),
                member.kind().name(),
                member.kind() == TarMembers.Kind.FILE ? contents : ""));
      }
    }
    return all;
  }

  /** The same by Commons Compress. */
  private static List<Seen> oracle(Path archive) throws IOException {
    List<Seen> all = new ArrayList<>();
    try (TarArchiveInputStream tar =
        new TarArchiveInputStream(Files.newInputStream(archive), UTF_8.name())) {
      TarArchiveEntry entry;
      while ((entry = tar.getNextEntry()) != null) {
        boolean link = entry.isSymbolicLink() || entry.isLink();
        boolean file = entry.isFile() && !link && !entry.isSparse();
        String kind = entry.isDirectory() ? "FOLDER" : file ? "FILE" : "OTHER";
        String name = entry.getName().replaceFirst("^(\\./)+", "");
        all.add(new Seen(name, kind, file ? new String(tar.readAllBytes(), UTF_8) : ""));
      }
    }
    return all;
  }

  @ParameterizedTest
  @CsvSource({"2,1,1", "2,2,2", "3,2,3", "3,1,4"})
  void areThoseThatWereWritten(int longNames, int longNumbers, long seed) throws IOException {
    Path archive = folder.resolve("a.tar");
    Random random = new Random(seed);
    try (TarArchiveOutputStream out =
        new TarArchiveOutputStream(Files.newOutputStream(archive), UTF_8.name())) {
      out.setLongFileMode(longNames);
      out.setBigNumberMode(longNumbers);
      out.setAddPaxHeadersForNonAsciiNames(longNames == 3);
      for (int i = 0; i < 60; i++) {
        write(out, random, i);
      }
    }

    assertThat(members(archive)).as("seed %d", seed).isEqualTo(oracle(archive)).hasSize(60);
  }

  private static void write(TarArchiveOutputStream out, Random random, int i) throws IOException {
    String name = "./" + "ö/d".repeat(random.nextInt(80)) + "x" + i;
    int kind = random.nextInt(6);
    if (kind == 0) {
      TarArchiveEntry link = new TarArchiveEntry(name, TarArchiveEntry.LF_SYMLINK);
      link.setLinkName("l".repeat(random.nextInt(300) + 1));
      out.putArchiveEntry(link);
    } else if (kind == 1) {
      out.putArchiveEntry(new TarArchiveEntry(name + "/"));
    } else {
      byte[] contents = "c".repeat(random.nextInt(1_500)).getBytes(UTF_8);
      TarArchiveEntry file = new TarArchiveEntry(name);
      file.setSize(contents.length);
      file.setModTime(kind == 2 ? -1_000 : 1L << 50);
      file.setUserId(kind == 3 ? 1L << 40 : 0);
      out.putArchiveEntry(file);
      out.write(contents);
    }
    out.closeArchiveEntry();
  }

  @ParameterizedTest
  @ValueSource(strings = {"v7", "ustar", "gnu", "oldgnu", "pax"})
  void areThoseThatTarWrites(String format) throws IOException, InterruptedException {
    Path set = Files.createDirectories(folder.resolve("set/" + "d".repeat(60)));
    Files.writeString(set.resolve("a b.jpg"), "one");
    Files.writeString(set.resolve("second.jpg"), "x".repeat(513));
    Files.createSymbolicLink(set.resolve("link.jpg"), Path.of("second.jpg"));
    Files.createLink(set.resolve("hard.jpg"), set.resolve("second.jpg"));
    if (!format.equals("v7") && !format.equals("ustar")) {
      Files.writeString(set.resolve("n".repeat(200) + ".jpg"), "long");
    }
    Path archive = folder.resolve("a.tar");
    assertThat(tar("--format=" + format, "-cf", archive.toString(), "-C", folder + "/set", "."))
        .isZero();

    assertThat(members(archive)).containsExactlyInAnyOrderElementsOf(oracle(archive));
    assertThat(members(archive)).extracting(Seen::contents).contains("one");
  }

  /** GNU tar's files with holes are told from images, in its own format and in pax. */
  @ParameterizedTest
  @ValueSource(strings = {"gnu", "pax"})
  void filesWithHolesAreNoImages(String format) throws IOException, InterruptedException {
    Path set = Files.createDirectories(folder.resolve("set"));
    Files.writeString(set.resolve("z.jpg"), "behind");
    try (var file = new java.io.RandomAccessFile(set.resolve("holes.jpg").toFile(), "rw")) {
      for (int i = 0; i < 40; i++) {
        file.seek(i * 200_000L);
        file.write(1);
      }
    }
    Path archive = folder.resolve("a.tar");
    String[] words = {"--format=" + format, "-S", "-cf", archive.toString(), "-C", set.toString()};
    String[] names = {"holes.jpg", "z.jpg"};
    String[] all = Arrays.copyOf(words, words.length + 2);
    System.arraycopy(names, 0, all, words.length, 2);
    assertThat(tar(all)).isZero();

    assertThat(members(archive))
        .containsExactly(new Seen("holes.jpg", "OTHER", ""), new Seen("z.jpg", "FILE", "behind"));
  }

  private static int tar(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("tar"));
    command.addAll(List.of(words));
    try {
      return new ProcessBuilder(command).inheritIO().start().waitFor();
    } catch (IOException e) {
      Assumptions.abort("skipped: there is no tar on this machine");
      return -1;
    }
  }

  @Test
  void everyBrokenByteOfAHeaderIsSeen() throws IOException {
    Path archive = folder.resolve("a.tar");
    try (LayoutWriter.Tar tar = new LayoutWriter.Tar(Files.newOutputStream(archive))) {
      tar.add("x.jpg", new byte[600]);
    }
    byte[] whole = Files.readAllBytes(archive);
    int behindTheSum = 155;
    for (int at = 0; at < TarHeader.BLOCK; at += at + 1 == behindTheSum ? 2 : 1) {
      byte[] broken = whole.clone();
      broken[at] ^= 2;
      Files.write(archive, broken);
      assertThatThrownBy(() -> members(archive))
          .as("byte %d", at)
          .isInstanceOf(SampleException.class);
    }
  }
}
