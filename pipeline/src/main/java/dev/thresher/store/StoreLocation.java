package dev.thresher.store;

import java.io.Serializable;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Where the runs are: a root such as {@code s3a://bucket/prefix}, {@code hdfs://name/path}, {@code
 * file:///path} or a plain path, and the Hadoop settings that reach it. Serializable, so that tasks
 * open the same store; the settings may hold credentials and never appear in {@link #toString}.
 */
public final class StoreLocation implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:.*");

  private final URI root;
  private final TreeMap<String, String> hadoopSettings;

  private StoreLocation(URI root, Map<String, String> hadoopSettings) {
    this.root = root;
    this.hadoopSettings = new TreeMap<>(hadoopSettings);
  }

  /** The store at this root; refuses roots that cannot be understood. No access happens here. */
  public static StoreLocation of(String root, Map<String, String> hadoopSettings) {
    if (root.isBlank()) {
      throw new IllegalArgumentException(
          "The store's root is empty; give s3a://BUCKET/PREFIX, hdfs://NAME/PATH or a folder");
    }
    if (!SCHEME.matcher(root).matches()) {
      Path folder = Path.of(root).toAbsolutePath().normalize();
      return new StoreLocation(withoutSlash(folder.toUri().toString()), hadoopSettings);
    }
    URI uri;
    try {
      uri = withoutSlash(root);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "The store's root '" + root + "' is not a valid address: " + e.getMessage(), e);
    }
    return new StoreLocation(checked(uri, root), hadoopSettings);
  }

  /** A folder that exists has a slash at its end in Java's eyes; a root never has. */
  private static URI withoutSlash(String root) {
    return URI.create(root.endsWith("/") ? root.substring(0, root.length() - 1) : root);
  }

  private static URI checked(URI uri, String root) {
    switch (uri.getScheme()) {
      case "file" -> {
        if (uri.getAuthority() != null || uri.getPath() == null || uri.getPath().isEmpty()) {
          throw new IllegalArgumentException(
              "The store's root '" + root + "' must be file:///PATH with an absolute path");
        }
      }
      case "s3a" -> {
        if (uri.getHost() == null && uri.getAuthority() == null) {
          throw new IllegalArgumentException(
              "The store's root '" + root + "' names no bucket; give s3a://BUCKET/PREFIX");
        }
        if (uri.getUserInfo() != null) {
          throw new IllegalArgumentException(
              "The store's root must not hold credentials; give them in the environment");
        }
      }
      case "hdfs" -> {}
      default ->
          throw new IllegalArgumentException(
              "The store's root '"
                  + root
                  + "' has the scheme '"
                  + uri.getScheme()
                  + "'; supported are s3a, hdfs and file"
                  + ("s3".equals(uri.getScheme()) ? " (write s3a:// for s3://)" : ""));
    }
    return uri;
  }

  URI root() {
    return root;
  }

  Map<String, String> hadoopSettings() {
    return hadoopSettings;
  }

  /** The same store reached with further settings. */
  StoreLocation with(Map<String, String> more) {
    TreeMap<String, String> merged = new TreeMap<>(hadoopSettings);
    merged.putAll(more);
    return new StoreLocation(root, merged);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StoreLocation that
        && root.equals(that.root)
        && hadoopSettings.equals(that.hadoopSettings);
  }

  @Override
  public int hashCode() {
    return 31 * root.hashCode() + hadoopSettings.hashCode();
  }

  /** The root alone: settings may be secret. */
  @Override
  public String toString() {
    return root.toString();
  }
}
