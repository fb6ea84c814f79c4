package dev.thresher.sample;

import dev.thresher.image.PreparedImage;
import java.io.IOException;
import java.util.Optional;

/**
 * A tar archive of images, or one inside another: a class of ImageNet's training archive.
 *
 * <p>The class of an image is the unit's where it has one; else the name of the folder that it lies
 * in; else none.
 *
 * @param file the archive, the outer one where it is inside another
 * @param begin its first byte in the file
 */
record TarUnit(String file, long begin, long bytes, String className) implements IndexUnit {
  private static final long serialVersionUID = 1L;

  @Override
  public IndexCursor open(ImageFiles files, Labels labels) throws IOException {
    return new Cursor(new TarMembers(files, file, begin, bytes), labels);
  }

  private final class Cursor extends IndexCursor {
    private final TarMembers members;
    private final Labels labels;
    private final OneSplit split = new OneSplit(file);

    Cursor(TarMembers members, Labels labels) {
      super(file);
      this.members = members;
      this.labels = labels;
    }

    @Override
    Indexed advance() throws IOException {
      TarMembers.Member member;
      while ((member = members.next()) != null) {
        String name = member.name();
        if (member.kind() == TarMembers.Kind.FOLDER || ImageNames.isHidden(name)) {
          continue;
        }
        if (ImageNames.isImage(name)) {
          return indexed(member);
        }
        leaveOut(name);
      }
      return null;
    }

    private Indexed indexed(TarMembers.Member member) {
      String name = member.name();
      Optional<String> objection =
          member.kind() == TarMembers.Kind.OTHER
              ? Optional.of("it is a link or a file with holes, not an image")
              : ImageNames.objection(name);
      if (objection.isPresent()) {
        return new ImageNote(file + "!" + name, objection.get());
      }
      split.check(name);
      String folder = ImageNames.base(ImageNames.parent(name));
      return new ImageRef(
          new ImageLocation.ArchiveRange(file, member.offset(), member.bytes(), name),
          labels.canonical(className.isEmpty() ? folder : className),
          ImageNames.base(name),
          PreparedImage.UNLABELLED);
    }

    @Override
    public void close() throws IOException {
      members.close();
    }
  }
}
