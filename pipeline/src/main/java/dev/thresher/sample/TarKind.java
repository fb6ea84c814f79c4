package dev.thresher.sample;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** What a tar archive holds, by its first members. */
enum TarKind {
  /** Images. */
  IMAGES("holds images"),
  /** Tar archives, one for each class. */
  ARCHIVES("holds archives"),
  /** Images, and beside each of them what it is. */
  WEBDATASET("is a WebDataset shard");

  private static final int FIRST_MEMBERS = 64;
  private static final Pattern CLASS_ARCHIVE = Pattern.compile("(n\\d{8})\\.tar");

  private final String said;

  TarKind(String said) {
    this.said = said;
  }

  String said() {
    return said;
  }

  static TarKind of(String archive, ImageFiles files) throws IOException {
    try (TarMembers members = new TarMembers(files, archive, 0, ImageLocation.UNKNOWN)) {
      TarMembers.Member member;
      for (int i = 0; i < FIRST_MEMBERS && (member = members.next()) != null; i++) {
        if (isArchive(member)) {
          return ARCHIVES;
        }
        if (member.kind() == TarMembers.Kind.FILE
            && WebDatasetUnit.describesImages(member.name())) {
          return WEBDATASET;
        }
      }
      return IMAGES;
    }
  }

  /**
   * What tasks look through in an archive of images: itself, or each archive in it, whose names are
   * the classes. The headers of the outer one are read here, one for each class.
   */
  static List<IndexUnit> units(String archive, ImageFiles files) throws IOException {
    if (of(archive, files) != ARCHIVES) {
      var className = CLASS_ARCHIVE.matcher(ImageNames.base(archive));
      return List.of(
          new TarUnit(
              archive, 0, files.size(archive), className.matches() ? className.group(1) : ""));
    }
    List<IndexUnit> units = new ArrayList<>();
    try (TarMembers members = new TarMembers(files, archive, 0, ImageLocation.UNKNOWN)) {
      TarMembers.Member member;
      while ((member = members.next()) != null) {
        String name = ImageNames.base(member.name());
        if (isArchive(member) && !ImageNames.isHidden(member.name())) {
          refuseAwkward(archive, member.name());
          String className = name.substring(0, name.length() - ".tar".length());
          units.add(new TarUnit(archive, member.offset(), member.bytes(), className));
        }
      }
    }
    return units;
  }

  private static boolean isArchive(TarMembers.Member member) {
    return member.kind() == TarMembers.Kind.FILE && member.name().endsWith(".tar");
  }

  private static void refuseAwkward(String archive, String member) {
    ImageNames.objection(member)
        .ifPresent(
            objection -> {
              throw new SampleException(
                  "Cannot use the archive '%s' in %s as a class: %s."
                      .formatted(member.replaceAll("\\p{Cntrl}", "?"), archive, objection));
            });
  }
}
