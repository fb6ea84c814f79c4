package dev.thresher.objectstore;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.gaul.s3proxy.Main;

/**
 * S3Proxy as the child of another process: its endpoint, folder and credentials are read from
 * standard input as lines of properties up to an empty line, so that no argument, environment or
 * file shows them, and it ends when standard input does, which is when the parent ends, however it
 * ends.
 */
public final class ServerMain {
  private ServerMain() {}

  /** Serves until standard input ends. */
  public static void main(String[] arguments) throws Exception {
    BufferedReader input =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    // S3Proxy lets system properties override those of its file.
    System.getProperties().putAll(readSettings(input));
    Thread watch = new Thread(() -> endWith(input), "parent-watch");
    watch.setDaemon(true);
    watch.start();
    Path settled = Files.createTempFile("s3proxy", ".properties");
    try (InputStream properties = ServerMain.class.getResourceAsStream("/s3proxy.properties")) {
      Files.write(settled, properties.readAllBytes());
      Main.main(new String[] {"--properties", settled.toString()});
    } finally {
      Files.delete(settled);
    }
  }

  private static Properties readSettings(BufferedReader input) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (String line = input.readLine(); line != null && !line.isEmpty(); line = input.readLine()) {
      lines.append(line).append('\n');
    }
    Properties settings = new Properties();
    settings.load(new StringReader(lines.toString()));
    return settings;
  }

  private static void endWith(BufferedReader input) {
    try {
      while (input.read() >= 0) {
        // The parent has nothing more to say; only the end counts.
      }
    } catch (IOException e) {
      // A broken pipe is an end too.
    }
    Runtime.getRuntime().halt(0);
  }
}
