package dev.thresher.store;

import java.util.regex.Pattern;

/** What names of objects and runs may look like. */
final class Keys {
  private static final Pattern KEY =
      Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*");
  private static final Pattern RUN = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,79}");

  private Keys() {}

  static String check(String key) {
    if (!KEY.matcher(key).matches()) {
      throw new IllegalArgumentException(
          "Object key '"
              + key
              + "' must be names of [A-Za-z0-9._-] without a leading dot, joined"
              + " by '/'");
    }
    return key;
  }

  static boolean isRunId(String id) {
    return RUN.matcher(id).matches();
  }
}
