package dev.thresher.store;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options.Rename;
import org.apache.hadoop.fs.Path;

/**
 * A Hadoop file system with atomic rename: temporary name, hsync, rename; create-if-absent is a
 * rename that refuses an existing name.
 */
final class HdfsBackend implements Backend {
  private final FileSystem files;
  private final FileContext context;
  private final Path root;

  HdfsBackend(FileSystem files, URI root) throws IOException {
    this.files = files;
    this.context = FileContext.getFileContext(files.getUri(), files.getConf());
    this.root = new Path(root);
  }

  @Override
  public boolean putIfAbsent(String path, byte[] bytes) throws IOException {
    HaltPoint.before(path);
    Path temporary = writeTemporary(path, bytes);
    HaltPoint.inside(path);
    try {
      context.rename(temporary, resolve(path), Rename.NONE);
    } catch (FileAlreadyExistsException e) {
      return false;
    } finally {
      files.delete(temporary, false);
    }
    HaltPoint.after(path);
    return true;
  }

  @Override
  public void replace(String path, byte[] bytes) throws IOException {
    Path temporary = writeTemporary(path, bytes);
    try {
      context.rename(temporary, resolve(path), Rename.OVERWRITE);
    } finally {
      files.delete(temporary, false);
    }
  }

  @Override
  public Optional<byte[]> get(String path, long limit) throws IOException {
    try (FSDataInputStream in = files.open(resolve(path))) {
      return Optional.of(HadoopListing.bytes(in, limit));
    } catch (FileNotFoundException e) {
      return Optional.empty();
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
  public void prepare() throws IOException {
    files.mkdirs(root);
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

  private Path writeTemporary(String path, byte[] bytes) throws IOException {
    Path target = resolve(path);
    Path temporary =
        new Path(target.getParent(), "." + target.getName() + "." + UUID.randomUUID() + ".tmp");
    try (FSDataOutputStream out = files.create(temporary, false)) {
      out.write(bytes);
      out.hsync();
    } catch (IOException e) {
      files.delete(temporary, false);
      throw e;
    }
    return temporary;
  }
}
