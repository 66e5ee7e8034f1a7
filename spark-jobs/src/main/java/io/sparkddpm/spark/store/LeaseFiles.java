package io.sparkddpm.spark.store;

import io.sparkddpm.error.UserException;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** The files of a {@link Lease}, whose Javadoc says what they mean. Each method is one action. */
final class LeaseFiles {
  /** Name of the directory. */
  static final String DIRECTORY = "_lease";

  /** The one file of earlier versions, which their processes may still hold. */
  static final String OLD_FILE = "_lease.json";

  private static final Pattern NAME = Pattern.compile("(\\d{6,18})-([0-9a-f]{16})\\.(json|beat)");

  /** How often a directory may vanish, by others' leaving, before a file is in it. */
  private static final int TRIES = 10;

  private final FileSystem fs;
  private final Path dir;
  private final Path old;

  LeaseFiles(Configuration conf, URI held) {
    URI uri = Locations.resolve(held, DIRECTORY);
    this.fs = Locations.fileSystem(conf, uri);
    this.dir = new Path(uri);
    this.old = new Path(Locations.resolve(held, OLD_FILE));
  }

  /**
   * What one process has here.
   *
   * @param generation 0: a lease of an earlier version
   * @param claimed whether it asks for the lease or has it
   * @param confirmed whether it has given a sign of life as the holder
   */
  record Entry(long generation, String id, boolean claimed, boolean confirmed) {
    private static final Entry OLD = new Entry(0, "", true, true);

    boolean isOf(Entry other) {
      return name().equals(other.name());
    }

    /** Orders by generation, then by id. */
    boolean isAbove(Entry other) {
      return generation != other.generation
          ? generation > other.generation
          : id.compareTo(other.id) > 0;
    }

    boolean isConfirmed() {
      return claimed && confirmed;
    }

    String name() {
      return String.format(Locale.ROOT, "%06d-%s", generation, id);
    }
  }

  Path path(Entry entry) {
    return entry.generation == 0 ? old : new Path(dir, entry.name() + ".json");
  }

  private Path beatPath(Entry entry) {
    return new Path(dir, entry.name() + ".beat");
  }

  /** All of this version. */
  List<Entry> entries() {
    TreeMap<String, Entry> found = new TreeMap<>();
    try {
      for (FileStatus status : fs.listStatus(dir)) {
        Matcher name = NAME.matcher(status.getPath().getName());
        if (name.matches()) {
          boolean beat = name.group(3).equals("beat");
          long generation = Long.parseLong(name.group(1));
          Entry entry = new Entry(generation, name.group(2), !beat, beat);
          found.merge(entry.name(), entry, (a, b) -> new Entry(generation, a.id(), true, true));
        }
      }
    } catch (FileNotFoundException e) {
      return new ArrayList<>();
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", dir, e.getMessage());
    }
    return new ArrayList<>(found.values());
  }

  /** As {@link #entries}, and that of an earlier version, which costs a request more. */
  List<Entry> allEntries() {
    List<Entry> all = entries();
    if (exists(old)) {
      all.add(Entry.OLD);
    }
    return all;
  }

  /** Whether an entry's owner still asks for the lease or has it. */
  boolean isClaimed(Entry entry) {
    return exists(path(entry));
  }

  private boolean exists(Path path) {
    try {
      return fs.exists(path);
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", path, e.getMessage());
    }
  }

  /** Creates the file of who asks for the lease. Never written again. */
  void claim(Entry entry, LeaseHolder holder) {
    write(path(entry), false, holder.toJson());
  }

  /** Gives a sign of life; the first one confirms the holder. */
  void beat(Entry entry, long count) {
    write(beatPath(entry), true, (count + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private void write(Path path, boolean again, byte[] bytes) {
    for (int i = 1; ; i++) {
      try (FSDataOutputStream out = fs.create(path, again)) {
        out.write(bytes);
        return;
      } catch (FileNotFoundException e) {
        if (i == TRIES) {
          throw new UserException(e, "cannot write %s: %s", path, e.getMessage());
        }
      } catch (IOException e) {
        throw new UserException(e, "cannot write %s: %s", path, e.getMessage());
      } catch (FSError e) { // a full local disk is an error to Hadoop
        throw new UserException(e, "cannot write %s: %s", path, e.getCause().getMessage());
      }
    }
  }

  LeaseHolder holder(Entry entry) {
    return LeaseHolder.fromJson(read(path(entry)));
  }

  /** All that an entry's owner writes: as long as it stays the same, there is no sign of life. */
  byte[] sign(Entry entry) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(read(path(entry)));
    if (entry.generation > 0) {
      all.writeBytes(read(beatPath(entry)));
    }
    return all.toByteArray();
  }

  private byte[] read(Path path) {
    try (FSDataInputStream in = fs.open(path)) {
      return in.readAllBytes();
    } catch (FileNotFoundException e) {
      return new byte[0];
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", path, e.getMessage());
    }
  }

  /** Deletes an entry: the claim first, as what has none is nothing. */
  void delete(Entry entry) {
    try {
      fs.delete(path(entry), false);
      if (entry.generation > 0) {
        fs.delete(beatPath(entry), false);
      }
    } catch (IOException e) {
      throw new UserException(e, "cannot delete %s: %s", path(entry), e.getMessage());
    }
  }

  /** Deletes the directory, if it is empty. */
  void leave() {
    if (entries().isEmpty() && exists(dir)) {
      try {
        Locations.deleteEmpty(fs, dir);
      } catch (IOException e) {
        throw new UserException(e, "cannot delete %s: %s", dir, e.getMessage());
      }
    }
  }
}
