package io.sparkddpm.archive;

import io.sparkddpm.error.UserException;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarUtils;

/**
 * The members of a tar file in their order (ustar, pax, GNU's long names), from its beginning or
 * from where a member begins. Every header's checksum is compared, and a file that does not end as
 * tar files do is refused: commons-compress, which reads the headers, takes both for its end.
 * Content is passed over by seeking. For one thread.
 */
public final class TarReader implements Closeable {
  private static final int BLOCK = 512;
  private static final int SIZE = 124;
  private static final int SIZE_LENGTH = 12;
  private static final int TYPE = 156;

  /** Members that only describe the next one: long names and links, and pax headers. */
  private static final String DESCRIPTIONS = "LKxXg";

  private static final long LONGEST_DESCRIPTION = 1 << 20;
  private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;
  private static final byte[] GZIP = {0x1F, (byte) 0x8B};

  private final SeekableByteChannel channel;
  private final String source;
  private final long size;
  private final Content content = new Content();
  private final Headers headers;
  private long resume;
  private long begin;

  /**
   * A member.
   *
   * @param name with folders, parted by slashes
   * @param begin of its headers in the file: where a reader may begin
   * @param offset of its content
   * @param size of its content
   * @param isFile whether it is a regular file
   */
  public record Member(String name, long begin, long offset, long size, boolean isFile) {}

  /**
   * Opens a file.
   *
   * @param channel to read from; closed with this
   * @param from where a member begins; 0 for the first
   * @param source its name, for messages
   */
  public TarReader(SeekableByteChannel channel, long from, String source) throws IOException {
    this.channel = channel;
    this.source = source;
    this.size = channel.size();
    this.headers = new Headers();
    this.resume = from;
  }

  private void refuseCompressed() throws IOException {
    content.position = 0;
    byte[] start = content.readNBytes(GZIP.length);
    if (Arrays.equals(start, GZIP)) {
      throw new UserException(
          "%s is compressed by gzip: unpack it with gunzip, for tar files are read from the middle",
          source);
    }
  }

  /**
   * The next member; empty at the end.
   *
   * @throws UserException if the file is damaged or cut off
   * @throws IOException if reading fails, which may pass
   */
  public Optional<Member> next() throws IOException {
    if (resume == 0) {
      refuseCompressed();
    }
    content.position = resume; // where commons-compress believes to be
    begin = -1;
    TarArchiveEntry entry;
    try {
      entry = headers.getNextTarEntry();
    } catch (IOException | RuntimeException e) {
      throw failed(e);
    }
    if (entry == null) {
      requireZeros();
      return Optional.empty();
    }
    long offset = content.position;
    resume = offset;
    if (entry.isSparse()) {
      throw damaged("%s is stored as a sparse file, which is not read", shown(entry.getName()));
    }
    if (entry.getSize() < 0 || entry.getSize() > size - offset) {
      throw damaged("it ends at byte %d, inside of %s", size, shown(entry.getName()));
    }
    boolean isFile = entry.isFile() && !entry.isLink() && !entry.isSymbolicLink();
    return Optional.of(new Member(entry.getName(), begin, offset, entry.getSize(), isFile));
  }

  /** The content of a member. */
  public byte[] read(Member member) throws IOException {
    if (member.size() > LARGEST_ARRAY) {
      throw damaged("%s is too large to be read at once", shown(member.name()));
    }
    return head(member, (int) member.size());
  }

  /**
   * The first bytes of a member's content.
   *
   * @param most how many; fewer where it has fewer
   */
  public byte[] head(Member member, int most) throws IOException {
    content.position = member.offset();
    int wanted = (int) Math.min(most, member.size());
    byte[] bytes = content.readNBytes(wanted);
    if (bytes.length < wanted) {
      throw damaged("it ends inside of %s", shown(member.name()));
    }
    return bytes;
  }

  /** The file's name, for messages. */
  public String source() {
    return source;
  }

  private void requireZeros() throws IOException {
    byte[] buffer = new byte[1 << 16];
    for (int n = content.read(buffer, 0, buffer.length);
        n > 0;
        n = content.read(buffer, 0, buffer.length)) {
      for (int i = 0; i < n; i++) {
        if (buffer[i] != 0) {
          throw damaged(
              "its end is marked before byte %d, but more follows; of several files that were"
                  + " joined, name each",
              content.position - n + i);
        }
      }
    }
  }

  private RuntimeException failed(Exception e) throws IOException {
    if (content.failure != null) {
      throw content.failure;
    }
    if (e instanceof UserException user) {
      return user;
    }
    return new UserException(
        e,
        "%s is a damaged tar file: %s, after byte %d",
        source,
        e.getMessage(),
        Math.max(resume, begin));
  }

  private UserException damaged(String format, Object... args) {
    return new UserException(
        "%s is a damaged tar file: %s", source, String.format(Locale.ROOT, format, args));
  }

  private static String shown(String name) {
    return name.replaceAll("\\p{Cc}", "?");
  }

  /** commons-compress's reader of headers, whose every block is checked. */
  private final class Headers extends TarArchiveInputStream {
    private boolean ended;

    Headers() {
      super(content, BLOCK, BLOCK, StandardCharsets.UTF_8.name());
    }

    @Override
    protected byte[] readRecord() throws IOException {
      long at = content.position;
      begin = begin < 0 ? at : begin;
      byte[] block = super.readRecord();
      if (ended) { // what follows the first block of zeros
        if (block != null && !isEOFRecord(block)) {
          throw damaged("the block at byte %d is zeros, but more follows", at - BLOCK);
        }
        return block;
      }
      if (block == null) {
        throw damaged("it ends at byte %d without a mark of its end", size);
      }
      ended = isEOFRecord(block);
      if (!ended && !TarUtils.verifyCheckSum(block)) {
        throw damaged("the checksum of the header at byte %d is wrong", at);
      }
      if (DESCRIPTIONS.indexOf(block[TYPE]) >= 0
          && TarUtils.parseOctalOrBinary(block, SIZE, SIZE_LENGTH) > LONGEST_DESCRIPTION) {
        throw damaged("the header at byte %d claims a name that is too long", at);
      }
      return block;
    }
  }

  /** The file from a position on. */
  private final class Content extends InputStream {
    private long position;
    private IOException failure;

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] to, int offset, int count) throws IOException {
      if (count == 0) {
        return 0;
      }
      try {
        channel.position(position);
        int n = channel.read(ByteBuffer.wrap(to, offset, count));
        position += Math.max(0, n);
        return n;
      } catch (EOFException e) {
        throw e;
      } catch (IOException e) {
        failure = e;
        throw e;
      }
    }

    @Override
    public long skip(long count) {
      long skipped = Math.max(0, Math.min(count, size - position));
      position += skipped;
      return skipped;
    }

    @Override
    public int available() {
      return (int) Math.min(Integer.MAX_VALUE, size - position);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
