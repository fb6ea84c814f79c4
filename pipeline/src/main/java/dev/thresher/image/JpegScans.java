package dev.thresher.image;

/** Counts the scans of a JPEG (ITU T.81, B.2.3) by its markers, without decoding any of them. */
final class JpegScans {
  private static final int START_OF_SCAN = 0xda;
  private static final int END_OF_IMAGE = 0xd9;

  private final byte[] file;
  private int at = 2;

  private JpegScans(byte[] file) {
    this.file = file;
  }

  /**
   * The scans that a decoder goes through: one where the first holds all components and does not
   * refine, since decoders end there; else as many as begin in the file.
   */
  static int count(byte[] file) {
    return new JpegScans(file).count();
  }

  private int count() {
    boolean progressive = false;
    int components = 0;
    int scans = 0;
    int marker;
    while ((marker = marker()) >= 0 && marker != END_OF_IMAGE) {
      if (isFrame(marker)) {
        progressive |= (marker & 3) == 2;
        components = Math.max(components, byteAt(at + 7));
      }
      if (marker == START_OF_SCAN) {
        scans++;
        if (!progressive && byteAt(at + 2) >= components) {
          return scans;
        }
      }
      if (!standsAlone(marker)) {
        at += byteAt(at) << 8 | byteAt(at + 1);
      }
    }
    return scans;
  }

  /** The next marker, over filling and coded data, -1 at the end. */
  private int marker() {
    while (at + 1 < file.length) {
      if (file[at++] == (byte) 0xff) {
        int next = byteAt(at);
        // A coded 0xff is followed by 0, and markers may have more of them in front.
        if (next != 0 && next != 0xff) {
          at++;
          return next;
        }
      }
    }
    return -1;
  }

  private static boolean isFrame(int marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
  }

  private static boolean standsAlone(int marker) {
    return marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8);
  }

  private int byteAt(int place) {
    return place < file.length ? file[place] & 0xff : 0;
  }
}
