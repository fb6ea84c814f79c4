package dev.thresher.sample;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.CodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/** Parquet's decompressors, which unpack no page that says it is larger than a limit. */
final class BoundedCodecs implements CompressionCodecFactory {
  private static final int BUFFER = 64 << 10;

  private final CompressionCodecFactory codecs = new CodecFactory(new Configuration(false), BUFFER);
  private int limit;

  /** Pages to come have at most so many bytes. */
  void limit(int bytes) {
    limit = bytes;
  }

  private void check(int unpacked) {
    if (unpacked < 0 || unpacked > limit) {
      throw new IllegalArgumentException(
          "one of its pages has %d bytes unpacked, and %d are the limit"
              .formatted(Integer.toUnsignedLong(unpacked), limit));
    }
  }

  @Override
  public BytesInputDecompressor getDecompressor(CompressionCodecName name) {
    BytesInputDecompressor codec = codecs.getDecompressor(name);
    return new BytesInputDecompressor() {
      @Override
      public BytesInput decompress(BytesInput bytes, int uncompressedSize) throws IOException {
        check(uncompressedSize);
        return codec.decompress(bytes, uncompressedSize);
      }

      @Override
      public void decompress(
          ByteBuffer input, int compressedSize, ByteBuffer output, int uncompressedSize)
          throws IOException {
        check(uncompressedSize);
        codec.decompress(input, compressedSize, output, uncompressedSize);
      }

      @Override
      public void release() {
        codec.release();
      }
    };
  }

  @Override
  public BytesInputCompressor getCompressor(CompressionCodecName name) {
    return codecs.getCompressor(name);
  }

  @Override
  public void release() {
    codecs.release();
  }
}
