package io.sparkddpm.image;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * A JPEG file's outer structure (ITU T.81, annex B): what the markers say, and the image without
 * what does not decide its samples. Java's own reader paints what is cut off grey.
 */
final class JpegSegments {
  private static final int START = 0xD8;
  private static final int END = 0xD9;
  private static final int SCAN = 0xDA;
  private static final int TABLES = 0xC4;
  private static final int RESERVED = 0xC8;
  private static final int ARITHMETIC_TABLES = 0xCC;
  private static final int FIRST_RESTART = 0xD0;
  private static final int LAST_RESTART = 0xD7;
  private static final int FIRST_APPLICATION = 0xE0;
  private static final int EXIF = 0xE1;
  private static final int ADOBE = 0xEE;
  private static final int LAST_APPLICATION = 0xEF;
  private static final int COMMENT = 0xFE;
  private static final int TEMPORARY = 0x01;

  /** Progressive files have some ten; thousands are made to keep a decoder busy. */
  private static final int MOST_SCANS = 500;

  private static final int ADOBE_LENGTH = 12;
  private static final int JFIF_LENGTH = 14;
  private static final byte[] JFIF_NAME = "JFIF\0".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ADOBE_NAME = "Adobe".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] EXIF_NAME = "Exif\0\0".getBytes(StandardCharsets.US_ASCII);

  private final byte[] file;
  private final String source;
  private final ByteArrayOutputStream image;
  private JpegFrame frame;
  private boolean jfif;
  private int adobe = JpegFrame.NO_ADOBE;
  private int orientation = Exif.UPRIGHT;
  private int scans;

  private JpegSegments(byte[] file, String source) {
    this.file = file;
    this.source = source;
    this.image = new ByteArrayOutputStream(file.length);
  }

  /**
   * @throws BadImageException if it is cut off, damaged or of a kind that is not read
   */
  static JpegSegments read(byte[] file, String source) {
    JpegSegments segments = new JpegSegments(file, source);
    segments.walk();
    return segments;
  }

  JpegFrame frame() {
    return frame.withMarkers(jfif, adobe);
  }

  /** EXIF's, 1 to 8. */
  int orientation() {
    return orientation;
  }

  /** The file without application segments, comments and what follows its end. */
  byte[] image() {
    return image.toByteArray();
  }

  private BadImageException damaged(String what, Object... args) {
    return new BadImageException(source.replace("%", "%%") + " is damaged: " + what, args);
  }

  /** Follows the markers to the one that ends the image. */
  private void walk() {
    image.write(file, 0, 2);
    int at = 2;
    while (at + 2 <= file.length) {
      int marker = file[at + 1] & 0xFF;
      if ((file[at] & 0xFF) != 0xFF) {
        throw damaged("a JPEG marker should begin at byte %d", at);
      }
      if (marker == END) {
        image.write(file, at, 2);
        checkWhole();
        return;
      }
      if (marker == 0xFF) { // padding
        at++;
      } else if (marker == TEMPORARY || isRestart(marker)) {
        at += 2;
      } else if (marker == 0 || marker == START) {
        throw damaged("the JPEG marker at byte %d is misplaced", at);
      } else if (at + 4 > file.length) {
        break;
      } else {
        int length = unsigned(at + 2);
        int next = at + 2 + length;
        if (length < 2) {
          throw damaged("the JPEG segment at byte %d has the length %d", at, length);
        }
        if (next > file.length) {
          break;
        }
        take(marker, at + 4, length - 2);
        int end = marker == SCAN ? endOfScan(next) : next;
        if (keeps(marker)) {
          image.write(file, at, end - at);
        }
        at = end;
      }
    }
    throw new BadImageException(
        "%s is cut off: its %d bytes have no JPEG end marker", source, file.length);
  }

  private static boolean keeps(int marker) {
    return (marker < FIRST_APPLICATION || marker > LAST_APPLICATION) && marker != COMMENT;
  }

  private static boolean isRestart(int marker) {
    return marker >= FIRST_RESTART && marker <= LAST_RESTART;
  }

  private int unsigned(int at) {
    return (file[at] & 0xFF) << 8 | (file[at + 1] & 0xFF);
  }

  private void checkWhole() {
    if (frame == null || scans == 0) {
      throw damaged("it ends before its pixels");
    }
  }

  private void take(int marker, int at, int length) {
    if (marker == SCAN) {
      scans++;
      if (frame == null) {
        throw damaged("its JPEG scan comes before its header");
      }
      if (scans > MOST_SCANS) {
        throw damaged("it has more than %d JPEG scans", MOST_SCANS);
      }
    } else if (marker >= 0xC0 && marker <= 0xCF && marker != TABLES) {
      if (marker == RESERVED || marker == ARITHMETIC_TABLES) {
        throw new BadImageException(
            "%s is a JPEG of a rare kind (marker %x); baseline and progressive are accepted",
            source, marker);
      }
      if (frame != null) {
        throw damaged("it has two JPEG headers");
      }
      frame = JpegFrame.read(file, at, length, marker, source);
    } else if (scans == 0) { // as libjpeg, which decides at the first scan
      takeApplication(marker, at, length);
    }
  }

  private void takeApplication(int marker, int at, int length) {
    if (marker == FIRST_APPLICATION
        && length >= JFIF_LENGTH
        && FileFormat.holds(file, at, JFIF_NAME)) {
      jfif = true;
    } else if (marker == ADOBE
        && length >= ADOBE_LENGTH
        && FileFormat.holds(file, at, ADOBE_NAME)) {
      adobe = file[at + ADOBE_LENGTH - 1] & 0xFF;
    } else if (marker == EXIF
        && length > EXIF_NAME.length
        && FileFormat.holds(file, at, EXIF_NAME)) {
      orientation = Exif.orientation(file, at + EXIF_NAME.length, length - EXIF_NAME.length);
    }
  }

  /** Where the next marker begins that does not belong to the entropy-coded data. */
  private int endOfScan(int start) {
    for (int at = start; at + 1 < file.length; at++) {
      int next = file[at + 1] & 0xFF;
      if ((file[at] & 0xFF) == 0xFF && next != 0 && !isRestart(next)) {
        return at;
      }
    }
    return file.length;
  }
}
