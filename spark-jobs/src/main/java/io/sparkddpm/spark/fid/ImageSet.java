package io.sparkddpm.spark.fid;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkddpm.artifact.ArtifactKind;
import io.sparkddpm.artifact.FileEntry;
import io.sparkddpm.artifact.Manifest;
import io.sparkddpm.artifact.Sha256;
import io.sparkddpm.error.UserException;
import io.sparkddpm.fid.FeatureFile;
import io.sparkddpm.image.Npy;
import io.sparkddpm.image.NpyArray;
import io.sparkddpm.spark.data.Dataset;
import io.sparkddpm.spark.sample.DrawnSamples;
import io.sparkddpm.spark.sample.Samples;
import io.sparkddpm.spark.store.Artifact;
import io.sparkddpm.spark.store.Locations;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Images to take features of: a dataset, samples, a folder or zip file of PNG or JPEG files, or an
 * .npz file whose array arr_0 holds bytes [N, H, W, C].
 *
 * @param uri where they lie
 * @param kind "dataset", "samples", "drawn", "folder", "zip" or "npz"
 * @param manifest of an artefact; none for a folder or file
 * @param listing fingerprint of the manifest, or of names, sizes and times of the files
 * @param parts in order
 * @param warnings about the images
 */
record ImageSet(
    URI uri,
    String kind,
    Optional<Manifest> manifest,
    String listing,
    List<ImagePart> parts,
    List<String> warnings) {
  private static final String FOLDER = "folder";
  private static final int IMAGES_PER_PART = 256;
  private static final String PIXELS = "arr_0.npy";
  private static final String NPZ_LABELS = "arr_1.npy";
  private static final String ZIP_LABELS = "dataset.json";
  private static final List<String> PNG = List.of(".png");
  private static final List<String> JPEG = List.of(".jpg", ".jpeg");

  long images() {
    return parts.stream().mapToLong(ImagePart::images).sum();
  }

  /**
   * Opens a set.
   *
   * @throws UserException if there is nothing, nothing whole, or something else
   */
  static ImageSet open(Configuration conf, URI uri) {
    if (!Artifact.exists(conf, uri)) {
      return plain(conf, uri);
    }
    Artifact artifact = Artifact.open(conf, uri);
    ArtifactKind kind = artifact.manifest().kind();
    if (kind == ArtifactKind.DATASET) {
      return dataset(conf, artifact);
    }
    if (kind == ArtifactKind.SAMPLES) {
      return samples(conf, artifact);
    }
    throw new UserException(
        "%s holds a %s; images are taken from datasets, samples, folders of PNG, .zip"
            + " files of PNG and .npz files with arr_0",
        uri, kind);
  }

  private static ImageSet dataset(Configuration conf, Artifact artifact) {
    Dataset dataset = Dataset.open(conf, artifact.dir());
    List<ImagePart> parts = new ArrayList<>();
    for (int shard = 0; shard < dataset.shards().size(); shard++) {
      Dataset alone = dataset.only(shard);
      int images = Math.toIntExact(alone.size());
      for (int from = 0; from < images; from += IMAGES_PER_PART) {
        int to = Math.min(images, from + IMAGES_PER_PART);
        parts.add(new DatasetPart(parts.size(), alone, from, to));
      }
    }
    return ofArtifact(artifact, parts);
  }

  private static ImageSet samples(Configuration conf, Artifact artifact) {
    List<ImagePart> parts = new ArrayList<>();
    for (FileEntry shard : Samples.open(conf, artifact.dir()).shards()) {
      parts.add(new SamplesPart(parts.size(), artifact.dir(), shard));
    }
    return ofArtifact(artifact, parts);
  }

  private static ImageSet ofArtifact(Artifact artifact, List<ImagePart> parts) {
    Manifest manifest = artifact.manifest();
    if (parts.isEmpty()) {
      throw new UserException("%s holds no images", artifact.dir());
    }
    return new ImageSet(
        artifact.dir(),
        manifest.kind().code(),
        Optional.of(manifest),
        manifest.fingerprint(),
        parts,
        List.of());
  }

  /** Samples that each task draws for itself. */
  static ImageSet drawn(DrawnSamples samples) {
    Manifest manifest = samples.manifest();
    List<ImagePart> parts = new ArrayList<>();
    for (DrawnSamples.Shard shard : samples.shards()) {
      parts.add(new DrawnPart(shard));
    }
    return new ImageSet(
        samples.checkpoint(),
        "drawn",
        Optional.of(manifest),
        manifest.fingerprint(),
        parts,
        List.of());
  }

  private static ImageSet plain(Configuration conf, URI uri) {
    FileSystem fs = Locations.fileSystem(conf, uri);
    try {
      FileStatus status = fs.getFileStatus(new Path(uri));
      if (status.isDirectory()) {
        return folder(fs, uri);
      }
      if (endsWith(status.getPath().getName(), List.of(".npz"))) {
        return npz(conf, uri, status);
      }
      if (endsWith(status.getPath().getName(), List.of(".zip"))) {
        return zip(conf, uri, status);
      }
    } catch (FileNotFoundException e) {
      throw new UserException(e, "%s does not exist", uri);
    } catch (IOException e) {
      throw new UserException(e, "cannot read %s: %s", uri, e.getMessage());
    }
    throw new UserException(
        "%s is a file; images are taken from datasets, samples, folders of PNG, .zip files of PNG"
            + " and .npz files with arr_0",
        uri);
  }

  private static ImageSet folder(FileSystem fs, URI uri) throws IOException {
    List<FileStatus> files = new ArrayList<>();
    list(fs, new Path(uri), files);
    if (files.isEmpty()) {
      throw new UserException(
          "%s holds neither a whole dataset nor samples nor PNG or JPEG files", uri);
    }
    files.sort(Comparator.comparing(f -> f.getPath().toUri().getPath()));
    StringBuilder listing = new StringBuilder();
    files.forEach(f -> listing.append(line(f)));
    List<ImagePart> parts = new ArrayList<>();
    for (List<FileStatus> some : slices(files)) {
      List<URI> uris = some.stream().map(f -> f.getPath().toUri()).collect(Collectors.toList());
      parts.add(new FolderPart(parts.size(), uris));
    }
    long jpegs = files.stream().filter(f -> endsWith(f.getPath().getName(), JPEG)).count();
    return of(uri, FOLDER, listing.toString(), parts, jpegs);
  }

  private static ImageSet zip(Configuration conf, URI uri, FileStatus status) throws IOException {
    List<ZipArchive.Entry> entries = new ArrayList<>();
    Map<String, Integer> labels = Map.of();
    try (ZipArchive zip = new ZipArchive(conf, uri)) {
      for (ZipArchive.Entry entry : zip.entries()) {
        if (entry.name().equals(ZIP_LABELS)) {
          labels = zipLabels(zip.read(entry), uri);
        }
        if (endsWith(entry.name(), PNG) || endsWith(entry.name(), JPEG)) {
          entries.add(entry);
        }
      }
    }
    if (entries.isEmpty()) {
      throw new UserException("%s holds no PNG or JPEG files", uri);
    }
    List<ImagePart> parts = new ArrayList<>();
    for (List<ZipArchive.Entry> some : slices(entries)) {
      int[] own = new int[some.size()];
      for (int i = 0; i < own.length; i++) {
        own[i] = labels.getOrDefault(some.get(i).name(), FeatureFile.NO_LABEL);
      }
      parts.add(new ZipPart(parts.size(), uri, some, own));
    }
    long jpegs = entries.stream().filter(e -> endsWith(e.name(), JPEG)).count();
    return of(uri, "zip", line(status), parts, jpegs);
  }

  private static ImageSet npz(Configuration conf, URI uri, FileStatus status) throws IOException {
    try (ZipArchive zip = new ZipArchive(conf, uri)) {
      List<ZipArchive.Entry> entries = zip.entries();
      List<String> names = entries.stream().map(ZipArchive.Entry::name).toList();
      int at = names.indexOf(PIXELS);
      if (at < 0) {
        throw new UserException(
            names.contains("mu.npy") && names.contains("sigma.npy")
                ? "%s holds statistics; make an artefact of them with stats-import first"
                : "%s has no array arr_0, which should hold the images; it has " + names,
            uri);
      }
      Npy.Header header;
      try (InputStream in = zip.open(entries.get(at))) {
        header = Npy.readHeader(in, uri + "[arr_0]");
      }
      List<Integer> shape = header.shape();
      boolean images =
          header.type() == NpyArray.Type.UINT8
              && shape.size() == 4
              && (shape.get(3) == 1 || shape.get(3) == 3);
      if (!images || shape.contains(0)) {
        throw new UserException(
            "%s: arr_0 must hold images as bytes [N, H, W, 3] or [N, H, W, 1], got %s %s",
            uri, header.type().descriptor(), shape);
      }
      int[] labels = npzLabels(zip, entries, names.indexOf(NPZ_LABELS), shape.get(0), uri);
      List<ImagePart> parts = new ArrayList<>();
      for (int from = 0; from < shape.get(0); from += IMAGES_PER_PART) {
        int n = Math.min(IMAGES_PER_PART, shape.get(0) - from);
        parts.add(
            new NpzPart(
                parts.size(),
                uri,
                entries.get(at),
                from,
                n,
                shape.get(1),
                shape.get(2),
                shape.get(3),
                Arrays.copyOfRange(labels, from, from + n)));
      }
      return of(uri, "npz", line(status), parts, 0);
    }
  }

  /** Class labels as guided-diffusion writes them, or none. */
  private static int[] npzLabels(
      ZipArchive zip, List<ZipArchive.Entry> entries, int at, int images, URI uri)
      throws IOException {
    int[] labels = new int[images];
    Arrays.fill(labels, FeatureFile.NO_LABEL);
    if (at < 0) {
      return labels;
    }
    NpyArray array;
    try (InputStream in = zip.open(entries.get(at))) {
      array = Npy.read(in, uri + "[arr_1]");
    }
    if (!Arrays.equals(array.shape(), new int[] {images})) {
      throw new UserException(
          "%s: arr_1 should hold a label for each of the %d images, but has shape %s",
          uri, images, Arrays.toString(array.shape()));
    }
    double[] values = array.toDoubles();
    for (int i = 0; i < images; i++) {
      labels[i] = (int) values[i];
    }
    return labels;
  }

  /** Class labels as EDM writes them: {"labels": [["file", 3], …]}, or null for none. */
  private static Map<String, Integer> zipLabels(byte[] json, URI uri) {
    Map<String, Integer> labels = new HashMap<>();
    try {
      for (JsonNode pair : new ObjectMapper().readTree(json).path("labels")) {
        labels.put(pair.path(0).asText(), pair.path(1).asInt());
      }
    } catch (IOException e) {
      throw new UserException(e, "%s: its %s cannot be read: %s", uri, ZIP_LABELS, e.getMessage());
    }
    return labels;
  }

  private static ImageSet of(
      URI uri, String kind, String listing, List<ImagePart> parts, long jpegs) {
    List<String> warnings = new ArrayList<>();
    if (jpegs > 0) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "%s: %d of %d files are JPEG; its artefacts change distances",
              uri,
              jpegs,
              parts.stream().mapToLong(ImagePart::images).sum()));
    }
    String hash = Sha256.of(listing.getBytes(StandardCharsets.UTF_8));
    return new ImageSet(uri, kind, Optional.empty(), hash, parts, warnings);
  }

  private static String line(FileStatus file) {
    return file.getPath().toUri().getPath()
        + ' '
        + file.getLen()
        + ' '
        + file.getModificationTime()
        + '\n';
  }

  private static <T> List<List<T>> slices(List<T> all) {
    List<List<T>> slices = new ArrayList<>();
    for (int from = 0; from < all.size(); from += IMAGES_PER_PART) {
      slices.add(all.subList(from, Math.min(all.size(), from + IMAGES_PER_PART)));
    }
    return slices;
  }

  private static void list(FileSystem fs, Path directory, List<FileStatus> files)
      throws IOException {
    for (FileStatus status : fs.listStatus(directory)) {
      String name = status.getPath().getName();
      if (name.startsWith(".") || name.startsWith("_")) {
        continue;
      }
      if (status.isDirectory()) {
        list(fs, status.getPath(), files);
      } else if (endsWith(name, PNG) || endsWith(name, JPEG)) {
        files.add(status);
      }
    }
  }

  private static boolean endsWith(String name, List<String> suffixes) {
    String lower = name.toLowerCase(Locale.ROOT);
    return suffixes.stream().anyMatch(lower::endsWith);
  }
}
