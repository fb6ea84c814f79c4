package dev.thresher.store;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.util.VersionInfo;

/** Turns what Hadoop, the S3 client and the operating system throw into a sentence for the user. */
final class StoreErrors {
  /** What is committed stays: every one of these ends a run that can go on. */
  private static final String CONTINUE =
      " A run that had begun goes on when it is started again with its --run.";

  private StoreErrors() {}

  /** "Cannot WHAT the store WHERE: why. What to do." */
  static StoreException explain(String what, StoreLocation location, Throwable thrown) {
    return new StoreException(
        "Cannot " + what + " the store " + location + ": " + reason(location, thrown), thrown);
  }

  private static String reason(StoreLocation location, Throwable thrown) {
    List<Throwable> chain = chain(thrown);
    String text = text(chain);
    boolean s3 = location.root().getScheme().equals("s3a");
    if (s3 && hasAny(text, "NoClassDefFoundError", "NoSuchMethodError", "ClassNotFoundException")) {
      return "this Spark brings Hadoop "
          + VersionInfo.getVersion()
          + " (%s), and s3a needs 3.4.3. Put hadoop-client-api and hadoop-client-runtime 3.4.3 first:"
              .formatted(firstLine(thrown))
          + " --driver-class-path and spark.executor.extraClassPath of spark-submit; or use a file:// or"
          + " hdfs:// store.";
    }
    if (text.contains("NoSuchBucket") || text.contains("UnknownStoreException")) {
      return "there is no bucket '"
          + location.root().getAuthority()
          + "'. Create it, or correct store.root.";
    }
    if (hasAny(text, "InvalidAccessKeyId", "SignatureDoesNotMatch", "NoAuthWithAWSException")
        || hasAny(text, "NoAwsCredentialsException", "CredentialInitializationException")
        || hasAny(text, "ExpiredToken", "InvalidToken", "TokenRefreshRequired")) {
      return "the credentials are missing, wrong or expired. Set AWS_ACCESS_KEY_ID and"
          + " AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN for temporary ones)."
          + CONTINUE;
    }
    if (hasAny(text, "No space left on device", "Disk quota exceeded", "DSQuotaExceeded")
        || hasAny(text, "NSQuotaExceeded", "QuotaExceeded", "InsufficientStorage")) {
      return "there is no space left (" + firstLine(thrown) + "). Make room." + CONTINUE;
    }
    if (isAny(chain, UnknownHostException.class) || text.contains("UnknownHostException")) {
      return "the host is not known" + endpoint(location) + ". Correct " + key(s3) + ".";
    }
    if (isAny(chain, ConnectException.class, NoRouteToHostException.class)
        || hasAny(text, "Connection refused", "ConnectTimeoutException")) {
      return "nothing answers"
          + endpoint(location)
          + ". Start the store, or correct "
          + key(s3)
          + ".";
    }
    if (isAny(chain, AccessDeniedException.class)
        || hasAny(text, "AccessDenied", "AccessControlException", "Status Code: 403")) {
      return s3
          ? "permission denied: the secret key is wrong, or these credentials may do too little."
              + " Correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or allow s3:GetObject, s3:PutObject and"
              + " s3:ListBucket below store.root."
          : "permission denied for user '"
              + System.getProperty("user.name")
              + "'. Allow it to write there, or correct store.root.";
    }
    if (isAny(chain, SocketTimeoutException.class) || text.contains("TimeoutException")) {
      return "no answer in time"
          + endpoint(location)
          + ". Start the store, or correct "
          + key(s3)
          + "."
          + CONTINUE;
    }
    if (isAny(chain, NotDirectoryException.class, java.nio.file.FileAlreadyExistsException.class)
        || text.contains("Not a directory")) {
      return "a part of the path is a file, not a folder. Correct store.root.";
    }
    if (isAny(chain, FileNotFoundException.class)) {
      return s3
          ? "what answers"
              + endpoint(location)
              + " is no S3 store (404). Correct store.s3.endpoint."
          : "it is not there (" + firstLine(thrown) + "). Correct store.root.";
    }
    return firstLine(thrown);
  }

  private static String key(boolean s3) {
    return s3 ? "store.s3.endpoint" : "store.root";
  }

  private static String endpoint(StoreLocation location) {
    String endpoint = location.hadoopSettings().get("fs.s3a.endpoint");
    return endpoint == null ? "" : " at " + endpoint;
  }

  private static List<Throwable> chain(Throwable thrown) {
    List<Throwable> chain = new ArrayList<>();
    for (Throwable t = thrown; t != null && !chain.contains(t); t = t.getCause()) {
      chain.add(t);
    }
    return chain;
  }

  private static String text(List<Throwable> chain) {
    StringBuilder text = new StringBuilder();
    chain.forEach(t -> text.append(t).append('\n'));
    return text.toString();
  }

  private static boolean hasAny(String text, String... words) {
    String lower = text.toLowerCase(Locale.ROOT);
    for (String word : words) {
      if (lower.contains(word.toLowerCase(Locale.ROOT))) {
        return true;
      }
    }
    return false;
  }

  @SafeVarargs
  private static boolean isAny(List<Throwable> chain, Class<? extends IOException>... kinds) {
    for (Throwable thrown : chain) {
      for (Class<? extends IOException> kind : kinds) {
        if (kind.isInstance(thrown)) {
          return true;
        }
      }
    }
    return false;
  }

  private static String firstLine(Throwable thrown) {
    String message = String.valueOf(thrown.getMessage());
    int end = message.indexOf('\n');
    String line = end < 0 ? message : message.substring(0, end);
    return thrown.getClass().getSimpleName() + ": " + line;
  }
}
