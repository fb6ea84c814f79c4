package dev.thresher.sample;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;

/** A file that is read anywhere; for one thread. */
interface SeekableFile extends Closeable {
  long length();

  /** Reads up to {@code count} bytes, 0 only at the end or where none are asked for. */
  int read(long position, byte[] into, int offset, int count) throws IOException;

  /** All bytes of a range. */
  default byte[] range(long position, int count) throws IOException {
    byte[] bytes = new byte[count];
    int done = 0;
    while (done < count) {
      int read = read(position + done, bytes, done, count - done);
      if (read <= 0) {
        throw new EOFException("it ends at byte %d".formatted(position + done));
      }
      done += read;
    }
    return bytes;
  }
}
