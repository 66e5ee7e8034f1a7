package io.sparkddpm.spark.input;

import io.sparkddpm.archive.ZipArchive;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/**
 * Those of a zip file. For one thread.
 *
 * @param zip closed with this
 */
public record ZipFiles(ZipArchive zip) implements ArchiveFiles<ZipArchive.Entry> {
  @Override
  public String source() {
    return zip.source();
  }

  @Override
  public List<ZipArchive.Entry> entries() throws IOException {
    return zip.entries();
  }

  @Override
  public String name(ZipArchive.Entry entry) {
    return entry.name();
  }

  @Override
  public long length(ZipArchive.Entry entry) {
    return entry.length();
  }

  @Override
  public Optional<String> unreadable(ZipArchive.Entry entry) {
    return zip.isReadable(entry)
        ? Optional.empty()
        : Optional.of("encrypted or of an unknown method");
  }

  @Override
  public byte[] head(ZipArchive.Entry entry, int most) throws IOException {
    try (InputStream in = zip.open(entry)) {
      return in.readNBytes(most);
    }
  }

  @Override
  public void check(ZipArchive.Entry entry) {
    zip.check(entry);
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }
}
