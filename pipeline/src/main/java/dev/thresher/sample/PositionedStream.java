package dev.thresher.sample;

import java.io.IOException;
import java.io.InputStream;

/** A range of a file as a stream; skipping costs nothing. */
final class PositionedStream extends InputStream {
  private static final int BUFFER = 16 << 10;

  private final SeekableFile file;
  private final long end;
  private final byte[] buffer = new byte[BUFFER];
  private long bufferBegin;
  private int buffered;
  private long position;

  PositionedStream(SeekableFile file, long begin, long end) {
    this.file = file;
    this.position = begin;
    this.bufferBegin = begin;
    this.end = Math.min(end, file.length());
  }

  long position() {
    return position;
  }

  void seek(long to) {
    position = to;
  }

  long end() {
    return end;
  }

  @Override
  public int read() throws IOException {
    return fill() ? buffer[(int) (position++ - bufferBegin)] & 0xff : -1;
  }

  @Override
  public int read(byte[] into, int offset, int count) throws IOException {
    if (count == 0) {
      return 0;
    }
    boolean isBuffered = position >= bufferBegin && position < bufferBegin + buffered;
    if (!isBuffered && count >= BUFFER && position < end) {
      int read = file.read(position, into, offset, (int) Math.min(count, end - position));
      position += read;
      return read > 0 ? read : -1;
    }
    if (!fill()) {
      return -1;
    }
    int from = (int) (position - bufferBegin);
    int n = Math.min(count, buffered - from);
    System.arraycopy(buffer, from, into, offset, n);
    position += n;
    return n;
  }

  private boolean fill() throws IOException {
    if (position >= end) {
      return false;
    }
    if (position < bufferBegin || position >= bufferBegin + buffered) {
      bufferBegin = position;
      buffered = file.read(position, buffer, 0, (int) Math.min(BUFFER, end - position));
    }
    return buffered > 0;
  }

  @Override
  public long skip(long count) {
    long skipped = Math.max(0, Math.min(count, end - position));
    position += skipped;
    return skipped;
  }

  @Override
  public int available() {
    return (int) Math.min(Integer.MAX_VALUE, end - position);
  }
}
