package io.sparkddpm.spark.store;

import java.io.IOException;
import java.io.OutputStream;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;

/** A stream as parquet-hadoop writes to it: equal rows give equal bytes. */
public final class ParquetOutputFile implements OutputFile {
  /** Far more than the footer of a shard. */
  private static final int TAIL_BYTES = 1 << 20;

  private final OutputStream out;

  /** Parquet closes {@code out} when it has written the footer. */
  public ParquetOutputFile(OutputStream out) {
    this.out = out;
  }

  @Override
  public PositionOutputStream create(long blockSizeHint) {
    return new Stream(out);
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

  /** Holds the last bytes back until it is closed, for the footer is among them. */
  private static final class Stream extends PositionOutputStream {
    private final OutputStream out;
    private final byte[] tail = new byte[2 * TAIL_BYTES];
    private long written;
    private int held;
    private boolean closed;

    Stream(OutputStream out) {
      this.out = out;
    }

    @Override
    public long getPos() {
      return written + held;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      int done = 0;
      while (done < length) {
        int take = Math.min(length - done, tail.length - held);
        System.arraycopy(bytes, offset + done, tail, held, take);
        held += take;
        done += take;
        if (held == tail.length) {
          out.write(tail, 0, TAIL_BYTES);
          written += TAIL_BYTES;
          System.arraycopy(tail, TAIL_BYTES, tail, 0, TAIL_BYTES);
          held = TAIL_BYTES;
        }
      }
    }

    @Override
    public void flush() throws IOException {
      out.flush();
    }

    @Override
    public void close() throws IOException {
      if (closed) {
        return;
      }
      closed = true;
      int footer = held < CanonicalFooter.TRAILER_BYTES ? -1 : CanonicalFooter.length(tail, held);
      int before = held - CanonicalFooter.TRAILER_BYTES - footer;
      if (footer < 0 || before < 0) { // the writer has failed before its footer
        out.write(tail, 0, held);
      } else {
        byte[] canonical = CanonicalFooter.of(tail, held);
        out.write(tail, 0, before);
        out.write(canonical, 0, canonical.length);
      }
      out.close();
    }
  }
}
