package dev.thresher.jobs.config;

import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A value that is never printed. */
public record Secret(String reveal) {
  /** What stands for a secret in print. */
  public static final String MASK = "***";

  /** What a name has in it that stands for a secret; Spark masks by the same. */
  public static final String NAMES =
      "(?i)secret|passw|passphrase|token|credential"
          + "|(access|api|private|account|encryption|signing|shared|session|sas)[._-]?key";

  private static final Pattern NAME = Pattern.compile(NAMES);

  /** A property given to a JVM: whose it is, nobody knows. */
  private static final Pattern JVM_PROPERTY = Pattern.compile("-D([^=\\s]+)=(\"[^\"]*\"|\\S*)");

  private static final Pattern ASSIGNMENT = Pattern.compile("([\\w.-]+)=([^\\s&;,\"]+)");

  private static final Pattern CREDENTIALS = Pattern.compile("(://)[^/@\\s]*:[^/@\\s]*@");

  /** Shorter texts are found by chance within others. */
  private static final int SHORTEST = 6;

  /** Whether the value of this key must be masked. */
  public static boolean isSecret(String key) {
    return NAME.matcher(key).find();
  }

  /** A text without the secrets that its own form shows. */
  public static String masked(String text) {
    String plain = JVM_PROPERTY.matcher(withoutPassword(text)).replaceAll("-D$1=" + MASK);
    Matcher assignment = ASSIGNMENT.matcher(plain);
    return assignment.replaceAll(
        m -> Matcher.quoteReplacement(isSecret(m.group(1)) ? m.group(1) + "=" + MASK : m.group()));
  }

  /** An address without user and password. */
  static String withoutPassword(String address) {
    return CREDENTIALS.matcher(address).replaceAll("$1" + MASK + "@");
  }

  /** The same without these secrets too. */
  static String masked(String text, Collection<String> secrets) {
    String plain = text;
    for (String secret : secrets) {
      plain = secret.length() < SHORTEST ? plain : plain.replace(secret, MASK);
    }
    return masked(plain);
  }

  /** Whether there is one. */
  public boolean isPresent() {
    return !reveal.isEmpty();
  }

  @Override
  public String toString() {
    return MASK;
  }
}
