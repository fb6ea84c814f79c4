package dev.thresher.sample;

import dev.thresher.sample.ImageLocation.ArchiveRange;
import dev.thresher.sample.ImageLocation.ParquetRow;
import dev.thresher.sample.ImageLocation.WholeFile;
import dev.thresher.sample.ImageLocation.ZipMember;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/** The images of one part, packed: a driver holds all parts of a plan. */
public final class PlannedPart implements Serializable {
  private static final long serialVersionUID = 1L;

  /** What an image is taken to have where nothing says it: one of ImageNet. */
  private static final long USUAL_BYTES = 110_000;

  private static final byte FILE = 0;
  private static final byte RANGE = 1;
  private static final byte ROW = 2;
  private static final byte ZIP = 3;

  private final int part;
  private final int images;
  private final long bytes;
  private final boolean rows;
  private final byte[] packed;

  private PlannedPart(int part, int images, long bytes, boolean rows, byte[] packed) {
    this.part = part;
    this.images = images;
    this.bytes = bytes;
    this.rows = rows;
    this.packed = packed;
  }

  /** Packs the images of a part, in order. */
  public static PlannedPart of(int part, List<ImageRef> images) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    long bytes = 0;
    boolean rows = false;
    try (DataOutputStream out = new DataOutputStream(new DeflaterOutputStream(packed))) {
      for (ImageRef image : images) {
        write(image, out);
        long size = image.location().bytes();
        bytes += size == ImageLocation.UNKNOWN ? USUAL_BYTES : size;
        rows |= image.location() instanceof ParquetRow;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new PlannedPart(part, images.size(), bytes, rows, packed.toByteArray());
  }

  private static void write(ImageRef image, DataOutputStream out) throws IOException {
    if (image.location() instanceof WholeFile file) {
      out.writeByte(FILE);
      out.writeUTF(file.file());
      out.writeLong(file.bytes());
    } else if (image.location() instanceof ArchiveRange range) {
      out.writeByte(RANGE);
      out.writeUTF(range.file());
      out.writeLong(range.offset());
      out.writeLong(range.bytes());
      out.writeUTF(range.member());
    } else if (image.location() instanceof ParquetRow row) {
      out.writeByte(ROW);
      out.writeUTF(row.file());
      out.writeInt(row.rowGroup());
      out.writeInt(row.row());
    } else if (image.location() instanceof ZipMember zip) {
      out.writeByte(ZIP);
      out.writeUTF(zip.file());
      out.writeLong(zip.header());
      out.writeLong(zip.packed());
      out.writeBoolean(zip.deflated());
      out.writeUTF(zip.member());
    }
    out.writeUTF(image.className());
    out.writeUTF(image.name());
    out.writeInt(image.label());
  }

  private static ImageRef read(DataInputStream in) throws IOException {
    byte kind = in.readByte();
    String file = in.readUTF();
    ImageLocation location =
        switch (kind) {
          case FILE -> new WholeFile(file, in.readLong());
          case RANGE -> new ArchiveRange(file, in.readLong(), in.readLong(), in.readUTF());
          case ZIP ->
              new ZipMember(file, in.readLong(), in.readLong(), in.readBoolean(), in.readUTF());
          default -> new ParquetRow(file, in.readInt(), in.readInt());
        };
    return new ImageRef(location, in.readUTF(), in.readUTF(), in.readInt());
  }

  /** Its number. */
  public int part() {
    return part;
  }

  /** How many images it has. */
  public int images() {
    return images;
  }

  /** About how many bytes its images have before they are decoded. */
  public long bytes() {
    return bytes;
  }

  /** Whether images of it are rows of tables, which are read together. */
  public boolean hasRows() {
    return rows;
  }

  /** The images, in order. */
  public List<ImageRef> refs() {
    List<ImageRef> refs = new ArrayList<>(images);
    try (DataInputStream in =
        new DataInputStream(new InflaterInputStream(new ByteArrayInputStream(packed)))) {
      for (int i = 0; i < images; i++) {
        refs.add(read(in));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return refs;
  }
}
