package dev.thresher.sample;

import dev.thresher.image.PreparedImage;
import java.io.IOException;
import java.util.Iterator;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A folder of a source.
 *
 * @param root the source
 * @param below the folder's path relative to it, empty for the source itself
 * @param className class of all images below, empty where they have none
 * @param depth whether the folders in it count too
 */
record FolderUnit(String root, String below, String className, Depth depth) implements IndexUnit {
  private static final long serialVersionUID = 1L;

  /** How far down to look. */
  enum Depth {
    /** The folder's own files. */
    DIRECT,
    /** All below. */
    ALL
  }

  @Override
  public long bytes() {
    return ImageLocation.UNKNOWN;
  }

  @Override
  public IndexCursor open(ImageFiles files, Labels labels) throws IOException {
    String folder = below.isEmpty() ? root : ImageFiles.resolve(root, below);
    Stream<ImageFiles.Child> all =
        depth == Depth.ALL
            ? files.walk(folder)
            : files.children(folder).filter(child -> !child.folder());
    return new Cursor(folder, labels.canonical(className), all);
  }

  private final class Cursor extends IndexCursor {
    private final String folder;
    private final String canonical;
    private final Stream<ImageFiles.Child> open;
    private final Iterator<ImageFiles.Child> all;

    Cursor(String folder, String canonical, Stream<ImageFiles.Child> all) {
      super(folder);
      this.folder = folder;
      this.canonical = canonical;
      this.open = all;
      this.all = all.iterator();
    }

    @Override
    Indexed advance() throws IOException {
      while (all.hasNext()) {
        ImageFiles.Child file = all.next();
        if (ImageNames.isHidden(file.name())) {
          continue;
        }
        if (ImageNames.isImage(file.name())) {
          return indexed(file);
        }
        leaveOut(file.name());
      }
      return null;
    }

    private Indexed indexed(ImageFiles.Child file) throws IOException {
      String path = ImageFiles.resolve(folder, file.name());
      Optional<String> objection = ImageNames.unprintable(className + file.name());
      if (objection.isPresent()) {
        return new ImageNote(path, objection.get());
      }
      boolean named = className.isEmpty() && !below.isEmpty();
      return new ImageRef(
          new ImageLocation.WholeFile(path, file.bytes()),
          canonical,
          named ? below + "/" + file.name() : file.name(),
          PreparedImage.UNLABELLED);
    }

    @Override
    public void close() {
      open.close();
    }
  }
}
