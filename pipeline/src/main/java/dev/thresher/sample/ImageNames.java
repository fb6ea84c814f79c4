package dev.thresher.sample;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How files of images are named, by people and by ImageNet. */
final class ImageNames {
  static final Set<String> EXTENSIONS =
      Set.of("jpeg", "jpg", "jpe", "png", "gif", "webp", "bmp", "tif", "tiff");

  /** What people call the parts of a set; longer names first, for patterns. */
  static final List<String> SPLITS =
      List.of("training", "train", "validation", "valid", "val", "testing", "test");

  /** {@code n01440764_10026}: the class stands in front. */
  private static final Pattern CLASS_IN_FRONT = Pattern.compile("(n\\d{8})_\\d+");

  /** {@code n01440764_10026_n01440764}: the hub of Parquet sets puts the class behind. */
  private static final Pattern CLASS_BEHIND = Pattern.compile("(.+)_(n\\d{8})");

  private static final Pattern VALIDATION = Pattern.compile("ILSVRC2012_(val|test)_\\d{8}");

  /** Longer names are no file's anywhere, and a record of the sample has no room for them. */
  private static final int LONGEST = 16_000;

  private ImageNames() {}

  /** What a base name says: the name without its class, and the class. */
  record Named(String name, Optional<String> wordNetId) {}

  static boolean isImage(String path) {
    return EXTENSIONS.contains(extension(path));
  }

  /** Lower case, without the dot; empty where there is none. */
  static String extension(String path) {
    int dot = path.lastIndexOf('.');
    return dot < 0 ? "" : path.substring(dot + 1).toLowerCase(Locale.ROOT);
  }

  static String base(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** The part of a set that a path lies in, by the names of its folders; empty where none says. */
  static Optional<String> split(String path) {
    for (String folder : parent(path).split("/", -1)) {
      if (SPLITS.contains(folder.toLowerCase(Locale.ROOT))) {
        return Optional.of(folder);
      }
    }
    return Optional.empty();
  }

  static String parent(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }

  /** Takes ImageNet's class out of a base name. */
  static Named named(String base) {
    int dot = base.lastIndexOf('.');
    String stem = dot < 0 ? base : base.substring(0, dot);
    String rest = dot < 0 ? "" : base.substring(dot);
    Matcher behind = CLASS_BEHIND.matcher(stem);
    if (behind.matches()) {
      return new Named(behind.group(1) + rest, Optional.of(behind.group(2)));
    }
    Matcher front = CLASS_IN_FRONT.matcher(stem);
    return new Named(base, front.matches() ? Optional.of(front.group(1)) : Optional.empty());
  }

  /**
   * The base name of a member that a shard knows by its key: ImageNet's files end in {@code .JPEG},
   * whatever a shard calls them; other names are kept.
   */
  static String ofKey(String key, String extension) {
    String base = base(key);
    boolean imageNet = VALIDATION.matcher(base).matches() || CLASS_IN_FRONT.matcher(base).matches();
    boolean jpeg = extension.startsWith("jp");
    return base + "." + (imageNet && jpeg ? "JPEG" : extension);
  }

  /** Why no image may have this path in an archive; empty where it may. */
  static Optional<String> objection(String path) {
    for (String part : path.split("/", -1)) {
      if (part.equals("..")) {
        return Optional.of("its name leads out of the archive ('..')");
      }
    }
    return unprintable(path);
  }

  /** Why no image may be called this anywhere; empty where it may. */
  static Optional<String> unprintable(String path) {
    if (path.codePoints().anyMatch(Character::isISOControl)) {
      return Optional.of("its name holds control characters");
    }
    if (path.length() > LONGEST) {
      return Optional.of("its name is longer than %d characters".formatted(LONGEST));
    }
    return base(path).isBlank() ? Optional.of("it has no name") : Optional.empty();
  }

  /** Names that begin with a dot or an underscore are passed over, as everywhere in Hadoop. */
  static boolean isHidden(String relative) {
    for (String part : relative.split("/", -1)) {
      if (part.startsWith("_")
          || (part.startsWith(".") && !part.equals(".") && !part.equals(".."))) {
        return true;
      }
    }
    return false;
  }
}
