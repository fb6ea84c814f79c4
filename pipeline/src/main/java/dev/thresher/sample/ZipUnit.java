package dev.thresher.sample;

import dev.thresher.image.PreparedImage;
import java.io.IOException;
import java.util.Optional;

/**
 * A zip archive of images: the class of an image is the name of the folder that it lies in.
 *
 * @param bytes of the archive
 */
record ZipUnit(String file, long bytes) implements IndexUnit {
  private static final long serialVersionUID = 1L;

  @Override
  public IndexCursor open(ImageFiles files, Labels labels) throws IOException {
    return new Cursor(new ZipMembers(files, file), labels);
  }

  private final class Cursor extends IndexCursor {
    private final ZipMembers members;
    private final Labels labels;
    private final OneSplit split = new OneSplit(file);

    Cursor(ZipMembers members, Labels labels) {
      super(file);
      this.members = members;
      this.labels = labels;
    }

    @Override
    Indexed advance() throws IOException {
      ZipMembers.Member member;
      while ((member = members.next()) != null) {
        String name = member.name();
        if (member.kind() == ZipMembers.Kind.FOLDER || ImageNames.isHidden(name)) {
          continue;
        }
        if (ImageNames.isImage(name)) {
          return indexed(member);
        }
        leaveOut(name);
      }
      return null;
    }

    private Indexed indexed(ZipMembers.Member member) {
      String name = member.name();
      Optional<String> objection =
          member.kind() == ZipMembers.Kind.OTHER
              ? Optional.of("it is encrypted, or packed otherwise than by deflate")
              : ImageNames.objection(name);
      if (objection.isPresent()) {
        return new ImageNote(file + "!" + name, objection.get());
      }
      split.check(name);
      return new ImageRef(
          new ImageLocation.ZipMember(
              file,
              member.header(),
              member.packed(),
              member.kind() == ZipMembers.Kind.DEFLATED,
              name),
          labels.canonical(ImageNames.base(ImageNames.parent(name))),
          ImageNames.base(name),
          PreparedImage.UNLABELLED);
    }

    @Override
    public void close() throws IOException {
      members.close();
    }
  }
}
