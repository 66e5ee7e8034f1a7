package io.sparkddpm.tensor;

import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;

/**
 * A storage that lies in a file as it is.
 *
 * @param channel of the file
 * @param begin of the storage in it, in bytes
 * @param bytes its length
 * @param file its name, for messages
 */
public record FileStorage(SeekableByteChannel channel, long begin, long bytes, String file)
    implements StoredTensor.Storage {
  @Override
  public ByteBuffer read(long from, int count) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    channel.position(begin + from);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        throw new UserException("%s is truncated", file);
      }
    }
    return buffer.flip();
  }
}
