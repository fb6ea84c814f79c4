package dev.thresher.store;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/** The few things that a run needs of a store. Implementations are safe for concurrent use. */
interface Backend extends AutoCloseable {
  /**
   * Makes the whole object visible in one step, but only where nothing is; false, having changed
   * nothing, where something is.
   */
  boolean putIfAbsent(String path, byte[] bytes) throws IOException;

  /**
   * Makes the whole object visible in one step, in the place of the one that is there, if any. No
   * recovery reads what is written so, so that it has no {@link HaltPoint}.
   */
  void replace(String path, byte[] bytes) throws IOException;

  /**
   * The object's bytes, empty where there is none.
   *
   * @param limit to its size
   * @throws UnusableObjectException where there is something that is no object, or a larger one
   */
  Optional<byte[]> get(String path, long limit) throws IOException;

  /** Removes an object; nothing happens where there is none. */
  void delete(String path) throws IOException;

  /** All objects below a folder, with keys relative to it, in the order of keys. */
  List<StoredObject> list(String folder) throws IOException;

  /** Creates, empty, what must exist before a first object is written (a folder, not a bucket). */
  void prepare() throws IOException;

  @Override
  void close() throws IOException;

  /** The full address of an object. */
  URI address(String path);
}
