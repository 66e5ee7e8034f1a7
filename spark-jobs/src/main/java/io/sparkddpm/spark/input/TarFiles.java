package io.sparkddpm.spark.input;

import io.sparkddpm.archive.TarReader;
import io.sparkddpm.error.UserException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Those of a tar file, which has no directory: all headers are read, and what lies between is
 * passed over by seeking. For one thread.
 *
 * @param tar from its beginning; closed with this
 */
public record TarFiles(TarReader tar) implements ArchiveFiles<TarReader.Member> {
  @Override
  public String source() {
    return tar.source();
  }

  @Override
  public List<TarReader.Member> entries() throws IOException {
    List<TarReader.Member> members = new ArrayList<>();
    for (Optional<TarReader.Member> next = tar.next(); next.isPresent(); next = tar.next()) {
      members.add(next.get());
    }
    return members;
  }

  @Override
  public String name(TarReader.Member member) {
    return member.name();
  }

  @Override
  public long length(TarReader.Member member) {
    return member.size();
  }

  @Override
  public Optional<String> unreadable(TarReader.Member member) {
    return member.isFile() ? Optional.empty() : Optional.of("a link or no file");
  }

  @Override
  public byte[] head(TarReader.Member member, int most) throws IOException {
    return tar.head(member, most);
  }

  @Override
  public void check(TarReader.Member member) {
    unreadable(member)
        .ifPresent(
            what -> {
              throw new UserException(
                  "%s: %s is %s; make the file with tar --dereference --hard-dereference",
                  tar.source(), member.name(), what);
            });
  }

  @Override
  public void close() throws IOException {
    tar.close();
  }
}
