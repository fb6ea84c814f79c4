package dev.thresher.sample;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A file of this machine. */
final class LocalSeekableFile implements SeekableFile {
  private final FileChannel channel;
  private final long length;

  LocalSeekableFile(FileChannel channel) throws IOException {
    this.channel = channel;
    this.length = channel.size();
  }

  @Override
  public long length() {
    return length;
  }

  @Override
  public int read(long position, byte[] into, int offset, int count) throws IOException {
    return Math.max(0, channel.read(ByteBuffer.wrap(into, offset, count), position));
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
