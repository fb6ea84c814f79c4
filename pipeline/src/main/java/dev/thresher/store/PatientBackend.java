package dev.thresher.store;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Asks again where s3a gives up too early: at an answer whose body breaks off twice, or whose
 * headers do, which it does not expect and throws no IOException for; and at a 5xx in the middle of
 * reading, which only the client below it repeats. All requests here may be repeated.
 */
final class PatientBackend implements Backend {
  private static final int TRIES = 5;
  private static final String CUT = "ConnectionClosedException";

  /** Of s3a, for 500 and for 503 and 429: it is not on the library's class path. */
  private static final Set<String> UNABLE =
      Set.of("AWSStatus500Exception", "AWSServiceThrottledException");

  private static final long FIRST_PAUSE_MILLIS = 200;

  private final Backend backend;

  PatientBackend(Backend backend) {
    this.backend = backend;
  }

  private interface Request<T> {
    T send() throws IOException;
  }

  private static <T> T patiently(Request<T> request) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        return request.send();
      } catch (RuntimeException e) {
        if (attempt == TRIES) {
          throw new IOException("the store's answer cannot be understood: " + e, e);
        }
      } catch (IOException e) {
        if (attempt == TRIES || !isPassing(e)) {
          throw e;
        }
      }
      pause(FIRST_PAUSE_MILLIS << (attempt - 1));
    }
  }

  /** An answer that broke off in its body, or in which the store says that it cannot now. */
  private static boolean isPassing(Throwable thrown) {
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      boolean cut = t instanceof EOFException || t.getClass().getSimpleName().equals(CUT);
      boolean reset = t instanceof SocketException && !(t instanceof ConnectException);
      boolean unable = UNABLE.contains(t.getClass().getSimpleName());
      if (cut || reset || unable) {
        return true;
      }
    }
    return false;
  }

  private static void pause(long millis) throws IOException {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting to ask the store again");
    }
  }

  @Override
  public boolean putIfAbsent(String path, byte[] bytes) throws IOException {
    return patiently(() -> backend.putIfAbsent(path, bytes));
  }

  @Override
  public void replace(String path, byte[] bytes) throws IOException {
    patiently(
        () -> {
          backend.replace(path, bytes);
          return null;
        });
  }

  @Override
  public Optional<byte[]> get(String path, long limit) throws IOException {
    return patiently(() -> backend.get(path, limit));
  }

  @Override
  public void delete(String path) throws IOException {
    patiently(
        () -> {
          backend.delete(path);
          return null;
        });
  }

  @Override
  public List<StoredObject> list(String folder) throws IOException {
    return patiently(() -> backend.list(folder));
  }

  @Override
  public void prepare() throws IOException {
    backend.prepare();
  }

  @Override
  public void close() throws IOException {
    backend.close();
  }

  @Override
  public URI address(String path) {
    return backend.address(path);
  }
}
