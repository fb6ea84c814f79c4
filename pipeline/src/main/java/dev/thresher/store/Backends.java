package dev.thresher.store;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;

/**
 * One backend per location and JVM. Hadoop's own cache ignores the settings, so that two stores of
 * one bucket name would be taken for each other; these live until the JVM ends.
 */
final class Backends {
  private static final Map<StoreLocation, Backend> OPEN = new ConcurrentHashMap<>();

  private Backends() {}

  static Backend of(StoreLocation location) throws IOException {
    Backend open = OPEN.get(location);
    if (open != null) {
      return open;
    }
    synchronized (OPEN) {
      open = OPEN.get(location);
      if (open == null) {
        open = connect(location);
        OPEN.put(location, open);
      }
      return open;
    }
  }

  /** A new, uncached connection. */
  static Backend connect(StoreLocation location) throws IOException {
    if (location.root().getScheme().equals("file")) {
      return new LocalBackend(location.root());
    }
    Configuration configuration = new Configuration();
    location.hadoopSettings().forEach(configuration::set);
    FileSystem files = FileSystem.newInstance(location.root(), configuration);
    return location.root().getScheme().equals("s3a")
        ? new PatientBackend(new ObjectStoreBackend(files, location.root()))
        : new HdfsBackend(files, location.root());
  }
}
