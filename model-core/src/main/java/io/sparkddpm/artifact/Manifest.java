package io.sparkddpm.artifact;

import static io.sparkddpm.error.Checks.checkArgument;

import io.sparkddpm.error.UserException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What an artefact says of itself. Written last, so that an artefact with a whole manifest is
 * whole. Immutable.
 *
 * @param kind what the artefact is
 * @param formatVersion of that kind's files, from 1
 * @param softwareVersion the program that wrote it; not part of the fingerprint
 * @param config the resolved configuration that decided the content, without places or times
 * @param seeds every seed that went in, by name
 * @param inputs what it was made from, in order; the fingerprint leaves their URIs out
 * @param counts numbers of images, shards, steps and so on
 * @param properties further facts about the content (class names, image size)
 * @param notes facts that vary by place or time (host, duration); not part of the fingerprint
 * @param files every file but the manifest, sorted by path
 */
public record Manifest(
    ArtifactKind kind,
    int formatVersion,
    String softwareVersion,
    SortedMap<String, String> config,
    SortedMap<String, Long> seeds,
    List<InputRef> inputs,
    SortedMap<String, Long> counts,
    SortedMap<String, String> properties,
    SortedMap<String, String> notes,
    List<FileEntry> files) {

  /** Name in the artefact's directory; the underscore hides it from Spark's data sources. */
  public static final String FILE_NAME = "_manifest.json";

  public Manifest {
    checkArgument(kind != null, "a manifest needs a kind");
    checkArgument(
        1 <= formatVersion && formatVersion <= kind.formatVersion(),
        "format of a %s must be 1 to %s, got %s",
        kind,
        kind.formatVersion(),
        formatVersion);
    checkArgument(softwareVersion != null, "a manifest needs a software version");
    refuseNulls("config", config.values());
    refuseNulls("seeds", seeds.values());
    refuseNulls("inputs", inputs);
    refuseNulls("counts", counts.values());
    refuseNulls("properties", properties.values());
    refuseNulls("notes", notes.values());
    refuseNulls("files", files);
    config = Collections.unmodifiableSortedMap(new TreeMap<>(config));
    seeds = Collections.unmodifiableSortedMap(new TreeMap<>(seeds));
    inputs = List.copyOf(inputs);
    counts = Collections.unmodifiableSortedMap(new TreeMap<>(counts));
    properties = Collections.unmodifiableSortedMap(new TreeMap<>(properties));
    notes = Collections.unmodifiableSortedMap(new TreeMap<>(notes));
    List<FileEntry> sorted = new ArrayList<>(files);
    sorted.sort(Comparator.comparing(FileEntry::path));
    files = List.copyOf(sorted);
    Set<String> paths = new HashSet<>();
    Set<String> logical = new HashSet<>();
    for (FileEntry f : files) {
      checkArgument(paths.add(f.path()), "file %s is listed twice", f.path());
      checkArgument(logical.add(f.logicalPath()), "%s is listed twice", f.logicalPath());
      checkArgument(!f.path().equals(FILE_NAME), "a manifest does not list itself");
    }
  }

  private static void refuseNulls(String field, Collection<?> values) {
    for (Object value : values) {
      checkArgument(value != null, "field '%s' holds a null", field);
    }
  }

  /** Starts a manifest of the current format and software version. */
  public static Builder builder(ArtifactKind kind) {
    return new Builder(kind);
  }

  /**
   * SHA-256 of the canonical content that does not vary by place or time: kind, format,
   * configuration, seeds, fingerprints of the inputs, counts, properties, and each file's logical
   * path, size, hash and records. Equal fingerprints mean equal bytes in the files.
   */
  public String fingerprint() {
    return ManifestJson.fingerprint(this);
  }

  /**
   * The manifest as indented JSON in UTF-8, with its fingerprint and a checksum of all the rest.
   */
  public byte[] toJson() {
    return ManifestJson.write(this);
  }

  /**
   * Reads {@link #toJson()}.
   *
   * @param source the file's name, for messages
   * @throws IncompleteManifestException if it ends in the middle
   * @throws UserException if it is no manifest, of an unknown kind, of a newer format, or altered
   */
  public static Manifest fromJson(byte[] json, String source) {
    return ManifestJson.read(json, source);
  }

  /** The file with that path, if listed. */
  public Optional<FileEntry> file(String path) {
    return files.stream().filter(f -> f.path().equals(path)).findFirst();
  }

  /**
   * A count that this kind always has.
   *
   * @throws UserException if it is not there, or negative
   */
  public long count(String name) {
    Long value = counts.get(name);
    if (value == null || value < 0) {
      throw new UserException(
          "the manifest of this %s has %s as its count '%s'",
          kind, value == null ? "nothing" : value, name);
    }
    return value;
  }

  /**
   * A property that this kind always has.
   *
   * @throws UserException if it is not there
   */
  public String property(String name) {
    String value = properties.get(name);
    if (value == null) {
      throw new UserException("the manifest of this %s has no property '%s'", kind, name);
    }
    return value;
  }

  /**
   * A property that this kind always has, and that is a whole number above 0.
   *
   * @throws UserException if it is not there, or no such number
   */
  public int positive(String name) {
    String value = property(name);
    if (!value.matches("[1-9]\\d{0,8}")) {
      throw new UserException(
          "the manifest of this %s has '%s' as its %s, which must be a whole number above 0",
          kind, value, name);
    }
    return Integer.parseInt(value);
  }

  /** Collects a manifest's content; not thread-safe. */
  public static final class Builder {
    private final ArtifactKind kind;
    private final SortedMap<String, String> config = new TreeMap<>();
    private final SortedMap<String, Long> seeds = new TreeMap<>();
    private final List<InputRef> inputs = new ArrayList<>();
    private final SortedMap<String, Long> counts = new TreeMap<>();
    private final SortedMap<String, String> properties = new TreeMap<>();
    private final SortedMap<String, String> notes = new TreeMap<>();
    private final List<FileEntry> files = new ArrayList<>();

    private int formatVersion;

    private Builder(ArtifactKind kind) {
      this.kind = kind;
      this.formatVersion = kind.formatVersion();
    }

    /** An older format than the current one: that of files that were written before. */
    public Builder formatVersion(int version) {
      formatVersion = version;
      return this;
    }

    public ArtifactKind kind() {
      return kind;
    }

    public Builder config(Map<String, String> entries) {
      config.putAll(entries);
      return this;
    }

    public Builder config(String key, Object value) {
      config.put(key, String.valueOf(value));
      return this;
    }

    public Builder seed(String name, long seed) {
      seeds.put(name, seed);
      return this;
    }

    public Builder input(String uri, String fingerprint) {
      inputs.add(new InputRef(uri, fingerprint));
      return this;
    }

    public Builder count(String name, long value) {
      counts.put(name, value);
      return this;
    }

    public Builder property(String name, Object value) {
      properties.put(name, String.valueOf(value));
      return this;
    }

    public Builder note(String name, Object value) {
      notes.put(name, String.valueOf(value));
      return this;
    }

    public Builder file(FileEntry entry) {
      files.add(entry);
      return this;
    }

    public Manifest build() {
      return new Manifest(
          kind,
          formatVersion,
          SoftwareVersion.CURRENT,
          config,
          seeds,
          inputs,
          counts,
          properties,
          notes,
          files);
    }
  }
}
