package dev.thresher.sample;

import java.io.IOException;
import org.apache.hadoop.fs.FSDataInputStream;

/** A file of a store: going forward reads on, {@link #range} asks for the range alone. */
final class HadoopSeekableFile implements SeekableFile {
  private final FSDataInputStream in;
  private final long length;

  HadoopSeekableFile(FSDataInputStream in, long length) {
    this.in = in;
    this.length = length;
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public int read(long position, byte[] into, int offset, int count) throws IOException {
    if (in.getPos() != position) {
      in.seek(position);
    }
    return Math.max(0, in.read(into, offset, count));
  }

  @Override
  public byte[] range(long position, int count) throws IOException {
    byte[] bytes = new byte[count];
    in.readFully(position, bytes);
    return bytes;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
