package dev.thresher.store;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/** What Hadoop's file systems list below a folder. */
final class HadoopListing {
  /** Of an array. */
  private static final int LONGEST = Integer.MAX_VALUE - 8;

  private HadoopListing() {}

  /** All bytes of a stream, which are no more than this. */
  static byte[] bytes(InputStream in, long limit) throws IOException {
    byte[] bytes = in.readNBytes((int) Math.min(limit + 1, LONGEST));
    if (bytes.length > limit) {
      throw UnusableObjectException.larger(limit);
    }
    return bytes;
  }

  static List<StoredObject> of(FileSystem files, Path folder) throws IOException {
    String prefix = folder.toUri().getPath() + "/";
    List<StoredObject> found = new ArrayList<>();
    try {
      RemoteIterator<LocatedFileStatus> all = files.listFiles(folder, true);
      while (all.hasNext()) {
        LocatedFileStatus file = all.next();
        found.add(
            new StoredObject(
                file.getPath().toUri().getPath().substring(prefix.length()),
                StoredObject.Kind.OBJECT,
                file.getLen(),
                Instant.ofEpochMilli(file.getModificationTime())));
      }
    } catch (FileNotFoundException e) {
      return List.of();
    }
    found.sort(Comparator.comparing(StoredObject::key));
    return found;
  }
}
