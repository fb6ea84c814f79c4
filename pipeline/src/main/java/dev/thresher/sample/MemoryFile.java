package dev.thresher.sample;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import org.apache.parquet.io.DelegatingSeekableInputStream;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.apache.parquet.io.SeekableInputStream;

/** Parquet files in memory: what we write is small and hashed whole. */
public final class MemoryFile {
  private MemoryFile() {}

  /** Collects what a writer writes. */
  public static final class Output implements OutputFile {
    private final ByteArrayOutputStream bytes;

    /** Begins small and grows. */
    public Output() {
      this(0);
    }

    /** Begins with room for so many bytes. */
    public Output(int expected) {
      bytes = new ByteArrayOutputStream(expected);
    }

    /** What was written so far. */
    public byte[] toByteArray() {
      return bytes.toByteArray();
    }

    @Override
    public PositionOutputStream create(long blockSizeHint) {
      return new PositionOutputStream() {
        @Override
        public long getPos() {
          return bytes.size();
        }

        @Override
        public void write(int value) {
          bytes.write(value);
        }

        @Override
        public void write(byte[] from, int offset, int length) {
          bytes.write(from, offset, length);
        }
      };
    }

    @Override
    public PositionOutputStream createOrOverwrite(long blockSizeHint) {
      return create(blockSizeHint);
    }

    @Override
    public boolean supportsBlockSize() {
      return false;
    }

    @Override
    public long defaultBlockSize() {
      return 0;
    }
  }

  /** A file's bytes. */
  public static final class Input implements InputFile {
    private final byte[] bytes;

    /** Reads these, which are not copied. */
    public Input(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public long getLength() {
      return bytes.length;
    }

    @Override
    public SeekableInputStream newStream() {
      return new Stream(new Cursor(bytes));
    }
  }

  /** An array stream that can be moved. */
  private static final class Cursor extends ByteArrayInputStream {
    Cursor(byte[] bytes) {
      super(bytes);
    }

    long position() {
      return pos;
    }

    void seek(long position) throws EOFException {
      if (position < 0 || position > count) {
        throw new EOFException(
            "Cannot seek to byte %d of %d: the part is damaged.".formatted(position, count));
      }
      pos = (int) position;
    }
  }

  private static final class Stream extends DelegatingSeekableInputStream {
    private final Cursor cursor;

    Stream(Cursor cursor) {
      super(cursor);
      this.cursor = cursor;
    }

    @Override
    public long getPos() {
      return cursor.position();
    }

    @Override
    public void seek(long position) throws IOException {
      cursor.seek(position);
    }
  }
}
