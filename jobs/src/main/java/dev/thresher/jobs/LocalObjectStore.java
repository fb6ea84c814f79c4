package dev.thresher.jobs;

import dev.thresher.jobs.config.Secret;
import dev.thresher.jobs.config.StoreSettings;
import dev.thresher.store.StoreException;
import java.io.IOException;
import java.io.Writer;
import java.lang.ProcessBuilder.Redirect;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * A real S3-protocol server (S3Proxy over a folder) in a JVM of its own, on a free port of the
 * loopback interface, with random credentials that pass through its standard input only. It ends
 * with {@link #close} and with this process, however that ends; one that was left behind shares
 * neither port nor credentials with a new one. Objects stay in {@code <folder>/buckets}.
 */
public final class LocalObjectStore implements AutoCloseable {
  private static final String MAIN = "dev.thresher.objectstore.ServerMain";
  private static final String LIBRARY = "deploy/standalone/object-store/target";
  private static final Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
  private static final Duration READY = Duration.ofSeconds(30);
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);

  private static final Duration END = Duration.ofSeconds(10);

  /** Another process may take the free port before the server does. */
  private static final int TRIES = 3;

  private final Place place;
  private final Process server;
  private final URI endpoint;
  private final Secret accessKey;
  private final Secret secretKey;

  /** What it runs from and what it serves. */
  private record Place(Path library, Path buckets, Path log) {}

  private LocalObjectStore(
      Place place, Process server, URI endpoint, Secret accessKey, Secret secretKey) {
    this.place = place;
    this.server = server;
    this.endpoint = endpoint;
    this.accessKey = accessKey;
    this.secretKey = secretKey;
  }

  /**
   * Starts a server over the folder, with the bucket in it, and returns when it answers.
   *
   * @param home where Thresher was built
   */
  public static LocalObjectStore start(Path home, Path folder, String bucket) {
    if (!BUCKET.matcher(bucket).matches()) {
      throw new StoreException(
          "Cannot make the bucket '"
              + bucket
              + "' in the local object store: S3 wants 3 to 63 of [a-z0-9.-]. Correct store.root.");
    }
    Path library = home.resolve(LIBRARY);
    if (!Files.isDirectory(library.resolve("lib"))) {
      throw new StoreException(
          "Cannot start the local object store: "
              + library.resolve("lib")
              + " is missing. Build it with: mvn -DskipTests package");
    }
    Path log = folder.resolve("server.log");
    try {
      Files.createDirectories(folder(folder, bucket));
      for (int attempt = 1; attempt <= TRIES; attempt++) {
        Place place = new Place(library, folder.resolve("buckets"), log);
        URI endpoint = URI.create("http://127.0.0.1:" + freePort());
        LocalObjectStore store =
            launch(place, endpoint, new Secret(random(10)), new Secret(random(20)));
        if (store.waitUntilReady()) {
          return store;
        }
        store.close();
      }
    } catch (IOException e) {
      throw new StoreException(
          "Cannot start the local object store in " + folder + ": " + e.getMessage(), e);
    }
    throw new StoreException(
        "Cannot start the local object store in "
            + folder
            + ": it did not answer within "
            + READY.toSeconds()
            + " s, "
            + TRIES
            + " times. Its log is "
            + log);
  }

  /** Where the objects of a bucket lie as files. */
  static Path folder(Path folder, String bucket) {
    return folder.resolve("buckets").resolve(bucket);
  }

  private static LocalObjectStore launch(
      Place place, URI endpoint, Secret accessKey, Secret secretKey) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String classPath = place.library.resolve("classes") + ":" + place.library.resolve("lib") + "/*";
    Process server =
        new ProcessBuilder(List.of(java, "-Xmx256m", "-XX:+UseSerialGC", "-cp", classPath, MAIN))
            .redirectErrorStream(true)
            .redirectOutput(Redirect.appendTo(place.log.toFile()))
            .start();
    LocalObjectStore store = new LocalObjectStore(place, server, endpoint, accessKey, secretKey);
    try {
      // Left open on purpose: its end tells the server to end.
      Writer input = server.outputWriter(StandardCharsets.UTF_8);
      input.write("s3proxy.endpoint=" + store.endpoint + "\n");
      input.write("s3proxy.identity=" + store.accessKey.reveal() + "\n");
      input.write("s3proxy.credential=" + store.secretKey.reveal() + "\n");
      input.write("jclouds.filesystem.basedir=" + escaped(place.buckets) + "\n\n");
      input.flush();
    } catch (IOException e) {
      server.destroyForcibly();
      throw e;
    }
    return store;
  }

  /** How s3a reaches this server. */
  public StoreSettings.S3 settings() {
    return new StoreSettings.S3(
        endpoint.toString(), "us-east-1", accessKey, secretKey, new Secret(""), true);
  }

  /** Another server at the same address with the same keys, after this one was killed. */
  LocalObjectStore startedAgain() throws IOException {
    LocalObjectStore store = launch(place, endpoint, accessKey, secretKey);
    if (!store.waitUntilReady()) {
      throw new StoreException("Cannot start the local object store again at " + endpoint);
    }
    return store;
  }

  /** Its process id, for tests that kill it. */
  long pid() {
    return server.pid();
  }

  /** 0 where it ended by itself because its standard input did. */
  int exitStatus() {
    return server.exitValue();
  }

  private boolean waitUntilReady() {
    long deadline = System.nanoTime() + READY.toNanos();
    while (System.nanoTime() < deadline && server.isAlive()) {
      if (answers()) {
        return server.isAlive();
      }
      try {
        Thread.sleep(BETWEEN_LOOKS.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
    return false;
  }

  /** Any answer will do: without credentials it is 403. */
  private boolean answers() {
    try {
      HttpURLConnection connection = (HttpURLConnection) endpoint.toURL().openConnection();
      connection.setConnectTimeout((int) BETWEEN_LOOKS.toMillis() * 4);
      connection.setReadTimeout((int) BETWEEN_LOOKS.toMillis() * 40);
      int status = connection.getResponseCode();
      connection.disconnect();
      return status > 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** Ends the server; the objects stay. */
  @Override
  public void close() {
    try {
      server.outputWriter(StandardCharsets.UTF_8).close();
      if (!server.waitFor(END.toSeconds(), TimeUnit.SECONDS)) {
        server.destroyForcibly();
      }
    } catch (IOException e) {
      server.destroyForcibly();
    } catch (InterruptedException e) {
      server.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static String random(int bytes) {
    byte[] key = new byte[bytes];
    new SecureRandom().nextBytes(key);
    return HexFormat.of().formatHex(key);
  }

  /** As the format of properties wants it. */
  private static String escaped(Path path) {
    return path.toAbsolutePath().toString().replace("\\", "\\\\");
  }
}
