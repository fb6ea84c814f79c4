package dev.thresher.sample;

import java.io.Serializable;

/**
 * Takes the parts that tasks make.
 *
 * <p>An object becomes visible whole or not at all. The same name may be written again with the
 * same bytes, by a retried or speculative task, also at the same time. Parts count only once the
 * driver has committed a manifest that names them.
 */
@FunctionalInterface
public interface PartSink extends Serializable {
  /**
   * Writes one object; {@code content} is not kept.
   *
   * @param sha256 of the content, hexadecimal
   * @return under which name it is found: another one than asked for where an object of other bytes
   *     has the name already, left behind by a job that ended early
   */
  String write(String name, byte[] content, String sha256);
}
