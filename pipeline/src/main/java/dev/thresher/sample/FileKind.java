package dev.thresher.sample;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** What a file is, by its name, else by its first bytes. */
enum FileKind {
  TAR,
  PARQUET,
  ZIP,
  OTHER;

  private static final int TAR_MAGIC_AT = 257;

  static FileKind of(String location, ImageFiles files) throws IOException {
    String name = ImageNames.base(location).toLowerCase(java.util.Locale.ROOT);
    if (name.matches(".*\\.(tgz|tar\\.\\w+)")) {
      throw new SampleException(
          "Cannot read %s: a compressed archive cannot be read in the middle. Decompress it, which makes it hardly larger: images are compressed."
              .formatted(location));
    }
    if (name.endsWith(".tar")) {
      return TAR;
    }
    if (name.endsWith(".parquet")) {
      return PARQUET;
    }
    if (name.endsWith(".zip")) {
      return ZIP;
    }
    if (ImageNames.isImage(location)) {
      throw new SampleException(
          "Cannot read %s as a list of images: it is not text. Give a folder, or a text file of lines 'path label'."
              .formatted(location));
    }
    byte[] begin = files.read(location, TAR_MAGIC_AT + 5);
    if (holds(begin, TAR_MAGIC_AT, "ustar")) {
      return TAR;
    }
    if (holds(begin, 0, "PK\3\4")) {
      return ZIP;
    }
    return holds(begin, 0, "PAR1") ? PARQUET : OTHER;
  }

  private static boolean holds(byte[] bytes, int at, String magic) {
    byte[] wanted = magic.getBytes(StandardCharsets.US_ASCII);
    return bytes.length >= at + wanted.length
        && java.util.Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length);
  }
}
