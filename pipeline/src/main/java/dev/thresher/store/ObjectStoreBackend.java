package dev.thresher.store;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSDataOutputStreamBuilder;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.PathIOException;

/**
 * S3 through s3a: an object becomes visible when its upload is completed by close, and
 * create-if-absent is the store's own conditional PUT (If-None-Match), decided by the server.
 */
final class ObjectStoreBackend implements Backend {
  /** Hadoop 3.4.2 and later; 412 Precondition Failed arrives as RemoteFileChangedException. */
  private static final String CONDITIONAL_OVERWRITE = "fs.option.create.conditional.overwrite";

  /** How often an object may be replaced between the question for its size and its reading. */
  private static final int REPLACEMENTS = 100;

  private final FileSystem files;
  private final Path root;

  ObjectStoreBackend(FileSystem files, URI root) {
    this.files = files;
    this.root = new Path(root);
  }

  @Override
  public boolean putIfAbsent(String path, byte[] bytes) throws IOException {
    FSDataOutputStreamBuilder<?, ?> builder = files.createFile(resolve(path));
    builder.overwrite(true);
    builder.must(CONDITIONAL_OVERWRITE, true);
    HaltPoint.before(path);
    try {
      write(path, builder.build(), bytes);
      HaltPoint.after(path);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (PathIOException e) {
      if (isPreconditionFailed(e)) {
        return false;
      }
      throw e;
    }
  }

  private static boolean isPreconditionFailed(PathIOException e) {
    // Named, not imported: hadoop-aws is on the class path of the jobs only.
    return e.getClass().getSimpleName().equals("RemoteFileChangedException");
  }

  @Override
  public void replace(String path, byte[] bytes) throws IOException {
    write(path, files.create(resolve(path), true), bytes);
  }

  @Override
  public Optional<byte[]> get(String path, long limit) throws IOException {
    for (int replaced = 0; ; replaced++) {
      try (FSDataInputStream in = files.open(resolve(path))) {
        return Optional.of(HadoopListing.bytes(in, limit));
      } catch (FileNotFoundException e) {
        if (String.valueOf(e.getMessage()).contains("NoSuchBucket")) {
          throw e;
        }
        return Optional.empty();
      } catch (PathIOException e) {
        // s3a reads the version whose size it has asked for (If-Match); this one is newer.
        if (!isPreconditionFailed(e) || replaced == REPLACEMENTS) {
          throw e;
        }
      }
    }
  }

  @Override
  public void delete(String path) throws IOException {
    HaltPoint.before(path);
    files.delete(resolve(path), false);
    HaltPoint.after(path);
  }

  @Override
  public List<StoredObject> list(String folder) throws IOException {
    return HadoopListing.of(files, resolve(folder));
  }

  @Override
  public void prepare() {
    // Buckets are made by their owner; prefixes need no making.
  }

  @Override
  public void close() throws IOException {
    files.close();
  }

  @Override
  public URI address(String path) {
    return resolve(path).toUri();
  }

  private Path resolve(String path) {
    return new Path(root, path);
  }

  private static void write(String path, FSDataOutputStream out, byte[] bytes) throws IOException {
    try {
      out.write(bytes);
      HaltPoint.inside(path);
    } catch (IOException | RuntimeException e) {
      // Closing would publish what has been written so far.
      out.abort();
      throw e;
    }
    out.close();
  }
}
